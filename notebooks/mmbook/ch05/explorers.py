"""Cartea and Jaimungal's explorers: what φ, α, λ, κ and ε do to the quotes; and quotes that see a signal.

α is the terminal penalty alone, as in the chapter: the signal is μ here, and what an order pushes it by is β.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmlab import CarteaJaimungal, CarteaJaimungalSignal, Exponential, Market, Signal, exact_moments, simulate
from mmlab.market.signal import remembered_time
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, INVENTORY_AVERSE, PLAIN, RESERVATION, SYMMETRIC
from mmlab.teach.words import amount, position
from mmlab.vocabulary import (
    ARRIVAL_RATE,
    FILL_DECAY,
    INVENTORY,
    JUMP,
    MEAN_REVERSION,
    RUNNING_PENALTY,
    SIGNAL,
    SIGNAL_JUMP,
    SIGNAL_VOLATILITY,
    TERMINAL_PENALTY,
    TIME_LEFT,
)

INVENTORIES = np.arange(-5.0, 6.0)
TIMES = np.concatenate([np.linspace(0, 3, 31), np.linspace(3.5, 30, 54)])
SIGNALS = np.linspace(-0.01, 0.01, 61)


def session(
    running_penalty: float, terminal_penalty: float, arrival_rate: float, fill_decay: float, jump: float
) -> dict[str, Any]:
    """The whole session, and what it pays a dealer without penalties."""
    flow = Exponential(arrival_rate=arrival_rate, fill_decay=fill_decay)
    market = Market(mid_price=100, volatility=0.01, horizon=30, intensity=flow, jump=(jump, jump))
    model = CarteaJaimungal.for_market(
        market, running_penalty=running_penalty, terminal_penalty=terminal_penalty, max_inventory=5
    )
    exact = exact_moments(model, market, n_steps=120)
    careless = exact_moments(replace(model, running_penalty=0, terminal_penalty=0), market, n_steps=120)
    return locals()


def here(model: Any, inventory: int, time_left: float) -> dict[str, Any]:
    """Where we stand."""
    bid, ask = model.depths(inventory, time_left)
    value = model.value(inventory, time_left)
    return locals()


def as_much_at_the_close(s: Any) -> bool:
    """Whether the skew of one clip is the same early and at the close, to a twentieth."""
    bid, ask = s.model.depths(1, np.array([30, 0]))
    early, late = (bid - ask) / 2
    return (s.running_penalty, s.arrival_rate, s.fill_decay, s.jump) == (1e-4, 1, 100, 0) and abs(
        late / early - 1
    ) < 0.05


def earns_half(s: Any) -> bool:
    """Whether a session in the book's market earns half of what it earns without a jump, to a hundredth."""
    book = (s.running_penalty, s.terminal_penalty, s.arrival_rate, s.fill_decay) == (1e-4, 1e-4, 1, 100)
    if not book:
        return False
    calm = replace(s.market, jump=(0.0, 0.0))
    best = exact_moments(replace(s.model, jump=0.0), calm, n_steps=120)
    return bool(abs(s.exact.mean / best.mean - 0.5) < 0.01)


def stops_at_the_mid(s: Any) -> bool:
    """Whether the bid of a flat dealer is at the mid, and would not be at a signal that is a little weaker."""
    chapter = (s.mean_reversion, s.signal_volatility, s.signal_jump, s.inventory) == (0.5, 0.001, 0.002, 0)
    weaker = s.dealer.depths(0, s.time_left, s.signal - 0.0004)[0]
    return chapter and bool(s.bid == 0 < weaker)


def centred_while_long(s: Any) -> bool:
    """Whether the quotes of a dealer who is long 3 clips stand around the mid, to a fiftieth of 1/κ."""
    return bool(s.inventory == 3 and abs(s.ask - s.bid) / 2 < 2e-4)


