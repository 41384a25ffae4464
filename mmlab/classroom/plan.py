"""All that an instructor's page says of a chapter: from its notebook, its solutions, its texts and its questions."""

from __future__ import annotations

import html
import importlib
import re
import tomllib
from collections.abc import Iterable
from functools import cached_property
from importlib.resources import files
from typing import Any, NamedTuple

from mmlab.classroom.chapters import questions_of
from mmlab.classroom.lesson import LECTURES, MINUTES_A_TALK, Lesson, Part
from mmlab.classroom.markup import formula, page, sentence

ON_A_BOARD = 6
"""Equations at most; what a step has more goes on the next board."""
_ON_BOARD = re.compile(
    r"\$\$(?P<display>.+?)\$\$|\$(?P<inline>[^$]+)\$|(?<![\w*])\*(?P<reason>[^*\s][^*]*\*(?: \$[^$=]+\$)?)", re.DOTALL
)
"""What a step's text has for a board: its equations, and what it stresses, which is why they follow."""
_EQUATION = re.compile(r"=|\\approx|\\le\b|\\ge\b|<|>")


class Board(NamedTuple):
    """What is written on a board at once: equations, each with the reason that leads to it."""

    title: str
    lines: list[tuple[str, str]]


class Asked(NamedTuple):
    """What a check of an exercise says, as HTML but for its id."""

    id: str
    answer: str
    hints: list[str]
    mistakes: list[tuple[str, str]]
    right: str


class Sheet(NamedTuple):
    """An exercise as the instructor needs it; texts and solution as HTML."""

    title: str
    asked: str
    minutes: int
    checks: list[Asked]
    solution: str


class Show(NamedTuple):
    """An explorer, where it stands, and its settings: a preset's words, what differs in it, the line that sets it."""

    call: str
    title: str
    section: str
    start: str
    presets: list[tuple[str, str, str]]
    tasks: list[str]


class Plan:
    """All that the page of a chapter says, from its notebook, its solutions, its texts and its questions.

    Parameters
    ----------
    number : str
        "02" or "A1".

    Raises
    ------
    ParameterError
        If there is no such chapter.
    """

    def __init__(self, number: str):
        self.number, self.lesson = number, Lesson(number)
        package = f"mmbook.ch{number.lower()}"
        self._module = importlib.import_module(package) if self.lesson.file else None
        self._texts = tomllib.loads((files(package) / "exercises.toml").read_text(encoding="utf-8"))
        talk = files("mmlab.classroom") / "discussion" / f"{number}.toml"
        self.talk: dict[str, Any] = tomllib.loads(talk.read_text(encoding="utf-8")) if talk.is_file() else {}

    @property
    def title(self) -> str:
        """The chapter's heading."""
        return self.lesson.parts[0].title

    @cached_property
    def purpose(self) -> str:
        """What the chapter says it is for and what it needs, and its question in money, as HTML."""
        money = (part.text for part in self.lesson.parts if part.title == "The question, in money")
        return "".join(map(page, (self.lesson.parts[0].text.partition("\n")[2], *money)))

    @cached_property
    def timed(self) -> list[tuple[Part, list[bool]]]:
        """Each part and discussion, and whether it is done in class in a lecture of each length."""
        talks = [each["ask"] for each in self.talk.get("discussion", [])]
        lectures = [self.lesson.lecture(minutes, talks) for minutes in LECTURES]
        discussed = [Part("talk", f"Discussion {n}", "", minutes=MINUTES_A_TALK) for n, _ in enumerate(talks, start=1)]
        timed = (part for part in [*self.lesson.parts, *discussed] if part.minutes)
        return [(part, [any(part == one for one in lecture) for lecture in lectures]) for part in timed]

    def in_class(self, lecture: int) -> int:
        """Minutes in class, in the lecture of this place in `LECTURES`."""
        return sum(part.minutes for part, done in self.timed if done[lecture])

    @cached_property
    def predictions(self) -> list[dict[str, Any]]:
        """Each with its answer, computed now, and what each choice misses."""
        found = list[dict[str, Any]]()
        for one in questions_of(self.number):
            texts = {"text": one.text, "right": one.right, "answer": one.reveal(one.right).sentence}
            choices = [(sentence(choice), sentence(why), choice == one.right) for choice, why in one.choices.items()]
            found.append({name: sentence(text) for name, text in texts.items()} | {"choices": choices})
        return found

    @cached_property
    def steps(self) -> list[tuple[list[Board], str, str, list[Asked]]]:
        """Of each step of the derivation: its boards, what to say, the code that answers its check, and the check."""
        steps = [(part, re.sub(r"</?(details|summary)>.*\n", "", part.text)) for part in self.lesson.parts]
        steps = [(part, text) for part, text in steps if part.kind == "step"]
        return [(boards(part), page(text), self._solved(part), self.checks(part)) for part, text in steps]

    @cached_property
    def exercises(self) -> list[Sheet]:
        """Those with a number, in their order."""
        return [self._sheet(part) for part in self.lesson.parts if part.kind == "exercise"]

    def _sheet(self, part: Part) -> Sheet:
        number = int(re.findall(r"\d+", part.title)[0])
        asked = re.sub(r"^\*\*Exercise[^*]*\*\*", "", part.text.strip()).replace("<details>", "<details open>")
        cells = self._solution(number)
        solution = "".join(code_block(source) if is_code else page(source) for is_code, source in cells)
        return Sheet(part.title, page(asked), self.lesson.minutes_an_exercise, self.checks(part), solution)

    def checks(self, part: Part) -> list[Asked]:
        """What the checks of a part of the chapter say."""
        ids = re.findall(r'check\("([^"]+)"', "\n".join(part.code))
        found = []
        for id, own in {id: self._texts["exercises"][id] for id in ids}.items():
            hints = [sentence(hint) for hint in own["hints"]]
            wrong = [(name.replace("-", " "), sentence(words)) for name, words in own.get("wrong", {}).items()]
            found.append(Asked(id, sentence(own["answer"]), hints, wrong, sentence(own["right"])))
        return found

    def _solution(self, number: int) -> list[tuple[bool, str]]:
        """The cells under the solutions' heading of this exercise."""
        found: list[tuple[bool, str]] = []
        inside = False
        for is_code, source in self.lesson.solutions:
            if not is_code and source.startswith("## "):
                inside = bool(re.match(rf"## (Exercise )?{number}\b", source))
                source = source.partition("\n")[2]
            if inside and source.strip():
                found.append((is_code, source))
        return found

    def _solved(self, step: Part) -> str:
        """The code that the check of a step takes."""
        ids = [f'"{each.id}"' for each in self.checks(step)]
        code = [source for is_code, source in self.lesson.solutions if is_code and any(id in source for id in ids)]
        return "".join(map(code_block, code))

    @cached_property
    def shows(self) -> list[Show]:
        """The chapter's explorers with their settings."""
        found = []
        for part in self.lesson.parts:
            for call, name in dict.fromkeys(re.findall(r"\b((\w*Explorer)\([^()]*\))", "\n".join(part.code))):
                kind = getattr(self._module, name)
                found.append(show(kind if hasattr(kind, "presets") else kind(), call, part.title))
        return found

    @cached_property
    def explore(self) -> str:
        """What the chapter's own sections on exploring say, as HTML."""
        return "".join(page(part.text) for part in self.lesson.parts if part.title.startswith("Explore"))


