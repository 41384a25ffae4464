"""Every public name answers, or says why not: numbers, shapes, types and readers' own functions, at random.

The names are those in the rooms' `__all__`, and the methods and properties of the classes among them: a new one is
tried by itself, or fails for want of an example. MMLAB_EXAMPLES=50000 tries each name ten thousand times.
"""

import contextlib
import copy
import dataclasses
import decimal
import enum
import functools
import inspect
import random

import numpy as np
import pytest
from hypothesis import settings

import mmlab
from mmlab import desk, market, measure, models, simulation
from mmlab.arguments import ParameterError, explained
from mmlab.desk.sides import Sides
from mmlab.measure.live_log import Event
from mmlab.parameters import parameters_of

REFUSALS = (ParameterError, market.DayError, measure.CalibrationError, measure.ReportError)


class OfTheReader(Exception):
    """What a reader's own function raises: it stays what it is."""


class Strange:
    def __array__(self, dtype=None, copy=None):
        raise OfTheReader


def raises(*given, **named):
    raise OfTheReader


def gives(answer):
    return lambda *given, **named: answer


NUMBERS = [0, 0.0, -0.0, 5e-324, 1e-308, 1e-160, 1e-9, 1, -1, 2, 3.7, -3.7, 1e9, 1e20, -1e100, 1e200, 1.7e308, -1.7e308]
NUMBERS += [np.nan, np.inf, -np.inf, np.float32(1.5), np.float16(6e4), np.int8(-128), np.uint64(2**64 - 1), np.array(2)]
SHAPES = [[], [1.0], (1.0, 2.0), [0.0, -1.0, 5.0], np.ones((2, 2)), np.zeros((0, 3)), np.array([1, np.nan]), np.ones(7)]
SHAPES += [np.arange(5), np.ones(3, bool), np.full(3, 1e300), np.array([1e-320, 1e308]), np.full((3, 1), np.nan)]
OTHERS = [
    None,
    True,
    "",
    "x",
    b"1",
    1j,
    np.array([1j]),
    2**63,
    10**400,
    decimal.Decimal("NaN"),
    object(),
    {"a": 1},
    [[1], [1, 2]],
    Strange(),
]
OTHERS += [np.array(["a"]), np.array([None, 1.0]), np.datetime64("2020-01-01"), float, print, Ellipsis]
OWN = [raises, gives(None), gives(1.0), gives((1.0, 1.0)), gives((np.ones(7), np.ones(7))), gives("ab"), lambda: 1]
OWN += [gives((1e308, 1e308)), gives((np.inf, -np.inf)), gives([[1], [1, 2]]), gives((1.0, 1.0, 1.0)), gives((1j, 1j))]
OWN += [gives(mmlab.Quotes.at(99.0, 101.0, size)) for size in (1.0, 1e50)]


def hostile_to(name):
    """Values to try: functions for what calls them, and text alone for a file, which a number may have open already."""
    if name in ("path", "page", "message_path", "orderbook_path", "source"):
        return ["", "x", "no such/file"]
    return OWN if name in ("policy", "strategy", "function") else NUMBERS + SHAPES + OTHERS


def a_day():
    rng = np.random.default_rng(0)
    time, mid = np.sort(rng.uniform(0, 600, 300)), 100 + np.cumsum(rng.integers(-1, 2, 300)) * 0.01
    when, side, size = np.sort(rng.uniform(time[0], time[-1], 150)), rng.choice([-1, 1], 150), np.full(300, 100.0)
    price = mid[np.searchsorted(time, when) - 1] + side * 0.01 * rng.integers(1, 4, 150)
    return market.Day.from_quotes_and_trades(time, mid - 0.01, mid + 0.01, size, size, when, side, size[:150], price)


