"""Quotes that know the signal: the reference's numbers, closed forms, the equation itself, what ζ does and does not."""

import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import CarteaJaimungalSignal, Exponential, Market, ParameterError, PostOnly, Signal
from mmlab.models import cartea_jaimungal_signal as ours
from mmlab.models.cartea_jaimungal_signal import _solve

REFERENCE = CarteaJaimungalSignal(
    arrival_rate=0.8333,
    fill_decay=100,
    running_penalty=1e-4,
    terminal_penalty=1e-3,
    horizon=60,
    max_inventory=5,
    mean_reversion=0.5,
    signal_volatility=0.001,
    signal_jump=0.002,
    crossing="allowed",
)
NUMBERS = [(0, 0, 0.26485507, 0.01443467, 0.01443467), (0, 2, 0.26063942, 0.01021808, 0.01854215)]
NUMBERS += [(0.01, 0, 0.27149562, 0.03051789, -0.00233885)]
POST_ONLY = dataclasses.replace(REFERENCE, crossing="post only")
ALONE = dataclasses.replace(REFERENCE, signal_volatility=0, signal_jump=0)
"""A signal that nothing moves: it only fades."""
UNWATCHED = dataclasses.replace(REFERENCE, arrival_rate=0)
"""Nobody trades: holding q earns what the signal promises."""

states = dict(
    q=st.integers(-5, 5),
    time_left=st.floats(0, 60),
    signal=st.floats(-0.019, 0.019),
)


def changed(**changes):
    return dataclasses.replace(REFERENCE, **changes)


@pytest.mark.parametrize(("signal", "q", "value", "ask", "bid"), NUMBERS)
def test_value_and_depths_are_the_references(signal, q, value, ask, bid):
    assert REFERENCE.value(q, 60, signal) == pytest.approx(value, abs=2e-8)
    assert REFERENCE.depths(q, 60, signal) == pytest.approx((bid, ask), abs=1e-8)


def test_to_forget_the_jump_of_orders_that_do_not_fill_is_another_number(monkeypatch):
    """The reference's .240914, which it gives to five digits: this code without the term of the unfilled orders."""
    operators = ours._operators

    def forgetful(model, spacing):
        up, generator = operators(model, spacing)
        return up, generator - model.arrival_rate * (up + up[::-1, ::-1] - 2 * np.eye(len(up)))

    monkeypatch.setattr(ours, "_operators", forgetful)
    wrong = ours._solve.__wrapped__(REFERENCE)
    monkeypatch.setattr(ours, "_solve", lambda model: wrong)
    assert REFERENCE.value(0, 60, 0) == pytest.approx(0.2409109, abs=5e-8)


@given(**states)
def test_a_market_in_the_mirror_swaps_bid_and_ask(q, time_left, signal):
    for model in (REFERENCE, POST_ONLY):
        assert model.value(-q, time_left, -signal) == pytest.approx(float(model.value(q, time_left, signal)), abs=1e-10)
        bid, ask = model.depths(q, time_left, signal)
        np.testing.assert_array_equal(model.depths(-q, time_left, -signal), (ask, bid))


@given(**states)
def test_where_nobody_trades_the_value_is_what_the_signal_promises_the_inventory(q, time_left, signal):
    zeta, phi, a, signal = 0.5, 1e-4, 1e-3, signal / 2
    promised = q * signal * (1 - np.exp(-zeta * time_left)) / zeta - phi * q**2 * time_left - a * q**2
    assert UNWATCHED.value(q, time_left, signal) == pytest.approx(promised, abs=1e-9)


def test_without_a_signal_it_is_the_chain_of_trades_alone():
    """ω' = Kω with z_q = e^{−aκq²}: the matrix form of CJP §10.2, here by its eigenvectors."""
    q, lam, kappa = np.arange(-5, 6), 0.8333, 100
    generator = np.diag(-1e-4 * kappa * q**2) + lam / np.e * (np.eye(11, k=1) + np.eye(11, k=-1))
    rates, vectors = np.linalg.eigh(generator)
    for time_left in (0.0, 0.7, 13.0, 60.0):
        omega = vectors @ (np.exp(rates * time_left) * (vectors.T @ np.exp(-1e-3 * kappa * q**2)))
        np.testing.assert_allclose(ALONE.value(q, time_left, 0), np.log(omega) / kappa, atol=1e-9)
    assert ALONE.value(0, 60, 0) == pytest.approx(0.3346068724, abs=1e-9)