class CarteaJaimungalExplorer(Explorer):
    """Sliders for φ, α, λ, κ, ε, q and τ over three plots: quotes by inventory and by time, the last inventory."""

    title: ClassVar[str] = "Cartea–Jaimungal (2015)"
    sliders: ClassVar = {
        RUNNING_PENALTY: (1e-6, 1e-2, 1e-4),
        replace(INVENTORY, integer=True): (-4, 4, 2),
        TERMINAL_PENALTY: (1e-6, 1e-2, 1e-4),
        TIME_LEFT: (0.0, 30.0, 15.0),
        replace(ARRIVAL_RATE, symbol="λ"): (0.1, 2.0, 1.0),
        JUMP: (0.0, 0.02, 0.0),
        replace(FILL_DECAY, symbol="κ"): (40.0, 250.0, 100.0),
    }
    presets: ClassVar = {
        "the book": {},
        "only the close counts": {"running_penalty": 1e-6, "terminal_penalty": 5e-3, "time_left": 3.0},
        "hates to hold": {"running_penalty": 2e-3},
        "orders move the mid": {"jump": 0.005, "inventory": 0},
    }
    stages: ClassVar = (session, here)
    tasks: ClassVar = {
        "at the book's φ, find the α at which a clip skews as much at the close as early.": as_much_at_the_close,
        "from the book, halve what a session earns, with ε alone.": earns_half,
    }
    prints: ClassVar[str] = (
        "bid, ask, value, exact.mean, exact.sd, exact.inventory_sd, careless.mean, careless.sd, careless.inventory_sd"
    )

    def show(self, s: Any, quotes: Panel, time: Panel, end: Panel) -> None:
        """Quotes against inventory, quotes against time left, the inventory at the close."""
        by_inventory, by_time = s.model.depths(INVENTORIES, s.time_left), s.model.depths(s.inventory, TIMES)
        for panel, x, grid, (bid, ask), axis, ends in (
            (quotes, s.inventory, INVENTORIES, by_inventory, "inventory q [clips]", (-5, 5)),
            (time, s.time_left, TIMES, by_time, "time left τ", (30, 0)),
        ):
            furthest = float(np.nanmax(np.abs([bid, ask])))
            panel.view(y=(-furthest, furthest), ylabel="price − mid", xlabel=axis, xlim=ends)
            panel.level(0)
            panel.line("ask", grid, ask, ASK)
            panel.line("middle", grid, (ask - bid) / 2, RESERVATION)
            panel.line("bid", grid, -bid, BID)
            panel.quotes_at(x, s.bid, s.ask)
        quotes.title(f"Middle of the quotes {amount((s.ask - s.bid) / 2, 4)} from the mid")
        bid, ask = s.model.depths(1, np.array([30, 0]))
        early, late = (bid - ask) / 2
        time.title(f"One clip: a skew of {early:.4f} early, {late:.4f} at the close")

        end.left_over({"this φ, α": (s.exact, INVENTORY_AVERSE), "φ = α = 0": (s.careless, SYMMETRIC)}, 5)
        end.title(f"Ends ±{s.exact.inventory_sd:.2f} clips, without penalties ±{s.careless.inventory_sd:.2f}")

    def readout(self, s: Any) -> str:
        """Quotes, the value of the position, and what the whole session pays, in sentences."""
        return (
            f"{position(s.inventory)}, {s.time_left:g} of 30 left: bid depth {amount(s.bid, 4)}, ask depth "
            f"{amount(s.ask, 4)}, spread {s.bid + s.ask:.4f}; the position and the time left are worth "
            f"h = {amount(s.value, 4)} above the clips at the mid. A session from flat earns "
            f"{amount(s.exact.mean, 4)} ± {s.exact.sd:.4f} and ends ±{s.exact.inventory_sd:.2f} clips; without "
            f"penalties {amount(s.careless.mean, 4)} ± {s.careless.sd:.4f} and ±{s.careless.inventory_sd:.2f} clips."
        )


def day(mean_reversion: float, signal_volatility: float, signal_jump: float) -> dict[str, Any]:
    """One day on a fixed tape: a dealer who sees the signal (20 nodes: accurate enough to plot), and a blind one."""
    drift = Signal(mean_reversion=mean_reversion, signal_volatility=signal_volatility, signal_jump=signal_jump)
    flow = Exponential(arrival_rate=0.8333, fill_decay=100)
    market = Market(mid_price=100, volatility=0.003, horizon=20, intensity=flow, signal=drift)
    own = dict(running_penalty=1e-4, terminal_penalty=1e-3, max_inventory=5)
    dealer = CarteaJaimungalSignal.for_market(market, **own, nodes=20)
    tape = market.tape(n_paths=1, n_steps=200, seed=12)
    sees, blind = simulate(dealer, tape), simulate(CarteaJaimungal.for_market(market, **own), tape)
    return locals()


def now(dealer: Any, inventory: int, time_left: float, signal: float) -> dict[str, Any]:
    """Where we stand, and where the signal takes the mid until the close."""
    bid, ask = dealer.depths(inventory, time_left, signal)
    value = dealer.value(inventory, time_left, signal)
    promised = signal * remembered_time(dealer.mean_reversion, time_left)
    return locals()


