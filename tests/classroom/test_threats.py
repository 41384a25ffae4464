"""What a submission may try, by rows of the table in notebooks/pages/teaching.md: stopped, or detected."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import socket
import sys
import time
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from mmlab.classroom import scoring
from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.handed import Handed
from mmlab.classroom.process import Ended, Process
from mmlab.teach.answers import Answer
from mmlab.teach.exercises import judged

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits of processes are POSIX's")
ROOT = Path(__file__).parents[2]
CHECKS = ROOT / "notebooks" / "mmbook" / "ch02" / "checks.py"
START = "import os, resource, socket, sqlite3, sys, time\nimport numpy as np\nfrom mmlab.teach import check, hint"
DONE = "def answer(k):\n    return 2 / k"

ODD = {
    "not a number": ("return float('nan')", "a value that is not finite"),
    "infinite": ("return np.inf", "a value that is not finite"),
    "ragged": ("return [[1.0, 2.0], [3.0]]", "has parts of different shapes"),
    "text": ("return '=2/k'", "is no number or array of numbers"),
    "huge array": ("return np.zeros(10**8)", "100,000,000 numbers are more than go out at once"),
    "huge list": ("return [0.0] * 10**7", "10,000,000 numbers are more than go out at once"),
    "deep list": ("x = []\n    for _ in range(10**5): x = [x]\n    return x", "raised RecursionError"),
    "huge integer": ("return 10**5000", "raised ValueError"),
    "behind a mask": ("return np.ma.array(2 / k, mask=True)", "is no number or array of numbers"),
    "always equal": ("return Always()", "is no number or array of numbers but an object of class Always"),
    "hostile": ("return Hostile()", "raised ZeroDivisionError"),
    "another later": ("calls.append(k)\n    return 2 / k if len(calls) == 1 else 3 / k", "Not yet"),
    "changes what it is asked": ("raise ValueError('\\ud800' + chr(0) + 'x' * 10**6)", "raised ValueError"),
    "ends": ("raise SystemExit", "raised SystemExit"),
    "fills memory": ("return np.ones(2**31).sum()", "raised .*MemoryError"),
    "reads the checks": (f"return float('right' in open({str(CHECKS)!r}).read())", "may not open checks.py"),
    "reads by a way round": (
        f"os.makedirs('a/b')\n    os.chdir('a/b')\n    at = os.open('..', 0)\n"
        f"    return os.open('../..{CHECKS}', 0, dir_fd=at)",
        "a submission may not open",
    ),
    "reads by a link": (f"os.symlink({str(CHECKS)!r}, 'a')\n    return open('a').read()", "may not do os.symlink"),
    "reads the grader": ("return float(len(open(f'/proc/{os.getppid()}/cmdline').read()))", "may not open cmdline"),
    "writes by a data base": ("sqlite3.connect('/tmp/mmlab-was-here.db')\n    return 2 / k", "may not do sqlite3"),
    "starts a program": ("import subprocess\n    subprocess.run(['true'])\n    return 2 / k", "may not do subprocess"),
    "starts a process": ("os.fork()\n    return 2 / k", "may not do os.fork"),
    "ends the grader": ("os.kill(os.getppid(), 9)\n    return 2 / k", "may not do os.kill"),
    "ends the grader by a file's signal": (
        "import fcntl\n    fcntl.fcntl(os.pipe()[0], fcntl.F_SETOWN, os.getppid())\n    return 2 / k",
        "may not do fcntl.fcntl",
    ),
    "closes the edition to all": (
        "import mmlab\n    os.chmod(os.path.dirname(mmlab.__file__), 0o755)\n    return 2 / k",
        "may not write mmlab",
    ),
    "writes into the edition": (
        "import mmlab\n    open(mmlab.__file__, 'r+')\n    return 2 / k",
        "may not write __init__",
    ),
    "calls the C library": ("import ctypes\n    ctypes.CDLL(None)\n    return 2 / k", "may not do ctypes.dlopen"),
    "writes a large file": ("open('big', 'wb').write(bytes(2**21))\n    return 2 / k", "OSError: .*File too large"),
    "writes many files": (
        "for n in range(300): open(f'small{n}', 'w').close()\n    return 2 / k",
        "may not open more than 200 files to write",
    ),
}
"""By what it tries: the body of an answer to `neutral-spread`, which is 2 / k, and what its sentence says."""
CLASSES = """calls = []
class Always:
    __array__ = __float__ = __index__ = lambda self, *_, **__: 0.0
    __eq__ = __lt__ = __gt__ = __le__ = __ge__ = __contains__ = lambda self, other: True
    __hash__ = None
