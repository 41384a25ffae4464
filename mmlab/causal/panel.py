"""Difference in differences: a rule that changes for some, with the errors that neighbours in time need."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.parameters import ParameterError


class DifferenceInDifferences(NamedTuple):
    """An effect in the panel's unit, its errors, and the two comparisons that it is made of."""

    effect: float
    clustered_error: float
    """By unit: right whatever one unit's days have to do with each other; infinite if a group has one unit."""
    iid_error: float
    """Of the regression on units and days, as if all its errors were independent."""
    before_after: float
    """Of the treated alone."""
    against_controls: float
    """After alone."""


def difference_in_differences(panel: ArrayLike, treated: ArrayLike, after: ArrayLike) -> DifferenceInDifferences:
    """(treated after − before) − (controls after − before), the means of a panel's four parts.

    It is the coefficient of treated·after in the regression on a constant for each unit and each day. Right if without
    the change both groups had moved alike, which no data after it can show.

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
    if y.ndim != 2 or (*some.shape, *late.shape) != y.shape or not np.isfinite(y).all():
        shapes = f"{y.shape}, {some.shape} and {late.shape}"
        raise ParameterError(f"panel must be finite (n_units, n_days), with treated and after to fit; got {shapes}.")
    if some.all() or late.all() or not some.any() or not late.any():
        raise ParameterError("There must be treated units and controls, days before and days after: one part is empty.")
    change = y[:, late].mean(axis=1) - y[:, ~late].mean(axis=1)
    groups = change[some], change[~some]
    effect = float(groups[0].mean() - groups[1].mean())
    clustered = sum(group.var(ddof=1) / len(group) if len(group) > 1 else math.inf for group in groups)

    both = np.outer(some - some.mean(), late - late.mean())
    left = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean() - effect * both
    freedom = y.size - sum(y.shape)
    iid = np.sum(left**2) / freedom / np.sum(both**2) if freedom else math.inf
    ends = float(groups[0].mean()), float(y[some][:, late].mean() - y[~some][:, late].mean())
    return DifferenceInDifferences(effect, math.sqrt(clustered), math.sqrt(iid), *ends)
