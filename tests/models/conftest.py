"""Forty digits to hold sixteen against."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest


@pytest.fixture(scope="session")
def log_ratios_to_forty_digits():
    """ln(v_q / v_{q+1}) of v = e^{Mτ} v(0), by one Taylor series of non-negative terms."""

    def log_ratios(bands, log_start, tau):
        with mpmath.workdps(40):
            below, here, above = (np.array([mpmath.mpf(x) for x in band]) * tau for band in bands)
            here = here - here.min()
            total = term = np.array([mpmath.exp(x) for x in log_start])
            m = 0
            while m % 50 or m < len(total) or max(term / total) > 1e-40:
                m += 1
                step = here * term
                step[1:] += below[1:] * term[:-1]
                step[:-1] += above[:-1] * term[1:]
                term = step / m
                total = total + term
            return np.array([float(mpmath.log(v / w)) for v, w in pairwise(total)])

    return log_ratios