CHOSEN = dict(risk_aversion=0.1, max_inventory=4, running_penalty=0.1, terminal_penalty=0.1, nodes=8)
PLAIN, CONFIG, DAY = mmlab.Market.avellaneda_stoikov_2008(), mmlab.MarketMakingConfig(), a_day()
MARKET = mmlab.Market.avellaneda_stoikov_2008(signal=mmlab.Signal(mean_reversion=5, signal_volatility=1))
MODELS = {
    name: kind.for_market(MARKET, **{own: CHOSEN[own] for own in CHOSEN.keys() & kind.__annotations__.keys()})
    for name, kind in models.MODELS.items()
    if name != "Symmetric"
}
AS, BOUNDED = MODELS["AvellanedaStoikov"], MODELS["GueantLehalleFernandezTapia"]
DESK, TAPE, DATA = CONFIG.make_desk(), PLAIN.tape(2, 12, seed=1), mmlab.MarketData(0.0, np.full(2, 100.0))
VENUE, HISTORY = desk.TapeVenue(desk.Venue(), TAPE), mmlab.simulate(DESK, CONFIG.make_market().tape(1, 60, seed=3))
RUN, MONITOR, RULES = mmlab.MarketMakingPipeline(CONFIG, VENUE), mmlab.MarketMakingMonitor(CONFIG), CONFIG.make_limits()
METER, WATCH = measure.Meter(), measure.Watch(measure.default_rules(CONFIG))
MONITOR.monitor(None, HISTORY)
THINGS = [PLAIN, MARKET, *MODELS.values(), mmlab.Symmetric(half_spread=0.5), mmlab.PostOnly(AS), models.WholeClips(AS)]
THINGS += [
    mmlab.Linear(demand_intercept=50, demand_slope=20),
    TAPE,
    DAY,
    DESK,
    DATA,
    VENUE,
    HISTORY,
    RUN,
    MONITOR,
    METER,
]
THINGS += [mmlab.Quotes.at(np.array([99.0, 98.0]), np.array([101.0, 102.0])), WATCH]
THINGS += [DESK.start(2, VENUE), RUN.run_pipeline(DATA), MODELS["HoStoll"].spread_parts(0, 0.5), desk.Permission()]
THINGS += [measure.attribute(HISTORY, 30.0), measure.calibrate(DAY), desk.mode_changes(HISTORY), *RULES[1:]]
VIEW = desk.DeskView(0.0, np.full(2, 100.0), volatility=0.01)
THINGS += [VIEW, RULES[1].start(VIEW), RULES[2].start(VIEW), measure.desk_policies(CONFIG)]
THINGS += [mmlab.exact_moments(AS, PLAIN, 12), mmlab.monte_carlo(AS, PLAIN, 9, 9, seed=1)]
THINGS += [simulation.constant_quotes_moments(0.5, PLAIN, 12)]
THINGS += [simulation.profit_law(AS, PLAIN)]
THINGS += [measure.LimitBook(CONFIG).change("max_drawdown", 9.0, time=1.0, why="news")]
THINGS += [
    measure.Alert(0.0, 0, "wide", measure.Severity.INFO, "x", 1.0, 1.0, "y"),
    desk.Reason.GAP,
    measure.Severity.INFO,
]
OWED = desk.Obligations(presence=0.5, widest_spread=1)
CHECKS = desk.PreTradeChecks(price_collar=1, post_only=True)
THINGS += [OWED, measure.presence(HISTORY, OWED), CHECKS, desk.Block.RATE]
THINGS += [CHECKS.check_quotes(mmlab.Quotes.at(99.0, 101.0), 100.0)]
LOG = measure.LiveLog((Event(0.0, "order", "b1", "bid", 99.0, 1.0), Event(0.1, "fill", "b1", "bid", 99.0, 1.0)))
UNWINDER = desk.Unwinder(half_spread=0.1, above=3.0)
THINGS += [UNWINDER, desk.FeeSchedule(maker=0.01, tiers=((5.0, -0.002),))]
THINGS += [LOG, measure.live_differences(LOG, HISTORY)]
HEDGING = desk.HedgeVenue(cost=mmlab.models.CrossingCost(half_spread=0.1))
THINGS += [HEDGING, desk.Hedger(venue=HEDGING, threshold=2.0)]
FLAKY = desk.FlakyVenue(VENUE, {3: ("down", 2)})
THINGS += [FLAKY, desk.LogEntry(0.0, 1, "halt", "Ann", "a rumour", "no halt", "HALT")]

