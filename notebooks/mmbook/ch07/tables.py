"""The tables of chapter 07: what a desk earned, and how much more than another on its tape, with errors."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mmbook.ch07.scenes import Hours
from mmlab.desk import Desk, Obligations, PreTradeChecks
from mmlab.market import Tape
from mmlab.measure import presence
from mmlab.parameters import FloatArray
from mmlab.simulation import History, simulate
from mmlab.table import Table


class Effect(NamedTuple):
    """A mean over paths and its standard error; against another run, of the differences on one tape."""

    mean: float
    error: float

    @classmethod
    def of(cls, values: FloatArray) -> Effect:
        """Of one number for each path, shape (n_paths,)."""
        return cls(float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values))))

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.error:.3f}"

    def to(self, digits: int, sign: str = "") -> str:
        """With so many decimals; `sign` "+" for a difference."""
        return f"{self.mean:{sign}.{digits}f} ± {self.error:.{digits}f}"


def ratio_of(over: FloatArray, under: FloatArray) -> Effect:
    """Σ over / Σ under, both of shape (n_paths,), with its error to first order; NaN where all of `under` is 0."""
    if not under.any():
        return Effect(float("nan"), float("nan"))
    ratio = float(over.sum() / under.sum())
    return Effect(ratio, Effect.of((over - ratio * under) / under.mean()).error)


def earned_more(run: Hours, reference: Hours) -> Effect:
    """How much more a run earns than the reference on the same tape [price · clip]."""
    return Effect.of(run.pnl - reference.pnl)


def scored_more(run: Hours, reference: Hours) -> Effect:
    """The same of the score."""
    return Effect.of(run.score - reference.score)


def results(runs: Mapping[str, Hours], reference: Hours, first: str = "desk") -> Table:
    """A row for each run: profit and score, each also less the reference's, what was traded, edge and inventory."""
    head = (first, "profit", "less the reference", "deviation", "score", "less the reference", "clips an hour")
    rows = []
    for name, run in runs.items():
        earned = Effect.of(run.pnl).to(2), earned_more(run, reference).to(2, "+"), f"{run.pnl.std():.2f}"
        score = Effect.of(run.score).to(2), scored_more(run, reference).to(2, "+")
        edge = ratio_of(run.edge, run.traded).to(3) if run.traded.any() else "–"
        rows.append((name, *earned, *score, Effect.of(run.traded).to(1), edge, f"{run.tail:.0f}"))
    return Table.of((*head, "edge a clip", "inventory, 99%"), rows)


def replaced(runs: Mapping[str, Hours], reference: Hours) -> Table:
    """How often quotes were replaced, and what that makes of profit and score, paired."""
    rows = []
    for name, run in runs.items():
        more = earned_more(run, reference).to(2, "+"), scored_more(run, reference).to(2, "+")
        rows.append((name, Effect.of(run.refreshed).to(0), *more))
    return Table.of(("replaced when", "refreshes an hour", "profit less the clock's", "score less the clock's"), rows)


def by_age(history: History, edges: Sequence[float]) -> Table:
    """What a clip earned by the age of the quote that filled, between such ages [time]."""
    step = np.arange(len(history.time) - 1)[:, np.newaxis]
    refreshed = np.asarray(history.refreshed)  # a desk with a timer says when
    since = step - np.maximum.accumulate(np.where(refreshed, step, 0), axis=0)
    age = since * (history.time[1] - history.time[0])
    bids, asks, mid = history.bid_fill, history.ask_fill, history.mid[:-1]
    clips = bids + asks
    edge = bids * np.nan_to_num(mid - history.bid_price) + asks * np.nan_to_num(history.ask_price - mid)
    rows = []
    for low, high in itertools.pairwise(edges):
        there = (age > low - 1e-9) & (age < high - 1e-9)
        n, got = (clips * there).sum(axis=0), (edge * there).sum(axis=0)
        rows.append((f"{low:g} to {high:g} h", Effect.of(n).to(2), ratio_of(got, n).to(3)))
    return Table.of(("age of the quote", "clips an hour", "edge a clip"), rows)


def post_only(desks: Mapping[str, Desk], runs: Mapping[str, Hours], tape: Tape) -> Table:
    """How often a quote rests beyond the mid, and what refusing such orders changes, paired."""
    head = ("desk", "steps beyond the mid [%]", "profit, post-only less free", "deviation", "score, the same")
    rows = []
    for name, desk in desks.items():
        plain, share = runs[name], Effect.of(100 * runs[name].beyond).to(1)
        checked = Hours.of(simulate(dataclasses.replace(desk, checks=PreTradeChecks(post_only=True)), tape))
        more = earned_more(checked, plain).to(2, "+"), scored_more(checked, plain).to(2, "+")
        rows.append((name, share, more[0], f"{plain.pnl.std():.1f} → {checked.pnl.std():.1f}", more[1]))
    return Table.of(head, rows)


def obeying(desk: Desk, widest: Sequence[float], tape: Tape, share: float = 0.9) -> Table:
    """What it costs to be on both sides no wider than this for a share of the time: presence before and after."""
    head = ("widest spread", "present, free [%]", "present, obeying [%]", "profit less free", "score less free")
    free, rows = simulate(desk, tape), []
    for spread in widest:
        owed = Obligations(presence=share, widest_spread=spread)
        run = simulate(dataclasses.replace(desk, obligations=owed), tape)
        was, now = (Effect.of(100 * np.atleast_1d(presence(each, owed).value)).to(1) for each in (free, run))
        more = (over(Hours.of(run), Hours.of(free)).to(2, "+") for over in (earned_more, scored_more))
        rows.append((f"{spread:g}", was, now, *more))
    return Table.of(head, rows)


def deviations(narrow: Hours, wide: Hours, names: tuple[str, str]) -> Table:
    """Mean, deviation and how long a clip is held, of both; the last row is the second over the first, paired."""
    rng = np.random.default_rng(0)  # the error of a ratio of deviations: draw the hours again and again
    pick = rng.integers(0, len(narrow.pnl), (2000, len(narrow.pnl)))
    rows, found = [], []
    for name, run in zip(names, (narrow, wide), strict=True):
        drawn, held = run.pnl[pick].std(axis=1), ratio_of(60 * run.held, run.traded / 2)
        found.append((run.pnl.std(), drawn, held.mean))
        rows.append((name, Effect.of(run.pnl).to(2), Effect(run.pnl.std(), drawn.std()).to(2), held.to(1)))
    deviation, drawn, longer = (after / before for before, after in zip(*found, strict=True))
    profit, ratio = ratio_of(wide.pnl, narrow.pnl).to(2), Effect(deviation, drawn.std()).to(2)
    rows.append(("the second over the first", profit, ratio, f"{longer:.1f}"))
    return Table.of(("quotes", "profit", "deviation", "a clip is held [minutes]"), rows)
