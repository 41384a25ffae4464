"""Stages: the functions from which an explorer computes, and whose bodies are the code that it shows.

A stage is a plain function whose arguments are values of the explorer or results of the stages before it, and which
ends in ``return locals()``. It runs again only if its own arguments changed. What it calls, a reader has to be able to
import: `shown_code` writes the stages' bodies under the values and the imports that their module itself makes.
"""

import ast
import builtins
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

Stage = Callable[..., dict[str, Any]]


class Stages:
    """The stages of an explorer, each with what it gave last.

    Parameters
    ----------
    stages : sequence of functions
        In the order in which they run.
    """

    def __init__(self, stages: Sequence[Stage]):
        self._stages = [(stage, tuple(inspect.signature(stage).parameters)) for stage in stages]
        self._last: dict[Stage, tuple[list[Any], dict[str, Any]]] = {}

    def run(self, values: Mapping[str, Any]) -> SimpleNamespace:
        """All values and all results, by name."""
        known = dict(values)
        for stage, arguments in self._stages:
            given = [known[name] for name in arguments]
            if stage not in self._last or not all(map(_same, given, self._last[stage][0])):
                made = stage(*given)
                self._last[stage] = given, {name: made[name] for name in made if name not in arguments}
            known |= self._last[stage][1]
        return SimpleNamespace(**known)


def _same(one: Any, other: Any) -> bool:
    """Whether two arguments are the same object, or the same numbers and words."""
    return one is other or (isinstance(one, int | float | str | tuple | dict) and one == other)


def shown_code(stages: Sequence[Stage], written: Mapping[str, str], prints: str) -> str:
    """The stages as a script that prints.

    Parameters
    ----------
    stages : sequence of functions
        All of one module.
    written : mapping of str to str
        How each value is written; only those that the script names are.
    prints : str
        What the script's last line prints, names and expressions with commas between.

    Raises
    ------
    NameError
        If the script would not know a name: one that is neither a value, nor made by a stage, nor importable; or if a
        stage calls what its own module defines, for the reader is to see the desk and not a helper.
    SyntaxError
        If a stage does not end in ``return locals()``.
    """
    module = sys.modules[stages[0].__module__]
    body = "\n\n".join([*map(_body, stages), f"print({prints})"])
    used, bound = _names(body)
    given = "\n".join(f"{name} = {how}" for name, how in written.items() if name in used)
    needed = sorted((_names(given)[0] | used) - bound - {*written} - {*dir(builtins)})
    return "\n\n".join(part for part in (_imports(module, needed), given, body) if part) + "\n"


def _body(stage: Stage) -> str:
    """The lines of a stage between its docstring, which becomes a comment, and its return."""
    source = textwrap.dedent(inspect.getsource(stage))
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    says = ast.get_docstring(function)
    end = function.body[-1]
    if ast.unparse(end) != "return locals()":
        raise SyntaxError(f"the stage {function.name} must end in `return locals()`")
    first = function.body[0].end_lineno if says else function.body[0].lineno - 1
    assert first is not None
    lines = textwrap.dedent("\n".join(source.splitlines()[first : end.lineno - 1])).strip("\n")
    return f"# {says.splitlines()[0]}\n{lines}" if says else lines


def _names(text: str) -> tuple[set[str], set[str]]:
    """The names that a script uses, and those that it gives a meaning."""
    nodes = list(ast.walk(ast.parse(text)))
    names = [(node.id, isinstance(node.ctx, ast.Load)) for node in nodes if isinstance(node, ast.Name)]
    bound = {node.arg for node in nodes if isinstance(node, ast.arg)}
    bound |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    return {name for name, is_used in names if is_used}, bound | {name for name, is_used in names if not is_used}


def _imports(module: Any, names: Iterable[str]) -> str:
    """The import statements for these names: as the module has them, or from the module for a constant of its own."""
    plain, homes = [], dict[str, list[str]]()
    for name in names:
        home, alias = _written_imports(module.__name__).get(name, (module.__name__, name))
        own = getattr(module, name, None)
        if home == module.__name__ and getattr(own, "__module__", home) != home:  # what a notebook imported
            home = own.__module__
        if home == module.__name__ and (own is None or callable(own) or name.startswith("_")):
            why = "its own module defines it" if callable(own) else "nothing that could be imported is called so"
            raise NameError(f"the code shown would not know {name!r}: {why}")
        if home is None:
            plain.append(f"import {alias}")
        else:
            homes.setdefault(home, []).append(alias)
    return "\n".join(plain + [f"from {home} import {', '.join(sorted(homes[home]))}" for home in sorted(homes)])


@cache
def _written_imports(module: str) -> dict[str, tuple[str | None, str]]:
    """What a module imports at its top: name -> (home, or None for a plain import; what stands after ``import``)."""
    try:
        top = ast.parse(inspect.getsource(sys.modules[module])).body
    except (OSError, TypeError):  # a notebook is no file
        return {}
    return {
        alias.asname or alias.name: (node.module if isinstance(node, ast.ImportFrom) else None, ast.unparse(alias))
        for node in top
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
