"""Spreads that come back: the papers' numbers, second methods (quadrature, differences, draws), and what is refused."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.models.pairs import OrnsteinUhlenbeck, engle_granger, least_squares

UNIT = OrnsteinUhlenbeck(mean_reversion=1, volatility=math.sqrt(2))
"""Its deviation and 1/κ are 1."""
TRUTH = OrnsteinUhlenbeck(mean_reversion=5, volatility=2)


def cycle(spread, entry):
    """Bertram's: to −entry from entry above the mean, and back, both by symmetry as long."""
    return 2 * spread.passage_time(spread.mean - entry, spread.mean + entry)


def test_bertrams_published_optimum():
    spread = OrnsteinUhlenbeck(mean_reversion=180.967, volatility=0.1538)
    entry = spread.best_entry(0.001)
    assert entry == pytest.approx(0.00471517671, abs=5e-12)
    assert cycle(spread, entry) == pytest.approx(0.017122394302, abs=5e-13)
    assert spread.band_rate(entry, -entry, 0.001) / 2 == pytest.approx(0.492358327917, abs=5e-12)


def test_a_cycle_is_bertrams_erfi():
    assert cycle(UNIT, 1) == pytest.approx(5.990629324662, abs=5e-13)
    for a in (1e-3, 0.3, 2.0, 6.0):  # the series of erfi
        z = a / math.sqrt(2)
        terms = [math.exp((2 * n + 1) * math.log(z) - math.lgamma(n + 1)) / (2 * n + 1) for n in range(150)]
        assert cycle(UNIT, a) == pytest.approx(2 * math.pi * 2 / math.sqrt(math.pi) * sum(terms), rel=1e-12)
    for a in (30.0, 37.0):  # where erfi's square overflows nothing yet: its asymptotic series
        tail = 1 + 1 / a**2 + 3 / a**4 + 15 / a**6
        assert math.log(cycle(UNIT, a)) == pytest.approx(math.log(2 * math.sqrt(2 * math.pi) / a * tail) + a * a / 2)


@pytest.mark.parametrize(
    ("cost", "entry", "rate"),
    [
        (0.01, 0.2476288009, 0.3868963138),
        (0.05, 0.42682917, 0.3642080155),
        (0.1, 0.5416928365, 0.3445024428),
        (0.2, 0.6906149672, 0.3142982039),
        (0.5, 0.9643182494, 0.2506009674),
        (1, 1.264449044, 0.1793610931),
    ],
)
def test_best_entries_and_what_they_earn(cost, entry, rate):
    best = UNIT.best_entry(cost)
    assert best == pytest.approx(entry, abs=6e-10 if len(str(entry)) > 10 else 5e-9)
    assert UNIT.band_rate(best, -best, cost) / 2 == pytest.approx(rate, abs=5e-11)
    assert all(UNIT.band_rate(best * x, -best * x, cost) < 2 * rate for x in (0.98, 1.02))


def test_avellaneda_and_lees_band_and_better_ones():
    rates = [UNIT.band_rate(1.25, 0.5, cost) for cost in (0, 0.05, 0.1, 0.2, 0.5)]
    assert rates == pytest.approx([0.5217964923, 0.4870100595, 0.4522236267, 0.3826507610, 0.1739321641], abs=5e-11)
    assert UNIT.passage_time(-1.25, -0.5) == pytest.approx(0.53243144, abs=5e-9)
    assert 0.75 / rates[0] - UNIT.passage_time(-1.25, -0.5) == pytest.approx(0.90491053, abs=5e-9)
    for cost, best, rate in ((0.1, 0.5, 0.68831), (0.5, 1.0, 0.50078)):
        grid = [(i / 10, o / 10) for i in range(1, 31) for o in range(-i, i) if cost < (i - o) / 10]
        assert max(grid, key=lambda band: UNIT.band_rate(*band, cost)) == (best, -best)
        assert UNIT.band_rate(best, -best, cost) == pytest.approx(rate, abs=5e-6)


