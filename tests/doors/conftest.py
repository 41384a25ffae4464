"""A checkout's words, once for all tests of the doors, a copy of them to spoil, and the browser of tests/browser."""

import shutil
from pathlib import Path

import pytest

from mmlab.doors.front_pages import FrontPages
from tests.browser.conftest import artifacts, browser
from tests.doors.reading import address, desk, folder, phone

__all__ = ["address", "artifacts", "browser", "copy", "desk", "folder", "pages", "phone", "spoil"]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def pages():
    return FrontPages(ROOT)


@pytest.fixture
def copy(tmp_path):
    """README, pyproject.toml, chapters' texts and the pages, in a folder with a space."""
    root = tmp_path / "a checkout"
    for part in ("text", "pages"):
        shutil.copytree(ROOT / "notebooks" / part, root / "notebooks" / part)
    (root / "notebooks" / "mmbook").mkdir()
    for table in ("letters.csv", "glossary.csv"):
        shutil.copy(ROOT / "notebooks" / "mmbook" / table, root / "notebooks" / "mmbook")
    for file in ("README.md", "pyproject.toml"):
        shutil.copy(ROOT / file, root)
    return root


@pytest.fixture
def spoil(copy):
    """Replace one thing in a file of the copy."""

    def replace(name, old, new):
        path = copy / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{name} has {old!r} {text.count(old)} times"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return copy

    return replace
