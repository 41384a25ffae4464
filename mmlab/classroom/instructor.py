"""The instructor's edition: solutions, and for each chapter a page to teach from, made of the chapter and its texts."""

from __future__ import annotations

import argparse
import html
import importlib
import re
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

from mmlab.classroom.chapters import questions_of
from mmlab.classroom.lesson import LECTURES, MINUTES_A_TALK, Lesson, Part, chapter_numbers, notebooks
from mmlab.classroom.markup import formula, page, sentence
from mmlab.files import write_whole
from mmlab.parameters import ParameterError

ON_A_BOARD = 6
"""Equations at most; what a step has more goes on the next board."""
MARK = "mmlab class instructor"
_ON_BOARD = re.compile(
    r"\$\$(?P<display>.+?)\$\$|\$(?P<inline>[^$]+)\$|(?<![\w*])\*(?P<reason>[^*\s][^*]*\*(?: \$[^$=]+\$)?)", re.DOTALL
)
"""What a step's text has for a board: its equations, and what it stresses, which is why they follow."""
_EQUATION = re.compile(r"=|\\approx|\\le\b|\\ge\b|<|>")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What `mmlab class instructor` takes."""
    parser.add_argument("folder", type=Path, nargs="?", default=Path("mmlab-instructor"), help="mmlab-instructor")
    parser.add_argument("--chapter", action="append", help="02, A1, …: once for each; without it, all")


def run(asked: argparse.Namespace) -> None:
    """`mmlab class instructor`."""
    instructor_edition(asked.folder, asked.chapter or chapter_numbers(), say=lambda words: print(words, flush=True))


class Board(NamedTuple):
    """What is written on a board at once: equations, each with the reason that leads to it."""

    title: str
    lines: list[tuple[str, str]]


class Sheet(NamedTuple):
    """An exercise as the instructor needs it; all but `id` and `minutes` as HTML."""

    id: str
    title: str
    asked: str
    minutes: int
    answer: str
    hints: list[str]
    mistakes: list[tuple[str, str]]
    right: str
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
        self._solution_cells = self.lesson.solutions

    @property
    def title(self) -> str:
        """As the chapter's heading."""
        return self.lesson.parts[0].title

    @cached_property
    def purpose(self) -> str:
        """What the chapter says it is for and what it needs, and its question in money, as HTML."""
        first = self.lesson.parts[0].text.partition("\n")[2]
        return page(first) + "".join(
            page(part.text) for part in self.lesson.parts if part.title == "The question, in money"
        )

    @cached_property
    def timed(self) -> list[tuple[Part, list[bool]]]:
        """Each part and discussion, and whether it is done in class in a lecture of each length."""
        talks = [each["ask"] for each in self.talk.get("discussion", [])]
        lectures = [self.lesson.lecture(minutes, talks) for minutes in LECTURES]
        said = [Part("talk", f"Discussion {n}", "", minutes=MINUTES_A_TALK) for n, _ in enumerate(talks, start=1)]
        return [
            (part, [any(part == one for one in lecture) for lecture in lectures])
            for part in [*self.lesson.parts, *said]
            if part.minutes
        ]

    def in_class(self, lecture: int) -> int:
        """Minutes in class, in the lecture of this place in `LECTURES`."""
        return sum(part.minutes for part, done in self.timed if done[lecture])

    @cached_property
    def predictions(self) -> list[dict[str, Any]]:
        """Each with its answer, computed now, and what each choice misses."""
        return [
            {
                "text": sentence(question.text),
                "right": sentence(question.right),
                "answer": sentence(question.reveal(question.right).sentence),
                "choices": [
                    (sentence(choice), sentence(why), choice == question.right)
                    for choice, why in question.choices.items()
                ],
            }
            for question in questions_of(self.number)
        ]

    @cached_property
    def steps(self) -> list[tuple[list[Board], str, str]]:
        """Of each step of the derivation: its boards, what to say, and the code that answers its check."""
        return [
            (boards(part), page(re.sub(r"</?(details|summary)>.*\n", "", part.text)), self._solved(part))
            for part in self.lesson.parts
            if part.kind == "step"
        ]

    @cached_property
    def exercises(self) -> list[Sheet]:
        """Those with a number, in their order."""
        return [self._sheet(part) for part in self.lesson.parts if part.kind == "exercise"]

    def _sheet(self, part: Part) -> Sheet:
        number = int(re.findall(r"\d+", part.title)[0])
        texts = self._texts_of(part)
        asked = re.sub(r"^\*\*Exercise[^*]*\*\*", "", part.text.strip()).replace("<details>", "<details open>")
        return Sheet(
            id=self._id(part),
            title=part.title,
            asked=page(asked),
            minutes=self.lesson.minutes_an_exercise,
            answer=sentence(texts.get("answer", "")),
            hints=[sentence(hint) for hint in texts.get("hints", [])],
            mistakes=named(texts.get("wrong", {})),
            right=sentence(texts.get("right", "")),
            solution="".join(
                code_block(source) if is_code else page(source) for is_code, source in self._solution(number)
            ),
        )

    @cached_property
    def step_mistakes(self) -> dict[str, list[tuple[str, str]]]:
        """Of the checks of the derivation's steps: what is usually wrong, and what to say."""
        parts = [part for part in self.lesson.parts if part.kind == "step"]
        return {part.title: named(self._texts_of(part).get("wrong", {})) for part in parts}

    def _id(self, part: Part) -> str:
        found = re.search(r'check\("([^"]+)"', "\n".join(part.code))
        return found[1] if found else ""

    def _texts_of(self, part: Part) -> Mapping[str, Any]:
        texts: Mapping[str, Any] = self._texts.get("exercises", {}).get(self._id(part), {})
        return texts

    def _solution(self, number: int) -> list[tuple[bool, str]]:
        """The cells under the solutions' heading of this exercise."""
        found: list[tuple[bool, str]] = []
        inside = False
        for is_code, source in self._solution_cells:
            if not is_code and source.startswith("## "):
                inside = bool(re.match(rf"## (Exercise )?{number}\b", source))
                source = source.partition("\n")[2]
            if inside and source.strip():
                found.append((is_code, source))
        return found

    def _solved(self, step: Part) -> str:
        """The code that the check of a step takes."""
        id = self._id(step)
        return "".join(
            code_block(source) for is_code, source in self._solution_cells if is_code and f'"{id}"' in source
        )

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


