"""The Guéant–Lehalle–Fernandez-Tapia explorer: exact quotes beside what approximates them, and what a day is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from mmbook.ch03.scenes import LOOKS, Day, quoting_day, settled
from mmlab.parameters import FloatArray, Parameter
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.panels import HERE, Artists
from mmlab.teach.style import figure, legend, steps, style
from mmlab.teach.words import amount, position
from mmlab.vocabulary import (
    ARRIVAL_RATE,
    FILL_DECAY,
    INVENTORY,
    MAX_INVENTORY,
    RISK_AVERSION,
    TIME_LEFT,
    VOLATILITY,
)


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    day: Day
    inventory: int
    time_left: float
    here: tuple[float, float]
    """Exact bid and ask depth [price]; NaN where the bound forbids a side."""
    rival_here: tuple[float, float]
    skew: float
    """δᵇ(1) − δᵇ(0) of the exact solution [price/clip]."""
    rival_skew: float
    exact_now: tuple[FloatArray, FloatArray]
    """Depths at every inventory, at this time."""
    rival_now: tuple[FloatArray, FloatArray]
    settled: FloatArray
    rival_settled: FloatArray
    """Where the inventory would settle if the quotes stayed as they are [1]."""

    @property
    def deviations(self) -> tuple[float, float]:
        """Of the two distributions [clips]: both are even."""
        squares = self.day.inventories**2
        return float(np.sqrt(self.settled @ squares)), float(np.sqrt(self.rival_settled @ squares))


class GueantLehalleFernandezTapiaExplorer(Explorer):
    """Sliders for τ, q, γ, σ, k, A and Q over four plots: depths, time, worth, and where inventory settles."""

    title: ClassVar[str] = "Guéant–Lehalle–Fernandez-Tapia (2013)"
    parameters: ClassVar[tuple[Parameter, ...]] = (
        TIME_LEFT,
        replace(INVENTORY, integer=True),
        RISK_AVERSION,
        VOLATILITY,
        FILL_DECAY,
        ARRIVAL_RATE,
        replace(MAX_INVENTORY, symbol="Q"),
    )
    ranges: ClassVar[dict[str, tuple[float, float]]] = {
        "inventory": (-10.0, 10.0),
        "time_left": (0.0, 1.0),
        "risk_aversion": (0.001, 1.0),
        "volatility": (0.0, 4.0),
        "fill_decay": (0.5, 5.0),
        "arrival_rate": (20.0, 500.0),
        "max_inventory": (3.0, 40.0),
    }
    presets: ClassVar[dict[str, Preset]] = {
        name: Preset(
            {
                "inventory": 3.0,
                "time_left": tau,
                "risk_aversion": gamma,
                "volatility": 2.0,
                "fill_decay": 1.5,
                "arrival_rate": 140.0,
                "max_inventory": bound,
            },
            {"time_left": (0.0, horizon)},
        )
        for name, gamma, bound, tau, horizon in (
            ("the AS paper's day", 0.1, 12.0, 1.0, 1.0),
            ("a short day", 0.1, 12.0, 0.1, 0.1),
            ("nearly risk neutral", 0.001, 12.0, 1.0, 1.0),
        )
    } | {
        "the GLFT paper's": Preset(
            {
                "inventory": 5.0,
                "time_left": 600.0,
                "risk_aversion": 0.01,
                "volatility": 0.3,
                "fill_decay": 0.3,
                "arrival_rate": 0.9,
                "max_inventory": 30.0,
            },
            {
                "inventory": (-30.0, 30.0),
                "time_left": (0.0, 600.0),
                "risk_aversion": (0.001, 0.1),
                "volatility": (0.0, 1.0),
                "fill_decay": (0.1, 1.0),
                "arrival_rate": (0.1, 5.0),
            },
        )
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """The day (cached) and the quotes at this inventory (at most the bound) and time."""
        bound = int(values["max_inventory"])
        market = (values[name] for name in ("risk_aversion", "volatility", "arrival_rate", "fill_decay"))
        day = quoting_day(*market, bound, self.ends["time_left"][1])
        tau, q = values["time_left"], int(np.clip(values["inventory"], -bound, bound))
        exact = day.exact.depths(day.inventories, tau)
        rival = day.rival.depths(day.inventories, tau)
        at, k = q + bound, values["fill_decay"]
        return State(
            day=day,
            inventory=q,
            time_left=tau,
            here=(float(exact[0][at]), float(exact[1][at])),
            rival_here=(float(rival[0][at]), float(rival[1][at])),
            skew=float(exact[0][bound + 1] - exact[0][bound]),
            rival_skew=float(rival[0][bound + 1] - rival[0][bound]),
            exact_now=exact,
            rival_now=rival,
            settled=settled(*exact, k),
            rival_settled=settled(*rival, k),
        )

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Four panels; every artist that moves is named."""
        fig, ((depths, quotes), (worth, end)) = figure(2, 2, width=10.0, height=5.8)
        with style():
            depths.set(xlabel="inventory q [clips]", ylabel="bid depth δᵇ [price]")
            quotes.set(xlabel="time left τ", ylabel="distance from mid [price]")
            worth.set(xlabel="time left τ", ylabel="worth [price · clip]")
            end.set(xlabel="inventory [clips]", ylabel="probability")
            artists = Artists()
            line = artists.line

            for axes, name in ((depths, "q"), (quotes, "tau"), (worth, "tau_worth")):
                line(axes, f"here_{name}", HERE)
            for policy in ("Avellaneda–Stoikov", "closed form", "exact"):
                line(depths, f"depth_{policy}", LOOKS[policy], policy)
                line(quotes, f"ask_{policy}", LOOKS[policy])
                line(quotes, f"bid_{policy}", LOOKS[policy])
            for policy, label in (("symmetric", "symmetric, stopped at ±Q"), ("exact", "exact")):
                line(worth, f"worth_{policy}", LOOKS[policy], label)
            for policy in ("Avellaneda–Stoikov", "exact"):
                line(end, f"end_{policy}", LOOKS[policy], policy)
            for axes in (depths, quotes, worth):
                axes.axhline(0, color="#444444", lw=0.8)
            for axes in (depths, end):
                axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
            for axes, name in ((depths, "t_depths"), (quotes, "t_quotes"), (worth, "t_worth"), (end, "t_end")):
                artists[name] = axes.set_title("…")
            for axes, where in ((depths, "upper left"), (worth, "upper left"), (end, "upper right")):
                legend(axes, loc=where)
        self._axes = depths, quotes, worth, end
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move everything to the new state."""
        depths, quotes, worth, end = self._axes
        day, q, tau = result.day, result.inventory, result.time_left
        inventories, bound, horizon = day.inventories, day.exact.max_inventory, day.times[-1]
        closed, _ = day.closed.depths(inventories, tau)
        bids = {"exact": result.exact_now[0], "closed form": closed, "Avellaneda–Stoikov": result.rival_now[0]}
        for policy, bid in bids.items():
            artists[f"depth_{policy}"].set_data(inventories, bid)
        # What approximates may leave the plot; the exact quotes may not.
        tall = 1.8 * float(np.nanmax(np.abs([bids["exact"], closed])))
        artists["here_q"].set_data([q, q], [-2 * tall, 2 * tall])
        self.view(depths, x=(-bound - 0.5, bound + 0.5), y=(-tall, tall))
        artists["t_depths"].set_text(f"A clip lowers the bid by {result.skew:.4f}; AS's by {result.rival_skew:.4f}")

        sides = {
            "exact": (day.depths[0][:, q + bound], day.depths[1][:, q + bound]),
            "closed form": day.closed.depths(q, day.times),
            "Avellaneda–Stoikov": day.rival.depths(q, day.times),
        }
        for policy, (bid, ask) in sides.items():
            artists[f"bid_{policy}"].set_data(day.times, -bid)
            artists[f"ask_{policy}"].set_data(day.times, ask)
        furthest = max(float(np.nanmax(np.abs(np.stack(sides[policy])))) for policy in ("exact", "closed form"))
        rival = float(np.max(np.abs(np.stack(sides["Avellaneda–Stoikov"]))))
        furthest = min(max(furthest, rival), 2.5 * furthest)
        artists["here_tau"].set_data([tau, tau], [-2 * furthest, 2 * furthest])
        self.view(quotes, x=(0.0, horizon), y=(-furthest, furthest))
        artists["t_quotes"].set_text(f"{position(q)}: bid {_quote(-result.here[0])}, ask {_quote(result.here[1])}")

        artists["worth_exact"].set_data(day.times, day.worth)
        artists["worth_symmetric"].set_data(day.times, day.symmetric_worth)
        top = float(day.worth[-1])
        lowest = max(-1.5 * top, min(0.0, float(np.nan_to_num(day.symmetric_worth).min())))
        artists["here_tau_worth"].set_data([tau, tau], [-3 * top, 3 * top])
        self.view(worth, x=(0.0, horizon), y=(lowest, 1.15 * top))
        artists["t_worth"].set_text(f"The day is worth {amount(top)}, quoted symmetrically {_symmetric(day)}")

        edges = np.append(inventories, bound + 1.0) - 0.5
        artists["end_exact"].set_data(*steps(edges, result.settled))
        artists["end_Avellaneda–Stoikov"].set_data(*steps(edges, result.rival_settled))
        tallest = max(float(result.settled.max()), float(result.rival_settled.max()))
        self.view(end, x=(-bound - 0.5, bound + 0.5), y=(0.0, tallest))
        exact_settles, rival_settles = result.deviations
        artists["t_end"].set_text(
            f"These quotes would settle at ±{exact_settles:.1f} clips, AS's at ±{rival_settles:.1f}"
        )

    def readout(self, result: State) -> str:
        """Quotes, skews, what a day is worth and where inventory settles, in sentences."""
        day = result.day
        exact_settles, rival_settles = result.deviations
        bid, ask = (f"{depth:.4f}" if np.isfinite(depth) else "none" for depth in result.here)
        at = " (the bound)" if abs(result.inventory) == day.exact.max_inventory else ""
        return (
            f"{position(result.inventory)}{at}, {result.time_left:g} of {day.times[-1]:g} left: bid depth {bid}, ask "
            f"depth {ask}; Avellaneda–Stoikov {result.rival_here[0]:.4f} and {result.rival_here[1]:.4f}. From 0 to 1 "
            f"clip the bid goes down by {result.skew:.4f}, Avellaneda–Stoikov's by {result.rival_skew:.4f}, the closed "
            f"form's by {day.closed.skew:.4f}. A whole day from flat is worth {amount(float(day.worth[-1]))} to this "
            f"dealer, with the closed form {amount(day.closed_worth)}, with symmetric quotes stopped at "
            f"±{day.exact.max_inventory} clips {_symmetric(day)}. If the quotes stayed as they are now, the inventory "
            f"would settle at ±{exact_settles:.1f} clips, with Avellaneda–Stoikov's at ±{rival_settles:.1f}."
        ).replace("-", "−")

    def code(self, values: Mapping[str, float]) -> str:
        """The few lines that give the readout's numbers."""
        v = {name: float(f"{value:.6g}") for name, value in values.items()}
        bound = int(v["max_inventory"])
        q = int(np.clip(v["inventory"], -bound, bound))
        return f"""from dataclasses import replace
from mmlab import AvellanedaStoikov, Exponential, GueantLehalleFernandezTapia, Market, Symmetric
from mmlab import continuous_certainty_equivalent

gamma, horizon, q, tau = {v["risk_aversion"]}, {self.ends["time_left"][1]}, {q}, {v["time_left"]}
market = Market.avellaneda_stoikov_2008(
    volatility={v["volatility"]}, horizon=horizon,
    intensity=Exponential(arrival_rate={v["arrival_rate"]}, fill_decay={v["fill_decay"]}),
)
exact = GueantLehalleFernandezTapia.for_market(market, risk_aversion=gamma, max_inventory={bound})
closed = replace(exact, solution="closed form")
approximate = AvellanedaStoikov.for_market(market, risk_aversion=gamma)
for model in (exact, approximate):
    bid_depth, ask_depth = model.depths([q, 0, 1], tau)
    print(bid_depth[0], ask_depth[0], bid_depth[2] - bid_depth[1])
print(closed.skew, exact.value(0, horizon), continuous_certainty_equivalent(closed, market, gamma))
symmetric = Symmetric.for_market(market, risk_aversion=gamma)
print(continuous_certainty_equivalent(symmetric, market, gamma, max_inventory={bound}))
"""


def _symmetric(day: Day) -> str:
    worth = float(day.symmetric_worth[-1])
    return amount(worth) if np.isfinite(worth) else "less than numbers hold"


def _quote(distance: float) -> str:
    return f"mid {distance:+.3f}".replace("-", "−") if np.isfinite(distance) else "none"
