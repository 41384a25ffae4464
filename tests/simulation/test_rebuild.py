"""A record rebuilds its run or says that it cannot: from the file, run again, the same hash, for the book's runs."""

import dataclasses
import io
import json
from contextlib import redirect_stdout
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmbook.ch09.explorers import PipelineExplorer
from mmbook.ch09.scenes import CONFIG, hour, hours
from mmbook.ch10.desk_day import LiveDay
from mmbook.ch10.scenes import CALM, DAYS
from mmbook.ch10.scenes import CONFIG as DEFAULTS
from mmbook.ch12.afternoon import quote_afternoon

from mmlab import (
    AvellanedaStoikov,
    Desk,
    GueantLehalleFernandezTapia,
    History,
    Market,
    MarketData,
    MarketMakingConfig,
    MarketMakingPipeline,
    ParameterError,
    PostOnly,
    Quotes,
    Signal,
    Symmetric,
    Tape,
    Venue,
    rebuild,
    simulate,
    simulate_desk,
)
from mmlab.desk import (
    ConfigError,
    Mode,
    Permission,
    PnLLimiter,
    PositionLimiter,
    TapeVenue,
    VolatilityLimiter,
    file_hash,
)
from mmlab.market import read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import LimitBook
from mmlab.models import MODELS, WholeClips
from mmlab.teach.panel import Panel


@pytest.fixture
def holds(tmp_path):
    """The law: from the file, run again, the same hash, and the same file to the last byte."""

    def check(history, data=None):
        path = tmp_path / "run.csv"
        history.to_csv(path)
        again = rebuild(path, data)
        assert again.hash == history.hash == History.from_csv(path).hash
        if not isinstance(data, Tape):
            again.to_csv(tmp_path / "again.csv")
            assert file_hash(path) == file_hash(tmp_path / "again.csv")

    return check


def says_that_it_cannot(history, why, data=None):
    with pytest.raises(ParameterError, match=why) as error:
        rebuild(history, data)
    assert str(error.value).startswith("This history cannot be rebuilt from its record: ")


def run(pipeline, venue, n_steps=None):
    for data in list(venue.market_data())[:n_steps]:
        pipeline.run_pipeline(data)
    return pipeline.close(venue.end) if n_steps is None else pipeline.history


RULES = CONFIG.make_desk().venue


def test_an_own_model_and_no_limits_are_in_the_record(holds, tmp_path):
    """What was rebuilt as the configuration's model, with its limits and another profit."""
    tape = hour(storm=1.0)
    own = MarketMakingPipeline(CONFIG, model=Symmetric(half_spread=0.02), limits=())
    history = simulate(own, tape)
    assert history.provenance["model"] == {"is": "models.Symmetric", "half_spread": 0.02}
    assert history.provenance["limits"] == []
    holds(history)
    believed = simulate(MarketMakingPipeline(MarketMakingConfig.from_dict(history.provenance["configuration"])), tape)
    assert abs(believed.pnl[0] - history.pnl[0]) > 0.1
    assert rebuild(history).pnl[0] == history.pnl[0]


def test_chapter_09_one_hour(holds):
    day = run(MarketMakingPipeline(CONFIG, venue := TapeVenue(RULES, hour())), venue)
    holds(day)
    pipeline = MarketMakingPipeline(CONFIG)
    assert rebuild(day).hash == simulate(pipeline, hour()).hash
    silent = simulate(MarketMakingPipeline(CONFIG, max_gap=60), hour().without(60, 68))
    assert silent.provenance["max_gap"] == 60
    holds(silent)


def test_chapter_09_a_chain_of_desks_and_six_orders_of_limits(holds):
    whole, many = CONFIG.make_desk(), hours(n_paths=20)
    chain = [
        Desk(model=CONFIG.make_model(), venue=RULES),
        dataclasses.replace(whole, sizer=None, timer=None, limits=()),
        dataclasses.replace(whole, timer=None, limits=()),
        dataclasses.replace(whole, limits=()),
        MarketMakingPipeline(CONFIG),
        *(MarketMakingPipeline(CONFIG, limits=order) for order in permutations(CONFIG.make_limits())),
    ]
    for strategy in chain:
        holds(simulate(strategy, many))


