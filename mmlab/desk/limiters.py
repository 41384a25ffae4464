"""What a limiter is to a desk: what it is shown, and what is taken for its answer; a reader's own passes here too."""

from __future__ import annotations

import math
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mmlab.arrays import LARGEST, all_of, floats
from mmlab.desk.permission import Permission
from mmlab.frozen import changed, frozen
from mmlab.parameters import BoolArray, FloatArray, ParameterError

_PER_PATH = ("mid_price", "inventory", "cash", "volatility")
_TAKES = {"start": "(view)", "step": "(state, view)", "flatten": "(state, view)"}


@frozen(eq=False)
class DeskView:
    """What a limiter sees of a desk and its market, for one market (numbers) or many paths (arrays).

    Parameters
    ----------
    time : float
        [time]
    mid_price, inventory, cash : array_like, kept as arrays of shape (n_paths,)
        [price], NaN where there is none; [clips] and [price · clip].
    volatility : array_like, likewise
        [price/√time] as measured, or as the desk expects it; NaN where nobody says. As a limiter starts it is what the
        desk expects.
    """

    time: float
    mid_price: FloatArray
    inventory: FloatArray = 0.0  # type: ignore[assignment]
    cash: FloatArray = 0.0  # type: ignore[assignment]
    volatility: FloatArray = math.nan  # type: ignore[assignment]

    def __post_init__(self) -> None:
        given = [getattr(self, name) for name in _PER_PATH]
        shape = np.shape(self.mid_price)
        if len(shape) == 1 and all([type(x) is np.ndarray and x.shape == shape and x.dtype == float for x in given]):
            return
        columns = [floats(column) for column in given]
        n_paths = max(column.size for column in columns)
        for name, column in zip(_PER_PATH, columns, strict=True):
            if column.shape not in ((), (1,), (n_paths,)):
                raise ParameterError(f"DeskView: {name} must be a number or one for each path; got {column.shape}.")
            object.__setattr__(self, name, np.broadcast_to(column, (n_paths,)))

    @classmethod
    def unchecked(cls, **columns: Any) -> DeskView:
        """The same of a desk's own columns, each of shape (n_paths,)."""
        view = object.__new__(cls)
        view.__dict__.update(columns)
        return view

    def __getattr__(self, name: str) -> Any:
        there = ", ".join(["time", *_PER_PATH, "equity", "n_paths"])
        raise AttributeError(f"A limit is shown {there}; there is no {name!r}.")

    @property
    def n_paths(self) -> int:
        """How many markets these are."""
        return len(self.mid_price)

    @property
    def equity(self) -> FloatArray:
        """Cash + inventory × mid [price · clip], shape (n_paths,)."""
        with np.errstate(over="ignore", invalid="ignore"):  # what is no number is for the limit to see
            return self.cash + self.inventory * self.mid_price


class Limiter(Protocol):
    """Whatever may forbid a desk's quotes: a class of mmlab's, or a reader's own.

    One that gives up inventory at a halt also has ``flatten(state, view) -> (sold, cost)``: the clips given up,
    positive where sold, and what that costs against the mid [price · clip], each a number or of shape (n_paths,). It is
    called at each step in which the desk is halted somewhere, after the quotes were cancelled. `view.inventory` is then
    what no order that still works can unwind: no more can be given up, and nothing where the path is not halted or has
    no mid. Where `flatten` is None, or absent, a halt holds the inventory. One whose `unwinds` is true is asked at each
    step, halted or not: see `Unwinder`.
    """

    def start(self, view: DeskView) -> Any:
        """The state before the first step, which begins with this view."""

    def step(self, state: Any, view: DeskView) -> tuple[Any, Permission]:
        """The state after a look at the view, and what may be quoted: numbers, or arrays of shape (n_paths,)."""


def call(limit: Any, method: str, *arguments: Any) -> Any:
    """What a limiter's method returns, which must take what it is given."""
    try:
        return getattr(limit, method)(*arguments)
    except TypeError as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is not None:
            raise  # from within the method
        name = type(limit).__name__
        raise ParameterError(f"Desk: {name}.{method} must take {_TAKES[method]}: {error}.") from None


