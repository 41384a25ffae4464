"""The book's own code, a folder a chapter: explorers, scenes, plots, and what checks an answer; over the library mmlab.

A kernel's folder comes first on its path: a notebook beside this folder takes the chapters from here, whatever mmlab
is installed.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import mmlab


def _stands_with(library: Path, book: Path) -> bool:
    """Whether two packages are of one checkout, or of one installation."""
    return library.parent in (book.parent, book.parents[1])


if not _stands_with(Path(mmlab.__file__).parent, Path(__file__).parent):
    warnings.warn(
        f"The book's code in {Path(__file__).parent} meets mmlab {mmlab.__version__} of {Path(mmlab.__file__).parent}, "
        "which may be another version: install this checkout (pip install -e .), or take the notebooks away from it.",
        stacklevel=2,
    )
