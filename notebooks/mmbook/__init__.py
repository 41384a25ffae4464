"""The book's own code, a folder a chapter: explorers, scenes, plots, and what checks an answer; over the library mmlab.

A kernel's folder comes first on its path: a notebook beside this folder takes its chapters from here, whatever mmlab
is installed, so that the two may be of different versions.
"""

from __future__ import annotations

import re
import warnings
from pathlib import Path

import mmlab


def version_beside(book: Path) -> str | None:
    """The version of the mmlab that belongs to a folder mmbook: beside it if installed, or one up in a checkout."""
    for folder in (book.parent, book.parents[1]):
        if (library := folder / "mmlab" / "__init__.py").is_file():
            found = re.search(r'^__version__ = "(.*)"', library.read_text(encoding="utf-8"), re.MULTILINE)
            return found and found[1]
    return None


if (mine := version_beside(Path(__file__).parent)) != mmlab.__version__:
    warnings.warn(
        f"Chapters in {Path(__file__).parent} are of version {mine or 'unknown'}, mmlab is {mmlab.__version__}, from "
        f"{Path(mmlab.__file__).parent}: `pip install -e .` in that checkout, or take mmbook out of that folder.",
        stacklevel=2,
    )
