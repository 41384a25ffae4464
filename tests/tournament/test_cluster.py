"""A tournament whose hours Dask's workers play."""

import sys

import pytest

from mmlab.tournament.__main__ import main
from mmlab.tournament.hours import Conditions


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr("mmlab.tournament.__main__.Conditions", lambda: Conditions(n_steps=12, foresight=3))
    for name in ("a.py", "b.py"):
        assert main(["--new", str(tmp_path / name)]) == 0
    return tmp_path


def test_without_dask_a_sentence_says_what_is_missing(folder, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert main([str(folder), "--cluster", "tcp://scheduler:8786", "--out", str(folder / "out")]) == 1
    assert "--cluster needs Dask" in capsys.readouterr().err
    assert not list((folder / "out").glob("*.*"))


@pytest.mark.cluster
@pytest.mark.filterwarnings("default")
def test_a_cluster_plays_the_same_league(folder, capsys):
    from distributed import LocalCluster

    def league(*words):
        out = folder / f"out{len(words)}"
        assert main([str(folder), "--hours", "7", "--seed", "5", "--jobs", "2", "--out", str(out), *words]) == 0
        return (out / "league.csv").read_text()

    options = dict(n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=folder / "dask")
    with LocalCluster(**options) as cluster:
        assert league("--cluster", cluster.scheduler_address) == league()
    assert "7 of 7 hours are played" in capsys.readouterr().out


@pytest.mark.cluster
def test_where_no_cluster_answers_a_sentence_says_so(folder, capsys):
    assert main([str(folder), "--cluster", "tcp://127.0.0.1:9", "--out", str(folder / "out")]) == 1
    assert "No cluster answers at tcp://127.0.0.1:9" in capsys.readouterr().err
