"""The two forms in which a law of a profit is kept: a cosine expansion, and the weighted paths of a short chain."""

from __future__ import annotations

import math
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mmlab.arrays import floats
from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.parameters import FloatArray
from mmlab.simulation.outcomes import Policy, outcomes

MOST_PATHS = 2**15
"""A chain with no more paths than these is followed path by path."""


@frozen(eq=False)
class Expansion:
    """A density Σ a_j cos(jπ(x − low)/(high − low)) between low and high, of a law or of what is weighted by it.

    Parameters
    ----------
    low, high
        [price · clip]
    coefficients
        The a_j [1/(price · clip)], shape (n_terms,), the first halved.
    """

    low: float
    high: float
    coefficients: FloatArray

    @classmethod
    def of(cls, low: float, high: float, phi: NDArray[np.complex128]) -> Expansion:
        """From E[e^{iuW}] at u = jπ/(high − low) for j = 0, 1, …, by Fang and Oosterlee's (2008) eq. (8)."""
        u = np.arange(len(phi)) * np.pi / (high - low)
        coefficients = 2 / (high - low) * (phi * np.exp(-1j * u * low)).real
        coefficients[0] /= 2
        return cls(low, high, coefficients)

    @cached_property
    def _u(self) -> FloatArray:
        return np.asarray(np.arange(1, len(self.coefficients)) * np.pi / (self.high - self.low))

    @property
    def sd(self) -> float:
        """The standard deviation [price · clip]."""
        length, sign = self.high - self.low, (-1.0) ** np.arange(1, len(self.coefficients))
        first = self.coefficients[0] * length**2 / 2 + ((sign - 1) / self._u**2) @ self.coefficients[1:]
        second = self.coefficients[0] * length**3 / 3 + (2 * length * sign / self._u**2) @ self.coefficients[1:]
        return math.sqrt(max(float(second - first**2), 0.0))

    def below(self, x: FloatArray) -> FloatArray:
        """The density's integral up to x [price · clip], of any shape."""
        y = np.clip(x, self.low, self.high) - self.low
        waves = np.sin(y[..., np.newaxis] * self._u) / self._u
        return np.asarray(self.coefficients[0] * y + waves @ self.coefficients[1:])

    def partial_mean(self, x: float) -> float:
        """The integral of x times the density, up to x [price · clip]."""
        y, u = float(np.clip(x, self.low, self.high)) - self.low, self._u
        waves = y * np.sin(y * u) / u + (np.cos(y * u) - 1) / u**2
        part = self.coefficients[0] * y**2 / 2 + waves @ self.coefficients[1:]
        return float(self.low * self.below(floats(x)) + part)


@frozen(eq=False)
class Paths:
    """Every path of a short chain: its profit, or where the mid moves normally the normal law of it, and its chance.

    Parameters
    ----------
    inventory
        At the end [clips], shape (n_paths,) as all.
    chance
        [1]
    mean, sd
        [price · clip]
    """

    inventory: FloatArray
    chance: FloatArray
    mean: FloatArray
    sd: FloatArray

    @classmethod
    def of(cls, policy: Policy, market: Market, n_steps: int, width: int) -> Paths | None:
        """Of a chain within inventories −width … width; None if there are more than `MOST_PATHS`."""
        if 4**n_steps > MOST_PATHS:
            return None
        steps, dt = outcomes(policy, market, n_steps, width), market.horizon / n_steps
        step, signs = market.volatility * np.sqrt(dt), (-1.0, 1.0) if market.mid_move == "binomial" else (0.0,)
        arrived = [np.broadcast_to(each, steps.edge.shape) for each in (steps.buy_arrived, steps.sell_arrived)]
        q, chance, mean, variance = np.zeros(1), np.ones(1), np.zeros(1), np.zeros(1)
        for n in range(n_steps):
            if len(q) > MOST_PATHS / 4:
                return None
            at, found = (q + width).astype(int), []
            for k, sign, bought, sold in product(range(4), signs, (0, 1), (0, 1)):
                held = q + (0, 1, -1, 0)[k]
                p = chance * steps.probability[k, n, at] / len(signs)
                for came, orders in zip((bought, sold), arrived, strict=True):
                    p = p * abs(1 - came - orders[k, n, at])
                move = sign * step + market.drift * dt + bought * market.jump[0] - sold * market.jump[1]
                gained = mean + steps.edge[k, n, at] + held * move
                spread = variance + (sign == 0) * (held * step) ** 2
                found.append(np.stack([held, p, gained, spread])[:, (p > 0) & (np.abs(held) <= width)])
            q, chance, mean, variance = np.concatenate(found, axis=1)
        return cls(q, chance, mean, np.sqrt(variance))

    @property
    def low(self) -> float:
        """No path earns less, but for what no double would show [price · clip]."""
        return float((self.mean - 40 * self.sd).min()) - 1

    @property
    def high(self) -> float:
        """No path earns more, but for what no double would show [price · clip]."""
        return float((self.mean + 40 * self.sd).max()) + 1

    def below(self, x: FloatArray) -> FloatArray:
        """P(W ≤ x), for x [price · clip] of any shape."""
        return np.reshape([self.chance @ self._below(y) for y in np.ravel(x)], np.shape(x))

    def partial_mean(self, x: float) -> float:
        """E[W; W ≤ x] [price · clip]."""
        z = (x - self.mean) / np.where(self.sd > 0, self.sd, np.inf)
        bell = self.sd * np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        return float(self.chance @ (self.mean * self._below(x) - bell))

    def _below(self, x: float) -> FloatArray:
        """Each path's chance to earn at most x."""
        there = (self.mean <= x).astype(float)
        for n in np.flatnonzero(self.sd):
            there[n] = math.erfc((self.mean[n] - x) / self.sd[n] / math.sqrt(2)) / 2
        return there
