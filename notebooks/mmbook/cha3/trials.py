"""The trials that need a desk: limits on calm and stormy days, and a recorded half hour at both ends of the queue."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from mmbook.cha3.bench import MARKET, N_STEPS, RIVALS, beside, error_of, sampled
from mmbook.cha3.review import Review
from mmbook.cha3.section import Section, section
from mmbook.cha3.strategy import InOtherUnits
from mmlab import MarketMakingMonitor, simulate, write_report
from mmlab.desk import Desk, PnLLimiter, PositionLimiter, Venue, VolatilityLimiter
from mmlab.market import Tape, read_lobster, replay_tape
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import calibrate
from mmlab.parameters import FloatArray
from mmlab.simulation import History
from mmlab.table import Table

OUT: dict[str, Any] = {"on_halt": "flatten", "flatten_half_spread": 0.5, "flatten_impact": 0.05}
STOP = PnLLimiter(max_daily_loss=20, max_drawdown=20, widened_half_spread=1.2, **OUT)
WIDER = VolatilityLimiter(soft_volatility=4, max_volatility=8, soft_half_spread=1.0, window=0.05)
LIMITS: dict[str, tuple[Any, ...]] = {
    "position: 4 clips either way": (PositionLimiter(max_position=4, min_position=-4),),
    "profit (PnL): flat and out 20 below the start or the peak": (STOP,),
    "volatility: wider from σ = 4, out from 8 [price/√day]": (WIDER,),
}
LIMITS["all three"] = tuple(limit for limits in LIMITS.values() for limit in limits)
BOUNDS = ((), *LIMITS.values())
N_DAYS, STORM, SINK, WORST, TICK, SPAN = 300, 4.0, 6.0, 0.05, 0.01, 1800.0


@lru_cache(maxsize=1)
def weathers() -> dict[str, Tape]:
    """The same days calm, and with a storm: large moves around noon, then sellers, under whom the mid sinks."""
    calm = replace(MARKET, mid_move="normal").tape(N_DAYS, N_STEPS, seed=8)
    rough = calm.stormy(2 * N_STEPS // 5, 3 * N_STEPS // 5, STORM)
    sunk = SINK * np.maximum(np.linspace(-1, 1, N_STEPS + 1), 0)[:, np.newaxis]
    further = (sunk[1:] > 0) * np.log(2) / MARKET.parameters()["fill_decay"]  # twice, and half, as many
    orders = {"sell_reach": rough.sell_reach + further, "buy_reach": rough.buy_reach - further}
    return {"calm": calm, "storm": replace(rough, mid=rough.mid - sunk, **orders)}


def tail(pnl: FloatArray) -> FloatArray:
    """A number for each day whose mean is that of the worst twentieth of the days."""
    edge = np.sort(pnl)[round(WORST * len(pnl)) - 1]
    return np.asarray(edge - np.maximum(edge - pnl, 0.0) / WORST)


@section
def under_limits(mine: Review) -> Section:
    """What each limit takes from the mean and gives to the worst days, calm and in a storm."""
    found: dict[str, list[FloatArray]] = {name: [] for name in LIMITS}
    worst = []
    for tape in weathers().values():
        desks = (Desk(model=mine.strategy, volatility=MARKET.volatility, limits=limits) for limits in BOUNDS)
        free, *kept = (simulate(desk, tape).pnl for desk in desks)
        worst.append(tail(free).mean())
        for name, pnl in zip(LIMITS, kept, strict=True):
            found[name] += [free - pnl, tail(pnl) - tail(free)]
    best = max(found, key=lambda name: found[name][-1].mean())
    *_, lost, saved = found[best]
    line = f"worst day of twenty brings {worst[0]:.1f} when calm, {worst[1]:.1f} in a storm"
    sentence = f"Without a limit the {line}. "
    if saved.mean() > 2 * error_of(saved):
        sentence += f"There “{best}” does most: the worst days are better by {sampled(saved)}, "
        sentence += f"and the mean is {beside(-lost.mean(), error_of(lost), 'without it')}."
    else:
        sentence += "None of these limits makes it better by more than the noise."
    rows = [[name, *map(sampled, days)] for name, days in found.items()]
    head = ["limit", "calm: costs", "calm: saves in the tail", "storm: costs", "storm: saves in the tail"]
    return Section(sentence, line, Table.of(head, rows))


@lru_cache(maxsize=1)
def _recorded() -> tuple[Tape, float, float]:
    """The last half hour of the shipped day as a tape, the clip [shares], and its price for one of the strategy's."""
    day = read_lobster(SHIPPED)
    split = day.time[-1] - SPAN
    known = calibrate(day.between(day.time[0], split), tick=TICK)
    clip = max(100.0, 100 * round(known.clip / 100))
    price = MARKET.parameters()["fill_decay"] / known.pooled.intensity.fill_decay
    return replay_tape(day.between(split, np.nextafter(day.time[-1], np.inf)), 10.0, clip), clip, price


@lru_cache(maxsize=8)
def _replay(strategy: Any, place: Any) -> History:
    """The recorded half hour, at the back of each queue or at its front."""
    tape, _, price = _recorded()
    there = InOtherUnits(strategy, first_mid=float(tape.mid[0, 0]), price=price, time=float(tape.time[-1]))
    return simulate(Desk(model=there, venue=Venue(tick=TICK, queue=place)), tape)  # type: ignore[arg-type]


@section
def replayed(mine: Review) -> Section:
    """The last half hour of the recorded day, in its units, at both ends of the queue."""
    _, clip, price = _recorded()
    rows, profit = [], []
    for name, strategy in {mine.name: mine.strategy, "Guéant": RIVALS["Guéant"]}.items():
        for place in ("back", "front"):
            history = _replay(strategy, place)
            fills, edge, pnl = (history.bid_fill + history.ask_fill).sum(), history.edge[0], history.pnl[0]
            held = np.sqrt((history.inventory[:-1, 0] ** 2) @ np.diff(history.time) / history.time[-1])
            rows.append([name, place, f"{fills:.0f}", f"{edge * clip:,.0f}", f"{pnl * clip:,.0f}", f"{held:.1f}"])
            profit.append(pnl * clip)
    history = _replay(mine.strategy, "front")
    minutes = np.interp(np.arange(0.0, history.time[-1] + 1, 60.0), history.time, history.wealth[:, 0])
    luck = f"± {np.diff(minutes).std() * np.sqrt(SPAN / 60) * clip:,.0f} by luck"
    line = f"{profit[0]:,.0f} of currency at the back of each queue, {profit[1]:,.0f} at the front, {luck}"
    sentence = f"In the last half hour of the recorded day it earns {line}. Your place is somewhere between. "
    sentence += f"A unit of your price was {price:.4f} of the day's, a clip {clip:.0f} shares."
    head = ["strategy", "place in the queue", "clips traded", "edge", "profit", "clips held, root mean square"]
    return Section(sentence, line, Table.of(head, rows))


@section
def report(mine: Review, folder: str | Path = ".") -> Section:
    """Write the recorded half hour, at the front of the queue, as a web page, by default beside the notebook."""
    monitor = MarketMakingMonitor({"market": {"clip": _recorded()[1]}})
    monitor.monitor(None, _replay(mine.strategy, "front"))
    page = Path(folder) / f"report_of_{re.sub('[^A-Za-z0-9]+', '_', mine.name)}.html"
    page, numbers = write_report(page, monitor, title=f"The strategy {mine.name}: half an hour")
    return Section(f"The page is `{page}`, its numbers are `{numbers}`.", page.name)
