"""A panel as SVG in two layers, of which only what changed is rewritten and sent.

matplotlib draws the figure once. What will change is lifted out of the drawing into a transparent layer over it, cut
at the `d="…"` of its lines and patches. A move rewrites those pieces alone, from the artists as they are now, which
is a small part of a draw. It rewrites Line2D without drawstyle or markers and PathPatch of straight lines.
"""

import io
import re
import uuid
from collections.abc import Iterable, Mapping
from contextlib import ExitStack

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
        What will change, by a word each.
    label_id : str
        The id of the element that says what the plot shows, for screen readers.
    """

    def __init__(self, figure: Figure, artists: Mapping[str, Moved], label_id: str):
        width, height = figure.bbox.width, figure.bbox.height
        salt = f"mmlab-{uuid.uuid4().hex[:12]}"
        for name, artist in artists.items():
            artist.set_gid(f"{salt}-{name}")
        # The browser's own letters: it lacks matplotlib's, and looks for them at every text.
        drawn = themed(_drawn(figure, artists.values())).replace("'DejaVu Sans', ", "")
        # In one page with others: every id is this plot's own, and no style goes beyond it.
        drawn = re.sub(r'(\bid="|href="#|url\(#)(?!mmlab-)', rf"\g<1>{salt}-", drawn)
        drawn = drawn.replace("*{", f"#{salt} *{{", 1)
        # The upper layer has no style of its own; what matplotlib's says of all elements, it inherits from its root.
        view = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
        view += ' style="stroke-linejoin:round;stroke-linecap:butt"'
        self._changing: list[str | Moved] = [f'<svg {view} aria-hidden="true">']

        def lift(group: re.Match[str]) -> str:
            self._changing.extend([group[1], artists[group[2]], group[3]])
            return ""

        group = rf'(<g id="{salt}-({"|".join(artists)})">\s*<path d=")[^"]*("[^>]*>\s*</g>)'
        drawn = re.sub(group, lift, drawn)
        named = f'id="{salt}" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" aria-labelledby="{label_id}"'
        self._still, self._height = f"<svg {view} {named}>{drawn}</svg>", height

    def render(self) -> tuple[str, str]:
        """The layer that never changes, and the one over it as it is now."""
        parts = (part if isinstance(part, str) else _path_data(part, self._height) for part in self._changing)
        return self._still, "".join(parts) + "</svg>"


def _drawn(figure: Figure, artists: Iterable[Moved]) -> str:
    """What matplotlib draws, without its root; it writes no element for an empty path, so each gets a line for now."""
    buffer = io.StringIO()
    with style(PANEL), ExitStack() as undo:
        for artist in artists:
            assert artist.axes is not None
            # In the artist's own coordinates: a cursor's y is a share of the panel, whatever the panel's prices are.
            diagonal = artist.get_transform().inverted().transform(artist.axes.bbox.get_points())
            if isinstance(artist, PathPatch):
                undo.callback(artist.set_path, artist.get_path())
                artist.set_path(Path(diagonal))
            else:
                undo.callback(artist.set_data, *artist.get_data())  # type: ignore[arg-type]
                artist.set_data(*diagonal.T)
        # Not savefig, which would draw it twice.
        FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})  # type: ignore[no-untyped-call]
    return re.sub(r"\A.*<svg[^>]*>|<metadata>.*?</metadata>|</svg>\s*", "", buffer.getvalue(), flags=re.DOTALL)


def _path_data(artist: Moved, height: float) -> str:
    """SVG path data in points, y downwards, one decimal; NaN breaks a line."""
    clean = artist.get_transform().transform_path(artist.get_path()).cleaned(remove_nans=True)
    codes = np.asarray(clean.codes)[:-1]  # the last one says that it ends
    # A far point would cost digits and may upset the browser's rasteriser; the clip path hides it anyway.
    xy = np.clip(np.asarray(clean.vertices)[:-1], -9999.0, 9999.0)
    xy[:, 1] = height - xy[:, 1]
    closes = codes == Path.CLOSEPOLY
    words = np.where(closes, "z", np.where(codes == Path.MOVETO, "M%.1f %.1f", "L%.1f %.1f"))
    return "".join(words.tolist()) % tuple(xy[~closes].ravel().tolist())
