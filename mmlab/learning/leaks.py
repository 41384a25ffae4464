"""Leaks of exactly known size: what a score shows on a coin, and the split that shows nothing of it."""

from __future__ import annotations

from mmlab.learning.ceilings import choose, sign_accuracy
from mmlab.parameters import ParameterError, check_count


def smoothed_label_r_squared(k: int, feature: str = "past mean") -> float:
    """R² of the past for the label m₊ − m₋ on a random walk, whose future nobody knows: (2k² − 3k + 1)/(4k² + 2).

    m₊ is the mean of the next k prices, m₋ that of the last k, S_t among them: m₋ is in the label, and S_t − m₋ in
    the past. The `feature` "past mean" is that S_t − m₋, the best there is; "return" is S_t − S_{t−k}, with the R²
    3(k − 1)²/(8k² + 4).

    Raises
    ------
    ParameterError
        If k is not a whole number of at least 1, or the feature is another.

    References
    ----------
    Z. Zhang, S. Zohren and S. Roberts (2019), DeepLOB, IEEE Transactions on Signal Processing 67(11), whose label in
    three classes this is in two.
    """
    k = check_count("k", k)
    shares = {"past mean": (2 * k * k - 3 * k + 1) / (4 * k * k + 2), "return": 3 * (k - 1) ** 2 / (8 * k * k + 4)}
    return choose("feature", feature, shares)


def smoothed_label_accuracy(k: int, feature: str = "past mean") -> float:
    """How often the past has the sign of m₊ − m₋ on a random walk [1]: ½ + arcsin(R)/π, up to ¾ with k."""
    return float(sign_accuracy(smoothed_label_r_squared(k, feature)))


def random_split_accuracy(h: int, neighbours: int = 1) -> float:
    """How often the labels next door have the sign of S_{t+h} − S_t on a random walk, if a random split left them in.

    ½ + arcsin(ρ)/π, where ρ = 1 − 1/h for one neighbour in time, and √(1 − 1/h) for the mean of the two.

    Raises
    ------
    ParameterError
        If h is not a whole number of at least 1, or the neighbours are not 1 or 2.
    """
    shared = 1 - 1 / check_count("h", h)
    return float(sign_accuracy(choose("neighbours", str(neighbours), {"1": shared**2, "2": shared})))


def walk_forward(n: int, folds: int, embargo: int, horizon: int) -> list[tuple[slice, slice]]:
    """(train, test) rows of a walk forward: blocks of n/(folds + 1) rows, each tested by what was learnt before it.

    Parameters
    ----------
    n, folds
        Rows in all, and how many blocks of them are tested: all but the first.
    embargo
        Rows before each test block that are not trained on.
    horizon
        How many rows ahead a label looks.

    Raises
    ------
    ParameterError
        If the embargo is shorter than the horizon, or leaves nothing to train on.
    """
    first = n - (size := check_count("n", n) // (check_count("folds", folds) + 1)) * folds
    if not check_count("horizon", horizon) <= check_count("embargo", embargo, at_least=0) < first:
        words = "at least the horizon, as far as a label looks into the test block, and below the first block"
        raise ParameterError(f"embargo must be {words}: from {horizon} to {first - 1}; got {embargo}.")
    return [(slice(0, start - embargo), slice(start, start + size)) for start in range(first, n, size)]
