"""Chapter 14's pair of assets, its policies and limits, three desks that share capital, and plug-in investors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from mmlab.desk import DeskView, Permission
from mmlab.market import Market, MultiAssetMarket, Tape
from mmlab.models import SeveralAssets
from mmlab.parameters import BoolArray, FloatArray
from mmlab.simulation import JointMoments, joint_moments, simulate

MARKET, GAMMA, BOUND, DEPTH = Market.avellaneda_stoikov_2008(), 0.1, 12, 0.75
"""Of each asset; the dealer's γ; where all stop [clips]; and what desks that never skew quote [price]."""
MEAN, SD = np.array([54.0, 30.0, 20.0]), np.array([27.0, 12.0, 10.0])
DESKS = np.outer(SD, SD) * [[1, 0.6, 0.2], [0.6, 1, 0.1], [0.2, 0.1, 1]]
"""Three desks' mean and covariance of a day's profit."""


def quoter(n_assets: int, rho: float, solution: Any = "tanh", max_inventory: int = BOUND) -> SeveralAssets:
    """The dealer in so many assets of chapter 02, all pairs correlated alike."""
    market = MultiAssetMarket.alike(MARKET, n_assets, rho)
    return SeveralAssets(risk_aversion=GAMMA, max_inventory=max_inventory, market=market, solution=solution)


@cache
def outcome(policy: Any, rho: float, max_inventory: int = BOUND, start: tuple[int, int] = (0, 0)) -> JointMoments:
    """What a day of two assets brings "alone", or with a solution by its name."""
    exact = quoter(2, rho, "exact", max_inventory)
    chosen = exact.alone if policy == "alone" else replace(exact, solution=policy)
    return joint_moments(chosen, exact.market, GAMMA, inventory=start, n_steps=20 * max_inventory)


def earned_and_risked(dealer: SeveralAssets, tape: Tape) -> tuple[FloatArray, FloatArray]:
    """On each path: what fills earned against the mid, and ½γ∫q'Σq dt, the price of the risk [price·clip]."""
    day, at = simulate(dealer, tape), dealer.market.by_asset
    edges = day.bid_fill * (day.mid[:-1] - day.bid_price) + day.ask_fill * (day.ask_price - day.mid[:-1])
    q, sigma = at(day.inventory)[1:], dealer.market.covariance
    risk = np.einsum("tip,ij,tjp->p", q, sigma, q, optimize=True) * tape.time[-1] / tape.n_steps
    return np.nansum(at(edges), axis=(0, 1)), GAMMA / 2 * risk


@dataclass(frozen=True)
class RiskLimit:
    """A reader's own limit: √(q'Rq) clips at most, of assets that are columns of a desk; a clip a quote.

    In a step fills may come in `together` assets: by the triangle inequality each of the others adds one at most. A
    quote stands if its own fill leaves room for theirs; where none does, the one whose fill lowers the risk most.
    """

    correlation: Sequence[Sequence[float]]
    limit: float
    together: int = 2

    def start(self, view: DeskView) -> None:
        """Nothing to remember."""

    def step(self, state: None, view: DeskView) -> tuple[None, Permission]:
        """Sizes of 1 clip where a quote may stand, and of 0 elsewhere."""
        bid, ask = self.allowed(view.inventory.reshape(len(self.correlation), -1)).reshape(2, -1) * 1.0
        return None, Permission(max_bid_size=bid, max_ask_size=ask)

    def allowed(self, q: FloatArray) -> BoolArray:
        """Which bids and asks may stand, shape (2, n_assets, …) of an inventory (n_assets, …)."""
        slope = 2 * np.tensordot(self.correlation, q, axes=1)
        now = (q * slope / 2).sum(axis=0)
        after = np.sqrt(np.maximum(now + 1 + np.stack([slope, -slope]), 0.0))
        fits = after <= self.limit - self.together + 1 + 1e-12
        flat = after.reshape(-1, *q.shape[1:])
        best = np.moveaxis(np.eye(len(flat), dtype=bool)[flat.argmin(axis=0)], -1, 0).reshape(after.shape)
        return np.asarray(fits | (~fits.any(axis=(0, 1)) & best & (after < np.sqrt(now))))


def within(allowed: BoolArray) -> Callable[[FloatArray, float], tuple[FloatArray, FloatArray]]:
    """Quotes at ±0.75 on the plane of inventories, where (bids, asks) are allowed, shape (2, 2, 25, 25)."""
    bid, ask = np.where(allowed, DEPTH, np.nan)
    return lambda q, time_left: (bid, ask)


def limited(limit: float, of_the_portfolio: bool, rho: float = 0.9) -> JointMoments:
    """A day of two desks at ±0.75 with a limit of each asset, or of √(q'Rq), fill by fill."""
    market = MultiAssetMarket.alike(MARKET, 2, rho)
    plane, _ = market.lattice(BOUND)
    portfolio = RiskLimit(market.correlation, limit, together=1)  # type: ignore[arg-type]
    allowed = portfolio.allowed(plane) if of_the_portfolio else np.stack([plane < limit, plane > -limit])
    return day_within(allowed.tobytes(), rho)


@lru_cache(maxsize=16)
def day_within(allowed: bytes, rho: float) -> JointMoments:
    """A day of two desks at ±0.75 where (bids, asks) are allowed: the octets of `within`'s."""
    where = np.frombuffer(allowed, bool).reshape(2, 2, 2 * BOUND + 1, -1)
    return joint_moments(within(where), MultiAssetMarket.alike(MARKET, 2, rho), GAMMA, max_inventory=BOUND)


def admissible(points: BoolArray) -> BoolArray:
    """The quotes whose fill leads to one of these points of the plane, (25, 25): (2, 2, 25, 25)."""
    inside = np.pad(points, 1)
    return np.array([[np.roll(inside, -side, axis)[1:-1, 1:-1] for axis in (0, 1)] for side in (1, -1)])


def ratio_and_parts(w: FloatArray) -> tuple[float, ...]:
    """Mean over deviation of the desks with these weights, and each one's part of the risk."""
    slope = DESKS @ w
    return float(w @ MEAN / np.sqrt(w @ slope)), *(w * slope / (w @ slope)).tolist()


def plug_in(n_days: int, n_assets: int, sharpe: float = 0.2, runs: int = 20_000, seed: int = 60) -> FloatArray:
    """The true utility of what each of many investors holds, who knows only so many days of independent assets."""
    rng, mean = np.random.default_rng(seed), np.full(n_assets, sharpe / np.sqrt(n_assets))
    days = rng.standard_normal((runs, n_days, n_assets)) + mean
    centre = days.mean(axis=1, keepdims=True)
    sigma = np.swapaxes(days - centre, 1, 2) @ (days - centre) / n_days
    held = np.linalg.solve(sigma, np.swapaxes(centre, 1, 2))[..., 0]
    return np.asarray(held @ mean - (held**2).sum(axis=1) / 2)
