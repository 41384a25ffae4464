"""A jump belongs to an order that came: σ with and without the jumps, ε of an order and of those that it brings."""

import dataclasses
import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmbook.ch11.scenes import bursts

from mmlab import (
    AvellanedaStoikov,
    CarteaJaimungal,
    Exponential,
    GueantLehalleFernandezTapia,
    HoStoll,
    InfiniteHorizonAvellanedaStoikov,
    Market,
    ParameterError,
    Symmetric,
    exact_moments,
    monte_carlo,
    parameter_table,
    simulate,
)
from mmlab.market import Day
from mmlab.market.synthetic_day import SyntheticDay
from mmlab.measure import CalibrationError, Estimate, adverse_selection, calibrate, fill_intensity
from mmlab.measure.reach_counts import chi_squared_tail
from mmlab.parameters import Noted

PAPER = Market.avellaneda_stoikov_2008()
WIDE = SyntheticDay(arrival_rate=1.5, jump=0.01, half_spread=5)
"""Every order moves the mid by a tick, and nobody trades nearer than five ticks: e^{κδ₀} = 7.4."""


@pytest.fixture(scope="module")
def wide():
    """Three of its days, three hours each, calibrated."""
    return [calibrate(WIDE.run(10_800, seed=seed).day()) for seed in range(3)]


def test_own_volatility_is_the_truth_where_nobody_trades_near_the_mid(wide):
    own = [Market.from_calibration(calibration).volatility for calibration in wide]
    # By count, σ² − ε² N/T with the orders of the file: 0.01996, 0.02053, 0.02002.
    assert own == pytest.approx([0.0200, 0.0205, 0.0200], abs=5e-5)
    for value, calibration in zip(own, wide, strict=True):
        assert abs(value - WIDE.volatility) < 2 * calibration.volatility.error
        came = calibration.n_orders * calibration.jump.value**2 / calibration.horizon
        assert value == pytest.approx(np.sqrt(calibration.volatility.value**2 - came), rel=1e-4)


def test_a_day_of_wider_quotes_is_not_refused():
    calibration = calibrate(SyntheticDay(arrival_rate=2, jump=0.01, half_spread=6).run(10_800, seed=1).day())
    assert abs(Market.from_calibration(calibration).volatility - 0.02) < 2 * calibration.volatility.error


def test_the_markets_own_tapes_move_as_much_as_was_calibrated(wide, sd_error):
    """Jumps and the rest together, over four steps a second; and each flow's orders are as many as came."""
    market = Market.from_calibration(wide[0], horizon=5_000)
    assert market.total_volatility == pytest.approx(wide[0].volatility.value, rel=1e-12)
    tape = market.tape(n_paths=100, n_steps=20_000, seed=3)
    moves = np.diff(tape.mid[::40], axis=0) / np.sqrt(10)
    assert abs(moves.std() - wide[0].volatility.value) < 3 * sd_error(moves.ravel())
    came = (tape.buy_reach >= 0).sum() + (tape.sell_reach >= 0).sum()
    expected = 100 * 5_000 * wide[0].n_orders / wide[0].horizon
    assert abs(came / expected - 1) < 3 / np.sqrt(expected) + 0.03  # one a step at most: AΔt/2 = 0.026 of them are lost
    assert min(tape.buy_reach[tape.buy_reach >= 0].min(), 1) == pytest.approx(0.05, abs=1e-4)


def test_all_orders_move_the_mid_also_those_that_reach_no_bin(wide):
    """Bins that begin farther out give another line, and as many orders."""
    day = WIDE.run(10_800, seed=0).day()
    far = calibrate(day, depths=0.07 + 0.01 * np.arange(12))
    market = Market.from_calibration(far)
    assert far.pooled.observed.sum() < 0.5 * far.n_orders
    assert float(market.intensity.rate(0)) == pytest.approx(far.n_orders / (2 * day.observed))
    assert market.volatility == pytest.approx(Market.from_calibration(wide[0]).volatility, rel=1e-9)


def test_a_market_whose_flow_has_a_least_reach_is_one_to_every_simulator(mean_error, sd_error):
    """Exactly, by path and by step: quotes within δ₀ meet the orders that come, all of which move the mid."""
    flow = Exponential(arrival_rate=30, fill_decay=1.5, least_reach=0.4)
    market = dataclasses.replace(PAPER, intensity=flow, jump=(0.1, 0.2))
    model = AvellanedaStoikov(risk_aversion=0.3, volatility=2, fill_decay=1.5, horizon=1)
    exact = exact_moments(model, market, n_steps=50)
    drawn, run = (
        monte_carlo(model, market, 100_000, 50, seed=1).pnl,
        simulate(model, market.tape(40_000, 50, seed=2)).pnl,
    )
    for sample in (drawn, run):
        assert abs(sample.mean() - exact.mean) < 3 * mean_error(sample)
        assert abs(sample.std() - exact.sd) < 3 * sd_error(sample)


