"""The bench that every strategy is put on: one market, three rivals, a dealer's γ, and days that all share."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmbook.cha3.review import Review
from mmbook.cha3.section import Section, section
from mmbook.cha3.strategy import LIMIT
from mmlab import AvellanedaStoikov, Exponential, GueantLehalleFernandezTapia, Market, Symmetric
from mmlab.market import Tape
from mmlab.measure import diagnose
from mmlab.models.within import Within
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.simulation import exact_moments, simulate
from mmlab.table import Table

GAMMA, N_STEPS, N_DAYS = 0.1, 200, 1000
MARKET = Market.avellaneda_stoikov_2008()
OTHERS = {
    "as believed": MARKET,
    "σ doubles": replace(MARKET, volatility=4.0),
    "half as many orders": replace(MARKET, intensity=Exponential(arrival_rate=70, fill_decay=1.5)),
    "orders reach less far (k = 2)": replace(MARKET, intensity=Exponential(arrival_rate=140, fill_decay=2.0)),
    "each order moves the mid by ε = 0.2 its way": replace(MARKET, jump=(0.2, 0.2)),
}


def rivals(market: Market) -> dict[str, Any]:
    """The workbook's own strategies, told a market, within ±`LIMIT` clips: what chapters 02, 03 and 06 compare."""
    plain = Symmetric.for_market(market, risk_aversion=GAMMA)
    return {
        "Guéant": GueantLehalleFernandezTapia.for_market(market, risk_aversion=GAMMA, max_inventory=LIMIT),
        "Avellaneda–Stoikov": Within(AvellanedaStoikov.for_market(market, risk_aversion=GAMMA), LIMIT),
        f"symmetric ±{plain.half_spread:.2f}": Within(plain, LIMIT),
    }


RIVALS = rivals(MARKET)


