"""A person's halt: nothing is sent after it, it stands until another reset, and who did what and why is on record."""

import csv
import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab import Desk, MarketMakingConfig, MarketMakingPipeline, ParameterError, Symmetric, Venue, rebuild, simulate
from mmlab.desk import History, Mode, PnLLimiter, PositionLimiter, Reason, TapeVenue, file_hash, mode_changes
from mmlab.desk.log import Log

CONFIG = MarketMakingConfig().override({"market": {"horizon": 600.0}})
ACT = dict(who="Ann", reason="a headline")


def tape(n_paths=3, n_steps=60, seed=1):
    return CONFIG.make_market().tape(n_paths, n_steps, seed)


def run(pipeline, halts=(), resets=(), until=None):
    """A run on its tape with a halt before these steps, and a reset before those."""
    for n, datum in enumerate(list(pipeline.venue.market_data())[:until]):
        for _ in range(list(halts).count(n)):
            pipeline.halt(**ACT)
        if n in resets:
            pipeline.reset(who="Bob", reason="it was nothing")
        pipeline.run_pipeline(datum)
    return pipeline.history


def made(rules=None, limits=None, **given):
    desk = CONFIG.make_desk() if limits is None else dataclasses.replace(CONFIG.make_desk(), limits=limits)
    rules = desk.venue if rules is None else rules
    return MarketMakingPipeline(desk, TapeVenue(rules, tape(**given)), end=600.0)


@settings(max_examples=40, deadline=None)
@given(
    latency=st.sampled_from([0.0, 4.0, 10.0, 37.0, 200.0]),
    cancel_latency=st.sampled_from([0.0, 6.0, 10.0, 45.0]),
    at=st.integers(0, 59),
    n_paths=st.sampled_from([1, 3]),
    seed=st.integers(0, 2**32),
)
def test_whatever_the_latency_only_what_was_sent_before_a_halt_fills_and_only_until_its_cancellation_is_there(
    latency, cancel_latency, at, n_paths, seed
):
    rules = dataclasses.replace(CONFIG.make_desk().venue, latency=latency, cancel_latency=cancel_latency)
    pipeline = made(rules, n_paths=n_paths, seed=seed)
    before = run(pipeline, until=at) if at else None
    pipeline.halt(**ACT)
    state = pipeline.state
    history = run_on(pipeline, at)
    assert (history.mode[at:] == Mode.HALT).all()
    assert (history.reason[at:] == Reason.OPERATOR).all()
    fill = np.array((history.bid_fill, history.ask_fill))[:, at:]
    if before is None:
        assert not fill.any()
        return
    for name in ("bid_price", "ask_fill", "cash"):  # what was is not touched
        np.testing.assert_array_equal(getattr(history, name)[:at], getattr(before, name)[:at])
    gone = history.time[at] + cancel_latency
    late = history.time[at:-1] >= gone
    assert not fill[:, late].any()
    assert not np.diff(history.inventory[at:], axis=0)[late].any()
    # What may still fill is said before it does, and is never too little.
    most = state.orders.working
    assert (fill.sum(axis=1) <= most + 1e-9).all()
    np.testing.assert_allclose(history.value[at], most.max(axis=0), rtol=1e-6)
    assert (np.maximum(*fill) <= history.value[at:] + 1e-6).all()
    assert not history.value[at:][late][1:].any()
    # Nothing rests at a price that had not been asked for by then.
    asked = [state.orders.price, *(message.price for message in state.orders.messages)]
    for side, name in enumerate(("bid_price", "ask_price")):
        stood = getattr(history, name)[at:]
        assert np.isin(stood[np.isfinite(stood)], [one[side] for one in asked]).all()


def run_on(pipeline, at):
    for datum in list(pipeline.venue.market_data())[at:]:
        pipeline.run_pipeline(datum)
    return pipeline.close(pipeline.venue.end)


