"""The trials that need a desk: limits on calm and stormy days, and a recorded half hour at both ends of the queue."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from html import escape
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from mmbook.cha3.bench import MARKET, N_STEPS, RIVALS, with_error
from mmbook.cha3.review import Review
from mmbook.cha3.section import Section, error_of, section
from mmbook.cha3.strategy import InOtherUnits
from mmlab.desk import Desk, PnLLimiter, PositionLimiter, Venue, VolatilityLimiter
from mmlab.market import Day, Tape, read_lobster, replay_tape
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import MarketMakingMonitor, calibrate, write_report
from mmlab.parameters import FloatArray, ParameterError
from mmlab.simulation import History, simulate
from mmlab.table import Table

STOP = PnLLimiter(
    max_daily_loss=20,
    max_drawdown=20,
    widened_half_spread=1.2,
    on_halt="flatten",
    flatten_half_spread=0.5,
    flatten_impact=0.05,
)
LIMITS: dict[str, tuple[Any, ...]] = {
    "position: 4 clips either way": (PositionLimiter(max_position=4, min_position=-4),),
    "profit (PnL): flat and out 20 below the start or the peak": (STOP,),
    "volatility: wider from σ = 4, out from 8 [price/√day]": (
        VolatilityLimiter(soft_volatility=4, max_volatility=8, soft_half_spread=1.0, window=0.05),
    ),
}
LIMITS["all three"] = tuple(limit for limits in LIMITS.values() for limit in limits)
N_DAYS, STORM, SINK, WORST = 300, 4.0, 6.0, 0.05
TICK, SPAN = 0.01, 1800.0
REPORTS = "mmlab-reports"


@lru_cache(maxsize=1)
def _weathers() -> dict[str, Tape]:
    """The same days calm, and with a storm: large moves around noon, then sellers, under whom the mid sinks."""
    calm = replace(MARKET, mid_move="normal").tape(N_DAYS, N_STEPS, seed=8)
    rough = calm.stormy(2 * N_STEPS // 5, 3 * N_STEPS // 5, STORM)
    after = np.maximum(np.arange(N_STEPS + 1) - N_STEPS // 2, 0) / (N_STEPS // 2)
    further = (
        (after[:-1] > 0)[:, np.newaxis] * np.log(2) / MARKET.parameters()["fill_decay"]
    )  # twice, and half, as many
    sunk = rough.mid - SINK * after[:, np.newaxis]
    orders = {"sell_reach": rough.sell_reach + further, "buy_reach": rough.buy_reach - further}
    return {"calm": calm, "storm": replace(rough, mid=sunk, **orders)}


def _tail(pnl: FloatArray) -> FloatArray:
    """A number for each day whose mean is that of the worst twentieth of the days."""
    edge = np.sort(pnl)[round(WORST * len(pnl)) - 1]
    return np.asarray(edge - np.maximum(edge - pnl, 0.0) / WORST)


def _goes(lost: float) -> str:
    return f"{'falls' if lost > 0 else 'rises'} by {abs(lost):.2f}"


@section
def under_limits(mine: Review) -> Section:
    """What each limit takes from the mean and gives to the worst days, calm and in a storm."""
    strategy: Any = mine.strategy
    rows, free, found = [], {}, {}
    for weather, tape in _weathers().items():
        free[weather] = simulate(Desk(model=strategy, volatility=MARKET.volatility), tape).pnl
    for name, limits in LIMITS.items():
        row = [name]
        for weather, tape in _weathers().items():
            desk = Desk(model=strategy, volatility=MARKET.volatility, limits=limits)
            pnl = simulate(desk, tape).pnl
            lost, saved = free[weather] - pnl, _tail(pnl) - _tail(free[weather])
            found[name, weather] = lost.mean(), saved.mean(), error_of(saved)
            row += [with_error(lost.mean(), error_of(lost)), with_error(saved.mean(), error_of(saved))]
        rows.append(row)
    best = max(LIMITS, key=lambda name: found[name, "storm"][1])
    lost, saved, error = found[best, "storm"]
    calm_tail, storm_tail = (float(_tail(pnl).mean()) for pnl in free.values())
    sentence = (
        f"Without a limit the worst day of twenty brings {calm_tail:.1f} when calm, {storm_tail:.1f} in a storm. "
    )
    if saved > 2 * error:
        sentence += f"There “{best}” helps most: the worst days are better by {saved:.1f} ± {error:.1f}, and the mean "
        sentence += f"{_goes(lost)}; when calm it {_goes(found[best, 'calm'][0])}."
    else:
        sentence += "None of these limits makes it better by more than the noise."
    head = ["limit", "calm: costs", "calm: saves in the tail", "storm: costs", "storm: saves in the tail"]
    unknown = (
        f"how often a storm comes, which decides whether a limit pays. The tail is {round(WORST * N_DAYS)} days of "
    )
    unknown += (
        f"{N_DAYS}, the storm is one of our making (moves {STORM:g} times as large for a fifth of the day), and the "
    )
    unknown += "bounds are this page's, not tuned to your strategy."
    return Section(
        sentence,
        f"worst day of twenty {calm_tail:.1f} calm, {storm_tail:.1f} in a storm",
        Table.of(head, rows),
        unknown,
    )


@lru_cache(maxsize=1)
def _recorded() -> tuple[Tape, float, float]:
    """The last half hour of the shipped day as a tape, the clip [shares], and its price for one of the strategy's."""
    day = read_lobster(SHIPPED)
    split = day.time[-1] - SPAN
    before: Day = day.between(day.time[0], split)
    known = calibrate(before, tick=TICK)
    clip = max(100.0, 100 * round(known.clip / 100))
    rest = day.between(split, np.nextafter(day.time[-1], np.inf))
    decay = MARKET.parameters()["fill_decay"]
    return replay_tape(rest, 10.0, clip), clip, decay / known.pooled.intensity.fill_decay


