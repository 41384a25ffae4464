"""The quote sizer's explorer: how much to show on each side, and what a larger size earns and risks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmbook.ch07.quick_desk import Runs, always_fresh
from mmlab.desk import QuoteSizer
from mmlab.market import Exponential, Market, Tape
from mmlab.models import AvellanedaStoikov
from mmlab.parameters import FloatArray, Parameter, parameters_of
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_dots, triangles
from mmlab.teach.style import ASK, BID, MID, RESERVATION, SYMMETRIC, figure, legend, steps, style
from mmlab.vocabulary import RISK_AVERSION

# The paper's, with fewer market orders, which are four clips on average.
MARKET = Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=40, fill_decay=1.5), market_order_size=4)
N_PATHS, N_STEPS, SEED, DAY = 200, 100, 3, 24
SIZES = np.arange(1, 13)
_SIZER = parameters_of(QuoteSizer)


@dataclass(frozen=True)
class Curves:
    """What a day brings with each of `SIZES`: arrays of shape (12,)."""

    runs: Runs
    risk_aversion: float
    mean: FloatArray
    sd: FloatArray
    worth: FloatArray
    """Mean − γ/2 · variance [price · clip]."""

    @property
    def best(self) -> int:
        """The size that is worth most [clips]."""
        return int(SIZES[self.worth.argmax()])


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    sizer: QuoteSizer
    curves: Curves
    always: Runs
    """The same size on both sides whatever is held: no decay, no limit."""

    @property
    def row(self) -> int:
        """Of this size in the curves."""
        return round(self.sizer.base_size) - 1

    @property
    def within(self) -> list[float]:
        """What 19 days in 20 stay within [clips]: with the sizer, and always showing the base size."""
        both = self.curves.runs.largest[self.row], self.always.largest[0]
        return [float(np.quantile(largest, 0.95, method="inverted_cdf")) for largest in both]


@lru_cache(maxsize=1)
def _tape() -> Tape:
    return MARKET.tape(n_paths=N_PATHS, n_steps=N_STEPS, seed=SEED)


@lru_cache(maxsize=8)
def _curves(risk_aversion: float, size_decay: float, max_position: int) -> Curves:
    sizers = [QuoteSizer(base_size=s, max_position=max_position, size_decay=size_decay) for s in SIZES.tolist()]
    runs = _run(risk_aversion, sizers)
    mean, sd = runs.pnl.mean(axis=1), runs.pnl.std(axis=1)
    return Curves(runs, risk_aversion, mean, sd, mean - risk_aversion / 2 * sd**2)


@lru_cache(maxsize=32)
def _always(risk_aversion: float, base_size: int) -> Runs:
    return _run(risk_aversion, [QuoteSizer(base_size=base_size, max_position=200)])


def _run(risk_aversion: float, sizers: list[QuoteSizer]) -> Runs:
    """Desks with these sizers and Avellaneda–Stoikov quotes, on the tape."""
    model = AvellanedaStoikov.for_market(MARKET, risk_aversion=risk_aversion)
    furthest = sizers[0].max_position
    inventories = np.arange(-furthest, furthest + 1)
    bid, ask = model.depths(inventories, _tape().time_left[:, np.newaxis, np.newaxis])
    sizes = np.array([[sizer.calculate_quote_size(inventories) for sizer in sizers]])
    return always_fresh(_tape(), bid, ask, sizes[:, :, 0], sizes[:, :, 1])


class QuoteSizerExplorer(Explorer):
    """Sliders for s, η, q̄ and γ over four plots: sizes, a day's inventory, its tail, and PnL against size."""

    title: ClassVar[str] = "Quote sizing: how much to show"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        replace(_SIZER["base_size"], integer=True),
        _SIZER["size_decay"],
        replace(_SIZER["max_position"], symbol="q̄", integer=True),
        RISK_AVERSION,
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "base_size": (1, 12),
        "size_decay": (0.0, 0.5),
        "max_position": (2, 40),
        "risk_aversion": (0.005, 0.1),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset({"base_size": s, "size_decay": eta, "max_position": q, "risk_aversion": gamma})
        for name, s, eta, q, gamma in (
            ("a few clips", 4, 0.05, 20, 0.05),
            ("too large for this γ", 10, 0.05, 20, 0.08),
            ("a tight limit", 6, 0.0, 5, 0.02),
            ("decay instead of a limit", 6, 0.2, 30, 0.02),
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """All sizes on one tape (cached: moving the size runs only what never stops)."""
        s, q_max = round(values["base_size"]), round(values["max_position"])
        gamma, eta = values["risk_aversion"], values["size_decay"]
        sizer = QuoteSizer(base_size=s, max_position=q_max, size_decay=eta)
        return State(sizer, _curves(gamma, eta, q_max), _always(gamma, s))

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Four panels; every artist that moves is named."""
        fig, ((sizes, day), (tail, money)) = figure(2, 2, width=10.0, height=5.8)
        artists: dict[str, Artist] = {}

        def line(axes: Axes, name: str, look: dict[str, Any], label: str, **more: Any) -> None:
            (artists[name],) = axes.plot([0, 1], [0, 1], label=label, **(look | more))

        with style():
            line(sizes, "bid", BID, "bid", lw=2)
            line(sizes, "ask", ASK, "ask", lw=2)
            line(day, "plain_day", SYMMETRIC, "always the base size", lw=1.2)
            line(day, "day", BID, "with the sizer", lw=1.2)
            line(tail, "plain_tail", SYMMETRIC, "always the base size")
            line(tail, "tail", BID, "with the sizer")
            tail.axhline(0.05, **(MID | {"lw": 1}))
            line(money, "mean", BID, "mean")
            line(money, "worth", RESERVATION, "mean − γ/2 · variance")
            line(money, "sd", ASK, "standard deviation")
            for name, look in (("at_mean", BID), ("at_worth", RESERVATION), ("at_sd", ASK)):
                artists[name] = triangles(money, look)
            sizes.set(xlabel="inventory q [clips]", ylabel="size shown [clips]")
            day.set(xlabel="time [horizon = 1]", ylabel="inventory [clips]", xlim=(0, 1))
            tail.set(xlabel="clips x", ylabel="share of days beyond ±x", ylim=(0, 1.02))
            tail.yaxis.set_major_formatter("{x:.0%}")
            money.set(xlabel="base size s [clips]", ylabel="a day [price · clip]", xlim=(0, 13), xticks=SIZES)
            for axes, where in ((sizes, "upper center"), (day, "upper left"), (tail, "upper right")):
                axes.xaxis.set_major_locator(MaxNLocator(integer=axes is not day))
                legend(axes, loc=where, ncols=1 + (axes is sizes))
            legend(money, loc="upper left")
            for axes, name in zip((sizes, day, tail, money), ("t_sizes", "t_day", "t_tail", "t_money"), strict=True):
                artists[name] = axes.set_title("…")
        self._axes = sizes, day, tail, money
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        sizes, day, tail, money = self._axes
        sizer, curves, row = result.sizer, result.curves, result.row
        limit = round(sizer.max_position)
        inventories = np.arange(-limit, limit + 1)
        bid, ask = sizer.calculate_quote_size(inventories)
        edges = np.arange(-limit, limit + 2) - 0.5
        artists["bid"].set_data(*steps(edges, bid))
        artists["ask"].set_data(*steps(edges, ask))
        self.view(sizes, x=(-limit - 0.5, limit + 0.5), y=(0.0, 1.2 * sizer.base_size))
        half = (limit + 1) // 2
        artists["t_sizes"].set_text(
            f"Long {half}: bid {bid[limit + half]:g}, ask {ask[limit + half]:g}; "
            f"at the limit, {limit}: bid {bid[-1]:g}, ask {ask[-1]:g}"
        )

        ours, plain = curves.runs.inventory[:, row, DAY], result.always.inventory[:, 0, DAY]
        edges = np.append(_tape().time, 1 + 1 / N_STEPS)
        artists["day"].set_data(*steps(edges, ours))
        artists["plain_day"].set_data(*steps(edges, plain))
        both = np.concatenate([ours, plain])
        self.view(day, y=(float(both.min()), float(both.max() + 0.35 * np.ptp(both))))
        artists["t_day"].set_text(
            f"One day: at most {np.abs(ours).max():g} held; always showing {sizer.base_size:g}: {np.abs(plain).max():g}"
        )

        furthest = int(result.always.largest.max())
        clips = np.arange(furthest + 1)
        for name, largest in (("tail", curves.runs.largest[row]), ("plain_tail", result.always.largest[0])):
            beyond = (largest > clips[:, np.newaxis]).mean(axis=1)
            artists[name].set_data(*steps(np.arange(furthest + 2), beyond))
        self.view(tail, x=(0.0, float(furthest)))
        within, plainly = result.within
        artists["t_tail"].set_text(
            f"19 days in 20 stay within ±{within:g}; always showing {sizer.base_size:g}: ±{plainly:g}"
        )

        self.view(money, y=(min(0.0, float(curves.worth.min())), 1.45 * float(max(curves.mean.max(), curves.sd.max()))))
        for name, curve in (("mean", curves.mean), ("sd", curves.sd), ("worth", curves.worth)):
            artists[name].set_data(SIZES, curve)
            put_dots(artists[f"at_{name}"], sizer.base_size, curve[row])
        artists["t_money"].set_text(_say_money(curves, row))

    def readout(self, result: State) -> str:
        """What this size earns and risks, and what is best, in sentences."""
        curves, row = result.curves, result.row
        mean, sd, worth = curves.mean[row], curves.sd[row], curves.worth[row]
        within, plainly = result.within
        return (
            f"Base size {result.sizer.base_size:g}, market orders of 4 clips on average, {N_PATHS} days on one tape: "
            f"a day earns {mean:.1f} ± {sd:.1f} (standard error {sd / N_PATHS**0.5:.1f}) and is worth "
            f"{worth:.1f} at γ = {curves.risk_aversion:g}; the best size is {curves.best}, worth "
            f"{curves.worth.max():.1f}. 19 days in 20 hold at most {within:g}; with the base size on both "
            f"sides whatever is held, {plainly:g}."
        ).replace("-", "−")

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        v = {name: float(f"{value:.6g}") for name, value in values.items()}
        return f"""import numpy as np

from mmlab import AvellanedaStoikov, Exponential, Market, simulate
from mmlab.desk import Desk, QuoteSizer

flow = Exponential(arrival_rate=40, fill_decay=1.5)
market = Market.avellaneda_stoikov_2008(intensity=flow, market_order_size=4)
model = AvellanedaStoikov.for_market(market, risk_aversion={v["risk_aversion"]})
sizer = QuoteSizer(base_size={v["base_size"]}, max_position={v["max_position"]}, size_decay={v["size_decay"]})
day = simulate(Desk(model=model, sizer=sizer), market.tape(n_paths={N_PATHS}, n_steps={N_STEPS}, seed={SEED}))
mean, sd = day.pnl.mean(), day.pnl.std()
print(mean, sd, mean - {v["risk_aversion"]} / 2 * sd**2)
print(np.quantile(np.abs(day.inventory).max(axis=0), 0.95, method="inverted_cdf"))
"""


def _say_money(curves: Curves, row: int) -> str:
    s = row + 1
    less, more = (s, 2 * s) if 2 * s <= SIZES[-1] else (s // 2, s)
    earned, risked = (float(curve[more - 1] / curve[less - 1]) for curve in (curves.mean, curves.sd))
    return f"Size {more} for {less}: earnings × {earned:.1f}, risk × {risked:.1f}; best of 1–12: {curves.best}"