def test_a_bands_times_by_finite_differences():
    n = 1001
    x = np.linspace(-1.25, 1.25, n)
    h = x[1] - x[0]
    inner = np.diag(np.full(n - 2, -2 / h**2))
    inner += np.diag((1 / h**2 - x[1:-1] / (2 * h))[:-1], 1) + np.diag((1 / h**2 + x[1:-1] / (2 * h))[1:], -1)
    waiting = np.interp(0.5, x[1:-1], np.linalg.solve(inner, -np.ones(n - 2)))
    assert 0.75 / UNIT.band_rate(1.25, 0.5, 0) - UNIT.passage_time(-1.25, -0.5) == pytest.approx(waiting, abs=5e-6)


@given(st.floats(-2, 2), st.floats(0.1, 30), st.floats(0.01, 20), st.floats(-50, 50))
def test_times_scale_with_kappa_and_not_with_the_price(start, kappa, unit, mean):
    own = OrnsteinUhlenbeck(mean_reversion=kappa, volatility=unit * math.sqrt(2 * kappa), mean=mean)
    time = own.passage_time(mean + start * unit, mean + 1.3 * unit)
    assert time * kappa == pytest.approx(UNIT.passage_time(start, 1.3), rel=1e-6, abs=1e-9)
    assert own.passage_time(mean - start * unit, mean - 1.3 * unit) == pytest.approx(time, rel=1e-6, abs=1e-9)
    band = own.band_rate(1.2 * unit, 0.3 * unit, 0.1 * unit)
    assert band == pytest.approx(UNIT.band_rate(1.2, 0.3, 0.1) * unit * kappa, rel=1e-9)


def test_leung_and_lis_published_levels():
    spread = OrnsteinUhlenbeck(mean_reversion=6.306, volatility=math.sqrt(0.00698), mean=0.71758)
    entry, exit = spread.optimal_stopping(discount_rate=0.05, cost=0.02)
    assert (entry, exit) == pytest.approx((0.651047085, 0.744361793), abs=5e-10)

    def discounted(x):  # F by a quadrature that does not integrate by parts
        nu, v = 0.05 / 6.306, np.arange(-40.0, 4.0, 0.02)
        u = np.exp(v)
        weights = np.where(v == v[0], 0.01, 0.02)
        return np.exp(-40 * nu) / nu + weights @ np.exp(nu * v + spread.score(x) * u - u * u / 2)

    prices = np.linspace(0.72, 0.77, 2001)
    worths = [(b - 0.02) / discounted(b) for b in prices]
    assert prices[np.argmax(worths)] == pytest.approx(exit, abs=3e-5)
    assert max(worths) * discounted(0.7) == pytest.approx(0.705597735, abs=1e-8)
    gains = [(max(worths) * discounted(d) - d - 0.02) / discounted(2 * 0.71758 - d) for d in prices - 0.1]
    assert prices[np.argmax(gains)] - 0.1 == pytest.approx(entry, abs=3e-5)


def test_a_cara_position_and_what_it_is_worth():
    assert TRUTH.position(0.8, 1, 0.1) == pytest.approx(-60)
    assert TRUTH.worth(5, 1, 0.1) == pytest.approx(62.5)
    assert TRUTH.worth(5, 1, 0.1, value=0.8) == pytest.approx(82.5)


@pytest.mark.parametrize(
    ("believed", "worth"),
    [(2.5, 23.58886339), (4, 47.97886750), (4.5, 56.62913768), (5, 62.5), (5.1, 61.55576405), (5.19, 52.67687739)],
)
def test_what_a_wrong_belief_is_worth(believed, worth):
    assert TRUTH.worth(believed, 1, 0.1) == pytest.approx(worth, abs=5e-9)
    n, a, c, hat = 20_000, 0.0, 0.0, believed  # e^{−a x² − c}: its Riccati equations, by Runge and Kutta
    gamma, kappa, var = 0.1, 5.0, 4.0

    def slopes(a, tau):
        slope = -hat * (1 + hat * tau) / (gamma * var)  # what is held for each unit of x
        bet = gamma * slope
        # E e^{−γ∫slope x dX − a x²}, as τ grows
        return -2 * a * kappa - bet * kappa - var * (bet + 2 * a) ** 2 / 2, var * a

    dt = 1 / n
    for step in range(n):
        tau = step * dt
        k1 = slopes(a, tau)
        k2 = slopes(a + dt / 2 * k1[0], tau + dt / 2)
        k3 = slopes(a + dt / 2 * k2[0], tau + dt / 2)
        k4 = slopes(a + dt * k3[0], tau + dt)
        c += dt / 6 * (k1[1] + 2 * k2[1] + 2 * k3[1] + k4[1])
        a += dt / 6 * (k1[0] + 2 * k2[0] + 2 * k3[0] + k4[0])
    assert c / gamma == pytest.approx(worth, rel=1e-6)
    assert TRUTH.worth(believed, 1, 0.1, value=-0.8) - worth == pytest.approx(a * 0.64 / gamma, rel=1e-6)


