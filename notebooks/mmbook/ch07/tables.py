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

    def __format__(self, spec: str) -> str:
        """Both by the same specification; a "+" is for the mean alone."""
        return f"{self.mean:{spec}} ± {self.error:{spec.lstrip('+')}}"


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
        earned = f"{Effect.of(run.pnl):.2f}", f"{earned_more(run, reference):+.2f}", f"{run.pnl.std():.2f}"
        score = f"{Effect.of(run.score):.2f}", f"{scored_more(run, reference):+.2f}"
        edge = f"{ratio_of(run.edge, run.traded):.3f}" if run.traded.any() else "–"
        rows.append((name, *earned, *score, f"{Effect.of(run.traded):.1f}", edge, f"{run.tail:.0f}"))
    return Table.of((*head, "edge a clip", "inventory, 99%"), rows)


def replaced(runs: Mapping[str, Hours], reference: Hours) -> Table:
    """How often quotes were replaced, and what that makes of profit and score, paired."""
    rows = []
    for name, run in runs.items():
        more = f"{earned_more(run, reference):+.2f}", f"{scored_more(run, reference):+.2f}"
        rows.append((name, f"{Effect.of(run.refreshed):.0f}", *more))
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
        rows.append((f"{low:g} to {high:g} h", f"{Effect.of(n):.2f}", f"{ratio_of(got, n):.3f}"))
    return Table.of(("age of the quote", "clips an hour", "edge a clip"), rows)


def post_only(desks: Mapping[str, Desk], runs: Mapping[str, Hours], tape: Tape) -> Table:
    """How often a quote rests beyond the mid, and what refusing such orders changes, paired."""
    head = (
        "desk",
        "steps beyond the mid [%]",
        "profit, post-only less free",
        "deviation",
        "score, post-only less free",
    )
    rows = []
    for name, desk in desks.items():
        plain, share = runs[name], f"{Effect.of(100 * runs[name].beyond):.1f}"
        checked = Hours.of(simulate(dataclasses.replace(desk, checks=PreTradeChecks(post_only=True)), tape))
        more = f"{earned_more(checked, plain):+.2f}", f"{scored_more(checked, plain):+.2f}"
        rows.append((name, share, more[0], f"{plain.pnl.std():.1f} → {checked.pnl.std():.1f}", more[1]))
    return Table.of(head, rows)


def obeying(desk: Desk, widest: Sequence[float], tape: Tape, share: float = 0.9) -> Table:
    """What it costs to be on both sides no wider than this for a share of the time: presence before and after."""
    head = ("widest spread", "present, free [%]", "present, obeying [%]", "profit less free", "score less free")
    free, rows = simulate(desk, tape), []
    for spread in widest:
        owed = Obligations(presence=share, widest_spread=spread)
        run = simulate(dataclasses.replace(desk, obligations=owed), tape)
        was, now = (f"{Effect.of(100 * np.atleast_1d(presence(each, owed).value)):.1f}" for each in (free, run))
        more = (f"{over(Hours.of(run), Hours.of(free)):+.2f}" for over in (earned_more, scored_more))
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
        rows.append((name, f"{Effect.of(run.pnl):.2f}", f"{Effect(run.pnl.std(), drawn.std()):.2f}", f"{held:.1f}"))
    deviation, drawn, longer = (after / before for before, after in zip(*found, strict=True))
    profit, ratio = ratio_of(wide.pnl, narrow.pnl), Effect(deviation, drawn.std())
    rows.append(("the second over the first", f"{profit:.2f}", f"{ratio:.2f}", f"{longer:.1f}"))
    return Table.of(("quotes", "profit", "deviation", "a clip is held [minutes]"), rows)
