"""The chain and the tape are two ways to one number: all models, fill rules and moves, within four standard errors."""

import numpy as np
import pytest
from mmbook import printed

from mmlab import (
    AvellanedaStoikov,
    CarteaJaimungal,
    Exponential,
    GueantLehalleFernandezTapia,
    HoStoll,
    InfiniteHorizonAvellanedaStoikov,
    Linear,
    Market,
    PostOnly,
    Quotes,
    Symmetric,
    exact_moments,
    monte_carlo,
    simulate,
)

N_STEPS = 40
FLOW = Exponential(arrival_rate=25, fill_decay=1.5)
EAGER = Exponential(arrival_rate=30, fill_decay=1)
PLAIN = dict(mid_price=100, volatility=2, horizon=1, intensity=FLOW)
ROUGH = PLAIN | dict(drift=-1.5, jump=(0.15, 0.05), intensity=(EAGER, FLOW))
MARKETS = {
    "linear, binomial": Market(**PLAIN, fill_rule="linear", mid_move="binomial"),
    "exponential, normal": Market(**PLAIN, fill_rule="exponential", mid_move="normal"),
    "linear, normal, drift and jumps": Market(**ROUGH, fill_rule="linear", mid_move="normal"),
    "exponential, binomial, drift and jumps": Market(**ROUGH, fill_rule="exponential", mid_move="binomial"),
    "Ho and Stoll's demand": Market(
        **(ROUGH | dict(intensity=Linear(demand_intercept=20, demand_slope=15))),
        fill_rule="linear",
        mid_move="binomial",
    ),
}

AS = AvellanedaStoikov(risk_aversion=0.3, volatility=2, fill_decay=1.5, horizon=1)
HO_STOLL = dict(risk_aversion=0.3, volatility=2, demand_intercept=20, demand_slope=15, horizon=1)
WRONG = printed.AvellanedaStoikov(risk_aversion=0.05, volatility=2)


def printed_depths(inventory, time_left):
    bid, ask = WRONG.calculate_optimal_quotes(inventory, 0.0, time_left)
    return -bid, ask


def printed_quotes(mid_price, inventory, time_left):
    return Quotes.at(*WRONG.calculate_optimal_quotes(inventory, mid_price, time_left))


STRATEGIES = {
    "Avellaneda-Stoikov": (AS, AS),
    "infinite horizon": (
        InfiniteHorizonAvellanedaStoikov(risk_aversion=0.1, volatility=2, fill_decay=1.5, max_inventory=3),
    )
    * 2,
    "Ho-Stoll, first order": (HoStoll(**HO_STOLL),) * 2,
    "Ho-Stoll, program": (HoStoll(**HO_STOLL, solution="program", max_inventory=4),) * 2,
    "Guéant-Lehalle-Fernandez-Tapia": (
        GueantLehalleFernandezTapia(
            risk_aversion=0.3, volatility=2, arrival_rate=25, fill_decay=1.5, horizon=1, max_inventory=4
        ),
    )
    * 2,
    "Cartea-Jaimungal": (
        CarteaJaimungal(
            running_penalty=0.5,
            terminal_penalty=0.1,
            arrival_rate=(30, 25),
            fill_decay=(1, 1.5),
            horizon=1,
            max_inventory=5,
            jump=(0.15, 0.05),
        ),
    )
    * 2,
    "symmetric": (Symmetric(half_spread=0.7),) * 2,
    "post only": (PostOnly(AS),) * 2,
    "as the guide prints it": (printed_depths, printed_quotes),
}


@pytest.fixture(scope="module", params=MARKETS)
def market_and_tape(request):
    market = MARKETS[request.param]
    return market, market.tape(n_paths=20_000, n_steps=N_STEPS, seed=31)


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_chain_and_the_tape_agree(name, market_and_tape, mean_error, sd_error):
    market, tape = market_and_tape
    policy, strategy = STRATEGIES[name]
    exact, run = exact_moments(policy, market, N_STEPS), simulate(strategy, tape)
    pnl, final = run.pnl, run.final_inventory
    assert abs(pnl.mean() - exact.mean) < 4 * mean_error(pnl)
    assert abs(pnl.std() - exact.sd) < 4 * sd_error(pnl)
    assert abs(final.mean() - exact.inventory_mean) < 4 * mean_error(final)
    assert abs(final.std() - exact.inventory_sd) < 4 * sd_error(final)

    gamma = 0.05
    disutility = np.exp(-gamma * pnl)
    worth = -np.log(disutility.mean()) / gamma
    # The delta method: an error of E[e^{−γW}] moves its logarithm by its relative size.
    error = mean_error(disutility) / disutility.mean() / gamma
    assert abs(worth - exact.certainty_equivalent(gamma)) < 4 * error


@pytest.mark.parametrize("name", STRATEGIES)
def test_the_inventory_is_where_the_chain_says(name, market_and_tape):
    """At mid-session and at the close, at every inventory that a thousandth of the paths reach."""
    market, tape = market_and_tape
    policy, strategy = STRATEGIES[name]
    exact, run = exact_moments(policy, market, N_STEPS), simulate(strategy, tape)
    for n in (N_STEPS // 2, N_STEPS):
        for q, p in zip(exact.inventories, exact.inventory_distribution[n], strict=True):
            if p > 1e-3:
                observed = np.mean(run.inventory[n] == q)
                assert abs(observed - p) < 4.5 * np.sqrt(p * (1 - p) / tape.n_paths), (n, q)


@pytest.mark.parametrize("fill_rule", ["linear", "exponential"])
@pytest.mark.parametrize("half_spread", [20 / 15, 2.0])
def test_where_demand_has_ended_nobody_trades_by_any_of_the_three(half_spread, fill_rule):
    market = Market(**(PLAIN | dict(intensity=Linear(demand_intercept=20, demand_slope=15))), fill_rule=fill_rule)
    model = Symmetric(half_spread=half_spread)
    assert exact_moments(model, market, N_STEPS).inventory_sd == 0
    assert not monte_carlo(model, market, 10_000, N_STEPS, seed=1).final_inventory.any()
    history = simulate(model, market.tape(1_000, N_STEPS, seed=1))
    assert not history.bid_fill.any()
    assert not history.ask_fill.any()


@pytest.mark.parametrize(("fill_rule", "probability"), [("linear", 0.95), ("exponential", 1 - np.exp(-0.95))])
def test_inside_the_mid_linear_demand_goes_on_growing(fill_rule, probability):
    """20 + 15 × 1.2 orders per unit of time, in steps of 1/40."""
    market = Market(**(PLAIN | dict(intensity=Linear(demand_intercept=20, demand_slope=15))), fill_rule=fill_rule)
    history = simulate(Symmetric(half_spread=-1.2), market.tape(5_000, N_STEPS, seed=2))
    error = np.sqrt(probability * (1 - probability) / history.bid_fill.size)
    for fills in (history.bid_fill, history.ask_fill):
        assert abs(fills.mean() - probability) < 4 * error
