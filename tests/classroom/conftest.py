"""What submissions run in, made once for all tests of a worker: nothing that runs in it can write there."""

import pytest

from mmlab.classroom import grade
from mmlab.classroom.edition import grading_edition
from mmlab.classroom.start import prepare


@pytest.fixture(scope="session")
def edition(tmp_path_factory):
    made = grading_edition(tmp_path_factory.mktemp("there") / "edition")
    prepare(made)
    return made


@pytest.fixture
def one_edition(edition, monkeypatch):
    """Grading takes that; test_grading.py lets it make its own."""
    monkeypatch.setattr(grade, "grading_edition", lambda _: edition)
    monkeypatch.setattr(grade, "prepare", lambda _: None)
