"""Regression, instruments and orthogonal estimates: limits, coverage, what a change of units does, and refusals."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.causal import anderson_rubin, bump_ridge, bumps, instrumented, orthogonal, regressed
from mmlab.learning import ridge

THETA, C = 0.10, 0.6


def impact(b, rng, n=20_000):
    """C.3's: Δp, x, z, s of x = s + bz + .7u and Δp = θx + cs + 2e."""
    s, z, u, e = rng.standard_normal((4, n))
    x = s + b * z + 0.7 * u
    return THETA * x + C * s + 2 * e, x, z, s


def held(sets, theta):
    return any(low <= theta <= high for low, high in sets)


REPS = 80


@pytest.fixture(scope="module", params=[0.7, 0.05, 0.02])
def repeated(request):
    """b; OLS value and error, IV value and error, F, and whether Anderson and Rubin's set holds θ; seed 2."""
    rng, rows = np.random.default_rng(2), []
    for _ in range(REPS):
        y, x, z, _ = impact(request.param, rng)
        ols, iv, first = regressed(y, x), instrumented(y, x, z), regressed(x, z)
        row = ols.value, ols.error, iv.value, iv.error, (first.value / first.error) ** 2
        rows.append((*row, held(anderson_rubin(y, x, z), THETA)))
    return request.param, np.array(rows).T


def test_naive_and_instrumented_impact(repeated):
    b, (ols, ols_error, iv, iv_error, f, covers) = repeated
    limit = THETA + C / (1 + b**2 + 0.49)
    assert abs(ols.mean() - limit) < 3 * ols.std() / np.sqrt(REPS)
    assert (np.abs(ols - THETA) > 1.96 * ols_error).all()
    exact = np.sqrt(C**2 + 4) / (b * np.sqrt(20_000))
    # The median's own error: its density there is the normal's, all but for a weak instrument's.
    assert abs(np.median(iv) - {0.7: 0.1001, 0.05: 0.1014, 0.02: 0.1106}[b]) < 3 * 1.6 * exact / np.sqrt(REPS)
    assert abs(covers.mean() - 0.95) <= 3 * np.sqrt(0.95 * 0.05 / REPS)
    of_f = {0.7: 6576, 0.05: 33, 0.02: 5.3}[b]
    assert abs(np.median(f) - of_f) < 3 * 1.25 * 2 * np.sqrt(of_f) * np.sqrt(1 / REPS + 1 / 1_000) + 0.5
    if b == 0.7:
        assert limit == pytest.approx(0.403030, abs=5e-7)
        assert exact == pytest.approx(0.021093, abs=5e-7)
        assert abs(iv.mean() - THETA) < 3 * exact / np.sqrt(REPS)
        assert abs(iv_error.mean() - exact) < 3 * iv_error.std() / np.sqrt(REPS) + 1e-5
        assert abs(iv.std() - exact) < 3 * exact / np.sqrt(2 * REPS)


def test_with_the_signal_as_a_control_the_regression_is_right():
    y, x, _, s = impact(0.7, np.random.default_rng(2))
    estimate = regressed(y, x, s)
    assert abs(estimate.value - THETA) < 3 * estimate.error
    assert estimate.error == pytest.approx(2 / np.sqrt(20_000 * 0.98), rel=0.03)
    both = np.linalg.lstsq(np.column_stack([x, s, np.ones_like(x)]), y, rcond=None)[0]
    assert estimate.value == pytest.approx(both[0])
    assert instrumented(y, x, x, s) == estimate


samples = st.integers(0, 10**6).map(lambda seed: impact(0.3, np.random.default_rng(seed), 60))


@settings(max_examples=40)
@given(sample=samples, up=st.floats(0.01, 100), down=st.floats(0.01, 100), shift=st.floats(-50, 50))
def test_units_and_origins(sample, up, down, shift):
    y, x, z, s = sample
    for of in (
        lambda y, x, z: regressed(y, x, s),
        lambda y, x, z: instrumented(y, x, z, s),
        lambda y, x, z: orthogonal(y, x, s[:, np.newaxis]),
    ):
        plain, other = of(y, x, z), of(up * y + shift, down * x - shift, -3 * z + shift)
        assert other.value == pytest.approx(up / down * plain.value, rel=1e-5, abs=1e-6 * up / down)
        assert other.error == pytest.approx(up / down * plain.error, rel=1e-5, abs=1e-6 * up / down)


@settings(max_examples=40)
@given(sample=samples, theta=st.floats(-30, 30))
def test_anderson_and_rubin_hold_each_theta_whose_residual_shows_no_instrument(sample, theta):
    y, x, z, _ = sample
    sets = anderson_rubin(y, x, z)
    r, w = (y - y.mean()) - theta * (x - x.mean()), z - z.mean()
    excess = (w @ r) ** 2 / np.sum((w * r) ** 2) - 3.841458820694124
    if abs(excess) > 1e-6:
        assert held(sets, theta) == (excess < 0)
    assert held(sets, instrumented(y, x, z).value)


def test_the_three_shapes_of_the_set():
    rng = np.random.default_rng(5)
    y, x, z, _ = impact(0.7, rng)
    (strong,), iv = anderson_rubin(y, x, z), instrumented(y, x, z)
    assert strong == pytest.approx(iv.interval, abs=0.03 * iv.error)
    shapes = {
        len(s) if np.isfinite(s).any() else 0 for s in (anderson_rubin(*impact(0.0, rng, 200)[:3]) for _ in range(200))
    }
    assert shapes == {0, 1, 2}
    assert anderson_rubin([1, 2, 4.0], [1, 1, 1.0], [0, 1, 2.0]) == [(-np.inf, np.inf)]


