"""A second method: the simplex with Bland's rule, which does not know what it solves."""

import numpy as np


def largest(gains, uses, limits):
    """The x ≥ 0 with the largest gains·x and uses x ≤ limits, none of these below 0."""
    n, m = len(gains), len(limits)
    rows = np.block([[uses, np.eye(m), np.reshape(limits, (m, 1))], [-np.asarray(gains), np.zeros(m + 1)]])
    basis = np.arange(n, n + m)
    while (enters := rows[-1, :-1] < -1e-11).any():
        column = int(np.argmax(enters))
        rising = np.flatnonzero(rows[:-1, column] > 1e-11)
        assert len(rising), "the gain has no limit"
        ratios = rows[rising, -1] / rows[rising, column]
        ties = rising[ratios <= ratios.min() + 1e-15]
        leaves = ties[np.argmin(basis[ties])]
        pivot = rows[leaves] / rows[leaves, column]
        rows -= np.outer(rows[:, column], pivot)
        rows[leaves], basis[leaves] = pivot, column
    x = np.zeros(n + m)
    x[basis] = rows[:-1, -1]
    return x[:n]
