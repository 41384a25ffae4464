"""A chapter's quiz as Moodle XML: its predictions, and short questions on numbers and words, drawn by a seed."""

from __future__ import annotations

import argparse
from pathlib import Path

from markupsafe import Markup

from mmlab.classroom.items import Item, predictions, short_questions
from mmlab.classroom.moodle import GRADES, as_html, moodle_xml
from mmlab.files import write_whole
from mmlab.measure.pages import from_template
from mmlab.parameters import ParameterError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `mmlab class quiz` takes."""
    option = parser.add_argument
    option("chapter", help="02, A1, …")
    option("--out", type=Path, required=True, help="quiz.xml for Moodle; quiz.html for you, with all answers")
    option("--questions", type=int, default=10, help="short questions beside the predictions (default: 10)")
    option("--seed", type=int, default=0, help="which short questions, and at which numbers")
    option("--partial", type=int, choices=GRADES, default=0, help="of a usual mistake's number, %% (default: 0)")


def run(asked: argparse.Namespace) -> None:
    """`mmlab class quiz`."""
    if asked.out.suffix not in (".xml", ".html"):
        raise ParameterError(f"--out must be a file that ends in .xml or .html; got {asked.out.name!r}.")
    print(f"chapter {asked.chapter}: its answers and their pictures, some ten seconds")
    items = quiz_items(asked.chapter, asked.questions, asked.seed)
    is_xml = asked.out.suffix == ".xml"
    made = moodle_xml(asked.chapter, items, asked.partial) if is_xml else for_teacher(asked.chapter, items)
    write_whole("the quiz", {asked.out: [made]})
    print(f"{asked.out}: {len(items)} questions")


def quiz_items(chapter: str, number: int = 10, seed: int = 0) -> list[Item]:
    """The predictions of a chapter such as "02", and so many short questions.

    Raises
    ------
    ParameterError
        If there is no such chapter, or less than no question is asked for.
    """
    if not 0 <= number <= 200 or seed < 0:
        raise ParameterError(f"--questions is between 0 and 200 and --seed at least 0; got {number} and {seed}.")
    return [*predictions(chapter), *short_questions(chapter, seed, number)]


def quiz(chapter: str, number: int = 10, seed: int = 0, partial: int = 0) -> str:
    """The same as Moodle XML; `partial` is what a usual mistake gets [%]. Raises as `quiz_items`."""
    return moodle_xml(chapter, quiz_items(chapter, number, seed), partial)


def for_teacher(chapter: str, items: list[Item]) -> str:
    """The questions on a page, with every answer and what is said of it."""
    filters = {"html": lambda words: Markup(as_html(words))}
    return from_template("quiz.html.j2", "mmlab.classroom", filters, chapter=chapter, items=items)
