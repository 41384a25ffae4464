"""The printed formulas on a tape, as printed; and what a run is told to have earned, counted by hand."""

import numpy as np
import pytest
from mmbook import printed
from mmbook.printed import AsPrinted, Reckoning, reckoning_table

from mmlab import (
    HoStoll,
    Linear,
    Market,
    ParameterError,
    PostOnly,
    Quotes,
    Symmetric,
    Tape,
    exact_moments,
    monte_carlo,
    simulate,
)

MARKET = Market.avellaneda_stoikov_2008(intensity=Linear(demand_intercept=100, demand_slope=75))
FORMULAS = {
    "AvellanedaStoikov": printed.AvellanedaStoikov(0.1, 2),
    "HoStoll": printed.HoStoll(0.1, 2, 0.01),
    "CarteaJaimungal": printed.CarteaJaimungal(0.1, 2, 0.1),
}
UNTIMED = {name: AsPrinted(formula, timed=False) for name, formula in FORMULAS.items()}
TIMED = {name: AsPrinted(formula) for name, formula in FORMULAS.items()}
EVERY = [*UNTIMED.items(), *TIMED.items()]


def by_hand(buy_reach, sell_reach):
    """A tape of one path on which the mid stands at 100."""
    n = len(buy_reach)
    reach = [np.reshape(column, (n, 1)) for column in (buy_reach, sell_reach)]
    return Tape(np.linspace(0, 1, n + 1), np.full((n + 1, 1), 100.0), *reach, np.ones((n, 1)), np.ones((n, 1)))


@pytest.fixture(scope="module")
def tape():
    return MARKET.tape(n_paths=2_000, n_steps=200, seed=4)


@pytest.mark.parametrize("name", FORMULAS)
def test_the_quotes_are_those_that_the_formula_prints(name):
    q, mid = np.array([-3.0, 0.0, 2.0]), np.array([99.0, 100.0, 101.0])
    untimed, timed = UNTIMED[name].quotes(mid, q, 0.5), TIMED[name].quotes(mid, q, 0.5)
    for quotes, (bid, ask) in (
        (untimed, FORMULAS[name].calculate_spread(q, mid)),
        (timed, FORMULAS[name].calculate_optimal_quotes(q, mid, 0.5)),
    ):
        np.testing.assert_array_equal(quotes.bid_price, bid)
        np.testing.assert_array_equal(quotes.ask_price, ask)


@pytest.mark.parametrize(("name", "model"), EVERY)
def test_its_depths_are_the_same_quotes_seen_from_the_mid_and_broadcast(name, model):
    q, tau = np.arange(-2.0, 3.0)[:, np.newaxis], np.array([0, 0.5, 1])
    bid, ask = model.depths(q, tau)
    assert bid.shape == ask.shape == (5, 3)
    quotes = model.quotes(100, q, tau)
    np.testing.assert_allclose(100 - bid, quotes.bid_price, rtol=1e-14)
    np.testing.assert_allclose(100 + ask, quotes.ask_price, rtol=1e-14)


@pytest.mark.parametrize(("name", "model"), EVERY)
def test_the_chain_the_sample_and_the_tape_price_it_alike(name, model, tape, mean_error):
    exact = exact_moments(model, MARKET)
    for pnl in (simulate(model, tape).pnl, monte_carlo(model, MARKET, n_paths=20_000, seed=5).pnl):
        assert abs(pnl.mean() - exact.mean) < 4 * mean_error(pnl)


@pytest.mark.parametrize("name", ["HoStoll", "CarteaJaimungal"])
def test_a_round_trip_by_the_printed_spread_loses_money_and_by_the_papers_earns_it(name, tape, mean_error):
    wrong = simulate(UNTIMED[name], tape)
    earned = Reckoning.of(wrong)
    assert earned.crossed > 0.4
    assert earned.round_trip < -1
    assert earned.profit < -10 * mean_error(wrong.pnl)
    right = Reckoning.of(simulate(HoStoll.for_market(MARKET, risk_aversion=0.1, processing_cost=0.01), tape))
    assert right.crossed == 0
    assert right.round_trip > 1
    assert right.profit > 50


def test_crossed_quotes_fill_on_both_sides_and_lose_what_they_cross_by():
    """Short 100, the guide's Cartea–Jaimungal with its own numbers buys at 105.20 and sells at 94.80."""
    guide = AsPrinted(printed.CarteaJaimungal(0.1, 0.2, 0.1), timed=False)
    history = simulate(guide, by_hand([0, 0], [0, 0]), inventory=-100)
    earned = Reckoning.of(history)
    assert (earned.crossed, earned.bought, earned.sold) == (1, 2, 2)
    assert earned.round_trip == pytest.approx(-10.4)
    assert earned.profit == pytest.approx(-20.8)


def test_a_reckoning_by_hand():
    """Three steps: crossed and both filled at a loss of 2; a sale at +1; a bid of −.5 that nobody hits."""
    quotes = iter([Quotes.at(101, 99), Quotes.at(99, 101), Quotes.at(99.5, 100.5)])
    history = simulate(lambda mid, q, tau: next(quotes), by_hand([0, 1, -np.inf], [0, -np.inf, 0.25]))
    earned = Reckoning.of(history)
    assert earned == Reckoning(crossed=1 / 3, bought=1, sold=2, round_trip=-1 + (-1 + 1) / 2, profit=-1)


def test_quotes_that_meet_earn_nothing_and_count_as_crossed():
    earned = Reckoning.of(simulate(UNTIMED["AvellanedaStoikov"], by_hand([0], [0])))
    assert (earned.crossed, earned.round_trip, earned.profit) == (1, 0, 0)


def test_without_both_sides_there_is_no_round_trip():
    earned = Reckoning.of(simulate(Symmetric(half_spread=0.5), by_hand([1], [-np.inf])))
    assert np.isnan(earned.round_trip)
    assert earned.profit == pytest.approx(0.5)


@pytest.mark.parametrize("half_spread", [-0.25, 0.5])
def test_a_round_trip_of_constant_quotes_earns_the_spread(half_spread, tape):
    assert Reckoning.of(simulate(Symmetric(half_spread=half_spread), tape)).round_trip == pytest.approx(2 * half_spread)


def test_the_table_tells_all_runs_on_one_tape(tape):
    short = tape.first(10)
    table = reckoning_table({"guide": UNTIMED["HoStoll"], "none": Symmetric(half_spread=9)}, short)
    assert [row[0] for row in table.rows] == ["guide", "none"]
    assert table.rows[1][1:] == ("0.0%", "0.0", "–", "+0.00")
    assert all(len(row) == len(table.head) for row in table.rows)


def test_a_printed_formula_may_be_kept_from_crossing_the_mid():
    bid, ask = PostOnly(UNTIMED["CarteaJaimungal"]).depths([-10.0, 10.0], 0.5)
    assert (np.array([bid, ask]) >= 0).all()


@pytest.mark.parametrize("thing", [None, printed.HoStoll, Symmetric(half_spread=1)])
def test_what_is_not_printed_is_refused(thing):
    with pytest.raises(ParameterError, match=r"AsPrinted needs a formula of mmbook\.printed"):
        AsPrinted(thing)
