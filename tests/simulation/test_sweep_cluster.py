"""sweep on Dask's own workers: the same numbers, while one is killed, one is slow, and the caller itself is killed."""

import os
import signal
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest

from mmlab import ParameterError, sweep
from tests.simulation import swept

pytestmark = [pytest.mark.cluster, pytest.mark.filterwarnings("default")]
GRID = {"risk_aversion": np.linspace(0.05, 0.5, 6), "n_steps": (10, 20, 30, 40)}


@pytest.fixture
def cluster(tmp_path):
    import dask
    from distributed import LocalCluster

    options = dict(n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path / "dask")
    patience = {"distributed.deploy.lost-worker-timeout": "2 minutes", "distributed.scheduler.allowed-failures": 1}
    with dask.config.set(patience), LocalCluster(**options) as running:
        yield running


@pytest.fixture
def client(cluster):
    with cluster.get_client() as connected:
        connected.wait_for_workers(2)
        yield connected


def process_of(cluster, at):
    return cluster.workers[at].process.process.pid


def test_workers_of_dask_give_the_same_numbers(client):
    found = sweep(swept.drawn, GRID, seed=7, executor=client)
    assert found.results == sweep(swept.drawn, GRID, seed=7).results
    assert sweep(swept.exact, {"risk_aversion": [0.1, 0.2]}, executor=client).results == [
        swept.exact(0.1),
        swept.exact(0.2),
    ]
    executor = client.get_executor(pure=False)
    assert sweep(swept.drawn, GRID, seed=7, executor=executor).results == found.results


def test_what_is_defined_here_is_sent(client):
    three = 3
    found = sweep(lambda x, seed: (x * three, seed.spawn_key), {"x": [1, 1, 2]}, seed=1, executor=client)
    assert found.results == [(3, (0,)), (3, (1,)), (6, (2,))]
    assert sweep(swept.no_threes, {"x": [3]}, executor=client).failed == {0: "ValueError: no threes"}
    with pytest.raises(ParameterError, match=r"takes 2\.0 MB"):
        sweep(swept.day_of_numbers, {"n": [10, 2**18]}, executor=client)


def test_a_worker_that_is_killed_loses_nothing(cluster, client, tmp_path):
    killed = []

    def kill_one(done, total):
        if done >= 10 and not killed:
            killed.append(process_of(cluster, 0))
            os.kill(killed[0], signal.SIGKILL)

    grid = {"x": range(60), "folder": str(tmp_path), "wait": 0.05}
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # none: Dask's nanny has another worker do it
        found = sweep(swept.noted, grid, executor=client, progress=kill_one)
    assert killed
    assert found.results == [x * x for x in range(60)]
    assert len(swept.calls(tmp_path)) < 60 + 20


def test_with_no_nanny_the_other_worker_does_the_rest(tmp_path):
    from distributed import Client

    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--port", "0", "--no-dashboard"]
    scheduler = subprocess.Popen([*command, "--scheduler-file", tmp_path / "address"], stderr=subprocess.DEVNULL)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", tmp_path / "address"]
    command += ["--no-nanny", "--no-dashboard", "--nthreads", "1", "--local-directory", tmp_path]
    workers = [subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        while not (tmp_path / "address").exists():
            time.sleep(0.05)
        with Client(scheduler_file=tmp_path / "address") as client:
            client.wait_for_workers(2)

            def kill_one(done, total):
                if done >= 10:
                    workers[0].kill()

            grid = {"x": range(60), "folder": str(tmp_path), "wait": 0.05}
            found = sweep(swept.noted, grid, executor=client, progress=kill_one)
            assert found.results == [x * x for x in range(60)]
            assert len(client.nthreads()) == 1
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def test_only_the_setting_that_ends_workers_is_lost_and_it_is_told(client, tmp_path):
    grid = {"x": range(20), "folder": str(tmp_path), "fatal_at": 11, "once": False}
    with pytest.warns(RuntimeWarning, match=r"1 settings were lost: .*KilledWorker.* 19 of 20 settings are done"):
        found = sweep(swept.fatal, grid, executor=client, store=tmp_path / "store")
    assert list(found.failed) == [11]
    assert "KilledWorker" in found.failed[11]
    kept = (tmp_path / "store" / "results.jsonl").read_bytes()
    with pytest.warns(RuntimeWarning, match="19 of 20 settings are done, and kept in"):
        sweep(swept.fatal, grid, executor=client, store=tmp_path / "store")
    assert (tmp_path / "store" / "results.jsonl").read_bytes() == kept


def test_a_slow_worker_holds_up_no_more_than_what_it_is_at(cluster, client, tmp_path):
    slow = process_of(cluster, 0)
    grid = {"x": range(40), "folder": str(tmp_path), "wait": 0.1, "slow": slow}
    found = sweep(swept.noted_slowly, grid, executor=client)
    assert found.results == [x * x for x in range(40)]
    by_slow = len((tmp_path / f"{slow}.txt").read_text().split())
    assert 1 <= by_slow <= 12


PROGRAM = """
import sys
from distributed import Client
from mmlab import sweep
from tests.simulation import swept

folder, address = sys.argv[1:]
if __name__ == "__main__":
    with Client(address) as client:
        sweep(swept.noted, {"x": range(60), "folder": folder, "wait": 0.05}, executor=client, store=folder + "/store")
"""


def test_a_caller_that_is_killed_is_resumed(cluster, client, tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen([sys.executable, program, tmp_path, cluster.scheduler_address], env=environment)
    kept = tmp_path / "store" / "results.jsonl"
    while not kept.exists() or kept.read_bytes().count(b"\n") < 5:
        assert run.poll() is None
        time.sleep(0.01)
    run.kill()
    run.wait()
    time.sleep(1)  # the scheduler lets go of what a client that is gone has asked for
    grid = {"x": range(60), "folder": str(tmp_path), "wait": 0.05}
    found = sweep(swept.noted, grid, executor=client, store=tmp_path / "store")
    assert found.results == [x * x for x in range(60)]
    assert len(swept.calls(tmp_path)) <= 60 + 3 * 6  # three chunks of a quarter of a second were out


def test_a_client_that_is_closed_is_refused(cluster):
    with cluster.get_client() as client:
        pass
    with pytest.raises(ParameterError, match="takes no work"):
        sweep(swept.exact, {"risk_aversion": [0.1]}, executor=client)
