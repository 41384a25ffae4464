"""The pipeline: the same for one market and many, on a tape or a reader's own venue; what stops it keeps its books."""

import dataclasses
import sys

import numpy as np
import pytest

from mmlab import (
    Desk,
    History,
    Market,
    MarketData,
    MarketMakingConfig,
    MarketMakingPipeline,
    ParameterError,
    Quotes,
    QuoteTimer,
    Symmetric,
    Venue,
    setup_market_making_environment,
    simulate,
)
from mmlab.desk import (
    STAGES,
    ConfigError,
    Mode,
    Permission,
    PnLLimiter,
    PositionLimiter,
    Reason,
    TapeVenue,
    file_hash,
    mode_changes,
)
from mmlab.desk.history import COLUMNS
from mmlab.market import Day, replay_tape
from mmlab.measure import Meter

NAN = float("nan")
CONFIG = setup_market_making_environment(
    market=dict(horizon=2_000),
    quotes=dict(quote_size=300, latency=3, cancel_latency=5),
    limits=dict(max_position=900, min_position=-600, max_drawdown=40),
)
TAPE = CONFIG.make_market().tape(n_paths=7, n_steps=400, seed=3)


def same(a, b):
    for name in ("time", *COLUMNS):
        x, y = getattr(a, name), getattr(b, name)
        assert (x is None) == (y is None), name
        if x is not None:
            assert x.dtype == y.dtype, name
            np.testing.assert_array_equal(x, y, name)


def run_all(run, data):
    for datum in data:
        run.run_pipeline(datum)


def stepped(pipeline, venue, n_steps=None):
    """A pipeline run datum by datum, each checked as a reader's would be."""
    run = pipeline.on(venue)
    data = list(venue.market_data())[:n_steps]
    run_all(run, [MarketData(d.time, d.mid_price) for d in data])
    return run


def test_step_by_step_a_pipeline_does_what_simulate_does_to_the_last_bit():
    pipeline, venue = MarketMakingPipeline(CONFIG), TapeVenue(CONFIG.make_desk().venue, TAPE)
    history = simulate(pipeline, TAPE)
    same(stepped(pipeline, venue).close(venue.end), history)
    same(simulate(CONFIG.make_desk(), TAPE), history)
    assert {Mode.WIDEN, Mode.REDUCE_ONLY, Mode.HALT} <= {*history.mode.ravel()}
    assert history.inventory.min() == -6


def test_one_market_of_many_does_what_it_does_alone():
    early = dataclasses.replace(TAPE, arrival_seed=None)
    third = dataclasses.replace(early, **{f.name: getattr(TAPE, f.name)[:, 2:3] for f in dataclasses.fields(TAPE)[1:6]})
    many, one = (simulate(MarketMakingPipeline(CONFIG), tape) for tape in (early, third))
    for name in COLUMNS:
        if getattr(one, name) is not None:
            np.testing.assert_array_equal(getattr(one, name)[:, 0], getattr(many, name)[:, 2], name)


def test_the_history_is_there_at_any_time_and_what_was_read_does_not_change():
    venue, whole = TapeVenue(CONFIG.make_desk().venue, TAPE), simulate(MarketMakingPipeline(CONFIG), TAPE)
    run = stepped(MarketMakingPipeline(CONFIG), venue, 300)  # more than there was room for at first
    early = run.history
    assert early.bid_price.shape == (300, 7)
    np.testing.assert_array_equal(early.mid[-1], early.mid[-2])
    run_all(run, list(venue.market_data())[300:310])
    np.testing.assert_array_equal(early.mid[-1], early.mid[-2])
    np.testing.assert_array_equal(run.history.cash, whole.cash[:311])
    np.testing.assert_array_equal(early.mode, whole.mode[:300])
    with pytest.raises(ValueError, match="read-only"):
        early.mid[0] = 0


def test_whatever_stops_a_step_leaves_what_was_before_it_and_the_run_can_go_on():
    class Stops(Symmetric):
        def quotes(self, mid_price, inventory, time_left):
            if time_left < 1_500 and stops:
                raise KeyboardInterrupt
            return super().quotes(mid_price, inventory, time_left)

    venue, stops = TapeVenue(CONFIG.make_desk().venue, TAPE), True
    pipeline = MarketMakingPipeline(CONFIG, model=Stops(half_spread=0.02))
    run, data = pipeline.on(venue), list(venue.market_data())
    with pytest.raises(KeyboardInterrupt):
        run_all(run, data)
    done = len(run.history.time) - 1
    assert 100 <= done < 103  # the timer may let quotes rest a little longer
    np.testing.assert_array_equal(run.state.cash, run.history.cash[-1])
    stops = False
    run_all(run, data[done:])
    same(run.close(venue.end), simulate(pipeline, TAPE))


