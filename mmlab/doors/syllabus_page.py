"""The lists of the syllabus page, as Markdown: plans, needs, objectives, books, projects and the link for a hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmlab.address import repository
from mmlab.doors.chapters import Chapter, PageError, table
from mmlab.doors.syllabus import (
    Stop,
    direct,
    drawing,
    git_pull,
    hours,
    minutes_an_exercise,
    needs_of,
    objectives,
    span,
    stop_of,
    week_minutes,
)

BRANCH = "term-2027-spring"
"""The name in the examples of a branch that a term keeps."""
OPENS = "notebooks/00_start_here.ipynb"


class SyllabusPage:
    """What stands in syllabus.toml, checked against the chapters.

    Parameters
    ----------
    checkout : Path
        Whose address is shown.
    chapters : mapping
        By their numbers.
    given : mapping
        What syllabus.toml says.
    link : callable
        Gets a chapter and the anchor of a section, or ""; returns a link in Markdown.
    """

    def __init__(
        self,
        checkout: Path,
        chapters: Mapping[str, Chapter],
        given: Mapping[str, Any],
        link: Callable[[Chapter, str], str],
    ):
        self.checkout, self.chapters, self.given, self.link = checkout, chapters, given, link

    def makers(self) -> dict[str, Callable[[], str]]:
        """What makes each list of the page, by its name there."""
        return {
            "one_lecture": self.one_lecture,
            "plans": self.plans,
            "needs": lambda: "```{raw} html\n" + drawing(self.chapters) + "```\n",
            "needs_table": self.needs_table,
            "objectives": self.objectives,
            "books": self.books,
            "projects": self.projects,
            "hub": self.hub,
        }

    def _stops(self, given: Sequence[Mapping[str, Any]], where: str) -> list[Stop]:
        return [stop_of(one, self.chapters, f"syllabus.toml, {where}") for one in given]

    def one_lecture(self) -> str:
        """A single lecture, with the minutes of each part, and what they are together."""
        lecture = self.given["lecture"]
        rows, total = [], 0
        for one in lecture["stops"]:
            stop = stop_of(one, self.chapters, "syllabus.toml, lecture")
            for section in stop.sections:
                minutes = self.chapters[one["chapter"]].minutes_of(section)
                rows.append([self.link(stop.chapter, section), one["why"], str(minutes)])
                total += minutes
        return table(("section", "what for", "minutes"), [*rows, ["**together**", "", f"**{total}**"]])

    def plans(self) -> str:
        """Each plan, week by week, with what its weeks take together."""
        return "\n".join(self._plan(plan) for plan in self.given["plan"])

    def _plan(self, plan: Mapping[str, Any]) -> str:
        rows, low, high = [], 0, 0
        for n, week in enumerate(plan["weeks"], start=1):
            where = f"{plan['name']}, week {n}"
            stops, choose = self._stops(week["stops"], where), self._stops(week.get("choose", []), where)
            ways = week_minutes(stops, choose)
            low, high = low + min(map(sum, ways)), high + max(map(sum, ways))
            what = [self._read(stop) for stop in stops]
            tried = [self._tried(stop) for stop in stops if stop.exercises]
            if choose:
                what.append(f"one of: {'; '.join(map(self._read, choose))}")
                tried.append(f"of it {'; '.join(map(self._tried, choose))}")
            reading, trying = (span([way[k] for way in ways]) for k in (0, 1))
            rows.append([str(n), "; ".join(what), "; ".join(tried), week["hand_in"], reading, trying])
        head = ("week", "chapters and sections", "exercises", "handed in", "reading [min]", "exercises [min]")
        each = span([low // len(rows), high // len(rows)])
        words = f"**Together {hours([low, high])} hours, {each} minutes a week**, lecture and homework in one."
        return f"### {plan['name']}\n\n{plan['goal']} {words}\n\n{table(head, rows)}"

    def _read(self, stop: Stop) -> str:
        if stop.sections:
            return f"{self.link(stop.chapter, '')}: {self._headings(stop.chapter, stop.sections)}"
        return self.link(stop.chapter, "") + (" without what is *optional*" if stop.left_out else "")

    def _headings(self, chapter: Chapter, sections: Sequence[str]) -> str:
        """Links in the words of the headings alone."""
        return ", ".join(f"[{chapter.section(one).heading}](../{chapter.name}.ipynb#{one})" for one in sections)

    def _tried(self, stop: Stop) -> str:
        first, last = min(stop.exercises), max(stop.exercises)
        whole = stop.exercises == tuple(range(first, last + 1)) and last > first + 1
        return f"{stop.chapter.number}: {f'{first} to {last}' if whole else ', '.join(map(str, stop.exercises))}"

    def needs_table(self) -> str:
        """What each chapter says one needs, and which say that they need it."""
        needs = {number: needs_of(chapter) for number, chapter in self.chapters.items()}
        rows = [
            [
                self.link(chapter, ""),
                ", ".join(needs[number]) or "nothing",
                ", ".join(own for need, own in direct(self.chapters) if need == number) or "–",
            ]
            for number, chapter in self.chapters.items()
        ]
        return table(("chapter", "needs", "comes right before"), rows)

    def objectives(self) -> str:
        """Of each chapter, what one can do after it, in which section that is, and by which exercise it is tried."""
        parts = []
        for chapter in self.chapters.values():
            rows = []
            taught = {int(n): section for n, section in self.given["taught"].get(chapter.number, {}).items()}
            for section in taught.values():
                chapter.check(section, f"syllabus.toml, taught, {chapter.number}")
            for one in objectives(chapter, taught):
                sections = self._headings(chapter, one.sections)
                minutes = len(one.exercises) * minutes_an_exercise(chapter)
                rows.append([one.words, sections, ", ".join(map(str, one.exercises)), str(minutes)])
            head = ("after it one can", "section", "exercises", "minutes")
            parts.append(f"### {self.link(chapter, '')}\n\n{table(head, rows)}")
        return "\n".join(parts)

    def books(self) -> str:
        """Matching sections of two textbooks, each with how that is known."""
        rows = []
        for row in self.given["book"]:
            if row["chapter"] not in self.chapters:
                raise PageError(f"syllabus.toml, book: there is no chapter {row['chapter']!r}.")
            known = row.get("known", "from memory, not checked")
            rows.append([self.link(self.chapters[row["chapter"]], ""), row["cjp"], row["gueant"], known])
        head = ("chapter", "Cartea, Jaimungal and Penalva (2015)", "Guéant (2016)", "how we know")
        return table(head, rows)

    def projects(self) -> str:
        """Each project with its rubric: criteria down, levels across."""
        levels, parts = self.given["levels"], []
        for project in self.given["project"]:
            links = ", ".join(self.link(self.chapters[number], "") for number in project["chapters"])
            rubric = {**project["rubric"], **self.given["rubric"]}
            for criterion, words in rubric.items():
                if len(words) != len(levels):
                    raise PageError(f"syllabus.toml, {project['name']}: {criterion} needs {len(levels)} levels.")
            rows = [[f"**{criterion}**", *words] for criterion, words in rubric.items()]
            head = ("", *(f"{name} ({points})" for points, name in enumerate(levels)))
            words = f"{project['task']} *Handed in:* {project['hand_in']} *Builds on:* {links}."
            parts.append(f"### {project['name']}\n\n{words}\n\n{table(head, rows)}")
        return "\n".join(parts)

    def hub(self) -> str:
        """The link that brings a branch to each student of a hub; with this book's address, if it has one."""
        own = git_pull("https://HOST/YOURS/CLASS", BRANCH, "00_start_here.ipynb")
        words = f"Yours, with HUB and HOST/YOURS/CLASS for your own:\n\n```text\n{own}\n```\n\n"
        published = (self.checkout / "pyproject.toml").is_file()
        if address := repository(self.checkout) if published else "":
            open_book = git_pull(address, BRANCH, OPENS)
            return (
                words
                + f"The open book, solutions and all, for a course that is not graded:\n\n```text\n{open_book}\n```\n"
            )
        return words + (
            "This copy of the book does not know where it is published: after `python3 mmlab address URL` the link to "
            "the open book stands here as well.\n"
        )
