"""How every chapter's exercises and answers are tested; each chapter brings its own right and wrong ones."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

import mmbook
import pytest

from mmlab.teach import check, predict
from mmlab.teach.predict import QUESTIONS

NAMES = sorted(module.name for module in pkgutil.iter_modules(mmbook.__path__) if module.name.startswith("ch"))
CHAPTERS = [import_module(f"mmbook.{name}") for name in NAMES]
"""All of them, which declares all questions and exercises."""


def right_answers(answers: Sequence[tuple[str, Any]]) -> Callable[..., None]:
    """A test: each (exercise, answer) is right."""

    @pytest.mark.parametrize(("id", "answer"), answers)
    def test(id: str, answer: Any) -> None:
        verdict = check(id, answer)
        assert verdict.status == "right", verdict.message
        assert verdict
        assert verdict.message.startswith("Right: ")

    return test


def usual_mistakes(answers: Sequence[tuple[str, Any, str]]) -> Callable[..., None]:
    """A test: each (exercise, answer, words) is wrong and hears these words; `.*` stands for anything between two."""

    @pytest.mark.parametrize(("id", "answer", "says"), answers)
    def test(id: str, answer: Any, says: str) -> None:
        verdict = check(id, answer)
        assert verdict.status == "not yet", verdict.message
        assert not verdict
        words = ".*".join(map(re.escape, says.split(".*")))
        assert re.search(words, verdict.message), verdict.message

    return test


def answers_with_numbers(numbers: Sequence[tuple[str, str]]) -> Callable[..., None]:
    """A test: the answer to each (question, words) has these words, its numbers; `.*` as above."""

    @pytest.mark.parametrize(("id", "says"), numbers)
    def test(id: str, says: str) -> None:
        words = ".*".join(map(re.escape, says.split(".*")))
        answer = predict(id).commit(QUESTIONS[id].right).answer
        assert re.search(words, answer), answer

    return test
