"""The rewritten SVG is the SVG that matplotlib would have drawn."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from mmlab.teach.style import figure, style
from mmlab.teach.svg import SvgTemplate


def drawing():
    fig, axes = figure()
    (line,) = axes.plot([0, 1], [0, 1])
    patch = axes.add_patch(PathPatch(Path([[0, 0], [0, 1], [1, 1], [0, 0]], closed=True)))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    fig.draw_without_rendering()
    fig.set_layout_engine("none")
    return fig, {"line": line, "patch": patch}


def template_of(fig, artists):
    return SvgTemplate(fig, artists, "words")


def render(template: SvgTemplate) -> str:
    return "".join(template.render())


def paths(svg: str, template: str) -> list[float]:
    """All coordinates of the changing paths."""
    found = re.findall(r'id="mmlab-[0-9a-f]+-(?:line|patch)">\s*<path d="([^"]*)"', svg)
    assert len(found) == 2, template
    return [float(x) for d in found for x in re.findall(r"-?\d+\.?\d*", d)]


def test_a_rewritten_picture_is_what_a_fresh_drawing_gives() -> None:
    fig, artists = drawing()
    template = template_of(fig, artists)
    x = np.linspace(0, 1, 50)
    artists["line"].set_data(x, x**2)
    artists["patch"].set_path(Path([[0.2, 0.2], [0.4, 0.2], [0.3, 0.5], [0.2, 0.2]], closed=True))
    rewritten, fresh = render(template), render(template_of(fig, artists))
    assert paths(rewritten, "rewritten") == pytest.approx(paths(fresh, "fresh"), abs=0.051)


def test_what_matplotlib_itself_draws_is_what_the_template_writes() -> None:
    fig, artists = drawing()
    template = template_of(fig, artists)
    x = np.linspace(0, 1, 50)
    artists["line"].set_data(x, np.sin(x))
    buffer = io.StringIO()
    with style():
        fig.savefig(buffer, format="svg")
    drawn = re.search(r'-line">\s*<path d="([^"]*)"', buffer.getvalue())
    written = re.search(r'-line">\s*<path d="([^"]*)"', render(template))
    assert drawn
    assert written
    numbers = [[float(v) for v in re.findall(r"-?\d+\.?\d*", match.group(1))] for match in (drawn, written)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.051)


def test_nan_breaks_a_line_and_far_points_stay_short() -> None:
    fig, artists = drawing()
    template = template_of(fig, artists)
    artists["line"].set_data([0, 0.5, np.nan, 0.6, 1e30], [0, 0.5, 0.5, 0.6, 0.7])
    written = re.search(r'-line">\s*<path d="([^"]*)"', render(template))
    assert written
    assert written.group(1).count("M") == 2
    assert "nan" not in written.group(1)
    assert max(abs(float(v)) for v in re.findall(r"-?\d+\.?\d*", written.group(1))) < 1e4


def test_empty_artists_are_written_and_come_back() -> None:
    fig, artists = drawing()
    artists["line"].set_data([], [])
    template = template_of(fig, artists)
    assert len(artists["line"].get_xdata()) == 0
    artists["line"].set_data([0, 1], [1, 0])
    for layer in template.render():
        ElementTree.fromstring(layer)
    assert paths(render(template), "empty")


def test_the_svg_is_well_formed_and_styles_nothing_outside_itself() -> None:
    fig, artists = drawing()
    layers = template_of(fig, artists).render()
    for layer in layers:
        ElementTree.fromstring(layer)
    svg = "".join(layers)
    assert re.search(r"#mmlab-[0-9a-f]+ \*\s*\{", svg)
    assert svg.count("*{") == 1
    assert svg.count('role="img" aria-labelledby="words"') == 1


def test_only_the_upper_layer_changes() -> None:
    fig, artists = drawing()
    template = template_of(fig, artists)
    still, changing = template.render()
    artists["line"].set_data([0, 1], [1, 0])
    assert [new == old for new, old in zip(template.render(), (still, changing), strict=True)] == [True, False]
    artists["line"].set_data([0, 1], [0, 1])
    assert template.render() == (still, changing)


def test_colours_are_left_to_the_theme() -> None:
    fig, artists = drawing()
    artists["line"].set_color("#0072B2")
    svg = render(template_of(fig, artists))
    assert "stroke: var(--mm-blue, #0072b2)" in svg
    assert "#000000" not in svg
