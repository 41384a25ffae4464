"""Where a profit came from: for every strategy, venue, market and day the parts, each worked out alone, add up."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import (
    AvellanedaStoikov,
    CarteaJaimungal,
    CarteaJaimungalSignal,
    Desk,
    Exponential,
    GueantLehalleFernandezTapia,
    History,
    HoStoll,
    InfiniteHorizonAvellanedaStoikov,
    Linear,
    Market,
    MarketMakingConfig,
    ParameterError,
    PostOnly,
    QuoteAggressiveness,
    Quotes,
    QuoteSizer,
    QuoteTimer,
    Signal,
    Symmetric,
    Venue,
    simulate,
)
from mmlab.market import read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import attribute

PAPER = Market.avellaneda_stoikov_2008()
MARKETS = {
    "paper": PAPER,
    "jumps": Market.avellaneda_stoikov_2008(jump=(0.15, 0.05), drift=-1),
    "unequal": Market.avellaneda_stoikov_2008(
        intensity=(Exponential(arrival_rate=90, fill_decay=1), Linear(demand_intercept=20, demand_slope=15))
    ),
    "signal": Market.avellaneda_stoikov_2008(signal=Signal(mean_reversion=2, signal_jump=3)),
}
ROUGH = dict(risk_aversion=0.3, volatility=2, horizon=1)
MODEL = AvellanedaStoikov(**ROUGH, fill_decay=1.5)
PENALTIES = dict(running_penalty=0.01, terminal_penalty=0.001, max_inventory=6, horizon=1)
STRATEGIES = {
    "avellaneda-stoikov": MODEL,
    "through the mid": PostOnly(MODEL),
    "infinite horizon": InfiniteHorizonAvellanedaStoikov(
        risk_aversion=0.1, volatility=2, fill_decay=1.5, max_inventory=8
    ),
    "exact": GueantLehalleFernandezTapia(**ROUGH, arrival_rate=140, fill_decay=1.5, max_inventory=4),
    "ho-stoll": HoStoll(**ROUGH, demand_intercept=20, demand_slope=15),
    "cartea-jaimungal": CarteaJaimungal(arrival_rate=140, fill_decay=1.5, **PENALTIES),
    "symmetric": Symmetric(half_spread=0.6),
    "by hand": lambda mid_price, inventory, time_left: Quotes.around(mid_price - 0.1 * inventory, 0.5, 0.4),
}
LEVERS = {
    "fee": dict(venue=Venue(fee=0.05)),
    "rebate": dict(venue=Venue(fee=-0.02, tick=0.05)),
    "latency": dict(venue=Venue(latency=0.02, cancel_latency=0.03)),
    "queue": dict(venue=Venue(queue_time=0.02), timer=QuoteTimer(min_quote_time=0.02, max_quote_time=0.1)),
    "all": dict(
        sizer=QuoteSizer(base_size=5, max_position=20, lot=0.5, min_size=1, size_decay=0.1),
        timer=QuoteTimer(min_quote_time=0.02, max_quote_time=0.1, stale_fraction=0.5, max_move=0.3),
        aggressiveness=QuoteAggressiveness(base_spread=1, max_spread=2, max_position=20, normal_volatility=1.5),
        venue=Venue(tick=0.01, fee=0.01, latency=0.015, cancel_latency=0.01, queue_time=0.01),
    ),
}


def adds_up(history, horizon):
    """The parts, which were worked out from mids and quotes, against the PnL, which is cash and the last mark."""
    parts = attribute(history, horizon)
    scale = 1 + np.abs(history.cash).max()
    np.testing.assert_allclose(parts.pnl, history.pnl, atol=1e-9 * scale, rtol=0)
    np.testing.assert_allclose(parts.unexplained, 0, atol=1e-9 * scale)
    np.testing.assert_allclose(parts.spread, history.edge, atol=1e-9 * scale)
    return parts


@pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES.keys())
@pytest.mark.parametrize("market", MARKETS.values(), ids=MARKETS.keys())
def test_the_parts_are_the_profit_for_every_strategy_in_every_market(market, strategy):
    history = simulate(strategy, market.tape(n_paths=40, n_steps=100, seed=3), inventory=3, cash=7)
    parts = adds_up(history, horizon=0.05)
    assert not parts.fees.any()
    assert not parts.flattening.any()


@pytest.mark.parametrize("levers", LEVERS.values(), ids=LEVERS.keys())
def test_the_parts_are_the_profit_in_every_setting_of_the_desk(levers):
    tape = MARKETS["jumps"].tape(n_paths=40, n_steps=100, seed=3)
    sizes = np.random.default_rng(2).integers(1, 9, (2, *tape.buy_size.shape)) / 2
    history = simulate(
        Desk(model=MODEL, volatility=2, **levers), dataclasses.replace(tape, buy_size=sizes[0], sell_size=sizes[1])
    )
    parts = adds_up(history, horizon=0.05)
    np.testing.assert_allclose(parts.fees, -history.fees.sum(axis=0))


def test_the_parts_are_the_profit_of_a_dealer_who_sees_a_signal():
    market = Market(
        mid_price=100,
        volatility=0.01,
        horizon=60,
        intensity=Exponential(arrival_rate=0.8, fill_decay=100),
        signal=Signal(mean_reversion=0.5, signal_jump=0.002, signal_volatility=0.001),
    )
    model = CarteaJaimungalSignal.for_market(market, running_penalty=1e-4, terminal_penalty=1e-3, max_inventory=5)
    adds_up(simulate(model, market.tape(n_paths=20, n_steps=120, seed=1)), horizon=2)


def test_the_parts_are_the_profit_on_a_recorded_day():
    tape = read_lobster(SHIPPED).tape(time_step=1.0, clip=100).first(3_600)
    config = MarketMakingConfig().override(
        {"quotes": {"latency": 1, "cancel_latency": 2}, "market": {"horizon": 10_800}}
    )
    parts = adds_up(simulate(config.make_desk(), tape), horizon=10)
    assert parts.spread[0] > 0 > parts.fees[0]


@given(horizon=st.floats(1e-6, 2), seed=st.integers(0, 50), steps=st.integers(1, 12))
def test_the_parts_are_the_profit_at_every_horizon(horizon, seed, steps):
    adds_up(simulate(MODEL, MARKETS["jumps"].tape(3, steps, seed=seed), inventory=-1), horizon)


@given(seed=st.integers(0, 50))
def test_the_parts_are_the_profit_wherever_the_mid_was_at_each_fill(seed):
    history = simulate(MODEL, MARKETS["jumps"].tape(3, 40, seed=seed))
    rng = np.random.default_rng(seed)
    mids = {
        f"{side}_fill_mid": np.where(rng.random((40, 3)) < 0.3, np.nan, history.mid[:-1] + rng.normal(0, 1, (40, 3)))
        for side in ("bid", "ask")
    }
    moved, plain = attribute(with_columns(history, **mids), 0.05), attribute(history, 0.05)
    np.testing.assert_allclose(moved.unexplained, 0, atol=1e-9)
    np.testing.assert_allclose(moved.spread + moved.adverse_selection, plain.spread + plain.adverse_selection)
    np.testing.assert_allclose(moved.inventory, plain.inventory, atol=1e-9)
    assert (moved.spread != plain.spread).any()


def test_the_parts_are_told_in_currency_where_a_clip_is_known():
    parts = attribute(simulate(MODEL, PAPER.tape(1, 40, seed=1)), 0.05, clip=100)
    assert parts.table().head == ("part, horizon 0.05", "price·clip", "currency")
    for (_, units, money), value in zip(parts.table().rows, parts.parts.values(), strict=True):
        assert float(money.replace(",", "")) == pytest.approx(100 * value[0], abs=0.5)
        assert units == f"{round(value[0], 2) + 0.0:+.2f}"  # and never −0.00
    assert attribute([], 1).table().head == ("part, horizon 1", "price·clip")


def test_one_fill_by_hand():
    """A clip bought at 99 with the mid at 100, which then goes to 98, 97 and 99; the horizon is two steps."""
    column = lambda *values: np.array(values, dtype=float)[:, np.newaxis]  # noqa: E731
    history = History(
        time=np.arange(4.0),
        mid=column(100, 98, 97, 99),
        bid_price=column(99, np.nan, np.nan),
        ask_price=column(101, 99, 99),
        bid_size=column(1, 0, 0),
        ask_size=column(1, 1, 1),
        bid_fill=column(1, 0, 0),
        ask_fill=column(0, 0, 0),
        inventory=column(0, 1, 1, 1),
        cash=column(0, -99.25, -99.25, -99.25),
        fees=column(0.25, 0, 0),
    )
    parts = attribute(history, horizon=2)
    numbers = {name: float(part[0]) for name, part in parts.parts.items()}
    assert numbers == {
        "spread": 1,
        "adverse_selection": -3,
        "inventory": 2,
        "fees": -0.25,
        "flattening": 0,
        "unexplained": 0,
        "pnl": -0.25,
    }
    assert parts.table().rows[1] == ("adverse selection", "-3.00")
    assert attribute(history, horizon=99).adverse_selection[0] == -1  # to the end
    assert attribute(history, horizon=0.5).adverse_selection[0] == -2  # the first mid that is known by then or later
    given_up = dataclasses.replace(history, inventory=column(0, 1, 0, 0), cash=column(0, -99.25, -3.25, -3.25))
    flattened = with_columns(given_up, flattened=column(0, 1, 0), flatten_cost=column(0, 2, 0))
    parts = attribute(flattened, horizon=2)
    assert (parts.flattening[0], parts.inventory[0], parts.pnl[0], parts.unexplained[0]) == (-2, 1, -3.25, 0)


def test_what_changed_in_a_hole_of_the_rows_is_not_explained():
    history = simulate(MODEL, PAPER.tape(1, 100, seed=1))
    names = ("time", "mid", "inventory", "cash", "bid_price", "ask_price", "bid_fill", "ask_fill")
    rows = [{name: getattr(history, name)[n].item() for name in names} for n in range(100)]
    held = history.inventory[:-1, 0]
    back = next(n for n in range(60, 100) if held[n] != held[30])
    whole, holed = attribute(rows, 0.05), attribute(rows[:30] + rows[back:], 0.05)
    assert abs(whole.unexplained[0]) < 1e-9
    assert whole.pnl[0] == pytest.approx(holed.pnl[0])
    parts = holed.parts
    assert abs(parts["unexplained"][0]) > 0.1
    assert sum(part[0] for name, part in parts.items() if name != "pnl") == pytest.approx(holed.pnl[0], abs=1e-9)


def test_an_empty_history_earned_nothing():
    assert not any(part.any() for part in attribute([], 1).parts.values())


@pytest.mark.parametrize("horizon", [0, -1, float("nan"), float("inf")])
def test_a_horizon_is_a_time(horizon):
    with pytest.raises(ParameterError, match="horizon must be a finite number above 0"):
        attribute([], horizon)


def with_columns(history, **columns):
    """A history with more columns: those of a desk with limits."""
    kind = dataclasses.make_dataclass(
        "Limited", [(name, object, None) for name in columns], bases=(History,), frozen=True, eq=False
    )
    return kind(**{f.name: getattr(history, f.name) for f in dataclasses.fields(History)} | columns)
