"""What checks the exercises of chapter 09: each is run in the pipeline, on hours nobody has seen.

What a verdict says is in exercises.toml.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mmbook.ch09.scenes import CONFIG, hour, hours
from mmbook.ch09.step_checks import STEPS
from mmlab.desk import Fills, History, MarketData, MarketMakingPipeline, Mode, TapeVenue
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.simulation import simulate
from mmlab.teach.answers import Answer, NotAttempted
from mmlab.teach.checks import Check, Facts, Mistake, contest, formula

UNSEEN, N_UNSEEN = 2027, 400


def _row(inventory: float, exact: bool = False) -> FloatArray:
    """Prices and sizes that the desk shows at 3,000 s; `exact`: the prices of the bare model, in ticks."""
    row = (100.0, inventory, 3000.0)
    quotes = CONFIG.make_desk().quotes(*row, CONFIG.per_root_second(CONFIG.market.volatility))
    prices = CONFIG.make_model().quotes(*row).rounded(0.01) if exact else quotes
    return np.array([float(x) for x in (prices.bid_price, prices.ask_price, quotes.bid_size, quotes.ask_size)])


NUMBERS = ("bid", "ask", "bid size", "ask size")
one_row = formula(
    lambda: _row(-2),
    mistakes={
        "long": lambda: _row(2),
        "no-width": lambda: _row(-2, exact=True),
        "sizes-exchanged": lambda: _row(-2)[[0, 1, 3, 2]],
    },
    tolerance=1e-8,
    facts=lambda gave, right: {"wrong": ", ".join(np.array(NUMBERS)[abs(gave - right) > 1e-6])},
    otherwise=lambda gave, right: "ticks" if (abs(gave - right) < (0.01, 0.01, 1e-6, 1e-6)).all() else "otherwise",
)


def skew(time_left: float) -> float:
    """Of exercise 2's model [price/clip]."""
    return 0.012 if time_left <= 300 else 0.004


@dataclass(frozen=True)
class Skewed:
    """The model of exercise 2; `sign` and `at_all_times` make its usual mistakes."""

    sign: float = 1.0
    at_all_times: bool = False

    def quotes(self, mid_price: Any, inventory: Any, time_left: float) -> Quotes:
        """A cent's fraction a clip, three times that at the end."""
        middle = mid_price - self.sign * skew(3600.0 if self.at_all_times else time_left) * inventory
        return Quotes.at(middle - 0.025, middle + 0.025)


def _prices(model: Any, mid: FloatArray, inventory: FloatArray, time_left: float) -> FloatArray:
    quotes = model.quotes(mid, inventory, time_left)
    return np.array([np.broadcast_to(price, mid.shape) for price in (quotes.bid_price, quotes.ask_price)])


def _worst(gave: FloatArray, right: FloatArray, mid: FloatArray, inventory: FloatArray, time_left: float) -> Facts:
    side, n = np.unravel_index(np.abs(gave - right).argmax(), right.shape)
    there = {"side": NUMBERS[side], "inventory": inventory[n], "mid": mid[n]}
    return {"call": "", "time_left": time_left, **there, "worst": gave[side, n], "there": right[side, n]}


MODELS_TAKE = ("mid_price", "inventory", "time_left")
MIDS, INVENTORIES = np.array([100.0, 99.5, 101.0, 100.0]), np.array([0.0, 3.0, -2.0, 7.0])
skewed_prices = formula(
    partial(_prices, Skewed()),
    [(MIDS, INVENTORIES, time_left) for time_left in (3000.0, 301.0, 120.0)],
    {"other-way": partial(_prices, Skewed(-1.0)), "no-close": partial(_prices, Skewed(at_all_times=True))},
    tolerance=1e-11,
    facts=_worst,
)


def _hours_of_model(answer: Answer) -> History:
    """Its prices at some inventories and times, and its hours."""
    model = answer.given
    _must_have(model, "quotes")
    returned = Answer(model.quotes, MODELS_TAKE)(*skewed_prices.cases[0])
    if not isinstance(returned, Quotes):
        raise Mistake("no-quotes", returned=type(returned).__name__)
    skewed_prices(Answer(partial(_prices, model), MODELS_TAKE))
    return _run(model=model)


def _beside_own_model(run: History) -> Facts:
    own = _run()
    return {"mean": run.pnl.mean(), "sd": run.pnl.std(), "own_mean": own.pnl.mean(), "own_sd": own.pnl.std()}


CLOSE = 3300.0


def _hours_of_limit(answer: Answer) -> History:
    for name in ("start", "step"):
        _must_have(answer.given, name)
    return _run(limits=(answer.given,))


def _modes(run: History, late: bool) -> set[int]:
    """What is permitted before and from `CLOSE` on."""
    assert run.mode is not None
    return set(np.unique(run.mode[(run.time[:-1] >= CLOSE) == late]).tolist())


def _lacks(run: History) -> str | None:
    if _modes(run, late=False) != {Mode.NORMAL}:
        return "before"
    late = _modes(run, late=True)
    return "halts" if Mode.HALT in late else "from-then-on" if late != {Mode.REDUCE_ONLY} else None


