"""The questions of chapter 11, its exercises, and the flow in bursts that one of its cells draws."""

from __future__ import annotations

import numpy as np

from mmbook.ch11 import checks as judges
from mmlab.market import read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import calibrate, fill_intensity, signature
from mmlab.parameters import FloatArray
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import ASK, BID, figure, legend, style

GUESS = {"color": "#CC79A7", "linestyle": (0, (2, 1.5)), "linewidth": 2.4}


def bursts(rate: float, branching: float, decay: float, time: float, rng: np.random.Generator) -> FloatArray:
    """Times of a Hawkes flow of this mean rate, as a population: each order brings `branching` more, 1/decay later."""
    # It starts with an empty past, so long before that nobody notices.
    warm_up = 20 / (decay * (1 - branching))
    generation = rng.uniform(-warm_up, time, rng.poisson(rate * (1 - branching) * (time + warm_up)))
    born = [generation]
    while len(generation):
        parents = np.repeat(generation, rng.poisson(branching, len(generation)).astype(np.intp))
        generation = parents + rng.exponential(1 / decay, len(parents))
        born.append(generation)
    times = np.sort(np.concatenate(born))
    return times[(times >= 0) & (times < time)]


def traded_prices(guess: str) -> Reveal:
    """σ from mids and from traded prices on the shipped day, and what the guess says of the latter."""
    day = read_lobster(SHIPPED)
    grids = (1, 2, 5, 10, 20, 30, 60)
    orders = day.market_orders
    mids, trades = signature(day.time, day.mid, grids), signature(orders.time, orders.price, grids)
    tilt = {"better": 0.0, "too large": 0.75, "too small": -0.5}[guess]
    drawn = mids[-1].value * (1 + tilt * np.linspace(1, 0, len(grids)))
    fig, axes = figure(width=6.4, height=2.8)
    with style():
        axes.plot(grids, [told.value for told in trades], "v-", label="traded prices", color=ASK["color"])
        axes.plot(grids, [told.value for told in mids], "o-", label="mids", color=BID["color"])
        axes.plot(grids, drawn, label=f"your guess: {guess}", **GUESS)
        axes.set(xscale="log", xlabel="sampling grid [s]", ylabel="σ̂ [price/√s]", ylim=(0, None))
        axes.set_xticks(grids, [f"{grid:g}" for grid in grids])
        axes.minorticks_off()
        axes.set_title(f"Every second, traded prices say σ = {trades[0].value:.3f}; the truth is 0.02")
    legend(axes, loc="upper right")
    return Reveal(
        f"On the shipped day traded prices give σ = {trades[0].value:.4f} on a grid of 1 s and {trades[5].value:.4f} "
        f"on one of 30 s; mids give {mids[0].value:.4f} and {mids[5].value:.4f}. The truth is 0.02.",
        fig,
    )


def shares_for_orders(guess: str) -> Reveal:
    """Orders and shares that reach each depth on the shipped day, each as a share of the first depth's."""
    day = read_lobster(SHIPPED)
    told = calibrate(day).pooled
    orders = day.market_orders
    depths = told.depths
    shares = np.array([orders.size[orders.reach > depth - 1e-6].sum() for depth in depths])
    counted = told.observed[::-1].cumsum()[::-1]
    by_share = fill_intensity(np.repeat(orders.reach, orders.size.astype(np.intp)), 2 * day.observed, depths)
    a, k = by_share.arrival_rate.value, by_share.fill_decay.value
    ratio = a / told.arrival_rate.value
    meant = {"nothing but the unit": counted, "A alone": counted, "A and κ": shares / shares[0] * counted[0]}[guess]
    fig, axes = figure(width=6.4, height=2.8)
    with style():
        axes.plot(100 * depths, counted / counted[0], "o-", color=BID["color"], label="orders")
        axes.plot(100 * depths, shares / shares[0], "v-", color=ASK["color"], label="shares")
        axes.plot(100 * depths, meant / counted[0], label=f"your guess for shares: {guess}", **GUESS)
        axes.set(yscale="log", xlabel="depth δ [cents]", ylabel="part that reaches δ")
        axes.set_title(f"Shares reach farther than orders: κ = {k:.1f} instead of {told.fill_decay.value:.1f}")
    legend(axes, loc="lower left")
    return Reveal(
        f"On the shipped day, counted in shares, A is {a:.1f} a second, {ratio:.0f} times that of orders, and κ is "
        f"{k:.1f} instead of {told.fill_decay.value:.1f}.",
        fig,
    )


