"""What checks the exercises of chapter 07, by the desk's own parts; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from mmbook import printed
from mmbook.ch07.scenes import MARKET, MAX_POSITION, VENUE, Hours, tape
from mmbook.ch07.tables import Effect
from mmlab.desk import ConfigError, Desk, MarketMakingConfig, QuoteAggressiveness, QuoteSizer, QuoteTimer
from mmlab.parameters import FloatArray
from mmlab.simulation import simulate
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

ROOM_SIZE, ROOM_LIMIT = 5, 12


def _lacks_room(gave: FloatArray, right: FloatArray, q: float) -> str:
    if np.allclose(gave, printed.QuoteSizer(ROOM_LIMIT, ROOM_SIZE).calculate_quote_size(q, 100)):  # type: ignore[no-untyped-call]
        return "same-room"
    if (gave < 0).any():
        return "negative"
    return "no-lots" if np.allclose(np.floor(gave), right) else "otherwise"


sizes_with_room = formula(
    QuoteSizer(base_size=ROOM_SIZE, max_position=ROOM_LIMIT).calculate_quote_size,
    [(q,) for q in (0.0, 3.0, 9.0, 12.0, -12.0, -9.4, 14.0, -13.0)],
    otherwise=_lacks_room,
)


def _behind(u: float, ahead: float, mean: float) -> float:
    """What an order fills of u clips behind others, of those that are geometric with this mean [clips]."""
    goes_on = 1 - 1 / mean
    return float(mean * goes_on**ahead * (1 - goes_on**u))


filled_behind = formula(
    _behind,
    [(1.0, 1.0, 2.0), (6.0, 0.0, 2.0), (6.0, 3.0, 2.0), (2.0, 5.0, 4.0), (4.0, 1.0, 10.0)],
    mistakes={
        "first-in-line": lambda u, ahead, mean: _behind(u, 0, mean),
        "theirs-too": lambda u, ahead, mean: _behind(u + ahead, 0, mean),
        "mean-order": lambda u, ahead, mean: min(u, max(mean - ahead, 0.0)),
        "all-or-none": lambda u, ahead, mean: u * (1 - 1 / mean) ** (u + ahead - 1),
        "one-more": lambda u, ahead, mean: (1 - 1 / mean) * _behind(u, ahead, mean),
    },
)


def _reached(distance: float, sigma: float, time: float, sides: float = 2.0) -> float:
    """The chance that a Brownian motion gets so far within a time."""
    return sides / 2 * math.erfc(distance / (sigma * math.sqrt(2 * time)))


walked_through = formula(
    lambda depth, moved, sigma, time: _reached(depth - moved, sigma, time),
    [(2.0, 0.5, 1.0, 4.0), (1.0, 0.4, 0.5, 2.0), (1.0, 0.0, 2.0, 0.25), (0.75, -0.4, 1.5, 0.5)],
    mistakes={
        "at-the-end": lambda depth, moved, sigma, time: _reached(depth - moved, sigma, time, 1.0),
        "age-alone": lambda depth, moved, sigma, time: _reached(depth, sigma, time),
        "away": lambda depth, moved, sigma, time: _reached(depth + moved, sigma, time),
        "no-root": lambda depth, moved, sigma, time: _reached(depth - moved, sigma, time**2),
        "survives": lambda depth, moved, sigma, time: 1 - _reached(depth - moved, sigma, time),
    },
    tolerance=1e-6,
)


def _rebate(share: float, over: Callable[[float, float, float], float]) -> Callable[[float, float, float], float]:
    """What giving on a share of a rebate brings, less what `over` says."""
    return lambda rebate, arrivals, k: (
        arrivals * math.exp(k * share * rebate - 1) * (1 / k + (1 - share) * rebate) - over(rebate, arrivals, k)
    )


def _all_kept(rebate: float, arrivals: float, k: float) -> float:
    return arrivals * math.exp(-1) * (1 / k + rebate)


rebate_given_on = formula(
    _rebate(1.0, _all_kept),
    [(0.1, 40.0, 1.5), (0.5, 40.0, 1.5), (1.0, 10.0, 2.0), (0.3, 100.0, 0.7)],
    mistakes={
        "half-given": _rebate(0.5, _all_kept),
        "not-less": _rebate(1.0, lambda *_: 0.0),
        "against-no-rebate": _rebate(1.0, lambda rebate, arrivals, k: _all_kept(0.0, arrivals, k)),
        "kept-alone": _rebate(0.0, lambda rebate, arrivals, k: _all_kept(0.0, arrivals, k)),
        "wider": lambda rebate, arrivals, k: arrivals * math.exp(-k * rebate - 1) / k - _all_kept(rebate, arrivals, k),
    },
)

_TIMER = QuoteTimer(min_quote_time=0, max_quote_time=1, stale_fraction=0.5)
_HOURS = float(_TIMER.calculate_quote_time(0.75, MARKET.volatility))
"""Until a half-spread of 0.75 is stale [h]: (νδ/σ)²."""

stale_after = formula(
    lambda: 3600 * _HOURS,
    mistakes={
        "hours": lambda: _HOURS,
        "minutes": lambda: 60 * _HOURS,
        "whole-half-spread": lambda: 4 * 3600 * _HOURS,
        "no-square": lambda: 3600 * np.sqrt(_HOURS),
    },
    tolerance=2e-3,
    facts=lambda gave, right: {"hours": _HOURS},
)


def spread_at_inventory(answer: Answer) -> Facts:
    """The inventory, long or short, by the spread that it gives."""
    gave = float(answer.numbers(answer.given, ()))
    width = QuoteAggressiveness(base_spread=1, max_spread=3, max_position=MAX_POSITION, normal_volatility=4)
    spread = float(width.adjust_spread(1, width.calculate_aggressiveness(gave, 8)))
    if abs(spread - 2.8) < 0.005 and abs(gave) <= MAX_POSITION:
        return {}
    raise Mistake("in-a-calm-market" if abs(gave) == 18 else "otherwise", gave=gave, spread=spread)


def save_the_guide(answer: Answer) -> Facts:
    """A configuration with those two numbers that is accepted."""
    given = answer.given
    if not isinstance(given, str | Path | Mapping):
        raise Mistake("no-configuration", kind=type(given).__name__)
    try:
        made = (
            MarketMakingConfig.from_dict(given) if isinstance(given, Mapping) else MarketMakingConfig.from_toml(given)
        )
    except ConfigError as error:
        raise Mistake("refused", error=error) from None
    spread = made.quotes.base_spread
    kept = {"limits.max_position": (made.limits.max_position, 1e6), "quotes.base_spread": (spread, 1e-4)}
    for name, (value, must) in kept.items():
        if not np.isclose(value, must):
            raise Mistake("not-kept", name=name, value=value, must=must)
    market = made.market
    return {"clip": market.clip, "clips": made.clips(1e6), "cost": market.transaction_cost, "spread": spread}


PASSES, UNSEEN_SEED = 19.5, 2027


def _hours(answer: Answer) -> Hours:
    """A desk at the chapter's venue, on hours that nobody has seen."""
    desk = answer.given
    if not isinstance(desk, Desk):
        raise Mistake("no-desk", kind=type(desk).__name__)
    if desk.venue != VENUE:
        raise Mistake("other-venue", venue=VENUE, yours=desk.venue)
    if desk.limits:
        raise Mistake("with-limits")
    return Hours.of(simulate(desk, tape(UNSEEN_SEED)))


def _scored(run: Hours) -> Facts:
    return {"mean": Effect.of(run.pnl), "sd": run.pnl.std(), "score": Effect.of(run.score), "passes": PASSES}


CHECKS: dict[str, Check] = {
    "filled-behind": filled_behind,
    "walked-through": walked_through,
    "rebate-given-on": rebate_given_on,
    "sizes-with-room": sizes_with_room,
    "stale-after": stale_after,
    "spread-at-inventory": spread_at_inventory,
    "save-the-guide": save_the_guide,
    "best-desk": contest(_hours, lambda run: "more-to-earn" if run.score.mean() < PASSES else None, _scored),
}
