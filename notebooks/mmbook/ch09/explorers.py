"""The explorer of the whole: an hour through the pipeline, every stage's numbers by section, and a cursor in time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from mmbook.ch09.pipeline_hour import drawdown, events, step_in_words, used
from mmbook.ch09.scenes import CONFIG, N_STEPS, SEED, hour
from mmlab import MarketMakingPipeline, simulate
from mmlab.desk import Mode
from mmlab.parameters import Parameter, parameters_of
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, PLAIN, steps
from mmlab.teach.words import amount

STEP = Parameter("n", "15 s", "Where the cursor stands.", integer=True, name="step")
STORM = Parameter("×", "1", "How many times as far the mid moves from minute 24 to 30.", name="storm")
WHICH = Parameter("#", "1", "Which hour it is.", integer=True, name="seed")
RANGES: dict[str, dict[str, tuple[float, float]]] = {
    "market": {
        "volatility": (0.05, 0.4),
        "arrival_rate": (0.01, 0.06),
        "fill_decay": (20.0, 100.0),
        "transaction_cost": (0.0, 0.0001),
    },
    "model": {"risk_aversion": (1e-5, 5e-3)},
    "quotes": {
        "quote_size": (100.0, 600.0),
        "size_decay": (0.0, 0.5),
        "base_spread": (0.0002, 0.001),
        "max_spread": (0.001, 0.002),
        "max_quote_time": (30.0, 300.0),
        "stale_fraction": (0.05, 6.0),
        "latency": (0.0, 29.0),
    },
    "limits": {
        "max_position": (600.0, 2000.0),
        "max_daily_loss": (50.0, 1000.0),
        "max_drawdown": (50.0, 1000.0),
        "max_volatility": (0.4, 2.0),
        "volatility_window": (60.0, 900.0),
    },
}
"""What the sliders move, by the configuration's sections; they start at the chapter's own numbers."""
MODES = {Mode.WIDEN: "#0072B2", Mode.REDUCE_ONLY: "#E69F00", Mode.HALT: "#D55E00"}
"""The colours of the strip that says the mode; the higher it is, the less is permitted."""
CURSOR: dict[str, Any] = {"color": "#000000", "linewidth": 1}
Numbers = dict[str, float]
BACK, AHEAD = 16, 4
"""How many steps the close-up shows before and after the cursor."""


def an_hour(
    market: Numbers, model: Numbers, quotes: Numbers, limits: Numbers, storm: float, seed: int
) -> dict[str, Any]:
    """The desk of these numbers, its hour through the whole pipeline, and how much of each limit it used at most."""
    whole = {"quote_size": CONFIG.quotes.lot * round(quotes["quote_size"] / CONFIG.quotes.lot)}
    lowest = {"min_position": -limits["max_position"]}
    config = CONFIG.override({"market": market, "model": model, "quotes": quotes | whole, "limits": limits | lowest})
    day = simulate(MarketMakingPipeline(config), hour(config, storm=storm, seed=seed))
    shares = used(config, day)
    return locals()


def next_event(s: Any) -> dict[str, int]:
    """To the next step with a fill, another mode or another price; at the end of the hour, to its last step."""
    return {"step": next((int(n) for n in events(s.day) if n > s.step), N_STEPS - 1)}


def _only(s: Any, *moved: str) -> bool:
    """Whether all but these stand where the chapter has them."""
    start = {"storm": 4.0, "seed": SEED} | {
        name: getattr(getattr(CONFIG, of), name) for of in RANGES for name in RANGES[of]
    }
    at = {"storm": s.storm, "seed": s.seed} | s.market | s.model | s.quotes | s.limits
    return all(name in moved or at[name] == value for name, value in start.items())


def quotes_through_the_storm(s: Any) -> bool:
    """Whether no minute of the chapter's hour is halted, by its limits' numbers alone."""
    return _only(s, *RANGES["limits"]) and not (s.day.mode == Mode.HALT).any()


def held_small(s: Any) -> bool:
    """Whether the risk aversion alone keeps the chapter's hour within two clips."""
    return _only(s, *RANGES["model"]) and bool(abs(s.day.inventory).max() <= 2)


def _sliders() -> dict[Parameter, tuple[float, float, float]]:
    """The cursor's, the hour's, and those of the sections, each where the chapter's configuration has it."""
    found = {STEP: (0, N_STEPS - 1, 96), STORM: (1.0, 8.0, 4.0), WHICH: (0, 60, SEED)}
    for section, ends in RANGES.items():
        declared = getattr(CONFIG, section)
        for name, (low, high) in ends.items():
            found[replace(parameters_of(type(declared))[name], name=name)] = (low, high, getattr(declared, name))
    return found


