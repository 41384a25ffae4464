import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError, Quotes
from mmlab.desk import Mode, Permission, Reason, strictest

NAN, INF = float("nan"), float("inf")
FIELDS = ("mode", "min_half_spread", "max_bid_size", "max_ask_size", "reason", "value", "bound")
N_PATHS = 4
few = st.sampled_from([0.0, 0.5, 1.0, 3.0])  # so that ties are common


@st.composite
def permissions(draw):
    """Of N_PATHS paths, or of one number for all of them; NORMAL ones have no reason to tell."""

    def one():
        mode = draw(st.sampled_from(Mode))
        has_reason = mode > 0
        return (
            mode,
            draw(few),
            draw(few | st.just(INF)),
            draw(few | st.just(INF)),
            draw(st.sampled_from(list(Reason)[1:])) if has_reason else Reason.NONE,
            draw(few | st.sampled_from([NAN, -INF])) if has_reason else NAN,
            draw(few | st.just(NAN)) if has_reason else NAN,
        )

    if draw(st.booleans()):
        return Permission(*one())
    return Permission(*map(np.array, zip(*(one() for _ in range(N_PATHS)), strict=True)))


@st.composite
def situations(draw):
    sides = [[draw(st.sampled_from([NAN, -1.0, 0.0, 0.25, 2.0])) for _ in range(N_PATHS)] for _ in range(2)]
    quotes = Quotes.around(100, *sides, size=draw(st.sampled_from([0.5, 1.0, 4.0])))
    q = np.array([draw(st.sampled_from([-3.0, -1.0, 0.0, 0.5, 2.0, NAN])) for _ in range(N_PATHS)])
    return quotes, draw(st.sampled_from([100.0, 100.5, NAN])), q, draw(few), draw(few)


def same(a, b):
    for name in FIELDS:
        x, y = np.broadcast_arrays(getattr(a, name), getattr(b, name))
        np.testing.assert_array_equal(x, y, err_msg=name)


def same_quotes(a, b):
    for name in ("bid_price", "ask_price", "bid_size", "ask_size"):
        np.testing.assert_array_equal(*np.broadcast_arrays(getattr(a, name), getattr(b, name)), err_msg=name)


@given(permissions(), permissions())
def test_the_strictest_does_not_know_the_order(a, b):
    same(strictest(a, b), strictest(b, a))


@given(permissions(), permissions(), permissions())
def test_the_strictest_does_not_know_who_was_asked_first(a, b, c):
    together = strictest(a, b, c)
    same(strictest(strictest(a, b), c), together)
    same(strictest(a, strictest(b, c)), together)


@given(permissions())
def test_asking_twice_changes_nothing_and_normal_is_the_identity(a):
    same(strictest(a, a), a)
    same(strictest(a, Permission()), a)
    same(strictest(a), a)
    same(strictest(), Permission())


@given(permissions(), permissions(), situations())
def test_one_permission_after_the_other_leaves_what_the_strictest_leaves(a, b, situation):
    quotes, *where = situation
    in_turn = b.apply(a.apply(quotes, *where), *where)
    same_quotes(strictest(a, b).apply(quotes, *where), in_turn)


@given(permissions(), situations())
def test_nothing_is_added_and_nothing_comes_nearer(permission, situation):
    quotes, mid, *where = situation
    left = permission.apply(quotes, mid, *where)
    assert (left.bid_size <= quotes.bid_size).all()
    assert (left.ask_size <= quotes.ask_size).all()
    bid_there, ask_there = left.bid_size > 0, left.ask_size > 0
    width = np.broadcast_to(permission.min_half_spread, (N_PATHS,))
    assert (left.bid_price <= quotes.bid_price)[bid_there].all()
    assert (left.ask_price >= quotes.ask_price)[ask_there].all()
    assert (left.bid_price <= mid - width)[bid_there & (width > 0)].all()
    assert (left.ask_price >= mid + width)[ask_there & (width > 0)].all()


def test_permission_for_all_changes_no_quote():
    quotes = Quotes.at([99, NAN, 101], [101, 101, 100], size=2)
    same_quotes(Permission().apply(quotes, 100, [0, 5, -5]), quotes)