def named(wrong: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each usual mistake by its name, with what to say."""
    return [(id.replace("-", " "), sentence(words)) for id, words in wrong.items()]


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
    many = len(parts) > 1
    return [
        Board(
            f"{step.title}{f' ({n} of {len(parts)})' if many else ''}",
            [(sentence(reason), line) for reason, line in part],
        )
        for n, part in enumerate(parts, start=1)
    ]


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
    presets = [
        (preset, words(differs.items()) or "the start", f"explorer.choose({preset!r})")
        for preset, differs in kind.presets.items()
    ]
    return Show(call, kind.title, section, start, presets, list(kind.tasks))


def instructor_edition(folder: Path, chapters: Iterable[str], say: Any = lambda words: None) -> list[Path]:
    """Write the pages of these chapters, and the notebooks with their solutions, into a folder; returns the pages.

    Notebooks that somebody changed there are left as they are, and said.

    Raises
    ------
    ParameterError
        If there is no such chapter, or the folder holds something else.
    """
    index = folder / "index.html"
    if folder.exists() and any(folder.iterdir()) and not (index.is_file() and MARK in index.read_text("utf-8")):
        raise ParameterError(f"{folder} is not empty and not of this command's making: name a new folder.")
    plans = [Plan(number) for number in chapters]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mmlab.classroom"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["sentence"] = sentence
    common = {"lectures": LECTURES, "mark": MARK, "talk_minutes": MINUTES_A_TALK}
    template, pages = environment.get_template("instructor.html.j2"), {}
    for n, plan in enumerate(plans, start=1):
        say(f"{plan.title} ({n} of {len(plans)})")
        pages[folder / "pages" / f"{plan.number}.html"] = [template.render(plan=plan, **common)]
    (folder / "pages").mkdir(parents=True, exist_ok=True)
    for name in copy_notebooks(folder / "notebooks"):
        say(f"changed by you, and left as it is: notebooks/{name}")
    contents = environment.get_template("instructor_index.html.j2").render(plans=plans, **common)
    write_whole("The instructor's edition", {**pages, index: [contents]})
    say(f"{index.resolve()} is where to begin")
    return list(pages)


def copy_notebooks(folder: Path) -> list[str]:
    """Copy chapters, solutions and pictures; returns the names of those that are there and differ."""
    source, differ = notebooks(), []
    for pattern in ("[0-9A][0-9]_*.ipynb", "solutions/[0-9A][0-9]_*.ipynb", "images/*"):
        for file in sorted(source.glob(pattern)):
            there = folder / file.relative_to(source)
            if there.exists() and there.read_bytes() != file.read_bytes():
                differ.append(file.relative_to(source).as_posix())
            elif not there.exists():
                there.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, there)
    return differ
