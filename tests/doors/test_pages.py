"""The book as pages: which there are, what keeps them from being published, how links and equations come out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from mmlab.doors import mathjax, pages, theme
from mmlab.doors.book import Book, Page
from mmlab.doors.refusals import broken_links, faults
from mmlab.doors.sources import write_sources
from mmlab.doors.whole import BuildError
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
CHAPTERS = (("01", "first"), ("02", "second"))
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

    def tables(self) -> None:
        """Write what the front pages are made of."""
        rows = "".join(f"| [{n}](notebooks/{n}_{name}.ipynb) | A | b | 5 |\n" for n, name in CHAPTERS)
        (self.root / "README.md").write_text(rows)
        verdicts = "".join(f"[chapter.{n}]\nanswer = 'Yes.'\nbecause = 'So.'\n" for n, _ in CHAPTERS)
        (self.notebooks / "pages" / "verdicts.toml").write_text(f"written = 'today'\n{verdicts}")
        (self.notebooks / "pages" / "paths.toml").write_text("path = []\n")
        (self.notebooks / "pages" / "concepts.csv").write_text("concept,chapter,section,needs\n")
        (self.notebooks / "pages" / "references.csv").write_text("authors,year,title,where,doi,link\n")

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


def test_every_link_of_this_book_leads_to_a_page_and_a_section() -> None:
    ours = Book(ROOT / "notebooks")
    assert len(ours.places) > 30
    assert [
        f"{text.name}:{line}: {what}" for page in ours.places.values() for text, line, what in broken_links(page, ours)
    ] == []


def test_a_link_into_a_section_is_written_as_jupyterlab_names_its_headings() -> None:
    book = Book(ROOT / "notebooks")
    n_links = 0
    for page in book.pages:
        for link in page.links if page.kind != "page" else ():
            path, section = book.followed(page, link.target) or ("", "")
            if section and path in book.places:
                assert section in [heading.replace(" ", "-") for heading in book.places[path].headings], link
                n_links += 1
    assert n_links > 30


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
            "the notebook is older than its text (their cells differ); "
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


def cells(source: str) -> list[str]:
    """What the cells of a notebook say."""
    return ["".join(cell["source"]) for cell in json.loads(source)["cells"]]


def test_links_lead_where_sphinx_follows_them(book: Checkout, tmp_path: Path) -> None:
    sources = book.sources(tmp_path / "source", lite=False)
    assert "[the second](/02_second.ipynb#why-it-is-so)" in cells(sources["01_first.ipynb"])[0]
    assert "see [below](#below)" in cells(sources["01_first.ipynb"])[0]
    back = "[Back](/01_first.ipynb#below), to [its solutions](/solutions/01_first.ipynb) or to [the map](/map.md)."
    assert back in cells(sources["02_second.ipynb"])[0]
    assert "[chapter 01](/01_first.ipynb)" in cells(sources["solutions/01_first.ipynb"])[0]
    assert "[here](/01_first.ipynb), or with [the map](/map.md)" in sources["index.md"]
    assert "![A dot.](/images/dot.png)" in sources["index.md"]
    assert (tmp_path / "source" / "images" / "dot.png").is_file()


def test_a_numbered_equation_is_a_place_and_what_names_it_a_link(book: Checkout, tmp_path: Path) -> None:
    first = cells(book.sources(tmp_path / "source", lite=False)["01_first.ipynb"])[0]
    assert "(eq-01-1)=\n$$a = b \\tag{1}$$" in first
    assert "By [eq. (1)](#eq-01-1), and not by eq. (7)," in first


def test_contents_name_every_page_once_in_its_part(book: Checkout, tmp_path: Path) -> None:
    index = book.sources(tmp_path / "source", lite=False)["index.md"]
    assert re.findall(r":caption: ([\w ]+)\n\n([^`]+)\n```", index) == [
        ("About the book", "/map"),
        ("Chapters", "/01_first\n/02_second"),
        ("Solutions", "/solutions/01_first"),
    ]


def test_a_live_explorer_is_linked_to_only_where_lite_is(book: Checkout, tmp_path: Path) -> None:
    book.write("01_first", "# 01\n\n```{code-cell} ipython3\nfrom mmbook.ch01 import Map\nMap(depth=2)\n```\n")
    assert not any("lite/" in cell for cell in cells(book.sources(tmp_path / "a", lite=False)["01_first.ipynb"]))
    link = cells(book.sources(tmp_path / "b", lite=True)["01_first.ipynb"])[2]
    assert (
        'href="lite/repl/index.html?kernel=python&amp;toolbar=1&amp;code=from%20mmbook.ch01%20import%20Map%0AMap%28depth%3D2%29"'
        in link
    )


def test_a_chapter_says_whether_its_edge_still_lives_before_its_summary(book: Checkout, tmp_path: Path) -> None:
    book.write("02_second", SECOND + "\n## Summary\n\nIt was short.\n")
    verdict = "Yes, {}: [why](../01_first.ipynb#below).".format
    sources = book.sources(tmp_path / "source", lite=False, verdict=verdict)
    words = "## Does this edge still live?\n\nYes, 02: [why](/01_first.ipynb#below).\n## Summary"
    assert words in cells(sources["02_second.ipynb"])[0]
    assert "still live" not in sources["solutions/01_first.ipynb"]


def test_buttons_follow_the_repositorys_address() -> None:
    assert theme.doors("", lite=False) == {}
    assert theme.doors("", lite=True, up="../")["lite"].startswith("../lite/lab/index.html?path=notebooks/00")
    assert theme.doors(
        "https://github.com/someone/mmlab", lite=False, notebook="notebooks/solutions/01_first.ipynb"
    ) == {
        "binder": "https://mybinder.org/v2/gh/someone/mmlab/main?urlpath=lab/tree/notebooks/solutions/01_first.ipynb",
        "colab": "https://colab.research.google.com/github/someone/mmlab/blob/main/notebooks/solutions/01_first.ipynb",
    }


def test_what_lies_beside_the_site_stays_when_it_is_built_again(tmp_path: Path) -> None:
    out, made = tmp_path / "out", tmp_path / "made"
    for name in ("index.html", "lite/index.html", "old.html", pages.MARK):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(json.dumps({"files": ["index.html", "old.html"]}))
    made.mkdir()
    (made / "index.html").write_text("new")
    pages.keep_others(out, made)
    assert {path.relative_to(made).as_posix() for path in made.rglob("*.html")} == {"index.html", "lite/index.html"}
    (out / "index.md").write_text("mine")
    (made / "index.md").write_text("new")
    with pytest.raises(BuildError, match=r"index\.md is not of this command's making"):
        pages.keep_others(out, made)
    assert (out / "index.md").read_text() == "mine"


def test_mathjax_is_that_version_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"npm is missing.* or put mathjax-3\.2\.2\.tgz"):
        mathjax.fetched(tmp_path)
    (tmp_path / mathjax.NAME).write_bytes(b"another")
    with pytest.raises(BuildError, match="is not MathJax as it was published"):
        mathjax.fetched(tmp_path)


def test_a_missing_package_is_named_with_the_way_to_it(
    book: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mmlab.doors.whole.find_spec", lambda name: None if name in ("sphinx", "myst_nb") else name)
    assert pages.main(["--out", str(tmp_path / "out")], book.root) == 1
    assert "this needs sphinx and myst_nb" in (wrong := capsys.readouterr().err)
    assert "pip install -e '.[docs,site]'" in wrong
    assert not (tmp_path / "out").exists()


def test_a_fault_stops_the_build_before_anything_is_written(
    book: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("mmlab.doors.whole.find_spec", lambda name: name)
    book.tables()
    book.write("02_second", SECOND.replace("#below", "#above"))
    assert pages.main(["--out", str(tmp_path / "out")], book.root) == 1
    assert (
        f"\nnotebooks/text/02_second.md:{AT + 5}: 01_first.ipynb has nothing called #above" in capsys.readouterr().err
    )
    assert list(tmp_path.iterdir()) == [book.root]
