"""Chapter 07: its answers, its checks, and what its prose claims."""

from __future__ import annotations

import dataclasses
import math
from functools import lru_cache

import numpy as np
import pytest
from mmbook import printed
from mmbook.ch07 import scenes
from mmbook.ch07.reveals import alone

from mmlab import Desk, QuoteAggressiveness, QuoteSizer, QuoteTimer, Venue, simulate
from tests.mmbook.checking import answers_with_numbers, right_answers, usual_mistakes


def room(q):
    return [max(0, math.floor(min(5, 12 - q))), max(0, math.floor(min(5, q + 12)))]


def desk(size=3, age=0.01, max_move=None, spread=1.0):
    """The notebook's."""
    return Desk(
        model=scenes.dealer(),
        volatility=4,
        venue=scenes.VENUE,
        sizer=QuoteSizer(base_size=size, max_position=20),
        timer=QuoteTimer(min_quote_time=0.005, max_quote_time=age, stale_fraction=1e6, max_move=max_move),
        aggressiveness=QuoteAggressiveness(base_spread=spread, max_spread=spread, max_position=20, normal_volatility=4),
    )


@lru_cache(maxsize=1)
def reference_run():
    return simulate(desk(), scenes.tape())


GUIDE = {
    "market": {"clip": 5000, "transaction_cost": 5e-5},
    "quotes": {"base_spread": 1e-4, "quote_size": 5000},
    "limits": {"max_position": 1_000_000},
}
TOML = "\n".join(f"[{name}]\n" + "\n".join(f"{k} = {v}" for k, v in part.items()) for name, part in GUIDE.items())
GOOD = desk(size=4, age=0.05, max_move=0.5, spread=1.7)


class Broken:
    def quotes(self, mid_price, inventory, time_left):
        raise ZeroDivisionError("division by zero")


RIGHT = [
    ("sizes-with-room", room),
    ("stale-after", 3600 * (0.375 / 4) ** 2),
    ("spread-at-inventory", 10),
    ("spread-at-inventory", -10),
    ("save-the-guide", GUIDE),
    ("save-the-guide", TOML),
    ("best-desk", GOOD),
]
WRONG = [
    ("sizes-with-room", lambda q: (min(12 - abs(q), 5), min(12 - abs(q), 5)), "both sides have got the same room"),
    ("sizes-with-room", lambda q: room(q)[::-1], "bid and ask are exchanged"),
    ("sizes-with-room", lambda q: (min(5, 12 - q), min(5, q + 12)), "whole lots, rounded down"),
    ("sizes-with-room", lambda q: (math.floor(min(5, 12 - q)), math.floor(min(5, q + 12))), "no size is below 0"),
    ("sizes-with-room", lambda q: (5, 5), "gives 5 and 5; it is 3 and 5"),
    ("stale-after", (0.375 / 4) ** 2, "is hours"),
    ("stale-after", 60 * (0.375 / 4) ** 2, "is minutes"),
    ("stale-after", 3600 * (0.75 / 4) ** 2, "the whole half-spread"),
    ("stale-after", 3600 * 0.375 / 4, "without the square"),
    ("stale-after", 1.0, "1 s is not when"),
    ("spread-at-inventory", 15, "2.5 in a calm market; at σ = 2σ₀ it is 2.750"),
    ("spread-at-inventory", 3, "at 3 the spread is 2.150"),
    ("save-the-guide", 7, "not int"),
    ("save-the-guide", {"limits": {"max_position": 1_000_000}}, "choose a clip of 5,000 shares"),
    ("save-the-guide", {"market": {"clip": 200}}, "max_position is 5000 and was to stay 1e+06"),
    ("sizes-with-room", lambda q: [2 * size for size in room(q)], "twice what it must be"),
    ("stale-after", 1800 * (0.375 / 4) ** 2, "half of what it must be"),
    ("best-desk", 3, "the answer is a Desk"),
    ("best-desk", dataclasses.replace(GOOD, venue=Venue()), "for everybody"),
    ("best-desk", desk(), "19.5 can be had"),
    ("best-desk", Desk(model=Broken(), venue=scenes.VENUE), "ZeroDivisionError: division by zero"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        ("doubling-the-spread-limits-risk", "17.51 with a deviation of 5.95, with 3 it earns 11.84 with 6.25"),
        ("fresher-is-better", "the score is 0.0. At 0.01 h it is 10.3.*0.44 earned a clip; at 0.08 h 4.9"),
        ("six-times-the-size", "17.49 an hour, six earn 29.09: 61.6 clips are traded instead of 27.4"),
    ]
)


def test_without_a_lever_the_desk_is_the_model():
    bare, reference = simulate(scenes.dealer(), scenes.tape()), simulate(Desk(model=scenes.dealer()), scenes.tape())
    np.testing.assert_array_equal(bare.cash, reference.cash)
    np.testing.assert_array_equal(bare.cash, alone("size", 1).cash)


def test_the_score_by_hour_has_the_score_for_its_mean():
    earned = reference_run().pnl
    assert scenes.score_by_hour(reference_run()).mean() == pytest.approx(earned.mean() - 0.05 * earned.var(), rel=1e-12)


def test_large_sizes_are_harmless_while_fresh_and_lose_money_while_they_rest():
    fresh = scenes.score_difference(alone("size", 6), alone("size", 1))
    rest = scenes.score_difference(simulate(desk(size=6), scenes.tape()), reference_run())
    assert fresh[0] > 5 * fresh[1]
    assert rest[0] < -10 * rest[1]


def test_a_reason_beats_the_clock():
    more, error = scenes.score_difference(simulate(desk(age=0.05, max_move=0.5), scenes.tape()), reference_run())
    assert more > 5 * error


def test_the_printed_sizes_get_stuck_where_ours_unwind():
    stuck = simulate(scenes.PrintedSizes(scenes.dealer(), printed.QuoteSizer(6, 4)), scenes.tape())
    ours = simulate(Desk(model=scenes.dealer(), sizer=QuoteSizer(base_size=4, max_position=6)), scenes.tape())
    at_limit = np.abs(stuck.inventory) == 6
    assert at_limit[-1].mean() > 0.3
    assert (at_limit[:-1] <= at_limit[1:]).all()  # once there, always there
    was, still = (np.abs(ours.inventory) == 6)[:-1], (np.abs(ours.inventory) == 6)[1:]
    assert np.mean(still[was]) < 0.9


def test_the_printed_width_is_another_desk_in_every_unit():
    width = printed.QuoteAggressiveness(1.5, 3)
    width.max_position = 20
    spreads = [
        float(scenes.PrintedWidth(scenes.dealer(), width, sigma).quotes(100, 0, 1).spread)
        for sigma in (4, 4 / np.sqrt(60), 0.04)
    ]
    assert spreads == pytest.approx([1.5, 1.5 * 4 / np.sqrt(60), 0.06])