def test_at_the_horizon_only_the_inventory_left_counts():
    q, signal = np.arange(-5, 6), np.linspace(-0.02, 0.02, 7)[:, np.newaxis]
    np.testing.assert_allclose(REFERENCE.value(q, 0, signal), np.broadcast_to(-1e-3 * q**2, (7, 11)), atol=1e-15)
    bid, ask = REFERENCE.depths(q, 0, signal)
    np.testing.assert_allclose(ask[:, 1:], np.broadcast_to(0.01 - 1e-3 * (2 * q - 1), (7, 11))[:, 1:], atol=1e-15)
    np.testing.assert_allclose(bid[:, :-1], np.broadcast_to(0.01 + 1e-3 * (2 * q + 1), (7, 11))[:, :-1], atol=1e-15)


@given(**states)
def test_the_solution_satisfies_its_equation_between_the_nodes(q, time_left, signal):
    """Every derivative here is taken of what the reader gets; orders are looked up where they push the signal to."""
    time_left, signal = 0.5 + time_left * 0.9, signal / 2
    zeta, eta, epsilon, lam, kappa = 0.5, 0.001, 0.002, 0.8333, 100
    values = REFERENCE.value(q, time_left + np.arange(-2, 3) * 5e-3, signal)
    by_time = np.array([1, -8, 0, 8, -1]) @ values / (12 * 5e-3)
    values, da = REFERENCE.value(q, time_left, signal + np.arange(-2, 3) * 2e-4), 2e-4
    slope = np.array([1, -8, 0, 8, -1]) @ values / (12 * da)
    bend = np.array([-1, 16, -30, 16, -1]) @ values / (12 * da**2)
    here, up, down = REFERENCE.value(q, time_left, signal + np.array([0, epsilon, -epsilon]))
    gained = signal * q - 1e-4 * q**2 - zeta * signal * slope + eta**2 / 2 * bend + lam * (up + down - 2 * here)
    bid, ask = REFERENCE.depths(q, time_left, signal)
    for pushed, value, after, depth in ((-epsilon, down, q + 1, bid), (epsilon, up, q - 1, ask)):
        if abs(after) <= 5:
            loss = value - REFERENCE.value(after, time_left, signal + pushed)
            assert depth == pytest.approx(1 / kappa + loss, abs=2e-8)
            gained += lam * np.exp(-kappa * depth) * (depth - loss)
    assert gained == pytest.approx(by_time, abs=1e-6)


def test_a_grid_twice_as_fine_changes_post_only_in_the_seventh_digit():
    """The kink where a quote is stopped at the mid costs an order of accuracy: 4e−7, where the reference has 1e−8."""
    q, signal = np.arange(-5, 5.0), np.linspace(-0.0095, 0.0095, 10)
    fine = dataclasses.replace(POST_ONLY, nodes=64)
    np.testing.assert_allclose(POST_ONLY.value(q, 60, signal), fine.value(q, 60, signal), atol=4e-7)
    np.testing.assert_allclose(POST_ONLY.depths(q, 60, signal), fine.depths(q, 60, signal), atol=4e-7)


@pytest.mark.parametrize("horizon", [20, 60])
def test_a_coarse_grid_is_as_good_as_a_picture(horizon):
    """20 nodes: 2e−4 of 1/κ in the depths up to 4.9 deviations of the signal, 2e−5 of the largest value."""
    fine = dataclasses.replace(POST_ONLY, horizon=horizon)
    coarse = dataclasses.replace(fine, nodes=20)
    q, signal = np.arange(-5, 6), np.linspace(-0.7, 0.7, 25)[:, np.newaxis] * fine.largest_signal
    for tau in (0, 1, 5, horizon):
        np.testing.assert_allclose(coarse.depths(q, tau, signal), fine.depths(q, tau, signal), atol=2e-4 / 100)
        value = fine.value(q, tau, signal)
        np.testing.assert_allclose(coarse.value(q, tau, signal), value, atol=2e-5 * np.abs(value).max())


@pytest.mark.parametrize("crossing", ["post only", "allowed"])
def test_a_day_of_no_length_is_its_close(crossing):
    """h = −aq² and δ = 1/κ − a(2q − 1) for the ask, whatever the signal."""
    q, model = np.arange(-5, 6.0), changed(horizon=0, crossing=crossing, terminal_penalty=1e-4)
    bid, ask = model.depths(q, 0, 0.7)
    np.testing.assert_allclose(model.value(q, 0, 0.7), -1e-4 * q**2, atol=1e-18)
    np.testing.assert_allclose(ask[1:], 0.01 - 1e-4 * (2 * q[1:] - 1), rtol=1e-12)
    np.testing.assert_allclose(bid, ask[::-1], rtol=1e-12)


