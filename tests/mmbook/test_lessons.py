"""The form of a chapter: order, goals, minutes, letters, folds; and exercises that copying does not solve."""

from __future__ import annotations

import itertools
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from mmbook.letters import Letter, all_letters, letters

from mmlab import vocabulary
from mmlab.parameters import ParameterError
from mmlab.teach.answers import Answer
from mmlab.teach.exercises import EXERCISES, judged
from tests.mmbook.checking import CHAPTERS

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NUMBERS = [f"{n:02d}" for n in range(1, 20)]
LESSONS = [path.stem for number in NUMBERS for path in (NOTEBOOKS / "text").glob(f"{number}_*.md")]
"""The chapters that have the form of a lesson."""
PREREQUISITES = "A1_prerequisites"
"""Ten short questions with what explains them: no lesson, but counted, lettered and checked as one."""
COUNTED = [*LESSONS, PREREQUISITES]
ORDER = ["The question, in money", "Predict", "The idea", "The letters", "Explore", "A formula that looks right"]
ORDER += ["What fails in practice", "Summary", "References"]
MOST_LINES, WIDEST = 20, 100
"""Of code, in a cell: what a screen holds beside its result, and what a cell at 1366 pixels."""
FIRST = "00_start_here"
WORDS_A_MINUTE, MINUTES_A_CELL, MINUTES_AN_EXERCISE = 180, 3, 10
MINUTES_A_QUESTION = 5
FENCE = re.compile(r"```\{code-cell\}.*?\n(.*?)```", re.DOTALL)
EXERCISE = re.compile(r"\*\*Exercise (\d+)\.")
LETTER = re.compile(r"\\(alpha|beta|gamma|delta|zeta|eta|theta|kappa|lambda|mu|xi|sigma|tau|phi|omega)\b")
GREEK = dict(zip(LETTER.pattern[3:-3].split("|"), "αβγδζηθκλμξστφω", strict=True))

assert CHAPTERS  # have declared their exercises


@cache
def text_of(name: str) -> str:
    return (NOTEBOOKS / "text" / f"{name}.md").read_text(encoding="utf-8").split("\n---\n", 1)[1]


def prose_of(name: str) -> str:
    return FENCE.sub("", text_of(name))


def code_cells(name: str) -> list[str]:
    return FENCE.findall(text_of(name))


def to_five(minutes: float) -> int:
    return 5 * round(minutes / 5)


@pytest.mark.parametrize("name", LESSONS)
def test_a_chapter_has_the_order_of_a_lesson(name: str) -> None:
    headings = re.findall(r"^## (.*)$", prose_of(name), re.MULTILINE)
    assert [heading for heading in headings if heading in ORDER] == ORDER
    in_the_flow = [int(n) for n in EXERCISE.findall(text_of(name).split("## What fails in practice")[0])]
    assert in_the_flow[:3] == [1, 2, 3]
    assert "explain in two sentences" in text_of(name).lower()
    assert re.search(r"\*\*Exercise \d+\. Prove", text_of(name))


@pytest.mark.parametrize("name", COUNTED)
def test_each_goal_has_its_exercise(name: str) -> None:
    goals = re.findall(r"^- .*\(exercises? ([^)]*)\)[;.]$", text_of(name).split("**You need**")[0], re.MULTILINE)
    there = {int(n) for n in EXERCISE.findall(text_of(name))}
    assert len(goals) >= 3
    assert {int(n) for goal in goals for n in re.findall(r"\d+", goal)} == there == set(range(1, len(there) + 1))


@pytest.mark.parametrize("name", COUNTED)
def test_minutes_are_counted(name: str) -> None:
    exercises = len(EXERCISE.findall(text_of(name)))
    each = MINUTES_A_QUESTION if name == PREREQUISITES else MINUTES_AN_EXERCISE
    steps = text_of(name).count("**Check step")
    words = len(re.findall(r"\w+", re.sub(r"\$.*?\$", " formula ", prose_of(name), flags=re.DOTALL)))
    cells = sum("check(" not in cell for cell in code_cells(name)) + steps
    counted = to_five(words / WORDS_A_MINUTE + MINUTES_A_CELL * cells), each * exercises
    stated = re.search(r"\*\*Minutes\*\*: (\d+) reading, (\d+) exercises", text_of(name))
    assert stated
    assert (int(stated[1]), int(stated[2])) == counted


@pytest.mark.parametrize("name", COUNTED)
def test_every_greek_letter_of_a_formula_is_in_the_box(name: str) -> None:
    used = {GREEK[letter] for letter in LETTER.findall(prose_of(name))}
    box = " ".join(each.letter for each in all_letters() if each.chapter == name[:2])
    assert used <= set(box), f"not in the box: {used - set(box)}"
    assert f'letters("{name[:2]}")' in text_of(name)


