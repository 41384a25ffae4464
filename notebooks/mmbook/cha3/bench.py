"""The bench that every strategy is put on: one market, three rivals, a dealer's γ, and days that all share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from mmbook.cha3.review import Review
from mmbook.cha3.section import Section, beside, certain, error_of, section
from mmlab.market import Exponential, Market, Tape
from mmlab.measure import diagnose
from mmlab.models import AvellanedaStoikov, GueantLehalleFernandezTapia, Symmetric
from mmlab.parameters import FloatArray
from mmlab.simulation import History, exact_moments, simulate
from mmlab.table import Table

GAMMA, N_STEPS, N_DAYS = 0.1, 200, 1000
MARKET = Market.avellaneda_stoikov_2008()


def rivals(market: Market) -> dict[str, Any]:
    """The workbook's own strategies, told a market: what chapters 02, 03 and 06 compare."""
    return {
        "Guéant": GueantLehalleFernandezTapia.for_market(market, risk_aversion=GAMMA, max_inventory=20),
        "Avellaneda–Stoikov": AvellanedaStoikov.for_market(market, risk_aversion=GAMMA),
        "symmetric": Symmetric.for_market(market, risk_aversion=GAMMA),
    }


RIVALS = rivals(MARKET)


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

    Exact, with errors of 0, for a model and for a strategy with exact moments (then `model` is None).
    """
    if mine is None or not mine.exact:
        policy: Any = model or mine.by_depth  # type: ignore[union-attr]
        exact = exact_moments(policy, market, N_STEPS)
        return exact.mean, 0.0, exact.sd, exact.certainty_equivalent(GAMMA), 0.0, exact.inventory_sd
    pnl, held = days_of(mine.strategy, market)
    value, each = certain(pnl, GAMMA)
    return pnl.mean(), error_of(pnl), pnl.std(), value, error_of(each), held.std()


def with_error(value: float, error: float) -> str:
    """A number, with its standard error where it was sampled."""
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
    best, plain = all_of["Guéant"][3], all_of["symmetric"][3]
    sentence = (
        f"A day earns {with_error(mean, mean_error)}, with a deviation of {sd:.2f}. To a dealer with γ = {GAMMA:g} it "
    )
    sentence += f"is worth {with_error(value, error)} for certain: {beside(value - best, error, 'Guéant')}, and "
    sentence += f"{beside(value - plain, error, 'symmetric quotes')}."
    if mine.exact:
        sentence += f" It is sampled, not exact: {mine.exact}."
    if guess is not None:
        sentence += f" You guessed {guess:g}: {abs(guess - value):.1f} off."
    table = Table.of(["strategy", "mean", "deviation", "worth for certain", "deviation of the last inventory"], rows)
    unknown = "whether σ, A and k are those of your market. These numbers are true of this one alone."
    return Section(
        sentence, f"{with_error(value, error)} for certain ({with_error(mean, mean_error)} a day)", table, unknown
    )


@section
def on_one_tape(mine: Review) -> Section:
    """The same days for all: differences day by day, with their errors."""
    all_of: Mapping[str, Any] = {mine.name: mine.strategy} | RIVALS
    runs = {name: days_of(strategy, MARKET) for name, strategy in all_of.items()}
    own, own_each = certain(runs[mine.name][0], GAMMA)
    rows, found = [], {}
    for name, (pnl, held) in runs.items():
        value, each = certain(pnl, GAMMA)
        row = [name, with_error(pnl.mean(), error_of(pnl)), with_error(value, error_of(each)), f"{held.std():.2f}"]
        ahead = runs[mine.name][0] - pnl
        found[name] = own - value, error_of(own_each - each)
        paired = [with_error(ahead.mean(), error_of(ahead)), with_error(*found[name])]
        rows.append(row + (["", ""] if name == mine.name else paired))
    (best, error), apart = found["Guéant"], error_of(own_each)
    sentence = f"On the same {N_DAYS:,} days it is worth {beside(best, error, 'Guéant')}. Its own worth is known to "
    sentence += f"± {apart:.2f} from them, the difference to ± {error:.2f}: the days' common luck drops out."
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
    return Section(sentence, f"{with_error(best, error)} beside Guéant's, day by day", Table.of(head, rows), unknown)


OTHERS = {
    "as believed": MARKET,
    "σ doubles": replace(MARKET, volatility=4.0),
    "half as many orders": replace(MARKET, intensity=Exponential(arrival_rate=70, fill_decay=1.5)),
    "orders reach less far (k = 2)": replace(MARKET, intensity=Exponential(arrival_rate=140, fill_decay=2.0)),
    "orders that know something (ε = 0.2)": replace(MARKET, jump=(0.2, 0.2)),
}


@section
def elsewhere(mine: Review) -> Section:
    """The same strategy, unchanged, where the market is another."""
    rows, lost = [], {}
    for name, market in OTHERS.items():
        _, _, sd, value, error, _ = worth(mine, None, market)
        same, informed = (worth(None, group["Guéant"], market)[3] for group in (RIVALS, rivals(market)))
        lost[name] = informed - value
        rows.append(
            [name, with_error(value, error), f"{sd:.2f}", f"{same:.2f}", f"{informed:.2f}", f"{informed - value:.2f}"]
        )
    worst = max(lost, key=lambda name: lost[name])
    sentence = (
        f"Of these markets “{worst}” costs most: there it is worth {lost[worst]:.2f} less than Guéant's model that was "
    )
    sentence += f"told the truth; in the market it was made for, {lost['as believed']:.2f} less."
    head = ["market", "yours", "its deviation", "Guéant, not told", "Guéant, told", "yours below told"]
    unknown = "which of them comes. It is a list of four, one number changed at a time; and Guéant's model knows no ε."
    return Section(
        sentence,
        f"costs most where {worst}: {lost[worst]:.2f} below a model that is told",
        Table.of(head, rows),
        unknown,
    )


@section
def diagnosed(mine: Review) -> Section:
    """Whether the quotes are a formula of the workbook, right or with a known mistake."""
    unknown = "whether it is good. A strategy of your own is no known formula, and need not be; the nearest "
    unknown += "is so by distance alone, at 7 inventories and 4 times."
    if mine.exact.startswith("asked twice"):
        return Section(f"Nothing to compare: {mine.exact}.", "not asked", None, unknown)
    strategy: Any = mine.strategy
    found = diagnose(strategy.quotes, market=MARKET, risk_aversion=GAMMA, max_inventory=RIVALS["Guéant"].max_inventory)
    if found.verdict == "unknown":
        sentence = "It is no formula of this workbook, and none of its known mistakes. The nearest is "
        sentence += f"{found.nearest.sentence}; a quote is up to {found.misses_by:.2f} from it."
        return Section(sentence, f"no known formula or mistake; nearest: {found.nearest.sentence}", None, unknown)
    sentence = " ".join(str(found).splitlines())
    return Section(sentence, f"{found.verdict}: {found.matches[0].sentence}", None, unknown)
