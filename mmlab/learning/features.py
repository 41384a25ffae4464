"""What a forecast looks at: decayed order flow, order-flow imbalance, and where the mid goes from a book's state."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import floats
from mmlab.market import Day, Tape
from mmlab.market.columns import count_steps
from mmlab.parameters import FloatArray, Parameter, check_count, check_number

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
        flow[1:] += side * ((side * np.diff(price) >= 0) * size[1:] - (side * np.diff(price) <= 0) * size[:-1])
    return np.where(np.isnan(np.diff(day.mid, prepend=np.nan)), 0.0, flow)


def intervals(day: Day, horizon: float) -> FloatArray:
    """Move of the mid [price], Σ of `order_flow_imbalance` and shares bought less sold in each interval, shape (3, n).

    Intervals are `horizon` [s] long, from the day's first event on; those not watched throughout are left out.
    """
    h, orders = check_number("horizon", horizon, "s", above=0), day.market_orders
    edges = day.time[0] + h * np.arange(count_steps("A grid", day.time[-1] - day.time[0], h, 80) + 1)
    # An event at an edge is in the mid that is in force there: it belongs to the interval that ends there.
    flows = [(day.time, order_flow_imbalance(day)), (orders.time, orders.side * orders.size)]
    sums = [np.bincount(np.searchsorted(edges, time), flow, len(edges) + 1)[1:-1] for time, flow in flows]
    return np.stack([np.diff(day.mid_at(edges)), *sums])[:, day.watched(edges[:-1], edges[1:])]


def book_states(day: Day, spread_edges: ArrayLike = (), n_bins: int = 10) -> NDArray[np.intp]:
    """The place of each event in the raveled tables of `micro_price`, shape (n_events,); without a mid any place.

    A state is the bid's share of what rests at the best prices, in `n_bins` bins, by the spread, in bins that begin at
    `spread_edges` [price]. With an odd number of bins a balanced book is in the middle one, with an even number just
    above it.
    """
    share = day.bid_size / np.maximum(day.bid_size + day.ask_size, 1e-9)
    # Edges stand 1e−9 lower: a spread of 6 ticks is not one of 5.999….
    edges = floats(spread_edges) - 1e-9
    spread = np.searchsorted(edges, day.ask - day.bid, "right") % (len(edges) + 1)
    # A share at the edge of two bins is in the inner one, on both sides alike: exchanged sides are mirrored states.
    return np.asarray((share * n_bins + 1e-9 * np.sign(0.5 - share)).astype(np.intp) * (len(edges) + 1) + spread)


def micro_price(day: Day, spread_edges: ArrayLike = (), n_bins: int = 10) -> FloatArray:
    """Fit Stoikov's micro-price to the events of a day: where the mid goes from each imbalance and spread.

    With Q the chances of the next state while the mid stays, T those with which it moves and R the mean move:
    G¹ = (1 − Q)⁻¹R, B = (1 − Q)⁻¹T and G* = ΣBⁱG¹. Each event counts twice, as it is and with the two sides exchanged.

    Returns
    -------
    array, shape (2, n_bins, n_spreads)
        G¹, by the next move of the mid, and G*, by all moves to come [price]. The micro-price is the mid and G* at
        `book_states`.

    References
    ----------
    S. Stoikov (2018), The micro-price: a high-frequency estimator of future prices, Quantitative Finance 18(12).
    """
    move, shape = np.diff(day.mid), (check_count("n_bins", n_bins, at_least=2), np.size(spread_edges) + 1)
    n, states, known = shape[0] * shape[1], book_states(day, spread_edges, n_bins), np.flatnonzero(~np.isnan(move))
    both = np.stack([states, np.arange(n).reshape(shape)[::-1].ravel()[states]])
    start, end, moved = both[:, known].ravel(), both[:, known + 1].ravel(), np.outer([1, -1], move[known]).ravel()
    counts = np.bincount(((moved != 0) * n + start) * n + end, minlength=2 * n * n).reshape(2, n, n)
    stays, moves = counts / (times := np.maximum(counts.sum(axis=(0, 2)), 1))[:, np.newaxis]
    next_move, *then = np.linalg.solve(np.eye(n) - stays, np.c_[np.bincount(start, moved, n) / times, moves]).T
    # 1 − B has no inverse, as a constant is free: the shortest answer is opposite on opposite sides.
    return np.stack([next_move, np.linalg.lstsq(np.eye(n) - np.transpose(then), next_move)[0]]).reshape(2, *shape)
