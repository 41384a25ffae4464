"""What of an explorer is in the page: its rows of widgets, from the title to the code, and what is sent to them."""

import html
import math
import uuid
from collections.abc import Mapping, Sequence
from importlib.resources import files
from itertools import chain
from typing import Any

import ipywidgets as widgets

from mmlab.teach.control import Control
from mmlab.teach.share import share_words
from mmlab.teach.theme import INKS

_SHEET = INKS + (files(__package__) / "explorer.css").read_text(encoding="utf-8")
_BARS = 120
"""JupyterLab's own bars above and below a notebook [px]."""
_LETTERS_A_LINE = 105
"""Of the readout, where a notebook is narrowest on a laptop."""


class Screen:
    """The widgets of an explorer, in rows; what they do is the explorer's.

    JupyterLab leaves 648 px of a laptop's 768. Sliders, readout and picture fit in it: the panels get what the rest
    leaves.
    """

    def __init__(self, explorer: Any):
        controls, sections, player = explorer.controls, explorer.sections, explorer.player
        self.id, self._n_letters = f"mm-{uuid.uuid4().hex[:10]}", 0
        self.preset = widgets.Dropdown(options=[*explorer.presets], description="preset").add_class("mm-preset")
        self.reset = widgets.Button(description="Reset", tooltip="Back to the preset's values")
        self.show_code = widgets.ToggleButton(value=False, description="Show the code")
        self.buttons = {words: widgets.Button(description=words) for words in explorer.moves}
        self.words = widgets.HTML().add_class("mm-words")
        self.code = widgets.HTML(layout=widgets.Layout(display="none"))
        self.layers = [(widgets.HTML(), widgets.HTML()) for _ in explorer.panels]
        self.grid = _box("mm-panels", *(_box("mm-panel", *two) for two in self.layers), *explorer.cells)
        self._sheet = widgets.HTML(layout=widgets.Layout(display="none"))
        title = widgets.HTML(f"<b>{explorer.title}</b>")
        elsewhere = {player, *chain(*sections.values())}
        always = [control.widget for name, control in controls.items() if name not in elsewhere]
        tabs = {tab: [controls[name].widget for name in names] for tab, names in sections.items()}
        rows = {
            "head": _box("mm-row", title, self.preset, self.reset, self.show_code, self._sheet),
            "moves": _box("mm-row", *(_player(controls[player], player) if player else ()), *self.buttons.values()),
            "sliders": _box("mm-sliders", *always),
            "tabs": _box("mm-tabs", *(self._tabs(tabs) if tabs else ())),
            "words": self.words,
            "plot": self.grid,
            "code": self.code,
        }
        self.rows: dict[str, Any] = {name: row for name, row in rows.items() if getattr(row, "children", True)}
        # Two sliders stand side by side, and tabs beside theirs.
        self._n_lines = math.ceil(max([len(always), *map(len, tabs.values())]) / 2)
        self.widget = widgets.VBox().add_class("mm-screen").add_class(self.id)
        self.arrange(*self.rows)

    def arrange(self, *rows: str) -> None:
        """Show these of `rows`, from top to bottom."""
        self.widget.children = [self.rows[name] for name in rows]

    def say(self, role: str, words: str, anew: bool, layers: Sequence[tuple[str, str]]) -> None:
        """Put layers, if any, and readout or alert into the page; room is kept for the longest since a preset began."""
        for panel, layer in zip(self.layers, layers, strict=False):  # an alert has none
            panel[0].value, panel[1].value = layer  # a widget sends nothing if its value is the same
        if layers or role == "alert":
            (self.grid.remove_class if layers else self.grid.add_class)("mm-wrong")
        self.words.value = f'<div role="{role}">{html.escape(words)}</div>'
        self._n_letters = len(words) if anew else max(len(words), self._n_letters)
        self._sheet.value = self._style()

    def _style(self) -> str:
        """The style sheet, in an element; what is not picture is counted in px."""
        n_button_rows, n_panels = len(self.rows.keys() & {"moves", "people"}), len(self.grid.children)
        readout = 17 * math.ceil(self._n_letters / _LETTERS_A_LINE) + 6
        lines = math.ceil(n_panels / 2)
        rest = _BARS + 36 + 34 * n_button_rows + 28 * self._n_lines + readout + 36 * lines + 10
        # Never three columns for four panels: below 1300 px two, below 640 one; no container query is needed for it.
        least = "clamp(320px, (1300px - 100%) * 999, 50% - 8px)" if n_panels == 4 else "320px"
        return f"<style>{_SHEET}.{self.id} {{--mm-rest: {rest}px; --mm-lines: {lines}; --mm-least: {least}}}</style>"

    def write(self, explorer: Any) -> None:
        """Put an explorer's code into the page if it is asked for: each message costs a moved slider time."""
        # A kernel in a browser sends None as nothing at all: "" shows.
        self.code.layout.display = "" if self.show_code.value else "none"
        if self.show_code.value:
            self.code.value = f"<pre>{html.escape(explorer.code())}</pre>{share_words(explorer)}"

    def lecture(self, panel: int | None) -> None:
        """Show one panel large, or all."""
        for n, box in enumerate(self.grid.children, 1):
            box.layout.display = "none" if panel and n != panel else ""
        (self.widget.add_class if panel else self.widget.remove_class)("mm-lecture")

    def _tabs(self, sections: Mapping[str, Sequence[Any]]) -> tuple[Any, ...]:
        boxes = {tab: _box("mm-sliders", *sliders) for tab, sliders in sections.items()}
        self.tabs = widgets.ToggleButtons(options=list(boxes), tooltips=[f"The sliders of {tab}" for tab in boxes])

        def turn(_: Any = None) -> None:
            for tab, box in boxes.items():
                box.layout.display = "" if tab == self.tabs.value else "none"

        self.tabs.observe(turn, names="value")
        turn()
        return self.tabs, *boxes.values()


def _box(name: str, *children: Any) -> Any:
    return widgets.Box(children).add_class(name)


def _player(control: Control, name: str) -> tuple[Any, Any]:
    play = widgets.Play(min=0, interval=200, show_repeat=False, tooltip=f"Play the {name}")
    widgets.jslink((control.handle, "max"), (play, "max"))
    widgets.jslink((control.handle, "value"), (play, "value"))  # the first one gives the first value
    return play, control.widget
