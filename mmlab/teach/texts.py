"""exercises.toml: all that the questions and exercises of a chapter say, each text by its id; code fills in numbers.

Who edits or translates the file changes no code. In what is found about an answer (`answer` of a question, `right` and
`wrong` of an exercise) `{name:.2f}` stands for a number, and `{{` for a brace; all else is as it is shown:

    [questions.ID]              text, right (the id of a choice), answer
    [questions.ID.choices.ID]   label, why
    [exercises.ID]              answer, hints, right; takes, or_value, seconds, own, if need be
    [exercises.ID.wrong]        a sentence for each mistake
"""

import re
import string
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from importlib.resources import files
from typing import Any

from mmlab.parameters import ParameterError
from mmlab.table import minus
from mmlab.teach.answers import Answer, NotYet, in_short
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.findings import Finding
from mmlab.teach.mistakes import ROOT, TRANSFORMS, Check, Mistake
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.variants import at_listed_numbers, at_own_numbers

FILE = "exercises.toml"
CHAPTER_OF: dict[str, str] = {}
"""By the id of a question or an exercise that was declared, its chapter, such as "02" or "A1"."""


class TextError(ParameterError):
    """A file of texts that cannot be used; the message names the file, the line and what is wrong."""


class _Numbers(string.Formatter):
    """Fills in numbers, with a minus where Python writes a hyphen, and none before a zero."""

    def format_field(self, value: Any, format_spec: str) -> str:
        return (str if isinstance(value, str) else minus)(str(super().format_field(value, format_spec)))


@dataclass(frozen=True)
class Texts:
    """The texts of one file: what it is called, its table, and the lines it was read from."""

    name: str
    table: Mapping[str, Mapping[str, Mapping[str, Any]]]
    lines: Sequence[str] = ()

    def say(self, *path: str, **facts: Any) -> str:
        """The text at a path of ids, with these numbers in it.

        Raises
        ------
        TextError
            If there is no such text, or it has a number that is not given.
        """
        text: Any = self.table
        for n, key in enumerate(path):
            if not isinstance(text, dict) or key not in text:
                raise self.error(path[:n], f"it has no {key}, which the code says")
            text = text[key]
        try:
            return _Numbers().vformat(text, (), facts)
        except (AttributeError, LookupError, ValueError, TypeError) as error:
            given = ", ".join(sorted(facts)) or "none"
            raise self.error(path, f"numbers cannot be filled in ({error}); there are {given}") from None

    def error(self, path: Sequence[str], what: str) -> TextError:
        """The error of what stands at a path of ids: in the line of its key, else of its table."""
        header, table, key, line = ".".join(path), ".".join(path[:-1]), path[-1] if path else "", 0
        for n, text in enumerate(self.lines, start=1):
            bare = text.replace('"', "").strip()
            if bare.startswith((f"[{header}]", f"[{header}.")) or (line and re.match(rf"{re.escape(key)}\s*=", bare)):
                line = n
                break
            if bare.startswith("["):
                line = n if bare == f"[{table}]" else 0
        return TextError(f"{self.name}, line {line or 1}: {header}: {what}.")


def read_texts(name: str, source: str) -> Texts:
    """The texts of a file.

    Parameters
    ----------
    name : str
        What the file is called in a sentence.
    source : str
        What it holds.

    Raises
    ------
    TextError
        If it is no TOML, or has not what a file of texts has.
    """
    try:
        table = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise TextError(f"{name}: {error}.") from None
    texts = Texts(name, table, source.splitlines())
    _check(texts, (), table, {"questions": "tables", "exercises": "tables"})
    for id, question in table.get("questions", {}).items():
        path = ("questions", id)
        _check(texts, path, question, _QUESTION)
        for choice in question["choices"]:
            _check(texts, (*path, "choices", choice), question["choices"][choice], _CHOICE)
        if question["right"] not in question["choices"]:
            raise texts.error((*path, "right"), f"there is no choice {question['right']!r}")
    for id, exercise in table.get("exercises", {}).items():
        _check(texts, ("exercises", id), exercise, _EXERCISE | _MAY_HAVE)
    return texts


FILLED = "a text, a number written {name} or {name:.2f}, a brace {{ or }}"
_SENTENCES = "texts by their ids, a number written {name} or {name:.2f}, a brace {{ or }}"
_QUESTION = {"text": "a text", "right": "a text", "answer": FILLED, "choices": "tables"}
_CHOICE = {"label": "a text", "why": "a text"}
_EXERCISE = {"answer": "a text", "hints": "a list of texts", "right": FILLED}
_MAY_HAVE = {"takes": "a list of texts", "or_value": "true or false", "seconds": "a number", "own": "a text"}
_MAY_HAVE |= {"wrong": _SENTENCES}


def _is_filled(value: Any) -> bool:
    try:
        list(string.Formatter().parse(value))
    except (ValueError, TypeError):
        return False
    return True


