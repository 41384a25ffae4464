"""The chapters as the doors need them: what the README's table says of each, and the sections of its text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_ROW = re.compile(r"\| \[([\dA]\d)\]\([^)]*?(\w+)\.ipynb\) \| [^|]+ \| ([^|]+) \| (\d+) \|")
_HEADING = re.compile(r"(#+) (.+)")
_EXERCISE = re.compile(r"^(?:\*\*(?:Exercise )?|### )\d+\. ", re.MULTILINE)


class PageError(ValueError):
    """A page that cannot be made as it is written; the message says in which file and line, and why."""


def anchor(heading: str) -> str:
    """What a link to a heading ends in, as MyST and GitHub write it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@dataclass(frozen=True)
class Section:
    """A heading, and how many words and exercises stand under it, those of its subsections among them."""

    heading: str
    level: int
    n_words: int
    n_exercises: int

    @property
    def html_id(self) -> str:
        """The id that Sphinx gives the heading on the page, where `anchor` is what a link to it says."""
        letters = unicodedata.normalize("NFKD", self.heading.lower()).encode("ascii", "ignore").decode()
        return re.sub(r"^[-\d]+|-+$", "", re.sub(r"[^a-z\d]+", "-", letters))


@dataclass(frozen=True)
class Chapter:
    """A row of the README's table with the chapter's text.

    Attributes
    ----------
    number, name : str
        "02", and the notebook's file without its ending.
    after : str
        What a reader can do after it.
    minutes : int
        How long it takes.
    text : str
        As in notebooks/text.
    """

    number: str
    name: str
    after: str
    minutes: int
    text: str

    @property
    def title(self) -> str:
        """Its own, without the number."""
        return self.section("").heading.partition(" · ")[2]

    @cached_property
    def sections(self) -> dict[str, Section]:
        """By their anchors, in the order of the text, the chapter's own heading first; of two that agree, the first."""
        lines, found, fenced = self.text.splitlines(), [], False
        for n, line in enumerate(lines):
            fenced ^= line.startswith("```")
            if not fenced and (match := _HEADING.fullmatch(line)):
                found.append((n, len(match[1]), match[2]))
        sections: dict[str, Section] = {}
        for n, level, heading in found:
            end = next((m for m, deep, _ in found if m > n and deep <= level), len(lines))
            part = "\n".join(lines[n:end])
            section = Section(heading, level, len(part.split()), len(_EXERCISE.findall(part)))
            sections.setdefault(anchor(heading), section)
        return sections

    def section(self, name: str) -> Section:
        """The one with this anchor; without a name the chapter, which is the section under its own heading."""
        return self.sections[name] if name else next(iter(self.sections.values()))

    def minutes_of(self, name: str) -> int:
        """Minutes to read a section: its share of the chapter's words."""
        return max(1, round(self.minutes * self.section(name).n_words / self.section("").n_words))

    def check(self, section: str, where: str) -> None:
        """Refuse an anchor that is none of the chapter's; `where` is the file and line that names it."""
        if section and section not in self.sections:
            raise PageError(f"{where}: chapter {self.number} has no #{section}; it has {', '.join(self.sections)}.")


def read_chapters(checkout: Path) -> dict[str, Chapter]:
    """All chapters by their numbers, as the README lists them.

    Raises
    ------
    PageError
        If the README has no table of chapters.
    """
    readme = (checkout / "README.md").read_text(encoding="utf-8")
    rows = {match[1]: match for match in map(_ROW.fullmatch, readme.splitlines()) if match}
    if not rows:
        raise PageError(
            f"{checkout / 'README.md'} has no table of chapters (| [00](….ipynb) | title | after | minutes |)."
        )
    texts = checkout / "notebooks" / "text"
    return {
        number: Chapter(number, row[2], row[3], int(row[4]), (texts / f"{row[2]}.md").read_text(encoding="utf-8"))
        for number, row in rows.items()
    }


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a file, counted from 1."""
    return enumerate(text.splitlines(), start=1)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
