"""Pre-trade checks: what no new order may do, told and recorded; the same step by step, ahead, for one market and many.

Where a test moves the market it says so; a "day" is the first seconds of one.
"""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import (
    AvellanedaStoikov,
    Desk,
    History,
    MarketData,
    MarketMakingConfig,
    MarketMakingPipeline,
    ParameterError,
    Quotes,
    QuoteSizer,
    QuoteTimer,
    Symmetric,
    Venue,
    rebuild,
    simulate,
)
from mmlab.desk import Block, ConfigError, Fills, Mode, Permission, PositionLimiter, PreTradeChecks, TapeVenue

NAN = float("nan")
MODEL = Symmetric(half_spread=0.05)
ALL = dict(price_collar=0.01, max_order=1000, max_notional=200_000, max_messages=4, message_window=3)
ALL |= dict(post_only=True, no_self_trade=True, no_duplicates=True)
CONFIG = MarketMakingConfig.from_dict({"market": {"horizon": 2_000}, "checks": ALL})
STORM = CONFIG.make_market().tape(n_paths=5, n_steps=2_000, seed=3).stormy(200, 600, 2.0).first(800)


def one(bid, ask, size=1.0):
    return Quotes.at(np.array([bid]), np.array([ask]), size)


class Script:
    """A model of a reader's own, that quotes what is written down."""

    def __init__(self, *shown):
        self.shown, self.at = shown, 0

    def quotes(self, mid_price, inventory, time_left):
        self.at += 1
        return self.shown[self.at - 1]


class Book:
    """A venue of a reader's own, where what is asked for rests and nothing fills."""

    def start(self, n_paths):
        nothing = np.full(n_paths, NAN)
        return Held(Quotes.at(nothing, nothing))

    def submit(self, orders, quotes, data):
        return Held(quotes), True

    def advance(self, orders, data):
        quotes = orders.requested
        price, size = (np.array(pair) for pair in ((quotes.bid_price, quotes.ask_price), orders.working))
        return orders, Fills(price, np.array(size), np.zeros_like(price), np.zeros(price.shape[1]))


class Held:
    def __init__(self, quotes):
        self.requested, self.working = quotes, np.array((quotes.bid_size, quotes.ask_size))


def scripted(checks, *shown, mids=(), times=(), **desk):
    """The history of a desk that wants to show this, a step each, at these mids and times."""
    run = MarketMakingPipeline(Desk(model=Script(*shown), checks=checks, **desk), Book(), end=1e6)
    for n in range(len(shown)):
        mid, time = mids[n] if len(mids) else 100.0, times[n] if len(times) else n
        run.run_pipeline(MarketData(float(time), np.array([mid]), np.array([99.9]), np.array([100.1])))
    return run.history


def column(history, name):
    return getattr(history, name)[:, 0].tolist()


@pytest.mark.parametrize(
    ("checks", "quotes", "why", "value", "bound"),
    [
        (dict(price_collar=0.5), one(99.4, 100.5), [Block.COLLAR, 0], 0.6, 0.5),
        (dict(max_order=2), Quotes([99], [101], [1], [3]), [0, Block.SIZE], 3, 2),
        (dict(max_notional=200), Quotes([99], [101], [2], [2]), [0, Block.NOTIONAL], 202, 200),
        (dict(post_only=True), one(100.1, 101), [Block.POST_ONLY, 0], 100.1, 100.1),
        (dict(post_only=True), one(98, 99.9), [0, Block.POST_ONLY], 99.9, 99.9),
        (dict(no_self_trade=True), one(100, 100), [Block.SELF_TRADE] * 2, 100, 100),
        (dict(price_collar=0.5, max_order=1), one(99.3, 100.1, 2), [Block.COLLAR, Block.SIZE], 0.7, 0.5),
    ],
)
def test_each_check_stops_its_own_side_and_tells_what_was_measured_and_the_bound(checks, quotes, why, value, bound):
    alone = PreTradeChecks(**checks).check_quotes(quotes, 100.0, 99.9, 100.1)
    assert alone.reason[:, 0].tolist() == why
    history = scripted(PreTradeChecks(**checks), quotes)
    assert [column(history, f"{side}_blocked")[0] for side in ("bid", "ask")] == why
    first = "bid" if why[0] else "ask"
    assert column(history, f"{first}_value") == [pytest.approx(value, rel=1e-6)]
    assert column(history, f"{first}_bound") == [pytest.approx(bound, rel=1e-6)]
    for side, stopped in zip(("bid", "ask"), why, strict=True):
        assert np.isnan(column(history, f"{side}_price")[0]) == bool(stopped)
        assert np.isnan(column(history, f"{side}_value")[0]) == (not stopped)