def check_limiter(limit: Any, volatility: float | None) -> None:
    """Refuse what is no limiter, or one that cannot start with what the desk expects of the volatility [price/√time].

    It is started once, on one flat path, for what it lacks to be missed before anything is quoted.
    """
    if isinstance(limit, type) or not all(callable(getattr(limit, method, None)) for method in ("start", "step")):
        raise ParameterError(f"Desk: a limit must have start(view) and step(state, view); got {limit!r}.")
    if not (getattr(limit, "flatten", None) is None or callable(limit.flatten)):
        raise ParameterError(f"Desk: flatten must be a method, flatten(state, view), or None; got {limit.flatten!r}.")
    expected = np.full(1, np.nan if volatility is None else volatility)
    call(limit, "start", DeskView(0.0, np.ones(1), volatility=expected))


def flatten_all(
    limits: tuple[Any, ...], states: tuple[Any, ...], view: DeskView, halted: BoolArray, working: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Inventory, cash and cost after the limiters have given up what they give up on the paths that are halted.

    What the orders that still work, shape (2, n_paths), would unwind is left to them until they are gone: if they
    filled after all, the inventory would change its sign.
    """
    q, cash, cost = view.inventory, view.cash, np.zeros(view.n_paths)
    for limit, state in zip(limits, states, strict=True):
        if getattr(limit, "flatten", None) is not None:
            excess = np.maximum(q - working[1], 0.0) - np.maximum(-q - working[0], 0.0)
            may = halted | bool(getattr(limit, "unwinds", False))
            sold, paid = _flatten(limit, state, changed(view, inventory=excess, cash=cash), may)
            received = np.where(sold == 0, 0.0, view.mid_price) * sold
            q, cash, cost = q - sold, cash + received - paid, cost + paid
    return q, cash, cost


def tell_all(limits: tuple[Any, ...], states: tuple[Any, ...] | None, method: str, news: Any) -> Any:
    """The states after those limiters that have such a method have heard the news; None before the first step."""
    if states is None:
        return None
    pairs = zip(limits, states, strict=True)
    return tuple(getattr(limit, method)(state, news) if hasattr(limit, method) else state for limit, state in pairs)


def step_of(limit: Any, state: Any, view: DeskView) -> tuple[Any, Permission]:
    """What a limiter's step returns, if it is a state and a Permission for these paths."""
    if type(limit).__module__.startswith("mmlab.desk."):  # no reader's
        return limit.step(state, view)  # type: ignore[no-any-return]
    answer, shape, kind = call(limit, "step", state, view), view.mid_price.shape, type(limit).__name__
    if not (isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], Permission)):
        raise ParameterError(f"Desk: {kind}.step must return (state, Permission); it returned {answer!r:.80}.")
    for name, column in vars(answer[1]).items():
        if getattr(column, "shape", ()) not in ((), shape):
            raise ParameterError(f"Desk: the {name} that {kind} permits has shape {column.shape}; it must be {shape}.")
    return answer


def _flatten(limit: Any, state: Any, view: DeskView, halted: BoolArray) -> tuple[FloatArray, FloatArray]:
    """What a limiter gives up at a halt [clips] and its cost [price · clip], if both are what they can be."""
    answer, name, there = call(limit, "flatten", state, view), type(limit).__name__, view.inventory
    try:
        sold, cost = (np.broadcast_to(floats(column), there.shape) for column in answer)
    except (TypeError, ValueError):
        must = f"must return (sold, cost), each of shape {there.shape}"
        raise ParameterError(f"Desk: {name}.flatten {must}; it returned {answer!r:.80}.") from None
    may = halted & np.isfinite(view.mid_price)
    possible: NDArray[np.bool_] = (sold == 0) | (may & (sold * there > 0) & (np.abs(sold) <= np.abs(there)))
    if not all_of(possible):
        n = np.flatnonzero(~possible)[0]
        rule = f"part or all of {there[n]:g} clips" if may[n] else "nothing but on a halted path with a known mid"
        raise ParameterError(f"Desk: {name}.flatten may give up {rule}; it gives up {sold[n]:g}.")
    if not all_of(np.abs(cost) <= LARGEST):
        raise ParameterError(f"Desk: {name}.flatten must say what it costs; got {cost[~(np.abs(cost) <= LARGEST)][0]}.")
    return sold, cost
