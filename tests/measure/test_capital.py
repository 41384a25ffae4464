"""Capital among desks, against reference_desk.md §B.5."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from mmlab import ParameterError
from mmlab.measure.capital import estimated_utility, mean_variance, risk_parity

SD, MEAN = np.array([27.0, 12, 10]), np.array([54.0, 30, 20])
SIGMA = np.outer(SD, SD) * np.array([[1, 0.6, 0.2], [0.6, 1, 0.1], [0.2, 0.1, 1]])

RULES = {
    "equal": (np.ones(3) / 3, (1 / 3, 1 / 3, 1 / 3), 2.69083527, (0.654304, 0.234570, 0.111126)),
    "max Sharpe": (
        mean_variance(MEAN, SIGMA),
        (0.04191115, 0.48281643, 0.47527242),
        3.07347589,
        (0.086207, 0.551724, 0.362069),
    ),
    "1/sd": (1 / SD / (1 / SD).sum(), (0.16806723, 0.37815126, 0.45378151), 2.96683052, (0.375, 0.354167, 0.270833)),
    "risk parity": (risk_parity(SIGMA), (0.14951910, 0.35535409, 0.49512681), 2.98770924, (1 / 3, 1 / 3, 1 / 3)),
    "min variance": (
        mean_variance(1, SIGMA),
        (-0.09374239, 0.49732165, 0.59642075),
        2.79980419,
        (-0.093742, 0.497322, 0.596421),
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_of_the_table(rule):
    w, weights, ratio, parts = RULES[rule]
    assert_allclose(w, weights, rtol=0, atol=5e-9)
    assert_allclose(w @ MEAN / np.sqrt(w @ SIGMA @ w), ratio, rtol=0, atol=5e-9)
    assert_allclose(w * (SIGMA @ w) / (w @ SIGMA @ w), parts, rtol=0, atol=5e-7)


@pytest.mark.parametrize("seed", range(5))
def test_risk_parity_of_many_desks(seed):
    x = np.random.default_rng(seed).standard_normal((40, 20))
    w = risk_parity(x.T @ x)
    assert_allclose(w * (x.T @ x @ w) / (w @ x.T @ x @ w), 1 / 20, rtol=1e-9)
    assert (w > 0).all()
    assert_allclose(risk_parity(100 * x.T @ x), w, rtol=1e-9)  # another currency


BILL = {
    (60, 3): -0.01392306,
    (60, 10): -0.14942325,
    (250, 3): 0.01329955,
    (250, 10): -0.00416861,
    (1000, 10): 0.01458937,
}


@pytest.mark.parametrize("case", BILL)
def test_kan_and_zhous_bill(case):
    assert_allclose(estimated_utility(0.2, *case), BILL[case], rtol=0, atol=5e-9)


def test_the_bill_is_what_samples_pay():
    rng, n_days, n = np.random.default_rng(8), 60, 3
    mean, total, squares, runs = np.full(3, 0.2 / np.sqrt(3)), 0.0, 0.0, 20_000
    for days in rng.standard_normal((20, runs // 20, n_days, n)) + mean:
        centre = days.mean(axis=1)
        about = days - centre[:, np.newaxis]
        w = np.linalg.solve(about.swapaxes(1, 2) @ about / n_days, centre[..., np.newaxis])[..., 0]
        utility = w @ mean - (w**2).sum(axis=1) / 2
        total, squares = total + utility.sum(), squares + (utility**2).sum()
    error = np.sqrt(squares / runs - (total / runs) ** 2) / np.sqrt(runs)
    assert abs(total / runs - BILL[60, 3]) < 4 * error


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: estimated_utility(0.2, 7, 3), "above n_assets"),
        (lambda: risk_parity([[1, -1], [-1, 1]]), "no risk at all"),
        (lambda: risk_parity([[1, 2], [2, 1]]), "smallest eigenvalue is -1"),
        (lambda: mean_variance([1, 1], [[1, 1], [1, 1]]), "no risk at all"),
        (lambda: mean_variance([1, -1], np.eye(2)), "add up to 0"),
        (lambda: risk_parity([]), "square"),
    ],
)
def test_refusals(call, words):
    with pytest.raises(ParameterError, match=words):
        call()
