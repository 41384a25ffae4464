"""A strategy's file at its tables: run once for each, so that what it remembers of one is no other's.

A file has a function `quotes(mid_price, inventory, time_left, …)`, a class `Strategy` with that method, or a class
`Trader` with `run(state)` as public contests have it (`contest.py`). It runs in the strategy's own process; the tests
and the references of mmlab run it here. Whether what comes back are quotes is judged by `refereeing`, elsewhere.
"""

from __future__ import annotations

import ast
import inspect
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from mmlab.quotes import Quotes
from mmlab.tournament.contest import Trading, as_datamodel
from mmlab.tournament.match import STATE

MAY_IMPORT = {"mmlab", "numpy", "datamodel", *sys.stdlib_module_names}
Sheet = list[list[Any]]
"""What a strategy wants to stand in the book: a price and clips each, those of a bid above 0."""


class Tables:
    """The tables that a strategy sits at in one hour.

    Parameters
    ----------
    source, name : str
        The file's text, and what it is called in messages.
    n_tables : int
    tick : float
        [price]

    Raises
    ------
    Exception
        Whatever the file raises when it is run.
    """

    def __init__(self, source: str, name: str, n_tables: int, tick: float):
        tree = ast.parse(source, name)
        for node in ast.walk(tree):
            module = getattr(node, "module", None) if isinstance(node, ast.ImportFrom) else None
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else [module] if module else []
            if foreign := [one for one in names if one.partition(".")[0] not in MAY_IMPORT]:
                raise ImportError(f"imports {foreign[0]}; a strategy may import mmlab, numpy and what Python has")
        sys.modules.setdefault("datamodel", as_datamodel())
        code = compile(tree, name, "exec")
        spaces: list[dict[str, Any]] = [{"__name__": "strategy", "__file__": name} for _ in range(n_tables)]
        for space in spaces:
            exec(code, space)
        self.players = [
            Trading(space["Trader"](), tick).orders if "Trader" in space else _quoting(space) for space in spaces
        ]

    def quotes(self, step: int, mid: float, left: float, states: Sequence[Any]) -> list[Any]:
        """What stands at each table from this step on: a `Sheet`, or a sentence; None where the state is None."""
        return [None if state is None else self._quotes(n, step, mid, left, state) for n, state in enumerate(states)]

    def _quotes(self, n: int, *known: Any) -> Sheet | str:
        try:
            return self.players[n](*known)
        except Exception as error:
            own = [line for frame, line in traceback.walk_tb(error.__traceback__) if _is_own(frame.f_globals)]
            return f"{type(error).__name__}: {error}"[:300] + (f" (line {own[-1]})" if own else "")


def _is_own(names: dict[str, Any]) -> bool:
    """Whether these are the global names of a strategy's file."""
    return names.get("__name__") == "strategy"


def _quoting(space: dict[str, Any]) -> Callable[[int, float, float, Any], Sheet]:
    """What asks a file's function, with those arguments that it takes."""
    quotes = space["Strategy"]().quotes if "Strategy" in space else space.get("quotes")
    if not callable(quotes):
        raise TypeError("has no function quotes(mid_price, inventory, time_left), no Strategy and no Trader")
    names = inspect.signature(quotes).parameters
    everything = any(one.kind is one.VAR_KEYWORD for one in names.values())
    takes = [(n, name) for n, name in enumerate(STATE) if n and (everything or name in names)]

    def orders(_: int, mid: float, left: float, state: Any) -> Sheet:
        known, _others = state
        return _sheet(quotes(mid, known[0], left, **{name: known[n] for n, name in takes}))

    return orders


def _sheet(quoted: Any) -> Sheet:
    """Quotes, or a bid and an ask with their sizes if they have any, as the orders that they are; NaN is no order."""
    if isinstance(quoted, Quotes):
        quoted = quoted.bid_price, quoted.ask_price, quoted.bid_size, quoted.ask_size
    if not isinstance(quoted, tuple | list) or len(quoted) not in (2, 3, 4):
        raise TypeError(f"quotes returned {repr(quoted)[:60]}, which is no Quotes and no bid and ask")
    bid, ask, *sizes = [float(one) for one in quoted]
    bid_size, ask_size = (sizes * 2)[:2] if sizes else (1.0, 1.0)
    if bid_size < 0 or ask_size < 0:
        raise ValueError(f"a bid of {bid_size:g} clips, an ask of {ask_size:g}")
    sides = ((bid, bid_size, 1), (ask, ask_size, -1))
    return [[price, side * size] for price, size, side in sides if price == price or size != size]
