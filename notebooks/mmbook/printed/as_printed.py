"""The guide's printed formulas as strategies, and what a run of any strategy earned: crossed quotes, round trips.

`AsPrinted` makes a model of a printed formula, so that `simulate`, `exact_moments` and `monte_carlo` take it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from mmlab.market import Tape
from mmlab.parameters import FloatArray, ParameterError
from mmlab.quotes import Quotes
from mmlab.simulation import History, simulate
from mmlab.table import Table


class PrintedFormula(Protocol):
    """What the guide's three models have; they are in `mmbook.printed`."""

    def calculate_spread(self, inventory: Any, mid_price: Any) -> Any:
        """The printed (bid, ask) without time."""

    def calculate_optimal_quotes(self, inventory: Any, mid_price: Any, time_horizon: Any) -> Any:
        """The printed (bid, ask) with time."""


@dataclass(frozen=True)
class AsPrinted:
    """A printed formula as a model: its quotes as they come, crossed ones included.

    Parameters
    ----------
    formula : PrintedFormula
        One of `mmbook.printed`.
    timed : bool
        Whether to ask calculate_optimal_quotes, with the time left for its "time horizon", or calculate_spread.
    """

    formula: PrintedFormula
    timed: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.formula, type) or not hasattr(self.formula, "calculate_optimal_quotes"):
            raise ParameterError(
                "AsPrinted needs a formula of mmbook.printed, such as printed.HoStoll(risk_aversion=0.1, volatility=2, "
                f"transaction_cost=0.01); got {self.formula!r}."
            )

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """What the formula prints around `mid_price` [price], one clip a side."""
        return Quotes.at(*self._printed(inventory, np.asarray(mid_price, dtype=np.float64), time_left))

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """The same as distances from the mid [price], which no printed formula depends on."""
        bid, ask = self._printed(inventory, np.float64(0.0), time_left)
        return -bid, np.asarray(ask)

    def _printed(self, inventory: ArrayLike, mid: Any, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        q, tau = np.broadcast_arrays(np.asarray(inventory, np.float64), np.asarray(time_left, np.float64))
        given = (q, mid, tau) if self.timed else (q, mid)
        quote = self.formula.calculate_optimal_quotes if self.timed else self.formula.calculate_spread
        bid, ask = quote(*given)
        return np.asarray(bid), np.asarray(ask)


@dataclass(frozen=True)
class Reckoning:
    """How a strategy quoted and what a round trip earned it, over all steps and paths of a run."""

    crossed: float
    """The share of the steps at which the bid was at or above the ask [1]."""
    bought: float
    sold: float
    """[clips], of all paths together."""
    round_trip: float
    """What buying a clip and selling one earned on average, each against the mid at its fill [price]; NaN without both.

    It is what the quotes earned by themselves: the mid's moves in between are luck, and fair.
    """
    profit: float
    """Per path, marked at the last mid [price · clip]."""

    @classmethod
    def of(cls, history: History) -> Reckoning:
        """The reckoning of a run."""
        mid = history.mid[:-1]
        bought, sold = float(history.bid_fill.sum()), float(history.ask_fill.sum())
        bid_edge = np.where(history.bid_fill > 0, (mid - history.bid_price) * history.bid_fill, 0.0).sum()
        ask_edge = np.where(history.ask_fill > 0, (history.ask_price - mid) * history.ask_fill, 0.0).sum()
        both = bought > 0 and sold > 0
        return cls(
            crossed=float(np.mean(history.bid_price >= history.ask_price)),
            bought=bought,
            sold=sold,
            round_trip=float(bid_edge / bought + ask_edge / sold) if both else float("nan"),
            profit=float(history.pnl.mean()),
        )


def reckoning_table(strategies: Mapping[str, Any], tape: Tape) -> Table:
    """The reckonings of some strategies on one tape, a row each; of no run more is kept."""
    rows = []
    for name, strategy in strategies.items():
        earned = Reckoning.of(simulate(strategy, tape))
        trades = (earned.bought + earned.sold) / tape.n_paths
        earns = "–" if np.isnan(earned.round_trip) else f"{earned.round_trip:+.3f}"
        rows.append((name, f"{earned.crossed:.1%}", f"{trades:.1f}", earns, f"{earned.profit:+.2f}"))
    head = ("strategy", "quotes crossed", "trades a day", "a round trip earns [price]", "a day earns [price · clip]")
    return Table(head, tuple(rows))
