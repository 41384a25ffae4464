"""The file of one preset of an explorer: each slider's sweep while the others stand where the preset has them.

What lives here runs the explorer and takes its pictures apart. How the parts are coded is `sweep_file.py`.
"""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

from mmlab.doors import sweep_file

LARGEST = 250_000
"""A preset's file has at most so many bytes; where it would have more, sliders stop at fewer positions."""
_DATA = re.compile(r' d="([^"]*)"')
MOST = 31
"""At how many positions a slider stops."""


def opened(lines: str) -> Any:
    """What moves on a page in the place of the explorer that these lines open."""
    kernel: dict[str, Any] = {}
    *body, last = lines.splitlines()
    with contextlib.redirect_stdout(io.StringIO()):  # a slow one says how far it is
        exec("\n".join(body), kernel)
        return eval(last, kernel).without_kernel()


def sweeps(explorer: Any, preset: str, largest: int = LARGEST, most: int = MOST) -> bytes:
    """The file of a preset: each slider's sweep while the others stand where the preset has them."""
    from mmlab.doors.frames import frames, positions

    explorer.choose(preset)
    made = [
        _Sweep(name, values, *frames(explorer, name, values))
        for name in explorer.controls
        for values in [positions(explorer, name, most)]
    ]
    while len(file := _file(explorer, preset, made)) > largest:
        heaviest = max(made, key=_Sweep.weight)
        heaviest.thin(explorer.at_rest[heaviest.name])
    return file


class _Sweep:
    """A slider's frames, taken apart into what never changes, whole numbers and words."""

    def __init__(self, name: str, values: list[float], drawn: list[Any], needed: list[dict[str, Any]]) -> None:
        self.name, self.values, self.needed = name, values, needed
        parts = [[_taken_apart(*layer) for layer in frame.layers] for frame in drawn]
        whole = next(panels for panels in parts if panels)
        self.layers = [layer for layer, _, _ in whole]
        assert all([layer for layer, _, _ in panels] == self.layers for panels in parts if panels)
        self.words = [
            [frame.words, *(word for _, words, _ in panels for word in words)]
            for frame, panels in zip(drawn, parts, strict=True)
        ]
        self.states: list[list[list[sweep_file.Path]]] = []
        for panels in parts:  # where something is wrong the picture stays what it was
            now = [[sweep_file.parsed(d) for d in data] for _, _, data in panels or whole]
            self.states.append(now if panels or not self.states else self.states[-1])

    def thin(self, start: float) -> None:
        """Leave out every second position, but for the ends and the start."""
        last = len(self.values) - 1
        kept = [n for n in range(last + 1) if n % 2 == 0 or n == last or self.values[n] == start]
        for name in ("values", "words", "states"):
            setattr(self, name, [getattr(self, name)[n] for n in kept])

    def weight(self) -> int:
        """What its paths weigh."""
        return len(sweep_file.packed({"": self.words}, self.coded()))

    def coded(self) -> bytes:
        """All its paths."""
        return b"".join(
            sweep_file.coded(sweep_file.differences([state[panel][path] for state in self.states]))
            for panel, paths in enumerate(self.states[0])
            for path in range(len(paths))
        )


def _taken_apart(still: str, changing: str) -> tuple[tuple[str, str], list[str], list[str]]:
    """Of a panel, what a sweep never changes, without ids of this one drawing; its title and legend; its paths."""
    title, keys, drawn = re.fullmatch(
        r'<div class="mm-title"[^>]*>(.*?)</div><div class="mm-keys">(.*)</div>(<svg .*)', changing, re.DOTALL
    ).groups()  # type: ignore[union-attr]
    data = _DATA.findall(drawn)
    both = "\0".join([still, _DATA.sub(' d=""', drawn)])
    ids = dict.fromkeys(re.findall(r"mmlab-[0-9a-f]{12}(?:-\w+)?|mm-[0-9a-f]{10}", both))
    for n, name in sorted(enumerate(ids), key=lambda pair: -len(pair[1])):
        both = both.replace(name, f"§{n}")
    layer, _, moving = both.partition("\0")
    return (layer, moving), [title, keys], data


def _file(explorer: Any, preset: str, made: list[_Sweep]) -> bytes:
    layers = list(
        dict.fromkeys(layer for panel in zip(*(sweep.layers for sweep in made), strict=True) for layer in panel)
    )
    texts = list(dict.fromkeys(word for sweep in made for words in sweep.words for word in words))
    where = {text: n for n, text in enumerate(texts)}
    tabs = {name: tab for tab, names in explorer.sections.items() for name in names}
    header: dict[str, Any] = {"preset": preset, "sliders": [], "layers": layers, "texts": texts}
    octets = b""
    for sweep in made:
        spec = explorer.specs[sweep.name]
        header["sliders"].append(
            {
                "name": sweep.name,
                "label": spec.heading,
                "unit": "" if spec.unit == "1" else spec.unit,
                "about": spec.description,
                "tab": tabs.get(sweep.name, ""),
                "values": [int(value) if spec.integer else value for value in sweep.values],
                "start": sweep.values.index(explorer.at_rest[sweep.name]),
                "needed": sweep.needed,
                "layers": [layers.index(layer) for layer in sweep.layers],
                "paths": [len(paths) for paths in sweep.states[0]],
                "words": [[where[word] for word in words] for words in sweep.words],
                "at": len(octets),
            }
        )
        octets += sweep.coded()
    return sweep_file.packed(header, octets)
