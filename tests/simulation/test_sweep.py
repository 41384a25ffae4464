"""sweep: the same numbers wherever they come from, nothing lost, nothing done again; what cannot be is a sentence."""

import functools
import itertools
import math
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mmlab
from mmlab import Market, ParameterError, Symmetric, sweep
from mmlab.files import FileError
from mmlab.simulation import Sweep
from tests.simulation import swept

GRID = {"risk_aversion": np.linspace(0.05, 0.5, 4), "n_steps": (10, 20, 30)}
posix = pytest.mark.skipif(sys.platform == "win32", reason="a signal that cannot be caught is POSIX's")


@pytest.fixture(scope="module")
def serial():
    return sweep(swept.drawn, GRID, seed=7)


def pool(n=2):
    return ProcessPoolExecutor(n, mp_context=multiprocessing.get_context("spawn"))


@pytest.fixture(scope="module")
def processes():
    with pool() as executor:
        yield executor


class Reversed(Executor):
    """Takes what is out to be done at once, and the last first."""

    _max_workers = 5

    def __init__(self):
        self.out = []

    def submit(self, function, /, *args):
        self.out.append((future := Future(), function, args))
        if len(self.out) == 6:
            threading.Thread(target=self.work).start()
        elif len(self.out) == 1:
            threading.Timer(0.3, self.work).start()
        return future

    def work(self):
        while self.out:
            future, function, args = self.out.pop()
            future.set_result(function(*args))


def test_each_setting_draws_from_the_child_of_its_place(serial):
    children = np.random.SeedSequence(7).spawn(12)
    points = itertools.product(GRID["risk_aversion"], GRID["n_steps"])
    assert serial.results == [swept.drawn(*point, seed) for point, seed in zip(points, children, strict=True)]


def test_threads_and_processes_give_the_same_numbers(serial, processes):
    with ThreadPoolExecutor(3) as threads:
        assert sweep(swept.drawn, GRID, seed=7, executor=threads).results == serial.results
    assert sweep(swept.drawn, GRID, seed=7, executor=processes).results == serial.results


def test_neither_order_nor_chunks_change_a_number(serial, monkeypatch):
    assert sweep(swept.drawn, GRID, seed=7, executor=Reversed()).results == serial.results
    many = {"x": range(5000), "y": [1]}
    with ThreadPoolExecutor(2) as threads:  # of so many in a millisecond, chunks grow
        found = sweep(lambda x, y, seed: (x, seed.spawn_key), many, seed=1, executor=threads)
    assert found.results == [(x, (x,)) for x in range(5000)]


def test_a_seed_sequence_is_left_as_it_was_and_its_next_children_are_taken(serial):
    seed = np.random.SeedSequence(7)
    assert sweep(swept.drawn, GRID, seed=seed).results == serial.results
    assert seed.n_children_spawned == 0
    seed.spawn(5)
    later = sweep(lambda x, seed: seed.spawn_key, {"x": range(3)}, seed=seed)
    assert later.results == [child.spawn_key for child in seed.spawn(3)]


def test_a_function_without_a_seed_gets_none():
    assert sweep(lambda x: x, {"x": [1, 2]}, seed=3).results == [1, 2]


market, model = Market.avellaneda_stoikov_2008(), Symmetric(half_spread=0.7)


@pytest.mark.parametrize(
    ("grid", "settings"),
    [
        ({}, []),
        ([], []),
        ({"x": [], "y": [1]}, []),
        ({"x": 1}, [(1,)]),
        ({"x": "text", "y": range(2)}, [("text", 0), ("text", 1)]),
        ({"x": np.eye(2)}, [([1.0, 0.0],), ([0.0, 1.0],)]),
        ({"x": (n for n in "ab"), "y": np.array(["c"])}, [("a", "c"), ("b", "c")]),
        (
            {"x": market, "y": [model, replace(model, half_spread=1.0)]},
            [(market, model), (market, Symmetric(half_spread=1.0))],
        ),
        ([{"x": 1}, {"x": 2, "y": 3}], [(1,), (2, 3)]),
    ],
)
def test_a_grid_is_all_combinations_or_its_rows(grid, settings):
    found = sweep(lambda **setting: tuple(setting.values()), grid)
    assert [
        tuple(np.asarray(x).tolist() if isinstance(x, np.ndarray) else x for x in one) for one in found.results
    ] == settings
    assert len(found) == len(settings) == len(list(found.settings))


def test_what_raises_is_a_sentence_and_the_rest_goes_on(processes, tmp_path):
    for options in ({}, {"executor": processes}, {"store": tmp_path}, {"store": tmp_path}):
        found = sweep(swept.no_threes, {"x": range(6)}, **options)
        assert found.failed == {3: "ValueError: no threes"}
        assert [x[1] for i, x in enumerate(found.results) if i != 3] == [0, 1, 2, 4, 5]
    assert found.table().rows[3] == ("3", "ValueError: no threes")
    refused = sweep(swept.exact, {"risk_aversion": [-1.0, 0.1]})
    assert refused.failed[0].startswith("risk_aversion (γ) must be a finite number")


