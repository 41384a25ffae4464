"""Difference in differences: a rule that changes for some, with the errors that neighbours in time need."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.parameters import ParameterError


class DifferenceInDifferences(NamedTuple):
    """An effect and two standard errors of it, in the panel's unit."""

    effect: float
    clustered_error: float
    """By unit: right whatever a unit's days have to do with each other; infinite if a group has one unit."""
    iid_error: float
    """Of the regression on units and days, as if all its errors were independent; infinite if nothing is left."""


def difference_in_differences(panel: ArrayLike, treated: ArrayLike, after: ArrayLike) -> DifferenceInDifferences:
    """(treated after − before) − (controls after − before), of the means of a panel's four parts.

    It is the coefficient of treated·after in the regression with a constant for each unit and each day. It is right if
    both groups would have moved alike without the change, which no data after it can show.

    Parameters
    ----------
    panel
        Shape (n_units, n_days).
    treated, after
        Which units, shape (n_units,), and which days, shape (n_days,): bool.

    Raises
    ------
    ParameterError
        If the shapes do not fit, or one of the four parts is empty.

    References
    ----------
    M. Bertrand, E. Duflo and S. Mullainathan (2004), How much should we trust differences-in-differences estimates?,
    The Quarterly Journal of Economics 119(1), https://doi.org/10.1162/003355304772839588
    """
    y, some, late = floats(panel), floats(treated) > 0, floats(after) > 0
    if (*some.shape, *late.shape) != y.shape or y.ndim != 2 or not np.isfinite(y).all():
        shapes = f"{y.shape}, {some.shape} and {late.shape}"
        raise ParameterError(f"panel must be finite (n_units, n_days), with treated and after to fit; got {shapes}.")
    if some.all() or late.all() or not some.any() or not late.any():
        raise ParameterError("There must be treated units and controls, days before and days after: one part is empty.")
    change = y[:, late].mean(axis=1) - y[:, ~late].mean(axis=1)
    effect = float(change[some].mean() - change[~some].mean())
    clustered = sum(g.var(ddof=1) / len(g) if len(g) > 1 else np.inf for g in (change[some], change[~some]))
    both = np.outer(some - some.mean(), late - late.mean())
    left = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean() - effect * both
    freedom = y.size - sum(y.shape)
    iid = np.sum(left**2) / freedom / np.sum(both**2) if freedom else np.inf
    return DifferenceInDifferences(effect, float(np.sqrt(clustered)), float(np.sqrt(iid)))
