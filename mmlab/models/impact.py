"""Trading whose price remembers: permanent impact and a signal, and impact that decays."""

from __future__ import annotations

import numpy as np

from mmlab import vocabulary
from mmlab.arrays import in_range
from mmlab.parameters import check_count, parameter, validated


@validated
class BertsimasLo:
    """Buy in N trades at the least E Σ P_j S_j, where P_j = P_{j−1} + θS_j + gX_j + noise and X is known.

    X_j = rX_{j−1} + noise of deviation s. With W to buy, and all prices less the last one, that is aW² + bWX + cX² + d;
    pW + qX is what one trade *leaves*, p = θ/2a, q = −br/2a, and with one trade more a' = θ − θp + ap²,
    b' = g − θq + 2apq + brp, c' = aq² + bqr + cr², d' = d + cs², from a = θ, b = g for the last, which buys all.
    Without a signal the trades are equal and cost ½θW²(1 + 1/N).

    References
    ----------
    D. Bertsimas and A. W. Lo (1998), Optimal control of execution costs, Journal of Financial Markets 1(1).
    """

    n_slices: int = parameter(vocabulary.N_SLICES)
    permanent_impact: float = parameter(vocabulary.PERMANENT_IMPACT, above=0)
    signal_effect: float = parameter(symbol="g", unit="price", default=0.0, description="Of one signal on the price.")
    signal_memory: float = parameter("r", "1", "A step on.", default=0.0, at_least=-1, at_most=1)
    signal_noise: float = parameter(symbol="s", unit="1", default=0.0, at_least=0, description="Of the signal, a step.")

    def expected_cost(self, position: float, signal: float = 0.0) -> float:
        """E Σ P_j S_j less `position` [clips] at the price before [price·clip], where the signal is X."""
        w, x = vocabulary.POSITION.check(position), vocabulary.SIGNAL.check(signal)
        a, b, c, d = self._values(self.n_slices)
        return float(a * w**2 + b * w * x + c * x**2 + d)

    def trade(self, position: float, slices_left: int, signal: float = 0.0) -> float:
        """What to buy now [clips] of `position` with so many slices left, where the signal is X."""
        w, x = vocabulary.POSITION.check(position), vocabulary.SIGNAL.check(signal)
        if not (n := check_count("slices_left", slices_left)) > 1:
            return float(w)
        a, b, _, _ = self._values(n - 1)
        return float(w - (self.permanent_impact * w - b * self.signal_memory * x) / (2 * a))

    @in_range
    def _values(self, slices: int) -> tuple[float, float, float, float]:
        """a, b, c and d with so many slices left."""
        theta, g, r = self.permanent_impact, self.signal_effect, self.signal_memory
        a, b, c, d = theta, g, 0.0, 0.0
        for _ in range(min(slices, self.n_slices) - 1):
            p, q, d = theta / (2 * a), -b * r / (2 * a), d + c * self.signal_noise**2
            b, c = g - theta * q + 2 * a * p * q + b * r * p, a * q**2 + b * q * r + c * r**2
            a = theta - theta * p + a * p**2
        return a, b, c, d


@validated
class ObizhaevaWang:
    """A block, a steady rate, a block: the cheapest way to trade X if impact κ a clip decays as e^{−ρt}.

    The blocks are X/(ρT + 2), the rate between them ρX/(ρT + 2); the cost is ½θX² + κX²/(ρT + 2) (OW, Proposition 3).
    TWAP costs ½θX² + κX²(ρT − 1 + e^{−ρT})/(ρT)²: without permanent impact θ at most 13.935155646 % more, whatever ρ is
    (at ρT = 2.688).

    References
    ----------
    A. Obizhaeva and J. Wang (2013), Optimal trading strategy and supply/demand dynamics, Journal of Financial Markets
    16(1).
    """

    position: float = parameter(vocabulary.POSITION)
    horizon: float = parameter(vocabulary.HORIZON)
    resilience: float = parameter(vocabulary.RESILIENCE)
    transient_impact: float = parameter(vocabulary.TRANSIENT_IMPACT)
    permanent_impact: float = parameter(vocabulary.PERMANENT_IMPACT, default=0.0)

    @property
    def block(self) -> float:
        """What is traded at the start, and again at the end [clips]."""
        return self.position / (self.resilience * self.horizon + 2)

    @property
    def rate(self) -> float:
        """What is traded between [clips/time]."""
        return self.resilience * self.block

    @property
    @in_range
    def expected_cost(self) -> float:
        """Against the mid of the start [price·clip]."""
        return self.permanent_impact * self.position**2 / 2 + self.transient_impact * self.position * self.block

    @property
    @in_range
    def twap_cost(self) -> float:
        """The same of a constant rate from the start to the end [price·clip]."""
        x = self.resilience * self.horizon
        # x − 1 + e^{−x} loses all digits where x is small.
        share = 0.5 - x / 6 + x**2 / 24 if x < 1e-4 else (x + np.expm1(-x)) / x**2
        return float(self.position**2 * (self.permanent_impact / 2 + self.transient_impact * share))
