"""The known mistakes: what people quote who meant a paper's formula, each a row of mistakes.csv that changes it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import explained
from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.models import (
    AvellanedaStoikov,
    CarteaJaimungal,
    GueantLehalleFernandezTapia,
    HoStoll,
    InfiniteHorizonAvellanedaStoikov,
    Symmetric,
)
from mmlab.models.avellaneda_stoikov import liquidity_half_spread
from mmlab.models.model import Model
from mmlab.parameters import FloatArray, ParameterError
from mmlab.table import read_rows
from mmlab.vocabulary import INVENTORY, TIME_LEFT

AS, ENDLESS, GLFT = "Avellaneda–Stoikov", "Avellaneda–Stoikov without an end", "Guéant–Lehalle–Fernandez-Tapia"
CLOSED, STEADY = "Guéant's closed form", "Guéant–Lehalle–Fernandez-Tapia far from the close"
HO_STOLL, CJ = "Ho–Stoll", "Cartea–Jaimungal at φ = ½γσ², α = 0"

Beliefs = Mapping[str, Any]
"""γ, σ, k, A, T, Q (q̄), s, c, ζ, α and β as a dealer believes them (NaN: not known), and the state, q and τ."""


class _ClosedForm(Model):
    """Guéant's closed form at any inventory."""

    def __init__(self, model: GueantLehalleFernandezTapia) -> None:
        self.half_spread, self.skew = model.half_spread, model.skew

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        skew = self.skew * np.asarray(inventory) + 0 * np.asarray(time_left)
        return self.half_spread + skew, self.half_spread - skew


def _glft(x: Beliefs, solution: Any, bound: int | None = None) -> GueantLehalleFernandezTapia:
    risk: dict[str, Any] = {"risk_aversion": x["γ"], "volatility": x["σ"], "max_inventory": bound or x["Q"]}
    return GueantLehalleFernandezTapia(
        **risk, arrival_rate=x["A"], fill_decay=x["k"], horizon=x["T"], solution=solution
    )


def _as(x: Beliefs) -> AvellanedaStoikov:
    return AvellanedaStoikov(risk_aversion=x["γ"], volatility=x["σ"], fill_decay=x["k"], horizon=1e12)


def _endless(x: Beliefs) -> InfiniteHorizonAvellanedaStoikov:
    return InfiniteHorizonAvellanedaStoikov(
        risk_aversion=x["γ"], volatility=x["σ"], fill_decay=x["k"], max_inventory=x["Q"]
    )


def _ho_stoll(x: Beliefs, solution: Any) -> HoStoll:
    at_tangent = x["A"] / math.e
    demand = (x["α"], x["β"]) if math.isnan(at_tangent) else (2 * at_tangent, x["k"] * at_tangent)
    demand_given = dict(zip(("demand_intercept", "demand_slope"), demand, strict=True))
    risk: dict[str, Any] = {"risk_aversion": x["γ"], "volatility": x["σ"], "processing_cost": x["c"]}
    return HoStoll(**risk, **demand_given, horizon=1e12, solution=solution)


def _cj(x: Beliefs) -> CarteaJaimungal:
    flow: dict[str, Any] = {"arrival_rate": x["A"], "fill_decay": x["k"], "max_inventory": x["Q"]}
    return CarteaJaimungal(**flow, running_penalty=x["γ"] * x["σ"] ** 2 / 2, terminal_penalty=0.0, horizon=x["T"])


FORMULAS: dict[str, Callable[[Beliefs], Model]] = {
    AS: _as,
    GLFT: lambda x: _glft(x, "exact"),
    CLOSED: lambda x: _ClosedForm(_glft(x, "closed form", bound=1)),
    STEADY: lambda x: _glft(x, "stationary"),
    ENDLESS: _endless,
    HO_STOLL: lambda x: _ho_stoll(x, "first order"),
    "Ho–Stoll in competition": lambda x: _ho_stoll(x, "competitive"),
    CJ: _cj,
    "the symmetric benchmark": lambda x: Symmetric(half_spread=float(_as(x).spread(x["T"] / 2)) / 2),
}
"""The right formulas, made of what a dealer believes."""
BOUNDED = {GLFT, STEADY, ENDLESS, CJ}
"""Those that stop at q̄."""


def _code(expression: str) -> Any:
    return compile(expression, "mistakes.csv", "eval")


@frozen(eq=False)
class Mistake:
    """A row of the table of known mistakes."""

    sentence: str
    of: str
    """The one formula that it is a mistake of; any, where it is empty."""
    change: str
    """What is changed, as the table writes it."""
    believes: dict[str, Any]
    """By letter, what stands in the right formula in its place."""
    quotes: tuple[Any, Any]
    """The half-spread and the skew, made of the formula's: the depths are the one ± the other."""

    @classmethod
    def of_row(cls, row: Mapping[str, str]) -> Mistake:
        """The mistake that a row of the table describes."""
        pairs = [pair.split("=") for pair in row["believes"].split("; ") if pair]
        quotes = [row[name] or name for name in ("half", "skew")]
        changes = [row["believes"], *(f"{name} = {row[name]}" for name in ("half", "skew") if row[name])]
        return cls(
            sentence=row["sentence"],
            of=globals()[row["of"]] if row["of"] else "",
            change="; ".join(filter(None, changes)),
            believes={letter: _code(expression) for letter, expression in pairs},
            quotes=(_code(quotes[0]), _code(quotes[1])),
        )


