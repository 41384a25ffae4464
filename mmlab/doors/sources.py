"""What Sphinx is given to read: each notebook and text as it stands, with what only a site can do to it.

Links lead where Sphinx follows them, numbered equations can be linked to, a chapter says whether its edge still lives,
and under each explorer is the way to the same one alive, where JupyterLite lies beside the site.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmlab.doors.book import Book, Page, equation_anchor
from mmlab.doors.live_cell import explorer_in

PARTS = {"page": "About the book", "chapter": "Chapters", "solutions": "Solutions"}
FRONT = "# mmlab\n\nBegin with [the first chapter](00_start_here.ipynb).\n"
STILL = "## Does this edge still live?\n\n"


def write_sources(
    book: Book,
    source: Path,
    lite: bool,
    verdict: Callable[[str], str] | None = None,
    moving: Callable[[str, int, bool], str] = lambda *_: "",
) -> None:
    """Write what Sphinx reads into a new folder.

    Parameters
    ----------
    book : Book
        The pages.
    source : Path
        The folder.
    lite : bool
        Whether JupyterLite lies beside the site, in lite/.
    verdict : function, optional
        The number of a chapter → what is to be said of its use today, with links as in notebooks/pages.
    moving : function, optional
        What stands under an explorer that moves without a kernel, as `mmlab.doors.moving.write` gives it.
    """
    (source / "_static").mkdir(parents=True, exist_ok=True)
    if (book.notebooks / "images").is_dir():
        shutil.copytree(book.notebooks / "images", source / "images")
    front = FRONT
    for page in book.pages:
        if page.notebook is None:
            content = as_on_site(book, page, page.made or page.text.read_text(encoding="utf-8"))
        else:
            node = json.loads(page.notebook.read_text(encoding="utf-8"))
            still = verdict(page.docname[:2]).replace("](../", "](") if verdict and page.kind == "chapter" else ""
            node["cells"] = list(cells_on_site(book, page, node["cells"], still, lite, moving))
            content = json.dumps(node)
        if page.docname == "index":
            front = content
        else:
            file = source / f"{page.docname}{page.file.suffix}"
            file.parent.mkdir(exist_ok=True)
            file.write_text(content, encoding="utf-8")
    contents = "".join(contents_of(book, kind, caption) for kind, caption in PARTS.items())
    (source / "index.md").write_text(f"{front}\n\n{contents}", encoding="utf-8")


def contents_of(book: Book, kind: str, caption: str) -> str:
    """The pages of a kind as Sphinx's table of contents."""
    names = [f"/{page.docname}" for page in book.pages if page.kind == kind and page.docname != "index"]
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *names, "```", "", ""]) if names else ""


def cells_on_site(
    book: Book, page: Page, cells: list[Any], still: str, lite: bool, moving: Callable[[str, int, bool], str]
) -> list[Any]:
    """The cells of a notebook, and between them what the site adds."""
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    shown = []
    for cell in cells:
        text = "".join(cell["source"])
        shown.append(cell)
        for output in cell.get("outputs", []):
            if "](#" in (table := "".join(output.get("data", {}).get("text/markdown", ""))):
                output["data"]["text/markdown"] = as_on_site(book, page, table)
        if cell["cell_type"] == "markdown":
            if still:
                text = re.sub(r"^(?=## (Summary|Where next)$)", lambda _: f"{STILL}{still}\n", text, flags=re.M)
            cell["source"] = as_on_site(book, page, text)
        elif cell["cell_type"] == "code" and (lines := explorer_in(text, code)):
            depth = page.docname.count("/")
            below = moving(lines, depth, lite) + (live(lines, depth) if lite else "")
            shown.append({"cell_type": "markdown", "id": f"live-{len(shown)}", "metadata": {}, "source": below})
    return shown


def live(lines: str, depth: int) -> str:
    """The way to an explorer alive, from a page so many folders deep."""
    from mmlab.teach.share import repl_query  # which loads what draws

    asked = repl_query(lines).replace("&", "&amp;")
    link = f'<a href="{"../" * depth}lite/repl/index.html?{asked}">Make it live</a>'
    return (
        f'<p class="mm-live">{link}: its sliders in this browser, with no server; the first time takes a minute.</p>\n'
    )


def as_on_site(book: Book, page: Page, text: str) -> str:
    """A text of a page, its links as Sphinx follows them, and its numbered equations as places to link to."""

    def led(match: re.Match[str]) -> str:
        followed = book.followed(page, match[1])
        if followed is None or (match[1].startswith("#") and match[1].removeprefix("#") not in page.anchors):
            return match[0]
        path, anchor = followed
        there = book.places.get(path)
        if there is None:
            return f"](/{path})"
        target = "" if there is page and anchor else f"/{there.docname}{there.file.suffix}"
        return f"]({target}#{there.anchors.get(anchor, anchor)})" if anchor else f"]({target})"

    def marked(match: re.Match[str]) -> str:
        return f"({equation_anchor(page.docname, match[1])})=\n"

    def named(match: re.Match[str]) -> str:
        known = match[2] in page.equations
        return f"[{match[0]}](#{equation_anchor(page.docname, match[2])})" if known else match[0]

    text = re.sub(r"\]\(([^()\s]+)\)", led, text)
    text = re.sub(r"^(?=\$\$.*\\tag\{(\w+)\})", marked, text, flags=re.M)
    # "eq. (2) of chapter 06" is another chapter's.
    return re.sub(r"\b([Ee]q\.|[Ee]quation) \((\w+)\)(?!\]| of )", named, text)
