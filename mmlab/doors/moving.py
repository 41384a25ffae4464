"""Explorers that move on the site's page: which there are, who computes their sweeps, where these are kept.

What lives here decides what is computed anew: nothing whose explorer and wheel are the same. What a preset's file holds
is said by `preset_file.py`, what a reader does with it by static/moving.js.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from importlib.metadata import version
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any

from mmlab.doors.book import Book
from mmlab.doors.live_cell import explorer_in
from mmlab.doors.whole import BuildError

FOLDER = "_static/moving"
KEPT = 60 * 86_400
"""What no build has used for so long leaves the cache [s]."""
OUTSIDE = {"doors", "classroom", "__pycache__"}
"""Folders of the wheel that no explorer can import."""
MAKERS = ("frames.py", "preset_file.py", "sweep_file.py")
"""What of the doors makes a preset's file."""


def explorers(book: Book, chapters: str) -> Iterator[str]:
    """The lines that open each explorer of some chapters.

    Parameters
    ----------
    book : Book
        Its executed notebooks are looked through.
    chapters : str
        "all", "none", or numbers as "02,08".

    Raises
    ------
    BuildError
        If a number is no chapter's.
    """
    pages = {page.docname.split("_")[0]: page for page in book.pages if page.kind == "chapter"}
    asked = [*pages] if chapters == "all" else [] if chapters == "none" else chapters.split(",")
    for number in asked:
        if number not in pages:
            raise BuildError(f"--moving is all, none, or chapters such as 02,08; there is no chapter {number!r}.")
        cells = json.loads(pages[number].file.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        yield from filter(None, (explorer_in(cell, code) for cell in code))


def computed(root: Path, asked: list[str], cache: Path) -> dict[str, Path]:
    """Where the cache has the sweeps of each explorer, after they have been computed where they were missing.

    One process a core computes; each line that is printed is an explorer that is done. An interrupt keeps those.

    Parameters
    ----------
    root : Path
        The checkout, from which explorers are imported.
    asked : list of str
        The lines that open them.
    cache : Path
        A folder.

    Raises
    ------
    BuildError
        If one of them cannot be opened or moved.
    """
    wheel = _hash_of_wheel(root)
    places = {lines: cache / "moving" / _name(lines, wheel) for lines in asked}
    missing = {lines: place for lines, place in places.items() if not (place / "about.json").is_file()}
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    # Not forked: what has threads here would be copied in the middle of its work.
    with ProcessPoolExecutor(n_cores, get_context("spawn"), initializer=_alone) as pool:
        start, jobs = time.monotonic(), {pool.submit(compute, lines, place): lines for lines, place in missing.items()}
        try:
            for n, done in enumerate(as_completed(jobs), 1):
                try:
                    done.result()
                except Exception as error:
                    raise BuildError(f"this explorer cannot be moved ({error!r}):\n{jobs[done]}") from error
                seconds = time.monotonic() - start
                print(f"mmlab: {n} of {len(jobs)} explorers swept, {seconds:.0f} s: {_class(jobs[done])}", flush=True)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for place in places.values():
        os.utime(place)
    for old in (cache / "moving").glob("*"):
        if time.time() - old.stat().st_mtime > KEPT:
            shutil.rmtree(old, ignore_errors=True)
    return places


def compute(lines: str, place: Path) -> None:
    """Write the sweeps of all presets of an explorer into a new folder, whole or not at all."""
    from mmlab.doors.preset_file import opened, sweeps

    explorer = opened(lines)
    *body, last = lines.splitlines()
    about = {
        "title": explorer.title,
        "presets": [[preset, f"{n}.sweep"] for n, preset in enumerate(explorer.presets)],
        "preset": list(explorer.presets).index(explorer.preset),
        "lines": "\n".join([*body, f"explorer = {last}"]),
    }
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent) as folder:
        part = Path(folder) / place.name
        part.mkdir()
        for preset, name in about["presets"]:
            (part / name).write_bytes(sweeps(explorer, preset))
        (part / "about.json").write_text(json.dumps(about), encoding="utf-8")
        if not place.exists():  # another build may have been quicker
            part.rename(place)


def write(places: dict[str, Path], static: Path) -> Callable[[str, int, bool], str]:
    """Copy sweeps, and the explorers' colours, into the site's static files.

    Returns
    -------
    function
        The lines that open an explorer, how many folders deep its page is, and whether JupyterLite lies beside the site
        → what of HTML stands under the explorer's still picture; nothing if it does not move.
    """
    from mmlab.teach.theme import INKS

    (static / "inks.css").write_text(INKS.replace("[data-jp-theme-light=false]", "html[data-theme=dark]"), "utf-8")
    for place in places.values():
        shutil.copytree(place, static / "moving" / place.name, ignore=shutil.ignore_patterns("about.json"))

    def under(lines: str, depth: int, lite: bool) -> str:
        if lines not in places:
            return ""
        about: dict[str, Any] = json.loads((places[lines] / "about.json").read_text(encoding="utf-8"))
        about["folder"] = f"{'../' * depth}{FOLDER}/{places[lines].name}/"
        about["repl"] = f"{'../' * depth}lite/repl/index.html" if lite else ""
        return f'<div class="mm-moving" data-moving="{html.escape(json.dumps(about))}"></div>\n\n'

    return under


def _alone() -> None:
    """In a process of its own, before NumPy is there: one thread, as there is a process for each core."""
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = "1"
    builder = parent_process()
    assert builder is not None

    def follow() -> None:
        builder.join()
        os._exit(1)  # killed, it could not say so; an explorer may take minutes

    threading.Thread(target=follow, daemon=True).start()


def _hash_of_wheel(root: Path) -> str:
    """Of all that an explorer can import from the wheel, of what makes its file, and of what draws."""
    ours = [path for folder in ("mmlab", "notebooks/mmbook") for path in sorted((root / folder).rglob("*"))]
    ours = [path for path in ours if path.is_file() and not OUTSIDE & {*path.relative_to(root).parts}]
    ours += [Path(__file__).with_name(name) for name in MAKERS]
    hashes = hashlib.sha256("".join(version(name) for name in ("numpy", "matplotlib")).encode())
    for path in ours:
        hashes.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return hashes.hexdigest()


def _class(lines: str) -> str:
    return lines.partition("import ")[2].partition("\n")[0]


def _name(lines: str, wheel: str) -> str:
    return f"{_class(lines)}-{hashlib.sha256(f'{wheel}{lines}'.encode()).hexdigest()[:16]}"
