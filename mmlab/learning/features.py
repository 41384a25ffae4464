"""What a forecast looks at: decayed order flow, order-flow imbalance, the micro-price, and how well it then does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats, in_range
from mmlab.market import Day, Tape
from mmlab.market.columns import count_steps
from mmlab.measure.estimate import Estimate
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number


def decayed_flows(tape: Tape, rates: ArrayLike) -> FloatArray:
    """Σᵢ sᵢ e^{−ρ(t − tᵢ)} over the orders before each step [orders], sᵢ = 1 of a buy order and −1 of a sell order.

    An order comes as its step begins, and nothing of the step's own orders is in it: it is known when a quote is made.

    Parameters
    ----------
    tape
        Orders are where a reach is at least 0.
    rates
        ρ ≥ 0 [1/time], shape (p,).

    Returns
    -------
    array, shape (n_paths, n_steps, p)
    """
    rho = floats(rates)
    if rho.ndim != 1 or not np.all(rho >= 0):
        raise ParameterError(f"rates (ρ) must be a list of numbers of at least 0 [1/time]; got {rho}.")
    sign = np.subtract(tape.buy_reach >= 0, tape.sell_reach >= 0, dtype=np.float64)
    flows = np.zeros((tape.n_steps, tape.n_paths, len(rho)))
    keeps = np.exp(-np.multiply.outer(np.diff(tape.time), rho))
    for n in range(tape.n_steps - 1):
        flows[n + 1] = keeps[n] * (flows[n] + sign[n, :, np.newaxis])
    return np.swapaxes(flows, 0, 1)


def order_flow_imbalance(day: Day) -> FloatArray:
    """What each event adds to the best bid and takes from the best ask [shares], shape (n_events,), 0 for the first.

        eₙ = 1{Bₙ ≥ Bₙ₋₁}Qᴮₙ − 1{Bₙ ≤ Bₙ₋₁}Qᴮₙ₋₁ − 1{Aₙ ≤ Aₙ₋₁}Qᴬₙ + 1{Aₙ ≥ Aₙ₋₁}Qᴬₙ₋₁.

    Events from or to a row without a mid are 0.

    References
    ----------
    R. Cont, A. Kukanov and S. Stoikov (2014), The price impact of order book events, Journal of Financial
    Econometrics 12(1).
    """
    sides = ((1, day.bid, day.bid_size), (-1, day.ask, day.ask_size))
    flow = np.zeros(len(day.time))
    for side, price, size in sides:
        moved = side * np.diff(price)
        flow[1:] += side * ((moved >= 0) * size[1:] - (moved <= 0) * size[:-1])
    flow[1:][np.isnan(np.diff(day.mid))] = 0.0
    return flow


class Intervals(NamedTuple):
    """What happened in each of the intervals of one length that were watched throughout, each of shape (n,)."""

    move: FloatArray
    """Of the mid [price]."""
    imbalance: FloatArray
    """Σ of `order_flow_imbalance` [shares]."""
    trades: FloatArray
    """Shares bought less shares sold by market orders."""


def intervals(day: Day, horizon: float) -> Intervals:
    """Cut a day into intervals of `horizon` [s], those in which it was not watched left out."""
    h = check_number("horizon", horizon, "s", above=0)
    edges = day.time[0] + h * np.arange(count_steps("A grid", day.time[-1] - day.time[0], h, 10 * 8) + 1)
    orders, n = day.market_orders, len(edges) - 1
    events = ((day.time, order_flow_imbalance(day)), (orders.time, orders.side * orders.size))
    # An event at an edge is in the mid that is in force there, so it belongs to the interval that ends there.
    sums = [np.bincount(np.searchsorted(edges, when), what, n + 2)[1 : n + 1] for when, what in events]
    kept = day.watched(edges[:-1], edges[1:])
    return Intervals(*(column[kept] for column in (np.diff(day.mid_at(edges)), *sums)))


class Fit(NamedTuple):
    """A line fitted to a sample, and what it does out of it."""

    slope: Estimate
    """Of all rows, with Newey and West's error."""
    r_squared: float
    """Of all rows."""
    out_of_sample: Estimate
    """R² on the second half of a line fitted on the first."""


@in_range
def line_fit(x: ArrayLike, y: ArrayLike, lags: int = 5, blocks: int = 20) -> Fit:
    """y = a + bx by least squares, rows in time, shape (n,) each; neighbours up to `lags` apart may be alike.

    References
    ----------
    W. K. Newey and K. D. West (1987), A simple, positive semi-definite, heteroskedasticity and autocorrelation
    consistent covariance matrix, Econometrica 55(3).
    """
    x, y, lags = floats(x), floats(y), check_count("lags", lags, at_least=0)
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2 * max(blocks, lags + 2):
        raise ParameterError(
            f"x and y must be lists of one length, {2 * max(blocks, lags + 2)} at least; got {x.shape}."
        )

    def fitted(rows: slice) -> tuple[float, float]:
        centred = x[rows] - x[rows].mean()
        slope = centred @ y[rows] / (centred @ centred)
        return float(slope), float(y[rows].mean() - slope * x[rows].mean())

    b, a = fitted(slice(None))
    centred, left = x - x.mean(), y - a - b * x
    pull = centred * left
    variance = pull @ pull + 2 * sum((1 - j / (lags + 1)) * (pull[j:] @ pull[:-j]) for j in range(1, lags + 1))
    slope = Estimate(b, float(np.sqrt(max(variance, 0.0)) / (centred @ centred)), "y/x")
    half = len(x) // 2
    before_b, before_a = fitted(slice(half))
    out = forecast_r_squared(before_a + before_b * x[half:], y[half:], y[:half].mean(), blocks)
    return Fit(slope, float(1 - left @ left / np.sum((y - y.mean()) ** 2)), out)