def test_chapter_09_one_row_on_a_tape_of_ones_own(holds):
    one = np.array([[1.0]])
    step = Tape(np.array([600.0, 615.0]), np.full((2, 1), 100.0), 0.015 * one, 0.065 * one, 2 * one, 2 * one)
    venue = TapeVenue(RULES, step)
    history = run(MarketMakingPipeline(CONFIG, venue, inventory=3), venue)
    says_that_it_cannot(history, r"it does not say where its tape is from: give that tape")
    holds(history, step)
    with pytest.raises(ParameterError, match=r"makes another history: .* or what ran was changed by hand"):
        rebuild(history, dataclasses.replace(step, sell_reach=-step.sell_reach))


@dataclasses.dataclass
class Own:
    """A venue of one's own around another."""

    inner: TapeVenue

    def __getattr__(self, name):
        return getattr(self.inner, name)


class Breather:
    def start(self, view):
        return None

    def step(self, state, view):
        return state, Permission(mode=np.full(view.n_paths, Mode.NORMAL))


class OwnSymmetric(Symmetric):
    """Its name might be taken for mmlab's."""

    def quotes(self, mid_price, inventory, time_left):
        return Quotes.around(mid_price, 0.03, 0.03)


OwnSymmetric.__qualname__ = "Symmetric"


def test_what_is_not_mmlabs_is_named_and_nothing_else_is_claimed(tmp_path):
    tape = hour()
    venue = TapeVenue(RULES, tape)
    own = OwnSymmetric(half_spread=0.02)
    runs = {
        "it has own model Symmetric": simulate(MarketMakingPipeline(CONFIG, model=own), tape),
        "it has own model Symmetric,": simulate(
            dataclasses.replace(CONFIG.make_desk(), model=own, limits=Breather()), tape
        ),
        "own limit Breather": simulate(MarketMakingPipeline(CONFIG, limits=(Breather(),)), tape),
        "own venue Own": run(MarketMakingPipeline(CONFIG, Own(venue)), venue),
        "own model Symmetric": simulate(MarketMakingPipeline(CONFIG, model=PostOnly(own)), tape),
        "own strategy Symmetric": simulate(own, tape),
        "own strategy quotes": simulate(own.quotes, tape),
        "own strategy <lambda>": simulate(lambda mid, q, left: Quotes.around(mid, 0.02, 0.02), tape),
    }

    class Louder(MarketMakingPipeline):
        pass

    runs["own pipeline Louder"] = simulate(Louder(CONFIG), tape)
    other = MarketMakingPipeline(CONFIG, venue)
    for data in venue.market_data():
        other.run_pipeline(MarketData(data.time, data.mid_price))
    runs["market data that its tape has not"] = other.history
    measured = simulate_desk(CONFIG.make_desk(), tape, volatility=0.02)
    runs["it has market data that its tape has not"] = measured
    for why, history in runs.items():
        assert why in history.provenance["cannot_be_rebuilt"]
        says_that_it_cannot(history, why, tape)
        history.to_csv(tmp_path / "run.csv")
        says_that_it_cannot(tmp_path / "run.csv", why, tape)
    bare = History(**simulate(own, tape).columns)
    with pytest.raises(ParameterError, match="does not say what ran"):
        rebuild(bare)


def test_chapter_10_three_days(holds):
    for name, day in DAYS.items():
        holds(day.history)
        assert day.history.provenance["tape"]["seed"] == day.seed, name
    assert DAYS["Monday"].history.provenance["model"]["is"] == "models.Symmetric"
    holds(simulate(DEFAULTS.make_desk(), CALM.tape(3, 300, seed=0)))