def test_post_only_may_reprice_to_the_best_price_that_does_not_trade_at_once():
    checks = PreTradeChecks(post_only="reprice", no_duplicates=True, price_collar=0.3)
    shown = one(100.4, 100.5), one(100.4, 100.5), one(99.5, 99.6), one(99.98, 100.02)
    history = scripted(checks, *shown, venue=Venue(tick=0.01))
    np.testing.assert_allclose(history.bid_price[:, 0], [100.09, 100.09, NAN, 99.98])  # others ask 100.10
    np.testing.assert_allclose(history.ask_price[:, 0], [NAN, NAN, 99.91, 100.02])  # and bid 99.90
    assert column(history, "bid_blocked") == [Block.REPRICED, Block.DUPLICATE, Block.COLLAR, 0]
    assert column(history, "ask_blocked") == [Block.COLLAR] * 2 + [Block.REPRICED, 0]
    assert (column(history, "bid_value")[0], column(history, "bid_bound")[0]) == pytest.approx((100.4, 100.1), rel=1e-6)
    assert sum(map(sum, history.not_sent.values())) == 4
    assert "REPRICED" not in history.not_sent
    assert not checks.check_quotes(one(100.2, 100.3), 100.0, 99.9, 100.1).reason.any()


@given(st.floats(98, 102), st.floats(0.001, 0.5), st.sampled_from([0.01, 0.25, 1e-6]))
def test_no_tick_is_between_a_repriced_order_and_one_that_trades(mid, off, tick):
    desk = Desk(
        model=Script(one(mid + off, mid - off)), checks=PreTradeChecks(post_only="reprice"), venue=Venue(tick=tick)
    )
    run = MarketMakingPipeline(desk, Book(), end=1e6)
    run.run_pipeline(MarketData(0.0, np.array([mid])))  # where nobody knows the best it is the mid
    bid, ask = run.history.bid_price[0, 0], run.history.ask_price[0, 0]
    assert bid < mid < ask
    assert mid - bid <= tick * (1 + 1e-5)
    assert ask - mid <= tick * (1 + 1e-5)


def test_the_price_of_post_only_refused_a_timid_desk_keeps_what_it_holds_and_repriced_it_does_not():
    config = MarketMakingConfig.from_dict({"market": {"horizon": 1200, "arrival_rate": 0.3}})
    timid = dataclasses.replace(config.make_desk(config.make_model(risk_aversion=1.0)), aggressiveness=None)
    tape = config.make_market().tape(60, 1200, seed=11)
    sent, refused, repriced = (
        simulate(dataclasses.replace(timid, checks=PreTradeChecks(post_only=how)), tape)
        for how in (False, True, "reprice")
    )
    assert refused.not_sent["POST_ONLY"].mean() > 10 * (repriced.bid_blocked == Block.REPRICED).sum(axis=0).mean() > 0
    assert np.abs(repriced.inventory).mean() < 0.75 * np.abs(refused.inventory).mean()
    for other in (refused, sent):
        more = repriced.pnl - other.pnl
        assert more.mean() > 4 * more.std(ddof=1) / 60**0.5


def test_at_the_bound_itself_an_order_is_sent():
    checks = PreTradeChecks(price_collar=0.3, max_order=0.1 + 0.2, max_notional=30.09, post_only=True)
    quotes = one(100 - 0.3, 100 + 0.3, 0.3)
    assert not checks.check_quotes(quotes, 100.0, 99.9, 100.1).reason.any()


def test_what_a_price_or_a_size_stops_is_cancelled_and_comes_back():
    history = scripted(PreTradeChecks(price_collar=0.5), one(99.8, 100.2), one(99, 100.2), one(99.8, 100.2))
    np.testing.assert_array_equal(history.bid_price[:, 0], [99.8, NAN, 99.8])
    np.testing.assert_array_equal(history.ask_price[:, 0], [100.2] * 3)
    assert column(history, "bid_blocked") == [0, Block.COLLAR, 0]


def test_what_rests_is_not_looked_at_again_when_the_mid_moves():
    still = one(99.8, 100.2)
    history = scripted(PreTradeChecks(price_collar=0.5, post_only=True), still, still, mids=[100.0, 99.0])
    assert not history.bid_blocked.any()
    assert not history.ask_blocked.any()
    assert column(history, "bid_price") == [99.8, 99.8]


