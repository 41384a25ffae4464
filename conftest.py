"""What goes to one worker of pytest-xdist together: a notebook's cells, a file, one explorer, all of the classroom."""

from __future__ import annotations

import re
from typing import Any

import pytest

SPLIT = ("test_explorers.py", "test_screen.py", "test_lab.py", "test_slides.py")
"""Files whose tests are many for each chapter or explorer: these go to workers of their own."""
CLASS = "tests/classroom/"
"""The student's edition is made once for the tests of this folder."""
LONG = (*SPLIT, "test_predict.py", CLASS, "notebooks/0", "notebooks/1", "tests/mmbook/")
"""What takes longest, which is begun with: short files at the end let all workers end together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what takes long first, and into the notebooks the looks for what solves an exercise above it."""
    from tests.mmbook.copying import with_looks

    items[:] = with_looks(items)
    places = {item: item.nodeid.partition("::")[0] for item in items}
    items.sort(key=lambda item: next((n for n, part in enumerate(LONG) if part in places[item]), len(LONG)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """Schedule by group; not by xdist's own marks, which pytest 9.2's node ids do not carry."""
    from xdist.scheduler import LoadScopeScheduling

    class ByGroup(LoadScopeScheduling):
        def __init__(self, config: Any, log: Any) -> None:
            super().__init__(config, log)
            config.option.loadscopereorder = False  # by how long they take, not by how many tests they hold

        def _split_scope(self, nodeid: str) -> str:
            path, _, test = nodeid.partition("::")
            kind = path.endswith(SPLIT) and re.search(r"chapter\d\d|\[\d\d_|\w+Explorer|QuotingGame|Dashboard", test)
            return f"{path} {kind[0]}" if kind else CLASS if CLASS in path else path

    return ByGroup(config, log)
