"""Each mistake is off by the factor that it is stated to be off by, where ours is right."""

import numpy as np
import pytest
from mmbook.ch11 import naive_estimators as naive

from mmlab.measure import fill_intensity

A, KAPPA, TIME, TICK = 0.5, 20.0, 20_000.0, 0.01
DEPTHS = TICK * (np.arange(20) + 0.5)
TRUTH = np.array([A, KAPPA])
RNG = np.random.default_rng(6)
REACH = RNG.exponential(1 / KAPPA, RNG.poisson(A * TIME))
SIZE = RNG.integers(1, 200, len(REACH)).astype(float)
# A sweep that hits an order at every tick from half a tick to its reach.
LEVELS = TICK * (np.arange(100) + 0.5)
SWEEPS = np.concatenate([LEVELS[: np.searchsorted(LEVELS, reach, side="right")] for reach in REACH])


def ours():
    fitted = fill_intensity(REACH, TIME, DEPTHS)
    return fitted.arrival_rate, fitted.fill_decay


def test_ours_is_right():
    for estimate, truth in zip(ours(), TRUTH, strict=True):
        assert abs(estimate.value - truth) < 2 * estimate.error


@pytest.mark.parametrize(
    ("wrong", "factors"),
    [
        (naive.summed_volume(REACH, SIZE, TIME, DEPTHS), (100, 1)),
        (naive.exact_distance_bins(REACH, TIME, DEPTHS), (1 - np.exp(-KAPPA * TICK), 1)),
        (naive.depth_in_half_ticks(REACH, TIME, DEPTHS, TICK), (1, TICK / 2)),
        (naive.time_forgotten(REACH, DEPTHS), (TIME, 1)),
        (naive.sweeps_not_merged(SWEEPS, TIME, DEPTHS), (1 / (1 - np.exp(-KAPPA * TICK)), 1)),
    ],
    ids=["volume", "bins", "half ticks", "time", "sweeps"],
)
def test_a_mistake_is_off_by_its_factor(wrong, factors):
    for value, truth, factor, estimate in zip(wrong, TRUTH, factors, ours(), strict=True):
        relative = estimate.error / estimate.value
        assert value == pytest.approx(truth * factor, rel=4 * relative)
        assert factor == 1 or abs(value / truth - 1) > 0.5


def test_logarithms_that_drop_empty_bins_find_too_slow_a_decay():
    rng = np.random.default_rng(7)
    depths = DEPTHS[0] + TICK * np.arange(60)
    wrong, right = [], []
    for _ in range(200):
        reach = rng.exponential(1 / KAPPA, 200)
        wrong.append(naive.least_squares_on_logs(reach, 400, depths)[1])
        right.append(fill_intensity(reach, 400, depths).fill_decay.value)
    wrong, right = np.array(wrong), np.array(right)
    assert abs(right.mean() - KAPPA * (1 + 1 / 200)) < 2 * right.std() / np.sqrt(200)
    assert wrong.mean() == pytest.approx(0.7 * KAPPA, abs=4 * wrong.std() / np.sqrt(200))
    assert wrong.std() > 1.5 * right.std()
