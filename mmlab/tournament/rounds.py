"""A round: one hour, played at all tables at once, so that no strategy has seen a step of it before.

Every pair sits at a table of two, and all sit at one more. Pairs are alone: a third maker would take the orders that
separate them, and clients' own reservation prices keep a lonely maker honest. All tables play the same hour in step.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

from mmlab.classroom.scoring import clean
from mmlab.tournament.apart import Apart
from mmlab.tournament.hours import Conditions, coins, draw_hour
from mmlab.tournament.match import Match
from mmlab.tournament.parts import Result, results
from mmlab.tournament.refereeing import Lost, orders_of

Table = tuple[str, ...]
"""Who sits there."""


class Played(NamedTuple):
    """One hour's results by table and player."""

    number: int
    conditions: Conditions
    results: Mapping[Table, Mapping[str, Result]]


def all_tables(names: Sequence[str]) -> list[Table]:
    """Every pair, then the whole field, if it is more than a pair."""
    return [*combinations(names, 2), *([tuple(names)] if len(names) != 2 else [])]


def play_hour(seated: Mapping[str, Apart], conditions: Conditions, seed: int, number: int) -> Played:
    """Play an hour at all tables.

    A strategy that raises or quotes what are no quotes is out at that table; one whose process ends, or that cheats,
    is out at all of them. The others go on, in the same flow and with the same coins.
    """
    hour = draw_hour(conditions, seed, number)
    tables = all_tables(list(seated))
    luck = {name: coins(conditions, seed, number, name) for name in seated}
    matches = [Match(hour, [luck[name] for name in table]) for table in tables]
    lost: list[dict[int, str]] = [{} for _ in tables]
    places = {name: [(n, table.index(name)) for n, table in enumerate(tables) if name in table] for name in seated}

    def out(name: str, why: str, at: Sequence[tuple[int, int]] = ()) -> None:
        for n, player in at or places[name]:
            if player not in lost[n]:
                lost[n][player] = sys.intern(clean(why))  # one object at all its tables: it is sent once
                matches[n].take_out(player)

    for name, player in seated.items():
        try:
            player.sit(len(places[name]), conditions)
        except Lost as why:
            out(name, str(why))
    for step, mid in enumerate(hour.mid[:-1].tolist()):
        states = {
            name: [None if k in lost[n] else matches[n].state(k) for n, k in at]
            for name, at in places.items()
            if any(k not in lost[n] for n, k in at)
        }
        for name, known in states.items():
            seated[name].ask(step, mid, 1 - step / conditions.n_steps, known)
        orders: list[list[Any]] = [[{} for _ in table] for table in tables]
        for name in states:
            try:
                sheets = seated[name].answer()
                if not isinstance(sheets, list) or len(sheets) != len(places[name]):
                    raise Lost("it answered with what are no quotes")
            except Lost as why:
                out(name, f"{why} (step {step})")
                continue
            for (n, place), sheet in zip(places[name], sheets, strict=True):
                if place not in lost[n]:
                    try:
                        orders[n][place] = orders_of(sheet, conditions)
                    except Lost as why:
                        out(name, f"{why} (step {step})", [(n, place)])
        for match, quoted in zip(matches, orders, strict=True):
            match.play(quoted)
    for name, player in seated.items():
        if cheated := player.leave():
            out(name, cheated)
    found = results(matches, lost)
    return Played(
        number, conditions, {t: dict(zip(t, each, strict=True)) for t, each in zip(tables, found, strict=True)}
    )