def test_chapter_10_limits_that_changed_and_a_halt_that_was_lifted(holds):
    live = LiveDay(DAYS["Monday"]).step()
    while live.history.mode[-1, 0] != Mode.HALT:
        live.step(10)
    at = live.history.time[-2]
    live.pipeline.change_limits(
        LimitBook(DEFAULTS).change("max_drawdown", 4_000, time=at, why="room").config.make_limits(),
        who="Bob",
        reason="room",
    )
    live.step()
    live.pipeline.reset(who="Ann", reason="looked at")
    live.pipeline.new_day()
    holds(live.history)
    live.step(400)
    holds(live.history)
    changes = live.history.provenance["changes"]
    assert [next(iter(set(change) & {"change_limits", "reset", "new_day"})) for change in changes] == [
        "change_limits",
        "reset",
        "new_day",
    ]
    assert changes[0]["time"] == at
    assert changes[0]["change_limits"][1]["max_drawdown"] == 40
    fresh = live.pipeline.on(TapeVenue(live.pipeline.desk.venue, DAYS["Monday"].tape))
    again = run(fresh, fresh.venue)
    assert "changes" not in again.provenance
    holds(again)


def test_chapter_11_the_afternoon_and_steps_of_a_clock(holds):
    day = read_lobster(SHIPPED)

    def make_desk(market, morning):
        model = WholeClips(GueantLehalleFernandezTapia.for_market(market, risk_aversion=0.01, max_inventory=50))
        return Desk(model=model, venue=Venue(tick=0.01))

    day = day.between(day.time[0], day.time[0] + 3_600)
    noon = (day.time[0] + day.time[-1]) / 2
    rest = day.between(noon, np.nextafter(day.time[-1], np.inf))
    afternoon = quote_afternoon(day, make_desk, clip=100, tick=0.01)
    for queue, history in afternoon.histories.items():
        assert history.provenance["desk"]["venue"]["queue"] == queue
        holds(history, rest)
        says_that_it_cannot(history, "give that day")
        says_that_it_cannot(history, "give that day", day)
    holds(simulate(afternoon.desk, rest.tape(time_step=30.0, clip=100)), rest)


@pytest.mark.parametrize("preset", PipelineExplorer.presets)
def test_the_pipelines_explorer_shows_code_whose_run_can_be_rebuilt(preset, holds, monkeypatch):
    monkeypatch.setattr(Panel, "render", lambda panel: ("", ""))  # drawn for nobody
    explorer, shown = PipelineExplorer(), {}
    explorer.choose(preset)
    with redirect_stdout(io.StringIO()):
        exec(explorer.code(), shown)
    holds(shown["day"])


def test_strategies_without_a_desk_and_markets_of_every_kind(holds):
    paper = Market.avellaneda_stoikov_2008()
    model = AvellanedaStoikov.for_market(paper, risk_aversion=0.1)
    holds(simulate(model, paper.tape(3, 20, seed=np.int64(5)), inventory=2, cash=-1.0))
    holds(simulate(PostOnly(model), paper.tape(3, 20, seed=5).first(7)))
    two = dataclasses.replace(
        paper,
        intensity=(paper.intensity, dataclasses.replace(paper.intensity, arrival_rate=70)),
        jump=(0.1, 0.2),
        market_order_size=2.0,
        signal=Signal(mean_reversion=3.0, signal_volatility=1.0, signal_jump=2.0),
    )
    holds(simulate(model, two.tape(2, 20, seed=1)))
    for seed in (np.random.default_rng(1), None):
        says_that_it_cannot(simulate(model, paper.tape(2, 5, seed)), "does not say where its tape is from")


