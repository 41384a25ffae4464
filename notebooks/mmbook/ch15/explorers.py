"""Two explorers: the sniper against QuoteTimer, and the cliff behind a belief that is a little too strong."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mmbook.ch15.scenes import estimates, sniped_day
from mmlab import QuoteTimer
from mmlab.models.pairs import OrnsteinUhlenbeck
from mmlab.models.stale_quotes import option_of_a_quote, sniped_a_time
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, MID, PLAIN, RESERVATION
from mmlab.teach.words import amount

FRACTION = Parameter("f", "1", "Quotes live (f·h/σ)²: until σ√age is f half-spreads.", scale="log", above=0, name="f")
HALF = Parameter("h", "price", "Half-spread of the quotes.", above=0, name="h")
SIGMA = Parameter("σ", "price/√day", "How far the mid moves in a day.", above=0, name="sigma")


def resting(f: float, h: float, sigma: float) -> dict[str, Any]:
    """What quotes that rest so long give away to one look at the end of their lives."""
    timer = QuoteTimer(min_quote_time=0, max_quote_time=100, stale_fraction=f)
    life = float(timer.calculate_quote_time(h, sigma))
    option = option_of_a_quote(h, sigma, life)
    sniped = sniped_a_time(h, sigma, f)
    return locals()


class SniperExplorer(Explorer):
    """Sliders of the quotes over a day with its sniper, and what is given away against f."""

    title: ClassVar[str] = "The sniper against QuoteTimer"
    sliders: ClassVar = {
        FRACTION: (0.2, 6.0, 1.0),
        HALF: (0.1, 1.5, 0.67),
        SIGMA: (0.5, 4.0, 2.0),
    }
    presets: ClassVar = {
        "QuoteTimer's default": {},
        "twice as alert": {"f": 0.5},
        "a wild day": {"sigma": 4.0},
    }
    stages: ClassVar = (resting,)
    prints: ClassVar[str] = "life, option, sniped"
    tasks: ClassVar = {
        "at h 0.67 and σ 2, find the f at which the sniper earns most.": lambda s: (
            (s.h, s.sigma) == (0.67, 2.0) and s.sniped > 0.9995 * sniped_a_time(s.h, s.sigma, 1.634)
        ),
        "at h 0.67 and σ 2, give away 0.2 a day, to 0.01, with the fewest messages.": lambda s: (
            (s.h, s.sigma) == (0.67, 2.0) and s.f < 1 and abs(s.sniped - 0.2) <= 0.01
        ),
    }

    def show(self, s: Any, day: Panel, loss: Panel) -> None:
        """A day's mid in its quotes, and the loss against f."""
        mid, middle, hits = sniped_day(s.h, s.sigma, s.life)
        time = np.arange(len(mid)) / len(mid)
        day.band("from bid to ask", time, middle - s.h, middle + s.h, BID)
        day.line("mid", time, mid, MID)
        day.dots("sniped", time[hits], mid[hits], ASK)
        day.view(y=(float(mid.min()), float(mid.max())), xlim=(0, 1), xlabel="time [day]", ylabel="price")
        day.title(f"{1 / s.life:.3g} lives of a quote a day, {len(hits)} sniped on this one")

        f = np.geomspace(0.2, 6.0, 60)
        losses = [sniped_a_time(s.h, s.sigma, each) for each in f]
        loss.line("given away", np.log2(f), losses, RESERVATION)
        loss.dots("here", [np.log2(s.f)], [s.sniped], ASK, size=6)
        loss.view(y=(0.0, max(losses)), xlim=(-2.4, 2.6), xticks=[-2, -1, 0, 1, 2], xlabel="f", ylabel="loss a day",
                  xticklabels=["¼", "½", "1", "2", "4"])  # fmt: skip
        loss.title(f"Both sides give away {s.sniped:.3g} a day")

    def readout(self, s: Any) -> str:
        """What is given away, in sentences."""
        return (
            f"A quote lives {s.life:.3g} of a day, {1 / s.life:.3g} lives a day. One look at its end is worth "
            f"{s.option:.3g} a side; both sides together give away {s.sniped:.3g} a day."
        )


