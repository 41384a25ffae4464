"""What leaks show on a random walk, exactly and drawn; the split that shows nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.learning import (
    random_split_accuracy,
    sign_auc,
    smoothed_label_accuracy,
    smoothed_label_r_squared,
    walk_forward,
)


def test_the_smoothed_label_of_a_coin_is_right_in_72_of_100():
    explained = [smoothed_label_r_squared(k) for k in (2, 10, 20, 50)]
    right = [smoothed_label_accuracy(k) for k in (2, 10, 20, 50)]
    assert explained == pytest.approx([0.166667, 0.425373, 0.462547, 0.485003], abs=5e-7)
    assert right == pytest.approx([0.633860, 0.726156, 0.738067, 0.745226], abs=5e-7)
    assert smoothed_label_accuracy(10**6) == pytest.approx(0.75, abs=1e-6)
    assert smoothed_label_accuracy(1) == 0.5


def test_one_return_shows_nearly_as_much_and_its_curve_four_fifths():
    assert smoothed_label_r_squared(10, "return") == pytest.approx(0.302239, abs=5e-7)
    assert smoothed_label_accuracy(10, "return") == pytest.approx(0.685282, abs=5e-7)
    assert float(sign_auc(smoothed_label_r_squared(10))) == pytest.approx(0.805147, abs=5e-7)


def windows(k, seed):
    """Of 40,000 walks of 2k steps: their label, the best feature, the plain one, and what can be traded."""
    walk = np.cumsum(np.random.default_rng(seed).standard_normal((40_000, 2 * k)), axis=1)
    now = walk[:, k - 1]
    before, after = walk[:, :k].mean(axis=1), walk[:, k:].mean(axis=1)
    # The return needs S_{t−k}, from which the walk starts: it is 0.
    return after - before, now - before, now, after - now


@pytest.mark.parametrize("k", [2, 10])
def test_a_drawn_coin_shows_it_too(k):
    label, past, plain, tradable = windows(k, seed=17)
    for feature, exact in ((past, smoothed_label_accuracy(k)), (plain, smoothed_label_accuracy(k, "return"))):
        right = np.mean((label > 0) == (feature > 0))
        assert abs(right - exact) < 3 * np.sqrt(exact * (1 - exact) / 40_000)
    assert abs(np.corrcoef(past, label)[0, 1] - np.sqrt(smoothed_label_r_squared(k))) < 3 / np.sqrt(40_000)
    assert abs(np.corrcoef(past, tradable)[0, 1]) < 3 / np.sqrt(40_000)


def test_a_random_split_knows_the_label_next_door():
    one = [random_split_accuracy(h) for h in (5, 10, 20, 50)]
    both = [random_split_accuracy(h, neighbours=2) for h in (5, 10, 20, 50)]
    assert one == pytest.approx([0.795167, 0.856434, 0.898917, 0.936231], abs=5e-7)
    assert both == pytest.approx([0.852416, 0.897584, 0.928217, 0.954833], abs=5e-7)
    assert random_split_accuracy(1) == random_split_accuracy(1, 2) == 0.5


@pytest.mark.parametrize("neighbours", [1, 2])
def test_a_drawn_neighbour_knows_it_too(neighbours):
    steps = np.random.default_rng(18).standard_normal((40_000, 12))
    before, label, after = (steps[:, i : i + 10].sum(axis=1) for i in range(3))
    neighbour = before if neighbours == 1 else before + after
    exact = random_split_accuracy(10, neighbours)
    assert abs(np.mean((label > 0) == (neighbour > 0)) - exact) < 3 * np.sqrt(exact * (1 - exact) / 40_000)


@given(n=st.integers(20, 500), folds=st.integers(1, 6), horizon=st.integers(1, 10), more=st.integers(0, 5))
def test_no_label_of_a_training_row_reaches_into_its_test_block(n, folds, horizon, more):
    embargo = horizon + more
    if n - n // (folds + 1) * folds <= embargo:
        with pytest.raises(ParameterError, match=f"below the first block: from {horizon} to .*; got {embargo}"):
            walk_forward(n, folds, embargo, horizon)
        return
    each = walk_forward(n, folds, embargo, horizon)
    rows = np.arange(n)
    for train, test in each:
        assert rows[train][0] == 0
        assert rows[train][-1] + horizon <= rows[test][0] - 1 - more + (horizon == 0)
        assert len(rows[test]) == n // (folds + 1)
    assert np.array_equal(np.concatenate([rows[test] for _, test in each]), rows[each[0][1].start :])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: walk_forward(100, 3, embargo=5, horizon=10),
            "embargo must be at least the horizon, as far as a label looks .*: from 10 to 24; got 5",
        ),
        (lambda: walk_forward(100, 0, 1, 1), "folds must be a whole number of at least 1; got 0"),
        (lambda: smoothed_label_accuracy(0), "k must be a whole number of at least 1; got 0"),
        (lambda: smoothed_label_accuracy(10, "all"), "feature must be one of 'past mean', 'return'; got 'all'"),
        (lambda: random_split_accuracy(10, 3), "neighbours must be one of '1', '2'; got '3'"),
        (lambda: random_split_accuracy(2.5), "h must be a whole number"),
    ],
)
def test_what_leaks_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call()
