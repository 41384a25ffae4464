"""diagnose: which known mistake a formula's quotes are, and what it costs a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.measure.mistakes import FORMULAS, MISTAKES, Mistaken
from mmlab.measure.quoted import as_policy, columns_of
from mmlab.models.within import Within
from mmlab.parameters import FloatArray, ParameterError, check_number
from mmlab.simulation.exact import ExactMoments, exact_moments
from mmlab.table import markdown, minus
from mmlab.vocabulary import RISK_AVERSION, check_time_left

EXACT = 1e-6
"""How far, in parts of itself, a depth may be from a known one and still be it."""

_INVENTORIES, _SHARES = np.arange(-3.0, 4.0), np.array([[1.0], [0.65], [0.4], [0.15]])
"""Where a formula is asked, the times left in parts of the session: t is never T − t there."""


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
    """"right", "mistake", "undecided" (some that fit differ elsewhere) or "unknown"."""
    matches: tuple[Mistaken, ...]
    """All known formulas, right and wrong, that quote so; where a right one does it comes first."""
    telling: tuple[tuple[float, float] | None, ...]
    """For each match the (inventory [clips], time left) where it quotes otherwise than the first; None: nowhere."""
    nearest: Mistaken
    """The nearest of all known ones, right or wrong."""
    misses_by: float
    """The largest distance of a price from the nearest's [price]."""
    margin: float
    """The largest distance between the first match and the nearest one of another behaviour [price]; NaN: no match.

    Quotes that are exact to half of it give the same diagnosis."""
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
        known = self.matches[0] if self.matches else self.nearest
        policy = known if self.matches else self.formula
        if policy is None:
            return None
        both, limit = (policy, replace(known, mistake="")), known.inventory_limit
        wrong, right = (exact_moments(Within(one, limit) if limit else one, known.market, self.n_steps) for one in both)
        values = [one.certainty_equivalent(known.risk_aversion) for one in (right, wrong)]
        return Cost(wrong, right, right.mean - wrong.mean, right.sd - wrong.sd, values[0] - values[1])

    def __str__(self) -> str:
        first, *others = self.matches or (self.nearest,)
        same = [
            one.sentence for one, where in zip(others, self.telling[1:], strict=True) if where is None and one.mistake
        ]
        differ = [(one, where) for one, where in zip(others, self.telling[1:], strict=True) if where is not None]
        if self.verdict == "unknown":
            lines = [
                f"No known formula and no known mistake. The nearest is {first.sentence}, which it misses by up to "
                f"{self.misses_by:.4g} in price."
            ]
        else:
            lines = [f"{'A known mistake: ' if first.mistake else 'It is right: '}{first.sentence}, {first.believes}."]
            if first.mistake and same:
                lines.append(f"With these parameters that is the same as: {'; '.join(same)}.")
            for one, (q, tau) in differ:
                lines.append(
                    f"At the points given it may as well be: {one.sentence}. A quote at inventory {q:g} with {tau:g} "
                    "of time left tells them apart."
                )
        lines += self.notes
        if (first.mistake or self.verdict == "unknown") and (cost := self.cost):
            wrong, right, much = cost.wrong, cost.right, cost.certainty_equivalent
            within = f"Within ±{first.inventory_limit} clips and" if first.inventory_limit else "Without a limit, in"
            verb, end = ("costs", "") if much >= 0 else ("is worth", " more, and is a mistake all the same")
            lines.append(
                f"{within} {self.n_steps} steps it earns {wrong.mean:.2f} ± {wrong.sd:.2f} a session, the right one "
                f"{right.mean:.2f} ± {right.sd:.2f}; "
                f"at γ = {first.risk_aversion:g} it {verb} {abs(much):.2f} a session{end}."
            )
        return minus("\n".join(lines))

    __repr__ = __str__

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
    gamma = float(replace(RISK_AVERSION, above=0).check(risk_aversion))
    tick = check_number("tick", tick, "price", at_least=0)
    if max_inventory is None:
        max_inventory = getattr(quotes, "max_inventory", None)
    formula: Callable[..., Any] | None = None
    if hasattr(quotes, "keys"):
        mid, q, tau, *given = columns_of(quotes)
    else:
        reach = min(3.0, np.inf if max_inventory is None else max_inventory)
        formula, mid = as_policy(quotes, market.mid_price), np.asarray(market.mid_price, dtype=float)
        q, tau = map(np.ravel, np.broadcast_arrays(_INVENTORIES[abs(_INVENTORIES) <= reach], _SHARES * market.horizon))
        bid, ask = formula(q, tau)
        given = [mid - bid, mid + ask]
    tau = check_time_left(tau, market.horizon)
    if not np.isfinite(given).any():
        raise ParameterError("quotes: there is no finite bid or ask price at any of the points.")
    known = Mistaken(
        market=market,
        risk_aversion=gamma,
        inventory_limit=max_inventory,
        processing_cost=processing_cost,
        mean_reversion=mean_reversion,
    )
    depths = np.array([mid - given[0], given[1] - mid])
    slack = tick * (1 + 1e-6) + 8 * np.spacing(np.abs(mid))
    ranked = []
    for one, other in _known(known, q, tau):
        distance = np.abs(other - depths)
        there = np.isfinite(distance)
        if there.sum() * 2 < np.isfinite(depths).sum():
            continue
        fits = (distance <= slack + EXACT * np.abs(other) + 1e-9 * np.nanmax(np.abs(other)))[there].all()
        ranked.append((float(distance[there].max()), one, bool(fits)))
    matches = sorted((one for _, one, fits in ranked if fits), key=lambda one: one.mistake != "")
    misses_by, nearest, _ = min(ranked, key=lambda row: row[0])
    telling = tuple(_telling(matches[0], one) for one in matches)
    differ = [one for one, where in zip(matches, telling, strict=True) if where is not None]
    verdict = "unknown" if not matches else "mistake" if matches[0].mistake else "right"
    if any(one.mistake or matches[0].mistake for one in differ):
        verdict = "undecided"
    others = [distance for distance, _, fits in ranked if not fits] if matches else []
    return Diagnosis(
        verdict=verdict,
        matches=tuple(matches),
        telling=telling,
        nearest=matches[0] if matches else nearest,
        misses_by=misses_by,
        margin=min(others, default=float("nan")),
        notes=tuple(_notes(q, tau, depths, max_inventory)),
        formula=formula,
        n_steps=n_steps,
    )


