"""One panel of an explorer: drawn by saying what is on it now. The first saying makes an artist, later ones move it.

A panel is one small figure of one axes; title and legend stand above it as HTML, so that they wrap and take the page's
colour. What is not said in a state is not there in it.
"""

import html
import pickle
import textwrap
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.transforms import Bbox
from numpy.typing import ArrayLike
from PIL import Image

from mmlab.teach.legend import handle, sample
from mmlab.teach.style import ASK, BID, PANEL, PLAIN, THIN, drawn, encoded, steps, style
from mmlab.teach.svg import Moved, SvgTemplate

WIDTH, HEIGHT = 340, 178
"""A panel's size: one unit is one CSS pixel where it is 340 px wide, and letters are 12 units high."""
_LAYOUT = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.02)
_PADS = 72 * np.array([0.06, 0.02, -0.06, -0.02])
_START = (0.15, 0.25, 0.8, 0.6)
_ROOM = {"x": 0.0, "y": 0.1}
"""Beyond what has to be seen, as a share of it."""
Look = dict[str, Any]


class Panel:
    """What an explorer's `show` draws on; names of artists are the labels of the legend, unless they begin with _."""

    def __init__(self) -> None:
        with style(PANEL):
            self.figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72)
            self.axes = self.figure.subplots()
        self.id = f"mm-{uuid.uuid4().hex[:10]}"
        self.words = ""
        self._artists: dict[str, Moved] = {}
        self._template: SvgTemplate | None = None
        self._marks: dict[str, Callable[[], None]] = {}
        self._present: set[str] = set()
        self._keys: dict[str, Look] = {}
        self.needed: dict[str, tuple[float, float]] = {}
        self.begin(anew=True)

    # ---- what `show` says

    def title(self, text: str) -> None:
        """What the panel shows now, as a finding."""
        self.words = text

    def view(self, *, x: tuple[float, float] | None = None, y: tuple[float, float] | None = None, **fixed: Any) -> None:
        """The ranges that have to be seen, and what never changes: labels, ticks, `xlim` or `ylim` of a still axis.

        Ranges are fitted once for each preset, and again only when the data leave them or shrink to a fifth: a slider
        must move the lines, not the axes, and each fit costs a full draw. Where they are held, `fit` alone does it.
        """
        if self._anew:
            with style(PANEL):
                self.axes.set(**fixed)
        for name, needed in (("x", x), ("y", y)):
            if needed is None:
                continue
            shown = self.axes.get_xlim() if name == "x" else self.axes.get_ylim()
            if self._held:
                known = self.needed.get(name, needed)
                self.needed[name] = float(min(known[0], needed[0])), float(max(known[1], needed[1]))
                continue
            low, high = _wide(*needed)
            left, shrunk = low < shown[0] or high > shown[1], high - low < (shown[1] - shown[0]) / 5
            if self._anew or left or shrunk:
                self._limit(name, low, high, 0.3 if not self._anew else _ROOM[name])

    def line(self, label: str, x: ArrayLike, y: ArrayLike, look: Look, **more: Any) -> None:
        """A line through (x, y), shapes (n,); NaN breaks it."""
        made = self._artist(label, lambda: self.axes.plot([0, 1], [0, 1], **{**look, **more})[0], look)
        made.set_data(np.atleast_1d(x), np.atleast_1d(y))

    def outline(self, label: str, edges: ArrayLike, heights: ArrayLike, look: Look, **more: Any) -> None:
        """A staircase or a histogram's outline: n + 1 `edges`, n `heights`."""
        self.line(label, *steps(edges, heights), look, **more)

    def band(self, label: str, x: ArrayLike, low: ArrayLike, high: ArrayLike, look: Look) -> None:
        """The area between two curves over x, shapes (n,); `look` has facecolor and edgecolor."""
        forth, low, high = np.asarray(x), np.broadcast_to(low, np.shape(x)), np.broadcast_to(high, np.shape(x))
        edge = np.column_stack([np.append(forth, forth[::-1]), np.append(high, low[::-1])])
        patch = self._artist(label, lambda: self._patch(lw=0.8, **look), look)
        patch.set_path(Path(np.vstack([edge, edge[:1]]), closed=True))

    def level(self, y: float, look: Look = THIN, label: str = "_level", **more: Any) -> None:
        """A horizontal line through the whole panel; several need labels of their own."""
        self._artist(label, lambda: self.axes.axhline(0, **{**look, **more}), look).set_data([0, 1], [y, y])

    def upright(self, x: float, look: Look = THIN, label: str = "_upright", **more: Any) -> None:
        """A vertical line through the whole panel; several need labels of their own."""
        self._artist(label, lambda: self.axes.axvline(0, **{**look, **more}), look).set_data([x, x], [0, 1])

    def triangles(self, label: str, x: ArrayLike, y: ArrayLike, look: Look, *, up: bool, size: float = 4.0) -> None:
        """Triangles of `size` units at (x, y): pointing up where we bought, down where we sold."""
        corners = size * np.array([[-1, -1], [1, -1], [0, 1], [-1, -1]]) * (1 if up else -1)
        self._mark(label, x, y, look | {"marker": "^" if up else "v"}, corners)

    def dots(self, label: str, x: ArrayLike, y: ArrayLike, look: Look, *, size: float = 4.0, corners: int = 16) -> None:
        """Dots of a radius of `size` units at (x, y); squares with four corners."""
        angle = 2 * np.pi * (np.arange(corners + 1) + 0.5) / corners
        marker = "s" if corners == 4 else "o"
        self._mark(label, x, y, look | {"marker": marker}, size * np.column_stack([np.cos(angle), np.sin(angle)]))

    def quotes_at(self, x: float, bid_depth: float, ask_depth: float, bid: Look = BID, ask: Look = ASK) -> None:
        """Where a slider stands: a vertical there, and a triangle on each of our two quotes [price from the mid]."""
        self.upright(x, label="_here")
        self.triangles("_our ask", x, ask_depth, ask, up=False, size=6)
        self.triangles("_our bid", x, -bid_depth, bid, up=True, size=6)

    def day(self, history: Any, origin: float = 0.0, path: int = 0) -> tuple[int, int]:
        """Quotes, mid and fills of a path of a `History`, prices less `origin`; how often it bought and sold."""
        time = history.time[:-1]
        self.line("ask", time, history.ask_price[:, path] - origin, ASK, lw=1)
        self.line("mid", time, history.mid[:-1, path] - origin, PLAIN, lw=1)
        self.line("bid", time, history.bid_price[:, path] - origin, BID, lw=1)
        bought, sold = history.bid_fill[:, path] > 0, history.ask_fill[:, path] > 0
        self.triangles("we bought", time[bought], history.bid_price[bought, path] - origin, BID, up=True)
        self.triangles("we sold", time[sold], history.ask_price[sold, path] - origin, ASK, up=False)
        return int(bought.sum()), int(sold.sum())

    def left_over(self, days: Mapping[str, tuple[Any, Look]], furthest: int) -> None:
        """Chances of the inventory at the close, up to ±`furthest` clips: by name, an `ExactMoments` and its look."""
        top = 0.0
        for name, (exact, look) in days.items():
            near, chance = np.abs(exact.inventories) <= furthest, exact.inventory_distribution[-1]
            self.outline(name, np.append(exact.inventories[near], furthest + 1) - 0.5, chance[near], look)
            top = max(top, float(chance.max()))
        wide = -furthest - 0.5, furthest + 0.5
        self.view(y=(0.0, top), xlabel="inventory at the close [clips]", ylabel="probability", xlim=wide)

    # ---- what the explorer asks

    def begin(self, anew: bool) -> None:
        """A new saying begins; `anew` after a preset, when axes are fitted and laid out again."""
        self._anew, self._present = anew, set()
        if anew:
            self._template, self._held = None, False

    def hold(self) -> None:
        """Keep the axes as the preset has them until `fit`, and note in `needed` what has to be seen from now on."""
        if not self._held:
            self._rest = self.axes.get_xlim(), self.axes.get_ylim()
        self._held, self._template, self.needed = True, None, {}
        self.axes.set(xlim=self._rest[0], ylim=self._rest[1])

    def fit(self, needed: Mapping[str, tuple[float, float]]) -> None:
        """Fit held axes to these ranges of "x" and "y", as to those of a new preset; they stay until the next one."""
        for name, ends in needed.items():
            self._limit(name, *_wide(*ends), _ROOM[name])

    def render(self) -> tuple[str, str]:
        """The still layer and the changing one, with title and legend, as HTML."""
        for name in self._artists.keys() - self._present:
            artist = self._artists[name]
            if isinstance(artist, PathPatch):
                artist.set_path(Path(np.zeros((0, 2))))
            else:
                artist.set_data([], [])
        if self._template is None:
            self._settle()
        for name in self._present & self._marks.keys():
            self._marks[name]()  # their size depends on the settled axes
        if self._template is None:
            named = {f"a{n}": artist for n, artist in enumerate(self._artists.values())}
            self._template = SvgTemplate(self.figure, named, self.id)
        still, changing = self._template.render()
        keys = "".join(f"<span>{sample(look)} {html.escape(key)}</span> " for key, look in self._legend().items())
        words = f'<div class="mm-title" id="{self.id}">{html.escape(self.words)}</div>'
        return still, f'{words}<div class="mm-keys">{keys}</div>{changing}'

    def image(self) -> Image.Image:
        """The panel as a picture of its own, title and legend in it: drawn from a taller copy of the figure."""
        figure, legend = pickle.loads(pickle.dumps(self.figure)), self._legend()
        with style(PANEL):
            figure.set_size_inches(WIDTH / 72, HEIGHT / 72 + 0.75)
            figure.axes[0].set_title(textwrap.fill(self.words, 48), loc="center")
            if legend:
                columns = 3 if max(map(len, legend)) < 12 else 2  # longer names would run out of the picture
                handles = [handle(look) for look in legend.values()]
                figure.legend(handles, [*legend], loc="outside lower center", ncols=columns)
            figure.set_layout_engine(_LAYOUT)
            figure.set_facecolor("white")
            return drawn(figure, dpi=144)

    # ----

    def _limit(self, name: str, low: float, high: float, share: float) -> None:
        room = (high - low) * share
        ends = low - room if low else low, high + room  # an axis that starts at 0 keeps its 0
        self.axes.set(**{f"{name}lim": ends})
        self._template = None

    def _artist(self, name: str, make: Callable[[], Any], look: Look) -> Any:
        if name not in self._artists:
            with style(PANEL):
                self._artists[name] = make()
            self._keys[name] = look
            self._template = None
        self._present.add(name)
        return self._artists[name]

    def _mark(self, label: str, x: ArrayLike, y: ArrayLike, look: Look, corners: np.ndarray[Any, Any]) -> None:
        patch = self._artist(label, lambda: self._patch(color=look["color"], lw=0, zorder=4), look)
        xy = np.column_stack([np.atleast_1d(x), np.atleast_1d(y)]).astype(float)

        def put() -> None:
            centres = self.axes.transData.transform(xy) if len(xy) else xy
            points = self.axes.transData.inverted().transform((centres[:, np.newaxis, :] + corners).reshape(-1, 2))
            codes = [Path.MOVETO, *[Path.LINETO] * (len(corners) - 2), Path.CLOSEPOLY]
            patch.set_path(Path(points, np.tile(codes, len(xy)).astype(Path.code_type)))

        self._marks[label] = put

    def _patch(self, **look: Any) -> Any:
        return self.axes.add_patch(PathPatch(Path(np.zeros((2, 2))), **look))

    def _settle(self) -> None:
        """Find room for the labels, once for each view and always from the same place: ticks depend on the room."""
        whole = self.figure.bbox
        self.axes.set_position(_START)
        with style(PANEL):
            for _ in range(2):
                labels = cast(Bbox, self.axes.get_tightbbox()).extents
                place = np.subtract(self.axes.bbox.extents, labels) + whole.extents + _PADS
                self.axes.set_position(Bbox.from_extents(*(place / np.tile(whole.size, 2))))
        self.axes.set_in_layout(True)  # matplotlib takes out of the layout whatever is put somewhere

    def _legend(self) -> dict[str, Look]:
        return {name: look for name, look in self._keys.items() if name in self._present and not name.startswith("_")}


def _wide(low: float, high: float) -> tuple[float, float]:
    return (low, high) if low < high else (low - 0.5, high + 0.5)


def together(panels: Sequence[Panel]) -> str:
    """All panels as one base64 PNG, two in a row."""
    images = [panel.image() for panel in panels]
    wide, high, columns = images[0].width, max(image.height for image in images), min(2, len(images))
    whole = Image.new("RGB", (columns * wide, -(-len(images) // columns) * high), "white")
    for n, image in enumerate(images):
        whole.paste(image, (n % columns * wide, n // columns * high))
    return encoded(whole)
