"""Paths drawn by table, the chain and the tape are three ways to one law; and what a reader who asks for paths sees."""

import re

import numpy as np
import pytest

from mmlab import (
    AvellanedaStoikov,
    Exponential,
    InfiniteHorizonAvellanedaStoikov,
    Linear,
    Market,
    ParameterError,
    PostOnly,
    Symmetric,
    exact_moments,
    monte_carlo,
    simulate,
)
from mmlab.simulation.monte_carlo import _BLOCK

N_PATHS = 3 * _BLOCK + 1_000  # the last block is a short one
N_STEPS = 40
FLOW = Exponential(arrival_rate=25, fill_decay=1.5)
EAGER = Exponential(arrival_rate=30, fill_decay=1)
PLAIN = dict(mid_price=100, volatility=2, horizon=1, intensity=FLOW)
ROUGH = PLAIN | dict(drift=-1.5, jump=(0.15, 0.05), intensity=(EAGER, FLOW))
RULES = dict(fill_rule=("linear", "exponential"), mid_move=("binomial", "normal"))
MARKETS = {
    f"{fill_rule}, {mid_move}{name}": Market(**kind, fill_rule=fill_rule, mid_move=mid_move)
    for fill_rule in RULES["fill_rule"]
    for mid_move in RULES["mid_move"]
    for name, kind in (("", PLAIN), (", unequal flows, drift and jumps", ROUGH))
} | {
    "one flow moves the mid": Market(**(PLAIN | dict(jump=(0.0, 0.3)))),
    "Ho and Stoll's demand": Market(**PLAIN | dict(intensity=Linear(demand_intercept=20, demand_slope=15), drift=1)),
    "a mid that stands still": Market(**(PLAIN | dict(volatility=0))),
}

AS = AvellanedaStoikov(risk_aversion=0.3, volatility=2, fill_decay=1.5, horizon=1)


def inside_the_mid(inventory, time_left):
    """Depths of −0.2 and 0.4, swapped when short; all of a flow's orders and more reach the first."""
    long = inventory >= 0
    return np.where(long, 0.4, -0.2) + 0 * time_left, np.where(long, -0.2, 0.4) + 0 * time_left


POLICIES = {
    "Avellaneda-Stoikov": AS,
    "infinite horizon": InfiniteHorizonAvellanedaStoikov(
        risk_aversion=0.1, volatility=2, fill_decay=1.5, max_inventory=3
    ),
    "symmetric": Symmetric(half_spread=0.7),
    "post only": PostOnly(AS),
    "inside the mid": inside_the_mid,
}


@pytest.mark.parametrize("market", MARKETS.values(), ids=MARKETS)
@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
def test_the_sample_agrees_with_the_chain(policy, market, mean_error, sd_error):
    exact, sample = exact_moments(policy, market, N_STEPS), monte_carlo(policy, market, N_PATHS, N_STEPS, seed=7)
    pnl, final = sample.pnl, sample.final_inventory
    assert pnl.shape == final.shape == (N_PATHS,)
    assert abs(pnl.mean() - exact.mean) < 4 * mean_error(pnl)
    assert abs(pnl.std() - exact.sd) < 4 * sd_error(pnl)
    assert abs(final.mean() - exact.inventory_mean) < 4 * mean_error(final)
    assert abs(final.std() - exact.inventory_sd) < 4 * sd_error(final)

    gamma = 0.05
    disutility = np.exp(-gamma * pnl)
    worth = -np.log(disutility.mean()) / gamma
    assert abs(worth - exact.certainty_equivalent(gamma)) < 4 * mean_error(disutility) / disutility.mean() / gamma

    # Pearson's statistic over the inventories that paths end at often: its mean is n − 1, its variance about 2 (n − 1).
    expected = N_PATHS * exact.inventory_distribution[-1]
    often = expected > 20
    observed = np.array([(final == q).sum() for q in exact.inventories[often]])
    beyond = ((observed - expected[often]) ** 2 / expected[often]).sum()
    degrees = often.sum() - 1
    assert abs(beyond - degrees) < 4.5 * np.sqrt(2 * degrees) + 1
    assert set(np.unique(final)) <= set(exact.inventories[exact.inventory_distribution[-1] > 0])


