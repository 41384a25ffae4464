"""The quote timer's explorer: what rests too short loses its place in the queue, what rests too long is picked off."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch07.scenes import clips_an_hour, picked_off
from mmlab import Desk, Exponential, Market, QuoteTimer, Symmetric, Tape, Venue, simulate
from mmlab.parameters import parameters_of
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import BID, PARTS, SYMMETRIC
from mmlab.teach.words import amount
from mmlab.vocabulary import VOLATILITY

AGES = (0.005, 0.015, 0.02, 0.045, 0.11, 0.5)
BLACK = {"color": "#000000"}
_OF = parameters_of(QuoteTimer) | parameters_of(Venue)


def market_days(volatility: float) -> dict[str, Any]:
    """Few orders, and a mid that comes back to no old price, where orders would be early in their queues."""
    flow = Exponential(arrival_rate=10, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, mid_move="normal", intensity=flow)
    tape = market.tape(n_paths=150, n_steps=200, seed=1)
    return locals()


def patient_desk(
    volatility: float, latency: float, queue_time: float, min_quote_time: float, max_move: float
) -> dict[str, Any]:
    """A desk 1.5 from the mid on both sides that replaces no quotes for their age, so far."""
    venue = Venue(latency=latency, queue_time=queue_time)
    patient = QuoteTimer(min_quote_time=min_quote_time, max_quote_time=1, stale_fraction=1e6, max_move=max_move)
    desk = Desk(model=Symmetric(half_spread=1.5), volatility=volatility, timer=patient, venue=venue)
    return locals()


def our_age(
    tape: Tape, desk: Desk, patient: QuoteTimer, volatility: float, stale_fraction: float, max_quote_time: float
) -> dict[str, Any]:
    """Ours are stale at the age (f h / σ)², in whole steps: fills a day, those picked off, what they earn."""
    timer = replace(patient, stale_fraction=stale_fraction, max_quote_time=max_quote_time)
    age = float(np.ceil(200 * timer.calculate_quote_time(1.5, volatility) - 1e-6) / 200)
    run = simulate(replace(desk, timer=timer), tape)
    ours = age, clips_an_hour(run), picked_off(run).sum() / 150, run.edge.mean(), run.edge.std()
    return locals()


def other_ages(tape: Tape, desk: Desk, patient: QuoteTimer) -> dict[str, Any]:
    """The same for quotes that are replaced at other ages."""
    others = []
    for at in AGES:
        clock = replace(patient, min_quote_time=min(patient.min_quote_time, at), max_quote_time=at)
        other = simulate(replace(desk, timer=clock), tape)
        others.append((at, clips_an_hour(other), picked_off(other).sum() / 150, other.edge.mean(), other.edge.std()))
    return locals()


def all_ages(ours: tuple[float, ...], others: list[tuple[float, ...]]) -> dict[str, Any]:
    """All of them by age, and what a clip earns."""
    ages, fills, off, edge, sd = np.transpose(sorted([ours, *others]))
    a_clip = np.divide(edge, fills, out=np.full(len(ages), np.nan), where=fills > 0)
    best, most = ages[edge.argmax()], edge.max()
    return locals()


class QuoteTimerExplorer(Explorer):
    """Sliders for σ, f, t_max, t_min, m, ℓ and t_q over a day's quotes, and a clip, fills and earnings against age."""

    title: ClassVar[str] = "Quote timing: how long to rest"
    sliders: ClassVar = {
        VOLATILITY: (1.0, 10.0, 6.0),
        _OF["stale_fraction"]: (0.1, 2.1, 0.6),
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
    stages: ClassVar = (market_days, patient_desk, our_age, other_ages, all_ages)
    prints: ClassVar[str] = "*ours[:4], run.refreshed.sum() / 150, run.pnl.mean(), best, most"

    def show(self, s: Any, path: Panel, clip: Panel, fills: Panel, money: Panel) -> None:
        """A day of resting quotes, and a clip, a day's fills and a day's earnings against the age at refresh."""
        run, lost = s.run, picked_off(s.run)[:, :, 0]
        traded = sum(path.day(run))
        for name, prices, off in (("picked off", run.bid_price, lost[0]), ("_sold", run.ask_price, lost[1])):
            path.dots(name, run.time[:-1][off], prices[off, 0], BLACK, size=2.5)
        lowest, highest = float(run.mid[:, 0].min()), float(run.mid[:, 0].max())
        path.view(y=(lowest - 1.5, highest + 1.5), xlabel="time [horizon = 1]", ylabel="price", xlim=(0, 1))
        path.title(f"Replaced {s.max_move:.2f} off or {s.age:.3f} old: {traded} fills, {lost.sum()} picked off")

        error = s.sd / s.tape.n_paths**0.5
        money.band("± standard error", s.ages, s.edge - error, s.edge + error, PARTS["market_power"])
        for panel, name, curve, look in (
            (clip, "_clip", s.a_clip, BID),
            (fills, "fills", s.fills, BID),
            (fills, "picked off", s.off, SYMMETRIC),
            (money, "_money", s.edge, BID),
        ):
            here = (s.ages == s.age) & np.isfinite(curve)
            panel.line(name, s.ages, curve, look)
            panel.dots(f"_our {name}", s.ages[here], curve[here], look)
        axis: dict[str, Any] = {
            "xscale": "log",
            "xlim": (0.004, 0.7),
            "xticks": [0.01, 0.1],
            "xticklabels": ["0.01", "0.1"],
        }
        axis["xlabel"] = "age at refresh [time]"
        clip.view(y=(float(np.nanmin(s.a_clip, initial=-0.2)), 1.5), ylabel="edge a clip [price]", **axis)
        fills.view(y=(0.0, max(float(s.fills.max()), 1.0)), ylabel="clips a day", **axis)
        money.view(
            y=(min(1.3 * s.edge.min(), -0.1), max(1.3 * s.most, 0.1)), ylabel="edge a day [price · clip]", **axis
        )
        for panel in (clip, fills, money):
            panel.level(0)
            panel.upright(max(s.min_quote_time, 1e-3), label="_t_min")
            panel.upright(s.max_quote_time, label="t_min, t_max" if panel is fills else "_t_max")
        clip.title(_a_clip(s))
        fills.title(f"{s.ours[1]:.1f} fills a day, {s.ours[2]:.1f} picked off")
        money.title(f"{amount(s.ours[3])} a day; at most {amount(s.most)}, at {s.best:.3f}")

    def readout(self, s: Any) -> str:
        """What a day brings at this age, and the age that brings most."""
        age, fills, off, edge, _ = s.ours
        pnl = s.run.pnl
        return (
            f"Quotes 1.5 off the mid are replaced at age {age:.3f}, {s.run.refreshed.sum() / pnl.size:.1f} times a "
            f"day. On {pnl.size} days of one tape they get {fills:.2f} fills a day, {off:.2f} of them picked off. "
            f"{_a_clip(s)}, a day {amount(edge)}; with what the mid does to the inventory, PnL {amount(pnl.mean())} "
            f"(standard error {pnl.std() / pnl.size**0.5:.2f}). Of the ages drawn, {s.best:.3f} earns most: "
            f"{amount(s.most)} a day."
        )


def _a_clip(s: Any) -> str:
    return f"A clip earns {amount(s.ours[3] / s.ours[1])}" if s.ours[1] else "Nothing fills"