def forecast_r_squared(forecast: ArrayLike, target: ArrayLike, base: float = 0.0, blocks: int = 20) -> Estimate:
    """1 − Σ(y − f)²/Σ(y − base)² [1], against a forecast that never changes; below 0 it is worse than that one.

    Rows are in time; the error takes `blocks` stretches of them as independent.
    """
    f, y = floats(forecast), floats(target)
    if f.ndim != 1 or f.shape != y.shape or len(y) < check_count("blocks", blocks, at_least=2):
        raise ParameterError(f"forecast and target must be lists of one length, a row a block; got {f.shape}.")
    which = np.arange(len(y)) * blocks // len(y)
    missed, all_of_it = np.bincount(which, (y - f) ** 2), np.bincount(which, (y - base) ** 2)
    if not all_of_it.sum() > 0:
        raise ParameterError("target never moves: no forecast is better than another.")
    ratio = missed.sum() / all_of_it.sum()
    error = np.sqrt(np.sum((missed - ratio * all_of_it) ** 2) * blocks / (blocks - 1)) / all_of_it.sum()
    return Estimate(float(1 - ratio), float(error), "1")


class MicroPrice(NamedTuple):
    """What the mid is expected to move by [price] from each state (imbalance bin, spread bin)."""

    spread_edges: FloatArray
    """[price] where a next spread bin begins."""
    first: FloatArray
    """G¹: by its next move; shape (n_bins, n_spreads)."""
    limit: FloatArray
    """G*: by all moves to come, ΣBⁱG¹; the micro-price is the mid and this."""

    def states(self, day: Day) -> tuple[FloatArray, FloatArray]:
        """The bins of imbalance and spread after each event; whole numbers."""
        return _states(day, self.first.shape[0], self.spread_edges)

    def at(self, day: Day) -> FloatArray:
        """The micro-price after each event [price]; NaN without a mid."""
        known = ~np.isnan(day.mid)
        price = day.mid.copy()
        imbalance, spread = (bins[known].astype(np.intp) for bins in self.states(day))
        price[known] += self.limit[imbalance, spread]
        return price


def _states(day: Day, n_bins: int, spread_edges: FloatArray) -> tuple[FloatArray, FloatArray]:
    with np.errstate(invalid="ignore"):
        share = day.bid_size / (day.bid_size + day.ask_size)
    # Half a price unit of a venue (1e−4) below the edge: a spread of 6 ticks is not 5.9999 of them.
    return np.minimum(np.floor(share * n_bins), n_bins - 1), np.searchsorted(
        spread_edges - 5e-5, day.ask - day.bid
    ) * 1.0


@in_range
def micro_price(day: Day, spread_edges: ArrayLike = (), n_bins: int = 10) -> MicroPrice:
    """Fit Stoikov's micro-price to the events of a day: where the mid goes from each imbalance and spread.

    With Q the chances of the next state while the mid stays, T those with which it moves and R the mean move:
    G¹ = (1 − Q)⁻¹R, B = (1 − Q)⁻¹T and G* = ΣBⁱG¹. Each event counts twice, as it is and with the two sides exchanged.

    References
    ----------
    S. Stoikov (2018), The micro-price: a high-frequency estimator of future prices, Quantitative Finance 18(12).
    """
    edges, n_bins = floats(spread_edges), check_count("n_bins", n_bins, at_least=2)
    imbalance, spread = _states(day, n_bins, edges)
    n_spreads, move = len(edges) + 1, np.diff(day.mid)
    rows = ~np.isnan(move)
    n = n_bins * n_spreads
    counts, shift = np.zeros((2, n, n)), np.zeros(n)
    for mirror in (False, True):
        bins = n_bins - 1 - imbalance if mirror else imbalance
        state = np.where(np.isnan(day.mid), 0, bins * n_spreads + spread).astype(np.intp)
        start, end, moved = state[:-1][rows], state[1:][rows], (-1 if mirror else 1) * move[rows]
        np.add.at(counts, ((moved != 0).astype(np.intp), start, end), 1.0)
        shift += np.bincount(start, moved, n)
    seen = np.maximum(counts.sum(axis=(0, 2)), 1.0)
    stays, jumps = counts / seen[:, np.newaxis]
    first = np.linalg.solve(np.eye(n) - stays, shift / seen)
    then = np.linalg.solve(np.eye(n) - stays, jumps)
    # 1 − B has no inverse: a constant is free. The shortest answer is the one with opposite signs on opposite sides.
    limit = np.linalg.lstsq(np.eye(n) - then, first)[0]
    return MicroPrice(edges, first.reshape(n_bins, -1), limit.reshape(n_bins, -1))
