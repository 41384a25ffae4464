"""A control: a labelled number box that holds the exact value, and a handle that runs through round numbers.

A handle of ipywidgets has no name, and the browser rounds what it holds. So the box is the control that a screen
reader names and that takes typing; the handle is a slider over the *positions* of round numbers, and where it stands
follows from the box. A reader has moved it exactly when the two disagree. Here is, too, where a preset puts controls.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import ipywidgets as widgets
import numpy as np

from mmlab.parameters import Parameter, ParameterError

Ends = tuple[float, float, float]
"""The lowest value, the highest, and where it starts."""


class Control:
    """The box and the handle of a parameter; `moved` is called after each change of its value."""

    def __init__(self, spec: Parameter, moved: Callable[[], None]):
        self._spec, self._moved, self._log = spec, moved, spec.scale == "log"
        kind = widgets.BoundedIntText if spec.integer else widgets.BoundedFloatText
        self.box = kind(
            description=spec.heading,
            tooltip=f"{spec.description} [{spec.unit}]",
            layout=widgets.Layout(width="auto", flex="0 0 auto"),
        ).add_class("mm-box")
        self.handle = widgets.IntSlider(readout=False, layout=widgets.Layout(width="auto", flex="1 1 5em"))
        self.widget = widgets.HBox([self.box, self.handle]).add_class("mm-control")
        self.value: float = self.box.value
        """The exact value."""
        self.box.observe(self._typed, names="value")
        self.handle.observe(self._dragged, names="value")

    def go(self, value: float) -> None:
        """Stand at a value."""
        self.value = self.box.value = int(value) if self._spec.integer else float(value)
        self.handle.value = self._position(self.value)

    def put(self, low: float, high: float, value: float) -> None:
        """Run from `low` to `high`, and stand at `value`."""
        step = 1.0 if self._spec.integer else round_step(low, high, value)
        self.stops = np.round(np.linspace(low, high, round((high - low) / step) + 1), 12)
        if self._log:
            self.stops = np.array(sorted({low, high, value, *round_numbers(low, high)}))
            step = low * 1e-6  # what an arrow key adds: next to nothing, which `_typed` takes for a key
        self.box.step = int(step) if self._spec.integer else step
        last = len(self.stops) - 1
        # Widen before narrowing: ipywidgets puts a value inside its ends, and refuses an end beyond the other one.
        self.handle.max = max(last, self.handle.max)
        self.box.min, self.box.max = min(low, self.box.min), max(high, self.box.max)
        self.go(value)
        self.handle.max, self.box.min, self.box.max = last, low, high

    def _position(self, value: float) -> int:
        scale: Callable[[Any], Any] = np.log if self._log else np.asarray
        return int(np.abs(scale(self.stops) - scale(value)).argmin())

    def _typed(self, change: Any) -> None:
        value, was = change.new, self.value
        if value == was:
            return
        if self._log and abs(value - was) < 2 * self.box.step:  # an arrow key: to the next round number
            beyond = self.stops[(self.stops - was) * (value - was) > 0]
            value = min(beyond, key=lambda stop: abs(stop - was), default=was)
        self.go(value)
        self._moved()

    def _dragged(self, _: Any) -> None:
        if self.handle.value != self._position(self.value):
            self.go(self.stops[self.handle.value])
            self._moved()


def round_numbers(low: float, high: float) -> list[float]:
    """The numbers of two digits between two bounds: some 35 a decade, evenly spread to the eye."""
    mantissas = [*range(10, 20), *range(20, 50, 2), *range(50, 100, 5)]
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    return [x for d in decades for m in mantissas if low <= (x := float(f"{m}e{d - 1}")) <= high]


def round_step(low: float, high: float, value: float) -> float:
    """The step of 1, 2 or 5 nearest to a hundredth of the range that leads from `low` to `value`."""
    ideal = (high - low) / 100
    power = math.floor(math.log10(ideal))
    steps = [float(f"{m}e{power + p}") for p in (-2, -1, 0, 1) for m in (1, 2, 5)]
    leads = [step for step in steps if math.isclose((value - low) / step, round((value - low) / step), abs_tol=1e-9)]
    return min(leads or steps[:1], key=lambda step: abs(math.log(step / ideal)))


def stand(kind: Any, name: str, preset: Mapping[str, Any]) -> tuple[dict[str, Ends], dict[str, Any]]:
    """Where a preset puts the sliders, and its values without one; refused if it names or asks what is not there."""
    ends, also = {spec.name: ends for spec, ends in kind.sliders.items()}, {}
    for key, given in preset.items():
        if key in ends:
            ends[key] = given if isinstance(given, tuple) else (*ends[key][:2], given)
        elif key in kind.also:
            also[key] = given
        else:
            raise ParameterError(f"The preset {name!r} sets {key!r}, which is neither a slider nor another value.")
    check_values(kind, ends, also, {name: start for name, (_, _, start) in ends.items()})
    return ends, also


def check_values(kind: Any, ends: Mapping[str, Any], also: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Refuse what is none of an explorer's values, nor allowed, nor between the ends of its slider."""
    for name, value in values.items():
        if name in kind.specs:
            low, high, *_ = ends[name]
            replace(kind.specs[name], at_least=low, at_most=high, per_side=False).check(value)
        elif name not in also:
            raise ParameterError(f"{kind.title} has no control {name!r}; it has {', '.join([*kind.specs, *also])}.")
