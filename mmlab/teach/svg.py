"""A panel as SVG in two layers, of which only what changed is rewritten and sent.

matplotlib draws the figure once. What will change is lifted out of the drawing into a transparent layer over it, cut
at the `d="…"` of its lines and patches. A move rewrites those pieces alone, from the artists as they are now, which
is a small part of a draw. It rewrites Line2D without drawstyle or markers and PathPatch of straight lines.
"""

import io
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from mmlab.teach.style import PANEL, style
from mmlab.teach.theme import themed

Moved = Line2D | PathPatch


class SvgTemplate:
    """The figure's SVG: a still layer, and over it one with the artists that change.

    Parameters
    ----------
    figure : Figure
        At 72 dpi, its layout settled; it must not change size while the template lives.
    artists : mapping of str to Line2D or PathPatch
        What will change.
    label_id : str
        The id of the element that says what the plot shows, for screen readers.
    """

    def __init__(self, figure: Figure, artists: Mapping[str, Moved], label_id: str):
        width, height = figure.bbox.width, figure.bbox.height
        salt = f"mmlab-{uuid.uuid4().hex[:12]}"
        for name, artist in artists.items():
            artist.set_gid(f"{salt}-{name}")
        buffer = io.StringIO()
        with style(PANEL), _placeholders(artists):
            # Not savefig, which would draw it twice.
            FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})  # type: ignore[no-untyped-call]
        drawn = buffer.getvalue()
        drawn = drawn[re.search(r"<svg[^>]*>", drawn).end() : drawn.rindex("</svg>")]  # type: ignore[union-attr]
        drawn = re.sub(r"<metadata>.*?</metadata>", "", drawn, flags=re.DOTALL)
        # The browser's own letters: it lacks matplotlib's, and looks for them at every text.
        drawn = themed(drawn).replace("'DejaVu Sans', ", "")
        # In one page with others: every id is this plot's own, and no style goes beyond it.
        drawn = re.sub(r'(\bid="|href="#|url\(#)(?!mmlab-)', rf"\g<1>{salt}-", drawn)
        drawn = drawn.replace("*{", f"#{salt} *{{", 1)
        # The upper layer has no style of its own; what matplotlib's says of all elements, it inherits from its root.
        view = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        view += ' style="stroke-linejoin:round;stroke-linecap:butt"'

        self._changing: list[str | _Slot] = [f'<svg {view} aria-hidden="true">']
        for name, artist in sorted(artists.items(), key=lambda named: drawn.index(f'id="{salt}-{named[0]}"')):
            group, drawn = _lift(drawn, f"{salt}-{name}")
            before, after = _cut(group, name)
            self._changing += [before, _Slot(artist, height), after]
        self._changing.append("</svg>")
        named = f'id="{salt}" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" aria-labelledby="{label_id}"'
        self._still = f"<svg {view} {named}>{drawn}</svg>"

    def render(self) -> tuple[str, str]:
        """The layer that never changes, and the one over it as it is now."""
        return self._still, "".join(map(str, self._changing))


class _Slot:
    """The path data of an artist, written again only when the artist has changed."""

    def __init__(self, artist: Moved, height: float):
        self._artist, self._height = artist, height
        self._vertices: np.ndarray[Any, Any] | None = None
        self._written = ""

    def __str__(self) -> str:
        path = self._artist.get_path()
        vertices = np.asarray(path.vertices)
        if self._vertices is None or not np.array_equal(vertices, self._vertices, equal_nan=True):
            self._vertices, self._written = vertices.copy(), _path_data(path, self._artist, self._height)
        return self._written


@contextmanager
def _placeholders(artists: Mapping[str, Moved]) -> Iterator[None]:
    """Something to draw in every artist: matplotlib writes no element for an empty path."""
    undo: list[Callable[[], object]] = []
    for artist in artists.values():
        assert artist.axes is not None
        # In the artist's own coordinates: a cursor's y is a share of the panel, whatever the panel's prices are.
        diagonal = artist.get_transform().inverted().transform(artist.axes.bbox.get_points())
        if isinstance(artist, PathPatch):
            undo.append(partial(artist.set_path, artist.get_path()))
            artist.set_path(Path(diagonal))
        else:
            undo.append(partial(artist.set_data, *artist.get_data()))
            artist.set_data(*diagonal.T)
    try:
        yield
    finally:
        for put_back in undo:
            put_back()


def _lift(drawn: str, gid: str) -> tuple[str, str]:
    """The group with this id, and the drawing without it."""
    start = drawn.rindex("<g ", 0, drawn.index(f'id="{gid}"') + 1)
    end = drawn.index("</g>", start) + len("</g>")
    return drawn[start:end], drawn[:start] + drawn[end:]


def _cut(group: str, name: str) -> tuple[str, str]:
    """What stands before and after the path data of a group."""
    slot = re.search(r'<path d="([^"]*)"', group)
    if slot is None:
        raise ValueError(f"the artist {name!r} left nothing in the SVG that could be rewritten")
    return group[: slot.start(1)], group[slot.end(1) :]


def _path_data(path: Path, artist: Moved, height: float) -> str:
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
