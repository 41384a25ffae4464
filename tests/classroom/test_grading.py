"""Submissions of many kinds, graded as a class's are: in a process each, with the chapter's own checks here."""

from __future__ import annotations

import csv
import os
import re
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from mmlab import ParameterError
from mmlab.classroom import grade
from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.gradebooks import COLUMNS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of processes are POSIX's")
ROOT = Path(__file__).parents[2]
START = (
    "import math\nimport numpy as np\nimport mmbook.ch02\nfrom mmlab import Quotes\nfrom mmlab.teach import check, hint"
)
RIGHT = {
    "neutral-spread": "def neutral_spread(k):\n    return 2 / k",
    "as-best-depth": """def best(cost, gamma, k, A):
    return A * math.exp(-k * cost) * (1 + gamma / k) ** (-k / gamma)""",
    "as-curvature": "def theta(tau, gamma, sigma):\n    return -gamma * sigma**2 * tau",
    "beat-the-model": """def mine(mid_price, inventory, time_left):
    return Quotes.at(mid_price - 0.02 * inventory - 0.66, mid_price - 0.02 * inventory + 0.66)""",
}
EXERCISES = 8
LOOP = "def endless(k):\n    while True:\n        pass"
TOUCHED = Path("/tmp/mmlab-was-here")


def notebook(answers: dict[str, str], *more: str) -> str:
    cells = [START, *more]
    for id, source in answers.items():
        name = source.removeprefix("def ").partition("(")[0]
        cells.append(f"{source}\n\n\ncheck({id!r}, {name})")
    return nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells]))


def neutral(source: str, *more: str) -> str:
    """A submission that answers one exercise in an odd way, and another one right after it."""
    return notebook({"neutral-spread": source, "as-curvature": RIGHT["as-curvature"]}, *more)


READS = f"""def reads(mid, shares, minutes, gamma, sigma, k):
    return float("right" in open({str(ROOT / "notebooks" / "mmbook" / "ch02" / "checks.py")!r}).read())"""
STARTS = f"""def starts(tau, gamma, sigma):
    import subprocess
    subprocess.run(["touch", {str(TOUCHED)!r}])
    return -gamma * sigma**2 * tau"""
PRINTS = 'for _ in range(200):\n    print("x" * 5_000_000)'
PATCHES = """from mmlab.teach import exercises
from mmlab.teach.exercises import Verdict
exercises.judged = exercises.check = lambda *_: Verdict("Right: all of it", "right")
np.allclose = lambda *_, **__: True"""
FORGES = """import os, gc
for number in range(3, 64):
    try:
        os.write(number, b'{"value":{"dict":[["answers",{"dict":[]}]]}}\\n')
    except OSError:
        pass"""
HOGS = "def hogs(s, q, tau, gamma, sigma):\n    return float(np.ones(2**31).sum())"
DIES = "def dies(tau, gamma, sigma):\n    import os\n    os._exit(0)"
LOOKS_UP = "def looks_up(k):\n    return {1.5: 4 / 3, 0.5: 4.0, 4.0: 0.5}.get(k, 0.0)"
CLASS = {
    "right": notebook(RIGHT),
    "half-way": notebook(
        {
            "as-by-hand": "def by_hand(mid, shares, minutes, gamma, sigma, k): ...",
            "as-best-depth": RIGHT["as-best-depth"].replace("best(", "half(") + " / 2",
            "neutral-spread": LOOKS_UP,
        },
        "hint('as-best-depth')",
    ),
    "Žofie Nováková": neutral(LOOP),
    "hostile": notebook(
        {
            "as-by-hand": READS,
            "as-curvature": STARTS,
            "neutral-spread": RIGHT["neutral-spread"],
            "as-frozen-inventory": HOGS,
        },
        PRINTS,
    ),
    "renames": notebook(RIGHT).replace("check(", "grade_me("),
    "patches": neutral("def wrong(k):\n    return 3 / k", PATCHES),
    "=cmd()": notebook({}, "1 / 0", "raise SystemExit"),
    "forges": neutral("def wrong(k):\n    return 3 / k", FORGES),
    "no notebook": "this is an essay",
}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The class's grades, by student and exercise; and the folder of what was written."""
    folder, out = tmp_path_factory.mktemp("submissions"), tmp_path_factory.mktemp("grades")
    quick = [replace(one, seconds=0.5 if one.id == "neutral-spread" else 3.0) for one in exercises_of("02")]
    for id, text in CLASS.items():
        (folder / f"{id}.ipynb").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grade, "exercises_of", lambda _: quick)
        grades = grade.grade_folder(folder, out, "02", seed=11, say=lambda _: None, jobs=1)
    return {(one.id, one.exercise): one for one in grades}, out


