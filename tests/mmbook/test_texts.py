"""What chapters say stands in their exercises.toml alone, and every formula hears of the usual slips by name."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from mmlab.teach import check, texts
from mmlab.teach.checks import ROOT, TRANSFORMS, formula
from mmlab.teach.exercises import EXERCISES
from mmlab.teach.predict import QUESTIONS
from mmlab.teach.texts import FILE, Texts, exercise_of, question_of, read_texts
from tests.mmbook.checking import CHAPTERS

WITH_TEXTS = [chapter for chapter in CHAPTERS if hasattr(chapter, "CHECKS")]
CHECKS = {id: (chapter, one) for chapter in WITH_TEXTS for id, one in chapter.CHECKS.items()}
REVEALS = {id: (chapter, one) for chapter in WITH_TEXTS for id, one in chapter.REVEALS.items()}
FORMULAS = [id for id, (_, one) in CHECKS.items() if isinstance(one, formula)]


def texts_of(chapter: Any) -> Texts:
    return read_texts(FILE, (texts.files(chapter.__name__) / FILE).read_text(encoding="utf-8"))


def near(xs: list[Any], ys: list[Any]) -> bool:
    pairs = zip(xs, ys, strict=True)
    return all(y is None or (np.shape(x) == np.shape(y) and np.allclose(x, y, rtol=1e-6, atol=1e-9)) for x, y in pairs)


@pytest.mark.parametrize("id", FORMULAS)
@pytest.mark.parametrize("slip", [*TRANSFORMS, "root"])
def test_every_formula_names_the_slips_that_everybody_makes(id: str, slip: str) -> None:
    chapter, one = CHECKS[id]
    takes = EXERCISES[id].takes
    right = [np.asarray(one.right(*case), float) for case in one.cases]

    def slipped(*case: Any) -> Any:
        if slip != "root":
            return TRANSFORMS[slip][0](np.asarray(one.right(*case), float))
        return one.right(
            *(np.sqrt(x) if name in ("sigma", "volatility") else x for x, name in zip(case, takes, strict=True))
        )

    gave = [slipped(*case) for case in one.cases]
    if near(gave, right):
        return
    named = [text for text, wrong in one.mistakes.items() if near(gave, [wrong(*case) for case in one.cases])]
    own = texts_of(chapter).table["exercises"][id].get("wrong", {})
    says = own[named[0]] if named else own.get(slip) or (ROOT if slip == "root" else TRANSFORMS[slip][1])
    verdict = check(id, slipped if takes else gave[0])
    assert verdict.status == "not yet"
    assert max(re.split(r"\{[^}]*\}", says), key=len) in verdict.message


def tokens(table: Any, path: str) -> Any:
    """The same table with its id and its numbers in the place of each text."""
    if isinstance(table, dict):
        return {key: tokens(value, f"{path}.{key}") for key, value in table.items()}
    return f"⟦{path}⟧" + "".join(re.findall(r"\{[^{}]+\}", table)) if isinstance(table, str) else table


def sentences(table: Any) -> list[str]:
    """The parts of all texts between their numbers, those that are more than a word or two."""
    if isinstance(table, dict):
        return [part for value in table.values() for part in sentences(value)]
    parts = re.split(r"\{[^{}]*\}", table) if isinstance(table, str) else []
    return [part for part in parts if len(part.split()) > 2]


def replaced(chapter: Any, kind: str, id: str, *keep: str) -> tuple[Texts, list[str]]:
    """A chapter's texts with the ids of those of one question or exercise in their place, and what they were."""
    table = texts_of(chapter).table[kind][id]
    others = {key: value for key, value in table.items() if key not in keep}
    return Texts(FILE, {kind: {id: table | tokens(others, id)}}), sentences(others)


def answers() -> list[tuple[str, Any]]:
    """Each right and each usual wrong answer that a chapter's tests know."""
    names = [f"test_{chapter.__name__.split('.')[1]}" for chapter in WITH_TEXTS]
    modules = [import_module(f"tests.mmbook.{name}") for name in names if name != "test_ch02"]
    modules.append(import_module("tests.teach.test_exercises"))  # which has chapter 02's
    known = [(id, answer) for module in modules for id, answer, *_ in (*module.RIGHT, *module.WRONG) if id in CHECKS]
    return [(id, answer) for id in CHECKS for name, answer in known if name == id]


@pytest.mark.parametrize(("id", "answer"), answers())
def test_a_verdict_says_nothing_that_is_not_in_the_file(id: str, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chapter, one = CHECKS[id]
    other, was = replaced(chapter, "exercises", id, "hints", "takes", "or_value", "seconds")
    monkeypatch.setitem(EXERCISES, id, exercise_of(other, id, one))
    message = check(id, answer).message
    assert not [sentence for sentence in was if sentence in message], message


@pytest.mark.parametrize("id", REVEALS)
def test_an_answer_says_nothing_that_is_not_in_the_file(id: str) -> None:
    chapter, reveal = REVEALS[id]
    other, was = replaced(chapter, "questions", id, "right")
    question = question_of(other, id, reveal)
    for guess in question.choices:
        sentence = question.reveal(guess).sentence
        assert f"⟦{id}.answer" in sentence
        assert not [one for one in was if one in sentence], sentence


def test_every_chapters_texts_are_there() -> None:
    assert [chapter for chapter in CHAPTERS if chapter not in WITH_TEXTS and chapter.__name__ != "mmbook.ch00"] == []
    assert set(CHECKS) == set(EXERCISES)
    assert set(REVEALS) == set(QUESTIONS)
