"""MultiAssetMarket: several markets whose mids move together, on one tape by the same reach rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.frozen import frozen
from mmlab.market.market import Market
from mmlab.market.seed import Seed, generator
from mmlab.market.tape import Tape
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number


def check_covariance(name: str, matrix: ArrayLike) -> FloatArray:
    """Return a covariance matrix, shape (n, n), or say why it is none: below 0 in a direction, by an eigenvalue."""
    given = floats(matrix)
    square = given.ndim == 2 and 0 < given.shape[0] == given.shape[1] and np.isfinite(given).all()
    if not square or np.abs(given - given.T).max() > 1e-9 * np.abs(given).max():
        raise ParameterError(f"{name} must be a square, symmetric matrix of finite numbers; got shape {given.shape}.")
    least = float(np.linalg.eigvalsh(given)[0])
    if least < -1e-9 * float(np.abs(given).max()):
        raise ParameterError(f"{name} must be positive semidefinite; its smallest eigenvalue is {least:.6g}.")
    return given


@frozen
class MultiAssetMarket:
    """Several markets with one clock: each has its own clients, and their mids move together.

    Parameters
    ----------
    markets : tuple of Market
        One of each asset, of one horizon, with normal moves of the mid and without a signal.
    correlation : array_like, shape (n_assets, n_assets), or float
        R [1] of the mids' normal moves; a number is that of each pair. Kept as a tuple of tuples.
    common_flow : float
        The chance [1] that a step's orders of a side are one client's, who trades the first asset and at the same time
        all others, each as far as an order as rare reaches there. At 0 the assets' clients are independent.

    Raises
    ------
    ParameterError
        If there is no market, the markets do not fit together, or R is no correlation matrix.
    """

    markets: tuple[Market, ...]
    correlation: Sequence[Sequence[float]] | float
    common_flow: float = 0.0

    def __post_init__(self) -> None:
        n, given = len(self.markets), floats(self.correlation)
        kinds = {(market.horizon, market.mid_move, market.signal is None) for market in self.markets}
        if len(kinds) != 1 or next(iter(kinds))[1:] != ("normal", True):
            raise ParameterError(f"markets: at least one Market, one horizon, mid_move='normal', no signal; got {n}.")
        matrix = check_covariance("correlation (ρ)", np.where(np.eye(n), 1.0, given) if given.ndim == 0 else given)
        if len(matrix) != n or (np.diag(matrix) != 1).any():
            raise ParameterError(f"correlation (ρ) must have shape {(n, n)} and 1 on its diagonal; got {given.shape}.")
        rows = tuple(map(tuple, matrix.tolist()))
        share = check_number("common_flow", self.common_flow, "1", at_least=0, at_most=1)
        self.__dict__.update(markets=tuple(self.markets), correlation=rows, common_flow=share)

    @classmethod
    def alike(cls, market: Market, n_assets: int, correlation: float) -> MultiAssetMarket:
        """So many times the same market, with normal moves of the mid, all pairs correlated alike (ρ [1])."""
        return cls((replace(market, mid_move="normal"),) * check_count("n_assets", n_assets), correlation)

    @property
    def n_assets(self) -> int:
        """How many assets there are."""
        return len(self.markets)

    @property
    def covariance(self) -> FloatArray:
        """Σ [price²/time], shape (n_assets, n_assets)."""
        sd = np.array([market.volatility for market in self.markets])
        return floats(self.correlation) * np.outer(sd, sd)

    def tape(self, n_paths: int, n_steps: int, seed: Seed = None) -> Tape:
        """Draw what happens: a `Tape` of n_assets × n_paths columns, all of the first asset, then of the second, ….

        So `simulate` runs a strategy over assets as over paths; `by_asset` gives a history's columns their shape again.
        Raises as `Market.tape`.
        """
        rng, d = generator(seed), self.n_assets
        tapes = [replace(market, volatility=0.0).tape(n_paths, n_steps, rng) for market in self.markets]
        names = [name for name in tapes[0].columns if name != "time"]
        columns: dict[str, Any] = {name: np.stack([tape.columns[name] for tape in tapes], axis=1) for name in names}
        values, vectors = np.linalg.eigh(self.covariance * np.diff(tapes[0].time)[0])
        moves = (vectors * np.sqrt(np.maximum(values, 0.0))) @ rng.standard_normal((n_steps, d, n_paths))
        columns["mid"][1:] += np.cumsum(moves, axis=0)
        for side in ("buy", "sell"):
            one_client = rng.random((n_steps, n_paths)) < self.common_flow
            reach, flows = columns[f"{side}_reach"], [getattr(m, f"{side}_intensity") for m in self.markets]
            for i, flow in enumerate(flows):
                reach[:, i][one_client] = flow.depth(flows[0].rate(reach[:, 0][one_client]))
        flat = {name: column.reshape(len(column), -1) for name, column in columns.items()}
        return Tape(tapes[0].time, **flat, arrival_seed=tapes[0].arrival_seed)

    def lattice(self, max_inventory: int) -> tuple[FloatArray, FloatArray]:
        """All inventories of at most ±max_inventory clips, (n_assets, …), and q'Σq of each [price²·clip²/time], (…).

        Raises
        ------
        ParameterError
            If max_inventory is no whole number of 1 or more, or there are more than a million.
        """
        if (states := (2 * check_count("max_inventory", max_inventory) + 1) ** self.n_assets) > 1_000_000:
            raise ParameterError(f"A grid of {states:,} states; at most 1,000,000: take the closed form.")
        q = np.arange(-int(max_inventory), max_inventory + 1.0)
        grid = np.stack(np.meshgrid(*[q] * self.n_assets, indexing="ij"))
        return grid, np.einsum("i...,ij,j...->...", grid, self.covariance, grid, optimize=True)

    def by_asset(self, column: ArrayLike) -> FloatArray:
        """A column of such a tape or its history, (…, n_assets × n_paths), as (…, n_assets, n_paths)."""
        given = floats(column)
        return given.reshape(*given.shape[:-1], self.n_assets, -1)
