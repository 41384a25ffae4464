"""Each explorer of each chapter is found in its cell, and the lines that open it need nothing else."""

import inspect
import re

import pytest

from mmlab.doors.live_cell import explorer_in
from mmlab.teach import Explorer
from tests.mmbook.checking import CHAPTERS

CELL = re.compile(r"^```\{code-cell\} ipython3\n((?::\w+:[^\n]*\n)*)(.*?)^```$", re.MULTILINE | re.DOTALL)
EXPLORERS = {
    name: chapter
    for chapter in CHAPTERS
    for name in chapter.__all__
    if isinstance(kind := getattr(chapter, name), type) and issubclass(kind, Explorer)
}


def opened_by(chapter):
    """The lines that open each explorer of a chapter's text, in its order."""
    cells = [source for _, source in CELL.findall(chapter.text)]
    assert cells
    return [lines for cell in cells if (lines := explorer_in(cell, cells)) is not None]


def test_every_explorer_of_every_chapter_is_opened_by_lines_of_its_own(pages):
    found = [lines for chapter in pages.chapters.values() for lines in opened_by(chapter)]
    assert sorted(lines.rpartition("\n")[2] for lines in found) == sorted(f"{name}()" for name in EXPLORERS)


@pytest.mark.parametrize("name", EXPLORERS)
def test_the_lines_import_the_class_and_call_it_as_it_can_be_called(pages, name):
    chapter = EXPLORERS[name]
    lines = next(one for one in opened_by(pages.chapters[chapter.__name__[-2:].upper()]) if one.endswith(f"{name}()"))
    kernel = {}
    exec(lines.splitlines()[0], kernel)
    assert kernel[name] is getattr(chapter, name)
    inspect.signature(kernel[name]).bind()


IMPORT = "from mmbook.ch02 import AvellanedaStoikovExplorer"


@pytest.mark.parametrize(
    ("cell", "call"),
    [
        ("AvellanedaStoikovExplorer()", "AvellanedaStoikovExplorer()"),
        ("explorer = AvellanedaStoikovExplorer()\nexplorer", "AvellanedaStoikovExplorer()"),
        ("e = AvellanedaStoikovExplorer()\ne.set(risk_aversion=gamma)\ne", "AvellanedaStoikovExplorer()"),
        ("x = 1\nAvellanedaStoikovExplorer(x, seed=3)", "AvellanedaStoikovExplorer(seed=3)"),
        ("AvellanedaStoikovExplorer(2, day=None if x else y)", "AvellanedaStoikovExplorer(2)"),
        ("AvellanedaStoikovExplorer()  # and look", "AvellanedaStoikovExplorer()"),
    ],
)
def test_arguments_that_only_the_notebook_has_are_left_out(cell, call):
    assert explorer_in(cell, [IMPORT, cell]) == f"{IMPORT}\n{call}"


def test_it_opens_where_the_cell_has_put_it():
    cell = "e = AvellanedaStoikovExplorer()\ne.choose('close')\nprint(1)\ne.set(risk_aversion=0.5)\ne"
    assert explorer_in(cell, [IMPORT, cell]) == f"{IMPORT}\n{cell}".replace("print(1)\n", "")


def test_a_class_may_be_called_by_its_module():
    assert explorer_in("mmbook.ch98.RoundTripExplorer()", ["import mmbook.ch98"]) == (
        "from mmbook.ch98 import RoundTripExplorer\nRoundTripExplorer()"
    )


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "explorer = AvellanedaStoikovExplorer()",  # shows nothing
        "AvellanedaStoikovExplorer().readout",
        "print(AvellanedaStoikovExplorer())",
        "Table.of(['a'], [[1]])",
        "predict('id')",
        "%matplotlib inline",
        "unknown",
    ],
)
def test_a_cell_that_shows_no_explorer_has_no_lines(cell):
    assert explorer_in(cell, [IMPORT, "from mmlab.table import Table", "from mmlab.teach import predict", cell]) is None
