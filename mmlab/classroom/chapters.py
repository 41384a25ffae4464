"""What a chapter has for a class: its exercises and its questions, as its file of texts orders them."""

from __future__ import annotations

import importlib
import tomllib
from importlib.resources import files
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


def _texts(chapter: str) -> dict[str, Any]:
    package = f"mmbook.ch{chapter.lower()}"
    try:
        importlib.import_module(package)
    except ModuleNotFoundError:
        raise ParameterError(
            f"There is no chapter {chapter!r}; they are called as their notebooks, 02 or A1."
        ) from None
    return tomllib.loads((files(package) / "exercises.toml").read_text(encoding="utf-8"))
