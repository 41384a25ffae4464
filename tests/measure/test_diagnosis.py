"""diagnose: each known mistake is named whatever the parameters, a right formula never accused, and the price exact."""

from contextlib import contextmanager
from dataclasses import replace
from itertools import product
from math import exp, log, log10

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mmbook import printed

from mmlab import (
    AvellanedaStoikov,
    CarteaJaimungal,
    Exponential,
    GueantLehalleFernandezTapia,
    HoStoll,
    InfiniteHorizonAvellanedaStoikov,
    Linear,
    Market,
    ParameterError,
    Symmetric,
    exact_moments,
)
from mmlab.measure import FORMULAS, MISTAKES, Mistaken, diagnose, diagnosis
from mmlab.measure.mistakes import AS, CLOSED, GLFT, HO_STOLL
from mmlab.models.within import Within

PAPER = Market.avellaneda_stoikov_2008()
LIMIT = 6


def markets():
    """Markets of many sizes, in none of which two mistakes are the same by a round number."""
    sigma, k = st.floats(0.6, 4.0), st.floats(0.4, 3.0)
    return st.builds(
        lambda s, sigma, k, rate, T: Market(
            mid_price=s, volatility=sigma, horizon=T, intensity=Exponential(arrival_rate=rate, fill_decay=k)
        ),
        st.floats(31, 97),
        sigma,
        k,
        st.floats(40, 200),
        st.floats(0.55, 0.95),
    )


gammas = st.floats(0.02, 0.3)
NEAR_THE_LIMIT = Market(
    mid_price=31.0, volatility=4.0, horizon=0.875, intensity=Exponential(arrival_rate=43.0, fill_decay=3.0)
)


def written_as_people_write_it(market, g):
    """Avellaneda and Stoikov's quotes with mistakes, written out here in plain floats, by the id of the mistake."""
    s2, k, T = market.volatility**2, market.intensity.fill_decay, market.horizon
    sigma, edge = market.volatility, log(1 + g / k) / g

    def quotes(skew, half):
        return lambda s, q, tau: (s - skew(q, tau) - half(q, tau), s - skew(q, tau) + half(q, tau))

    def skew(q, tau):
        return q * g * s2 * tau

    def half(q, tau):
        return g * s2 * tau / 2 + edge

    return {
        "": quotes(skew, half),
        "sigma": quotes(lambda q, tau: q * g * sigma * tau, lambda q, tau: g * sigma * tau / 2 + edge),
        "variance-squared": quotes(lambda q, tau: q * g * s2**2 * tau, lambda q, tau: g * s2**2 * tau / 2 + edge),
        "per-limit": quotes(lambda q, tau: skew(q / LIMIT, tau), half),
        "shares": quotes(lambda q, tau: skew(100 * q, tau), half),
        "sign": quotes(lambda q, tau: -skew(q, tau), half),
        "no-skew": quotes(lambda q, tau: 0, half),
        "absolute": quotes(lambda q, tau: skew(abs(q), tau), half),
        "whole-spread": quotes(skew, lambda q, tau: 2 * half(q, tau)),
        "half-of-half": quotes(skew, lambda q, tau: half(q, tau) / 2),
        "time-elapsed": quotes(lambda q, tau: skew(q, T - tau), lambda q, tau: half(q, T - tau)),
        "time-whole": quotes(lambda q, tau: skew(q, T), lambda q, tau: half(q, T)),
        "skew-no-time": quotes(lambda q, tau: skew(q, 1), half),
        "spread-elapsed": quotes(skew, lambda q, tau: half(q, T - tau)),
        "edge-timed": quotes(skew, lambda q, tau: tau * (g * s2 / 2 + edge)),
        "log-alone": quotes(skew, lambda q, tau: g * s2 * tau / 2 + log(1 + g / k)),
        "log-doubled": quotes(skew, lambda q, tau: g * s2 * tau / 2 + 2 * edge),
        "log10": quotes(skew, lambda q, tau: g * s2 * tau / 2 + log10(1 + g / k) / g),
        "no-risk": quotes(skew, lambda q, tau: edge),
        "risk-unhalved": quotes(skew, lambda q, tau: g * s2 * tau + edge),
        "swapped": quotes(lambda q, tau: q * k * s2 * tau, lambda q, tau: k * s2 * tau / 2 + log(1 + k / g) / k),
        "sigma-percent": quotes(
            lambda q, tau: skew(q, tau) * (100 / market.mid_price) ** 2,
            lambda q, tau: g * s2 * tau / 2 * (100 / market.mid_price) ** 2 + edge,
        ),
        "sigma-annual": quotes(lambda q, tau: 252 * skew(q, tau), lambda q, tau: 126 * g * s2 * tau + edge),
        "time-exponential": quotes(lambda q, tau: skew(q, 1 - exp(-tau)), lambda q, tau: half(q, 1 - exp(-tau))),
    }


