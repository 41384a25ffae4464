"""Obligations: when quotes meet them, a desk and a model that obey as far as limits let them, and what cannot be."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import (
    Desk,
    Exponential,
    GueantLehalleFernandezTapia,
    Market,
    MarketMakingConfig,
    MarketMakingPipeline,
    ParameterError,
    QuoteAggressiveness,
    Quotes,
    QuoteSizer,
    Symmetric,
    Venue,
    rebuild,
    simulate,
)
from mmlab.desk import (
    ConfigError,
    Mode,
    Obligations,
    PnLLimiter,
    PositionLimiter,
    PreTradeChecks,
    TapeVenue,
    VolatilityLimiter,
)
from mmlab.measure import MarketMakingMonitor
from mmlab.quotes import OF_A_TICK

NAN = float("nan")
OWED = Obligations(presence=0.9, widest_spread=1.0)
MARKET = Market.avellaneda_stoikov_2008()
GLFT = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, max_inventory=5)
NARROW = {"soft_half_spread": 1e-4, "widened_half_spread": 1.5e-4}
CONFIG = MarketMakingConfig.from_dict({"market": {"horizon": 2_000}, "limits": NARROW})
CONFIGS_OWED = Obligations(presence=0.9, widest_spread=0.03, least_size=2)


@pytest.mark.parametrize(
    ("quotes", "met"),
    [
        ((99.5, 100.5), True),
        ((99.7, 100.7), True),  # but for last bits
        ((99.4, 100.5), False),
        ((NAN, 100.5), False),
        ((99.5, NAN), False),
        ((99.5, 100.5, 1, 1), True),
        ((99.5, 100.5, 0.9, 1), False),
        ((99.5, 100.5, 1, 0), False),
    ],
)
def test_both_sides_must_stand_in_width_and_size(quotes, met):
    assert OWED.met(*quotes) == met
    assert OWED.met(*[np.full(3, x) for x in quotes]).tolist() == [met] * 3


@given(st.floats(0, 3), st.floats(0, 3), st.floats(0.1, 3), st.floats(0.1, 3))
def test_the_unit_of_price_and_the_clip_do_not_matter_and_both_sides_are_alike(bid, ask, bid_size, ask_size):
    plain = OWED.met(100 - bid, 100 + ask, bid_size, ask_size)
    twice = Obligations(presence=0.9, widest_spread=2.0, least_size=0.5)
    assert twice.met(2 * (100 - bid), 2 * (100 + ask), bid_size / 2, ask_size / 2) == plain
    assert OWED.met(-100 - ask, -100 + bid, ask_size, bid_size) == plain


class Shown:
    """A reader's model that always shows the same."""

    def __init__(self, bid, ask, size=1.0):
        self.all = Quotes.at(bid, ask, size)

    def quotes(self, mid_price, inventory, time_left):
        return self.all


@pytest.mark.parametrize(
    ("bid", "ask", "tick", "shown"),
    [
        (99.8, 100.1, 0, (99.8, 100.1)),  # what is narrow enough is left alone
        (99.0, 101.0, 0, (99.5, 100.5)),
        (98.5, 100.5, 0, (99.0, 100.0)),  # around its own middle
        (NAN, 100.1, 0, (99.1, 100.1)),
        (99.8, NAN, 0, (99.8, 100.8)),
        (NAN, NAN, 0, (NAN, NAN)),
        (99.0, 101.0, 0.1, (99.5, 100.5)),
        (99.03, 101.03, 0.1, (99.5, 100.5)),  # 99.53 and 100.53 would be eleven ticks apart
        (99.0, 101.0, 0.3, (99.6, 100.5)),
    ],
)
def test_a_desk_that_owes_shows_what_it_must(bid, ask, tick, shown):
    desk = Desk(model=Shown(bid, ask), venue=Venue(tick=tick), obligations=OWED)
    quotes = desk.quotes(100.0, 0.0, 1.0, 0.0)
    np.testing.assert_allclose((quotes.bid_price, quotes.ask_price), shown, rtol=1e-12)
    assert np.isnan(shown[0]) or OWED.met(quotes.bid_price, quotes.ask_price, quotes.bid_size, quotes.ask_size)


