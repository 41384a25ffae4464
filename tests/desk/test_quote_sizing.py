import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mmlab import ParameterError, QuoteSizer

SIZER = QuoteSizer(base_size=4, max_position=10, lot=0.5, min_size=1)
quarters = st.integers(-80, 80).map(lambda n: n / 4)


@st.composite
def sizers(draw):
    lot = draw(st.sampled_from([0.25, 0.5, 1.0]))
    minimum = lot * draw(st.integers(1, 4))
    return QuoteSizer(
        base_size=minimum * draw(st.integers(1, 5)),
        max_position=draw(st.integers(0, 40)) / 2,
        min_position=-draw(st.integers(0, 40)) / 2,
        lot=lot,
        min_size=minimum,
        size_decay=draw(st.sampled_from([0.0, 0.1, 2.0])),
    )


@pytest.mark.parametrize(
    ("inventory", "bid", "ask"),
    [
        (0, 4, 4),
        (5, 4, 4),
        (6.25, 3.5, 4),  # 3.75 of room, in halves
        (8.75, 1, 4),
        (9.25, 0, 4),  # .75 of room is below the exchange's minimum
        (10, 0, 4),
        (12, 0, 4),
        (-8.5, 4, 1.5),
        (-10, 4, 0),
        (-30, 4, 0),
    ],
)
def test_each_side_has_its_own_room_and_the_way_back_is_open(inventory, bid, ask):
    assert SIZER.calculate_quote_size(inventory) == (bid, ask)


def test_a_size_exactly_at_the_limit_is_shown():
    assert QuoteSizer(base_size=4, max_position=4).calculate_quote_size([0, 4]) == pytest.approx(
        np.array([[4, 0], [4, 4]])
    )


def test_many_paths_are_sized_as_one():
    q = np.array([[0.0, 6.25], [10, -30]])
    sizes = SIZER.calculate_quote_size(q)
    for i in np.ndindex(q.shape):
        assert (sizes[0][i], sizes[1][i]) == SIZER.calculate_quote_size(q[i])


def test_a_long_only_desk_never_offers_more_than_it_has():
    bid, ask = QuoteSizer(base_size=2, max_position=5, min_position=0).calculate_quote_size([0, 1, 5])
    assert bid.tolist() == [2, 2, 0]
    assert ask.tolist() == [0, 1, 2]


def test_the_side_that_adds_inventory_decays_and_the_other_does_not():
    sizer = QuoteSizer(base_size=10, max_position=100, lot=0.01, size_decay=0.1)
    bid, ask = sizer.calculate_quote_size([-3, 0, 3])
    smaller = np.floor(1000 * np.exp(-0.3)) / 100
    assert bid == pytest.approx([10, 10, smaller])
    assert ask == pytest.approx([smaller, 10, 10])


@pytest.mark.parametrize(("impact", "bid", "ask"), [(0.25, 3, 5), (-0.25, 5, 3), (1, 0, 8), (-1, 8, 0)])
def test_impact_has_a_sign(impact, bid, ask):
    assert SIZER.adjust_quote_size(0, impact) == (bid, ask)


def test_after_impact_the_limits_hold_again_and_the_way_back_stays_open():
    assert SIZER.adjust_quote_size(8.5, -1) == (1.5, 1)  # twice the size would not fit; the ask keeps the minimum
    assert SIZER.adjust_quote_size(-8.5, 1) == (1, 1.5)


@given(sizers(), quarters, st.floats(-1, 1))
def test_sizes_fit_the_room_the_lot_and_the_minimum(sizer, q, impact):
    for size, room in zip(
        sizer.adjust_quote_size(q, impact), (sizer.max_position - q, q - sizer.min_position), strict=True
    ):
        assert size <= max(room, 0)
        assert size % sizer.lot == 0
        assert size == 0 or size >= sizer.min_size


@given(sizers(), quarters, st.floats(-1, 1))
def test_whatever_is_held_can_be_unwound(sizer, q, impact):
    assume(q != 0)
    bid, ask = sizer.adjust_quote_size(q, impact)
    room = sizer.max_position - q if q < 0 else q - sizer.min_position
    assert ((bid if q < 0 else ask) > 0) == (room >= sizer.min_size)


@given(sizers(), quarters)
def test_the_sides_are_mirror_images(sizer, q):
    mirrored = QuoteSizer(
        base_size=sizer.base_size,
        max_position=-sizer.min_position,
        min_position=-sizer.max_position,
        lot=sizer.lot,
        min_size=sizer.min_size,
        size_decay=sizer.size_decay,
    )
    assert sizer.calculate_quote_size(q) == mirrored.calculate_quote_size(-q)[::-1]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (dict(base_size=0.5), r"base_size 0\.5 is below min_size 1 \[clips\]: no such order can be placed"),
        (dict(base_size=5, min_size=0.5), r"min_size 0\.5 is below lot 1 \[clips\]"),
        (dict(base_size=0), r"base_size \(s\) must be .* above 0"),
        (dict(base_size=1, max_position=250), r"max_position \(q_max\) must be .* at most 200 \[clips\]; got 250"),
        (dict(base_size=1, min_position=1), r"min_position \(q_min\) must be .* at most 0 \[clips\]; got 1"),
        (dict(base_size=1, max_position=-1), r"max_position \(q_max\) must be .* at least 0"),
        (dict(base_size=1, size_decay=-1), r"size_decay \(η\) must be .* at least 0"),
        (dict(base_size=1, min_sise=2), r"no parameter 'min_sise'\. Did you mean min_size"),
    ],
)
def test_what_no_exchange_takes_is_refused(wrong, sentence):
    with pytest.raises(ParameterError, match=sentence):
        QuoteSizer(**(dict(max_position=10) | wrong))


@pytest.mark.parametrize("impact", [1.5, -1.01, np.nan])
def test_an_impact_that_is_no_share_is_refused(impact):
    with pytest.raises(ParameterError, match=r"market_impact \(m\) must be .* at least -1 and at most 1 \[1\]; got"):
        SIZER.adjust_quote_size(0, impact)
