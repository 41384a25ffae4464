"""What a line, an area or a mark of a panel looks like, beside its name."""

from typing import Any

from matplotlib.lines import Line2D

from mmlab.teach.theme import themed

_DASHES: dict[str, tuple[float, ...]] = {"-": (), "--": (5, 1.5), ":": (1, 1.2), "-.": (4, 1.5, 1, 1.5)}
_SIGNS = {"^": "M3 9H11L7 1Z", "v": "M3 1H11L7 9Z", "o": "M3 5a4 4 0 1 0 8 0a4 4 0 1 0-8 0", "s": "M3 1H11V9H3Z"}


def sample(look: dict[str, Any]) -> str:
    """What a line, an area or a mark looks like, for the legend in HTML."""
    colour = str(look.get("color", look.get("facecolor"))).lower()
    if "marker" in look:
        return _key(14, f'<path d="{_SIGNS[look["marker"]]}" style="fill:{colour}"/>')
    if "facecolor" in look:
        edge = str(look.get("edgecolor", "none")).lower()
        return _key(26, f'<rect x="1" y="1" width="24" height="8" style="fill:{colour};stroke:{edge}"/>')
    pattern: Any = look.get("linestyle", "-")
    lengths = _DASHES[pattern] if isinstance(pattern, str) else pattern[1]
    dashes = f' stroke-dasharray="{" ".join(f"{2 * length:g}" for length in lengths)}"' if lengths else ""
    return _key(26, f'<path d="M0 5H26" style="stroke:{colour};stroke-width:2"{dashes}/>')


def _key(width: int, drawn: str) -> str:
    box = f'class="mm-key" style="width:{width}px" viewBox="0 0 {width} 10" aria-hidden="true"'
    return themed(f"<svg {box}>{drawn}</svg>")


def handle(look: dict[str, Any]) -> Line2D:
    """The same for matplotlib's own legend."""
    marker, width = look.get("marker", ""), 5 if "facecolor" in look else 1.6
    dashes: Any = "" if marker else look.get("linestyle", "-")
    return Line2D([], [], color=look.get("color", look.get("facecolor")), lw=width, marker=marker, linestyle=dashes)