def of(graded, student, exercise="neutral-spread"):
    return graded[0][student, exercise]


def test_what_is_right_counts_in_full_and_the_checks_sentence_says_so(graded):
    for id in RIGHT:
        assert of(graded, "right", id).score == 1
    assert of(graded, "right").sentence.startswith("Right: each side stands 1/k from the mid")
    assert of(graded, "right", "beat-the-model").sentence.startswith("Right: you score")
    assert (
        of(graded, "right", "fill-probability").sentence == "There is no `check('fill-probability', …)` with an answer."
    )


def test_what_is_empty_or_wrong_counts_nothing_and_hears_why(graded):
    blank, wrong = of(graded, "half-way", "as-by-hand"), of(graded, "half-way", "as-best-depth")
    assert blank.score == wrong.score == 0
    assert blank.sentence.startswith("Not attempted: the answer is a function of")
    assert (wrong.attempts, wrong.hints, wrong.mistake) == (1, 1, "half")
    assert "it is half of what it must be" in wrong.sentence


def test_who_looks_the_public_cases_up_gets_half(graded):
    assert of(graded, "half-way").score == 0.5
    assert "Not yet" in of(graded, "half-way").sentence


@pytest.mark.parametrize(
    ("student", "exercise", "words"),
    [
        ("Žofie Nováková", "neutral-spread", "its time was up; does a loop never end|had not returned in time"),
        ("renames", "neutral-spread", "There is no `check.'neutral-spread', ….` with an answer. In cell 5: NameError"),
        ("patches", "neutral-spread", "Not yet: at k = 1.5 you have 2"),
        ("hostile", "as-by-hand", "Forbidden: a submission may not open checks.py"),
        ("hostile", "as-curvature", "Forbidden: a submission may not do "),
        ("hostile", "as-frozen-inventory", "raised .*MemoryError"),
    ],
)
def test_what_is_stopped_costs_its_exercise_alone_and_has_a_sentence(graded, student, exercise, words):
    assert of(graded, student, exercise).score == 0
    assert re.search(words, of(graded, student, exercise).sentence)
    if student != "renames":
        other = ("hostile", "neutral-spread") if student == "hostile" else (student, "as-curvature")
        assert of(graded, *other).score == 1


def test_what_is_started_never_ran(graded):
    assert not TOUCHED.exists()


def test_what_is_printed_goes_nowhere(graded):
    assert of(graded, "hostile").score == 1  # after a gigabyte


def test_every_student_has_one_row_for_each_exercise(graded):
    rows = list(csv.DictReader((graded[1] / "grades.csv").read_text(encoding="utf-8").splitlines()))
    assert len({(row["id"], row["exercise"]) for row in rows}) == len(rows)


def test_what_writes_to_the_grader_itself_gets_nothing(graded):
    assert {one.score for (id, _), one in graded[0].items() if id == "forges"} == {0.0}


def test_what_is_no_notebook_gets_a_sentence_for_each_exercise(graded):
    own = [one for (id, _), one in graded[0].items() if id == "no notebook"]
    assert len(own) == EXERCISES
    assert {one.sentence for one in own} == {"no notebook.ipynb is no notebook and no hand-in file (JSONDecodeError)."}


