"""What is not published: a link that leads nowhere, a picture without words, a notebook that is not its text's.

Each is said with the file and the line in which it is to be mended, and all of them at once.
"""

from __future__ import annotations

import base64
import difflib
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from mmlab.doors.book import Book, Page


def faults(book: Book) -> list[str]:
    """Return one sentence, beginning with file and line, for each thing that keeps the book from being published."""
    found = []
    for page in book.pages:
        not_as_written = list(stale(page))
        found += not_as_written
        found += broken_links(page, book) if page in book.places.values() else []
        found += [] if not_as_written else wordless_pictures(page)
    return [f"{path.relative_to(book.notebooks.parent).as_posix()}:{line}: {what}" for path, line, what in found]


def stale(page: Page) -> Iterator[tuple[Path, int, str]]:
    """Where a notebook and its text differ by content, or the notebook is not fit to be shown."""
    from mmlab.files import FileError
    from mmlab.teach import pairs

    if page.notebook is None:
        return
    again = f"`python mmlab notebooks {page.docname}` makes it anew"
    try:
        differ = pairs.differences(page.notebook, page.text)
        wrong = pairs.faults(page.notebook) if page.notebook.exists() else []
    except FileError as problem:
        yield page.text, 1, str(problem)
        return
    if differ:
        line = 1
        if page.notebook.exists() and page.text.exists():
            made = pairs.as_text(pairs.read(page.notebook))
            line = first_difference(made, page.text.read_text(encoding="utf-8"))
        what = differ[0].splitlines()[0].removesuffix(":")
        yield page.text, line, f"the notebook is older than its text ({what}); {again}."
    for sentence in wrong:
        yield page.notebook, 1, f"{sentence}; {again}."


def first_difference(made: str, text: str) -> int:
    """The line of a text, counted from 1, at which it first is not what was made of its notebook."""
    # How a cell's fence and tags are written changes with jupytext's version.
    form = re.compile(r"\s*$|```\{code-cell|:?tags:|---|\+\+\+")
    ours, others = (
        [(n, line) for n, line in enumerate(one.splitlines(), 1) if not form.match(line)] for one in (made, text)
    )
    same = difflib.SequenceMatcher(None, [line for _, line in ours], [line for _, line in others], autojunk=False)
    changed = [start for kind, _, _, start, _ in same.get_opcodes() if kind != "equal"]
    return others[min(changed[0], len(others) - 1)][0] if changed else 1


def broken_links(page: Page, book: Book) -> Iterator[tuple[Path, int, str]]:
    """The links of a page, and its pictures, that lead to nothing that is on the site."""
    for link in page.links:
        if (led := book.followed(page, link.target)) is None:
            continue
        path, anchor = led
        there = book.places.get(path)
        if there is None and path.endswith((".png", ".svg")):
            if not (book.notebooks / path).is_file():
                yield page.text, link.line, f"there is no picture {link.target}."
        elif there is None:
            yield page.text, link.line, f"the link to {link.target} leads to no page of the book."
        elif anchor and anchor not in there.anchors:
            known = ", ".join(f"#{name}" for name in dict.fromkeys(there.anchors.values()))
            yield page.text, link.line, f"{there.file.name} has nothing called #{anchor}; it has {known}."


def wordless_pictures(page: Page) -> Iterator[tuple[Path, int, str]]:
    """The pictures of a page, drawn by its cells or linked, that have no words for those who do not see them."""
    for link in page.links:
        if link.is_picture and not link.words.strip():
            yield page.text, link.line, f"the picture {link.target} has no words: say in its brackets what it shows."
    for line, _, words in pictures(page):
        if not words:
            yield page.text, line, "this cell's picture has no words: draw it with mmlab.teach's figure and Picture."


def pictures(page: Page) -> Iterator[tuple[int, str, str]]:
    """The PNGs that a notebook's cells show: the line of the cell in the text, myst-nb's name for it, its words."""
    if page.notebook is None:
        return
    from mmlab.teach.pairs import read

    code = [cell for cell in read(page.notebook).cells if cell.cell_type == "code"]
    for line, cell in zip(page.cell_lines, code, strict=False):
        for output in cell.outputs:
            if "image/png" in output.get("data", {}):
                words = output.metadata.get("image/png", {}).get("alt", "")
                name = hashlib.sha256(base64.b64decode(output.data["image/png"])).hexdigest()
                yield line, name, " ".join(words.split())