def test_a_halt_stands_until_its_reset_and_then_the_desk_quotes_again():
    history = run(made(), halts=[20, 25], resets=[40])
    halted = history.reason == Reason.OPERATOR
    assert halted[20:40].all()
    assert not halted[:20].any()
    assert not halted[40:].any()
    assert np.isnan(history.bid_price[20:40]).all()
    assert np.isfinite(history.bid_price[40]).any()
    assert "somebody has halted the desk; up to " in mode_changes(history).sentences()[0]


def test_halted_twice_is_noted_twice_and_changes_nothing():
    once, twice = made(), made()
    assert run(once, [20]).hash == run(twice, [20, 20, 33]).hash
    marks = [(entry.before, entry.after) for entry in twice.log]
    assert marks == [("no halt", "HALT"), ("HALT", "HALT"), ("HALT", "HALT")]


def test_halted_before_its_first_step_a_pipeline_sends_nothing_wherever_it_then_runs():
    pipeline = made()
    pipeline.halt(**ACT)
    for history in (simulate(pipeline, tape()), run(pipeline)):
        assert (history.mode == Mode.HALT).all()
        assert not np.isfinite(history.bid_price).any()
        assert rebuild(history).hash == history.hash
    assert len(pipeline.log) == 1
    assert np.isnan(pipeline.log[0].time)
    assert (simulate(pipeline, tape()).mode < Mode.HALT).any()  # one that has run starts anew
    lifted = made()
    lifted.halt(**ACT)
    lifted.reset(who="Ann", reason="a false alarm")
    assert run(lifted).hash == run(made()).hash


def test_a_desk_without_limits_is_halted_too_and_one_market_as_many():
    for n_paths in (1, 4):
        pipeline = made(limits=(), n_paths=n_paths)
        history = run(pipeline, [10], [30])
        assert (history.mode[10:30] == Mode.HALT).all()
        assert not history.mode[:10].any()
        assert not history.mode[30:].any()
        assert not np.diff(history.inventory[10:31], axis=0).any()
        assert rebuild(history).hash == history.hash


def test_whoever_halts_holds_even_what_a_limit_would_give_up():
    flattens = PnLLimiter(
        max_daily_loss=0.1, max_drawdown=0.1, widened_half_spread=0, on_halt="flatten", flatten_half_spread=0.1,
        flatten_impact=0.0,
    )  # fmt: skip
    pipeline = MarketMakingPipeline(
        Desk(model=Symmetric(half_spread=0.02), limits=flattens), TapeVenue(Venue(), tape()), end=600.0, inventory=5.0
    )
    run(pipeline, halts=[0])
    assert (pipeline.history.inventory == 5).all()
    assert not np.count_nonzero(pipeline.history.flattened)
    pipeline = pipeline.on(TapeVenue(Venue(), tape()))
    assert np.count_nonzero(run(pipeline).flattened)


FLATTENS = PnLLimiter(
    max_daily_loss=1e9, max_drawdown=1e9, widened_half_spread=0, on_halt="flatten", flatten_half_spread=0.1,
    flatten_impact=0.01,
)  # fmt: skip


@pytest.mark.parametrize("latency", [0.0, 25.0])
def test_a_person_may_flatten_as_a_limit_does_and_pays_what_it_says(latency):
    desk = Desk(model=Symmetric(half_spread=0.02), limits=FLATTENS, venue=Venue(cancel_latency=latency))
    pipeline = MarketMakingPipeline(desk, TapeVenue(desk.venue, tape()), end=600.0, inventory=5.0)
    run(pipeline, until=20)
    state = pipeline.state
    pipeline.halt(**ACT, on_halt="flatten")
    history = run_on(pipeline, 20)
    free = np.maximum(state.inventory - state.orders.working[1], 0) - np.maximum(
        -state.inventory - state.orders.working[0], 0
    )
    sold = free if latency else state.inventory
    np.testing.assert_array_equal(history.flattened[20], sold)
    np.testing.assert_allclose(history.flatten_cost[20], 0.1 * np.abs(sold) + 0.01 * sold**2)
    assert (history.reason[20:] == Reason.OPERATOR).all()
    late = int(np.searchsorted(history.time, history.time[20] + latency)) + 1
    assert not history.inventory[late:].any()  # what still filled was given up too
    assert pipeline.log[-1].after == "HALT, giving up"
    assert rebuild(history).hash == history.hash
    pipeline.halt(**ACT)
    pipeline.reset(who="Bob", reason="it was nothing")
    assert pipeline.log[-1].after == "no halt"


