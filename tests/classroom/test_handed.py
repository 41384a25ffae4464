"""What is found in a folder of submissions, and how a notebook or a hand-in file is read, whatever it holds."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from mmlab import ParameterError
from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.handed import content_of, handed_in, work_of
from mmlab.classroom.scoring import graded

pytestmark = pytest.mark.skipif(os.name != "posix", reason="links and pipes are POSIX's")


def cell(source, **more):
    return {"cell_type": "code", "source": source, **more}


@pytest.mark.parametrize(
    "notebook",
    [
        {"cells": [cell("x = 1")]},
        {"cells": [cell(["x", " = 1"], metadata=None, outputs=7)], "metadata": [], "nbformat": "four"},
        {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"], "language": "python"}]}]},
        {"cells": [{"cell_type": "markdown", "source": "y"}, cell("x = 1")], "nbformat": 4, "metadata": {"x": {}}},
    ],
)
def test_a_notebook_of_any_version_and_with_any_metadata_is_read(tmp_path, notebook):
    file = tmp_path / "a.ipynb"
    file.write_text("\ufeff" + json.dumps(notebook), encoding="utf-8")
    assert work_of(file).cells == ["x = 1"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"[" * 10**6,
        b"{}",
        b"[]",
        b'{"cells": 3}',
        b'{"cells": [7]}',
        b'{"cells": [{"cell_type": "code", "source": 3}]}',
        b"\xff\xfe",
        b'{"worksheets": [{}]}',
        b"9" * 10**5,
    ],
)
def test_what_is_no_notebook_has_a_sentence(tmp_path, content):
    file = tmp_path / "a.ipynb"
    file.write_bytes(content)
    with pytest.raises(ParameterError, match=r"a\.ipynb is no notebook and no hand-in file"):
        work_of(file)


def test_names_that_are_no_text_are_students_of_their_own_and_can_be_written(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    try:
        for name in (b"\xfe.ipynb", b"\xff.ipynb"):
            Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("no notebook")
    except OSError:
        pytest.skip("this file system takes UTF-8 alone")
    everybody = handed_in(folder)
    assert [one.id for one in everybody] == ["\\xfe", "\\xff"]
    for one in everybody:
        assert json.dumps(graded(one, exercises_of("02"), tmp_path, 1, "02"), ensure_ascii=False).encode("utf-8")


def test_links_pipes_and_devices_are_not_opened_and_packed_files_not_unpacked(tmp_path):
    secret, folder = tmp_path / "secret.ipynb", tmp_path / "handed"
    folder.mkdir()
    secret.write_text(json.dumps({"cells": []}))
    (folder / "link.ipynb").symlink_to(secret)
    (folder / "gone.ipynb").symlink_to(tmp_path / "gone")
    (folder / "device.ipynb").symlink_to("/dev/zero")
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "folder").symlink_to(tmp_path)
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("a.ipynb", bytes(2**24))
    everybody = {one.id: one.file for one in handed_in(folder)}
    assert {*everybody} == {"link", "gone", "device", "pipe", "folder", "bomb"}
    for id, file in everybody.items():
        with pytest.raises(ParameterError, match="is no notebook" if id == "bomb" else "is a link, a pipe or a device"):
            work_of(file)


def test_a_huge_file_is_refused(tmp_path):
    huge = tmp_path / "huge.ipynb"
    with huge.open("wb") as file:
        file.truncate(2**25 + 1)
    with pytest.raises(ParameterError, match=r"huge.ipynb has 32 MB; 32 are graded at most"):
        content_of(huge)


@pytest.mark.parametrize(
    ("names", "id"),
    [
        (["Ann.ipynb", "ann.ipynb", "ANN/second.ipynb"], "ANN"),
        (["Zo\u0308e.ipynb", "Z\u00f6e/02.ipynb"], "Zöe"),
        (["leeann_LATE_4711_900_02.ipynb", "leeann_4711_901_02-1.ipynb"], "leeann_4711"),
        (["Ann Lee_77_assignsubmission_file/02.ipynb", "Ann Lee_77_assignsubmission_file/03.ipynb"], "Ann Lee_77"),
        (["hand-in_02_李小龍.json", "李小龍.ipynb"], "李小龍"),
    ],
)
def test_one_student_under_several_names_is_one_and_the_later_file_counts(tmp_path, names, id):
    for when, name in enumerate(names, start=100):
        (path := tmp_path / name).parent.mkdir(exist_ok=True)
        path.write_text("x")
        os.utime(path, (when, when))
    (one,) = handed_in(tmp_path)
    assert one.id == id
    assert one.file == tmp_path / names[-1]


def test_of_two_files_of_one_student_the_later_counts(tmp_path):
    for name, when in (("first.ipynb", 100), ("second.ipynb", 200), ("notes.txt", 300)):
        path = tmp_path / "Ann Ó" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("x")
        os.utime(path, (when, when))
    (one,) = handed_in(tmp_path)
    assert (one.id, one.file.name, [file.name for file in one.earlier]) == ("Ann Ó", "second.ipynb", ["first.ipynb"])


CLAIMS = {
    "what": "…",
    "student": "Ann Lee",
    "chapter": "03",
    "verdicts": {"neutral-spread": {"status": "right"}, "as-curvature": {"status": "right"}, "as-by-hand": 7},
    "attempts": {"neutral-spread": 4, "as-curvature": "many"},
    "hints": [],
    "first_guesses": {"higher-gamma-earns-more": {"guess": "less"}, "quotes-straddle-the-mid": 7},
    "cells": [
        ["from mmlab.teach import check, hand_in"],
        ["def wrong(k):", "    return 3 / k", "check('neutral-spread', wrong)", "hand_in('Ann Lee')"],
        ["def theta(tau, gamma, sigma):", "    return -gamma * sigma**2 * tau", "check('as-curvature', theta)"],
    ],
}


def test_a_hand_in_file_is_run_again_and_what_it_claims_is_not_believed(tmp_path, edition):
    (folder := tmp_path / "in").mkdir()
    (folder / "hand-in_02_ann_lee.json").write_text(json.dumps(CLAIMS), encoding="utf-8")
    (handed,) = handed_in(folder)
    exercises = [one for one in exercises_of("02") if one.id in ("neutral-spread", "as-curvature", "as-by-hand")]
    own = graded(handed, exercises, edition, 1, "02")
    assert own.id == "ann_lee"
    given = {one.exercise: (one.score, one.attempts) for one in own.grades}
    assert given == {"neutral-spread": (0.0, 4), "as-curvature": (1.0, 1), "as-by-hand": (0.0, 0)}
    assert own.notes == [
        "The hand-in file gives '03' as its chapter; it is graded as '02'.",
        "The hand-in file says that neutral-spread is right; run again, it is not.",
    ]
    assert own.guesses == {"higher-gamma-earns-more": "less"}


def test_of_a_notebook_and_a_hand_in_file_the_later_is_run_and_the_file_compared(tmp_path):
    notebook, file = tmp_path / "Ann" / "02.ipynb", tmp_path / "Ann" / "hand-in_02_Ann.json"
    notebook.parent.mkdir()
    for later, earlier in ((notebook, file), (file, notebook)):
        for path, when in ((earlier, 100), (later, 200)):
            path.write_text(json.dumps(CLAIMS))
            os.utime(path, (when, when))
        (handed,) = handed_in(tmp_path)
        assert (handed.file, handed.claims) == (later, file)
