"""Chapter 15: its hour, options against a linear program, pairs that are none, its judges and tasks."""

import hashlib
from itertools import permutations
from statistics import NormalDist

import numpy as np
import pytest
from mmbook.ch15 import CliffExplorer, SniperExplorer
from mmbook.ch15.checks import BEST, MOST, NAIVE, UNSEEN
from mmbook.ch15.scenes import BOOKS, SAMPLE, an_hour, estimates, profits, season, sniped_day, spurious, universe

from mmlab.measure.arbitrage import through_books
from mmlab.measure.two_venues import TwoVenues
from mmlab.models.pairs import engle_granger
from mmlab.teach import check
from tests.measure.linear_program import largest

COST = 0.02
"""Of both venues."""


def reports(latency, cost=COST):
    """When each reported gap opened, its row, size and profit."""
    detector, found = TwoVenues(latency=latency, cost=cost), []
    state = detector.start()
    for row in an_hour()[0]:
        state, gaps = detector.step(state, *row)
        for way, path in np.argwhere(gaps.reported):
            numbers = (float(x[way, path]) for x in (gaps.opened, gaps.size, gaps.profit))
            found.append((int(way), *numbers))
    return found


@pytest.mark.parametrize("latency", [0, 0.0005, 0.001, 0.0101, 0.1, 1, 5])
def test_what_lives_longer_than_the_latency_is_reported_with_size_and_profit_and_no_phantom(latency):
    _, planted = an_hour()
    assert planted.shape == (40, 6)
    right = []
    for opened, closed, row, edge, first, later in planted:
        if closed - opened > latency:
            size = first if latency < (closed - opened) / 2 else later
            right.append((int(row), opened, size, size * edge))
    found = reports(latency)
    assert len(found) == len(right) == int((planted[:, 1] - planted[:, 0] > latency).sum())
    assert np.array(sorted(found)) == pytest.approx(np.array(sorted(right)), rel=1e-9)


def test_without_its_costs_a_detector_sees_phantoms_and_with_more_it_misses():
    opened = {row[0] for row in an_hour()[1]}
    assert sum(time not in opened for _, time, *_ in reports(0.0101, cost=0)) == 12
    assert len(reports(0.0101, cost=0.0301)) < len(reports(0.0101))


def test_the_hour_is_the_same_on_every_machine():
    stream = np.array([[time, *vars(first).values(), *vars(second).values()] for time, first, second in an_hour()[0]])
    whole = np.rint(stream * ([1e6] + [100] * 8)).astype("<i8")
    assert whole.shape == (3694, 9)
    assert hashlib.sha256(whole.tobytes()).hexdigest()[:16] == "26c10cc8c5e6eca2"
    assert (np.diff(stream[:, 0]) > 0).all()


def test_of_2979_euros_the_books_leave_2416_and_a_fee_1966():
    (rates, sizes), *others = BOOKS
    three_million = [(rates[:2], sizes[:2]), *others]
    free, paid = (through_books(three_million, fee) for fee in (0, 5e-5))
    assert 3e6 * (free.steps[0][1] - 1) == pytest.approx(2979, abs=0.5)
    assert (free.profit, paid.profit) == pytest.approx((2416, 1966), abs=0.5)


def chain():
    """Strikes, calls and puts, bids and asks, and the discount; the 105 call is 0.18 too dear."""
    k, discount = np.arange(90.0, 111, 5), np.exp(-0.03 / 2)
    width, phi = (0.25 - 0.1 * np.log(k / 100)) * np.sqrt(0.5), np.vectorize(NormalDist().cdf)
    d = np.log(100 / (k * discount)) / width + width / 2
    call = 100 * phi(d) - k * discount * phi(d - width)
    put = call - 100 + k * discount
    assert call == pytest.approx([14.01399088, 10.62701349, 7.76025667, 5.43910628, 3.64808538], abs=5e-9)
    assert put == pytest.approx([2.67406544, 4.21264775, 6.27145063, 8.87585993, 12.01039874], abs=5e-9)
    assert discount == pytest.approx(0.9851119396, abs=5e-11)
    spread = np.array([[-0.05], [0.05]])
    return k, call + 0.18 * (k == 105) + spread, put + spread, discount