@pytest.mark.parametrize("max_inventory", [1, 200])
def test_the_narrowest_and_the_widest_desk(max_inventory):
    model = changed(max_inventory=max_inventory, horizon=1, running_penalty=0, terminal_penalty=0, nodes=8)
    q = np.arange(-max_inventory, max_inventory + 1)
    bid, ask = model.depths(q, 1, 0.001)
    assert np.isfinite(bid[:-1]).all()
    assert np.isfinite(ask[1:]).all()
    assert bid[max_inventory] < ask[max_inventory]


@pytest.mark.parametrize("zeta", [0.05, 2.0])
def test_mean_reversion_pulls_the_signal_and_not_the_inventory(zeta):
    """A common misreading of ζ: where there is no signal, it changes no quote, whatever is held."""
    q, time_left = np.arange(-5, 6), np.array([[0.0], [1.0], [60.0]])
    other = dataclasses.replace(ALONE, mean_reversion=zeta)
    np.testing.assert_allclose(other.depths(q, time_left, 0), ALONE.depths(q, time_left, 0), atol=1e-9)


def test_the_faster_the_signal_forgets_the_less_it_moves_the_quotes():
    moved = [
        float(np.subtract(*dataclasses.replace(ALONE, mean_reversion=zeta).depths(0, 60, [0.0, 0.004])[1][::-1]))
        for zeta in (0.25, 0.5, 1.0, 2.0, 4.0)
    ]
    assert (np.diff(moved) < 0).all()
    assert moved[-1] == pytest.approx(0.004 / 4, rel=0.1)


@given(q=st.integers(-4, 4), time_left=st.floats(0.5, 60))
def test_a_higher_signal_raises_both_quotes(q, time_left):
    bid, ask = REFERENCE.depths(q, time_left, np.linspace(-0.012, 0.012, 25))
    assert (np.diff(ask) > 0).all()
    assert (np.diff(bid) < 0).all()


@given(**states)
def test_post_only_never_quotes_through_the_mid_and_is_worth_no_more(q, time_left, signal):
    bid, ask = POST_ONLY.depths(q, time_left, signal)
    assert np.isnan(bid) if q == 5 else bid >= 0
    assert np.isnan(ask) if q == -5 else ask >= 0
    free = float(REFERENCE.value(q, time_left, signal))
    # The floor has a kink, which costs an order of accuracy.
    assert POST_ONLY.value(q, time_left, signal) <= free + 1e-6


def test_post_only_solves_another_equation_than_a_clamp():
    """With a penalty ahead that it cannot flee through the mid, the post-only desk also quotes otherwise elsewhere."""
    clamped, solved = np.maximum(REFERENCE.depths(2, 60, 0.005), 0), np.array(POST_ONLY.depths(2, 60, 0.005))
    assert (np.abs(clamped - solved) > 1e-5).all()


def test_a_slider_that_moves_the_state_solves_nothing():
    before = _solve.cache_info().misses
    REFERENCE.depths(1, 60, 0.001)
    REFERENCE.depths(-3, 12.5, 0.002)
    changed(crossing="allowed").value(2, 1, 0)
    assert _solve.cache_info().misses == before


def test_another_unit_of_time_price_or_clip_changes_no_economics():
    bid, ask = REFERENCE.depths([0, 2], 30, 0.004)
    in_time = CarteaJaimungalSignal(  # the same in units twice as long
        arrival_rate=2 * 0.8333,
        fill_decay=100,
        running_penalty=2e-4,
        terminal_penalty=1e-3,
        horizon=30,
        max_inventory=5,
        mean_reversion=1.0,
        signal_volatility=0.001 * 2**1.5,
        signal_jump=0.004,
        crossing="allowed",
    )
    np.testing.assert_allclose(in_time.depths([0, 2], 15, 0.008), (bid, ask), atol=1e-12)
    in_price = changed(
        fill_decay=1,
        running_penalty=1e-2,
        terminal_penalty=0.1,
        signal_volatility=0.1,
        signal_jump=0.2,
    )
    np.testing.assert_allclose(in_price.depths([0, 2], 30, 0.4), np.multiply(100, (bid, ask)), atol=1e-10)


def test_beyond_the_largest_signal_it_quotes_as_there():
    edge = REFERENCE.largest_signal
    assert edge == pytest.approx(7 * np.sqrt(0.001**2 + 2 * 0.8333 * 0.002**2), rel=1e-12)
    np.testing.assert_array_equal(REFERENCE.depths(1, 30, [edge, -edge]), REFERENCE.depths(1, 30, [2 * edge, -1e9]))


