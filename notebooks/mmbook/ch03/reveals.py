"""The questions of chapter 03 and their answers, computed from its market; its exercises and their hints."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from mmbook.ch03 import checks as judges
from mmbook.ch03.scenes import BOUND, GAMMA, LOOKS, worth_against_bound
from mmlab.market import Market
from mmlab.models import AvellanedaStoikov, GueantLehalleFernandezTapia, Model, Symmetric
from mmlab.simulation import exact_moments
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import GUESS, figure, legend, style

ORANGE_GUESS = GUESS | {"color": "#D55E00"}
"""Symmetric quotes are in the same pictures, in the colour of other guesses."""


def _policies() -> tuple[Market, dict[str, Model]]:
    market = Market.avellaneda_stoikov_2008()
    return market, {
        "symmetric": Symmetric.for_market(market, risk_aversion=GAMMA),
        "exact": GueantLehalleFernandezTapia.for_market(market, risk_aversion=GAMMA, max_inventory=BOUND),
        "Avellaneda–Stoikov": AvellanedaStoikov.for_market(market, risk_aversion=GAMMA),
    }


def lean_and_time(guess: str) -> Reveal:
    """The exact lean against the time left, and where the guess goes from noon backwards to the open."""
    _, policies = _policies()
    tau = np.linspace(0.0, 1.0, 101)
    leans = {name: np.diff(policies[name].depths([0, 1], tau[:, np.newaxis])[0])[:, 0] for name in policies}
    exact = leans["exact"]
    noon, opening = float(exact[50]), float(exact[-1])
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.plot(tau, leans["Avellaneda–Stoikov"], label="Avellaneda–Stoikov", **LOOKS["Avellaneda–Stoikov"])
        axes.plot(tau, exact, label="exact", **LOOKS["exact"])
        factor = {"twice as far": 2.0, "hardly further": 1.0, "half as far": 0.5}[guess]
        axes.plot([0.5, 1], [noon, factor * noon], label=f"your guess: {guess}", **ORANGE_GUESS)
        axes.set(xlabel="time left τ [horizon = 1]", ylabel="lean for one clip [price]", xlim=(0, 1), ylim=(0, 0.16))
        axes.set_title(f"From {noon:.5f} with half a day left to {opening:.5f} with a whole one")
    legend(axes, loc="upper right")
    return Reveal(
        f"With half of the day left the exact quotes lean {noon:.5f} for the first clip, with the whole day left "
        f"{opening:.5f}, which is {opening / noon - 1:.1%} more. Avellaneda and Stoikov's formula doubles, from "
        f"{leans['Avellaneda–Stoikov'][50]:.1f} to {leans['Avellaneda–Stoikov'][-1]:.1f}.",
        fig,
    )


@lru_cache(maxsize=1)
def _means_and_worths() -> dict[str, tuple[float, float, float]]:
    """Mean, deviation and certainty equivalent of each policy's day of 200 steps, in the order of the means."""
    market, policies = _policies()
    days = {name: exact_moments(policy, market) for name, policy in policies.items()}
    return {name: (day.mean, day.sd, day.certainty_equivalent(GAMMA)) for name, day in days.items()}


def mean_and_worth(guess: str) -> Reveal:
    """Mean profit and certainty equivalent of the three strategies, and which of them was guessed."""
    days = _means_and_worths()
    chosen = dict(zip(MEANS, days, strict=True))[guess]
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        for x, (name, (mean, sd, worth)) in enumerate(days.items()):
            axes.plot([x, x], [worth, mean], color=LOOKS[name]["color"], lw=2)
            axes.errorbar(x, mean, sd, fmt="o", color=LOOKS[name]["color"], capsize=4, elinewidth=0.8)
            axes.plot(x, worth, "D", ms=7, color=LOOKS[name]["color"])
            axes.annotate(f"worth {worth:.1f}", (x, worth), (8, -4), textcoords="offset points", fontsize=8)
            if name == chosen:
                axes.axvspan(x - 0.35, x + 0.45, color=ORANGE_GUESS["color"], alpha=0.15, lw=0, label="your guess")
        axes.set(ylabel="[price · clip]", xlim=(-0.5, 2.6), ylim=(30, 85))
        axes.set_xticks(range(3), list(days))
        axes.set_title("The highest mean is worth least")
        axes.plot([], [], "o", color="#444444", label="mean profit ± deviation")
        axes.plot([], [], "D", color="#444444", label="certainty equivalent")
    legend(axes, loc="lower right")
    said = "; ".join(f"{name}: {mean:.2f} ± {sd:.2f} is worth {worth:.2f}" for name, (mean, sd, worth) in days.items())
    return Reveal(f"In the paper's 200 steps and to a dealer with γ = {GAMMA:g}, {said}.", fig)


def looser_limit(guess: str) -> Reveal:
    """What a day of symmetric quotes is worth against the bound, and the line that the guess drew."""
    worth = worth_against_bound()["symmetric"]
    bounds = np.array([bound for bound in worth if bound >= 3])
    values = np.array([worth[bound] for bound in bounds.tolist()])
    tight, loose = worth[6], worth[60]
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.plot(bounds, values, "s-", ms=4, color=LOOKS["symmetric"]["color"], label="worth of a day")
        end = {"more": tight + 25, "about the same": tight, "less than nothing": loose}[guess]
        axes.plot([6, 60], [tight, end], label=f"your guess: {guess}", **ORANGE_GUESS)
        axes.axhline(0, color="#444444", lw=0.8)
        axes.set(xlabel="bound on the inventory Q [clips]", ylabel="[price · clip]", ylim=(-75, 110))
        axes.set_title(f"From {tight:.1f} at 6 clips to {loose:.1f} at 60".replace("-", "−"))
    legend(axes, loc="lower left")
    return Reveal(
        f"Stopped at 6 clips a day of symmetric quotes is worth {tight:.2f}, at 20 clips {worth[20]:.2f}, at 40 "
        f"{worth[40]:.2f} and at 60 {loose:.2f}.".replace("-", "−"),
        fig,
    )


