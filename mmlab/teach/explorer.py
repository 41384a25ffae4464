"""The explorer engine. An explorer is written once: sliders, presets, stages, what each panel shows, a readout.

What the engine adds: presets, reset, buttons, the code that reproduces the state, a picture that says when it is old,
errors as sentences, and a static picture where there is no kernel. No market making is known here.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar, Self

from mmlab.parameters import Parameter, ParameterError
from mmlab.table import minus
from mmlab.teach.control import Control, Ends, check_values, stand
from mmlab.teach.panel import Panel, together
from mmlab.teach.screen import Screen
from mmlab.teach.stages import Stage, Stages, shown_code
from mmlab.teach.style import DRAWING, bundle
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
    Its `words` are the readout, or the sentence that says what is wrong, as plain text.
    """

    title: ClassVar[str]
    sliders: ClassVar[Mapping[Parameter, Ends]]
    specs: ClassVar[Mapping[str, Parameter]]
    presets: ClassVar[Mapping[str, Mapping[str, Any]]]
    stages: ClassVar[Sequence[Stage]] = ()
    prints: ClassVar[str] = ""
    also: ClassVar[Mapping[str, Any]] = {}
    moves: ClassVar[Mapping[str, Move]] = {}
    sections: ClassVar[Mapping[str, Sequence[str]]] = {}
    player: ClassVar[str] = ""
    cells: Sequence[Any] = ()
    made_of: tuple[tuple[Any, ...], dict[str, Any]]
    tasks: ClassVar[Mapping[str, Callable[[Any], bool]]] = {}

    def __init_subclass__(cls) -> None:
        """Refuse a class whose presets or stages could not work when a reader meets them."""
        super().__init_subclass__()
        cls.specs = {spec.name: spec for spec in getattr(cls, "sliders", {})}
        if "presets" in cls.__dict__:
            for name, preset in cls.presets.items():
                stand(cls, name, preset)
        if cls.stages and "stages" in cls.__dict__:
            shown_code(cls.stages, {name: "0" for name in [*cls.specs, *cls.also]}, cls.prints)

    def __new__(cls, *given: Any, **named: Any) -> Self:
        """Note what it is made of, which the lines that share it repeat."""
        made = super().__new__(cls)
        made.made_of = given, named
        return made

    def __init__(self, **also: Any) -> None:
        self._also = self._given = {**self.also, **also}
        self._stages = Stages(self.stages)
        self._last: tuple[dict[str, Any], Any, str] | None = None
        self.panels = [Panel() for _ in range(len(inspect.signature(self.show).parameters) - 1)]
        self.controls = {name: Control(spec, self._moved) for name, spec in self.specs.items()}
        self.screen = screen = Screen(self)
        self.widget = screen.widget
        screen.preset.observe(lambda _: self.reset(), names="value")
        screen.reset.on_click(lambda _: self.reset())
        screen.show_code.observe(lambda _: screen.write(self), names="value")
        for words, move in self.moves.items():
            screen.buttons[words].on_click(lambda _, move=move: self._press(move))
        self.reset()

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

    @property
    def values(self) -> dict[str, Any]:
        """Where the controls stand, and the values without one."""
        return {**{name: control.value for name, control in self.controls.items()}, **self._also}

    @property
    def svg(self) -> str:
        """The plot as it was last sent, all panels."""
        return "".join(layer.value for layers in self.screen.layers for layer in layers)

    @property
    def preset(self) -> str:
        """The name of the preset that is chosen."""
        return str(self.screen.preset.value)

    def set(self, **values: Any) -> None:
        """Move several controls at once, to any value in their ranges: for a lesson that wants a certain state.

        Raises
        ------
        ParameterError
            If a name is not one of the explorer's, or a value is not allowed or beyond its slider.
        """
        check_values(type(self), self.ends, self._also, values)
        self._put(values)
        self._moved()

    def choose(self, preset: str) -> None:
        """Go to a preset, as its menu does.

        Raises
        ------
        ParameterError
            If there is none of this name.
        """
        if preset not in self.presets:
            raise ParameterError(f"{self.title} has no preset {preset!r}; it has {', '.join(self.presets)}.")
        if preset == self.preset:
            self.reset()
        else:
            self.screen.preset.value = preset

    def reset(self) -> None:
        """Put every control back to the preset's values and ranges."""
        ends, also = stand(type(self), self.preset, self.presets[self.preset])
        self.ends = {name: (low, high) for name, (low, high, _) in ends.items()}
        for name, three in ends.items():
            self.controls[name].put(*three)
        self._also = {**self._given, **also}
        self.at_rest, self._anew = self.values, True
        self._moved()

    def lecture(self, panel: int | None = None) -> Self:
        """Show one panel large, counted from 1, for a room; without a number, all of them again."""
        self.screen.lecture(panel)
        return self

    def without_kernel(self) -> "Explorer":
        """What moves by sliders alone in its place, on a page that nobody computes."""
        return self

    def _put(self, values: Mapping[str, Any]) -> None:
        for name in values.keys() & self.controls.keys():
            self.controls[name].go(values[name])
        self._also = {**self._also, **{name: value for name, value in values.items() if name not in self.controls}}

    def _moved(self) -> None:
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
            words, layers = self._worded(state), self._draw(state)
        except Exception as error:  # a reader moved a slider: they get a sentence, never a traceback
            self._wrong(f"⚠ {failure(error)}")
            return
        self._say("status", words, layers)
        self._last, self._anew = (values, state, words), False
        self.screen.write(self)

    def _worded(self, state: Any) -> str:
        tasks = (f" {'✔ Done' if done(state) else 'Task'}: {task}" for task, done in self.tasks.items())
        return minus(self.readout(state)) + "".join(tasks)

    def _interrupted(self) -> None:
        """Sliders, picture and words go back to the last state that was whole."""
        if self._last is None or self._anew:
            self._wrong("⚠ Interrupted. Any move shows it anew.")
            return
        values, state, words = self._last
        self._put(values)
        self._say("status", words, self._draw(state))

    def _wrong(self, words: str) -> None:
        """The picture is of where the sliders were, and says so."""
        self._last = None
        self._say("alert", words)

    def _draw(self, state: Any) -> list[tuple[str, str]]:
        for panel in self.panels:
            panel.begin(self._anew)
        self.show(state, *self.panels)
        return [panel.render() for panel in self.panels]

    def _say(self, role: str, words: str, layers: Sequence[tuple[str, str]] = ()) -> None:
        self.words = words
        self.screen.say(role, words, self._anew, layers)

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
        if self._last is None:
            return live | {"text/plain": self.words}, {}
        with DRAWING:
            static, metadata = bundle(together(self.panels), self.words)
        return live | static, metadata
