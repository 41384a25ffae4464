"""The parameter contract: each parameter is declared once, and that declaration does all the work.

Here live `Parameter` (symbol, unit, hard bounds, scale, source), `parameter()` which makes one a dataclass field,
`validated` which makes a class of such fields check itself, and the table a notebook shows. Slider *ranges* do not live
here (they belong to a preset), nor do unit conversions (`mmlab.units`) or what arrays need (`mmlab.arrays`).
"""

from __future__ import annotations

import dataclasses
import functools
import inspect
import math
import operator
from collections.abc import Callable
from typing import Any, Literal, TypeVar, dataclass_transform, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import ParameterError as ParameterError
from mmlab.arguments import array_of, explained
from mmlab.arrays import LARGEST, all_of
from mmlab.arrays import BoolArray as BoolArray
from mmlab.arrays import FloatArray as FloatArray
from mmlab.frozen import changed, frozen
from mmlab.table import Table

Class = TypeVar("Class", bound=type[Any])


class Noted(float):
    """A number with a note on what it holds, which its repr and the parameter table say: 3.9 (with …)."""

    note: str

    def __new__(cls, value: float, note: str = "") -> Noted:
        """The number `value`, in everything but how it is shown."""
        made = super().__new__(cls, value)
        made.note = note
        return made

    def __repr__(self) -> str:
        return f"{float(self)!r} ({self.note})"


@frozen
class Parameter:
    """What one number means: its symbol and unit, which values it may have, and where it comes from."""

    symbol: str
    """As the papers write it ("γ")."""
    unit: str
    """In terms of price, time and clips ("price/√time")."""
    description: str
    """One line that a student understands."""
    above: float = -np.inf
    at_least: float = -np.inf
    below: float = np.inf
    at_most: float = np.inf
    integer: bool = False
    per_side: bool = False
    """Whether a pair, for (buy, sell) market orders, may stand for the one number."""
    scale: Literal["linear", "log"] = "linear"
    """How a slider runs through its range."""
    source: str = ""
    """Paper, section or equation."""
    name: str = ""
    """The field's name."""

    @property
    def label(self) -> str:
        """The name and symbol as a sentence uses them: ``risk_aversion (γ)``."""
        return f"{self.name} ({self.symbol})" if self.name != self.symbol else self.name

    @property
    def heading(self) -> str:
        """The symbol and the name, as a slider's label has them, from which front ends take markup: ``qₘₐₓ limit``."""
        return f"{self.symbol.replace('_max', 'ₘₐₓ').replace('_min', 'ₘᵢₙ')} {self.name.replace('_', ' ')}"

    @functools.cached_property
    def _bounds(self) -> list[tuple[str, Callable[[Any, float], Any], float]]:
        """The bounds that there are: in words, what a value within it is to it, and the bound."""
        lowest, highest = ("at least", operator.ge, self.at_least), ("at most", operator.le, self.at_most)
        if self.above >= self.at_least:
            lowest = ("above", operator.gt, self.above)
        if self.below <= self.at_most:
            highest = ("below", operator.lt, self.below)
        return [bound for bound in (lowest, highest) if math.isfinite(bound[2])]

    @property
    def allowed(self) -> str:
        """The allowed values in words."""
        bounds = " and ".join(f"{words} {bound:g}" for words, _, bound in self._bounds)
        return f"{'a whole' if self.integer else 'a finite'} number {bounds}".strip()

    def check(self, value: Any) -> Any:
        """Return `value` as a float (an int if `integer`; a pair of equal sides is one), or say why it is none."""
        number = self.check_array(value)
        if self.per_side and number.shape == (2,):
            buy, sell = (self.check(side) for side in number)
            return buy if buy == sell else (buy, sell)
        if number.ndim != 0:
            raise ParameterError(f"{self.label} must be one number; got an array of shape {number.shape}.")
        if self.above == 0 and number < 1 / LARGEST:  # what is above 0 divides
            raise ParameterError(f"{self.label} must be {self.allowed}, by {1 / LARGEST:g} or more; got {number:g}.")
        return int(number) if self.integer else value if isinstance(value, Noted) else float(number)

    def check_array(self, values: ArrayLike | float) -> FloatArray:
        """Return `values` as a float64 array of their shape, or raise a ParameterError that names the first misfit."""
        if isinstance(values, float) and not self.integer:  # most that is checked at each step is one
            inside = [keeps(values, bound) for _, keeps, bound in self._bounds]
            if abs(values) <= LARGEST and all(inside):
                return np.asarray(values)
        if (given := array_of(values)) is None:
            raise ParameterError(f"{self.label} must be {self.allowed} [{self.unit}]; got {values!r:.100}.")
        x: FloatArray = given.astype(np.float64, copy=False)
        fits = np.absolute(x) <= LARGEST
        for _, keeps, bound in self._bounds:
            fits = fits & keeps(x, bound)
        if self.integer:
            fits = fits & (x == np.floor(x))
        if not all_of(fits):
            misfit = x[~fits].ravel()[0]
            most = f", up to {LARGEST:g} in size" if np.isfinite(misfit) and abs(misfit) > LARGEST else ""
            raise ParameterError(f"{self.label} must be {self.allowed}{most} [{self.unit}]; got {misfit:g}.")
        return x