class CarteaJaimungalSignalExplorer(Explorer):
    """Sliders for ζ, η, β, the signal, q and τ over four plots: quotes against the signal, and a day with one."""

    title: ClassVar[str] = "A short-term signal (Cartea, Jaimungal and Penalva, 2015)"
    sliders: ClassVar = {
        MEAN_REVERSION: (0.2, 2.0, 0.5),
        replace(SIGNAL, symbol="μ"): (-0.01, 0.01, 0.004),
        SIGNAL_VOLATILITY: (0.0, 0.004, 0.001),
        replace(INVENTORY, integer=True): (-4, 4, 0),
        replace(SIGNAL_JUMP, symbol="β"): (0.0, 0.004, 0.002),
        TIME_LEFT: (0.0, 20.0, 15.0),
    }
    presets: ClassVar = {
        "the chapter's market": {},
        "a signal that forgets at once": {"mean_reversion": 2.0},
        "long, and the mid will fall": {"signal": -0.006, "inventory": 3},
        "nothing moves the signal": {"signal_volatility": 0.0, "signal_jump": 0.0, "signal": 0.0, "inventory": 3},
    }
    stages: ClassVar = (day, now)
    tasks: ClassVar = {
        "flat, in the chapter's market, find the least signal at which the bid stops at the mid.": stops_at_the_mid,
        "long 3 clips, find the signal that centres the quotes on the mid.": centred_while_long,
    }
    prints: ClassVar[str] = "promised, bid, ask, value, sees.pnl[0], blind.pnl[0]"

    def show(self, s: Any, quotes: Panel, signal: Panel, held: Panel, prices: Panel) -> None:
        """Quotes against the signal; the signal, the inventories and the prices of the day."""
        bid, ask = s.dealer.depths(s.inventory, s.time_left, SIGNALS)
        taken, furthest = SIGNALS * remembered_time(s.mean_reversion, s.time_left), float(np.abs([bid, ask]).max())
        quotes.view(y=(-furthest, furthest), xlabel="signal μ [price/time]", ylabel="price − mid", xlim=(-0.01, 0.01))
        quotes.level(0)
        quotes.line("ask", SIGNALS, ask, ASK)
        quotes.line("where μ takes the mid", SIGNALS, taken, RESERVATION)
        quotes.line("bid", SIGNALS, -bid, BID)
        quotes.quotes_at(s.signal, s.bid, s.ask)
        middle = amount((s.ask - s.bid) / 2, 4)
        quotes.title(f"At μ = {amount(s.signal, 4)} the middle of the quotes is {middle} from the mid")

        strength = s.sees.signal[:, 0]
        highest = float(np.abs(strength).max())
        signal.view(y=(-max(highest, 1e-3), max(highest, 1e-3)), xlabel="time", ylabel="signal μ", xlim=(0, 20))
        signal.level(0)
        signal.line("_signal", s.tape.time, strength, PLAIN)
        signal.title(f"The signal on a fixed tape, at most {highest:.4f}")

        sees, blind = s.sees.inventory[:-1, 0], s.blind.inventory[:-1, 0]
        clips = min(-2.0, sees.min(), blind.min()), max(2.0, sees.max(), blind.max())
        held.view(y=clips, xlabel="time", ylabel="inventory [clips]", xlim=(0, 20))
        held.level(0)
        held.outline("sees the signal", s.tape.time, sees, INVENTORY_AVERSE)
        held.outline("blind", s.tape.time, blind, SYMMETRIC)
        held.title(f"Profit of the day {amount(s.sees.pnl[0], 4)}, blind {amount(s.blind.pnl[0], 4)}")

        shown = np.array([s.sees.bid_price, s.sees.mid[:-1], s.sees.ask_price]) - 100
        prices.view(y=(np.nanmin(shown), np.nanmax(shown)), xlabel="time", ylabel="price − 100", xlim=(0, 20))
        bought, sold = prices.day(s.sees, 100)
        prices.title(f"{bought} bought, {sold} sold by the dealer who sees")

    def readout(self, s: Any) -> str:
        """Quotes, what the signal promises, and the day, in sentences."""
        trades, blind_trades = (int((run.bid_fill + run.ask_fill).sum()) for run in (s.sees, s.blind))
        return (
            f"{position(s.inventory)}, {s.time_left:g} of 20 left, signal {amount(s.signal, 4)}: until the close it "
            f"takes the mid {amount(s.promised, 4)}. Bid depth {amount(s.bid, 4)}, ask depth {amount(s.ask, 4)}, "
            f"spread {s.bid + s.ask:.4f}, value h = {amount(s.value, 4)}. One day on a fixed tape: the dealer who sees "
            f"the signal trades {trades} times and earns {amount(s.sees.pnl[0], 4)}; a blind one trades "
            f"{blind_trades} times and earns {amount(s.blind.pnl[0], 4)}."
        )
