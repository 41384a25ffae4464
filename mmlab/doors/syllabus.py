"""The syllabus: plans of weeks, what each chapter needs, and where each objective is taught and tried.

syllabus.toml says which chapters a week has and what is handed in; minutes, sections, needs and objectives are the
chapters' own, read from their texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any, NamedTuple
from urllib.parse import quote

from mmlab.doors.chapters import Chapter, PageError, anchor
from mmlab.doors.concept_map import STYLE

_STATED = re.compile(r"\*\*Minutes\*\*: \d+ reading, (\d+) exercises")
_EXERCISE = re.compile(r"\*\*Exercise (\d+)\.")
_GOAL = re.compile(r"^- (.*) \((exercises? [^)]*)\)[;.]$", re.MULTILINE)
WIDTH, HEIGHT, GAP, ROW = 152, 34, 22, 66
"""Of the drawing: a box, and from one to the next."""


class Objective(NamedTuple):
    """What a chapter promises, and where it is tried: exercises by number, sections by their anchors."""

    words: str
    exercises: tuple[int, ...]
    sections: tuple[str, ...]


def exercises_of(chapter: Chapter) -> dict[int, str]:
    """The section, by its anchor, in which each exercise stands."""
    found: dict[int, str] = {}
    section, fenced = "", False
    for line in chapter.text.splitlines():
        fenced ^= line.startswith("```")
        if not fenced and line.startswith("## "):
            section = anchor(line[3:])
        elif not fenced and (match := _EXERCISE.match(line)):
            found[int(match[1])] = section
    return found


def minutes_an_exercise(chapter: Chapter) -> int:
    """What the chapter counts for one."""
    stated = _STATED.search(chapter.text)
    if stated is None:
        raise PageError(f"{chapter.name}.md does not say how many minutes its exercises take.")
    return int(stated[1]) // len(exercises_of(chapter))


def needs_of(chapter: Chapter) -> list[str]:
    """The chapters that it links to where it says what one needs."""
    stated = re.search(r"\*\*You need\*\*(.*?)\*\*Minutes\*\*", chapter.text, re.DOTALL)
    return list(dict.fromkeys(re.findall(r"\]\(([\dA]\d)_\w+\.ipynb", stated[1]))) if stated else []


def objectives(chapter: Chapter, taught: Mapping[int, str]) -> list[Objective]:
    """What one can do after it, each with its exercises, and the sections that teach it.

    Parameters
    ----------
    chapter : Chapter
        Its list under "After this chapter you can".
    taught : mapping
        Of exercises that stand at the end, where what they try is taught; of the others that is where they stand. A
        check of a step is in its derivation.
    """
    where = exercises_of(chapter) | dict(taught)
    found = []
    for words, tried in _GOAL.findall(chapter.text.split("**You need**")[0]):
        numbers = tuple(int(n) for n in re.findall(r"\d+", tried.partition("check")[0]))
        sections = [where[n] for n in numbers]
        if "check" in tried:
            steps = chapter.text[: chapter.text.find("**Check step")].splitlines()
            sections.append(anchor([line for line in steps if line.startswith("## ")][-1][3:]))
        found.append(Objective(words, numbers, tuple(dict.fromkeys(sections))))
    return found


def optional(chapter: Chapter) -> list[str]:
    """The sections that it marks as optional, by their anchors, without those that lie in another of them."""
    marked = [name for name, section in chapter.sections.items() if "*(optional)*" in section.heading]
    return [name for name in marked if not any(_inside(chapter, name, other) for other in marked)]


def _inside(chapter: Chapter, name: str, other: str) -> bool:
    names = list(chapter.sections)
    between = [chapter.sections[one] for one in names[names.index(other) + 1 : names.index(name) + 1]]
    return bool(between) and all(one.level > chapter.sections[other].level for one in between)


class Stop(NamedTuple):
    """A chapter of a week: the sections that are left out or alone read, the exercises, and the minutes of both."""

    chapter: Chapter
    sections: tuple[str, ...]
    left_out: tuple[str, ...]
    exercises: tuple[int, ...]
    reading: int
    trying: int


def stop_of(given: Mapping[str, Any], chapters: Mapping[str, Chapter], where: str) -> Stop:
    """A stop of syllabus.toml, checked against its chapter.

    Raises
    ------
    PageError
        If there is no such chapter, section or exercise.
    """
    if given["chapter"] not in chapters:
        raise PageError(f"{where}: there is no chapter {given['chapter']!r}.")
    chapter = chapters[given["chapter"]]
    sections, exercises = tuple(given.get("sections", ())), tuple(given.get("exercises", ()))
    for section in sections:
        chapter.check(section, where)
    for number in set(exercises) - set(exercises_of(chapter)):
        raise PageError(f"{where}: chapter {chapter.number} has no exercise {number}.")
    left_out = () if sections else tuple(optional(chapter))
    reading = sum(map(chapter.minutes_of, sections)) if sections else chapter.minutes
    reading -= sum(map(chapter.minutes_of, left_out))
    return Stop(chapter, sections, left_out, exercises, reading, len(exercises) * minutes_an_exercise(chapter))


def span(numbers: Sequence[int]) -> str:
    """The smallest and the largest of some minutes, or the one that they all are."""
    return str(min(numbers)) if min(numbers) == max(numbers) else f"{min(numbers)} to {max(numbers)}"


def hours(numbers: Sequence[int]) -> str:
    """The same in hours."""
    return span([round(number / 60) for number in numbers])


def week_minutes(stops: Sequence[Stop], choose: Sequence[Stop]) -> list[tuple[int, int]]:
    """Minutes of reading and of exercises in a week; of several ways, if one chapter is chosen of some."""
    fixed = sum(stop.reading for stop in stops), sum(stop.trying for stop in stops)
    return [(fixed[0] + one.reading, fixed[1] + one.trying) for one in choose] or [fixed]


def levels_of(chapters: Mapping[str, Chapter]) -> list[list[str]]:
    """The chapters in rows, each below all that it needs."""
    level: dict[str, int] = {}
    needs = {number: needs_of(chapter) for number, chapter in chapters.items()}
    while len(level) < len(chapters):
        ready = [n for n in chapters if n not in level and all(one in level for one in needs[n])]
        if not ready:
            raise PageError(f"what chapters need goes round in a circle: {', '.join(set(chapters) - set(level))}.")
        level |= {n: max((level[one] + 1 for one in needs[n]), default=0) for n in ready}
    return [[n for n in chapters if level[n] == row] for row in range(max(level.values()) + 1)]


def direct(chapters: Mapping[str, Chapter]) -> Iterator[tuple[str, str]]:
    """What is needed and by which chapter, without what follows from the rest."""
    needs = {number: set(needs_of(chapter)) for number, chapter in chapters.items()}

    def all_under(number: str) -> set[str]:
        return needs[number].union(*map(all_under, needs[number]))

    for number, own in needs.items():
        under = set().union(*map(all_under, own))
        yield from ((one, number) for one in sorted(own - under))


def drawing(chapters: Mapping[str, Chapter]) -> str:
    """What needs what as SVG: a box a chapter, which is a link, and a line from what is needed to what needs it."""
    rows = levels_of(chapters)
    width = max(map(len, rows)) * (WIDTH + GAP)
    places = {
        number: ((width - len(row) * (WIDTH + GAP) + GAP) / 2 + k * (WIDTH + GAP), n * ROW + 4)
        for n, row in enumerate(rows)
        for k, number in enumerate(row)
    }
    edges, boxes = "", ""
    for start, end in direct(chapters):
        (x, y), (x2, y2) = places[start], places[end]
        x, x2, y = x + WIDTH / 2, x2 + WIDTH / 2, y + HEIGHT
        edges += f'<path d="M{x:g} {y:g}C{x:g} {y + 26:g} {x2:g} {y2 - 26:g} {x2:g} {y2:g}"/>\n'
    for number, (x, y) in places.items():
        short = re.split(r": |, ", chapters[number].title)[0]
        words = f"{number} · {short if len(short) < 19 else short[:16].rstrip() + '…'}"
        boxes += (
            f'<a href="{chapters[number].name}.html"><title>{escape(chapters[number].title)}</title>'
            f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
            f'<text x="{x + WIDTH / 2:g}" y="{y + 22:g}" text-anchor="middle">{escape(words)}</text></a>\n'
        )
    return (
        f'<svg class="mm-map" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {len(rows) * ROW}" width="100%" '
        'role="group" aria-labelledby="mm-needs-title mm-needs-words">\n'
        '<title id="mm-needs-title">What each chapter needs</title>\n'
        f'<desc id="mm-needs-words">{len(chapters)} chapters in {len(rows)} rows; a line leads down from a chapter to '
        f"each that needs it. The table under it says the same in words.</desc>\n<style>{STYLE}</style>\n"
        f"{edges}{boxes}</svg>\n"
    )


def git_pull(repository: str, branch: str, opens: str) -> str:
    """The address by which nbgitpuller brings a branch into a student's folder on a hub, and opens a file of it."""
    name = repository.rstrip("/").rsplit("/", 1)[-1]
    folder = f"{name}-{branch}"
    query = {"repo": repository, "branch": branch, "targetPath": folder, "urlpath": f"lab/tree/{folder}/{opens}"}
    return "https://HUB/hub/user-redirect/git-pull?" + "&".join(f"{k}={quote(v, safe='')}" for k, v in query.items())