CHRISS = models.AlmgrenChriss(position=9, horizon=1, n_slices=3, volatility=2, temporary_impact=0.1, risk_aversion=0.1)
OBIZHAEVA = models.ObizhaevaWang(position=9, horizon=1, resilience=2, transient_impact=0.1)
THINGS += [CHRISS, OBIZHAEVA, models.BertsimasLo(n_slices=3, permanent_impact=0.1)]
THINGS += [models.Schedule((1.0, 2.0), 1.0, models.CrossingCost(half_spread=0.1))]
CROSSING = models.WaitOrCross.for_market(PLAIN, risk_aversion=0.1, max_inventory=4, crossing=0.2)
THINGS += [CROSSING, simulation.execution_moments(CROSSING, PLAIN, inventory=1, risk_aversion=0.1)]
THINGS += [measure.implementation_shortfall(9, [100.0], [5.0], 100.0, 100.0, 101.0)]
PAIR = market.MultiAssetMarket.alike(PLAIN, 2, 0.5)
ASSETS = models.SeveralAssets(risk_aversion=0.1, max_inventory=3, market=PAIR, solution="exact")
THINGS += [PAIR, ASSETS, simulation.joint_moments(ASSETS, PAIR, 0.1, n_steps=200)]

WRONG = measure.Mistaken(market=PLAIN, risk_aversion=0.1, mistake="sign")
FOUND = measure.diagnose(WRONG, market=PLAIN, risk_aversion=0.1, n_steps=12)
THINGS += [WRONG, FOUND, FOUND.cost]

ROOMS = (mmlab, market, models, desk, simulation, measure)
PUBLIC = {thing: name for room in ROOMS for name in room.__all__ if callable(thing := getattr(room, name))}
CLASSES = {
    thing: name
    for thing, name in PUBLIC.items()
    if isinstance(thing, type)
    and not issubclass(thing, Exception | enum.Enum)
    and not getattr(thing, "_is_protocol", False)
}


def examples_in(things):
    """By the names of their classes, these and the public ones that they hold."""
    found = {}
    for thing in things:
        if type(thing) in PUBLIC:
            found |= {type(thing).__name__: thing} | examples_in(getattr(thing, "__dict__", {}).values())
        elif isinstance(thing, tuple | list):
            found |= examples_in(thing)
    return found


