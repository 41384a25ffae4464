"""The quote sizer's explorer: how much to show on each side, and what a larger size earns and risks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch07.scenes import side_by_side
from mmlab import AvellanedaStoikov, Desk, Exponential, Market, QuoteSizer, Tape, simulate
from mmlab.desk import History
from mmlab.parameters import parameters_of
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, RESERVATION, SYMMETRIC
from mmlab.teach.words import amount
from mmlab.vocabulary import RISK_AVERSION

DAY = 24
"""Which of the days is drawn."""
_SIZER = parameters_of(QuoteSizer)


def market_days(risk_aversion: float) -> dict[str, Any]:
    """The paper's market with fewer market orders, which are four clips on average."""
    flow = Exponential(arrival_rate=40, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(intensity=flow, market_order_size=4)
    model = AvellanedaStoikov.for_market(market, risk_aversion=risk_aversion)
    tape = market.tape(n_paths=200, n_steps=100, seed=3)
    return locals()


def sized(model: AvellanedaStoikov, tape: Tape, base_size: int, size_decay: float, max_position: int) -> dict[str, Any]:
    """A desk with this sizer."""
    sizer = QuoteSizer(base_size=base_size, max_position=max_position, size_decay=size_decay)
    run = simulate(Desk(model=model, sizer=sizer), tape)
    return locals()


def always_the_same(model: AvellanedaStoikov, tape: Tape, base_size: int) -> dict[str, Any]:
    """A desk that shows the base size on both sides whatever it holds."""
    always = simulate(Desk(model=model, sizer=QuoteSizer(base_size=base_size, max_position=200)), tape)
    return locals()


def what_it_earns(run: History, always: History, risk_aversion: float) -> dict[str, Any]:
    """What a day is worth to a dealer with this γ, and what 19 days in 20 hold at most."""
    mean, sd = run.pnl.mean(), run.pnl.std()
    worth = mean - risk_aversion / 2 * sd**2
    largest, always_largest = np.abs(run.inventory).max(axis=0), np.abs(always.inventory).max(axis=0)
    within, plainly = np.quantile([largest, always_largest], 0.95, axis=1, method="inverted_cdf")
    return locals()


def each_size(
    model: AvellanedaStoikov, tape: Tape, risk_aversion: float, size_decay: float, max_position: int
) -> dict[str, Any]:
    """The same for each size from 1 to 12, in one run: each size has its own copy of the days."""
    sizes = range(1, 13)
    sizers = [QuoteSizer(base_size=s, max_position=max_position, size_decay=size_decay) for s in sizes]
    pnls = simulate(side_by_side(model, sizers), tape.repeated(12)).pnl.reshape(12, -1)
    means, sds = pnls.mean(axis=1), pnls.std(axis=1)
    worths = means - risk_aversion / 2 * sds**2
    best = sizes[worths.argmax()]
    return locals()


def within_ten(s: Any) -> bool:
    """Whether 19 days in 20 stay within ±10 under a wide limit, and a day is worth 50."""
    return bool((s.risk_aversion, s.max_position) == (0.02, 40) and s.within <= 10 and s.worth >= 50)


def worth_most(s: Any) -> bool:
    """Whether each other size is worth less to the dealer of the start: under a tight limit many are worth the same."""
    return bool(s.risk_aversion == 0.05 and s.base_size == s.best and (s.worths == s.worths.max()).sum() == 1)


class QuoteSizerExplorer(Explorer):
    """Sliders for u, η, q̄ and γ over four plots: sizes, a day's inventory, its tail, and PnL against size."""

    title: ClassVar[str] = "Quote sizing: how much to show"
    sliders: ClassVar = {
        replace(_SIZER["base_size"], symbol="u", integer=True): (1, 12, 4),
        _SIZER["size_decay"]: (0.0, 0.5, 0.05),
        replace(_SIZER["max_position"], symbol="q̄", integer=True): (2, 40, 20),
        RISK_AVERSION: (0.005, 0.1, 0.05),
    }
    presets: ClassVar = {
        "a few clips": {},
        "too large for this γ": {"base_size": 10, "risk_aversion": 0.08},
        "a tight limit": {"base_size": 6, "size_decay": 0.0, "max_position": 5, "risk_aversion": 0.02},
        "decay instead of a limit": {"base_size": 6, "size_decay": 0.2, "max_position": 30, "risk_aversion": 0.02},
    }
    stages: ClassVar = (market_days, sized, always_the_same, what_it_earns, each_size)
    tasks: ClassVar = {
        "at γ = 0.05, find the size that is worth most.": worth_most,
        "at γ = 0.02, q̄ = 40, keep 19 days in 20 within ±10 and a day worth 50.": within_ten,
    }
    prints: ClassVar[str] = "mean, sd, worth, worths.max(), within, plainly"

    def show(self, s: Any, sizes: Panel, day: Panel, tail: Panel, money: Panel) -> None:
        """Sizes against inventory, a day's inventory, how far the days go, and what each size earns and risks."""
        limit, base = s.max_position, s.base_size
        bid, ask = s.sizer.calculate_quote_size(np.arange(-limit, limit + 1))
        for name, size, look in (("bid", bid, BID), ("ask", ask, ASK)):
            sizes.outline(name, np.arange(-limit, limit + 2) - 0.5, size, look, lw=2)
        labels = {"xlabel": "inventory q [clips]", "ylabel": "size shown [clips]"}
        sizes.view(x=(-limit - 0.5, limit + 0.5), y=(0.0, float(base)), **labels)
        half = (limit + 1) // 2
        at_half = f"Long {half}: bid {bid[limit + half]:g}, ask {ask[limit + half]:g}"
        sizes.title(f"{at_half}; at the limit, {limit}: bid {bid[-1]:g}, ask {ask[-1]:g}")

        clips = np.arange(s.always_largest.max() + 2)
        held = {
            "always the base size": (s.always, s.always_largest, SYMMETRIC),
            "with the sizer": (s.run, s.largest, BID),
        }
        for name, (run, largest, look) in held.items():
            day.outline(name, run.time, run.inventory[:-1, DAY], look, lw=1.2)
            tail.outline(name, clips, 100 * (largest > clips[:-1, np.newaxis]).mean(axis=1), look)
        ours, plain = s.run.inventory[:, DAY], s.always.inventory[:, DAY]
        lowest, highest = min(ours.min(), plain.min()), max(ours.max(), plain.max())
        day.view(y=(lowest, highest), xlabel="time [horizon = 1]", ylabel="inventory [clips]", xlim=(0, 1))
        day.title(f"One day: at most {np.abs(ours).max():g} held; always showing {base}: {np.abs(plain).max():g}")
        tail.level(5, MID, lw=1)
        tail.view(x=(0.0, clips[-2]), xlabel="clips x", ylabel="days beyond ±x [%]", ylim=(0, 102))
        tail.title(f"19 days in 20 stay within ±{s.within:g}; always showing {base}: ±{s.plainly:g}")

        for name, curve, here, look in (
            ("mean", s.means, s.mean, BID),
            ("mean − γ/2 · var.", s.worths, s.worth, RESERVATION),
            ("deviation", s.sds, s.sd, ASK),
        ):
            money.line(name, s.sizes, curve, look)
            money.dots(f"_our {name}", base, here, look)
        span = min(0.0, s.worths.min()), max(s.means.max(), s.sds.max())
        money.view(y=span, xlabel="base size u [clips]", ylabel="a day [price · clip]", xlim=(0, 13), xticks=s.sizes)
        less, more = (base, 2 * base) if base <= 6 else (base // 2, base)
        earns, risks = (curve[more - 1] / curve[less - 1] for curve in (s.means, s.sds))
        money.title(f"Size {more} for {less}: earnings × {earns:.1f}, risk × {risks:.1f}")

    def readout(self, s: Any) -> str:
        """What this size earns and risks, and what the best is worth, in sentences."""
        return (
            f"Base size {s.base_size}, market orders of 4 clips on average, {s.tape.n_paths} days on one tape: "
            f"a day earns {amount(s.mean, 1)} ± {s.sd / s.tape.n_paths**0.5:.1f} (sd {s.sd:.1f}) and is "
            f"worth {amount(s.worth, 1)} at γ = {s.risk_aversion:g}; the best size is worth "
            f"{amount(s.worths.max(), 1)}. 19 days in 20 hold at most {s.within:g}; with the base size on both sides "
            f"whatever is held, {s.plainly:g}."
        )