WRITTEN = sorted(written_as_people_write_it(PAPER, 0.1))


@contextmanager
def asked_once():
    """What known formulas quote is computed once for all that is diagnosed in a market with the same parameters."""
    known, depths_of = {}, diagnosis._depths

    def depths(one, q, tau):
        key = one.formula, one.mistake, q.tobytes(), tau.tobytes()
        return known[key] if key in known else known.setdefault(key, depths_of(one, q, tau))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(diagnosis, "_depths", depths)
        yield


@settings(max_examples=4, deadline=None)
@given(market=markets(), g=gammas)
def test_a_formula_that_somebody_wrote_is_named_with_any_parameters(market, g):
    with asked_once():
        for mistake, quotes in written_as_people_write_it(market, g).items():
            found = diagnose(quotes, market=market, risk_aversion=g, max_inventory=LIMIT)
            assert mistake in {one.mistake for one in found.matches if one.formula == AS}, mistake
            assert found.verdict == ("mistake" if mistake else "right"), mistake


@settings(max_examples=4, deadline=None)
@given(market=markets(), g=gammas, cost=st.floats(0.01, 0.2))
def test_the_guides_six_are_named(market, g, cost):
    sigma = market.volatility
    formulas = {
        "guide-as": printed.AvellanedaStoikov(g, sigma),
        "guide-hs": printed.HoStoll(g, sigma, cost),
        "guide-cj": printed.CarteaJaimungal(g, sigma, mean_reversion=cost),
    }
    known = {"processing_cost": cost, "mean_reversion": cost, "max_inventory": LIMIT}
    with asked_once():
        for (name, formula), timed in product(formulas.items(), (False, True)):
            asked = printed.AsPrinted(formula, timed=timed)
            found = diagnose(asked, market=market, risk_aversion=g, **known)
            assert (found.verdict, found.mistake) == ("mistake", name + "-timed" * timed)


@pytest.mark.parametrize("formula", FORMULAS)
@settings(max_examples=3, deadline=None)
@given(market=markets(), g=gammas, data=st.data())
def test_every_row_is_named_or_quotes_as_the_right_one(formula, market, g, data):
    mistake = data.draw(st.sampled_from([name for name, row in MISTAKES.items() if row.of in ("", formula)]))
    known = {"market": market, "risk_aversion": g, "processing_cost": 0.03, "mean_reversion": 0.2}
    one = Mistaken(formula=formula, mistake=mistake, inventory_limit=LIMIT, **known)
    try:
        one.depths(np.arange(-3.0, 4.0), market.horizon)
    except ParameterError:  # what the formula does not take, nobody can quote
        return
    found = diagnose(one, max_inventory=LIMIT, **known)
    assert (formula, mistake) in {(match.formula, match.mistake) for match in found.matches}


@pytest.mark.parametrize("mistake", [name for name in MISTAKES if name])
def test_every_row_of_the_table_can_be_read_and_quotes_otherwise_than_the_right_formula(mistake):
    known = {"market": replace(PAPER, mid_price=37, horizon=0.8), "risk_aversion": 0.1}
    known["formula"] = MISTAKES[mistake].of or (GLFT if mistake == "both-sides-rate" else AS)  # A is not in every one
    known |= {"inventory_limit": LIMIT, "processing_cost": 0.03, "mean_reversion": 0.2}
    at = np.array([-2.0, 0.0, 1.0]), 0.5
    wrong, right = (np.array(Mistaken(**known, mistake=one).depths(*at)) for one in (mistake, ""))
    assert np.isfinite(wrong).all()
    assert not np.allclose(wrong, right, rtol=1e-6)


@settings(max_examples=16, deadline=None)
@given(market=markets(), g=gammas, which=st.integers(0, 7))
@example(market=NEAR_THE_LIMIT, g=0.0625, which=2)  # where a mistake of the exact solution is a millionth away
def test_a_right_formula_is_never_accused(market, g, which):
    bound = {"risk_aversion": g, "max_inventory": LIMIT}
    glft = GueantLehalleFernandezTapia.for_market(market, **bound)
    penalties = {"running_penalty": g * market.volatility**2 / 2, "terminal_penalty": 0}
    models = (
        AvellanedaStoikov.for_market(market, risk_aversion=g),
        glft,
        replace(glft, solution="stationary"),
        replace(glft, solution="closed form"),
        InfiniteHorizonAvellanedaStoikov.for_market(market, **bound),
        HoStoll.for_market(market, risk_aversion=g, processing_cost=0.01),
        CarteaJaimungal.for_market(market, **penalties, max_inventory=LIMIT),
        Symmetric.for_market(market, risk_aversion=g),
    )
    found = diagnose(models[which], market=market, processing_cost=0.01, **bound)
    assert found.verdict == "right"
    assert found.mistake == ""
    assert str(found).startswith("It is right: ")