def _at_the_close(run: History) -> Facts:
    assert run.mode is not None
    late = run.time[:-1] >= CLOSE
    first = run.time[:-1][late][np.argmax((run.mode[late] != Mode.REDUCE_ONLY).any(axis=1))]
    before, after = (" and ".join(Mode(mode).name for mode in sorted(_modes(run, late))) for late in (False, True))
    clips, bare = np.abs(run.inventory).mean(axis=1), np.abs(_run(limits=()).inventory[-1]).mean()
    held = {"held": clips[:-1][late][0], "left": clips[-1], "without": bare}
    return {"close": CLOSE, "first": first, "before": before, "after": after, **held}


CLOSED = (1200.0, 1500.0)


@dataclass(frozen=True)
class _Maintenance:
    inner: TapeVenue

    def start(self, n_paths: int) -> Any:
        return self.inner.start(n_paths)

    def submit(self, orders: Any, quotes: Quotes, data: MarketData) -> tuple[Any, Any]:
        if CLOSED[0] <= data.time < CLOSED[1]:
            return orders, False
        return self.inner.submit(orders, quotes, data)

    def advance(self, orders: Any, data: MarketData) -> tuple[Any, Fills]:
        return self.inner.advance(orders, data)


def _through_both(answer: Answer) -> tuple[History, History]:
    """An hour through the answer, and through a venue that is right."""
    plain, made = TapeVenue(CONFIG.make_desk().venue, hour(seed=UNSEEN)), answer.given
    try:
        venue = made(plain)
    except NotImplementedError:
        raise NotAttempted from None
    if venue is None or venue is ...:
        raise NotAttempted
    runs = []
    for each in (venue, _Maintenance(plain)):
        pipeline = MarketMakingPipeline(CONFIG, each)
        for data in plain.market_data():
            pipeline.run_pipeline(data)
        runs.append(pipeline.close(plain.end))
    return runs[0], runs[1]


def _first_apart(runs: tuple[History, History]) -> tuple[int, str] | None:
    """The first step that is not as it should be, and what of it."""
    names = ("accepted", "bid_price", "ask_price", "bid_size", "ask_size", "bid_fill", "ask_fill")
    columns = [[np.asarray(getattr(run, name), np.float64) for run in runs] for name in names]
    for n in range(len(columns[0][0])):
        for name, (gave, right) in zip(names, columns, strict=True):
            if not np.array_equal(gave[n], right[n], equal_nan=True):
                return n, name
    return None


def _is_closed(time: Any) -> Any:
    return (time >= CLOSED[0]) & (time < CLOSED[1])


def _differs(runs: tuple[History, History]) -> str | None:
    if (apart := _first_apart(runs)) is None:
        return None
    n, name = apart
    closed = _is_closed(runs[0].time[n])
    if name == "accepted":
        return "accepted" if closed else "rejected"
    return "rests" if closed else "not-handed-on"


def _where(runs: tuple[History, History]) -> Facts:
    run, right = runs
    n, name = _first_apart(runs) or (0, "bid_price")
    inside = _is_closed(run.time[:-1])
    there = {"time": run.time[n], "name": name, "gave": getattr(run, name)[n, 0], "right": getattr(right, name)[n, 0]}
    return {**there, "n_rejected": inside.sum(), "clips": (run.bid_fill + run.ask_fill)[inside].sum()}


PASSES, TASTE = 1.4, 0.2
"""A score is the mean less TASTE × the variance."""


def score(run: History) -> float:
    """Mean profit less a fifth of its variance [price · clip]."""
    return float(run.pnl.mean() - TASTE * run.pnl.var())


def _hours_of_sections(answer: Answer) -> History:
    sections = answer.given
    if not isinstance(sections, Mapping):
        raise Mistake("no-sections", returned=type(sections).__name__)
    if "market" in sections:
        raise Mistake("market")
    config = CONFIG.override(sections)
    limits = config.limits
    if limits.max_position > 1000 or limits.min_position < -1000 or limits.max_volatility > 2:
        raise Mistake("beyond")
    return simulate(MarketMakingPipeline(config), hours(UNSEEN, N_UNSEEN))


def _run(**parts: Any) -> History:
    """The chapter's desk with these parts on hours that nobody has seen."""
    return simulate(MarketMakingPipeline(CONFIG, **parts), hours(UNSEEN, N_UNSEEN))


def _must_have(given: Any, name: str) -> None:
    if not callable(getattr(given, name, None)):
        raise Mistake("no-method", name=name)


CHECKS: dict[str, Check] = STEPS | {
    "one-row-by-hand": one_row,
    "own-model": contest(_hours_of_model, lambda run: None, _beside_own_model),
    "own-limit": contest(_hours_of_limit, _lacks, _at_the_close),
    "own-venue": contest(_through_both, _differs, _where),
    "best-pipeline": contest(
        _hours_of_sections,
        lambda run: "too-low" if score(run) < PASSES else None,
        lambda run: {"mean": run.pnl.mean(), "sd": run.pnl.std(), "score": score(run), "passes": PASSES},
    ),
}