def _known(like: Mistaken, q: FloatArray, tau: FloatArray) -> Iterator[tuple[Mistaken, FloatArray]]:
    """Each known formula with each known mistake, and its bid and ask depth at the points, shape (2, n)."""
    for formula in FORMULAS:
        for name, row in MISTAKES.items():
            if row.of not in ("", formula):
                continue
            one = replace(like, formula=formula, mistake=name)
            depths = _depths(one, q, tau)
            if depths is not None:
                yield one, depths


def _depths(one: Mistaken, q: FloatArray, tau: FloatArray) -> FloatArray | None:
    """Its depths, or None where the formula takes no such numbers: what it cannot quote, nobody saw it quote."""
    try:
        with np.errstate(all="ignore"):
            depths = np.array(one.depths(q, tau))
    except (ParameterError, OverflowError):
        return None
    return depths if np.isfinite(depths).any() else None


def _telling(first: Mistaken, other: Mistaken) -> tuple[float, float] | None:
    """The inventory and time left at which two formulas differ most, among those of a small grid; None: nowhere."""
    reach = 5 if first.inventory_limit is None else min(5, first.inventory_limit)
    shares = np.linspace(0, 1, 11)[:, np.newaxis]
    q, tau = map(np.ravel, np.broadcast_arrays(np.arange(-reach, reach + 1.0), shares * first.market.horizon))
    here, there = _depths(first, q, tau), _depths(other, q, tau)
    if here is None or there is None:
        return None
    apart = np.nan_to_num(np.abs(here - there) - EXACT * np.abs(here), nan=-np.inf).max(axis=0)
    furthest = int(apart.argmax())
    return (float(q[furthest]), float(tau[furthest])) if apart[furthest] > 1e-9 * np.nanmax(np.abs(here)) else None


def _notes(q: FloatArray, tau: FloatArray, depths: FloatArray, limit: int | None) -> Iterator[str]:
    """What the points given cannot show."""
    quoted = np.isfinite(depths)
    if len(np.unique(q[quoted.any(axis=0)])) == 1:
        yield f"All points are at inventory {q[0]:g}: one inventory cannot show the skew."
    if len(np.unique(tau[quoted.any(axis=0)])) == 1:
        yield f"All points have {tau[0]:g} of time left: one time cannot show how quotes depend on it."
    for side, there in zip(("bid", "ask"), quoted, strict=True):
        if not there.any():
            yield f"There is no {side} at any point: what is wrong with it cannot be seen."
    if limit is None:
        yield "max_inventory is not given: formulas with a limit, and shares of one, were not looked for."
