"""Files: whole or not at all, whatever stops the writer; a line is appended whole; what is no file is a sentence."""

import dataclasses
import gzip
import json
import math
import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import MarketMakingConfig, MarketMakingMonitor, ParameterError, simulate, write_report
from mmlab import files as files_module
from mmlab.files import FileError, append_line, read_text, short, write_whole
from mmlab.market import DayError, read_lobster
from mmlab.measure import Alert, Severity, json_lines
from mmlab.simulation import History

CONFIG = MarketMakingConfig()
HISTORY = simulate(CONFIG.make_desk(), CONFIG.make_market().tape(1, 20, seed=3))
MONITOR = MarketMakingMonitor(CONFIG)
MONITOR.monitor(None, HISTORY)
DAY = ("message", "orderbook")
posix = pytest.mark.skipif(sys.platform == "win32", reason="a folder's devices and modes are POSIX's")

WRITERS = {
    "a file": (lambda folder: write_whole("The file", {folder / "a.txt": ["one\n", "two\n"]}), ["a.txt"]),
    "a packed file": (lambda folder: write_whole("The file", {folder / "a.gz": ["one\n"]}), ["a.gz"]),
    "a history": (lambda folder: HISTORY.to_csv(folder / "h.csv"), ["h.csv"]),
    "a packed history": (lambda folder: HISTORY.to_csv(folder / "h.csv.gz"), ["h.csv.gz"]),
    "a report": (lambda folder: write_report(folder / "day.html", MONITOR), ["day.csv", "day.html"]),
    "a day": (
        lambda folder: write_whole("The day", {folder / f"X_{part}_1.csv.gz": ["1,1\n"] for part in DAY}),
        ["X_message_1.csv.gz", "X_orderbook_1.csv.gz"],
    ),
}


def full(*args):
    raise OSError(28, "No space left on device")


