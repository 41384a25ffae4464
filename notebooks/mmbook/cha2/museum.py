"""The museum: each exhibit is a known mistake, hung beside the right quotes, with its price in the paper's market."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from mmlab import ExactMoments, Market, ParameterError, exact_moments
from mmlab.measure import MISTAKES, Mistaken
from mmlab.measure.mistakes import AS
from mmlab.table import Table
from mmlab.teach import Picture, figure
from mmlab.teach.style import ASK, BID, MID

GAMMA, COST, REVERSION, LIMIT = 0.1, 0.01, 0.1, 10


class Exhibit(NamedTuple):
    """A row of exhibits.csv."""

    id: str
    room: str
    code: str
    symptom: str

    @property
    def formula(self) -> str:
        """Whose formula was meant."""
        return MISTAKES[self.id].of or AS

    def wrong(self, market: Market, risk_aversion: float = GAMMA) -> Mistaken:
        """What it quotes, as a model."""
        return _quotes(self.formula, self.id, market, risk_aversion)

    def right(self, market: Market, risk_aversion: float = GAMMA) -> Mistaken:
        """What was meant."""
        return _quotes(self.formula, "", market, risk_aversion)


def _quotes(formula: str, mistake: str, market: Market, risk_aversion: float) -> Mistaken:
    return Mistaken(
        market=market,
        risk_aversion=risk_aversion,
        formula=formula,
        mistake=mistake,
        inventory_limit=LIMIT,
        processing_cost=COST,
        mean_reversion=REVERSION,
    )


@cache
def exhibits() -> tuple[Exhibit, ...]:
    """All exhibits, room by room."""
    lines = files("mmbook.cha2").joinpath("exhibits.csv").read_text(encoding="utf-8").splitlines()
    return tuple(Exhibit(*row) for row in list(csv.reader(lines))[1:])


def room(name: str) -> Table:
    """The exhibits of a room: what is in the code, what is wrong with it, how one would notice.

    Raises
    ------
    ParameterError
        If there is no such room.
    """
    rows = [(one.code, MISTAKES[one.id].sentence, one.symptom) for one in _in_room(name)]
    return Table(("in the code", "what is wrong", "how you would notice"), tuple(rows))


def hang(name: str) -> Picture:
    """A room's quotes against inventory with half of the session left, each beside the right ones (dotted)."""
    market, shown = Market.avellaneda_stoikov_2008(), _in_room(name)
    n_rows = -(-len(shown) // 4)
    fig, axes = figure(n_rows, 4, width=11, height=2.1 * n_rows + 0.4)
    inventory = np.arange(-5.0, 6.0)
    for ax in np.ravel(axes)[len(shown) :]:
        ax.set_visible(False)
    for one, ax in zip(shown, np.ravel(axes), strict=False):
        bid, ask = one.right(market).depths(inventory, 0.5)
        wrong_bid, wrong_ask = one.wrong(market).depths(inventory, 0.5)
        ax.plot(inventory, ask, **(ASK | {"linestyle": ":", "label": "ask, right"}))
        ax.plot(inventory, -bid, **(BID | {"linestyle": ":", "label": "bid, right"}))
        ax.plot(inventory, wrong_ask, **(ASK | {"label": "ask, wrong"}))
        ax.plot(inventory, -wrong_bid, **(BID | {"label": "bid, wrong"}))
        ax.axhline(0, **MID)
        ax.set(title=one.id, ylim=(-4, 4))
    np.ravel(axes)[0].set(xlabel="inventory q [clips]", ylabel="price − mid")
    np.ravel(axes)[0].legend(loc="lower left", fontsize=6)
    text = f"Quotes of {len(shown)} wrong formulas beside the right ones, against inventory: "
    return Picture(fig, text + ", ".join(one.id for one in shown))


@cache
def day(one: Exhibit, right: bool = False) -> ExactMoments:
    """What a session by an exhibit's quotes earns, or by the right ones."""
    market = Market.avellaneda_stoikov_2008()
    return exact_moments(one.right(market) if right else one.wrong(market), market)


def cost(one: Exhibit) -> float:
    """What an exhibit costs a session at γ [price · clip], in certainty equivalents; negative if it is worth more."""
    return float(day(one, right=True).certainty_equivalent(GAMMA) - day(one).certainty_equivalent(GAMMA))


def price_list() -> Table:
    """All exhibits by what they cost, the dearest first."""
    rows = [
        (
            one.id,
            one.formula.split(" at ")[0],
            f"{day(one).mean:.2f} ± {day(one).sd:.2f}",
            f"{day(one, right=True).mean - day(one).mean:+.2f}",
            f"{cost(one):+.2f}",
        )
        for one in sorted(exhibits(), key=cost, reverse=True)
    ]
    head = ("exhibit", "meant", "a session earns", "costs, in the mean", "costs, at γ = 0.1")
    return Table(head, tuple(rows))


def _in_room(name: str) -> list[Exhibit]:
    shown = [one for one in exhibits() if one.room == name]
    if not shown:
        rooms = ", ".join(dict.fromkeys(one.room for one in exhibits()))
        raise ParameterError(f"The museum has no room {name!r}; it has {rooms}.")
    return shown
