"""The explorer of Glosten and Milgrom: a dealer's first quotes, and what a sequence of traders teaches them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch01.glosten_milgrom import GlostenMilgrom, sequence
from mmlab.market.order_book import BUY
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, THIN

INFORMED = Parameter("π", "1", "Share of the traders who know.", name="informed")
PRIOR = Parameter("p", "1", "Probability of the good case, before.", name="prior")
GOOD = Parameter("V", "1", "What the informed have seen: 1 the good case, 0 the bad one.", integer=True, name="truth")
PRIORS = np.linspace(0.0, 1.0, 51)


def quoted(informed: float, prior: float) -> dict[str, Any]:
    """A dealer's first quotes, and those after one buy."""
    dealer = GlostenMilgrom(high=110, low=90, informed=informed, prior=prior)
    after_a_buy = dealer.after(BUY)
    return locals()


def traded(dealer: GlostenMilgrom, truth: int) -> dict[str, Any]:
    """Sixty traders come, and the dealer learns from each."""
    trades = sequence(dealer, good=truth == 1, n_trades=60, seed=5)
    worth = dealer.high if truth == 1 else dealer.low
    return locals()


def spread_of_six(s: Any) -> bool:
    """Whether the first spread is 6 at p = ½, to the digit that the readout shows."""
    return bool(s.dealer.prior == 0.5 and abs(s.dealer.ask - s.dealer.bid - 6) < 0.005)


def never_convinced(s: Any) -> bool:
    """Whether a wrong belief outlives sixty traders, of whom one in five knows better."""
    return bool(s.dealer.informed == 0.2 and s.truth == 0 and s.dealer.prior < 1 and s.trades.worth[-1] > 100)


class GlostenMilgromExplorer(Explorer):
    """Sliders for the share that knows, the prior and the truth: the spread, and a sequence of trades."""

    title: ClassVar[str] = "Glosten–Milgrom (1985)"
    sliders: ClassVar = {INFORMED: (0.0, 0.9, 0.1), PRIOR: (0.0, 1.0, 0.5), GOOD: (0, 1, 1)}
    presets: ClassVar = {
        "one in ten knows": {},
        "four in ten know": {"informed": 0.4},
        "nobody knows": {"informed": 0.0},
        "the dealer is nearly sure, and wrong": {"informed": 0.2, "prior": 0.95, "truth": 0},
    }
    stages: ClassVar = (quoted, traded)
    tasks: ClassVar = {
        "at p = 0.5, find the π at which the first spread is 6.": spread_of_six,
        "at π = 0.2 and V = 0, find a p below 1 at which the expected worth stays above 100.": never_convinced,
    }
    prints: ClassVar[str] = "dealer.bid, dealer.ask, after_a_buy.bid, after_a_buy.ask, trades.bid[-1], trades.ask[-1]"

    def show(self, s: Any, now: Panel, path: Panel) -> None:
        """Quotes against the prior, and quotes trade after trade."""
        dealers = [replace(s.dealer, prior=float(prior)) for prior in PRIORS]
        now.view(xlabel="probability p of the good case", ylabel="price", xlim=(0, 1), ylim=(85, 112))
        now.line("ask", PRIORS, [dealer.ask for dealer in dealers], ASK)
        now.line("expected worth", [0, 1], [s.dealer.low, s.dealer.high], MID)
        now.line("bid", PRIORS, [dealer.bid for dealer in dealers], BID)
        now.quotes_at(s.dealer.prior, -s.dealer.bid, s.dealer.ask)
        now.title(f"The first quotes: {s.dealer.bid:.2f} / {s.dealer.ask:.2f}")

        side, n = s.trades.side, len(s.trades.side)
        path.view(xlabel="trades so far", ylabel="price", xlim=(0, n), ylim=(85, 112))
        path.level(s.worth, THIN, "truth", linewidth=3)
        for name, prices, look in (
            ("ask", s.trades.ask, ASK),
            ("expected", s.trades.worth, MID),
            ("bid", s.trades.bid, BID),
        ):
            path.outline(name, np.arange(n + 2), prices, look)
        for name, mine, prices, look in (("a buy", 1, s.trades.ask, ASK), ("a sell", -1, s.trades.bid, BID)):
            came = np.flatnonzero(side == mine)
            path.triangles(name, came + 0.5, prices[came], look, up=look is ASK, size=3)
        path.title(f"After {n} trades the dealer quotes {s.trades.bid[-1]:.2f} / {s.trades.ask[-1]:.2f}")

    def readout(self, s: Any) -> str:
        """The first quotes, those after one buy, and those at the end."""
        dealer, then, trades = s.dealer, s.after_a_buy, s.trades
        return (
            f"First quotes: bid {dealer.bid:.2f}, ask {dealer.ask:.2f}, spread {dealer.ask - dealer.bid:.2f}. "
            f"After one buy they would be {then.bid:.2f} and {then.ask:.2f}. Here {(trades.side == BUY).sum()} "
            f"of {len(trades.side)} traders buy; the quotes are then {trades.bid[-1]:.2f} and {trades.ask[-1]:.2f}, "
            f"and the truth is {s.worth:g}."
        )
