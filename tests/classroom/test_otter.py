"""Assignments built by the real `otter assign`, handed in and graded by the real `otter run`, without a network.

Run by a Python that has Otter-Grader beside mmlab (its extra `otter`), which MMLAB_OTTER names: .ci/run makes one.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest

from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.problems import sheet_of
from mmlab.teach.variants import OWN

PYTHON = os.environ.get("MMLAB_OTTER", "")
pytestmark = pytest.mark.skipif(not PYTHON, reason="MMLAB_OTTER names no Python with Otter-Grader")
CHAPTERS = ("02", "03", "09")
"""One with a strategy in a contest, one with values and contests, one whose answers are objects and classes."""
SEED = 918273645
OTHERS = {
    "02": {
        "my_strategy": """def my_strategy(mid_price, inventory, time_left):
    return Quotes.at(mid_price - 0.02 * inventory - 0.66, mid_price - 0.02 * inventory + 0.66)""",
        "neutral_spread": "neutral_spread = lambda decay: 4.0 / (2 * decay)",
    },
    "03": {
        "two_constants": "two_constants = (0.67, 0.04)",
        "eta_without_aversion": "def eta_without_aversion(A):\n    return A * np.e**-1",
    },
    "09": {
        "clips_at_spread": """def clips_at_spread(w, delta, q_max, w_0, w_1):
    least = w_0 if w_0 > 2 * delta else 2 * delta
    return (w - least) / (w_1 - w_0) * q_max""",
    },
}
"""Right answers that are not the solutions'."""


