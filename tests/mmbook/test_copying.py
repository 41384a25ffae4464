"""No exercise of a lesson is solved by what stands above it: its stub, lines, functions, numbers, an answer.

Each chapter is run as a reader runs it, but for its explorers; at each exercise all that is there is handed in.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mmlab.teach import check, predict
from mmlab.teach.exercises import EXERCISES
from tests.mmbook.test_lessons import LESSONS, code_cells, exercises_of, text_of

NOT_RUN = re.compile(r"^(\w+Explorer|predict|first_guesses)\(", re.MULTILINE)
NUMBER = re.compile(r"(?<![\w.])[-−]?\d+(?:\.\d+)?")
LINES_OF = 8
"""So many cells above an exercise, whose expressions are handed in."""


class Stand(NamedTuple):
    """What is there when a reader comes to an exercise."""

    names: Mapping[str, Any]
    lines: tuple[CodeType, ...]
    stub: Any


def stands_of(name: str) -> dict[str, Stand]:
    """By the exercise's id; kept by nobody, for all that a chapter leaves is 100 MB."""
    names: dict[str, Any] = {}
    stands, cells = {}, [re.sub(r"^:tags:.*\n+", "", cell) for cell in code_cells(name)]
    for n, cell in enumerate(cells):
        if NOT_RUN.search(cell):
            continue
        if found := re.search(r'check\("([^"]+)", (\w+)\)', cell):
            with_stub = dict(names)
            exec(cell.replace(found[0], ""), with_stub)
            lines = [line for above in cells[max(0, n - LINES_OF) : n] for line in expressions(above)]
            stands[found[1]] = Stand(dict(names), tuple(lines), with_stub[found[2]])
        else:
            exec(cell, names)
            plt.close("all")
    return stands


def expressions(cell: str) -> Iterator[CodeType]:
    """Each expression of a cell that computes something from names, but for calls that are not NumPy's."""
    for node in ast.walk(ast.parse(cell)):
        calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
        of_numpy = (isinstance(one.func, ast.Attribute) and getattr(one.func.value, "id", "") == "np" for one in calls)
        is_value = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
        if isinstance(node, ast.BinOp | ast.Tuple | ast.Call) and is_value and all(of_numpy):
            yield compile(ast.Expression(node), "<a line above>", "eval")


def as_function(line: CodeType, names: Mapping[str, Any], takes: tuple[str, ...]) -> Callable[..., Any]:
    """A line above as an answer: its letters are the exercise's arguments where they have the same name."""
    return lambda *given: eval(line, {**names, **dict(zip(takes, given, strict=True))})


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)


def handed_in(stand: Stand, takes: tuple[str, ...]) -> Iterator[Any]:
    """The stub, and all that stands above."""
    yield from (..., stand.stub)
    values = [value for name, value in stand.names.items() if not name.startswith("__")]
    if takes:
        for function in (value for value in values if isinstance(value, FunctionType)):
            yield function
            if set(inspect.signature(function).parameters) == set(takes):
                yield lambda *given, f=function: f(**dict(zip(takes, given, strict=True)))
        yield from (as_function(line, stand.names, takes) for line in stand.lines)
    numbers = [value for value in values if is_number(value) or isinstance(value, np.ndarray | tuple | list)]
    yield from numbers
    if takes:
        yield from ((lambda *given, x=x: x) for x in numbers)


def copied(id: str, stand: Stand) -> list[Any]:
    """What stands above an exercise and solves it."""
    return [answer for answer in handed_in(stand, tuple(EXERCISES[id].takes)) if check(id, answer)]


@pytest.mark.parametrize("name", LESSONS)
def test_nothing_that_stands_above_an_exercise_is_its_answer(name: str) -> None:
    stands = stands_of(name)
    assert sorted(stands) == exercises_of(name)
    assert not {id: answers for id, stand in stands.items() if (answers := copied(id, stand))}


def test_what_stands_above_would_be_noticed() -> None:
    def above(k: float) -> float:
        return 2 / k

    def of_others(fill_decay: float, time_step: float, depth: float, arrival_rate: float) -> float:
        return np.minimum(1.0, arrival_rate * np.exp(-fill_decay * depth) * time_step)

    for names in ({"above": above}, {"number": 4 / 3}):
        assert copied("neutral-spread", Stand(names, (), None))
    assert copied("neutral-spread", Stand({}, tuple(expressions("spread = 2 / k, 0")), None))
    assert copied("fill-probability", Stand({"of_others": of_others}, (), None))
    assert not copied("neutral-spread", Stand({"number": 1.0}, tuple(expressions("spread = k / 2")), None))


@pytest.mark.parametrize("name", LESSONS)
def test_no_number_of_a_predictions_answer_is_an_answer(name: str) -> None:
    numbers: set[float] = set()
    for id in re.findall(r'predict\("([^"]+)"', text_of(name)):
        question = predict(id)
        words = question.commit(question.question.right).answer
        numbers |= {float(number.replace("−", "-")) for number in NUMBER.findall(words)}
    assert len(numbers) > 3
    for id in exercises_of(name):
        takes = EXERCISES[id].takes
        answers = [x if not takes else (lambda *given, x=x: x) for x in numbers]
        assert not [answer for answer in answers if check(id, answer)], id