def test_an_interrupt_between_any_two_lines_of_the_books_leaves_all_of_a_step_or_nothing():
    """Stopped at each line of the update in turn: the next call goes on, and the run is the one nobody stopped."""
    venue = TapeVenue(CONFIG.make_desk().venue, TAPE.first(40))
    pipeline, data = MarketMakingPipeline(CONFIG), list(venue.market_data())
    whole, lines = simulate(pipeline, TAPE.first(40)), 0

    def stop_at(line):
        def trace(frame, event, arg):
            nonlocal lines
            if frame.f_code.co_name not in ("record", "_update_history"):
                return None
            lines += event == "line"
            if lines == line:
                lines += 1
                raise KeyboardInterrupt
            return trace

        return trace

    for line in range(1, 60):
        run, lines = pipeline.on(venue), 0
        run_all(run, data[:5])
        sys.settrace(stop_at(line))
        try:
            run.run_pipeline(data[5])
        except KeyboardInterrupt:
            pass
        else:
            break  # there is no such line
        finally:
            sys.settrace(None)
        done = len(run.history.time) - 1
        assert done in (5, 6)
        np.testing.assert_array_equal(run.state.inventory, run.history.inventory[-1])
        run_all(run, data[done:])
        same(run.close(venue.end), whole)
    assert line > 15


def test_the_guides_stages_are_there_and_each_is_timed():
    venue = TapeVenue(CONFIG.make_desk().venue, TAPE)
    run = stepped(MarketMakingPipeline(CONFIG), venue, 20)
    assert run.model == CONFIG.make_model()
    assert run.quote_manager.sizer == CONFIG.make_sizer()
    assert run.risk_manager == CONFIG.make_limits()
    assert run.latencies.shape == (20, len(STAGES))
    assert (run.latencies > 0).all()


class Mine:
    """A reader's own model."""

    def quotes(self, mid_price, inventory, time_left):
        return Quotes.around(mid_price, 0.02 + 0.005 * inventory, 0.02 - 0.005 * inventory)


class Lunch:
    """A reader's own limit: nothing between noon and one."""

    def start(self, view):
        return np.zeros(view.n_paths)

    def step(self, state, view):
        halted = 500 <= view.time < 1_000
        return state + halted, Permission(
            Mode.HALT if halted else Mode.NORMAL, max_bid_size=np.maximum(4 - view.inventory, 0)
        )


class Coin:
    """A reader's own venue: an order is filled by the toss of a coin that depends on the time, at its price."""

    def start(self, n_paths):
        return Venue().start(n_paths)

    def submit(self, orders, quotes, data):
        accepted = data.time % 3 != 0
        return (Venue().submit(orders, quotes, data.time, data.mid_price) if accepted else orders), accepted

    def advance(self, orders, data):
        reach = np.full((2, data.n_paths), np.inf if data.time % 2 else -np.inf)
        return Venue().advance(orders, data.time, data.mid_price, reach, np.ones_like(reach))


def test_a_readers_own_model_limit_and_venue_run_in_the_same_pipeline():
    run = MarketMakingPipeline(CONFIG, Coin(), model=Mine(), limits=Lunch())
    for time in range(0, 1_200, 10):
        outcome = run.run_pipeline(MarketData(time, np.full(3, 100.0)))
    assert run.state.limits[0].tolist() == [50] * 3
    history = run.history
    assert history.inventory.max() <= 4
    noon = (history.time[:-1] >= 500) & (history.time[:-1] < 1_000)
    assert (history.mode[noon] == Mode.HALT).all()
    assert not history.mode[~noon].any()
    assert outcome.fills.fill.shape == (2, 3)


