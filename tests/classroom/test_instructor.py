"""The instructor's edition: every chapter has all of its parts, minutes add up, and none of it reaches a student."""

from __future__ import annotations

import html
import io
import os
import re
import subprocess
import sys
import tomllib
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest

from mmlab.classroom.chapters import exercises_of, notebooks, notebooks_folder, questions_of
from mmlab.classroom.edition import student_edition
from mmlab.classroom.instructor import instructor_edition
from mmlab.classroom.lesson import LECTURES, Lesson, Part
from mmlab.classroom.markup import page, sentence
from mmlab.classroom.plan import Plan, boards
from mmlab.parameters import ParameterError

NUMBERS = [*notebooks()]
DISCUSSION = Path(__file__).parents[2] / "mmlab" / "classroom" / "discussion"
WITHOUT_STEPS = {"00", "A2", "A3"}
ALL = os.environ.get("MMLAB_CI") == "all"


@cache
def plan(number: str) -> Plan:
    return Plan(number)


@pytest.fixture(scope="module")
def students(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return student_edition(tmp_path_factory.mktemp("students"))


def words(made: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", made)))


def test_every_chapter_has_a_plan() -> None:
    assert (
        [f"{n:02}" for n in range(20)] + ["A1", "A2", "A3"]
        == NUMBERS
        == sorted(path.stem for path in DISCUSSION.iterdir())
    )


@pytest.mark.parametrize("number", NUMBERS)
def test_the_parts_of_a_chapter_take_what_it_states(number: str) -> None:
    lesson = Lesson(number)
    reading, exercises = lesson.stated
    assert sum(part.minutes for part in lesson.parts) == reading + exercises
    tried = [part for part in lesson.parts if part.kind == "exercise"]
    assert [int(re.findall(r"\d+", part.title)[0]) for part in tried] == list(range(1, len(tried) + 1))
    assert len(tried) * lesson.minutes_an_exercise == exercises


@pytest.mark.parametrize("number", [number for number in NUMBERS if number not in WITHOUT_STEPS])
def test_the_rule_that_splits_minutes_is_the_one_that_counts_them(number: str) -> None:
    lesson = Lesson(number)
    assert 5 * round(sum(part.counted for part in lesson.parts) / 5) == lesson.stated[0]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("minutes", LECTURES)
def test_a_lecture_fits_and_begins_with_the_question(number: str, minutes: int) -> None:
    lesson = Lesson(number)
    done = lesson.lecture(minutes, ["a", "b", "c"])
    assert 0.7 * minutes <= sum(part.minutes for part in done) <= minutes
    assert done[0].title in ("The question, in money", "Write it", "Ten questions", "Arrays: one number a path")
    assert any(part.kind == "talk" for part in done)
    assert not any("optional" in part.title + part.section for part in done)


def test_of_a_longer_lecture_no_less_is_done_in_class() -> None:
    for number in NUMBERS:
        done = [sum(part.minutes for part in Lesson(number).lecture(minutes)) for minutes in LECTURES]
        assert done == sorted(done)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_exercise_has_its_words_hints_mistakes_and_solution(number: str) -> None:
    texts = tomllib.loads((notebooks_folder() / "mmbook" / f"ch{number.lower()}" / "exercises.toml").read_text("utf-8"))
    steps = [check for *_, checks in plan(number).steps for check in checks]
    checks = [check for sheet in plan(number).exercises for check in sheet.checks]
    assert {check.id for check in steps + checks} == {exercise.id for exercise in exercises_of(number)}
    for check in steps + checks:
        own = texts["exercises"][check.id]
        assert len(check.hints) == len(own["hints"])
        assert [name for name, _ in check.mistakes] == [id.replace("-", " ") for id in own.get("wrong", {})]
    for sheet in plan(number).exercises:
        assert words(sheet.asked).strip(), sheet.title
        assert words(sheet.solution).strip() or "How to mark it" in sheet.asked, sheet.title
        for check in sheet.checks:
            assert f'"{check.id}"' in words(sheet.solution)


@pytest.mark.parametrize("number", [number for number in NUMBERS if number not in WITHOUT_STEPS])
def test_every_step_has_a_board_that_a_room_can_read(number: str) -> None:
    steps = [part for part in plan(number).lesson.parts if part.kind == "step"]
    assert steps
    for part, (made, to_say, solved, checks) in zip(steps, plan(number).steps, strict=True):
        assert all(1 <= len(board.lines) <= 6 for board in made), part.title
        assert words(to_say).strip()
        assert "def " in solved
        assert len(checks) == 1


@pytest.mark.parametrize("number", NUMBERS if ALL else ["02", "A3"])
def test_every_prediction_has_its_answer_and_what_each_choice_misses(number: str) -> None:
    made = plan(number).predictions
    assert len(made) == len(questions_of(number))
    for one, question in zip(made, questions_of(number), strict=True):
        assert sum(right for _, _, right in one["choices"]) == 1
        assert len(one["choices"]) == len(question.choices)
        assert words(one["answer"])


@pytest.mark.parametrize("number", [number for number in NUMBERS if number not in ("10", "A3")])
def test_every_explorer_of_a_chapter_is_shown_with_its_presets(number: str) -> None:
    shown = plan(number).shows
    calls = set(re.findall(r"\b(\w+Explorer)\(", "\n".join("\n".join(part.code) for part in plan(number).lesson.parts)))
    assert {show.call.partition("(")[0] for show in shown} == calls
    assert all(show.presets and show.start for show in shown)


@pytest.mark.parametrize("number", NUMBERS)
def test_three_questions_to_discuss_and_three_to_ask(number: str) -> None:
    talk = plan(number).talk
    assert set(talk) == {"discussion", "oral"}
    assert [set(one) for one in talk["discussion"]] == 3 * [{"ask", "listen"}]
    assert [set(one) for one in talk["oral"]] == 3 * [{"ask", "run", "range", "good", "seed"}]
    for one in talk["discussion"] + talk["oral"]:
        assert one["ask"].rstrip().endswith(("?", ".", '"'))
        assert all(len(one[key].split()) > 3 for key in one if key != "range")


def last_number(source: str, seed: int) -> float:
    """What a cell prints last, with this seed in the place of 1."""
    own, changed = re.subn(r"^seed(.*?) = 1\b", rf"seed\1 = {seed}", source, count=1, flags=re.MULTILINE)
    assert changed, source
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(compile(own, "<an oral question>", "exec"), {})
    return float(re.findall(r"[-+]?\d+\.?\d*(?:e[-+]\d+)?", printed.getvalue().strip().splitlines()[-1])[-1])


@pytest.mark.parametrize("number", NUMBERS if ALL else ["02", "11", "19"])
def test_the_cell_of_an_oral_question_runs_and_its_number_is_where_the_page_says(number: str) -> None:
    for one in tomllib.loads((DISCUSSION / f"{number}.toml").read_text("utf-8"))["oral"]:
        low, high = one["range"]
        found = {last_number(one["run"], seed) for seed in (range(1, 21) if ALL else (1, 2))}
        slack = 1e-3 * max(abs(low), abs(high))
        assert all(low - slack <= number <= high + slack for number in found), one["ask"]
        assert not ALL or (min(found), max(found)) == pytest.approx((low, high), rel=0, abs=slack), one["ask"]
        assert len({round(last_number(one["run"], seed), 6) for seed in (3, 8, 14)} | found) > 1, one["ask"]


@pytest.mark.parametrize("number", NUMBERS if ALL else ["08"])
def test_a_student_can_run_the_cells_of_the_oral_questions(number: str, students: Path) -> None:
    cells = [one["run"] for one in tomllib.loads((DISCUSSION / f"{number}.toml").read_text("utf-8"))["oral"]]
    command = [sys.executable, "-c", "import sys\nfor cell in sys.argv[1:]: exec(cell, {})", *cells]
    environment = {**os.environ, "PYTHONPATH": str(students)}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=students, check=False)
    assert run.returncode == 0, run.stderr


def test_the_edition_is_a_folder_that_can_be_opened_and_keeps_what_somebody_changed(tmp_path: Path) -> None:
    folder = tmp_path / "to teach"
    messages: list[str] = []
    instructor_edition(folder, ["02", "A3"])
    made = (folder / "pages" / "02.html").read_text(encoding="utf-8")
    for heading in ("What it is for", "Time plan", "Predictions", "On the board", "What to show", "Exercises"):
        assert f">{heading}" in made
    assert not re.search(r"""(?:src|href)="https?://(?!doi\.org)""", made)
    assert "<script" not in made
    links = set(re.findall(r'href="\.\./([^"#]+)', made))
    assert all((folder / link).exists() for link in links), links
    assert (folder / "notebooks" / "solutions" / "02_avellaneda_stoikov.ipynb").is_file()
    changed = folder / "notebooks" / "02_avellaneda_stoikov.ipynb"
    changed.write_text("mine", encoding="utf-8")
    instructor_edition(folder, ["A3"], say=messages.append)
    assert changed.read_text(encoding="utf-8") == "mine"
    assert any("left as it is: notebooks/02_avellaneda_stoikov.ipynb" in words for words in messages)


def test_what_it_is_not_made_for_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match="not empty and not of this command's making"):
        instructor_edition(tmp_path, ["02"])
    with pytest.raises(ParameterError, match="There is no chapter '99'; there are 00, 01"):
        instructor_edition(tmp_path / "new", ["99"])
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_nothing_of_the_instructors_is_in_the_students_edition(students: Path) -> None:
    asked = [
        one["ask"][:40] for n in NUMBERS for one in tomllib.loads((DISCUSSION / f"{n}.toml").read_text("utf-8"))["oral"]
    ]
    for file in students.rglob("*"):
        assert not re.search(r"classroom/(instructor|plan|lesson|discussion|templates/instructor)", file.as_posix()), (
            file
        )
        if file.suffix in (".toml", ".py", ".j2", ".md"):
            text = file.read_text(encoding="utf-8")
            assert not [words for words in asked if words in text], file


def test_a_formula_needs_no_script() -> None:
    made = page("So $a_1 < b$ and\n\n$$x = \\frac{1}{2} \\tag{3}$$\n\n`$not$` and <details>\n\nb\n\n</details>")
    assert made.count("<math") == 2
    assert "(3)" in made
    assert "<code>$not$</code>" in made


def test_a_number_that_the_check_fills_in_is_named() -> None:
    assert sentence("{call} gave {gave[0]:.3g}; {{x}} is 1 < 2") == "‹call› gave ‹gave›; {x} is 1 &lt; 2"


def test_a_board_has_each_equation_with_the_reason_that_leads_to_it() -> None:
    text = (
        "<details>\n<summary><b>Step 1. A</b></summary>\n\n*Divide by* $x$: $a = b$. Then\n\n$$c = d$$\n\n</details>\n"
    )
    (board,) = boards(Part("step", "Step 1. A", "The derivation", text=text))
    assert [words(reason) for reason, _ in board.lines] == ["Divide by x", ""]