def controlled(rng, n=1_000):
    """C.3's partially linear model: y, x, w and what an oracle leaves of y and x."""
    w, v, e = rng.standard_normal((n, 3)), rng.standard_normal(n), rng.standard_normal(n)
    a, b = w[:, 0], w[:, 1]
    m, g = np.tanh(2 * a) + a * b / 2, 1.2 * np.tanh(2 * a) + 0.6 * np.cos(2 * b) + a * b / 2
    x = m + 0.7 * v
    return 0.5 * x + g + e, x, w, 0.35 * v + e, 0.7 * v


DML_REPS = 60
DML = {  # the reference's mean and deviation of 600
    "nothing": (1.2361, 0.0356),
    "linear": (0.9427, 0.0470),
    "ridge": (0.5708, 0.0422),
    "orthogonal 30": (0.5147, 0.0446),
    "orthogonal 1": (0.5025, 0.0461),
    "no folds": (0.5022, 0.0448),
    "oracle": (0.5011, 0.0444),
}


@pytest.fixture(scope="module")
def many_controls():
    rng, rows = np.random.default_rng(3), {name: [] for name in DML}
    heavy = partial(bump_ridge, penalty=30)
    for _ in range(DML_REPS):
        y, x, w, left_y, left_x = controlled(rng)
        features = bumps(w)
        columns = np.column_stack([x, np.ones(len(x)), features])
        one = ridge(columns, y, [0, 0] + [30] * features.shape[1])[0]
        estimates = {
            "nothing": regressed(y, x),
            "linear": regressed(y, x, w),
            "orthogonal 30": orthogonal(y, x, w, heavy),
            "orthogonal 1": orthogonal(y, x, w),
            "no folds": orthogonal(y, x, w, folds=1),
            "oracle": regressed(left_y, left_x),
        }
        for name, estimate in estimates.items():
            rows[name].append((estimate.value, estimate.error))
        rows["ridge"].append((one, np.nan))
    return {name: np.array(pairs) for name, pairs in rows.items()}


@pytest.mark.parametrize("name", DML)
def test_many_controls(many_controls, name):
    values, _ = many_controls[name].T
    mean, sd = DML[name]
    both = np.sqrt(1 / DML_REPS + 1 / 600)
    assert abs(values.mean() - mean) < 3 * sd * both
    assert abs(values.std(ddof=1) - sd) < 3 * sd * both / np.sqrt(2)


def test_orthogonality_takes_the_penaltys_bias_away_and_its_error_is_the_oracles(many_controls):
    bias = {name: many_controls[name][:, 0].mean() - 0.5 for name in ("ridge", "orthogonal 30")}
    assert bias["orthogonal 30"] < bias["ridge"] / 2
    exact = 1 / np.sqrt(1_000 * 0.49)
    assert exact == pytest.approx(0.04518, abs=5e-6)
    for name in ("orthogonal 30", "orthogonal 1", "oracle"):
        values, errors = many_controls[name].T
        assert errors.mean() == pytest.approx(exact, rel=0.02)
        if name != "orthogonal 30":
            assert abs((np.abs(values - 0.5) < 1.96 * errors).mean() - 0.95) <= 3 * np.sqrt(0.95 * 0.05 / DML_REPS)


def test_a_poor_learner_is_not_saved():
    def nearest(w, target, others, k=10):
        far = ((others[:, np.newaxis] - w) ** 2).sum(axis=2)
        return target[np.argpartition(far, k, axis=1)[:, :k]].mean(axis=1)

    rng = np.random.default_rng(4)
    values = np.array([orthogonal(*controlled(rng)[:3], nearest).value for _ in range(6)])
    assert abs(values.mean() - 0.5837) < 3 * 0.05 * np.sqrt(1 / 6 + 1 / 120)


def test_bumps():
    assert bumps(np.zeros((5, 3))).shape == (5, 36)
    one = bumps([[0.6]])[0]
    assert one[0] == 0.6
    assert one[-1] == pytest.approx(0.36)
    assert one[1:10] == pytest.approx(np.exp(-((np.arange(9) - 5) ** 2) / 2))


def test_what_is_refused():
    y, x, _, s = impact(0.7, np.random.default_rng(0), 50)
    for of in (
        lambda: regressed(y, np.ones(50)),
        lambda: regressed(y, 2 * s + 1, s),
        lambda: instrumented(y, x, np.ones(50)),
    ):
        with pytest.raises(ParameterError, match="x must vary by itself, and an instrument must move it"):
            of()
    gap = np.append(y[:-1], np.nan)
    for of in (lambda: regressed(gap, x), lambda: regressed(y, x, gap), lambda: anderson_rubin(gap, x, s)):
        with pytest.raises(ParameterError, match="must not contain infs or NaNs"):
            of()
    with pytest.raises(ParameterError, match="cannot use"):
        regressed(y[:-1], x)
    with pytest.raises(ParameterError, match="folds must be a whole number of at least 1"):
        orthogonal(y, x, s[:, np.newaxis], folds=0)
