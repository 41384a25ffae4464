"""The look of every plot: colours that colour-blind readers tell apart, each with a line style of its own."""

import base64
import html
import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

# Okabe and Ito's palette; every role differs by line style too, so that grey print still tells them apart.
BID: dict[str, Any] = {"color": "#0072B2", "linestyle": "-"}
ASK: dict[str, Any] = {"color": "#D55E00", "linestyle": (0, (5, 1.5))}
RESERVATION: dict[str, Any] = {"color": "#009E73", "linestyle": (0, (4, 1.5, 1, 1.5))}
MID: dict[str, Any] = {"color": "#444444", "linestyle": (0, (1, 1.2))}
PLAIN: dict[str, Any] = {"color": "#444444", "linestyle": "-"}
THIN: dict[str, Any] = {"color": "#999999", "linewidth": 1}
"""Where a slider stands, and zero."""
SYMMETRIC: dict[str, Any] = {"color": "#CC79A7", "linestyle": (0, (5, 1.5))}
FIRST_ORDER, INVENTORY_AVERSE, PROGRAM = BID, BID, RESERVATION
GUESS: dict[str, Any] = {"color": "#CC79A7", "linestyle": (0, (2, 1.5)), "linewidth": 2.4}
"""What a reader predicted; where symmetric quotes stand in the same plot, in another colour."""
GUESS_BAND: dict[str, Any] = {"color": GUESS["color"], "linewidth": 7, "alpha": 0.4}
"""The same, where a line or a curve is drawn over it."""
COMPETITIVE: dict[str, Any] = {"color": "#444444", "linestyle": (0, (5, 1.5))}
PARTS: dict[str, dict[str, Any]] = {
    "market_power": {"facecolor": "#B0D0E4", "edgecolor": "#0072B2"},
    "cost": {"facecolor": "#CC79A7", "edgecolor": "#CC79A7"},
    "risk": {"facecolor": "#D55E00", "edgecolor": "#D55E00"},
}
"""What a spread pays for, from the bottom of the stack to its top."""


def _settings(name: str) -> Any:
    return dict(mpl.rc_params_from_file(str(files(__package__) / f"{name}.mplstyle"), use_default_template=False))


_RC, PANEL = _settings("workbook"), _settings("panel")
"""matplotlib's settings for every plot, and what an explorer's panel has otherwise."""


def figure(n_rows: int = 1, n_columns: int = 1, width: float = 9.0, height: float = 3.4) -> tuple[Figure, Any]:
    """A figure in the workbook's style, and its axes (one, or an array of them); sizes in inches.

    It is made without pyplot: nothing is drawn twice, and nothing stays in memory when the figure goes.
    """
    with style():
        made = Figure(figsize=(width, height), dpi=72, layout="constrained")
        axes = made.subplots(n_rows, n_columns)
    return made, axes


DRAWING = threading.RLock()
"""Held while mmlab draws. JupyterLab runs widget callbacks in a thread beside the cells (comms over subshells), and
matplotlib's settings belong to all threads: a slider moved while a cell draws would change that cell's style."""


def use_style() -> None:
    """Give every later matplotlib figure of this notebook the workbook's style."""
    mpl.rcParams.update(_RC)


@contextmanager
def style(also: Mapping[str, Any] | None = None) -> Iterator[None]:
    """Draw in the workbook's style and what it has here `also`, whatever the notebook's own settings are.

    One thread at a time.
    """
    with DRAWING, mpl.rc_context(_RC | dict(also or {})):
        yield


@contextmanager
def drawing(n_rows: int = 1, n_columns: int = 1, **size: float) -> Iterator[tuple[Figure, Any]]:
    """A new `figure` and its axes, drawn on in the workbook's style."""
    with style():
        yield figure(n_rows, n_columns, **size)


@dataclass(frozen=True)
class Picture:
    """A finished figure for a notebook: shows as a PNG with its description as alternative text.

    Parameters
    ----------
    figure : Figure
        What to show.
    alt : str
        What it shows, in a sentence that carries the numbers.
    """

    figure: Figure
    alt: str

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        return bundle(png(self.figure), self.alt)


def bundle(drawn: str, alt: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a plot sends, `drawn` being a base64 PNG: data and metadata, its words in each.

    JupyterLab, Notebook 7 and Voilà show the HTML and read alternative text nowhere else; it is not committed (`pairs`
    takes it out), since GitHub, LaTeX and a static site take the PNG, and with it the text from its metadata.
    """
    return {"text/html": img(drawn, alt), "image/png": drawn, "text/plain": alt}, {"image/png": {"alt": alt}}


def img(drawn: str, alt: str) -> str:
    """A base64 PNG as an element that says what it shows, as wide as its cell at most; a dark page has it dark."""
    dark = "<style>[data-jp-theme-light=false] .mm-picture {filter: invert(.93) hue-rotate(180deg)}</style>"
    source = f'src="data:image/png;base64,{drawn}" alt="{html.escape(alt)}"'
    return f'{dark}<img class="mm-picture" {source} style="max-width:100%">'


def png(shown: Figure, dpi: int = 110) -> str:
    """The figure as a base64 PNG of 256 colours: a third of the size, and no reader sees the difference."""
    with style():
        return encoded(drawn(shown, dpi))


def drawn(shown: Figure, dpi: int) -> Image.Image:
    """The figure as an image; not by savefig, which goes through it twice and packs it."""
    canvas = FigureCanvasAgg(shown)
    shown.set_dpi(dpi)
    canvas.draw()  # type: ignore[no-untyped-call]
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")  # type: ignore[no-untyped-call]


def encoded(image: Image.Image) -> str:
    """An image as a base64 PNG of our 256 colours."""
    small = io.BytesIO()
    image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(small, format="png", compress_level=8)
    return base64.b64encode(small.getvalue()).decode("ascii")


@cache
def _palette() -> Image.Image:
    """Our colours in every strength, greys, a coarse cube for others: adaptive palettes merge colours of thin lines."""
    ours = [mpl.colors.to_rgb(look["color"]) for look in (BID, ASK, RESERVATION, SYMMETRIC)]
    blends = [tuple(1 - (1 - c) * s for c in colour) for colour in ours for s in np.linspace(0.06, 1, 22)]
    greys = [(g, g, g) for g in np.linspace(0, 1, 40)]
    cube = [(r, g, b) for r in np.linspace(0, 1, 5) for g in np.linspace(0, 1, 5) for b in np.linspace(0, 1, 5)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([round(255 * c) for colour in blends + greys + cube for c in colour])
    return palette


def steps(edges: Any, heights: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The points of a histogram's outline or of a staircase: n + 1 `edges`, n `heights`."""
    return np.repeat(np.asarray(edges), 2)[1:-1], np.repeat(np.asarray(heights), 2)


def legend(axes: Axes, **where: Any) -> None:
    """A legend in the workbook's style."""
    with style():
        axes.legend(**where)
