"""Glosten and Milgrom (1985): a spread from information alone, with no inventory, no cost and no profit."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mmlab.market.order_book import BUY, SELL, Side
from mmlab.parameters import FloatArray, ParameterError, parameter, validated


@validated
class GlostenMilgrom:
    """Quotes of a dealer who breaks even: what the asset is worth, given that the next trader buys (or sells).

    The asset is worth `high` with probability p, else `low`. A share of the traders knows which, and buys or sells
    accordingly; the others do either with probability ½. Then

        ask = E[V | buy],  bid = E[V | sell],  P(buy | high) = (1 + share)/2,  P(buy | low) = (1 − share)/2.

    References
    ----------
    L. Glosten and P. Milgrom (1985), Bid, ask and transaction prices in a specialist market with heterogeneously
    informed traders, Journal of Financial Economics 14.
    """

    high: float = parameter(symbol="V_H", unit="price", description="What the asset is worth in the good case.")
    low: float = parameter(symbol="V_L", unit="price", description="What it is worth in the bad case.")
    informed: float = parameter(
        symbol="π", unit="1", description="Share of the traders who know which.", at_least=0, at_most=1
    )
    prior: float = parameter(
        symbol="p", unit="1", description="Probability of the good case.", default=0.5, at_least=0, at_most=1
    )

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ParameterError(f"low (V_L) must not be above high (V_H); got {self.low:g} above {self.high:g}.")

    @property
    def ask(self) -> float:
        """E[V | the next trader buys] [price]."""
        return self._worth(self.after(BUY).prior)

    @property
    def bid(self) -> float:
        """E[V | the next trader sells] [price]."""
        return self._worth(self.after(-1).prior)

    def after(self, side: Side) -> GlostenMilgrom:
        """The dealer who has seen a buy (1) or a sell (−1), by Bayes' rule."""
        if side not in (1, -1):
            raise ParameterError(f"side must be BUY (1) or SELL (-1); got {side!r}.")
        good, bad = self.prior * (1 + side * self.informed), (1 - self.prior) * (1 - side * self.informed)
        # Where all are informed, what cannot happen teaches nothing.
        return replace(self, prior=good / (good + bad) if good + bad > 0 else self.prior)

    def _worth(self, chance: float) -> float:
        return self.low + (self.high - self.low) * chance


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