@pytest.mark.parametrize("given", [np.nan, np.inf, "near", (0.1, 0.1)])
def test_a_least_reach_is_a_number(given):
    with pytest.raises(ParameterError, match=r"least_reach \(δ₀\) must be"):
        Exponential(arrival_rate=1, fill_decay=1, least_reach=given)


MODELS = {
    AvellanedaStoikov: {},
    GueantLehalleFernandezTapia: {"max_inventory": 5},
    InfiniteHorizonAvellanedaStoikov: {"max_inventory": 5},
    HoStoll: {},
}


@pytest.mark.parametrize("model", MODELS)
def test_a_model_without_jumps_holds_inventory_against_the_whole_variance(model):
    jumpy = dataclasses.replace(PAPER, jump=(0.2, 0.2))
    made = model.for_market(jumpy, risk_aversion=0.1, **MODELS[model])
    assert made.volatility == pytest.approx(np.sqrt(4 + 2 * 140 * 0.2**2)) == jumpy.total_volatility
    assert made == model.for_market(PAPER, risk_aversion=0.1, volatility=jumpy.total_volatility, **MODELS[model])
    assert f"volatility={jumpy.total_volatility!r} (with the orders' jumps)" in repr(made)
    assert "Here with the orders' jumps." in repr(parameter_table(made))
    assert "jumps" not in repr(dataclasses.replace(made, volatility=3.0))
    assert "jumps" not in repr(model.for_market(PAPER, risk_aversion=0.1, **MODELS[model]))
    assert model.for_market(jumpy, risk_aversion=0.1, volatility=2, **MODELS[model]).volatility == 2


def test_symmetric_quotes_stand_by_the_whole_variance_too():
    jumpy = dataclasses.replace(PAPER, jump=(0.2, 0.2))
    wide = dataclasses.replace(PAPER, volatility=jumpy.total_volatility)
    assert Symmetric.for_market(jumpy, risk_aversion=0.1) == Symmetric.for_market(wide, risk_aversion=0.1)


def test_a_model_that_knows_the_jump_is_told_it_and_no_variance():
    jumpy = dataclasses.replace(PAPER, jump=(0.2, 0.1))
    model = CarteaJaimungal.for_market(jumpy, running_penalty=0.1, terminal_penalty=0, max_inventory=5)
    assert model.jump == (0.2, 0.1)
    assert not hasattr(model, "volatility")


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.floats(-0.5, 1), st.floats(0.1, 60), st.floats(0.01, 100))
def test_the_whole_variance_is_the_same_in_other_units(up, down, least, seconds, cents):
    def market(time, price):
        flow = Exponential(arrival_rate=140 / time, fill_decay=1.5 / price, least_reach=least * price)
        sigma, jump = 2 * price / np.sqrt(time), (up * price, down * price)
        return Market(mid_price=100 * price, volatility=sigma, horizon=time, intensity=flow, jump=jump)

    one, other = market(1, 1), market(seconds, cents)
    assert other.total_volatility == pytest.approx(one.total_volatility * cents / np.sqrt(seconds))
    here, there = (
        GueantLehalleFernandezTapia.for_market(m, risk_aversion=0.1 / unit, max_inventory=5, solution="closed form")
        for m, unit in ((one, 1), (other, cents))
    )
    assert there.skew == pytest.approx(cents * here.skew)


def test_a_skews_ratio_is_that_of_the_volatilities_on_a_day_with_wide_jumps():
    """Two ticks each way moved by every order: σ without its jumps would skew far too little."""
    flow = Exponential(arrival_rate=1.0, fill_decay=40.0, least_reach=0.005)
    market = Market(mid_price=100, volatility=0.02, horizon=3_600, intensity=flow, jump=(0.03, 0.03))

    def skew(**believed):
        own = dict(risk_aversion=0.05, max_inventory=20, solution="closed form")
        return GueantLehalleFernandezTapia.for_market(market, **own, **believed).skew

    ratio = np.sqrt(0.02**2 + 2 * math.exp(-0.2) * 0.03**2) / 0.02
    assert skew() / skew(volatility=0.02) == pytest.approx(ratio)
    assert ratio > 2