def code_block(source: str) -> str:
    """Code as HTML."""
    short = re.sub(r"\n{3,}", "\n\n", source.strip())
    return f"<pre><code>{html.escape(short, quote=False)}</code></pre>"


def boards(step: Part) -> list[Board]:
    """A step's equations in their order, each with what the chapter's text stresses before it, board by board."""
    lines, reason = [], ""
    inside = step.text.partition("</summary>")[2].partition("</details>")[0]
    for found in _ON_BOARD.finditer(inside):
        if found["display"] or (found["inline"] and reason and _EQUATION.search(found["inline"])):
            lines.append((reason, formula(found["display"] or found["inline"], display=True)))
            reason = ""
        elif found["reason"]:
            reason = "; ".join(filter(None, (reason, found["reason"].replace("*", ""))))
    parts = [lines[n : n + ON_A_BOARD] for n in range(0, len(lines), ON_A_BOARD)] or [[]]
    titles = [f"{step.title} ({n} of {len(parts)})" for n, _ in enumerate(parts, 1)] if parts[1:] else [step.title]
    each = ([(sentence(reason), line) for reason, line in part] for part in parts)
    return list(map(Board, titles, each))


def show(kind: Any, call: str, section: str) -> Show:
    """An explorer's settings, from its class, or from one that is made where they are of its day."""
    symbols = {name: spec.symbol for name, spec in kind.specs.items()}

    def value(given: Any) -> str:
        if isinstance(given, tuple):
            low, high, start = given
            return f"{start:g} (from {low:g} to {high:g})"
        return f"{given:g}" if isinstance(given, int | float) else str(given)

    def words(values: Iterable[tuple[str, Any]]) -> str:
        return ", ".join(f"{symbols.get(name, name)} = {value(one)}" for name, one in values)

    start = words((parameter.name, ends[2]) for parameter, ends in kind.sliders.items())
    settings = ((preset, words(differs.items()) or "the start") for preset, differs in kind.presets.items())
    presets = [(preset, values, f"explorer.choose({preset!r})") for preset, values in settings]
    return Show(call, kind.title, section, start, presets, list(kind.tasks))
