"""Experiments: a switchback test of two quoting rules, exactly, and a change of rules for some by their panel.

Blocks of m steps quote by A or by B, by a fair coin. The inventory goes on from block to block, so the chain that
`exact_moments` walks gives the estimate's expectation and deviation without a draw.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.market import Market
from mmlab.measure.estimate import Estimate
from mmlab.models.within import Within
from mmlab.parameters import FloatArray, ParameterError, check_count, parameter, validated
from mmlab.simulation.exact import moved
from mmlab.simulation.outcomes import check_forgetful, outcomes
from mmlab.vocabulary import MAX_INVENTORY, RUNNING_PENALTY


@validated
class Switchback:
    """An experiment on a desk: rule A or B in blocks of a day; a step's outcome is what it earned − φΔt q² after fills.

    `a` and `b` are models, functions of (inventory, time_left), or tables of (bid, ask) depths of the shape
    (n_steps, 2 max_inventory + 1, 2) with NaN for no quote. Neither bids at max_inventory, nor asks at as many short.

    References
    ----------
    I. Bojinov, D. Simchi-Levi and J. Zhao (2023), Design and analysis of switchback experiments, Management Science
    69(7), https://doi.org/10.1287/mnsc.2022.4583
    """

    market: Market
    a: object
    b: object
    running_penalty: float = parameter(RUNNING_PENALTY)
    max_inventory: int = parameter(MAX_INVENTORY, default=30)
    n_steps: int = parameter("N", "1", "Steps in a day.", default=200, at_least=1, integer=True)

    @property
    def truth(self) -> float:
        """What a day by A earns more than a day by B [price·clip]."""
        return self.expectation(self.n_steps)

    def expectation(self, block: int, burn_in: int = 0) -> float:
        """What the test estimates in the mean, for a day [price·clip]; a block of a day gives the truth.

        It is that of A's sum less B's, each doubled, however few the days; and, where they are many, that of the
        difference of means times the steps of a day, whose `sd` is less. Raises as `parts`.
        """
        return float(np.subtract(*self.parts(block, burn_in).sum(axis=1)))

    def parts(self, block: int, burn_in: int = 0) -> FloatArray:
        """What A's steps, and B's, earn and pay for inventory in the mean, for a whole day [price·clip], shape (2, 2).

        Of each block the first `burn_in` steps are dropped, and the others stand for them.

        Raises
        ------
        ParameterError
            If the block does not divide the day, or nothing of it is kept.
        """
        return self._walk(block, burn_in)[2]

    def sd(self, block: int, burn_in: int = 0, marked: bool = True) -> float:
        """√days times the standard deviation of the *difference of means*, where days are many [price·clip].

        This estimate (the ratio form) is a rule's outcomes over its share of the steps, A less B. A day adds
        Σ ±2(Y − E/N), + in steps by A, with E that rule's mean. A's sum less B's, each doubled (Horvitz and Thompson's
        form), scatters far more, by a day's level: in blocks of a day by √(sd² + (E_A + E_B)²). If `marked` the
        outcomes hold what the mid moves the inventory's worth by.
        """
        (p, y, noise, _), (law, weight, parts) = self._chain, self._walk(block, burn_in)
        sign = np.array([[2.0], [-2.0]]) * weight
        own = sign[..., np.newaxis] * (y - parts.sum(axis=1)[:, np.newaxis, np.newaxis] / self.n_steps)
        # What a step adds in the mean, from each inventory and rule, and what the rest of the day does after it.
        step, later, ahead = (p * own).sum(axis=2), np.zeros_like(p), np.zeros_like(law[0])
        for n in range(self.n_steps - 1, -1, -1):
            later[n, :, 0] = later[n, :, 3] = ahead
            later[n, :, 1, :-1], later[n, :, 2, 1:] = ahead[:, 1:], ahead[:, :-1]
            ahead = step[n] + (p[n] * later[n]).sum(axis=1)
            if n % block == 0:
                ahead = np.stack([ahead.mean(axis=0)] * 2)
        square = (p * own * (own + 2 * later)).sum(axis=2) + marked * sign**2 * noise
        return float(np.sqrt(max((law * square).sum() / 2, 0.0)))

    def days_needed(self, block: int, burn_in: int = 0, marked: bool = True) -> float:
        """Days until a test at 5 % finds the true effect with 80 %, of the difference of means as if it had no bias.

        Infinite if there is no effect.
        """
        distance = (1.959964 + 0.841621) * self.sd(block, burn_in, marked)
        return float(np.ceil((distance / truth) ** 2)) if (truth := self.truth) else float("inf")

    def _walk(self, block: int, burn_in: int) -> tuple[FloatArray, FloatArray, FloatArray]:
        """P(q | the step's rule) as each step begins, (n_steps, 2, n_q); how much each step counts; and `parts`."""
        m, dropped, (p, _, _, parts) = check_count("block", block), check_count("burn_in", burn_in, 0), self._chain
        if self.n_steps % m or dropped >= m:
            raise ParameterError(f"block must divide {self.n_steps} steps, and burn_in be shorter; got {m}, {dropped}.")
        law = np.zeros((self.n_steps + 1, 2, p.shape[-1]))
        law[0, :, self.max_inventory] = 1.0
        for n in range(self.n_steps):
            if n % m == 0:
                law[n] = law[n].mean(axis=0)
            law[n + 1] = moved(p[n] * law[n, :, np.newaxis])
        weight = (np.arange(self.n_steps)[:, np.newaxis, np.newaxis] % m >= dropped) * m / (m - dropped)
        return law[:-1], weight, (parts * (law[:-1] * weight)).sum(axis=(1, 3)).T

    @cached_property
    def _chain(self) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Of each step, rule, outcome and inventory its chance and what it brings; the mid's noise; the two means."""
        market, dt, (up, down), rows = self.market, self.market.horizon / self.n_steps, self.market.jump, []
        for name in ("a", "b"):
            of = outcomes(self._rule(name), market, self.n_steps, self.max_inventory)
            p, held, buys, sells = of.probability, of.held, of.buy_arrived, of.sell_arrived
            earned = of.edge + held * (market.drift * dt + up * buys - down * sells)
            paid = -self.running_penalty * dt * held**2
            moves = market.volatility**2 * dt + up**2 * buys * (1 - buys) + down**2 * sells * (1 - sells)
            by_step = [each.swapaxes(0, 1) for each in (p, earned + paid)]
            rows.append([*by_step, *((p * each).sum(axis=0) for each in (held**2 * moves, earned, paid))])
        p, y, noise, *parts = (np.stack(pair, axis=1) for pair in zip(*rows, strict=True))
        return p, y, noise, np.stack(parts)

    def _rule(self, name: str) -> Within:
        """A rule, which stops at the ends of the inventory table; of a table the function that looks it up."""
        rule = getattr(self, name)
        check_forgetful(rule, self.market)
        if callable(getattr(rule, "depths", rule)):
            return Within(rule, self.max_inventory)
        bid, ask = np.moveaxis(floats(rule), -1, 0)
        if not np.isnan([bid[..., -1], ask[..., 0]]).all():
            raise ParameterError(
                f"The table {name} leaves the inventories: its last bid and its first ask must be NaN."
            )
        return Within(lambda inventory, time_left: (bid, ask), self.max_inventory)


def difference_in_differences(panel: ArrayLike, treated: ArrayLike, after: ArrayLike) -> tuple[Estimate, Estimate]:
    """(treated after − before) − (controls after − before), of the means of a panel's four parts.

    It is the coefficient of treated·after in the regression with a constant for each unit and each day. It is right if
    both groups would have moved alike without the change, which no data after it can show.

    Parameters
    ----------
    panel
        Shape (n_units, n_days).
    treated, after
        Which units, shape (n_units,), and which days, shape (n_days,): bool.

    Returns
    -------
    clustered, iid : Estimate
        The same value with two errors: by unit, which is right whatever a unit's days have to do with each other, and
        infinite if a group has one unit; and the regression's, as if all errors were independent, infinite if it
        leaves no degree of freedom.

    Raises
    ------
    ParameterError
        If the shapes do not fit, there is NaN, or one of the four parts is empty.

    References
    ----------
    M. Bertrand, E. Duflo and S. Mullainathan (2004), How much should we trust differences-in-differences estimates?,
    The Quarterly Journal of Economics 119(1), https://doi.org/10.1162/003355304772839588
    """
    y, some, late = floats(panel), floats(treated) > 0, floats(after) > 0
    if (*some.shape, *late.shape) != y.shape or some.ndim != 1 or not np.isfinite(y).all():
        raise ParameterError(f"panel must be finite, of the shape that treated and after make; got {y.shape}.")
    if some.all() or late.all() or not some.any() or not late.any():
        raise ParameterError("There must be treated units and controls, days before and days after: one part is empty.")
    change, freedom = y[:, late].mean(axis=1) - y[:, ~late].mean(axis=1), y.size - sum(y.shape)
    effect = float(change[some].mean() - change[~some].mean())
    clustered = sum(g.var(ddof=1) / len(g) if len(g) > 1 else np.inf for g in (change[some], change[~some]))
    both = np.outer(some - some.mean(), late - late.mean())
    left = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean() - effect * both
    iid = np.sum(left**2) / freedom / np.sum(both**2) if freedom else np.inf
    return Estimate(effect, float(np.sqrt(clustered)), "y"), Estimate(effect, float(np.sqrt(iid)), "y")
