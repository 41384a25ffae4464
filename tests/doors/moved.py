"""What a moving picture shows, attribute by attribute: from a site's file, from a page, from the Python engine."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from mmlab.doors import sweep_file
from mmlab.teach import Explorer


def elements(*layers: str) -> list[Any]:
    """All elements of a panel, but for those without a picture (an empty path) and the names of ids.

    What an id is used for stands in the place of its use; the numbers of a path that moves are in tenths.
    """
    root = ET.fromstring("<panel>" + "".join(layers).replace("&nbsp;", "&#160;") + "</panel>")
    ids = {f"#{one.attrib['id']}": one for one in root.iter() if "id" in one.attrib}

    def shape(one: ET.Element) -> Any:
        """An element with all that is in it."""
        inside = [shape(child) for child in one]
        tag = one.tag.rpartition("}")[2]  # a legend's svg has its namespace in a page alone
        if tag == "g" and inside == [None]:
            return None
        given = {}
        for name, value in one.attrib.items():
            value = " ".join(value.split())
            if used := re.fullmatch(r"(?:url\()?(#[^)]*)\)?", value):
                given[name] = shape(ids[used[1]])
            elif name == "d":
                if not value:
                    return None
                letters, points = (
                    sweep_file.parsed(value) if re.fullmatch(r"M-?\d[MLz\d. -]*", value) else (value, np.array([]))
                )
                given[name] = letters, points.tolist()
            elif name not in ("id", "aria-labelledby"):
                given[name] = value
        text = re.sub(r"#\S+ \*", "*", (one.text or "").strip())
        return tag, tuple(sorted(given.items(), key=lambda pair: pair[0])), text, tuple(filter(None, inside))

    return [made for child in root if (made := shape(child))]


def of_file(header: dict[str, Any], paths: Any, slider: int, position: int) -> tuple[str, list[Any]]:
    """The words, and each panel, as a site's file has them."""
    about = header["sliders"][slider]
    words, *names = [header["texts"][n] for n in about["words"][position]]
    panels = []
    for n, layer in enumerate(about["layers"] if names else []):
        still, changing = header["layers"][layer]
        cut = changing.split(' d=""')
        data = [f' d="{path[position]}"' for path in paths[slider][n]]
        changing = "".join(part for pair in zip(cut, [*data, ""], strict=True) for part in pair)
        title = f'<div class="mm-title">{names[2 * n]}</div><div class="mm-keys">{names[2 * n + 1]}</div>'
        panels.append(elements(still, title, changing))
    return words, panels


def of_engine(
    explorer: Explorer, preset: str, about: dict[str, Any], values: Iterable[float]
) -> Iterator[tuple[str, list[Any]]]:
    """The same from an explorer whose slider goes to each value in turn, on the axes of the sweep."""
    explorer.choose(preset)
    for panel, needed in zip(explorer.panels, about["needed"], strict=True):
        panel.hold()
        panel.fit({axis: tuple(ends) for axis, ends in needed.items()})
    for value in values:
        explorer.set(**{about["name"]: value})
        if explorer.words.startswith("⚠"):
            yield explorer.words, []
        else:
            yield explorer.words, [elements(still.value, changing.value) for still, changing in explorer.screen.layers]


PANEL = """panel => [...panel.children[0].children, ...panel.children[1].children].map(part =>
    new XMLSerializer().serializeToString(part).replaceAll(' xmlns="http://www.w3.org/1999/xhtml"', ''))"""


def of_page(box: Any) -> tuple[str, list[Any]]:
    """The same from a page of a browser."""
    panels = box.locator(".mm-panel")
    return box.locator(".mm-words").text_content(), [
        elements(*panels.nth(n).evaluate(PANEL)) for n in range(panels.count())
    ]
