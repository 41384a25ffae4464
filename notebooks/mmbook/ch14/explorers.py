"""The explorer of two inventories: a plane, the pull of the quotes as arrows, correlation and limits."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch14.scenes import BOUND, GAMMA, MARKET, RiskLimit, quoter
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, PLAIN, RESERVATION
from mmlab.teach.words import amount

RHO = Parameter("ρ", "1", "How the two mids move together.", at_least=-1, at_most=1, name="correlation")
HELD_1 = Parameter("q₁", "clips", "Clips of asset 1.", integer=True, name="held_1")
HELD_2 = Parameter("q₂", "clips", "Clips of asset 2.", integer=True, name="held_2")
LIMIT = Parameter("L", "clips", "The limit.", integer=True, at_least=1, name="limit")
WHOLE = Parameter("0/1", "1", "The limit is 0 of each asset, 1 of the pair's risk.", integer=True, name="of_the_pair")

ANGLES = np.linspace(0, 2 * np.pi, 121)


def quotes(correlation: float, held_1: int, held_2: int) -> dict[str, Any]:
    """The best quotes with a whole day left, by the closed form, and those of a desk that sees one asset."""
    dealer = quoter(2, correlation)
    bid, ask = dealer.depths([held_1, held_2], 1)
    alone, _ = dealer.alone.depths([held_1, held_2], 1)
    flat, _ = dealer.depths([0, 0], 1)
    return locals()


def limits(dealer: Any, correlation: float, held_1: int, held_2: int, limit: int, of_the_pair: int) -> dict[str, Any]:
    """Where the limit leaves quotes, and how they pull."""
    plane, variance = dealer.market.lattice(BOUND)
    risk = float(np.sqrt(held_1**2 + held_2**2 + 2 * correlation * held_1 * held_2))
    size = np.sqrt(variance) / MARKET.volatility if of_the_pair else np.abs(plane).max(axis=0)
    inside = size <= limit + 1e-9
    ellipse = RiskLimit(dealer.market.correlation, limit, together=1)
    allowed = ellipse.allowed(plane) if of_the_pair else np.stack([plane < limit, plane > -limit])
    bids, asks = np.where(allowed, np.nan_to_num(MARKET.buy_intensity.rate(dealer.depths(plane, 1))), 0)
    pull = bids - asks
    return locals()


def as_if_flat(s: Any) -> bool:
    """Whether asset 1's quotes stand where they stand with nothing held, at ρ = 0.9 and q1 = 5."""
    return bool(abs(s.correlation - 0.9) < 0.011 and s.held_1 == 5 and abs(s.bid[0] - s.flat[0]) < 0.005)


def just_allowed(s: Any) -> bool:
    """Whether six of one against six of the other are just within 4 clips of risk."""
    return bool(s.of_the_pair and s.limit == 4 and {s.held_1, s.held_2} == {6, -6} and 3.85 <= s.risk <= 4.0)


class AssetsExplorer(Explorer):
    """Sliders for correlation, both inventories and a limit, over the plane of inventories and asset 1's quotes."""

    title: ClassVar[str] = "Two assets, one book"
    sliders: ClassVar = {RHO: (-0.95, 0.95, 0.6), HELD_1: (-10, 10, 4), HELD_2: (-10, 10, 0)}
    sliders |= {LIMIT: (1, 12, 8), WHOLE: (0, 1, 1)}
    presets: ClassVar = {
        "related": {},
        "strangers": {"correlation": 0.0},
        "nearly one": {"correlation": 0.95},
        "opposites": {"correlation": -0.9},
        "a limit of each asset": {"correlation": 0.9, "of_the_pair": 0},
    }
    stages: ClassVar = (quotes, limits)
    prints: ClassVar[str] = "bid, ask, alone, risk"
    tasks: ClassVar = {
        "at ρ = 0.9 hold 5 of asset 1, and find the q₂ that takes the skew out of its quotes.": as_if_flat,
        "with a portfolio's L of 4, find the least ρ at which 6 against −6 may be held.": just_allowed,
    }

    def show(self, s: Any, plane: Panel, skew: Panel, pair: Panel) -> None:
        """Where the fills pull the pair, asset 1's quotes over asset 2's inventory, and the two skews over ρ."""
        shown = s.inside & (s.plane % 3 == 0).all(axis=0)
        q, pull = s.plane[:, shown], s.pull[:, shown]
        tip = q + pull * 2.4 / max(float(np.hypot(*pull).max(initial=0.0)), 1e-9)
        shafts = np.stack([q, tip, np.full_like(q, np.nan)], axis=-1)
        plane.line("where fills pull", shafts[0].ravel(), shafts[1].ravel(), BID, lw=1.2)
        plane.dots("_tips", tip[0], tip[1], BID, size=2.2)
        way = np.array([np.cos(ANGLES), np.sin(ANGLES)])
        far = np.sqrt(1 + 2 * s.correlation * way[0] * way[1]) if s.of_the_pair else np.abs(way).max(axis=0)
        x, y = s.limit * way / far
        plane.line("limit", x, y, ASK)
        plane.dots("you", [s.held_1], [s.held_2], PLAIN, size=5)
        plane.view(xlim=(-13, 13), ylim=(-13, 13), xlabel="asset 1 [clips]", ylabel="asset 2 [clips]")
        plane.title(f"{s.inside.sum()} of {s.inside.size} positions are allowed")

        other = np.arange(-10.0, 11)
        for label, policy, look in (("seeing both", s.dealer, BID), ("alone", s.dealer.alone, MID)):
            bid, ask = policy.depths([np.full(21, s.held_1), other], 1)
            skew.line(label, other, -bid[0], look)
            skew.line(f"_{label}", other, ask[0], look)
        skew.quotes_at(s.held_2, s.bid[0], s.ask[0])
        skew.view(xlim=(-10, 10), ylim=(-1.7, 1.7), xlabel="asset 2 [clips]", ylabel="asset 1's quotes − mid")
        skew.title(f"Asset 1: bid {s.bid[0]:.3f} below its mid, alone {s.alone[0]:.3f}")

        rhos, slope = np.linspace(-1, 1, 81), np.sqrt(GAMMA / 2 / s.dealer.traded[0]) * MARKET.volatility
        for label, sign, look in (("of (1, 1)", 1, BID), ("of (1, −1)", -1, RESERVATION)):
            pair.line(f"skew {label}", rhos, slope * np.sqrt(1 + sign * rhos), look)
            pair.dots(f"_{label}", [s.correlation], [slope * np.sqrt(1 + sign * s.correlation)], look, size=5)
        pair.view(xlim=(-1, 1), ylim=(0, 0.08), xlabel="correlation ρ", ylabel="skew a clip [price]")
        pair.title("What is hedged is hardly skewed")

    def readout(self, s: Any) -> str:
        """Quotes, their skew and what the limit says, in sentences."""
        rule = "√(q'Rq)" if s.of_the_pair else "Each |q|"
        here = "within" if s.inside[s.held_1 + BOUND, s.held_2 + BOUND] else "beyond"
        one, two = (f"{amount(s.bid[n], 4)} below the mid and {amount(s.ask[n], 4)} above" for n in (0, 1))
        return (
            f"ρ = {amount(s.correlation, 2)}, holding {amount(s.held_1, 0)} and {amount(s.held_2, 0)} clips, a risk of "
            f"{s.risk:.2f}. Asset 1 is quoted {one}, asset 2 {two}; with nothing held {amount(s.flat[0], 4)}. {rule} ≤ "
            f"{s.limit} allows {s.inside.sum()} positions; this one is {here}."
        )