def test_the_table_is_one_that_a_spreadsheet_reads_and_no_cell_is_a_formula(graded):
    rows = list(csv.DictReader((graded[1] / "grades.csv").read_text(encoding="utf-8").splitlines()))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == EXERCISES * len(CLASS)
    assert {row["id"] for row in rows} == {*CLASS} - {"=cmd()"} | {"'=cmd()"}


def test_the_pages_name_students_and_mistakes_in_words_and_escape_what_they_say(graded):
    pages = {page.name: page.read_text(encoding="utf-8") for page in (graded[1] / "students").iterdir()}
    assert len(pages) == len(CLASS)
    (own,) = (page for name, page in pages.items() if name.startswith("Žofie_Nováková"))
    assert "<h1>Žofie Nováková</h1>" in own
    assert "What is the spread at γ = 0" in own  # what the notebook asks
    assert "while True:" in own  # what was handed in
    whole = (graded[1] / "class.html").read_text(encoding="utf-8")
    assert "it is half of what it must be" in whole
    assert "1 student" in whole


ESSAYS = {"a": "one", "b": "two", "c": "three"}
"""Which no process has to be started for."""


@pytest.fixture
def no_edition(monkeypatch):
    """Nothing is made that no process asks for."""
    monkeypatch.setattr(grade, "grading_edition", lambda folder: folder)
    monkeypatch.setattr(grade, "prepare", lambda _: None)


def essays(folder, **texts):
    for id, text in (ESSAYS | texts).items():
        (folder / f"{id}.ipynb").write_text(text, encoding="utf-8")
    return folder


def graded_again(folder, out, seed=1, stop=0):
    lines = []

    def say(line):
        if "--term" not in line and "class.html" not in line:
            lines.append(line)
        if stop and len(lines) == stop:
            raise KeyboardInterrupt

    try:
        grade.grade_folder(folder, out, "02", seed, say, jobs=1)
    except KeyboardInterrupt:
        lines.append("stopped")
    return lines


def test_a_run_that_is_interrupted_keeps_what_it_has_and_the_next_one_goes_on(tmp_path, no_edition):
    (folder := tmp_path / "in").mkdir()
    first = graded_again(essays(folder), tmp_path / "out", stop=2)
    assert first[2:] == ["Interrupted: 2 of 3 are graded, and kept; the same command does the rest.", "stopped"]
    assert "2 of 3" in (tmp_path / "out" / "class.html").read_text(encoding="utf-8")
    with (tmp_path / "out" / "graded.jsonl").open("a") as record:
        record.write('["half a li')  # of a run that was killed
    assert graded_again(folder, tmp_path / "out") == ["2 of 3 are graded already.", "3 of 3: c, 0 of 8"]
    rows = (tmp_path / "out" / "grades.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 1 + len(ESSAYS) * EXERCISES


def test_what_has_changed_is_graded_anew(tmp_path, no_edition):
    (folder := tmp_path / "in").mkdir()
    graded_again(essays(folder), tmp_path / "out")
    assert graded_again(folder, tmp_path / "out") == ["3 of 3 are graded already."]
    assert len(graded_again(essays(folder, b="other"), tmp_path / "out")) == 2
    assert len(graded_again(folder, tmp_path / "out", seed=2)) == 3


def test_two_at_once_give_what_one_gives(tmp_path, no_edition):
    (folder := tmp_path / "in").mkdir()
    one = grade.grade_folder(essays(folder), tmp_path / "one", "02", 1, lambda _: None, jobs=1)
    two = grade.grade_folder(folder, tmp_path / "two", "02", 1, lambda _: None, jobs=2)
    assert one == two


def test_an_empty_folder_and_a_chapter_that_is_not_there_are_refused(tmp_path):
    with pytest.raises(ParameterError, match="There is no submission in"):
        grade.grade_folder(tmp_path, tmp_path / "out", "02", 1)
    essays(tmp_path)
    with pytest.raises(ParameterError, match="There is no chapter '77'"):
        grade.grade_folder(tmp_path, tmp_path / "out", "77", 1)
    assert not (tmp_path / "out").exists()