@pytest.mark.parametrize(
    ("quotes", "sentence"),
    [
        (lambda mid: (mid - 1, mid + 1), "the model must return Quotes; it returned tuple"),
        (lambda mid: None, "the model must return Quotes; it returned NoneType"),
        (lambda mid: Quotes.at(np.full(7, 99.0), np.full(7, 101.0)), r"quotes have shape \(7,\); .* to \(3,\)"),
        (lambda mid: Quotes.at(mid[:, np.newaxis] - 1, mid + 1), r"quotes have shape \(3, 3\); .* to \(3,\)"),
    ],
)
@pytest.mark.parametrize("config", [CONFIG, Desk(model=Symmetric(half_spread=1))])
def test_what_a_readers_model_returns_is_quotes_of_the_markets_or_a_sentence(config, quotes, sentence):
    class Wrong:
        def quotes(self, mid_price, inventory, time_left):
            return quotes(mid_price)

    with pytest.raises(ParameterError, match=sentence):
        MarketMakingPipeline(config, Coin(), model=Wrong(), end=9).run_pipeline(MarketData(1, np.full(3, 100.0)))


def test_a_model_may_quote_alike_on_all_paths():
    class Flat:
        def quotes(self, mid_price, inventory, time_left):
            return Quotes.at(99.0, 101.0)

    run = MarketMakingPipeline(CONFIG, Coin(), model=Flat())
    assert run.run_pipeline(MarketData(1, np.full(3, 100.0))).fills.price.shape == (2, 3)


@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        (None, r"Wrong\.step must return \(state, Permission\); it returned None"),
        (Permission(), r"Wrong\.step must return \(state, Permission\); it returned Permission"),
        ((None, None), r"Wrong\.step must return \(state, Permission\); it returned \(None, None\)"),
        ((None, Permission(mode=np.zeros(77, int))), r"the mode that Wrong permits has shape \(77,\); .* \(3,\)"),
        ((None, Permission(max_ask_size=np.ones((3, 1)))), r"the max_ask_size that Wrong permits has shape \(3, 1\)"),
    ],
)
def test_what_a_readers_limit_returns_is_a_permission_for_the_markets_or_a_sentence(returned, sentence):
    class Wrong:
        def start(self, view):
            return None

        def step(self, state, view):
            return returned

    with pytest.raises(ParameterError, match=sentence):
        MarketMakingPipeline(CONFIG, Coin(), limits=Wrong()).run_pipeline(MarketData(1, np.full(3, 100.0)))


@pytest.mark.parametrize("latency", [0, 0.7, 3, 12])
@pytest.mark.parametrize("queue_time", [0, 4])
def test_what_a_tape_fills_needs_no_check_it_passes_every_one(latency, queue_time):
    """Behind a wrapper, which the desk does not know, a tape's every answer is held against what was asked."""

    class Wrapped:
        def __init__(self, inner):
            self.start, self.submit, self.advance = inner.start, inner.submit, inner.advance

    config = CONFIG.override(
        {
            "quotes": dict(latency=latency, cancel_latency=2 * latency, queue_time=queue_time),
            "limits": dict(
                max_drawdown=400, max_daily_loss=400, on_halt="flatten", flatten_half_spread=0, flatten_impact=0
            ),
        }
    )
    venue = TapeVenue(config.make_desk().venue, TAPE)
    run = MarketMakingPipeline(config).on(Wrapped(venue))
    run_all(run, list(venue.market_data()))
    same(run.close(venue.end), simulate(MarketMakingPipeline(config), TAPE))
    assert run.history.bid_fill.sum() > 20
    assert not (run.history.reason == Reason.VENUE).any()


def test_an_order_that_the_venue_rejects_is_told_and_what_rested_rests_on():
    run = MarketMakingPipeline(CONFIG, Coin(), model=Mine(), limits=())
    for time in range(60):
        run.run_pipeline(MarketData(time, 100 + 0.05 * np.sin([time, 2 * time])))
    history = run.history
    assert not history.accepted[::3].any()
    assert history.accepted[1::3].all()
    assert history.accepted[2::3].all()
    after_no_fill = np.arange(3, 60, 6)  # odd seconds fill: what rests at 3, 9, … is what was asked for at 2, 8, …
    assert not history.bid_fill[after_no_fill - 1].any()
    np.testing.assert_array_equal(history.bid_price[after_no_fill], history.bid_price[after_no_fill - 1])
    assert history.bid_fill.sum() > 0
    np.testing.assert_array_equal(np.diff(history.inventory, axis=0), history.bid_fill - history.ask_fill)


