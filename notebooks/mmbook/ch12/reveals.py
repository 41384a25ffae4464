"""The answers to the questions of chapter 12, from a book, a replay and a session; the words: exercises.toml."""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch12.afternoon import Account, quote_afternoon
from mmbook.ch12.queue_ways import SHARES, four_ways
from mmbook.ch12.scenes import by_chance, simulated_session
from mmlab import Desk, GueantLehalleFernandezTapia, Market, Venue, simulate
from mmlab.market import read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import LiveDifferences, LiveLog, live_differences
from mmlab.table import minus
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import BID, GUESS, GUESS_BAND, MID


@drawn(width=6.4, height=2.0, legend="upper left")
def without_a_queue(guess: str, axes: Axes) -> Facts:
    """What a clip that joins the best queue earns by the backtest and in the book, and what the guess says of it."""
    ways = four_ways()
    believed, real = ways["backtest, front"].money, ways["its own place"].money
    ratio = real.mean / believed.mean
    ratio_error = abs(ratio) * np.hypot(real.error / real.mean, believed.error / believed.mean)
    meant = {
        "about the same": 1.0,
        "a small part, perhaps nothing": ratio,
        "the same the other way round: a loss": -1.0,
    }[guess]
    for n, (name, (mean, error)) in enumerate((("backtest", believed), ("in the book", real))):
        axes.errorbar(mean, n, xerr=2 * error, fmt="o", color=BID["color"], capsize=3)
        axes.annotate(name, (mean, n), xytext=(6, 6), textcoords="offset points", fontsize=8)
    axes.axvline(0, ymax=0.75, **MID)
    axes.axvline(meant * believed.mean, ymax=0.75, label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="ticks a clip placed (± 2 s.e.)", yticks=[], ylim=(-0.6, 2.2))
    axes.set_title(f"The backtest says {believed.mean:.2f} ticks, the book gives {real.mean:.2f}")
    filled = {"believed_filled": ways["backtest, front"].filled.mean, "filled": ways["its own place"].filled.mean}
    earned = {"believed": believed, "real": real, "ratio": ratio, "ratio_error": ratio_error}
    return filled | earned


@cache
def _once_a_second() -> tuple[Account, int, float, float]:
    """The second half of the shipped day at the front of the queue, event by event; fills, edge, profit by seconds."""
    day = read_lobster(SHIPPED)
    given = quote_afternoon(day, _desk, clip=200)
    noon = (day.time[0] + day.time[-1]) / 2
    coarse = simulate(given.desk, day.between(noon, day.time[-1] + 1).tape(time_step=1, clip=200))
    fills = int((coarse.bid_fill > 0).sum() + (coarse.ask_fill > 0).sum())
    return given.given["front"], fills, float(coarse.edge[0]), float(coarse.pnl[0])


def _desk(market: Market, morning: Any) -> Desk:
    model = GueantLehalleFernandezTapia.for_market(market, risk_aversion=0.1, solution="closed form", max_inventory=20)
    return Desk(model=model, venue=Venue(tick=0.01))


@drawn(width=6.4, height=2.0, legend="upper left")
def once_a_second(guess: str, axes: Axes) -> Facts:
    """Fills and profit of a replay once a second, of those event by event."""
    whole, fills, edge, profit = _once_a_second()
    more, better = (0.1 if "more " + word in guess else -0.1 for word in ("fills", "profit"))
    axes.axvline(1, **MID)
    for n, (name, ratio) in enumerate((("fills", fills / whole.orders), ("profit", profit / whole.profit))):
        axes.plot(ratio, n, "o", color=BID["color"])
        axes.annotate(name, (ratio, n), xytext=(6, 6), textcoords="offset points", fontsize=8)
    axes.plot([1 + more, 1 + better], [0, 1], label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="once a second, of what it is event by event", yticks=[], ylim=(-0.6, 2.4), xlim=(0.6, 1.4))
    axes.set_title(f"Once a second: {fills / whole.orders:.0%} of the fills, {profit / whole.profit:.0%} of the profit")
    counts = {"fills": round(whole.orders), "coarse_fills": fills, "edge_more": edge / whole.edge - 1}
    return counts | {"profit": whole.profit, "coarse_profit": profit}


@cache
def _session() -> tuple[LiveDifferences, dict[str, float]]:
    found, of = live_differences(LiveLog.shipped(), simulated_session()), defaultdict[str, float](float)
    for one in found.differences:
        of[one.why] += SHARES * one.worth
    return found, of


@drawn(width=6.4, height=2.4, legend="lower left")
def live_below_simulated(guess: str, axes: Axes) -> Facts:
    """What each reason is worth of the difference of a session and its simulation."""
    found, of = _session()
    meant = {"fills that others": "queue", "orders and cancel": "latency", "a single line in ": "record"}[guess[:17]]
    for n, (why, worth) in enumerate(of.items()):
        axes.barh(n, worth, color=BID["color"])
        if why == meant:
            axes.axhspan(n - 0.5, n + 0.5, color=GUESS["color"], alpha=0.25, label="your guess")
    axes.axvline(0, **MID)
    axes.set(xlabel="live less simulated [money]", yticks=range(len(of)), yticklabels=list(of))
    apart = SHARES * (found.live_profit - found.simulated_profit)
    axes.set_title(minus(f"Live is {apart:+.0f} from its simulation; {of['record']:+.0f} is one line of the record"))
    sums = {"live": SHARES * found.live_profit, "simulated": SHARES * found.simulated_profit, "apart": apart}
    strange = next(one for one in found.differences if one.why == "record")
    history, (line, _) = simulated_session(), LiveLog.shipped().faults[-1]
    sums |= {"price": line.price, "mid": history.mid[int(np.searchsorted(history.time, strange.time)), 0]}
    return sums | {why: of[why] for why in ("queue", "latency", "record")} | {"without": apart - of["record"]}


@drawn(width=6.4, height=2.0, legend="upper left")
def four_missed_fills(guess: str, axes: Axes) -> Facts:
    """What four missed fills came to, beside what chance does to four clips that are held or not."""
    found, of = _session()
    sd = SHARES * by_chance(found, simulated_session(), "queue")
    edge = SHARES * 0.03 * sum(one.why == "queue" for one in found.differences)
    axes.axvspan(-sd, sd, label="chance, ± 1 sd", **GUESS_BAND | {"color": BID["color"], "linewidth": 0, "alpha": 0.2})
    axes.axvline(of["queue"], ymax=0.6, **BID)
    axes.annotate("what came", (of["queue"], 0.2), xytext=(-5, 0), textcoords="offset points", ha="right", fontsize=8)
    if guess.startswith("richer or"):
        axes.hlines(0.5, -200, 200, label=f"your guess: {guess}", **GUESS)
    else:
        axes.axvline(-edge if guess.startswith("poorer") else 20, ymax=0.6, label=f"your guess: {guess}", **GUESS)
    axes.set(xlabel="live less simulated, of four missed fills [money]", yticks=[], ylim=(0, 2))
    axes.set_title(f"Four missed fills came to {of['queue']:+.0f}; chance alone is ± {sd:.0f}")
    return {"worth": of["queue"], "sd": sd, "edge": edge}


REVEALS = {
    "backtest-without-a-queue": without_a_queue,
    "once-a-second": once_a_second,
    "live-below-simulated": live_below_simulated,
    "four-missed-fills": four_missed_fills,
}