class Hostile:
    def __getattr__(self, name): raise RuntimeError(name)
    __class__ = property(lambda self: 1 / 0)"""


@contextlib.contextmanager
def process(edition, *cells):
    """The process of a submission, which starts with this, and its answers."""
    submission = Process([START, *cells], edition)
    try:
        yield submission, {id: given for id, (given, *_) in submission.ask({"answers": True})["answers"].items()}
    finally:
        submission.end()


PRINTS = "for _ in range(100):\n    print('x' * 5_000_000)\n    sys.stderr.write('x' * 5_000_000)"
MAGICS = ["%matplotlib inline\n%pip install evil\nx = 3", "%%time\ny = 4", "?print", "files = !ls /\nz = 5"]
MAGICS += ["%%bash\nls"]
STARTS = "import threading\nthreading.Thread(target=time.sleep, args=(1000,)).start()\ncheck('pid', os.getpid())"
CONNECTS = """try:
    socket.create_connection(("127.0.0.1", {}))
except OSError as error:
    check("connects", str(error))"""
BEHIND = f"""import builtins, _posixsubprocess
def tries(what):
    try:
        what()
    except BaseException as error:
        return type(error).__name__
    return "done"
true, none = [b"/bin/true"], [None] * 3
start = true, true, True, (), None, None, *[-1] * 6, 5, 6, True, False, 0, *none, -1, None, False
real, builtins.isinstance = builtins.isinstance, lambda *_: False
found = [tries(what) for what in (
    lambda: open({str(CHECKS)!r}),
    lambda: open("/etc/passwd"),
    lambda: open("/tmp/mmlab-was-here", "w"),
    lambda: os.listdir({str(ROOT)!r}),
    lambda: _posixsubprocess.fork_exec(*start),
    lambda: socket.socket(),
    lambda: os.mkfifo("/tmp/mmlab-was-here"),
    lambda: os.chmod(sys.prefix, 0o755),
    lambda: os.mknod("here"),
    lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
)]
builtins.isinstance = real
check("behind", found)"""
"""Gets round the hook: what is left is what the kernel does."""


@pytest.fixture(scope="module")
def server():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        yield listening


@pytest.fixture(scope="module")
def odd(edition, server):
    """A submission that tries all of it, and its answers."""
    cells = [f"def answer(k):\n    {body}\ncheck({id!r}, answer)" for id, (body, _) in ODD.items()]
    cells += [f"{DONE}\ncheck('fine', answer)", CLASSES + "\ncheck('hostile value', Hostile())"]
    cells += [CONNECTS.format(server.getsockname()[1]), BEHIND, STARTS, "check('magics', (x, y, z, files))"]
    most = "resource.getrusage(0).ru_maxrss"  # which begins at that of the process that started this one
    cells += ["check('folder', os.listdir('.'))", f"check('kB before', {most})", PRINTS, f"check('kB', {most})"]
    with process(edition, *MAGICS, *cells) as made:
        yield made


@pytest.fixture(scope="module")
def exercise():
    return replace(next(one for one in exercises_of("02") if one.id == "neutral-spread"), seconds=1.0)


@pytest.mark.parametrize("id", ODD)
def test_what_is_odd_is_not_right_and_has_a_sentence_and_what_follows_is_graded(odd, exercise, id):
    submission, answers = odd
    verdict = judged(exercise, Answer(answers[id], exercise.takes))
    assert verdict.status == "not yet"
    assert re.search(ODD[id][1], verdict.message)
    assert len(verdict.message) < 1000
    assert judged(exercise, Answer(answers["fine"], exercise.takes))
    assert not submission.ended


def test_a_hostile_value_harms_no_other_answer(odd, exercise):
    assert judged(exercise, Answer(odd[1]["hostile value"], exercise.takes)).status == "not yet"


def test_what_is_written_stays_in_its_folder_and_is_small(odd, exercise):
    folder = Path(odd[0].folder.name)
    for id in ("writes a large file", "writes many files", "writes by a data base"):
        judged(exercise, Answer(odd[1][id], exercise.takes))
    assert not Path("/tmp/mmlab-was-here.db").exists()
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) <= 2**20


def test_no_connection_is_opened(odd, server):
    assert "not permitted" in odd[1]["connects"] or "may not do" in odd[1]["connects"]
    with pytest.raises(TimeoutError):
        server.accept()


def has_landlock():
    return sys.platform == "linux" and ctypes.CDLL(None).syscall(444, None, 0, 1) >= 1


@pytest.mark.skipif(not has_landlock(), reason="this kernel has no Landlock")
def test_the_kernel_refuses_what_gets_round_pythons_hook(odd):
    assert {*odd[1]["behind"]} == {"PermissionError"}
    assert not Path("/tmp/mmlab-was-here").exists()


def test_a_gigabyte_that_is_printed_takes_no_memory_and_no_disk(odd):
    assert odd[1]["kB"] - odd[1]["kB before"] < 200_000 * (1024 if sys.platform == "darwin" else 1)
    assert odd[1]["folder"] == []
    assert odd[0].pending == b""


def test_magics_pass_and_commands_are_refused_with_a_sentence(odd):
    assert odd[1]["magics"] == (3, 4, 5, [])
    mishaps = dict(odd[0].ask({"answers": True})["mishaps"])
    assert mishaps == {
        n: f"`{command}` was not run: a submission runs no commands"
        for n, command in ((2, "%pip install evil"), (5, "!ls /"), (6, "%%bash"))
    }


def test_what_is_started_ends_with_it_and_its_folder_goes(edition):
    with process(edition, STARTS) as (submission, answers):
        os.kill(answers["pid"], 0)
        assert Path(submission.folder.name).exists()
    with pytest.raises(ProcessLookupError):
        os.kill(answers["pid"], 0)
    assert not Path(submission.folder.name).exists()


DEEP = """import builtins
builtins.isinstance = lambda *_: False
for _ in range(1500): os.mkdir("d", 0o300); os.chdir("d")"""


def test_folders_in_folders_go_however_deep_they_are(edition):
    submission = Process([START, DEEP], edition)
    folder = Path(submission.folder.name)
    assert (folder / "d" / "d").exists()
    submission.end()
    assert not folder.exists()


CATCHES = """def catches(k):
    while True:
        try:
            sum(range(10**6))
        except BaseException:
            pass"""
CLOSES = "def closes(k):\n    os.closerange(3, 64)\n    time.sleep(1000)"
DIES = "def dies(k):\n    os._exit(0)"
FORGED = {
    "no line of JSON": b"right\n",
    "no answer": b"[1]\n",
    "no value": b'{"value":{"is":"os.system","with":{}}}\n',
    "a class that is none of mmlab's": b'{"value":{"is":"quotes.np","with":{}}}\n',
    "deep": b'{"value":' + b'{"list":[' * 300 + b"]}" * 300 + b"}\n",
    "deeper": b"[" * 100_000 + b"\n",
    "a large word": b'{"value":{"array":"<U900000000","shape":[1],"of":["a"]}}\n',
    "a handle without a number": b'{"value":{"kept":{"callable":true}}}\n',
    "a function that was not lent": b'{"asks":-1,"with":[]}\n',
}


@pytest.mark.parametrize(
    ("source", "why"),
    [(CATCHES, "had not returned in time"), (CLOSES, "closed what it answers by"), (DIES, r"ended \(exit code 0\)")],
)
def test_what_cannot_go_on_is_ended_with_a_sentence(edition, exercise, source, why):
    name = source.removeprefix("def ").partition("(")[0]
    with process(edition, f"{source}\ncheck('x', {name})") as (submission, answers):
        submission.allow(0.5)
        verdict = judged(exercise, Answer(answers["x"], exercise.takes))
        assert re.search(why, verdict.message)
        assert submission.ended


class Forger(Process):
    module = "forger"


FORGES = f"""import os, sys
forged, back = {FORGED!r}, int(sys.argv[2])
os.read(int(sys.argv[1]), 100_000)
os.write(back, b'{{"ran":0}}\\n')
asked = os.read(int(sys.argv[1]), 100_000)
os.write(back, forged[__import__("json").loads(asked)["object"]])
os.read(int(sys.argv[1]), 100_000)"""


@pytest.mark.parametrize("line", FORGED)
def test_what_writes_to_the_grader_is_no_answer(tmp_path, exercise, line):
    (tmp_path / "forger").mkdir()
    (tmp_path / "forger" / "forger.py").write_text(FORGES)
    forger = Forger([], tmp_path / "forger", seconds=20.0)
    try:
        answer = forger._remote({"number": 0, "name": "forges", "callable": True, "empty": False})
        answer._handle["number"] = line
        assert judged(exercise, Answer(answer, exercise.takes)).status == "not yet"
    finally:
        forger.end()


def test_who_falsifies_its_own_end_of_the_talk_gets_nothing(edition, tmp_path, exercise):
    falsifies = """import sys