@pytest.mark.parametrize(
    ("kappa", "digits", "over"), [(5, 5e-9, 5.20085250 / 5 - 1), (1.25, 5e-4, 0.381), (2.1, 5e-4, 0.175)]
)
def test_from_where_a_belief_ruins(kappa, digits, over):
    spread = OrnsteinUhlenbeck(mean_reversion=kappa, volatility=2)
    assert spread.ruin(1) / kappa - 1 == pytest.approx(over, abs=digits)
    assert spread.ruin(2) < spread.ruin(1)
    assert OrnsteinUhlenbeck(mean_reversion=kappa / 3, volatility=9).ruin(3) == pytest.approx(spread.ruin(1) / 3)
    assert (
        spread.worth(spread.ruin(1) - 1e-9, 1, 0.1) < spread.worth(spread.ruin(1) - 1e-6, 1, 0.1) < 0.9 * kappa**2 / 0.4
    )
    with pytest.raises(ParameterError, match=rf"below {spread.ruin(1):.6g}.*−∞.*the true one is {kappa}"):
        spread.worth(spread.ruin(1), 1, 0.1)
    for bad in (0, -1, math.nan):
        with pytest.raises(ParameterError, match="above 0"):
            spread.worth(bad, 1, 0.1)


def test_the_truth_is_the_best_belief():
    worths = [TRUTH.worth(hat, 1, 0.1) for hat in (4.99, 5, 5.01)]
    assert worths[1] == max(worths) == 62.5
    assert TRUTH.worth(4, 1, 0.2) == pytest.approx(TRUTH.worth(4, 1, 0.1) / 2)


def draws(kappa, n, rng, n_steps=60):
    """So many windows of 61 daily values of a spread of unit volatility, 252 days a year."""
    b = math.exp(-kappa / 252)
    noise = math.sqrt((1 - b * b) / (2 * kappa)) if kappa else math.sqrt(1 / 252)
    x = [rng.standard_normal(n) * (1 / math.sqrt(2 * kappa) if kappa else 0.0)]
    for _ in range(n_steps):
        x.append(b * x[-1] + noise * rng.standard_normal(n))
    return np.stack(x, axis=-1)


@pytest.mark.parametrize(
    ("kappa", "median", "passing"), [(0, 18.5, 0.78), (5, 22.2, 0.855), (8.4, 24.9, 0.899), (20, 35.6, 0.981)]
)
def test_sixty_days_estimate_kappa_far_too_high(kappa, median, passing):
    spread = draws(kappa, 20_000, np.random.default_rng(7))
    _, b, _ = least_squares(spread[..., :-1], spread[..., 1:])
    estimates = -252 * np.log(np.clip(b, 1e-9, None))
    assert np.median(estimates) == pytest.approx(median, abs=0.5)
    assert (estimates > 8.4).mean() == pytest.approx(passing, abs=0.012)


def test_a_long_record_gives_its_spread_back_and_units_do_not_matter():
    x = 3 + 2 * draws(20, 1, np.random.default_rng(1), n_steps=200_000)[0]
    found = OrnsteinUhlenbeck.fit(x, 1 / 252)
    assert found.mean_reversion == pytest.approx(20, rel=0.03)
    assert found.volatility == pytest.approx(2, rel=0.01)
    assert found.mean == pytest.approx(3, abs=0.02)
    scaled = OrnsteinUhlenbeck.fit(10 * x - 5, 1.0)
    assert scaled.mean_reversion == pytest.approx(found.mean_reversion / 252)
    assert scaled.score(10 * x[:9] - 5) == pytest.approx(found.score(x[:9]))


