"""A student's edition checks by numbers alone: of all that has a name it says what the check says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from itertools import zip_longest
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mmlab.classroom import hidden
from mmlab.classroom.edition import _tables_of
from mmlab.classroom.public import JUDGED, formula_of, giving, public_table
from mmlab.classroom.scoring import score
from mmlab.classroom.tables import PUBLIC, checked_by, tables_of
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.teach import check
from mmlab.teach.answers import Answer, Noted, NotYet
from mmlab.teach.exercises import EXERCISES, Exercise, judged
from mmlab.teach.texts import exercise_of
from mmlab.wire import decode, encode
from tests.mmbook.checking import CHECKS, texts_of

FORMULAS = [id for id in CHECKS if formula_of(EXERCISES[id])]
OTHERS = [id for id in CHECKS if id not in FORMULAS]


def table_of(id: str) -> Any:
    """What a student's edition has of an exercise, through JSON: computed once, for its own tests as well."""
    return json.loads(_tables_of(CHECKS[id][0].__name__.removeprefix("mmbook.ch").upper()))[id]


@cache
def in_the_edition(id: str) -> Exercise:
    """The exercise as a student's edition declares it."""
    return exercise_of(texts_of(CHECKS[id][0]), id, partial(checked_by, table_of(id)))


@cache
def graded(id: str) -> Exercise:
    """The exercise whose cases that nobody has seen are computed once for each seed."""
    return replace(EXERCISES[id], elsewhere=cache(EXERCISES[id].elsewhere))


@cache
def right_numbers(id: str) -> list[FloatArray]:
    one = CHECKS[id][1]
    return [np.asarray(one.right(*case), float) for case in one.cases]


def verdicts(id: str, answer: Callable[[], Answer]) -> tuple[Any, Any]:
    return judged(EXERCISES[id], answer()), judged(in_the_edition(id), answer())


@pytest.mark.parametrize("id", FORMULAS)
def test_what_is_right_and_each_mistake_that_has_a_name_hears_the_same(id: str) -> None:
    takes, right = EXERCISES[id].takes, right_numbers(id)
    for numbers in (right, *CHECKS[id][1].wrong(takes).values()):
        book, edition = verdicts(id, lambda numbers=numbers: giving(numbers, takes))
        assert edition == book
        if EXERCISES[id].or_value:
            book, edition = verdicts(id, lambda numbers=numbers: Answer(numbers[0], takes))
            assert edition == book
    assert judged(in_the_edition(id), giving(right, takes)).status == "right"


@pytest.mark.parametrize("id", FORMULAS)
def test_what_nobody_foresaw_hears_the_same_or_what_was_given_and_what_is_right(id: str) -> None:
    takes, right = EXERCISES[id].takes, right_numbers(id)
    for n in range(len(right)) if takes else (0,):
        moved = [y + (k == n) * np.e * (1 + np.abs(y)) for k, y in enumerate(right)]
        book, edition = verdicts(id, lambda moved=moved: giving(moved, takes))
        assert edition.status == book.status == "not yet"
        if edition.mistake == book.mistake:
            assert edition == book
        else:
            assert edition.mistake == ""
            call = giving(right, takes).call(*CHECKS[id][1].cases[n]) if takes else "your answer"
            assert edition.message.startswith(f"Not yet: {call} gives ")
            assert ("it must be" in edition.message) == bool(takes)


@pytest.mark.parametrize("id", FORMULAS)
def test_what_is_no_answer_hears_the_same(id: str) -> None:
    takes = EXERCISES[id].takes

    def empty(*_: Any) -> None: ...

    def raises(*_: Any) -> None:
        raise LookupError("no such quote")

    def grows(*arguments: Any) -> Any:
        return [1.0] * 7

    for given in (None, ..., 3.0, "two", empty, raises, grows, np.nan, [np.inf], partial(len, "abc")):
        book, edition = verdicts(id, lambda given=given: Answer(given, takes))
        if type(given) is not float or takes:
            assert edition == book