@pytest.mark.parametrize("name", ["linear, binomial", "exponential, normal, unequal flows, drift and jumps"])
def test_the_whole_law_is_that_of_the_tape(name):
    """Tails, and how profit hangs together with the last inventory, which no moment of the chain shows."""
    market = MARKETS[name]
    run = simulate(AS, market.tape(n_paths=N_PATHS, n_steps=N_STEPS, seed=5))
    sample = monte_carlo(AS, market, N_PATHS, N_STEPS, seed=5)
    scale = run.pnl.std()

    def features(pnl, final):
        z = (pnl - run.pnl.mean()) / scale
        below = [pnl < np.quantile(run.pnl, p) for p in (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)]
        return np.stack([z**3, z**4, z * final, z**2 * final**2, z**2 * final, *below])

    drawn, taped = features(sample.pnl, sample.final_inventory), features(run.pnl, run.final_inventory)
    error = np.sqrt((drawn.var(axis=1) + taped.var(axis=1)) / N_PATHS)
    assert (np.abs(drawn.mean(axis=1) - taped.mean(axis=1)) < 4 * error).all()


def test_a_certain_fill_is_certain_and_an_absent_quote_never_fills():
    market = Market(**(PLAIN | dict(intensity=Exponential(arrival_rate=1e6, fill_decay=1), volatility=0)))

    def only_bids(inventory, time_left):
        return np.broadcast_arrays(0.25, np.nan, inventory, time_left)[:2]

    sample = monte_carlo(only_bids, market, n_paths=50_000, n_steps=10, seed=1)
    assert (sample.final_inventory == 10).all()
    assert sample.pnl == pytest.approx(2.5)


@pytest.mark.parametrize("chance", [2.0**-17, 2.0**-16, 1 - 2.0**-17])
def test_a_chance_that_the_first_16_bits_do_not_tell_is_kept(chance):
    """Without the bits after them 2⁻¹⁷ would be 0 and 1 − 2⁻¹⁷ would be 1 − 2⁻¹⁶; 2⁻¹⁶ they tell to the end."""
    n_paths, n_steps = 100_000, 100
    flow = Exponential(arrival_rate=chance * n_steps, fill_decay=1)
    market = Market(**(PLAIN | dict(intensity=flow, fill_rule="linear", volatility=0)))
    bought = monte_carlo(lambda q, time_left: (0 * q * time_left, np.nan * q), market, n_paths, n_steps, seed=3)
    n = n_paths * n_steps
    assert abs(bought.final_inventory.sum() - n * chance) < 4 * np.sqrt(n * chance * (1 - chance))


def test_without_orders_nothing_happens():
    market = Market(**(PLAIN | dict(intensity=Exponential(arrival_rate=0, fill_decay=1), drift=3)))
    sample = monte_carlo(AS, market, n_paths=10, n_steps=5, seed=1)
    assert not sample.pnl.any()
    assert not sample.final_inventory.any()
    assert "nan" not in repr(sample.summary())


def test_paths_that_go_far_find_wider_tables(sd_error):
    """A day of 800 steps with an even chance of a fill on each side: some paths of many pass ±60 clips."""
    market = Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=400, fill_decay=1))
    at_the_mid = Symmetric(half_spread=0)
    exact, sample = exact_moments(at_the_mid, market, 800), monte_carlo(at_the_mid, market, 20_000, 800, seed=2)
    assert np.abs(sample.final_inventory).max() > 60
    assert abs(sample.pnl.std() - exact.sd) < 4 * sd_error(sample.pnl)
    assert abs(sample.final_inventory.std() - exact.inventory_sd) < 4 * sd_error(sample.final_inventory)

    class Bounded(PostOnly):
        """The same quotes with a bound that no path reaches, so with wide tables from the first."""

        max_inventory = 200

    wide = monte_carlo(Bounded(at_the_mid), market, 20_000, 800, seed=2)
    np.testing.assert_array_equal(wide.pnl, sample.pnl)
    np.testing.assert_array_equal(wide.final_inventory, sample.final_inventory)


@pytest.mark.parametrize("make", [lambda: 4, lambda: np.random.default_rng(4), lambda: np.random.SeedSequence(4)])
def test_same_seed_same_numbers(make):
    market = MARKETS["exponential, normal"]
    first, second = (monte_carlo(AS, market, 1_000, 20, seed=make()) for _ in range(2))
    np.testing.assert_array_equal(first.pnl, second.pnl)
    np.testing.assert_array_equal(first.final_inventory, second.final_inventory)


