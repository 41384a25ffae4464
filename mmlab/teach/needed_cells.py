"""Which cells of a notebook some others need: found by the names that each binds, changes in place and uses."""

import ast
import symtable
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_FIRM = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
"""Statements after which a name that they bind is bound in any case."""


class Names(NamedTuple):
    """Of a cell's code: what it binds, what it changes in place, and what it uses that it has not bound before."""

    binds: set[str]
    changes: set[str]
    uses: set[str]


def needed_cells(cells: Sequence[str], ends: Iterable[int]) -> list[int]:
    """The numbers of the cells at some ends and of all that these need of what ran before, in the order of running."""
    names = [_names(source) for source in cells]
    left, found = {(end, end) for end in ends}, set[tuple[int, int]]()
    while left:
        cell, end = place = left.pop()
        found.add(place)
        for before in {cell, end}:  # what runs at once, and what a function looks up when it is called
            for name in names[cell].uses:
                bound = max((n for n in range(before) if name in names[n].binds), default=before)
                left |= {(n, end) for n in range(bound, before) if n == bound or name in names[n].changes} - found
    return sorted({cell for cell, _ in found})


def _names(source: str) -> Names:
    names = Names(set(), set(), set())
    try:
        tree = ast.parse(source)
        match tree.body:
            case [ast.Expr(ast.Call(ast.Attribute(attr="run_cell_magic"), [_, _, ast.Constant(str(inner))]))]:
                return _names(inner)
        bound = set[str]()
        for statement in tree.body:
            binds, uses = _of_statement(statement)
            names.binds.update(binds)
            names.uses.update(uses - bound)
            bound |= binds if isinstance(statement, _FIRM) else set()
    except (SyntaxError, ValueError):
        return names
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(ctx=ast.Store() | ast.Del()) | ast.Subscript(ctx=ast.Store() | ast.Del()):
                names.changes.add(_root(node))
            case ast.Expr(ast.Call(ast.Attribute() as method)):
                names.changes.add(_root(method))
    return names


def _of_statement(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """What a statement binds, and what it uses, in its functions too."""
    top = symtable.symtable(ast.unparse(statement), "cell", "exec")
    binds = {each.get_name() for each in top.get_symbols() if each.is_assigned() or each.is_imported()}
    uses = {each.get_name() for each in top.get_symbols() if each.is_referenced()}
    inside = top.get_children()
    for table in inside:
        inside += table.get_children()
        uses |= {each.get_name() for each in table.get_symbols() if each.is_global()}
    return binds, uses - binds if isinstance(statement, ast.FunctionDef | ast.ClassDef) else uses


def _root(node: ast.AST) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""