_KINDS: dict[str, Callable[[Any], bool]] = {
    "a text": lambda value: isinstance(value, str),
    "a list of texts": lambda value: isinstance(value, list) and all(isinstance(text, str) for text in value),
    "true or false": lambda value: isinstance(value, bool),
    "a number": lambda value: type(value) in (int, float),
    "tables": lambda value: isinstance(value, dict) and all(isinstance(table, dict) for table in value.values()),
    FILLED: _is_filled,
    _SENTENCES: lambda value: isinstance(value, dict) and all(map(_is_filled, value.values())),
}


def _check(texts: Texts, path: tuple[str, ...], table: Any, kinds: Mapping[str, str]) -> None:
    """Refuse a table that lacks something, has something of another kind, or something that nothing reads."""
    for key in kinds:
        if path and key not in table and key not in _MAY_HAVE:
            raise texts.error(path, f"it has no {key}")
    for key, value in table.items():
        if key not in kinds:
            raise texts.error((*path, key), f"nothing reads it; there are {', '.join(kinds)}")
        if not _KINDS[kinds[key]](value):
            raise texts.error((*path, key), f"it must be {kinds[key]}")


def declare(package: str, reveals: Mapping[str, Callable[[str], Finding]]) -> None:
    """Declare a chapter's questions and exercises: their texts from its exercises.toml, what computes from its code.

    Parameters
    ----------
    package : str
        The chapter's, in whose folder the file is, and whose `checks.CHECKS` are the checks by an exercise's id.
    reveals : mapping
        By a question's id, what computes its answer from the id of the choice that was guessed.

    Raises
    ------
    TextError
        If file and code do not have the same ids, or the file is not what `read_texts` takes.
    """
    checks: Mapping[str, Check] = import_module(f"{package}.checks").CHECKS
    texts = read_texts(f"{package}, {FILE}", (files(package) / FILE).read_text(encoding="utf-8"))
    for kind, code in (("questions", reveals), ("exercises", checks)):
        for id in set(code) ^ set(texts.table.get(kind, {})):
            raise texts.error((kind, id), "it has no code" if id not in code else "the code has it, and the file not")
    QUESTIONS.add(*(question_of(texts, id, reveal) for id, reveal in reveals.items()))
    EXERCISES.add(*(exercise_of(texts, id, check) for id, check in checks.items()))
    CHAPTER_OF.update(dict.fromkeys([*reveals, *checks], package.removeprefix("mmbook.ch").upper()))


def question_of(texts: Texts, id: str, reveal: Callable[[str], Finding]) -> Question:
    """The question of an id, whose answer is computed by `reveal`."""
    table = texts.table["questions"][id]
    ids = {choice["label"]: key for key, choice in table["choices"].items()}

    def answer(guess: str) -> Reveal:
        found = reveal(ids[guess])
        return Reveal(texts.say("questions", id, "answer", **found.facts), found.figure)

    whys = {choice["label"]: choice["why"] for choice in table["choices"].values()}
    return Question(id, table["text"], whys, table["choices"][table["right"]]["label"], answer)


def exercise_of(texts: Texts, id: str, check: Check) -> Exercise:
    """The exercise of an id, whose answers are checked by `check`."""
    table = texts.table["exercises"][id]

    def checked(check: Check, answer: Answer) -> str:
        try:
            return texts.say("exercises", id, "right", **check(answer))
        except Mistake as mistake:
            raise NotYet(_words(texts, id, mistake.text, mistake.facts), mistake.text) from None

    how = {key: value for key, value in table.items() if key not in ("right", "wrong", "own")}
    move = getattr(check, "elsewhere", None)
    elsewhere = move and (lambda seed: partial(checked, move(seed)))
    exercise = Exercise(id, check=partial(checked, check), elsewhere=elsewhere, **how)
    if "own" not in table:
        return exercise
    by_formula = partial(at_own_numbers, check=check, words=partial(_words, texts, id))
    return replace(exercise, variant=partial(by_formula if move else at_listed_numbers, exercise, table["own"]))


def _words(texts: Texts, id: str, mistake: str, facts: Mapping[str, Any]) -> str:
    """What is wrong: in the chapter's words or, of what is tried on every formula, in the engine's."""
    own = texts.table["exercises"][id].get("wrong", {})
    if mistake in own or mistake not in ("", "otherwise", "root", *TRANSFORMS):
        sentence = texts.say("exercises", id, "wrong", mistake, **facts)
        shows = mistake != "otherwise" and facts.get("call") and "{call" not in own[mistake]
        return f"{sentence} It shows at {facts['call']}." if shows else sentence
    gave = f"{facts['call'] or 'your answer'} gives {in_short(facts['gave'])}"
    if mistake == "" and not facts["call"]:  # a value is not given away
        return f"{gave}: that is not it."
    if mistake in ("", "otherwise"):
        return f"{gave}; it must be {in_short(facts['right'])}."
    return f"{gave}: {ROOT if mistake == 'root' else TRANSFORMS[mistake][1]}"
