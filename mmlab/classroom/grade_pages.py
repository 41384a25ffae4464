"""The pages of a grading: one of the class, with its mistakes in words, and one a student."""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import PurePath
from statistics import mean, median
from typing import Any, NamedTuple

from markupsafe import Markup

from mmlab.classroom.chapters import prompts_of, questions_of
from mmlab.classroom.gradebooks import page_name
from mmlab.classroom.markup import capital, greek, marked
from mmlab.classroom.scoring import Grade, Graded
from mmlab.measure.pages import from_template
from mmlab.teach.exercises import Exercise
from mmlab.teach.variants import OWN


class Asked(NamedTuple):
    """An exercise as a page names it: its title, what it asks as HTML, and the grades that it got."""

    id: str
    title: str
    prompt: str
    grades: Sequence[Grade]

    @property
    def mean(self) -> float:
        """Of the scores."""
        return mean(grade.score for grade in self.grades) if self.grades else 0.0


class Misconception(NamedTuple):
    """A mistake that has a name: in words, and who made it."""

    exercise: str
    words: str
    students: Sequence[str]


def pages_of(
    chapter: str, exercises: Sequence[Exercise], everybody: Sequence[Graded], handed_in: int
) -> dict[PurePath, str]:
    """The pages by their names, of those that are graded among those who handed in."""
    prompts = prompts_of(chapter)
    asked = [_asked(exercise, prompts.get(exercise.id.removesuffix(OWN), ""), everybody) for exercise in exercises]
    titles = {one.id: one.title for one in asked}
    totals = [sum(grade.score for grade in own.grades) for own in everybody]
    facts = {"chapter": chapter, "asked": asked, "titles": titles, "name_of": page_name, "most": len(exercises)}
    pages = {
        PurePath("students", f"{page_name(own.id)}.html"): _page("student", own=own, total=total, **facts)
        for own, total in zip(everybody, totals, strict=True)
    }
    bars = Counter(int(total + 0.5) for total in totals)
    facts |= {"bars": [(points, bars[points]) for points in range(len(exercises) + 1)], "handed_in": handed_in}
    facts |= {"mean": mean(totals or [0.0]), "median": median(totals or [0.0])}
    facts |= {"highest": max(bars.values(), default=1), "everybody": list(zip(everybody, totals, strict=True))}
    facts |= {"misconceptions": _misconceptions(everybody), "guesses": _guesses(chapter, everybody)}
    return pages | {PurePath("class.html"): _page("class", **facts)}


def as_html(words: str) -> str:
    """A text of the book as HTML: `code`, *stress*, **more** and $mathematics$, TeX but for Greek letters."""
    text = html.escape(re.sub(r"\\([a-z]+)", lambda found: greek(found[1], found[0]), words), quote=False)
    text = re.sub(r"`([^`]*)`|\$([^$]+)\$", lambda found: f"<code>{found[1] or found[2]}</code>", text)
    return marked(text)


def _asked(exercise: Exercise, prompt: str, everybody: Sequence[Graded]) -> Asked:
    found = re.match(r"\*\*(?:Exercise \w+\.\s*)?(.*?)\.?\*\*\s*", prompt, re.DOTALL)
    title = (found and found[1]) or exercise.id.replace("-", " ")
    text = prompt[found.end() :] if found else prompt or f"The answer is {exercise.answer}."
    if exercise.id.endswith(OWN):
        title, text = f"{title}, with own numbers", "The same at the student's own numbers."
    grades = [grade for own in everybody for grade in own.grades if grade.exercise == exercise.id]
    return Asked(exercise.id, capital(title), as_html(text), grades)


def _misconceptions(everybody: Sequence[Graded]) -> list[Misconception]:
    """The mistakes with a name, the commonest first, each in the sentence that most of those who made it got."""
    found: dict[tuple[str, str], list[Grade]] = defaultdict(list)
    for grade in (grade for own in everybody for grade in own.grades if grade.mistake):
        found[grade.exercise, grade.mistake].append(grade)
    in_words = []
    for (exercise, _), grades in sorted(found.items(), key=lambda each: -len(each[1])):
        ((sentence, _),) = Counter(grade.sentence for grade in grades).most_common(1)
        words = capital(sentence.removeprefix("Not yet: "))
        in_words.append(Misconception(exercise, words, [grade.id for grade in grades]))
    return in_words


def _guesses(chapter: str, everybody: Sequence[Graded]) -> list[dict[str, Any]]:
    """The first guesses that hand-in files brought: of how many, how many right, and the commonest that is wrong."""
    rows = []
    for question in questions_of(chapter):
        chosen = Counter(own.guesses[question.id] for own in everybody if question.id in own.guesses)
        if chosen:
            wrong = (one for one in chosen.most_common() if one[0] in question.choices and one[0] != question.right)
            guess, n = next(wrong, ("", 0))
            right, of = chosen[question.right], chosen.total()
            whys = {"guess": guess, "n": n, "why": question.choices.get(guess, "")}
            rows.append({"text": question.text, "right": right, "of": of, **whys})
    return rows


def _page(template: str, **what: Any) -> str:
    filters = {"words": lambda text: Markup(as_html(text))}
    return from_template(f"{template}.html.j2", "mmlab.classroom", filters, **what)
