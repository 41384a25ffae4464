"""Chapter 03: its questions, its exercises, and what its plots and its explorer compute."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mmbook.ch03 import GueantLehalleFernandezTapiaExplorer
from mmbook.ch03.scenes import settled, steady_worth, worth_against_bound

from mmlab import (
    AvellanedaStoikov,
    GueantLehalleFernandezTapia,
    Market,
    Symmetric,
    continuous_certainty_equivalent,
)
from mmlab.models.avellaneda_stoikov import liquidity_half_spread
from mmlab.teach import check
from tests.mmbook.checking import answers_with_numbers, right_answers, usual_mistakes

MARKET = Market.avellaneda_stoikov_2008()
EXACT = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, max_inventory=12)
SYMMETRIC = Symmetric.for_market(MARKET, risk_aversion=0.1)

test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        ("skew-grows-for-ever", "0.05239.*0.05244.*0.1% more.*0.2 to 0.4"),
        ("highest-mean-is-best", "68.23 ± 13.46 is worth 39.74; .*67.83 ± 7.25 is worth 65.24; .*64.89 ± 6.54 is wor"),
        ("two-numbers-all-day", "worth 64.13 .*give up 0.065 .*, 2.73, .* 8.56"),
        ("a-looser-limit-is-worth-more", "58.12, at 20 clips 48.77, at 40 15.49 and at 60 −59.34"),
    ]
)


def skew(gamma, sigma, k, A):
    return np.sqrt(sigma**2 * gamma / (2 * k * A) * (1 + gamma / k) ** (1 + k / gamma))


def three(gamma, sigma, k, A, tau, *, half=0.5, upside_down=False, reward=True):
    alpha, eta = half * k * gamma * sigma**2, A * (1 + gamma / k) ** -(1 + k / gamma)
    values, vectors = np.linalg.eigh(np.diag([alpha, 0, alpha]) - eta * np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]]))
    v = vectors @ (np.exp(-values * tau) * (vectors.T @ np.ones(3)))
    ratio = v[1:] / v[:2] if upside_down else v[:2] / v[1:]
    return (np.log(1 + gamma / k) / gamma if reward else 0) + np.log(ratio) / k


def best_bound(gamma):
    worth = {b: continuous_certainty_equivalent(SYMMETRIC, MARKET, gamma, max_inventory=b) for b in range(1, 10)}
    return max(worth, key=worth.get)


def at_the_bound(Q, depth, cost, gamma, sigma, k, A, *, gain=-1, half=0.5, risk=2, bid=0.0, rate=True, by=True):
    flow = (A * np.exp(-k * depth) if rate else 1) / (gamma if by else 1)
    return (bid + 1) * flow * (1 - np.exp(-gamma * (depth + gain * cost))) - half * gamma * sigma**2 * Q**risk


def parabola_bid(q, gamma, k, skew, *, more=0.5, times=1):
    return np.log(1 + gamma / k) / gamma + (q + more) * times * skew


def logit_price(p, q, gamma):
    y = np.log(p / (1 - p)) - gamma * q
    return 1 / (1 + np.exp(-y))


RIGHT = [
    ("closed-form-lean", skew),
    ("three-inventories", three),
    ("three-inventories", lambda *x: tuple(three(*x))),
    ("twice-the-lean", 0.357),
    ("twice-the-lean", 0.3566842),
    ("best-bound", best_bound),
    ("best-bound", lambda gamma: float(best_bound(gamma))),
    ("glft-at-the-bound", at_the_bound),
    ("glft-eta", lambda A: A / np.e),
    ("glft-riskless", lambda tau, k, eta: 2 * eta * tau / k),
    ("glft-parabola-bid", parabola_bid),
    ("glft-too-far", lambda tau, g, s, R: (g * s**2 * tau) ** 3 / (3 * R**2)),
    ("logit-price", logit_price),
    ("two-constants", (0.665, 0.0355)),
]

WRONG = [
    ("closed-form-lean", lambda g, s, k, a: g * s**2, "with a whole day left"),
    ("closed-form-lean", lambda *x: skew(*x) ** 2, "square root is missing"),
    ("closed-form-lean", lambda *x: np.sqrt(2) * skew(*x), "2 in 2kA"),
    ("closed-form-lean", lambda *x: skew(*x) / 2, "half of it"),
    ("closed-form-lean", lambda g, s, k, a: skew(g, s, k, a) / np.sqrt(1 + g / k), "the 1 is missing"),
    ("closed-form-lean", lambda g, s, k, a: np.sqrt(s**2 * g / (2 * k * a)), "factor .* is missing"),
    ("closed-form-lean", lambda g, s, k, a: skew(g, s, k, a) * (1 + g / k) ** ((g / k - k / g) / 2), "not 1 + γ/k"),
    ("closed-form-lean", lambda g, s, k, a: skew(g, np.sqrt(s), k, a), "before it"),
    ("closed-form-lean", lambda g, s, k, a: s * skew(g, s, k, a), "once too often"),
    ("closed-form-lean", lambda *x: skew(*x) + 0.01, "it should be 0.0517172"),
    ("closed-form-lean", 0.0517, "give the function itself"),
    ("three-inventories", lambda *x: three(*x, upside_down=True), "wrong way round"),
    ("three-inventories", lambda *x: three(*x)[::-1], "q = −1 comes first"),
    ("three-inventories", lambda *x: three(*x, reward=False), "(1/γ) ln(1 + γ/k) is missing"),
    ("three-inventories", lambda *x: three(*x, half=1), "half is missing"),
    ("three-inventories", lambda g, s, k, *x: k * three(g, s, k, *x, reward=False) + np.log(1 + g / k) / g, "by k"),
    ("three-inventories", lambda *x: three(*x) + 0.1, "the model bids"),
    ("three-inventories", lambda g, s, *x: three(g, s**0.5, *x), "σ stands where its square"),
    ("three-inventories", lambda *x: three(*x)[0], "shape"),
    ("twice-the-lean", 0.13, "skews 1.159 times"),
    ("twice-the-lean", 0.26, "skews 1.580 times"),
    ("twice-the-lean", 0.251, "twice as far with A = 140"),
    ("twice-the-lean", 2.0, "between 0 and 1"),
    ("best-bound", lambda gamma: 12, "for γ = 0.1.*at 11 it is worth 56.24"),
    ("best-bound", lambda gamma: 3, "at 4 it is worth 57.09"),
    ("best-bound", lambda gamma: 6, "for γ = 0.3: at 6 clips .* at 5 it is"),
    ("best-bound", lambda gamma: 6.5, "whole number"),
    ("best-bound", 6, "give the function itself"),
    (
        "closed-form-lean",
        lambda g, s, k, a: np.sqrt(s**2 * g / (2 * k * a) * (1 + g / k) ** -(1 + k / g)),
        "stands below",
    ),
    ("glft-at-the-bound", lambda *x: at_the_bound(*x, bid=1), "there is none"),
    ("glft-at-the-bound", lambda *x: at_the_bound(*x, half=0), "risk of the Q clips is missing"),
    ("glft-at-the-bound", lambda *x: at_the_bound(*x, half=1), "the half is missing"),
    ("glft-at-the-bound", lambda *x: at_the_bound(*x, risk=1), "square of the clips"),
    ("glft-at-the-bound", lambda *x: at_the_bound(*x, by=False), "not divided by γ"),
    ("glft-at-the-bound", lambda *x: at_the_bound(*x, gain=1), "depth less the cost"),
    ("glft-at-the-bound", lambda *x: at_the_bound(*x, rate=False), "at the rate"),
    ("glft-at-the-bound", lambda Q, d, c, g, s, *x: at_the_bound(Q, d, c, g, s**0.5, *x), "σ is not squared"),
    ("glft-at-the-bound", lambda *x: at_the_bound(*x) + 1, "Which terms of (1)"),
    ("glft-eta", lambda A: A, "not 1"),
    ("glft-eta", lambda A: A * np.e, "power is negative"),
    ("glft-eta", lambda A: 0 * A, "does not vanish"),
    ("glft-eta", lambda A: A / 3, "Which limit"),
    ("glft-riskless", lambda tau, k, eta: eta * tau / k, "stands there twice"),
    ("glft-riskless", lambda tau, k, eta: np.exp(2 * eta * tau), "that is v"),
    ("glft-riskless", lambda tau, k, eta: 2 * eta * tau, "divided by k"),
    ("glft-riskless", lambda tau, k, eta: eta + tau, "first"),
    ("glft-parabola-bid", lambda *x: parabola_bid(*x, more=0), "flat, too"),
    ("glft-parabola-bid", lambda q, *x: parabola_bid(-q, *x), "ask's depth"),
    ("glft-parabola-bid", lambda q, g, k, skew: (q + 0.5) * skew, "is missing"),
    ("glft-parabola-bid", lambda *x: parabola_bid(*x, times=0.5), "used up"),
    ("glft-parabola-bid", lambda *x: parabola_bid(*x, times=2), "half before"),
    ("glft-parabola-bid", lambda *x: parabola_bid(*x, more=1), "θ_(q+1)"),
    ("glft-too-far", lambda t, g, s, R: g * s**2 * t - R * np.tanh(g * s**2 * t / R), "whole difference"),
    ("glft-too-far", lambda t, g, s, R: (g * s**2 * t / R) ** 3 / 3, "multiplied by R"),
    ("glft-too-far", lambda t, g, s, R: (g * s**2 * t) ** 3 / R**2, "3 is missing"),
    ("glft-too-far", lambda t, g, s, R: (g * s**2 * t) ** 2 / (2 * R), "not u²/2"),
    ("glft-too-far", lambda t, g, s, R: (g * s * t) ** 3 / (3 * R**2), "not squared"),
    ("glft-too-far", lambda t, g, s, R: t, "How does tanh"),
    ("logit-price", lambda p, q, g: p - g * q * p * (1 - p), "straight line"),
    ("logit-price", lambda p, q, g: logit_price(p, -q, g), "wrong sign"),
    ("logit-price", lambda p, q, g: -np.log(1 - p + p * np.exp(-g * q)) / (g * q), "on average"),
    ("logit-price", lambda p, q, g: -np.log(1 - p + p * np.exp(-g * q)) / g, "all q clips"),
    ("logit-price", lambda p, q, g: p, "play no part"),
    ("logit-price", lambda p, q, g: g * logit_price(p, q, g), "cancel"),
    ("logit-price", lambda p, q, g: 0.5, "derivative of the logarithm"),
    ("two-constants", (EXACT.half_spread, EXACT.skew), "your score is 0.0637.*Lower is better"),
    ("two-constants", (0.65, 0.0), "Lower is better"),
    ("two-constants", (66.5, 0.0355), "far from any quotes"),
    ("two-constants", 0.665, "shape"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)


def test_the_open_score_is_what_the_quotes_are_worth_less_than_the_exact_ones() -> None:
    assert "your score is 0.0355" in check("two-constants", (0.665, 0.0355)).message


def test_worth_against_the_bound_is_the_references() -> None:
    worth = worth_against_bound()
    assert [worth["symmetric"][bound] for bound in (12, 20, 40)] == pytest.approx([55.570, 48.768, 15.486], abs=6e-4)
    assert worth["symmetric"][60] == pytest.approx(-59.3, abs=0.05)
    assert worth["Avellaneda–Stoikov"][12] == pytest.approx(61.403, abs=6e-4)
    assert worth["exact"][12] == pytest.approx(64.132924, abs=1e-6)
    assert max(worth["symmetric"], key=worth["symmetric"].__getitem__) == 6


@pytest.mark.parametrize("policy", [SYMMETRIC, replace(EXACT, solution="closed form")])
@pytest.mark.parametrize("gamma", [0.01, 0.1])
def test_the_quick_worth_of_quotes_without_a_clock_is_the_slow_one(policy, gamma: float) -> None:
    at_noon, whole = steady_worth(policy, MARKET, gamma, 12, np.array([0.5, 1.0]))
    noon = Market.avellaneda_stoikov_2008(horizon=0.5)
    assert whole == pytest.approx(continuous_certainty_equivalent(policy, MARKET, gamma, max_inventory=12), rel=1e-7)
    assert at_noon == pytest.approx(continuous_certainty_equivalent(policy, noon, gamma, max_inventory=12), rel=1e-7)


def test_where_inventory_settles_no_chance_flows() -> None:
    bid, ask = EXACT.depths(np.arange(-12, 13), 1)
    chance = settled(bid, ask, EXACT.fill_decay)
    up, down = (np.nan_to_num(MARKET.buy_intensity.rate(depth)) for depth in (bid, ask))
    arriving = np.append(0, (up * chance)[:-1]) + np.append((down * chance)[1:], 0)
    np.testing.assert_allclose(arriving, (up + down) * chance, rtol=1e-10)
    assert chance.sum() == pytest.approx(1)
    # The closed form's: normal, of variance 1/(2kR).
    closed = settled(*replace(EXACT, solution="closed form").depths(np.arange(-12, 13), 1), EXACT.fill_decay)
    assert closed @ np.arange(-12, 13) ** 2 == pytest.approx(1 / (2 * 1.5 * EXACT.skew), rel=1e-3)


def test_the_hyperbolic_tangent_joins_both_ends_of_the_day() -> None:
    tau = np.linspace(0, 1, 101)[:, np.newaxis]
    exact = np.diff(EXACT.depths([0, 1], tau)[0])[:, 0]
    joined = EXACT.skew * np.tanh(0.1 * 2**2 * tau[:, 0] / EXACT.skew)
    np.testing.assert_allclose(joined, exact, rtol=0.015)

    def depths(q, time_left):
        skew = EXACT.skew * np.tanh(0.1 * 2**2 * time_left / EXACT.skew)
        half_spread = liquidity_half_spread(0.1, 1.5) + skew / 2
        return half_spread + q * skew, half_spread - q * skew

    loss = EXACT.value(0, 1) - continuous_certainty_equivalent(depths, MARKET, 0.1, max_inventory=12)
    assert 0 < loss < 5e-4


def test_the_formula_is_better_than_the_closed_form_on_days_up_to_about_a_third() -> None:
    for horizon, better in ((0.31, "formula"), (0.33, "closed form")):
        market = Market.avellaneda_stoikov_2008(horizon=horizon)
        model = GueantLehalleFernandezTapia.for_market(market, risk_aversion=0.1, max_inventory=12)
        policies = {
            "formula": AvellanedaStoikov.for_market(market, risk_aversion=0.1),
            "closed form": replace(model, solution="closed form"),
        }
        worth = {n: continuous_certainty_equivalent(p, market, 0.1, max_inventory=12) for n, p in policies.items()}
        assert max(worth, key=worth.__getitem__) == better


def test_moving_inventory_or_time_computes_no_day_again() -> None:
    shown = GueantLehalleFernandezTapiaExplorer()
    market = shown.answer(shown.values).market
    shown.set(inventory=-7, time_left=0.2)
    assert shown.answer(shown.values).market is market


def test_an_inventory_beyond_the_bound_stands_at_it() -> None:
    shown = GueantLehalleFernandezTapiaExplorer()
    shown.set(inventory=10, max_inventory=4)
    assert shown.words.startswith("Long 4 clips (the bound), 1 of 1 left: bid depth none, ask depth 0.19")


def test_a_day_too_risky_for_numbers_shows_what_the_others_are_worth() -> None:
    shown = GueantLehalleFernandezTapiaExplorer()
    shown.set(risk_aversion=1.0, volatility=4.0, fill_decay=5.0, max_inventory=40)
    assert "⚠" not in shown.words
    assert "±40 clips less than numbers hold" in shown.words
    assert "with the closed form no number" in shown.words
    assert "nan" not in shown.words


def test_a_task_is_done_by_what_it_asks_for_and_by_nothing_nearby() -> None:
    shown = GueantLehalleFernandezTapiaExplorer()
    assert "✔" not in shown.words
    shown.set(arrival_rate=220.0)
    assert "✔" not in shown.words
    shown.set(arrival_rate=240.0)
    assert shown.words.count("✔ Done: on the AS paper's day") == 1
    shown.set(volatility=3.0, arrival_rate=140.0)
    done = []
    for bound in range(3, 41):
        shown.set(max_inventory=bound)
        done += [bound] * shown.words.count("✔ Done: at σ = 3")
    assert len(done) == 1


def test_a_sum_of_eigenvectors_is_right_at_12_clips_and_wrong_by_a_spread_at_40() -> None:
    def worst(bound):
        q = np.arange(-bound, bound + 1.0)
        eta = 140 * (1 + 0.1 / 1.5) ** -(1 + 1.5 / 0.1)
        values, vectors = np.linalg.eigh(np.diag(0.3 * q**2) - eta * (np.eye(len(q), k=1) + np.eye(len(q), k=-1)))
        v = vectors @ (np.exp(-(values - values[0])) * vectors.sum(axis=0))
        with np.errstate(invalid="ignore"):
            summed = np.log(1 + 0.1 / 1.5) / 0.1 + np.log(v[:-1] / v[1:]) / 1.5
        return np.nanmax(np.abs(summed - replace(EXACT, max_inventory=bound).depths(q[:-1], 1)[0]))

    assert worst(12) < 1e-9
    assert worst(40) > 0.1


def test_the_logit_of_the_reservation_price_moves_by_gamma_a_clip() -> None:
    """Also by differences of the certainty equivalent itself."""
    p, q, gamma, step = 0.95, 3.0, 0.5, 1e-5
    worth = [-np.log(1 - p + p * np.exp(-gamma * x)) / gamma for x in (q - step, q + step)]
    assert (worth[1] - worth[0]) / (2 * step) == pytest.approx(logit_price(p, q, gamma), rel=1e-8)