@settings(max_examples=10, deadline=None)
@given(mistake=st.sampled_from(WRITTEN), shift=st.floats(-20, 20), g=gammas, market=markets())
def test_a_log_on_a_shifted_price_is_diagnosed_alike(mistake, shift, g, market):
    quotes = written_as_people_write_it(market, g)[mistake]
    mid, q, tau = np.meshgrid(market.mid_price + shift, np.arange(-3, 4), market.horizon * np.array([0.2, 0.5, 0.9]))
    bid, ask = np.vectorize(quotes)(mid, q, tau)
    rows = {"mid_price": mid, "inventory": q, "time_left": tau, "bid_price": bid, "ask_price": ask}
    found = diagnose(rows, market=market, risk_aversion=g, max_inventory=LIMIT)
    assert mistake in {one.mistake for one in found.matches}


@settings(max_examples=10, deadline=None)
@given(
    mistake=st.sampled_from(WRITTEN), price=st.floats(0.3, 1.7), time=st.floats(0.3, 1.05), g=gammas, market=markets()
)
def test_the_same_mistake_in_other_units_is_the_same(mistake, price, time, g, market):
    flow = market.intensity
    other = replace(
        market,
        mid_price=market.mid_price * price,
        volatility=market.volatility * price / time**0.5,
        horizon=market.horizon * time,
        intensity=Exponential(arrival_rate=flow.arrival_rate / time, fill_decay=flow.fill_decay / price),
    )
    quotes = written_as_people_write_it(other, g / price)[mistake]
    found = diagnose(quotes, market=other, risk_aversion=g / price, max_inventory=LIMIT)
    assert mistake in {one.mistake for one in found.matches}


def test_what_it_costs_is_the_difference_of_two_exact_days():
    found = diagnose(written_as_people_write_it(PAPER, 0.1)["sign"], market=PAPER, risk_aversion=0.1)
    right = exact_moments(AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1), PAPER)

    def wrong_depths(q, tau):
        bid, ask = AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1).depths(-np.asarray(q), tau)
        return bid, ask

    wrong = exact_moments(wrong_depths, PAPER)
    assert found.cost.mean == pytest.approx(right.mean - wrong.mean, rel=1e-9)
    assert found.cost.sd == pytest.approx(right.sd - wrong.sd, rel=1e-9)
    values = right.certainty_equivalent(0.1) - wrong.certainty_equivalent(0.1)
    assert found.cost.certainty_equivalent == pytest.approx(values, rel=1e-6)
    assert f"{values:.2f} a session" in str(found)


def test_within_a_limit_a_cost_is_that_within_it_and_settles():
    wrong = written_as_people_write_it(PAPER, 0.1)["sign"]
    found = {n: diagnose(wrong, market=PAPER, risk_aversion=0.1, max_inventory=LIMIT, n_steps=n) for n in (200, 400)}
    right = AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1)
    day = exact_moments(Within(right, LIMIT), PAPER)
    assert found[200].cost.right.mean == pytest.approx(day.mean, rel=1e-9)
    assert found[200].cost.wrong.inventory_distribution[:, abs(found[200].cost.wrong.inventories) > LIMIT].sum() == 0
    costs = [one.cost.certainty_equivalent for one in found.values()]
    assert costs[1] == pytest.approx(costs[0], rel=0.1)
    assert f"Within ±{LIMIT} clips and 200 steps it earns" in str(found[200])
    assert "Without a limit, in 200 steps it earns" in str(diagnose(wrong, market=PAPER, risk_aversion=0.1))


def test_a_formula_that_nobody_knows_is_priced_by_itself():
    found = diagnose(lambda s, q, tau: (s - 0.6 - 0.1 * q, s + 0.8), market=PAPER, risk_aversion=0.1)
    assert found.verdict == "unknown"
    assert not found.matches
    assert found.misses_by > 0.01
    alone = exact_moments(lambda q, tau: (0.6 + 0.1 * q + 0 * tau, 0.8 + 0 * q * tau), PAPER)
    assert found.cost.wrong.mean == pytest.approx(alone.mean)
    assert found.nearest.sentence in str(found)


def log_of(quotes, q, tau):
    q, tau = np.meshgrid(q, tau)
    bid, ask = np.vectorize(quotes, otypes=[float, float])(100.0, q, tau)
    return {"mid_price": 100.0, "inventory": q, "time_left": tau, "bid_price": bid, "ask_price": ask}


