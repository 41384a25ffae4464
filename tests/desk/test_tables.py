"""Tables and look-ahead are short cuts in the one engine: what they give is what is calculated, to the last bit."""

import dataclasses

import numpy as np
import pytest

from mmlab import (
    AvellanedaStoikov,
    CarteaJaimungal,
    Desk,
    GueantLehalleFernandezTapia,
    HoStoll,
    InfiniteHorizonAvellanedaStoikov,
    Market,
    MarketMakingPipeline,
    PostOnly,
    QuoteAggressiveness,
    QuoteSizer,
    QuoteTimer,
    Symmetric,
    Venue,
    simulate,
)
from mmlab.desk import PnLLimiter, PositionLimiter, TapeVenue, VolatilityLimiter
from mmlab.desk.history import COLUMNS
from mmlab.desk.sides import Sides
from mmlab.desk.tables import Tables
from mmlab.market import Day, replay_tape
from mmlab.models import WholeClips

MARKET = Market.avellaneda_stoikov_2008(mid_move="normal")
MODEL = AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1)
ROUGH = dict(risk_aversion=0.3, volatility=2, horizon=1)
BOUNDED = GueantLehalleFernandezTapia(**ROUGH, arrival_rate=140, fill_decay=1.5, max_inventory=4)
PENALTIES = dict(running_penalty=0.01, terminal_penalty=0.001, max_inventory=6)
MODELS = [
    MODEL,
    Symmetric(half_spread=-0.1),
    PostOnly(MODEL),
    HoStoll(**ROUGH, demand_intercept=20, demand_slope=15),
    HoStoll(**ROUGH, demand_intercept=20, demand_slope=15, max_inventory=5, solution="program"),
    InfiniteHorizonAvellanedaStoikov.for_market(MARKET, risk_aversion=0.1, max_inventory=3),
    BOUNDED,
    WholeClips(BOUNDED),
    dataclasses.replace(BOUNDED, solution="closed form"),
    CarteaJaimungal.for_market(MARKET, **PENALTIES),
    CarteaJaimungal.for_market(MARKET, fill_decay=(1.5, 1.2), **PENALTIES),
]
LEVERS = dict(
    volatility=2,
    sizer=QuoteSizer(base_size=5, max_position=20, lot=0.5, size_decay=0.1),
    timer=QuoteTimer(min_quote_time=0.002, max_quote_time=0.05, stale_fraction=0.3, max_move=0.1),
    aggressiveness=QuoteAggressiveness(base_spread=1, max_spread=2, max_position=20, normal_volatility=1.5),
)
LIMITS = (
    PositionLimiter(max_position=12, min_position=-12, soft_max_position=8, soft_min_position=-8),
    PnLLimiter(max_daily_loss=30, max_drawdown=20, widened_half_spread=1),
    VolatilityLimiter(soft_volatility=2.4, max_volatility=3.5, soft_half_spread=0.7, window=0.05),
)


def same(a, b):
    for name in ("time", *COLUMNS):
        x, y = getattr(a, name), getattr(b, name)
        assert (x is None) == (y is None), name
        if x is not None:
            np.testing.assert_array_equal(x, y, name)


@pytest.mark.parametrize("model", MODELS, ids=repr)
@pytest.mark.parametrize("known", [True, False], ids=["times known", "times unknown"])
def test_a_row_of_a_models_quotes_is_what_it_quotes(model, known):
    inventory, mid = np.array([0.0, 3, -3, 1]), 100 + np.random.default_rng(1).normal(0, 1, 4)
    times = 1 - np.arange(600) / 600
    tables, place = Tables.of(model, times if known else None).place(inventory)
    assert tables.known
    for time_left in (*times[:3], times[500], times[20]):
        sides, quotes = tables.quotes(place, np.array((mid, mid)), time_left), model.quotes(mid, inventory, time_left)
        np.testing.assert_array_equal(sides.price, Sides.of(quotes, (4,)).price)
        np.testing.assert_array_equal(sides.size, Sides.of(quotes, (4,)).size)


def test_what_is_not_on_the_lattice_is_calculated():
    tables, place = Tables.of(MODEL, None).place(np.array([0.0, 40]))
    assert tables.inventories[[0, -1]].tolist() == [-64, 64]
    assert (tables.inventories.take(place) == [0, 40]).all()
    for inventory in ([0, 0.5], [0, 1e6], [0, np.nan]):
        assert tables.place(np.array(inventory))[1] is None
    one, place = tables.place(np.array([2.37]))  # in one market what it holds is a lattice
    assert one.inventories.tolist() == [2.37]
    assert place.tolist() == [0]
    assert Tables.of(BOUNDED, None).place(np.array([5.0]))[1] is None  # beyond its bounds the model itself says why


class Own(AvellanedaStoikov):
    """A reader's own model: it quotes as mmlab's, and is asked at each step."""


