"""What an hour was worth to each player, and of what parts: they add up to the profit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlab.frozen import frozen
from mmlab.measure.attribution import attribute
from mmlab.measure.rows import ABSENT, Columns
from mmlab.tournament.match import Match

PARTS = ("spread", "adverse_selection", "inventory", "flattening")
"""Of a profit, as `mmlab.measure.Attribution` names them; flattening is what closing out at the end cost."""


@frozen
class Result:
    """One player's hour at one table [price · clip].

    Parameters
    ----------
    parts : tuple of float
        As `PARTS` names them.
    lost : str
        The sentence why the round was lost, or nothing.
    profit : float
        Their sum.
    forfeit : float
        Of a lost round: all that was earned until then, and a fixed sum besides; 0 otherwise.
    risk : float
        What holding clips was worth avoiding: γ/2 Σ q² σ² Δt, with the σ of the regime. It has no luck in it.
    volume, most, at_limit : float
        Clips traded; the most clips held, of either sign; the part of the hour spent at the position limit.
    """

    parts: tuple[float, ...]
    lost: str
    profit: float
    forfeit: float
    risk: float
    volume: float
    most: float
    at_limit: float

    @property
    def score(self) -> float:
        """Profit less risk less forfeit: what ranks."""
        return self.profit - self.risk - self.forfeit


def results(matches: Sequence[Match], lost: Sequence[dict[int, str]]) -> list[list[Result]]:
    """Every player's result at every table of one hour; `lost` has the sentences by player."""
    hour = matches[0].hour
    c, n_steps = hour.conditions, len(hour.clients)
    fills = np.concatenate([match.fills for match in matches], axis=2)
    bought, spent, sold, got = fills.transpose(1, 0, 2) * np.array([1, c.tick, 1, c.tick])[:, np.newaxis, np.newaxis]
    n_paths = fills.shape[2]
    last = np.concatenate([[match.ended.get(n, n_steps) for n in range(len(match.inventory))] for match in matches])
    held = np.concatenate([np.zeros((1, n_paths)), np.cumsum(bought - sold, axis=0)])  # before each step
    closed = np.arange(n_steps + 1)[:, np.newaxis] == last
    open_ = np.arange(n_steps + 2)[:, np.newaxis] <= last
    across = np.where(closed, held, 0.0)
    mid = np.broadcast_to(hour.mid[:, np.newaxis], closed.shape)
    cost = np.abs(across) * c.closing_cost
    paid = np.concatenate([spent - got, np.zeros((1, n_paths))])
    cash = np.cumsum(across * mid - cost - paid, axis=0)
    shape = (n_steps + 2, n_paths)
    columns: dict[str, Any] = {name: np.full(shape, absent) for name, absent in ABSENT.items()}
    columns["time"] = np.append(np.arange(n_steps + 1), n_steps) / n_steps
    columns["mid"] = np.concatenate([mid, mid[-1:]])
    columns["inventory"] = np.where(open_, np.concatenate([held, held[-1:]]), 0.0)
    columns["cash"] = np.concatenate([np.zeros((1, n_paths)), cash])
    for name, clips, money in (("bid", bought, spent), ("ask", sold, got)):
        columns[f"{name}_fill"][:n_steps] = clips
        columns[f"{name}_price"][:n_steps] = np.divide(money, clips, out=np.full(clips.shape, np.nan), where=clips > 0)
    columns["flattened"][:-1], columns["flatten_cost"][:-1] = across, cost
    taken: Any = attribute(Columns(columns), c.foresight / n_steps)  # type: ignore[arg-type]
    parts = np.array([taken.parts[name] for name in PARTS]).T
    kept = columns["inventory"][1:-1]
    risk = c.risk_aversion / 2 * (kept**2 * hour.volatility[:, np.newaxis] ** 2).sum(axis=0) / n_steps
    volume, most = (bought + sold).sum(axis=0), np.abs(kept).max(axis=0)
    at_limit = (np.abs(kept) == c.max_position).mean(axis=0)
    found, path = [list[Result]() for _ in matches], 0
    for match, sentences, each in zip(matches, lost, found, strict=True):
        for player in range(len(match.inventory)):
            profit, why = float(taken.pnl[path]), sentences.get(player, "")
            forfeit = max(profit, 0.0) + c.forfeit if why else 0.0
            numbers = [float(x[path]) for x in (risk, volume, most, at_limit)]
            each.append(Result(tuple(parts[path].tolist()), why, profit, forfeit, *numbers))
            path += 1
    return found