OF_KIND = {"float": 0.5, "ArrayLike": 0.5, "int": 1, "str": "x", "FloatArray": np.full(2, 0.5), "Rows": HISTORY}
OF_KIND |= {"Intensity": PLAIN.buy_intensity} | examples_in(THINGS)
OF_KIND |= {"Sides": Sides(np.array([[99.0, 98.0], [101.0, 102.0]]), np.ones((2, 2))), "Sequence[Model]": [AS]}
A_SWEEP = dict(function=lambda half_spread: half_spread, grid={"half_spread": [0.5, 1.0]})
OF_KIND |= {"Sweep": simulation.Sweep(**A_SWEEP)}
OF_NAME = dict(inventory=1.0, n_paths=2, n_steps=12, max_inventory=4, side=1, observed=600.0, horizons=(1.0, 9.0))
OF_NAME |= dict(policy=BOUNDED, strategy=AS, function=AS.quotes, kind=type(AS), model=type(AS), orders=VENUE.start(2))
OF_NAME |= dict(values=MONITOR.metrics, venue=VENUE, pushes=np.zeros((3, 2)), rng=np.random.default_rng(1), shape=(2,))
OF_NAME |= dict(given={"model": {"risk_aversion": 1e-5}}, changes={"model": {"risk_aversion": 1e-5}}, limits=RULES)
OF_NAME |= dict(depths=np.arange(1, 4) * 0.01, source="[model]\nrisk_aversion = 1e-5", limit="max_drawdown", to=2000.0)
COLUMN, TWICE, OWN_OF_CJ = (
    np.arange(1.0, 6.0),
    np.ones((2, 2)),
    dict(running_penalty=1, terminal_penalty=1, max_inventory=4),
)
FITTING = {
    "Sweep": A_SWEEP,
    "sweep": A_SWEEP,
    "AvellanedaStoikov.for_market": dict(risk_aversion=0.1),
    "CarteaJaimungal.for_market": OWN_OF_CJ,
    "CarteaJaimungalSignal.for_market": OWN_OF_CJ | dict(market=MARKET),
    "GueantLehalleFernandezTapia.for_market": dict(risk_aversion=0.1, max_inventory=4),
    "HoStoll.for_market": dict(risk_aversion=0.1),
    "InfiniteHorizonAvellanedaStoikov.for_market": dict(risk_aversion=0.1, max_inventory=4),
    "for_market": dict(risk_aversion=0.1),
    "Symmetric.for_market": dict(market=PLAIN, risk_aversion=0.1),
    "exact_moments": dict(market=PLAIN),
    "profit_law": dict(policy=AS, market=PLAIN, n_steps=200),
    "execution_moments": dict(policy=CROSSING, market=PLAIN, inventory=1, risk_aversion=0.1, n_steps=200),
    "implementation_shortfall": dict(ordered=9.0, prices=[99.0], clips=[5.0], decision=99.0, arrival=99.0, close=98.0),
    "Schedule": dict(sold=(1.0, 2.0), horizon=1.0),
    "Schedule.pov": dict(position=9.0, volume=COLUMN, share=0.5, horizon=1.0),
    "Schedule.vwap": dict(position=9.0, volume=COLUMN, horizon=1.0),
    "WaitOrCross.for_market": dict(market=PLAIN, risk_aversion=0.1, max_inventory=4),
    "MultiAssetMarket.alike": dict(market=PLAIN, n_assets=2, correlation=0.5),
    "MultiAssetMarket.by_asset": dict(column=TWICE),
    **{f"SeveralAssets.{name}": dict(inventory=np.zeros(2), time_left=0.5) for name in ("depths", "value")},
    "SeveralAssets.quotes": dict(mid_price=np.full(2, 100.0), inventory=np.zeros(2), time_left=0.5),
    "skew_matrix": dict(covariance=TWICE, traded=np.ones(2), risk_aversion=0.1),
    "joint_moments": dict(policy=ASSETS, market=PAIR, risk_aversion=0.1, n_steps=200),
    "diagnose": dict(quotes=AS, market=PLAIN, n_steps=12),
    "monte_carlo": dict(market=PLAIN, n_paths=9),
    "continuous_certainty_equivalent": dict(market=PLAIN),
    "Market.from_calibration": dict(calibration=OF_KIND["Calibration"]),
    "MarketMakingPipeline.run_pipeline": dict(market_data=mmlab.MarketData(1 / 12, np.full(2, 100.0))),
    "MarketMakingPipeline.close": dict(market_data=mmlab.MarketData(1.0, np.full(2, 100.0))),
    "Venue.advance": dict(mid_price=np.full(2, 100.0), reach=TWICE, order_size=TWICE),
    "Day.from_quotes_and_trades": dict.fromkeys(("time", "bid", "bid_size", "ask_size"), COLUMN)
    | dict.fromkeys(("trade_time", "trade_side", "trade_size", "trade_price"), np.ones(1))
    | dict(ask=COLUMN + 1),
    "Day.between": dict(start=10.0, end=500.0),
    "MarketOrders.merged": dict.fromkeys(("time", "size", "price", "mid"), COLUMN) | dict(side=np.ones(5)),
    "PositionLimiter.step": dict(state=None),
    "Unwinder.step": dict(state=np.zeros(2)),
    "Unwinder.flatten": dict(state=np.zeros(2)),
    "mode_changes": dict(time=HISTORY),
    "LimitBook.change": dict(time=2.0),
    **{f"FlakyVenue.{what}": dict(orders=FLAKY.start(2)) for what in ("submit", "advance", "reconcile")},
    **{f"HedgeVenue.{name}": dict(orders=HEDGING.start(2)) for name in ("submit", "advance")},
    "Hedger.check_desk": dict(desk=desk.Desk(model=AS)),
    "reconcile": dict(own=LOG, venue=LOG),
    "live_differences": dict(log=LOG, path=0),
    "Meter.step": dict(state=METER.start()),
    "Meter.metrics": dict(state=METER.start()),
    "Watch.step": dict(state=WATCH.start()),
    "hawkes": dict(times=np.cumsum(np.random.default_rng(0).exponential(7.0, 60))),
    "signature": dict(time=DAY.time, mid=DAY.mid, grids=(5.0, 9.0)),
    "volatility": dict(time=DAY.time, mid=DAY.mid, grid=9.0),
    "fill_intensity": dict(reach=np.arange(1, 41) % 5 * 0.01),
    "MarketOrders.where": dict(chosen=DAY.market_orders.side > 0),
}
"""What does where any good value of a kind or a name does not."""
ELSEWHERE = {
    "LiveLog.from_csv",
    "read_lobster",
    "file_hash",
    "write_report",
    "json_lines",
    "History.to_csv",
    "History.from_csv",
}
"""Files, which tests of their own attack."""


