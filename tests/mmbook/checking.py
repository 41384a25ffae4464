"""How every chapter's exercises and answers are tested; each chapter brings its own right and wrong ones."""

from __future__ import annotations

import ast
import io
import pkgutil
import re
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import mmbook
import pytest

from mmlab.teach import check, predict, texts
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake
from mmlab.teach.exercises import EXERCISES, Verdict
from mmlab.teach.predict import QUESTIONS, Question
from mmlab.teach.texts import FILE, Texts, exercise_of, question_of, read_texts

NAMES = sorted(module.name for module in pkgutil.iter_modules(mmbook.__path__) if module.name.startswith("ch"))
CHAPTERS = [import_module(f"mmbook.{name}") for name in NAMES]
"""All of them, which declares all questions and exercises."""
WITH_TEXTS = [chapter for chapter in CHAPTERS if hasattr(chapter, "REVEALS")]
CHECKED = [(chapter, import_module(f"{chapter.__name__}.checks").CHECKS) for chapter in WITH_TEXTS]
CHECKS = {id: (chapter, one) for chapter, checks in CHECKED for id, one in checks.items()}
REVEALS = {id: (chapter, one) for chapter in WITH_TEXTS for id, one in chapter.REVEALS.items()}


def texts_of(chapter: Any) -> Texts:
    return read_texts(FILE, (texts.files(chapter.__name__) / FILE).read_text(encoding="utf-8"))


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


def answered_in_the_files_words(id: str) -> Question:
    """The question, all of whose answers are in the words of the chapter's file: with ids for them, none is left.

    Its answers have been computed, and are not computed again.
    """
    chapter, reveal = REVEALS[id]
    found = cache(reveal)
    other, was = replaced(chapter, "questions", id, "right")
    in_ids = question_of(other, id, found)
    for guess in in_ids.choices:
        sentence = in_ids.reveal(guess).sentence
        assert f"⟦{id}.answer" in sentence
        assert not [one for one in was if one in sentence], sentence
    return question_of(texts_of(chapter), id, found)


def judged_once(one: Check) -> Check:
    """The same check, which says the same again: another text for it costs no second judgement."""
    outcome: list[Any] = []

    def check(answer: Answer) -> Facts:
        if not outcome:
            try:
                outcome.append(one(answer))
            except Mistake as mistake:
                outcome.append(mistake)
        if isinstance(outcome[0], Mistake):
            raise outcome[0]
        return outcome[0]

    return check


def verdict_in_the_files_words(id: str, answer: Any, monkeypatch: pytest.MonkeyPatch) -> Verdict:
    """The verdict on an answer, all of whose words are in the chapter's file: with ids for them, none is left."""
    if id not in CHECKS:  # of the engine's own tests
        return check(id, answer)
    chapter, one = CHECKS[id]
    once = judged_once(one)
    other, was = replaced(chapter, "exercises", id, "hints", "takes", "or_value", "seconds")
    monkeypatch.setitem(EXERCISES, id, exercise_of(other, id, once))
    message = check(id, answer).message
    assert not [sentence for sentence in was if sentence in message], message
    monkeypatch.setitem(EXERCISES, id, exercise_of(texts_of(chapter), id, once))
    return check(id, answer)


def right_answers(answers: Sequence[tuple[str, Any]]) -> Callable[..., None]:
    """A test: each (exercise, answer) is right."""

    @pytest.mark.parametrize(("id", "answer"), answers)
    def test(id: str, answer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        verdict = verdict_in_the_files_words(id, answer, monkeypatch)
        assert verdict.status == "right", verdict.message
        assert verdict
        assert verdict.message.startswith("Right: ")

    return test


def usual_mistakes(answers: Sequence[tuple[str, Any, str]]) -> Callable[..., None]:
    """A test: each (exercise, answer, words) is wrong and hears these words; `.*` stands for anything between two."""

    @pytest.mark.parametrize(("id", "answer", "says"), answers)
    def test(id: str, answer: Any, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
        verdict = verdict_in_the_files_words(id, answer, monkeypatch)
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


def state_at(explorer: Any, **values: float) -> Any:
    """The state where sliders can be moved to; drawn for nobody."""
    for name, value in values.items():
        low, high = explorer.ends[name]
        assert low <= value <= high, name
    return explorer.answer(explorer.values | values)


def text_of(chapter: str) -> str:
    """A chapter's text."""
    return (Path(__file__).parents[2] / "notebooks/text" / f"{chapter}.md").read_text(encoding="utf-8")


def run_cells(chapter: str, day: Any = None) -> tuple[dict[str, Any], dict[str, str]]:
    """The names that a chapter's cells leave, with `day` for DAY, and what each prints and shows, by its code."""
    names, shown = {"GIVEN": day}, {}
    for code in re.findall(r"```\{code-cell\} ipython3\n(?::tags:[^\n]*\n\n)?(.*?)```", text_of(chapter), re.DOTALL):
        tree, printed = ast.parse(code.replace("DAY = None", "DAY = GIVEN")), io.StringIO()
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        with redirect_stdout(printed):
            exec(compile(tree, code, "exec"), names)
            value = eval(compile(ast.Expression(last.value), code, "eval"), names) if last else ""
        shown[code] = f"{printed.getvalue()}\n{getattr(value, 'words', None) or value!r}"
        plt.close("all")
    return names, shown


def cell(shown: dict[str, str], part: str) -> str:
    """What the one cell shows whose code holds `part`."""
    (result,) = [value for code, value in shown.items() if part in code]
    return result