def test_what_does_not_come_back_is_refused():
    for x, says in (
        (1.02 ** np.arange(60), "no mean reversion in this window: b must be between 0 and 1; got 1.02"),
        ((-1.0) ** np.arange(60), "got -1"),
        (np.arange(49.0), "at least 50 values"),
        (np.zeros((2, 60)), "at least 50 values"),
    ):
        with pytest.raises(ParameterError, match=says):
            OrnsteinUhlenbeck.fit(x, 1 / 252)


def test_bands_that_cannot_earn_are_refused():
    for entry, exit, cost in ((1, -1, 2), (1, 0.5, 0.5), (0.5, 0.6, 0), (0.5, -0.6, 0), (1, 0, -0.1)):
        with pytest.raises(ParameterError, match="must be below entry − exit"):
            UNIT.band_rate(entry, exit, cost)
    with pytest.raises(ParameterError, match="37 deviations"):
        UNIT.passage_time(0, 40)


def test_engle_and_granger_pass_walks_that_have_nothing_in_common_at_five_percent():
    rng = np.random.default_rng(8)
    walks = rng.standard_normal((2, 10_000, 500)).cumsum(axis=-1)
    found = engle_granger(*walks)
    assert found.critical == pytest.approx(-3.34838, abs=5e-6)
    for critical, share, noise in ((found.critical, 0.052, 0.007), (-2.86, 0.152, 0.012), (-1.645, 0.70, 0.015)):
        assert (found.statistic < critical).mean() == pytest.approx(share, abs=noise)
    y, x = (each - each.mean(axis=-1, keepdims=True) for each in walks)
    r_squared = 1 - found.deviation**2 / (y**2).mean(axis=-1)
    assert r_squared.mean() == pytest.approx(0.24, abs=0.01)
    t = found.slope * np.sqrt((x**2).sum(axis=-1) * 498 / 500) / found.deviation
    assert (np.abs(t) > 1.96).mean() == pytest.approx(0.89, abs=0.01)


@pytest.mark.parametrize(("half_life", "power"), [(10, 0.989), (30, 0.267), (60, 0.103), (120, 0.066)])
def test_what_is_slow_is_not_found(half_life, power):
    rng = np.random.default_rng(9)
    n, b = 10_000, 0.5 ** (1 / half_life)
    walk = rng.standard_normal((n, 500)).cumsum(axis=-1)
    spread = np.empty((n, 500))
    spread[:, 0] = rng.standard_normal(n) / math.sqrt(1 - b * b)
    for day in range(1, 500):
        spread[:, day] = b * spread[:, day - 1] + rng.standard_normal(n)
    found = engle_granger(walk + spread, walk)
    assert (found.statistic < found.critical).mean() == pytest.approx(power, abs=0.02)


def test_a_pair_is_a_line_and_a_spread_whatever_its_units():
    rng = np.random.default_rng(3)
    x = rng.standard_normal(300).cumsum()
    y = 2 + 3 * x + rng.standard_normal(300)
    found, other = engle_granger(y, x), engle_granger(10 * y + 1, x / 7)
    slope, constant = np.polyfit(x, y, 1)
    assert (found.constant, found.slope) == pytest.approx((constant, slope))
    assert found.deviation == pytest.approx(np.std(y - slope * x))
    assert other.statistic == pytest.approx(float(found.statistic))
    assert other.slope == pytest.approx(70 * found.slope)
    many = engle_granger(np.stack([y, x[::-1]])[:, np.newaxis], np.stack([x, x + y]))
    assert many.statistic.shape == (2, 2)
    assert many.statistic[0, 0] == pytest.approx(float(found.statistic))
    with pytest.raises(ParameterError, match="Fewer than 50 days say nothing of a pair; got 49"):
        engle_granger(y[:49], x[:49])
