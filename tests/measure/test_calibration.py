import dataclasses
import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import Exponential, Market, ParameterError
from mmlab.desk import DeskView, VolatilityLimiter
from mmlab.market import Day
from mmlab.measure import (
    CalibrationError,
    Estimate,
    adverse_selection,
    calibrate,
    depth_grid,
    fill_intensity,
    markouts,
    recent_volatility,
    signature,
    volatility,
)

A, KAPPA, SIGMA, EPSILON, STEP = 0.5, 20.0, 0.02, 0.02, 0.05
TRUTH = Market(
    mid_price=100,
    volatility=SIGMA,
    horizon=2_000,
    intensity=Exponential(arrival_rate=A, fill_decay=KAPPA),
    jump=(EPSILON, EPSILON),
    fill_rule="linear",
)
DEPTHS = 0.01 * (np.arange(20) + 0.5)


def recorded(tape, path=0):
    """A path as a day: quotes a tick either side of the mid, orders in the middle of the steps."""
    time, mid = tape.time, tape.mid[:, path]
    step = np.diff(time)[0]
    trades = []
    for side, reach in ((1, tape.buy_reach[:, path]), (-1, tape.sell_reach[:, path])):
        n = np.flatnonzero(reach >= 0)
        trades.append(
            np.stack([time[n] + step / 2, np.full(len(n), side), np.full(len(n), 50.0), mid[n] + side * reach[n]])
        )
    size, both = np.ones(len(time)), np.concatenate(trades, axis=1)
    in_order = both[:, np.argsort(both[0], kind="stable")]
    return Day.from_quotes_and_trades(time, mid - 0.01, mid + 0.01, size, size, *in_order)


@pytest.fixture(scope="module")
def days():
    tape = TRUTH.tape(n_paths=40, n_steps=40_000, seed=1)
    return [recorded(tape, path) for path in range(tape.n_paths)]


def unbiased(estimates, truth, sigmas, inflation=1.0):
    """The mean within `sigmas` errors of itself, and the standard errors as large as the estimates scatter."""
    values, errors = np.array([(e.value, e.error) for e in estimates]).T
    errors = errors / inflation
    scatter = values.std(ddof=1)
    assert abs(values.mean() - truth) < sigmas * scatter / np.sqrt(len(values)), (values.mean(), truth)
    # The standard error of a standard deviation is about 1/√(2n) of it.
    assert abs(scatter / errors.mean() - 1) < 3 / np.sqrt(2 * len(values)), (scatter, errors.mean())


def test_an_estimate_tells_where_the_truth_is():
    estimate = Estimate(10, 2, "1/time")
    assert estimate.interval == pytest.approx((6.080072, 13.919928))
    assert str(estimate) == "10 ± 2 1/time"


def test_depth_and_rate_are_found_without_bias():
    rng = np.random.default_rng(2)
    n_orders, time = 1_000, 1_000 / A
    fits = [fill_intensity(rng.exponential(1 / KAPPA, rng.poisson(n_orders)), time, DEPTHS) for _ in range(2_000)]
    inflation = np.array([fit.inflation for fit in fits])
    unbiased([fit.arrival_rate for fit in fits], A, 2, inflation)
    # Maximum likelihood of a decay is too large by one part in the number of orders.
    unbiased([fit.fill_decay for fit in fits], KAPPA * (1 + 1 / n_orders), 2, inflation)
    chi_squared, freedom = np.array([fit.chi_squared for fit in fits]).T
    assert abs(np.mean(chi_squared - freedom)) < 3 * np.sqrt(2 * freedom.mean() / len(fits))


def test_every_number_of_a_known_market_is_found_in_its_days(days):
    calibrations = [calibrate(day, depths=DEPTHS, grid=1, horizon=0.75 * STEP) for day in days]
    # An order of the other side comes in the same step with probability AΔt, and takes its jump back.
    jump = EPSILON * (1 - A * STEP)
    # Ten means are looked at: within 3 errors of each, as all ten are in 97 of 100 such tests.
    unbiased([c.volatility for c in calibrations], np.sqrt(SIGMA**2 + 2 * A * EPSILON**2), 3)
    unbiased([c.jump for c in calibrations], jump, 3)
    for side in (0, 1):
        unbiased([c.jumps[side] for c in calibrations], jump, 3)
    for fits in ([c.pooled for c in calibrations], *zip(*(c.fills for c in calibrations), strict=True)):
        unbiased([fit.arrival_rate for fit in fits], A, 3)
        unbiased([fit.fill_decay for fit in fits], KAPPA, 3)
    for side in (0, 1):
        assert np.mean([c.clustering[side].branching.value for c in calibrations]) < 0.1


