"""Experiments: the reference's switchback to its digits, all paths of a short day, a simulated one, and panels."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab import AvellanedaStoikov, Exponential, Market, ParameterError, exact_moments
from mmlab.causal import Switchback, difference_in_differences
from mmlab.market import Signal
from mmlab.models.within import Within

MARKET = Market.avellaneda_stoikov_2008()
DT = MARKET.horizon / 200
PHI = 0.2


def leaning(depth, skew):
    return lambda q, tau: (depth + skew * q, depth - skew * q)


def switchback(a, b, **changes):
    return Switchback(**({"market": MARKET, "a": a, "b": b, "running_penalty": PHI} | changes))


A, B = leaning(0.678417, 0.0470578), leaning(0.678417, 0)
TEST = switchback(A, B)


def test_the_truth():
    whole = np.array([[67.828087, -0.994081], [68.658818, -7.594836]])
    assert TEST.parts(200) == pytest.approx(whole, abs=6e-7)
    assert TEST.parts(200).sum(axis=1) == pytest.approx([66.834006, 61.063981], abs=6e-7)
    assert TEST.truth == pytest.approx(5.770025, abs=5e-7)
    assert np.subtract(*TEST.parts(200)) == pytest.approx([-0.830730, 6.600755], abs=5e-7)


def objective(policy, market=MARKET, n_steps=200):
    """What `exact_moments` makes of it: E[profit] − φΔt Σ E[q²] after fills."""
    moments = exact_moments(policy, market, n_steps)
    held = moments.inventory_distribution[1:] @ moments.inventories**2
    return moments.mean - PHI * market.horizon / n_steps * float(held.sum())


def test_the_truth_by_exact_moments():
    assert objective(A) == pytest.approx(66.834006, abs=5e-7)
    assert objective(B) == pytest.approx(61.062520, abs=5e-7)
    bounded = [objective(Within(rule, 30)) for rule in (A, B)]
    assert TEST.parts(200).sum(axis=1) == pytest.approx(bounded, abs=1e-9)


@pytest.mark.parametrize(
    ("block", "estimate", "halves"),
    [
        (1, -1.42056, -1.421),
        (5, -1.13880, -0.961),
        (10, -0.77997, -0.351),
        (20, -0.05881, 0.739),
        (25, 0.29294, 1.214),
        (40, 1.26390, 2.577),
        (50, 1.82306, 3.312),
        (100, 3.74862, 5.892),  # the second is the reference's, which leaves the first out
        (200, 5.77003, 9.417),
    ],
)
def test_what_the_test_estimates(block, estimate, halves):
    assert TEST.expectation(block) == pytest.approx(estimate, abs=6e-6)
    assert TEST.expectation(block, block // 2) == pytest.approx(halves, abs=5.5e-4)


def test_both_rules_are_credited_with_what_one_leaves():
    shares = [TEST.expectation(m) / TEST.truth for m in (1, 5, 10, 20, 25, 40, 50)]
    assert shares == pytest.approx([-0.246, -0.197, -0.135, -0.010, 0.051, 0.219, 0.316], abs=6e-4)
    spread, penalty = np.subtract(*TEST.parts(5))
    assert np.subtract(*TEST.parts(1))[0] == pytest.approx(-1.55, abs=5e-3)  # A pays for the leaning
    assert spread < -1.5
    assert 0 < penalty < 0.1 * 6.600755  # and B is spared most of what it would pay


# Deviations that the reference measured on 20,000 days; theirs have errors of half a percent and more.
MEASURED = {5: (17.3, 11.7), 20: (18.2, None), 50: (20.4, 13.3), 100: (22.3, None), 200: (24.7, 16.5)}


@pytest.mark.parametrize("block", MEASURED)
def test_deviations(block):
    marked, plain = MEASURED[block]
    assert TEST.sd(block) == pytest.approx(marked, rel=0.016)
    if plain:
        assert TEST.sd(block, marked=False) == pytest.approx(plain, rel=0.016)


def test_the_doubled_sums_scatter_five_times_as_much():
    doubled = np.hypot(TEST.sd(200), TEST.parts(200).sum())
    assert doubled == pytest.approx(130.2, rel=3 / np.sqrt(40_000))  # measured on 20,000 days
    assert doubled / TEST.sd(200) == pytest.approx(5.2, abs=0.05)


def test_days_needed():
    exact = {5: (70, 33), 50: (98, 42), 200: (147, 66)}  # with measured deviations: 70/32, 98/42, 143/64
    for block, days in exact.items():
        assert (TEST.days_needed(block), TEST.days_needed(block, marked=False)) == days
        assert days[0] == math.ceil((2.801585 * TEST.sd(block) / TEST.truth) ** 2)


def test_monte_carlo_figures_of_the_reference():
    measured = {1: (-1.431, 0.118), 5: (-1.154, 0.083), 20: (0.119, 0.129)}
    measured |= {50: (1.914, 0.094), 100: (3.954, 0.159), 200: (5.883, 0.175)}
    for block, (mean, error) in measured.items():
        assert abs(TEST.expectation(block) - mean) < 3 * error
        assert error * np.sqrt(20_000) == pytest.approx(TEST.sd(block, marked=block not in (5, 50)), rel=0.02)


def test_intervals_of_250_days():
    covers = {1: 0.0, 5: 0.0, 20: 0.001, 50: 0.135, 100: 0.703, 200: 0.95}
    for block, chance in covers.items():
        off = abs(TEST.expectation(block) - TEST.truth) / (TEST.sd(block) / np.sqrt(250))
        exact = (math.erf((1.96 - off) / 2**0.5) + math.erf((1.96 + off) / 2**0.5)) / 2
        assert exact == pytest.approx(chance, abs=0.005)


def test_other_pairs_of_rules():
    widths = switchback(leaning(0.55, 0.047), leaning(0.85, 0.047))
    assert widths.truth == pytest.approx(0.46571, abs=5e-6)
    assert [widths.expectation(m) for m in (1, 5, 20, 50, 200)] == pytest.approx(
        [0.276, 0.302, 0.365, 0.416, 0.466], abs=6e-4
    )
    leans = switchback(leaning(0.678, 0.2), leaning(0.678, 0.02))
    assert leans.truth == pytest.approx(-1.89378, abs=5e-6)
    assert [leans.expectation(m) for m in (1, 5, 20, 50, 200)] == pytest.approx(
        [-7.264, -6.598, -4.750, -3.277, -1.894], abs=6e-4
    )


def simulated(block, n_days, seed):
    """The estimate of so many days (ratio of sums), and its error by the days' influences; B and A of C.4."""
    rng, dt, k = np.random.default_rng(seed), DT, 1.5
    q, day = np.zeros(n_days), np.zeros((2, 2, n_days))  # (rule, outcome or step)
    for n in range(200):
        if n % block == 0:
            by_a = rng.random(n_days) < 0.5
        skew = 0.0470578 * by_a * q
        bid, ask = 0.678417 + skew, 0.678417 - skew
        buys, sells = (rng.random(n_days) < np.minimum(140 * dt * np.exp(-k * d), 1) for d in (bid, ask))
        q = q + buys - sells
        y = bid * buys + ask * sells - PHI * dt * q**2 + q * 2 * np.sqrt(dt) * rng.choice([-1.0, 1.0], n_days)
        for rule, on in enumerate((by_a, ~by_a)):
            day[rule] += on * np.array([y, np.full(n_days, 1 / 200)])
    total, share = day.mean(axis=2).T
    a, b = total / share
    influence = (day[0, 0] - a * day[0, 1]) / share[0] - (day[1, 0] - b * day[1, 1]) / share[1]
    return a - b, influence.std()


