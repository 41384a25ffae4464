"""Two explorers: the sniper against QuoteTimer, and the cliff behind a belief that is a little too strong."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch15.scenes import estimates, sniped_day
from mmlab import QuoteTimer
from mmlab.models.pairs import OrnsteinUhlenbeck
from mmlab.models.stale_quotes import option_of_a_quote, sniped_a_time
from mmlab.parameters import Parameter, parameters_of
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, PARTS, PLAIN, RESERVATION
from mmlab.teach.words import amount
from mmlab.vocabulary import VOLATILITY

FRACTION = Parameter("f", "1", "Quotes live until σ√age is f·h.", scale="log", above=0, name="stale_fraction")
HALF = Parameter("h", "price", "Half-spread of the quotes.", above=0, name="half_spread")


def resting(stale_fraction: float, half_spread: float, volatility: float) -> dict[str, Any]:
    """What quotes that rest so long give away to one look at the end of their lives."""
    timer = QuoteTimer(min_quote_time=0, max_quote_time=100, stale_fraction=stale_fraction)
    life = float(timer.calculate_quote_time(half_spread, volatility))
    option = option_of_a_quote(half_spread, volatility, life)
    sniped = sniped_a_time(half_spread, volatility, stale_fraction)
    return locals()


class SniperExplorer(Explorer):
    """Sliders of the quotes over a day with its sniper, and what is given away against f."""

    title: ClassVar[str] = "The sniper against QuoteTimer"
    sliders: ClassVar = {FRACTION: (0.25, 6.0, 1.0), HALF: (0.3, 1.5, 0.67), VOLATILITY: (0.5, 3.0, 2.0)}
    presets: ClassVar = {"QuoteTimer's default": {}, "a wild day": {"volatility": 3.0}}
    stages: ClassVar = (resting,)
    prints: ClassVar[str] = "life, option, sniped"
    tasks: ClassVar = {
        "find the f at which the sniper earns most.": lambda s: s.sniped > 0.2024 * s.volatility**2 / s.half_spread,
        "give away 0.2 a day, to 0.01, whatever it takes in messages.": lambda s: abs(s.sniped - 0.2) <= 0.01,
    }

    def show(self, s: Any, day: Panel, loss: Panel) -> None:
        """A day's mid in its quotes, and the loss against f."""
        mid, middle, hits = sniped_day(s.half_spread, s.volatility, s.life)
        time, low, high = np.arange(len(mid)) / len(mid), middle - s.half_spread, middle + s.half_spread
        day.band("from bid to ask", time, low, high, PARTS["market_power"])
        day.line("mid", time, mid, PLAIN)
        day.dots("sniped", time[hits], mid[hits], ASK)
        ends = float(min(low.min(), mid.min())), float(max(high.max(), mid.max()))
        day.view(y=ends, xlim=(0, 1), xlabel="time [day]", ylabel="price")
        day.title(f"{1 / s.life:,.4g} lives of a quote a day, {len(hits)} sniped today")

        f = np.linspace(0.25, 6.0, 60)
        losses = [sniped_a_time(s.half_spread, s.volatility, each) for each in f]
        loss.line("given away", f, losses, RESERVATION)
        loss.dots("here", [s.stale_fraction], [s.sniped], ASK, size=6)
        loss.view(y=(0.0, max(losses)), xlim=(0, 6.2), xlabel="f", ylabel="given away a day")
        loss.title(f"Both sides give away {s.sniped:.3g} a day")

    def readout(self, s: Any) -> str:
        """What is given away, in sentences."""
        one = f"A quote lives {s.life:.3g} days. One look at its end is worth {s.option:.3g} a side"
        return f"{one}; both sides together give away {s.sniped:.3g} a day."


KAPPA = parameters_of(OrnsteinUhlenbeck)["mean_reversion"]
TIMES = Parameter("κ̂/κ", "1", "How fast you believe it does, over that.", above=0, name="belief")
YEARS = Parameter("T", "year", "How long you trade it.", above=0, name="years")


def believing(mean_reversion: float, belief: float, years: float) -> dict[str, Any]:
    """What sizing with this belief is worth, and from where on it is ruin."""
    truth = OrnsteinUhlenbeck(mean_reversion=mean_reversion, volatility=2)
    ruin, best = truth.ruin(years), truth.worth(mean_reversion, years, risk_aversion=0.1)
    believed = belief * mean_reversion
    worth = -np.inf if believed >= ruin else truth.worth(believed, years, risk_aversion=0.1)
    beyond = float((estimates(mean_reversion) >= ruin).mean())
    return locals()


class CliffExplorer(Explorer):
    """What a pair is worth against the belief it is sized with, and what sixty days make one believe."""

    title: ClassVar[str] = "The cliff"
    sliders: ClassVar = {KAPPA: (1.0, 12.0, 5.0), TIMES: (0.3, 2.0, 1.0), YEARS: (0.05, 2.0, 1.0)}
    presets: ClassVar = {"the truth": {}, "5% too fast": {"belief": 1.05}, "half as fast": {"belief": 0.5}}
    stages: ClassVar = (believing,)
    prints: ClassVar[str] = "ruin, best, worth"
    tasks: ClassVar = {
        "find the belief, too slow, that keeps half of the worth.": lambda s: abs(s.worth / s.best - 0.5) < 0.02,
        "at κ̂/κ 1.2 find the longest T without ruin.": lambda s: s.belief == 1.2 and 1 < s.ruin / s.believed < 1.02,
    }

    def show(self, s: Any, worth: Panel, believed: Panel) -> None:
        """The worth up to the cliff, and the estimates on both sides of it."""
        end, kept = s.ruin / s.mean_reversion, s.worth / s.best
        ratios = np.linspace(0.3, min(0.999999 * end, 2.0), 120)
        worths = [s.truth.worth(each * s.mean_reversion, s.years, 0.1) / s.best for each in ratios]
        worth.line("worth", ratios, worths, RESERVATION)
        worth.upright(end, ASK, "ruin")
        worth.dots("here", [s.belief], [max(kept, -1.0)], PLAIN, size=6)
        worth.view(xlim=(0.3, 2), ylim=(-1.05, 1.1), xlabel="κ̂/κ", ylabel="worth over the truth's")
        worth.title(f"Ruin from {end - 1:+.1%} on")

        counts, edges = np.histogram(estimates(s.mean_reversion), np.linspace(0.0, 80.0, 41))
        believed.outline("κ̂ of 61 days", edges, counts / counts.sum(), BID)
        believed.upright(s.ruin, ASK, "ruin")
        believed.upright(s.mean_reversion, MID, "truth")
        believed.view(xlim=(0, 80), ylim=(0, 0.12), xlabel="κ̂ [1/year]", ylabel="share of windows")
        believed.title(f"{s.beyond:.0%} of the estimates are beyond the cliff")

    def readout(self, s: Any) -> str:
        """Worth, ruin and estimates in sentences."""
        here = "the expected utility is −∞" if s.worth == -np.inf else f"that is worth {amount(s.worth, 2)}"
        believing = f"You believe κ̂ = {s.believed:.3g}; at γ = 0.1 {here}, and the truth is worth {s.best:.2f}. From"
        return f"{believing} {s.ruin:.4g} on it is ruin; {s.beyond:.0%} of windows of 61 days estimate as much or more."
