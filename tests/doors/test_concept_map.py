"""The map of concepts: the drawing and the list say the same, its links lead somewhere, its lines cross no box."""

import re
import xml.etree.ElementTree as ET

import pytest

from mmlab.doors.concept_map import GAP, LEFT, NODE_HEIGHT, NODE_WIDTH, drawing, listing

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn(pages):
    return ET.fromstring(drawing(pages.concepts, pages.chapters, "book/"))


@pytest.fixture(scope="module")
def nodes(drawn):
    """Each box's link by the concept's name."""
    return {link.find(f"{SVG}text").text: link for link in drawn.iter(f"{SVG}a") if link.find(f"{SVG}rect") is not None}


def test_each_concept_is_a_link_to_its_section(pages, nodes):
    assert list(nodes) == list(pages.concepts)
    for name, link in nodes.items():
        concept = pages.concepts[name]
        chapter = pages.chapters[concept.chapter]
        section = chapter.sections[concept.section]
        assert link.get("href") == f"book/{chapter.name}.html#{section.html_id}"
        ids = [other.html_id for other in chapter.sections.values()]
        assert ids.count(section.html_id) == 1  # or Sphinx would have called the second one id1


def test_every_chapter_has_a_row(pages, drawn):
    labels = [link for link in drawn.iter(f"{SVG}a") if link.find(f"{SVG}rect") is None]
    assert [link.find(f"{SVG}text").text for link in labels] == list(pages.chapters)


def test_it_has_words(pages, drawn):
    assert drawn.get("aria-labelledby").split() == [
        drawn.find(f"{SVG}title").get("id"),
        drawn.find(f"{SVG}desc").get("id"),
    ]
    assert f"{len(pages.concepts)} concepts" in drawn.find(f"{SVG}desc").text
    for link in drawn.iter(f"{SVG}a"):
        assert link.find(f"{SVG}title").text


def test_the_list_says_what_the_drawing_says(pages, drawn, nodes):
    listed = re.findall(
        r"^  - \[(.+?)\]\(\S+\)(?:, needs (.*))?$", listing(pages.concepts, pages.chapters), re.MULTILINE
    )
    number = {int(link.get("class")[1:]): name for name, link in nodes.items()}
    lines = [[number[int(end[1:])] for end in path.get("class").split()] for path in drawn.iter(f"{SVG}path")]
    for name, needs in listed:
        assert [start for start, end in lines if end == name] == re.split(", ", needs) * bool(needs)
    assert [name for name, _ in listed] == list(nodes)


def points(path):
    """Points of a path close to each other: its cubic curves and straight lines, followed."""
    x = y = 0.0
    for command, numbers in re.findall(r"([MCHV])([^MCHV]*)", path):
        values = list(map(float, numbers.split()))
        if command == "M":
            x, y = values
            continue
        if command == "C":
            ax, ay, bx, by, end_x, end_y = values
        else:
            end_x, end_y = (values[0], y) if command == "H" else (x, values[0])
            ax, ay, bx, by = x, y, end_x, end_y
        for t in (n / 60 for n in range(61)):
            s = 1 - t
            yield (
                s**3 * x + 3 * s * s * t * ax + 3 * s * t * t * bx + t**3 * end_x,
                s**3 * y + 3 * s * s * t * ay + 3 * s * t * t * by + t**3 * end_y,
            )
        x, y = end_x, end_y


def test_no_line_runs_behind_a_box(drawn, nodes):
    boxes = [
        (float(link.find(f"{SVG}rect").get("x")), float(link.find(f"{SVG}rect").get("y"))) for link in nodes.values()
    ]
    for path in drawn.iter(f"{SVG}path"):
        for x, y in points(path.get("d")):
            inside = [
                (left, top) for left, top in boxes if left < x < left + NODE_WIDTH and top < y < top + NODE_HEIGHT
            ]
            assert not inside, (path.get("class"), x, y)


def test_letters_fit_their_boxes_and_the_boxes_the_drawing(pages, drawn):
    *_, width, height = map(float, drawn.get("viewBox").split())
    assert max(map(len, pages.concepts)) * 7.2 < NODE_WIDTH  # 13 px letters are 7 px wide on average, or less
    for link in drawn.iter(f"{SVG}rect"):
        assert LEFT <= float(link.get("x")) <= width - NODE_WIDTH
        assert float(link.get("y")) + NODE_HEIGHT <= height
    assert GAP > 6 * 4  # seven lanes
