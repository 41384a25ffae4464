"""A chapter as a lesson: its parts with their minutes, and which of them fit into a lecture.

Minutes are the chapter's own, split over its parts by the rule that counts them: 180 words a minute, 3 minutes for a
cell of code that is no exercise and for each step of a derivation, and for an exercise what the chapter states.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from mmlab.classroom.chapters import cells_of, notebook_of
from mmlab.parameters import ParameterError

WORDS_A_MINUTE, MINUTES_A_CELL, MINUTES_A_TALK = 180, 3, 5
LECTURES = (50, 75, 90)
_START = re.compile(
    r"^(?=#{1,3} )|^(?=<details>\n<summary><b>Step)|^(?=\*\*Exercise \d+\.)|(?<=</details>)\n(?!\n*\*\*Check)", re.M
)
_TITLE = re.compile(
    r"#{1,3} (?P<head>.*)|<details>\n<summary><b>(?P<step>Step.*?)</b>|\*\*(?P<exercise>Exercise \d+\.[^*]*)\*\*"
)
_STATED = re.compile(r"\*\*Minutes\*\*: (\d+) reading, (\d+) exercises")
_AT_HOME = ("the letters", "words", "summary", "references", "where next", "more exercises", "how to use this notebook")
_FIRST = ("the question, in money", "write it", "predict", "the idea", "what a market maker does")
"""What a lecture begins with."""


@dataclass
class Part:
    """Of a chapter: a section without its subsections, a step of its derivation, or an exercise."""

    kind: str
    title: str
    section: str
    """The heading that it stands under."""
    level: int = 0
    text: str = ""
    code: list[str] = field(default_factory=list)
    minutes: int = 0
    goes_on: bool = False
    """After a step or an exercise."""

    @property
    def counted(self) -> float:
        """Minutes of reading and running, by the rule."""
        words = len(re.findall(r"\w+", re.sub(r"\$.*?\$", " formula ", self.text, flags=re.DOTALL)))
        cells = sum("check(" not in cell for cell in self.code) + self.text.count("**Check step")
        return words / WORDS_A_MINUTE + MINUTES_A_CELL * cells


@dataclass(frozen=True)
class Lesson:
    """A chapter such as "02" or "A1", read from its notebook."""

    number: str

    @cached_property
    def file(self) -> Path:
        """Its notebook.

        Raises
        ------
        ParameterError
            If there is no such chapter.
        """
        return notebook_of(self.number)

    @cached_property
    def parts(self) -> list[Part]:
        """All of it, in its order, each part with its minutes; together they take what the chapter states."""
        parts: list[Part] = []
        home: Part | None = None  # the section to which the text returns after a step or an exercise
        for is_code, source in cells_of(self.file):
            if is_code:
                if "check(" in source and len(parts) > 1 and parts[-1].goes_on and parts[-2].kind == "exercise":
                    more = parts.pop()  # the second question of an exercise
                    parts[-1].text, parts[-1].code = f"{parts[-1].text}\n\n{more.text}", parts[-1].code + more.code
                parts[-1].code.append(source)
                if parts[-1].kind == "exercise" and home and "check(" in source:
                    parts.append(Part("text", home.title, home.section, home.level, goes_on=True))
                continue
            for piece in filter(str.strip, _START.split(source + "\n")):
                title = _TITLE.match(piece)
                if title is None:
                    marks = re.match(r"\s*(<details>|\*\*Check step)", piece)
                    if not parts or (parts[-1].kind != "text" and not marks and home):
                        where = (home.title, home.section, home.level) if home else ("", "")
                        parts.append(Part("text", *where))
                    if len(parts) > 1 and marks and parts[-1].kind == "text" and not parts[-1].text:
                        parts.pop()  # how to mark the exercise before
                    parts[-1].text += piece
                elif title["head"]:
                    level = piece.index(" ")
                    over = title["head"] if level < 3 or home is None else home.section
                    home = Part("text", title["head"], over, level, piece)
                    parts.append(home)
                else:
                    kind = "step" if title["step"] else "exercise"
                    name = (title["step"] or title["exercise"]).rstrip(".")
                    parts.append(Part(kind, name, home.section if home else "", 0, piece))
        return self._timed(self._joined(parts))

    @staticmethod
    def _joined(parts: Sequence[Part]) -> list[Part]:
        """Without empty ones; what goes on under a heading after an exercise or a step is of that heading's part."""
        joined: list[Part] = []
        by_name: dict[tuple[str, str, str], Part] = {}
        for part in parts:
            there = by_name.get((part.kind, part.section, part.title))
            if there is None:
                by_name[part.kind, part.section, part.title] = part
                joined.append(part)
            else:
                there.text, there.code = f"{there.text}\n\n{part.text}", there.code + part.code
        return [part for part in joined if part.text.strip() or part.code]

    @cached_property
    def text(self) -> str:
        """All its prose."""
        return "\n\n".join(source for is_code, source in cells_of(self.file) if not is_code)

    @cached_property
    def solutions(self) -> list[tuple[bool, str]]:
        """Its solutions in their order, a text at each heading: whether each is code, and its source."""
        cells = cells_of(self.file.parent / "solutions" / self.file.name)
        pieces = ((code, [source] if code else re.split(r"^(?=## )", source, flags=re.M)) for code, source in cells)
        return [(is_code, piece) for is_code, each in pieces for piece in each]

    @cached_property
    def stated(self) -> tuple[int, int]:
        """Minutes of reading and of exercises, as the chapter says."""
        found = _STATED.search(self.text)
        if found is None:
            raise ParameterError(f"{self.file.name} does not say how many minutes it takes.")
        return int(found[1]), int(found[2])

    @property
    def minutes_an_exercise(self) -> int:
        """What the chapter counts for one."""
        return self.stated[1] // self.text.count("**Exercise ")

    def _timed(self, parts: list[Part]) -> list[Part]:
        """Split the stated minutes: whole ones, and of what is left over the largest remainders first."""
        counted = [part.counted * self.stated[0] for part in parts]
        shares = [one / (sum(counted) / self.stated[0]) for one in counted]
        most = sorted(range(len(parts)), key=lambda n: int(shares[n]) - shares[n])
        for part, share in zip(parts, shares, strict=True):
            part.minutes = int(share)
        for n in most[: self.stated[0] - sum(part.minutes for part in parts)]:
            parts[n].minutes += 1
        for part in parts:
            part.minutes += self.minutes_an_exercise if part.kind == "exercise" else 0
        return parts

    def lecture(self, minutes: int, talks: Sequence[str] = ()) -> list[Part]:
        """What of it to do in class: parts and discussions that fit, in the order of their weight.

        Parameters
        ----------
        minutes : int
            How long the lecture is.
        talks : sequence of str
            Questions to discuss, 5 minutes each: one in the first half hour, one each as far as there is time.
        """
        discussed = [Part("talk", f"Discussion {n}", "", minutes=MINUTES_A_TALK) for n, _ in enumerate(talks, start=1)]
        weighed = [(_weight(part, self.parts), part) for part in self.parts]
        weighed += [(weight, part) for weight, part in zip((3.5, 7.5, 9.5), discussed, strict=False)]
        chosen, left = [], minutes
        for weight, part in sorted(weighed, key=lambda pair: pair[0]):
            if weight < 100 and part.minutes <= left:
                chosen.append(part)
                left -= part.minutes
        return [part for part in [*self.parts, *discussed] if any(part is one for one in chosen)]


def _weight(part: Part, parts: Sequence[Part]) -> float:
    """The smaller, the sooner it is done in class; 100 is what is read at home."""
    title = part.title.lower()
    if part.level == 1 or "*(optional)*" in title + part.section or title in _AT_HOME:
        return 100
    if title in _FIRST:
        return _FIRST.index(title) / 2
    if part.kind == "exercise":
        own = [one for one in parts if one.kind == "exercise"]
        return 10 if part is own[0] else 100
    if title.startswith("explore"):
        return 4
    if part.kind == "step":
        return 5 if part is next(one for one in parts if one.kind == "step") else 8
    if title.startswith("a formula that looks right"):
        return 7
    if title == "what fails in practice":
        return 11
    return 6 if title == "the derivation" else 9
