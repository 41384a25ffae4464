"""CONTRIBUTING.md is carried out: its model, exercise and chapter are added to a copy of mmlab, and work there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STEP = re.compile(r"<!-- (write|append|insert): (\S+?)(?:, before: (.*?))? -->\n(`{3,})\w+\n(.*?)\n\4\n", re.DOTALL)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout in which everything has been done that CONTRIBUTING.md shows."""
    there = tmp_path_factory.mktemp("checkout")
    being_written = shutil.ignore_patterns("*.pyc.*")  # what is compiled is copied, too: it is of these very files
    for name in ("mmlab", "tests", "notebooks/mmbook", "notebooks/text"):
        shutil.copytree(ROOT / name, there / name, ignore=being_written)
    for name in ("pyproject.toml", "README.md", "conftest.py"):
        shutil.copy(ROOT / name, there / name)
    steps = STEP.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    assert len(steps) == 14
    for kind, name, before, _, text in steps:
        path = there / name
        path.parent.mkdir(exist_ok=True)
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        assert (kind == "write") == (old == ""), name
        if kind == "insert":
            at = f"\n{before}"
            assert at in old, f"{name} has no line that begins with {before!r}"
            new = old.replace(at, f"\n{text}{at}", 1)
        else:
            new = f"{old}{text}\n"
        path.write_text(new, encoding="utf-8")
    return there


def run(copy: Path, *arguments: str) -> str:
    """What Python says in the copy; it must succeed."""
    paths = os.pathsep.join(map(str, (copy, copy / "notebooks")))
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def passed(copy: Path) -> Counter[str]:
    """How many of the tests that concern what was added pass in each file: one run for all of them."""
    files = [
        "models/test_linear_skew",
        "test_architecture",
        "mmbook/test_texts",
        "mmbook/test_ch98",
        "mmbook/test_explorers",
        "teach/test_predict",
    ]
    of_what_is_new = "linear_skew or ch98 or offers or holding-risk or round-trip or RoundTrip"
    of_what_is_new += " or test_architecture and not readme and not small"  # which look at all files, the new ones too
    tests = [f"tests/{name}.py" for name in files]
    words = run(copy, "-m", "pytest", "-v", "-n", "0", "-p", "no:cacheprovider", "-k", of_what_is_new, *tests)
    return Counter(re.findall(r"^tests/(\S+)\.py::.* PASSED", words, re.MULTILINE))


def test_the_model_passes_its_test_and_the_house_has_room_for_it(passed: Counter[str]) -> None:
    assert passed["models/test_linear_skew"] == 4
    assert passed["test_architecture"] > 10


def test_the_exercise_knows_right_from_wrong(copy: Path, passed: Counter[str]) -> None:
    program = (
        "import mmbook.ch02; from mmlab.teach import check\n"
        "print(check('holding-risk', lambda q, sigma, tau: abs(q) * sigma * tau**.5))\n"
        "print(check('holding-risk', lambda q, sigma, tau: abs(q) * sigma * tau))\n"
        "print(check('holding-risk', lambda q, sigma, tau: abs(q) * sigma**.5 * tau**.5))\n"
    )
    right, no_root, variance = run(copy, "-c", program).splitlines()
    assert right == "Right: 2 for two clips: risk grows with the size of the position, and with the root of time."
    assert no_root.startswith("Not yet: risk grows with the root of the time, not with the time. It shows at `")
    assert variance.endswith("σ stands where its square, the variance, must stand.")
    assert passed["mmbook/test_texts"] >= 2  # all slips of two formulas: of this one and the new chapter's


def test_the_chapter_is_one_folder_and_one_notebook(copy: Path, passed: Counter[str]) -> None:
    assert passed["mmbook/test_ch98"] == 2
    program = (
        "import tests.lean; from mmlab.teach.pairs import main\n"
        "from tests.mmbook.checking import answered_in_the_files_words as answered; answered('wider-is-better')\n"
        "print(main(['98_an_example']), main(['--check', '98_an_example']))\n"
    )
    assert run(copy, "-c", program).splitlines()[-1] == "0 0"
    notebook = (copy / "notebooks/98_an_example.ipynb").read_text(encoding="utf-8")
    assert "Predict: A dealer who quotes three times as wide earns" in notebook
    assert "Not attempted: the answer is a function of spread and n" in notebook


def test_the_explorer_is_driven_as_all_others_are(copy: Path, passed: Counter[str]) -> None:
    assert passed["mmbook/test_explorers"] == 3
    notebook = (copy / "notebooks/98_an_example.ipynb").read_text(encoding="utf-8")
    assert "Of these half-spreads 0.75 earns most" in notebook
