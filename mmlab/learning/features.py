"""What a forecast looks at: decayed order flow, order-flow imbalance; and how well it then does."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats, in_range
from mmlab.market import Day, Tape
from mmlab.market.columns import count_steps
from mmlab.measure.estimate import Estimate
from mmlab.parameters import FloatArray, Parameter, ParameterError, check_count, check_number

_RATE = Parameter("ρ", "1/time", "How fast a flow is forgotten.", name="rates", at_least=0)


def decayed_flows(tape: Tape, rates: ArrayLike) -> FloatArray:
    """Σᵢ sᵢ e^{−ρ(t − tᵢ)} over the orders before each step [orders], sᵢ = 1 of a buy order and −1 of a sell order.

    An order comes as its step begins, and nothing of the step's own orders is in it: it is known when a quote is made.

    Parameters
    ----------
    tape
        An order is where a reach is at least 0.
    rates
        ρ ≥ 0 [1/time], shape (p,).

    Returns
    -------
    array, shape (n_paths, n_steps, p)
    """
    rho, sign = _RATE.check_array(rates), np.subtract(tape.buy_reach >= 0, tape.sell_reach >= 0, dtype=np.float64)
    flows = np.zeros((tape.n_steps, tape.n_paths, len(rho)))
    for n, keeps in enumerate(np.exp(-np.multiply.outer(np.diff(tape.time[:-1]), rho))):
        flows[n + 1] = keeps * (flows[n] + sign[n, :, np.newaxis])
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
    flow = np.zeros(len(day.time))
    for side, price, size in ((1, day.bid, day.bid_size), (-1, day.ask, day.ask_size)):
        moved = side * np.diff(price)
        flow[1:] += side * ((moved >= 0) * size[1:] - (moved <= 0) * size[:-1])
    return np.where(np.isnan(np.diff(day.mid, prepend=np.nan)), 0.0, flow)


def intervals(day: Day, horizon: float) -> FloatArray:
    """Move of the mid [price], Σ of `order_flow_imbalance` and shares bought less sold in each interval, shape (3, n).

    Intervals are `horizon` [s] long, from the day's first event on; those not watched throughout are left out.
    """
    h, began = check_number("horizon", horizon, "s", above=0), day.time[0]
    edges = began + h * np.arange(count_steps("A grid", day.time[-1] - began, h, 80) + 1)
    orders, n = day.market_orders, len(edges)
    # An event at an edge is in the mid that is in force there: it belongs to the interval that ends there.
    flows = [(day.time, order_flow_imbalance(day)), (orders.time, orders.side * orders.size)]
    sums = [np.bincount(np.searchsorted(edges, time), flow, n + 1)[1:n] for time, flow in flows]
    return np.stack([np.diff(day.mid_at(edges)), *sums])[:, day.watched(edges[:-1], edges[1:])]


@in_range
def line_fit(x: ArrayLike, y: ArrayLike, lags: int = 5) -> tuple[Estimate, float, Estimate]:
    """y = a + bx by least squares, rows in time, shape (n,) each; rows up to `lags` apart may be alike.

    Returns
    -------
    slope : Estimate
        b of all rows, with Newey and West's error.
    r_squared : float
        Of all rows.
    out_of_sample : Estimate
        R² on the second half of the line fitted on the first.

    References
    ----------
    W. K. Newey and K. D. West (1987), A simple, positive semi-definite, heteroskedasticity and autocorrelation
    consistent covariance matrix, Econometrica 55(3).
    """
    x, y, half = floats(x), floats(y), np.size(x) // 2
    if x.ndim != 1 or x.shape != y.shape or half < 20 + check_count("lags", lags, at_least=0):
        raise ParameterError(
            f"x and y must be lists of one length, {40 + 2 * lags} at least; got {x.shape}, {y.shape}."
        )
    (b, a), (early, start) = np.polyfit(x, y, 1), np.polyfit(x[:half], y[:half], 1)
    left, centred = y - a - b * x, x - x.mean()
    pull = np.pad(centred * left, lags)
    weights = 1 - np.abs(np.arange(-lags, lags + 1)) / (lags + 1)
    error = np.sqrt(pull @ np.convolve(pull, weights, "same")) / (centred @ centred)
    out = forecast_r_squared(start + early * x[half:], y[half:], y[:half].mean())
    return Estimate(float(b), float(error), "y/x"), float(1 - left.var() / y.var()), out


def forecast_r_squared(forecast: ArrayLike, target: ArrayLike, base: float = 0.0, blocks: int = 20) -> Estimate:
    """1 − Σ(y − f)²/Σ(y − base)² [1] against a forecast that never changes; below 0 it is worse than that one.

    Rows are in time; the error takes `blocks` stretches of them as independent.
    """
    f, y = floats(forecast), floats(target)
    if f.ndim != 1 or f.shape != y.shape or len(y) < check_count("blocks", blocks, at_least=2):
        raise ParameterError(
            f"forecast and target must be lists of one length, {blocks} at least; got {f.shape}, {y.shape}."
        )
    block = np.arange(len(y)) * blocks // len(y)
    missed, all_of_it = np.bincount(block, (y - f) ** 2), np.bincount(block, (y - base) ** 2)
    ratio = missed.sum() / all_of_it.sum()
    error = np.std(missed - ratio * all_of_it, ddof=1) * np.sqrt(blocks) / all_of_it.sum()
    return Estimate(float(1 - ratio), float(error), "1")
