"""The known mistakes: what people quote who meant a paper's formula, each a row of mistakes.csv that changes it.

A cell of the table is a sum of products of powers: letters of `LETTERS`, names of `NAMES`, q, τ and numbers. So
`q = q q̄^-1` is a belief that puts q/q̄ for q, and `0.5 risk + γ edge` a half-spread.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab import models
from mmlab.arguments import explained
from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.parameters import FloatArray, ParameterError, parameters_of
from mmlab.table import read_rows
from mmlab.vocabulary import INVENTORY, TIME_LEFT

AS, ENDLESS, GLFT = "Avellaneda–Stoikov", "Avellaneda–Stoikov without an end", "Guéant–Lehalle–Fernandez-Tapia"
CLOSED, STEADY = "Guéant's closed form", "Guéant–Lehalle–Fernandez-Tapia far from the close"
HO_STOLL, CJ = "Ho–Stoll", "Cartea–Jaimungal at φ = ½γσ², α = 0"

Beliefs = Mapping[str, Any]
"""What a dealer takes for true: the letters (NaN: not known) and the state, q and τ."""

LETTERS = {
    "γ": "risk_aversion", "σ": "volatility", "k": "fill_decay", "A": "arrival_rate", "q̄": "max_inventory",
    "T": "horizon", "s": "mid_price", "c": "processing_cost", "ζ": "mean_reversion",
    "α": "demand_intercept", "β": "demand_slope",
}  # fmt: skip
"""The numbers of a market and its dealer, by the letter that the table has for them."""


NAMES: dict[str, Callable[[Beliefs], Any]] = {
    "t": lambda x: x["T"] - x["τ"],
    "|q|": lambda x: np.abs(x["q"]),
    "1−exp(−τ)": lambda x: -np.expm1(-x["τ"]),
    "risk": lambda x: x["γ"] * x["σ"] ** 2 * x["τ"],
    "edge": lambda x: models.liquidity_half_spread(x["γ"], x["k"]),
    "ln(1+k/γ)": lambda x: np.log1p(x["k"] / x["γ"]),
    "ln10": lambda x: np.log(10),
    "clip": lambda x: 2 * (x["half"] - models.liquidity_half_spread(x["γ"], x["k"])),
    "inverted": lambda x: (1 + x["γ"] / x["k"]) ** ((x["γ"] / x["k"] - x["k"] / x["γ"]) / 2),
    "printed_ask": lambda x: _made(models.InfiniteHorizonAvellanedaStoikov, x).printed_ask_indifference(0.0, x["q"]),
}
"""What else the table speaks of; `half` and `skew` beside them are the right formula's.

`clip` is the closed form's skew of one, σ√(γ/2kA · (1 + γ/k)^(1 + k/γ)), and clip · inverted has 1 + γ/k for exponent.
"""


def _made(model: Any, x: Beliefs, **own: Any) -> Any:
    takes = parameters_of(model)
    return model(**({name: x[letter] for letter, name in LETTERS.items() if name in takes} | own))


def _closed_form(x: Beliefs) -> Any:
    """Guéant's, at any inventory."""
    model = _made(models.GueantLehalleFernandezTapia, x, max_inventory=1, solution="closed form")
    return lambda q, tau: (model.half_spread + model.skew * q, model.half_spread - model.skew * q)


def _ho_stoll(x: Beliefs, solution: str) -> Any:
    if not math.isnan(x["A"]):  # as `HoStoll.for_market`
        x = {**x, "α": 2 * x["A"] / math.e, "β": x["k"] * x["A"] / math.e}
    return _made(models.HoStoll, x, max_inventory=None, horizon=1e12, solution=solution).depths