@given(st.floats(99, 101), st.floats(0, 4), st.floats(0.2, 3), st.sampled_from([0.0, 0.01, 0.1, 0.05]))
def test_whatever_the_model_shows_is_brought_within_and_mirrors_itself(middle, spread, widest, tick):
    owed = Obligations(presence=1, widest_spread=widest)
    bid, ask = middle - spread / 2, middle + spread / 2
    desks = [Desk(model=Shown(*pair), venue=Venue(tick=tick), obligations=owed) for pair in ((bid, ask), (-ask, -bid))]
    quotes, mirrored = (desk.quotes(0.0, 0.0, 1.0, 0.0) for desk in desks)
    assert owed.met(quotes.bid_price, quotes.ask_price, quotes.bid_size, quotes.ask_size)
    assert quotes.bid_price < quotes.ask_price or spread <= 2.01 * OF_A_TICK * tick or not tick  # both on one tick
    np.testing.assert_allclose((-mirrored.ask_price, -mirrored.bid_price), (quotes.bid_price, quotes.ask_price))


def test_sizes_are_raised_to_the_least_as_far_as_the_sizer_has_room():
    sizer = QuoteSizer(base_size=1, max_position=5, size_decay=1)
    plain, owing = (
        Desk(model=Symmetric(half_spread=0.1), sizer=sizer, obligations=owed)
        for owed in (None, Obligations(presence=0.5, widest_spread=1, least_size=2))
    )
    q = np.arange(-5.0, 6.0)
    before, after = (desk.quotes(100.0, q, 1.0, 0.0) for desk in (plain, owing))
    assert after.bid_size.tolist() == [2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 0]  # never beyond 5
    assert after.ask_size.tolist() == after.bid_size.tolist()[::-1]
    assert before.bid_size.min() == 0
    assert np.isnan(after.bid_price[-1])


def test_a_models_own_bound_is_a_hard_one():
    desk = Desk(model=GLFT, obligations=Obligations(presence=0.5, widest_spread=0.8))
    quotes = desk.quotes(100.0, np.arange(-5.0, 6.0), 1.0, 0.0)
    assert np.isnan(quotes.bid_price).tolist() == [False] * 10 + [True]
    assert np.isnan(quotes.ask_price).tolist() == [True] + [False] * 10
    assert np.nanmax(quotes.ask_price - quotes.bid_price) <= 0.8 * (1 + 1e-9)


def test_a_desk_obeys_at_all_times_but_where_its_limits_forbid_it_and_within_its_position():
    tape = CONFIG.make_market().tape(n_paths=100, n_steps=1_000, seed=3)
    desk = CONFIG.make_desk()
    free, owing = (simulate(d, tape) for d in (desk, dataclasses.replace(desk, obligations=CONFIGS_OWED)))
    sides = owing.bid_price, owing.ask_price, owing.bid_size, owing.ask_size
    met = CONFIGS_OWED.met(*sides)
    # A side that was filled in part stands with what is left until the timer lets the desk replace it.
    whole = (owing.mode == Mode.NORMAL) & (np.abs(owing.inventory[:-1]) < 45) & owing.refreshed
    assert met[whole].all()
    assert whole.mean() > 0.1
    assert met.mean() > 0.9
    free_met = CONFIGS_OWED.met(free.bid_price, free.ask_price, free.bid_size, free.ask_size)
    assert not free_met.any()
    assert owing.edge.mean() / owing.bid_fill.sum() < free.edge.mean() / free.bid_fill.sum()


def test_ahead_step_by_step_and_rebuilt_a_desk_that_owes_does_the_same_to_the_last_bit():
    tape = CONFIG.make_market().tape(n_paths=1, n_steps=1_000, seed=5)
    desk = dataclasses.replace(CONFIG.make_desk(), obligations=CONFIGS_OWED)
    history = simulate(desk, tape)
    run = MarketMakingPipeline(desk, end=tape.time[-1]).on(venue := TapeVenue(desk.venue, tape))
    for datum in venue.market_data():
        run.run_pipeline(datum)
    assert run.close(venue.end).hash == history.hash == rebuild(history).hash


