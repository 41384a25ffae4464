import dataclasses

import numpy as np
import pytest

from mmlab import Market, ParameterError, simulate
from mmlab.learning import DecisionProcess, quoting_env

gymnasium = pytest.importorskip("gymnasium")
PAPER = Market.avellaneda_stoikov_2008()
CHAIN = DecisionProcess.of(PAPER, n_steps=200, max_inventory=3, running_penalty=0.2, terminal_penalty=0.1)


def played(env, policy, **how):
    """The rewards, and the inventory and cash before and after each step, of a day quoted by a policy."""
    (observation, held), rewards, over = env.reset(**how), [], False
    history = [tuple(held.values())]
    while not over:
        bid, ask = policy.depths(held["inventory"], observation[1] * PAPER.horizon)
        observation, reward, over, cut, held = env.step(np.nan_to_num(np.array([bid, ask])))
        rewards.append(reward)
        history.append(tuple(held.values()))
        assert not cut
    return rewards, *np.array(history).T


@pytest.mark.filterwarnings("ignore:.*:UserWarning:gymnasium")
def test_gymnasium_itself_finds_nothing_wrong():
    from gymnasium.utils.env_checker import check_env

    check_env(quoting_env(CHAIN))


@pytest.mark.parametrize(
    "changes", [{}, {"fill_rule": "exponential", "mid_move": "normal"}, {"market_order_size": 3.0}]
)
def test_a_step_is_that_of_simulate_to_the_last_bit(changes):
    chain = dataclasses.replace(CHAIN, market=dataclasses.replace(PAPER, **changes))
    env, policy = quoting_env(chain), chain.solve().policy
    for seed in (1, 2):
        rewards, inventory, cash = played(env, policy, seed=seed)
        history = simulate(policy, env.unwrapped.tape)
        assert (inventory == history.inventory[:, 0]).all()
        assert (cash == history.cash[:, 0]).all()
        assert np.abs(inventory).max() == 3
        wealth = history.cash[-1, 0] + history.inventory[-1, 0] * history.mid[-1, 0]
        paid = 0.001 * (inventory[1:] ** 2).sum() + 0.1 * inventory[-1] ** 2
        assert sum(rewards) == pytest.approx(wealth - paid, abs=1e-9)


def test_days_earn_what_the_chain_says():
    # 10 days, seed 7: their mean is within three errors of J.
    env, policy = quoting_env(CHAIN), CHAIN.solve().policy
    tape = PAPER.tape(10, 200, seed=7)
    earned = []
    for day in range(10):
        columns = {name: c if name == "time" else c[:, [day]] for name, c in tape.columns.items()}
        earned.append(sum(played(env, policy, options={"tape": type(tape)(**columns)})[0]))
    assert abs(np.mean(earned) - CHAIN.evaluate(policy)) < 3 * np.std(earned) / np.sqrt(10)


def test_a_learner_that_acts_nan_is_named():
    env = quoting_env(CHAIN)
    env.reset(seed=0)
    env.step(np.array([0.5, 0.5]))
    with pytest.raises(ParameterError, match=r"The action must be two depths; got NaN at step 1, inventory -?[01]"):
        env.step(np.array([np.nan, 0.5]))


@pytest.mark.parametrize(
    "changes", [{"running_penalty": None, "risk_aversion": 0.1}, {"discount": 0.9}, {"dampening": 0.1}]
)
def test_only_money_less_a_penalty_is_paid(changes):
    with pytest.raises(ParameterError, match=r"must have a running_penalty \(φ\) alone"):
        quoting_env(dataclasses.replace(CHAIN, **changes))


def test_the_simulators_bug_is_not_let_in():
    with pytest.raises(ParameterError, match="AΔt must be at most 1"):
        quoting_env(DecisionProcess.of(PAPER, n_steps=50, max_inventory=3, running_penalty=0.2))