def otter(*words, cwd, edition=None):
    """Run a module; with an edition of mmlab in the place of the book's, if one is given."""
    around = {name: value for name, value in os.environ.items() if not name.startswith("MMLAB")}
    around |= {"PATH": f"{Path(PYTHON).parent}{os.pathsep}{os.environ['PATH']}", "OPENBLAS_NUM_THREADS": "1"}
    if edition is not None:
        around["PYTHONPATH"] = str(edition)
    offline = {name: "http://127.0.0.1:9" for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
    command = [PYTHON, "-m", *map(str, words)]
    done = subprocess.run(command, cwd=cwd, env=around | offline, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module", params=CHAPTERS)
def built(request, tmp_path_factory):
    """A chapter, and the folder of its assignment."""
    folder = tmp_path_factory.mktemp("assignment") / request.param
    words = ("assignment", request.param, "--for", "otter", "--out", folder, "--seed", SEED)
    otter("mmlab.classroom", *words, cwd=folder.parent)
    (wheel,) = (folder / "dist" / "student").glob("mmlab-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(folder / "students")
    return request.param, folder


def score_of(built, name, notebook):
    """By each question: its score, and what Otter says of it, where the student's edition is what there is of mmlab."""
    _, folder = built
    (autograder,) = (folder / "dist" / "autograder").glob("*-autograder_*.zip")
    there = folder / "handed in" / name
    there.mkdir(parents=True)
    nbformat.write(notebook, there / "master.ipynb")
    words = ("run", "--no-logo", "-a", autograder, "-o", there, there / "master.ipynb")
    otter("otter", *words, cwd=there, edition=folder / "students")
    results = json.loads((there / "results.json").read_text(encoding="utf-8"))["tests"]
    return {one["name"]: (one["score"], one["output"]) for one in results if one["name"] != "Public Tests"}


def student_notebook(built, answers):
    """What a student hands in who gave these answers, by their names."""
    notebook = nbformat.read(built[1] / "dist" / "student" / "master.ipynb", as_version=4)
    left = dict(answers)
    for cell in notebook.cells:
        for name in [name for name in left if re.search(rf"^(def {name}\(|{name} = )", cell.source, re.M)]:
            cell.source = f"{cell.source}\n\n\n{left.pop(name)}"
    assert not left
    return notebook


def total(scores):
    return sum(score for score, _ in scores.values())


def names_of(chapter):
    exercises = {exercise.id: exercise for exercise in exercises_of(chapter)}
    return {problem.name: exercises[problem.id] for problem in sheet_of(chapter).problems}


def solved(built):
    return nbformat.read(built[1] / "dist" / "autograder" / "master.ipynb", as_version=4)


def test_a_students_part_holds_no_solution_no_hidden_test_and_no_seed(built):
    chapter, folder = built
    files = [path for path in (folder / "dist" / "student").rglob("*") if path.is_file()]
    texts = {path.name: path.read_bytes() for path in files}
    for path in files:
        if path.suffix in (".zip", ".whl"):
            with zipfile.ZipFile(path) as packed:
                texts |= {f"{path.name}/{name}": packed.read(name) for name in packed.namelist()}
    texts = {name: content.decode("utf-8", "replace") for name, content in texts.items()}
    assert len(texts) >= 2
    problems = sheet_of(chapter).problems
    public = "\n".join(text for problem in problems for text in (problem.stub, problem.prompt, *problem.given))
    lines = {line for problem in problems for line in problem.solutions[0].splitlines() if len(line.strip()) > 30}
    secret = [line for line in lines if line.strip(" :") not in public]
    assert secret
    for name, text in texts.items():
        for words in (str(SEED), "mmlab_hidden", "hidden=True", "BEGIN SOLUTION", "hidden.json"):
            assert words not in text, name
        if name.endswith(".ipynb"):
            words = json.dumps(json.loads(text), ensure_ascii=False)
            assert not [line for line in secret if json.dumps(line, ensure_ascii=False)[1:-1] in words]


def test_what_is_right_gets_all_and_what_is_blank_nothing(built):
    right, blank = score_of(built, "right", solved(built)), score_of(built, "blank", student_notebook(built, {}))
    own = [exercise for exercise in exercises_of(built[0]) if exercise.variant]
    assert total(right) == 2 * (len(exercises_of(built[0])) + len(own)), right
    assert total(blank) == 0, blank
    for name, (_, output) in blank.items():
        about_the_id = name == "your-id" or name.endswith(OWN)
        assert ("your id" if about_the_id else "Not attempted: the answer is") in output, name


def test_another_right_answer_gets_all(built):
    notebook = solved(built)
    for name, source in OTHERS[built[0]].items():
        cells = [cell for cell in notebook.cells if re.search(rf"^(def {name}\(|{name} = )", cell.source, re.M)]
        cells[0].source += f"\n\n\n{source}"
    assert total(score_of(built, "another", notebook)) == total(score_of(built, "the same", solved(built)))


def test_what_is_wrong_gets_nothing_and_a_sentence_and_what_never_ends_is_stopped(built):
    chapter, _ = built
    names, wrong = names_of(chapter), {}
    for name, exercise in names.items():
        loops = not wrong and exercise.takes
        body = "while True:\n        pass" if loops else "return 12345.678"
        wrong[name] = f"def {name}(*_):\n    {body}" if exercise.takes else f"{name} = 12345.678"
    scores = score_of(built, "wrong", student_notebook(built, wrong))
    assert total(scores) == 0, scores
    for name, (_, output) in scores.items():
        if name != "your-id" and not name.endswith(OWN):
            assert "Not yet: " in output, name
    assert "had not returned after" in str(scores)


def test_who_looks_the_public_inputs_up_gets_half_at_most(built):
    chapter, _ = built
    answers = {}
    for name, exercise in names_of(chapter).items():
        if exercise.elsewhere is not None and exercise.takes:
            check = exercise.check.args[0]
            table = {repr(case): repr(check.right(*case)) for case in check.cases}
            answers[name] = (
                f"def {name}(*case):\n"
                "    from numpy import array, float64  # in whose names the table is written\n"
                f"    import numpy as np\n    return eval({table!r}.get(repr(case), '0.0'))"
            )
    scores = score_of(built, "looked up", student_notebook(built, answers))
    assert total(scores) == len(answers), scores
    assert all(score <= 1 for score, _ in scores.values())
