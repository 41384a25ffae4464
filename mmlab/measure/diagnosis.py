"""diagnose: which known mistake a formula's quotes are, and what it costs a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.measure.mistakes import FORMULAS, MISTAKES, Mistaken
from mmlab.measure.pages import from_template
from mmlab.models.within import Within
from mmlab.parameters import BoolArray, FloatArray, ParameterError, check_number
from mmlab.quotes import Quotes
from mmlab.simulation.exact import ExactMoments, exact_moments
from mmlab.table import markdown, minus
from mmlab.vocabulary import RISK_AVERSION, check_time_left

EXACT = 1e-6
"""How far, in parts of itself, a depth may be from a known one and still be it."""

_INVENTORIES, _SHARES = np.arange(-3.0, 4.0), np.array([[1.0], [0.65], [0.4], [0.15]])
"""Where a formula is asked, the times left in parts of the session: t is never T − t there."""

_COLUMNS = "mid_price", "inventory", "time_left", "bid_price", "ask_price"


class Cost(NamedTuple):
    """What a session earns by two strategies, exactly, and the difference: right less wrong."""

    wrong: ExactMoments
    right: ExactMoments
    mean: float
    """[price · clip]; negative where the mistake earns more on average."""
    sd: float
    """[price · clip]; negative where the mistake is riskier."""
    certainty_equivalent: float
    """[price · clip]: what the mistake costs a dealer with this γ."""


@frozen(repr=False)
class Diagnosis:
    """What `diagnose` found; shows itself as sentences in a cell and in a terminal."""

    verdict: str
    """"right", "mistake", "undecided" (some that fit a log differ elsewhere) or "unknown"."""
    matches: tuple[Mistaken, ...]
    """All known formulas, right and wrong, that quote so; where a right one does it comes first."""
    telling: tuple[tuple[float, float] | None, ...]
    """For each match of a log the (inventory [clips], time left) where it is not as the first; None: nowhere."""
    nearest: Mistaken
    """The first match; where there is none the nearest of all known ones, right or wrong."""
    misses_by: float
    """The largest distance of a price from the nearest's [price]."""
    margin: float
    """How far off the nearest is that does not fit [price], NaN without a match: quotes may err by half of it."""
    notes: tuple[str, ...]
    """What the points given cannot show."""
    formula: Callable[..., Any] | None
    n_steps: int

    def __post_init__(self) -> None:
        if not all(isinstance(one, Mistaken) for one in (self.nearest, *self.matches)):
            raise ParameterError("Diagnosis holds what diagnose found: its matches and the nearest are Mistaken.")

    @property
    def mistake(self) -> str:
        """The id, in `MISTAKES`, of the first match's mistake; "" if it is right or nothing fits."""
        return self.matches[0].mistake if self.matches else ""

    @cached_property
    def cost(self) -> Cost | None:
        """What it costs a session of the market, without a random number; None for a log that nothing known fits.

        A log shows some points only, so it is the known mistake that is priced; of an unknown formula, itself, against
        the right form of the nearest. Both stop at q̄ where it was given; without it, quotes that let the inventory run
        are held by the steps alone, and cost more the finer these are.
        """
        known, policy = self.nearest, self.nearest if self.matches else self.formula
        if policy is None:
            return None
        both, limit = (policy, replace(known, mistake="")), known.inventory_limit
        wrong, right = (exact_moments(Within(one, limit) if limit else one, known.market, self.n_steps) for one in both)
        values = [one.certainty_equivalent(known.risk_aversion) for one in (right, wrong)]
        return Cost(wrong, right, right.mean - wrong.mean, right.sd - wrong.sd, values[0] - values[1])

    def __repr__(self) -> str:
        others = list(zip(self.matches, self.telling, strict=True))[1:]
        return minus(from_template("diagnosis.md.j2", found=self, others=others)).rstrip()

    def _repr_markdown_(self) -> str:
        return "\n\n".join(map(markdown, str(self).splitlines()))


