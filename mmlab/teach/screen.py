"""What of an explorer is in the page: its rows of widgets, from the title to the code, and what is sent to them."""

import html
import math
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import ipywidgets as widgets

from mmlab.teach.control import Control
from mmlab.teach.share import share_words
from mmlab.teach.sheet import sheet_of


class Screen:
    """The widgets of an explorer, in rows.

    Parameters
    ----------
    title : str
        The first row's first words.
    presets : sequence of str
        The menu.
    controls : mapping of str to Control
        By name.
    n_panels : int
        How many panels the plot has.
    cells : sequence of widgets
        What stands beside the panels.
    buttons : sequence of str
        Their words.
    sections : mapping of str to sequence of str
        Tabs, and the names of their controls; the others always show.
    player : str
        The control that a player moves, or "".
    """

    def __init__(
        self,
        title: str,
        presets: Sequence[str],
        controls: Mapping[str, Control],
        n_panels: int,
        cells: Sequence[Any] = (),
        buttons: Sequence[str] = (),
        sections: Mapping[str, Sequence[str]] | None = None,
        player: str = "",
    ):
        self.id, self._n_letters = f"mm-{uuid.uuid4().hex[:10]}", 0
        self.preset = widgets.Dropdown(options=presets, description="preset").add_class("mm-preset")
        self.reset = widgets.Button(description="Reset", tooltip="Back to the preset's values")
        self.show_code = widgets.ToggleButton(value=False, description="Show the code")
        self.buttons = {words: widgets.Button(description=words) for words in buttons}
        self.words = widgets.HTML().add_class("mm-words")
        self.code = widgets.HTML(layout=widgets.Layout(display="none"))
        self.layers = [(widgets.HTML(), widgets.HTML()) for _ in range(n_panels)]
        self.grid = _box("mm-panels", *(_box("mm-panel", *two) for two in self.layers), *cells)
        self._sheet = widgets.HTML(layout=widgets.Layout(display="none"))
        head = _box("mm-row", widgets.HTML(f"<b>{title}</b>"), self.preset, self.reset, self.show_code, self._sheet)
        in_tabs = {name for names in (sections or {}).values() for name in names} | {player}
        always = [control.widget for name, control in controls.items() if name not in in_tabs]
        moves = [*(_player(controls[player], player) if player else ()), *self.buttons.values()]
        self.rows: dict[str, Any] = {"head": head}
        if moves:
            self.rows["moves"] = _box("mm-row", *moves)
        if always:
            self.rows["sliders"] = _box("mm-sliders", *always)
        if sections:
            self.rows["tabs"] = self._tabs({tab: [controls[n].widget for n in sections[tab]] for tab in sections})
        self.rows |= {"words": self.words, "plot": self.grid, "code": self.code}
        # Two sliders stand side by side, and tabs beside theirs.
        self._n_lines = math.ceil(max([len(always), *map(len, (sections or {}).values())]) / 2)
        self.widget = widgets.VBox().add_class("mm-screen").add_class(self.id)
        self.arrange(*self.rows)

    def arrange(self, *rows: str) -> None:
        """Show these of `rows`, from top to bottom."""
        self.widget.children = [self.rows[name] for name in rows]

    def send(self, layers: Sequence[tuple[str, str]]) -> None:
        """Put each panel's layers into the page: a widget sends nothing if its value is the same."""
        for widget, layer in zip(self.layers, layers, strict=True):
            widget[0].value, widget[1].value = layer
        self.grid.remove_class("mm-wrong")

    def say(self, role: str, words: str, anew: bool, layers: Sequence[tuple[str, str]]) -> None:
        """Put layers, if any, and readout or alert into the page; room is kept for the longest since a preset began."""
        if layers:
            self.send(layers)
        if role == "alert":
            self.grid.add_class("mm-wrong")
        self.words.value = f'<div role="{role}">{html.escape(words)}</div>'
        self._n_letters = len(words) if anew else max(len(words), self._n_letters)
        room = self._n_letters, len(self.grid.children)
        n_button_rows = len(self.rows.keys() & {"moves", "people"})
        self._sheet.value = sheet_of(self.id, self._n_lines, n_button_rows, *room)

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

    def _tabs(self, sections: Mapping[str, Sequence[Any]]) -> Any:
        boxes = {tab: _box("mm-sliders", *sliders) for tab, sliders in sections.items()}
        self.tabs = widgets.ToggleButtons(options=list(boxes), tooltips=[f"The sliders of {tab}" for tab in boxes])

        def turn(_: Any = None) -> None:
            for tab, box in boxes.items():
                box.layout.display = "" if tab == self.tabs.value else "none"

        self.tabs.observe(turn, names="value")
        turn()
        return _box("mm-tabs", self.tabs, *boxes.values())


def _box(name: str, *children: Any) -> Any:
    return widgets.Box(children).add_class(name)


def _player(control: Control, name: str) -> tuple[Any, Any]:
    play = widgets.Play(min=0, interval=200, show_repeat=False, tooltip=f"Play the {name}")
    widgets.jslink((control.handle, "max"), (play, "max"))
    widgets.jslink((control.handle, "value"), (play, "value"))  # the first one gives the first value
    return play, control.widget