MEANS = ("68.2 ± 13.5", "67.8 ± 7.2", "64.9 ± 6.5")
"""The choices of "highest-mean-is-best", in the order of `_means_and_worths`."""

QUESTIONS.add(
    Question(
        id="skew-grows-for-ever",
        text="A whole day is left instead of half a day. For each clip held, the best quotes lean …",
        choices={
            "twice as far": "So says chapter 02's formula: twice the time, twice the risk. But nobody holds a clip all "
            "day; customers take it off you long before.",
            "hardly further": "The risk of a clip is paid for as long as it stays, and that is much less than half a "
            "day.",
            "half as far": "More time also means more chances to sell. But those beyond the first few hours add "
            "nothing: the clip is gone by then, with half a day left as with a whole one.",
        },
        right="hardly further",
        reveal=lean_and_time,
    ),
    Question(
        id="highest-mean-is-best",
        text="Three ways to quote the same day have these profits, mean ± standard deviation. For which would a dealer "
        "with γ = 0.1 pay most?",
        choices={
            MEANS[0]: "The highest mean comes with an inventory that nothing holds back, and the worst days weigh far "
            "more with this dealer than a deviation tells.",
            MEANS[1]: "It gives up 0.4 of the highest mean and almost half of the deviation.",
            MEANS[2]: "The smallest deviation costs more than it is worth: 2.9 of the mean for 0.7 of the deviation.",
        },
        right=MEANS[1],
        reveal=mean_and_worth,
    ),
    Question(
        id="a-looser-limit-is-worth-more",
        text="A dealer with γ = 0.1 quotes symmetrically and stops buying or selling at 6 clips. The risk desk raises "
        "the limit to 60: no trade is missed any more. To the dealer the day is now worth …",
        choices={
            "more": "The average profit does rise, as no trade is missed. But for quotes that never lean the limit was "
            "the only thing that held the inventory back.",
            "about the same": "60 clips are hardly ever reached, so the mean no longer changes. But the rare days that "
            "go far lose so much that they decide what the whole is worth.",
            "less than nothing": "Nothing else held the inventory back. The days that go far are rare, and so bad that "
            "this dealer would pay not to have to play.",
        },
        right="less than nothing",
        reveal=looser_limit,
    ),
)

EXERCISES.add(
    Exercise(
        id="closed-form-lean",
        wanted="a function of gamma, sigma, k and A that returns R, the closed form's lean for a clip",
        takes=("gamma", "sigma", "k", "A"),
        judge=judges.closed_form_lean,
        hints=(
            "It is equation (5): a square root of two factors.",
            "The first factor is σ²γ / (2kA). The second is (1 + γ/k) to the power 1 + k/γ.",
            "`np.sqrt(sigma**2 * gamma / (2 * k * A) * (1 + gamma / k) ** (1 + k / gamma))`",
        ),
    ),
    Exercise(
        id="three-inventories",
        wanted="a function of gamma, sigma, k, A and tau that returns the two bid depths (at q = −1, at q = 0)",
        takes=("gamma", "sigma", "k", "A", "tau"),
        judge=judges.three_inventories,
        hints=(
            "With Q = 1 the inventories are −1, 0, 1 and M is 3 × 3: αq² on the diagonal, −η beside it.",
            "M is symmetric: `values, vectors = np.linalg.eigh(M)`, and e^{−Mτ} is "
            "`vectors @ np.diag(np.exp(-values * tau)) @ vectors.T`. Apply it to a vector of three ones.",
            "δᵇ(q) = (1/γ) ln(1 + γ/k) + (1/k) ln(v_q / v_{q+1}), at q = −1 and at q = 0; v_{−1} is `v[0]`.",
        ),
    ),
    Exercise(
        id="twice-the-lean",
        wanted="the time left τ at which Avellaneda and Stoikov lean twice as far as the exact solution, to 0.001",
        judge=judges.twice_the_lean,
        hints=(
            "The lean is δᵇ(1) − δᵇ(0): `np.diff(model.depths([0, 1], tau)[0])`.",
            "The ratio grows with τ: it is near 1 at the close and 7.6 at the open. Try many τ, or halve an interval.",
            "`taus = np.linspace(0.001, 1, 1000)`, the ratio at `taus[:, np.newaxis]`, and the first that is at least "
            "2.",
        ),
    ),
    Exercise(
        id="best-bound",
        wanted="the bound [clips] at which a day of symmetric quotes is worth most to a dealer with γ = 0.1",
        judge=judges.best_bound,
        hints=(
            "`continuous_certainty_equivalent(symmetric, market, 0.1, max_inventory=…)` is what it is worth; try the "
            "bounds one by one.",
            "A narrow bound misses trades, a wide one lets the inventory run: the best is in between, and below 12.",
        ),
    ),
    Exercise(
        id="two-constants",
        wanted="a pair (half_spread, lean) of two numbers, quoted all day",
        judge=judges.two_constants,
        hints=(
            "Start from the closed form: `closed.half_spread` and `closed.skew`. It leans as if the close were far "
            "away; here it never is.",
            "The exact lean falls to 0 at the close. Which constant is like it on average over this day?",
            "The half-spread that goes with it is near (1/γ) ln(1 + γ/k) + lean/2. Try leans between 0.02 and 0.05.",
        ),
    ),
)