QUESTIONS.add(
    Question(
        id="traded-prices-every-second",
        text="You take σ from the last traded price, and sample it every second instead of every 30 seconds. With 30 "
        "times as many returns, the estimate becomes …",
        choices={
            "better": "More returns make the error smaller, and would if the price sampled were the value. A traded "
            "price is at the bid or at the ask.",
            "too large": "A traded price jumps between bid and ask though nothing has happened. That adds as much to "
            "the square of a short return as of a long one, and a short one has little else in it.",
            "too small": "In most seconds nothing trades and the last price stands still; but the move is not lost: it "
            "comes with the next trade. Something else is added.",
        },
        right="too large",
        reveal=traded_prices,
    ),
    Question(
        id="volume-is-no-count",
        text="Somebody adds up the shares of the orders that reach each depth, instead of counting the orders. Which "
        "estimates are wrong?",
        choices={
            "nothing but the unit": "A in shares a second would be that. But A is used as the rate of fills of a clip.",
            "A alone": "It would be so if an order's size told nothing about how far it reaches.",
            "A and κ": "Large orders reach farther, because they have to: at each depth the shares thin out more "
            "slowly than the orders do.",
        },
        right="A and κ",
        reveal=shares_for_orders,
    ),
)

EXERCISES.add(
    Exercise(
        id="merge-sweeps",
        wanted="a function of time, side, size and price, one number for each execution, that returns (time, side, "
        "size, worst price) of the market orders",
        takes=("time", "side", "size", "price"),
        judge=judges.merge_sweeps,
        hints=(
            "Which executions belong to one market order? Those with one time and one aggressor.",
            "`np.unique(np.column_stack([time, side]), axis=0, return_inverse=True)` names the orders and says which "
            "each execution belongs to.",
            "Sizes add up: `np.bincount(order, size)`. The worst price is the largest `side * price`, times the side.",
        ),
    ),
    Exercise(
        id="decay-from-counts",
        wanted="a function of counts and width that returns κ",
        takes=("counts", "width"),
        judge=judges.decay_from_counts,
        hints=(
            "An order that reached a bin's beginning passes to the next one with probability ρ = e^{−κw}. How many "
            "tried, and how many passed?",
            "An order of bin j passed j times. It stopped once, unless it is in the last bin, which is open.",
            "ρ̂ = F/(F + S) with F = Σ j·counts[j] passes and S = counts[:-1].sum() stops; κ = −ln(ρ̂)/w.",
        ),
    ),
    Exercise(
        id="error-of-a-rate",
        wanted="a function of n_orders, time and branching that returns (rate, standard error)",
        takes=("n_orders", "time", "branching"),
        judge=judges.rate_error,
        hints=(
            "How large is the standard deviation of a Poisson count of N, and what does division by T make of it?",
            "The cell with the bursts shows by what the deviation grows.",
            "(N/T, √N/T/(1 − n)).",
        ),
    ),
    Exercise(
        id="read-other-venue",
        wanted="a function of text, the content of such a file, that returns a Day",
        takes=("text",),
        judge=judges.read_other_venue,
        hints=(
            "`csv.DictReader(io.StringIO(text))` gives one dictionary a line. Two lists: quotes and trades.",
            '`float(row["bid"] or "nan")` for a price and `float(row["bid_qty"] or 0)` for a size.',
            "`Day.from_quotes_and_trades(*np.transpose(quotes), *np.transpose(trades))`, where a quote is [seconds, "
            "bid, ask, bid size, ask size] and a trade [seconds, +1 or −1, size, price].",
        ),
    ),
    Exercise(
        id="hidden-half-hour",
        wanted="a function of reach, size (one number for each market order of either side) and observed, the seconds "
        "watched, that returns (A, κ)",
        takes=("reach", "size", "observed"),
        judge=judges.half_hour,
        seconds=30.0,
        hints=(
            "Orders of both sides are two flows of the same A: how long were they watched, together?",
            "Makers quote one to four ticks from the mid. Where does the first bin begin?",
            "`fill_intensity(reach, 2 * observed, depth_grid(reach, 0.01))`. To do better, see what else of an order "
            "tells how far it would have gone.",
        ),
    ),
)
