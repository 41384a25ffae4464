"""No exercise of a lesson is solved by what stands above it: its stub, lines, functions, numbers, an answer.

Each notebook's own kernel looks, as nbval runs it (copying.py); here is that it looks everywhere, and that it sees.
"""

from __future__ import annotations

import json
from types import SimpleNamespace

import IPython
import numpy as np
import pytest

from mmlab.teach import check
from mmlab.teach.exercises import verdicts
from tests.mmbook.copying import Stand, copied, expressions, looks
from tests.mmbook.test_lessons import COUNTED, FIRST, NOTEBOOKS, exercises_of


@pytest.mark.parametrize("name", [FIRST, *COUNTED])
def test_a_kernel_looks_at_every_exercise(name: str, request: pytest.FixtureRequest) -> None:
    cells = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert sorted(id for id, _ in looks(code).values()) == exercises_of(name)
    its = [item for item in request.session.items if item.path == NOTEBOOKS / f"{name}.ipynb"]
    assert not its or len(its) == len(code) + len(looks(code))


def test_a_kernel_that_holds_an_answer_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    check("walk-the-book", ...)
    names = {"spread": ..., "_spread": 4 / 3}
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(user_ns=names))
    ((_, code),) = looks(["1 / k", 'check("neutral-spread", spread)']).values()
    exec(code)
    names["spread"] = 4 / 3
    with pytest.raises(AssertionError, match=r"neutral-spread is solved by what stands above it: \[1\.3"):
        exec(code)
    assert [*verdicts()] == ["walk-the-book"]
    names |= {"spread": ..., "k": 1.5}
    ((_, code),) = looks(["2 / k", 'check("neutral-spread", spread)']).values()
    with pytest.raises(AssertionError, match="neutral-spread is solved"):
        exec(code)


def test_what_stands_above_would_be_noticed() -> None:
    def above(k: float) -> float:
        return 2 / k

    def of_others(fill_decay: float, time_step: float, depth: float, arrival_rate: float) -> float:
        return np.minimum(1.0, arrival_rate * np.exp(-fill_decay * depth) * time_step)

    for names in ({"above": above}, {"number": 4 / 3}):
        assert copied("neutral-spread", Stand(names, (), None))
    assert copied("neutral-spread", Stand({}, tuple(expressions("spread = 2 / k, 0")), None))
    assert copied("fill-probability", Stand({"of_others": of_others}, (), None))
    assert not copied("neutral-spread", Stand({"number": 1.0}, tuple(expressions("spread = k / 2")), None))
