"""The first explorer a reader meets: quote by two numbers, how far from the mid and how much to skew."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from mmlab.market import Market, Tape
from mmlab.parameters import Parameter
from mmlab.quotes import Quotes
from mmlab.simulation import History, simulate
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.panels import PLAIN, Artists, put_fills
from mmlab.teach.style import ASK, BID, figure, legend, steps, style

HALF_SPREAD = Parameter(
    name="half_spread", symbol="δ", unit="price", description="How far from the middle both quotes stand.", at_least=0
)
SKEW = Parameter(
    name="skew",
    symbol="ℓ",
    unit="price/clip",
    description="How far both quotes move down for each clip held (up for each clip short).",
    at_least=0,
)


@lru_cache(maxsize=1)
def _tape() -> Tape:
    return Market.avellaneda_stoikov_2008().tape(n_paths=1, n_steps=200, seed=8)


class QuotingDayExplorer(Explorer):
    """One day on one tape: the half-spread and the skew decide fills, inventory and profit."""

    title: ClassVar[str] = "A quoting day"
    parameters: ClassVar[tuple[Parameter, ...]] = (HALF_SPREAD, SKEW)
    ranges: ClassVar[dict[str, tuple[float, float]]] = {"half_spread": (0.0, 2.5), "skew": (0.0, 0.5)}
    presets: ClassVar[dict[str, Preset]] = {
        "no skew": Preset({"half_spread": 0.75, "skew": 0.0}),
        "skew against the inventory": Preset({"half_spread": 0.75, "skew": 0.2}),
        "as close as can be": Preset({"half_spread": 0.1, "skew": 0.0}),
        "far away": Preset({"half_spread": 2.0, "skew": 0.0}),
    }

    def compute(self, values: Mapping[str, float]) -> History:
        """The day under these two numbers."""
        half_spread, skew = values["half_spread"], values["skew"]

        def by_hand(mid_price: Any, inventory: Any, time_left: float) -> Quotes:
            middle = mid_price - skew * inventory
            return Quotes.at(middle - half_spread, middle + half_spread)

        return simulate(by_hand, _tape())

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Prices, inventory and profit through the day."""
        fig, (prices, held, money) = figure(3, 1, width=10.0, height=6.0)
        prices.get_gridspec().set_height_ratios([2, 1, 1])
        artists = Artists()
        with style():
            for name, look in (("ask", ASK), ("mid", PLAIN), ("bid", BID)):
                artists.line(prices, name, look, name, lw=1.2)
            artists.fills(prices)
            for axes, name in ((held, "inventory"), (money, "profit")):
                artists.line(axes, name, PLAIN)
                axes.axhline(0, color="#999999", lw=0.8)
            prices.set(ylabel="price", xlim=(0, 1))
            held.set(ylabel="inventory [clips]", xlim=(0, 1))
            money.set(ylabel="profit so far", xlabel="time [horizon = 1]", xlim=(0, 1))
            artists["title"] = prices.set_title("…")
            legend(prices, loc="upper right", ncols=5)
        self._axes = prices, held, money
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: History) -> None:
        """Move the lines to the new day."""
        time, profit = result.time, result.wealth[:, 0]
        bid, ask, held = result.bid_price[:, 0], result.ask_price[:, 0], result.inventory[:, 0]
        artists["ask"].set_data(*steps(time, ask))
        artists["bid"].set_data(*steps(time, bid))
        artists["mid"].set_data(time, result.mid[:, 0])
        artists["inventory"].set_data(*steps(time, held[:-1]))
        artists["profit"].set_data(time, profit)
        artists["title"].set_text(
            f"{result.bid_fill.sum():.0f} bought, {result.ask_fill.sum():.0f} sold, profit {result.pnl[0]:.1f}"
        )
        for axes, low, high in (
            (self._axes[0], bid.min(), ask.max()),
            (self._axes[1], min(held.min(), -1), max(held.max(), 1)),
            (self._axes[2], min(profit.min(), -1), max(profit.max(), 1)),
        ):
            self.view(axes, y=(float(low), float(high)))
        put_fills(artists, result)

    def readout(self, result: History) -> str:
        """Fills, profit and where it came from."""
        earned, pnl = float(result.edge[0]), float(result.pnl[0])
        held = result.inventory[:, 0]
        return (
            f"{result.bid_fill.sum():.0f} clips bought and {result.ask_fill.sum():.0f} sold. "
            f"Spread earned {earned:.1f}, the mid's moves against what was held {pnl - earned:+.1f}, profit {pnl:.1f}. "
            f"Inventory between {held.min():.0f} and {held.max():.0f} clips, {held[-1]:.0f} at the end."
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The same day in a few lines."""
        return f"""from mmlab import Market, Quotes, simulate

def by_hand(mid_price, inventory, time_left):
    middle = mid_price - {values["skew"]:.6g} * inventory
    return Quotes.at(middle - {values["half_spread"]:.6g}, middle + {values["half_spread"]:.6g})

tape = Market.avellaneda_stoikov_2008().tape(n_paths=1, n_steps=200, seed=8)
history = simulate(by_hand, tape)
print(history.bid_fill.sum(), history.ask_fill.sum(), history.edge[0], history.pnl[0])
"""
