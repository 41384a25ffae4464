"""profit_law: the whole law of a day's profit, without a random number, by its characteristic function.

`exact_moments` carries E[W] and E[W²] through the (t, q) chain; here it is E[e^{iuW}] at many u, from the same steps.
The cosine expansion of Fang and Oosterlee (2008) turns it into a distribution function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import check_memory, floats
from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.parameters import FloatArray, ParameterError, check_count
from mmlab.simulation.distributions import Expansion, Paths
from mmlab.simulation.exact import ExactMoments, exact_moments, moved
from mmlab.simulation.outcomes import Policy, outcomes
from mmlab.table import Summary

WIDTH = 14.0
"""The law is expanded on so many standard deviations on either side of the mean."""
LEFT_AT_THE_END = 1e-8
"""What |E[e^{iuW}]| may be at the largest u; more, and the expansion has too few terms."""

Liquidation = Callable[[FloatArray], FloatArray]


@frozen(eq=False, repr=False)
class ProfitLaw(Summary):
    """The law of a day's profit W [price · clip]; losses are positive where they are named, so a VaR may be below 0.

    Attributes
    ----------
    moments : ExactMoments
        Of the same chain, without what the liquidation costs.
    form : Expansion or Paths
        A cosine expansion, or each path of a chain that is short.
    cost : array, shape (n_q,)
        Of the liquidation, at each of `moments.inventories` [price · clip].
    mean, sd : float
        [price · clip]
    """

    moments: ExactMoments
    form: Expansion | Paths
    cost: FloatArray
    mean: float
    sd: float

    @property
    def _facts(self) -> dict[str, object]:
        tail = {"value at risk 1%": self.value_at_risk(0.01), "expected shortfall 1%": self.expected_shortfall(0.01)}
        return {"mean": self.mean, "sd": self.sd, **tail, "probability of a loss": self.probability_of_loss}

    def cdf(self, x: ArrayLike) -> FloatArray:
        """P(W ≤ x), for x [price · clip] of any shape."""
        return np.asarray(np.clip(self.form.below(floats(x)), 0.0, 1.0))

    def quantile(self, p: float) -> float:
        """The least x with P(W ≤ x) ≥ p [price · clip], by bisection.

        Raises
        ------
        ParameterError
            If p is not between 0 and 1.
        """
        p = share("p", p)
        low, high = self.form.low, self.form.high
        while (middle := (low + high) / 2) not in (low, high):
            low, high = (middle, high) if self.cdf(middle) < p else (low, middle)
        return high

    def value_at_risk(self, tail: float) -> float:
        """What the worst `tail` of days lose at least [price · clip]: −quantile(tail), below 0 where they earn."""
        return -self.quantile(tail)

    def expected_shortfall(self, tail: float) -> float:
        """What the worst `tail` of days lose in the mean [price · clip]: −E[W; W ≤ quantile(tail)] / tail.

        Where the quantile itself has a probability, only as much of it counts as the worst `tail` of days has.
        """
        x = self.quantile(tail)
        return -(self.partial_mean(x) + x * (tail - float(self.cdf(x)))) / tail

    def partial_mean(self, x: float) -> float:
        """E[W; W ≤ x] [price · clip]: the mean of the days that earn at most x, times their share."""
        return self.form.partial_mean(float(floats(x)))

    @property
    def probability_of_loss(self) -> float:
        """P(W ≤ 0)."""
        return float(self.cdf(0.0))


def profit_law(
    policy: Policy,
    market: Market,
    *,
    n_steps: int = 200,
    max_inventory: int | None = None,
    n_terms: int = 256,
    liquidation: Liquidation | None = None,
) -> ProfitLaw:
    """The law of a policy's profit on a day, from 0 clips.

    Parameters
    ----------
    policy, market, n_steps, max_inventory
        As `exact_moments` takes them.
    n_terms : int
        Terms of the expansion. 128 give eight digits of a value at risk and four of an expected shortfall, at half the
        time of 256. More do not help: where the mid moves by a coin, W is discrete, and E[e^{iuW}] comes back at
        large u.
    liquidation : function, optional
        ℓ(|q|), what it costs to be rid of what is held at the close [price · clip]: inventories' sizes (n_q,) → (n_q,).

    Returns
    -------
    ProfitLaw

    Raises
    ------
    ParameterError
        As `exact_moments`; if a liquidation is not finite or below 0; if the terms are too few.

    References
    ----------
    F. Fang and C. W. Oosterlee (2008), SIAM Journal on Scientific Computing 31(2), https://doi.org/10.1137/080718061
    """
    n_terms = check_count("n_terms", n_terms)
    moments = exact_moments(policy, market, n_steps, max_inventory)
    held, chances = moments.inventories, moments.inventory_distribution[-1]
    cost = np.zeros_like(held) if liquidation is None else _costs(liquidation, held)
    mean, width = moments.mean - float(chances @ cost), len(held) // 2
    if (paths := Paths.of(policy, market, n_steps, width)) is not None:
        paths = replace(paths, mean=paths.mean - cost[(paths.inventory + width).astype(int)])
        variance = paths.chance @ ((paths.mean - mean) ** 2 + paths.sd**2)
        return ProfitLaw(moments, paths, cost, mean, float(np.sqrt(variance)))
    # The cost is bounded on what can be held: the range need not know how it and the profit go together.
    worst = float(cost[chances > 0].max())
    half = WIDTH * max(moments.sd, np.spacing(1.0) * (1 + abs(moments.mean)) * 1e6)
    low, high = moments.mean - half - worst, moments.mean + half
    u = np.arange(n_terms) * np.pi / (high - low)
    phi = transform(moments, cost, u)
    check_end("profit_law", phi)
    form = Expansion.of(low, high, phi)
    sd = moments.sd if liquidation is None else form.sd
    return ProfitLaw(moments, form, cost, mean, sd)


def check_end(what: str, phi: NDArray[np.complex128]) -> None:
    """Refuse a transform that has not come down at the last of its arguments."""
    if abs(phi[-1]) > LEFT_AT_THE_END:
        raise ParameterError(
            f"{what}: |E[exp(iuW)]| is still {abs(phi[-1]):.1e} at the largest u; at most {LEFT_AT_THE_END:g} is "
            f"allowed: n_terms = {len(phi)} are too few, or a profit has a probability, as a day without a fill's."
        )


def transform(moments: ExactMoments, cost: FloatArray, u: FloatArray) -> NDArray[np.complex128]:
    """E[e^{iuW}] less what the liquidation costs, shape (n_u,)."""
    chain = moments.policy, moments.market, moments.n_steps, len(moments.inventories) // 2
    phi = characteristic_functions(*chain, u) * np.exp(-1j * u[:, np.newaxis] * cost)
    return np.asarray(phi.sum(axis=1))


def characteristic_functions(
    policy: Policy, market: Market, n_steps: int, width: int, u: FloatArray
) -> NDArray[np.complex128]:
    """E[e^{iuW}; q_T = q] at each u [1/(price · clip)] and each inventory −width … width, shape (n_u, n_q)."""
    check_memory(f"Characteristic functions at {len(u):,} arguments", 16 * 16 * len(u) * (2 * width + 1))
    steps, dt = outcomes(policy, market, n_steps, width), market.horizon / n_steps
    rows, moves, jumps = u[:, np.newaxis], [], []
    for (held,) in steps.held:
        spread = rows * market.volatility * np.sqrt(dt) * held
        move = np.cos(spread) if market.mid_move == "binomial" else np.exp(-(spread**2) / 2)
        moves.append(move * np.exp(1j * rows * market.drift * dt * held))
        jumps.append([np.exp(1j * rows * epsilon * held) - 1 for epsilon in (market.jump[0], -market.jump[1])])
    arrived = [np.broadcast_to(each, steps.edge.shape) for each in (steps.buy_arrived, steps.sell_arrived)]
    phi = np.where(steps.inventories == 0, 1.0, np.zeros((len(u), 1))).astype(complex)
    gone = np.empty((len(u), 4, 2 * width + 1), complex)
    for n in range(n_steps):
        if n == 0 or any((each[:, n] != each[:, n - 1]).any() for each in (steps.edge, steps.probability, *arrived)):
            bid, ask = (np.exp(1j * rows * edge) for edge in steps.edge[1:3, n])
            edges = (1.0, bid, ask, bid * ask)
            weights = [p * edge * move for p, edge, move in zip(steps.probability[:, n], edges, moves, strict=True)]
            for k in range(4) if any(market.jump) else ():
                for came, jump in zip(arrived, jumps[k], strict=True):
                    weights[k] = weights[k] * (1 + came[k, n] * jump)
        for k, weight in enumerate(weights):
            np.multiply(weight, phi, out=gone[:, k])
        phi = moved(gone)
    return phi


def share(name: str, p: float) -> float:
    """A number above 0 and below 1."""
    number = float(floats(p))
    if not 0 < number < 1:
        raise ParameterError(f"{name} must be above 0 and below 1; got {p!r}.")
    return number


def _costs(liquidation: Liquidation, held: FloatArray) -> FloatArray:
    cost = floats(liquidation(np.abs(held)))
    if cost.shape != held.shape or not (np.isfinite(cost) & (cost >= 0)).all():
        raise ParameterError(
            f"liquidation must give a finite cost of at least 0 for each of {len(held)} inventories; got {cost!r:.80}."
        )
    return cost