def test_too_many_messages_leave_the_older_order_and_the_window_rolls():
    shown = [one(99 + n / 100, 101 + n / 100) for n in range(6)]
    checks = PreTradeChecks(max_messages=4, message_window=3)
    history = scripted(checks, *shown)  # a pair a second, four of which may stand in three seconds
    assert column(history, "bid_blocked") == [0, 0, Block.RATE, 0, 0, Block.RATE]
    assert column(history, "ask_blocked") == column(history, "bid_blocked")
    assert column(history, "bid_price") == [99, 99.01, 99.01, 99.03, 99.04, 99.04]
    assert column(history, "bid_value")[2] == 6
    assert column(history, "bid_bound")[2] == 4


def test_cancellations_and_smaller_sizes_are_always_sent_and_not_counted():
    nothing = Quotes.at(np.array([NAN]), np.array([NAN]))
    shown = [one(99, 101, 4), one(99, 101, 3), one(99, 101, 2), nothing, one(99, 101, 2)]
    history = scripted(PreTradeChecks(max_messages=4, message_window=100), *shown, one(99, 102))
    assert column(history, "bid_size") == [4, 3, 2, 0, 2, 1]  # the fourth message is the second pair's
    assert column(history, "ask_price") == [101, 101, 101, pytest.approx(NAN, nan_ok=True), 101, 101]
    assert column(history, "ask_blocked") == [0] * 5 + [Block.RATE]


class Widens:
    """A limit of a reader's own: from the second step on quotes stand a price unit or more from the mid."""

    def start(self, view):
        return 0

    def step(self, state, view):
        return state + 1, Permission(Mode.WIDEN, min_half_spread=1.0) if state else Permission()


def test_an_older_order_that_a_limit_forbids_does_not_stay_for_want_of_a_message():
    checks = PreTradeChecks(max_messages=2, message_window=10)
    history = scripted(checks, one(99.5, 102), one(99.5, 103), limits=Widens())
    assert column(history, "bid_blocked") == [0, Block.RATE]
    assert np.isnan(history.bid_price[1, 0])  # it stood half a unit away
    assert column(history, "ask_price") == [102, 102]  # which is far enough


def test_an_order_is_no_trade_with_our_own_that_rests():
    checks = PreTradeChecks(no_self_trade=True)
    history = scripted(checks, one(99, 101), one(101, 103), one(101, 103))
    assert column(history, "bid_blocked") == [0, Block.SELF_TRADE, 0]  # by then the ask of 101 is gone
    assert column(history, "bid_value")[1] == column(history, "bid_bound")[1] == 101
    assert column(history, "ask_blocked") == [0, 0, 0]


@pytest.mark.parametrize(("start", "side"), [(0, "bid"), (1, "ask")])
def test_an_order_on_its_way_counts_as_one_that_rests(start, side):
    tape = CONFIG.make_market().tape(1, 40, seed=1)
    mid = tape.mid.copy()
    mid[:, 0] = np.where(np.arange(41) % 2 == start, 100.0, 101.0)  # faster to and fro than the venue hears
    tape = dataclasses.replace(tape, mid=mid, arrival_seed=None)
    desk = Desk(model=Symmetric(half_spread=0.4), checks=PreTradeChecks(no_self_trade=True), venue=Venue(latency=1e3))
    history = simulate(desk, tape)
    assert getattr(history, f"{side}_blocked")[:2, 0].tolist() == [0, Block.SELF_TRADE]


def test_the_same_order_again_is_told_and_changes_nothing():
    same = one(99, 101)
    plain, checked = (scripted(c, same, same, one(99, 102)) for c in (None, PreTradeChecks(no_duplicates=True)))
    assert column(checked, "bid_blocked") == [0, Block.DUPLICATE, Block.DUPLICATE]
    assert column(checked, "ask_blocked") == [0, Block.DUPLICATE, 0]
    for name in ("bid_price", "ask_price", "bid_size", "ask_size"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(checked, name), name)
    counts = {why: sum(n) for why, n in checked.not_sent.items()}
    assert counts.pop("DUPLICATE") == 3
    assert not any(counts.values())
    assert plain.not_sent == {}


def test_far_checks_change_nothing_and_cost_no_column_where_there_are_none():
    config = CONFIG.override({"checks": {name: None for name in ("max_messages", "message_window")}})
    far = dict(price_collar=10, max_order=1e6, max_notional=1e9, max_messages=1000, message_window=1e-3)
    far = MarketMakingConfig.from_dict({"market": {"horizon": 2_000}, "checks": far})
    none = MarketMakingConfig.from_dict({"market": {"horizon": 2_000}})
    assert none.make_desk().checks is none.make_checks() is None
    assert config.make_checks().max_messages is None
    plain, checked = (simulate(MarketMakingPipeline(c), STORM) for c in (none, far))
    for name in plain.columns:
        np.testing.assert_array_equal(plain.columns[name], checked.columns[name], name)
    assert plain.bid_blocked is None
    assert not checked.bid_blocked.any()


