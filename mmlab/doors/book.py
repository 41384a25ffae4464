"""The book as a reader's pages: which there are, from which files, and how each is found by a link.

What lives here changes nothing. A page is named by its docname, as Sphinx calls it: the path of its HTML
without the ending (02_avellaneda_stoikov, solutions/02_avellaneda_stoikov, index).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from mmlab.doors.chapters import anchor


class Link(NamedTuple):
    """A link or a picture in a text, with its line; the words are what stands in its brackets."""

    line: int
    target: str
    words: str
    is_picture: bool


class Page:
    """A page of the book: a chapter, its solutions, or a text of notebooks/pages.

    Parameters
    ----------
    docname : str
        As above.
    text : Path
        Its MyST text.
    notebook : Path or None
        The executed notebook, of a chapter or its solutions.

    Attributes
    ----------
    made : str
        What a page says where that is more than its file: with its lists in it, which are made of other files.
    """

    def __init__(self, docname: str, text: Path, notebook: Path | None = None) -> None:
        self.docname, self.text, self.notebook, self.made = docname, text, notebook, ""

    @property
    def file(self) -> Path:
        """What a link to this page names."""
        return self.notebook or self.text

    @property
    def kind(self) -> str:
        """One of chapter, solutions, page."""
        if self.notebook is None:
            return "page"
        return "solutions" if self.docname.startswith("solutions/") else "chapter"

    @cached_property
    def tokens(self) -> list[Any]:
        """The text as markdown-it reads it, formulas as MyST does."""
        from markdown_it import MarkdownIt
        from mdit_py_plugins.dollarmath import dollarmath_plugin
        from mdit_py_plugins.front_matter import front_matter_plugin

        reader = MarkdownIt("commonmark").enable("table").use(front_matter_plugin).use(dollarmath_plugin)
        return reader.parse(self.text.read_text(encoding="utf-8"))

    @cached_property
    def headings(self) -> list[str]:
        """What its headings say, in their order; the first is the title."""
        starts = [n for n, token in enumerate(self.tokens) if token.type == "heading_open"]
        return [
            "".join(part.content for part in self.tokens[n + 1].children if part.type in ("text", "code_inline"))
            for n in starts
        ]

    @cached_property
    def anchors(self) -> dict[str, str]:
        """What a link may say after # → what it says on the site: a heading as JupyterLab or as GitHub writes it."""
        named = {slug: slug for slug in map(anchor, self.headings)}
        as_in_lab = {heading.replace(" ", "-"): anchor(heading) for heading in self.headings}
        equations = [equation_anchor(self.docname, n) for n in self.equations]
        targets = [name for token in self.tokens for name in re.findall(r"^\(([\w-]+)\)=$", token.content, re.M)]
        return as_in_lab | named | {name: name for name in [*equations, *targets]}

    @cached_property
    def equations(self) -> list[str]:
        """The numbers of its displayed equations."""
        tags = (re.search(r"\\tag\{(\w+)\}", token.content) for token in self.tokens if token.type == "math_block")
        return [tag[1] for tag in tags if tag]

    @property
    def cell_lines(self) -> list[int]:
        """The lines on which its code cells begin."""
        fences = (token for token in self.tokens if token.type == "fence" and token.info.startswith("{code-cell}"))
        return [token.map[0] + 1 for token in fences]

    @cached_property
    def links(self) -> list[Link]:
        """Its links and pictures."""
        return list(links_of(self.tokens))

    @cached_property
    def summary(self) -> str:
        """What it is for, in a sentence: the first of its text, without marks and links."""
        paragraphs = (
            self.tokens[n + 1].content for n, token in enumerate(self.tokens) if token.type == "paragraph_open"
        )
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[*`]", lambda match: match[1] or "", next(paragraphs, ""))
        return re.split(r"(?<=[.?!])\s", " ".join(plain.split()), maxsplit=1)[0]


def equation_anchor(docname: str, number: str) -> str:
    """Equation 3 of chapter 02 is eq-02-3, so that no two in the book are alike."""
    return f"eq-{Path(docname).name.split('_')[0]}-{number}"


def links_of(tokens: list[Any]) -> Iterator[Link]:
    """The links and pictures of some tokens; of HTML the pictures, for its links are those of a finished page."""
    for token in tokens:
        line = token.map[0] + 1 if token.map else 0
        for n, part in enumerate(token.children or [token]):
            if part.type == "link_open":
                words = "".join(one.content for one in token.children[n + 1 :][:1])
                yield Link(line, str(part.attrs["href"]), words, False)
            elif part.type == "image":
                yield Link(line, str(part.attrs["src"]), part.content, True)
            elif part.type in ("html_inline", "html_block"):
                for row, html in enumerate(part.content.splitlines()):
                    for picture in re.findall(r"<img\b[^>]*>", html):
                        given = dict(re.findall(r"""\b(src|alt)=["']([^"']*)""", picture))
                        yield Link(line + row, given.get("src", ""), given.get("alt", ""), True)
            elif part.type in ("softbreak", "hardbreak"):
                line += 1


class Book:
    """A checkout's folder `notebooks`: its pages, the texts of notebooks/pages first, then chapters and solutions."""

    def __init__(self, notebooks: Path) -> None:
        from mmlab.doors.front_pages import PAGES
        from mmlab.teach.pairs import find_pairs

        self.notebooks = notebooks
        order = {name: n for n, name in enumerate(PAGES)}
        texts = sorted(
            (notebooks / "pages").glob("*.md"), key=lambda path: (order.get(path.stem, len(order)), path.stem)
        )
        self.pages = [Page(path.stem, path) for path in texts]
        self.pages += [Page(pair.name, pair.text, pair.notebook) for pair in find_pairs(notebooks)]
        self.places = {self.place(page.file): page for page in self.pages if page.file.exists() and page.text.exists()}

    def place(self, file: Path) -> str:
        """Where a file lies in the folder."""
        return file.relative_to(self.notebooks).as_posix()

    def followed(self, page: Page, target: str) -> tuple[str, str] | None:
        """Where in the folder a link of a page leads, and to which anchor; None if it leaves the book."""
        parts = urlsplit(target)
        if parts.scheme or parts.netloc or target.startswith("/"):
            return None
        here = self.place(page.file)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(here), unquote(parts.path))) if parts.path else here
        return path, unquote(parts.fragment)
