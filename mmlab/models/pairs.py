"""A spread that comes back: how long its trades take, where to make them, how much to hold, and where that is ruin."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from mmlab import vocabulary
from mmlab.arrays import floats, in_range
from mmlab.parameters import FloatArray, ParameterError, check_number, parameter, validated


@validated
class OrnsteinUhlenbeck:
    """dX = κ(θ − X)dt + σdW: a spread that comes back to θ, with the stationary deviation s = σ/√(2κ).

    Costs are those of a round trip [price].

    References
    ----------
    W. K. Bertram (2010), Analytic solutions for optimal statistical arbitrage trading, Physica A 389(11).
    M. Avellaneda and J.-H. Lee (2010), Statistical arbitrage in the US equities market, Quantitative Finance 10(7).
    T. Leung and X. Li (2015), Optimal mean reversion trading with transaction costs and stop-loss exit, International
    Journal of Theoretical and Applied Finance 18(3).
    """

    mean_reversion: float = parameter("κ", "1/time", "How fast the spread comes back.", above=0, scale="log")
    volatility: float = parameter(vocabulary.VOLATILITY, above=0, description="Of the spread.")
    mean: float = parameter("θ", "price", "Where the spread comes back to.", default=0.0)

    @classmethod
    def fit(cls, spread: ArrayLike, step: float) -> Self:
        """Of a spread seen every `step` [time], shape (n,): X' = a + bX + noise by least squares, κ = −ln(b)/step.

        Raises
        ------
        ParameterError
            If there are fewer than 50 values, or b is not between 0 and 1: no mean reversion in this window.
        """
        x, dt = floats(spread), check_number("step", step, "time", above=0)
        if x.ndim != 1 or len(x) < 50:
            raise ParameterError(f"A spread must be a list of at least 50 values; got the shape {x.shape}.")
        a, b, variance = (float(each) for each in autoregression(x))
        if not 0 < b < 1:
            raise ParameterError(f"There is no mean reversion in this window: b must be between 0 and 1; got {b:.4g}.")
        kappa = -math.log(b) / dt
        sigma = math.sqrt(2 * kappa * variance / (1 - b * b))
        return cls(mean_reversion=kappa, volatility=sigma, mean=a / (1 - b))

    @property
    def deviation(self) -> float:
        """The stationary deviation s [price]."""
        return self.volatility / math.sqrt(2 * self.mean_reversion)

    def score(self, value: ArrayLike) -> FloatArray:
        """How many stationary deviations `value` [price], of any shape, is above the mean (their s-score)."""
        return np.asarray((floats(value) - self.mean) / self.deviation)

    def passage_time(self, start: float, end: float) -> float:
        """The mean time from one value [price] until another is first met [time]; 37 deviations off at most."""
        a, b = (float(self.score(check_number(name, x, "price"))) for name, x in (("start", start), ("end", end)))
        return (_way_up(a, b) if a < b else _way_up(-a, -b)) / self.mean_reversion

    def cycle_time(self, entry: float) -> float:
        """Of a buy at `entry` below the mean [price], a sale as far above, and the way back: (2π/κ)erfi(|entry|√κ/σ).

        Returns
        -------
        float
            The mean [time] (Bertram).
        """
        return 2 * self.passage_time(self.mean - abs(entry), self.mean + abs(entry))

    def band_rate(self, entry: float, exit: float, cost: float) -> float:
        """What one unit of the spread earns [price/time]: in where it is `entry` from its mean, out at `exit`.

        Both directions are traded. An `exit` below 0 is beyond the mean; at −`entry` the trade flips, and a trader of
        one direction alone (Bertram's) earns half.

        Raises
        ------
        ParameterError
            If |exit| is beyond entry, or the cost is not below what a trade earns, entry − exit.
        """
        i, o, c = (check_number(name, x, "price") for name, x in dict(entry=entry, exit=exit, cost=cost).items())
        if not (0 <= c < i - o and abs(o) <= i):
            raise ParameterError(
                "A cost must be at least 0 and below what a trade earns, entry − exit, and exit within ±entry; "
                f"got {c:g}, {i:g} and {o:g}."
            )
        i, o, c = (x / self.deviation for x in (i, o, c))
        waiting = (_way_up(abs(o), i) - _way_up(-i, -abs(o))) / 2
        return (i - o - c) * self.deviation * self.mean_reversion / (_way_up(-i, -o) + waiting)

    def best_entry(self, cost: float) -> float:
        """The distance from the mean [price] at which a trade that flips earns most: e^{a²/2}(2a − c) = 2∫₀ᵃe^{y²/2}dy.

        In deviations (Bertram).
        """
        c = check_number("cost", cost, "price", at_least=0) / self.deviation

        def gap(a: float) -> float:
            return 2 * a - c - 2 * _way_up(-a, a) / math.sqrt(2 * math.pi) * math.exp(-a * a / 2)

        return _root(gap, c / 2, c / 2 + 1) * self.deviation

    @in_range
    def optimal_stopping(self, discount_rate: float, cost: float) -> tuple[float, float]:
        """Where to buy once, and where to sell it then [price], if money is discounted and each trade costs `cost`.

        Returns
        -------
        tuple of float
            d* and b*: F(b) = (b − c)F'(b) and G(d)(V'(d) − 1) = G'(d)(V(d) − d − c), with F(x) = ∫u^{r/κ−1}e^{zu−u²/2}du,
            z = `score(x)`, G its mirror, and V = (b − c)F/F(b) (Leung and Li).
        """
        nu = check_number("discount_rate", discount_rate, "1/time", above=0) / self.mean_reversion
        c, s, mirror = check_number("cost", cost, "price", above=0), self.deviation, 2 * self.mean

        def f(x: float) -> tuple[float, float]:
            """F and F' by ∫u^ν(u − z)…/ν and ∫u^ν…: the power in F itself has its weight where u is nearly 0."""
            z = (x - self.mean) / s
            v = np.arange(-45.0, math.log(max(z, 0.0) + 12), 0.02)  # u = e^v
            u = np.exp(v)
            weights = 0.02 * np.exp((1 + nu) * v + z * u - u * u / 2)
            return float(weights @ (u - z)) / nu, float(weights.sum()) / s

        def sells(b: float) -> float:
            value, slope = f(b)
            return (b - c) * slope - value

        sale = _root(sells, c, max(c, self.mean) + s)
        whole = (sale - c) / f(sale)[0]

        def buys(d: float) -> float:
            (value, slope), (low, fall) = f(d), f(mirror - d)
            return low * (whole * slope - 1) + fall * (whole * value - d - c)

        return sale - _root(lambda down: buys(sale - down), 0.0, s), sale

    def position(self, value: ArrayLike, time_left: ArrayLike, risk_aversion: float) -> FloatArray:
        """What a CARA trader with this belief holds [clips]: −κ(x − θ)(1 + κτ)/(γσ²), shapes that broadcast."""
        gamma = vocabulary.RISK_AVERSION.check(risk_aversion)
        reach = 1 + self.mean_reversion * vocabulary.TIME_LEFT.check_array(time_left)
        return np.asarray(-self.mean_reversion * (floats(value) - self.mean) * reach / (gamma * self.volatility**2))

    def certainty_equivalent(self, value: ArrayLike, time_left: ArrayLike, risk_aversion: float) -> FloatArray:
        """What the spread at `value` is worth to a CARA trader [price·clip]: κ²τ(x − θ)²/(2γσ²) + κ²τ²/(4γ)."""
        gamma, tau = vocabulary.RISK_AVERSION.check(risk_aversion), vocabulary.TIME_LEFT.check_array(time_left)
        away = (floats(value) - self.mean) / self.volatility
        return np.asarray(self.mean_reversion**2 * tau * (2 * away**2 + tau) / (4 * gamma))

    def ruin(self, time_left: float) -> float:
        """The believed κ̂ [1/time] from which `position` has the expected utility −∞, at any γ and σ: wτ + c₀ = π/2.

        w = √(κ̂² − κ²), c₀ = arctan((κ̂ − κ)/w): bets so large that the moments of what they earn do not exist.
        """
        kappa, tau = self.mean_reversion, vocabulary.TIME_LEFT.check(time_left)

        def beyond(more: float) -> float:
            w = math.sqrt(more * (more + 2 * kappa))
            return w * tau + math.atan2(more, w) - math.pi / 2

        return kappa + _root(beyond, 0.0, kappa)

    @in_range
    def worth_of_belief(self, believed: ArrayLike, time_left: float, risk_aversion: float) -> FloatArray:
        """What `position` with κ̂ in the place of κ is worth to a CARA trader who starts at the mean [price·clip].

        κ²τ²/4γ + [ln g + (κ̂ − κ)τ + (κ̂² − κ²)τ²/2]/2γ, g = cosh z + (κ − κ̂)τ sinh(z)/z, z = τ√(κ² − κ̂²); `believed`
        [1/time] of any shape.

        Raises
        ------
        ParameterError
            If a κ̂ is the `ruin` or beyond it.
        """
        kappa, gamma = self.mean_reversion, vocabulary.RISK_AVERSION.check(risk_aversion)
        hat, tau = floats(believed), vocabulary.TIME_LEFT.check(time_left)
        if tau and not ((hat > 0) & (hat < (ruin := self.ruin(tau)))).all():
            raise ParameterError(
                f"A believed mean reversion must be above 0 and below {ruin:.6g}, from where on the utility expected is "
                f"−∞; got {float(hat.max()):.6g}, where the true one is {kappa:g}."
            )
        z = tau * np.sqrt(kappa**2 - hat**2 + 0j)
        g = np.cosh(z) + (kappa - hat) * tau * np.where(z == 0, 1.0, np.sinh(z) / np.where(z == 0, 1.0, z))
        gained = np.log(g.real) + (hat - kappa) * tau + (hat**2 - kappa**2) * tau**2 / 2
        return np.asarray((kappa * tau) ** 2 / (4 * gamma) + gained / (2 * gamma))


