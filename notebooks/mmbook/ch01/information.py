"""Glosten and Milgrom at work: a sequence of traders, what the dealer learns from them, and the explorer of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mmbook.ch01.glosten_milgrom import GlostenMilgrom
from mmlab.market.order_book import BUY, SELL
from mmlab.parameters import FloatArray, Parameter
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.marks import put_triangles, triangles
from mmlab.teach.panels import HERE, Artists
from mmlab.teach.style import ASK, BID, MID, figure, legend, steps, style

INFORMED = Parameter(
    name="informed", symbol="π", unit="1", description="Share of the traders who know.", at_least=0, at_most=1
)
PRIOR = Parameter(
    name="prior", symbol="p", unit="1", description="Probability of the good case, before.", at_least=0, at_most=1
)
GOOD = Parameter(
    name="truth",
    symbol="V",
    unit="1",
    description="What the traders who know have seen: 1 the good case, 0 the bad one.",
    at_least=0,
    at_most=1,
    integer=True,
)
TRADES, SEED = 60, 5
PRIORS = np.linspace(0.0, 1.0, 101)


class Trades(NamedTuple):
    """A sequence of trades: who came, and the dealer's quotes before each and after the last."""

    side: NDArray[np.int64]
    """1 for a buy, −1 for a sell, shape (n,)."""
    bid: FloatArray
    """[price], shape (n + 1,)."""
    ask: FloatArray
    """[price], shape (n + 1,)."""
    worth: FloatArray
    """What the dealer expects the asset to be worth [price], shape (n + 1,)."""


def sequence(dealer: GlostenMilgrom, good: bool, n_trades: int, seed: int) -> Trades:
    """Let `n_trades` traders come, the asset being worth V_H if `good`, and the dealer learn from each.

    π must be below 1: where everybody knows, a trade may come that the dealer held to be impossible.
    """
    rng = np.random.default_rng(seed)
    knows, coin = rng.random((2, n_trades))
    side = np.where(knows < dealer.informed, 1 if good else -1, np.where(coin < 0.5, 1, -1))
    # A buy and a sell cancel, so what the dealer knows depends on buys less sells alone; and the ask is what the
    # asset will be thought to be worth after one more buy, the bid after one more sell.
    net = np.concatenate([[0], np.cumsum(side)])
    beliefs = [dealer]
    for _ in range(int(net.max()) + 1):
        beliefs.append(beliefs[-1].after(BUY))
    for _ in range(1 - int(net.min())):
        beliefs.insert(0, beliefs[0].after(SELL))
    worth = dealer.low + (dealer.high - dealer.low) * np.array([belief.prior for belief in beliefs])
    here = net + 1 - net.min()
    return Trades(side, worth[here - 1], worth[here + 1], worth[here])


@dataclass(frozen=True)
class State:
    """One position of the sliders."""

    dealer: GlostenMilgrom
    good: bool
    trades: Trades