def test_a_noted_number_is_a_number():
    sigma = Noted(3.9, "with the orders' jumps")
    assert (sigma, hash(sigma), sigma * 2, f"{sigma:.2f}") == (3.9, hash(3.9), 7.8, "3.90")
    assert repr(pickle.loads(pickle.dumps(sigma))) == repr(sigma) == "3.9 (with the orders' jumps)"


def cascade(n, epsilon, seed, observed=20_000.0):
    """A day whose orders bring orders of their side; each moves the mid by ε for good, and nothing else moves it."""
    rng = np.random.default_rng(seed)
    times = [bursts(0.15, n, 2.0, observed, rng) for _ in range(2)]
    time = np.concatenate(times)
    side = np.repeat([1.0, -1.0], [len(t) for t in times])[np.argsort(time)]
    time = np.sort(time)
    quote = np.r_[0.0, time, observed]
    mid = 100 + epsilon * np.r_[0.0, side.cumsum(), side.sum()]
    reach = 0.015 + rng.exponential(1 / 40, len(time))
    size = np.ones(len(quote))
    return Day.from_quotes_and_trades(
        quote, mid - 0.01, mid + 0.01, size, size, time, side, np.full(len(time), 100.0), mid[:-2] + side * reach
    )


def test_what_an_order_brings_is_counted_by_one_over_one_less_n_and_markouts_go_further():
    """An order is one of a burst, and what the others of it bring comes after it too: ε(1 + 1/(1 − n)²)/2 in the end.

    That is the variance of a Hawkes count, rate/(1 − n)², which holds the pairs of orders twice.
    """
    days = [cascade(0.5, 0.01, seed) for seed in range(1, 5)]
    at_once, soon, lasting, at_last = (
        (np.mean([e.value for e in estimates]), np.sqrt(sum(e.error**2 for e in estimates)) / 4)
        for estimates in (
            [adverse_selection(day, 0.001) for day in days],
            [adverse_selection(day, 1.0) for day in days],
            [calibrate(day, horizon=0.001).lasting_jump for day in days],
            [adverse_selection(day, 5.0) for day in days],  # 5/β(1 − n) after it: all that it brought has come
        )
    )
    assert at_once[0] == pytest.approx(0.01, rel=0.01)  # what one order did
    assert abs(lasting[0] - 0.02) < 2 * lasting[1]
    assert abs(at_last[0] - 0.01 * (1 + 4) / 2) < 2 * at_last[1]
    assert at_once[0] < soon[0] < at_last[0]
    assert at_last[0] - lasting[0] > 3 * np.hypot(at_last[1], lasting[1])


def test_an_epsilon_read_after_the_burst_holds_it_and_is_not_divided():
    """Of one day, read off on both sides of 1/β = ½: divided twice, it would be twice what lasts."""
    day = cascade(0.5, 0.01, 1)
    calibrations = [calibrate(day, horizon=horizon, holding=5.0) for horizon in (0.001, 1.0)]
    early, late = (calibration.lasting_jump for calibration in calibrations)
    assert calibrations[0].memory == calibrations[1].memory == pytest.approx(0.5, rel=0.1)
    assert early.value == pytest.approx(calibrations[0].jump.value / (1 - calibrations[0].branching.value))
    assert late == calibrations[1].held
    assert late.value == adverse_selection(day, 5.0).value
    assert calibrations[1].lasting_note.startswith("ε after 5 s, as ε at 1 s holds the fitted bursts already (1/β = 0.")
    assert abs(late.value - 0.01 * (1 + 4) / 2) < 2 * late.error  # the burst's other orders too
    assert late.value / (1 - calibrations[1].branching.value) > 1.5 * early.value


def test_the_lasting_jumps_error_is_as_large_as_it_scatters():
    lasting = [calibrate(cascade(0.4, 0.01, seed, 4_000.0), horizon=0.001).lasting_jump for seed in range(40)]
    values, errors = np.array([(e.value, e.error) for e in lasting]).T
    assert abs(values.std(ddof=1) / errors.mean() - 1) < 3 / np.sqrt(80)
    assert abs(values.mean() - 0.01 / 0.6) < 3 * values.std(ddof=1) / np.sqrt(40)


