"""exact_moments: mean and deviation of the profit without a single random number.

A policy that looks at (t, q) alone makes the inventory a Markov chain. For each q we carry the probability of being
there and the first two moments of marked wealth on those paths; a step's fills and moves update them exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

from mmlab.arrays import check_memory
from mmlab.market import Market
from mmlab.parameters import FloatArray, ParameterError, check_count
from mmlab.simulation.outcomes import Outcomes, Policy, check_forgetful, outcomes, reach_of
from mmlab.table import Summary
from mmlab.vocabulary import RISK_AVERSION

LEAK = 1e-9
"""Probability that may leave the inventory table in all; more is refused."""

_WIDEST_TABLE = 960

_BLOCK = 40
"""Steps whose outcomes are worked out together: few enough to stay in the processor's cache."""

_NEGLIGIBLE_RISK = 1e-4
"""Below this γ·sd, E[e^{−γW}] is too near 1 for its logarithm to have digits left."""


@dataclass(frozen=True, repr=False)
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
        told = {"steps": self.n_steps, "mean": self.mean, "sd": self.sd, "inventory sd": self.inventory_sd}
        return {"policy": getattr(self.policy, "__name__", self.policy), **told, "average spread": self.average_spread}

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
        inventories = _table(self.n_steps, width)
        steps = outcomes(self.policy, market, self.n_steps, inventories)
        held = inventories + steps.shift
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
        log_u = np.where(inventories == 0, 0.0, -np.inf)
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
        Steps in the session.
    max_inventory : int, optional
        Carry inventories −N … N [clips]. By default as many as the policy needs (its own bound if it has one).

    Returns
    -------
    ExactMoments
        Cached: an equal model, market and steps cost nothing the second time. Functions are computed anew.

    Raises
    ------
    ParameterError
        If more than 1e−9 of probability leaves the table, or a count is not a whole number above 0.
    """
    n_steps = check_count("n_steps", n_steps)
    check_forgetful(policy, market)
    if max_inventory is None:
        max_inventory = reach_of(policy)
    compute: Callable[..., ExactMoments] = _cached_moments if _is_value((policy, market)) else _moments
    if max_inventory is not None:
        return compute(policy, market, n_steps, check_count("max_inventory", max_inventory))
    width = 30
    while True:
        try:
            return compute(policy, market, n_steps, width)
        except _Leak:
            if width >= _WIDEST_TABLE:
                raise
            width *= 2


class _Leak(ParameterError):
    """The table is too narrow for the policy."""


def _moments(policy: Policy, market: Market, n_steps: int, max_inventory: int) -> ExactMoments:
    inventories = _table(n_steps, max_inventory)
    moments = np.zeros((3, len(inventories)))
    moments[0, max_inventory] = 1.0
    distribution = np.empty((n_steps + 1, len(inventories)))
    distribution[0] = moments[0]
    quoted = paid = 0.0
    # The moments between two zeros, and a view of them [from j, by a bid or no change or an ask, q after].
    edged = np.zeros((3, len(inventories) + 2))
    before = as_strided(edged, (3, 3, len(inventories)), (edged.strides[0], *2 * edged.strides[1:]), writeable=False)
    sent = np.empty((3, *before.shape))
    terms = sent.reshape(3, 9, -1)
    for start in range(0, n_steps, _BLOCK):
        block = slice(start, min(start + _BLOCK, n_steps))
        steps = outcomes(policy, market, n_steps, inventories, block)
        for n, gain in enumerate(_gains(steps, market, inventories, market.horizon / n_steps), start=start + 1):
            edged[:, 1:-1] = moments
            np.multiply(gain, before, out=sent)
            np.add.reduce(terms, axis=1, out=moments)
            distribution[n] = moments[0]
        there = ~np.isnan(steps.spread)
        weights = distribution[block][there]
        quoted += float(weights.sum())
        paid += float(steps.spread[there] @ weights)

    lost = 1.0 - float(moments[0].sum())
    if lost > LEAK:
        raise _Leak(
            f"max_inventory = {max_inventory} is too small: the inventory leaves ±{max_inventory} clips with "
            f"probability {lost:.2g}. Carry more, or quote a model that stops there."
        )
    mean, half_second = moments[1:].sum(axis=1)
    return ExactMoments(
        policy=policy,
        market=market,
        n_steps=n_steps,
        inventories=_frozen(inventories),
        inventory_distribution=_frozen(distribution),
        mean=float(mean),
        sd=float(np.sqrt(max(2 * half_second - mean**2, 0.0))),
        average_spread=paid / quoted if quoted > 0 else float("nan"),
    )


def _gains(steps: Outcomes, market: Market, inventories: FloatArray, dt: float) -> FloatArray:
    """What a step does to E[wealthʲ]/j!: weights [step, to m, from j, by a bid or no change or an ask, q after].

    Given an outcome, wealth changes by x. With moments divided by factorials a step multiplies polynomials,
    E[wealthᵐ]/m! ← Σ_j (E[xᵐ⁻ʲ]/(m−j)!) (E[wealthʲ]/j!), so that all (m, j) are views of one array of powers.
    """
    held = inventories + steps.shift
    up, down = market.jump
    buys, sells = steps.buy_arrived, steps.sell_arrived
    p = steps.probability
    x = steps.edge + held * (market.drift * dt + up * buys - down * sells)
    px = p * x
    variance = market.volatility**2 * dt + up**2 * buys * (1 - buys) + down**2 * sells * (1 - sells)
    half_px2 = (px * x + p * (held**2 * variance)) / 2
    # Before the three powers stand the zeros that belong to j > m.
    powers = np.zeros((p.shape[1], 5, 3, p.shape[2]))
    for power, (neither, bid, ask, both) in enumerate((p, px, half_px2), start=2):
        powers[:, power, 0, 1:], powers[:, power, 2, :-1] = bid[:, :-1], ask[:, 1:]
        np.add(neither, both, out=powers[:, power, 1])
    by_step, by_power, *rest = powers.strides
    shape = (len(powers), 3, 3, *powers.shape[2:])
    return as_strided(powers[:, 2:], shape, (by_step, by_power, -by_power, *rest), writeable=False)


_cached_moments: Callable[..., ExactMoments] = lru_cache(maxsize=32)(_moments)


def _is_value(thing: Any) -> bool:
    """Whether what it equals now it equals for good: a function may read a name that the reader changes."""
    if is_dataclass(thing) and not isinstance(thing, type):
        frozen: bool = thing.__dataclass_params__.frozen  # type: ignore[attr-defined]
        return frozen and all(_is_value(getattr(thing, field.name)) for field in fields(thing))
    if isinstance(thing, tuple):
        return all(map(_is_value, thing))
    return thing is None or isinstance(thing, str | int | float)


def _table(n_steps: int, width: int) -> FloatArray:
    """The inventories −width … width [clips], if a chain over them fits in memory."""
    n_q = 2 * width + 1
    check_memory(f"A chain of {n_steps:,} steps × {n_q:,} inventories", 60 * 8 * n_steps * n_q)
    return np.arange(-width, width + 1, dtype=np.float64)


def _frozen(array: FloatArray) -> FloatArray:
    array.flags.writeable = False
    return array