def test_the_table_has_units_and_a_column_for_each_name_of_a_result(serial):
    table = serial.table(units={"mean": "price · clip"})
    assert table.head == ("risk_aversion (γ) [1/(price·clip)]", "n_steps", "mean [price · clip]", "sd")
    assert len(table.rows) == 12
    assert table.rows[5] == ("0.2", "30", *(f"{serial.results[5][name]:.4g}" for name in ("mean", "sd")))


def test_results_come_one_by_one_and_a_loop_may_end_the_work():
    began = []
    going = Sweep(lambda x: began.append(x) or x * x, {"x": range(100)})
    for setting, result in going:
        assert result == setting["x"] ** 2
        if result == 9:
            break
    assert began == [0, 1, 2, 3]
    for _, result in going:
        if result == 25:
            going.cancel()
    assert began == list(range(6))
    assert going.results[:7] == [0, 1, 4, 9, 16, 25, "not done"]
    assert going.run().results == [x * x for x in range(100)]
    assert began == list(range(100))


def test_what_threads_have_done_by_a_cancel_is_kept(tmp_path):
    with ThreadPoolExecutor(2) as threads:
        going = Sweep(swept.noted, {"x": range(200), "folder": str(tmp_path), "wait": 0.001}, executor=threads)
        for _ in going:
            going.cancel()
    assert 0 < len(swept.calls(tmp_path)) < 200
    with ThreadPoolExecutor(2) as threads:
        assert going.run(threads).results == [x * x for x in range(200)]


def test_progress_counts_up_to_all(serial):
    counted = []
    sweep(lambda x: x, {"x": range(5)}, progress=lambda done, total: counted.append((done, total)))
    assert counted == [(n, 5) for n in range(1, 6)]


def test_a_terminal_shows_a_line_for_what_takes_a_second(capsys, monkeypatch):
    now = itertools.count()
    monkeypatch.setattr("mmlab.simulation.sweep_progress.time.monotonic", lambda: float(next(now)))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    sweep(abs, [{}] * 0)
    sweep(lambda x: x, {"x": range(1500)})
    sweep(lambda x: x, {"x": range(5)}, progress=False)
    shown = capsys.readouterr().err
    assert shown.endswith("1,500 of 1,500 settings are done\n")
    assert " of 5 " not in shown


numbers = st.floats() | st.integers() | st.booleans() | st.none() | st.text(max_size=5)
arrays = (
    st.lists(st.floats(), max_size=3).map(np.array) | st.floats(width=32).map(np.float32) | st.floats().map(np.float64)
)
results = st.recursive(
    numbers | arrays,
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.lists(inside, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=3) | st.integers(), inside, max_size=3)
    ),
    max_leaves=8,
)


def same(one, other):
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()
    return one == other or (one != one and other != other)


@given(st.lists(results, min_size=1, max_size=3))
def test_a_store_gives_back_each_bit_and_type(tmp_path_factory, values):
    folder = tmp_path_factory.mktemp("store")
    grid = {"x": range(len(values))}
    sweep(lambda x: values[x], grid, store=folder)
    assert same(sweep(lambda x: values[x], grid, store=folder).results, values)


def power(base, exp):
    return base**exp


def test_a_whole_number_of_any_length_is_stored(tmp_path):
    numbers = {"base": [10, -10], "exp": [5001]}
    sweep(power, numbers, store=tmp_path)
    assert Sweep(power, numbers, store=tmp_path).results == [10**5001, -(10**5001)]


@pytest.mark.parametrize("line", ["5", "[[9],[1]]", "[[-1],[1]]", "[[0,1],[1]]", '[[0],[["array","?"]]]', "[[0],[[]]]"])
def test_a_store_with_a_line_that_no_sweep_wrote_is_refused_with_a_sentence(tmp_path, line):
    sweep(square, {"x": range(3)}, store=tmp_path)
    with (tmp_path / "results.jsonl").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(FileError, match="has a line that no sweep wrote"):
        sweep(square, {"x": range(3)}, store=tmp_path)


def test_what_is_stored_is_not_done_again_and_a_line_that_is_cut_off_is(tmp_path):
    store, grid = tmp_path / "deep" / "store", {"x": range(20), "folder": str(tmp_path)}
    first = sweep(swept.noted, grid, store=store)
    lines = (store / "results.jsonl").read_bytes()
    (store / "results.jsonl").write_bytes(lines[:-10])
    again = sweep(swept.noted, grid, store=store)
    assert again.results == first.results == [x * x for x in range(20)]
    assert swept.calls(tmp_path) == sorted([*range(20), 19])
    with ThreadPoolExecutor(1) as executor:
        pass
    assert sweep(swept.noted, grid, store=store, executor=executor).results == first.results  # which is shut: unasked