def test_a_quote_skewed_beyond_the_mid_stays_where_no_width_is_asked_for():
    """A very long desk offers below the mid; reduce-only must not stop it."""
    left = Permission(Mode.REDUCE_ONLY).apply(Quotes.at(97, 99.5), 100, 8)
    assert (left.ask_price, left.ask_size) == (99.5, 1)


def test_widening_counts_from_the_mid_and_uncrosses_what_was_crossed():
    left = Permission(Mode.WIDEN, min_half_spread=0.5).apply(Quotes.at([99, 99.8, 101], [100.1, 102, 100]), 100, 0)
    assert left.bid_price.tolist() == [99, 99.5, 99.5]
    assert left.ask_price.tolist() == [100.5, 102, 100.5]


def test_halt_cancels_both_sides_and_an_absent_side_is_nan_and_0():
    left = Permission(Mode.HALT).apply(Quotes.at(99, 101), 100, 3)
    assert np.isnan([left.bid_price, left.ask_price]).all()
    assert (left.bid_size, left.ask_size) == (0, 0)


def test_reduce_only_sells_what_it_has_and_buys_what_it_owes_and_no_more():
    left = Permission(Mode.REDUCE_ONLY).apply(Quotes.at(99, 101, size=4), 100, [3, -3, 9, 0, -0.5])
    assert left.bid_size.tolist() == [0, 3, 0, 0, 0.5]
    assert left.ask_size.tolist() == [3, 0, 4, 0, 0]


def test_reduce_only_counts_what_still_rests_on_the_side_that_reduces():
    left = Permission(Mode.REDUCE_ONLY).apply(Quotes.at(99, 101, size=4), 100, [3, 3, -3], 1, [2, 5, 0])
    assert left.ask_size.tolist() == [1, 0, 0]
    assert left.bid_size.tolist() == [0, 0, 2]


@pytest.mark.parametrize("mode", Mode)
def test_around_an_unknown_mid_nothing_is_quoted(mode):
    left = Permission(mode).apply(Quotes.at(99, 101), NAN, [-1, 1])
    assert not left.bid_size.any()
    assert not left.ask_size.any()


def test_the_sterner_mode_tells_and_of_equals_the_later_reason_then_the_larger_bound():
    widened = Permission(Mode.WIDEN, 0.5, reason=Reason.DRAWDOWN, value=9, bound=8)
    halted = Permission(Mode.HALT, reason=Reason.VOLATILITY, value=5, bound=4)
    both = strictest(widened, halted)
    assert (both.mode, both.min_half_spread, both.reason) == (Mode.HALT, 0.5, Reason.VOLATILITY)
    assert (both.value, both.bound) == (5, 4)
    lost = Permission(Mode.HALT, reason=Reason.DAILY_LOSS, value=7, bound=7)
    assert strictest(halted, lost, halted).reason == Reason.DAILY_LOSS
    other = Permission(Mode.HALT, reason=Reason.DAILY_LOSS, value=9, bound=6)
    assert (strictest(lost, other).value, strictest(lost, other).bound) == (7, 7)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (dict(mode=9), "mode must be a Mode, from 0 to 3; got 9"),
        (dict(mode=np.array([0, -1])), "mode must be a Mode"),
        (dict(mode=1.5), "mode must be a Mode"),
        (dict(mode="HALT"), "mode must be a Mode, from 0 to 3; got 'HALT'"),
        (dict(max_bid_size=-5), r"max_bid_size must be a number of at least 0 \[clips\]; got -5"),
        (dict(max_ask_size=np.array([1, NAN])), "max_ask_size must be a number of at least 0"),
        (dict(max_ask_size=None), "max_ask_size must be a number of at least 0"),
        (dict(min_half_spread=NAN), r"min_half_spread must be a number of at least 0 \[price\]; got nan"),
        (dict(reason=99), f"reason must be a Reason, from 0 to {max(Reason):d}; got 99"),
    ],
)
def test_what_is_no_permission_is_refused(wrong, sentence):
    with pytest.raises(ParameterError, match=f"Permission: {sentence}"):
        Permission(**wrong)
