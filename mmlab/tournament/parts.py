"""What an hour was worth to each player, and of what parts: they add up to the profit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmlab.frozen import frozen
from mmlab.measure.attribution import attribute
from mmlab.measure.rows import ABSENT, Columns, ratio
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
    c, n = hour.conditions, len(hour.clients)
    fills = np.pad(np.concatenate([match.fills for match in matches], axis=2), ((0, 2), (0, 0), (0, 0)))
    bought, spent, sold, got = fills.transpose(1, 0, 2) * np.array([1, c.tick, 1, c.tick])[:, np.newaxis, np.newaxis]
    last = np.concatenate([[match.ended.get(k, n) for k in range(len(match.inventory))] for match in matches])
    row, net = np.arange(n + 2)[:, np.newaxis], bought - sold
    held = np.where(row <= last, np.cumsum(net, axis=0) - net, 0.0)  # before each row's fills
    across = np.where(row == last, held, 0.0)
    mid = np.broadcast_to(np.append(hour.mid, hour.mid[-1])[:, np.newaxis], held.shape)
    cost = np.abs(across) * c.closing_cost
    flow = across * mid - cost - (spent - got)
    columns: dict[str, Any] = {name: np.full(held.shape, absent) for name, absent in ABSENT.items()}
    columns |= {"time": np.append(np.arange(n + 1), n) / n, "mid": mid, "inventory": held}
    columns |= {"cash": np.cumsum(flow, axis=0) - flow, "flattened": across, "flatten_cost": cost}
    for name, clips, money in (("bid", bought, spent), ("ask", sold, got)):
        columns |= {f"{name}_fill": clips, f"{name}_price": ratio(money, clips)}
    taken: Any = attribute(Columns(columns), c.foresight / n)  # type: ignore[arg-type]
    parts = np.array([taken.parts[name] for name in PARTS]).T
    kept = held[1:-1]
    risk = c.risk_aversion / 2 * (kept**2 * hour.volatility[:, np.newaxis] ** 2).sum(axis=0) / n
    volume, most = (bought + sold).sum(axis=0), np.abs(kept).max(axis=0)
    at_limit = (np.abs(kept) == c.max_position).mean(axis=0)
    numbers = np.array([taken.pnl, risk, volume, most, at_limit]).T.tolist()
    whys = [why.get(k, "") for match, why in zip(matches, lost, strict=True) for k in range(len(match.inventory))]
    found = (
        Result(tuple(earned), why, profit, max(profit, 0.0) + c.forfeit if why else 0.0, *others)
        for earned, why, (profit, *others) in zip(parts.tolist(), whys, numbers, strict=True)
    )
    return [[next(found) for _ in match.inventory] for match in matches]
