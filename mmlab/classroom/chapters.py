"""What a chapter has for a class: its exercises and its questions, as its file of texts orders them."""

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


def prompts_of(chapter: str) -> dict[str, str]:
    """What the chapter's notebook asks before each `check`, as Markdown by the exercise's id, where a notebook is."""
    found, asked = dict[str, str](), ""
    (book,) = importlib.import_module("mmbook").__path__
    for folder in (Path(book).parent, Path(str(files("mmlab") / "notebooks"))):
        for file in sorted(folder.glob(f"{chapter}_*.ipynb"))[:1] if not found else ():
            for cell in json.loads(file.read_text(encoding="utf-8"))["cells"]:
                source = "".join(cell["source"])
                asked = source.strip().split("\n\n")[-1] if cell["cell_type"] == "markdown" else asked
                found |= dict.fromkeys(re.findall(r"""\bcheck\(\s*["']([\w-]+)["']""", source), asked)
    return found


def _texts(chapter: str) -> dict[str, Any]:
    package = f"mmbook.ch{chapter.lower()}"
    try:
        importlib.import_module(package)
    except ModuleNotFoundError:
        raise ParameterError(
            f"There is no chapter {chapter!r}; they are called as their notebooks, 02 or A1."
        ) from None
    return tomllib.loads((files(package) / "exercises.toml").read_text(encoding="utf-8"))