# What stops a loop may come while something is thrown away, where Python can only print it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("id", [id for id in FORMULAS if EXERCISES[id].takes])
def test_a_loop_that_never_ends_is_stopped_and_hears_the_same(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(*_: Any) -> None:
        while True:
            pass

    heard = []
    for exercise in (EXERCISES[id], in_the_edition(id)):
        monkeypatch.setitem(EXERCISES, id, replace(exercise, seconds=0.05))
        heard.append(check(id, endless))
    assert heard[0] == heard[1]
    assert heard[0].status == "not yet"
    assert "0.05 s" in heard[0].message


def test_a_real_number_that_is_written_as_a_complex_one_is_sent_as_a_check_takes_it() -> None:
    for value in (0.5 + 0j, np.complex128(0.5), np.array([0.5, 2]) + 0j):
        assert np.array_equal(decode(encode(value, list), list), value)
        assert not np.iscomplexobj(decode(encode(value, list), list))


def test_numbers_are_all_that_is_sent_of_a_check() -> None:
    for id in FORMULAS:
        table = table_of(id)
        text = json.dumps(table, ensure_ascii=False)
        assert {"kept": None} not in table["cases"]
        assert "lambda" not in text
        assert len(text) < 100_000
        assert table["takes"] == [*EXERCISES[id].takes]
        assert table["right"].startswith("Right: ") or "sealed" in table
        assert all(one["sentence"].startswith("Not yet: ") for one in table["mistakes"].values())


def test_what_is_no_formula_is_noted_and_judged_when_it_is_handed_in(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert OTHERS
    for id in OTHERS:
        assert public_table(EXERCISES[id]) == JUDGED
    (tmp_path / PUBLIC).write_text(json.dumps(dict.fromkeys(OTHERS, JUDGED)), encoding="utf-8")
    monkeypatch.setattr("mmlab.classroom.tables.files", lambda package: tmp_path)
    noted = tables_of("a chapter")
    for id in OTHERS:
        exercise = exercise_of(texts_of(CHECKS[id][0]), id, noted[id])
        given = (lambda *given: len(given)) if exercise.takes else 1.0
        verdict = judged(exercise, Answer(given, exercise.takes))
        assert (verdict.status, verdict.message) == ("noted", "Noted: it is judged when you hand it in.")
        assert not verdict
        assert judged(exercise, Answer(None, exercise.takes)).status == "not attempted"
    with pytest.raises(Noted):
        noted[OTHERS[0]](Answer(1.0, ()))


def numbers_in(table: Any) -> list[float]:
    """All numbers that somebody reads in a table, in its sentences as well."""
    if isinstance(table, str):
        return [float(found) for found in re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", table.replace(",", ""))]
    if isinstance(table, dict):
        return [number for key, one in table.items() if key != "sealed" for number in numbers_in(one)]
    if isinstance(table, list):
        return [number for one in table for number in numbers_in(one)]
    return [float(table)] if isinstance(table, float | int) else []


def look_ups(id: str) -> Iterator[Any]:
    """What somebody hands in who has no idea but the student's edition: its numbers, and tables of them."""
    table = table_of(id)
    known = [(numbers_in(case["arguments"]), decode(case["right"], list)) for case in table["cases"]]
    if not EXERCISES[id].takes:
        yield from (np.full(np.shape(known[0][1]), number) for number in (np.nan, *numbers_in(table)))
        yield known[0][1]
        return

    def apart(one: list[float], other: list[float]) -> float:
        both = list(zip_longest(one, other, fillvalue=0.0))
        return sum(abs(x - y) / (abs(x) + abs(y) + 1e-12) for x, y in both)

    def nearest(*case: Any) -> Any:
        numbers = numbers_in([encode(one, list) for one in case])
        return min(known, key=lambda one: apart(one[0], numbers))[1]

    turn = iter(known * 20)
    yield from (nearest, lambda *_: next(turn)[1])
    yield known[0][1]


@pytest.mark.parametrize("id", FORMULAS)
def test_who_looks_an_answer_up_in_the_students_edition_gets_half_of_it_at_most(id: str) -> None:
    process: Any = SimpleNamespace(allow=lambda seconds: None)
    for seed in range(3):
        for given in look_ups(id):
            points, verdict = score(process, graded(id), given, seed, "")
            assert points <= 0.5, (given, verdict.message)
    if EXERCISES[id].or_value:
        assert points == 0.5
        assert "a function of" in verdict.message


@pytest.mark.parametrize("id", FORMULAS)
def test_who_is_right_gets_all_of_it(id: str) -> None:
    process, one = SimpleNamespace(allow=lambda seconds: None), CHECKS[id][1]
    for seed in range(3):
        given = one.right if EXERCISES[id].takes else one.right()
        assert score(process, graded(id), given, seed, "")[0] == 1.0  # type: ignore[arg-type]


def test_a_contest_has_the_same_seeds_in_class_and_with_otter(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[Any]()

    def lost(answer: Answer) -> str:
        raise NotYet("lost")

    def of_the_book(package: str, id: str, by: int | None) -> Exercise:
        asked.append((package, by))
        return replace(EXERCISES[id], check=lost)

    process: Any = SimpleNamespace(allow=lambda seconds: None)
    known = {"cases": {}, "package": "mmbook.ch02", "seed": 7}
    monkeypatch.setattr(hidden, "book_exercise", of_the_book)
    monkeypatch.setattr(hidden, "_hidden", lambda: known)
    for id in ("beat-the-model", *hidden.AS_IN_THE_BOOK):
        given = len if EXERCISES[id].takes else 1.0
        assert score(process, EXERCISES[id], given, 7, "02")[0] == 0
        with pytest.raises(AssertionError, match="lost"):
            hidden.judge(id, given)
        seeds = [("mmbook.ch02", by) for by in ([None] if id in hidden.AS_IN_THE_BOOK else [7, 8])]
        assert asked == seeds * 2
        asked.clear()


def test_who_wins_at_one_of_the_two_seeds_has_won_and_the_books_numbers_stay() -> None:
    process: Any = SimpleNamespace(allow=lambda seconds: None)
    draws = [np.random.default_rng(seed).random() for seed in (1, 2)]

    def model(mid_price: float, inventory: float, time_left: float) -> Any:
        return Quotes.at(mid_price - 0.02 * inventory - 0.66, mid_price - 0.02 * inventory + 0.66)

    assert score(process, EXERCISES["beat-the-model"], model, 7, "02")[0] == 1
    assert draws == [np.random.default_rng(seed).random() for seed in (1, 2)]
