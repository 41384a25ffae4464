"""The bench that every strategy is put on: one market, three rivals, a dealer's γ, and days that all share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from mmbook.cha3.review import Review
from mmbook.cha3.section import (
    CANNOT,
    Section,
    beside,
    certain,
    error_of,
    held_by_the_tail,
    known,
    section,
    tail_decides,
)
from mmbook.cha3.strategy import LIMIT
from mmlab.market import Exponential, Market, Tape
from mmlab.measure import diagnose
from mmlab.models import AvellanedaStoikov, GueantLehalleFernandezTapia, Symmetric
from mmlab.models.within import Within
from mmlab.parameters import FloatArray
from mmlab.simulation import History, exact_moments, simulate
from mmlab.table import Table

GAMMA, N_STEPS, N_DAYS = 0.1, 200, 1000
MARKET = Market.avellaneda_stoikov_2008()


def rivals(market: Market) -> dict[str, Any]:
    """The workbook's own strategies, told a market, within ±`LIMIT` clips: what chapters 02, 03 and 06 compare."""
    plain = Symmetric.for_market(market, risk_aversion=GAMMA)
    return {
        "Guéant": GueantLehalleFernandezTapia.for_market(market, risk_aversion=GAMMA, max_inventory=LIMIT),
        "Avellaneda–Stoikov": Within(AvellanedaStoikov.for_market(market, risk_aversion=GAMMA), LIMIT),
        f"symmetric ±{plain.half_spread:.2f}": Within(plain, LIMIT),
    }


RIVALS = rivals(MARKET)
PLAIN = list(RIVALS)[-1]
"""The name of the symmetric quotes, with their half-spread."""


@lru_cache(maxsize=8)
def _tape(market: Market, n_days: int = N_DAYS) -> Tape:
    return market.tape(n_days, N_STEPS, seed=20261129)


@lru_cache(maxsize=32)
def days_of(strategy: Any, market: Market) -> FloatArray:
    """The profits of a strategy and its last inventories, (2, n_days), on the days of a market that all share."""
    history: History = simulate(strategy, _tape(market))
    return np.array([history.pnl, history.final_inventory])


@lru_cache(maxsize=64)
def worth(mine: Review | None, model: Any, market: Market) -> tuple[float, float, float, float, float, float]:
    """Mean, its error, deviation, certainty equivalent, its error, deviation of the last inventory.

    Exact, with errors of 0, for a model and for a strategy with exact moments (then `model` is None). The error of a
    certainty equivalent is NaN where a sample cannot tell it.
    """
    if mine is None or not mine.exact:
        policy: Any = model or mine.by_depth  # type: ignore[union-attr]
        exact = exact_moments(policy, market, N_STEPS)
        return exact.mean, 0.0, exact.sd, exact.certainty_equivalent(GAMMA), 0.0, exact.inventory_sd
    pnl, held = days_of(mine.strategy, market)
    return pnl.mean(), error_of(pnl), pnl.std(), *known(pnl, GAMMA), held.std()


def with_error(value: float, error: float) -> str:
    """A number, with its standard error where it was sampled, or that a sample cannot tell it."""
    if np.isnan(error):
        return CANNOT
    return f"{value:.2f} ± {error:.2f}" if error else f"{value:.2f}"


@section
def exactly(mine: Review, guess: float | None = None) -> Section:
    """Mean, deviation and certainty equivalent of a day, without noise where the strategy allows it."""
    all_of = {mine.name: worth(mine, None, MARKET)} | {n: worth(None, model, MARKET) for n, model in RIVALS.items()}
    rows = [
        [name, with_error(mean, error), f"{sd:.2f}", with_error(value, its), f"{held:.2f}"]
        for name, (mean, error, sd, value, its, held) in all_of.items()
    ]
    mean, mean_error, sd, value, error, _ = all_of[mine.name]
    best, plain = all_of["Guéant"][3], all_of[PLAIN][3]
    sentence = (
        f"A day earns {with_error(mean, mean_error)}, with a deviation of {sd:.2f}. To a dealer with γ = {GAMMA:g} it "
    )
    found = f"{with_error(value, error)} for certain"
    if np.isnan(error):
        found = f"what it is worth {tail_of(mine)}"
        sentence = f"A day earns {with_error(mean, mean_error)}, with a deviation of {sd:.2f}; {found}."
    else:
        sentence += f"is worth {found}: {beside(value - best, error, 'Guéant')}, and "
        sentence += f"{beside(value - plain, error, PLAIN)}."
    if mine.exact:
        sentence += f" It is sampled, not exact: {mine.exact}."
    if guess is None or guess is ...:
        sentence += " You have not guessed."
    elif not np.isnan(error):
        sentence += f" You guessed {guess:g}: {abs(guess - value):.1f} off."
    table = Table.of(["strategy", "mean", "deviation", "worth for certain", "deviation of the last inventory"], rows)
    unknown = "whether σ, A and k are those of your market. These numbers are true of this one alone."
    return Section(sentence, f"{found} ({with_error(mean, mean_error)} a day)", table, unknown)


def tail_of(mine: Review, market: Market = MARKET) -> str:
    """That a sample cannot tell what a strategy is worth, and why, as a sentence goes on."""
    share = held_by_the_tail(days_of(mine.strategy, market)[0], GAMMA)
    return f"{CANNOT}: {tail_decides(share)}"