def test_ahead_step_by_step_rebuilt_and_from_its_file_a_run_is_the_same_to_the_last_bit(tmp_path):
    tape = CONFIG.make_market().tape(n_paths=1, n_steps=2_000, seed=5).first(1_000)
    history = simulate(MarketMakingPipeline(CONFIG), tape)
    run = MarketMakingPipeline(CONFIG).on(venue := TapeVenue(CONFIG.make_desk().venue, tape))
    for datum in venue.market_data():
        run.run_pipeline(datum)
    assert run.close(venue.end).hash == history.hash
    assert all(history.not_sent[why].sum() > 0 for why in ("DUPLICATE", "RATE"))
    history.to_csv(tmp_path / "run.csv.gz")
    assert rebuild(tmp_path / "run.csv.gz").hash == History.from_csv(tmp_path / "run.csv.gz").hash == history.hash


def test_one_market_of_many_is_checked_as_it_is_alone():
    tape = dataclasses.replace(STORM, arrival_seed=None)
    fields = [f.name for f in dataclasses.fields(tape)[1:6]]
    many = simulate(MarketMakingPipeline(CONFIG), tape)
    for path in (0, 4):
        alone = {name: getattr(tape, name)[:, path : path + 1] for name in fields}
        history = simulate(MarketMakingPipeline(CONFIG), dataclasses.replace(tape, **alone))
        for name, found in history.columns.items():
            if name != "time":
                np.testing.assert_array_equal(found[:, 0], many.columns[name][:, path], name)
    assert many.not_sent["RATE"].min() > 0


@given(st.floats(98, 102), st.floats(98, 102), st.floats(0.1, 5), st.floats(99, 101), st.floats(0.01, 2))
def test_the_unit_of_price_and_the_clip_do_not_matter_and_both_sides_are_alike(bid, ask, size, mid, half):
    numbers = dict(price_collar=1.1, max_order=2.03, max_notional=303.3)
    flags = dict(post_only=True, no_self_trade=True)
    touch = mid - half, mid + half
    plain = PreTradeChecks(**numbers, **flags).check_quotes(one(bid, ask, size), mid, *touch)
    for price, clip in ((8.0, 1.0), (1.0, 0.25), (0.5, 4.0)):  # which change no last bit
        units = dict(price_collar=price, max_order=clip, max_notional=price * clip)
        checks = PreTradeChecks(**{name: number * units[name] for name, number in numbers.items()}, **flags)
        scaled = checks.check_quotes(
            one(bid * price, ask * price, size * clip), mid * price, *[side * price for side in touch]
        )
        np.testing.assert_array_equal(scaled.reason, plain.reason)
    mirrored = PreTradeChecks(**numbers, **flags).check_quotes(one(-ask, -bid, size), -mid, -touch[1], -touch[0])
    np.testing.assert_array_equal(mirrored.reason[::-1], plain.reason)


@given(st.lists(st.floats(0, 3), min_size=2, max_size=30), st.integers(2, 6), st.sampled_from([0.25, 1.0, 64.0]))
def test_no_window_ever_holds_more_messages_than_it_may_and_none_is_held_back_in_vain(gaps, most, second):
    times = np.round(np.cumsum(gaps), 2)
    shown = [one(99 + n / 1e4, 101 + n / 1e4) for n in range(len(times))]
    checks = PreTradeChecks(max_messages=most, message_window=2.0 * second)
    history = scripted(checks, *shown, times=times * second)
    went = history.bid_blocked[:, 0] == 0
    for n, time in enumerate(times):
        before = 2 * int((went[:n] & (times[:n] > time - 2 + 1e-9)).sum())
        assert went[n] == (before + 2 <= most)


def test_numbers_and_arrays_are_checked_alike():
    checks = PreTradeChecks(price_collar=0.5, max_order=2, post_only=True)
    bids, sizes = np.array([99.2, 99.8, 100.3, NAN]), np.array([1.0, 3.0, 1.0, 0.0])
    asks = np.full(4, 100.4)
    many = checks.check_quotes(Quotes(bids, asks, sizes, np.ones(4)), 100.0)
    assert many.reason[0].tolist() == [Block.COLLAR, Block.SIZE, Block.POST_ONLY, 0]
    for n in range(4):
        alone = checks.check_quotes(Quotes(bids[n], asks[n], sizes[n], 1.0), 100.0)
        for name in ("reason", "value", "bound"):
            np.testing.assert_array_equal(getattr(alone, name), getattr(many, name)[:, n], name)


