"""A chapter as the slides of a lecture: one HTML file, reveal.js and MathJax in it, which needs no network."""

from __future__ import annotations

import argparse
import html
import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat
from markupsafe import Markup

from mmlab.classroom.chapters import answer_of, notebook_of, notebooks, questions_of
from mmlab.classroom.lecture import lecture
from mmlab.classroom.piece import Asked, Piece, in_lines, is_dense
from mmlab.classroom.section import Slide
from mmlab.files import write_whole
from mmlab.measure.pages import from_template
from mmlab.parameters import ParameterError

REVEAL = ("dist/reveal.js", "dist/reveal.css", "dist/plugin/notes.js")
MATHJAX = "es5/tex-svg.js"
THEMES = ("light", "dark")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `mmlab class slides` takes."""
    parser.add_argument("chapters", nargs="+", metavar="chapter", help="02, A1, …, or all")
    parser.add_argument("--out", type=Path, default=Path("slides"), help="the folder to write to (default: slides)")
    parser.add_argument("--theme", choices=THEMES, default="light")
    parser.add_argument("--cache", type=Path, help="where reveal.js and MathJax are kept (if not named: your cache)")


def run(asked: argparse.Namespace) -> None:
    """`mmlab class slides`."""
    from mmlab.doors.whole import BuildError

    chapters = [*notebooks()] if asked.chapters == ["all"] else asked.chapters
    files = {chapter: asked.out / f"{notebook_of(chapter).stem}.html" for chapter in chapters}
    try:
        scripts = loaded(asked.cache)
    except BuildError as problem:
        raise ParameterError(str(problem)) from None
    asked.out.mkdir(parents=True, exist_ok=True)
    for chapter, file in files.items():
        print(f"chapter {chapter}: its answers and pictures, some ten seconds")
        slides = slides_of(chapter)
        write_whole("the slides", {file: [page(slides, scripts, asked.theme)]})
        print(f"{file}: {len(slides)} slides")


def loaded(cache: Path | None) -> dict[str, str]:
    """What the page loads, by its name in its package: from the cache, or by npm.

    Raises
    ------
    BuildError
        If a package cannot be had.
    """
    from mmlab.doors.mathjax import MATHJAX as MATH
    from mmlab.doors.npm import Package, contents
    from mmlab.doors.whole import needs

    needs("site", "platformdirs")
    from platformdirs import user_cache_path

    sha256 = "2f0c20bfb02447a198a1ebe8a8c097a5437d035caa38f2820bf4ba887a3eac91"
    reveal = Package("reveal.js", "reveal.js", "6.0.2", sha256)
    there, found = cache or user_cache_path("mmlab"), dict[str, str]()
    for package, names in ((reveal, REVEAL), (MATH, (MATHJAX,))):
        found |= {name: content.decode("utf-8") for name, content in contents(package.fetched(there), names)}
    return found


def slides_of(chapter: str) -> list[Slide]:
    """The slides of a chapter; the answers to its predictions are computed now."""
    questions = {question.id: question for question in questions_of(chapter)}

    def ask(id: str) -> Asked:
        from mmlab.teach.style import png

        question = questions[id]
        answer, figure = answer_of(question)
        picture = "" if figure is None else png(figure, dpi=160)
        return Asked(question.text, question.choices, question.right, answer, picture)

    return lecture(nbformat.read(notebook_of(chapter), as_version=4).cells, ask)


def page(slides: Sequence[Slide], scripts: dict[str, str], theme: str = "light") -> str:
    """The page of a lecture.

    Parameters
    ----------
    slides : sequence of Slide
    scripts : dict
        What `loaded` returns.
    theme : str
        "light" or "dark".
    """
    stacks = list[list[Slide]]()
    for slide in slides:
        if slide.starts or not stacks:
            stacks.append([])
        stacks[-1].append(slide)
    reveal, style, notes = (scripts[name] for name in REVEAL)
    ours = (files("mmlab.classroom") / "templates" / "slides.css").read_text(encoding="utf-8")
    code = {"reveal": reveal, "notes": notes, "mathjax": scripts[MATHJAX], "style": style + ours}
    shows = {name: Markup(text) for name, text in code.items()}
    filters: dict[str, Callable[..., Any]] = {"markdown": markdown, "shown": shown, "inline": inline}
    return from_template("slides.html.j2", "mmlab.classroom", filters, stacks=stacks, theme=theme, **shows)


def markdown(text: str) -> Markup:
    """Markdown as HTML, with formulas as MathJax takes them."""
    from nbconvert.filters import markdown2html_mistune

    return Markup(re.sub(r'<a class="anchor-link".*?</a>', "", markdown2html_mistune(text)))


def inline(text: str) -> Markup:
    """One line of Markdown as HTML without a paragraph about it."""
    made = markdown(text).strip().removeprefix("<p>").removesuffix("</p>")
    return Markup(made)


def shown(piece: Piece) -> Markup:
    """A piece of a slide as HTML; a question is the template's."""
    source = piece.source
    if piece.kind == "equation":
        made = html.escape(in_lines(source))
    elif piece.kind == "picture":
        made = f'<img class="picture" src="data:image/png;base64,{source}" alt="{html.escape(piece.alt)}">'
    elif piece.kind == "printed":
        made = f"<pre>{html.escape(source)}</pre>"
    elif piece.kind == "code":
        made = coloured(source)
    else:
        made = markdown(source)
    dense = " dense" if piece.kind == "list" and is_dense(source) else ""
    kind = f"{piece.kind}{dense}{' fragment' if piece.is_fragment else ''}"
    return Markup(f'<div class="{kind}">{made}</div>')


def coloured(code: str) -> str:
    """Python's code with its parts marked."""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return str(highlight(code, PythonLexer(), HtmlFormatter(nowrap=False)))
