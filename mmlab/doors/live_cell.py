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


def explorer_in(source: str, cells: Iterable[str], package: str = "mmbook") -> str | None:
    """Two lines that open the explorer which a cell shows, or None if it shows none.

    An explorer is a class of the book that is called in a cell's last line: `AvellanedaStoikovExplorer()`,
    `mmbook.ch02.AvellanedaStoikovExplorer()`, or a name to which such a call was assigned. Arguments that are constants
    stay; those that come from the notebook's earlier cells are left to their defaults.

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
    shown = body[-1].value
    if isinstance(shown, ast.Name):
        assigned = [
            node.value
            for node in body
            if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [shown.id]
        ]
        shown = assigned[-1] if assigned else shown
    if not isinstance(shown, ast.Call):
        return None
    module, _, name = ast.unparse(shown.func).rpartition(".")
    if not name[:1].isupper():
        return None
    if not module:
        for cell in cells:
            for node in ast.walk(_parsed(cell)):
                if isinstance(node, ast.ImportFrom) and name in {alias.asname or alias.name for alias in node.names}:
                    module = node.module or ""
    if module.partition(".")[0] != package:
        return None
    constants = [ast.unparse(value) for value in shown.args if _constant(value)]
    given = constants if len(constants) == len(shown.args) else []
    given += [f"{word.arg}={ast.unparse(word.value)}" for word in shown.keywords if word.arg and _constant(word.value)]
    return f"from {module} import {name}\n{name}({', '.join(given)})"
