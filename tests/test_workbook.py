"""`mmlab copy`, `open` and `test` where pip has installed mmlab: nothing that a reader wrote is ever lost."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import test_launcher
from tests.test_launcher import CHECKOUT

launcher, computer = test_launcher.launcher, test_launcher.computer

FIRST = "00_start_here.ipynb"


class Installed:
    """An mmlab as a wheel leaves it in site-packages, of an edition that a test may change."""

    def __init__(self, folder):
        self.root = folder
        self.edition("0.1.0", {FIRST: "start", "01_spread.ipynb": "spread", "solutions/01_spread.ipynb": "solved"})

    def edition(self, version, notebooks):
        (self.root / "mmlab").mkdir(exist_ok=True, parents=True)
        (self.root / "mmlab" / "__init__.py").write_text(f'"""mmlab."""\n\n__version__ = "{version}"\n')
        for name, content in notebooks.items():
            path = self.root / "mmlab" / "notebooks" / name
            path.parent.mkdir(exist_ok=True, parents=True)
            path.write_text(content)


@pytest.fixture
def installed(tmp_path):
    return Installed(tmp_path / "site-packages")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "a reader's folder"


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def names(folder):
    return set(files(folder)) - {".mmlab-copies.json"}


def test_the_copy_holds_notebooks_solutions_and_pictures_and_never_mmbook(launcher, tmp_path, folder):
    assert launcher.main(["copy", str(folder)], CHECKOUT) == 0
    notebooks = CHECKOUT / "notebooks"
    chapters = {path.stem for path in (notebooks / "text").glob("*.md")}
    solved = {f"solutions/{path.stem}" for path in (notebooks / "solutions" / "text").glob("*.md")}
    pictures = {f"images/{path.name}" for path in (notebooks / "images").iterdir()}
    assert names(folder) == {f"{name}.ipynb" for name in chapters | solved} | pictures
    assert all((notebooks / name).read_bytes() == files(folder)[name] for name in names(folder))


def test_a_second_copy_changes_nothing_and_keeps_what_was_written(launcher, installed, folder, capsys):
    assert launcher.main(["copy", str(folder)], installed.root) == 0
    before = files(folder)
    assert launcher.main(["copy", str(folder)], installed.root) == 0
    assert files(folder) == before
    assert "kept" not in capsys.readouterr().out

    (folder / "01_spread.ipynb").write_text("my answer")
    (folder / "mine.ipynb").write_text("mine")
    (folder / "solutions" / "01_spread.ipynb").unlink()
    written = files(folder)
    for _ in range(2):
        assert launcher.main(["copy", str(folder)], installed.root) == 0
        assert "kept as they are: 01_spread.ipynb\n" in (out := capsys.readouterr().out)
        assert "beside" not in out
        assert files(folder) == written | {"solutions/01_spread.ipynb": b"solved"}


def test_a_newer_edition_renews_what_is_untouched_and_lies_beside_what_is_not(launcher, installed, folder, capsys):
    launcher.main(["copy", str(folder)], installed.root)
    (folder / "01_spread.ipynb").write_text("my answer")
    installed.edition("0.2.0", {FIRST: "start anew", "01_spread.ipynb": "spread anew", "02_more.ipynb": "more"})
    capsys.readouterr()
    for times in range(2):
        assert launcher.main(["copy", str(folder)], installed.root) == 0
        out = capsys.readouterr().out
        assert "kept as they are: 01_spread.ipynb\n" in out
        assert ("beside them: 01_spread (mmlab 0.2.0).ipynb\n" in out) == (times == 0)
        copies = files(folder)
        assert copies["01_spread.ipynb"] == b"my answer"
        assert copies["01_spread (mmlab 0.2.0).ipynb"] == b"spread anew"
        assert copies[FIRST] == b"start anew"
        assert copies["02_more.ipynb"] == b"more"
    (folder / "01_spread (mmlab 0.2.0).ipynb").write_text("my second answer")
    launcher.main(["copy", str(folder)], installed.root)
    assert files(folder)["01_spread (mmlab 0.2.0).ipynb"] == b"my second answer"


@pytest.mark.parametrize("note", [None, "{", "[]", '{"01_spread.ipynb": 7}'])
def test_without_a_note_of_what_was_handed_out_everything_counts_as_the_readers(
    launcher, installed, folder, capsys, note
):
    folder.mkdir()
    (folder / "01_spread.ipynb").write_text("of an older edition, or mine")
    if note is not None:
        (folder / ".mmlab-copies.json").write_text(note)
    assert launcher.main(["copy", str(folder)], installed.root) == 0
    assert files(folder)["01_spread.ipynb"] == b"of an older edition, or mine"
    assert files(folder)["01_spread (mmlab 0.1.0).ipynb"] == b"spread"
    noted = json.loads((folder / ".mmlab-copies.json").read_text())
    assert noted[FIRST] == hashlib.sha256(b"start").hexdigest()


def test_a_copy_cut_short_is_finished_by_the_next(launcher, installed, folder, monkeypatch, capsys):
    real, left = os.replace, [2]

    def full(source, target):
        if not left[0]:
            raise OSError(28, "No space left on device")
        left[0] -= 1
        real(source, target)

    monkeypatch.setattr(os, "replace", full)
    assert launcher.main(["copy", str(folder)], installed.root) == 1
    assert "No space left on device" in capsys.readouterr().err
    monkeypatch.setattr(os, "replace", real)
    assert launcher.main(["copy", str(folder)], installed.root) == 0
    assert names(folder) == {FIRST, "01_spread.ipynb", "solutions/01_spread.ipynb"}
    assert "kept" not in capsys.readouterr().out


def test_where_mmbook_lies_nothing_is_copied(launcher, installed, folder, capsys):
    (folder / "mmbook").mkdir(parents=True)
    assert launcher.main(["copy", str(folder)], installed.root) == 1
    assert "holds the folder mmbook" in capsys.readouterr().err
    assert files(folder) == {}


def test_a_folder_that_is_a_file_is_said_to_be_none_that_can_be_written(launcher, installed, tmp_path, capsys):
    (tmp_path / "thesis").write_text("years of work")
    assert launcher.main(["copy", str(tmp_path / "thesis")], installed.root) == 1
    assert f"cannot write the notebooks to {tmp_path / 'thesis'}" in capsys.readouterr().err
    assert (tmp_path / "thesis").read_text() == "years of work"


@pytest.mark.parametrize("words", [["a", "b"], ["--force"]])
def test_the_copies_go_to_one_folder(launcher, installed, capsys, words):
    assert launcher.main(["copy", *words], installed.root) == 1
    assert f"got {' '.join(words)!r}" in capsys.readouterr().err


@pytest.mark.parametrize("words", [[], ["--", "--port", "9999"], ["--port", "9999"]])
def test_open_copies_into_this_folder_and_starts_jupyterlab_there(
    launcher, computer, installed, tmp_path, monkeypatch, words
):
    monkeypatch.chdir(tmp_path)
    assert launcher.main(["open", *words], installed.root) == 0
    there = tmp_path / "mmlab-workbook"
    options = [word for word in words if word != "--"]
    started = ["jupyterlab", FIRST, "--ServerApp.ip=127.0.0.1", f"--ServerApp.root_dir={there}", *options]
    assert computer.ran == [" ".join(started)]
    assert computer.directories == [str(there)]
    assert names(there) == {FIRST, "01_spread.ipynb", "solutions/01_spread.ipynb"}
    assert not (installed.root / ".venv").exists()


def test_open_takes_a_folder_and_jupyterlabs_options(launcher, computer, installed, folder):
    assert launcher.main(["open", str(folder), "--", "--port", "9999"], installed.root) == 0
    assert computer.directories == [str(folder)]
    assert computer.ran[0].endswith(f"--ServerApp.root_dir={folder} --port 9999")


@pytest.mark.parametrize(("command", "extra"), [("open", ""), ("test", "test")])
def test_what_is_missing_is_named_with_the_extra_that_brings_it_and_nothing_is_copied(
    launcher, computer, installed, folder, monkeypatch, capsys, command, extra
):
    found = SimpleNamespace(util=SimpleNamespace(find_spec=lambda name: None))
    monkeypatch.setattr(launcher, "importlib", found)
    assert launcher.main([command, str(folder)], installed.root) == 1
    names = ", ".join(launcher.STARTED[extra])
    what = f'"mmlab[{extra}]"' if extra else names
    assert f"not installed here: {names}. `python -m pip install {what}` brings" in capsys.readouterr().err
    assert computer.ran == []
    assert not folder.exists()


def test_what_is_started_comes_with_the_extras_that_are_named(launcher):
    for extra, started in launcher.STARTED.items():
        assert set(started) <= set(launcher.installation.declared(CHECKOUT, [extra] if extra else []))


def test_test_runs_every_notebook_in_a_folder_that_goes_again(launcher, computer, installed, monkeypatch):
    held = []
    begin = computer.Popen

    def start(command, **more):
        held.append(names(Path(more["cwd"])))
        return begin(command, **more)

    computer.Popen = start
    computer.codes["pytest"] = 1
    assert launcher.main(["test", "-k", "spread"], installed.root) == 1
    assert held == [{FIRST, "01_spread.ipynb", "solutions/01_spread.ipynb"}]
    assert computer.ran[0].startswith("pytest -q --nbval-lax")
    assert computer.ran[0].endswith(" -k spread")
    assert not Path(computer.directories[0]).exists()


def test_what_is_for_a_checkout_says_so_where_there_is_none(launcher, computer, installed, capsys):
    assert launcher.main(["notebooks"], installed.root) == 1
    assert "`notebooks` is for a checkout" in capsys.readouterr().err
    assert computer.ran == []


def test_the_version_is_said_in_a_checkout_and_in_an_install(launcher, installed, capsys):
    installed.edition("7.8.9", {})
    assert launcher.main(["--version"], installed.root) == 0
    assert capsys.readouterr().out == "mmlab 7.8.9\n"
    answer = subprocess.run([sys.executable, "-S", "mmlab", "--version"], cwd=CHECKOUT, capture_output=True, text=True)
    assert f'__version__ = "{answer.stdout.split()[1]}"' in (CHECKOUT / "mmlab" / "__init__.py").read_text()