def test_state_broadcasts_and_one_side_is_absent_at_each_bound():
    bid, ask = REFERENCE.depths(np.arange(-5, 6), np.array([[[3.0]], [[60.0]]]), np.array([[0.0], [0.01], [-0.01]]))
    assert bid.shape == ask.shape == (2, 3, 11)
    assert np.isnan(bid[..., -1]).all()
    assert np.isnan(ask[..., 0]).all()
    assert np.isfinite(bid[..., :-1]).all()
    assert np.isfinite(ask[..., 1:]).all()
    quotes = REFERENCE.quotes(100, [5, -5], 30, 0.0)
    assert quotes.bid_size.tolist() == [0, 1]
    assert quotes.ask_size.tolist() == [1, 0]


def test_it_believes_what_is_true_in_a_market_with_a_signal():
    flow = Exponential(arrival_rate=0.8333, fill_decay=100)
    signal = Signal(mean_reversion=0.5, signal_volatility=0.001, signal_jump=0.002)
    market = Market(mid_price=100, volatility=0.01, horizon=60, intensity=flow, signal=signal)
    own = dict(running_penalty=1e-4, terminal_penalty=1e-3, max_inventory=5)
    assert CarteaJaimungalSignal.for_market(market, **own) == POST_ONLY
    reason = "also needs mean_reversion (ζ), signal_volatility (η), signal_jump (ε)."
    with pytest.raises(ParameterError, match=re.escape(reason)):
        CarteaJaimungalSignal.for_market(dataclasses.replace(market, signal=None), **own)


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (dict(mean_reversion=-1), "mean_reversion (ζ) must be a finite number at least 0 [1/time]; got -1."),
        (dict(signal_volatility=np.nan), "signal_volatility (η) must be a finite number at least 0"),
        (dict(signal_jump=-0.002), "signal_jump (ε) must be a finite number at least 0 [price/time]; got -0.002."),
        (dict(running_penalty=-1), "running_penalty (φ) must be a finite number at least 0"),
        (dict(terminal_penalty=-1), "terminal_penalty (a) must be a finite number at least 0"),
        (dict(horizon=-1), "horizon (T) must be a finite number at least 0 [time]; got -1."),
        (dict(nodes=7), "nodes must be a whole number of at least 8; got 7."),
        (dict(nodes=129), "nodes must be a whole number of at most 128; got 129."),
        (
            dict(max_inventory=201),
            "max_inventory (q̄) must be a whole number at least 1 and at most 200 [clips]; got 201.",
        ),
        (dict(crossing="yes"), "crossing must be 'post only' or 'allowed'; got 'yes'."),
    ],
)
def test_a_model_that_cannot_be_is_refused(wrong, reason):
    with pytest.raises(ParameterError, match=f"^{re.escape(reason)}"):
        changed(**wrong)


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ((0, 60.1, 0), "time_left (τ) 60.1 is beyond the model's horizon (T) 60."),
        ((6, 60, 0), "inventory (q) 6 is beyond max_inventory ±5."),
        (([0, 0.5], 60, 0), "inventory (q) must be a whole number of clips; got 0.5."),
        ((0, 60, np.nan), "signal (α) must be a finite number [price/time]; got nan."),
        ((0, 60, None), "signal (α) must be a finite number [price/time]; got None."),
    ],
)
def test_a_state_that_cannot_be_is_refused(state, reason):
    for ask_for in (REFERENCE.depths, REFERENCE.value):
        with pytest.raises(ParameterError, match=f"^{re.escape(reason)}"):
            ask_for(*state)


def test_where_fills_through_the_mid_are_too_certain_only_post_only_has_a_solution():
    slow = changed(mean_reversion=0.05)
    with pytest.raises(
        ParameterError, match=r'has no solution beyond time_left \(τ\) 1\..*Choose crossing="post only"'
    ):
        slow.depths(0, 60, 0)
    assert np.isfinite(dataclasses.replace(slow, crossing="post only").depths(0, 60, [-0.05, 0, 0.05])).all()


def test_a_horizon_of_too_many_memories_is_refused_before_the_march():
    with pytest.raises(ParameterError, match=r"needs 288,100 steps, more than 50,000: .* \(ζT\) or orders come"):
        changed(mean_reversion=300, signal_jump=0, signal_volatility=0).depths(0, 60, 0)


def test_a_clamp_around_it_is_refused_with_what_to_choose_instead():
    with pytest.raises(ParameterError, match="one that looks at a signal solves the post-only problem itself"):
        PostOnly(REFERENCE)
