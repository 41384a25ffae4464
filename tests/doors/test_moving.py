"""Explorers that move without a kernel: what is computed for the site is what the Python engine shows, and no more."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmbook.ch00 import QuotingDayExplorer
from mmbook.ch01 import GlostenMilgromExplorer
from mmbook.ch02 import AvellanedaStoikovExplorer
from mmbook.ch10 import Dashboard
from mmbook.ch10.dashboard_by_time import DashboardByTime

from mmlab.doors import moving, sweep_file
from mmlab.doors.book import Book
from mmlab.doors.frames import frames, positions
from mmlab.doors.preset_file import LARGEST, MOST, opened, sweeps
from mmlab.doors.whole import BuildError
from mmlab.teach.panel import Panel
from tests.doors.moved import of_engine, of_file
from tests.mmbook.test_explorers import EXPLORERS
from tests.teach.test_explorer import Box

ROOT = Path(__file__).parents[2]
ALL = os.environ.get("MMLAB_CI") == "all"
THREE = [QuotingDayExplorer, GlostenMilgromExplorer, AvellanedaStoikovExplorer]


@pytest.mark.parametrize("kind", [*EXPLORERS, DashboardByTime] if ALL else THREE)
def test_each_attribute_at_both_ends_and_between_is_the_engines(kind: Any) -> None:
    swept, fresh = kind(), kind()
    for preset in list(swept.presets) if ALL else list(swept.presets)[:1]:
        header, paths = sweep_file.read(sweeps(swept, preset, most=4))
        assert [about["name"] for about in header["sliders"]] == list(swept.specs)
        for n, about in enumerate(header["sliders"]):
            low, high = swept.ends[about["name"]]
            assert (about["values"][0], about["values"][-1]) == (low, high)
            for position, shown in enumerate(of_engine(fresh, preset, about, about["values"])):
                assert of_file(header, paths, n, position) == shown


def test_a_sweep_stops_at_both_ends_and_at_its_start_and_nowhere_else_than_the_handle() -> None:
    box = Box()
    for preset in box.presets:
        box.choose(preset)
        for name, (low, high) in box.ends.items():
            for most in (3, 7, 31):
                values = positions(box, name, most)
                assert (values[0], values[-1]) == (low, high)
                assert box.at_rest[name] in values
                assert set(values) <= {*box.controls[name].stops}
                assert len(values) == len(set(values)) == min(most, len(box.controls[name].stops))


def test_a_sweep_leaves_the_explorer_where_it_was() -> None:
    box = Box()
    box.choose("wide")
    frames(box, "side", positions(box, "side", 5))
    assert box.values == box.at_rest
    box.reset()
    other = Box()
    other.choose("wide")
    assert box.panels[0].axes.get_xlim() == other.panels[0].axes.get_xlim()


def test_axes_are_those_of_all_its_pictures_but_no_further_than_two_from_rest() -> None:
    box = Box()
    _, axes = frames(box, "side", [0.0, 0.5, 1.0, 1.2])
    assert axes[0]["x"] == (0.0, 1.2)  # a picture at rest goes from 0 to 1
    _, axes = frames(box, "side", [0.0, 0.5, 1.0, 4.0])
    assert axes[0]["x"] == (0.0, 3.0)
    assert axes[1] == {}  # they are fixed there


def test_where_an_explorer_says_what_is_wrong_the_page_says_it_too() -> None:
    class Broken(Box):
        def readout(self, s: Any) -> str:
            if s.side > 2:
                raise ValueError("too wide")
            return super().readout(s)

    header, paths = sweep_file.read(sweeps(Broken(), "flat", most=5))
    texts = [[header["texts"][n] for n in words] for words in header["sliders"][0]["words"]]
    assert header["sliders"][0]["values"] == [0, 1, 2, 3, 4]
    assert [words == ["⚠ ValueError: too wide"] for words in texts] == [False] * 3 + [True] * 2
    assert [path[-1] == path[2] for path in paths[0][0]] == [True] * len(paths[0][0])  # the picture stays


def test_a_file_that_would_be_too_large_stops_at_fewer_positions(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = cache(lambda explorer, name, at: frames(explorer, name, at))  # once for both files
    monkeypatch.setattr(
        "mmlab.doors.frames.frames", lambda explorer, name, values: drawn(explorer, name, tuple(values))
    )
    explorer = QuotingDayExplorer()
    preset = next(iter(explorer.presets))
    whole = sweeps(explorer, preset)
    assert len(whole) < LARGEST
    header, _ = sweep_file.read(small := sweeps(explorer, preset, largest=len(whole) // 2))
    assert len(small) <= len(whole) // 2
    for about in header["sliders"]:
        low, high = explorer.ends[about["name"]]
        assert {low, high, explorer.at_rest[about["name"]]} <= {*about["values"]}
    assert min(len(about["values"]) for about in header["sliders"]) < MOST


def test_numbers_of_any_size_come_back() -> None:
    rng = np.random.default_rng(3)
    sizes = rng.integers(0, 99_990, (2, 60)) * rng.choice([-1, 1], (2, 60))
    states = [(b"\0" + b"\1" * 58 + b"\1", sizes), (b"\0" + b"\1" * 58 + b"\1", sizes + 1), (b"", sizes[:, :0])]
    states += [states[1], states[1]]
    octets = sweep_file.coded(sweep_file.differences(states))
    header = {"sliders": [{"values": [0] * 5, "paths": [1]}]}
    _, ((((*back,),),),) = sweep_file.read(sweep_file.packed(header, octets))
    assert back == [sweep_file.written(state) for state in states]
    assert [np.array_equal(sweep_file.parsed(data)[1], state[1]) for data, state in zip(back, states, strict=True)]


LINES = "from mmbook.ch00 import DiceTable\nDiceTable()"


def test_sweeps_are_computed_once_and_a_changed_wheel_computes_them_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (place,) = moving.computed(ROOT, [LINES], tmp_path).values()
    assert "1 of 1 explorers swept" in capsys.readouterr().out
    assert sorted(path.name for path in place.iterdir()) == ["0.sweep", "1.sweep", "2.sweep", "about.json"]
    assert moving.computed(ROOT, [LINES], tmp_path) == {LINES: place}
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(moving, "version", lambda name: "another")
    assert moving.computed(ROOT, [LINES], tmp_path) != {LINES: place}


def test_whatever_of_the_doors_makes_a_file_makes_it_anew_when_it_changes() -> None:
    sweep = "from mmlab.doors.preset_file import *; sweeps(opened({!r}), 'table 1: nobody has seen a die', most=3)"
    loaded = "import sys; print(*(name for name in sys.modules if name.startswith('mmlab.doors.')))"
    command = [sys.executable, "-c", f"{sweep.format(LINES)}; {loaded}"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert {f"{name.rpartition('.')[2]}.py" for name in ended.stdout.split()} == {*moving.MAKERS}


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="asks Linux which processes there are")
def test_a_build_that_is_killed_leaves_nobody_at_work(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    lines = f"import os, time\nopen({str(pid)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\nNone"
    build = f"moving.computed(Path({str(ROOT)!r}), [{lines!r}], Path({str(tmp_path)!r}))"
    build = f"from pathlib import Path; from mmlab.doors import moving; {build}"
    builder = subprocess.Popen([sys.executable, "-c", build], cwd=ROOT)
    try:
        wait(lambda: pid.exists() and pid.read_text())
        worker = int(pid.read_text())
        assert works(worker)
    finally:
        builder.kill()
        builder.wait()
    wait(lambda: not works(worker))


def wait(until: Callable[[], object]) -> None:
    """At most a minute: this machine may be busy."""
    end = time.monotonic() + 60
    while not until():
        assert time.monotonic() < end
        time.sleep(0.05)


def works(process: int) -> bool:
    """Whether it is there and no zombie that nobody has waited for."""
    try:
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def test_an_explorer_that_cannot_be_moved_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"cannot be moved[^:]*No module named[^:]*:\nfrom mmbook.ch97"):
        moving.computed(ROOT, ["from mmbook.ch97 import X\nX()"], tmp_path)
    assert list(tmp_path.glob("moving/*")) == []


def test_chapters_are_named_by_their_numbers() -> None:
    book = Book(ROOT / "notebooks")
    assert list(moving.explorers(book, "none")) == []
    assert [lines.splitlines()[0] for lines in moving.explorers(book, "02,05")] == [
        "from mmbook.ch02 import AvellanedaStoikovExplorer",
        "from mmbook.ch05 import CarteaJaimungalExplorer",
        "from mmbook.ch05 import CarteaJaimungalSignalExplorer",
    ]
    assert len(list(moving.explorers(book, "all"))) == len(EXPLORERS)
    with pytest.raises(BuildError, match=r"--moving is all, none, or chapters such as 02,08; there is no chapter '2'"):
        list(moving.explorers(book, "2"))


def test_what_stands_under_a_picture_says_where_its_sweeps_are(tmp_path: Path) -> None:
    place = tmp_path / "cache" / "Box-1"
    place.mkdir(parents=True)
    (place / "about.json").write_text(json.dumps({"title": 'A "box"', "lines": "x"}))
    (place / "0.sweep").write_bytes(b"0")
    static = tmp_path / "_static"
    static.mkdir()
    under = moving.write({"box": place}, static)
    assert [path.name for path in (static / "moving" / "Box-1").iterdir()] == ["0.sweep"]
    assert "&quot;../_static/moving/Box-1/&quot;" in under("box", 1, lite=False)
    assert "&quot;../lite/repl/index.html&quot;" in under("box", 1, lite=True)
    assert "lite" not in under("box", 1, lite=False)
    assert under("another", 0, lite=True) == ""
    assert "html[data-theme=dark]" in (static / "inks.css").read_text(encoding="utf-8")


def test_a_dashboard_moves_by_its_time_and_is_then_where_a_played_day_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Panel, "render", lambda panel: ("", ""))  # drawn for nobody
    explorer, played = opened("from mmbook.ch10 import Dashboard\nDashboard()"), Dashboard()
    assert (type(explorer), [*explorer.presets]) == (DashboardByTime, [*played.presets])
    played.set(steps_a_plot=40)
    for _ in range(3):
        played.step()
        for steps in (1000, played.live.n_steps):  # further, and back
            explorer.set(steps_done=steps)
        assert explorer.words == re.sub(", 40 steps a plot|  ?(Task|✔ Done).*", "", played.words)
        assert len(explorer.answer(explorer.values).alerts) == len(played.monitor.alerts)


def test_an_explorer_is_opened_where_its_cell_has_put_it() -> None:
    lines = "from mmbook.ch00 import DiceTable\nx = DiceTable()\nx.set(seed=5)\nx"
    assert opened(lines).values["seed"] == 5
