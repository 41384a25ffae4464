import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import Market, ParameterError, Quotes
from mmlab.desk import DeskView, Mode, Reason, VolatilityLimiter, mode_changes

NAN = float("nan")
N, W, R, H = Mode
LIMITS = dict(soft_volatility=2, max_volatility=4, soft_half_spread=0.5, window=0.25)
LIMITER = VolatilityLimiter(**LIMITS, leave_at=0.75)


def walk(limiter, times, mids, volatility=1.0):
    state = limiter.start(DeskView(0, mids[0], volatility=volatility))
    states, permissions = [], []
    for time, mid in zip(times, mids, strict=True):
        state, permission = limiter.step(state, DeskView(time, mid))
        states.append(state)
        permissions.append(permission)
    return states, permissions


def test_the_width_grows_with_the_volatility_and_then_all_stops():
    sigma = np.array([1, 1.99, 2, 3, 3.99, 4, 40])
    permission = LIMITER.check_volatility(sigma)
    assert permission.mode.tolist() == [N, N, W, W, W, H, H]
    np.testing.assert_allclose(permission.min_half_spread[2:5], 0.25 * sigma[2:5])
    assert permission.min_half_spread[:2].tolist() == [0, 0]
    np.testing.assert_array_equal(permission.bound, [NAN, NAN, 2, 2, 2, 4, 4])
    np.testing.assert_array_equal(permission.value, np.where(sigma < 2, NAN, sigma))


def test_a_mode_is_left_below_the_threshold_that_it_was_entered_at():
    sigma = [1.4, 1.5, 1.9, 2.9, 3.0, 3.9, 4.0]
    assert LIMITER.check_volatility(sigma, N).mode.tolist() == [N, N, N, W, W, W, H]
    assert LIMITER.check_volatility(sigma, W).mode.tolist() == [N, W, W, W, W, W, H]
    assert LIMITER.check_volatility(sigma, H).mode.tolist() == [N, W, W, W, H, H, H]


@given(st.floats(0, 10), st.sampled_from([N, W, H]))
def test_hysteresis_never_permits_more_and_asked_again_says_the_same(sigma, before):
    first = LIMITER.check_volatility(sigma, before).mode
    assert first >= LIMITER.check_volatility(sigma).mode
    assert LIMITER.check_volatility(sigma, first).mode == first


def test_the_estimate_is_an_average_that_forgets():
    times, moves = np.array([0, 0.1, 0.15, 0.4]), np.array([0.0, 0.3, -0.2, 0.7])
    states, _ = walk(LIMITER, times, 100 + np.cumsum(moves)[:, np.newaxis], volatility=1.5)
    age, elapsed = times[-1] - times[1:], np.diff(times)
    kept = np.exp(-age / 0.25)
    weights = kept - np.exp(-(age + elapsed) / 0.25)
    expected = 1.5**2 * np.exp(-0.4 / 0.25) + np.sum(weights * moves[1:] ** 2 / elapsed)
    assert states[-1].volatility == pytest.approx(np.sqrt(expected), rel=1e-12)
    assert states[0].volatility == 1.5


def test_the_estimate_finds_a_markets_volatility():
    market = Market.avellaneda_stoikov_2008()
    tape = market.tape(2_000, 200, seed=1)
    limiter = VolatilityLimiter(soft_volatility=5, max_volatility=9, soft_half_spread=1, window=0.05)
    states, _ = walk(limiter, tape.time, tape.mid, volatility=7)
    assert states[-1].volatility == pytest.approx(market.volatility, rel=1e-6)  # ± steps: every square is σ²Δt


@given(st.floats(0.1, 10), st.floats(0.1, 10))
def test_other_units_of_time_and_price_are_the_same_limiter(time_unit, price_unit):
    times, mids = np.linspace(0, 1, 30), 100 + np.cumsum(np.random.default_rng(1).normal(0, 0.5, (30, 5)), axis=0)
    unit = price_unit / np.sqrt(time_unit)
    scaled = VolatilityLimiter(
        soft_volatility=2 * unit,
        max_volatility=4 * unit,
        soft_half_spread=0.5 * price_unit,
        window=0.25 * time_unit,
        leave_at=0.75,
    )
    _, ours = walk(LIMITER, times, mids)
    _, theirs = walk(scaled, times * time_unit, mids * price_unit, volatility=unit)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a.mode, b.mode)
        np.testing.assert_allclose(a.min_half_spread * price_unit, b.min_half_spread, rtol=1e-9)


def test_with_hysteresis_the_mode_changes_less_than_half_as_often():
    """The market's volatility is the soft limit itself: the estimate wanders about it all day."""
    tape = Market.avellaneda_stoikov_2008(mid_move="normal").tape(100, 1_000, seed=1)
    n_changes = {}
    for leave_at in (1.0, 0.75):
        limiter = VolatilityLimiter(**(LIMITS | dict(window=0.02)), leave_at=leave_at)
        _, permissions = walk(limiter, tape.time, tape.mid, volatility=2)
        columns = ([getattr(p, name) for p in permissions] for name in ("mode", "reason", "value", "bound"))
        n_changes[leave_at] = len(mode_changes(tape.time, *columns)) / 100
    assert n_changes[0.75] < n_changes[1.0] / 2


def test_two_mids_at_one_time_count_with_the_limit_of_their_weight():
    states, _ = walk(LIMITER, [0, 0], [[100.0], [100.5]], volatility=0)
    nearly, _ = walk(LIMITER, [0, 1e-12], [[100.0], [100.5]], volatility=0)
    assert states[-1].variance == 0.5**2 / 0.25
    assert nearly[-1].variance == pytest.approx(states[-1].variance, rel=1e-3)


@pytest.mark.parametrize("unknown", [NAN, np.inf])
def test_an_unknown_mid_halts_with_the_reason_while_it_lasts(unknown):
    mids = [[100.0, 100.0], [unknown, 100.1], [100.1, 100.1], [100.1, 100.1]]
    states, permissions = walk(LIMITER, [0, 0.1, 0.2, 0.3], mids)
    assert [p.mode.tolist() for p in permissions] == [[N, N], [H, N], [N, N], [N, N]]
    assert permissions[1].reason.tolist() == [Reason.UNKNOWN, Reason.NONE]
    assert np.isfinite(states[-1].volatility).all()
    assert LIMITER.check_volatility(NAN).mode == H


def test_adjust_quotes_is_what_check_permits():
    left = LIMITER.adjust_quotes([1, 3, 4], Quotes.at(99.9, 100.1), 100, 0)
    np.testing.assert_array_equal(left.bid_price, [99.9, 99.25, NAN])
    np.testing.assert_array_equal(left.ask_price, [100.1, 100.75, NAN])


def test_time_does_not_run_backwards():
    state, _ = LIMITER.step(LIMITER.start(DeskView(0, 100, volatility=1)), DeskView(0.5, 100))
    with pytest.raises(ParameterError, match=r"time must not run backwards; got 0\.4 after 0\.5"):
        LIMITER.step(state, DeskView(0.4, 100))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (dict(soft_volatility=5), r"soft_volatility \(σ₀\) 5 is beyond max_volatility \(σ_max\) 4"),
        (dict(window=0), "window .* above 0"),
        (dict(leave_at=1.1), "leave_at .* at most 1"),
        (dict(max_volatility=NAN), "max_volatility .* got nan"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(ParameterError, match=sentence):
        VolatilityLimiter(**(LIMITS | changes))