@pytest.mark.parametrize("n_paths", [1, 30])
@pytest.mark.parametrize("limits", [(), LIMITS], ids=["free", "limited"])
@pytest.mark.parametrize("sizes", ["clips", "parts"])
def test_a_model_that_is_asked_trades_as_one_that_is_tabulated(n_paths, limits, sizes):
    tape = MARKET.tape(n_paths, 200, seed=1)
    if sizes == "parts":
        drawn = np.random.default_rng(2).random((2, 200, n_paths)) * 3
        tape = dataclasses.replace(tape, buy_size=drawn[0], sell_size=drawn[1])
    asked = Own(**{field.name: getattr(MODEL, field.name) for field in dataclasses.fields(MODEL)})
    assert not Tables.of(asked, None).known
    for levers in ({"volatility": 2}, LEVERS):
        runs = [simulate(Desk(model=model, limits=limits, **levers), tape) for model in (MODEL, asked)]
        same(*runs)
    same(simulate(MODEL, tape), simulate(asked, tape))


def recorded_day():
    """Quotes on ticks of .05, an order nearly each second, and two silences in which there is no mid."""
    rng, time = np.random.default_rng(2), np.arange(200.0)
    mid = 100 + 0.05 * np.round(np.cumsum(rng.standard_normal(200)))
    mid[70:78] = mid[120:123] = np.nan
    shown, side = np.where(np.isnan(mid), 0, 8), np.where(rng.random(199) < 0.5, 1, -1)
    there = ~np.isnan(mid[:-1]) & (rng.random(199) < 0.4)
    price = mid[:-1] + side * (0.05 + 0.05 * rng.integers(0, 2, 199))
    trades = (time[:-1] + 0.25)[there], side[there], rng.integers(1, 12, 199)[there], price[there]
    return Day.from_quotes_and_trades(time, mid - 0.05, mid + 0.05, shown, shown, *trades)


def limits_on(tape, which):
    """Three limits that the tape never comes near to, or that act on a part of it, or none."""
    if which == "free":
        return ()
    tight = which == "tight"
    moves, most = np.abs(np.diff(tape.mid[:, 0])), 4 if tight else 150
    sigma = np.sqrt(np.nanmean(moves**2) * tape.n_steps / tape.time[-1]) * (1 if tight else 1e3)
    return (
        PositionLimiter(max_position=most, min_position=-most, soft_max_position=most - 1, soft_min_position=1 - most),
        PnLLimiter(max_daily_loss=1e3, max_drawdown=1e3, widened_half_spread=1),
        VolatilityLimiter(
            soft_volatility=1.05 * sigma, max_volatility=1.4 * sigma, soft_half_spread=0.1, window=tape.time[-1] / 20
        ),
    )


@pytest.mark.parametrize("limits", ["free", "wide", "tight"])
@pytest.mark.parametrize("latency", [0, 0.3, 4])
@pytest.mark.parametrize(
    "tape", [replay_tape(recorded_day(), 0.25, 5), MARKET.tape(1, 500, seed=3)], ids=["day", "drawn"]
)
def test_looking_ahead_on_one_path_gives_what_step_by_step_gives(tape, latency, limits):
    scale = tape.time[-1] / 200
    venue = Venue(tick=0.05, latency=latency * scale, cancel_latency=latency * scale, fee=0.002)
    timer = QuoteTimer(min_quote_time=2 * scale, max_quote_time=60 * scale, max_move=0.2)
    model = Symmetric(half_spread=0.2)
    for sizer in (None, QuoteSizer(base_size=3, max_position=9, size_decay=0.1)):
        desk = Desk(model=model, volatility=0.05, timer=timer, sizer=sizer, venue=venue, limits=limits_on(tape, limits))
        pipeline = MarketMakingPipeline(desk, end=tape.time[-1])
        run, rows = pipeline.on(TapeVenue(venue, tape)), TapeVenue(venue, tape)
        for data in rows.market_data():
            run.run_pipeline(data)
        whole = simulate(desk, tape)
        same(run.close(rows.end), whole)
        assert whole.bid_fill.any()
        assert len(run.latencies) == tape.n_steps
        if limits != "free":  # quiet steps are taken at once as well, or nothing was tested
            acts = (whole.mode > 0).mean()  # the day's two silences aside
            assert 0.1 < acts < 0.9 if limits == "tight" else acts < 0.1


def test_where_a_gap_halts_the_desk_nothing_is_taken_at_once():
    """Its silence of 30 s is a gap, which the desk must see: 60 steps of a tenth of a second are not one long step."""
    tape = replay_tape(recorded_day(), 0.1, 5).without(300, 600)
    desk = Desk(
        model=Symmetric(half_spread=0.3), volatility=0.05, timer=QuoteTimer(min_quote_time=0, max_quote_time=60)
    )
    history = simulate(MarketMakingPipeline(desk, end=tape.time[-1], max_gap=10), tape)
    assert (history.mode > 0).any()