def test_flattening_is_refused_where_no_limit_says_what_it_costs_or_has_seen_the_market():
    for limits in ((), (PositionLimiter(max_position=9, min_position=-9),)):
        pipeline = made(limits=limits)
        run(pipeline, until=3)
        with pytest.raises(ParameterError, match="halt: 'flatten' needs a limit with on_halt='flatten'"):
            pipeline.halt(**ACT, on_halt="flatten")
        with pytest.raises(ParameterError, match="on_halt must be 'hold' or 'flatten'; got 'sell'"):
            pipeline.halt(**ACT, on_halt="sell")
        assert pipeline.log == ()
    with pytest.raises(ParameterError, match="before the first step a desk can only hold; got on_halt='flatten'"):
        made(limits=FLATTENS).halt(**ACT, on_halt="flatten")


def test_a_halt_while_flat_holds_nothing_and_gives_up_nothing():
    for on_halt in ("hold", "flatten"):
        desk = Desk(model=Symmetric(half_spread=50.0), limits=FLATTENS)  # too far to trade
        pipeline = MarketMakingPipeline(desk, TapeVenue(desk.venue, tape()), end=600.0)
        run(pipeline, until=20)
        pipeline.halt(**ACT, on_halt=on_halt)
        history = run_on(pipeline, 20)
        assert (history.mode[20:] == Mode.HALT).all()
        assert not history.inventory.any()
        assert not history.flattened.any()
        assert not history.cash.any()


