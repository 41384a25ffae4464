"""Triangles and dots that an explorer can move: one patch however many, as SVG markers could not be rewritten."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from numpy.typing import ArrayLike


def triangles(axes: Axes, look: dict[str, Any], label: str = "") -> PathPatch:
    """An empty patch for `put_triangles`, in the colour of `look`, and an entry in the legend if it has a label."""
    if label:
        axes.plot([], [], "^" if "bought" in label else "v", color=look["color"], label=label)
    patch = PathPatch(Path(np.zeros((2, 2))), color=look["color"], lw=0, zorder=4)
    axes.add_patch(patch)
    return patch


def put_triangles(patch: PathPatch, x: ArrayLike, y: ArrayLike, *, up: bool, size: float = 4.0) -> None:
    """Triangles of `size` points at (x, y): pointing up where we bought, down where we sold."""
    assert patch.axes is not None
    box = patch.axes.get_window_extent()
    wide = np.ptp(patch.axes.get_xlim()) / box.width * size
    high = np.ptp(patch.axes.get_ylim()) / box.height * size * (1 if up else -1)
    corners = np.array([[-wide, -high], [wide, -high], [0.0, high], [-wide, -high]])
    centres = np.column_stack([np.atleast_1d(x), np.atleast_1d(y)])
    codes = np.tile([Path.MOVETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], len(centres))
    patch.set_path(Path((centres[:, np.newaxis, :] + corners).reshape(-1, 2), codes.astype(Path.code_type)))


def put_dots(patch: PathPatch, x: ArrayLike, y: ArrayLike, size: float = 4.0, corners: int = 16) -> None:
    """Dots of a radius of `size` points at (x, y), into a patch that `triangles` made; squares with four corners."""
    assert patch.axes is not None
    angle = 2 * np.pi * (np.arange(corners + 1) + 0.5) / corners
    circle = size * np.column_stack([np.cos(angle), np.sin(angle)])
    centres = patch.axes.transData.transform(np.column_stack([np.atleast_1d(x), np.atleast_1d(y)]))
    points = patch.axes.transData.inverted().transform((centres[:, np.newaxis, :] + circle).reshape(-1, 2))
    codes = np.tile([Path.MOVETO, *[Path.LINETO] * (corners - 1), Path.CLOSEPOLY], len(centres))
    patch.set_path(Path(points, codes.astype(Path.code_type)))