def test_a_calibrated_market_is_the_one_that_was_recorded(days):
    calibration = calibrate(days[0], depths=DEPTHS, grid=1, horizon=0.75 * STEP)
    market = Market.from_calibration(calibration)
    assert (market.mid_price, market.horizon) == (days[0].mid[-1], days[0].time[-1])
    flow = market.intensity
    assert abs(flow.arrival_rate - A) < 3 * calibration.pooled.arrival_rate.error
    assert abs(flow.fill_decay - KAPPA) < 3 * calibration.pooled.fill_decay.error
    assert abs(market.volatility - SIGMA) < 3 * calibration.volatility.error * np.sqrt(2)
    assert calibration.clip == 50
    sides = Market.from_calibration(calibration, intensity=calibration.intensities, volatility=1)
    assert sides.sell_intensity == calibration.fills[1].intensity
    assert sides.volatility == 1


def test_jumps_that_would_move_more_than_the_mid_moved_are_refused(days):
    calibration = calibrate(days[0], depths=DEPTHS, grid=1)
    far = dataclasses.replace(calibration, jump=Estimate(0.1, 0.01, "price"))
    with pytest.raises(ParameterError, match=r"jump \(ε\) \(0\.1, 0\.1\) alone moves the mid .* at a shorter horizon"):
        Market.from_calibration(far)
    back = dataclasses.replace(calibration, jump=Estimate(-0.001, 0.01, "price"))
    assert Market.from_calibration(back).jump == (0, 0)


def intervals(n_days, seed):
    """Which 95% intervals of A and κ hold the truth, in days of 400 orders on average."""
    rng = np.random.default_rng(seed)
    for _ in range(n_days):
        reach = rng.exponential(1 / KAPPA, rng.poisson(A * 800))
        fitted = fill_intensity(reach, 800, DEPTHS)
        for estimate, truth in ((fitted.arrival_rate, A), (fitted.fill_decay, KAPPA)):
            low, high = estimate.interval
            yield low < truth < high


def test_95_of_100_intervals_hold_the_truth():
    held = np.fromiter(intervals(400, seed=1), bool)
    assert abs(held.mean() - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 400)


def test_the_closed_form_is_the_maximum():
    reach = np.repeat(DEPTHS[:6] + 0.001, [30, 20, 0, 9, 4, 2])
    fitted = fill_intensity(reach, 100, DEPTHS[:5])

    def log_likelihood(rate, kappa):
        reached = 100 * rate * np.exp(-kappa * DEPTHS[:5])
        expected = reached - np.append(reached[1:], 0)
        return np.sum(np.array([30, 20, 0, 9, 6]) * np.log(expected) - expected)

    rate, kappa = fitted.arrival_rate.value, fitted.fill_decay.value
    best = log_likelihood(rate, kappa)
    for change in (0.99, 1.01):
        assert log_likelihood(rate * change, kappa) < best
        assert log_likelihood(rate, kappa * change) < best
    # The standard errors are the curvature's: −∂²L/∂κ² at the best A for each κ, and so for A.
    h = 1e-3 * kappa
    profile = [log_likelihood(65 / 100 * np.exp(k * DEPTHS[0]), k) for k in (kappa - h, kappa, kappa + h)]
    error = fitted.fill_decay.error / fitted.inflation
    assert 1 / np.sqrt(-np.diff(profile, 2).item() / h**2) == pytest.approx(error, rel=1e-4)
    assert fitted.expected.sum() == pytest.approx(65)
    assert fitted.observed.tolist() == [30, 20, 0, 9, 6]


