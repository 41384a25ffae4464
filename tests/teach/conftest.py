"""Every test begins like a fresh kernel: nothing guessed, no hint given, nothing checked."""

import pytest

from mmlab.teach.exercises import _checked_in, _hints_given, _verdicts
from mmlab.teach.predict import _guesses


@pytest.fixture(autouse=True)
def fresh_kernel():
    _guesses.clear()
    _checked_in.clear()
    _hints_given.clear()
    _verdicts.clear()
    yield
    _guesses.clear()
    _checked_in.clear()
    _hints_given.clear()
    _verdicts.clear()
