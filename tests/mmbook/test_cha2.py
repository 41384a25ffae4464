"""The museum of mistakes: its form, its exhibits, and that its exercises cannot be guessed."""

import numpy as np
import pytest
from mmbook.cha2 import MuseumExplorer, cost, exhibits, price_list, room
from mmbook.cha2.checks import NAMES
from mmbook.cha2.explorers import SHOWN, number
from mmbook.cha2.museum import day

from mmlab import Market, ParameterError
from mmlab.measure import MISTAKES, diagnose
from mmlab.teach import check
from mmlab.teach.exercises import EXERCISES
from tests.mmbook import test_lessons as lessons

NAME = "A2_errata_museum"


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


def test_the_price_list_is_that_of_the_exact_days():
    shown = price_list()
    costs = [float(row[-1].replace("+", "")) for row in shown.rows]
    assert costs == sorted(costs, reverse=True)
    assert len(costs) == len(exhibits())
    for one in exhibits():
        right, wrong = day(one, right=True), day(one)
        apart = right.certainty_equivalent(0.1) - wrong.certainty_equivalent(0.1)
        assert cost(one) == pytest.approx(apart)


def test_what_the_text_says_of_the_prices():
    by_id = {one.id: one for one in exhibits()}
    assert sorted(one.id for one in exhibits() if cost(one) < -0.01) == ["per-limit", "sigma"]
    assert cost(by_id["no-skew"]) == pytest.approx(17.65, abs=0.005)
    assert abs(cost(by_id["sigma-percent"])) < 1e-9
    for trap in ("no-skew", "sigma-relative"):
        assert day(by_id[trap]).mean > day(by_id[trap], right=True).mean
        assert cost(by_id[trap]) > 10
    right = day(by_id["sign"], right=True).mean
    assert cost(by_id["sign"]) > 21 * right  # more than a month's
    assert all(0 < cost(by_id[id]) < right for id in ("sigma-annual", "whole-spread"))


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
    assert first(state(exhibit=number("no-skew")))
    assert not first(state(exhibit=number("sigma")))
    assert second(state(exhibit=number("sigma"), volatility=1.0))
    for n in range(1, len(SHOWN) + 1):
        shown = state(exhibit=n)
        assert MISTAKES[SHOWN[n - 1].id].sentence in explorer.readout(shown)
        assert np.isfinite(shown.worth)
