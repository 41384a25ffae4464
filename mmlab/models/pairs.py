"""A spread that comes back: whether it does, how long its trades take, where to make them, how much, and ruin."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from mmlab import vocabulary
from mmlab.arguments import explained
from mmlab.arrays import floats, in_range
from mmlab.parameters import FloatArray, ParameterError, check_number, parameter, validated

_legendre = cache(np.polynomial.legendre.leggauss)


@validated
class OrnsteinUhlenbeck:
    """dX = κ(θ − X)dt + σdW: a spread that comes back to θ, with the stationary deviation s = σ/√(2κ).

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
        """Of a spread at every `step` [time], shape (n,), by least squares: X' = a + bX + noise, κ = −ln(b)/step.

        Raises
        ------
        ParameterError
            If there are fewer than 50 values, or b is not between 0 and 1: no mean reversion in this window.
        """
        x, dt = floats(spread), check_number("step", step, "time", above=0)
        if x.ndim != 1 or len(x) < 50:
            raise ParameterError(f"A spread must be a list of at least 50 values; got the shape {x.shape}.")
        a, b, noise = least_squares(x[:-1], x[1:])
        if not 0 < b < 1:
            raise ParameterError(f"There is no mean reversion in this window: b must be between 0 and 1; got {b:.4g}.")
        kappa, s = -math.log(b) / dt, noise.std() / math.sqrt(1 - b * b)
        return cls(mean_reversion=kappa, volatility=s * math.sqrt(2 * kappa), mean=float(a / (1 - b)))

    @property
    def deviation(self) -> float:
        """The stationary deviation s [price]."""
        return self.volatility / math.sqrt(2 * self.mean_reversion)

    def score(self, value: ArrayLike) -> FloatArray:
        """How many stationary deviations `value` [price], of any shape, is above the mean: Avellaneda and Lee's."""
        return np.asarray((floats(value) - self.mean) / self.deviation)

    def passage_time(self, start: float, end: float) -> float:
        """The mean time from one value [price] until another is first met [time].

        Out to −a and back from a, Bertram's cycle, it is (2π/κ) erfi(a√κ/σ), both ways together.
        """
        a, b = (float(self.score(check_number(name, x, "price"))) for name, x in (("start", start), ("end", end)))
        return (_way_up(a, b) if a < b else _way_up(-a, -b)) / self.mean_reversion

    def band_rate(self, entry: float, exit: float, cost: float) -> float:
        """What one unit of the spread earns [price/time]: in where it is `entry` from its mean, out at `exit`.

        Both directions are traded, at the `cost` of a round trip [price]. An exit below 0 is beyond the mean; at −entry
        the trade flips, and in one direction alone (Bertram's) it earns half.

        Raises
        ------
        ParameterError
            If exit is not within ±entry, or the cost not below what a trade earns, entry − exit.
        """
        given = {name: check_number(name, x, "price") for name, x in dict(entry=entry, exit=exit, cost=cost).items()}
        i, o, c = (x / self.deviation for x in given.values())
        if not (0 <= c < i - o and abs(o) <= i):
            raise ParameterError(f"The cost must be below entry − exit, and exit within ±entry; got {given}.")
        waiting = (_way_up(abs(o), i) - _way_up(-i, -abs(o))) / 2
        return (i - o - c) * self.deviation * self.mean_reversion / (_way_up(-i, -o) + waiting)

    def best_entry(self, cost: float) -> float:
        """The distance a [price] at which a trade that flips earns most: e^{a²/2}(2a − c) = 2∫₀ᵃe^{y²/2}dy, s = 1."""
        c = check_number("cost", cost, "price", at_least=0) / self.deviation
        shrunk = math.sqrt(2 / math.pi)
        best = _root(lambda a: 2 * a - c - shrunk * math.exp(-a * a / 2) * _way_up(-a, a), c / 2, c / 2 + 1)
        return best * self.deviation

    @in_range
    def optimal_stopping(self, discount_rate: float, cost: float) -> tuple[float, float]:
        """Where to buy once, and then to sell [price], if money is discounted and each trade costs `cost` [price].

        Returns
        -------
        tuple of float
            d* and b*: F(b) = (b − c)F'(b) and G(d)(V'(d) − 1) = G'(d)(V(d) − d − c), F(x) = ∫u^{ν−1}e^{zu−u²/2}du with
            ν = r/κ and z = `score(x)`, G its mirror image, V = (b − c)F/F(b) (Leung and Li).
        """
        nu = check_number("discount_rate", discount_rate, "1/time", above=0) / self.mean_reversion
        c, s, mirror = check_number("cost", cost, "price", above=0), self.deviation, 2 * self.mean
        v = np.arange(-45.0, 4.0, 0.02)
        u = np.exp(v)

        def f(x: float) -> tuple[float, float]:
            """F, by parts (its own power has all its weight where u is nearly 0), and F'."""
            z = (x - self.mean) / s
            weights = 0.02 * np.exp((1 + nu) * v + z * u - u * u / 2)
            return float(weights @ (u - z)) / nu, float(weights.sum()) / s

        def gain(d: float) -> float:
            (value, slope), (back, fall) = f(d), f(mirror - d)
            return back * (whole * slope - 1) + fall * (whole * value - d - c)

        sale = _root(lambda b: (b - c) * f(b)[1] - f(b)[0], c, max(c, self.mean) + s)
        whole = (sale - c) / f(sale)[0]
        return sale - _root(lambda below: gain(sale - below), 0.0, s), sale

    def position(self, value: ArrayLike, time_left: ArrayLike, risk_aversion: float) -> FloatArray:
        """What a CARA trader with this belief holds [clips]: −κ(x − θ)(1 + κτ)/(γσ²); shapes broadcast."""
        gamma, tau = vocabulary.RISK_AVERSION.check(risk_aversion), vocabulary.TIME_LEFT.check_array(time_left)
        pull = self.mean_reversion * (self.mean - floats(value)) * (1 + self.mean_reversion * tau)
        return np.asarray(pull / (gamma * self.volatility**2))

    def ruin(self, time_left: float) -> float:
        """The believed κ̂ [1/time] from which `position` has the expected utility −∞, at any γ and σ: wτ + c₀ = π/2.

        w = √(κ̂² − κ²) and c₀ = arctan((κ̂ − κ)/w).
        """
        kappa, tau = self.mean_reversion, float(vocabulary.TIME_LEFT.check(time_left))

        def beyond(more: float) -> float:
            w = math.sqrt(more * (more + 2 * kappa))
            return w * tau + math.atan2(more, w) - math.pi / 2

        return kappa + _root(beyond, 0.0, kappa)

    @in_range
    def worth(self, believed: float, time_left: float, risk_aversion: float, value: float | None = None) -> float:
        """What `position` with κ̂ [1/time] for κ is worth to a CARA trader [price·clip], from a `value` or the mean.

        k(τ)/γ + k'(τ)(x − θ)²/(γσ²) with k = (ln g + (κ̂ − κ)τ + κ̂²τ²/2)/2, g = cosh z + (κ − κ̂)τ sinh(z)/z and
        z = τ√(κ² − κ̂²).

        Raises
        ------
        ParameterError
            If κ̂ is not above 0 and below `ruin`.
        """
        kappa, gamma = self.mean_reversion, vocabulary.RISK_AVERSION.check(risk_aversion)
        end, more = self.ruin(time_left), believed - kappa
        if not 0 < believed < end:
            ends = f"above 0 and below {end:.6g}, from where on the expected utility is −∞"
            raise ParameterError(f"The belief must be {ends}; got {believed:.6g}, where the true one is {kappa:g}.")
        z = time_left * cmath.sqrt(-more * (more + 2 * kappa)) or 1e-150  # which divides
        cosh, sinh = cmath.cosh(z).real, (cmath.sinh(z) / z).real * time_left
        g = cosh - more * sinh
        growth = more + believed**2 * time_left - more * (cosh + (more + 2 * kappa) * sinh) / g
        off = 0.0 if value is None else (check_number("value", value, "price") - self.mean) / self.volatility
        flat = math.log(g) + more * time_left + (believed * time_left) ** 2 / 2
        return float((flat + growth * off * off) / (2 * gamma))


