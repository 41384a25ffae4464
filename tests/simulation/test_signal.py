"""On a tape with a signal: what its model promises, what it earns, what blindness costs, and who cannot go there."""

import dataclasses
import re

import numpy as np
import pytest

from mmlab import (
    CarteaJaimungalSignal,
    Exponential,
    Market,
    ParameterError,
    Signal,
    Symmetric,
    continuous_certainty_equivalent,
    exact_moments,
    monte_carlo,
    simulate,
)

MARKET = Market(
    mid_price=100,
    volatility=0,  # it is in no quote, and in a sample it is noise
    horizon=20,
    intensity=Exponential(arrival_rate=0.8333, fill_decay=100),
    fill_rule="linear",
    signal=Signal(mean_reversion=0.5, signal_volatility=0.001, signal_jump=0.002),
)
PENALTIES = dict(running_penalty=1e-4, terminal_penalty=1e-3, max_inventory=5)
MODEL = CarteaJaimungalSignal.for_market(MARKET, **PENALTIES)
BLIND = CarteaJaimungalSignal.for_market(MARKET, **PENALTIES, signal_volatility=0, signal_jump=0)


def blind(mid_price, inventory, time_left):
    return BLIND.quotes(mid_price, inventory, time_left, 0.0)


def objective(strategy, tape):
    """X_T + Q_T (S_T − a Q_T) − φ Σ Q² Δt of every path, which starts with nothing."""
    history = simulate(strategy, tape)
    held, dt = history.inventory[1:], np.diff(tape.time)[:, np.newaxis]
    return history.pnl - MODEL.terminal_penalty * held[-1] ** 2 - MODEL.running_penalty * (held**2 * dt).sum(axis=0)


def test_the_value_is_what_the_model_earns_in_short_steps():
    """The steps' own gain is of first order in Δt (three percent at Δt = .2): two lengths extrapolate it away."""
    long, short = (objective(MODEL, MARKET.tape(12_000, n, seed)) for n, seed in ((100, 1), (200, 2)))
    error = np.sqrt((4 * short.var() + long.var()) / 12_000)
    value = float(MODEL.value(0, 20, 0))
    assert error < 0.01 * value
    assert abs(2 * short.mean() - long.mean() - value) < 3 * error
    assert long.mean() - value > 5 * long.std() / np.sqrt(12_000)


def test_knowing_the_signal_pays_and_blindness_believes_in_more_than_it_gets():
    tape = MARKET.tape(4_000, 100, seed=3)
    knows, does_not = objective(MODEL, tape), objective(blind, tape)
    gain = knows - does_not
    assert gain.mean() > 10 * gain.std() / np.sqrt(len(gain))
    believed = float(BLIND.value(0, 20, 0))
    assert believed - does_not.mean() > 10 * does_not.std() / np.sqrt(len(gain))
    assert does_not.mean() < float(MODEL.value(0, 20, 0)) < believed


def test_without_a_signal_to_see_both_trade_alike():
    still = dataclasses.replace(MARKET, signal=Signal(mean_reversion=0.5)).tape(20, 100, seed=4)
    np.testing.assert_array_equal(simulate(BLIND, still).cash, simulate(blind, still).cash)


def in_continuous_time(policy, market):
    return continuous_certainty_equivalent(policy, market, risk_aversion=0.1, max_inventory=5)


EXACT = [exact_moments, monte_carlo, in_continuous_time]


@pytest.mark.parametrize("way", EXACT)
def test_exact_numbers_of_a_model_that_looks_at_a_signal_are_refused(way):
    reason = (
        "This policy looks at a signal, and what fills do then depends on more than (inventory, time left): use simu"
    )
    with pytest.raises(ParameterError, match=re.escape(reason)):
        way(MODEL, dataclasses.replace(MARKET, signal=None))


@pytest.mark.parametrize("way", EXACT)
@pytest.mark.parametrize("policy", [Symmetric(half_spread=0.01), lambda q, tau: (0.01 + 0 * (q + tau),) * 2])
def test_exact_numbers_in_a_market_with_a_signal_are_refused(way, policy):
    with pytest.raises(ParameterError, match=r"This market has a signal, .* use simulate on a tape of that market"):
        way(policy, MARKET)
    assert np.isfinite(simulate(Symmetric(half_spread=0.01), MARKET.tape(2, 5, seed=1)).pnl).all()