frame = sys._getframe()
while "submission" not in frame.f_locals: frame = frame.f_back
type(frame.f_locals["submission"]).do = lambda *_: {"answers": [1, 2]}"""
    file = tmp_path / "a.ipynb"
    cells = [nbformat.v4.new_code_cell(cell) for cell in (START, falsifies, f"{DONE}\ncheck('neutral-spread', answer)")]
    file.write_text(nbformat.writes(nbformat.v4.new_notebook(cells=cells)))
    own = scoring.graded(Handed("a", file), [exercise, exercise], edition, 1, "02")
    assert [(one.score, one.sentence) for one in own.grades] == [
        (0.0, "The notebook could not be run: what wrote to the grader was no answer")
    ] * 2


def test_a_submission_has_a_limit_in_all(edition, tmp_path, exercise, monkeypatch):
    monkeypatch.setattr(scoring, "MOST_SECONDS", 0)
    (tmp_path / "a.ipynb").write_text('{"cells": []}')
    own = scoring.graded(Handed("a", tmp_path / "a.ipynb"), [exercise], edition, 1, "02")
    assert [one.sentence for one in own.grades] == ["The notebook could not be run: it took more than 0 s in all."]


def test_the_cells_together_have_a_limit(edition):
    start = time.monotonic()
    with pytest.raises(Ended, match="had not returned in time"):
        Process(["import time\ntime.sleep(1000)"], edition, seconds=3.0)
    assert time.monotonic() - start < 60