FLATTENS = PnLLimiter(
    max_daily_loss=3,
    max_drawdown=2,
    widened_half_spread=0.05,
    on_halt="flatten",
    flatten_half_spread=0.01,
    flatten_impact=0.001,
)
KINDS = {
    "configuration": None,
    "none": (),
    "flattens": FLATTENS,
    "two": (PositionLimiter(max_position=4, min_position=-2, soft_max_position=3),
            VolatilityLimiter(soft_volatility=0.01, max_volatility=0.03, soft_half_spread=0.02, window=100.0)),
}  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_configuration_any_limits_whatever_is_done_to_it(data, tmp_path_factory):
    """The law, over random numbers, models, limits, markets, starts and changes between two steps."""
    draw = data.draw
    number = st.floats(0.5, 2.0)
    stated = CONFIG.to_dict()
    sections = {
        "market": {"volatility": draw(number) * 0.2, "arrival_rate": draw(number) * 0.05, "horizon": 1_800.0},
        "model": {
            "name": draw(st.sampled_from(["AvellanedaStoikov", "Symmetric"])),
            "risk_aversion": draw(number) * 2e-4,
        },
        "quotes": {"size_decay": draw(number) * 0.2, "latency": draw(st.sampled_from([0.0, 3.0, 40.0]))},
        "limits": {"max_drawdown": draw(number) * stated["limits"]["max_drawdown"]},
    }
    if sections["model"]["name"] == "Symmetric":
        sections["model"].pop("name")
        model = draw(st.sampled_from([Symmetric(half_spread=0.03), None]))
    else:
        model = None
    try:
        config = CONFIG.override(sections)
    except ConfigError:
        return
    tape = config.make_market().tape(draw(st.integers(1, 3)), 60, draw(st.integers(0, 2**70)))
    tape = draw(
        st.sampled_from(
            [tape, tape.stormy(20, 30, 5.0), tape.without(30, 40), tape.stormy(3, 9, 2.0).repeated(2).first(50)]
        )
    )
    limits = KINDS[draw(st.sampled_from(list(KINDS)))]
    rules = draw(st.sampled_from([config.make_desk().venue, Venue(tick=0.01, fee=-0.001, queue_time=10.0)]))
    venue = TapeVenue(rules, tape)
    pipeline = MarketMakingPipeline(
        config,
        venue,
        model=model,
        limits=limits,
        inventory=draw(st.integers(-2, 2)),
        cash=draw(number),
        end=draw(st.sampled_from([None, 1_000.0])),
        max_gap=draw(st.sampled_from([None, 100.0])),
    )
    done = draw(
        st.lists(st.tuples(st.integers(0, 59), st.sampled_from(["reset", "some", "day", "limits", "halt"])), max_size=4)
    )
    stop = draw(st.sampled_from([None, 1, 33]))
    for n, row in enumerate(list(venue.market_data())[:stop]):
        for _, what in [event for event in done if event[0] == n]:
            if what == "limits" and limits is FLATTENS:
                pipeline.change_limits(dataclasses.replace(FLATTENS, max_drawdown=1 + n), who="Bob", reason="room")
            elif what == "halt":
                pipeline.halt(who="Cid", reason="does not like it")
            elif what == "day":
                pipeline.new_day()
            elif what != "limits":
                paths = True if what == "reset" or pipeline.state is None else np.arange(tape.n_paths) == 0
                pipeline.reset(who="Ann", reason="looked at", paths=paths)
        pipeline.run_pipeline(row)
    history = pipeline.close(venue.end) if stop is None else pipeline.history
    path = tmp_path_factory.mktemp("runs") / "run.csv"
    history.to_csv(path)
    assert rebuild(path).hash == history.hash


def test_every_model_is_described_and_made_again():
    from mmlab.description import describe, restore

    market = MarketMakingConfig().make_market()
    config = MarketMakingConfig().override({"model": {"running_penalty": 1e-6, "terminal_penalty": 0.001}})
    for kind in MODELS.values():
        try:
            model = config.make_model(kind)
        except ParameterError:
            continue
        foreign = []
        description = json.loads(json.dumps(describe(model, "own model", foreign)))
        assert restore(description) == model
        assert foreign == []
    assert restore(json.loads(json.dumps(describe(market, "", [])))) == market
    for wrong in (
        {"is": "desk.Nothing"},
        {"is": "files.FileError"},
        {"is": "os.system"},
        {"is": "models.Symmetric", "x": 1},
    ):
        with pytest.raises(ParameterError):
            restore(wrong)


def test_a_record_that_was_tampered_with_is_refused():
    history = simulate(MarketMakingPipeline(CONFIG), hour(n_paths=2))
    for change in (
        {"tape": history.provenance["tape"] | {"seed": 20}},
        {"tape": history.provenance["tape"] | {"then": [["__init__", 1]]}},
        {"configuration": {"market": {"no": 1}}},
        {"end": "x"},
        {"limits": [{"is": "desk.Fills"}]},
        {"changes": [{"after_steps": 5, "change_limits": []}]},
    ):
        other = dataclasses.replace(history, provenance=history.provenance | change)
        with pytest.raises(ParameterError):
            rebuild(other)
