"""The map of the workbook's concepts: what each needs, and where it is introduced; as a drawing, and as a list.

concepts.csv declares it: a concept, its chapter, the section's anchor, and the concepts above it that it needs. In the
drawing a row is a chapter, a node is a link, and its colours are the page's own, light or dark.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from mmlab.doors.chapters import Chapter, PageError

NODE_WIDTH, NODE_HEIGHT, GAP, ROW, LEFT = 184, 34, 30, 74, 66
COLUMNS = 3
"""Nodes in a row, so that its letters are those of the text beside it."""
STYLE = """
.mm-map rect { fill: var(--pst-color-surface, #f5f5f5); stroke: var(--pst-color-border, #888); }
.mm-map a { text-decoration: none; }
.mm-map text { fill: var(--pst-color-text-base, #222); font: 13px sans-serif; }
.mm-map path { fill: none; stroke: var(--pst-color-text-muted, #666); stroke-opacity: 0.6; }
.mm-map a:is(:hover, :focus-visible) rect { stroke: var(--pst-color-link, #06c); stroke-width: 2.5; }
@media (max-width: 720px) { .mm-map { display: none; } }
"""


@dataclass(frozen=True)
class Concept:
    """A row of concepts.csv."""

    name: str
    chapter: str
    section: str
    needs: tuple[str, ...]


def read_concepts(path: Path, chapters: Mapping[str, Chapter]) -> dict[str, Concept]:
    """The concepts by their names, in the order of the table, which is one of learning.

    Raises
    ------
    PageError
        If a chapter or section is not there, a concept needs what does not stand above it, a name comes twice, or a
        chapter has more than a row of the drawing holds.
    """
    concepts: dict[str, Concept] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            where = f"{path}, line {line}"
            concept = Concept(
                row["concept"], row["chapter"], row["section"], tuple(filter(None, row["needs"].split("; ")))
            )
            if concept.chapter not in chapters:
                raise PageError(f"{where}: there is no chapter {concept.chapter!r}.")
            chapters[concept.chapter].check(concept.section, where)
            for need in concept.needs:
                if need not in concepts:
                    raise PageError(f"{where}: {concept.name!r} needs {need!r}, which does not stand above it.")
            if concept.name in concepts:
                raise PageError(f"{where}: {concept.name!r} is there already.")
            concepts[concept.name] = concept
            if sum(other.chapter == concept.chapter for other in concepts.values()) > COLUMNS:
                raise PageError(f"{where}: chapter {concept.chapter} has more than {COLUMNS} concepts.")
    return concepts


def _places(concepts: Mapping[str, Concept], rows: list[str]) -> dict[str, tuple[float, float]]:
    """The upper left corner of each node: a row for each chapter, columns from the left."""
    places: dict[str, tuple[float, float]] = {}
    for n, chapter in enumerate(rows):
        names = [name for name, concept in concepts.items() if concept.chapter == chapter]
        places |= {name: (LEFT + k * (NODE_WIDTH + GAP), n * ROW + 22) for k, name in enumerate(names)}
    return places


def _edge(start: tuple[float, float], end: tuple[float, float], n: int) -> str:
    """A path from one node to another that runs behind none: what skips a row goes through a gap between columns.

    `n` is the edge's number; it chooses one of seven lanes in that gap.
    """
    (x, y), (x2, y2) = start, end
    if y == y2 and x2 - x < 2 * NODE_WIDTH:
        return f"M{x + NODE_WIDTH:g} {y + NODE_HEIGHT / 2:g}H{x2:g}"
    x, x2 = x + NODE_WIDTH / 2, x2 + NODE_WIDTH / 2
    if y == y2:
        return f"M{x:g} {y:g}C{x:g} {y - 24:g} {x2:g} {y - 24:g} {x2:g} {y:g}"
    y += NODE_HEIGHT
    if y2 - y < ROW:
        return f"M{x:g} {y:g}C{x:g} {y + 20:g} {x2:g} {y2 - 20:g} {x2:g} {y2:g}"
    side = 1 if x2 > x else -1
    lane = x + side * (NODE_WIDTH + GAP) / 2 + (n % 7 - 3) * 4
    last = y2 - ROW + NODE_HEIGHT  # where the row above the end is passed
    into = f"M{x:g} {y:g}C{x:g} {y + 26:g} {lane:g} {y + 14:g} {lane:g} {y + 40:g}"
    return f"{into}V{last:g}C{lane:g} {last + 26:g} {x2:g} {last + 14:g} {x2:g} {y2:g}"


def drawing(concepts: Mapping[str, Concept], chapters: Mapping[str, Chapter], folder: str = "") -> str:
    """The map as SVG for a page of Sphinx; `folder` is where the page finds the chapters ("notebooks/")."""
    rows = sorted({concept.chapter for concept in concepts.values()})
    places, numbers = _places(concepts, rows), {name: n for n, name in enumerate(concepts)}
    width, height = LEFT + COLUMNS * (NODE_WIDTH + GAP), len(rows) * ROW
    lit = "".join(
        f".mm-map:has(.c{n}:is(:hover, :focus-visible)) .e{n} "
        "{ stroke: var(--pst-color-link, #06c); stroke-opacity: 1; stroke-width: 2; }\n"
        for n in numbers.values()
    )
    pairs = [(need, name) for name, concept in concepts.items() for need in concept.needs]
    edges = "".join(
        f'<path class="e{numbers[need]} e{numbers[name]}" d="{_edge(places[need], places[name], n)}"/>\n'
        for n, (need, name) in enumerate(pairs)
    )
    labels = "".join(
        f'<a href="{folder}{chapters[number].name}.html"><title>{escape(chapters[number].title)}</title>'
        f'<text x="4" y="{n * ROW + 44}" font-weight="bold">{number}</text></a>\n'
        for n, number in enumerate(rows)
    )
    nodes = ""
    for name, concept in concepts.items():
        (x, y), chapter = places[name], chapters[concept.chapter]
        address = f"{folder}{chapter.name}.html#{chapter.section(concept.section).html_id}"
        needs = f"needs {', '.join(concept.needs)}" if concept.needs else "needs nothing"
        nodes += (
            f'<a class="c{numbers[name]}" href="{address}">'
            f"<title>{escape(name)}: chapter {concept.chapter}, {escape(needs)}</title>"
            f'<rect x="{x:g}" y="{y:g}" width="{NODE_WIDTH}" height="{NODE_HEIGHT}" rx="6"/>'
            f'<text x="{x + NODE_WIDTH / 2:g}" y="{y + 22:g}" text-anchor="middle">{escape(name)}</text></a>\n'
        )
    return (
        f'<svg class="mm-map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="100%" '
        'role="group" aria-labelledby="mm-map-title mm-map-words">\n'
        '<title id="mm-map-title">The concepts of the workbook</title>\n'
        f'<desc id="mm-map-words">{len(concepts)} concepts in {len(rows)} rows, one for each chapter; a line leads '
        "from a concept to each that needs it. The list under the map says the same in words.</desc>\n"
        f"<style>{STYLE}{lit}</style>\n{edges}{labels}{nodes}</svg>\n"
    )


def listing(concepts: Mapping[str, Concept], chapters: Mapping[str, Chapter], folder: str = "") -> str:
    """The same as a list in Markdown, a chapter and its concepts: what a telephone and a screen reader show."""
    lines = []
    for number in sorted({concept.chapter for concept in concepts.values()}):
        chapter = chapters[number]
        lines.append(f"- [{number} · {chapter.title}]({folder}{chapter.name}.ipynb)")
        for name, concept in concepts.items():
            if concept.chapter == number:
                needs = f", needs {', '.join(concept.needs)}" if concept.needs else ""
                lines.append(f"  - [{name}]({folder}{chapter.name}.ipynb#{concept.section}){needs}")
    return "\n".join(lines) + "\n"