KAPPA = Parameter("κ", "1/year", "How fast the spread really comes back.", above=0, name="kappa")
TIMES = Parameter("κ̂/κ", "1", "How fast you believe it does, over that.", above=0, name="belief")
YEARS = Parameter("T", "year", "How long you trade it.", above=0, name="years")


def believing(kappa: float, belief: float, years: float) -> dict[str, Any]:
    """What sizing with this belief is worth, and from where on it is ruin."""
    truth = OrnsteinUhlenbeck(mean_reversion=kappa, volatility=2)
    ruin, best = truth.ruin(years), truth.worth(kappa, years, risk_aversion=0.1)
    ruined = belief * kappa >= ruin
    worth = -np.inf if ruined else truth.worth(belief * kappa, years, risk_aversion=0.1)
    beyond = float((estimates(kappa) >= ruin).mean())
    return locals()


class CliffExplorer(Explorer):
    """What a pair is worth against the belief it is sized with, and what sixty days make one believe."""

    title: ClassVar[str] = "The cliff"
    sliders: ClassVar = {KAPPA: (1.0, 12.0, 5.0), TIMES: (0.3, 2.0, 1.0), YEARS: (0.05, 2.0, 1.0)}
    presets: ClassVar = {
        "the truth, for a year": {},
        "4% too fast": {"belief": 1.04},
        "a quarter, 20% too fast": {"belief": 1.2, "years": 0.25},
        "half as fast": {"belief": 0.5},
    }
    stages: ClassVar = (believing,)
    prints: ClassVar[str] = "ruin, best, worth, beyond"
    tasks: ClassVar = {
        "κ 5, T 1: find the too slow belief that keeps half of the worth, to 1.": lambda s: (
            (s.kappa, s.years) == (5.0, 1.0) and s.belief < 1 and abs(s.worth - s.best / 2) < 1
        ),
        "κ 5, κ̂/κ 1.2: find the longest T, to 0.02, that is not ruin.": lambda s: (
            (s.kappa, s.belief) == (5.0, 1.2) and not s.ruined and OrnsteinUhlenbeck(
                mean_reversion=5, volatility=2).ruin(s.years + 0.02) <= 6
        ),
    }  # fmt: skip

    def show(self, s: Any, worth: Panel, believed: Panel) -> None:
        """The worth up to the cliff, and the estimates on both sides of it."""
        ratios = np.linspace(0.3, 1, 120) ** 2 * s.ruin / s.kappa * 0.99999
        worths = [s.truth.worth(each * s.kappa, s.years, 0.1) / s.best for each in ratios]
        worth.line("worth", ratios, worths, RESERVATION)
        worth.upright(s.ruin / s.kappa, ASK, "ruin")
        worth.dots("here", [s.belief], [-1.0 if s.ruined else max(s.worth / s.best, -1.0)], PLAIN, size=6)
        worth.view(xlim=(0.3, 2), ylim=(-1.05, 1.1), xlabel="κ̂/κ", ylabel="worth over the truth's")
        here = "ruin" if s.ruined else f"{s.worth / s.best:.0%} of the truth's"
        worth.title(f"Here {here}; ruin from {s.ruin / s.kappa - 1:+.1%} on")

        edges = np.linspace(0.0, 80.0, 41)
        counts, _ = np.histogram(estimates(s.kappa), edges)
        believed.outline("κ̂ of 61 days", edges, counts / 2_000, BID)
        believed.upright(s.ruin, ASK, "ruin")
        believed.upright(s.kappa, MID, "truth")
        believed.view(xlim=(0, 80), ylim=(0, 0.12), xlabel="κ̂ [1/year]", ylabel="share of windows")
        believed.title(f"{s.beyond:.0%} of the estimates are beyond the cliff")

    def readout(self, s: Any) -> str:
        """Worth, ruin and estimates in sentences."""
        here = "the expected utility is −∞" if s.ruined else f"that is worth {amount(s.worth, 2)}"
        return (
            f"The spread comes back at {s.kappa:g} a year, you believe {s.belief * s.kappa:.3g}, for {s.years:g} years "
            f"at γ = 0.1: {here}; the truth is worth {s.best:.2f}. From {s.ruin:.4g} on it is ruin, and {s.beyond:.0%} "
            f"of the windows of 61 days estimate that much or more."
        )
