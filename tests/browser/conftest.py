"""The browser tests' fixtures: one JupyterLab, one Notebook 7 and one Chromium for all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.browser.serving import (
    EXPLORERS,
    cells_of_explorers,
    explorers_notebook,
    find_chromium,
    notebook_of,
    running_browser,
    running_lab,
)

ROOT = Path(__file__).parents[2]
TWO_EXPLORERS = ["from mmbook.ch02 import AvellanedaStoikovExplorer\nAvellanedaStoikovExplorer()"]
TWO_EXPLORERS += ["AvellanedaStoikovExplorer()"]


MATHEMATICS = "from IPython.display import Markdown\nMarkdown('$x^2$ and a table after it')"
CELLS = [
    "|inventory|, 99%",
    "$x$ costs $y$",
    "<b>bold</b>",
    "a\nb",
    "**no** _mark_up `here` \\(z\\) ~~it~~ [a](b)",
    "&lt;",
]
A_TABLE = f"from mmlab.table import Table\nTable.of({CELLS[:2]!r}, [{CELLS[2:4]!r}, {CELLS[4:]!r}])"


@pytest.fixture(scope="session")
def artifacts() -> Path:
    """Where screenshots go: outside git, kept for whoever wants to look."""
    folder = Path(os.environ.get("MMLAB_ARTIFACTS", ROOT / "artifacts"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A running Chromium; a run that promises the browser (MMLAB_REQUIRE_BROWSER) fails where there is none."""
    path = find_chromium()
    if path is None:
        if os.environ.get("MMLAB_REQUIRE_BROWSER"):
            pytest.fail("no Chromium on this machine, and MMLAB_REQUIRE_BROWSER is set")
        pytest.skip("no Chromium on this machine")
    with running_browser(path) as running:
        yield running


@pytest.fixture(scope="session")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebooks that are served: the workbook's, one with two explorers and one with a table."""
    notebooks = tmp_path_factory.mktemp("source") / "notebooks"
    shutil.copytree(ROOT / "notebooks", notebooks, ignore=shutil.ignore_patterns("mmbook"))
    nbformat.write(notebook_of(TWO_EXPLORERS), notebooks / "two_explorers.ipynb")
    for name in EXPLORERS:
        nbformat.write(notebook_of(cells_of_explorers(name)), notebooks / explorers_notebook(name))
    nbformat.write(notebook_of([A_TABLE, MATHEMATICS]), notebooks / "a_table.ipynb")
    return notebooks


@pytest.fixture(scope="session")
def lab(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab that serves a copy of the notebooks without their outputs."""
    with running_lab(source, tmp_path_factory.mktemp("lab")) as address:
        yield address


@pytest.fixture(scope="session")
def notebook7(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Notebook 7 that serves the same."""
    with running_lab(source, tmp_path_factory.mktemp("notebook7"), "notebook") as address:
        yield address