class GlostenMilgromExplorer(Explorer):
    """Sliders for the share that knows, the prior and the truth: the spread, and a sequence of trades."""

    title: ClassVar[str] = "Glosten–Milgrom (1985)"
    parameters: ClassVar[tuple[Parameter, ...]] = (INFORMED, PRIOR, GOOD)
    ranges: ClassVar[dict[str, tuple[float, float]]] = {"informed": (0.0, 0.9), "prior": (0.0, 1.0), "truth": (0, 1)}
    presets: ClassVar[dict[str, Preset]] = {
        "one in ten knows": Preset({"informed": 0.1, "prior": 0.5, "truth": 1}),
        "four in ten know": Preset({"informed": 0.4, "prior": 0.5, "truth": 1}),
        "nobody knows": Preset({"informed": 0.0, "prior": 0.5, "truth": 1}),
        "the dealer is nearly sure, and wrong": Preset({"informed": 0.2, "prior": 0.95, "truth": 0}),
    }

    def compute(self, values: Mapping[str, float]) -> State:
        """The dealer, and the trades that come."""
        dealer = GlostenMilgrom(high=110, low=90, informed=values["informed"], prior=values["prior"])
        good = values["truth"] == 1
        return State(dealer, good, sequence(dealer, good, TRADES, SEED))

    def draw(self) -> tuple[Figure, dict[str, Artist]]:
        """Quotes against the prior, and quotes trade after trade."""
        fig, (now, path) = figure(1, 2, width=10.0, height=3.6)
        artists = Artists()
        line = artists.line
        with style():
            now.set(xlabel="probability p of the good case", ylabel="price", xlim=(0, 1), ylim=(85, 112))
            path.set(xlabel="trades so far", ylabel="price", xlim=(0, TRADES), ylim=(85, 112))
            now.plot([0, 1], [90, 110], label="expected worth", **MID)
            line(now, "ask", ASK, "ask")
            line(now, "bid", BID, "bid")
            line(now, "here", HERE)
            line(path, "truth", HERE, "the truth", lw=3)
            line(path, "asks", ASK, "ask", lw=1.2)
            line(path, "worths", MID, "expected worth")
            line(path, "bids", BID, "bid", lw=1.2)
            artists["buys"] = triangles(path, ASK)
            artists["sells"] = triangles(path, BID)
            path.plot([], [], "^", color=ASK["color"], label="a buy")
            path.plot([], [], "v", color=BID["color"], label="a sell")
            artists["t_now"], artists["t_path"] = now.set_title("…"), path.set_title("…")
            legend(now, loc="upper left")
            legend(path, loc="lower center", ncols=3)
        return fig, artists

    def update(self, artists: Mapping[str, Any], result: State) -> None:
        """Move both panels."""
        dealer, trades = result.dealer, result.trades
        pi = dealer.informed
        for name, sign in (("ask", 1), ("bid", -1)):
            good, bad = PRIORS * (1 + sign * pi), (1 - PRIORS) * (1 - sign * pi)
            after = np.divide(good, good + bad, out=PRIORS.copy(), where=good + bad > 0)
            artists[name].set_data(PRIORS, dealer.low + (dealer.high - dealer.low) * after)
        artists["here"].set_data([dealer.prior] * 2, [dealer.bid, dealer.ask])
        artists["t_now"].set_text(f"The first quotes: {dealer.bid:.2f} / {dealer.ask:.2f}")
        edges = np.arange(TRADES + 2)
        for name, prices in (("asks", trades.ask), ("worths", trades.worth), ("bids", trades.bid)):
            artists[name].set_data(*steps(edges, prices))
        artists["truth"].set_data([0, TRADES], [dealer.high if result.good else dealer.low] * 2)
        n = np.arange(TRADES)
        for name, side, at, up in (("buys", 1, trades.ask, True), ("sells", -1, trades.bid, False)):
            here = trades.side == side
            put_triangles(artists[name], n[here] + 0.5, at[:-1][here], up=up, size=3.0)
        artists["t_path"].set_text(
            f"After {TRADES} trades the dealer quotes {trades.bid[-1]:.2f} / {trades.ask[-1]:.2f}"
        )

    def readout(self, result: State) -> str:
        """The first quotes, those after one buy, and those at the end."""
        dealer, trades = result.dealer, result.trades
        bought, truth = dealer.after(BUY), dealer.high if result.good else dealer.low
        return (
            f"First quotes: bid {dealer.bid:.2f}, ask {dealer.ask:.2f}, spread {dealer.ask - dealer.bid:.2f}. "
            f"After one buy they would be {bought.bid:.2f} and {bought.ask:.2f}. Here {(trades.side == 1).sum()} "
            f"of {TRADES} traders buy; the quotes are then {trades.bid[-1]:.2f} and {trades.ask[-1]:.2f}, "
            f"and the truth is {truth:g}."
        )

    def code(self, values: Mapping[str, float]) -> str:
        """The same numbers in a few lines."""
        informed, prior = (f"{values[name]:.6g}" for name in ("informed", "prior"))
        return f"""from mmbook.ch01.glosten_milgrom import GlostenMilgrom
from mmbook.ch01.information import sequence

dealer = GlostenMilgrom(high=110, low=90, informed={informed}, prior={prior})
trades = sequence(dealer, good={values["truth"] == 1}, n_trades={TRADES}, seed={SEED})
print(dealer.bid, dealer.ask, dealer.after(1).bid, dealer.after(1).ask, trades.bid[-1], trades.ask[-1])
"""
