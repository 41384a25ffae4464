"""rebuild: the same run once more, from what its record says; or the reason why that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlab.description import restore, versions
from mmlab.desk import History, MarketMakingConfig, MarketMakingPipeline, TapeVenue
from mmlab.market import Day, Market, Tape, replay_tape
from mmlab.parameters import ParameterError
from mmlab.simulation.simulate import simulate

if TYPE_CHECKING:
    from pathlib import Path

_TAPES: dict[str, Callable[..., Tape]] = {f.__name__: f for f in (Tape.first, Tape.repeated, Tape.stormy, Tape.without)}


def rebuild(record: History | str | Path, data: Tape | Day | None = None) -> History:
    """Run once more what a history says of itself, and return it if it is the same, to the last bit.

    The record of a desk, a pipeline or a strategy says what ran: configuration, model and limits, changes of limits,
    halts and resets between two steps, the market and the seed of its tape, or the hash of the recorded day.

    Parameters
    ----------
    record : History or path
        A history, or the file that it was written to.
    data : Tape or Day, optional
        What happened, where the record has only its name: the day whose hash it holds, or a tape of one's own.

    Returns
    -------
    History
        The same columns, made anew: `History.hash` is the same.

    Raises
    ------
    ParameterError
        If the record says that it cannot be rebuilt (of an own model, limit or venue it has only the name), says
        nothing, needs data, or what it says makes another history.
    """
    history = record if isinstance(record, History) else History.from_csv(record)
    provenance: dict[str, Any] = dict(history.provenance or {})
    if not {"configuration", "desk", "strategy"} & set(provenance):
        raise ParameterError("This history does not say what ran: it cannot be rebuilt.")
    if "cannot_be_rebuilt" in provenance:
        raise ParameterError(f"This history cannot be rebuilt from its record: {provenance['cannot_be_rebuilt']}.")
    try:
        tape = _tape(provenance["tape"], data)
        again = _run(provenance, tape, history)
    except (KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError) as error:
        why = error if isinstance(error, ParameterError) else f"{type(error).__name__}: {error}"
        raise ParameterError(f"This history cannot be rebuilt from its record: {why}") from None
    if again.hash != history.hash:
        raise ParameterError(
            "What this record says makes another history: the data is another, or what ran was changed by hand (as a "
            f"pipeline's desk), or the versions are others, {provenance.get('versions')} then and {versions()} now."
        )
    return again


def _tape(origin: Any, data: Tape | Day | None) -> Tape:
    """What happened, as the record or the caller says."""
    if not isinstance(data, Tape | Day | None):
        raise ParameterError(f"data must be a Tape or a Day; got {type(data).__name__}.")
    if isinstance(data, Tape):
        return data
    if not isinstance(origin, dict):
        raise ParameterError("it does not say where its tape is from: give that tape, rebuild(record, tape).")
    if "day" in origin:
        if data is None or data.hash != origin["day"]:
            raise ParameterError(
                f"it was traded on the day {origin['day'][:16]}…: give that day, rebuild(record, day)."
            )
        tape = replay_tape(data, **restore(origin["replayed"])) if "replayed" in origin else None
        tape = tape or data.tape(**restore(origin["in_steps"]))
    else:
        market: Market = restore(origin["market"])
        tape = market.tape(origin["n_paths"], origin["n_steps"], origin["seed"])
    for how, *arguments in origin.get("then", ()):
        tape = _TAPES[how](tape, *arguments)
    return tape


def _run(record: dict[str, Any], tape: Tape, history: History) -> History:
    """The run on that tape, as far as the history goes."""
    start = {name: record[name] for name in ("inventory", "cash")}
    if "strategy" in record:
        return simulate(restore(record["strategy"]), tape, **start)
    own = {name: restore(record[name]) for name in ("model", "limits") if name in record}
    config = restore(record["desk"]) if "desk" in record else MarketMakingConfig.from_dict(record["configuration"])
    made = MarketMakingPipeline(config, **own, end=record["end"], max_gap=record.get("max_gap"), **start)
    venue = TapeVenue(restore(record["venue"]) if "venue" in record else made.desk.venue, tape)
    n_steps, changes = len(history.bid_price), list(record.get("changes", ()))
    run = made.on(venue, n_steps)
    for n, data in enumerate(islice(venue.market_data(), n_steps)):
        while changes and changes[0]["after_steps"] == n:
            _change(run, changes.pop(0))
        run.run_pipeline(data)
    for change in changes:
        _change(run, change)
    end = venue.at(n_steps)
    closed = history.time[-1] == end.time and np.array_equal(history.mid[-1], end.mid_price)
    return run.close(end) if closed else run.history


def _change(run: MarketMakingPipeline, change: dict[str, Any]) -> None:
    """Do between two steps what was done then."""
    act = {name: change[name] for name in ("who", "reason") if name in change}
    if "change_limits" in change:
        run.change_limits(restore(change["change_limits"]), **act)
    elif "halt" in change:
        run.halt(**act, on_halt="hold" if change["halt"] is True else change["halt"])
    elif "reset" in change:
        run.reset(paths=np.asarray(change["reset"]), **act)
    else:
        run.new_day()
