"""Chapter 13: its questions, its exercises, its explorer, and what its prose claims."""

from __future__ import annotations

import re

import numpy as np
import pytest
from mmbook.ch13 import ExecutionExplorer
from mmbook.ch13.scenes import (
    COST,
    EACH,
    KERNELS,
    climbing_day,
    kernel_facts,
    kernel_matrix,
    round_trip,
    seller,
    square_root_round_trip,
    weights,
    whole_clips,
)

from mmlab import ParameterError
from tests.mmbook.checking import answers_with_numbers, cell, right_answers, run_cells, usual_mistakes


def shortfall(d, a, n, prices, clips, close, fee):
    done = sum(clips)
    return (
        done * (a - d),
        sum(c * (p - a) for c, p in zip(clips, prices, strict=True)),
        (n - done) * (close - d),
        fee * done,
    )


def another(which, worth):
    return lambda *case: tuple(worth(*case) if i == which else x for i, x in enumerate(shortfall(*case)))


def between(before, after, dt, eta, lam, sigma, power=2, factor=1.0, two=2):
    return (before + after) / (two + factor * lam * sigma**2 * dt**power / eta)


def one_clip(tau, a, k, cost):
    return np.log(np.exp(-k * cost) + a * tau / np.e) / k


def blocks(x0, x, rho, t, m):
    last = x - x0 - rho * t * x0
    return m * x0**2 / 2 + m * x0 * rho * t * x0 + m * x0 * last + m * last**2 / 2


def chriss(x, t, n, sigma, eta, theta, gamma, lam=0.5, half=0.5):
    dt = t / n
    kappa = np.arccosh(1 + dt**2 * lam * gamma * sigma**2 / (2 * (eta - half * theta * dt))) / dt
    return x * np.sinh(kappa * (t - dt * np.arange(1, n))) / np.sinh(kappa * t)


def continuous(x, t, n, sigma, eta, theta, gamma):
    kappa = np.sqrt(gamma / 2 * sigma**2 / eta)
    return x * np.sinh(kappa * t * (1 - np.arange(1, n) / n)) / np.sinh(kappa * t)


def signs(k):
    least = np.linalg.eigvalsh(k)[0]
    w = np.linalg.solve(k, np.ones(len(k)))
    return (1, np.sign((w / w.sum()).min())) if least > 0 else (-1, -1)


def of_model(crossing):
    """The best rule for 40 buyers, looked up; without or with market orders."""
    model, grid = seller(40.0, 0.1, crossing), np.linspace(0, 1, 801)
    clips = np.arange(1, 21)
    depth = np.asarray(model.depths(clips, grid[:, np.newaxis])[1])
    crosses = np.asarray(model.crosses(clips, grid[:, np.newaxis]))
    return lambda q, tau: (depth[round(800 * tau), q - 1], crosses[round(800 * tau), q - 1])


