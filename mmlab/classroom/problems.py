"""What a chapter asks, as its notebook asks it, and how its notebook of solutions answers: nothing is written twice.

A problem is a cell that calls `check`, the paragraph above it, and the cell of the solutions that gives the same id.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mmlab.classroom.chapters import cells_of, notebook_of
from mmlab.parameters import ParameterError

PROMPT = re.compile(r"^\*\*(?:Exercise|Check|\d)", re.MULTILINE)
"""How a paragraph begins that asks for an answer."""
ASKS, ANSWERS = ("check",), ("right", "check")
"""What is called with an exercise's id in a chapter, and in its solutions."""


class Problem(NamedTuple):
    """An exercise: what is asked, in which cells, under which name, and how it is answered."""

    id: str
    prompt: str
    given: Sequence[str]
    stub: str
    name: str
    solutions: Sequence[str]


class Sheet(NamedTuple):
    """The problems of a chapter, its title and first cell, and what its solutions begin with: imports, and the rest."""

    title: str
    setup: str
    imports: str
    given: str
    problems: Sequence[Problem]


def sheet_of(chapter: str) -> Sheet:
    """The problems of a chapter such as "02" or "A1", in the chapter's order.

    Raises
    ------
    ParameterError
        If there is no such chapter, or something of it has no solution.
    """
    notebook = notebook_of(chapter)
    cells = cells_of(notebook)
    first, *solved = [source for is_code, source in cells_of(notebook.parent / "solutions" / notebook.name) if is_code]
    answers, problems = _answers(solved), []
    for n, (is_code, source) in enumerate(cells):
        for id, answer, lines in _calls(source, ASKS) if is_code else ():
            above = max(m for m in range(n) if not cells[m][0])
            text = cells[above][1]
            prompt = text[max((at.start() for at in PROMPT.finditer(text)), default=0) :]
            name = ast.unparse(answer)
            solutions = [_named(name, *one) for one in answers.get(id, ())]
            if not solutions:
                raise ParameterError(f"The solutions of {notebook.stem} have none of {id!r}.")
            between = [cell for _, cell in cells[above + 1 : n]]
            problems.append(Problem(id, prompt.strip(), between, _without(source, lines), name, solutions))
    nodes = [node for node in ast.parse(first).body if getattr(node, "name", "") != "right"]
    imports = [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    given_nodes = [node for node in nodes if node not in imports]
    setup = next(source for is_code, source in cells if is_code)
    title = cells[0][1].splitlines()[0].strip("# ")
    begins, given = ("\n".join(map(ast.unparse, part)) for part in (imports, given_nodes))
    return Sheet(title, setup, begins, given, problems)


def _calls(source: str, functions: Sequence[str]) -> Iterator[tuple[str, ast.expr, set[int]]]:
    """The calls of these functions with an exercise's id: it, the answer, and the lines that are not the answer's."""
    tree = ast.parse(source)
    for n, node in enumerate(tree.body):
        call = node.value if isinstance(node, ast.Expr | ast.Assign) else None
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in functions and len(call.args) == 2:
            follows = [one for one in tree.body[n + 1 :] if isinstance(one, ast.Assert) or _is_name(one, "verdict")]
            lines = {line for one in (node, *follows) for line in range(one.lineno, (one.end_lineno or 0) + 1)}
            yield ast.literal_eval(call.args[0]), call.args[1], lines


def _is_name(node: ast.stmt, name: str) -> bool:
    return isinstance(node, ast.Expr) and getattr(node.value, "id", "") == name


def _answers(cells: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """By an exercise's id the ways to answer it: code, and the expression that it makes."""
    found, before = dict[str, list[tuple[str, str]]](), dict[str, str]()
    for source in cells:
        calls = list(_calls(source, ANSWERS))
        body = _without(source, {line for *_, lines in calls for line in lines})
        needs = dict.fromkeys(before[name] for name in _names(source, ast.Load) if name in before)
        if not calls:
            before |= dict.fromkeys(_names(source, ast.Store), source)
        for id, answer, _ in calls:
            found.setdefault(id, []).append(("\n\n\n".join((*needs, body)), ast.unparse(answer)))
    return found


def _names(source: str, context: type[ast.expr_context]) -> set[str]:
    nodes = list(ast.walk(ast.parse(source)))
    names = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, context)}
    made = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return names | made if context is ast.Store else names


def _without(source: str, lines: set[int]) -> str:
    return "\n".join(line for n, line in enumerate(source.splitlines(), start=1) if n not in lines).strip()


def _named(name: str, body: str, answer: str) -> str:
    return body if answer == name else f"{body}\n\n{name} = {answer}".strip()
