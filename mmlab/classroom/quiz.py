"""A chapter's predictions as a quiz in the XML of Moodle, which other systems take too: a right choice, and whys."""

from __future__ import annotations

import argparse
import html
import re
import xml.etree.ElementTree as Xml
from pathlib import Path

from mmlab.classroom.chapters import questions_of
from mmlab.files import write_whole


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `mmlab class quiz` takes."""
    parser.add_argument("chapter", help="02, A1, …")
    parser.add_argument("--out", type=Path, required=True, help="the file to write")


def run(asked: argparse.Namespace) -> None:
    """`mmlab class quiz`."""
    write_whole("the quiz", {asked.out: [quiz(asked.chapter)]})


def quiz(chapter: str) -> str:
    """The predictions of a chapter such as "02" as Moodle XML; what each choice misses is the feedback on it.

    Raises
    ------
    ParameterError
        If there is no such chapter.
    """
    root = Xml.Element("quiz")
    category = Xml.SubElement(root, "question", type="category")
    _text(Xml.SubElement(category, "category"), f"$course$/mmlab/{chapter}")
    for question in questions_of(chapter):
        node = Xml.SubElement(root, "question", type="multichoice")
        _text(Xml.SubElement(node, "name"), f"{chapter} {question.id}")
        _text(Xml.SubElement(node, "questiontext", format="html"), _as_html(question.text))
        sentence = question.reveal(question.right).sentence
        _text(Xml.SubElement(node, "generalfeedback", format="html"), _as_html(sentence))
        for name, value in {"defaultgrade": "1", "penalty": "0.3333333", "single": "true"}.items():
            Xml.SubElement(node, name).text = value
        Xml.SubElement(node, "shuffleanswers").text = "true"
        for choice, why in question.choices.items():
            answer = Xml.SubElement(node, "answer", fraction="100" if choice == question.right else "0", format="html")
            Xml.SubElement(answer, "text").text = _as_html(choice)
            _text(Xml.SubElement(answer, "feedback", format="html"), _as_html(why))
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _text(node: Xml.Element, words: str) -> None:
    Xml.SubElement(node, "text").text = words


def _as_html(words: str) -> str:
    """A sentence of the book as HTML: `code`, *stress* and $mathematics$ in the ways of Moodle."""
    text = html.escape(words, quote=False)
    text = re.sub(r"`([^`]*)`", r"<code>\1</code>", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", text)
    text = re.sub(r"(?<![\w*])\*([^*\s][^*]*)\*(?!\w)", r"<em>\1</em>", text)
    return re.sub(r"\$([^$]+)\$", r"\\(\1\\)", text)
