"""The browser tests' fixtures: one JupyterLab and one Chromium for all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.browser.serving import find_chromium, notebook_of, running_browser, running_lab

ROOT = Path(__file__).parents[2]
TWO_EXPLORERS = ["from mmlab.teach import AvellanedaStoikovExplorer\nAvellanedaStoikovExplorer()"]
TWO_EXPLORERS += ["AvellanedaStoikovExplorer()"]


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
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab that serves a copy of the notebooks without their outputs, and two explorers."""
    notebooks = tmp_path_factory.mktemp("source") / "notebooks"
    shutil.copytree(ROOT / "notebooks", notebooks)
    nbformat.write(notebook_of(TWO_EXPLORERS), notebooks / "two_explorers.ipynb")
    with running_lab(notebooks, tmp_path_factory.mktemp("lab")) as address:
        yield address