RIGHT = [
    ("shortfall-parts", shortfall),
    ("middle-holding", between),
    ("one-clip-by-limit", one_clip),
    ("first-block", blocks),
    ("ac-holdings", chriss),
    ("ow-schedule", lambda x, rho, t: (x / (rho * t + 2), rho * x / (rho * t + 2))),
    ("kernel-verdict", signs),
    ("sell-twenty", of_model(EACH)),
    ("sell-twenty", lambda q, tau: (0.3, q > 10)),
]
WRONG = [
    ("shortfall-parts", another(0, lambda d, a, n, *_: n * (a - d)), "the delay counts clips that were never bought"),
    ("shortfall-parts", another(1, lambda d, a, n, p, c, *_: float(np.sum(c * (p - d)))), "counted twice"),
    ("shortfall-parts", another(2, lambda d, a, n, p, c, e, f: (n - sum(c)) * (e - a)), "missed from the decision on"),
    ("shortfall-parts", another(3, lambda d, a, n, p, c, e, f: f * n), "paid for what is filled"),
    (
        "shortfall-parts",
        lambda d, a, n, p, c, e, f: shortfall(d, a, n, p, c, e, f) + (n - sum(c)) * (a - d) * np.array([1, 0, -1, 0]),
        "adds up too",
    ),
    ("shortfall-parts", lambda d, a, n, *r: np.divide(shortfall(d, a, n, *r), n), "the costs a clip"),
    ("shortfall-parts", lambda *x: shortfall(*x)[::-1], "39.8000 in all. Are they delay, trading, oppor"),
    ("middle-holding", lambda b, a, *_: (b + a) / 2, "TWAP"),
    ("middle-holding", lambda *x: between(*x, power=1), "Δt comes twice"),
    ("middle-holding", lambda *x: between(*x, factor=2), "cancels"),
    ("middle-holding", lambda *x: between(*x, two=1), "two squares of the impact"),
    ("middle-holding", lambda b, a, dt, eta, lam, sigma: between(b, a, dt, eta, lam, np.sqrt(sigma)), "not squared"),
    ("middle-holding", lambda *x: 1.0, "it should be 5.6"),
    ("one-clip-by-limit", lambda tau, a, k, cost: one_clip(tau, a * np.e, k, cost), "one order in e"),
    ("one-clip-by-limit", lambda *x: np.exp(x[2] * one_clip(*x)), "that is W"),
    ("one-clip-by-limit", lambda *x: x[2] * one_clip(*x), "divided by k"),
    ("one-clip-by-limit", lambda tau, a, k, cost: one_clip(tau, a, k, 0), "and that costs"),
    ("one-clip-by-limit", lambda tau, a, k, cost: one_clip(tau, a, k, -cost), "wrong sign"),
    ("one-clip-by-limit", lambda tau, a, k, cost: np.log(a * tau / np.e) / k, "if nobody comes"),
    ("one-clip-by-limit", lambda *x: 1.0, "Solve W' = A/e"),
    ("first-block", lambda f, x, r, t, m: m * ((x - (1 + r * t) * f) ** 2 / 2 + f**2 / 2 + r * t * f**2), "stands"),
    ("first-block", lambda f, x, r, t, m: blocks(f, x, r, t, m) + m * (x - r * t * f) ** 2 / 2, "half of its own"),
    ("first-block", lambda f, x, r, t, m: m * (x - r * t * f) ** 2 / 2, "between the blocks pays"),
    ("first-block", lambda *x: 1.0, "it should be 26"),
    ("ac-holdings", lambda *x: chriss(*x, lam=1), "half of γ"),
    ("ac-holdings", lambda *x: chriss(*x, half=0), "the permanent impact is forgotten"),
    ("ac-holdings", lambda *x: chriss(*x, lam=1, half=0), "forgotten as well"),
    ("ac-holdings", lambda *x: chriss(*x, half=-0.5), "not added"),
    ("ac-holdings", lambda *x: chriss(*x, half=1), "½θΔt that is taken off"),
    ("ac-holdings", continuous, "slices without length"),
    ("ac-holdings", lambda x, t, n, *_: x * (1 - np.arange(1, n) / n), "TWAP"),
    ("ac-holdings", lambda *x: x[0] - chriss(*x), "what has been sold"),
    ("ac-holdings", lambda *x: np.append(x[0], chriss(*x)[:-1]), "X itself"),
    ("ac-holdings", lambda *x: np.append(chriss(*x), 0), "must have shape (4,)"),
    ("ac-holdings", lambda x, t, n, *_: np.ones(n - 1), "What are λ and the impact"),
    ("ow-schedule", lambda x, r, t: (x / (r * t + 1), r * x / (r * t + 1)), "there is a last block"),
    ("ow-schedule", lambda x, r, t: (x / (r * t + 2), r * t * x / (r * t + 2)), "is a rate"),
    ("ow-schedule", lambda x, r, t: (x / (2 * r * t + 2), r * x / (2 * r * t + 2)), "without another 2"),
    ("ow-schedule", lambda x, r, t: (x, r), "make X"),
    ("kernel-verdict", lambda k: (signs(k)[0],) * 2, "can still ask you to buy"),
    ("kernel-verdict", lambda k: (signs(k)[1],) * 2, "may yet be positive definite"),
    ("kernel-verdict", lambda k: (1, 1), "not all of them are safe"),
    ("kernel-verdict", lambda k: (-1, 1), "the first sign is wrong"),
    ("kernel-verdict", lambda k: (signs(k)[0], -1), "the second sign is wrong"),
    ("sell-twenty", lambda q, tau: (0.5, False), "score −160.*and crossing one after the other at once −15.40"),
    ("sell-twenty", lambda q, tau: (0.5, True), "score 0.0.*beat that"),
    ("sell-twenty", of_model(None), "score 67.*The best that limit orders do alone is −8.417"),
    ("sell-twenty", lambda q, tau: (-3.0, False), "a market order by another name"),
    ("sell-twenty", lambda q, tau: 0.5, "must have shape (2,)"),
]
test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        ("once-or-all-day", "brings −15.40 ± 22.23.*worth −40.10.*−23.00 for certain"),
        ("worth-of-a-position", "8.23 above.*17.66 more.*± 13.50.*brings −23.00"),
        ("report-of-a-climbing-day", "0.18.*3.20 a clip, 320 in all"),
        ("how-often-to-hedge", "104 fills.*0.00%.*at 0.10 and.*at 0.02"),
    ]
)


