import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError, Quotes
from mmlab.desk import Mode, PositionLimiter, Reason

NAN = float("nan")
LIMITER = PositionLimiter(max_position=10, min_position=-6, soft_max_position=8, soft_min_position=-5)
QUOTES = Quotes.at(99, 101, size=3)
lots = st.integers(-200, 200).map(lambda n: n / 8)
sizes = st.integers(0, 80).map(lambda n: n / 8)


def test_the_order_size_counts():
    limiter = PositionLimiter(max_position=10, min_position=-10)
    left = limiter.adjust_quotes([0, 7, 8, 9.5, -8], QUOTES, 100)
    assert left.bid_size.tolist() == [3, 3, 2, 0.5, 3]
    assert left.ask_size.tolist() == [3, 3, 3, 3, 2]


def test_what_still_rests_during_cancel_latency_counts():
    left = PositionLimiter(max_position=10, min_position=-10).adjust_quotes(6, QUOTES, 100, [0, 2, 4, 9], 15)
    assert left.bid_size.tolist() == [3, 2, 0, 0]
    assert left.ask_size.tolist() == [1] * 4


def test_from_the_soft_limit_on_only_the_side_that_reduces_is_left():
    permission = LIMITER.check_position([7.9, 8, 10, 12, -4.9, -5, -6, -7])
    N, R = Mode.NORMAL, Mode.REDUCE_ONLY
    assert permission.mode.tolist() == [N, R, R, R, N, R, R, R]
    soft, hard = Reason.SOFT_POSITION, Reason.POSITION
    assert permission.reason.tolist() == [0, soft, hard, hard, 0, soft, hard, hard]
    np.testing.assert_array_equal(permission.value, [NAN, 8, 10, 12, NAN, -5, -6, -7])
    np.testing.assert_array_equal(permission.bound, [NAN, 8, 10, 10, NAN, -5, -6, -6])
    left = permission.apply(QUOTES, 100, [7.9, 8, 10, 12, -4.9, -5, -6, -7])
    assert (left.bid_size > 0).tolist() == [True, False, False, False, True, True, True, True]
    assert (left.ask_size > 0).tolist() == [True, True, True, True, True, False, False, False]


@given(st.lists(st.tuples(lots, sizes, sizes), min_size=1, max_size=20), sizes, sizes, sizes, sizes, sizes)
def test_whatever_fills_no_hard_limit_is_broken_and_one_already_broken_gets_no_worse(paths, up, down, soft, bid, ask):
    q, resting_bid, resting_ask = np.array(paths).T
    limiter = PositionLimiter(max_position=up, min_position=-down, soft_max_position=min(soft, up))
    quotes = Quotes(99 if bid else NAN, 101 if ask else NAN, bid, ask)
    left = limiter.adjust_quotes(q, quotes, 100, resting_bid, resting_ask)
    new_bid, new_ask = left.bid_size > 0, left.ask_size > 0
    assert (q + resting_bid + left.bid_size <= up)[new_bid].all()
    assert (q - resting_ask - left.ask_size >= -down)[new_ask].all()


@given(st.lists(lots, min_size=1, max_size=20), sizes, sizes)
def test_the_whole_inventory_can_always_be_unwound(q, up, down):
    q = np.array(q)
    left = PositionLimiter(max_position=up, min_position=-down).adjust_quotes(q, Quotes.at(99, 101, size=50), 100)
    assert (left.ask_size >= q)[q > 0].all()
    assert (left.bid_size >= -q)[q < 0].all()


