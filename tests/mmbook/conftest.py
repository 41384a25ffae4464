"""Here too every test begins like a fresh kernel; chapters' own tests read words and states, and draw for nobody."""

import pytest

from mmlab.teach.panel import Panel
from tests.teach.conftest import fresh_kernel as fresh_kernel


@pytest.fixture
def undrawn(monkeypatch):
    """All that an explorer says, computes and puts on its panels, of which no picture is laid out and written."""
    monkeypatch.setattr(Panel, "render", lambda panel: ("", ""))


@pytest.fixture(autouse=True)
def a_chapters_own_tests_are_undrawn(request):
    """Pictures are looked at in test_explorers.py, test_game.py, test_dice.py and test_dashboard.py."""
    if request.path.name.startswith("test_ch"):
        request.getfixturevalue("undrawn")
