"""`python mmlab site --out DIR`: the book as static pages, from its executed notebooks, in one folder.

What lives here: the command, and the order of its steps. What is not published is said by `refusals.py`, how the pages
look by `theme.py`, and how the folder is filled whole or not at all by `whole.py`.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from mmlab.doors.book import Page, equation_anchor, find_pages
from mmlab.doors.refusals import faults, pictures, place, resolved, split
from mmlab.doors.whole import BuildError, made_whole, needs

MARK = "mmlab-site.json"
PDF = "mmlab.pdf"
PARTS = {"page": "Around the book", "chapter": "Chapters", "solutions": "Solutions"}
FRONT = "# mmlab: a workbook on market making\n\nBegin with [the first chapter](00_start_here.ipynb).\n"


def main(arguments: list[str], root: Path) -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser("python mmlab site", description="The book as static pages, in one folder.")
    parser.add_argument("--out", type=Path, required=True, help="a new or empty folder, or one that this has made")
    parser.add_argument("--cache", type=Path, help="where MathJax is kept (if not named: your user's cache)")
    parser.add_argument("--pdf", action="store_true", help="the whole book as a PDF too, which a Chromium prints")
    asked = parser.parse_args(arguments)
    start = time.monotonic()
    try:
        out = asked.out.expanduser().resolve()
        build(root, out, asked.cache and asked.cache.expanduser().resolve(), asked.pdf)
    except BuildError as error:
        print(f"mmlab: {error}", file=sys.stderr)
        return 1
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file()) / 2**20
    print(f"mmlab: {out} holds the site ({size:.0f} MB, {time.monotonic() - start:.0f} s): publish it, or see")
    print(f'    python -m http.server --bind 127.0.0.1 --directory "{out}"')
    return 0


def build(root: Path, out: Path, cache: Path | None = None, pdf: bool = False) -> None:
    """Build the site of a checkout into `out`, whole or not at all; what is in `out` and not of this stays.

    Raises
    ------
    BuildError
        If something is missing, the book is not fit to be published, or `out` is not this command's.
    """
    needs("site", "jupytext", "nbclient", "sphinx", "myst_nb", "sphinx_book_theme")
    from platformdirs import user_cache_path

    from mmlab.doors import mathjax, whole_pdf

    notebooks = root / "notebooks"
    if not (notebooks / "text").is_dir():
        raise BuildError(f"{root} holds no notebooks/text: the site is built in a checkout of mmlab.")
    pages = find_pages(notebooks)
    if wrong := faults(pages, notebooks):
        raise BuildError("the book is not fit to be published, and nothing was written:\n" + "\n".join(wrong))
    chromium = whole_pdf.find_chromium() if pdf else ""
    package = mathjax.fetched(cache or user_cache_path("mmlab"))
    with tempfile.TemporaryDirectory(prefix="mmlab-site-") as folder, made_whole(out, MARK) as made:
        source = Path(folder).resolve() / "source"
        write_sources(pages, notebooks, source)
        mathjax.unpack(package, source / "_static" / "mathjax")
        words = {name: alt for page in pages for _, name, alt in pictures(page)}
        lite = (out / "lite" / "mmlab-lite.json").is_file()
        run_sphinx(source, made, "html", root, words, lite, PDF if pdf else "")
        write_plain(pages, notebooks, made)
        if pdf:
            run_sphinx(source, Path(folder, "one"), "singlehtml", root, words, False, "")
            whole_pdf.print_page(chromium, Path(folder, "one", "index.html"), made / PDF)
        ours = sorted(file.relative_to(made).as_posix() for file in made.rglob("*") if file.is_file())
        (made / MARK).write_text(json.dumps({"made by": "python mmlab site", "files": ours}), encoding="utf-8")
        keep_others(out, made)


def write_sources(pages: Sequence[Page], notebooks: Path, source: Path) -> None:
    """Write what Sphinx reads: the notebooks and texts with their links as Sphinx follows them, and the contents."""
    source.mkdir()
    (source / "_static").mkdir()
    if (notebooks / "images").is_dir():
        shutil.copytree(notebooks / "images", source / "images")
    places = {place(page.file, notebooks): page for page in pages}
    front, contents = FRONT, "".join(contents_of(pages, kind, caption) for kind, caption in PARTS.items())
    for page in pages:
        content = page.file.read_text(encoding="utf-8")
        if page.notebook is not None:
            node = json.loads(content)
            for cell in node["cells"]:
                if cell["cell_type"] == "markdown":
                    cell["source"] = with_anchors(page, with_links(page, "".join(cell["source"]), places, notebooks))
            content = json.dumps(node)
        else:
            content = with_anchors(page, with_links(page, content, places, notebooks))
        if page.docname == "index":
            front = content
        else:
            file = source / f"{page.docname}{page.file.suffix}"
            file.parent.mkdir(exist_ok=True)
            file.write_text(content, encoding="utf-8")
    (source / "index.md").write_text(f"{front}\n{contents}", encoding="utf-8")


def contents_of(pages: Sequence[Page], kind: str, caption: str) -> str:
    """The pages of a kind as Sphinx's table of contents."""
    names = [f"/{page.docname}" for page in pages if page.kind == kind and page.docname != "index"]
    return "\n".join(["```{toctree}", ":hidden:", f":caption: {caption}", "", *names, "```", "", ""]) if names else ""