def parameter(*declared: Any, default: Any = dataclasses.MISSING, **details: Any) -> Any:
    """Declare a dataclass field that carries a `Parameter`.

    Parameters
    ----------
    *declared : Parameter, or str
        A quantity of `mmlab.vocabulary`, to declare as it is or with other `details` (a source, a tighter bound); or
        symbol, unit and description, as a `Parameter` takes them.
    default
        The field's default, if it has one. None makes the parameter optional.
    **details
        The `Parameter`'s own arguments.
    """
    known = declared and isinstance(declared[0], Parameter)
    spec = dataclasses.replace(*declared, **details) if known else Parameter(*declared, **details)
    return dataclasses.field(default=default, metadata={"parameter": spec})


def check_number(name: str, value: Any, unit: str, **bounds: float) -> float:
    """Return `value` as a float within `bounds` (above, at_least, …), or say why it is none."""
    return float(Parameter(name=name, symbol=name, unit=unit, description="", **bounds).check(value))  # type: ignore[arg-type]


def sides(value: float | tuple[float, float]) -> FloatArray:
    """The (buy, sell) pair of a parameter per side, shape (2,)."""
    return np.broadcast_to(np.asarray(value, dtype=np.float64), (2,))


def parameters_of(thing: Any) -> dict[str, Parameter]:
    """The declared parameters of a class (or of an instance of it), by name, in their order."""
    fields = dataclasses.fields(thing) if dataclasses.is_dataclass(thing) else ()
    specs = {field.name: field.metadata["parameter"] for field in fields if "parameter" in field.metadata}
    return {name: changed(spec, name=name) for name, spec in specs.items()}


