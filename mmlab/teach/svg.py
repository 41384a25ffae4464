"""A matplotlib figure as SVG text in which only what changed is rewritten.

matplotlib draws the figure once; the string is cut at the `d="…"` of each changing line or patch and at the content of
each changing text. A move rewrites those pieces alone, from the artists as they are now: about 2 ms where a draw takes
100. It rewrites Line2D without drawstyle or markers, PathPatch of straight lines, and texts that keep their place.
"""

from __future__ import annotations

import html
import io
import re
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from mmlab.teach.style import style


class SvgTemplate:
    """The figure's SVG with a slot for each changing artist.

    Parameters
    ----------
    figure : Figure
        At 72 dpi, its layout settled; it must not change size while the template lives.
    artists : mapping of str to Artist
        What will change: Line2D, PathPatch or Text.
    """

    def __init__(self, figure: Figure, artists: Mapping[str, Artist]):
        self._height = figure.bbox.height
        salt = f"mmlab-{uuid.uuid4().hex[:12]}"
        for name, artist in artists.items():
            artist.set_gid(f"{salt}-{name}")
        buffer = io.StringIO()
        with style(), _placeholders(artists):
            figure.savefig(buffer, format="svg", metadata={"Date": None})
        text = buffer.getvalue()
        text = text[text.index("<svg") :]
        text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
        # In one page with others: every id is this picture's own, and its style is for itself alone.
        text = re.sub(r'(\bid="|href="#|url\(#)(?!mmlab-)', rf"\g<1>{salt}-", text)
        text = text.replace("*{", f"#{salt} *{{", 1)
        width, height = figure.bbox.width, figure.bbox.height
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" id="{salt}" '
            f'viewBox="0 0 {width:g} {height:g}" style="width:100%;max-width:{1.25 * width:.0f}px;height:auto" '
            'role="img" aria-label="\0label\0">'
        )
        text = re.sub(r"<svg[^>]*>", head, text, count=1)
        for name, artist in artists.items():
            text = _open_slot(text, f"{salt}-{name}", name, isinstance(artist, Text))
        pieces = text.split("\0")
        self._pieces = pieces
        self._slots = [(i, None if pieces[i] == "label" else artists[pieces[i]]) for i in range(1, len(pieces), 2)]

    def render(self, label: str) -> str:
        """The picture as it is now, with `label` as what a screen reader says."""
        for i, artist in self._slots:
            if artist is None:
                self._pieces[i] = html.escape(label, quote=True)
            elif isinstance(artist, Text):
                self._pieces[i] = html.escape(artist.get_text())
            else:
                assert isinstance(artist, Line2D | PathPatch)
                self._pieces[i] = _path_data(artist.get_path(), artist, self._height)
        return "".join(self._pieces)


@contextmanager
def _placeholders(artists: Mapping[str, Artist]) -> Iterator[None]:
    """Something to draw in every artist: matplotlib writes no element for an empty path or text."""
    now: dict[str, Any] = {}
    for name, artist in artists.items():
        if isinstance(artist, Text):
            now[name] = artist.get_text()
            artist.set_text("…")
            continue
        assert isinstance(artist, Line2D | PathPatch)
        assert artist.axes is not None
        diagonal = np.column_stack([artist.axes.get_xlim(), artist.axes.get_ylim()])
        if isinstance(artist, PathPatch):
            now[name] = artist.get_path()
            artist.set_path(Path(diagonal))
        else:
            now[name] = artist.get_data()
            artist.set_data(*diagonal.T)
    try:
        yield
    finally:
        for name, artist in artists.items():
            if isinstance(artist, Text):
                artist.set_text(now[name])
            elif isinstance(artist, PathPatch):
                artist.set_path(now[name])
            elif isinstance(artist, Line2D):
                artist.set_data(*now[name])


def _open_slot(text: str, gid: str, name: str, is_text: bool) -> str:
    start = text.index(f'id="{gid}"')
    pattern = re.compile(r"(<text[^>]*>)(.*?)(</text>)" if is_text else r'(<path d=")([^"]*)(")', re.DOTALL)
    slot = pattern.search(text, start, text.index("</g>", start))
    if slot is None:
        raise ValueError(f"the artist {name!r} left nothing in the SVG that could be rewritten")
    return f"{text[: slot.start(2)]}\0{name}\0{text[slot.end(2) :]}"


def _path_data(path: Path, artist: Line2D | PathPatch, height: float) -> str:
    """SVG path data in points, y downwards, one decimal; NaN breaks a line."""
    transform = artist.get_transform()
    xy = transform.transform(np.asarray(path.vertices))
    # A far point would cost digits and may upset the browser's rasteriser; the clip path hides it anyway.
    xy = np.clip(xy, -9999.0, 9999.0)
    xy[:, 1] = height - xy[:, 1]
    there = ~np.isnan(xy).any(axis=1)
    if path.codes is None:
        starts, ends = there & ~np.concatenate([[False], there[:-1]]), np.zeros(len(xy), dtype=bool)
    else:
        codes = np.asarray(path.codes)
        starts, ends = codes == Path.MOVETO, codes == Path.CLOSEPOLY
    words = np.where(ends, "z", np.where(starts, "M%.1f %.1f", "L%.1f %.1f"))[there]
    return "".join(words.tolist()) % tuple(xy[there & ~ends].ravel().tolist())
