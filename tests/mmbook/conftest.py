"""Here too every test begins like a fresh kernel; chapters' own tests read words and states, and draw for nobody."""

from importlib import import_module

import pytest

from mmlab.teach.panel import Panel
from tests.teach.conftest import fresh_kernel as fresh_kernel


@pytest.fixture
def undrawn(monkeypatch):
    """All that an explorer or an answer says, computes and shows, of which no picture is laid out and written."""
    monkeypatch.setattr(Panel, "render", lambda panel: ("", ""))
    monkeypatch.setattr(import_module("mmlab.teach.predict"), "png", lambda figure: "")


@pytest.fixture(autouse=True)
def a_chapters_own_tests_are_undrawn(request):
    """Pictures are looked at in test_explorers.py, test_predict.py, test_game.py, test_dice.py, test_dashboard.py."""
    if request.path.name.startswith("test_ch"):
        request.getfixturevalue("undrawn")
