"""The Guéant–Lehalle–Fernandez-Tapia explorer: exact quotes beside what approximates them, and what a day is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch03.scenes import FRACTIONS, LOOKS, settled, steady_worth
from mmlab import AvellanedaStoikov, Exponential, GueantLehalleFernandezTapia, Market, Symmetric
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.words import amount, position
from mmlab.vocabulary import ARRIVAL_RATE, FILL_DECAY, INVENTORY, MAX_INVENTORY, RISK_AVERSION, TIME_LEFT, VOLATILITY


def day(
    risk_aversion: float, volatility: float, fill_decay: float, arrival_rate: float, max_inventory: int, horizon: float
) -> dict[str, Any]:
    """The whole day: what it is worth at each time left to who quotes exactly, in closed form, symmetrically."""
    flow = Exponential(arrival_rate=arrival_rate, fill_decay=fill_decay)
    market = Market.avellaneda_stoikov_2008(volatility=volatility, horizon=horizon, intensity=flow)
    exact = GueantLehalleFernandezTapia.for_market(market, risk_aversion=risk_aversion, max_inventory=max_inventory)
    closed = replace(exact, solution="closed form")
    short = AvellanedaStoikov.for_market(market, risk_aversion=risk_aversion)
    symmetric = Symmetric.for_market(market, risk_aversion=risk_aversion)
    times = horizon * FRACTIONS
    worth = exact.value(0, times)
    closed_worth = steady_worth(closed, market, risk_aversion, max_inventory, times)
    symmetric_worth = steady_worth(symmetric, market, risk_aversion, max_inventory, times)
    return locals()


def here(
    exact: Any, short: Any, fill_decay: float, max_inventory: int, inventory: int, time_left: float
) -> dict[str, Any]:
    """Where we stand, at the bound at most, and how far the inventory would settle if the quotes stayed so."""
    held = np.arange(-max_inventory, max_inventory + 1)
    q = int(np.clip(inventory, -max_inventory, max_inventory))
    (bid, ask), (short_bid, short_ask) = exact.depths(held, time_left), short.depths(held, time_left)
    at, flat = q + max_inventory, max_inventory
    skew, short_skew = bid[flat + 1] - bid[flat], short_bid[flat + 1] - short_bid[flat]
    settles, short_settles = settled(bid, ask, fill_decay), settled(short_bid, short_ask, fill_decay)
    sd, short_sd = np.sqrt(settles @ held**2), np.sqrt(short_settles @ held**2)
    return locals()


def skews_by_four_cents(s: Any) -> bool:
    """Whether A alone makes the exact quotes of the whole day skew by 0.040, to the digit."""
    others = s.risk_aversion, s.volatility, s.fill_decay, s.max_inventory, s.time_left, s.horizon
    return others == (0.1, 2, 1.5, 12, 1, 1) and abs(s.skew - 0.04) < 0.0005


def just_worthless(s: Any) -> bool:
    """Whether symmetric quotes are worth less than nothing here, and one clip tighter are not."""
    if (s.risk_aversion, s.volatility, s.fill_decay, s.horizon) != (0.1, 3, 1.5, 1) or s.symmetric_worth[-1] >= 0:
        return False
    tighter = steady_worth(s.symmetric, s.market, s.risk_aversion, s.max_inventory - 1, s.times[-1:])
    return bool(tighter[0] >= 0)


class GueantLehalleFernandezTapiaExplorer(Explorer):
    """Sliders for τ, q, γ, σ, k, A and Q over four plots: depths, time, worth, and where inventory settles."""

    title: ClassVar[str] = "Guéant–Lehalle–Fernandez-Tapia (2013)"
    sliders: ClassVar = {
        TIME_LEFT: (0.0, 1.0, 1.0),
        replace(INVENTORY, integer=True): (-10, 10, 3),
        RISK_AVERSION: (0.001, 1.0, 0.1),
        VOLATILITY: (0.0, 4.0, 2.0),
        FILL_DECAY: (0.5, 5.0, 1.5),
        ARRIVAL_RATE: (20.0, 500.0, 140.0),
        replace(MAX_INVENTORY, symbol="Q"): (3, 40, 12),
    }
    also: ClassVar = {"horizon": 1.0}
    presets: ClassVar = {
        "the AS paper's day": {},
        "a short day": {"horizon": 0.1, "time_left": (0.0, 0.1, 0.1)},
        "nearly risk neutral": {"risk_aversion": 0.001},
        "the GLFT paper's": {
            "horizon": 600.0,
            "time_left": (0.0, 600.0, 600.0),
            "inventory": (-30, 30, 5),
            "risk_aversion": (0.001, 0.1, 0.01),
            "volatility": (0.0, 1.0, 0.3),
            "fill_decay": (0.1, 1.0, 0.3),
            "arrival_rate": (0.1, 5.0, 0.9),
            "max_inventory": 30,
        },
    }
    stages: ClassVar = (day, here)
    tasks: ClassVar = {
        "on the AS paper's day, let a clip move the bid by 0.040 instead of 0.0524, with A alone.": skews_by_four_cents,
        "at σ = 3, find the least Q at which symmetric quotes are worth less than nothing.": just_worthless,
    }
    prints: ClassVar[str] = (
        "bid[at], ask[at], short_bid[at], short_ask[at], skew, short_skew, closed.skew, "
        "worth[-1], closed_worth[-1], symmetric_worth[-1], sd, short_sd"
    )

    def show(self, s: Any, depths: Panel, quotes: Panel, worth: Panel, end: Panel) -> None:
        """Bid depth against inventory, quotes against time left, what the day is worth, where inventory settles."""
        looks = {"AS": LOOKS["Avellaneda–Stoikov"], "closed form": LOOKS["closed form"], "exact": LOOKS["exact"]}
        policies = {"AS": s.short, "closed form": s.closed, "exact": s.exact}
        bids = {name: policy.depths(s.held, s.time_left)[0] for name, policy in policies.items()}
        # What approximates may leave the plot; the exact quotes may not.
        tall = 1.8 * float(np.nanmax(np.abs([bids["exact"], bids["closed form"]])))
        wide = -s.max_inventory - 0.5, s.max_inventory + 0.5
        depths.view(x=wide, y=(-tall, tall), xlabel="inventory q [clips]", ylabel="bid depth δᵇ [price]")
        depths.level(0)
        depths.upright(s.q)
        for name, bid in bids.items():
            depths.line(name, s.held, bid, looks[name])
        depths.title(f"A clip lowers the bid by {s.skew:.4f}; AS's by {s.short_skew:.4f}")

        sides = {name: np.stack(policy.depths(s.q, s.times)) for name, policy in policies.items()}
        furthest = float(np.nanmax(np.abs([sides["exact"], sides["closed form"]])))
        furthest = min(max(furthest, float(np.abs(sides["AS"]).max())), 2.5 * furthest)
        quotes.view(x=(0.0, s.horizon), y=(-furthest, furthest), xlabel="time left τ", ylabel="price − mid")
        quotes.level(0)
        quotes.upright(s.time_left)
        for name, (bid, ask) in sides.items():
            quotes.line(name, s.times, ask, looks[name])
            quotes.line(f"_{name} bid", s.times, -bid, looks[name])
        quotes.title(f"{position(s.q)}: bid {_quote(-s.bid[s.at])}, ask {_quote(s.ask[s.at])}")

        top = float(s.worth[-1])
        lowest = max(-1.5 * top, min(0.0, float(np.nan_to_num(s.symmetric_worth).min())))
        worth.view(x=(0.0, s.horizon), y=(lowest, 1.15 * top), xlabel="time left τ", ylabel="worth [price · clip]")
        worth.level(0)
        worth.upright(s.time_left)
        worth.line("symmetric, stopped at ±Q", s.times, s.symmetric_worth, LOOKS["symmetric"])
        worth.line("exact", s.times, s.worth, LOOKS["exact"])
        worth.title(f"The day is worth {amount(top)}, quoted symmetrically {_worth(s.symmetric_worth)}")

        tallest = float(max(s.settles.max(), s.short_settles.max()))
        end.view(x=wide, y=(0.0, tallest), xlabel="inventory [clips]", ylabel="probability")
        for name, chance in (("AS", s.short_settles), ("exact", s.settles)):
            end.outline(name, np.append(s.held, s.max_inventory + 1) - 0.5, chance, looks[name])
        end.title(f"These quotes would settle at ±{s.sd:.1f} clips, AS's at ±{s.short_sd:.1f}")

    def readout(self, s: Any) -> str:
        """Quotes, skews, what a day is worth and where inventory settles, in sentences."""
        bid, ask = (f"{depth:.4f}" if np.isfinite(depth) else "none" for depth in (s.bid[s.at], s.ask[s.at]))
        at = " (the bound)" if abs(s.q) == s.max_inventory else ""
        return (
            f"{position(s.q)}{at}, {s.time_left:g} of {s.horizon:g} left: bid depth {bid}, ask depth {ask}; "
            f"Avellaneda–Stoikov (AS) {s.short_bid[s.at]:.4f} and {s.short_ask[s.at]:.4f}. From 0 to 1 clip the bid "
            f"goes down by {s.skew:.4f}, AS's by {s.short_skew:.4f}, the closed form's by {s.closed.skew:.4f}. "
            f"A whole day from flat is worth {amount(s.worth[-1])}, with the closed form "
            f"{_worth(s.closed_worth, 'no number (far out it quotes far through the mid)')}, with symmetric quotes "
            f"stopped at ±{s.max_inventory} clips {_worth(s.symmetric_worth)}. If the quotes stayed as they are now, "
            f"inventory would settle at ±{s.sd:.1f} clips, AS's at ±{s.short_sd:.1f}."
        ).replace("-", "−")


def _worth(of_days: Any, if_none: str = "less than numbers hold") -> str:
    return amount(of_days[-1]) if np.isfinite(of_days[-1]) else if_none


def _quote(distance: float) -> str:
    return f"mid {amount(distance, 3, '+')}" if np.isfinite(distance) else "none"
