"""A signal is an Ornstein–Uhlenbeck drift that orders push: its law, its hold on the mid, what it leaves alone."""

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import Exponential, Market, ParameterError, Signal
from mmlab.market import remembered_time

ZETA, ETA, EPSILON = 2.0, 1.5, 0.4
SIGNAL = Signal(mean_reversion=ZETA, signal_volatility=ETA, signal_jump=EPSILON)
CALM = Market(
    mid_price=100, volatility=0.5, horizon=3, intensity=Exponential(arrival_rate=5, fill_decay=1.5), drift=0.25
)
MARKET = dataclasses.replace(CALM, signal=SIGNAL)


def of(signal, **changes):
    return dataclasses.replace(CALM, signal=signal, **changes)


def net_buys(tape):
    return 1.0 * (tape.buy_reach >= 0) - (tape.sell_reach >= 0)


@pytest.fixture(scope="module")
def tape():
    return MARKET.tape(n_paths=20_000, n_steps=30, seed=1)


def test_the_signals_variance_is_that_of_its_noise_and_its_orders(tape, mean_error, sd_error):
    """Each step adds ε² Var(buys − sells), forgets e^{−2ζΔt} of all, and adds η² (1 − e^{−2ζΔt}) / 2ζ."""
    dt, variance = 0.1, 0.0
    p = 1 - np.exp(-5 * dt)
    for column in tape.signal[1:]:
        kept = np.exp(-2 * ZETA * dt)
        variance = kept * (variance + EPSILON**2 * 2 * p * (1 - p)) + ETA**2 * (1 - kept) / (2 * ZETA)
        assert abs(column.mean()) < 4 * mean_error(column)
        assert abs(column.std() - np.sqrt(variance)) < 4 * sd_error(column)
    assert (tape.signal[0] == 0).all()


@pytest.mark.parametrize("start", [3, 15, 27])
def test_the_mid_is_expected_to_move_by_what_the_signal_promises(start, tape):
    """E[S_T − S_t | α_t] = μτ + α_t (1 − e^{−ζτ}) / ζ, however long a step is: a regression finds both."""
    alpha, tau = tape.signal[start], tape.time_left[start]
    gained = tape.mid[-1] - tape.mid[start]
    design = np.stack([np.ones_like(alpha), alpha], axis=1)
    found, *_ = np.linalg.lstsq(design, gained, rcond=None)
    errors = (gained - design @ found).std() * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    assert np.all(np.abs(found - [0.25 * tau, (1 - np.exp(-ZETA * tau)) / ZETA]) < 4 * errors)


def test_a_steps_orders_push_the_signal_and_then_both_drive_the_mid():
    tape = of(Signal(mean_reversion=ZETA, signal_jump=EPSILON), volatility=0, drift=0).tape(4, 30, seed=2)
    pushed = tape.signal[:-1] + EPSILON * net_buys(tape)
    np.testing.assert_allclose(tape.signal[1:], pushed * np.exp(-0.2), rtol=1e-12)
    np.testing.assert_allclose(np.diff(tape.mid, axis=0), pushed * (1 - np.exp(-0.2)) / 2, atol=1e-12)
    assert len(np.unique(net_buys(tape))) == 3


def test_a_signal_that_forgets_nothing_adds_up_its_orders():
    tape = of(Signal(mean_reversion=0, signal_jump=EPSILON), volatility=0, drift=0).tape(4, 30, seed=2)
    np.testing.assert_allclose(tape.signal[1:], EPSILON * net_buys(tape).cumsum(axis=0), atol=1e-12)
    np.testing.assert_allclose(np.diff(tape.mid, axis=0), 0.1 * tape.signal[1:], atol=1e-12)


def test_a_signal_changes_neither_the_orders_nor_the_noise_of_the_mid():
    calm, moved = (market.tape(n_paths=5, n_steps=30, seed=3) for market in (CALM, MARKET))
    np.testing.assert_array_equal(moved.buy_reach, calm.buy_reach)
    np.testing.assert_array_equal(moved.sell_reach, calm.sell_reach)
    pushed = moved.signal[:-1] + EPSILON * net_buys(moved)
    np.testing.assert_allclose(
        np.diff(moved.mid - calm.mid, axis=0), pushed * (1 - np.exp(-ZETA * 0.1)) / ZETA, atol=1e-12
    )
    assert calm.signal is None


def test_a_signal_without_noise_and_orders_stays_where_it_was():
    still = of(Signal(mean_reversion=ZETA)).tape(n_paths=5, n_steps=30, seed=3)
    assert (still.signal == 0).all()
    np.testing.assert_array_equal(still.mid, CALM.tape(n_paths=5, n_steps=30, seed=3).mid)


def test_in_no_time_a_signal_goes_nowhere():
    tape = of(SIGNAL, horizon=0).tape(3, 4, seed=1)
    assert (tape.signal == 0).all()
    assert (tape.mid == 100).all()


def test_the_first_steps_of_a_tape_keep_their_signal(tape):
    np.testing.assert_array_equal(tape.first(7).signal, tape.signal[:8])
    assert CALM.tape(2, 9, seed=1).first(7).signal is None


@given(st.floats(0, 50), st.floats(1e-6, 10), st.floats(1e-6, 10))
def test_remembered_time_adds_up_and_is_all_time_where_nothing_is_forgotten(rate, first, second):
    both = remembered_time(rate, first) + np.exp(-rate * first) * remembered_time(rate, second)
    assert remembered_time(rate, first + second) == pytest.approx(both, rel=1e-12)
    assert remembered_time(0.0, first) == first
    assert remembered_time(1e-12, first) == pytest.approx(first, rel=1e-10)


def test_a_market_tells_the_numbers_of_its_signal():
    reason = MARKET.parameters()
    assert {name: reason[name] for name in ("mean_reversion", "signal_volatility", "signal_jump")} == dict(
        mean_reversion=ZETA, signal_volatility=ETA, signal_jump=EPSILON
    )


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (dict(mean_reversion=-1), "mean_reversion (ζ) must be a finite number at least 0 [1/time]; got -1."),
        (dict(mean_reversion=np.nan), "mean_reversion (ζ) must be a finite number at least 0 [1/time]; got nan."),
        (
            dict(signal_volatility=-1),
            "signal_volatility (η) must be a finite number at least 0 [price/time^(3/2)]; got",
        ),
        (dict(signal_jump=-0.1), "signal_jump (ε) must be a finite number at least 0 [price/time]; got -0.1."),
        (dict(signal_jump=(0.1, 0.1)), "signal_jump (ε) must be one number; got an array of shape (2,)."),
    ],
)
def test_a_signal_that_cannot_be_is_refused(wrong, reason):
    with pytest.raises(ParameterError, match=f"^{re.escape(reason)}"):
        Signal(**(dict(mean_reversion=1) | wrong))


def test_a_tape_with_a_signal_counts_its_memory(monkeypatch):
    monkeypatch.setattr("mmlab.arrays.MEMORY_LIMIT", 7 * 8 * 10 * 51 // 2)
    CALM.tape(10, 50, seed=1)
    with pytest.raises(ParameterError, match="A tape of 10 paths × 50 steps would take"):
        MARKET.tape(10, 50, seed=1)
