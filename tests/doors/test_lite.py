"""`python mmlab lite`: what it refuses, what it downloads and what it copies; nothing is built here."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mmlab.doors import lite, pyodide, whole
from mmlab.doors.whole import BuildError, made_whole, needs

ROOT = Path(__file__).parents[2]
NOTEBOOKS = [*sorted((ROOT / "notebooks").glob("*.ipynb")), *sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "a folder" / "pages"


def filled(out: Path, mark: str = "ours.json") -> None:
    with made_whole(out, mark) as folder:
        (folder / mark).write_text("new")


def fails_half_way(folder: Path) -> None:
    (folder / "half").touch()
    raise ZeroDivisionError


@pytest.mark.parametrize("there", ["nothing", "an empty folder", "one of its own making"])
def test_a_folder_is_filled_whole(out: Path, there: str) -> None:
    if there != "nothing":
        out.mkdir(parents=True)
    if there == "one of its own making":
        (out / "ours.json").write_text("old")
        (out / "gone").touch()
    filled(out)
    assert [(path.name, path.read_text()) for path in out.iterdir()] == [("ours.json", "new")]
    assert list(out.parent.iterdir()) == [out]


def test_a_folder_of_somebody_else_stays_as_it_is(out: Path) -> None:
    out.mkdir(parents=True)
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(BuildError, match=r"pages is there already, and not of this command's making"):
        filled(out)
    assert (out / "thesis.txt").read_text() == "years of work"
    assert list(out.parent.iterdir()) == [out]


def test_what_fails_half_way_leaves_what_was_there(out: Path) -> None:
    filled(out)
    with pytest.raises(ZeroDivisionError), made_whole(out, "ours.json") as folder:
        fails_half_way(folder)
    assert [path.name for path in out.iterdir()] == ["ours.json"]
    assert list(out.parent.iterdir()) == [out]


def test_where_nothing_can_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BuildError, match=r"cannot be written \(.+\): name another folder with --out"):
        filled(tmp_path / "file" / "pages")


def test_a_missing_package_is_named_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "find_spec", lambda name: None if name == "jupyterlite_core" else object())
    with pytest.raises(BuildError, match=r"needs jupyterlite_core, .*pip install -e '\.\[lite\]'"):
        needs("lite", "jupyterlite_core", "hatchling")


def test_without_a_checkout_nothing_is_built(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lite.main(["--out", str(tmp_path / "pages")], tmp_path) == 1
    assert f"{tmp_path} is no checkout of mmlab" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def pinned(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Two small downloads, as the lock has them."""
    contents = {"one-1-py3-none-any.whl": b"one", "two-2-py3-none-any.whl": b"two"}
    one = {name: {"file": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in contents.items()}
    monkeypatch.setitem(pyodide.LOCK, "downloads", {f"{name[:3]}=={name[4]}": pin for name, pin in one.items()})
    return contents


def test_what_is_in_the_cache_is_not_downloaded(
    tmp_path: Path, pinned: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, content in pinned.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.setattr(subprocess, "run", lambda *_: pytest.fail("something was downloaded"))
    assert pyodide.downloaded(tmp_path) == pinned


def test_a_file_that_is_not_what_is_pinned_is_fetched_again_or_refused(
    tmp_path: Path, pinned: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one-1-py3-none-any.whl").write_bytes(b"one")
    (tmp_path / "two-2-py3-none-any.whl").write_bytes(b"another")
    asked = []

    def pip(command: list[str]) -> Any:
        asked.append((tmp_path / "requirements.txt").read_text())
        return subprocess.CompletedProcess(command, returncode=1)

    monkeypatch.setattr(subprocess, "run", pip)
    with pytest.raises(BuildError, match=r"pip could not download two==2 .*connect this machine"):
        pyodide.downloaded(tmp_path)
    assert asked == [f"two==2 --hash=sha256:{hashlib.sha256(b'two').hexdigest()}\n"]


def test_a_wheel_with_another_hash_is_refused() -> None:
    with pytest.raises(BuildError, match=r"numpy\.whl is not the file that lite_lock\.json pins"):
        pyodide.as_pinned("numpy.whl", b"something else", hashlib.sha256(b"numpy").hexdigest())


def test_every_package_finds_what_it_depends_on_in_the_lock() -> None:
    packages = pyodide.LOCK["packages"]
    assert {needed.replace("_", "-") for package in packages.values() for needed in package["depends"]} <= {*packages}
    assert all(len(pin["sha256"]) == 64 for pin in [*packages.values(), *pyodide.LOCK["downloads"].values()])


def test_what_readers_open_is_copied_and_mmbook_never(tmp_path: Path) -> None:
    lite.copy_contents(ROOT / "notebooks", tmp_path)
    copied = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert {path.relative_to(ROOT / "notebooks").as_posix() for path in NOTEBOOKS} <= copied
    assert {Path(name).suffix for name in copied} <= {".ipynb", ".png"}


def test_a_notebook_is_served_with_its_texts_in_one_piece() -> None:
    lines = ["a\n", "b"]
    outputs = [{"text": lines}, {"data": {"text/plain": lines, "application/json": {}}}, {"traceback": lines}]
    cell = {"source": lines, "outputs": outputs, "metadata": {"tags": ["one"]}}
    served = lite.as_served({"cells": [cell], "metadata": {}})["cells"][0]
    assert served["source"] == served["outputs"][0]["text"] == served["outputs"][1]["data"]["text/plain"] == "a\nb"
    assert (served["metadata"], served["outputs"][2]) == ({"tags": ["one"]}, {"traceback": lines})