def diagnose(
    quotes: Any,
    *,
    market: Market,
    risk_aversion: float,
    max_inventory: int | None = None,
    processing_cost: float = 0.0,
    mean_reversion: float = 0.0,
    tick: float = 0.0,
    n_steps: int = 200,
) -> Diagnosis:
    """Name the known mistake in a formula or in the quotes it gave, and its price; or say that it is right, or unknown.

    Every known formula, right and with each mistake of `MISTAKES`, is asked at the same points, believing what is true
    in `market`; those whose prices are the same fit. Nothing is fitted: wrong parameters are mistakes or unknown.

    Parameters
    ----------
    quotes : callable, model or mapping of columns
        ``quotes(mid_price, inventory, time_left)``, which returns `Quotes` or a (bid, ask) pair for one number each;
        a model; or a log: columns mid_price, inventory [clips], time_left, bid_price and ask_price that broadcast.
        NaN or None: no quote.
    market : Market
        What the formula was to believe, and where its cost is reckoned.
    risk_aversion : float
        γ [1/(price·clip)], above 0.
    max_inventory : int, optional
        q̄ [clips]; by default the model's own. Without it bounded formulas and shares of a limit are not looked for.
    processing_cost, mean_reversion : float
        c [price] of Ho and Stoll's dealer; ζ [1/time].
    tick : float
        What prices were rounded to [price]; 0: not at all, and then a depth must be right to a millionth.
    n_steps : int
        Steps in the session that the cost is reckoned over.

    Returns
    -------
    Diagnosis

    Raises
    ------
    ParameterError
        If `quotes` is none of these, gives no finite price, or a number is not allowed.
    """
    max_inventory = getattr(quotes, "max_inventory", None) if max_inventory is None else max_inventory
    own = dict[str, Any](inventory_limit=max_inventory, processing_cost=processing_cost, mean_reversion=mean_reversion)
    known = Mistaken(market=market, risk_aversion=replace(RISK_AVERSION, above=0).check(risk_aversion), **own)
    formula = None if hasattr(quotes, "keys") else _as_policy(quotes, market.mid_price)
    if formula:
        q, tau = _grid(market, _INVENTORIES, max_inventory, _SHARES)
        mid, depths = np.full(q.shape, market.mid_price), np.array(formula(q, tau))
    else:
        mid, q, tau, *given = _columns_of(quotes)
        tau, depths = check_time_left(tau, market.horizon), np.array(given)
    if not np.isfinite(depths).any():
        raise ParameterError("quotes: there is no finite bid or ask price at any of the points.")
    slack = check_number("tick", tick, "price", at_least=0) * (1 + 1e-6) + 8 * np.spacing(np.abs(mid))
    ranked: list[tuple[float, Mistaken, bool]] = []
    rows = ((formula, name) for formula in FORMULAS for name, row in MISTAKES.items() if row.of in ("", formula))
    for one in (replace(known, formula=formula, mistake=name) for formula, name in rows):
        other = _depths(one, q, tau)
        distance = np.abs(other - depths)
        there = np.isfinite(distance)
        if there.sum() * 2 >= np.isfinite(depths).sum():
            fits = distance <= slack + EXACT * np.abs(other) + 1e-9 * np.nanmax(np.abs(other))
            ranked.append((float(distance[there].max()), one, bool(fits[there].all())))
    ranked.sort(key=lambda row: (not row[2], row[1].mistake != "" if row[2] else row[0]))
    matches = tuple(one for _, one, fits in ranked if fits)
    misses_by, nearest, _ = ranked[0]
    telling = tuple(None if formula else _telling(nearest, one) for one in matches)  # a formula was asked everywhere
    margin = min((distance for distance, _, fits in ranked if matches and not fits), default=float("nan"))
    verdict = "unknown" if not matches else "mistake" if nearest.mistake else "right"
    if any(where and (one.mistake or nearest.mistake) for one, where in zip(matches, telling, strict=True)):
        verdict = "undecided"
    notes = _notes(q, tau, np.isfinite(depths), max_inventory)
    return Diagnosis(verdict, matches, telling, nearest, misses_by, margin, notes, formula, n_steps)


