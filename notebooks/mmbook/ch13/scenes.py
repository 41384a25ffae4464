"""What chapter 13 trades: twenty clips, whole-clip schedules, a day that climbs, round trips that models pay for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mmlab.market import Exponential, Market
from mmlab.models import CrossingCost, Schedule, WaitOrCross
from mmlab.parameters import FloatArray, ParameterError

CLIPS, VOLATILITY, COST = 20, 2.0, CrossingCost(half_spread=0.75, impact=0.02)
"""What chapter 08's desk pays to be flat."""
EACH = float(COST(1))
"""A clip alone [price]."""


def market_with(buyers: float) -> Market:
    """Chapter 02's market with so many buyers, and sellers, a day."""
    return Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=buyers, fill_decay=1.5))


def seller(buyers: float = 140.0, risk_aversion: float = 0.1, crossing: float | None = None) -> WaitOrCross:
    """Who sells the clips by limit orders, and across the spread too if `crossing` says what a clip then costs."""
    own = dict(risk_aversion=risk_aversion, max_inventory=CLIPS, min_inventory=0, crossing=crossing, close_cost=COST)
    return WaitOrCross.for_market(market_with(buyers), arrival_rate=(buyers, 0), **own)


def whole_clips(risk_aversion: float, n_slices: int = 20) -> Schedule:
    """The best schedule of whole clips, flat at the end, by dynamic programming: no sum of costs and risks is less."""
    left = np.arange(CLIPS + 1.0)
    sold = left[:, np.newaxis] - left
    step = np.where(sold >= 0, -COST(sold), -np.inf) - risk_aversion * VOLATILITY**2 / n_slices / 2 * left**2
    value, choices = np.where(left > 0, -np.inf, 0.0), []
    for _ in range(n_slices):
        choices.append((step + value).argmax(axis=1))
        value = (step + value).max(axis=1)
    path = [CLIPS]
    for choice in reversed(choices):
        path.append(int(choice[path[-1]]))
    return Schedule(tuple(-np.diff(path)), 1.0)


def climbing_day(share: float, speed: FloatArray, climb: float = 6.0, impact: float = 0.2) -> dict[str, float]:
    """Buying 100 clips, `share` of a day's volume, at this relative `speed` in equal moments, mean 1 [price a clip].

    The mid climbs evenly, the others trade evenly at it, and our own prints cost `impact` × the speed more.
    """
    mid = climb * (np.arange(len(speed)) + 0.5) / len(speed)
    paid = float((speed * (mid + impact * speed)).mean())
    return {"against VWAP": (1 - share) * (paid - float(mid.mean())), "against arrival": paid, "in all": 100 * paid}


def square_root_round_trip(speed: float) -> float:
    """What it costs to buy one clip in a unit of time and sell it at this speed, if v moves the price by √v e^{−t}.

    The displacement is 1 − e^{−t} while one buys; as one sells e^{−t} is left of its peak, and −√v (1 − e^{−t}) comes.
    """
    left = -speed * np.expm1(-1 / speed)  # the mean of e^{−t} while one sells
    return float(np.exp(-1) + np.expm1(-1) * left + np.sqrt(speed) * (1 - left))


KERNELS: dict[str, Callable[[FloatArray], FloatArray]] = {
    "exponential": lambda t: np.exp(-3 * t),
    "power": lambda t: (1 + 3 * t) ** -0.4,
    "Gaussian": lambda t: np.exp(-9 * t**2),
    "bell": lambda t: 1 / (1 + 16 * t**2),
    "box": lambda t: (t < 0.26).astype(float),
}


def kernel_matrix(kernel: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """K(|t_i − t_j|) of eleven equal moments."""
    return kernel(np.abs(np.subtract.outer(np.arange(11), np.arange(11))) / 10)


def round_trip(matrix: FloatArray) -> tuple[FloatArray, float]:
    """The trades w with Σw = 0 and |w| = 1 that cost least, and what they earn, −½w'Kw."""
    basis = np.linalg.qr(np.column_stack([np.ones(len(matrix)), np.eye(len(matrix))[:, 1:]]))[0][:, 1:]
    values, vectors = np.linalg.eigh(basis.T @ matrix @ basis)
    return basis @ vectors[:, 0], float(-values[0] / 2)


def weights(matrix: FloatArray) -> FloatArray:
    """What to sell at each moment, of one clip, at the least ½w'Kw.

    Raises
    ------
    ParameterError
        If the kernel is not positive definite: with its smallest eigenvalue, and the round trip that earns.
    """
    least = float(np.linalg.eigvalsh(matrix)[0])
    if least <= 1e-13 * float(np.abs(matrix).max()):
        w, earned = round_trip(matrix)
        raise ParameterError(
            f"No schedule is cheapest: the kernel is not positive definite (smallest eigenvalue {least:.4f}), and the "
            f"round trip {np.round(w, 2).tolist()} earns {earned:.4f}."
        )
    sold = np.linalg.solve(matrix, np.ones(len(matrix)))
    return np.asarray(sold / sold.sum())


def kernel_facts(kernel: Callable[[FloatArray], FloatArray]) -> tuple[float, float, float, float]:
    """The smallest eigenvalue, the least and largest weight of the cheapest sale (NaN: none), the best round trip."""
    matrix = kernel_matrix(kernel)
    least = float(np.linalg.eigvalsh(matrix)[0])
    sold = weights(matrix).tolist() if least > 0 else [np.nan]
    return least, min(sold), max(sold), round_trip(matrix)[1]
