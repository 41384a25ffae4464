"""The explorer engine: sliders made from parameters, one plot whose artists are updated, a readout in words.

A new explorer is one short class: which parameters, `compute`, `draw`, `update`, `readout`, `code`. What the engine
adds: presets with slider ranges, reset, the code that reproduces the state, errors as sentences, a static plot
where there is no kernel. No market making is known here.
"""

from __future__ import annotations

import html
import math
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import ipywidgets as widgets
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmlab.parameters import Parameter, ParameterError
from mmlab.teach.style import DRAWING, bundle, png, style
from mmlab.teach.svg import SvgTemplate
from mmlab.teach.words import failure


@dataclass(frozen=True)
class Preset:
    """Where the sliders stand and how far they run.

    Parameters
    ----------
    values : mapping
        Each control's value.
    ranges : mapping
        Sliders that run differently from the explorer's own `ranges` in this preset: (lowest, highest).
    """

    values: Mapping[str, float]
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)


class Explorer:
    """Base of all explorers; show one by making it a cell's last line.

    A subclass gives `title`, `parameters` (in the order of their sliders), `ranges`, `presets` (the first is where it
    starts) and the five methods below.
    """

    title: ClassVar[str]
    parameters: ClassVar[Sequence[Parameter]]
    ranges: ClassVar[Mapping[str, tuple[float, float]]]
    presets: ClassVar[Mapping[str, Preset]]

    def compute(self, values: Mapping[str, float]) -> Any:
        """Everything the plot and the readout need, from the controls' values."""
        raise NotImplementedError("abstract: an explorer computes")

    def draw(self) -> tuple[Figure, Mapping[str, Artist]]:
        """Make the figure and name the artists that `update` changes."""
        raise NotImplementedError("abstract: an explorer draws")

    def update(self, artists: Mapping[str, Any], result: Any) -> None:
        """Give the artists the data of `result`, and axes their limits with `self.view`."""
        raise NotImplementedError("abstract: an explorer updates")

    def readout(self, result: Any) -> str:
        """The key numbers in sentences: what a reader who does not see the plot reads."""
        raise NotImplementedError("abstract: an explorer reads out")

    def code(self, values: Mapping[str, float]) -> str:
        """The lines of mmlab that reproduce the state."""
        raise NotImplementedError("abstract: an explorer shows its code")

    def __init__(self) -> None:
        self._template: SvgTemplate | None = None
        self._figure, self._artists = self.draw()
        self._preset = widgets.Dropdown(
            options=list(self.presets), description="preset", layout=widgets.Layout(width="19em")
        )
        self._reset = widgets.Button(description="Reset", tooltip="Back to the preset's values")
        self._show_code = widgets.ToggleButton(value=False, description="Show the code")
        self.controls: dict[str, Any] = {spec.name: self._slider(spec) for spec in self.parameters}
        self._label_id = f"mmlab-words-{uuid.uuid4().hex[:12]}"
        cell = widgets.Layout(grid_area="1 / 1 / 2 / 2")
        n_layers = 1 + len({artist.axes for artist in self._artists.values()})
        self._plot = widgets.GridBox([widgets.HTML(layout=cell) for _ in range(n_layers)])
        self._words = widgets.HTML()
        self._code = widgets.HTML(layout=widgets.Layout(display="none"))
        for control in self.controls.values():
            control.observe(self._moved, names="value")
        self._preset.observe(lambda _: self.reset(), names="value")
        self._reset.on_click(lambda _: self.reset())
        self._show_code.observe(self._toggle_code, names="value")
        columns = widgets.Layout(grid_template_columns="repeat(auto-fit, minmax(25em, 1fr))", width="100%")
        self.rows: dict[str, Any] = {
            "head": widgets.HBox([widgets.HTML(f"<b>{self.title}</b>"), self._preset, self._reset, self._show_code]),
            "sliders": widgets.GridBox(list(self.controls.values()), layout=columns),
            "plot": self._plot,
            "words": self._words,
            "code": self._code,
        }
        self.widget = widgets.VBox()
        self.arrange(*self.rows)
        self.reset()

    def add_buttons(self, moves: Mapping[str, Callable[[], None]]) -> None:
        """Put buttons under the title, each with what it does: for an explorer with moves beside its sliders."""
        self.buttons = {name: widgets.Button(description=name, layout=widgets.Layout(width="12em")) for name in moves}
        for name, move in moves.items():
            self.buttons[name].on_click(lambda _, move=move: move())
        self.rows["moves"] = widgets.HBox(list(self.buttons.values()))
        self.arrange("head", "sliders", "moves", "plot", "words", "code")

    def arrange(self, *rows: str) -> None:
        """Show these of `rows`, from top to bottom."""
        self.widget.children = [self.rows[name] for name in rows]

    @property
    def values(self) -> dict[str, float]:
        """Where the controls stand."""
        return {name: control.value for name, control in self.controls.items()}

    @property
    def words(self) -> str:
        """The readout (or the sentence that says what is wrong) as plain text."""
        return self._readout

    @property
    def svg(self) -> str:
        """The plot as it was last sent, all its layers."""
        return "".join(layer.value for layer in self._plot.children)

    def set(self, **values: float) -> None:
        """Move several controls at once, to any value in their ranges: for a lesson that wants a certain state.

        Raises
        ------
        ParameterError
            If a name is not one of the explorer's, or a value is not allowed or beyond its slider.
        """
        specs = {spec.name: spec for spec in self.parameters}
        for name, value in values.items():
            if name not in specs:
                raise ParameterError(f"{self.title} has no control {name!r}; it has {', '.join(specs)}.")
            low, high = self.ends[name]
            replace(specs[name], at_least=low, at_most=high).check(value)
        with self._together():
            for name, value in values.items():
                self._set_control(name, *self.ends[name], value)
        self._moved()

    def choose(self, preset: str) -> None:
        """Go to a preset, as its menu does."""
        self._preset.value = preset

    def reset(self) -> None:
        """Put every control back to the preset's values and ranges."""
        preset = self.presets[self._preset.value]
        self.ends = {name: preset.ranges.get(name, self.ranges[name]) for name in self.controls}
        with self._together():
            for name, (low, high) in self.ends.items():
                self._set_control(name, low, high, preset.values[name])
        self._template = None  # a preset has axes of its own
        self._fresh_view = True
        self._moved()

    @contextmanager
    def _together(self) -> Iterator[None]:
        """While several controls are set, the plot waits."""
        self._setting = True
        try:
            yield
        finally:
            self._setting = False

    def view(self, axes: Axes, *, x: tuple[float, float] | None = None, y: tuple[float, float] | None = None) -> None:
        """Make sure the axes show the ranges `x` and `y`.

        They are fitted once for each preset, and again only when the data leave them or shrink to a fifth: a slider
        must move the lines, not the axes, and each fit costs a full draw.
        """
        for needed, shown, put in ((x, axes.get_xlim(), axes.set_xlim), (y, axes.get_ylim(), axes.set_ylim)):
            if needed is None:
                continue
            low, high = needed if needed[0] < needed[1] else (needed[0] - 0.5, needed[1] + 0.5)
            left, shrunk = low < shown[0] or high > shown[1], high - low < (shown[1] - shown[0]) / 5
            if self._fresh_view or left or shrunk:
                room = (high - low) * (0.3 if not self._fresh_view else 0.0 if needed is x else 0.1)
                put(low - room if low else low, high + room)  # an axis that starts at 0 keeps its 0
                self._template = None

    def _slider(self, spec: Parameter) -> Any:
        common = {
            "description": f"{spec.symbol}  {spec.name.replace('_', ' ')}",
            "tooltip": f"{spec.description} [{spec.unit}]",
            "style": {"description_width": "11.5em"},
            "layout": widgets.Layout(width="98%"),
        }
        if spec.integer:
            return widgets.IntSlider(**common)
        if spec.scale == "log":
            # Not FloatLogSlider: the browser rounds its value to a power of the step, and a preset's 1.5 becomes 1.51.
            return widgets.SelectionSlider(options=[1.0], **common)
        return widgets.FloatSlider(**common)

    def _set_control(self, name: str, low: float, high: float, value: float) -> None:
        control = self.controls[name]
        if isinstance(control, widgets.SelectionSlider):
            options = sorted({low, high, value, *round_numbers(low, high)})
            control.options = [(f"{option:g}", option) for option in options]
        else:
            # Widen before narrowing: ipywidgets refuses an end beyond the other one, even for a moment.
            control.min, control.max = min(low, control.min), max(high, control.max)
            control.min, control.max = low, high
            if isinstance(control, widgets.FloatSlider):
                control.step = step = round_step(low, high, value)
                control.readout_format = f".{max(0, -math.floor(math.log10(step)))}f"
        control.value = value

    def _moved(self, _: Any = None) -> None:
        if self._setting:
            return
        try:
            with DRAWING:
                self._answer()
        except BaseException:  # an interrupt: the plot may be of the values before, or of neither
            self._readout = "⚠ Interrupted: what is shown need not belong to these values. Any move shows it anew."
            self._say("alert", self._readout)
            raise

    def _answer(self) -> None:
        try:
            result = self.compute(self.values)
            self._readout = self.readout(result)
            self.update(self._artists, result)
            if self._template is None:
                self._template = self._draw_template()
            self._fresh_view = False
            # A widget sends nothing if its value is the same: only the layers that changed travel.
            for layer, svg in zip(self._plot.children, self._template.render(), strict=True):
                layer.value = svg
            self._plot.layout.visibility = "visible"
            self._say("status", self._readout)
            self._write_code()
        except Exception as error:  # a reader moved a slider: they get a sentence, never a traceback
            self._readout = f"⚠ {failure(error)}"
            self._plot.layout.visibility = "hidden"  # it belongs to where the sliders were
            self._say("alert", self._readout)

    def _draw_template(self) -> SvgTemplate:
        if self._fresh_view:
            # The layout engine costs as much as the drawing: once for each preset, with room for longer tick labels.
            with style():
                self._figure.set_layout_engine("constrained", w_pad=0.12)
                self._figure.draw_without_rendering()
                self._figure.set_layout_engine("none")
        return SvgTemplate(self._figure, self._artists, self._label_id)

    def _say(self, role: str, words: str) -> None:
        self._words.value = f'<div id="{self._label_id}" role="{role}">{html.escape(words)}</div>'

    def _toggle_code(self, _: Any) -> None:
        self._code.layout.display = None if self._show_code.value else "none"
        self._write_code()

    def _write_code(self) -> None:
        if self._show_code.value:  # each message costs a moved slider time
            self._code.value = f"<pre>{html.escape(self.code(self.values))}</pre>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """The live widget, and for viewers without a kernel its plot and its words."""
        live = self.widget._repr_mimebundle_()
        view = {kind: live[kind] for kind in live if kind != "text/plain"}
        if self._plot.layout.visibility == "hidden":
            return view | {"text/plain": self._readout}, {}
        static, metadata = bundle(png(self._figure), self._readout)
        return view | static, metadata


def round_numbers(low: float, high: float) -> list[float]:
    """The numbers of two digits between two bounds: some 35 a decade, evenly spread to the eye."""
    mantissas = [*range(10, 20), *range(20, 50, 2), *range(50, 100, 5)]
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    return [x for d in decades for m in mantissas if low <= (x := float(f"{m}e{d - 1}")) <= high]


def round_step(low: float, high: float, value: float) -> float:
    """The step of 1, 2 or 5 nearest to a hundredth of the range that leads from `low` to `value`.

    The browser rounds a slider's value to its steps and sends it back: a preset beside them would not stay as it is.
    """
    ideal = (high - low) / 100
    power = math.floor(math.log10(ideal))
    steps = [float(f"{m}e{power + p}") for p in (-2, -1, 0, 1) for m in (1, 2, 5)]
    leads = [step for step in steps if math.isclose((value - low) / step, round((value - low) / step), abs_tol=1e-9)]
    return min(leads or steps[:1], key=lambda step: abs(math.log(step / ideal)))
