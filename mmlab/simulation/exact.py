"""exact_moments: mean and deviation of the profit without a single random number.

A policy that looks at (t, q) alone makes the inventory a Markov chain. For each q we carry the probability of being
there and the first two moments of marked wealth on those paths; a step's fills and moves update them exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from mmlab.description import describe
from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.parameters import FloatArray, ParameterError, check_count
from mmlab.simulation.outcomes import FIRST_WIDTH, WIDEST_TABLE, Policy, check_forgetful, outcomes, reach_of
from mmlab.table import Summary
from mmlab.vocabulary import RISK_AVERSION

LEAK = 1e-9
"""Probability that may leave the inventory table in all; more is refused."""

_NEGLIGIBLE_RISK = 1e-4
"""Below this γ·sd, E[e^{−γW}] is too near 1 for its logarithm to have digits left."""


@frozen(repr=False)
class ExactMoments(Summary):
    """What a policy on (t, q) earns in a market, exactly, in the market's `n_steps`-step chain.

    Profit is X_T + q_T S_T less the wealth at the start [price · clip]; nothing here is simulated.
    """

    policy: Policy
    market: Market
    n_steps: int
    inventories: FloatArray
    """The table's inventories −N … N [clips], shape (n_q,)."""
    inventory_distribution: FloatArray
    """P(q at time step n) [1], shape (n_steps + 1, n_q)."""
    mean: float
    """E[profit] [price · clip]."""
    sd: float
    """Standard deviation of the profit [price · clip]."""
    average_spread: float
    """E[δᵃ + δᵇ] over the steps' starts, where both sides are quoted [price]; NaN if that never happens."""

    @property
    def _facts(self) -> dict[str, object]:
        policy = getattr(self.policy, "__name__", self.policy)
        facts = {"policy": policy, "steps": self.n_steps, "mean": self.mean, "sd": self.sd}
        return {**facts, "inventory sd": self.inventory_sd, "average spread": self.average_spread}

    @property
    def inventory_mean(self) -> float:
        """E[q_T] [clips]."""
        return float(self.inventory_distribution[-1] @ self.inventories)

    @property
    def inventory_sd(self) -> float:
        """Standard deviation of q_T [clips]."""
        final = self.inventory_distribution[-1]
        return float(np.sqrt(max(final @ self.inventories**2 - self.inventory_mean**2, 0.0)))

    def certainty_equivalent(self, risk_aversion: float) -> float:
        """−(1/γ) ln E[e^{−γ profit}] [price · clip]: the sure amount worth as much, to a dealer with this γ.

        Carries E[e^{−γ·wealth}] through the same chain, with the market's own move (cosh or normal) and jumps. Far
        inventories weigh in it far more than in the moments: the table is widened until they no longer matter.

        Raises
        ------
        ParameterError
            If `risk_aversion` is not above 0.
        """
        gamma = float(replace(RISK_AVERSION, above=0).check(risk_aversion))
        if gamma * self.sd < _NEGLIGIBLE_RISK:
            return self.mean - gamma * self.sd**2 / 2
        width = len(self.inventories) // 2
        value, narrower = (self._certainty_equivalent(gamma, w) for w in (width, width // 2))
        # Nothing leaves a table as wide as the number of steps, or as the policy's own bound.
        widest = min(self.n_steps, reach_of(self.policy) or self.n_steps)
        while width < widest and abs(narrower - value) > 1e-8 * (abs(value) + self.sd):
            width, narrower = min(2 * width, widest), value
            value = self._certainty_equivalent(gamma, width)
        return value

    def _certainty_equivalent(self, gamma: float, width: int) -> float:
        """The same from a table of inventories −width … width, forgetting the paths that leave it."""
        market, dt = self.market, self.market.horizon / self.n_steps
        steps = outcomes(self.policy, market, self.n_steps, width)
        held = steps.held
        s = gamma * market.volatility * np.sqrt(dt) * held
        log_move = np.logaddexp(s, -s) - np.log(2.0) if market.mid_move == "binomial" else s**2 / 2
        log_move = log_move - gamma * held * market.drift * dt
        for arrived, epsilon in ((steps.buy_arrived, market.jump[0]), (steps.sell_arrived, -market.jump[1])):
            with np.errstate(divide="ignore"):  # an order that surely came, or surely did not
                log_move = log_move + np.logaddexp(np.log1p(-arrived), np.log(arrived) - gamma * held * epsilon)
        with np.errstate(divide="ignore"):
            log_weight = np.log(steps.probability) - gamma * steps.edge + log_move
        log_weight = np.where(steps.probability > 0, log_weight, -np.inf)

        # Logarithms throughout: e^{−γ·wealth} of a far inventory overflows long before it matters.
        log_u = np.where(steps.inventories == 0, 0.0, -np.inf)
        for neither, bid, ask, both in np.moveaxis(log_weight, 1, 0):
            up, down = log_u + bid, log_u + ask
            log_u = np.logaddexp(log_u + neither, log_u + both)
            log_u[1:] = np.logaddexp(log_u[1:], up[:-1])
            log_u[:-1] = np.logaddexp(log_u[:-1], down[1:])
        return float(-np.logaddexp.reduce(log_u) / gamma)


def exact_moments(policy: Policy, market: Market, n_steps: int = 200, max_inventory: int | None = None) -> ExactMoments:
    """The moments of a policy's profit and inventory, from 0 clips, without noise.

    Parameters
    ----------
    policy : model or callable
        Something with ``depths(inventory, time_left)``, or such a function: depths [price] that depend on
        inventory and time alone. NaN: no quote.
    market : Market
        The truth: volatility, drift, jumps, intensities, fill rule.
    n_steps : int
        Steps in the session. Where orders move the mid, many: a fill costs ε(1 − p₀), as `Market` says of its jump.
    max_inventory : int, optional
        Carry inventories −N … N [clips]. By default as many as the policy needs (its own bound if it has one).

    Returns
    -------
    ExactMoments
        Cached: an equal model, market and steps cost nothing the second time. What is not mmlab's own, as a function,
        is computed anew.

    Raises
    ------
    ParameterError
        If more than 1e−9 of probability leaves the table, or a count is not a whole number above 0.
    """
    n_steps = check_count("n_steps", n_steps)
    check_forgetful(policy, market)
    if max_inventory is None:
        max_inventory = reach_of(policy)
    # What a reader wrote may read a name that the reader changes: what it equals now it need not equal for good.
    foreign: list[str] = []
    describe((policy, market), "", foreign)
    compute: Callable[..., ExactMoments] = _moments if foreign else _cached_moments
    if max_inventory is not None:
        return compute(policy, market, n_steps, check_count("max_inventory", max_inventory))
    width = FIRST_WIDTH
    while True:
        try:
            return compute(policy, market, n_steps, width)
        except _Leak:
            if width >= WIDEST_TABLE:
                raise
            width *= 2


class _Leak(ParameterError):
    """The table is too narrow for the policy."""


def _moments(policy: Policy, market: Market, n_steps: int, max_inventory: int) -> ExactMoments:
    steps, dt = outcomes(policy, market, n_steps, max_inventory), market.horizon / n_steps
    inventories, held, p = steps.inventories, steps.held, steps.probability
    buys, sells, (up, down) = steps.buy_arrived, steps.sell_arrived, market.jump
    # Given an outcome, wealth changes by x, of mean `gain`; `p`, `px` and `pxx` are its chance times 1, E[x] and E[x²].
    gain = steps.edge + held * (market.drift * dt + up * buys - down * sells)
    variance = market.volatility**2 * dt + up**2 * buys * (1 - buys) + down**2 * sells * (1 - sells)
    px = p * gain
    by_step = np.moveaxis(np.stack([p, 2 * px, px, px * gain + p * (held**2 * variance)]), 2, 0)

    # 1, wealth and wealth², each in the mean over all paths that are at an inventory and 0 on the others.
    means = np.where(inventories == 0, [[1.0], [0.0], [0.0]], 0.0)
    distribution = np.empty((n_steps + 1, len(inventories)))
    distribution[0] = means[0]
    for n, chances in enumerate(by_step):
        gone = chances[0] * means[:, np.newaxis]  # (3, 4, n_q)
        gone[2] += chances[1] * means[1]
        gone[1:] += chances[2:] * means[0]
        means = moved(gone)
        distribution[n + 1] = means[0]

    mass, first, second = means
    lost = 1.0 - float(mass.sum())
    if lost > LEAK:
        raise _Leak(
            f"max_inventory = {max_inventory} is too small: the inventory leaves ±{max_inventory} clips with "
            f"probability {lost:.2g}. Carry more, or quote a model that stops there."
        )
    mean = float(first.sum())
    quoted = np.where(np.isnan(steps.spread), 0.0, distribution[:-1])
    paid = float((quoted * np.nan_to_num(steps.spread)).sum())
    inventories.flags.writeable = distribution.flags.writeable = False
    sd = float(np.sqrt(max(float(second.sum()) - mean**2, 0.0)))
    average_spread = paid / float(quoted.sum()) if quoted.any() else float("nan")
    return ExactMoments(policy, market, n_steps, inventories, distribution, mean, sd, average_spread)


def moved(gone: Any) -> Any:
    """What stands at each inventory after a step, of what goes by neither, bid, ask and both: (..., 4, n_q)."""
    there = gone[..., 0, :] + gone[..., 3, :]
    there[..., 1:] += gone[..., 1, :-1]
    there[..., :-1] += gone[..., 2, 1:]
    return there


_cached_moments = lru_cache(maxsize=32)(_moments)