def test_where_the_market_is_halted_or_was_not_seen_the_desk_stands_aside_and_says_why():
    timer = QuoteTimer(min_quote_time=5, max_quote_time=50)
    desk = Desk(
        model=Symmetric(half_spread=0.5),
        volatility=0.1,
        timer=timer,
        limits=PositionLimiter(max_position=5, min_position=-5),
    )
    run = MarketMakingPipeline(desk, Coin(), end=100, max_gap=3)
    for time, mid, halted in (
        (1, 100, False),
        (2, NAN, True),
        (3, 100, True),
        (4, 101, False),
        (8, 102, False),
        (10, 102, False),
    ):
        run.run_pipeline(MarketData(time, mid, halted=halted))
    history = run.history
    assert np.isnan(history.bid_price[:, 0]).tolist() == [False, True, True, False, True, False]
    assert history.mode[:, 0].tolist() == [0, 3, 3, 0, 3, 0]
    changes = mode_changes(history)
    assert changes.reason.tolist() == [Reason.NO_MARKET, 0, Reason.GAP, 0]
    assert changes.sentences()[::2] == [
        "At 2: NORMAL → HALT, no market.",
        "At 8: NORMAL → HALT, gap 4, bound 3 [time].",
    ]
    assert np.isfinite(history.inventory).all()


def test_a_day_that_opens_with_a_halt_is_a_day_and_a_venue_may_charge_without_a_fill():
    class Charges(Coin):
        def advance(self, orders, data):
            orders, fills = super().advance(orders, data)
            return orders, dataclasses.replace(fills, fee=fills.fee + 0.5)

    pnl = PnLLimiter(
        max_daily_loss=5,
        max_drawdown=5,
        widened_half_spread=0.1,
        on_halt="flatten",
        flatten_half_spread=0,
        flatten_impact=0,
    )
    run = MarketMakingPipeline(CONFIG, Charges(), limits=pnl, inventory=2, cash=-200)
    for time, mid in ((1, NAN), (2, 100), (4, 100), (6, 100)):
        run.run_pipeline(MarketData(time, mid, halted=mid != 100))
    history = run.history
    assert history.mode[:, 0].tolist() == [3, 0, 0, 0]
    np.testing.assert_allclose(history.cash[:, 0], -200 - 0.5 * np.arange(5))


def test_without_limits_a_halt_of_the_market_is_told_all_the_same():
    run = MarketMakingPipeline(CONFIG, Coin(), limits=())
    run.run_pipeline(MarketData(1, 100))
    assert run.history.mode is None
    run.run_pipeline(MarketData(2, NAN, halted=True))
    assert run.history.mode.tolist() == [[0], [3]]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (dict(mid_price=NAN), r"mid_price must be finite and above 0 .*halted=True.*; got nan at time 1"),
        (dict(mid_price=0), "mid_price must be .* got 0 at"),
        (dict(mid_price=[100, -1]), "got -1 at"),
        (dict(mid_price=np.inf), "got inf at"),
        (dict(time=NAN), r"time must be a finite number \[time\]; got nan"),
        (dict(best_bid=100, best_ask=100), "best_bid must be below best_ask; got 100 and 100 at time 1"),
        (dict(mid_price=[100, 100], best_bid=[99, 101], best_ask=[101, 100.5]), "got 101 and 100.5"),
        (dict(volatility=-1), "volatility must be .* at least 0; got -1"),
        (dict(volatility=NAN), "volatility must be"),
        (
            dict(mid_price=[100, 100], signal=[1, 2, 3]),
            r"signal must .* have the shape .* mid_price, which is \(2,\); got \(3,\)",
        ),
        (dict(mid_price=[[100]]), "shape"),
    ],
)
def test_market_data_that_cannot_be_is_refused(given, sentence):
    with pytest.raises(ParameterError, match=f"MarketData: .*{sentence}"):
        MarketData(**(dict(time=1, mid_price=100) | given))


def test_what_a_pipeline_cannot_run_on_is_refused_and_its_books_stay():
    run = MarketMakingPipeline(CONFIG, Coin())
    with pytest.raises(ParameterError, match="no history: no step of it is over"):
        run.history  # noqa: B018
    run.run_pipeline(MarketData(5, [100, 101]))
    with pytest.raises(ParameterError, match="Time must not run backwards; got 4 after 5"):
        run.run_pipeline(MarketData(4, [100, 101]))
    epoch = MarketMakingPipeline(CONFIG, Coin())
    epoch.run_pipeline(MarketData(1_756_710_000.52, 100))
    with pytest.raises(ParameterError, match=r"got 1756710000\.5 after 1756710000\.52\."):
        epoch.run_pipeline(MarketData(1_756_710_000.5, 100))
    with pytest.raises(ParameterError, match="These are 1 markets; until now they were 2"):
        run.run_pipeline(MarketData(6, 100))
    assert run.history.time.tolist() == [5, 5]
    with pytest.raises(ParameterError, match="has no venue"):
        MarketMakingPipeline(CONFIG).run_pipeline(MarketData(1, 100))
    with pytest.raises(ParameterError, match="finite end and max_gap above 0"):
        MarketMakingPipeline(CONFIG, max_gap=0)
    with pytest.raises(ParameterError, match="finite end"):
        MarketMakingPipeline(CONFIG.make_desk())
    with pytest.raises(ParameterError, match="has its own inventory and cash"):
        simulate(MarketMakingPipeline(CONFIG), TAPE, inventory=3)


