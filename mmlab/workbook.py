"""The reader's own copy of the notebooks, which comes out of what is installed and never over what a reader wrote.

A copy holds no mmbook: a kernel takes the chapters' code from beside its notebook, if it is there, and not from where
the mmlab is that it belongs to. Like the launcher, this imports nothing but the standard library, in an old syntax.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmlab.installation import Problem, say
else:
    from installation import Problem, say

FOLDER = "mmlab-workbook"
FIRST = "00_start_here.ipynb"
HANDED_OUT = ("[0-9A][0-9]_*.ipynb", "solutions/[0-9A][0-9]_*.ipynb", "images/*")
NOTE = ".mmlab-copies.json"
"""Beside the notebooks: of each, the hash of what was last handed out under its name."""


def is_installed(root: Path) -> bool:
    """Say whether mmlab lies there as pip installed it, its notebooks in it, and not as a checkout has it."""
    return (root / "mmlab" / "notebooks").is_dir()


def version_of(root: Path) -> str:
    """Return the version of the mmlab in a folder."""
    found = re.search(r'^__version__ = "(.*)"', (root / "mmlab" / "__init__.py").read_text(encoding="utf-8"), re.M)
    return found.group(1) if found else "unknown"


def handed_out(root: Path) -> "dict[str, Path]":
    """Return what a reader gets of a checkout or an installed mmlab: each file by its name in the copy."""
    notebooks = root / "mmlab" / "notebooks" if is_installed(root) else root / "notebooks"
    found = [path for pattern in HANDED_OUT for path in sorted(notebooks.glob(pattern))]
    return {path.relative_to(notebooks).as_posix(): path for path in found}


def copy(root: Path, folder: Path) -> Path:
    """Bring the notebooks into a folder, say what was found there and left, and return where that is."""
    if (folder / "mmbook").exists():
        raise Problem(
            f"{folder} holds the folder mmbook, and kernels there would run its chapters' code instead of what belongs "
            "to this mmlab: name another folder, or take mmbook away."
        )
    try:
        kept, beside = copied(root, folder)
    except OSError as error:
        raise Problem(
            f"cannot write the notebooks to {folder} ({error.strerror or error}): name a folder that can be written; "
            "nothing that you wrote was touched."
        ) from None
    say(f"the notebooks are in {folder.resolve()}")
    if kept:
        say(f"different from this edition's, and kept as they are: {', '.join(kept)}")
    if beside:
        say(f"this edition's are beside them: {', '.join(beside)}")
    return folder.resolve()


def copied(root: Path, folder: Path) -> "tuple[list[str], list[str]]":
    """Copy what is not there, renew what nobody has changed; return what was kept, and what came beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    noted = read_note(folder)
    kept, beside = [], []
    for name, source in handed_out(root).items():
        content, target = source.read_bytes(), folder / name
        edition, found = digest(content), digest(target.read_bytes()) if target.exists() else None
        if found in (None, noted.get(name)):
            if found != edition:
                write_whole(target, content)
        elif found != edition:
            kept.append(name)
            other = target.with_name(f"{target.stem} (mmlab {version_of(root)}){target.suffix}")
            if noted.get(name) != edition and not other.exists():
                write_whole(other, content)
                beside.append(other.relative_to(folder).as_posix())
        noted[name] = edition
    if noted != read_note(folder):
        write_whole(folder / NOTE, json.dumps(noted, indent=1).encode())
    return kept, beside


def digest(content: bytes) -> str:
    """Return the hash by which two files are the same."""
    return hashlib.sha256(content).hexdigest()


def read_note(folder: Path) -> "dict[str, str]":
    """Return what was handed out to a folder; where nothing says so, all that is there counts as the reader's."""
    try:
        noted = json.loads((folder / NOTE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return noted if isinstance(noted, dict) else {}


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the name and then take it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    os.replace(str(new), str(path))
