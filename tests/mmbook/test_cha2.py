"""The museum of mistakes: its form, its exhibits, and that its exercises cannot be guessed."""

import itertools

import numpy as np
import pytest
from mmbook.cha2 import MuseumExplorer, by_limit, cost, exhibits, price_list, room
from mmbook.cha2.checks import NAMES
from mmbook.cha2.explorers import SHOWN, number
from mmbook.cha2.museum import LIMIT, STEPS, day, settles

from mmlab import Market, ParameterError, exact_moments
from mmlab.measure import MISTAKES, diagnose
from mmlab.teach import check
from mmlab.teach.exercises import EXERCISES
from tests.mmbook import test_lessons as lessons

NAME = "A2_errata_museum"
PAPER = Market.avellaneda_stoikov_2008()


def test_it_has_the_form_of_a_lesson():
    lessons.test_a_chapter_has_the_order_of_a_lesson(NAME)
    lessons.test_each_goal_has_its_exercise(NAME)
    lessons.test_minutes_are_counted(NAME)
    lessons.test_every_greek_letter_of_a_formula_is_in_the_box(NAME)


@pytest.mark.parametrize("id", lessons.exercises_of(NAME))
def test_no_argument_and_no_constant_is_an_answer(id):
    for answer in (*(lambda *given, n=n: given[n] for n in range(len(EXERCISES[id].takes))), *NAMES, True, False, 1.0):
        assert not check(id, answer if callable(answer) else lambda *given, x=answer: x)


def test_every_exhibit_is_a_known_mistake_and_is_named_by_diagnose():
    market = Market.avellaneda_stoikov_2008(mid_price=37, volatility=1.7, horizon=0.8)
    for one in exhibits():
        known = {"max_inventory": 10, "processing_cost": 0.01, "mean_reversion": 0.1}
        found = diagnose(one.wrong(market, 0.2), market=market, risk_aversion=0.2, **known)
        assert one.id in {match.mistake for match in found.matches}, one.id
        assert found.verdict == "mistake"


BY_ID = {one.id: one for one in exhibits()}
GAMMA_OF_EQUALS = 0.04
CROSSED = ["guide-cj", "guide-hs", "shares"]


def test_the_price_list_is_that_of_the_exact_days():
    shown = price_list()
    costs = [float(row[4].replace("+", "").replace("−", "-")) for row in shown.rows]
    assert costs == sorted(costs, reverse=True)
    assert {row[0].strip("`") for row in shown.rows} == set(BY_ID)
    for one in exhibits():
        right, wrong = day(one, right=True), day(one)
        apart = right.certainty_equivalent(0.1) - wrong.certainty_equivalent(0.1)
        assert cost(one) == pytest.approx(apart)
        assert abs(day(one).inventories).max() == LIMIT


def test_a_cost_settles_as_the_steps_become_finer_but_where_quotes_cross():
    first, second = STEPS
    assert second == 2 * first
    for id, one in BY_ID.items():
        coarse, fine = (cost(one, n_steps) for n_steps in STEPS)
        assert settles(one) == (id not in CROSSED)
        assert (abs(fine - coarse) < max(0.1 * coarse, 0.2)) == (id not in CROSSED)
    assert sorted(row[0].strip("`") for row in price_list().rows if row[-1] == "no") == CROSSED


def test_a_limit_bounds_what_the_inventory_added_costs_and_a_looser_one_bounds_it_less():
    shown = [[float(x.replace("+", "")) for x in row[1:]] for row in by_limit("sign", (5, 10, 20)).rows]
    assert all(high > 1.5 * low for (low, _), (high, _) in itertools.pairwise(shown))
    assert all(fine == pytest.approx(coarse, rel=0.02) for coarse, fine in shown)
    free = [exact_moments(BY_ID["sign"].wrong(PAPER), PAPER, n).mean for n in (200, 400)]
    assert free[1] < 3 * free[0] < 0  # without a limit it is the steps that bound it


def test_what_the_text_says_of_the_prices():
    better = {id for id, one in BY_ID.items() if day(one).mean > day(one, right=True).mean + 0.01}
    assert better == {"no-skew", "sigma-relative", "sigma", "per-limit"}
    assert {id for id in BY_ID if all(cost(BY_ID[id], n) < -0.01 for n in STEPS)} == {"per-limit", "sigma"}
    assert all(cost(BY_ID[id]) > 3 for id in ("no-skew", "sigma-relative"))
    free, right = day(BY_ID["no-skew"]), day(BY_ID["no-skew"], right=True)
    assert (round(free.mean, 1), round(right.mean, 1)) == (66.4, 64.4)
    assert free.sd / right.sd == pytest.approx(1.7, abs=0.05)
    assert round(cost(BY_ID["no-skew"])) == 4
    assert max(abs(cost(BY_ID["no-skew"], n, limit=20) - 10) for n in STEPS) < 0.7
    worth = right.certainty_equivalent(0.1)
    assert round(worth) == 62
    assert all(cost(BY_ID[id]) > right.mean for id in ("sign", "absolute"))
    assert all(0 < cost(BY_ID[id]) < worth for id in ("sigma-annual", "whole-spread"))
    bid, ask = BY_ID["sigma-annual"].wrong(PAPER).depths(0, 1)
    assert round(float(bid)) == round(float(ask)) == 51


def test_a_room_names_its_exhibits():
    for one in exhibits():
        assert one.id in [row[0] for row in room(one.room).rows]


def test_a_room_that_is_not_there_is_refused():
    with pytest.raises(ParameterError, match="no room 'cellar'; it has units"):
        room("cellar")


def test_each_task_is_done_by_an_exhibit_and_not_at_the_start():
    first, second = MuseumExplorer.tasks.values()
    explorer = MuseumExplorer()

    def state(**changes):
        return explorer.answer(explorer.values | changes)

    assert not first(state())
    assert not second(state())
    for id in ("no-skew", "sigma"):  # hanging it is not enough
        assert not any(task(state(exhibit=number(id))) for task in (first, second))
    assert first(state(exhibit=number("no-skew"), risk_aversion=GAMMA_OF_EQUALS))
    assert not first(state(exhibit=number("no-skew"), risk_aversion=2 * GAMMA_OF_EQUALS))
    assert second(state(exhibit=number("sigma"), volatility=2 / 3))
    assert not second(state(exhibit=number("sigma"), volatility=1.0))


def test_every_exhibit_hangs_and_is_named_when_asked_and_not_before():
    explorer = MuseumExplorer()
    for n in range(1, len(exhibits()) + 1):
        one = SHOWN[n - 1]
        shown = explorer.answer(explorer.values | {"exhibit": n})
        assert MISTAKES[one.id].sentence not in explorer.readout(shown)
        assert "Which mistake is it?" in explorer.readout(shown)
        named = explorer.answer(explorer.values | {"exhibit": n} | explorer.moves["name it"](shown))
        assert MISTAKES[one.id].sentence in explorer.readout(named)
        assert np.isfinite(shown.worth)
    explorer._press(explorer.moves["name it"])
    assert "Which mistake" not in explorer.words
    explorer._press(explorer.moves["next exhibit"])
    assert "Which mistake" in explorer.words
    explorer.choose("no skew")
    assert MISTAKES["no-skew"].sentence in explorer.words
