"""What all tests share: laws that hypothesis tries without a clock, and how far a sample may stand from the truth."""

import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from mmlab.market import read_lobster

tried = "100" if os.environ.get("MMLAB_CI") == "all" else "50"  # fewer where laws have been tried already
examples = int(os.environ.get("MMLAB_EXAMPLES", tried))
settings.register_profile("mmlab", deadline=None, derandomize=True, max_examples=examples)
settings.load_profile("mmlab")


@pytest.fixture(scope="session")
def sd_error():
    """The standard error of a sample's standard deviation: √[(m₄ − m₂²) / (4 m₂ n)], whatever the distribution."""

    def standard_error(sample, n=None):
        centred = sample - sample.mean()
        m2, m4 = np.mean(centred**2), np.mean(centred**4)
        return np.sqrt((m4 - m2**2) / (4 * m2 * (n or sample.size)))

    return standard_error


@pytest.fixture(scope="session")
def mean_error():
    """The standard error of a sample's mean."""

    def standard_error(sample, n=None):
        return sample.std() / np.sqrt(n or sample.size)

    return standard_error


@pytest.fixture(scope="session")
def real_day():
    """One recorded day of AMZN, which the project may read and not ship."""
    folder = Path(os.environ.get("MMLAB_DAYS", Path(__file__).parents[2] / "shared" / "data"))
    if not list(folder.glob("AMZN_*_message_1.csv")):
        pytest.skip(f"the real day is not here: no AMZN_*_message_1.csv in {folder} (MMLAB_DAYS names another folder)")
    return read_lobster(folder)
