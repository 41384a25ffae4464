"""`python mmlab site --out DIR`: the book as static pages, from its executed notebooks, in one folder.

What lives here: the command, and the order of its steps. What is not published is said by `refusals.py`, how the pages
look by `theme.py`, and how the folder is filled whole or not at all by `whole.py`.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mmlab.address import repository
from mmlab.doors import mathjax, moving, theme, whole_pdf
from mmlab.doors.book import Book
from mmlab.doors.chapters import PageError
from mmlab.doors.front_pages import PAGES, FrontPages
from mmlab.doors.refusals import faults, pictures
from mmlab.doors.sources import PARTS, write_sources
from mmlab.doors.whole import BuildError, made_whole, needs

MARK = "mmlab-site.json"


def main(arguments: list[str], root: Path) -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser("python mmlab site", description="The book as static pages, in one folder.")
    parser.add_argument("--out", type=Path, required=True, help="a new or empty folder, or one that this has made")
    parser.add_argument("--cache", type=Path, help="where MathJax and sweeps are kept (if not named: your user's)")
    parser.add_argument("--moving", default="all", help="chapters whose explorers move on the page (all, none, 02,08)")
    parser.add_argument(
        "--lite", action="store_true", help="with links into DIR/lite, where `python mmlab lite` builds"
    )
    parser.add_argument("--pdf", action="store_true", help="the whole book as a PDF too, which a Chromium prints")
    asked = parser.parse_args(arguments)
    start = time.monotonic()
    try:
        out = asked.out.expanduser().resolve()
        build(root, out, asked.cache and asked.cache.expanduser().resolve(), asked.lite, asked.pdf, asked.moving)
    except BuildError as error:
        print(f"mmlab: {error}", file=sys.stderr)
        return 1
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / 2**20
    print(f"mmlab: {out} holds the site ({size:.0f} MB, {time.monotonic() - start:.0f} s): publish it, or see")
    print(f'    python -m http.server --bind 127.0.0.1 --directory "{out}"')
    return 0


def build(
    root: Path, out: Path, cache: Path | None = None, lite: bool = False, pdf: bool = False, moved: str = "all"
) -> None:
    """Build the site of a checkout into `out`, whole or not at all; what lies in `out` and is not of this stays.

    The explorers of the chapters that `moved` names move without a kernel: "all", "none", or numbers as "02,08".

    Raises
    ------
    BuildError
        If something is missing, the book is not fit to be published, or `out` is not this command's.
    """
    needs("docs,site", "jupytext", "nbclient", "sphinx", "myst_nb", "sphinx_book_theme", "platformdirs")
    from platformdirs import user_cache_path

    if not (root / "notebooks" / "text").is_dir():
        raise BuildError(f"{root} holds no notebooks/text: the site is built in a checkout of mmlab.")
    book, wrong = Book(root / "notebooks"), []
    try:
        front = FrontPages(root, theme.doors(repository(root), lite))
        for page in book.pages:
            page.made = front.page(page.docname) if page.docname in PAGES else ""
    except PageError as problem:
        wrong = [str(problem)]
    if wrong := wrong + faults(book):
        raise BuildError("the book is not fit to be published, and nothing was written:\n" + "\n".join(wrong))
    chromium = whole_pdf.find_chromium() if pdf else ""
    cache = cache or user_cache_path("mmlab")
    package = mathjax.fetched(cache)
    sweeps = moving.computed(root, list(moving.explorers(book, moved)), cache)
    with made_whole(out, MARK) as made, tempfile.TemporaryDirectory(prefix="mmlab-site-") as folder:
        work = Path(folder).resolve()
        words = {name: alt for page in book.pages for _, name, alt in pictures(page)}
        for builder in ("html", "singlehtml") if pdf else ("html",):
            source = work / builder
            (source / "_static").mkdir(parents=True)
            under = moving.write(sweeps if builder == "html" else {}, source / "_static")
            write_sources(book, source, lite and builder == "html", front.verdict, under)
            mathjax.unpack(package, source / "_static" / "mathjax")
            settings = theme.settings(repository(root), words, lite, whole_pdf.NAME if pdf else "")
            run_sphinx(source, made if builder == "html" else work / "one", builder, settings)
        write_plain(book, made, {chapter.name: chapter.after for chapter in front.chapters.values()})
        if pdf:
            whole_pdf.print_page(chromium, work / "one" / "index.html", made / whole_pdf.NAME)
        ours = sorted(file.relative_to(made).as_posix() for file in made.rglob("*") if file.is_file())
        (made / MARK).write_text(json.dumps({"made by": "python mmlab site", "files": ours}), encoding="utf-8")
        keep_others(out, made)


def run_sphinx(source: Path, made: Path, builder: str, settings: dict[str, Any]) -> None:
    """Let Sphinx build; whatever it warns of stops the build."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    warnings = io.StringIO()
    trees = source.with_name(f"{builder}-trees")
    with docutils_namespace():
        Sphinx(source, None, made, trees, builder, settings, status=None, warning=warnings).build()
    if warned := warnings.getvalue().replace(f"{source}{os.sep}", "notebooks/").strip():
        raise BuildError(f"Sphinx warns, and nothing was written:\n{warned}")


def write_plain(book: Book, made: Path, after: dict[str, str]) -> None:
    """Write what is taken home or read by programs: notebooks, texts, and an index that says what each is for.

    Parameters
    ----------
    book : Book
        The pages.
    made : Path
        The site's folder.
    after : dict
        A chapter's docname → what a reader can do after it.
    """
    index = ["# mmlab", "", "> A workbook on market making: executed Jupyter notebooks over a small tested package."]
    for kind, caption in PARTS.items():
        index += ["", f"## {caption}", ""]
        for page in (page for page in book.pages if page.kind == kind):
            text = page.made or page.text.read_text(encoding="utf-8")
            (made / f"{page.docname}.md").write_text(text, encoding="utf-8")
            if page.notebook is not None:
                shutil.copyfile(page.notebook, made / f"{page.docname}.ipynb")
            about = {
                "page": page.summary,
                "chapter": f"After it you can {after.get(page.docname)}.",
                "solutions": "Its exercises solved, each answer checked.",
            }[kind]
            index.append(f"- [{page.headings[0]}]({page.docname}.md): {about}")
    (made / "llms.txt").write_text("\n".join(index) + "\n", encoding="utf-8")


def keep_others(out: Path, made: Path) -> None:
    """Move what lies in the old folder and was not made by this command into the new one.

    Raises
    ------
    BuildError
        If the new site has a file of that name.
    """
    if not (out / MARK).is_file():
        return
    ours = {MARK, *json.loads((out / MARK).read_text(encoding="utf-8"))["files"]}
    others = [file for file in out.rglob("*") if not file.is_dir() and file.relative_to(out).as_posix() not in ours]
    for file in others:
        there = made / file.relative_to(out)
        if there.exists():
            raise BuildError(f"{file} is not of this command's making, and the new site has a file of that name.")
    for file in others:
        there = made / file.relative_to(out)
        there.parent.mkdir(parents=True, exist_ok=True)
        file.rename(there)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).parents[2]))
