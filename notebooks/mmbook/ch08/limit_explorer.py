"""What the three explorers of chapter 08 draw and say: one limit on one desk, against the same days without it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch08.tail_improvement import changes_a_day
from mmlab.desk import Mode
from mmlab.parameters import FloatArray
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, PLAIN, RESERVATION, SYMMETRIC
from mmlab.teach.words import amount

LOOKS = {"without the limit": SYMMETRIC, "with it": BID}
MODES = {Mode.WIDEN: ("widened", RESERVATION), Mode.REDUCE_ONLY: ("only reducing", ASK), Mode.HALT: ("halted", PLAIN)}


class LimitExplorer(Explorer):
    """One limit and one desk; a subclass says what the limit measures, and makes `free`, `limited` and `effect`."""

    prints: ClassVar[str] = "free.pnl.mean(), limited.pnl.mean(), tails, -effect.price, effect.tail_improvement"
    measures: ClassVar[str]
    """The label of the first panel's axis."""

    def measured(self, s: Any, day: int) -> tuple[dict[str, FloatArray], tuple[float, float]]:
        """What the limit measures on a day, in runs that `LOOKS` names, and the two bounds that it is held against."""
        raise NotImplementedError("abstract: a limit measures something")

    def show(self, s: Any, day: Panel, profits: Panel, modes: Panel, shares: Panel) -> None:
        """The worst day as the limit sees it, the days' profits, that day's modes, the time in each mode."""
        worst, time, acts = int(s.free.pnl.argmin()), s.free.time, s.limited.mode
        curves, bounds = self.measured(s, worst)
        for name, curve in curves.items():
            day.outline(name, time, curve, LOOKS[name], lw=1.3)
        for n, bound in enumerate(bounds):
            day.level(bound, MID, f"_bound {n}", lw=1)
        every = np.concatenate([*curves.values(), bounds])
        day.view(y=(min(float(every.min()), 0.0), float(every.max())), ylabel=self.measures, xlim=(0, 1))
        lost, kept = (amount(run.pnl[worst], 1) for run in (s.free, s.limited))
        day.title(f"The worst day earned {lost} without the limit, {kept} with it")

        pnls = dict(zip(LOOKS, (s.free.pnl, s.limited.pnl), strict=True))
        low, high = np.quantile([*pnls.values()], [0.002, 0.998])
        bins = np.linspace(low, high, 41)
        part = {name: 100 * np.histogram(pnl, bins)[0] / pnl.size for name, pnl in pnls.items()}
        top = float(np.max([*part.values()]))
        for (name, look), tail in zip(LOOKS.items(), s.tails, strict=True):
            profits.outline(name, bins, part[name], look)
            profits.line(f"_tail {name}", [tail, tail], [0, 0.12 * top], look | {"linestyle": "-"}, lw=3.5)
        labels = {"xlabel": "profit of a day [price · clip]", "ylabel": "share of days [%]"}
        profits.view(x=(low, high), y=(0.0, top), **labels)
        price, saved = s.effect.price, s.effect.tail_improvement
        costs, saves = "costs" if price >= 0 else "earns", "saves" if saved >= 0 else "loses"
        profits.title(f"It {costs} {abs(price):.1f} of the mean and {saves} {abs(saved):.1f} of the tail (thick)")

        modes.outline("_mode", time, acts[:, worst], BID)
        names = ["normal", "widen", "reduce only", "halt"]
        modes.view(xlabel="time [horizon = 1]", xlim=(0, 1), ylim=(-0.3, 3.3), yticks=range(4), yticklabels=names)
        modes.title(f"Changes of mode that day: {changes_a_day(acts[:, [worst]]):.0f}")
        for mode, (name, look) in MODES.items():
            shares.outline(name, time, 100 * (acts == mode).mean(axis=1), look)
        shares.view(xlabel="time [horizon = 1]", ylabel="share of days [%]", xlim=(0, 1), ylim=(0, 105))
        shares.title(f"The limit acts on {((acts > 0).any(0) | (s.free.pnl != s.limited.pnl)).mean():.0%} of the days")

    def readout(self, s: Any) -> str:
        """Price, tail improvement, and the time in each mode."""
        free, limited, w = s.free.pnl, s.limited.pnl, s.effect
        tails = [amount(tail, 1) for tail in s.tails]
        shares = [100 * float((s.limited.mode == mode).mean()) for mode in MODES]
        return (
            f"Price: the mean day earns {amount(free.mean(), 1)} without the limit, {amount(limited.mean(), 1)} with "
            f"it, {amount(-w.price, 2, '+')} ± {w.price_error:.2f}. Tail improvement: the worst 5% of {free.size} days "
            f"earn {tails[0]} without, {tails[1]} with it, {amount(w.tail_improvement, 2, '+')} ± {w.tail_error:.2f}. "
            f"It changed {w.days_changed:.1%} of the days; of the time it widened {shares[0]:.1f}%, only reduced "
            f"{shares[1]:.1f}%, halted {shares[2]:.1f}%; {changes_a_day(s.limited.mode):.1f} changes of mode a day."
        )
