"""The quote timer's explorer: what rests too short loses its place in the queue, what rests too long is picked off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch07.scenes import picked_off
from mmlab import Desk, Exponential, Market, QuoteTimer, Symmetric, Tape, Venue
from mmlab.parameters import FloatArray, parameters_of
from mmlab.simulation import simulate_desk
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import BID, PARTS, SYMMETRIC
from mmlab.teach.words import amount
from mmlab.vocabulary import VOLATILITY

AGES = (0.005, 0.015, 0.02, 0.045, 0.11, 0.5)
_OF = parameters_of(QuoteTimer) | parameters_of(Venue)


def market_days(volatility: float) -> dict[str, Any]:
    """Few orders, and a mid that comes back to no old price, where orders would be early in their queues."""
    flow = Exponential(arrival_rate=10, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, mid_move="normal", intensity=flow)
    tape = market.tape(n_paths=150, n_steps=200, seed=1).repeated(7)
    return locals()


def our_age(
    volatility: float, stale_fraction: float, max_move: float, min_quote_time: float, max_quote_time: float
) -> dict[str, Any]:
    """Quotes 1.5 from the mid are stale at the age (νδ/σ)², in whole steps."""
    timer = QuoteTimer(
        min_quote_time=min_quote_time, max_quote_time=max_quote_time, stale_fraction=stale_fraction, max_move=max_move
    )
    age = float(np.ceil(200 * timer.calculate_quote_time(1.5, volatility) - 1e-6) / 200)
    return locals()


def every_age(tape: Tape, timer: QuoteTimer, age: float, latency: float, queue_time: float) -> dict[str, Any]:
    """One run of seven desks: of whoever measures σ = δ/√age, with ν = 1, the quotes are stale at that age."""
    ages = np.maximum(sorted([age, *AGES]), np.ceil(200 * timer.min_quote_time - 1e-6) / 200)
    clock, venue = replace(timer, max_quote_time=1, stale_fraction=1), Venue(latency=latency, queue_time=queue_time)
    desk = Desk(model=Symmetric(half_spread=1.5), volatility=6, timer=clock, venue=venue)
    run = simulate_desk(desk, tape, volatility=1.5 / np.sqrt(np.repeat(ages, 150) - 1e-6))
    return locals()


def by_age(run: Any, ages: FloatArray, age: float) -> dict[str, Any]:
    """What each day brings at each age: fills, those picked off, what they earn, refreshes and PnL."""
    fills, off = (run.bid_fill + run.ask_fill).sum(axis=0), picked_off(run).sum(axis=(0, 1))
    days = np.reshape([fills, off, run.edge, run.refreshed.sum(axis=0), run.pnl], (5, 7, 150))
    fills, off, edge = days[:3].mean(axis=2)
    a_clip = np.divide(edge, fills, out=np.full(7, np.nan), where=fills > 0)
    place, best, most = ages.tolist().index(age), ages[edge.argmax()], edge.max()
    ours = days[:, place].mean(axis=1)
    return locals()


def for_a_reason(s: Any) -> bool:
    """Whether nothing is picked off in a fast market with its queue, and the day earns what no clock does."""
    return bool(s.volatility == 6 and s.queue_time >= 0.01 and s.ours[1] == 0 and s.ours[2] > 2.6)


def best_by_age(s: Any) -> bool:
    """Whether, of quotes that no move of the mid replaces, ν makes the age the one that earns most."""
    others = (s.volatility, s.queue_time, s.max_move, s.latency) == (6, 0.01, 3.1, 0)
    return bool(others and s.min_quote_time < s.age == s.best < s.max_quote_time)


class QuoteTimerExplorer(Explorer):
    """Sliders for σ, ν, t_max, t_min, m, ℓ and t_q over a day's quotes, and a clip, fills and earnings against age."""

    title: ClassVar[str] = "Quote timing: how long to rest"
    sliders: ClassVar = {
        VOLATILITY: (1.0, 10.0, 6.0),
        replace(_OF["stale_fraction"], symbol="ν"): (0.1, 2.1, 0.6),
        _OF["max_move"]: (0.1, 4.1, 3.1),
        _OF["min_quote_time"]: (0.0, 0.02, 0.005),
        _OF["max_quote_time"]: (0.02, 0.52, 0.2),
        _OF["latency"]: (0.0, 0.1, 0.0),
        _OF["queue_time"]: (0.0, 0.1, 0.01),
    }
    presets: ClassVar = {
        "a fast mid": {},
        "too patient": {"stale_fraction": 1.6},
        "too nervous": {"stale_fraction": 0.4},
        "watching the mid": {"stale_fraction": 1.6, "max_move": 1.3},
        "watching it over a slow line": {"stale_fraction": 1.6, "max_move": 1.3, "latency": 0.015},
        "a calm mid, a long queue": {"volatility": 2.0, "stale_fraction": 0.5, "queue_time": 0.03},
    }
    stages: ClassVar = (market_days, our_age, every_age, by_age)
    tasks: ClassVar = {
        "with ν alone, find the age that earns most.": best_by_age,
        "at σ = 6, have no fill picked off and an edge above 2.6 a day.": for_a_reason,
    }
    prints: ClassVar[str] = "*ours, best, most"

    def show(self, s: Any, path: Panel, clip: Panel, fills: Panel, money: Panel) -> None:
        """A day of resting quotes, and a clip, a day's fills and a day's earnings against the age at refresh."""
        run, day = s.run, 150 * s.place
        lost, traded = picked_off(run)[:, :, day], sum(path.day(run, path=day))
        for name, prices, off in (("picked off", run.bid_price, lost[0]), ("_sold", run.ask_price, lost[1])):
            path.dots(name, run.time[:-1][off], prices[off, day], {"color": "#000000"}, size=2.5)
        lowest, highest = float(run.mid[:, day].min()), float(run.mid[:, day].max())
        path.view(y=(lowest - 1.5, highest + 1.5), xlabel="time [horizon = 1]", ylabel="price", xlim=(0, 1))
        path.title(f"Replaced {s.max_move:.2f} off or {s.age:.3f} old: {traded} fills, {lost.sum()} picked off")

        error = s.days[2].std(axis=1) / 150**0.5
        money.band("± standard error", s.ages, s.edge - error, s.edge + error, PARTS["market_power"])
        for panel, name, curve, look in (
            (clip, "_clip", s.a_clip, BID),
            (fills, "fills", s.fills, BID),
            (fills, "picked off", s.off, SYMMETRIC),
            (money, "_money", s.edge, BID),
        ):
            panel.line(name, s.ages, curve, look)
            panel.dots(f"_our {name}", s.ages[here := (s.ages == s.age) & np.isfinite(curve)], curve[here], look)
        axis: dict[str, Any] = {"xlabel": "age at refresh [time]", "xscale": "log", "xlim": (0.004, 0.7)}
        axis |= {"xticks": [0.01, 0.1], "xticklabels": ["0.01", "0.1"]}
        least, most = min(1.3 * s.edge.min(), -0.1), max(1.3 * s.most, 0.1)
        clip.view(y=(float(np.nanmin(s.a_clip, initial=-0.2)), 1.5), ylabel="edge a clip [price]", **axis)
        fills.view(y=(0.0, max(float(s.fills.max()), 1.0)), ylabel="clips a day", **axis)
        money.view(y=(least, most), ylabel="edge a day [price · clip]", **axis)
        for panel in (clip, fills, money):
            panel.level(0)
            panel.upright(max(s.min_quote_time, 1e-3), label="_t_min")
            panel.upright(s.max_quote_time, label="t_min, t_max" if panel is fills else "_t_max")
        clip.title(_a_clip(s))
        fills.title(f"{s.ours[0]:.1f} fills a day, {s.ours[1]:.1f} picked off")
        money.title(f"{amount(s.ours[2])} a day; at most {amount(s.most)}, at {s.best:.3f}")

    def readout(self, s: Any) -> str:
        """What a day brings at this age, and the age that brings most."""
        fills, off, edge, refreshed, pnl = s.ours
        return (
            f"Quotes 1.5 off the mid are replaced at age {s.age:.3f}, {refreshed:.1f} times a "
            f"day. On 150 days of one tape they get {fills:.2f} fills a day, {off:.2f} of them picked off. "
            f"{_a_clip(s)}, a day {amount(edge)}; with what the mid does to the inventory, PnL {amount(pnl)} "
            f"(standard error {s.days[4, s.place].std() / 150**0.5:.2f}). Of the ages drawn, {s.best:.3f} earns most: "
            f"{amount(s.most)} a day."
        )


def _a_clip(s: Any) -> str:
    return f"A clip earns {amount(s.a_clip[s.place])}" if s.ours[0] else "Nothing fills"