def test_the_tapes_steps_are_taken_in_their_order():
    venue = TapeVenue(Venue(), TAPE)
    run = MarketMakingPipeline(CONFIG, venue)
    with pytest.raises(ParameterError, match=r"next step starts at time 0; the market data is of time 5"):
        run.run_pipeline(MarketData(5, TAPE.mid[0]))
    with pytest.raises(ParameterError, match="The tape has 7 paths and the market data 1"):
        MarketMakingPipeline(CONFIG, venue).run_pipeline(MarketData(0, 100))
    run = stepped(MarketMakingPipeline(CONFIG), venue)
    with pytest.raises(ParameterError, match="nowhere: it is at its end"):
        run.run_pipeline(venue.end)


def test_a_day_without_orders_and_a_day_of_one_step_are_days():
    quiet = dataclasses.replace(
        TAPE, buy_reach=np.full_like(TAPE.buy_reach, -np.inf), sell_reach=np.full_like(TAPE.sell_reach, -np.inf)
    )
    assert simulate(MarketMakingPipeline(CONFIG), TAPE.first(1)).bid_price.shape == (1, 7)
    history = simulate(MarketMakingPipeline(CONFIG, limits=(), model=Symmetric(half_spread=5)), quiet)
    assert not history.inventory.any()


def test_the_model_sees_the_signal():
    market = dict(mean_reversion=0.1, signal_jump=1e-4)
    config = CONFIG.override({"market": market})

    class Chaser:
        def quotes(self, mid_price, inventory, time_left, signal):
            return Quotes.around(mid_price + signal, 0.02, 0.02)

    tape = config.make_market().tape(3, 50, seed=1)
    history = simulate(MarketMakingPipeline(config, model=Chaser(), limits=()), tape)
    np.testing.assert_array_equal(history.signal, tape.signal)
    with pytest.raises(ParameterError, match="asks for a signal and the market data has none"):
        simulate(MarketMakingPipeline(config, model=Chaser()), TAPE)


@pytest.mark.parametrize("name", ["run.csv", "run.csv.gz"])
def test_a_history_goes_to_csv_and_back_to_the_last_bit(name, tmp_path):
    pnl = PnLLimiter(
        max_daily_loss=1,
        max_drawdown=2,
        widened_half_spread=0.03,
        on_halt="flatten",
        flatten_half_spread=0.01,
        flatten_impact=0,
    )
    history = simulate(MarketMakingPipeline(CONFIG, limits=pnl), TAPE)
    assert history.flattened.any()
    history.to_csv(tmp_path / name, seed=3)
    again = History.from_csv(tmp_path / name)
    same(history, again)
    assert again.provenance == {**history.provenance, "seed": 3}
    bare = simulate(Symmetric(half_spread=0.02), TAPE)
    bare.to_csv(tmp_path / name)
    same(bare, History.from_csv(tmp_path / name))


def test_a_run_comes_again_from_what_its_file_says(tmp_path):
    """Configuration, seed and the hash of the data: with them the history is the same, bit for bit."""
    data = tmp_path / "day.csv"
    data.write_text("time,price\n1,100\n", encoding="utf-8")
    simulate(MarketMakingPipeline(CONFIG), TAPE).to_csv(tmp_path / "run.csv", seed=3, data=file_hash(data))
    kept = History.from_csv(tmp_path / "run.csv")
    provenance = kept.provenance
    assert provenance["data"] == "921344d81bfb05004449a8b237fedcae0aeb2eac97b4673490db63b3cfbf729e"
    assert {"mmlab", "numpy", "python"} <= set(provenance["versions"])
    config = MarketMakingConfig.from_dict(provenance["configuration"])
    n_steps, n_paths = kept.bid_price.shape
    same(simulate(MarketMakingPipeline(config), config.make_market().tape(n_paths, n_steps, provenance["seed"])), kept)


