"""The race of two queues against a linear system, Bayes' limits of it, and the logit and its scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.learning import auc, log_loss, logistic, logit, queue_race

BID, ASK = np.meshgrid(np.arange(1, 11), np.arange(1, 11))
UP = queue_race(BID, ASK)
"""The chances on queues that are uniform on 1 … 10."""


def test_the_race_has_these_chances():
    found = queue_race([1, 2, 5, 10], 1)
    assert found == pytest.approx([0.5, 0.69765273, 0.87287411, 0.93634307], abs=5e-9)


def test_the_formula_solves_the_race_step_by_step():
    """Of two queues one is drawn, and loses or gains an order: the chance is the mean of its four neighbours.

    Relaxed on an 80 × 80 grid whose far edges hold the diffusion's (2/π) arctan(n/p).
    """
    n, p = np.meshgrid(np.arange(82), np.arange(82), indexing="ij")
    chance = 2 / np.pi * np.arctan2(n, p)
    inner = queue_race(n[1:-1, 1:-1], p[1:-1, 1:-1])
    chance[1:-1, 1:-1] = inner
    mean = (chance[2:, 1:-1] + chance[:-2, 1:-1] + chance[1:-1, 2:] + chance[1:-1, :-2]) / 4
    assert mean[:-1, :-1] == pytest.approx(inner[:-1, :-1], abs=1e-12)


@given(n=st.integers(1, 1000), p=st.integers(1, 1000))
def test_one_of_the_two_wins_and_long_queues_are_a_diffusion(n, p):
    up, down = queue_race([n, p], [p, n])
    assert up + down == pytest.approx(1, abs=1e-12)
    assert up == pytest.approx(2 / np.pi * np.arctan(n / p), abs=0.054 / (n * n + p * p) + 1e-12)


def test_many_races_are_run_in_the_shape_that_they_have():
    bid, ask = np.random.default_rng(1).integers(1, 11, size=(2, 300, 100))
    np.testing.assert_array_equal(queue_race(bid, ask), UP[ask - 1, bid - 1])


def test_nobody_scores_better_than_this():
    assert auc(UP, UP) == pytest.approx(0.769236, abs=5e-7)
    assert np.maximum(UP, 1 - UP).mean() == pytest.approx(0.693490, abs=5e-7)
    assert log_loss(UP, UP) == pytest.approx(0.572218, abs=5e-7)
    assert np.log(2) - log_loss(UP, UP) == pytest.approx(0.120929, abs=5e-7)


def test_one_right_feature_is_nearly_as_good():
    imbalance, ratio = BID / (BID + ASK), np.log(BID / ASK)
    for feature, weight, excess in ((imbalance - 0.5, 5.58831, 0.000507), (ratio, 1.21442, 0.000046)):
        beta = logit(feature.reshape(-1, 1), UP.ravel())
        assert beta == pytest.approx([weight], abs=5e-6)
        chance = logistic(feature * beta)
        assert log_loss(chance, UP) - log_loss(UP, UP) == pytest.approx(excess, abs=5e-7)
    assert auc(imbalance, UP) == pytest.approx(0.769217, abs=5e-7)
    by_angle = 2 / np.pi * np.arctan(BID / ASK)
    assert log_loss(by_angle, UP) - log_loss(UP, UP) == pytest.approx(0.000006, abs=5e-7)
    assert log_loss(imbalance, UP) - log_loss(UP, UP) == pytest.approx(0.002855, abs=5e-7)


def test_a_sample_costs_half_a_nat_for_each_weight():
    """Excess of a logit on ln(n/p) after 5,000 rows: .000046 + 1/2n, in the mean of 40 samples (seeds 0–39)."""
    excess = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        bid, ask = rng.integers(1, 11, size=(2, 5_000))
        beta = logit(np.log(bid / ask)[:, np.newaxis], rng.random(5_000) < queue_race(bid, ask))
        excess.append(log_loss(logistic(np.log(BID / ASK) * beta), UP) - log_loss(UP, UP))
    assert abs(np.mean(excess) - (0.000046 + 1 / 10_000)) < 3 * np.std(excess) / np.sqrt(40)


def drawn(seed=3, n=400):
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.standard_normal((n, 2))])
    return x, rng.random(n) < logistic(x @ [0.3, 1.0, -0.5])


def test_the_logit_s_weights_leave_no_slope():
    x, y = drawn()
    beta = logit(x, y)
    assert x.T @ (y - logistic(x @ beta)) == pytest.approx([0, 0, 0], abs=1e-9)
    # For a table of two rows the answer is known: the log-odds of each.
    assert logit(np.eye(2), [0.25, 0.9]) == pytest.approx(np.log([0.25 / 0.75, 0.9 / 0.1]), rel=1e-12)


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_the_share_of_pairs_in_the_right_order(rows):
    score, outcome = map(np.array, zip(*rows, strict=True))
    ones, zeros = score[outcome], score[~outcome]
    if not len(ones) or not len(zeros):
        with pytest.raises(ParameterError, match="outcome must have rows of both kinds, 0 and 1"):
            auc(score, outcome)
        return
    pairs = np.sign(np.subtract.outer(ones, zeros))
    assert auc(score, outcome) == pytest.approx((1 + pairs.mean()) / 2, abs=1e-12)
    assert auc(np.exp(score), outcome) == auc(score, outcome)


def test_what_was_called_impossible_and_came_costs_without_end():
    assert log_loss([0.5, 0.5], [0, 1]) == pytest.approx(np.log(2))
    assert log_loss([0.0, 1.0], [0, 1]) == 0
    assert log_loss([0.0, 1.0], [1, 1]) == np.inf


X, Y = drawn()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: queue_race(0, 1), r"queue \(n\) must be a whole number at least 1 and at most 1000 \[orders\]; got 0"),
        (lambda: queue_race(1, 2.5), "got 2.5"),
        (lambda: logit(X, Y[:-1]), r"logit cannot use features of shape \(400, 3\), outcome of shape \(399,\)"),
        (lambda: logit(X, Y * 2.0), "outcome must be a finite number at least 0 and at most 1"),
        (lambda: logit(X[:, [0, 0]], Y), "follows from the others"),
        (lambda: logit(X, X[:, 1] > 0), "no finite weights: a combination of the features separates the outcomes"),
        (lambda: log_loss([0.5, 1.5], [0, 1]), "forecast must be a finite number at least 0 and at most 1"),
        (lambda: log_loss([0.5, np.nan], [0, 1]), "forecast must be a finite number at least 0 and at most 1"),
        (
            lambda: log_loss([0.5], [0, 1]),
            r"forecast, outcome must have one length, at least 1; got \{1, 2\}",
        ),
        (lambda: auc([1.0, np.nan], [0, 1]), r"score must be a finite number \[1\]; got nan"),
        (lambda: auc([], []), r"must have one length, at least 1; got \{0\}"),
    ],
)
def test_what_is_no_chance_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call()