@pytest.mark.parametrize(
    ("given_checks", "words"),
    [
        (dict(price_collar=0.04), r"price_collar 0\.04 is narrower .* flat stand 0\.05 from the mid \[price\]"),
        (dict(max_order=0.5), r"max_order 0\.5 is below a lot of 1 \[clips\]"),
        (dict(max_order=2), r"max_order 2 is smaller than the desk's own orders, which flat are 3 \[clips\]"),
        (dict(price_collar=0), "price_collar .* above 0"),
        (dict(max_messages=1, message_window=1), "max_messages .* at least 2"),
        (dict(max_messages=3), "give both, or none"),
        (dict(message_window=3), "give both, or none"),
        (dict(post_only=1), "post_only must be True or False or 'reprice'; got 1"),
        (dict(no_self_trade="reprice"), "no_self_trade must be True or False; got 'reprice'"),
        (dict(post_only="reprice"), "post_only='reprice' needs a venue with a tick"),
    ],
)
def test_what_would_stop_every_order_or_makes_no_sense_is_refused_as_it_is_made(given_checks, words):
    with pytest.raises(ParameterError, match=words):
        Desk(model=MODEL, sizer=QuoteSizer(base_size=3, max_position=9), checks=PreTradeChecks(**given_checks))


def test_a_desk_takes_no_other_thing_for_its_checks():
    with pytest.raises(ParameterError, match="checks must be a PreTradeChecks; got 3"):
        Desk(model=MODEL, checks=3)


@pytest.mark.parametrize(
    ("checks", "words"),
    [
        (
            dict(price_collar=1e-5),
            r"price_collar 0\.001 is narrower than the desk's own quotes, which flat stand 0\.\d+",
        ),
        (dict(max_notional=100), r"max_notional 1 is smaller than the desk's own orders, which flat are worth 99\.\d+"),
        (dict(max_order=50), r"max_order 0\.5 is below a lot of 1"),
        (
            dict(price_colar=1),
            r"There is no key in \[checks\] named 'price_colar'\. Did you mean checks\.price_collar\?",
        ),
        (dict(postonly=True), r"Did you mean checks\.post_only\?"),
        (dict(max_order=-1), r"\[checks\] max_order"),
    ],
)
def test_a_configuration_says_so_in_its_own_way(checks, words):
    with pytest.raises(ConfigError, match=words):
        MarketMakingConfig.from_dict({"checks": checks})


def test_a_collar_is_held_against_the_widest_that_a_flat_desk_quotes_on_its_day():
    model = AvellanedaStoikov(risk_aversion=0.1, volatility=2, fill_decay=1.5, horizon=1)
    late, early = (float(model.spread(time_left)) / 2 for time_left in (0.0, 1.0))
    checks = PreTradeChecks(price_collar=(late + early) / 2)
    desk = Desk(model=model, checks=checks)  # nobody says how long its day is
    with pytest.raises(ParameterError, match=f"flat stand {early:.6g}".replace(".", r"\.")):
        checks.check_desk(desk, 100.0, 1.0)


def test_a_configuration_goes_through_toml_and_its_units_to_the_checks():
    assert MarketMakingConfig.from_toml(CONFIG.to_toml()) == CONFIG
    checks = CONFIG.make_desk().checks
    assert (checks.price_collar, checks.max_order, checks.max_notional) == (1.0, 10.0, 2_000.0)
    assert (checks.max_messages, checks.message_window) == (4, 3.0)
    assert (checks.post_only, checks.no_self_trade, checks.no_duplicates) == (True, True, True)


def test_a_hard_limit_holds_while_messages_are_few():
    limit = PositionLimiter(max_position=2, min_position=-2)
    tape = CONFIG.make_market().tape(n_paths=50, n_steps=2_000, seed=2)
    timer = QuoteTimer(min_quote_time=1, max_quote_time=5, max_move=0.01)
    history = simulate(
        Desk(
            model=Symmetric(half_spread=0.01),
            volatility=0.02,
            timer=timer,
            limits=limit,
            checks=PreTradeChecks(max_messages=2, message_window=60),
        ),
        tape,
    )
    assert history.not_sent["RATE"].min() > 0
    assert np.abs(history.inventory).max() == 2
