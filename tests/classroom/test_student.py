"""What students get: a folder and a wheel in which nothing judges or solves, and in which every chapter runs."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import mmbook
import nbformat
import pytest

import mmlab
from mmlab import ParameterError
from mmlab.classroom.__main__ import main
from mmlab.classroom.chapters import notebooks_folder
from mmlab.classroom.edition import VERSION, student_wheel
from mmlab.classroom.public import formula_of
from mmlab.classroom.student import NOTE, student_folder
from mmlab.classroom.tables import PUBLIC
from mmlab.teach.exercises import EXERCISES
from tests.mmbook.checking import CHECKS, NAMES

WHEEL = f"mmlab-{VERSION}-py3-none-any.whl"


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder, and what was said."""
    says: list[str] = []
    folder = student_folder(tmp_path_factory.mktemp("class") / "Ü 1", say=says.append)
    return folder, "\n".join(says)


@pytest.fixture(scope="module")
def unpacked(handed: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the wheel installs."""
    where = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(handed[0] / WHEEL) as wheel:
        wheel.extractall(where)
    return where


def texts_in(folder: Path) -> dict[str, str]:
    kinds = {".py", ".json", ".toml", ".csv", ".md", ".ipynb", ".txt"}
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix in kinds]
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in found}


def test_the_folder_holds_every_chapter_and_says_how_to_open_it(handed: tuple[Path, str]) -> None:
    folder, words = handed
    chapters = sorted(path.name for path in notebooks_folder().glob("[0-9A]*.ipynb"))
    assert len(chapters) == len(NAMES)
    assert sorted(path.name for path in folder.glob("*.ipynb")) == chapters
    assert {path.name for path in folder.iterdir()} - {*chapters} == {
        "README.md",
        "requirements.txt",
        "images",
        WHEEL,
        NOTE,
    }
    assert (folder / "requirements.txt").read_text().split() == [f"./{WHEEL}"]
    readme = (folder / "README.md").read_text().splitlines()
    assert len(readme) == 4
    for line in ("python3 -m venv .venv", ".venv/bin/python -m pip install -r requirements.txt"):
        assert f"`{line}`" in "\n".join(readme)
    assert "00_start_here.ipynb" in readme[2]
    assert str(folder.resolve()) in words


def test_no_judge_no_solution_and_nobody_who_grades_is_in_it(handed: tuple[Path, str], unpacked: Path) -> None:
    for where in (handed[0], unpacked):
        names = [path.relative_to(where) for path in where.rglob("*")]
        assert [name for name in names if re.fullmatch(r".*checks\.py|solutions|public\.py|.*\.pyc", name.name)] == []
        assert [name for name in names if {"classroom", "tournament", "doors", "notebooks"} & {*name.parts}] == []
        for name, text in texts_in(where).items():
            assert "notebooks/solutions" not in text, name
            assert "](solutions" not in text, name
            assert "(mmbook/" not in text, name
    assert not (handed[0] / "mmbook").exists()


def test_no_formula_no_seed_and_no_way_to_other_cases_is_in_it(unpacked: Path) -> None:
    programs = {name: text for name, text in texts_in(unpacked).items() if name.endswith(".py")}
    reaches = re.compile(r"^(from|import) mmlab\.teach\.checks|def elsewhere\(self|\bUNSEEN|_HIDDEN|def hidden", re.M)
    assert [name for name, text in programs.items() if reaches.search(text)] == []
    for path in Path(mmbook.__file__).parent.rglob("*checks.py"):
        source = path.read_text(encoding="utf-8")
        bodies = [ast.get_source_segment(source, one) for one in ast.parse(source).body if hasattr(one, "args")]
        found = [name for name, text in programs.items() if any(body and body in text for body in bodies)]
        assert found == [], path
        checks = vars(import_module(f"mmbook.{path.parent.name}.{path.stem}"))
        unseen = [one for name, one in checks.items() if "UNSEEN" in name and isinstance(one, int) and one > 999]
        chapter = [text for name, text in programs.items() if name.startswith(f"mmbook/{path.parent.name}/")]
        assert not [one for one in unseen for text in chapter if re.search(rf"\b{one}\b", text)], path
    tables = {name: json.loads(text) for name, text in texts_in(unpacked).items() if name.endswith(PUBLIC)}
    assert {id for table in tables.values() for id in table} == {*CHECKS}


def test_what_a_chapter_says_otherwise_is_where_its_solutions_are(handed: tuple[Path, str]) -> None:
    for path in handed[0].glob("*.ipynb"):
        book = nbformat.reads((notebooks_folder() / path.name).read_text(encoding="utf-8"), as_version=4)
        students = nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
        assert len(book.cells) == len(students.cells)
        assert all(cell.source.strip() for cell in students.cells)
        other = [(mine, own) for mine, own in zip(book.cells, students.cells, strict=True) if mine != own]
        assert all("](solutions/" in mine.source for mine, _ in other)
        assert len(other) <= 2
    start = (handed[0] / "02_avellaneda_stoikov.ipynb").read_text(encoding="utf-8")
    assert "gives one hint after the other.\\n" in start or 'one hint after the other."' in start


PROGRAM = """
import importlib, json, sys, warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", ".* deprecated - use ", DeprecationWarning)  # of the oldest matplotlib
sys.path.insert(0, sys.argv[1])
import mmlab, mmbook
for name in json.loads(sys.argv[2]):
    importlib.import_module(f"mmbook.{name}")
from mmlab.teach import check, hint, predict
from mmlab.teach.exercises import EXERCISES
from mmlab.teach.predict import QUESTIONS
verdicts = [
    check("neutral-spread", lambda k: 2 / k),
    check("neutral-spread", lambda k: 1 / k),
    check("neutral-spread", lambda k: 7 / k),
    check("neutral-spread"),
    check("as-curvature", lambda tau, gamma, sigma: -gamma * sigma * tau),
    check("beat-the-model", lambda mid, inventory, time_left: mid + inventory),
    check("beat-the-model", lambda mid, inventory, time_left: ...),
]
hints = [str(hint("neutral-spread")) for _ in EXERCISES["neutral-spread"].hints]
answered = predict("volatility-matters-most").commit(QUESTIONS["volatility-matters-most"].right).answer
print(json.dumps([mmlab.__version__, mmlab.__file__, mmbook.__file__, len(EXERCISES),
                  [(one.status, one.message) for one in verdicts], hints[-1], answered]))
"""


def test_every_chapter_imports_from_it_and_checks_as_the_book_does(unpacked: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-I", "-c", PROGRAM, str(unpacked), json.dumps(NAMES)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    version, library, book, n, verdicts, last_hint, answer = json.loads(run.stdout)
    assert version == VERSION == f"{mmlab.__version__}+student"
    assert Path(library).is_relative_to(unpacked)
    assert Path(book).is_relative_to(unpacked)
    assert n == len(CHECKS)
    assert [status for status, _ in verdicts] == [
        "right", "not yet", "not yet", "not attempted", "not yet", "noted", "not attempted",
    ]  # fmt: skip
    own = EXERCISES["neutral-spread"]
    from mmlab.teach import check

    for k, (_, message) in zip((2, 1, 7), verdicts, strict=False):
        assert message == check(own.id, lambda k_, k=k: k / k_).message.replace("k_", "k")
    assert "σ is not squared" in verdicts[4][1]
    assert verdicts[5][1] == "Noted: it is judged when you hand it in."
    assert last_hint.endswith("(This is the last hint.)")
    assert answer


def test_the_same_book_gives_the_same_wheel(handed: tuple[Path, str], tmp_path: Path) -> None:
    assert student_wheel(tmp_path).read_bytes() == (handed[0] / WHEEL).read_bytes()


def test_what_was_changed_stays_and_the_rest_is_renewed(handed: tuple[Path, str], tmp_path: Path) -> None:
    folder, says = tmp_path / "mine", list[str]()
    shutil.copytree(handed[0], folder)
    changed, gone, old = (folder / name for name in ("02_avellaneda_stoikov.ipynb", "04_ho_stoll.ipynb", WHEEL))
    changed.write_text("my own work", encoding="utf-8")
    gone.unlink()
    note = json.loads((folder / NOTE).read_text())
    old.write_bytes(b"of last week")
    note[WHEEL] = "38c9ecb2fd0a1b7e7e9cf1f8e5a2f8bc"
    before = folder / "mmlab-0.0.9+student-py3-none-any.whl"
    before.write_bytes(b"of last term")
    outside = tmp_path / "outside"
    outside.write_bytes(b"of last term")
    note["../outside"] = hashlib.sha256(b"of last term").hexdigest()
    note[before.name] = hashlib.sha256(b"of last term").hexdigest()
    (folder / NOTE).write_text(json.dumps(note))
    student_folder(folder, say=says.append)
    assert changed.read_text(encoding="utf-8") == "my own work"
    assert gone.read_bytes() == (handed[0] / gone.name).read_bytes()
    assert says[-1] == f"changed since they were handed out, and kept as they are: {changed.name}, {WHEEL}"
    assert not before.exists()
    assert outside.exists()  # whatever the note says
    os.replace(folder / NOTE, folder / "note")  # nobody knows now whose these are
    with pytest.raises(ParameterError, match="is no student's edition"):
        student_folder(folder)


@pytest.mark.parametrize("name", ["a file", "below a file", "something else", "mmbook", "notebooks"])
def test_a_place_for_something_else_is_refused_and_nothing_is_written(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder: Path = tmp_path / "there"
    if name in ("a file", "below a file"):
        folder.write_text("mine")
        folder = folder if name == "a file" else folder / "class"
    elif name == "notebooks":
        folder = notebooks_folder() / "mmlab-student"
    else:
        (folder / ("mmbook" if name == "mmbook" else "thesis")).mkdir(parents=True)
        if name == "mmbook":
            (folder / NOTE).write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    assert main(["student", str(folder)]) == 1
    words = {
        "a file": "is a file: name a folder that is new, or empty",
        "below a file": "cannot be made: Not a directory",
        "something else": "holds thesis and is no student's edition",
        "mmbook": "holds mmbook, which students do not get",
        "notebooks": "is among the book's own notebooks",
    }
    assert words[name] in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
    assert not (notebooks_folder() / "mmlab-student").exists()


RUNS = """
import sys, nbclient, nbformat
notebook = nbformat.read("02_avellaneda_stoikov.ipynb", 4)
notebook.cells.append(nbformat.v4.new_code_cell("import mmlab; print(mmlab.__version__, mmlab.__file__)"))
nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3").execute()
print(notebook.cells[-1].outputs[0].text)
"""


@pytest.mark.skipif(os.environ.get("MMLAB_CI") != "all", reason="makes an environment: each week")
def test_it_installs_without_a_network_and_a_notebook_runs_to_its_end(handed: tuple[Path, str], tmp_path: Path) -> None:
    around = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}

    def run(*command: Any) -> str:
        words = [str(word) for word in command]
        done = subprocess.run(words, cwd=handed[0], env=around, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(sys.executable, "-m", "venv", tmp_path / "env")
    python = tmp_path / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    run(python, "-m", "pip", "install", "--no-index", "--no-deps", "-r", "requirements.txt")
    (packages,) = (Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()),)
    assert (packages / "mmlab").is_dir()
    assert "Version: " + VERSION in run(python, "-m", "pip", "show", "mmlab")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))  # what mmlab depends on, and no other mmlab
    version, where = run(python, "-c", RUNS).split()
    assert version == VERSION
    assert Path(where).is_relative_to(packages)


SOLVES = """
import json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import jupytext, matplotlib
matplotlib.use("agg")
import mmlab.teach
found, book = {}, mmlab.teach.check
def noting(id, answer=...):
    found[id] = book(id, answer).status
    return found[id]  # true, whatever it is: the solutions assert it
mmlab.teach.check = noting
for path in sorted(Path(sys.argv[2]).glob("*.md")):
    names = {"__name__": "__main__", "display": lambda *_: None}
    for cell in jupytext.read(path).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, path.name, "exec"), names)
print(json.dumps(found))
"""


@pytest.mark.skipif(os.environ.get("MMLAB_CI") != "all", reason="runs every solution: each week")
def test_every_solution_is_right_there_or_noted(unpacked: Path) -> None:
    texts = notebooks_folder() / "solutions" / "text"
    run = subprocess.run(
        [sys.executable, "-I", "-c", SOLVES, str(unpacked), str(texts)], capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr
    says = {id: "right" if formula_of(EXERCISES[id]) else "noted" for id in CHECKS}
    assert json.loads(run.stdout.splitlines()[-1]) == says