class Pairs(NamedTuple):
    """y = constant + slope x + spread by least squares, and how surely the spread comes back, each of the pairs' shape.

    The `deviation` is the spread's, the `statistic` its Dickey–Fuller t, and `critical` what that must be below: at 5%,
    of two series and a constant (MacKinnon).
    """

    constant: FloatArray
    slope: FloatArray
    deviation: FloatArray
    statistic: FloatArray
    critical: float


@explained
def engle_granger(y: ArrayLike, x: ArrayLike) -> Pairs:
    """Test pairs of series, days along the last axis; shapes broadcast.

    Raises
    ------
    ParameterError
        If there are fewer than 50 days.

    References
    ----------
    R. F. Engle and C. W. J. Granger (1987), Co-integration and error correction, Econometrica 55(2).
    J. G. MacKinnon (2010), Critical values for cointegration tests, Queen's Economics Department Working Paper 1227.
    """
    y, x = floats(y), floats(x)
    if (days := min(y.shape[-1], x.shape[-1])) < 50:
        raise ParameterError(f"Fewer than 50 days say nothing of a pair; got {days}.")
    constant, slope, spread = least_squares(x, y)
    before, change = spread[..., :-1], np.diff(spread)
    weight = (before**2).sum(axis=-1)
    pull = (before * change).sum(axis=-1) / weight
    noise = ((change - pull[..., np.newaxis] * before) ** 2).sum(axis=-1) / (days - 2)
    critical = -3.33613 - 6.1101 / days - 6.823 / days**2
    return Pairs(constant, slope, spread.std(axis=-1), pull / np.sqrt(noise / weight), critical)


def least_squares(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """a and b of the line y = a + bx, and what it leaves of y, along the last axis; shapes broadcast."""
    centre, middle = x.mean(axis=-1, keepdims=True), y.mean(axis=-1, keepdims=True)
    b = ((x - centre) * (y - middle)).sum(-1, keepdims=True) / ((x - centre) ** 2).sum(-1, keepdims=True)
    return (middle - b * centre)[..., 0], b[..., 0], y - middle - b * (x - centre)


def _way_up(low: float, high: float) -> float:
    """The mean time from low to high in deviations and units of 1/κ: ∫ (e^{ht} − e^{lt}) e^{−t²/2} dt/t over t > 0."""
    if high > 37:  # where e^{h²/2} stops being a number
        raise ParameterError(f"No spread gets further than 37 deviations in any time that counts; got {high:.4g}.")
    nodes, weights = _legendre(200)
    reach = (max(high, 0.0) + 10) / 2
    t = reach * (nodes + 1)
    return float(reach * weights @ ((np.exp(high * t - t * t / 2) - np.exp(low * t - t * t / 2)) / t))


def _root(rises: Callable[[float], float], low: float, high: float) -> float:
    """Where what rises from below 0 at `low` meets 0, by bisection; `high` is moved until it is beyond."""
    while rises(high) < 0:
        high = 2 * high - low
    while (middle := (low + high) / 2) not in (low, high):
        low, high = (middle, high) if rises(middle) < 0 else (low, middle)
    return high