def check_order(thing: Any, name: str, bound: str) -> None:
    """Refuse two numbers of a thing of which the first, seen from 0, is beyond the second; one may be None."""
    number, most, specs = getattr(thing, name), getattr(thing, bound), parameters_of(thing)
    if number is not None and most is not None and abs(number) > abs(most):
        first, second = (f"{specs[key].label} {value:g}" for key, value in ((name, number), (bound, most)))
        raise ParameterError(f"{first} is beyond {second} [{specs[name].unit}]; it comes first.")


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(parameter, dataclasses.field))
def validated(cls: Class) -> Class:
    """Make `cls` a frozen, keyword-only dataclass that checks its parameters and its Literal fields when it is made.

    A `__post_init__` of the class itself runs after the single fields are checked: it is the place for what two of
    them must satisfy together. The declarations also write the *Parameters* part of the docstring.
    """
    cross_check = cls.__dict__.get("__post_init__", lambda self: None)

    def __post_init__(self: Any) -> None:
        for name, spec in specs.items():
            value = getattr(self, name)
            if value is not None or fields[name].default is not None:
                object.__setattr__(self, name, spec.check(value))
        for name, allowed in choices().items():
            if not isinstance(getattr(self, name), str) or getattr(self, name) not in allowed:
                *first, last = map(repr, allowed)
                raise ParameterError(f"{name} must be {', '.join(first)} or {last}; got {getattr(self, name)!r:.100}.")
        cross_check(self)

    cls.__post_init__ = __post_init__
    made: Any = explained(frozen(kw_only=True)(cls))
    fields = {field.name: field for field in dataclasses.fields(made)}
    specs = parameters_of(made)

    @functools.cache
    def choices() -> dict[str, tuple[Any, ...]]:
        hints = get_type_hints(made)  # slow: not before the first is made
        return {name: get_args(hints[name]) for name in fields if get_origin(hints[name]) is Literal}

    labels = {name: specs[name].label if name in specs else name for name in fields}
    takes = ", ".join(labels.values())
    dataclass_init = made.__init__

    @functools.wraps(dataclass_init)
    def __init__(self: Any, *positional: Any, **given: Any) -> None:
        if positional:
            raise ParameterError(f"{made.__name__} takes its parameters by name: {takes}.")
        for name in set(given) - set(fields):
            raise ParameterError(f"{made.__name__} has no parameter {name!r}.{_nearest(name, specs)} It takes {takes}.")
        if needs := [n for n, f in fields.items() if n not in given and f.default is f.default_factory]:
            raise ParameterError(f"{made.__name__} also needs {', '.join(labels[name] for name in needs)}.")
        dataclass_init(self, **given)

    made.__init__ = __init__
    made.__doc__ = f"{inspect.cleandoc(made.__doc__ or '')}\n\nParameters\n----------"
    for name, spec in specs.items():
        kind = "int" if spec.integer else "float or (buy, sell) pair" if spec.per_side else "float"
        made.__doc__ += f"\n{name} : {kind}\n    {spec.symbol} [{spec.unit}]: {spec.description}"
    return made  # type: ignore[no-any-return]


def _nearest(given: str, specs: dict[str, Parameter]) -> str:
    """A hint for a reader who types `gamma`, or mistypes a name."""
    import difflib
    import unicodedata

    spoken = {unicodedata.name(spec.symbol[0], "").split()[-1].lower(): name for name, spec in specs.items()}
    spoken |= {name: name for name in specs}
    near = difflib.get_close_matches(given.lower(), list(spoken), n=1)
    return f" Did you mean {specs[spoken[near[0]]].label}?" if near else ""


@explained
def parameter_table(*things: object) -> Table:
    """The parameters of some classes or instances (these with their values), as the table that a notebook shows."""
    rows: dict[str, tuple[str, ...]] = {}
    for thing in things:
        for name, spec in parameters_of(thing).items():
            given = None if isinstance(thing, type) else getattr(thing, name)
            value = "" if given is None else " / ".join(f"{x:.6g}" for x in np.ravel(given))
            meaning = f"{spec.description} Here {given.note}." if isinstance(given, Noted) else spec.description
            rows[name] = (spec.symbol, name, value, spec.unit, meaning, spec.source)
    head = ("symbol", "name", "value", "unit", "meaning", "source")
    keep = [i for i in range(len(head)) if any(row[i] for row in rows.values())]
    return Table(tuple(head[i] for i in keep), tuple(tuple(row[i] for i in keep) for row in rows.values()))


def check_count(name: str, value: object, at_least: int = 1) -> int:
    """Return `value` as an int that counts something, or say why it is none: not of an integer type, or too small."""
    try:
        count = -1 if isinstance(value, bool | np.bool_) else operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        count = -1
    if count < at_least:
        raise ParameterError(f"{name} must be a whole number of at least {at_least}; got {value!r:.100}.")
    return count