@pytest.mark.parametrize("latency", [0.0, 15.0])
@pytest.mark.parametrize("n_paths", [1, 3])
def test_a_run_with_halts_resets_and_changed_limits_is_made_again_byte_by_byte(latency, n_paths, tmp_path):
    rules = dataclasses.replace(CONFIG.make_desk().venue, latency=latency, cancel_latency=latency)
    pipeline = made(rules, n_paths=n_paths)
    pipeline.change_limits(pipeline.desk.limits, who="Cid", reason="as they were")
    run(pipeline, [0, 12, 50], [5, 30], until=40)
    pipeline.change_limits(
        (PositionLimiter(max_position=3, min_position=-3), *pipeline.desk.limits[1:]), who="Cid", reason="fewer"
    )
    run_on(pipeline, 40)
    pipeline.halt(who="Ann", reason='enough, =1+1, "quoted"\nand a new line; for today')
    history = pipeline.close(pipeline.venue.end)
    history.to_csv(tmp_path / "run.csv")
    rebuild(tmp_path / "run.csv").to_csv(tmp_path / "again.csv")
    assert file_hash(tmp_path / "run.csv") == file_hash(tmp_path / "again.csv")
    assert repr(Log.of(History.from_csv(tmp_path / "run.csv").provenance["changes"])) == repr(pipeline.log)
    pipeline.log.to_csv(tmp_path / "log.csv")
    with open(tmp_path / "log.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["what"] for row in rows] == ["change_limits", "halt", "reset", "halt", "reset", "change_limits", "halt"]
    assert rows[-1]["reason"] == 'enough, =1+1, "quoted" and a new line; for today'
    assert rows[5]["before"].startswith("max_position ")
    assert rows[5]["after"] == "max_position 3, min_position -3"


def test_an_empty_log(tmp_path):
    pipeline = made()
    run(pipeline)
    assert pipeline.log == ()
    assert "changes" not in pipeline.history.provenance
    pipeline.log.to_csv(tmp_path / "log.csv")
    assert (tmp_path / "log.csv").read_text(encoding="utf-8") == "time,after_steps,what,who,reason,before,after\n"
    assert "| who | reason |" in pipeline.log._repr_markdown_()


@pytest.mark.parametrize("wrong", [dict(who=""), dict(who=" \n"), dict(reason=" "), dict(who=None), dict(reason=3),
                                   dict(who="\u200b"), dict(reason="...")])  # fmt: skip
@pytest.mark.parametrize("what", ["halt", "reset", "change_limits"])
def test_a_reset_a_halt_or_a_change_without_who_or_why_is_refused(what, wrong):
    pipeline = made()
    run(pipeline, until=5)
    state = pipeline.state
    given = (pipeline.desk.limits,) if what == "change_limits" else ()
    name = next(iter(wrong))
    with pytest.raises(ParameterError, match=f"{what}: say in words who does it and why, for the log; got {name}="):
        getattr(pipeline, what)(*given, **(ACT | wrong))
    with pytest.raises(TypeError, match="who"):
        getattr(pipeline, what)(*given)
    assert pipeline.state is state
    assert pipeline.log == ()


@pytest.mark.parametrize("paths", [[True], [0, 1, 2], 1, "all", [[True, False, True]]])
def test_the_paths_of_a_reset_are_all_or_a_mask(paths):
    pipeline = made()
    run(pipeline, [3], until=5)
    with pytest.raises(ParameterError, match="paths must be True, or a bool for each path"):
        pipeline.reset(paths=paths, **ACT)
    pipeline.reset(paths=[True, False, False], **ACT)
    assert pipeline.log[-1].after == "HALT on 2 of 3 paths"


def in_breach():
    """A pipeline of one path that a drawdown has halted, and how many steps that took."""
    limit = PnLLimiter(max_daily_loss=1e9, max_drawdown=0.05, widened_half_spread=0.0, widen_at=1, reduce_at=1)
    desk = Desk(model=Symmetric(half_spread=0.01), limits=limit)
    pipeline = MarketMakingPipeline(desk, TapeVenue(Venue(), tape(1, 60, 3)), end=600.0, inventory=5.0)
    for n, datum in enumerate(pipeline.venue.market_data()):
        if pipeline.run_pipeline(datum).permission.mode[0] == Mode.HALT:
            return pipeline, dataclasses.replace(limit, max_drawdown=1e6), n + 1
    raise AssertionError("no halt")


@pytest.mark.parametrize("name", ["Ann", "ann", "  Ann "])
def test_a_reset_by_the_name_that_changed_the_limit_is_refused_while_its_halt_stands(name):
    pipeline, wider, n = in_breach()
    pipeline.change_limits(wider, who="Ann", reason="too tight")
    with pytest.raises(ParameterError, match=r"may not lift this halt: Ann changed a limit while it stood .*0\.05"):
        pipeline.reset(who=name, reason="and so on")
    assert len(pipeline.log) == 1
    pipeline.reset(who="Bob", reason="agreed")
    history = run_on(pipeline, n)
    assert not history.mode[n:].any()
    assert rebuild(history).hash == history.hash


def test_who_changed_a_limit_before_the_halt_may_lift_it_and_who_halted_too_unless_a_limit_was_changed_since():
    pipeline, wider, _ = in_breach()
    pipeline.halt(who="Bob", reason="both")
    pipeline.change_limits(wider, who="Bob", reason="too tight")
    with pytest.raises(ParameterError, match="Bob changed a limit while it stood"):
        pipeline.reset(who="Bob", reason="mine")
    pipeline.reset(who="Ann", reason="agreed")
    pipeline.reset(who="Bob", reason="nothing stands any more")
    pipeline.halt(who="Bob", reason="once more")
    pipeline.reset(who="Bob", reason="his own halt")
    early = made()
    early.halt(who="Ann", reason="before it opens")
    early.change_limits(early.desk.limits, who="Ann", reason="and a change")
    with pytest.raises(ParameterError, match="before the first step"):
        early.reset(who="Ann", reason="open")
