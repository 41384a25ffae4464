"""The book meets the library: the version that belongs to it, installed beside it or in its checkout."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import mmbook
import pytest

import mmlab

BOOK, LIBRARY = Path(mmbook.__file__).parent, Path(mmlab.__file__).parent


def test_the_version_is_that_of_the_library_it_came_with() -> None:
    assert mmbook.version_beside(BOOK) == mmlab.__version__


@pytest.mark.parametrize("version", ["0.0.1", None], ids=["another", "unknown"])
def test_chapters_that_meet_another_version_of_the_library_say_so(tmp_path: Path, version: str | None) -> None:
    # A checkout of another version, or a copy of its notebooks' folder alone, which is first on a kernel's path.
    shutil.copytree(BOOK, tmp_path / "notebooks" / "mmbook", ignore=shutil.ignore_patterns("ch*", "__pycache__"))
    if version:
        (tmp_path / "mmlab").mkdir()
        (tmp_path / "mmlab" / "__init__.py").write_text(f'__version__ = "{version}"\n', encoding="utf-8")
    paths = os.pathsep.join((str(tmp_path / "notebooks"), str(LIBRARY.parent)))
    run = subprocess.run(
        [sys.executable, "-c", "import mmbook"], env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True
    )
    assert run.returncode == 0
    assert f"are of version {version or 'unknown'}, mmlab is {mmlab.__version__}" in run.stderr
