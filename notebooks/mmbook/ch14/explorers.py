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

RHO = Parameter("ρ", "1", "How the two mids move together.", at_least=-1, at_most=1, name="rho")
Q1, Q2 = (Parameter(f"q{n}", "clips", f"Held of asset {n}.", integer=True, name=f"q{n}") for n in "12")
LIMIT = Parameter("L", "clips", "The limit.", integer=True, at_least=1, name="limit")
KIND = Parameter("kind", "1", "What is limited: 0 each asset, 1 the pair's risk √(q'Rq).", integer=True, name="kind")


def quotes(rho: float, q1: int, q2: int) -> dict[str, Any]:
    """The best quotes with a whole day left, by the closed form, and those of a desk that sees one asset."""
    dealer = quoter(2, rho)
    bid, ask = dealer.depths([q1, q2], 1)
    alone, _ = dealer.alone.depths([q1, q2], 1)
    flat, _ = dealer.depths([0, 0], 1)
    return locals()


def limits(dealer: Any, rho: float, q1: int, q2: int, limit: int, kind: int) -> dict[str, Any]:
    """Where the limit leaves quotes, and how they pull."""
    plane, variance = dealer.market.lattice(BOUND)
    risk = float(np.sqrt(max(q1**2 + q2**2 + 2 * rho * q1 * q2, 0)))
    size = np.sqrt(np.maximum(variance, 0)) / MARKET.volatility if kind else np.abs(plane).max(axis=0)
    inside = size <= limit + 1e-9
    allowed = RiskLimit(dealer.market.correlation, limit, together=1).allowed(plane)
    if not kind:
        allowed = np.stack([plane < limit, plane > -limit])
    bids, asks = np.where(allowed, MARKET.buy_intensity.rate(dealer.depths(plane, 1)), 0)
    pull = np.nan_to_num(bids) - np.nan_to_num(asks)
    return locals()


def as_if_flat(s: Any) -> bool:
    """Whether asset 1's quotes stand where they stand with nothing held, at ρ = 0.9 and q1 = 5."""
    return bool(abs(s.rho - 0.9) < 1e-9 and s.q1 == 5 and abs(s.bid[0] - s.flat[0]) < 0.005)


def just_allowed(s: Any) -> bool:
    """Whether six of one against six of the other are just within 4 clips of risk."""
    return bool(s.kind == 1 and s.limit == 4 and {s.q1, s.q2} == {6, -6} and 3.85 <= s.risk <= 4.0)


class AssetsExplorer(Explorer):
    """Sliders for correlation, both inventories and a limit, over the plane of inventories and asset 1's quotes."""

    title: ClassVar[str] = "Two assets, one book"
    sliders: ClassVar = {
        RHO: (-0.95, 0.95, 0.6),
        Q1: (-10, 10, 4),
        Q2: (-10, 10, 0),
        LIMIT: (1, 12, 8),
        KIND: (0, 1, 1),
    }
    presets: ClassVar = {
        "related": {},
        "strangers": {"rho": 0.0},
        "nearly one": {"rho": 0.95},
        "opposites": {"rho": -0.9},
        "a limit of each asset": {"rho": 0.9, "kind": 0},
    }
    stages: ClassVar = (quotes, limits)
    prints: ClassVar[str] = "bid, ask, alone, risk"
    tasks: ClassVar = {
        "at ρ = 0.9 hold 5 of asset 1, and find the q2 that takes the skew out of its quotes.": as_if_flat,
        "with kind 1 and L = 4, find the least ρ at which 6 against −6 may be held.": just_allowed,
    }

    def show(self, s: Any, plane: Panel, skew: Panel, pair: Panel) -> None:
        """Where the fills pull the pair, asset 1's quotes over asset 2's inventory, and the two skews over ρ."""
        every = np.zeros_like(s.inside)
        every[::3, ::3] = True
        q, pull = (x[:, s.inside & every] for x in (s.plane, s.pull))
        tip = q + pull * 2.4 / max(float(np.hypot(*pull).max(initial=0.0)), 1e-9)
        shafts = np.stack([q, tip, np.full_like(q, np.nan)], axis=-1)
        plane.line("where fills pull", shafts[0].ravel(), shafts[1].ravel(), BID, lw=1.2)
        plane.dots("_tips", tip[0], tip[1], BID, size=2.2)
        angle = np.linspace(0, 2 * np.pi, 121)
        half = s.limit / np.sqrt(2) / np.sqrt(np.maximum([1 + s.rho, 1 - s.rho], 1e-9))
        along, across = half[0] * np.cos(angle), half[1] * np.sin(angle)
        corners = s.limit * np.array([[1, 1, -1, -1, 1], [1, -1, -1, 1, 1]])
        x, y = (along + across, along - across) if s.kind else corners
        plane.line("limit", x, y, ASK)
        plane.dots("you", [s.q1], [s.q2], PLAIN, size=5)
        plane.view(xlim=(-13, 13), ylim=(-13, 13), xlabel="asset 1 [clips]", ylabel="asset 2 [clips]")
        plane.title(f"{s.inside.sum()} of {s.inside.size} positions are allowed")

        other = np.arange(-10.0, 11)
        for label, policy, look in (("both seen", s.dealer, BID), ("alone", s.dealer.alone, MID)):
            bid, ask = policy.depths([np.full(21, s.q1), other], 1)
            skew.line(f"{label}, bid", other, -bid[0], look)
            skew.line(f"_{label}, ask", other, ask[0], look)
        skew.quotes_at(s.q2, s.bid[0], s.ask[0])
        skew.view(xlim=(-10, 10), ylim=(-1.7, 1.7), xlabel="asset 2 [clips]", ylabel="asset 1's quotes − mid")
        skew.title(f"Asset 1: bid {s.bid[0]:.3f} below its mid, alone {s.alone[0]:.3f}")

        rhos, slope = np.linspace(-1, 1, 81), np.sqrt(GAMMA / 2 / s.dealer.traded[0]) * MARKET.volatility
        for label, sign, look in (("of (1, 1)", 1, BID), ("of (1, −1)", -1, RESERVATION)):
            pair.line(f"skew {label}", rhos, slope * np.sqrt(1 + sign * rhos), look)
            pair.dots(f"_{label}", [s.rho], [slope * np.sqrt(1 + sign * s.rho)], look, size=5)
        pair.view(xlim=(-1, 1), ylim=(0, 0.08), xlabel="correlation ρ", ylabel="skew a clip [price]")
        pair.title("What is hedged is hardly skewed")

    def readout(self, s: Any) -> str:
        """Quotes, their skew and what the limit says, in sentences."""
        rule = "√(q'Rq)" if s.kind else "each |q|"
        here = "within" if s.inside[s.q1 + BOUND, s.q2 + BOUND] else "beyond"
        return (
            f"ρ = {amount(s.rho, 2)}, holding {amount(s.q1, 0)} and {amount(s.q2, 0)} clips, a risk of {s.risk:.2f}. "
            f"Asset 1: bid {amount(s.bid[0], 4)} below the mid, ask {amount(s.ask[0], 4)} above; asset 2: "
            f"{amount(s.bid[1], 4)} and {amount(s.ask[1], 4)}. With nothing held {amount(s.flat[0], 4)}. {rule} ≤ "
            f"{s.limit} allows {s.inside.sum()} positions; this one is {here}."
        )