def good_arguments(label, function, example=None):
    """What fits this function; or what an example of the class holds; or what does for a name, or for a kind."""
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        kinds = [kind.strip() for kind in str(parameter.annotation).split("|")]
        if hasattr(example, name):
            found[name] = getattr(example, name)
        elif parameter.default is parameter.empty and parameter.kind not in (2, 4):  # no *args, no **kwargs
            found[name] = OF_NAME.get(name, next((OF_KIND[kind] for kind in kinds if kind in OF_KIND), None))
    return found | FITTING.get(label, {})


def made_and_read(kind):
    """Make a thing and read its properties."""

    def make(**given):
        thing = kind(**given)
        for name, member in list(vars(kind).items()) if kind is not mmlab.MarketMakingPipeline else ():  # yet to run
            if isinstance(member, property | functools.cached_property) and name[0] != "_":
                getattr(thing, name)

    return make


def all_targets():
    """By name, what is called and with which good arguments."""
    for public, label in PUBLIC.items():
        if not isinstance(public, type):
            yield label, (public, good_arguments(label, public))
        elif public in CLASSES:
            example = OF_KIND[label]
            yield label, (made_and_read(public), good_arguments(label, public, example))
            for name, member in list(vars(public).items()):
                of_ours = inspect.isfunction(member) or isinstance(member, classmethod)
                if of_ours and not name.startswith("_") and name != "unchecked":
                    method = getattr(copy.copy(example), name)  # some change what they belong to
                    yield f"{label}.{name}", (method, good_arguments(f"{label}.{name}", method))


TARGETS = dict(all_targets()) if OF_KIND.keys() >= set(CLASSES.values()) else {}


def test_there_is_an_example_of_every_class():
    assert set(CLASSES.values()) - OF_KIND.keys() == set()