def test_in_a_million_fills_a_hard_limit_is_broken_0_times():
    """Orders of any size; those cancelled a step ago can still fill, before, with or after the new ones."""
    rng = np.random.default_rng(1)
    n_paths, n_fills = 5_000, 0
    q = rng.integers(LIMITER.min_position, LIMITER.max_position + 1, n_paths).astype(float)
    resting_bid, resting_ask = np.zeros((2, n_paths))
    furthest = [0.0, 0.0]
    while n_fills < 1_000_000:
        new_bid, new_ask = rng.integers(1, 41, (2, n_paths)) / 8
        quotes = Quotes(np.full(n_paths, 99.0), np.full(n_paths, 101.0), new_bid, new_ask)
        left = LIMITER.adjust_quotes(q, quotes, 100, resting_bid, resting_ask)
        # All, nothing or a part of each order, old and new.
        orders = np.stack([resting_bid, left.bid_size, resting_ask, left.ask_size])
        fills = np.floor(orders * rng.choice([0, 0.5, 1], orders.shape) * 8) / 8
        bought, sold = fills[:2].sum(axis=0), fills[2:].sum(axis=0)
        # The worst order of events: one side first.
        furthest = [max(furthest[0], (q + bought).max()), min(furthest[1], (q - sold).min())]
        q = q + bought - sold
        resting_bid, resting_ask = left.bid_size - fills[1], left.ask_size - fills[3]
        n_fills += np.count_nonzero(fills)
        assert LIMITER.min_position <= furthest[1]
        assert furthest[0] <= LIMITER.max_position
    assert furthest == [LIMITER.max_position, LIMITER.min_position]  # reached, so the test could have failed


def test_one_market_and_many_paths_say_the_same():
    q = np.array([-7, -5, 0, 3, 8, 11])
    many = LIMITER.check_position(q, 1, 2)
    for i, one in enumerate(q):
        alone = LIMITER.check_position(one, 1, 2)
        for name in ("mode", "max_bid_size", "max_ask_size", "reason", "value", "bound"):
            np.testing.assert_equal(getattr(alone, name), getattr(many, name)[i])


def test_a_limit_of_0_allows_the_other_side_alone_and_two_of_0_allow_none():
    short_only = PositionLimiter(max_position=0, min_position=-5).adjust_quotes([0, -2, 2], QUOTES, 100)
    assert short_only.bid_size.tolist() == [0, 2, 0]
    assert short_only.ask_size.tolist() == [3, 3, 2]
    nothing = PositionLimiter(max_position=0, min_position=0).adjust_quotes([0, -2, 2], QUOTES, 100)
    assert nothing.bid_size.tolist() == [0, 2, 0]
    assert nothing.ask_size.tolist() == [0, 0, 2]


@pytest.mark.parametrize("unknown", [NAN, np.inf, -np.inf])
def test_an_unknown_position_halts_with_the_reason(unknown):
    permission = LIMITER.check_position([unknown, 0])
    assert permission.mode.tolist() == [Mode.HALT, Mode.NORMAL]
    assert permission.reason.tolist() == [Reason.UNKNOWN, Reason.NONE]
    assert LIMITER.check_position(0, resting_bid=unknown if unknown > 0 else NAN).mode == Mode.HALT
    left = LIMITER.adjust_quotes([unknown, 0], QUOTES, 100)
    assert left.bid_size.tolist() == left.ask_size.tolist() == [0, 3]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (dict(max_position=-5, min_position=-10), r"max_position \(q_max\) must be a finite number at least 0"),
        (dict(max_position=5, min_position=7), r"min_position \(q_min\) must be a finite number at most 0 .*got 7"),
        (
            dict(max_position=5, min_position=-5, soft_max_position=6),
            r"soft_max_position \(q_soft\) 6 is beyond max_position \(q_max\) 5",
        ),
        (
            dict(max_position=5, min_position=-5, soft_min_position=-6),
            r"soft_min_position \(−q_soft\) -6 is beyond min_position",
        ),
        (dict(max_position=NAN, min_position=-5), "max_position .* got nan"),
    ],
)
def test_limits_that_contradict_each_other_are_refused(given, sentence):
    with pytest.raises(ParameterError, match=sentence):
        PositionLimiter(**given)


def test_a_resting_size_is_not_negative():
    with pytest.raises(ParameterError, match="sizes: at least 0 clips"):
        LIMITER.check_position([0, 0], resting_bid=[0, -1])