def test_the_model_itself_scores_a_hundred():
    from mmlab.teach import check

    assert "score 100.0" in check("sell-twenty", of_model(EACH)).message


@pytest.mark.parametrize(("n", "worth"), [(20, -19.02), (50, -17.888), (200, -16.640), (1000, -15.839)])
def test_the_best_schedule_of_whole_clips(n, worth):
    best = whole_clips(0.1, n)
    assert best.certainty_equivalent(COST, 2, 0.1) == pytest.approx(worth, abs=5e-4)
    assert sum(best.sold) == 20
    if n == 20:
        assert best.sold == (10, 5, 3, 1, 1, *[0] * 15)


def test_no_other_schedule_of_whole_clips_is_better():
    rng = np.random.default_rng(1)
    best = whole_clips(0.1)
    for _ in range(200):
        sold = np.array(best.sold)
        sold[rng.integers(0, 20)] += 1
        sold[rng.choice(np.flatnonzero(sold))] -= 1
        other = type(best)(tuple(sold), 1.0)
        assert other.certainty_equivalent(COST, 2, 0.1) <= best.certainty_equivalent(COST, 2, 0.1) + 1e-12


def test_a_report_hides_the_share_of_the_impact_that_is_ours():
    moment = (np.arange(4_000) + 0.5) / 4_000
    even, hurried = np.ones(4_000), 4 * np.cosh(4 * (1 - moment)) / np.sinh(4)
    found = climbing_day(0.1, even)
    assert (found["against VWAP"], found["against arrival"], found["in all"]) == pytest.approx((0.18, 3.2, 320))
    for share in (0.1, 0.5, 0.9, 1.0):
        assert climbing_day(share, even)["against VWAP"] == pytest.approx((1 - share) * 0.2)
    front = climbing_day(0.1, hurried)
    assert front["against VWAP"] == pytest.approx(-1.036, abs=5e-4)
    assert front["in all"] == pytest.approx(184.85, abs=0.01)


@pytest.mark.parametrize(
    ("speed", "cost"),
    [(1, 0.3361824814), (4, 0.0389874153), (20, -0.1387351573), (100, -0.2112572748), (1e9, -0.26424112)],
)
def test_a_square_root_pays_for_round_trips_in_spite_of_a_decay(speed, cost):
    assert square_root_round_trip(speed) == pytest.approx(cost, abs=6e-9 if speed < 1e9 else 2e-5)


@pytest.mark.parametrize(
    ("name", "least", "lowest", "highest"),
    [
        ("exponential", 0.1518, 0.06, 0.231),
        ("power", 0.0598, 0.047, 0.265),
        ("Gaussian", 4.0e-7, -95.6, 87.3),
        ("bell", 0.0079, -0.205, 0.379),
    ],
)
def test_kernels_and_their_cheapest_sales(name, least, lowest, highest):
    found = kernel_facts(KERNELS[name])
    assert found[0] == pytest.approx(least, rel=6e-3)
    assert found[1:3] == pytest.approx((lowest, highest), rel=8e-3)
    assert found[3] < 0


def test_a_kernel_that_pays_a_round_trip_has_no_schedule_and_shows_the_trip():
    matrix = kernel_matrix(KERNELS["box"])
    w, earned = round_trip(matrix)
    assert np.linalg.eigvalsh(matrix)[0] == pytest.approx(-1.0652, abs=5e-5)
    assert (earned, w.sum(), w @ w) == pytest.approx((0.5306, 0, 1), abs=5e-5)
    assert -w @ matrix @ w / 2 == pytest.approx(earned)
    with pytest.raises(ParameterError, match=r"smallest eigenvalue -1\.0652.*round trip \[0\.21, .*earns 0\.5306"):
        weights(matrix)
    rng = np.random.default_rng(1)
    for _ in range(100):
        other = rng.standard_normal(11)
        other = other - other.mean()
        assert -other @ matrix @ other / (2 * other @ other) <= earned + 1e-12


def test_the_explorers_tasks_can_be_done_and_are_not_done_at_the_start():
    explorer = ExecutionExplorer()
    assert "Done" not in explorer.words
    assert "at once −23.00" in explorer.words
    assert "(10, 5, 3, 1, 1 …) −19.02; limit orders alone 8.23" in explorer.words
    explorer.choose("14 buyers")
    explorer.set(patience=9.3)
    assert "✔ Done: with 14 buyers" in explorer.words
    explorer.set(patience=0.13)
    assert "✔ Done: find the least hurry" in explorer.words


