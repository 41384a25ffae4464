"""The explorer engine. An explorer is written once: sliders, presets, stages, what each panel shows, a readout.

What the engine adds: controls made from parameters, presets, reset, buttons and tabs, the code that reproduces the
state, a picture that says when it is old, errors as sentences, a static picture where there is no kernel, and a layout
that fits a laptop. No market making is known here.
"""

from __future__ import annotations

import html
import inspect
import math
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, ClassVar

import ipywidgets as widgets
from PIL import Image

from mmlab.parameters import Parameter, ParameterError
from mmlab.teach.control import Control, Ends
from mmlab.teach.panel import Panel
from mmlab.teach.screen import sheet
from mmlab.teach.stages import Stage, Stages, shown_code
from mmlab.teach.style import DRAWING, bundle, encoded
from mmlab.teach.words import failure

Move = Callable[[Any], Mapping[str, Any]]


class Explorer:
    """Base of all explorers; show one by making it a cell's last line.

    A subclass declares

    sliders : mapping of Parameter to (lowest, highest, start)
    presets : mapping of a name to what differs in it from the start: a number, or (lowest, highest, start); the first
        is where it starts
    stages : functions whose arguments are values or earlier results, each ending in ``return locals()``; the code that
        is shown is their bodies
    prints : what the shown code prints at its end
    also : values without a slider, which presets and moves may change
    moves : mapping of a button's words to a function of the state that returns the values which change
    sections : mapping of a tab's words to the names of its sliders; the others always show
    player : the name of a slider over whole numbers from 0 that a player moves
    cells : widgets of its own, which stand in the grid after the panels
    tasks : mapping of a task in words to a function of the state that says whether it is done

    and has `show(state, *panels)` and `readout(state)`. The state has every value and every result as an attribute.
    """

    title: ClassVar[str]
    sliders: ClassVar[Mapping[Parameter, Ends]]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]]
    stages: ClassVar[Sequence[Stage]] = ()
    prints: ClassVar[str] = ""
    also: ClassVar[Mapping[str, Any]] = {}
    moves: ClassVar[Mapping[str, Move]] = {}
    sections: ClassVar[Mapping[str, Sequence[str]]] = {}
    player: ClassVar[str] = ""
    cells: Sequence[Any] = ()
    tasks: ClassVar[Mapping[str, Callable[[Any], bool]]] = {}

    def __init_subclass__(cls) -> None:
        """Refuse a class whose presets or stages could not work when a reader meets them."""
        super().__init_subclass__()
        if "presets" in cls.__dict__:
            for name, preset in cls.presets.items():
                _stand(cls, name, preset)
        if cls.stages and "stages" in cls.__dict__:
            shown_code(cls.stages, {name: "0" for name in [*_specs(cls), *cls.also]}, cls.prints)

    def __init__(self, **also: Any) -> None:
        self._also = self._given = {**self.also, **also}
        self._stages = Stages(self.stages)
        self._setting, self._readout, self._n_letters = True, "", 0
        self._last: tuple[dict[str, Any], Any, str] | None = None
        n_panels = len(inspect.signature(self.show).parameters) - 1
        self.panels = [Panel() for _ in range(n_panels)]
        self.controls = {name: Control(spec, self._moved) for name, spec in _specs(type(self)).items()}
        self._preset = widgets.Dropdown(options=list(self.presets), description="preset").add_class("mm-preset")
        self._reset = widgets.Button(description="Reset", tooltip="Back to the preset's values")
        self._show_code = widgets.ToggleButton(value=False, description="Show the code")
        self.buttons = {words: widgets.Button(description=words) for words in self.moves}
        self._words = widgets.HTML().add_class("mm-words")
        self._code = widgets.HTML(layout=widgets.Layout(display="none"))
        self._sheet = widgets.HTML(layout=widgets.Layout(display="none"))
        self._layers = [[widgets.HTML(), widgets.HTML()] for _ in self.panels]
        boxes = [widgets.Box(two).add_class("mm-panel") for two in self._layers]
        self._grid = widgets.Box([*boxes, *self.cells]).add_class("mm-panels")
        title = widgets.HTML(f"<b>{self.title}</b>")
        head = widgets.HBox([title, self._preset, self._reset, self._show_code, self._sheet]).add_class("mm-row")
        self.rows: dict[str, Any] = {
            "head": head,
            **({"moves": self._buttons()} if self.moves or self.player else {}),
            "sliders": self._sliders(),
            "words": self._words,
            "plot": self._grid,
            "code": self._code,
        }
        self.id = f"mm-{uuid.uuid4().hex[:10]}"
        self.widget = widgets.VBox().add_class("mm-screen").add_class(self.id)
        self.arrange(*self.rows)
        self._preset.observe(lambda _: self.reset(), names="value")
        self._reset.on_click(lambda _: self.reset())
        self._show_code.observe(self._toggle_code, names="value")
        self.reset()

    # ---- what an explorer says

    def show(self, *state_and_panels: Any, **_: Any) -> None:
        """Say what is on each panel in the state: ``show(self, s, quotes, …)`` has the panels that it names."""
        raise NotImplementedError("abstract: an explorer shows")

    def readout(self, s: Any, /) -> str:
        """The key numbers in sentences: what a reader who does not see the plot reads."""
        raise NotImplementedError("abstract: an explorer reads out")

    def answer(self, values: Mapping[str, Any]) -> SimpleNamespace:
        """The state: all values, and all that the stages make of them."""
        return self._stages.run(values)

    def written(self, name: str, value: Any) -> str:
        """How the shown code writes a value."""
        return repr(value)

    def code(self) -> str:
        """The lines of mmlab that reproduce the state."""
        written = {name: self.written(name, value) for name, value in self.values.items()}
        return shown_code(self.stages, written, self.prints)

    # ---- what a lesson does with it

    @property
    def values(self) -> dict[str, Any]:
        """Where the controls stand, and the values without one."""
        return {**{name: control.value for name, control in self.controls.items()}, **self._also}

    @property
    def words(self) -> str:
        """The readout (or the sentence that says what is wrong) as plain text."""
        return self._readout

    @property
    def svg(self) -> str:
        """The plot as it was last sent, all panels."""
        return "".join(layer.value for layers in self._layers for layer in layers)

    def set(self, **values: Any) -> None:
        """Move several controls at once, to any value in their ranges: for a lesson that wants a certain state.

        Raises
        ------
        ParameterError
            If a name is not one of the explorer's, or a value is not allowed or beyond its slider.
        """
        specs = _specs(type(self))
        for name, value in values.items():
            if name in specs:
                low, high = self.ends[name]
                replace(specs[name], at_least=low, at_most=high, per_side=False).check(value)
            elif name not in self._also:
                raise ParameterError(
                    f"{self.title} has no control {name!r}; it has {', '.join([*specs, *self._also])}."
                )
        self._put(values)
        self._moved()

    def choose(self, preset: str) -> None:
        """Choose a preset by its name, and start there."""
        self._preset.value = preset
        self.reset()

    def reset(self) -> None:
        """Put every control back to the preset's values and ranges."""
        ends, also = _stand(type(self), self._preset.value, self.presets[self._preset.value])
        self.ends = {name: (low, high) for name, (low, high, _) in ends.items()}
        with self._together():
            for name, three in ends.items():
                self.controls[name].put(*three)
        self._also = {**self._given, **also}
        self._anew = True
        self._moved()

    def lecture(self, panel: int | None = None) -> Explorer:
        """Show one panel large, counted from 1, for a room; without a number, all of them again."""
        for n, box in enumerate(self._grid.children, 1):
            box.layout.display = "none" if panel and n != panel else None
        (self.widget.add_class if panel else self.widget.remove_class)("mm-lecture")
        return self

    def arrange(self, *rows: str) -> None:
        """Show these of `rows`, from top to bottom."""
        self.widget.children = [self.rows[name] for name in rows]

    # ---- how it moves

    @contextmanager
    def _together(self) -> Iterator[None]:
        """While several controls are set, the plot waits."""
        self._setting = True
        try:
            yield
        finally:
            self._setting = False

    def _put(self, values: Mapping[str, Any]) -> None:
        with self._together():
            for name, value in values.items():
                if name in self.controls:
                    self.controls[name].value = value
        self._also = {**self._also, **{name: value for name, value in values.items() if name not in self.controls}}

    def _moved(self) -> None:
        if self._setting:
            return
        self.widget.add_class("mm-stale")  # travels at once; the style sheet waits before it greys
        try:
            with DRAWING:
                self._answer()
        except BaseException:
            with DRAWING:
                self._interrupted()
            raise
        finally:
            self.widget.remove_class("mm-stale")

    def _answer(self) -> None:
        values = self.values
        try:
            state = self.answer(values)
            words = self.readout(state) + self._judged(state)
            layers = self._draw(state)
        except Exception as error:  # a reader moved a slider: they get a sentence, never a traceback
            self._wrong(f"⚠ {failure(error)}")
            return
        self._send(layers, words)
        self._last, self._anew = (values, state, words), False
        self._write_code()

    def _interrupted(self) -> None:
        """Sliders, picture and words go back to the last state that was whole."""
        if self._last is None or self._anew:
            self._wrong("⚠ Interrupted. Any move shows it anew.")
            return
        values, state, words = self._last
        self._put(values)
        self._send(self._draw(state), words)

    def _wrong(self, words: str) -> None:
        """The picture is of where the sliders were, and says so."""
        self._last = None
        self._grid.add_class("mm-wrong")
        self._say("alert", words)

    def _draw(self, state: Any) -> list[tuple[str, str]]:
        for panel in self.panels:
            panel.begin(self._anew)
        self.show(state, *self.panels)
        return [panel.render() for panel in self.panels]

    def _send(self, layers: Sequence[tuple[str, str]], words: str) -> None:
        # A widget sends nothing if its value is the same: only the layers that changed travel.
        for widget, (still, changing) in zip(self._layers, layers, strict=True):
            widget[0].value, widget[1].value = still, changing
        self._say("status", words)
        self._grid.remove_class("mm-wrong")

    def _judged(self, state: Any) -> str:
        return "".join(f" {'✔ Done' if done(state) else 'Task'}: {task}" for task, done in self.tasks.items())

    def _say(self, role: str, words: str) -> None:
        self._readout = words
        self._words.value = f'<div role="{role}">{html.escape(words)}</div>'
        self._n_letters = len(words) if self._anew else max(len(words), self._n_letters)
        n_sliders = max(map(len, self.sections.values()), default=len(self.controls))
        n_rows = math.ceil(n_sliders / 2) if n_sliders > 3 else n_sliders
        has_moves, n_cells = bool(self.moves or self.player), len(self._grid.children)
        # The same as before, and not sent, unless the words have grown by a line.
        self._sheet.value = sheet(self.id, n_rows, has_moves, self._n_letters, n_cells)

    def _toggle_code(self, _: Any) -> None:
        self._code.layout.display = None if self._show_code.value else "none"
        self._write_code()

    def _write_code(self) -> None:
        if self._show_code.value:  # each message costs a moved slider time
            self._code.value = f"<pre>{html.escape(self.code())}</pre>"

    # ---- of what it is made

    def _sliders(self) -> Any:
        tabbed = {name for names in self.sections.values() for name in names}
        always = [control.widget for name, control in self.controls.items() if name not in tabbed | {self.player}]
        boxes = {words: widgets.Box([self.controls[n].widget for n in names]) for words, names in self.sections.items()}
        for box in boxes.values():
            box.add_class("mm-sliders")
        rows = [widgets.Box(always).add_class("mm-sliders")] if always else []
        if boxes:
            self.tabs = widgets.ToggleButtons(
                options=list(boxes), tooltips=[f"The sliders of {words}" for words in boxes]
            )

            def turn(_: Any = None) -> None:
                for words, box in boxes.items():
                    box.layout.display = None if words == self.tabs.value else "none"

            self.tabs.observe(turn, names="value")
            turn()
            rows.append(widgets.Box([self.tabs, *boxes.values()]).add_class("mm-tabs"))
        return widgets.VBox(rows)

    def _buttons(self) -> Any:
        for words, move in self.moves.items():
            self.buttons[words].on_click(lambda _, move=move: self._press(move))
        first = []
        if self.player:
            handle = self.controls[self.player].handle
            last = int(_specs_ends(type(self))[self.player][1])
            play = widgets.Play(min=0, max=last, interval=200, show_repeat=False, tooltip=f"Play the {self.player}")
            widgets.jslink((handle, "value"), (play, "value"))  # the first one gives the first value
            first = [play, self.controls[self.player].widget]
        return widgets.HBox([*first, *self.buttons.values()]).add_class("mm-row")

    def _press(self, move: Move) -> None:
        try:
            with DRAWING:
                changes = move(self.answer(self.values))
        except Exception as error:
            self._wrong(f"⚠ {failure(error)}")
        else:
            self.set(**changes)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """The live widget, and for viewers without a kernel its plot and its words."""
        live = self.widget._repr_mimebundle_()
        view = {kind: live[kind] for kind in live if kind != "text/plain"}
        if self._last is None:
            return view | {"text/plain": self._readout}, {}
        static, metadata = bundle(self._picture(), self._readout)
        return view | static, metadata

    def _picture(self) -> str:
        """All panels in one PNG, two in a row."""
        with DRAWING:
            images = [panel.image() for panel in self.panels]
        wide, high, columns = images[0].width, max(image.height for image in images), min(2, len(images))
        whole = Image.new("RGB", (columns * wide, math.ceil(len(images) / columns) * high), "white")
        for n, image in enumerate(images):
            whole.paste(image, (n % columns * wide, n // columns * high))
        return encoded(whole)


def _specs(kind: Any) -> dict[str, Parameter]:
    return {spec.name: spec for spec in kind.sliders}


def _specs_ends(kind: Any) -> dict[str, Ends]:
    return {spec.name: ends for spec, ends in kind.sliders.items()}


def _stand(kind: Any, name: str, preset: Mapping[str, Any]) -> tuple[dict[str, Ends], dict[str, Any]]:
    """Where a preset puts the sliders, and its values without one; refused if it names or asks what is not there."""
    ends, also = _specs_ends(kind), {}
    for key, given in preset.items():
        if key in ends:
            ends[key] = given if isinstance(given, tuple) else (*ends[key][:2], given)
        elif key in kind.also:
            also[key] = given
        else:
            raise ParameterError(f"The preset {name!r} sets {key!r}, which is neither a slider nor another value.")
    for spec in kind.sliders:
        low, high, start = ends[spec.name]
        replace(spec, at_least=low, at_most=high, per_side=False).check(start)
    return ends, also
