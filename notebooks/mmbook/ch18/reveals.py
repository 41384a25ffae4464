"""The answers to the questions of chapter 18, computed; what they say is in exercises.toml."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch18.scenes import CHAIN, CURVES, MARKET, exact_slope, line
from mmlab import AvellanedaStoikov, Market, Symmetric, exact_moments
from mmlab.learning import DecisionProcess, fitted_intensity
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, PLAIN, RESERVATION


@drawn(width=6.0, height=2.8)
def three_offers(guess: str, axes: Axes) -> Facts:
    """What the intern, the consultant and the recorded agent are worth, beside dice."""
    process = DecisionProcess.of(MARKET, **CHAIN)
    found = replace(MARKET, intensity=fitted_intensity(MARKET.tape(n_paths=1, n_steps=200, seed=18)))
    beside, agent = CURVES["explorer"]["beside"], CURVES["learners"]["pairs, money, 50,000 days"]
    shares = {
        "agent": agent["is"][0] / 100,
        "dice": beside["dice"][0] / beside["best"][0],
        "consultant": process.evaluate(AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1)) / beside["best"][0],
        "intern": process.evaluate(DecisionProcess.of(found, **CHAIN).solve().depths) / beside["best"][0],
    }
    axes.barh([*shares], [100 * share for share in shares.values()], color=BID["color"])
    axes.set(xlabel=f"of the best [%]; your guess: {guess}", title=f"One day and a solver: {shares['intern']:.1%}")
    return shares | {"best": beside["best"][0]}


@drawn(width=6.0, height=2.8, legend="upper left")
def what_pnl_learns(guess: str, axes: Axes) -> Facts:
    """The bids of an agent that is paid its profit, and of one that is charged for risk."""
    minding, paid, free = (
        DecisionProcess.of(MARKET, n_steps=200, max_inventory=bound, running_penalty=penalty).solve()
        for bound, penalty in ((12, 0.2), (12, 0), (60, 0))
    )
    q = np.arange(-10, 11)
    axes.plot(q, free.depths[0, 50:71, 0], label="profit alone, 60 clips allowed", **ASK)
    axes.plot(q, paid.depths[0, 2:-2, 0], label="12 allowed", **PLAIN)
    axes.plot(q, minding.depths[0, 2:-2, 0], label="our charge", **RESERVATION)
    ways = {"eager to sell": 0.1 * q, "as if it held none": 0 * q, "wider on both sides": 0.08 * abs(q)}
    axes.plot(q, 0.66 + ways[guess], label="your guess", **GUESS)
    axes.set(xlabel="inventory [clips]", ylabel="bid's depth", title="Paid profit alone: 1/k, until the limit is near")
    day, other = (exact_moments(each.policy, MARKET, 200, bound) for each, bound in ((free, 60), (minding, 12)))
    facts = {"mean": day.mean, "sd": day.sd, "mean_best": other.mean, "sd_best": other.sd}
    for name, each, bound in (("near", paid, 12), ("far", free, 60)):
        judge = DecisionProcess.of(MARKET, n_steps=200, max_inventory=bound, risk_aversion=0.1)
        facts[name] = judge.evaluate(each.depths)
    return facts


@drawn(width=6.0, height=2.8, legend="upper left")
def too_good(guess: str, axes: Axes) -> Facts:
    """What the best policy of 50 steps is worth there and on fine steps."""
    coarse = DecisionProcess.of(MARKET, **CHAIN | {"n_steps": 50}, certain_fills=True).solve()
    fine = Market.avellaneda_stoikov_2008(fill_rule="exponential")
    truth = DecisionProcess.of(fine, **CHAIN | {"n_steps": 4000})
    facts = {"believes": coarse.believes, "truth": truth.evaluate(coarse.policy)}
    facts |= {"blind": truth.evaluate(Symmetric(half_spread=np.log(2.8) / 1.5)), "best": 65.88629}
    names = ["learned where q stays 0", "its policy, on fine steps", "in its simulator"]
    axes.plot([facts[name] for name in ("blind", "truth", "believes")], names, "o", color=BID["color"])
    axes.axvline(facts["best"], label="the best on fine steps", **PLAIN)
    axes.set(xlim=(58, 70), xlabel=f"worth of a day; your guess: {guess}", title="Free in the simulator, not outside")
    return facts | {"sd": exact_moments(coarse.policy, fine, 4000, 12).sd}


@drawn(width=6.0, height=2.8, legend="lower left")
def frozen_fills(guess: str, axes: Axes) -> Facts:
    """The worth of a day against how wide one quotes, with two slopes at 0.8."""
    process, widths = DecisionProcess.of(MARKET, **CHAIN), np.linspace(0.4, 1.3, 31)
    axes.plot(widths, [process.evaluate(line(a, 0.02)) for a in widths], label="worth", **RESERVATION)
    here = process.evaluate(line(0.8, 0.02))
    exact, frozen = (float(exact_slope(process, 0.8, 0.02, each)[0]) for each in (False, True))
    for slope, name, look in ((frozen, "slope with frozen fills", ASK), (exact, "true slope", BID)):
        axes.plot([0.68, 0.92], [here - 0.12 * slope, here + 0.12 * slope], label=name, **look)
    ways = {"narrow": 0.7, "nothing": 0.8, "widen": 0.9}
    axes.plot(ways[guess], here, "X", ms=9, color=GUESS["color"], label="your guess")
    axes.set(xlabel="half-spread a [price]", ylabel="worth of a day", title="Frozen fills say: widen. The worth falls")
    return {"exact": exact, "frozen": frozen}


REVEALS = {each.__name__.replace("_", "-"): each for each in (three_offers, what_pnl_learns, too_good, frozen_fills)}
"""By their questions."""
