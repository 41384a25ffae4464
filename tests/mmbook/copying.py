"""What stands above an exercise, handed in as its answer: by a notebook's own kernel, after the cell that checks it.

conftest.py adds an item to nbval's after each such cell, so that a chapter is run once for both. A kernel reads this
file by its path, and has imported most of what it needs.
"""

from __future__ import annotations

import ast
import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import IPython
import numpy as np

from mmlab.teach import check, exercises

if TYPE_CHECKING:
    import pytest

CHECKS = re.compile(r'check\("([^"]+)", (\w+)\)')
LINES_OF = 8
"""So many cells above an exercise, whose expressions are handed in."""


class Stand(NamedTuple):
    """What is there when a reader comes to an exercise."""

    names: Mapping[str, Any]
    lines: tuple[CodeType, ...]
    stub: Any


def with_looks(items: Sequence[pytest.Item]) -> Iterator[pytest.Item]:
    """Yield all items, and after each chapter's cell that checks an exercise one that looks above it."""
    for item in items:
        yield item
        if item.path.suffix == ".ipynb" and item.path.parent.name == "notebooks":
            cells = [cell.source for cell in item.parent.nb.cells if cell.cell_type == "code"]
            if one := looks(cells).get(item.cell_num):
                cell = type(item.cell)(item.cell, source=one[1], outputs=[], execution_count=None)
                name, options = f"{item.name}, above {one[0]}", defaultdict(bool)
                yield item.from_parent(item.parent, name=name, cell_num=item.cell_num, cell=cell, options=options)


def looks(cells: Sequence[str]) -> dict[int, tuple[str, str]]:
    """By the number of each cell that checks an exercise: its id, and what the kernel then runs."""
    return {
        n: (found[1], f"__import__('runpy').run_path({__file__!r})['look']({found.groups()}, {cells[:n][-LINES_OF:]})")
        for n, cell in enumerate(cells)
        if (found := CHECKS.search(cell))
    }


def look(exercise: tuple[str, str], above: Sequence[str]) -> None:
    """Raise if what a reader's kernel or the cells above hold solves an exercise, of this id and stub."""
    names, verdicts, (id, stub) = IPython.get_ipython().user_ns, exercises.verdicts(), exercise
    own = {name: value for name, value in names.items() if not name.startswith("_") and name not in ("In", "Out")}
    answers = copied(id, Stand(own, tuple(line for cell in above for line in expressions(cell)), names[stub]))
    exercises._verdicts.clear()  # a chapter's own cells say them
    exercises._verdicts.update(verdicts)
    assert not answers, f"{id} is solved by what stands above it: {answers}"


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
    values = list(stand.names.values())
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
    return [answer for answer in handed_in(stand, tuple(exercises.EXERCISES[id].takes)) if check(id, answer)]
