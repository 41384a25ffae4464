"""Several assets quoted at once: their value exactly, on a grid, and by a matrix, for a hundred of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab import vocabulary
from mmlab.arrays import check_memory, floats, in_range
from mmlab.market import Exponential
from mmlab.market.several_assets import MultiAssetMarket, check_covariance
from mmlab.models.avellaneda_stoikov import liquidity_half_spread
from mmlab.models.indifference import trade_losses
from mmlab.models.model import Model
from mmlab.models.tridiagonal import relative_logs, terms_for
from mmlab.models.within import stopped
from mmlab.parameters import FloatArray, ParameterError, parameter, validated
from mmlab.quotes import Quotes


def skew_matrix(
    covariance: ArrayLike, traded: ArrayLike, risk_aversion: float, time_left: float = math.inf
) -> FloatArray:
    """Γ(τ) = √(γ/2) D^{−½} S tanh(√(2γ) S τ) D^{−½} with S = (D^{½} Σ D^{½})^{½}: how far quotes move a clip held.

    Without an end it solves ΓDΓ = ½γΣ. One eigenvalue decomposition; a Σ without an inverse is no hindrance.

    Parameters
    ----------
    covariance : array_like, shape (n, n)
        Σ [price²/time], positive semidefinite.
    traded : array_like, shape (n,)
        The diagonal of D [clips²/(price · time)], D_i = A_i k_i (1 + γ/k_i)^{−(1 + k_i/γ)}, above 0.
    risk_aversion : float
        γ [1/(price · clip)]
    time_left : float
        τ [time], not below 0; without end by default.

    Returns
    -------
    array, shape (n, n)
        [price/clip], symmetric.

    Raises
    ------
    ParameterError
        If Σ is not positive semidefinite (with its smallest eigenvalue), a D_i is not above 0, or τ is below it.

    References
    ----------
    O. Guéant (2017), Optimal market making, Applied Mathematical Finance 24(2). P. Bergault, D. Evangelista, O. Guéant
    and D. Vieira (2021), Closed-form approximations in multi-asset market making, Applied Mathematical Finance 28(2).
    """
    sigma, d = check_covariance("covariance (Σ)", covariance), floats(traded)
    if d.shape != sigma.shape[:1] or not (d > 0).all():
        raise ParameterError(f"traded (D) must be a number above 0 for each of {len(sigma)} assets; got {d.tolist()}.")
    root, gamma = np.sqrt(d)[:, np.newaxis], vocabulary.RISK_AVERSION.check(risk_aversion)
    values, vectors = np.linalg.eigh(root * sigma * root.T)
    rate = math.sqrt(2 * gamma) * np.sqrt(np.maximum(values, 0.0))
    # An eigenvalue of 0 moves nothing, however long; 1e50 is without end.
    growth = rate / 2 * np.tanh(np.maximum(rate, 1e-300) * vocabulary.TIME_LEFT.check(min(float(time_left), 1e50)))
    return np.asarray((vectors / root * growth) @ (vectors / root).T)


@validated
class SeveralAssets(Model):
    """A maker who minimises E[e^{−γW}] over all assets of `market` together, whose prices are correlated.

    Other fields than the numbers below:

    market : MultiAssetMarket
        What the maker believes; each flow an `Exponential`, A and k alike on both sides.
    solution : {"tanh", "stationary", "exact"}
        δᵢ = cᵢ + ½Γᵢᵢ ± (Γq)ᵢ with the time left or without an end (`skew_matrix`), for any number of assets; or the
        exact v' = −½kγ q'Σq v + Σ ηᵢ v(q ± eᵢ), v(0) = 1 on all |qᵢ| ≤ q̄, of which δᵢ = c + (1/k) ln(v(q)/v(q ± eᵢ)):
        it needs one k for all, and takes up to a million states.

    No bid in an asset at q̄, no ask at −q̄. One asset is `GueantLehalleFernandezTapia`.

    References
    ----------
    O. Guéant (2017), Optimal market making, Applied Mathematical Finance 24(2), https://arxiv.org/abs/1605.01862
    """

    risk_aversion: float = parameter(vocabulary.RISK_AVERSION, source="Guéant (2017), §2")
    max_inventory: int = parameter(vocabulary.MAX_INVENTORY, source="Guéant (2017), §2")
    market: MultiAssetMarket
    solution: Literal["tanh", "stationary", "exact"] = "tanh"

    def __post_init__(self) -> None:
        flows = [market.intensity for market in self.market.markets]
        if not all(isinstance(flow, Exponential) for flow in flows):
            raise ParameterError(f"SeveralAssets needs Exponential flows, alike on both sides; got {flows}.")
        if self.solution == "exact":
            self.market.lattice(self.max_inventory)  # or it is too large
            if len(decays := set(_believed(self)[0].tolist())) > 1:
                raise ParameterError(f"The exact solution takes one fill_decay (k) for all; got {sorted(decays)}.")

    @property
    def alone(self) -> SeveralAssets:
        """Who quotes each asset as if there were no other."""
        return replace(self, market=replace(self.market, correlation=0.0))

    @property
    def traded(self) -> FloatArray:
        """The diagonal of D [clips²/(price · time)], shape (n_assets,): how much more fills for a better price."""
        k, _, rates = _believed(self)
        return np.asarray(k * rates)

    @property
    def risk_cost(self) -> float:
        """Σ DᵢΓᵢᵢ/kᵢ [price·clip/time], what risk costs far from the end: with one D and k √(γD/2)/k · tr Σ^{½}."""
        return float(_believed(self)[2] @ np.diag(self.skew(math.inf)))

    def skew(self, time_left: float) -> FloatArray:
        """Γ(τ) [price/clip], shape (n_assets, n_assets), by `skew_matrix`."""
        return skew_matrix(self.market.covariance, self.traded, self.risk_aversion, time_left)

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price] in each asset, each shape (n_assets, …); NaN where there is no quote.

        Parameters
        ----------
        inventory : array_like, shape (n_assets, …)
            [clips]; whole, unless in closed form.
        time_left : float
            One for all [time].
        """
        q, tau = self._check(inventory, time_left)
        c = _believed(self)[1].reshape(-1, *(1,) * (q.ndim - 1))
        if self.solution == "exact":
            worth, place = _solved(self)(tau), self._place(q)
            lost = [np.moveaxis(trade_losses(np.moveaxis(worth, i, -1)), -1, i + 1) for i in range(len(q))]
            bid, ask = (c + np.stack([of[side][place] for of in lost]) for side in (0, 1))
        else:
            skew = self.skew(tau if self.solution == "tanh" else math.inf)
            lean, middle = np.tensordot(skew, q, axes=1), c + np.diag(skew).reshape(c.shape) / 2
            bid, ask = middle + lean, middle - lean
        return stopped(q, bid, ask, self.max_inventory)

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """Those depths around `mid_price` [price], both as columns of assets × paths, as a `MultiAssetMarket.tape`."""
        bid, ask = self.depths(self.market.by_asset(inventory), time_left)
        return Quotes.around(mid_price, bid.ravel(), ask.ravel())

    def value(self, inventory: ArrayLike, time_left: ArrayLike) -> FloatArray:
        """θ = (1/k) ln v(τ, q) [price·clip], shape (…) of an inventory (n_assets, …): the certainty equivalent of it.

        Raises
        ------
        ParameterError
            As `depths`; and unless the solution is exact.
        """
        if self.solution != "exact":
            raise ParameterError(f"value is what the exact solution has; this model's solution is {self.solution!r}.")
        q, tau = self._check(inventory, time_left)
        return np.asarray(_solved(self)(tau)[self._place(q)])

    def _check(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, float]:
        q = vocabulary.check_inventory(inventory, self.max_inventory)
        tau, n = vocabulary.check_time_left(time_left, self.market.markets[0].horizon), self.market.n_assets
        if q.shape[:1] != (n,) or tau.ndim:
            shapes = f"{q.shape} and {tau.shape}"
            raise ParameterError(f"inventory needs {n} rows, one an asset, and time_left is one number; got {shapes}.")
        return q, float(tau)

    def _place(self, q: FloatArray) -> tuple[NDArray[np.intp], ...]:
        if (q != np.rint(q)).any():
            raise ParameterError(f"The exact solution knows whole clips alone; got {q[q != np.rint(q)][0]:g}.")
        return tuple(q.astype(int) + self.max_inventory)


