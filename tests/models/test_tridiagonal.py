import numpy as np
import pytest

from mmlab import ParameterError
from mmlab.models.tridiagonal import Flow, exponentials, long_run


def bands(n, diagonal, up=1.0, down=1.0):
    """A chain that holds q at the price diagonal(q), from −n to n."""
    q = np.arange(-n, n + 1.0)
    made = np.stack([np.full(len(q), down), diagonal(q), np.full(len(q), up)])
    made[0, 0] = made[2, -1] = 0
    return made


@pytest.mark.parametrize(
    ("n", "diagonal", "up", "down", "start", "tau"),
    [
        (100, lambda q: -0.3 * q**2, 49.9, 49.9, lambda q: 0 * q, 0.1),  # v spans 95 decades
        (100, lambda q: -0.003 * q**2, 0.5, 0.4, lambda q: -0.01 * q**2, 5.0),  # from a Gaussian
        (30, lambda q: -0.3 * q**2, 49.9, 49.9, lambda q: 0 * q, 1.0),
        (20, lambda q: -0.1 * q**2 + 0.7 * q, 2.0, 0.0, lambda q: -0.5 * q**2, 10.0),  # a one-way street
        (12, lambda q: -0.3 * q**2, 49.9, 49.9, lambda q: 0 * q, 1e-9),
        (3, lambda q: -1e-3 * q**2, 0.33, 0.33, lambda q: 0 * q, 1e4),  # v is e^6000
        (3, lambda q: 0.2 * q, 1.0, 1e-6, lambda q: -50.0 * q**2, 1.0),  # far steeper at the start than ever after
    ],
)
def test_the_slopes_of_ln_v_have_twelve_digits(n, diagonal, up, down, start, tau, log_ratios_to_forty_digits):
    chain, log_start = bands(n, diagonal, up, down), start(np.arange(-n, n + 1.0))
    logs, _ = Flow.solve(chain, log_start, 1.25 * tau).log_v(np.array([tau]))
    np.testing.assert_allclose(-np.diff(logs[0]), log_ratios_to_forty_digits(chain, log_start, tau), 1e-11, 1e-14)


def test_the_scale_is_the_growth():
    """Where nothing moves v = e^{Mτ} v(0) is written down at once; where all rows add up to 2 it grows as e^{2τ}."""
    held = bands(4, lambda q: -q * q, up=0, down=0)
    logs, log_scale = Flow.solve(held, np.zeros(9), 2).log_v(np.array([2.0, 0.3]))
    np.testing.assert_allclose(logs + log_scale, held[1] * np.array([[2], [0.3]]), atol=1e-13)
    even = bands(4, lambda q: np.where(np.abs(q) == 4, 1.0, 0.0))
    logs, log_scale = Flow.solve(even, np.zeros(9), 1e5).log_v(np.array([1e5]))
    np.testing.assert_allclose(logs + log_scale, 2e5, rtol=1e-13)


def test_any_time_is_as_good_as_the_last_one():
    chain, times = bands(12, lambda q: -0.3 * q**2, 50, 50), np.array([0.0, 1e-7, 0.1, 1 / 3, 0.5, 0.999, 1.0])
    logs, log_scale = Flow.solve(chain, np.zeros(25), 1.0).log_v(times)
    for tau, log_v, scale in zip(times, logs, log_scale, strict=True):
        (own,), (own_scale,) = Flow.solve(chain, np.zeros(25), tau).log_v(np.array([tau]))
        np.testing.assert_allclose(np.diff(log_v), np.diff(own), rtol=1e-12, atol=1e-15)
        assert scale == pytest.approx(own_scale, rel=1e-13)


def test_the_long_run_is_an_eigenvector_to_the_last_tail():
    chain = bands(100, lambda q: -0.3 * q**2, 49.9, 49.9)
    log_v = long_run(chain)
    slope = np.diff(log_v)
    growth = chain[1].copy()
    growth[1:] += 49.9 * np.exp(-slope)
    growth[:-1] += 49.9 * np.exp(slope)
    # Mv/v is one number: here the difference of two of up to 3,000.
    np.testing.assert_allclose(growth, growth[100], atol=1e-8)


def test_the_exponentials_of_many_matrices_are_those_of_each():
    chains = np.stack([bands(5, lambda q, c=c: -c * q**2, 3, 2) for c in (0.0, 1.0, 200.0)], axis=1)
    matrices, log_scale = exponentials(chains, 0.7)
    for chain, matrix, scale in zip(np.moveaxis(chains, 1, 0), matrices, log_scale, strict=True):
        logs, alone = Flow.solve(chain, np.zeros(11), 0.7).log_v(np.array([0.7]))
        np.testing.assert_allclose(np.log(matrix.sum(axis=1)) + scale, logs[0] + alone[0], atol=1e-11)


def test_a_value_beyond_what_numbers_hold_is_refused_before_it_underflows():
    reason = "spans more than the 290 decades that numbers hold: lower max_inventory, or the cost of holding"
    steep = bands(200, lambda q: -q * q)
    with pytest.raises(ParameterError, match=reason):
        Flow.solve(steep, np.zeros(401), 1).log_v(np.array([1.0]))
    with pytest.raises(ParameterError, match=reason):
        long_run(steep)


def test_at_the_start_nothing_needs_to_be_held():
    log_start = -(np.arange(-200, 201.0) ** 2)
    logs, log_scale = Flow.solve(bands(200, lambda q: 0 * q, 1e-200, 1e-200), log_start, 1e-9).log_v(np.zeros(1))
    assert logs[0].tolist() == log_start.tolist()
    assert log_scale == 0


def test_a_day_too_long_for_its_fastest_change_is_refused():
    reason = r"changes 1.8e\+13 times over within the horizon, more than can be solved: lower max_inventory"
    with pytest.raises(ParameterError, match=reason):
        Flow.solve(bands(4, lambda q: -q * q), np.zeros(9), 1e12)