@section
def on_one_tape(mine: Review) -> Section:
    """The same days for all: differences day by day, with their errors."""
    all_of: Mapping[str, Any] = {mine.name: mine.strategy} | RIVALS
    runs = {name: days_of(strategy, MARKET) for name, strategy in all_of.items()}
    own, own_each = certain(runs[mine.name][0], GAMMA)
    blind = {name for name, (pnl, _) in runs.items() if np.isnan(known(pnl, GAMMA)[1])}
    rows, found = [], {}
    for name, (pnl, held) in runs.items():
        value, each = certain(pnl, GAMMA)
        row = [name, with_error(pnl.mean(), error_of(pnl)), with_error(*known(pnl, GAMMA)), f"{held.std():.2f}"]
        ahead = runs[mine.name][0] - pnl
        found[name] = own - value, np.nan if blind & {name, mine.name} else error_of(own_each - each)
        paired = [with_error(ahead.mean(), error_of(ahead)), with_error(*found[name])]
        rows.append(row + (["", ""] if name == mine.name else paired))
    (best, error), apart = found["Guéant"], error_of(own_each)
    line = f"{with_error(best, error)} beside Guéant's, day by day"
    if np.isnan(error):
        ahead = runs[mine.name][0] - runs["Guéant"][0]
        line = f"mean {with_error(ahead.mean(), error_of(ahead))} beside Guéant's; its worth {tail_of(mine)}"
        sentence = f"On the same {N_DAYS:,} days it earns {with_error(ahead.mean(), error_of(ahead))} beside Guéant's. "
        sentence += f"What it is worth {tail_of(mine)}. The mean has its error all the same."
    else:
        sentence = f"On the same {N_DAYS:,} days it is worth {beside(best, error, 'Guéant')}. Its own worth is known "
        sentence += f"to ± {apart:.2f} from them, the difference to ± {error:.2f}: the days' common luck drops out."
    head = [
        "strategy",
        "mean",
        "worth for certain",
        "deviation of the last inventory",
        "you less it: mean",
        "you less it: worth",
    ]
    unknown = "what another thousand days give: two errors either way are ordinary. And if you changed the strategy "
    unknown += "after looking at this table, these days are no test of it any more."
    return Section(sentence, line, Table.of(head, rows), unknown)


OTHERS = {
    "as believed": MARKET,
    "σ doubles": replace(MARKET, volatility=4.0),
    "half as many orders": replace(MARKET, intensity=Exponential(arrival_rate=70, fill_decay=1.5)),
    "orders reach less far (k = 2)": replace(MARKET, intensity=Exponential(arrival_rate=140, fill_decay=2.0)),
    "each order moves the mid by ε = 0.2 its way": replace(MARKET, jump=(0.2, 0.2)),
}


def _of(name: str) -> str:
    return "the market is as believed" if name == "as believed" else name


def _less(lost: float) -> str:
    return f"worth {lost:.2f} less" if lost > 0 else f"worth {-lost:.2f} more"


@section
def elsewhere(mine: Review) -> Section:
    """The same strategy, unchanged, where the market is another."""
    rows, lost = [], {}
    for name, market in OTHERS.items():
        _, _, sd, value, error, _ = worth(mine, None, market)
        same, informed = (worth(None, group["Guéant"], market)[3] for group in (RIVALS, rivals(market)))
        told = [f"{same:.2f}", f"{informed:.2f}", with_error(informed - value, error).split(" ±")[0]]
        rows.append([name, with_error(value, error), f"{sd:.2f}", *told])
        if not np.isnan(error):
            lost[name] = informed - value
    blind = [name for name in OTHERS if name not in lost]
    sentence = line = f"What it is worth {CANNOT} in any of them."
    if lost:
        worst = max(lost, key=lambda name: lost[name])
        line = f"furthest below a model that is told: {lost[worst]:.2f}, where {_of(worst)}"
        sentence = f"It is furthest below Guéant's model that is told the truth where {_of(worst)}: worth "
        sentence += f"{lost[worst]:.2f} less."
        if "as believed" in lost and worst != "as believed":
            sentence += f" In the market that is as believed it is {_less(lost['as believed'])}."
        if blind:
            sentence += f" In {len(blind)} of the {len(OTHERS)} {CANNOT} what it is worth."
    head = ["market", "yours", "its deviation", "Guéant, not told", "Guéant, told", "yours below told"]
    unknown = "which of them comes, and what more than one number changed would do. Guéant's model knows no ε."
    return Section(
        sentence,
        line,
        Table.of(head, rows),
        unknown,
    )


@section
def diagnosed(mine: Review) -> Section:
    """Whether the quotes are a formula of the workbook, right or with a known mistake."""
    unknown = "whether it is good. A strategy of your own is no known formula, and need not be. It was asked at 7 "
    unknown += "inventories and 4 times."
    if mine.exact.startswith("asked twice"):
        return Section(f"Nothing to compare: {mine.exact}.", "not asked", None, unknown)
    strategy: Any = mine.strategy
    found = diagnose(strategy.quotes, market=MARKET, risk_aversion=GAMMA, max_inventory=RIVALS["Guéant"].max_inventory)
    if found.verdict == "unknown":
        right = replace(found.nearest, mistake="").depths(0, MARKET.horizon / 2)
        far = found.misses_by > float(sum(right)) / 4  # half of that one's half-spread
        line = "no formula of this workbook, and none near" if far else "no formula of this workbook"
        sentence = f"It is {line}, right or with a known mistake: it is your own."
        if not far and not found.nearest.mistake:
            line = f"no formula of this workbook; within {found.misses_by:.2g} of {found.nearest.sentence}"
            sentence = f"It is {line}."
        return Section(sentence, line, None, unknown)
    sentence = " ".join(str(found).splitlines())
    return Section(sentence, f"{found.verdict}: {found.matches[0].sentence}", None, unknown)
