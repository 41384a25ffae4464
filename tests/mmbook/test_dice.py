"""The dice of chapter 00: exact numbers against plain enumeration, and the table as a reader plays it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmbook.ch00 import DiceTable
from mmbook.ch00.dice import (
    DICE,
    MEAN,
    NEEDS,
    SEED,
    SIDES,
    Deal,
    deal,
    expected,
    fair_value,
    play_dice,
    reference,
    traded,
    variance,
)

TABLE_1, TABLE_2, TABLE_3 = DiceTable.presets
quotes = st.tuples(st.floats(0, 5), st.floats(0, 1))


@pytest.mark.parametrize("hidden", [1, 2, 4])
def test_the_fair_value_and_its_variance_are_those_of_all_throws(hidden: int) -> None:
    sums = np.array([9 + sum(throw) for throw in itertools.product(SIDES, repeat=hidden)])
    assert fair_value(9, hidden) == pytest.approx(sums.mean())
    assert variance(hidden) == pytest.approx(sums.var())


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
@pytest.mark.parametrize(("half_spread", "skew"), [(1.0, 0.0), (1.5, 0.75)])
def test_what_quotes_earn_is_the_mean_over_every_deal_of_two_dice(
    half_spread: float, skew: float, share: float
) -> None:
    first = second = luck = total = 0.0
    every = itertools.product(SIDES, NEEDS, [(False, 1 - share), (True, share)], repeat=2)
    for die, need, (peeked, chance), other, its_need, (its_peeked, its_chance) in every:
        day = play_dice(Deal((die, other), (need, its_need), (peeked, its_peeked)), ((half_spread, skew),) * 2)
        p = chance * its_chance / (len(SIDES) * len(NEEDS)) ** 2
        total, luck = total + p, luck + p * day.luck
        first, second = first + p * day.profit, second + p * day.profit**2
    assert total == pytest.approx(1)
    assert luck == pytest.approx(0, abs=1e-12)
    mean, sd = expected(half_spread, skew, share, dice=2)
    assert (mean, sd) == pytest.approx((first, np.sqrt(second - first**2)))


@given(st.integers(1, 500), st.sampled_from([0.0, 0.5, 1.0]), st.lists(quotes, min_size=DICE, max_size=DICE))
def test_the_parts_add_up_to_what_the_prices_and_the_sum_say(seed: int, share: float, kept: list) -> None:
    dealt = deal(share, seed)
    day = play_dice(dealt, tuple(kept))
    by_hand = sum(side * (sum(dealt.dice) - price) for side, price in zip(day.sides, day.prices, strict=True))
    assert day.profit == pytest.approx(by_hand, abs=1e-9)
    assert day.wealth[-1] == day.profit
    assert day.fair[-1] == sum(dealt.dice)
    assert day.inventory[-1] == sum(day.sides)


@given(quotes, st.integers(-5, 5), st.floats(-6, 6))
def test_the_other_side_of_the_market_is_its_mirror(kept: tuple, held: int, worth: float) -> None:
    side, edge = traded(*kept, held, worth)
    mirrored, its_edge = traded(*kept, -held, -worth)
    if kept[0] > 0:
        assert (mirrored, its_edge) == (-side, pytest.approx(edge))


def test_a_skew_moves_both_quotes_down_for_a_clip_held() -> None:
    assert traded(1.0, 0.5, held=2, worth=0.0) == (-1, 0.0)  # the ask stands at the fair value
    assert traded(1.0, 0.5, held=2, worth=-1.5) == (0, 0.0)  # the bid two below it
    assert traded(1.0, 0.5, held=-2, worth=0.0) == (1, 0.0)


@pytest.mark.parametrize("half_spread", [0.5, 1.0, 2.0, 3.0])
def test_customers_who_know_more_earn_what_the_dealer_loses(half_spread: float) -> None:
    means = [expected(half_spread, 0.25, share)[0] for share in (0.0, 0.5, 1.0)]
    assert means == sorted(means, reverse=True)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_no_half_spread_in_quarters_earns_more_than_the_computers(share: float) -> None:
    best, skew = reference(share)
    assert all(expected(n / 4, skew, share)[0] <= expected(best, skew, share)[0] for n in range(25))


def test_the_seed_is_the_first_whose_dice_are_fair_and_whose_customers_teach() -> None:
    def teaches(seed: int) -> bool:
        calm, informed = (play_dice(deal(share, seed), ((1.0, 0.0),) * DICE) for share in (0.0, 0.5))
        return sum(deal(0.0, seed).dice) == MEAN * DICE and informed.adverse < 0 <= calm.adverse

    assert next(seed for seed in range(1, 1000) if teaches(seed)) == SEED


def test_the_table_is_played_to_the_end_and_taken_back() -> None:
    table = DiceTable()
    assert "Fair value 28 ± 4.8. Next quotes: bid 27.00, ask 29.00" in table.words
    table.screen.buttons["Quote"].click()
    assert "The last customer bought at 29. Dice shown: 5; 7 hidden. Fair value 29.5" in table.words
    after_one = table.words
    table.set(half_spread=2.0, skew=0.25)
    table.screen.buttons["Quote"].click()
    assert "the computer" not in table.words + table.svg
    table.screen.buttons["Take back"].click()
    table.set(half_spread=1.0, skew=0.0)
    assert table.words == after_one
    table.screen.buttons["Quote to the last die"].click()
    assert table.words.startswith("The sum is 28, and you are long 1 clip. You made 14.5, the computer")
    assert "the computer" in table.svg
    mean, sd = expected(1.0, 0.0, 0.0)
    assert f"earn {mean:.1f} ± {sd:.1f} over all dice" in table.words
    words = table.words
    table.screen.buttons["Quote"].click()
    assert table.words == words


def test_a_hidden_die_is_not_shown() -> None:
    table = DiceTable()
    table.choose(TABLE_2)
    table.screen.buttons["Quote"].click()
    other = DiceTable()
    other.choose(TABLE_1)
    other.screen.buttons["Quote"].click()
    assert (
        table.words.split("Dice shown: ")[1].split(";")[0] == other.words.split("Dice shown: ")[1].split(";")[0] == "5"
    )
    table.choose(TABLE_3)
    assert "Dice shown: none" in table.words
