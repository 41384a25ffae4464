"""What a chapter has for a class: exercises and questions, as its file of texts orders them, words, its notebook."""

from __future__ import annotations

import importlib
import json
import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

from mmlab.parameters import ParameterError
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question


def exercises_of(chapter: str) -> list[Exercise]:
    """The exercises of a chapter such as "02" or "A1", in the order of its file.

    Raises
    ------
    ParameterError
        If there is no such chapter.
    """
    return [EXERCISES[id] for id in _texts(chapter).get("exercises", {})]


def questions_of(chapter: str) -> list[Question]:
    """The predictions of a chapter, in the order of its file; raises as `exercises_of`."""
    return [QUESTIONS[id] for id in _texts(chapter).get("questions", {})]


def answer_of(question: Question) -> tuple[str, Any]:
    """The sentence and the picture that answer a question as if the right choice had been guessed."""
    sentence, figure = question.reveal(question.right)
    drawn: list[Any] = [] if figure is None else figure.findobj(lambda artist: hasattr(artist, "get_text"))
    for text in drawn:
        text.set_text(text.get_text().replace("your guess", "the right guess"))
    return sentence, figure


def prompts_of(chapter: str) -> dict[str, str]:
    """What a chapter's notebook asks before each `check`, as Markdown by the exercise's id; raises as `notebook_of`."""
    found, asked = dict[str, str](), ""
    for is_code, source in cells_of(notebook_of(chapter)):
        asked = asked if is_code else source.strip().split("\n\n")[-1]
        found |= dict.fromkeys(re.findall(r"""\bcheck\(\s*["']([\w-]+)["']""", source), asked)
    return found


def letters_of(chapter: str) -> list[Any]:
    """What each letter means in a chapter."""
    all_letters = importlib.import_module("mmbook.letters").all_letters
    return [one for one in all_letters() if one.chapter == chapter]


def words_of(chapter: str) -> list[Any]:
    """The words that a chapter introduces, with what they mean."""
    return [one for one in importlib.import_module("mmbook.glossary").all_words() if one.chapter == chapter]


def notebooks_folder() -> Path:
    """Where the notebooks are: in an installed mmlab, or beside it in a checkout."""
    inside = Path(str(files("mmlab"))) / "notebooks"
    return inside if inside.is_dir() else inside.parents[1] / "notebooks"


def command(words: str) -> str:
    """A command of mmlab's as one types it: in a clone, or where pip installed it."""
    return f"mmlab {words}" if (files("mmlab") / "notebooks").is_dir() else f"python3 mmlab {words}"


def notebooks() -> dict[str, Path]:
    """The executed notebook of each chapter, in the order of the book: of the checkout, or as pip installed it.

    Raises
    ------
    ParameterError
        If neither is here.
    """
    if found := sorted(notebooks_folder().glob("[0-9A][0-9]_*.ipynb")):
        return {path.name[:2]: path for path in found}
    raise ParameterError("The notebooks are not here: neither a checkout's nor those that pip installs.")


def notebook_of(chapter: str) -> Path:
    """The executed notebook of a chapter such as "02" or "A1"; raises as `notebooks`, or if there is none such."""
    found = notebooks()
    if chapter not in found:
        raise ParameterError(f"There is no chapter {chapter!r}; there are {', '.join(found)}.")
    return found[chapter]


def cells_of(notebook: Path) -> list[tuple[bool, str]]:
    """Of each cell of a notebook, whether it is code, and its source."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return [(cell["cell_type"] == "code", "".join(cell["source"])) for cell in cells]


def sentence_on(chapter: str, id: str) -> str:
    """The sentence on a right answer to an exercise, if no number is in it but what code fills in."""
    sentence: str = _texts(chapter)["exercises"][id]["right"]
    return "" if "{" in sentence or re.search(r"\d", sentence) else sentence


def _texts(chapter: str) -> dict[str, Any]:
    notebook_of(chapter)
    package = f"mmbook.ch{chapter.lower()}"
    importlib.import_module(package)
    return tomllib.loads((files(package) / "exercises.toml").read_text(encoding="utf-8"))
