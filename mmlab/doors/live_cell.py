"""Which of a notebook's cells shows an explorer, and the lines that open that explorer by itself, in another kernel."""

from __future__ import annotations

import ast
from collections.abc import Iterable


def _parsed(source: str) -> ast.Module:
    """A cell as a tree; a line for IPython alone (%matplotlib, !ls) is none of Python's, and nothing is shown by it."""
    return ast.parse("\n".join("" if line.startswith(("%", "!")) else line for line in source.splitlines()))


def _constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def _constants(call: ast.Call) -> list[str]:
    """The arguments of a call that are constants; of those by place all or none."""
    by_place = [ast.unparse(value) for value in call.args] if all(map(_constant, call.args)) else []
    named = {word.arg: word.value for word in call.keywords if word.arg and _constant(word.value)}
    return by_place + [f"{name}={ast.unparse(value)}" for name, value in named.items()]


def _moves(node: ast.stmt, variable: str) -> bool:
    """Whether a line moves the explorer by numbers and words alone: `explorer.choose("a calm day")`."""
    call = node.value if isinstance(node, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return False
    own = isinstance(call.func.value, ast.Name) and call.func.value.id == variable
    return own and len(_constants(call)) == len(call.args) + len(call.keywords)


def _home(name: str, cells: Iterable[str]) -> str:
    """The module from which one of the cells imports a name, "" if none does."""
    for cell in cells:
        for node in ast.walk(_parsed(cell)):
            if isinstance(node, ast.ImportFrom) and name in {alias.asname or alias.name for alias in node.names}:
                return node.module or ""
    return ""


def explorer_in(source: str, cells: Iterable[str], package: str = "mmbook") -> str | None:
    """The lines that open the explorer which a cell shows, where the cell has put it, or None if it shows none.

    An explorer is a class of the book that is called in a cell's last line: `AvellanedaStoikovExplorer()`,
    `mmbook.ch02.AvellanedaStoikovExplorer()`, or a name to which such a call was assigned; it may have been moved.
    Arguments that are constants stay; those that come from the notebook's earlier cells are left to their defaults.

    Parameters
    ----------
    source : str
        The cell's code.
    cells : iterable of str
        The notebook's code cells, whose imports say where the class is from.
    package : str
        The package whose classes count.
    """
    body = _parsed(source).body
    if not body or not isinstance(body[-1], ast.Expr):
        return None
    shown, variable = body[-1].value, ""
    if isinstance(shown, ast.Name):
        variable = shown.id
        assigned = [node for node in body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == variable]
        shown = assigned[-1].value if assigned else shown
    if not isinstance(shown, ast.Call):
        return None
    module, _, name = ast.unparse(shown.func).rpartition(".")
    if not name[:1].isupper():
        return None
    module = module or _home(name, cells)
    if module.partition(".")[0] != package:
        return None
    call = f"{name}({', '.join(_constants(shown))})"
    moves = [ast.unparse(node) for node in body if _moves(node, variable)]
    return f"from {module} import {name}\n" + ("\n".join([f"{variable} = {call}", *moves, variable]) if moves else call)