@pytest.mark.parametrize("block", [5, 50])
def test_a_simulated_experiment(block):
    n_days = 6_000
    estimate, sd = simulated(block, n_days, seed=11)
    assert abs(estimate - TEST.expectation(block)) < 3 * TEST.sd(block) / np.sqrt(n_days)
    assert sd == pytest.approx(TEST.sd(block), rel=3 * np.sqrt(3 / (4 * n_days)))


def tables(rng, n_steps, bound):
    """Two rules, each with depths of its own at each step and inventory."""
    made = rng.uniform(0.1, 1.5, (2, n_steps, 2 * bound + 1, 2))
    made[:, :, -1, 0] = made[:, :, 0, 1] = np.nan
    return made


@pytest.mark.parametrize(("bound", "block", "burn_in"), [(1, 1, 0), (1, 2, 0), (2, 2, 1), (2, 4, 0), (3, 4, 2)])
def test_all_paths_of_a_day_of_four_steps(bound, block, burn_in):
    n_steps, dt = 4, MARKET.horizon / 200
    market = Market.avellaneda_stoikov_2008(horizon=n_steps * dt, drift=0.0)
    rules = tables(np.random.default_rng(bound), n_steps, bound)
    test = switchback(*rules, market=market, max_inventory=bound, n_steps=n_steps)
    mean = test.parts(block, burn_in).sum(axis=1)
    weight = [(n % block >= burn_in) * block / (block - burn_in) for n in range(n_steps)]
    first = second = unmarked = sums = square = 0.0
    for coins in itertools.product((0, 1), repeat=n_steps // block):
        for path in itertools.product(itertools.product((0, 1), repeat=2), repeat=n_steps):
            q, chance, estimate, influence, noise = 0, 0.5 ** len(coins), 0.0, 0.0, 0.0
            for n, (bought, sold) in enumerate(path):
                rule = coins[n // block]
                bid, ask = rules[rule, n, q + bound]
                for depth, done in ((bid, bought), (ask, sold)):
                    p = 0.0 if np.isnan(depth) else 0.7 * np.exp(-1.5 * depth)
                    chance *= p if done else 1 - p
                if not chance:
                    break
                q += bought - sold
                y = np.nan_to_num(bid) * bought + np.nan_to_num(ask) * sold - PHI * dt * q * q
                sign = (2 - 4 * rule) * weight[n]
                estimate += sign * y
                influence += sign * (y - mean[rule] / n_steps)
                noise += sign**2 * 4 * dt * q * q
            first += chance * estimate
            square += chance * estimate**2
            unmarked += chance * influence**2
            second += chance * (influence**2 + noise)
            sums += chance
    assert sums == pytest.approx(1)
    assert test.expectation(block, burn_in) == pytest.approx(first, abs=1e-12)
    assert test.sd(block, burn_in, marked=False) == pytest.approx(np.sqrt(unmarked), abs=1e-12)
    if block == n_steps:  # the sums, each doubled, scatter by the level as well
        doubled = np.hypot(test.sd(block, burn_in, marked=False), mean.sum())
        assert np.sqrt(square - first**2) == pytest.approx(doubled, abs=1e-12)
    assert test.sd(block, burn_in) == pytest.approx(np.sqrt(second), abs=1e-12)


def test_whole_days_are_those_of_exact_moments_with_jumps_and_drift():
    market = Market.avellaneda_stoikov_2008(
        jump=(0.2, 0.1), drift=0.7, intensity=Exponential(arrival_rate=20, fill_decay=1.5)
    )
    test = switchback(A, B, market=market, running_penalty=0.0)
    a, b = (exact_moments(Within(rule, 30), market, 200) for rule in (A, B))
    assert test.truth == pytest.approx(a.mean - b.mean, abs=1e-10)
    # A day is by A or by B: it adds twice its profit less the mean, and half of the days do.
    assert test.sd(200) ** 2 == pytest.approx(2 * (a.sd**2 + b.sd**2))


divisors = st.sampled_from([1, 2, 4, 5, 10, 20])
depths = st.floats(0.2, 1.2)
skews = st.floats(0, 0.1)
SMALL = {"max_inventory": 8, "n_steps": 20}
SHORT = Market.avellaneda_stoikov_2008(horizon=0.1)


@settings(max_examples=30)
@given(a=depths, b=depths, lean=skews, block=divisors, phi=st.floats(0, 1))
def test_names_do_not_matter_and_equal_rules_have_no_effect(a, b, lean, block, phi):
    one, other = leaning(a, lean), leaning(b, 0.02)
    test = switchback(one, other, market=SHORT, running_penalty=phi, **SMALL)
    turned = switchback(other, one, market=SHORT, running_penalty=phi, **SMALL)
    assert test.expectation(block) == pytest.approx(-turned.expectation(block), abs=1e-12)
    assert test.sd(block) == pytest.approx(turned.sd(block))
    same = switchback(one, one, market=SHORT, running_penalty=phi, **SMALL)
    assert same.expectation(block) == pytest.approx(0, abs=1e-12)
    assert test.sd(block, marked=False) <= test.sd(block)


@settings(max_examples=30)
@given(price=st.floats(0.01, 100), time=st.floats(0.01, 100), lean=skews, block=divisors)
def test_units_do_not_matter(price, time, lean, block):
    plain = switchback(leaning(0.6, lean), leaning(0.7, 0), market=SHORT, **SMALL)
    market = Market.avellaneda_stoikov_2008(
        horizon=0.1 * time,
        volatility=2 * price / time**0.5,
        intensity=Exponential(arrival_rate=140 / time, fill_decay=1.5 / price),
    )
    other = switchback(
        leaning(0.6 * price, lean * price),
        leaning(0.7 * price, 0),
        market=market,
        running_penalty=PHI * price / time,
        **SMALL,
    )
    assert other.expectation(block) == pytest.approx(price * plain.expectation(block), rel=1e-9, abs=1e-9 * price)
    assert other.sd(block) == pytest.approx(price * plain.sd(block))


def test_a_table_from_outside_is_the_rule_it_holds():
    q = np.arange(-30, 31.0)
    held = np.stack(np.broadcast_arrays(*A(q, np.zeros((200, 1))), np.zeros((200, 1)))[:2], axis=-1).copy()
    held[:, -1, 0] = held[:, 0, 1] = np.nan
    assert switchback(held, B).expectation(5) == pytest.approx(TEST.expectation(5), abs=1e-12)
    assert switchback(A, B, n_steps=200).sd(5) == pytest.approx(switchback(held, B).sd(5), abs=1e-12)


def test_it_works_at_its_limits():
    nothing = np.full((200, 3, 2), np.nan)
    none = switchback(nothing, nothing, max_inventory=1)
    assert (none.truth, none.expectation(5), none.sd(5), none.days_needed(5)) == (0, 0, 0, np.inf)
    half = switchback(A, lambda q, tau: (np.nan, np.nan), max_inventory=1)
    assert half.truth == pytest.approx(objective(Within(A, 1)))
    assert switchback(A, B, running_penalty=0.0).truth == pytest.approx(-0.830730, abs=5e-7)
    riskless = AvellanedaStoikov.for_market(MARKET, risk_aversion=0.0)
    averse = AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1)
    assert switchback(averse, riskless).truth == pytest.approx(
        objective(averse) - objective(Within(riskless, 30)), abs=1e-6
    )
    one_step = switchback(A, B, market=SHORT, n_steps=1, max_inventory=1)
    assert one_step.expectation(1) == one_step.truth


@pytest.mark.parametrize(("block", "burn_in"), [(7, 0), (400, 0), (5, 5), (1, 1)])
def test_a_block_that_does_not_divide_the_day_is_refused(block, burn_in):
    words = f"block must divide 200 steps, and burn_in be shorter; got {block}, {burn_in}"
    for of in (TEST.expectation, TEST.parts, TEST.sd, TEST.days_needed):
        with pytest.raises(ParameterError, match=words):
            of(block, burn_in)


def test_what_else_a_switchback_refuses():
    with pytest.raises(ParameterError, match=r"block must be a whole number of at least 1; got 2.5"):
        TEST.expectation(2.5)
    with pytest.raises(ParameterError, match=r"block must be a whole number of at least 1; got 0"):
        TEST.sd(0)
    open_ended = np.full((200, 61, 2), 0.5)
    with pytest.raises(
        ParameterError, match="The table b leaves the inventories: its last bid and its first ask must be"
    ):
        switchback(A, open_ended).expectation(5)
    with pytest.raises(ParameterError, match="two depths that depend on inventory and time left alone"):
        switchback(np.full((100, 61, 2), np.nan), A).expectation(5)
    with pytest.raises(ParameterError, match="cannot use"):
        switchback(None, A).expectation(5)
    signal = Market.avellaneda_stoikov_2008(signal=Signal(mean_reversion=1, signal_jump=1))
    with pytest.raises(ParameterError, match="market has a signal"):
        switchback(A, B, market=signal).expectation(5)
    with pytest.raises(ParameterError, match=r"running_penalty \(φ\) must be a finite number at least 0"):
        switchback(A, B, running_penalty=-1)


def pilot(rng, trend=0.0):
    """C.6's panel: 40 treated, 40 controls, 20 + 20 days, AR(1) errors .8, common shock and walk, an effect of 1."""
    errors = np.empty((80, 40))
    errors[:, 0] = rng.standard_normal(80) / 0.6
    for day in range(1, 40):
        errors[:, day] = 0.8 * errors[:, day - 1] + rng.standard_normal(80)
    treated, after = np.arange(80) < 40, np.arange(40) >= 20
    common = 0.5 * after + np.cumsum(0.1 * rng.standard_normal(40))
    moved = np.outer(treated, after + trend * np.arange(40))
    return errors + common + 1.5 * treated[:, np.newaxis] + moved, treated, after


def test_a_pilot():
    n, rng = 300, np.random.default_rng(4)
    rows = []
    for _ in range(n):
        panel, treated, after = pilot(rng)
        clustered, iid = difference_in_differences(panel, treated, after)
        before_after = panel[treated][:, after].mean() - panel[treated][:, ~after].mean()
        against = panel[treated][:, after].mean() - panel[~treated][:, after].mean()
        rows.append((clustered.value, clustered.error, iid.error, before_after, against))
    effect, clustered, iid, before_after, against = np.array(rows).T
    lags = np.abs(np.subtract.outer(np.arange(40), np.arange(40)))
    change = (2 * (np.arange(40) >= 20) - 1) / 20
    exact = np.sqrt(2 / 40 * change @ (0.8**lags / 0.36) @ change)
    assert exact == pytest.approx(0.289779, abs=5e-7)
    both = np.sqrt(1 / n + 1 / 1_000)
    for sample, mean in ((effect, 1.0076), (before_after, 1.5035), (against, 2.4956)):
        assert abs(sample.mean() - mean) < 3 * sample.std() * both
    assert abs(effect.mean() - 1) < 3 * exact / np.sqrt(n)
    assert abs(clustered.mean() - 0.2893) < 3 * clustered.std() * both + 5e-5
    assert abs(iid.mean() - 0.1066) < 3 * iid.std() * both + 5e-5
    for error, chance in ((clustered, 0.950), (iid, 0.524)):
        covers = (np.abs(effect - 1) < 1.959964 * error).mean()
        assert abs(covers - chance) < 3 * np.sqrt(chance * (1 - chance)) * both


def test_a_trend_of_the_treated_is_taken_for_an_effect():
    panel, treated, after = pilot(np.random.default_rng(4))
    drifting, _, _ = pilot(np.random.default_rng(4), trend=0.02)
    of = [difference_in_differences(y, treated, after)[0].value for y in (panel, drifting)]
    assert of[1] - of[0] == pytest.approx(0.02 * 20, abs=1e-12)


panels = st.tuples(st.integers(2, 7), st.integers(2, 7), st.integers(0, 10**6))


@settings(max_examples=40)
@given(shape=panels, data=st.data())
def test_it_is_the_regression_on_units_and_days(shape, data):
    units, days, seed = shape
    y = np.random.default_rng(seed).normal(size=(units, days))
    treated = np.arange(units) < data.draw(st.integers(1, units - 1))
    after = np.arange(days) >= data.draw(st.integers(1, days - 1))
    clustered, iid = difference_in_differences(y, treated, after)
    unit, day = np.repeat(np.eye(units), days, axis=0), np.tile(np.eye(days), (units, 1))[:, 1:]
    x = np.column_stack([np.outer(treated, after).ravel(), unit, day])
    beta = np.linalg.lstsq(x, y.ravel(), rcond=None)[0]
    assert clustered.value == iid.value == pytest.approx(beta[0], abs=1e-12)
    freedom = y.size - x.shape[1]
    if freedom == 0:
        assert iid.error == np.inf
    else:
        variance = np.sum((y.ravel() - x @ beta) ** 2) / freedom * np.linalg.inv(x.T @ x)[0, 0]
        assert iid.error == pytest.approx(np.sqrt(variance))
    assert np.isinf(clustered.error) == (min(treated.sum(), (~treated).sum()) == 1)
    shifted = difference_in_differences(3 * y + np.arange(days) - np.arange(units)[:, np.newaxis], treated, after)[0]
    assert shifted.value == pytest.approx(3 * clustered.value, abs=1e-11)


def test_one_day_before_and_one_after():
    clustered, iid = difference_in_differences([[1, 4], [2, 5.5], [0, 1], [1, 1]], [1, 1, 0, 0], [0, 1])
    assert clustered.value == pytest.approx(3.25 - 0.5)
    assert clustered.error == pytest.approx(np.sqrt(0.125 / 2 + 0.5 / 2))
    assert iid.error == pytest.approx(clustered.error)  # two days are one change, and groups of one size


def test_panels_that_are_none():
    y, treated, after = np.zeros((3, 4)), np.array([True, False, False]), np.arange(4) > 1
    for few in ((y, treated & False, after), (y, treated | True, after), (y, treated, after & False)):
        with pytest.raises(
            ParameterError, match="There must be treated units and controls, days before and days after"
        ):
            difference_in_differences(*few)
    for wrong in (y.T, np.where(y == 0, np.nan, y), y[0]):
        with pytest.raises(ParameterError, match="panel must be finite, of the shape that treated and after make; got"):
            difference_in_differences(wrong, treated, after)