@lru_cache(maxsize=8)
def _replays(strategy: Any) -> dict[str, History]:
    """The recorded half hour, at the back of each queue and at its front."""
    tape, _, price = _recorded()
    there = InOtherUnits(strategy, first_mid=float(tape.mid[0, 0]), price=price, time=float(tape.time[-1]))
    return {
        place: simulate(Desk(model=there, venue=Venue(tick=TICK, queue=place)), tape)  # type: ignore[arg-type]
        for place in ("back", "front")
    }


def _by_minute(history: History) -> FloatArray:
    """The profit of each minute [price · clip]."""
    edges = np.arange(0.0, history.time[-1] + 1, 60.0)
    return np.diff(np.interp(edges, history.time, history.wealth[:, 0]))


def _why(back: float, front: float) -> str:
    if round(back) == round(front):
        return ", so its place in the queue did not matter"
    more = "more fills earned more" if front > back else "more fills earned less, as some came before the mid moved on"
    return f" ({more}). Your place would be somewhere between"


@section
def replayed(mine: Review) -> Section:
    """The last half hour of the recorded day, in its units, at both ends of the queue."""
    _, clip, price = _recorded()
    rows, profit = [], {}
    for name, strategy in {mine.name: mine.strategy, "Guéant": RIVALS["Guéant"]}.items():
        for place, history in _replays(strategy).items():
            clips = float((history.bid_fill + history.ask_fill).sum())
            earned, edge = float(history.pnl[0]), float(history.edge[0])
            profit[name, place] = earned * clip
            held = np.sqrt((history.inventory[:-1, 0] ** 2) @ np.diff(history.time) / history.time[-1])
            rows.append([name, place, f"{clips:.0f}", f"{edge * clip:,.0f}", f"{earned * clip:,.0f}", f"{held:.1f}"])
    luck = float(_by_minute(_replays(mine.strategy)["front"]).std() * np.sqrt(SPAN / 60)) * clip
    back, front = profit[mine.name, "back"], profit[mine.name, "front"]
    sentence = (
        f"In the last half hour of the recorded day it earns {back:,.0f} of currency at the back of every queue and "
    )
    low, high = sorted((round(back), round(front)))
    between = f"between {low:,} and {high:,}" if low < high else f"{low:,} at either end of the queue"
    sentence += f"{front:,.0f} at the front{_why(back, front)}. One unit of your price was {price:.4f} of the day's "
    sentence += f"(so its κ is your k), one of your time the half hour, and a clip {clip:.0f} shares."
    head = ["strategy", "place in the queue", "clips traded", "edge", "profit", "clips held, root mean square"]
    unknown = f"what another half hour brings. By its minutes, such a profit deviates by about {luck:,.0f} of luck. "
    unknown += "And a replay does not know what your orders would have changed."
    return Section(
        sentence,
        f"{between} in the recorded half hour, ± {luck:,.0f} by luck",
        Table.of(head, rows),
        unknown,
    )


def _free(folder: Path, name: str, title: str) -> Path:
    """A page that is not there yet, or is an earlier report of the same strategy."""
    stem = re.sub(r"\W+", "_", name)
    for n in count(1):
        page = folder / (f"{stem}.html" if n == 1 else f"{stem}-{n}.html")
        mine = page.exists() and escape(title) in page.read_text(encoding="utf-8", errors="replace")
        if mine or not (page.exists() or page.with_suffix(".csv").exists()):
            return page
    raise AssertionError("numbers do not end")


@section
def report(mine: Review, folder: str | Path | None = None) -> Section:
    """Write the recorded half hour, at the front of the queue, as a web page with its numbers beside it.

    Without a folder it goes to `REPORTS` beside the notebook. A file there that is no report of this strategy stays as
    it is: the report takes the next free number.
    """
    _, clip, _ = _recorded()
    monitor = MarketMakingMonitor({"market": {"clip": clip}})
    monitor.monitor(None, _replays(mine.strategy)["front"])
    title = f"The strategy {mine.name}: half an hour"
    there = Path(REPORTS if folder is None else folder)
    try:
        there.mkdir(parents=True, exist_ok=True)
        page, numbers = write_report(_free(there, mine.name, title), monitor, title=title)
    except OSError as error:
        raise ParameterError(
            f"The report cannot be written to {there}: {error.strerror}. Name a folder: `report(mine, '…')`."
        ) from None
    links = [f"[{path.as_posix()}]({quote(path.as_posix())})" for path in (page, numbers)]
    sentence = f"“{title}” is in {links[0]}, its numbers in {links[1]}."
    if not there.is_absolute():
        sentence += " Both are beside this notebook."
    unknown = "anything that the replay does not: it shows that half hour, at the better end of the queue."
    return Section(sentence, page.name, None, unknown)
