"""A quiz in Moodle's XML: multiple choice, numerical, matching, short answer, true or false.

What Moodle asks of each is in its own reader, question/format/xml/format.php; tests/classroom/moodle.rng is a schema of
what is written here.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as Xml
from collections.abc import Iterable

from mmlab.classroom.items import Item, Option
from mmlab.classroom.markup import marked

TYPES = {"matching": "match"}
GRADES = (0, 5, 10, 20, 25, 30, 40, 50)
"""What a mistake with a name may get [%]: of the shares that Moodle takes."""


def moodle_xml(chapter: str, items: Iterable[Item], partial: int = 0) -> str:
    """A quiz as Moodle imports it, in a category of the course, each question with an id number that stays.

    Parameters
    ----------
    chapter : str
    items : iterable of Item
    partial : int
        What a number gets that is a mistake with a name [%].
    """
    root = Xml.Element("quiz")
    category = Xml.SubElement(root, "question", type="category")
    _text(Xml.SubElement(category, "category"), f"$course$/mmlab/{chapter}")
    for item in items:
        _question(root, chapter, item, partial)
    Xml.indent(root)
    return Xml.tostring(root, encoding="unicode", xml_declaration=True).replace("us-ascii", "utf-8") + "\n"


def _question(root: Xml.Element, chapter: str, item: Item, partial: int) -> None:
    node = Xml.SubElement(root, "question", type=TYPES.get(item.kind, item.kind))
    _text(Xml.SubElement(node, "name"), f"{chapter} {item.id}")
    _text(Xml.SubElement(node, "questiontext", format="html"), as_html(item.text))
    feedback = Xml.SubElement(node, "generalfeedback", format="html")
    alt = html.escape(item.feedback)
    shown = f'<p><img src="@@PLUGINFILE@@/answer.png" alt="{alt}"></p>' if item.picture else ""
    _text(feedback, as_html(item.feedback) + shown)
    if item.picture:
        Xml.SubElement(feedback, "file", name="answer.png", path="/", encoding="base64").text = item.picture
    settings = {"defaultgrade": "1", "penalty": "0.3333333", "hidden": "0", "idnumber": f"mmlab-{chapter}-{item.id}"}
    settings |= {"multichoice": {"single": "true"}, "shortanswer": {"usecase": "0"}}.get(item.kind, {})
    settings |= {"shuffleanswers": "true"} if item.kind in ("multichoice", "matching") else {}
    for name, value in settings.items():
        Xml.SubElement(node, name).text = value
    for option in item.options:
        _answer(node, item, option, partial)
    for left, right in item.pairs:
        pair = Xml.SubElement(node, "subquestion", format="html")
        _text(pair, as_html(left))
        _text(Xml.SubElement(pair, "answer"), right)


def _answer(node: Xml.Element, item: Item, option: Option, partial: int) -> None:
    is_slip = item.kind == "numerical" and option.tolerance is not None
    share = 100 if option.is_right else partial if is_slip else 0
    is_marked = item.kind == "multichoice"
    answer = Xml.SubElement(node, "answer", fraction=str(share), format="html" if is_marked else "moodle_auto_format")
    _text(answer, as_html(option.text) if is_marked else option.text)
    _text(Xml.SubElement(answer, "feedback", format="html"), as_html(option.feedback))
    if item.kind == "numerical":
        Xml.SubElement(answer, "tolerance").text = f"{option.tolerance or 0:.6g}"


def _text(node: Xml.Element, words: str) -> None:
    Xml.SubElement(node, "text").text = words


def as_html(words: str) -> str:
    """A text of the book as HTML: paragraphs, `code`, *stress* and $mathematics$ in the ways of Moodle."""
    text = html.escape(words, quote=False)
    text = re.sub(r"\$\$(.+?)\$\$", r"\\[\1\\]", text, flags=re.S)
    text = re.sub(r"(?<!\\)\$([^$]+)\$", r"\\(\1\\)", text)
    formulas = re.findall(r"\\\(.*?\\\)|\\\[.*?\\\]|`[^`]*`", text, re.S)
    for n, formula in enumerate(formulas):  # what is in them is no mark
        text = text.replace(formula, f"\0{n}\0", 1)
    text = marked(text)
    for n, formula in enumerate(formulas):
        text = text.replace(f"\0{n}\0", re.sub(r"^`(.*)`$", r"<code>\1</code>", formula, flags=re.S))
    parts = [part for part in text.split("\n\n") if part]
    return "".join(f"<p>{part}</p>" for part in parts) if len(parts) > 1 else text
