"""The colours of an explorer, left to the page: a variable for each, one value for light pages and one for dark."""

_INK = {
    "#0072b2": ("blue", "#0072b2", "#56b4e9"),
    "#d55e00": ("red", "#c85800", "#ff9a52"),
    "#009e73": ("green", "#008a65", "#2fc79b"),
    "#cc79a7": ("pink", "#b85c92", "#e6a3c7"),
    "#e69f00": ("amber", "#a06c00", "#e69f00"),
    "#b0d0e4": ("pale", "#b0d0e4", "#2c5068"),
    "#444444": ("grey", "#444444", "#c4c4c4"),
    "#999999": ("thin", "#858585", "#999999"),
    "#e6e6e6": ("grid", "#e6e6e6", "#333333"),
    "#000000": ("ink", "currentColor", "currentColor"),
}
"""The colours of an explorer: the plots', as a name, on a light page and on a dark one (contrast 3 or more but for the
grid)."""
_LIGHT = "".join(f"--mm-{name}: {light};" for name, light, _ in _INK.values())
_DARK = "".join(f"--mm-{name}: {dark};" for name, _, dark in _INK.values())
INKS = f".mm-screen {{{_LIGHT}}}\n[data-jp-theme-light=false] .mm-screen {{{_DARK}}}"
"""A style sheet with a variable for each of them."""


def themed(svg: str) -> str:
    """The same drawing, its colours left to the page's theme."""
    for ink, (name, light, _) in _INK.items():
        svg = svg.replace(ink, f"var(--mm-{name}, {light})")
    return svg
