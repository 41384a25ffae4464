import numpy as np
import pytest

from mmlab import ParameterError
from mmlab.learning import ridge

X = np.random.default_rng(17).normal(size=(40, 3))
Y = X @ [1.0, -2.0, 0.5] + np.random.default_rng(18).normal(size=40)


def test_without_a_penalty_it_is_least_squares():
    assert ridge(X, Y) == pytest.approx(np.linalg.lstsq(X, Y)[0], rel=1e-12)


def test_a_penalty_is_rows_of_zeros_added_to_the_sample():
    weights = np.array([3.0, 0.0, 7.0])
    more = np.vstack([X, np.diag(np.sqrt(weights))]), np.concatenate([Y, np.zeros(3)])
    assert ridge(X, Y, weights) == pytest.approx(np.linalg.lstsq(*more)[0], rel=1e-12)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((X, Y[:-1]), r"must have the shapes \(n, p\), \(n,\) and \(\) or \(p,\); got \(40, 3\), \(39,\) and \(\)"),
        ((X, Y, [1.0, 2.0]), r"and \(2,\)"),
        ((X, Y, -1.0), r"penalty \(λ\) must be a finite number at least 0 \[1\]; got -1"),
        ((np.ones((40, 2)), Y), "follows from the others"),
    ],
)
def test_what_cannot_be_solved_is_refused(arguments, words):
    with pytest.raises(ParameterError, match=words):
        ridge(*arguments)
