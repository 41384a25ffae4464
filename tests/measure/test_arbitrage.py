"""Cycles against the enumeration of all of them, sizes against a linear program."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.measure.arbitrage import negative_cycle, put_call_parity, through_books
from tests.measure.linear_program import largest

VALUES = np.array([1.08, 1, 1 / 150, 1.27, 1.13])
HALF_SPREADS = np.array([0.5, 0.5, 0.6, 0.6, 0.7]) * 1e-4
BOOKS = [
    ([162.19, 162.16, 162.10], [1e6, 2e6, 5e6]),
    ([1 / 150.02, 1 / 150.03, 1 / 150.06], [2e8, 3e8, 9e8]),
    ([1 / 1.08005, 1 / 1.08010, 1 / 1.08025], [1.5e6, 2e6, 6e6]),
]


def rates(fee=0.0, shock=1.001):
    """EUR, USD, JPY, GBP and CHF, with one rate shocked and its inverse."""
    r = np.divide.outer(VALUES, VALUES) * (1 - np.add.outer(HALF_SPREADS, HALF_SPREADS)) * (1 - fee)
    r[0, 2] *= shock
    r[2, 0] /= shock
    return r


def simple_cycles(n):
    for length in range(2, n + 1):
        yield from (cycle for cycle in itertools.permutations(range(n), length) if cycle[0] == min(cycle))


def product(r, cycle):
    return np.prod([r[i, j] for i, j in itertools.pairwise([*cycle, cycle[0]])])


@pytest.mark.parametrize(
    ("fee", "gain", "profitable"),
    [(0, 1.00067971, 15), (5e-5, 1.00052962, 15), (1e-4, 1.00037954, 9), (2e-4, 1.00007943, 3)],
)
def test_of_84_cycles_the_one_that_was_shocked_is_found(fee, gain, profitable):
    r = rates(fee)
    cycles = {cycle: product(r, cycle) for cycle in simple_cycles(5)}
    assert len(cycles) == 84
    assert sum(each > 1 for each in cycles.values()) == profitable
    assert negative_cycle(r) == [0, 2, 1] == list(max(cycles, key=cycles.get))
    assert product(r, [0, 2, 1]) == pytest.approx(gain, abs=5e-9)


def test_without_a_shock_there_is_none():
    r = rates(shock=1.0)
    assert negative_cycle(r) is None
    assert max(product(r, cycle) for cycle in simple_cycles(5)) == pytest.approx(0.99980001, abs=5e-9)


def test_an_empty_graph_and_one_without_trades_have_none():
    for r in (np.empty((0, 0)), np.ones((1, 1)), np.full((4, 4), np.nan)):
        assert negative_cycle(r) is None


def test_mids_are_no_trades():
    mids = np.divide.outer(VALUES, VALUES)
    mids[0, 2] *= 1.00005
    mids[2, 0] /= 1.00005
    assert negative_cycle(mids) is not None
    assert negative_cycle(rates(shock=1.00005)) is None


def test_rounding_makes_no_phantom_cycle():
    values = np.random.default_rng(1).lognormal(size=60)
    assert negative_cycle(np.divide.outer(values, values)) is None


def test_of_200_currencies_a_cycle_is_found_but_not_the_best():
    rng = np.random.default_rng(1)
    values = rng.lognormal(size=200)
    r = np.divide.outer(values, values) * (1 - 2e-4 * rng.random((200, 200)))
    r[3, 7] *= 1.001
    r[7, 3] /= 1.001
    cycle = negative_cycle(r)
    assert cycle[:2] == [3, 7]
    assert len(cycle) == 3
    assert 1 < product(r, cycle) < product(r, [3, 7, 91, 141])


@given(st.integers(0, 10**6), st.integers(2, 5))
def test_a_cycle_is_found_exactly_where_the_enumeration_has_one(seed, n):
    rng = np.random.default_rng(seed)
    values = rng.lognormal(size=n)
    r = np.divide.outer(values, values) * (1 - rng.choice([1e-4, 1e-3, 2e-2], (n, n)))
    r[rng.random((n, n)) < 0.2] = np.nan
    r[0, 1] *= 1.01
    r[1, 0] = min(r[1, 0], 1 / r[0, 1]) if r[0, 1] > 0 else r[1, 0]
    best = max(np.nan_to_num(product(r, cycle)) for cycle in simple_cycles(n))
    found = negative_cycle(r)
    assert (found is not None) == (best > 1 + 1e-12)
    assert found is None or product(r, found) > 1


def test_bad_rates_are_refused():
    for r, says in (
        ([[1, 0], [1, 1]], "must be above 0, or NaN where there is none; got 0"),
        ([[1, -2], [1, 1]], "got -2"),
        ([[1, np.inf], [1, 1]], "got inf"),
        ([[1, 1.01], [1, 1]], "0 and 1 is crossed with itself: a round gives 1.01"),
        ([1, 2], "a square"),
        (np.ones((2, 3)), "a square"),
    ):
        with pytest.raises(ParameterError, match=says):
            negative_cycle(r)


@pytest.mark.parametrize(
    ("fee", "size", "profit", "steps"),
    [(0, 3238042.4786, 2462.512858, 6), (2e-5, 3238172.0699, 2268.111370, 6), (5e-5, 3083374.4679, 1980.434184, 5)],
)
def test_walking_the_books_is_the_linear_program(fee, size, profit, steps):
    trade = through_books(BOOKS, fee)
    assert trade.size == pytest.approx(size, abs=5e-5)
    assert trade.profit == pytest.approx(profit, abs=5e-7)
    assert len(trade.steps) == steps
    first, second, third = (np.array(rates) * (1 - fee) for rates, _ in BOOKS)
    flows = np.zeros((2, 9))  # no leg takes more than the one before it gives
    flows[0, :6], flows[1, 3:] = [*-first, 1, 1, 1], [*-second, 1, 1, 1]
    gains = np.array([-1, -1, -1, 0, 0, 0, *third])
    x = largest(gains, np.vstack([flows, np.eye(9)]), [0, 0, *np.concatenate([sizes for _, sizes in BOOKS])])
    assert gains @ x == pytest.approx(trade.profit, abs=1e-6)


def test_the_steps_are_the_references_and_fall():
    gains = [1e4 * (gain - 1) for _, gain in through_books(BOOKS).steps]
    assert gains == pytest.approx([9.93, 8.08, 7.41, 6.95, 3.25, 1.25], abs=5e-3)


def test_a_start_in_another_currency_is_the_same_trade_and_all_its_sizes_scale():
    trade = through_books(BOOKS)
    yen = through_books([*BOOKS[1:], BOOKS[0]])
    assert [gain for _, gain in yen.steps] == pytest.approx([gain for _, gain in trade.steps])
    twice = through_books([(rates, 2 * np.array(sizes)) for rates, sizes in BOOKS])
    assert twice[:2] == pytest.approx((2 * trade.size, 2 * trade.profit))


def test_where_nothing_is_to_be_earned_nothing_is_traded():
    assert through_books(BOOKS, fee=4e-4) == (0, 0, ())
    assert through_books([]) == (0, 0, ())
    assert through_books([*BOOKS[:2], ([], [])]) == (0, 0, ())


def test_bad_books_are_refused():
    for rates, sizes in (([1, 2], [1, 1]), ([1, 0], [1, 1]), ([1], [1, 1]), ([2, 1], [1, 0])):
        with pytest.raises(ParameterError, match="rates that fall, and sizes above 0"):
            through_books([(rates, sizes)])
    with pytest.raises(ParameterError, match="fee"):
        through_books(BOOKS, fee=1.0)


def test_parity_at_each_strike():
    strikes, half = np.array([90.0, 100.0, 110.0]), np.array([[-0.05], [0.05]])
    puts = np.array([2.0, 6.0, 12.0])
    calls = puts + 100 - 0.98 * strikes + [0, 0.18, -0.3]
    found = put_call_parity(strikes, calls + half, puts + half, (99.99, 100.01), 0.98)
    assert found == pytest.approx(np.array([[-0.11, 0.07, -0.41], [-0.11, -0.29, 0.19]]))
    scaled = put_call_parity(7 * strikes, 7 * (calls + half), 7 * (puts + half), (7 * 99.99, 7 * 100.01), 0.98)
    assert scaled == pytest.approx(7 * found)


def test_one_sided_and_crossed_option_quotes_are_refused():
    fair = [100.0], [[5.0], [5.1]], [[4.0], [4.1]], (99.9, 100.0), 0.99
    put_call_parity(*fair)
    for at, bad in ((1, [[np.nan], [5.1]]), (2, [[4.0], [np.nan]]), (1, [[5.2], [5.1]]), (3, (100.1, 100.0))):
        with pytest.raises(ParameterError, match="must have a bid and an ask that is not below it"):
            put_call_parity(*(bad if n == at else each for n, each in enumerate(fair)))
    with pytest.raises(ParameterError, match="discount"):
        put_call_parity(*fair[:4], 0.0)