def test_one_inventory_cannot_show_the_skew():
    rows = log_of(written_as_people_write_it(PAPER, 0.1)["sign"], [0], [0.2, 0.7])
    found = diagnose(rows, market=PAPER, risk_aversion=0.1)
    assert found.verdict == "undecided"
    assert "one inventory cannot show the skew" in str(found)
    # What each of those that fit is told apart by, it is: at that point they quote otherwise.
    for one, point in zip(found.matches, found.telling, strict=True):
        if point:
            assert not np.allclose(one.depths(*point), found.matches[0].depths(*point), rtol=1e-6)
    assert "sign" in {one.mistake for one in found.matches}
    assert any(point and point[0] != 0 for point in found.telling)


def test_one_time_cannot_show_how_time_enters():
    rows = log_of(written_as_people_write_it(PAPER, 0.1)["time-elapsed"], [-1, 0, 2], [0.5])
    found = diagnose(rows, market=PAPER, risk_aversion=0.1)
    assert found.verdict == "undecided"
    assert "one time cannot show" in str(found)


def test_an_absent_side_is_no_mistake():
    rows = log_of(written_as_people_write_it(PAPER, 0.1)["whole-spread"], [-2, 0, 2], [0.3, 0.8])
    rows["bid_price"][:, 2] = np.nan
    assert diagnose(rows, market=PAPER, risk_aversion=0.1).mistake == "whole-spread"
    rows["bid_price"][:] = np.nan
    assert "There is no bid at any point" in str(diagnose(rows, market=PAPER, risk_aversion=0.1))


@pytest.mark.parametrize("mistake", ["", "sign", "whole-spread", "log10"])
def test_prices_on_ticks_are_known_if_the_tick_is(mistake):
    rows = log_of(written_as_people_write_it(PAPER, 0.1)[mistake], np.arange(-4, 5), [0.13, 0.41, 0.77])
    rows["bid_price"], rows["ask_price"] = (
        np.floor(rows["bid_price"] / 0.01) * 0.01,
        np.ceil(rows["ask_price"] / 0.01) * 0.01,
    )
    assert diagnose(rows, market=PAPER, risk_aversion=0.1).verdict == "unknown"
    found = diagnose(rows, market=PAPER, risk_aversion=0.1, tick=0.01)
    assert mistake in {one.mistake for one in found.matches if one.formula == AS}


def test_quotes_exact_to_half_of_what_tells_apart_give_the_same_diagnosis():
    rows = log_of(written_as_people_write_it(PAPER, 0.1)["sign"], np.arange(-3, 4), [0.2, 0.7])
    found = diagnose(rows, market=PAPER, risk_aversion=0.1)
    error = 0.49 * found.margin
    noise = np.random.default_rng(1).uniform(-error, error, rows["bid_price"].shape)
    noisy = rows | {"bid_price": rows["bid_price"] + noise, "ask_price": rows["ask_price"] - noise}
    assert diagnose(noisy, market=PAPER, risk_aversion=0.1).nearest.mistake == "sign"


def test_a_linear_market_knows_ho_and_stoll():
    market = replace(PAPER, intensity=Linear(demand_intercept=100, demand_slope=75))
    model = HoStoll.for_market(market, risk_aversion=0.1, processing_cost=0.02)
    found = diagnose(model, market=market, risk_aversion=0.1, processing_cost=0.02)
    assert found.verdict == "right"
    assert found.matches[0].formula == HO_STOLL


@pytest.mark.parametrize(
    ("quotes", "words"),
    [
        (3, "must be a function of"),
        (AvellanedaStoikov, "must be a function of"),
        (lambda s, q, tau: s, r"\(bid, ask\) pair"),
        (lambda s, q, tau: (None, float("nan")), "no finite bid or ask"),
        ({"mid_price": [100]}, "inventory, time_left, bid_price, ask_price is not there"),
        (
            dict.fromkeys(("mid_price", "inventory", "bid_price", "ask_price"), 1.0) | {"time_left": [np.nan]},
            "time_left",
        ),
        (dict.fromkeys(("mid_price", "inventory", "bid_price", "ask_price"), 1.0) | {"time_left": [2.0]}, "beyond"),
    ],
)
def test_what_cannot_be_diagnosed_gets_a_sentence(quotes, words):
    with pytest.raises(ParameterError, match=words):
        diagnose(quotes, market=PAPER, risk_aversion=0.1)


def test_a_mistake_of_another_formula_is_refused():
    with pytest.raises(ParameterError, match="is a mistake of Avellaneda–Stoikov"):
        Mistaken(market=PAPER, risk_aversion=0.1, mistake="log10", formula=CLOSED)
    with pytest.raises(ParameterError, match="mistake must be one of"):
        Mistaken(market=PAPER, risk_aversion=0.1, mistake="typo", formula=GLFT)
