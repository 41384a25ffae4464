"""The quote aggressiveness explorer: what a wider spread costs and spares a full desk, or one under stress."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch07.scenes import a_day, fresh
from mmlab import Desk, Exponential, Market, QuoteAggressiveness, Symmetric, Tape, simulate
from mmlab.parameters import parameters_of
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, RESERVATION, SYMMETRIC
from mmlab.teach.words import amount
from mmlab.vocabulary import VOLATILITY

BASES = (0.2, 0.4, 0.7, 1.0, 1.2, 1.6, 2.2, 3.0)
_LEVER = parameters_of(QuoteAggressiveness)


def market_days(volatility: float) -> dict[str, Any]:
    """The days, and what some spreads bring whatever is held and however far the mid moves."""
    flow = Exponential(arrival_rate=60, fill_decay=1.5)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, intensity=flow)
    tape = market.tape(n_paths=150, n_steps=100, seed=5)
    plain_curve = np.transpose([a_day(simulate(Symmetric(half_spread=base / 2), tape)) for base in BASES])
    return locals()


def widening(max_spread: float, max_position: int, normal_volatility: float) -> dict[str, Any]:
    """The lever, for a base spread of 0 so far."""
    lever = QuoteAggressiveness(
        base_spread=0, max_spread=max_spread, max_position=max_position, normal_volatility=normal_volatility
    )
    return locals()


def our_spread(tape: Tape, lever: QuoteAggressiveness, volatility: float, base_spread: float) -> dict[str, Any]:
    """Our desk, and one that always quotes the base spread."""
    model = Symmetric(half_spread=base_spread / 2)
    our_lever = replace(lever, base_spread=base_spread)
    ours = a_day(simulate(Desk(model=model, volatility=volatility, aggressiveness=our_lever), tape))
    plain = a_day(simulate(model, tape))
    return locals()


def other_spreads(tape: Tape, lever: QuoteAggressiveness, volatility: float) -> dict[str, Any]:
    """The lever with other base spreads."""
    days = []
    for base in BASES:
        wide = replace(lever, base_spread=base)
        desk = Desk(model=Symmetric(half_spread=base / 2), volatility=volatility, aggressiveness=wide)
        days.append(a_day(simulate(fresh(desk), tape)))
    curve = np.transpose(days)
    best = int(curve[1].argmax())
    return locals()


def quiet_under_stress(s: Any) -> bool:
    """Whether a day at twice the normal volatility varies by less than 10 and still earns 15."""
    return bool((s.volatility, s.normal_volatility) == (4, 2) and s.ours[2] < 10 and s.ours[1] >= 15)


def cheap_when_calm(s: Any) -> bool:
    """Whether in a calm market the lever takes less than 1.5 of what the same base spread earns without it."""
    return bool((s.volatility, s.normal_volatility, s.base_spread) == (2, 2, 1.4) and s.plain[1] - s.ours[1] < 1.5)


class QuoteAggressivenessExplorer(Explorer):
    """Sliders for ψ₀, ψ₁, q̄, σ₀ and σ over four plots: aggressiveness, spread, fills, and PnL with its risk."""

    title: ClassVar[str] = "Quote aggressiveness: how wide to quote"
    sliders: ClassVar = {
        replace(_LEVER["base_spread"], symbol="ψ₀"): (0.2, 3.0, 1.4),
        replace(_LEVER["max_spread"], symbol="ψ₁"): (3.0, 9.0, 4.0),
        replace(_LEVER["max_position"], symbol="q̄", integer=True): (2, 40, 10),
        _LEVER["normal_volatility"]: (0.5, 4.5, 2.0),
        VOLATILITY: (0.5, 6.5, 2.0),
    }
    presets: ClassVar = {
        "a calm market": {},
        "a market under stress": {"volatility": 4.0},
        "base spread too narrow": {"base_spread": 0.4, "max_position": 30},
        "a small limit, a wide maximum": {"max_spread": 8.0, "max_position": 4},
    }
    stages: ClassVar = (market_days, widening, our_spread, other_spreads)
    tasks: ClassVar = {
        "at σ = σ₀ = 2 and ψ₀ = 1.4, let the lever cost less than 1.5.": cheap_when_calm,
        "at σ = 4 with σ₀ = 2, earn 15 with an sd below 10.": quiet_under_stress,
    }
    prints: ClassVar[str] = "ours, plain, BASES[best], curve[1, best]"

    def show(self, s: Any, use: Panel, spread: Panel, fills: Panel, money: Panel) -> None:
        """Aggressiveness and spread against inventory, and what each base spread trades, earns and risks."""
        lever, limit, sigma = s.our_lever, s.max_position, s.volatility
        edge = 1.4 * limit
        inventories, half = np.array([-edge, -limit, 0.0, limit, edge]), []
        for name, volatility, look in (
            ("calm: σ ≤ σ₀", s.normal_volatility, RESERVATION),
            ("this σ", sigma, BID),
            ("twice that", 2 * sigma, ASK),
        ):
            a = lever.calculate_aggressiveness(inventories, volatility)
            half.append(float(lever.calculate_aggressiveness(limit / 2, volatility)))
            use.line(name, inventories, a, look)
            spread.line(name, inventories, lever.adjust_spread(s.base_spread, a), look)
        held = "inventory q [clips]"
        use.view(x=(-edge, edge), xlabel=held, ylabel="aggressiveness a", ylim=(0, 1.05), yticks=[0, 0.5, 1])
        use.title(f"Half full: {half[0]:.2f} calm, {half[1]:.2f} here, {half[2]:.2f} at twice this σ")
        spread.view(x=(-edge, edge), y=(0.0, s.max_spread), xlabel=held, ylabel="spread [price]")
        flat = float(lever.adjust_spread(s.base_spread, lever.calculate_aggressiveness(0.0, sigma)))
        spread.title(f"Here the spread is {flat:.2f} flat and {s.max_spread:.2f} from ±{limit} clips on")

        fills.line("always the base spread", BASES, s.plain_curve[0], SYMMETRIC)
        fills.line("with the lever", BASES, s.curve[0], BID)
        money.line("mean, always ψ₀", BASES, s.plain_curve[1], SYMMETRIC)
        money.line("its sd", BASES, s.plain_curve[2], MID)
        money.line("mean, lever", BASES, s.curve[1], BID)
        money.line("lever’s sd", BASES, s.curve[2], ASK)
        for panel, what, look in ((fills, 0, BID), (money, 1, BID), (money, 2, ASK)):
            panel.dots(f"_ours {what}", s.base_spread, s.ours[what], look)
        highest = max(s.curve[1:3].max(), s.plain_curve[1:3].max())
        fills.view(
            y=(0.0, s.plain_curve[0].max()), ylabel="clips a day", xlabel="base spread ψ₀ [price]", xlim=(0, 3.1)
        )
        money.view(y=(0.0, highest), ylabel="a day [price · clip]", xlabel="base spread ψ₀ [price]", xlim=(0, 3.1))
        fills.title(f"{s.ours[0]:.1f} fills a day; always {s.base_spread:.2f} wide: {s.plain[0]:.1f}")
        most, risk = s.curve[1:3, s.best]
        ours = f"{amount(s.ours[1], 1)}, sd {s.ours[2]:.1f}"
        money.title(f"Earns {ours}; best at ψ₀ = {BASES[s.best]:g}: {amount(most, 1)}, sd {risk:.1f}")

    def readout(self, s: Any) -> str:
        """What the lever does to fills, earnings, risk and inventory, in sentences."""
        n_days = s.tape.n_paths
        ours, plain = (
            f"{clips:.1f} clips, earns {amount(mean, 1)} ± {sd / n_days**0.5:.1f} (sd {sd:.1f}), ends ±{left:.1f} clips"
            for clips, mean, sd, left in (s.ours, s.plain)
        )
        return (
            f"Base spread {s.base_spread:.2f}, {n_days} days on one tape. With the lever a day fills {ours}. Always "
            f"the base spread: {plain}. Of the base spreads drawn, {BASES[s.best]:g} earns most with this lever: "
            f"{amount(s.curve[1, s.best], 1)}."
        )