FORMULAS: dict[str, Callable[[Beliefs], Any]] = {
    AS: lambda x: _made(models.AvellanedaStoikov, x, horizon=1e12).depths,
    GLFT: lambda x: _made(models.GueantLehalleFernandezTapia, x).depths,
    CLOSED: _closed_form,
    STEADY: lambda x: _made(models.GueantLehalleFernandezTapia, x, solution="stationary").depths,
    ENDLESS: lambda x: _made(models.InfiniteHorizonAvellanedaStoikov, x).depths,
    HO_STOLL: lambda x: _ho_stoll(x, "first order"),
    "Ho–Stoll in competition": lambda x: _ho_stoll(x, "competitive"),
    CJ: lambda x: _made(models.CarteaJaimungal, x, running_penalty=x["γ"] * x["σ"] ** 2 / 2, terminal_penalty=0).depths,
    "the symmetric benchmark": lambda x: models.Symmetric(half_spread=float(FORMULAS[AS](x)(0, x["T"] / 2)[0])).depths,
}
"""The right formulas' depths, made of what a dealer believes."""


class Mistake(NamedTuple):
    """A row of the table of known mistakes."""

    of: str
    """The one formula that it is a mistake of; any, where it is empty."""
    sentence: str
    believes: str
    """What stands in the right formula in the place of a letter: "σ = 100 σ", "γ = k; k = γ"."""
    half: str
    """The half-spread, made of the formula's; the depths are the half-spread ± the skew."""
    skew: str


MISTAKES = {row.pop("id"): Mistake(**row) for row in read_rows("measure/mistakes.csv")}
"""Every known mistake by its id; "" is none. A formula can have each that is not another's own."""


def _value(cell: str, x: Beliefs) -> Any:
    """What a cell of the table comes to."""
    return sum(math.prod(_power(word, x) for word in product.split()) for product in cell.split(" + "))


def _power(word: str, x: Beliefs) -> Any:
    name, _, power = word.partition("^")
    base = NAMES[name](x) if name in NAMES else x[name] if name in x else float(name)
    return np.power(base, float(power or 1))


@explained
@frozen(kw_only=True)
class Mistaken(models.Model):
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
        if (own := MISTAKES[self.mistake].of) not in ("", self.formula):
            raise ParameterError(f"{self.mistake!r} is a mistake of {own}, not of {self.formula}.")

    @property
    def max_inventory(self) -> int | None:
        """Where the formula itself stops [clips]; None: nowhere."""
        return self.inventory_limit if self.formula in (GLFT, STEADY, ENDLESS, CJ) else None

    @property
    def sentence(self) -> str:
        """What is wrong with it, in words."""
        return ", but ".join(filter(None, (self.formula, MISTAKES[self.mistake].sentence)))

    @property
    def believes(self) -> str:
        """The numbers that it takes for true, in words."""
        first = list(self._known().items())[:5]
        return "believing " + ", ".join(f"{letter} = {value:g}" for letter, value in first if not math.isnan(value))

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] at `inventory` [clips] and `time_left` [time], which broadcast.

        Raises
        ------
        ParameterError
            If the right formula does not take what the mistake puts into it.
        """
        q, tau = np.broadcast_arrays(INVENTORY.check_array(inventory), TIME_LEFT.check_array(time_left))
        row, x = MISTAKES[self.mistake], self._known() | {"q": q, "τ": tau}
        instead = dict(pair.split(" = ") for pair in row.believes.split("; ") if pair)
        x |= {letter: _value(cell, x) for letter, cell in instead.items()}
        right = FORMULAS[self.formula](x)
        bid, ask = right(x["q"], x["τ"])
        bound = self.max_inventory
        # At a bound one side is absent: the half-spread is that of the inventory next to it.
        x["half"] = sum((bid, ask) if bound is None else right(np.clip(x["q"], 1 - bound, bound - 1), x["τ"])) / 2
        x["skew"] = np.where(np.isnan(bid), x["half"] - ask, bid - x["half"])
        half, skew = _value(row.half or "half", x), _value(row.skew or "skew", x)
        return np.where(np.isnan(bid), np.nan, half + skew), np.where(np.isnan(ask), np.nan, half - skew)

    def _known(self) -> dict[str, Any]:
        named = {"max_inventory": self.inventory_limit or math.nan, "volatility": self.market.total_volatility}
        known = self.market.parameters() | vars(self) | named
        return {letter: known.get(name, math.nan) for letter, name in LETTERS.items()}