def with_links(page: Page, text: str, places: dict[str, Page], notebooks: Path) -> str:
    """A text of a page whose links to others lead to where these are on the site."""
    by_target = {link.target: link for link in page.links}

    def led(match: re.Match[str]) -> str:
        link = by_target.get(match[1])
        path, anchor = split(link) if link else (None, "")
        if path is None:
            return match[0]
        there = places.get(resolved(page, path, notebooks))
        if there is None:
            return f"](/{resolved(page, path, notebooks)})"
        target = f"/{there.docname}{there.file.suffix}" if path else ""
        return f"]({target}#{there.anchors[anchor]})" if anchor else f"]({target})"

    return re.sub(r"\]\(([^()\s]+)\)", led, text)


def with_anchors(page: Page, text: str) -> str:
    """A text of a page in which each numbered equation can be linked to, and is, where the text names it."""
    text = re.sub(
        r"^(?=\$\$.*\\tag\{(\w+)\})", lambda match: f"({equation_anchor(page.docname, match[1])})=\n", text, flags=re.M
    )

    def linked(match: re.Match[str]) -> str:
        known = match[2] in page.equations
        return f"[{match[0]}](#{equation_anchor(page.docname, match[2])})" if known else match[0]

    return re.sub(r"\b([Ee]q\.|[Ee]quation) \((\d+)\)(?!\])", linked, text)


def run_sphinx(source: Path, made: Path, builder: str, root: Path, words: dict[str, str], lite: bool, pdf: str) -> None:
    """Let Sphinx build; whatever it warns of stops the build."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    from mmlab.doors import theme

    warnings = io.StringIO()
    configuration = theme.settings(theme.repository(root), words, lite, pdf)
    with docutils_namespace():
        app = Sphinx(
            srcdir=source,
            confdir=None,
            outdir=made,
            doctreedir=source.with_name(f"{builder}-trees"),
            buildername=builder,
            confoverrides=configuration,
            status=None,
            warning=warnings,
        )
        app.build()
    if warned := warnings.getvalue().replace(f"{source}{os.sep}", "notebooks/").strip():
        raise BuildError(f"Sphinx warns, and nothing was written:\n{warned}")


def write_plain(pages: Sequence[Page], notebooks: Path, made: Path) -> None:
    """Write what is taken home or read by programs: the notebooks, their texts, and an index of those."""
    index = ["# mmlab", "", "> A workbook on market making: executed Jupyter notebooks over a small tested package."]
    for kind, caption in PARTS.items():
        index += ["", f"## {caption}", ""]
        for page in (page for page in pages if page.kind == kind):
            shutil.copyfile(page.text, made / f"{page.docname}.md")
            if page.notebook is not None:
                shutil.copyfile(page.notebook, made / f"{page.docname}.ipynb")
            index.append(f"- [{page.headings[0]}]({page.docname}.md): {page.summary}")
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