def runs(pid):
    """Whether a process does, where there is /proc."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


PROGRAM = """
import sys
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
from mmlab import sweep
from tests.simulation import swept

folder, n_workers = sys.argv[1], int(sys.argv[2])
if __name__ == "__main__":
    grid = {"x": range(40), "folder": folder, "wait": 0.05}
    if n_workers:
        with ProcessPoolExecutor(n_workers, mp_context=multiprocessing.get_context("spawn")) as executor:
            sweep(swept.noted, grid, executor=executor, store=folder + "/store")
    else:
        sweep(swept.noted, grid, store=folder + "/store")
"""


@posix
@pytest.mark.parametrize("n_workers", [0, 2])
def test_a_caller_that_is_killed_repeats_no_more_than_what_each_worker_was_at(n_workers, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen([sys.executable, program, tmp_path, str(n_workers)], env=environment)
    results = tmp_path / "store" / "results.jsonl"
    while not results.exists() or results.read_bytes().count(b"\n") < 5:
        assert run.poll() is None
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL)
    run.wait()
    quiet, last = time.monotonic(), swept.calls(tmp_path)
    while time.monotonic() - quiet < 0.5 or any(map(runs, swept.workers(tmp_path))):  # its orphans end, too
        assert time.monotonic() - quiet < 60
        time.sleep(0.05)
        if (now := swept.calls(tmp_path)) != last:
            quiet, last = time.monotonic(), now
    before = len(last)
    assert 5 <= before < 40
    found = sweep(swept.noted, {"x": range(40), "folder": str(tmp_path), "wait": 0.05}, store=tmp_path / "store")
    assert found.results == [x * x for x in range(40)]
    per_chunk = 1 + math.ceil(0.25 / 0.05)
    repeated = len(swept.calls(tmp_path)) - 40
    assert repeated <= (1 if n_workers == 0 else (2 * n_workers + 1) * per_chunk)


@posix
def test_a_worker_that_dies_is_told_of_and_nothing_is_lost(tmp_path):
    grid = {"x": range(30), "folder": str(tmp_path), "fatal_at": 11}
    with pool() as executor, pytest.warns(RuntimeWarning, match="A worker was lost.* settings are done, and kept in"):
        first = sweep(swept.fatal, grid, executor=executor, store=tmp_path / "store")
    done = [x for x in range(30) if x not in first.failed]
    assert "A worker was lost" in first.stopped
    with pytest.raises(ParameterError, match="takes no work"):
        sweep(swept.fatal, grid, executor=executor, store=tmp_path / "store")
    before = swept.calls(tmp_path)
    with pool() as executor:
        assert sweep(swept.fatal, grid, executor=executor, store=tmp_path / "store").results == [
            x * x for x in range(30)
        ]
    again = swept.calls(tmp_path)
    assert all(again.count(x) == before.count(x) == 1 for x in done)


def interrupted_at(at):
    def function(x):
        if x == at:
            raise KeyboardInterrupt
        return x

    return function


def test_an_interrupt_keeps_what_is_done_and_ends_a_program(tmp_path, capsys):
    with pytest.raises(KeyboardInterrupt):
        sweep(interrupted_at(3), {"x": range(6)}, store=tmp_path)
    assert f"Interrupted: 3 of 6 settings are done, and kept in {tmp_path}" in capsys.readouterr().out
    assert len((tmp_path / "results.jsonl").read_bytes().splitlines()) == 3


@pytest.mark.parametrize("threads", [0, 2])
def test_in_a_notebook_an_interrupt_gives_what_is_done(threads, capsys, monkeypatch):
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    executor = ThreadPoolExecutor(threads) if threads else None
    going = sweep(interrupted_at(3), {"x": range(6)}, executor=executor)
    assert going.results[3] == "not done"
    assert set(going.results[:3]) <= {0, 1, 2, "not done"}
    assert "settings are done, and kept here; call its run()" in capsys.readouterr().out
    going.function = int
    monkeypatch.setattr(going, "function", lambda x: x)
    assert going.run().results == list(range(6))


def square(x):
    return x * x


REFUSED = {
    "a Generator": (
        lambda: sweep(swept.drawn, GRID, seed=np.random.default_rng(1)),
        "seed is a Generator, which each spawn",
    ),
    "a half": (lambda: sweep(swept.drawn, GRID, seed=0.5), "seed must be a whole number"),
    "below 0": (lambda: sweep(swept.drawn, GRID, seed=-1), "seed must be a whole number of at least 0"),
    "two seeds": (lambda: sweep(swept.drawn, GRID | {"seed": [1]}, seed=1), "seed is given, and a name in grid"),
    "no seed": (lambda: sweep(swept.drawn, GRID), "missing a required argument: 'seed'"),
    "another name": (lambda: sweep(square, {"y": [1]}), "function cannot be called with a setting"),
    "no function": (lambda: sweep(3, {"y": [1]}), "function must be one"),
    "no grid": (lambda: sweep(square, 3), "grid must map names to values, or be rows that do; got 3"),
    "no names": (lambda: sweep(square, {1: [1]}), "grid must map names"),
    "a set": (lambda: sweep(square, {"x": {1, 2}}), "a set, which has no order"),
    "too many": (lambda: sweep(square, {"x": range(10**7 + 1)}), "A grid of 10,000,001 settings needs a store"),
    "no executor": (lambda: sweep(square, {"x": [1]}, executor="dask"), "executor must have `submit`"),
    "a history": (lambda: sweep(swept.day_of_numbers, {"n": [10, 2**18]}), "takes 2.0 MB.*a mean"),
    "no number": (lambda: sweep(lambda x: object(), {"x": [1]}, store="made"), "A store keeps numbers.*got a object"),
    "a store that is a file": (lambda: sweep(square, {"x": [1]}, store=__file__), "is no folder"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_in_a_sentence(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, words = REFUSED[case]
    with pytest.raises(ParameterError, match=words) as error:
        call()
    assert "\n" not in str(error.value)


def test_an_executor_that_is_shut_is_refused():
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    with pytest.raises(ParameterError, match=r"takes no work .*If it is shut, make a new one"):
        sweep(square, {"x": [1]}, executor=executor)


def test_an_executor_that_is_shut_half_way_keeps_what_is_done():
    executor = ThreadPoolExecutor(1)
    going = Sweep(square, {"x": range(50)}, executor=executor)

    def shut_it():
        for _ in going:
            executor.shutdown(wait=False)

    with pytest.warns(RuntimeWarning, match=r"takes no more work.*settings are done, and kept here"):
        shut_it()
    assert 0 < len(going.failed) < 50
    assert going.run(ThreadPoolExecutor(1)).results == [x * x for x in range(50)]


OTHERS = {
    "function": dict(function=lambda x, y=1: x + y),
    "code": dict(function=functools.partial(square)),
    "seed": dict(seed=2),
    "values of x in its grid": dict(grid={"x": [1, 2, 4]}),
    "rows of its grid": dict(grid=[{"x": 1}]),
}


def seeded(x, seed):
    return x


@pytest.mark.parametrize("other", OTHERS)
def test_a_store_of_another_sweep_says_what_differs(other, tmp_path):
    own = dict(function=seeded, grid={"x": [1, 2, 3]}, seed=1)
    sweep(**own, store=tmp_path)
    kept = (tmp_path / "results.jsonl").read_bytes()
    with pytest.raises(FileError, match="another sweep's; what differs: .*" + other.replace("code", "function")):
        sweep(**own | OTHERS[other], store=tmp_path)
    assert (tmp_path / "results.jsonl").read_bytes() == kept


def test_a_store_of_another_version_or_code_says_so(tmp_path, monkeypatch):
    sweep(lambda x: x + 1, {"x": [1]}, store=tmp_path)
    sweep(lambda x: x + 1, {"x": [1]}, store=tmp_path)
    with pytest.raises(FileError, match="what differs: function"):
        sweep(lambda x: x + 2, {"x": [1]}, store=tmp_path)
    monkeypatch.setattr(mmlab, "__version__", "9.9.9")
    with pytest.raises(FileError, match="what differs: version of mmlab"):
        sweep(lambda x: x + 1, {"x": [1]}, store=tmp_path)
    (tmp_path / "sweep.json").write_text("[1]")
    with pytest.raises(FileError, match="is no sweep's"):
        sweep(lambda x: x + 1, {"x": [1]}, store=tmp_path)


def test_processes_refuse_a_lambda_and_a_notebooks_function(processes):
    with pytest.raises(ParameterError, match=r"cannot be sent to another process.*cloudpickle: Dask's Client"):
        sweep(lambda x: x, {"x": [1]}, executor=processes)
    program = """
from concurrent.futures import ProcessPoolExecutor
import multiprocessing
from mmlab import sweep
def cell(x):
    return x
with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as executor:
    sweep(cell, {"x": [1]}, executor=executor)
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment)
    assert "does not see what a notebook defines. Define it in a module" in run.stderr.splitlines()[-1]


def test_without_an_executor_neither_threads_nor_processes_are_asked_for():
    program = (
        "import sys, mmlab; mmlab.sweep(lambda x: x, {'x': [1]});"
        "print({'concurrent.futures', 'multiprocessing'} & set(sys.modules), 'distributed' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)
    assert run.stdout == "set() False\n"