def test_a_file_that_was_cut_is_refused(tmp_path):
    path = tmp_path / "run.csv"
    simulate(MarketMakingPipeline(CONFIG), TAPE).to_csv(path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for kept in (-7, -8, 3):  # a step, a step and a market, the first market alone
        path.write_text("".join(lines[:kept]), encoding="utf-8")
        with pytest.raises(ParameterError, match=r"run\.csv is no history"):
            History.from_csv(path)


@pytest.mark.parametrize("text", ["", "# {}\n", "time,mid\n1,2\n", "# {}\nstep,path,time,mid\n0,0,1,x\n"])
def test_a_file_that_is_no_history_is_refused(text, tmp_path):
    path = tmp_path / "run.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"run\.csv is no history that to_csv wrote"):
        History.from_csv(path)
    with pytest.raises(ParameterError, match=r"absent\.csv cannot be read: No such file or directory\."):
        History.from_csv(tmp_path / "absent.csv")


def test_a_configuration_goes_through_toml_and_names_its_model():
    config = CONFIG.override({"model": dict(name="CarteaJaimungal", running_penalty=1e-6, terminal_penalty=0.001)})
    assert MarketMakingConfig.from_toml(config.to_toml()) == config == MarketMakingConfig.from_dict(config.to_dict())
    assert type(MarketMakingPipeline(config).model).__name__ == "CarteaJaimungal"
    assert MarketMakingPipeline(config).model.running_penalty == 1e-6
    with pytest.raises(
        ConfigError, match=r"\[model\] name 'AvelanedaStoikov' is none of the models. Did you mean 'Ave"
    ):
        CONFIG.override({"model": {"name": "AvelanedaStoikov"}})
    with pytest.raises(ConfigError, match=r"cannot trade: CarteaJaimungal also needs running_penalty"):
        MarketMakingPipeline({"model": {"name": "CarteaJaimungal"}})


def test_limits_change_while_it_runs_and_a_halt_waits_for_a_reset():
    small = PnLLimiter(max_daily_loss=1e9, max_drawdown=0.5, widened_half_spread=0.0)
    desk = Desk(model=Symmetric(half_spread=0.01), limits=small)
    venue = TapeVenue(desk.venue, CONFIG.make_market().tape(1, 400, seed=3))
    run, data = MarketMakingPipeline(desk, venue, end=2_000), list(venue.market_data())
    modes, changed, reset = [], None, None
    for n, datum in enumerate(data):
        if changed is None and n and modes[-1] == Mode.HALT:
            changed = n
            run.change_limits(dataclasses.replace(small, max_drawdown=1e6), who="Bob", reason="too small")
        if changed is not None and n == changed + 10:
            reset = n
            run.reset(who="Ann", reason="looked at")
        modes.append(int(run.run_pipeline(datum).permission.mode[0]))
    assert changed
    assert reset
    assert set(modes[changed:reset]) == {Mode.HALT}
    assert set(modes[reset:]) == {Mode.NORMAL}
    with pytest.raises(ParameterError, match="of the kinds that there are: PnLLimiter"):
        run.change_limits((), who="Bob", reason="no limits")


def test_where_a_book_is_known_the_history_keeps_it_and_time_at_the_touch_is_known(tmp_path):
    time = np.arange(9.0)
    quotes = time, time + 99, time + 101, np.ones(9), np.ones(9)
    day = Day.from_quotes_and_trades(*quotes, time[1:-1], np.ones(7), np.ones(7), time[1:-1] + 100)
    tape = replay_tape(day, 0.5, 1)
    for half_spread, share in ((1, 1.0), (3, 0.0)):
        history = simulate(Desk(model=Symmetric(half_spread=half_spread)), tape)
        np.testing.assert_array_equal(history.best_bid, tape.touch[:, 0, 0])
        np.testing.assert_array_equal(history.best_ask, tape.touch[:, 0, 1])
        meter = Meter()
        metrics = meter.step(meter.start(), history)[1]
        assert metrics["time_at_touch"] == share
    history.to_csv(tmp_path / "day.csv")
    np.testing.assert_array_equal(History.from_csv(tmp_path / "day.csv").best_ask, history.best_ask)
    assert (
        simulate(Desk(model=Symmetric(half_spread=1)), Market.avellaneda_stoikov_2008().tape(2, 5, seed=1)).best_bid
        is None
    )