class PipelineExplorer(Explorer):
    """All of a desk's numbers, by section, over one hour: prices, a close-up, inventory with modes, profit."""

    title: ClassVar[str] = "The pipeline, the whole of it"
    sliders: ClassVar = _sliders()
    sections: ClassVar = {**{f"[{name}]": [*ends] for name, ends in RANGES.items()}, "the hour": ["storm", "seed"]}
    also: ClassVar = dict.fromkeys(RANGES, ())
    player: ClassVar[str] = "step"
    moves: ClassVar = {
        "◀ Step": lambda s: {"step": max(s.step - 1, 0)},
        "Step ▶": lambda s: {"step": min(s.step + 1, N_STEPS - 1)},
        "Next event": next_event,
    }
    presets: ClassVar = {
        "a storm, and three limits": {},
        "a calm hour": {"storm": 1.0},
        "through the storm, skewing": {
            "risk_aversion": 1e-3,
            "max_volatility": 2.0,
            "max_daily_loss": 1000.0,
            "max_drawdown": 1000.0,
        },
        "slow in a storm": {"latency": 20.0, "max_volatility": 2.0},
    }
    stages: ClassVar = (an_hour,)
    tasks: ClassVar = {
        "with the limits alone, halt for no minute of this hour.": quotes_through_the_storm,
        "with γ alone, hold at most 2 clips.": held_small,
    }
    prints: ClassVar[str] = (
        "day.bid_fill.sum(), day.ask_fill.sum(), day.fees.sum(), day.pnl[0], "
        "day.time[step] / 60, day.mid[step, 0], day.inventory[step, 0]"
    )

    @property
    def values(self) -> dict[str, Any]:
        """Where the controls stand, and once more by section, as the configuration has them."""
        at = super().values
        return at | {section: {name: at[name] for name in names} for section, names in RANGES.items()}

    def show(self, s: Any, prices: Panel, near: Panel, held: Panel, money: Panel) -> None:
        """The hour with one cursor through it, and the cursor's neighbourhood."""
        day, n, minutes = s.day, s.step, s.day.time / 60
        prices.view(y=(float(day.mid.min()), float(day.mid.max())), xlim=(0, 60), xlabel="time [min]", ylabel="price")
        _quotes(prices, day, slice(None), minutes)
        prices.title(f"{day.bid_fill.sum():.0f} clips bought, {day.ask_fill.sum():.0f} sold")

        first, last = max(n - BACK, 0), min(n + AHEAD + 1, N_STEPS)
        near.view(
            xlim=(-BACK / 4, (AHEAD + 1) / 4),
            ylim=(-20, 20),
            xlabel="minutes from the cursor",
            ylabel="cents from its mid",
        )
        _quotes(near, day, slice(first, last), minutes[first : last + 1] - minutes[n], float(day.mid[n, 0]), 0.01, 1.6)
        near.title(f"Minute {minutes[n]:.2f}: {_mode(day.mode[n, 0])}")

        q, most = day.inventory[:, 0], s.config.clips(s.config.limits.max_position)
        held.view(y=(-1.5 * most, 1.1 * most), xlim=(0, 60), xlabel="time [min]", ylabel="inventory [clips]")
        held.outline("_inventory", minutes, q[:-1], PLAIN, lw=1.2)
        held.level(0)
        for side, label in ((most, "limits"), (-most, "_lowest")):
            held.level(side, ASK, label, lw=1)
        for mode, colour in MODES.items():
            there = day.mode[:, 0] == mode
            if there.any():
                edge, top = steps(minutes, (0.1 * mode * there - 1.5) * most)
                held.band(_mode(mode), edge, -1.5 * most, top, {"facecolor": colour, "edgecolor": colour})
        halted = float((day.mode == Mode.HALT).sum()) / 4
        held.title(f"Inventory {amount(q.min(), 0)} to {amount(q.max(), 0)} clips; halted for {halted:.1f} minutes")

        profit, loss = day.wealth[:, 0] - day.wealth[0, 0], s.config.money(s.config.limits.max_daily_loss)
        near_floor = s.shares["day’s loss"] > 1 / 4  # elsewhere it would leave the profit no room
        low, high = min(float(profit.min()), -loss if near_floor else -0.2), max(float(profit.max()), 0.2)
        money.view(y=(low, high), xlim=(0, 60), xlabel="time [min]", ylabel="profit [price·clip]")
        money.line("_profit", minutes, profit, PLAIN, lw=1.2)
        money.level(0)
        if near_floor:
            money.level(-loss, ASK, "floor", lw=1)
        money.title(f"Profit {amount(profit[-1])}, {drawdown(day):.2f} from a peak at worst; floor {amount(-loss)}")
        for panel in (prices, held, money):
            panel.upright(minutes[n], CURSOR)
        near.upright(0, CURSOR)

    def readout(self, s: Any) -> str:
        """The hour in a sentence, and the step at the cursor in another."""
        day, shares = s.day, ", ".join(f"{name} {share:.0%}" for name, share in s.shares.items())
        return (
            f"The hour: {day.bid_fill.sum():.0f} clips bought, {day.ask_fill.sum():.0f} sold, {day.fees.sum():.2f} of "
            f"fees, profit {day.pnl[0]:.2f}, {drawdown(day):.2f} from a peak at worst. "
            f"Used of its limits, at most: {shares}. {step_in_words(day, s.step)}{_in_lots(s.quotes['quote_size'])}"
        )


def _in_lots(size: float) -> str:
    """Why a size between two lots changes nothing [shares]."""
    lot = CONFIG.quotes.lot
    whole = lot * round(size / lot)
    return "" if size == whole else f" Sizes are whole lots of {lot:g} shares: {size:g} counts as {whole:g}."


def _mode(mode: int) -> str:
    return Mode(mode).name.lower().replace("_", " ")


def _quotes(
    panel: Panel, day: Any, rows: slice, edges: Any, origin: float = 0.0, unit: float = 1.0, lw: float = 0.9
) -> None:
    """Our quotes, the mid and the fills in some steps, whose edges are given: prices less `origin`, in `unit`."""
    prices = {"ask": day.ask_price, "mid": day.mid[:-1], "bid": day.bid_price}
    prices = {name: (price[rows, 0] - origin) / unit for name, price in prices.items()}
    for (name, price), look in zip(prices.items(), (ASK, PLAIN, BID), strict=True):
        panel.outline(name, edges, price, look, lw=lw)
    middle = (edges[:-1] + edges[1:]) / 2
    for label, side, fill, look in (("we sold", "ask", day.ask_fill, ASK), ("we bought", "bid", day.bid_fill, BID)):
        there = fill[rows, 0] > 0
        panel.triangles(label, middle[there], prices[side][there], look, up=look is BID)
