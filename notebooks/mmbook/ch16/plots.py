"""Chapter 16's plot: a tail three ways."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from matplotlib.axes import Axes

from mmlab.measure.risk import order_statistic
from mmlab.parameters import FloatArray
from mmlab.simulation import ProfitLaw
from mmlab.teach.style import BID, MID, RESERVATION, Picture, drawing, legend

EXACT = RESERVATION | {"linestyle": "-"}
RANKS = (1, 2, 3, 5, 8, 12, 25, 60)
"""The order statistics of a year whose 90% bands are drawn."""


def two_tails(law: ProfitLaw, axes: Axes) -> None:
    """P(W ≤ x) on a logarithmic axis, of the law and of the normal law with its mean and deviation."""
    normal, x = NormalDist(law.mean, law.sd), np.linspace(law.quantile(2e-4), law.quantile(0.2), 200)
    axes.plot(x, law.cdf(x), label="exact", **EXACT)
    axes.plot(x, [normal.cdf(at) for at in x], label="normal law", **MID)
    axes.set(yscale="log", ylim=(2e-4, 0.2), xlabel="profit of a day [price·clip]", ylabel="share of days below")


def tails(law: ProfitLaw, days: FloatArray, title: str) -> Picture:
    """The two tails, the worst days of a year, and between what such days are on nine years of ten."""
    worst, chance = np.sort(days), np.arange(1, len(days) + 1) / len(days)
    bands = np.array([[order_statistic(law, len(days), k, p) for p in (0.05, 0.95)] for k in RANKS])
    with drawing(width=9.0, height=3.4) as (fig, axes):
        two_tails(law, axes)
        axes.fill_betweenx(np.array(RANKS) / len(days), *bands.T, color="#999999", alpha=0.3, lw=0, label="years, 90%")
        axes.plot(worst[chance <= 0.2], chance[chance <= 0.2], "o", ms=3, color=BID["color"], label="one year")
        axes.set_title(title)
    legend(axes, loc="lower right")
    low, high = bands[RANKS.index(3)]
    return Picture(fig, f"{title}. The third worst of {len(days)} days is between {low:.1f} and {high:.1f}.")
