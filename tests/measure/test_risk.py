"""What a desk can lose: the reference's digits, and laws that need none."""

from dataclasses import replace

import numpy as np
import pytest

from mmlab import (
    GueantLehalleFernandezTapia,
    ParameterError,
    exact_moments,
    monte_carlo,
)
from mmlab.measure.risk import (
    euler_allocation,
    held_on_average,
    historical_tail,
    order_statistic,
    time_to_drawdown,
)
from mmlab.simulation import profit_law
from tests.simulation.test_profit_law import MARKET, law_of
from tests.simulation.test_profit_law import POLICIES as DESKS


@pytest.mark.parametrize(
    ("tail", "alone", "euler", "total", "raw"),
    [
        (
            0.01,
            (16.954176, 25.417428, 44.497061),
            (4.679243, 9.667419, 37.140170),
            51.486830,
            (-60.21330037, -58.73220906, -31.08800870),
        ),
        (
            0.05,
            (13.215697, 18.669504, 29.859728),
            (4.535773, 8.870554, 23.589599),
            36.995926,
            (-60.35676986, -59.52907384, -44.63857974),
        ),
    ],
)
def test_eulers_parts(tail, alone, euler, total, raw):
    laws = [law_of(name) for name in DESKS]
    found = euler_allocation(laws, tail, dependence="independent")
    means = np.array([law.mean for law in laws])
    assert [law.expected_shortfall(tail) + law.mean for law in laws] == pytest.approx(alone, abs=1.5e-6)
    assert found.shares == pytest.approx(raw, abs=2e-8)
    assert found.shares + means == pytest.approx(euler, abs=1e-6)
    assert found.expected_shortfall + means.sum() == pytest.approx(total, abs=2.5e-6)  # its own parts sum to 2e-6 more


def test_the_desk_of_three_desks():
    found = euler_allocation([law_of(name) for name in DESKS], 0.01, dependence="independent")
    assert found.value_at_risk == pytest.approx(-159.15025412, abs=1e-8)
    assert found.expected_shortfall == pytest.approx(-150.03351814, abs=1e-7)
    assert found.shares.sum() == pytest.approx(found.expected_shortfall, abs=1e-12)
    means = sum(law_of(name).mean for name in DESKS)
    alone = sum(law_of(name).expected_shortfall(0.01) for name in DESKS) + means
    assert 1 - (found.expected_shortfall + means) / alone == pytest.approx(0.4073, abs=5e-5)
    assert (law_of("symmetric").expected_shortfall(0.01) + law_of("symmetric").mean) / alone == pytest.approx(
        0.51, abs=5e-3
    )


def test_one_desk_has_all_of_its_own_risk_and_two_equal_ones_half_each():
    law = law_of("AS .1")
    one = euler_allocation([law], 0.01, dependence="independent")
    assert one.value_at_risk == pytest.approx(law.value_at_risk(0.01), abs=1e-8)
    assert one.shares == pytest.approx([law.expected_shortfall(0.01)], abs=1e-7)
    two = euler_allocation([law, law], 0.01, dependence="independent").shares
    assert two[0] == pytest.approx(two[1], abs=1e-10)


def test_a_sample_of_days_agrees_with_eulers_parts():
    days = np.stack(
        [monte_carlo(p, MARKET, n_paths=100_000, n_steps=200, seed=n + 5).pnl for n, p in enumerate(DESKS.values())]
    )
    worst = np.argsort(days.sum(axis=0))[:1000]
    found = euler_allocation([law_of(name) for name in DESKS], 0.01, dependence="independent").shares
    for desk, exact in zip(days, found, strict=True):
        losses = -desk[worst]
        assert abs(losses.mean() - exact) < 4 * losses.std() / np.sqrt(1000)


@pytest.mark.parametrize(
    ("n_days", "rank", "low", "median", "high"),
    [(250, 3, 22.7, 33.69, 41.2), (250, 2, 14.8, None, 38.8), (1000, 10, 27.5, None, 37.1)],
)
def test_what_so_many_days_can_know(n_days, rank, low, median, high):
    found = [order_statistic(law_of("symmetric"), n_days, rank, chance) for chance in (0.05, 0.5, 0.95)]
    assert (found[0], found[2]) == (pytest.approx(low, abs=0.05), pytest.approx(high, abs=0.05))
    assert median is None or found[1] == pytest.approx(median, abs=5e-3)


def test_the_median_of_the_worst_of_a_year():
    assert order_statistic(law_of("symmetric"), 250, 1, 0.5) == pytest.approx(21.141414, abs=5e-7)


def test_days_that_happened():
    assert historical_tail([5, -1, -3, 2], 0.5) == (1.0, 2.0)
    assert historical_tail([5, -1, -3, 2], 0.25) == (3.0, 3.0)
    assert historical_tail([-3, -3, -3, 2], 0.5) == (3.0, 3.0)  # ties
    assert historical_tail([-4, -1, 0, 1], 0.375) == (1.0, pytest.approx((4 + 0.5) / 1.5))
    days = monte_carlo(DESKS["symmetric"], MARKET, n_paths=100_000, n_steps=200, seed=2).pnl
    found = historical_tail(days, 0.05)
    assert found.expected_shortfall == pytest.approx(law_of("symmetric").expected_shortfall(0.05), abs=0.5)
    shifted = historical_tail(days - 7, 0.05)
    assert np.subtract(shifted, found) == pytest.approx([7, 7])


