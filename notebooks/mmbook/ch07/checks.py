"""How chapter 07 judges answers: against the desk's own parts, with the usual mistakes known by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mmbook import printed
from mmbook.ch07.scenes import MARKET, MAX_POSITION, N_PATHS, VENUE, score_by_hour, tape
from mmlab.desk import ConfigError, Desk, MarketMakingConfig, QuoteAggressiveness, QuoteSizer, QuoteTimer
from mmlab.parameters import ParameterError
from mmlab.simulation import simulate
from mmlab.teach.answers import Answer, NotYet

ROOM_SIZE, ROOM_LIMIT = 5, 12


def sizes_with_room(answer: Answer) -> str:
    """At inventories inside, at and beyond the limits, whole and not."""
    sizer = QuoteSizer(base_size=ROOM_SIZE, max_position=ROOM_LIMIT)
    for q in (0.0, 3.0, 9.0, 12.0, -12.0, 10.5, 14.0, -13.0):
        given = answer.numbers(answer(q), (2,))
        bid, ask = (float(size) for size in sizer.calculate_quote_size(q))
        if np.allclose(given, (bid, ask), atol=1e-9):
            continue
        said = f"{answer.running} gives {given[0]:g} and {given[1]:g}"
        if np.allclose(given, printed.QuoteSizer(ROOM_LIMIT, ROOM_SIZE).calculate_quote_size(q, 100)):  # type: ignore[no-untyped-call]
            raise NotYet(f"{said}: both sides have got the same room. At a limit, which side leads back?")
        if np.allclose(given, (ask, bid), atol=1e-9):
            raise NotYet(f"{said}: bid and ask are exchanged. Who is long has less room to buy.")
        if (given < 0).any():
            raise NotYet(f"{said}: no size is below 0.")
        if np.allclose(np.floor(given), (bid, ask)):
            raise NotYet(f"{said}: sizes are whole lots, rounded down.")
        raise NotYet(f"{said}; it is {bid:g} and {ask:g}.")
    return "at a limit one side goes and the other stays whole; beyond it, too."


def stale_after(answer: Answer) -> str:
    """(f h / σ)² in seconds."""
    given = float(answer.numbers(answer.given, ()))
    timer = QuoteTimer(min_quote_time=0, max_quote_time=1, stale_fraction=0.5)
    hours = float(timer.calculate_quote_time(0.75, MARKET.volatility))
    mistakes = {
        "hours. There are 3,600 seconds in one": hours,
        "minutes. There are 60 seconds in one": 60 * hours,
        "the time in which it moves by the whole half-spread": 4 * 3600 * hours,
        "f h/σ without the square: the mid moves by σ√Δt, not by σΔt": 3600 * np.sqrt(hours),
    }
    if abs(given / (3600 * hours) - 1) < 0.01:
        return f"{3600 * hours:.1f} s, or {hours:.4f} h. Twice the volatility, and it would be a quarter of that."
    for mistake, value in mistakes.items():
        if abs(given / value - 1) < 0.01:
            raise NotYet(f"{given:g} is {mistake}.")
    raise NotYet(f"{given:g} s is not when σ√Δt is half of 0.75, with σ = 4 price/√h.")


def spread_at_inventory(answer: Answer) -> str:
    """The inventory, by the spread that it gives."""
    given = float(answer.numbers(answer.given, ()))
    width = QuoteAggressiveness(base_spread=1, max_spread=3, max_position=MAX_POSITION, normal_volatility=4)
    spread = float(width.adjust_spread(1, width.calculate_aggressiveness(given, 8)))
    if abs(spread - 2.5) < 0.005 and abs(given) <= MAX_POSITION:
        return "a = ¼, half of it taken by the volatility and half by the inventory, long or short."
    if abs(abs(given) - 15) < 1e-9:
        raise NotYet(f"at {given:g} it is 2.5 in a calm market; at σ = 2σ₀ it is {spread:.3f} there.")
    raise NotYet(f"at {given:g} the spread is {spread:.3f}.")


def save_the_guide(answer: Answer) -> str:
    """A configuration with those two numbers that is accepted."""
    given = answer.given
    if not isinstance(given, str | Path | Mapping):
        raise NotYet(f"the answer is TOML or a dict of sections, not {type(given).__name__}.")
    try:
        made = (
            MarketMakingConfig.from_dict(given) if isinstance(given, Mapping) else MarketMakingConfig.from_toml(given)
        )
    except ConfigError as error:
        raise NotYet(f"refused: {error}") from None
    kept = {
        "limits.max_position": (made.limits.max_position, 1e6),
        "quotes.base_spread": (made.quotes.base_spread, 1e-4),
    }
    for name, (value, wanted) in kept.items():
        if not np.isclose(value, wanted):
            raise NotYet(f"accepted, but {name} is {value:g} and was to stay {wanted:g}.")
    return (
        f"a clip of {made.market.clip:,.0f} shares makes it {made.clips(1e6):g} clips, and a cost of "
        f"{made.market.transaction_cost:g} is earned back by a round trip at {made.quotes.base_spread:g}."
    )


PASSES, UNSEEN = 19.5, 2027


def best_desk(answer: Answer) -> str:
    """The score of a desk, at the chapter's venue, on hours that nobody has seen."""
    desk = answer.given
    if not isinstance(desk, Desk):
        raise NotYet(f"the answer is a Desk, such as the chapter's desk(base_size=2); got {type(desk).__name__}.")
    if desk.venue != VENUE:
        raise NotYet(f"the venue is {VENUE}, for everybody; yours is {desk.venue}.")
    if desk.limits:
        raise NotYet("limits are chapter 08's: leave them out here.")
    try:
        run = simulate(desk, tape(UNSEEN))
    except ParameterError:
        raise
    except Exception as error:
        raise NotYet(f"your desk raised {type(error).__name__}: {error}") from error
    by_hour = score_by_hour(run)
    unsure = by_hour.std(ddof=1) / np.sqrt(N_PATHS)
    said = f"{run.pnl.mean():.2f} an hour, deviation {run.pnl.std():.2f}, score {by_hour.mean():.2f} ± {unsure:.2f}"
    if by_hour.mean() < PASSES:
        raise NotYet(f"{said}. {PASSES:g} can be had.")
    return f"{said}. Your score is what counts; the best that we found has 21.9 on these hours."
