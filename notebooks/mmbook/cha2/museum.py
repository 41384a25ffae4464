"""The museum: each exhibit is a known mistake, hung beside the right quotes, with its price in the paper's market."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from mmlab import ExactMoments, Market, ParameterError, exact_moments
from mmlab.measure import MISTAKES, Mistaken
from mmlab.measure.mistakes import AS
from mmlab.models.within import Within
from mmlab.table import Table
from mmlab.teach import Picture, figure
from mmlab.teach.style import ASK, BID, MID

GAMMA, COST, REVERSION, LIMIT = 0.1, 0.01, 0.1, 10
STEPS = (400, 800)
"""In how many steps a session is priced: where the two differ, the price is one of the steps."""


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
    rows = [(one.id, one.code, MISTAKES[one.id].sentence, one.symptom) for one in _in_room(name)]
    return Table(("exhibit", "in the code", "what is wrong", "how you would notice"), tuple(rows))


def hang(name: str) -> Picture:
    """A room's quotes against inventory with half of the session left, each beside the right ones (dotted)."""
    market, shown = Market.avellaneda_stoikov_2008(), _in_room(name)
    n_rows = -(-len(shown) // 4)
    fig, axes = figure(n_rows, 4, width=11, height=2.1 * n_rows + 0.6)
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
    fig.legend(*np.ravel(axes)[0].get_legend_handles_labels(), loc="outside upper left", ncols=4)
    text = f"Quotes of {len(shown)} wrong formulas beside the right ones, against inventory: "
    return Picture(fig, text + ", ".join(one.id for one in shown))


@cache
def day(one: Exhibit, right: bool = False, n_steps: int = STEPS[0], limit: int = LIMIT) -> ExactMoments:
    """What a session by an exhibit's quotes earns, or by the right ones, both within ±limit clips."""
    market = Market.avellaneda_stoikov_2008()
    return exact_moments(Within(one.right(market) if right else one.wrong(market), limit), market, n_steps)


def cost(one: Exhibit, n_steps: int = STEPS[0], limit: int = LIMIT) -> float:
    """What an exhibit costs a session at γ [price · clip], in certainty equivalents; negative if it is worth more."""
    right, wrong = (day(one, each, n_steps, limit).certainty_equivalent(GAMMA) for each in (True, False))
    return float(right - wrong)


def settles(one: Exhibit) -> bool:
    """Whether its cost hardly changes as the steps are halved: by less than a tenth of itself, or less than 0.2."""
    coarse, fine = (cost(one, n) for n in STEPS)
    return abs(fine - coarse) < max(0.1 * abs(coarse), 0.2)


def price_list() -> Table:
    """All exhibits by what they cost, the dearest first, at two numbers of steps."""
    rows = [
        (
            one.id,
            one.formula.split(" at ")[0],
            f"{day(one).mean:.2f} ± {day(one).sd:.2f}",
            f"{day(one, right=True).mean - day(one).mean:+.2f}",
            *(f"{cost(one, n):+.2f}" for n in STEPS),
            "yes" if settles(one) else "no",
        )
        for one in sorted(exhibits(), key=cost, reverse=True)
    ]
    worth = [f"costs at γ = {GAMMA:g}, {n} steps" for n in STEPS]
    return Table(("exhibit", "meant", "a session earns", "costs in the mean", *worth, "settles"), tuple(rows))


def by_limit(id: str, limits: Sequence[int]) -> Table:
    """What one exhibit costs within other limits, at both numbers of steps."""
    one = next(one for one in exhibits() if one.id == id)
    rows = [(f"±{limit} clips", *(f"{cost(one, n, limit):+,.2f}" for n in STEPS)) for limit in limits]
    return Table(("within", *(f"costs, {n} steps" for n in STEPS)), tuple(rows))


def _in_room(name: str) -> list[Exhibit]:
    shown = [one for one in exhibits() if one.room == name]
    if not shown:
        rooms = ", ".join(dict.fromkeys(one.room for one in exhibits()))
        raise ParameterError(f"The museum has no room {name!r}; it has {rooms}.")
    return shown