def interrupted(*args):
    raise KeyboardInterrupt


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("fails", [full, interrupted])
@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("writer", WRITERS)
def test_whatever_stops_a_writer_what_stood_there_stays(writer, step, fails, tmp_path, monkeypatch):
    write, names = WRITERS[writer]
    for name in names:
        (tmp_path / name).write_bytes(b"what stood there")
    before = contents(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(os, step, fails)
        with pytest.raises(KeyboardInterrupt if fails is interrupted else FileError) as error:
            write(tmp_path)
    assert contents(tmp_path) == before
    if fails is full:
        assert "No space left on device." in str(error.value)
        assert str(tmp_path) in str(error.value)
        assert isinstance(error.value, ParameterError)
        assert isinstance(error.value, OSError)
    write(tmp_path)
    assert sorted(contents(tmp_path)) == names
    assert b"what stood there" not in contents(tmp_path).values()


def test_texts_that_fail_half_way_leave_nothing(tmp_path):
    def texts(error):
        yield "a line\n" * 100_000
        raise error

    (tmp_path / "a.txt").write_text("old")
    for error in (KeyboardInterrupt, ZeroDivisionError):
        with pytest.raises(error):
            write_whole("The file", {tmp_path / "a.txt": texts(error)})
    with pytest.raises(FileError, match=r"The file could not be written to .*a\.txt: 'utf-8' codec can't encode"):
        write_whole("The file", {tmp_path / "a.txt": ["\ud800"]})
    assert contents(tmp_path) == {"a.txt": b"old"}


NO_FILES = [1, True, 0.5, None, b"a.csv", "", "a\0b.csv", ["a"]]


@pytest.mark.parametrize(
    "path", [*NO_FILES, "x" * 5000 + ".csv", "nowhere/a.csv", ".", ".."], ids=lambda p: repr(p)[:20]
)
def test_what_is_no_name_is_refused_with_a_sentence(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tries = [HISTORY.to_csv, History.from_csv, lambda path: write_report(path, MONITOR)]
    if path in NO_FILES:
        tries.append(json_lines)
    for attempt in tries:
        with pytest.raises(ParameterError) as error:
            attempt(path)
        assert len(str(error.value)) < 500
    with pytest.raises(DayError):
        read_lobster(path)
    assert contents(tmp_path) == {}


def test_two_names_that_differ_by_case_alone_are_one_file_somewhere(tmp_path):
    with pytest.raises(FileError, match=r"needs two names: a\.csv and a\.CSV are one file on some systems"):
        write_whole("The report", {tmp_path / "a.csv": [], tmp_path / "a.CSV": []})
    with pytest.raises(ParameterError, match="its numbers go to"):
        write_report(tmp_path / "x.CSV", MONITOR)
    assert contents(tmp_path) == {}


@posix
def test_a_link_is_followed_a_mode_kept_and_a_device_refused(tmp_path):
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_whole("The file", {link: ["new"]})
    assert link.is_symlink()
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o640)
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo"):
        with pytest.raises(FileError, match="what has this name is no regular file"):
            write_whole("The file", {path: ["new"]})


def test_a_packed_file_has_the_same_bytes_each_time(tmp_path):
    for name in ("a.gz", "b.gz"):
        write_whole("The file", {tmp_path / name: ["one\n", "two\n"]})
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()
    assert gzip.decompress((tmp_path / "a.gz").read_bytes()) == b"one\ntwo\n"


ALERT = Alert(1.0, 0, "wide", Severity.INFO, "a|b\nc ✂", 1.0, 2.0, "nothing")


@given(before=st.binary(max_size=30), values=st.lists(st.floats(), min_size=1, max_size=3))
def test_each_alert_is_a_line_of_json_whatever_stands_before_it(before, values, tmp_path_factory):
    file = tmp_path_factory.mktemp("alerts") / "alerts.jsonl"
    if before:
        file.write_bytes(before)
    for value in values:
        json_lines(file)(dataclasses.replace(ALERT, value=value))
    text = file.read_bytes()
    assert text.startswith(before)
    assert text.endswith(b"\n")

    def no_constant(name):
        raise AssertionError(name)

    read = [json.loads(line, parse_constant=no_constant) for line in text.splitlines()[-len(values) :]]
    values_read = [float("nan" if line["value"] is None else line["value"]) for line in read]
    assert list(map(repr, values_read)) == [repr(v if math.isfinite(v) else math.nan) for v in values]
    assert {line["what"] for line in read} == {ALERT.what}


def test_an_alert_that_does_not_fit_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    file = tmp_path / "alerts.jsonl"
    json_lines(file)(ALERT)
    before = file.read_bytes()

    class Full:
        """An open file on a disk with room for five bytes."""

        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.file.close()

        def __getattr__(self, name):
            return getattr(self.file, name)

        def write(self, text):
            return self.file.write(text[:5])

    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *args, **how: Full(opened(self, *args, **how)))
    with pytest.raises(FileError, match=r"The alert could not be written to .*: No space left"):
        json_lines(file)(ALERT)
    monkeypatch.undo()
    assert file.read_bytes() == before
    with pytest.raises(FileError, match="no regular file"):
        append_line("The alert", tmp_path, "{}")


@posix
def test_only_a_regular_file_is_read(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("fifo", "zero", "loop", "."):
        for read in (read_text, History.from_csv):
            with pytest.raises(FileError, match=r"cannot be read: (it is no regular file|Too many levels)"):
                read(tmp_path / name)
        with pytest.raises(DayError):
            read_lobster(tmp_path / name, tmp_path / name)


def test_what_unpacks_to_too_much_is_refused_before_it_is_all_there(tmp_path, monkeypatch):
    monkeypatch.setattr(files_module, "MOST_BYTES", 2**20)
    with gzip.open(tmp_path / "a_message_1.csv.gz", "wb") as file:
        file.write(b"\n" * 2**25)
    for read in (read_text, read_lobster):
        with pytest.raises(ValueError, match="holds more than 1 MiB, which is the most that is read"):
            read(tmp_path / "a_message_1.csv.gz")
    monkeypatch.undo()
    with gzip.open(tmp_path / "a_message_1.csv.gz", "wb") as file:
        for _ in range(17):
            file.write(b"0" * 2**22)
    with pytest.raises(FileError, match="holds more than 64 MiB"):
        read_text(tmp_path / "a_message_1.csv.gz")


def test_a_sentence_is_short_whatever_the_text():
    assert short("x" * 10**6) == "x" * 40 + "…" + "x" * 15
    assert short("word") == "word"