def _columns_of(log: Mapping[str, Any]) -> tuple[FloatArray, ...]:
    """The state's columns of a log and its bid and ask depths, as flat arrays of one length."""
    if missing := ", ".join(name for name in _COLUMNS if name not in log):
        raise ParameterError(f"quotes: a log needs the columns {', '.join(_COLUMNS)}; {missing} is not there.")
    columns = {name: np.asarray(log[name], dtype=np.float64) for name in _COLUMNS}
    if unknown := " and ".join(name for name in _COLUMNS[:3] if not np.isfinite(columns[name]).all()):
        raise ParameterError(f"quotes: {unknown} must be a finite number at each point.")
    mid, q, tau, bid, ask = map(np.ravel, np.broadcast_arrays(*columns.values()))
    return mid, q, tau, mid - bid, ask - mid


def _as_policy(quotes: Any, mid_price: float) -> Callable[..., tuple[FloatArray, FloatArray]]:
    """A reader's formula or a model as depths at (inventory, time left), asked for one number each as a desk asks."""
    ask = getattr(quotes, "quotes", quotes)
    if not callable(ask) and hasattr(quotes, "depths"):
        return np.vectorize(quotes.depths, otypes=[float, float])
    if not callable(ask) or isinstance(quotes, type):
        one = f"a function of (mid_price, inventory, time_left), a model, or a log with columns {', '.join(_COLUMNS)}"
        raise ParameterError(f"quotes must be {one}; got {quotes!r:.100}.")

    def at(q: float, tau: float) -> tuple[float, float]:
        given = ask(mid_price, q, tau)
        try:
            pair = (given.bid_price, given.ask_price) if isinstance(given, Quotes) else given
            bid, offer = np.array(pair, dtype=float).reshape(2)  # None becomes NaN
        except (TypeError, ValueError):
            raise ParameterError(f"quotes must return Quotes or a (bid, ask) pair; got {given!r:.100}.") from None
        return mid_price - bid, offer - mid_price

    return np.vectorize(at, otypes=[float, float])


def _depths(one: Mistaken, q: FloatArray, tau: FloatArray) -> FloatArray:
    """Its bid and ask depth at the points, shape (2, n); NaN where the formula takes no such numbers."""
    try:
        with np.errstate(all="ignore"):
            return np.array(one.depths(q, tau))
    except (ParameterError, OverflowError):
        return np.full((2, len(q)), np.nan)


def _telling(first: Mistaken, other: Mistaken) -> tuple[float, float] | None:
    """The inventory and time left at which two formulas differ most, among those of a small grid; None: nowhere."""
    q, tau = _grid(first.market, np.arange(-5.0, 6.0), first.inventory_limit, np.linspace(0, 1, 11)[:, np.newaxis])
    here, there = _depths(first, q, tau), _depths(other, q, tau)
    apart = np.nan_to_num(np.abs(here - there) - EXACT * np.abs(here), nan=-np.inf).max(axis=0)
    furthest = int(apart.argmax())
    differs = apart[furthest] > 1e-9 * np.nan_to_num(np.abs(here)).max()
    return (float(q[furthest]), float(tau[furthest])) if differs else None


def _grid(market: Market, inventories: FloatArray, limit: int | None, shares: FloatArray) -> tuple[FloatArray, ...]:
    """The inventories within a limit and the times left, in parts of the session, as two flat arrays."""
    inside = inventories[np.abs(inventories) <= (np.inf if limit is None else limit)]
    return tuple(map(np.ravel, np.broadcast_arrays(inside, shares * market.horizon)))


def _notes(q: FloatArray, tau: FloatArray, quoted: BoolArray, limit: int | None) -> tuple[str, ...]:
    """What the points given cannot show."""
    (bids, asks), there = quoted, quoted.any(axis=0)
    inventories, times = np.unique(q[there]), np.unique(tau[there])
    notes = {
        f"All points are at inventory {inventories[0]:g}: one inventory cannot show the skew.": len(inventories) == 1,
        f"All points have {times[0]:g} of time left: one time cannot show how quotes depend on it.": len(times) == 1,
        "There is no bid at any point: what is wrong with it cannot be seen.": not bids.any(),
        "There is no ask at any point: what is wrong with it cannot be seen.": not asks.any(),
        "max_inventory is not given: formulas with a limit, and shares of one, were not looked for.": limit is None,
    }
    return tuple(note for note, holds in notes.items() if holds)
