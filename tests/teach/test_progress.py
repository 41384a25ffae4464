"""Long work: done in turn, told of while it lasts, and kept when it is interrupted."""

from __future__ import annotations

import pytest

from mmlab.teach import one_by_one, progress


@pytest.fixture
def shown(monkeypatch):
    updates = []

    class Handle:
        def display(self, data, raw):
            updates.append("begun")

        def update(self, data, raw):
            updates.append(data["text/plain"])

    monkeypatch.setattr(progress, "DisplayHandle", Handle)
    return updates


def test_short_work_shows_nothing(shown):
    assert one_by_one({"a": lambda: 1, "b": lambda: 2}) == {"a": 1, "b": 2}
    assert shown == []


def test_long_work_says_how_far_it_is(shown, monkeypatch):
    monkeypatch.setattr(progress, "WAIT", -1.0)
    assert one_by_one({"a": lambda: 1, "b": lambda: 2, "c": lambda: 3}) == {"a": 1, "b": 2, "c": 3}
    assert shown == ["begun", "1 of 3 done; now b", "2 of 3 done; now c", "3 of 3 done."]


def test_what_is_done_is_kept_when_it_is_interrupted(capsys):
    def stop():
        raise KeyboardInterrupt

    assert one_by_one({"a": lambda: 1, "b": stop, "c": lambda: 3}) == {"a": 1}
    assert "1 of 3 are done, and kept" in capsys.readouterr().out