def test_value_at_risk_of_a_sum_may_be_more_than_the_sum():
    one = np.repeat([-100.0, 0.0], [4, 96])
    both = np.add.outer(one, one).ravel()
    alone, together = historical_tail(one, 0.05), historical_tail(both, 0.05)
    assert (alone.value_at_risk, together.value_at_risk) == (0, 100)
    assert (alone.expected_shortfall, together.expected_shortfall) == (pytest.approx(80), pytest.approx(103.2))


def glft(risk_aversion):
    return GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=risk_aversion, max_inventory=24)


@pytest.mark.parametrize(
    ("policy", "mean", "held", "worst"),
    [
        (DESKS["symmetric"], 68.228179, 4.47043642, (63.7577, 59.2873, 50.3464, 32.4647)),
        (glft(0.01), 68.527296, 3.00377812, (65.5235, 62.5197, 56.5122, 44.4971)),
        (glft(0.1), 67.830960, 1.70454257, (66.1264, 64.4219, 61.0128, 54.1946)),
        (glft(0.3), 66.898489, 1.25733321, (65.6412, 64.3838, 61.8692, 56.8398)),
        (glft(1.0), 63.922996, 0.84732024, (63.0757, 62.2284, 60.5337, 57.1444)),
        (DESKS["AS .1"], 64.892543, 0.98580433, (63.9067, 62.9209, 60.9493, 57.0061)),
    ],
)
def test_a_drift_that_is_chosen_against_the_desk(policy, mean, held, worst):
    moments = exact_moments(policy, MARKET)
    assert moments.mean == pytest.approx(mean, abs=5e-7)
    assert held_on_average(moments) == pytest.approx(held, abs=5e-9)
    found = [moments.mean - m * held_on_average(moments) for m in (1, 2, 4, 8)]
    assert found == pytest.approx(worst, abs=5.1e-5)


def test_the_drift_that_an_ambiguous_maker_fears_is_a_running_penalty():
    aversion, sigma, q = 0.7, 2.0, 3.0
    mu = np.linspace(-30, 30, 60_001)
    least = (mu * q + mu**2 / (2 * aversion * sigma**2)).min()
    assert least == pytest.approx(-aversion * sigma**2 / 2 * q**2, abs=1e-6)


@pytest.mark.parametrize("xi", [0.1, 0.5, 1.0])
def test_doubt_about_the_rate_of_fills_quotes_as_gueants_xi(xi):
    """min of yδ + (y ln y − y + 1)/ξ is (1 − e^{−ξδ})/ξ, and e^{−κδ} times that is largest at (1/ξ) ln(1 + ξ/κ)."""
    depth, y = np.linspace(0.4, 0.75, 351), np.linspace(1e-3, 1, 20_001)
    worth = [(y * d + (y * np.log(y) - y + 1) / xi).min() for d in depth]
    assert worth == pytest.approx((1 - np.exp(-xi * depth)) / xi, abs=1e-8)
    best = depth[(np.exp(-1.5 * depth) * worth).argmax()]
    assert best == pytest.approx(np.log1p(xi / 1.5) / xi, abs=1.1e-3)
    assert replace(glft(0.1), risk_mode=xi).depths(0, 0.0)[1] == pytest.approx(np.log1p(xi / 1.5) / xi, rel=1e-12)


@pytest.mark.parametrize(
    ("drift", "sd", "days"),
    [
        (34, 27, (3.9790, 11.6651, 31.6533, 82.9083, 546.3230)),
        (-16, 40, (0.465036, 0.779153, 1.149623, 1.566232, 2.505927)),
        (1, 2, (8.77811220,)),
    ],
)
def test_when_a_kill_switch_is_pressed(drift, sd, days):
    falls = (4,) if sd == 2 else (30, 40, 50, 60, 80)
    assert [time_to_drawdown(d, drift, sd) for d in falls] == pytest.approx(days, rel=2e-5)


def test_a_good_desk_is_never_stopped_and_without_a_drift_the_time_is_a_square():
    law = law_of("symmetric")
    assert time_to_drawdown(30, law.mean, law.sd) == pytest.approx(1.3e8, rel=0.05)
    assert time_to_drawdown(80, law.mean, law.sd) == pytest.approx(2.9e24, rel=0.05)
    assert time_to_drawdown(30, 0, 20) == 2.25
    series, formula = (time_to_drawdown(30, 400 * y / 60, 20) for y in (0.99e-3, 1.01e-3))
    assert formula - series == pytest.approx(2.25 * 0.02e-3 / 3, rel=1e-3)


def short_law():
    return profit_law(DESKS["AS .1"], MARKET, n_steps=2)


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (lambda: historical_tail(np.arange(99), 0.01), "is 0.99 of 99 days; it needs at least one"),
        (lambda: historical_tail([1, np.nan], 0.5), "finite profits"),
        (lambda: order_statistic(law_of("symmetric"), 9, 10, 0.5), "The 10-th worst of 9 days is none"),
        (lambda: euler_allocation([law_of("symmetric")], 0.01, dependence="?"), "takes dependence"),
        (lambda: euler_allocation([], 0.01, dependence="independent"), "and 0 desks"),
        (lambda: euler_allocation([short_law()], 0.1, dependence="independent"), "is still .* at the largest u"),
        (lambda: time_to_drawdown(0, 1, 1), "drawdown"),
    ],
)
def test_what_is_refused(call, why):
    with pytest.raises(ParameterError, match=why):
        call()


def test_an_allocation_without_the_dependence_is_refused():
    with pytest.raises(TypeError, match="dependence"):
        euler_allocation([law_of("symmetric")], 0.01)