@pytest.mark.parametrize("label", sorted(TARGETS.keys() - ELSEWHERE))
def test_a_public_name_answers_or_says_why_not(label, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    function, good = TARGETS[label]
    function(**good)
    rng = random.Random(label)
    for _ in range(settings().max_examples // 5 if good else 0):
        given = dict(good)
        for name in rng.sample(sorted(good), min(len(good), rng.choice([1, 1, 2]))):
            given[name] = rng.choice(hostile_to(name))
        assert fault_of(function, given) is None, f"{label}({given})"


def fault_of(function, given):
    """Why the end of a call is not for readers; None for an answer, a sentence, or what their own function raises."""
    try:
        function(**given)
    except (*REFUSALS, OfTheReader) as refusal:
        ends = isinstance(refusal, OfTheReader) or str(refusal).endswith((".", "?", "`", ")"))
        return None if ends else f"no sentence: {refusal}"
    except TypeError as error:
        return None if any(name in str(error) for name in given) else f"which argument? {error}"
    except Exception as error:
        return repr(error)


@pytest.mark.parametrize("name", sorted(models.MODELS.keys() - {"CarteaJaimungalSignal"}))  # it may take seconds
def test_a_model_of_any_numbers_quotes_finite_depths_or_says_why_not(name):
    rng, quoted = random.Random(name), 0
    for _ in range(settings().max_examples):
        widest = rng.choice([1, 5, 50, 300])
        own = {
            field: rng.randint(1, 8) if spec.integer else min(10 ** rng.uniform(-widest, widest), spec.at_most)
            for field, spec in parameters_of(models.MODELS[name]).items()
            if field not in ("min_inventory", "order_size", "discount_rate")
        }
        with contextlib.suppress(ParameterError):
            model = models.MODELS[name](**own)
            depths = model.depths(np.arange(-1, 2), own.get("horizon", 1.0) * rng.random())
            assert not np.isinf(depths).any(), own
            quoted += 1
    assert quoted > settings().max_examples / 20


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda: AS.depths([[1], [1, 2]], 0.5),
            r"inventory \(q\) must be a finite number \[clips\]; got \[\[1\], \[1, 2\]\]",
        ),
        (lambda: AS.depths(10**400, 0.5), r"inventory \(q\) must be a finite number \[clips\]; got 1000"),
        (lambda: AS.depths(1j, 0.5), r"inventory \(q\) must be a finite number \[clips\]; got 1j"),
        (
            lambda: AS.depths(1e200, 0.5),
            r"inventory \(q\) must be a finite number, up to 1e\+50 in size \[clips\]; got 1e\+200",
        ),
        (
            lambda: AS.depths(np.ones(7), np.ones(3)),
            r"depths cannot use .*inventory of shape \(7,\), time_left of shape \(3,\)",
        ),
        (lambda: measure.recent_volatility(TAPE, -3.7, 1), "window must be a finite number above 0"),
        (lambda: measure.calibrate(3), "day must be a Day; got 3"),
        (lambda: measure.markouts(DAY, 3.0), r"horizons must be a Sequence; got 3\.0"),
        (lambda: desk.strictest(desk.Permission(), 3), "permissions must be a Permission; got 3"),
        (
            lambda: mmlab.simulate(lambda: 1, TAPE),
            "simulate cannot use strategy = .*takes 0 positional arguments but 3",
        ),
        (lambda: mmlab.Quotes.at(1.0, 2.0).rounded(-0.01), r"tick must be 0 or a price step above it; got -0\.01"),
        (lambda: mmlab.Quotes.at(1.0, 2.0).rounded(np.nan), "tick must be 0 or a price step above it; got nan"),
        (lambda: mmlab.Quotes.around(np.inf, 1.0, 1.0), "an infinite bid_price"),
        (lambda: models.liquidity_half_spread(-5, 1), "γ must be at least 0 and k above 0; got -5 and 1"),
        (lambda: models.liquidity_half_spread(0.1, -1), "γ must be at least 0 and k above 0; got 0.1 and -1"),
        (lambda: market.remembered_time(-1, 1e9), "rate must be a finite number at least 0"),
        (lambda: PLAIN.buy_intensity.depth(-1.0), "rate = -1.0: invalid value encountered in log"),
        (lambda: DAY.mid_at(1j), "time must be numbers; got 1j"),
        (lambda: PLAIN.buy_intensity.rate(np.array([1j])), r"depth must be numbers; got array\(\[0.\+1.j\]\)"),
        (lambda: DAY.between(1j, 5.0), "start must be one number; got 1j"),
        (lambda: DAY.tape(1.0, np.inf), r"clip must be a finite number above 0 \[shares\]; got inf"),
        (lambda: TAPE.arrival(-1), "step must be a whole number of at least 0; got -1"),
        (lambda: CONFIG.price(np.inf), r"fraction must be a finite number \[1\]; got inf"),
        (lambda: measure.Watch(measure.default_rules(CONFIG), np.inf), "a horizon above 0; got .* and inf"),
        (lambda: measure.json_lines("x")(3), "cannot use alert = 3: 'int' object has no attribute 'json'"),
        (lambda: simulation.Sample(np.ones(0), np.ones(0)).summary(), "paths must be .* of at least 1; got 0"),
        (
            lambda: dataclasses.replace(OF_KIND["FillIntensity"], observed=np.full(3, 1e300)).chi_squared,
            "chi_squared cannot use what it holds: overflow encountered",
        ),
        (lambda: DESK.new_day(OF_KIND["DeskState"], np.array([-np.inf])), "cannot use .*: invalid value encountered"),
        (lambda: dataclasses.replace(HISTORY, mode=HISTORY.mid).columns, "columns cannot use what it holds: Cannot"),
        (lambda: DESK.venue.start(2**63), "n_paths = 9223372036854775808"),
    ],
)
def test_the_sentence_names_the_argument_and_what_was_given(call, sentence):
    with pytest.raises(ParameterError, match=sentence):
        call()


def test_the_error_of_a_readers_own_function_stays_what_it_is():
    def own(mid, inventory, time_left):
        return np.ones(3) + np.ones(2)

    with pytest.raises(ValueError, match="broadcast") as failed:
        mmlab.simulate(own, TAPE)
    assert not isinstance(failed.value, ParameterError)


def test_a_missing_argument_is_told_by_python():
    with pytest.raises(TypeError, match="'horizon'"):
        measure.attribute(HISTORY)


def test_what_is_explained_once_is_not_explained_again():
    assert explained(mmlab.simulate) is mmlab.simulate is simulation.simulate
    assert inspect.signature(mmlab.simulate).parameters.keys() == {"strategy", "tape", "inventory", "cash"}


def test_what_explains_a_property_leaves_it_to_be_set():
    @explained
    class Kept:
        number = 1

        @property
        def half(self):
            return self.number / 2

        @half.setter
        def half(self, half):
            self.number = 2 * half

    kept = Kept()
    kept.half = 3
    assert kept.number == 6
    assert kept.half == 3