def test_in_a_chain_of_options_the_linear_program_finds_the_conversion_and_no_more():
    k, calls, puts, discount = chain()
    assert calls[0] - puts[1] - 100.01 + k * discount == pytest.approx([-0.11, -0.11, -0.11, 0.07, -0.11])
    bid, ask = np.concatenate([calls, puts, [[99.99], [100.01]], [[discount], [discount]]], axis=1)
    prices = np.append(0.0, k)[:, np.newaxis]
    payoff = np.hstack([np.maximum(prices - k, 0), np.maximum(k - prices, 0), prices, np.ones((6, 1))])
    payoff = np.vstack([payoff, [1] * 5 + [0] * 5 + [1, 0]])  # and the slope beyond all strikes
    most = np.eye(10, 12)
    uses = np.vstack([np.hstack([-payoff, payoff]), np.hstack([most, most])])
    gains = np.concatenate([-ask, bid])
    x = largest(gains, uses, [0] * 7 + [1] * 10)
    assert gains @ x == pytest.approx(0.07, abs=1e-9)
    held = x[:12] - x[12:]
    assert held == pytest.approx([0, 0, 0, -1, 0, 0, 0, 0, 1, 0, 1, -105], abs=1e-9)


def test_the_right_test_passes_5_percent_of_walks_which_have_all_earned_and_will_not():
    statistic, y, x = spurious.__wrapped__(2_000, seed=15)
    inside, after = (profits(y, x, slice(SAMPLE), on) for on in (slice(SAMPLE), slice(SAMPLE, None)))
    assert len(y) == (statistic < -3.34838).sum() == 104
    many = [spurious.__wrapped__(5_000, seed)[1:] for seed in range(6)]
    y, x = (np.concatenate(columns) for columns in zip(*many, strict=True))
    inside, after, free = (
        profits(y, x, slice(SAMPLE), on, cost)
        for on, cost in ((slice(SAMPLE), 0.05), (slice(SAMPLE, None), 0.05), (slice(SAMPLE, None), 0.0))
    )
    error = after.std() / np.sqrt(len(after))
    assert (inside > 0).all()
    assert inside.mean() == pytest.approx(7.45, abs=0.2)
    assert after.std() == pytest.approx(3.9, abs=0.15)
    assert abs(after.mean() + 0.19) < 3 * error
    assert abs(free.mean() + 0.03) < 3 * error
    assert after.std() > 20 * (free - after).mean()
    assert np.sort(after)[: len(after) // 20].mean() == pytest.approx(-9.3, abs=0.8)
    assert (free > 0).mean() == pytest.approx(0.52, abs=0.03)
    looked_ahead = profits(y, x, slice(None), slice(SAMPLE, None))
    assert looked_ahead.mean() > 1.2


@pytest.mark.parametrize(
    ("kappa", "median", "passing"), [(0, 18.5, 0.78), (5, 22.2, 0.855), (8.4, 24.9, 0.899), (20, 35.6, 0.981)]
)
def test_what_sixty_days_estimate(kappa, median, passing):
    found = estimates(kappa, 20_000)
    assert np.median(found) == pytest.approx(median, abs=0.5)
    assert (found > 8.4).mean() == pytest.approx(passing, abs=0.012)


def test_three_pairs_of_a_universe_come_back_in_ten_days_and_the_scale_of_the_exercise_is_theirs():
    walks, truth = universe(3)
    found = [engle_granger(walks[y], walks[x]).statistic for x, y in truth]
    assert max(found) < -3
    assert len({name for pair in truth for name in pair}) == 6
    i, j = np.triu_indices(40, 1)
    naive, best = [], []
    for walks, truth in map(universe, UNSEEN):
        order = np.argsort(-profits(walks[i], walks[j], slice(SAMPLE), slice(SAMPLE)))[:MOST]
        naive.append(season(walks, zip(i[order], j[order], strict=True)))
        best.append(season(walks, truth))
    assert (np.mean(naive), np.mean(best)) == pytest.approx((NAIVE, BEST), abs=0.005)


def surest(prices):
    i, j = np.triu_indices(40, 1)
    order = np.argsort(engle_granger(prices[i], prices[j]).statistic)[:5]
    return list(zip(i[order], j[order], strict=True))


def moving_together(prices):
    together = np.abs(np.corrcoef(np.diff(prices)))
    i, j = np.triu_indices(40, 1)
    order = np.argsort(-together[i, j])[:3]
    return list(zip(i[order], j[order], strict=True))


@pytest.mark.parametrize(
    ("choose", "says"),
    [
        (moving_together, "100 of 100, with 24 of the 24 right pairs"),
        (surest, "where 70 pass"),
        (lambda prices: [(0, 1), (2, 3), (4, 5), (6, 7), (8, 9)], "no better than the five best backtests"),
        (lambda prices: [], "no better than the five best backtests"),
        (lambda prices: [(0, 1), (1, 0)], "at most five different pairs"),
        (lambda prices: [(3, 3)], "at most five different pairs"),
        (lambda prices: [(n, n + 1) for n in range(6)], "at most five different pairs"),
        (lambda prices: [(0, 99)], "raised IndexError"),
    ],
)
def test_a_choice_of_pairs_is_judged(choose, says):
    assert says in check("choose-pairs", choose).message


def triangle(rates):
    """Only cycles of three legs are looked at."""
    loops = permutations(range(len(rates)), 3)
    return next(([*c] for c in loops if rates[c[0], c[1]] * rates[c[1], c[2]] * rates[c[2], c[0]] > 1 + 1e-12), None)


@pytest.mark.parametrize(
    ("cycle", "says"),
    [
        (lambda rates: [None][int(rates[0, 0] < 0)], "nothing was found"),
        (lambda rates: [0, 1], "in graph 1 the cycle found earns"),
        (lambda rates: None if rates[2, 5] * rates[5, 2] > 0.999 else [2, 5, 3, 6, 2], "each once"),
        (triangle, "a cycle of four legs"),
        (lambda rates: [2, 9], "no list of at least two of the nodes"),
        (lambda rates: 7, "no list of at least two of the nodes"),
        (lambda rates: None if rates[2, 5] * rates[5, 0] < 1.001 * rates[2, 0] else [2, 0, 5], "in graph 3"),
    ],
)
def test_a_cycle_is_judged(cycle, says):
    assert says in check("negative-cycle", cycle).message


def test_a_day_with_a_sniper_has_as_many_hits_as_it_should():
    mid, middle, hits = sniped_day(0.67, 2.0, 0.112)
    assert len(mid) == len(middle) == 2_000
    assert (np.abs(mid - middle)[hits] > 0.67).all()
    assert len(sniped_day(5.0, 2.0, 0.112)[2]) == 0


def test_the_tasks_of_the_explorers_can_be_done():
    sniper = SniperExplorer()
    assert "✔" not in sniper.words
    sniper.set(stale_fraction=1.63)
    assert "✔ Done: find the f" in sniper.words
    sniper.set(stale_fraction=0.5)
    assert "✔ Done: give away" in sniper.words
    cliff = CliffExplorer()
    assert "✔" not in cliff.words
    cliff.set(belief=0.6)
    assert "✔ Done: find the belief" in cliff.words
    cliff.set(belief=1.2, years=0.38)
    assert "✔ Done: at κ̂/κ 1.2" in cliff.words


def test_beyond_the_cliff_the_explorer_says_so():
    cliff = CliffExplorer()
    cliff.set(belief=1.05)
    assert "−∞" in cliff.words