@given(
    st.lists(st.integers(0, 40), min_size=5, max_size=60),
    st.integers(1, 4),
    st.sampled_from([0.01, 0.005, 0.0001, 0.25, 0.1, 1 / 3]),
    st.floats(0, 5_000),
)
def test_prices_on_a_lattice_of_half_ticks_stay_in_their_bins(half_ticks, first, tick, mid):
    prices = mid + np.array([*half_ticks, 4, 30]) * tick / 2
    fitted = fill_intensity(prices - mid, 1, tick / 2 * first + tick * np.arange(8))
    expected = [0] * 8
    for n in [*half_ticks, 4, 30]:
        if n >= first:
            expected[min((n - first) // 2, 7)] += 1
    assert fitted.observed.tolist() == expected


def test_units_do_not_matter():
    reach = np.random.default_rng(1).exponential(0.05, 500)
    fitted, cents = fill_intensity(reach, 60, DEPTHS), fill_intensity(100 * reach, 1, 100 * DEPTHS)
    assert cents.arrival_rate.value == pytest.approx(60 * fitted.arrival_rate.value)
    assert cents.fill_decay.value == pytest.approx(fitted.fill_decay.value / 100)
    assert cents.fill_decay.error == pytest.approx(fitted.fill_decay.error / 100)
    assert cents.chi_squared == pytest.approx(fitted.chi_squared)


@pytest.mark.parametrize(
    ("reach", "observed", "depths", "sentence"),
    [
        ([1, 2], 1, [1, 2], "depths must be at least three, regularly spaced and increasing"),
        ([1, 2], 1, [1, 2, 4], "depths must be at least three, regularly spaced and increasing"),
        ([1, 2], 1, [3, 2, 1], "depths must be at least three, regularly spaced and increasing"),
        ([], 1, [1, 2, 3], "Of 0 market orders 0 reach 1, 0 reach 2 and 0 reach 3: κ needs"),
        ([1, 1.5], 1, [1, 2, 3], "Of 2 market orders 2 reach 1, 0 reach 2 and 0 reach 3: κ needs"),
        ([4, 5], 1, [1, 2, 3], "Of 2 market orders 2 reach 1, 2 reach 2 and 2 reach 3: κ needs"),
    ],
)
def test_counts_that_cannot_tell_are_refused(reach, observed, depths, sentence):
    with pytest.raises(CalibrationError, match=f"^{re.escape(sentence)}"):
        fill_intensity(reach, observed, depths)


def test_bins_begin_where_the_orders_of_the_day_can_reach():
    whole, halves = 0.01 * np.array([2, 3, 3, 5]), 0.01 * np.array([0.5, 1, 2.5, 3])
    noise = 1e-12 * np.array([-1, 1, -1, 1])
    assert depth_grid(whole + noise, 0.01) == pytest.approx([0.02, 0.03, 0.04])
    assert depth_grid(np.r_[whole, 0.09], 0.01)[[0, -1]] == pytest.approx([0.02, 0.08])
    assert depth_grid(halves + noise, 0.01) == pytest.approx([0.005, 0.015, 0.025])
    # Where nothing lies on a lattice all orders count, and those beyond the mid alone decide.
    assert depth_grid([-1, 0, 1e-5, 0.031], 0.01)[0] == 0


def test_bins_beside_the_lattice_give_too_small_a_rate():
    ticks = np.random.default_rng(1).geometric(-np.expm1(-KAPPA * 0.01), 5_000) + 1  # from two ticks on
    on, beside = (fill_intensity(0.01 * ticks, 1, first + 0.01 * np.arange(12)) for first in (0.02, 0.015))
    assert on.arrival_rate.value == pytest.approx(np.exp(0.005 * KAPPA) * beside.arrival_rate.value, rel=0.01)
    assert abs(on.arrival_rate.value - 5_000 * np.exp(0.02 * KAPPA)) < 2 * on.arrival_rate.error
    assert depth_grid(0.01 * ticks, 0.01)[0] == pytest.approx(0.02)


def test_reaches_that_give_no_grid_are_refused():
    with pytest.raises(CalibrationError, match=r"^None of 2 market orders reaches beyond the mid\.$"):
        depth_grid([-1, 0], 0.01)


def test_a_calibration_shows_every_number_with_its_error_and_interval(days):
    calibration = calibrate(days[0], depths=DEPTHS, grid=1, horizon=0.75 * STEP)
    kappa = calibration.pooled.fill_decay
    row = next(row for row in calibration.table.rows if row[0] == "κ, both sides")
    assert row == (
        "κ, both sides",
        f"{kappa.value:.4g}",
        f"{kappa.error:.2g}",
        "{:.4g} to {:.4g}".format(*kappa.interval),
        "1/price",
        calibration.pooled.verdict,
    )
    assert calibration._repr_markdown_() == calibration.table._repr_markdown_()
    assert len(calibration.table.rows) == 13
    assert repr(calibration) == repr(calibration.table)


def test_returns_over_a_gap_are_not_counted():
    time, mid = np.arange(8.0), np.array([0, 1, 0, np.nan, np.nan, 50, 51, 50])
    estimate = volatility(time, mid, 1)
    assert (estimate.value, estimate.error) == (1, 0)


def test_volatility_scales_with_price_and_time(days):
    day = days[0]
    known, scaled = volatility(day.time, day.mid, 1), volatility(60 * day.time, 100 * day.mid, 60)
    assert scaled.value == pytest.approx(100 * known.value / np.sqrt(60))
    assert scaled.error == pytest.approx(100 * known.error / np.sqrt(60))


@pytest.mark.parametrize("grid", [0, -1, 5_000, np.nan])
def test_a_grid_without_moves_is_refused(days, grid):
    sentence = "needs two moves of the mid|grid must be a finite number above 0"
    with pytest.raises((CalibrationError, ParameterError), match=sentence):
        volatility(days[0].time, days[0].mid, grid)


def test_a_markout_without_orders_is_refused(days):
    with pytest.raises(CalibrationError, match=r"ε at a horizon of 5000 needs two market orders; the day has 0\."):
        adverse_selection(days[0], 5_000)


@pytest.mark.parametrize("n_stretches", [3, 10])
def test_a_markouts_error_is_as_large_as_it_scatters_though_its_moves_overlap(n_stretches):
    """Orders of one side in turn, a hundred in a stretch of ten horizons, around a mid that walks at random."""
    rng, found = np.random.default_rng(n_stretches), []
    for _ in range(200):
        time = np.arange(100.0 * n_stretches + 20)
        mid = 100 + np.cumsum(rng.normal(0, 0.01, len(time)))
        at = np.arange(100 * n_stretches)
        side = np.where(rng.random() < 0.5, 1, -1) * np.ones(len(at))
        size = np.ones(len(time))
        trades = (time[at] + 0.5, side, np.full(len(at), 50.0), mid[at] + 0.01 * side)
        found.append(
            adverse_selection(Day.from_quotes_and_trades(time, mid - 0.01, mid + 0.01, size, size, *trades), 10)
        )
    values, errors = np.array([(e.value, e.error) for e in found]).T
    assert values.std() / np.sqrt(np.mean(errors**2)) == pytest.approx(1, abs=0.2)


def test_a_markout_from_one_stretch_knows_no_error(days):
    short = days[0].between(days[0].time[0], days[0].time[0] + 200)
    assert adverse_selection(short, 20.5).error == np.inf


def test_a_day_of_few_orders_is_refused_with_their_count(days):
    start = days[0].time[0]
    short = days[0].between(start, start + 10)
    sentence = f"A calibration needs at least 30 market orders; the day has {len(short.market_orders)}."
    with pytest.raises(CalibrationError, match=re.escape(sentence)):
        calibrate(short)
    with pytest.raises(ParameterError, match=r"^tick must be a finite number above 0 \[price\]; got 0\.$"):
        calibrate(days[0], tick=0)
    with pytest.raises(CalibrationError, match=r"^tick = 1e-09 makes 2\.\d+e\+08 bins of .*: is it the price step\?$"):
        calibrate(days[0], tick=1e-9)
    with pytest.raises(ParameterError, match=r"^observed must be a finite number above 0 \[time\]; got 0\.$"):
        fill_intensity([1, 2], 0, [1, 2, 3])


def test_the_real_days_volatility_is_the_same_on_every_grid(real_day):
    for estimate in signature(real_day.time, real_day.mid, [1, 2, 5, 10, 15, 30, 60, 120, 300]):
        assert 0.0195 < estimate.value < 0.0215


def test_the_real_day_is_calibrated_and_tells_where_the_exponential_does_not_fit(real_day):
    calibration = calibrate(real_day)
    assert calibration.clip == 100
    assert calibration.pooled.depths[:2] == pytest.approx([0.005, 0.015])
    assert 0.153 < calibration.pooled.arrival_rate.value < 0.161
    assert 21.2 < calibration.pooled.fill_decay.value < 22.4
    # Nobody stops inside the spread: near the mid there are far fewer orders than the exponential expects.
    assert calibration.pooled.residuals[0] < -10
    chi_squared, freedom = calibration.pooled.chi_squared
    assert chi_squared > 10 * freedom
    assert calibration.pooled.inflation == np.sqrt(chi_squared / freedom)
    verdict = f"fit rejected (χ² {chi_squared:.0f} on {freedom})"
    assert [row[-1] for row in calibration.table.rows if row[0] in ("A, both sides", "κ, both sides")] == [verdict] * 2
    # Orders come in bursts of many speeds, and one exponential has one.
    assert all(flow.distance[0] > 4 * flow.distance[1] for flow in calibration.clustering)
    assert Market.from_calibration(calibration).volatility < calibration.volatility.value
    moves = markouts(real_day, [0.1, 1, 10])
    assert [later.value > sooner.value for sooner, later in pairwise(moves)] == [True, True]
    with pytest.raises(ParameterError, match="shorter horizon"):
        Market.from_calibration(calibrate(real_day, horizon=10))


def test_the_recent_volatility_is_what_the_limiter_of_it_sees():
    """Of steps of any length, some of none, from the same start."""
    tape = dataclasses.replace(TRUTH.tape(3, 200, seed=4), time=np.repeat(np.arange(101.0) ** 1.5, 2)[:201])
    limiter = VolatilityLimiter(soft_volatility=1, max_volatility=2, soft_half_spread=0, window=50)
    state, estimates = limiter.start(DeskView(0.0, tape.mid[0], volatility=0.05)), []
    for time, mid in zip(tape.time[:-1], tape.mid[:-1], strict=True):
        state, _ = limiter.step(state, DeskView(time, mid))
        estimates.append(state.volatility)
    np.testing.assert_allclose(recent_volatility(tape, 50, 0.05), estimates)