MISTAKES = {row["id"]: Mistake.of_row(row) for row in read_rows("measure/mistakes.csv")}
"""Every known mistake by its id; "" is none. A formula can have each that is not another's own."""


@explained
@frozen(kw_only=True)
class Mistaken(Model):
    """A formula with a known mistake in it, believing what is true in a market: what `diagnose` compares with.

    Parameters
    ----------
    mistake : str
        An id of `MISTAKES`; "" is the right formula itself.
    formula : str
        One of `FORMULAS`: whose formula was meant.
    market : Market
        Where σ, k, A, T and the price are known from.
    risk_aversion : float
        γ [1/(price·clip)].
    inventory_limit : int, optional
        q̄ [clips]: some formulas and mistakes need it.
    processing_cost, mean_reversion : float
        c [price] of Ho and Stoll; ζ [1/time] of the printed Cartea–Jaimungal.
    """

    market: Market
    risk_aversion: float
    mistake: str = ""
    formula: str = AS
    inventory_limit: int | None = None
    processing_cost: float = 0.0
    mean_reversion: float = 0.0

    def __post_init__(self) -> None:
        for name, known in (("mistake", MISTAKES), ("formula", FORMULAS)):
            if getattr(self, name) not in known:
                raise ParameterError(f"{name} must be one of {', '.join(known)}; got {getattr(self, name)!r}.")
        own = MISTAKES[self.mistake].of
        if own and own != self.formula:
            raise ParameterError(f"{self.mistake!r} is a mistake of {own}, not of {self.formula}.")

    @property
    def max_inventory(self) -> int | None:
        """Where the formula itself stops [clips]; None: nowhere."""
        return self.inventory_limit if self.formula in BOUNDED else None

    @property
    def sentence(self) -> str:
        """What is wrong with it, in words."""
        mistake = MISTAKES[self.mistake].sentence
        return f"{self.formula}, but {mistake}" if mistake else self.formula

    @property
    def believes(self) -> str:
        """The numbers that it takes for true, in words."""
        x = self._believed(*np.zeros((2, 1)))
        numbers = {"γ": x["γ"], "σ": x["σ"], "k": x["k"], "A": x["A"], "q̄": x["Q"]}
        return "believing " + ", ".join(f"{k} = {n:g}" for k, n in numbers.items() if not math.isnan(n))

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] at `inventory` [clips] and `time_left` [time], which broadcast.

        Raises
        ------
        ParameterError
            If the right formula does not take what the mistake puts into it.
        """
        q, tau = np.broadcast_arrays(INVENTORY.check_array(inventory), TIME_LEFT.check_array(time_left))
        row, x = MISTAKES[self.mistake], self._believed(q, tau)
        x |= {letter: eval(code, {}, x) for letter, code in row.believes.items()}
        model = FORMULAS[self.formula](x)
        bid, ask = model.depths(x["q"], x["τ"])
        bound = np.inf if self.max_inventory is None else self.max_inventory
        # At a bound one side is absent: the half-spread is that of the inventory next to it.
        near = model.depths(np.clip(x["q"], 1 - bound, bound - 1), x["τ"])
        x["half"] = (near[0] + near[1]) / 2
        x["skew"] = np.where(np.isnan(bid), x["half"] - ask, bid - x["half"])
        x |= {"risk": x["γ"] * x["σ"] ** 2 * x["τ"], "edge": math.nan}
        if x["k"] > 0:
            x["edge"] = liquidity_half_spread(x["γ"], x["k"])
        if isinstance(model, InfiniteHorizonAvellanedaStoikov):
            x["printed_ask"] = lambda q: model.printed_ask_indifference(0.0, q)
        half, skew = (eval(code, {}, x) for code in row.quotes)
        return np.where(np.isnan(bid), np.nan, half + skew), np.where(np.isnan(ask), np.nan, half - skew)

    def _believed(self, q: FloatArray, tau: FloatArray) -> dict[str, Any]:
        market, known = self.market, self.market.parameters()
        letters = {"k": "fill_decay", "A": "arrival_rate", "α": "demand_intercept", "β": "demand_slope"}
        x: dict[str, Any] = {letter: known.get(name, math.nan) for letter, name in letters.items()}
        x |= {"γ": self.risk_aversion, "σ": market.total_volatility, "T": market.horizon, "s": market.mid_price}
        x |= {"c": self.processing_cost, "ζ": self.mean_reversion, "q": q, "τ": tau, "exp": np.exp, "log": np.log}
        return x | {"Q": math.nan if self.inventory_limit is None else self.inventory_limit}