def test_obligations_that_are_kept_anyway_change_nothing():
    tape = MARKET.tape(n_paths=20, n_steps=200, seed=1)
    owed = Obligations(presence=1, widest_spread=5)
    plain, owing = (simulate(Desk(model=GLFT, obligations=o), tape) for o in (None, owed))
    assert plain.hash == owing.hash


def test_what_obeying_costs_grows_as_the_spread_shrinks():
    tape = MARKET.tape(n_paths=4_000, n_steps=200, seed=1)
    runs = [simulate(Desk(model=GLFT), tape)]
    for widest in (1.2, 1.0, 0.8):
        runs.append(simulate(Desk(model=GLFT, obligations=Obligations(presence=1, widest_spread=widest)), tape))
        more = runs[-1].pnl - runs[-2].pnl
        assert more.mean() < -4 * more.std() / 4_000**0.5
        both = runs[-1].bid_size * runs[-1].ask_size > 0
        assert (runs[-1].ask_price - runs[-1].bid_price)[both].max() <= widest * (1 + 1e-9)


def test_a_desk_shows_a_side_that_its_model_withholds_inside_the_models_bounds_alone():
    class Withholds:
        max_inventory = 3

        def quotes(self, mid_price, inventory, time_left):
            q = np.asarray(inventory, dtype=float)
            return Quotes.at(np.where(q > 0, NAN, mid_price - 0.2), np.where(q < 0, NAN, mid_price + 0.2))

    quotes = Desk(model=Withholds(), obligations=OWED).quotes(100.0, np.arange(-3.0, 4.0), 1.0, 0.0)
    np.testing.assert_allclose(100 - quotes.bid_price, [0.2] * 4 + [0.8, 0.8, NAN])
    np.testing.assert_allclose(quotes.ask_price - 100, (100 - quotes.bid_price)[::-1])


LOSSES = PnLLimiter(max_daily_loss=5, max_drawdown=5, widened_half_spread=0.6)
CALM = VolatilityLimiter(soft_volatility=1, max_volatility=2, soft_half_spread=0.7, window=1)


@pytest.mark.parametrize(
    ("owed", "desk", "words"),
    [
        (
            dict(least_size=2),
            dict(limits=PositionLimiter(max_position=1, min_position=-9)),
            "PositionLimiter's max_pos",
        ),
        (
            dict(least_size=2),
            dict(limits=PositionLimiter(max_position=9, min_position=-1)),
            "PositionLimiter's min_pos",
        ),
        (
            dict(least_size=2),
            dict(limits=PositionLimiter(max_position=9, min_position=-9, soft_max_position=1)),
            r"least_size 2 is beyond PositionLimiter's soft_max_position, in size 1 \[clips\]",
        ),
        (dict(least_size=2), dict(sizer=QuoteSizer(base_size=1, max_position=1)), "the sizer's max_position, 1 "),
        (dict(least_size=6), dict(model=GLFT), "the model's bound on the inventory, 5 "),
        (dict(least_size=2), dict(checks=PreTradeChecks(max_order=1)), "max_order, 1 "),
        (dict(), dict(limits=LOSSES), "1 is below twice the widened_half_spread 0.6 to which PnLLimiter widens"),
        (dict(), dict(limits=CALM, volatility=1), "soft_half_spread 0.7 to which VolatilityLimiter widens"),
        (dict(), dict(venue=Venue(tick=0.6)), "below two ticks of 0.6"),
        (dict(least_size=1.5), dict(sizer=QuoteSizer(base_size=1, max_position=9)), "no multiple of a lot of 1"),
    ],
)
def test_obligations_that_cannot_be_kept_are_refused_and_it_says_for_which_limit(owed, desk, words):
    given_desk = dict(model=Symmetric(half_spread=0.1)) | desk
    with pytest.raises(ParameterError, match=words):
        Desk(**given_desk, obligations=Obligations(presence=0.9, widest_spread=1.0, **owed))
    Desk(**given_desk)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Obligations(presence=0, widest_spread=1), "presence .* above 0 and at most 1"),
        (lambda: Obligations(presence=1, widest_spread=0), "widest_spread .* above 0"),
        (lambda: Desk(model=GLFT, obligations=0.9), "obligations must be a Obligations; got 0.9"),
    ],
)
def test_what_makes_no_sense_is_refused(make, words):
    with pytest.raises(ParameterError, match=words):
        make()