def test_seeds_and_blocks_differ():
    market = MARKETS["exponential, normal"]
    one, other = (monte_carlo(AS, market, 2 * _BLOCK, 5, seed=seed).pnl for seed in (1, 2))
    for left, right in ((one, other), (one[:_BLOCK], one[_BLOCK:])):
        assert abs(np.corrcoef(left, right)[0, 1]) < 4 / np.sqrt(len(left))


def test_a_seed_sequence_stays_as_it_was_and_a_generator_moves_on():
    market = MARKETS["exponential, normal"]
    sequence, generator = np.random.SeedSequence(4), np.random.default_rng(4)
    one, other = (monte_carlo(AS, market, 100, 20, seed=sequence).pnl for _ in range(2))
    np.testing.assert_array_equal(one, other)
    assert sequence.n_children_spawned == 0
    one, other = (monte_carlo(AS, market, 100, 20, seed=generator).pnl for _ in range(2))
    assert (one != other).any()


@pytest.mark.parametrize(("n_paths", "n_steps"), [(1, 1), (1, 200), (_BLOCK + 1, 1)])
def test_few_paths_or_steps_are_fine(n_paths, n_steps):
    sample = monte_carlo(AS, MARKETS["linear, binomial"], n_paths, n_steps, seed=1)
    assert sample.pnl.shape == (n_paths,)
    assert np.isfinite(sample.pnl).all()
    assert (np.abs(sample.final_inventory) <= n_steps).all()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (dict(n_paths=0), "n_paths must be a whole number of at least 1; got 0."),
        (dict(n_paths=1.5), "n_paths must be a whole number of at least 1; got 1.5."),
        (dict(n_steps=0), "n_steps must be a whole number of at least 1; got 0."),
        (dict(n_paths=10**12), "A sample of 1,000,000,000,000 paths would take"),
        (dict(n_steps=10**9), "Tables of 1,000,000,000 steps × 61 inventories would take"),
        (dict(seed=-1), "seed must be a whole number of at least 0, a Generator or a SeedSequence; got -1."),
        (dict(seed="one"), "seed must be"),
        (dict(market=3), "market must be a Market; got 3."),
        (dict(policy=3), "policy must be a model or a function"),
    ],
)
def test_what_cannot_be_drawn_is_refused(given, sentence):
    with pytest.raises(ParameterError, match=re.escape(sentence)):
        monte_carlo(**(dict(policy=AS, market=MARKETS["linear, binomial"], n_paths=10) | given))


def test_a_policy_that_fills_beyond_its_own_bound_is_refused():
    class Boundless:
        max_inventory = 2

        def depths(self, inventory, time_left):
            return np.broadcast_arrays(0.1, 0.1, inventory, time_left)[:2]

    with pytest.raises(ParameterError, match="leaves ±2 clips, the policy's own max_inventory"):
        monte_carlo(Boundless(), MARKETS["linear, binomial"], 1_000, N_STEPS, seed=1)


def test_inventories_without_end_are_refused():
    market = Market(**(PLAIN | dict(intensity=Exponential(arrival_rate=1e9, fill_decay=1))))
    with pytest.raises(ParameterError, match="leaves ±960 clips, the widest tables there are"):
        monte_carlo(
            lambda q, tau: np.broadcast_arrays(0.0, np.nan, q, tau)[:2], market, n_paths=2, n_steps=1_000, seed=1
        )


def test_the_summary_is_the_sample_in_four_numbers(mean_error, sd_error):
    sample = monte_carlo(AS, MARKETS["linear, binomial"], 5_000, N_STEPS, seed=1)
    table = sample.summary()
    assert table.head[1:] == ("mean", "± standard error", "standard deviation", "± standard error")
    for row, values in zip(table.rows, (sample.pnl, sample.final_inventory), strict=True):
        shown = (values.mean(), mean_error(values), values.std(), sd_error(values))
        assert [float(cell) for cell in row[1:]] == pytest.approx(shown, rel=1e-3)


def test_one_path_has_no_standard_error():
    sample = monte_carlo(AS, MARKETS["linear, binomial"], 1, N_STEPS, seed=1)
    assert [row[2::2] for row in sample.summary().rows] == [("nan", "nan")] * 2