@lru_cache(maxsize=16)
def _believed(model: SeveralAssets) -> FloatArray:
    """k [1/price], c [price] and η [1/time] of each asset, shape (3, n_assets)."""
    gamma, flows = model.risk_aversion, [market.parameters() for market in model.market.markets]
    comes, k = (np.array([flow[name] for flow in flows]) for name in ("arrival_rate", "fill_decay"))
    c = np.array([liquidity_half_spread(gamma, each) for each in k])
    return np.stack([k, c, comes * np.exp(-k * c) / (1 + gamma / k)])


@lru_cache(maxsize=8)
def _solved(model: SeveralAssets) -> Callable[[float], FloatArray]:
    """τ → θ(τ) = (1/k) ln v(τ) on the grid of inventories, from ln v at nodes that a Taylor series leads on.

    As in `tridiagonal`: with a shift nothing is negative, so that far tails keep their relative accuracy, and a Taylor
    series errs by at most that of e^x, x the largest row sum × the step.
    """
    (k, _, rates), horizon = _believed(model), model.market.markets[0].horizon
    drain = k[0] * model.risk_aversion / 2 * model.market.lattice(model.max_inventory)[1]
    shift = float(drain.max())
    spare, fastest = shift - drain, shift + 2 * float(rates.sum())
    nodes = max(200, math.ceil(fastest * horizon / 4))
    check_memory(f"{nodes:,} times × {drain.size:,} inventories", 8.0 * nodes * drain.size)

    @in_range
    def forward(log_v: FloatArray, h: float) -> FloatArray:
        v = total = np.exp(log_v - log_v.max())
        for m in range(terms_for(fastest * h), 0, -1):
            product = spare * total
            for i, rate in enumerate(rates.tolist()):
                into, moved = product.swapaxes(0, i), (rate * total).swapaxes(0, i)
                into[1:] += moved[:-1]
                into[:-1] += moved[1:]
            total = product * (h / m) + v
        logs, top = relative_logs(total.reshape(1, -1))
        return np.asarray(logs.reshape(v.shape) + (top + log_v.max() - shift * h))

    way = [np.zeros(drain.shape)]
    for _ in range(nodes):
        way.append(forward(way[-1], horizon / nodes))

    def worth(tau: float) -> FloatArray:
        node = min(int(nodes * tau / (horizon or 1.0) + 1e-9), nodes)
        return np.asarray(forward(way[node], max(tau - node * horizon / nodes, 0.0)) / k[0])

    return worth