def test_it_widens_no_more_than_the_desk_may_under_stress_and_inventory():
    aggressive = QuoteAggressiveness(base_spread=0.5, max_spread=3, max_position=5, normal_volatility=1)
    desk = Desk(model=Symmetric(half_spread=0.2), volatility=1, aggressiveness=aggressive, obligations=OWED)
    quotes = desk.quotes(100.0, np.arange(-5.0, 6.0), 1.0, 4.0)
    np.testing.assert_allclose(quotes.ask_price - quotes.bid_price, 1.0)


def test_a_storm_of_orders_of_more_than_a_clip_does_not_carry_it_beyond_its_limits():
    market = Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=140, fill_decay=1.5))
    owed = Obligations(presence=0.9, widest_spread=0.4, least_size=3)
    limits = PositionLimiter(max_position=4, min_position=-4)
    tape = market.tape(n_paths=50, n_steps=200, seed=1)
    tape = dataclasses.replace(tape, buy_size=4 * tape.buy_size, sell_size=4 * tape.sell_size)
    history = simulate(Desk(model=Symmetric(half_spread=0.3), limits=limits, obligations=owed), tape)
    assert np.abs(history.inventory).max() == 4


TOML = {"obligations": {"presence": 0.9, "widest_spread": 0.0005, "least_size": 200, "window": 120}}


def test_a_configuration_owes_in_its_own_units_and_goes_through_toml():
    config = MarketMakingConfig.from_dict(TOML | {"quotes": {"quote_size": 200}, "limits": NARROW})
    assert MarketMakingConfig.from_toml(config.to_toml()) == config == MarketMakingConfig.from_dict(config.to_dict())
    owed = Obligations(presence=0.9, widest_spread=0.05, least_size=2, window=120)
    assert config.make_obligations() == config.make_desk().obligations == owed
    assert config.make_limits()[2].window == 300  # another window than that of the presence
    tape = config.make_market().tape(1, 400, seed=5)
    history = simulate(MarketMakingPipeline(config), tape)
    by_hand = dataclasses.replace(config.make_desk(), obligations=owed)
    assert history.hash == rebuild(history).hash == simulate(by_hand, tape).hash
    watched = [MarketMakingMonitor(config), MarketMakingMonitor(CONFIG, obligations=owed)]
    for monitor in watched:
        monitor.monitor(None, history)
    assert watched[0].metrics["presence"] == watched[1].metrics["presence"] > 0.9
    assert CONFIG.make_obligations() is CONFIG.make_desk().obligations is None
    assert "obligations" not in CONFIG.to_dict()


@pytest.mark.parametrize(
    ("numbers", "limits", "words"),
    [
        ({"presence": 0.9}, NARROW, r"Obligations also needs widest_spread \(w_max\)"),
        ({"widest_spread": 0.0005}, NARROW, r"Obligations also needs presence \(p\)"),
        ({"presence": 1.1}, NARROW, r"\[obligations\] presence .* at most 1"),
        ({"window": 0}, NARROW, r"\[obligations\] window .* above 0"),
        ({"least": 1}, NARROW, r"There is no key in \[obligations\] named 'least'"),
        ({"presence": 0.9, "widest_spread": 0.0001}, NARROW, r"widest_spread 0\.01 is below two ticks of 0\.01"),
        ({"presence": 0.9, "widest_spread": 0.0005}, {}, "to which PnLLimiter widens"),
        (TOML["obligations"] | {"least_size": 6_000}, NARROW, r"least_size 60 is beyond the sizer's max_position, 50"),
    ],
)
def test_a_configuration_refuses_obligations_by_name_as_the_class_does(numbers, limits, words):
    with pytest.raises(ConfigError, match=words):
        MarketMakingConfig.from_dict({"obligations": numbers, "limits": limits})
