"""What chapter 04 says of Ho and Stoll's dealer, and how its exercises are checked."""

from __future__ import annotations

import numpy as np
import pytest
from mmbook.ch04 import HoStollExplorer
from mmbook.ch04.scenes import dealer, market_of, unbounded_curvature, unbounded_fees, worth

from mmlab import HoStoll, exact_moments
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


RIGHT = [
    ("hs-monopoly-fee", lambda alpha, beta, c: alpha / beta / 2 + c / 2),
    ("hs-monopoly-fee", 0.51),
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
    ("hs-monopoly-fee", lambda alpha, beta, c: alpha / beta + c, "that is the spread"),
    ("hs-monopoly-fee", lambda alpha, beta, c: alpha / beta / 2 + c, "half of it is passed on"),
    ("hs-monopoly-fee", 0.5, "the cost is forgotten"),
    ("hs-monopoly-fee", 1.0, "nobody trades"),
    ("hs-monopoly-fee", lambda alpha, beta, c: c, "who has competitors"),
    ("hs-monopoly-fee", 0.49, "should raise it"),
    ("hs-monopoly-fee", 0.6, "earns 4.6400 per unit of time; the best fee earns 4.8020"),
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
    ("hs-two-numbers", (0.51, 0.1), "Wanted are 99.5%"),
    ("hs-two-numbers", 0.5, "must have shape (2,)"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        ("inventory-widens-the-spread", "0.5225. Long 10 clips the bid fee is 0.7725 and the ask fee 0.2725.*1.0450"),
        ("who-pays-the-cost", "0.50 without cost and 0.60 with a cost of 0.20.*from 0.00 to 0.20"),
        ("longer-session-leans-more", "0.0241 a clip, with 4 0.0250.*0.05 to 0.10"),
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


def test_the_explorer_says_the_references_numbers_and_moves_what_the_chapter_says():
    shown = HoStollExplorer()
    assert "ask fee 0.4475, bid fee 0.5975; among competitors −0.1050 and 0.1950" in shown.words
    assert "1.000 for market power, 0.020 for cost, 0.025 for risk." in shown.words
    market = shown.answer(shown.values).market
    shown.set(inventory=-5, time_left=0.3)
    assert shown.answer(shown.values).market is market
    shown.set(risk_aversion=0.5, inventory=10, time_left=1.0)
    assert "less what a fee held at α/β = 1.00 cannot ask" in shown.words