def autoregression(x: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """a, b and the noise's variance of X' = a + bX + noise, along the last axis, by least squares."""
    before, after = x[..., :-1], x[..., 1:]
    centre, aim = before.mean(axis=-1, keepdims=True), after.mean(axis=-1, keepdims=True)
    b = ((before - centre) * (after - aim)).sum(axis=-1) / ((before - centre) ** 2).sum(axis=-1)
    a = aim[..., 0] - b * centre[..., 0]
    return a, b, ((after - a[..., np.newaxis] - b[..., np.newaxis] * before) ** 2).mean(axis=-1)


@cache
def _legendre() -> tuple[FloatArray, FloatArray]:
    return np.polynomial.legendre.leggauss(200)


def _way_up(low: float, high: float) -> float:
    """The mean time from low to high in deviations and units of 1/κ: ∫ (e^{ht} − e^{lt}) e^{−t²/2} dt/t over t > 0."""
    if high > 37:  # where e^{h²/2} stops being a number; in the logarithm of it nobody would trade either
        raise ParameterError(f"A spread does not get further than 37 deviations in any time; got {high:.4g}.")
    nodes, weights = _legendre()
    most = (max(high, 0.0) + 10) / 2
    t = most * (nodes + 1)
    rise = np.exp(high * t - t * t / 2) - np.exp(low * t - t * t / 2)
    return float(most * (weights @ (rise / t)))


def _root(rises: Callable[[float], float], low: float, high: float) -> float:
    """Where what rises from below 0 at `low` meets 0, by bisection; `high` is moved until it is beyond."""
    while rises(high) < 0:
        high = 2 * high - low
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if rises(middle) < 0 else (low, middle)
    return high
