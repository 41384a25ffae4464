"""The league as a page that opens anywhere, as a table of every result, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlab.classroom import gradebooks
from mmlab.description import versions
from mmlab.measure.pages import from_template
from mmlab.tournament.league import League, error_of
from mmlab.tournament.parts import PARTS

COLUMNS = ("hour", "table", "strategy", *PARTS, "profit", "forfeit", "risk", "volume", "most_held", "at_limit", "lost")
COLOURS = {"spread": "#0072B2", "adverse_selection": "#D55E00", "inventory": "#009E73"}
COLOURS |= {"flattening": "#CC79A7", "forfeit": "#8c8c8c"}
"""Of the parts; all can be told apart by those who see fewer colours."""


def as_csv(league: League) -> str:
    """A row for every hour, table and strategy; names and sentences are no formulas to a spreadsheet."""
    rows: list[tuple[Any, ...]] = [COLUMNS]
    for hour in league.played:
        for table, each in hour.results.items():
            where = "field" if len(table) > 2 else " – ".join(table)
            for name, one in each.items():
                numbers = (*one.parts, one.profit, one.forfeit, one.risk, one.volume, one.most, one.at_limit)
                rows.append((hour.number, where, name, *numbers, one.lost))
    return gradebooks.as_csv(rows)


def as_json(league: League) -> dict[str, Any]:
    """The league's numbers, the best first; errors are null of a single hour."""
    return {
        "versions": versions(),
        "ranked_by": league.by,
        "hours": len(league.hourly),
        "league": [_row(league, n) for n in range(len(league.names))],
        "pairs": [
            {"first": a, "second": b, "difference": float(values.mean()), "error": _known(error_of(values))}
            for i, a in enumerate(league.names)
            for j, b in enumerate(league.names[i + 1 :], start=i + 1)
            for values in [league.pairs[:, i, j]]
        ],
    }


def as_page(league: League) -> str:
    """The page: ranks and errors, what profits are made of, pairs, hours, and who lost a round and why."""
    rows = [_row(league, n) for n in range(len(league.names))]
    parts = [league.parts(name) for name in league.names]
    return from_template(
        "league.html.j2",
        "mmlab.tournament",
        {"signed": lambda number, digits=1: f"{number:+z.{digits}f}".replace("-", "−")},
        league=league,
        rows=rows,
        bars=[(name, _bar(each)) for name, each in zip(league.names, parts, strict=True)],
        colours=COLOURS,
        scale=_Scale([end for each in parts for _, _, *ends in _bar(each) for end in ends]),
        hours=_Scale(league.hourly.ravel().tolist()),
        conditions=league.conditions,
        lost=_lost(league),
        pair=lambda i, j: (float(league.pairs[:, i, j].mean()), error_of(league.pairs[:, i, j])),
    )


def _row(league: League, n: int) -> dict[str, Any]:
    name, results = league.names[n], league.of(league.names[n])
    field = np.array(
        [e[name].profit - e[name].forfeit for h in league.played for t, e in h.results.items() if len(t) > 2]
    )
    return {
        "rank": n + 1,
        "rank_interval": [int(rank) for rank in league.ranks[n]],
        "strategy": name,
        "mean": float(league.mean[n]),
        "error": _known(error_of(league.hourly[:, n])),
        "luck_could_swap_with": [other for m, other in enumerate(league.names) if m != n and league.alike(n, m)],
        "parts": league.parts(name),
        "risk": float(np.mean([one.risk for one in results])),
        "in_the_field": float(field.mean()) if len(field) else None,
        "in_the_field_error": _known(error_of(field)) if len(field) else None,
        "clips": float(np.mean([one.volume for one in results])),
        "most_held": max(one.most for one in results),
        "at_limit": float(np.mean([one.at_limit for one in results])),
        "rounds": len(results),
        "rounds_lost": sum(bool(one.lost) for one in results),
    }


class _Scale:
    """Places of numbers on an axis that holds them all and 0, from 0 to 1000."""

    def __init__(self, values: Sequence[float]):
        self.least, self.most = min(0.0, *values), max(0.0, *values)

    def __call__(self, value: float) -> float:
        return round(1000 * (value - self.least) / ((self.most - self.least) or 1.0), 1)

    @property
    def ticks(self) -> list[float]:
        """Four to eight round numbers."""
        rough = ((self.most - self.least) or 1.0) / 6
        step = min((base * 10.0**power for power in range(-3, 9) for base in (1, 2, 5)), key=lambda x: abs(x - rough))
        return [float(step * n) for n in range(int(np.ceil(self.least / step)), int(self.most // step) + 1)]


def _bar(parts: dict[str, float]) -> list[tuple[str, float, float, float]]:
    """Each part with where it begins and ends: what earns to the right of 0, what costs to the left."""
    ends, bar = {True: 0.0, False: 0.0}, []
    for name, value in parts.items():
        start, gains = ends[value >= 0], value >= 0
        ends[gains] += value
        bar.append((name, value, min(start, ends[gains]), max(start, ends[gains])))
    return bar


def _lost(league: League) -> list[tuple[str, str, list[int]]]:
    """Name, sentence and the hours, where sentences differ by more than their step."""
    found: dict[tuple[str, str], set[int]] = {}
    for hour in league.played:
        for each in hour.results.values():
            for name, one in each.items():
                if one.lost:
                    found.setdefault((name, one.lost.partition(" (step")[0]), set()).add(hour.number + 1)
    return [(name, why, sorted(hours)) for (name, why), hours in found.items()]


def _known(number: float) -> float | None:
    return number if number == number else None
