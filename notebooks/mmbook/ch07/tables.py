"""The tables of chapter 07: what a desk earned, and how much more than another on its tape, with errors."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mmbook.ch07.scenes import score_by_hour, tail_inventory
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


def traded(history: History) -> FloatArray:
    """Clips of each path, bought and sold, shape (n_paths,)."""
    return np.asarray((history.bid_fill + history.ask_fill).sum(axis=0), float)


def ratio_of(over: FloatArray, under: FloatArray) -> Effect:
    """Σ over / Σ under, both of shape (n_paths,), with its error to first order; NaN where all of `under` is 0."""
    if not under.any():
        return Effect(float("nan"), float("nan"))
    ratio = float(over.sum() / under.sum())
    return Effect(ratio, Effect.of((over - ratio * under) / under.mean()).error)


def earned_more(history: History, reference: History) -> Effect:
    """How much more a run earns than the reference on the same tape [price · clip]."""
    return Effect.of(history.pnl - reference.pnl)


def scored_more(history: History, reference: History) -> Effect:
    """The same of the score."""
    return Effect.of(score_by_hour(history) - score_by_hour(reference))


RESULTS = ("profit", "less the reference", "deviation", "score", "less the reference", "clips an hour")


def results(runs: Mapping[str, History], reference: History, first: str = "desk") -> Table:
    """A row for each run: profit and score, each also less the reference's, what was traded, edge and inventory."""
    rows = []
    for name, run in runs.items():
        earned, score, n = Effect.of(run.pnl), Effect.of(score_by_hour(run)), traded(run)
        edge = ratio_of(run.edge, n)
        rows.append(
            (
                name,
                earned.to(2),
                earned_more(run, reference).to(2, "+"),
                f"{run.pnl.std():.2f}",
                score.to(2),
                scored_more(run, reference).to(2, "+"),
                Effect.of(n).to(1),
                edge.to(3) if n.any() else "–",
                f"{tail_inventory(run):.0f}",
            )
        )
    return Table.of((first, *RESULTS, "edge a clip", "inventory, 99%"), rows)


def by_age(history: History, edges: Sequence[float]) -> Table:
    """What a clip earned by the age of the quote that filled, between such ages [time]."""
    step = np.arange(len(history.time) - 1)[:, np.newaxis]
    refreshed = np.asarray(history.refreshed)  # a desk with a timer says when
    since = step - np.maximum.accumulate(np.where(refreshed, step, 0), axis=0)
    age = since * (history.time[1] - history.time[0])
    mid, clips = history.mid[:-1], history.bid_fill + history.ask_fill
    edge = history.bid_fill * np.nan_to_num(mid - history.bid_price)
    edge = edge + history.ask_fill * np.nan_to_num(history.ask_price - mid)
    rows = []
    for low, high in itertools.pairwise(edges):
        there = (age > low - 1e-9) & (age < high - 1e-9)
        n, got = (clips * there).sum(axis=0), (edge * there).sum(axis=0)
        rows.append((f"{low:g} to {high:g} h", Effect.of(n).to(2), ratio_of(got, n).to(3)))
    return Table.of(("age of the quote", "clips an hour", "edge a clip"), rows)


def post_only(desks: Mapping[str, Desk], runs: Mapping[str, History], tape: Tape) -> Table:
    """How often a quote rests beyond the mid, and what refusing such orders changes, paired."""
    rows = []
    for name, desk in desks.items():
        plain = runs[name]
        checked = simulate(dataclasses.replace(desk, checks=PreTradeChecks(post_only=True)), tape)
        beyond = (plain.bid_price > plain.mid[:-1]) | (plain.ask_price < plain.mid[:-1])
        share, deviations = Effect.of(100 * beyond.mean(axis=0)), (plain.pnl.std(), checked.pnl.std())
        more = earned_more(checked, plain).to(2, "+"), scored_more(checked, plain).to(2, "+")
        rows.append((name, share.to(1), more[0], "{:.1f} → {:.1f}".format(*deviations), more[1]))
    return Table.of(("desk", "steps beyond the mid [%]", "profit, post-only less free", "deviation", "score, the same"), rows)


def obeying(desk: Desk, free: History, widest: Sequence[float], tape: Tape, share: float = 0.9) -> Table:
    """What it costs to be on both sides no wider than this for a share of the time: presence before and after."""
    rows = []
    for spread in widest:
        owed = Obligations(presence=share, widest_spread=spread)
        run = simulate(dataclasses.replace(desk, obligations=owed), tape)
        was, now = (Effect.of(100 * np.atleast_1d(presence(each, owed).value)).to(1) for each in (free, run))
        rows.append((f"{spread:g}", was, now, earned_more(run, free).to(2, "+"), scored_more(run, free).to(2, "+")))
    return Table.of(("widest spread", "present, free [%]", "present, obeying [%]", "profit less free", "score less free"), rows)


def deviations(narrow: History, wide: History, names: tuple[str, str]) -> Table:
    """Mean, deviation and how long a clip is held, of both; the last row is the second over the first, paired."""
    runs = (narrow, wide)
    rng = np.random.default_rng(0)  # the error of a ratio of deviations: draw the hours again and again
    n_paths = len(narrow.pnl)
    pick = rng.integers(0, n_paths, (2000, n_paths))
    drawn = [run.pnl[pick].std(axis=1) for run in runs]
    sds = [Effect(run.pnl.std(), each.std()) for run, each in zip(runs, drawn, strict=True)]
    minutes = [60 * (run.time[-1] - run.time[0]) * np.abs(run.inventory).mean(axis=0) for run in runs]
    held = [ratio_of(each, traded(run) / 2) for run, each in zip(runs, minutes, strict=True)]
    rows = [
        (name, Effect.of(run.pnl).to(2), sd.to(2), long.to(1))
        for name, run, sd, long in zip(names, runs, sds, held, strict=True)
    ]
    profit = ratio_of(wide.pnl, narrow.pnl)
    ratio = Effect(sds[1].mean / sds[0].mean, (drawn[1] / drawn[0]).std())
    rows.append(("the second over the first", profit.to(2), ratio.to(2), f"{held[1].mean / held[0].mean:.1f}"))
    return Table.of(("quotes", "profit", "deviation", "a clip is held [minutes]"), rows)