@pytest.mark.parametrize("letter", all_letters(), ids=lambda each: f"{each.chapter}-{each.letter}")
def test_a_letter_says_what_the_vocabulary_says(letter: Letter) -> None:
    assert letter.meaning
    if letter.name:
        known = getattr(vocabulary, letter.name.upper())
        assert letter.unit == known.unit
        assert letter.letter == known.symbol or known.symbol in known.description + letter.in_the_paper


def test_a_letter_means_one_thing_in_a_chapter() -> None:
    named = [(each.chapter, each.letter) for each in all_letters()]
    assert len(set(named)) == len(named)


def test_an_index_stands_below_the_line_and_an_exponent_above_but_no_name_of_code_is_changed() -> None:
    page = "".join(letters(chapter)._repr_markdown_() for chapter in sorted({each.chapter for each in all_letters()}))
    for shown in ("R<sub>ij</sub>", "λ<sub>inv</sub>", "θ<sub>(q±1)</sub>", "e<sup>−κδ</sup>", "time<sup>3/2</sup>"):
        assert shown in page, shown
    assert "^" not in page
    assert set(re.findall(r"\w+\\_\w+", page)) == {"max\\_inventory"}


def test_letters_of_no_chapter_are_refused() -> None:
    with pytest.raises(ParameterError, match=r"no letters of chapter '99'; there are those of .*02"):
        letters("99")


@pytest.mark.parametrize("name", [FIRST, *COUNTED])
def test_a_cell_of_code_is_short_fits_the_screen_and_holds_no_assert_of_ours(name: str) -> None:
    for cell in code_cells(name):
        code = [line for line in cell.splitlines() if line.strip() and not line.lstrip().startswith(("#", ":tags:"))]
        assert len(code) <= MOST_LINES, cell
        assert max(map(len, code)) <= WIDEST, cell
        assert not re.search(r"^\s*assert\b", cell, re.MULTILINE), cell


@pytest.mark.parametrize("name", [FIRST, *COUNTED])
def test_one_minus_sign_in_prose(name: str) -> None:
    marked = r"```.*?```|\$\$.*?\$\$|\$.*?\$|`[^`]*`|\]\([^)]*\)"
    prose = re.sub(marked, "", prose_of(name), flags=re.DOTALL)
    assert not re.findall(r"(?<![\w\-–.])-\d.*", prose)


@pytest.mark.parametrize("name", COUNTED)
def test_folds_are_closed_and_each_ends_in_a_check(name: str) -> None:
    heading, least = ("What an uncertain profit is worth", 1) if name == PREREQUISITES else ("The derivation", 2)
    derivation = text_of(name).split(f"## {heading}")[1].split("\n## ")[0]
    fold = r"<details>\n<summary>.*?</summary>\n\n.*?\n\n</details>\n\n\+\+\+\n\n([^\n]*)"
    folds = re.findall(fold, derivation, re.DOTALL)
    assert len(folds) == derivation.count("<details>") == derivation.count("**Check step") >= least
    assert all(after.startswith("**Check step") for after in folds)
    assert text_of(name).count("<details>") == text_of(name).count("</details>")


@cache
def printed_numbers(name: str) -> list[float]:
    """Every number that a reader of the executed chapter sees, in its order; volumes of journals aside."""
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    texts = ["".join(cell["source"]).partition("## References")[0] for cell in cells]
    texts += ["".join(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in outputs]
    found = re.findall(r"(?<![\w.])[-−]?\d+(?:\.\d+)?", "\n".join(texts))
    return [float(number.replace("−", "-")) for number in found]


def exercises_of(name: str) -> list[str]:
    return sorted(set(re.findall(r'check\("([^"]+)"', text_of(name))))


@pytest.mark.parametrize("id", [id for name in COUNTED for id in exercises_of(name)])
def test_no_printed_number_and_no_argument_is_an_answer(id: str) -> None:
    exercise = EXERCISES[id]
    name = next(name for name in COUNTED if id in exercises_of(name))
    numbers = sorted(set(printed_numbers(name)))
    answers: list[Any] = []
    if not exercise.takes or exercise.or_value:
        pairs = sorted(set(itertools.pairwise(printed_numbers(name))))
        answers += numbers + pairs[:: max(1, len(pairs) // 150)]
    if exercise.takes:
        answers += [lambda *given, n=n: given[n] for n in range(len(exercise.takes))]
        every = max(1, len(numbers) // 20) if exercise.seconds > 10 else 1
        answers += [lambda *given, x=x: x for x in numbers[::every]]
    passed = [answer for answer in answers if judged(exercise, Answer(answer, exercise.takes))]  # none takes long
    assert not passed, f"{id} is passed by {passed[:3]}"