def test_a_cascade_without_end_lasts_for_ever(wide):
    flow = wide[0].clustering[0]
    endless = dataclasses.replace(flow, branching=Estimate(1.01, 0.1, "1"))
    assert dataclasses.replace(wide[0], clustering=(endless, endless)).lasting_jump.value == np.inf
    unknown = dataclasses.replace(flow, branching=Estimate(0.3, np.inf, "1"))
    one_known = dataclasses.replace(wide[0], clustering=(flow, unknown)).branching
    assert one_known.value == pytest.approx(flow.branching.value)
    assert one_known.error == pytest.approx(flow.branching.error)
    neither = dataclasses.replace(wide[0], clustering=(unknown, unknown)).branching
    assert neither.value == pytest.approx(0.3)
    assert neither.error > 1e5
    row = next(row for row in wide[0].table.rows if row[0] == "lasting ε")
    assert row[-1].startswith("ε/(1 − n), with the orders that it brings (1/β = ")
    assert row[1] == f"{wide[0].lasting_jump.value:.4g}"


DEPTHS = 0.01 * (np.arange(20) + 0.5)


def test_a_straight_line_is_rejected_once_in_a_hundred_days_and_its_intervals_hold():
    """200 days of 400 orders: the factor √(χ²/dof) leaves the 95% intervals theirs, and makes none narrower."""
    rng, held, rejected = np.random.default_rng(4), [], 0
    for _ in range(200):
        fit = fill_intensity(rng.exponential(1 / 20, rng.poisson(400)), 800, DEPTHS)
        rejected += fit.verdict.startswith("fit rejected")
        held += [
            low < truth < high
            for (low, high), truth in ((fit.arrival_rate.interval, 0.5), (fit.fill_decay.interval, 20))
        ]
        assert fit.inflation >= 1
    assert abs(np.mean(held) - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 200)
    assert rejected <= 7  # of 2 expected, P(more than 7) < 0.1%


def test_a_bent_line_is_rejected_and_its_errors_grow_by_the_root_of_chi_squared():
    rng = np.random.default_rng(5)
    bent = np.concatenate([rng.exponential(1 / 60, 3_000), rng.exponential(1 / 10, 1_000)])
    fit = fill_intensity(bent, 1_000, DEPTHS)
    chi_squared, freedom = fit.chi_squared
    assert fit.verdict == f"fit rejected (χ² {chi_squared:.0f} on {freedom})"
    counts = fit.observed
    s, f = counts[:-1].sum(), counts @ np.arange(20)
    assert fit.fill_decay.error == pytest.approx(np.sqrt(s / f / (s + f)) / 0.01 * np.sqrt(chi_squared / freedom))


@pytest.mark.parametrize(
    ("chi_squared", "freedom", "tail"),
    # Tables of the χ² distribution: the 5% and 1% points.
    [
        (3.841459, 1, 0.05),
        (6.634897, 1, 0.01),
        (5.991465, 2, 0.05),
        (16.918978, 9, 0.05),
        (21.665994, 9, 0.01),
        (18.307038, 10, 0.05),
        (23.209251, 10, 0.01),
        (0.0, 5, 1.0),
        (1030.0, 12, 0.0),
        (7.0, 0, 1.0),
    ],
)
def test_a_p_value_is_that_of_the_tables(chi_squared, freedom, tail):
    assert chi_squared_tail(chi_squared, freedom) == pytest.approx(tail, abs=1e-7)


def test_the_real_days_epsilon_grows_with_the_horizon(real_day):
    """2.66 cents at a tenth of a second, which holds the fitted burst already, and more than twice that at a minute."""
    calibration = calibrate(real_day)
    at_once, at_last = calibration.jump, adverse_selection(real_day, 60)
    assert at_once.value == pytest.approx(0.0266, abs=1e-4)
    assert at_last.value == pytest.approx(0.064, abs=1e-3)
    assert calibration.lasting_jump.value == at_last.value
    assert calibration.lasting_note.startswith(
        "ε after 60 s, as ε at 0.1 s holds the fitted bursts already (1/β = 0.0056 s); fit rejected ("
    )
    # Read well before the burst and divided, it is the same again: ε/(1 − n) of the first would count it twice.
    before = calibrate(real_day, horizon=0.0005)
    assert before.lasting_note.startswith("ε/(1 − n), with")
    assert before.lasting_jump.value == pytest.approx(before.jump.value / (1 - before.branching.value))
    assert abs(before.lasting_jump.value - at_once.value) < 2 * np.hypot(before.lasting_jump.error, at_once.error)


def test_no_jump_is_found_where_no_order_has_a_mid_after_it(wide):
    assert wide[0].jump_horizon == 0.1
    with pytest.raises(CalibrationError, match="needs two market orders"):
        adverse_selection(WIDE.run(600, seed=1).day(), 1e6)
