"""What a chapter has for a class: exercises and questions, as its file of texts orders them, words, its notebook."""

from __future__ import annotations

import importlib
import importlib.util
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


def prompts_of(chapter: str) -> dict[str, str]:
    """What the chapter's notebook asks before each `check`, as Markdown by the exercise's id; raises as `notebooks`."""
    found, asked = dict[str, str](), ""
    for cell in json.loads(notebooks()[chapter].read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        asked = source.strip().split("\n\n")[-1] if cell["cell_type"] == "markdown" else asked
        found |= dict.fromkeys(re.findall(r"""\bcheck\(\s*["']([\w-]+)["']""", source), asked)
    return found


def letters_of(chapter: str) -> list[Any]:
    """What each letter means in a chapter."""
    all_letters = importlib.import_module("mmbook.letters").all_letters
    return [one for one in all_letters() if one.chapter == chapter]


def words_of(chapter: str) -> list[Any]:
    """The words that a chapter introduces, with what they mean."""
    return [one for one in importlib.import_module("mmbook.glossary").all_words() if one.chapter == chapter]


def notebooks() -> dict[str, Path]:
    """The executed notebook of each chapter: of the checkout, or as pip installed it.

    Raises
    ------
    ParameterError
        If neither is here.
    """
    (house,) = importlib.util.find_spec("mmlab").submodule_search_locations  # type: ignore[union-attr,misc]
    (book,) = importlib.util.find_spec("mmbook").submodule_search_locations  # type: ignore[union-attr,misc]
    for folder in (Path(house) / "notebooks", Path(book).parent):
        if found := sorted(folder.glob("[0-9A][0-9]_*.ipynb")):
            return {path.name[:2]: path for path in found}
    raise ParameterError("The notebooks are not here: neither a checkout's nor those that pip installs.")


def sentence_on(chapter: str, id: str) -> str:
    """The sentence on a right answer to an exercise, if no number is in it but what code fills in."""
    sentence: str = _texts(chapter)["exercises"][id]["right"]
    return "" if "{" in sentence or re.search(r"\d", sentence) else sentence


def _texts(chapter: str) -> dict[str, Any]:
    package = f"mmbook.ch{chapter.lower()}"
    try:
        importlib.import_module(package)
    except ModuleNotFoundError:
        raise ParameterError(
            f"There is no chapter {chapter!r}; they are called as their notebooks, 02 or A1."
        ) from None
    return tomllib.loads((files(package) / "exercises.toml").read_text(encoding="utf-8"))
