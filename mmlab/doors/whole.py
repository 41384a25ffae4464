"""What every builder does with the folder that it was given: fill it whole or not at all, and nobody else's."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path


class BuildError(Exception):
    """What stops a builder, in a sentence that says what to do about it."""


def needs(extra: str, *modules: str) -> None:
    """Refuse to begin where a module is missing, and say which extra of mmlab brings it."""
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise BuildError(
            f"this needs {' and '.join(missing)}, which this Python does not have: "
            f"`python -m pip install -e '.[{extra}]'` in the checkout brings what is missing."
        )


@contextmanager
def made_whole(out: Path, mark: str) -> Iterator[Path]:
    """Give an empty folder beside `out`, which takes the place of `out` when all has gone well.

    Parameters
    ----------
    out : Path
        A folder that is new, empty, or of this builder's own making.
    mark : str
        A file that this builder leaves in what it makes, by which it knows it again.

    Raises
    ------
    BuildError
        If `out` is somebody else's, or cannot be written; nothing has been done then.
    """
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not (out / mark).is_file()):
        raise BuildError(f"{out} is there already, and not of this command's making: name a new or an empty folder.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    except OSError as error:
        raise BuildError(f"{out} cannot be written ({error.strerror}): name another folder with --out.") from None
    try:
        made = beside / "new"
        made.mkdir()
        yield made
        if out.exists():
            out.rename(beside / "old")
        os.replace(made, out)
    finally:
        shutil.rmtree(beside)
