"""What chapter 04 says of Ho and Stoll's dealer, and how its exercises are checked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from mmbook import printed
from mmbook.ch04 import HoStollExplorer
from mmbook.ch04.scenes import dealer, market_of, unbounded_curvature, unbounded_fees, utility_fees, worth
from mmbook.printed import AsPrinted

from mmlab import HoStoll, Linear, Market, exact_moments, simulate
from tests.mmbook.checking import answers_with_numbers, right_answers, usual_mistakes


def fees(inventory, tau, R, sigma, alpha, beta, c):
    risk = R * sigma**2 * tau / 2
    return (alpha / beta + c + risk * (1 + 2 * inventory)) / 2, (alpha / beta + c + risk * (1 - 2 * inventory)) / 2


def step(V, dt, alpha, beta, c, R, sigma):
    growth, gain = -R * sigma**2 / 2 * np.arange(-2, 3) ** 2, np.diff(V)
    growth[:-1] += beta / 4 * np.maximum(alpha / beta - c + gain, 0) ** 2
    growth[1:] += beta / 4 * np.maximum(alpha / beta - c - gain, 0) ** 2
    return V + dt * growth


def unbounded_step(V, dt, alpha, beta, c, R, sigma):
    gain = np.diff(V)
    bid = np.maximum(alpha / beta - c + np.append(gain, 0), 0)
    ask = np.maximum(alpha / beta - c - np.append(0, gain), 0)
    return V + dt * (beta / 4 * (bid**2 + ask**2) - R * sigma**2 / 2 * np.arange(-2, 3) ** 2)


def side(alpha, beta, r):
    return beta / 4 * max(alpha / beta - r, 0) ** 2


RIGHT = [
    ("hs-no-difference", lambda c, here, more: here + c - more),
    ("hs-side-earns", side),
    ("hs-frozen-risk", lambda i, tau, R, sigma: R * sigma**2 * tau * (i + 0.5)),
    ("hs-riskless-worth", lambda tau, *x: 2 * tau * side(*x)),
    ("hs-far-curvature", lambda R, sigma, beta: (R * sigma**2 / beta) ** 0.5),
    ("hs-monopoly-fee", lambda alpha, beta, c: alpha / beta / 2 + c / 2),
    ("hs-fees", fees),
    ("hs-fees", lambda *x: list(fees(*x))),
    ("hs-tick", 0.852),
    ("hs-tick", 0.85),
    ("hs-program-step", step),
    ("hs-program-step", lambda *x: step(*x).tolist()),
    ("hs-two-numbers", (0.535, 0.05)),
    ("hs-two-numbers", np.array([0.52, 0.05])),
]

WRONG = [
    ("hs-no-difference", lambda c, here, more: here - more, "the processing cost is forgotten"),
    ("hs-no-difference", lambda c, here, more: c + more - here, "V has the wrong sign"),
    ("hs-no-difference", lambda c, here, more: here - more - c, "the fee has to pay for it"),
    ("hs-side-earns", lambda a, b, r: b / 4 * (a / b - r) ** 2, "nobody comes: that earns 0"),
    ("hs-side-earns", lambda a, b, r: max(a / b - r, 0) / 2, "what one trade earns"),
    ("hs-side-earns", lambda a, b, r: b * max(a / b - r, 0) / 2, "how many customers come"),
    ("hs-side-earns", lambda a, b, r: 4 * side(a, b, r), "the product has ¼"),
    ("hs-side-earns", lambda a, b, r: b / 4 * max(a / b - r, 0) * (a / b + r), "counted the whole fee"),
    ("hs-frozen-risk", lambda i, tau, R, s: R * s**2 * tau * (0.5 - i), "what selling a clip takes"),
    ("hs-frozen-risk", lambda i, tau, R, s: R * s**2 * tau * i, "2I + 1, not 2I"),
    ("hs-frozen-risk", lambda i, tau, R, s: R * s**2 * tau * (1 + 2 * i), "is lost"),
    ("hs-frozen-risk", lambda i, tau, R, s: R * s**2 * (0.5 + i), "τ is forgotten"),
    ("hs-frozen-risk", lambda i, tau, R, s: R * s * tau * (0.5 + i), "σ is not squared"),
    ("hs-riskless-worth", lambda tau, *x: tau * side(*x), "Ask and bid both earn"),
    ("hs-riskless-worth", lambda tau, a, b, c: 2 * tau * side(a, b, 0), "the cost is forgotten"),
    ("hs-riskless-worth", lambda tau, *x: 2 * side(*x), "per unit of time"),
    ("hs-riskless-worth", lambda tau, *x: 8 * tau * side(*x), "a side earns ¼β"),
    ("hs-far-curvature", lambda R, s, b: R * s**2 / b, "Take the root"),
    ("hs-far-curvature", lambda R, s, b: (R * s**2 * b) ** 0.5, "the rate at which the inventory comes back"),
    ("hs-far-curvature", lambda R, s, b: (b / R) ** 0.5 / s, "upside down"),
    ("hs-far-curvature", lambda R, s, b: (R * s / b) ** 0.5, "σ is not squared under the root"),
    ("hs-monopoly-fee", lambda alpha, beta, c: alpha / beta + c, "that is the spread"),
    ("hs-monopoly-fee", lambda alpha, beta, c: alpha / beta / 2 + c, "half of it is passed on"),
    ("hs-monopoly-fee", lambda a, b, c: a / b / 2, "the cost is forgotten"),
    ("hs-monopoly-fee", lambda a, b, c: a / b, "nobody trades"),
    ("hs-monopoly-fee", lambda alpha, beta, c: c, "who has competitors"),
    ("hs-monopoly-fee", lambda a, b, c: a / b / 2 - c / 2, "should raise it"),
    ("hs-monopoly-fee", lambda a, b, c: 0.6, "earns 4.6400 per unit of time; the best fee earns 4.8020"),
    ("hs-fees", lambda i, *x: fees(-i, *x), "in the wrong order, or skewed the wrong way"),
    ("hs-fees", lambda *x: fees(*x)[::-1], "in the wrong order, or skewed the wrong way"),
    ("hs-fees", lambda i, t, R, s, *x: fees(i, t, R, s**0.5, *x), "σ is not squared"),
    ("hs-fees", lambda i, t, *x: fees(i, 1, *x), "τ is forgotten"),
    ("hs-fees", lambda i, t, R, *x: fees(i, t, 2 * R, *x), "the risk is passed on in full"),
    ("hs-fees", lambda *x: fees(*x[:-1], 2 * x[-1]), "the cost is passed on in full"),
    ("hs-fees", lambda i, t, R, *x: fees(i, t, 2 * R, *x[:-1], 2 * x[-1]), "cost and risk are passed on in full"),
    ("hs-fees", lambda i, *x: (fees(i - 0.5, *x)[0], fees(i + 0.5, *x)[1]), "(1 ± 2I), not ± 2I"),
    ("hs-fees", lambda i, *x: (fees(abs(i), *x)[0],) * 2, "the middle, not the width"),
    ("hs-fees", lambda *x: np.add(fees(*x), [0.01, 0]), "their sum is off by +0.0100, their difference by +0.0100"),
    ("hs-fees", lambda *x: np.divide(fees(*x), 2), "it is half of what it must be"),
    ("hs-tick", 0.783, "0.00804 below.*where the cubic is a tick"),
    ("hs-tick", 2.0, "below the program's, and a tick is 0.01"),
    ("hs-tick", -1.0, "is not between 0 and 4"),
    ("hs-program-step", unbounded_step, "Those trades are dropped"),
    ("hs-program-step", lambda V, dt, *x: (step(V, dt, *x) - V) / dt, "that is the growth"),
    ("hs-program-step", lambda *x: step(*x[:4], 0, *x[5:]), "the cost is forgotten"),
    ("hs-program-step", lambda *x: step(*x[:5], 2 * x[5], x[6]), "the half is missing"),
    ("hs-program-step", lambda *x: step(*x[:5], 0, x[6]), "the charge for risk is missing"),
    ("hs-program-step", lambda *x: step(*x[:5], -x[5], x[6]), "it should cost"),
    ("hs-program-step", lambda *x: step(*x[:6], x[6] ** 0.5), "σ is not squared"),
    ("hs-program-step", lambda V, *x: step(V, *x) + 0.001, "gave 0.04802 at I = −2; it should be 0.04702"),
    ("hs-program-step", lambda V, *x: step(V, *x)[1:], "has shape (4,); it must have shape (5,)"),
    ("hs-two-numbers", (0.51, 0.0), "74.8"),
    ("hs-two-numbers", (0.51, 0.1), "It takes 99.5%"),
    ("hs-two-numbers", 0.5, "must have shape (2,)"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        ("inventory-widens-the-spread", "0.5225. Long 10 clips the bid fee is 0.7725 and the ask fee 0.2725.*1.0450"),
        ("who-pays-the-cost", "0.50 without cost and 0.60 with a cost of 0.20.*from 0.00 to 0.20"),
        ("a-rebate-makes-it-cheaper", "0.5225 without and 0.5125 with.*0.5225 and 0.5225.*0.0450 and 0.0350"),
    ]
)


def test_the_chapters_dealer_is_the_references():
    assert dealer().depths(3, 1) == pytest.approx((0.5975, 0.4475))
    assert dealer(solution="program").depths(3, 1) == pytest.approx((0.57753070, 0.46187897), abs=5e-9)


@pytest.mark.parametrize("risk_aversion", [0.05, 0.2, 0.5])
def test_where_no_fee_is_at_its_highest_the_closed_form_is_the_program(risk_aversion):
    bounded = HoStoll(**{**vars(dealer(1.0, risk_aversion, "program")), "max_inventory": 40})
    q = np.arange(-10, 11)
    for tau in (0.1, 0.5, 1.0):
        closed = np.array(unbounded_fees(bounded, q, tau))
        there = ~np.isnan(closed)
        assert there[:, 7:14].all()
        np.testing.assert_allclose(np.array(bounded.depths(q, tau))[there], closed[there], atol=1e-3)


def test_the_skew_of_a_clip_stops_where_the_tanh_does():
    model = dealer(8.0)
    assert unbounded_curvature(model, 1e-3) == pytest.approx(0.05 * 1e-3, rel=1e-6)
    assert unbounded_curvature(model, 8) == pytest.approx(np.sqrt(0.05 / 20), rel=1e-6)


def test_a_processing_cost_is_a_demand_that_starts_further_out():
    """The fees of a dealer with cost c are c above those of one without, on a demand of α − βc."""
    model = dealer()
    net = HoStoll(**{**vars(model), "processing_cost": 0.0, "demand_intercept": 20 - 20 * 0.02})
    q = np.arange(-5, 6)
    np.testing.assert_allclose(np.array(model.depths(q, 0.7)) - 0.02, net.depths(q, 0.7))
    gross, after = (exact_moments(m, market_of(m), max_inventory=12) for m in (model, net))
    np.testing.assert_allclose(gross.inventory_distribution, after.inventory_distribution, atol=1e-15)
    assert after.mean < gross.mean


def test_the_program_is_worth_most_and_about_its_own_value():
    first, best, rivals = (worth(dealer(2.0, 0.2, s)) for s in ("first order", "program", "competitive"))
    assert rivals < first < best
    assert best == pytest.approx(float(dealer(2.0, 0.2, "program").value(0, 2.0)), rel=0.005)


@pytest.mark.parametrize(("tau", "lost"), [(0.5, 0.0), (1, 0.0001), (2, 0.0019), (4, 0.0167), (8, 0.0618)])
def test_what_the_first_order_loses(tau, lost):
    assert 1 - worth(dealer(tau)) / worth(dealer(tau, solution="program")) == pytest.approx(lost, abs=6e-5)


def test_exercise_5s_first_order_loses_an_eighth():
    assert 1 - worth(dealer(4.0, 0.2)) / worth(dealer(4.0, 0.2, "program")) == pytest.approx(1 / 8, abs=0.005)


def test_the_explorer_says_the_references_numbers_and_moves_what_the_chapter_says():
    shown = HoStollExplorer()
    assert "ask fee 0.4475, bid fee 0.5975; among competitors −0.1050 and 0.1950" in shown.words
    assert "1.000 for market power, 0.020 for cost, 0.025 for risk." in shown.words
    market = shown.answer(shown.values).market
    shown.set(inventory=-5, time_left=0.3)
    assert shown.answer(shown.values).market is market
    shown.set(risk_aversion=0.5, inventory=10, time_left=1.0)
    assert "less what a fee held at α/β = 1.00 cannot ask" in shown.words


def test_the_spread_is_the_same_at_every_inventory_until_a_fee_is_at_its_highest():
    for solution in ("first order", "competitive"):
        bid, ask = dealer(solution=solution).depths(np.arange(-10, 11), 1.0)
        assert np.ptp(bid + ask) < 1e-12


def test_the_chapters_long_session_is_the_closed_form():
    model = dealer(horizon=4.0)
    solved = replace(model, solution="program", max_inventory=30)
    few = np.arange(-3, 4)
    for tau in (0.1, 1.0, 4.0):
        np.testing.assert_allclose(solved.depths(few, tau), unbounded_fees(model, few, tau), atol=1e-6)


def test_a_utility_that_minds_no_luck_is_the_programs_charge():
    """R → 0 at the same Rσ²: what is held costs as much, and a gain that may not come counts in full."""
    almost_neutral = replace(dealer(), risk_aversion=1e-5, volatility=(0.05 / 1e-5) ** 0.5)
    charged = dealer(solution="program").depths(3, 1.0)
    np.testing.assert_allclose(utility_fees(almost_neutral, 3, 1.0), charged, atol=2e-5)


def test_with_no_time_left_the_utility_asks_what_is_best_for_one_trade():
    model, fees = dealer(), np.linspace(0.4, 0.6, 200_001)
    worth_of_a_fee = (20 - 20 * fees) * -np.expm1(-0.05 * (fees - 0.02))
    assert utility_fees(model, 3, 0.0) == pytest.approx([fees[worth_of_a_fee.argmax()]] * 2, abs=2e-6)


@pytest.mark.parametrize("solution", ["first order", "competitive", "program"])
def test_a_rebate_that_the_customer_pays_lowers_every_fee_by_itself(solution):
    before = dealer(solution=solution)
    after = replace(before, processing_cost=0.01, demand_intercept=20 - 20 * 0.01)
    q, tau = np.arange(-8, 9), np.array([[0.1], [1.0]])
    np.testing.assert_allclose(np.array(after.depths(q, tau)), np.array(before.depths(q, tau)) - 0.01, atol=1e-9)


def test_what_the_chapter_says_of_the_guides_dealer():
    flow = Linear(demand_intercept=100, demand_slope=75)
    market = Market.avellaneda_stoikov_2008(intensity=flow)
    guide = printed.HoStoll(risk_aversion=0.1, volatility=2, transaction_cost=0.01)
    ours = HoStoll.for_market(market, risk_aversion=0.1, processing_cost=0.01)
    timed, paper = (exact_moments(each, market) for each in (AsPrinted(guide), ours))
    assert 2.4 < timed.sd / paper.sd < 2.6
    assert 0.55 < timed.mean / paper.mean < 0.65
    assert 2.5 < timed.inventory_sd / paper.inventory_sd < 3
    untimed = simulate(AsPrinted(guide, timed=False), market.tape(n_paths=500, n_steps=200, seed=4))
    assert 0.4 < np.mean(untimed.bid_price >= untimed.ask_price) < 0.5


def test_the_explorers_tasks_are_done_where_they_say():
    shown = HoStollExplorer()
    assert shown.words.count("Task:") == 2
    shown.set(risk_aversion=0.183)
    assert "✔ Done: with R alone, find" in shown.words
    shown.reset()
    shown.set(volatility=1.914)  # as far from the program, and not by R
    assert "Task: with R alone, find" in shown.words
    shown.choose("where the first order stops")
    assert shown.words.count("Task:") == 2
    shown.set(risk_aversion=0.33)
    assert "✔ Done: with R alone, bring" in shown.words
    shown.set(processing_cost=0.1)
    assert "Task: with R alone, bring" in shown.words
