"""The book as pages: which there are, what keeps them from being published, how links and equations come out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from mmlab.doors.book import Book, Page
from mmlab.doors.refusals import faults
from mmlab.doors.sources import write_sources
from mmlab.teach.pairs import METADATA, as_text

ROOT = Path(__file__).parents[2]
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
FIRST = """\
# 01 · First

**After this you can** follow [the second](02_second.ipynb#Why-it-is-so), and `run` it. More follows.

$$a = b \\tag{1}$$

By eq. (1), and not by eq. (7), see [below](#Below).

```{code-cell} ipython3
1 + 1
```

## Below

```{code-cell} ipython3
draw()
```
"""
SECOND = """\
# 02 · Second

## Why it is so

[Back](01_first.ipynb#below), to [its solutions](solutions/01_first.ipynb) or to [the map](pages/map.md).
"""
SOLUTIONS = "# Solutions · 01\n\nOf [chapter 01](../01_first.ipynb).\n"
INDEX = "# A book\n\nBegin [here](../01_first.ipynb), or with [the map](map.md).\n\n![A dot.](../images/dot.png)\n"
MAP = "# The map\n\nIt has one place.\n"
HEAD = as_text(nbformat.v4.new_notebook()) + "\n"
"""Of each text of a notebook."""
AT = HEAD.count("\n")


def executed(text: str, alt: str = "A dot.") -> dict[str, Any]:
    """The notebook of a text, as if it had been run: each cell shows a number, `draw()` a picture."""
    import jupytext

    node: dict[str, Any] = jupytext.reads(HEAD + text, fmt="md:myst")
    node["metadata"] = METADATA
    code = [cell for cell in node["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, 1):
        shown = {"text/plain": "2"} if cell["source"] != "draw()" else {"image/png": PNG, "text/plain": "a dot"}
        about = {"image/png": {"alt": alt}} if "image/png" in shown and alt else {}
        cell["execution_count"] = number
        cell["outputs"] = [
            {"output_type": "execute_result", "execution_count": number, "data": shown, "metadata": about}
        ]
    return node


class Checkout:
    """A tiny checkout that can be written to."""

    def __init__(self, root: Path) -> None:
        self.root, self.notebooks = root, root / "notebooks"
        (root / "pyproject.toml").parent.mkdir(parents=True)
        (root / "pyproject.toml").write_text("[project]\nname = 'mmlab'\n")
        (self.notebooks / "images").mkdir(parents=True)
        (self.notebooks / "images" / "dot.png").write_bytes(b"a dot")
        self.write("01_first", FIRST)
        self.write("02_second", SECOND)
        self.write("solutions/01_first", SOLUTIONS)
        self.page("index", INDEX)
        self.page("map", MAP)

    def write(self, name: str, text: str, run: str | None = None, alt: str = "A dot.") -> None:
        """Write a chapter, its notebook run with another text if one is given."""
        notebook = self.notebooks / f"{name}.ipynb"
        source = notebook.parent / "text" / f"{notebook.stem}.md"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(HEAD + text, encoding="utf-8")
        notebook.write_text(json.dumps(executed(run or text, alt)), encoding="utf-8")

    def page(self, name: str, text: str) -> None:
        (self.notebooks / "pages").mkdir(exist_ok=True)
        (self.notebooks / "pages" / f"{name}.md").write_text(text, encoding="utf-8")

    @property
    def pages(self) -> dict[str, Page]:
        return {page.docname: page for page in Book(self.notebooks).pages}

    @property
    def faults(self) -> list[str]:
        return faults(Book(self.notebooks))

    def sources(self, folder: Path, **options: Any) -> dict[str, str]:
        """What Sphinx is given to read, by its path."""
        write_sources(Book(self.notebooks), folder, **options)
        files = (file for file in folder.rglob("*") if file.suffix in (".md", ".ipynb"))
        return {file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in files}


@pytest.fixture
def book(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "a book")


def test_a_book_in_order_has_no_faults(book: Checkout) -> None:
    assert book.faults == []
    assert list(book.pages) == ["index", "map", "01_first", "02_second", "solutions/01_first"]
    assert [page.kind for page in book.pages.values()] == ["page", "page", "chapter", "chapter", "solutions"]


@pytest.mark.parametrize(
    ("broken", "where", "says"),
    [
        (
            lambda book: book.write("02_second", SECOND.replace("01_first.ipynb#", "03_third.ipynb#")),
            ("text/02_second.md", AT + 5),
            "the link to 03_third.ipynb#below leads to no page of the book.",
        ),
        (
            lambda book: book.write("02_second", SECOND.replace("#below", "#above")),
            ("text/02_second.md", AT + 5),
            "01_first.ipynb has nothing called #above; it has #01--first, #below, #eq-01-1.",
        ),
        (
            lambda book: book.write("solutions/01_first", SOLUTIONS.replace("../01", "../text/01")),
            ("solutions/text/01_first.md", AT + 3),
            "the link to ../text/01_first.ipynb leads to no page of the book.",
        ),
        (
            lambda book: book.page("index", INDEX.replace("[the map](map.md)", "\n[the map](maps.md)")),
            ("pages/index.md", 4),
            "the link to maps.md leads to no page of the book.",
        ),
        (
            lambda book: book.page("index", INDEX.replace("A dot.", "")),
            ("pages/index.md", 5),
            "the picture ../images/dot.png has no words: say in its brackets what it shows.",
        ),
        (
            lambda book: book.page("map", MAP + "\n<p>\n<img src='../images/dot.png'></p>\n"),
            ("pages/map.md", 6),
            "the picture ../images/dot.png has no words: say in its brackets what it shows.",
        ),
        (
            lambda book: book.page("index", INDEX.replace("dot.png", "spot.png")),
            ("pages/index.md", 5),
            "there is no picture ../images/spot.png.",
        ),
        (
            lambda book: book.write("01_first", FIRST, alt=""),
            ("text/01_first.md", AT + 15),
            "this cell's picture has no words: draw it with mmlab.teach's figure and Picture.",
        ),
        (
            lambda book: book.write("01_first", FIRST, run=FIRST.replace("1 + 1", "1 + 2")),
            ("text/01_first.md", AT + 10),
            "the notebook is older than its text (cell 2 of the notebook and cell 2 of the text differ); "
            "`python mmlab notebooks 01_first` makes it anew.",
        ),
        (
            lambda book: (book.notebooks / "01_first.ipynb").write_text("{}"),
            ("text/01_first.md", 1),
            "01_first.ipynb is not a notebook, or a conflicted one (Notebook could not be "
            "converted from version 1 to version 2 because it's missing a key: cells)",
        ),
    ],
)
def test_what_is_not_published_is_said_with_file_and_line(
    book: Checkout, broken: Callable[[Checkout], object], where: tuple[str, int], says: str
) -> None:
    broken(book)
    assert f"notebooks/{where[0]}:{where[1]}: {says}" in book.faults


def test_a_chapter_that_was_never_run_is_said_too_and_all_faults_at_once(book: Checkout) -> None:
    (book.notebooks / "solutions" / "01_first.ipynb").unlink()
    link, missing = book.faults
    assert missing.startswith("notebooks/solutions/text/01_first.md:1: the notebook is older than its text")
    assert link.endswith("the link to solutions/01_first.ipynb leads to no page of the book.")
