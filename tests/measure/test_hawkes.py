import numpy as np
import pytest

from mmlab.measure import CalibrationError, hawkes


def drawn(base_rate, branching, decay, observed, seed):
    """A Hawkes path as a population: each order has a Poisson number of children, each an exponential time later."""
    rng = np.random.default_rng(seed)
    generation = rng.uniform(0, observed, rng.poisson(base_rate * observed))
    born = [generation]
    while len(generation):
        parents = np.repeat(generation, rng.poisson(branching, len(generation)))
        generation = parents + rng.exponential(1 / decay, len(parents))
        generation = generation[generation < observed]
        born.append(generation)
    return np.sort(np.concatenate(born))


@pytest.mark.parametrize("truth", [(0.5, 0.6, 2.0), (0.2, 0.3, 50.0)])
def test_a_known_flow_is_found_with_errors_as_large_as_it_scatters(truth):
    fits = [hawkes(drawn(*truth, 4_000, seed), 4_000) for seed in range(60)]
    for m, name in enumerate(("base_rate", "branching", "decay")):
        values, errors = np.array([(getattr(fit, name).value, getattr(fit, name).error) for fit in fits]).T
        scatter = values.std(ddof=1)
        # Maximum likelihood has a bias of its own, of the second order: within a third of an error.
        assert abs(values.mean() - truth[m]) < 2 * scatter / np.sqrt(60) + scatter / 3
        assert abs(scatter / errors.mean() - 1) < 3 / np.sqrt(120)
    too_far = np.mean([fit.distance[0] > fit.distance[1] for fit in fits])
    assert too_far < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
    residuals = np.concatenate([fit.residuals for fit in fits])
    assert residuals.mean() == pytest.approx(1, abs=4 / np.sqrt(len(residuals)))


def test_orders_that_bring_none_are_poisson():
    rng = np.random.default_rng(1)
    fits = [hawkes(np.sort(rng.uniform(0, 4_000, 2_000)), 4_000) for _ in range(20)]
    for fit in fits:
        assert 0 <= fit.branching.value < 3 * fit.branching.error
        assert np.isfinite([fit.base_rate.value, fit.base_rate.error, fit.decay.value]).all()
        assert fit.distance[0] < 1.4 * fit.distance[1]
    assert np.mean([fit.branching.value for fit in fits]) < 0.1


def test_the_distance_that_chance_exceeds_is_that_of_a_fit():
    """Of Poisson flows some in a hundred are farther, and no more than five."""
    rng = np.random.default_rng(2)
    fits = [hawkes(np.sort(rng.uniform(0, 1_000, rng.poisson(100))), 1_000) for _ in range(300)]
    beyond = np.mean([fit.distance[0] > fit.distance[1] for fit in fits])
    assert 0.01 < beyond < 0.05 + 2 * np.sqrt(0.05 * 0.95 / 300)


def test_a_fit_is_called_rejected_where_its_distance_is_beyond_that_of_chance():
    """Bursts of two speeds are not one exponential; of one speed they are."""
    two = np.sort(np.concatenate([drawn(0.1, 0.6, beta, 8_000, seed=1) for beta in (0.05, 500.0)]))
    for times, rejected in ((drawn(0.2, 0.6, 2.0, 8_000, seed=1), False), (two, True)):
        fit = hawkes(times, 8_000)
        assert fit.verdict.startswith("fit rejected (distance ") is rejected is (fit.distance[0] > fit.distance[1])


def test_the_interval_of_a_ratio_at_its_bound_begins_there():
    """n is at least 0: one-sided, so that 95 of 100 flows with orders that bring few have their n in it."""
    fits = [hawkes(drawn(0.5, 0.02, 2.0, 2_000, seed), 2_000).branching for seed in range(60)]
    assert all(fit.interval[0] >= 0 for fit in fits)
    at_bound = [fit for fit in fits if fit.value < 1.96 * fit.error]
    assert all(fit.interval == (0, pytest.approx(fit.value + 1.645 * fit.error, rel=1e-4)) for fit in at_bound)
    assert len(at_bound) > 30
    held = np.mean([fit.interval[0] <= 0.02 <= fit.interval[1] for fit in fits])
    assert abs(held - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 60)


def test_the_unit_of_time_does_not_matter():
    times = drawn(0.5, 0.6, 2.0, 1_000, seed=1)
    seconds, minutes = hawkes(times, 1_000), hawkes(times / 60, 1_000 / 60)
    assert minutes.branching.value == pytest.approx(seconds.branching.value, rel=1e-4)
    assert minutes.decay.value == pytest.approx(60 * seconds.decay.value, rel=1e-4)
    assert minutes.base_rate.error == pytest.approx(60 * seconds.base_rate.error, rel=1e-4)


def test_no_path_near_the_maximum_is_likelier():
    times = drawn(0.5, 0.6, 2.0, 500, seed=3)
    fit = hawkes(times, 500)

    def log_likelihood(mu, n, beta):
        gaps = times[:, np.newaxis] - times
        rate = mu + n * beta * np.where(gaps > 0, np.exp(-beta * np.maximum(gaps, 0)), 0).sum(axis=1)
        return np.log(rate).sum() - 500 * mu - n * np.sum(1 - np.exp(-beta * (500 - times)))

    best = np.array([fit.base_rate.value, fit.branching.value, fit.decay.value])
    for change in np.vstack([np.eye(3), -np.eye(3)]) * 0.01:
        assert log_likelihood(*(best * (1 + change))) < log_likelihood(*best)


def test_orders_of_one_time_are_no_trouble():
    times = np.repeat(np.arange(1.0, 50), 2)
    assert np.isfinite(hawkes(times, 50).branching.value)


@pytest.mark.parametrize("times", [[], np.arange(9), -np.arange(20.0), np.arange(20)[::-1], np.full(20, 200.0)])
def test_times_that_are_none_are_refused(times):
    with pytest.raises(CalibrationError, match="A Hawkes fit needs at least 10 times from 0 to 100"):
        hawkes(times, 100)
