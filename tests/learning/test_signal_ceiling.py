"""The best R² of a market whose signal is known, on tapes too; what a forecast is worth in money there."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import Market, ParameterError, Signal
from mmlab.learning import (
    above_the_ceiling,
    auc,
    best_horizon,
    decayed_flows,
    r_squared,
    ridge,
    sign_accuracy,
    sign_auc,
)
from tests.learning.signal_market import BLIND, MARKET, MODEL, objective

HORIZONS = [0.1, 0.5, 1, 2, 5, 10, 60]
LINEAR = dataclasses.replace(MARKET, fill_rule="linear")


def test_the_best_forecast_explains_this_much_of_the_move():
    known = [0.007239, 0.028985, 0.044564, 0.055055, 0.043277, 0.024286, 0.003942]
    orders = [0.006295, 0.025204, 0.038751, 0.047874, 0.037632, 0.021118, 0.003428]
    assert r_squared(MARKET, HORIZONS) == pytest.approx(known, abs=5.1e-7)
    assert r_squared(MARKET, HORIZONS, "orders") == pytest.approx(orders, abs=5.1e-7)


def test_two_seconds_and_a_quarter_are_the_best_horizon_whatever_is_seen():
    best = best_horizon(MARKET)
    assert best == pytest.approx(2.269279, abs=5e-7)
    most = [r_squared(MARKET, best, sees) for sees in ("signal", "orders", "orders and prices")]
    assert most == pytest.approx([0.055376, 0.048153, 0.048224], abs=5e-7)
    for sees, highest in zip(("signal", "orders", "orders and prices"), most, strict=True):
        assert (r_squared(MARKET, [best - 0.01, best + 0.01], sees) < highest).all()


def test_prices_tell_a_hundredth_of_the_noise():
    """The Kalman filter leaves σ²(√(ζ² + η²/σ²) − ζ) = 9.901951e−7 of 1e−6 unknown."""
    parts = [float(r_squared(MARKET, 1, sees)) for sees in ("orders", "orders and prices", "signal")]
    assert (parts[2] - parts[1]) / (parts[2] - parts[0]) == pytest.approx(0.9901951, abs=5e-7)


def test_on_a_tape_a_step_costs_an_eighth():
    of_tape = [r_squared(market, h, sees, time_step=0.1) for market, h, sees in TAPES]
    assert of_tape == pytest.approx([0.038592, 0.032741, 0.047887, 0.040626, 0.049299, 0.042060], abs=5e-7)


TAPES = [(MARKET, 1, "signal"), (MARKET, 1, "orders"), (MARKET, 2, "signal"), (MARKET, 2, "orders")]
TAPES += [(LINEAR, 2, "signal"), (LINEAR, 2, "orders")]


@pytest.mark.parametrize("sees", ["signal", "orders", "orders and prices"])
def test_short_steps_are_continuous_time(sees):
    far, near = (r_squared(MARKET, [1, 5], sees, time_step=dt) for dt in (1e-3, 1e-4))
    assert far == pytest.approx(r_squared(MARKET, [1, 5], sees), rel=2e-3)
    assert near == pytest.approx(r_squared(MARKET, [1, 5], sees), rel=2e-4)


@given(
    h=st.floats(0.01, 100), zeta=st.floats(0.05, 5), eta=st.floats(0, 0.01), epsilon=st.floats(0, 0.01),
    sigma=st.floats(0.001, 0.1),
)  # fmt: skip
def test_who_sees_more_explains_more_and_nobody_all(h, zeta, eta, epsilon, sigma):
    signal = Signal(mean_reversion=zeta, signal_volatility=eta, signal_jump=epsilon)
    market = dataclasses.replace(MARKET, volatility=sigma, signal=signal)
    orders, prices, known = (float(r_squared(market, h, s)) for s in ("orders", "orders and prices", "signal"))
    assert -1e-9 <= orders <= prices + 1e-9
    assert prices <= known + 1e-9
    assert known < 1


@given(zeta=st.floats(0.05, 5), eta=st.floats(0.0001, 0.1), sigma=st.floats(0.001, 0.1))
def test_no_horizon_is_better_than_the_best(zeta, eta, sigma):
    signal = Signal(mean_reversion=zeta, signal_volatility=eta, signal_jump=0.002)
    market = dataclasses.replace(MARKET, volatility=sigma, signal=signal)
    best = best_horizon(market)
    assert 0 < best < 4 / zeta
    assert (r_squared(market, best * np.array([0.1, 0.9, 0.99, 1.01, 1.1, 10])) <= r_squared(market, best)).all()


@pytest.fixture(scope="module")
def tape():
    return MARKET.tape(2_000, 600, seed=7)


@pytest.fixture(scope="module")
def moves(tape):
    """Of the mid in the second after each step that is far enough from the start, shape (n, n_paths)."""
    return (tape.mid[10:] - tape.mid[:-10])[100:]


def explained(forecast, moves):
    """R² of each path about its own mean error, and its standard error over paths."""
    left, all_of_it = ((forecast - moves) ** 2).sum(axis=0), (moves**2).sum(axis=0)
    ratio = left.sum() / all_of_it.sum()
    return 1 - ratio, (left - ratio * all_of_it).std() / np.sqrt(moves.shape[1]) / all_of_it.mean()


def test_a_tape_shows_the_ceiling_of_a_tape(tape, moves):
    g, flow = -np.expm1(-0.5) / 0.5, 0.002 * decayed_flows(tape, [0.5])[..., 0].T
    for sees, signal in (("signal", tape.signal[:-1]), ("orders", flow)):
        found, error = explained(g * signal[100:591], moves)
        assert error < 0.0013
        assert abs(found - r_squared(MARKET, 1, sees, time_step=0.1)) < 3 * error


def test_the_coming_order_lifts_a_forecast_above_its_ceiling(tape, moves):
    flow = decayed_flows(tape, [0.5])[..., 0].T
    leak = 0.002 * (flow + np.subtract(tape.buy_reach >= 0, tape.sell_reach >= 0, dtype=float))
    found, error = explained(-np.expm1(-0.5) / 0.5 * leak[100:591], moves)
    most = float(r_squared(MARKET, 1, "orders", time_step=0.1))
    assert above_the_ceiling(found, most, error) == (
        f"R² = {found:.4g} is above 0.03274, all that can be known: the features look into the future."
    )


def test_a_score_is_not_money():
    """1,000 paths, seed 7: a third for knowing of a signal, most for a regression, a loss for it at three times."""
    tape = MARKET.tape(1_000, 600, seed=7)
    train, rates = MARKET.tape(200, 600, seed=1_007), (0.1, 0.3, 1.0, 3.0)
    target = (train.mid[10:] - train.mid[:-10]).T
    beta = ridge(decayed_flows(train, rates)[:, :591].reshape(-1, 4), target.ravel(), 1.0)
    learned = (decayed_flows(tape, rates) @ beta).T * 0.5 / -np.expm1(-0.5)
    fed = {"true": tape.signal[:-1], "learned": learned, "none": 0 * learned, "thrice": 3 * learned}
    blind = objective(BLIND, tape)
    gain = {name: objective(MODEL, tape, signal) - blind for name, signal in fed.items()}
    for name, reference in (("learned", 0.86), ("none", 0.35), ("thrice", -0.58)):
        share = gain[name].mean() / gain["true"].mean()
        error = (gain[name] - share * gain["true"]).std() / np.sqrt(1_000) / gain["true"].mean()
        assert abs(share - reference) < 3 * error
    assert gain["true"].mean() == pytest.approx(0.0333, abs=3 * gain["true"].std() / np.sqrt(1_000))
    assert gain["thrice"].mean() + 3 * gain["thrice"].std() / np.sqrt(1_000) < 0
    score, up = learned[:591:10], (tape.mid[10:] > tape.mid[:-10])[::10]
    assert auc(score, up) == pytest.approx(auc(3 * score, up), abs=1e-7)


def test_the_sign_is_right_a_little_more_often_than_a_coin():
    right = [0.5271, 0.5545, 0.5677, 0.5754, 0.5667, 0.5498, 0.5200]
    assert sign_accuracy(r_squared(MARKET, HORIZONS)) == pytest.approx(right, abs=5.1e-5)
    assert sign_accuracy([0.0, 1.0]) == pytest.approx([0.5, 1.0], abs=1e-15)
    assert sign_auc([0.0, 1.0]) == pytest.approx([0.5, 1.0], abs=1e-15)


def test_a_report_within_its_error_raises_no_alarm():
    assert above_the_ceiling(0.032, 0.032741) == ""
    assert above_the_ceiling(0.0335, 0.032741, error=0.0009) == ""


def market(**changes):
    return dataclasses.replace(MARKET, **changes)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: r_squared(market(signal=None), 1), r"must have a signal with ζ above 0, and jump \(0, 0\); got None"),
        (lambda: r_squared(market(signal=Signal(mean_reversion=0)), 1), "ζ above 0"),
        (lambda: best_horizon(market(jump=(0.01, 0.01))), r"got Signal.*, \(0\.01, 0\.01\)"),
        (lambda: best_horizon(market(volatility=0)), "volatility must be a finite number above 0"),
        (
            lambda: r_squared(market(volatility=0, signal=Signal(mean_reversion=1)), 1),
            "cannot use market = Market.* enc",
        ),
        (lambda: r_squared(MARKET, [1, 0]), r"horizon \(h\) must be a finite number above 0 \[time\]; got 0"),
        (lambda: r_squared(MARKET, 1, "all"), "sees must be one of 'signal', 'orders', 'orders and prices'; got 'all'"),
        (lambda: r_squared(MARKET, 1, time_step=0), "time_step must be a finite number above 0"),
        (
            lambda: sign_accuracy(1.2),
            r"r_squared \(R²\) must be a finite number at least 0 and at most 1 \[1\]; got 1.2",
        ),
        (lambda: sign_auc(-0.1), "got -0.1"),
        (lambda: decayed_flows(MARKET.tape(1, 2, 1), [-1.0]), r"rates \(ρ\) must be a finite number at least 0"),
        (lambda: decayed_flows(Market, [1.0]), "tape must be a Tape"),
    ],
)
def test_what_has_no_ceiling_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call()