def start(mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
    """The strategy that the page begins with."""
    middle = np.asarray(mid_price) - 0.1 * np.asarray(inventory)
    return Quotes.at(middle - 0.75, middle + 0.75)


def by_day(pnl: FloatArray) -> FloatArray:
    """A number for each day whose mean is the profit's mean less γ/2 times its variance [price · clip]."""
    return np.asarray(pnl - GAMMA / 2 * (pnl - pnl.mean()) ** 2)


def error_of(days: FloatArray) -> float:
    """The standard error of a mean over days."""
    return float(days.std() / np.sqrt(len(days)))


def sampled(days: FloatArray) -> str:
    """A mean over days, with its standard error."""
    return with_error(days.mean(), error_of(days))


def with_error(value: float, error: float) -> str:
    """A number, with its standard error where it was sampled."""
    return f"{value:.2f} ± {error:.2f}" if error else f"{value:.2f}"


@lru_cache(maxsize=8)
def _tape(market: Market) -> Tape:
    return market.tape(N_DAYS, N_STEPS, seed=20261129)


@lru_cache(maxsize=32)
def profits(strategy: Any, market: Market = MARKET) -> tuple[FloatArray, FloatArray]:
    """The profits of a strategy and its last inventories, on the days of a market that all share."""
    history = simulate(strategy, _tape(market))
    return history.pnl, history.final_inventory


class Day(NamedTuple):
    """What a day brings: exact, with errors of 0, or sampled."""

    mean: float
    mean_error: float
    sd: float
    worth: float
    """The mean less γ/2 times the variance [price · clip]."""
    error: float
    held: float
    """The deviation of the last inventory [clips]."""


@lru_cache(maxsize=64)
def day_of(one: Any, market: Market = MARKET) -> Day:
    """What a day brings to a model, or to the strategy of a review."""
    if not getattr(one, "exact", ""):
        day = exact_moments(getattr(one, "strategy", one), market, N_STEPS)
        return Day(day.mean, 0.0, day.sd, day.mean - GAMMA / 2 * day.sd**2, 0.0, day.inventory_sd)
    pnl, held = profits(one.strategy, market)
    return Day(pnl.mean(), error_of(pnl), pnl.std(), by_day(pnl).mean(), error_of(by_day(pnl)), held.std())


def beside(difference: float, error: float, whom: str) -> str:
    """A difference in words: how much more or less than somebody's, or that it is within two errors."""
    if error and abs(difference) < 2 * error:
        return f"as much as {whom}, within the noise ({difference:+.2f} ± {error:.2f})"
    return f"{with_error(abs(difference), error)} {'more' if difference > 0 else 'less'} than {whom}"


@section
def exactly(mine: Review, guess: float | None = None) -> Section:
    """Mean, deviation and worth of a day, without noise where the strategy allows it."""
    days = {mine.name: day_of(mine)} | {name: day_of(model) for name, model in RIVALS.items()}
    own, rows = days[mine.name], []
    earns, is_worth = with_error(own.mean, own.mean_error), with_error(own.worth, own.error)
    others = (beside(own.worth - day.worth, own.error, name) for name, day in days.items() if name != mine.name)
    sentence = f"A day earns {earns}, with a deviation of {own.sd:.2f}. To a dealer with γ = {GAMMA:g} it is worth "
    sentence += f"{is_worth}: {'; '.join(others)}."
    if mine.exact:
        sentence += f" It is sampled, not exact: {mine.exact}."
    if isinstance(guess, int | float):
        sentence += f" You guessed {guess:g}: {abs(guess - own.worth):.1f} off."
    for name, (mean, mean_error, sd, worth, error, held) in days.items():
        rows.append([name, with_error(mean, mean_error), f"{sd:.2f}", with_error(worth, error), f"{held:.2f}"])
    head = ["strategy", "mean", "deviation", "worth", "deviation of the last inventory"]
    return Section(sentence, f"worth {is_worth} (mean {earns})", Table.of(head, rows))


@section
def on_one_tape(mine: Review) -> Section:
    """The same days for all: differences day by day, with their errors."""
    own, rows = profits(mine.strategy)[0], []
    apart = by_day(own) - by_day(profits(RIVALS["Guéant"])[0])
    for name, one in {mine.name: mine.strategy, **RIVALS}.items():
        pnl = profits(one)[0]
        ahead = [sampled(own - pnl), sampled(by_day(own) - by_day(pnl))] if name != mine.name else ["", ""]
        rows.append([name, sampled(pnl), sampled(by_day(pnl)), *ahead])
    sentence = f"On the same {N_DAYS:,} days it is worth {beside(apart.mean(), error_of(apart), 'Guéant')}. Its own "
    sentence += f"worth is known to ± {error_of(by_day(own)):.2f} from them, the difference to ± {error_of(apart):.2f}."
    head = ["strategy", "mean", "worth", "yours less it: mean", "yours less it: worth"]
    return Section(sentence, f"worth {sampled(apart)} beside Guéant's, day by day", Table.of(head, rows))


@section
def elsewhere(mine: Review) -> Section:
    """The same strategy, unchanged, where the market is another."""
    rows, lost = [], {}
    for name, market in OTHERS.items():
        own, same, informed = (day_of(one, market) for one in (mine, RIVALS["Guéant"], rivals(market)["Guéant"]))
        lost[name] = informed.worth - own.worth
        worth = [with_error(own.worth, own.error), f"{own.sd:.2f}", f"{same.worth:.2f}", f"{informed.worth:.2f}"]
        rows.append([name, *worth, f"{lost[name]:.2f}"])
    worst = max(lost, key=lambda name: lost[name])
    line = f"furthest below the model that is told the truth in “{worst}”: worth {lost[worst]:.2f} less"
    head = ["market", "yours: worth", "yours: deviation", "Guéant, not told", "Guéant, told", "yours below told"]
    return Section(f"It is {line}.", line, Table.of(head, rows))


@section
def diagnosed(mine: Review) -> Section:
    """Whether the quotes are a formula of the workbook, right or with a known mistake."""
    found = diagnose(mine.strategy, market=MARKET, risk_aversion=GAMMA, max_inventory=LIMIT)
    if found.verdict != "unknown":
        return Section(str(found), f"{found.verdict}: {found.matches[0].sentence}")
    sentence = "It is no formula of this workbook, right or with a known mistake: it is your own."
    right = replace(found.nearest, mistake="").depths(0, MARKET.horizon / 2)
    if not found.nearest.mistake and found.misses_by <= float(sum(right)) / 4:  # half of a half-spread
        sentence += f" It is never further than {found.misses_by:.2g} from {found.nearest.sentence}."
    return Section(sentence, "none of this workbook")
