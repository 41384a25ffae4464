"""Schedules and what crossing them costs."""

import numpy as np
import pytest

from mmlab import ParameterError
from mmlab.models import CrossingCost, Schedule

COST = CrossingCost(half_spread=0.75, impact=0.02)


def test_crossing_costs_what_chapter_08_pays():
    assert COST(20) == pytest.approx(23.0)
    assert COST([-1, 0, 1]).tolist() == [0.77, 0, 0.77]


def test_patience_without_a_price_is_the_cheapest_and_the_worst():
    twap, once = Schedule.twap(20, 20, 1), Schedule((20, *[0] * 19), 1)
    assert twap.outcome(COST, 2) == pytest.approx((-15.4, 22.22611077), abs=5e-9)
    assert twap.certainty_equivalent(COST, 2, 0.1) == pytest.approx(-40.10)
    assert once.outcome(COST, 2) == pytest.approx((-23, 0))
    best = Schedule((10, 5, 3, 1, 1, *[0] * 15), 1)
    assert best.outcome(COST, 2) == pytest.approx((-17.72, 5.09901951), abs=5e-9)
    assert best.certainty_equivalent(COST, 2, 0.1) == pytest.approx(-19.02)


def test_drawn_paths_have_its_mean_and_deviation():
    schedule = Schedule((10, 5, 3, 1, 1, 0, 0, 0), 1)
    left = schedule.sold[0] * 0 + 20 - np.cumsum(schedule.sold)
    moves = np.random.default_rng(1).standard_normal((200_000, 8)) * 2 * np.sqrt(1 / 8)
    cash = moves @ left - COST(schedule.sold).sum()
    mean, sd = schedule.outcome(COST, 2)
    assert abs(cash.mean() - mean) < 4 * sd / np.sqrt(200_000)
    assert cash.std() == pytest.approx(sd, rel=4 / np.sqrt(400_000))


def test_vwap_follows_the_volume_and_pov_takes_its_share_of_it():
    volume = [40, 10, 10, 40]
    assert Schedule.vwap(20, volume, 1).sold == pytest.approx((8, 2, 2, 8))
    assert Schedule.pov(20, volume, 0.3, 1).sold == pytest.approx((12, 3, 3, 2))
    assert Schedule.pov(20, volume, 0.1, 1).sold == pytest.approx((4, 1, 1, 4))  # ten stay
    assert Schedule.pov(-20, volume, 1.0, 1).sold == pytest.approx((-20, 0, 0, 0))
    assert Schedule.vwap(20, np.ones(4), 1).sold == Schedule.twap(20, 4, 1).sold == (5, 5, 5, 5)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Schedule.pov(20, [1, 1], 0, 1), "share must be a finite number above 0 and at most 1"),
        (lambda: Schedule.pov(20, [1, 1], 1.01, 1), "share must be a finite number above 0 and at most 1"),
        (lambda: Schedule.vwap(20, [0, 0], 1), "volume must be numbers of at least 0, one a slice, and not all 0"),
        (lambda: Schedule.vwap(20, [1, -1], 1), "volume must be numbers of at least 0"),
        (lambda: Schedule((), 1), r"sold must be the clips of one slice or more; got an array of shape \(0,\)"),
        (lambda: Schedule((1, np.nan), 1), r"inventory \(q\) must be a finite number"),
        (lambda: Schedule.twap(20, 0, 1), "n_slices must be a whole number of at least 1"),
        (lambda: CrossingCost(half_spread=-1), r"half_spread \(δ_x\) must be a finite number at least 0"),
    ],
)
def test_what_is_refused(make, sentence):
    with pytest.raises(ParameterError, match=sentence):
        make()
