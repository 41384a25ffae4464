"""What goes to one worker of pytest-xdist together: a notebook's cells, the tests of a file, those of one explorer."""

from __future__ import annotations

import re
from typing import Any

import pytest

SPLIT = ("test_explorers.py", "test_screen.py", "test_lab.py")
"""Files whose tests are many for each chapter or explorer: these go to workers of their own."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """Schedule by group; not by xdist's own marks, which pytest 9.2's node ids do not carry."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path, _, test = nodeid.partition("::")
            kind = path.endswith(SPLIT) and re.search(r"chapter\d\d|\w+Explorer|QuotingGame|Dashboard", test)
            return f"{path} {kind[0]}" if kind else path

    return ByGroup(config, log)