def test_patience_raises_every_way_out_but_the_certain_one():
    explorer = ExecutionExplorer()
    explorer.set(patience=2.0)
    low = [*explorer._last[1].crossers, *explorer._last[1].waiters]
    explorer.set(patience=40.0)
    high = [*explorer._last[1].crossers, *explorer._last[1].waiters]
    assert low[0] == high[0]
    assert all(a < b for a, b in zip(low[1:], high[1:], strict=True))


@pytest.fixture(scope="module")
def chapter():
    return run_cells("13_execution")


def test_the_published_dealer_has_the_papers_spread_and_the_references_zone():
    names, shown = run_cells("../solutions/text/13_execution")
    assert names["asks"] == pytest.approx([0.160979, 0.178742, 0.202870, 0.259511], abs=1e-6)
    assert 2 * names["asks"][0] == pytest.approx(0.32196, abs=5e-6)
    assert "Hedges from 22 million on; with 50 it sells 0.0943 a second." in cell(shown, "theta = np.zeros")


@pytest.mark.parametrize(("slower", "beta", "power"), [(0.25, 0.4, 0.5), (1.5, 0.6, 1.0), (1.0, 0.3, 3.0)])
def test_a_round_trip_under_powers_costs_what_the_double_integral_says(slower, beta, power):
    """Bought at 1 over 1, sold at 1/r over r; the inner integral of a decay t^(−β) is done by hand."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    t, w = (nodes + 1) / 2, weights / 2
    t, w = t**4, w * 4 * t**3  # toward the kink at the turn
    own = w @ t ** (1 - beta)
    after = slower * t
    fallen = slower**-power * after ** (1 - beta)
    left = (1 + after) ** (1 - beta) - after ** (1 - beta)
    cost = (own - w @ (left - fallen)) * (2 - beta)  # times 1 − β as well, which both integrals leave out
    closed = 1 + slower ** (1 - beta - power)
    closed -= ((1 + slower) ** (2 - beta) - 1 - slower ** (2 - beta)) / slower
    assert cost == pytest.approx(closed, rel=1e-9)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("always_at_one_depth", r"best for γ = 0\.1 +17\.664 +13\.498 +8\.225"),
        ("crossers = {", r"best in whole clips +10, 5, 3, 1, 1 … +−17\.72 +5\.10 +−19\.02"),
        ("for buyers in (140, 40, 14, 5)", r"14 +−22\.25 +−10\.71"),
        ("back_to_back", r"140 +0\.10 +4 +64\.68 +64\.13 +57\.21 +8\.62 of 104\.5"),
        ("free = replace(dealer", r"140 +64\.1335 +63\.0679 +63\.0760 +1\.6%\n20 .*\n5 .* 25\.5%"),
        ("hedge_costs, rows", r"0\.3 +22\.58 +19\.38 +15\.38"),
        ("elsewhere = HedgeVenue", r"is 7\.83\n\n.*\n0 .*± 7\.35\n0\.3 .*± 7\.54\n0\.3, late .*± 7\.82\n1 .*± 8\.56"),
        ("elsewhere = HedgeVenue", r"0\.01% .* 0\.03 a clip and day, at most 0\.60 .*\n0\.10% .* at most 6\.00 "),
        (
            "least = (1 + r",
            r"v\^0\.5: .* sold at 4, costs −0\.25\nimpact v\^1\.0: .* costs \+0\.00\n.*20: −0\.1387, 100: −0\.2113",
        ),
        ("least = (1 + r", r"v\^0\.5.*0\.4\):.* −0\.198\n.*0\.6\):.* \+1\.2\d+\n.* \+0\.8\d\d\n.* \+0\.9\d\d\n"),
        ("least = (1 + r", r"v\^70.*0\.4\):.* −0\.01\d\n.*0\.43\):.* \+0\.05\d\n2 − log₂3 = 0\.41503750"),
        ("crossers = {", r"  50 slices: −17\.888\n 200 slices: −16\.640\n1000 slices: −15\.839"),
        ("PostOnly(", r"17\.91 buyers: −19\.02, 23\.58 buyers: −15\.40\n.*134 buyers \+0\.000\n.*: −11\.87"),
        ("implementation_shortfall(100", r"delay 8, trading 15, opportunity 16, fees 0\.8, total 39\.8"),
        ("plan = BertsimasLo", r"Mean cost −2\.9198\nFirst trade 16\.8957"),
        ("ratio.argmax()", r"ρT = 2\.69, by 13\.94%"),
    ],
)
def test_what_the_prose_says_a_cell_computes(chapter, part, words):
    assert re.search(words, cell(chapter[1], part))
