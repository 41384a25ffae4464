"""Learners that know more: the market's form, measured on a few days, or the form of the value."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmlab.learning.decision_process import DecisionProcess
from mmlab.learning.policy_table import Solution
from mmlab.market import Exponential, Tape
from mmlab.parameters import ParameterError


def fitted_intensity(tape: Tape) -> Exponential:
    """A and k by maximum likelihood from the reaches of a tape, both sides as one flow, linear fill rule.

    k = 1/mean(reach | reach ≥ 0) and A = #(reach ≥ 0)/(2 · time watched): what an order reaches beyond the mid is
    exponential, and orders come in AΔt of all steps.

    Raises
    ------
    ParameterError
        If no order came.
    """
    reach = np.concatenate([tape.buy_reach.ravel(), tape.sell_reach.ravel()])
    came = reach[reach >= 0]
    if not came.sum() > 0:
        raise ParameterError(f"No order of the tape's {tape.n_steps} steps reaches beyond the mid: nothing to fit.")
    watched = 2 * tape.n_paths * (tape.time[-1] - tape.time[0])
    return Exponential(arrival_rate=len(came) / watched, fill_decay=1 / came.mean())


def fitted_value_iteration(
    process: DecisionProcess, powers: Sequence[int] = (0, 2), fitted_on: int = 3
) -> Solution:
    """Backward induction that keeps of each step's V only θ in V(q) ≈ Σ θ_p q^p, fitted on |q| ≤ `fitted_on`.

    Raises
    ------
    ParameterError
        If the inventories to fit on are not in the table, or fewer than the powers.
    """
    q, most = process.inventories, process.max_inventory
    if not (len(powers) - 1 <= 2 * fitted_on and fitted_on <= most and min(powers) >= 0):
        raise ParameterError(
            f"fitted_on must be at most max_inventory {most}, and give a value to each of the powers {tuple(powers)}; "
            f"got {fitted_on}."
        )
    near, features = np.abs(q) <= fitted_on, (q / most)[:, np.newaxis] ** np.array(powers)
    project = features @ np.linalg.pinv(features[near])
    return process.solve(lambda values: project @ values[near])
