"""The questions of chapter 05 and their answers, computed from its markets; its exercises and their hints.

How answers are judged is in `chapter_05_judges`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mmbook.ch05 import checks as judges
from mmlab.models import CarteaJaimungal, CarteaJaimungalSignal
from mmlab.simulation import simulate
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import ASK, BID, GUESS, RESERVATION, figure, legend, style


def mean_reversion(guess: str) -> Reveal:
    """The lean of a long dealer and the half-spread against ζ, at a signal of 0."""
    model = CarteaJaimungalSignal.for_market(judges.signal_market(), **judges.PENALTIES)
    zetas = np.array([0.35, 0.5, 0.7, 1.0, 1.4, 2.0])
    quoted = [replace(model, mean_reversion=float(zeta), nodes=20).depths(3, 20, 0) for zeta in zetas]
    lean, half = (
        np.array([float(part) for part in parts])
        for parts in zip(*(((bid - ask) / 2, (bid + ask) / 2) for bid, ask in quoted), strict=True)
    )
    unmoved = replace(model, signal_volatility=0, signal_jump=0, nodes=20)
    bid, ask = (float(depth) for depth in unmoved.depths(3, 20, 0))
    power = {"lean harder against the inventory": 1, "move closer together": 0, "stay where they are": 0}[guess]
    fig, axes = figure(width=6.5, height=3.0)
    with style():
        axes.plot(zetas, half, "o-", color=ASK["color"], label="half of the spread")
        axes.plot(zetas, lean, "s-", color=RESERVATION["color"], label="lean: the middle is so far below the mid")
        if guess == "move closer together":
            axes.plot(zetas[[1, 3]], half[[1, 3]], label="your guess", **GUESS)
        else:
            axes.plot(zetas, lean[1] * (zetas / zetas[1]) ** power, label="your guess for the lean", **GUESS)
        axes.set(xlabel="mean reversion ζ [1/time]", ylabel="price", ylim=(0, 0.036))
        axes.set_title("ζ doubled: the quotes come closer, the lean does not grow")
    legend(axes, loc="upper right")
    return Reveal(
        f"Long 3 clips, signal 0: from ζ = 0.5 to ζ = 1 the spread falls from {2 * half[1]:.4f} to {2 * half[3]:.4f}, "
        f"and the middle of the quotes, {lean[1]:.4f} below the mid, comes to {lean[3]:.4f}. If nothing moved the "
        f"signal (η = ε = 0), it would be {(bid - ask) / 2:.4f} at every ζ.",
        fig,
    )


def towards_the_close(guess: str) -> Reveal:
    """The ask of a dealer who is long 2 clips, against the time left, for two terminal penalties."""
    model = CarteaJaimungal(
        running_penalty=1e-4, terminal_penalty=1e-4, arrival_rate=1, fill_decay=100, horizon=30, max_inventory=3
    )
    steep = replace(model, terminal_penalty=4e-3)
    tau = np.linspace(0, 15, 151)
    ask, strict = (m.depths(2, tau)[1] for m in (model, steep))
    last = {"nearer to the mid": ask[-1] / 2, "nowhere": ask[-1], "away from the mid": ask[0]}[guess]
    fig, axes = figure(width=6.5, height=3.0)
    with style():
        axes.plot(tau, ask, label="α = 0.0001", **BID)
        axes.plot(tau, strict, label="α = 0.004", **ASK)
        axes.plot([15, 0], [ask[-1], last], label=f"your guess: {guess}", **GUESS)
        axes.set(xlabel="time left τ", ylabel="ask depth, long 2 clips [price]", xlim=(15, 0))
        axes.set_title(f"The ask goes from {ask[-1]:.4f} to {ask[0]:.4f}: with little α the close is a relief")
    legend(axes, loc="lower left")
    return Reveal(
        f"Fifteen seconds before the close the ask stands {ask[-1]:.4f} from the mid, at the close {ask[0]:.4f}. With "
        f"a terminal penalty forty times as large it goes the other way, from {strict[-1]:.4f} to {strict[0]:.4f}.",
        fig,
    )


def blind_dealer(guess: str) -> Reveal:
    """What a dealer who does not see the signal believes to earn and what 2,000 days bring."""
    market = judges.signal_market()
    blind = CarteaJaimungal.for_market(market, **judges.PENALTIES)
    reached = judges.objective(simulate(blind, market.tape(n_paths=2000, n_steps=200, seed=7)))
    believed, earned, error = float(blind.value(0, 20)), float(reached.mean()), float(reached.std() / 2000**0.5)
    guessed = {"more": 1.3, "as much": 1.0, "less": 0.7}[guess] * believed
    fig, axes = figure(width=6.5, height=2.4)
    with style():
        axes.barh(["earns", "believes"], [earned, believed], color=[ASK["color"], BID["color"]], height=0.5)
        axes.plot([guessed, guessed], [-0.4, 0.4], label=f"your guess: {guess}", **GUESS)
        axes.set(xlabel="profit less penalties of a day [price · clip]", xlim=(0, 0.18))
        axes.set_title(f"Who does not see the signal earns {earned:.3f} of the {believed:.3f} that the model promises")
    legend(axes, loc="upper right")
    return Reveal(
        f"The blind model promises {believed:.4f} and earns {earned:.4f} ± {error:.4f} on 2,000 days with a signal.",
        fig,
    )


QUESTIONS.add(
    Question(
        id="lean-towards-the-close",
        text="You are long 2 clips; φ = α = 0.0001, and the close comes nearer. Your ask moves …",
        choices={
            "nearer to the mid": "The inventory has to go before the close only if being left with it costs much: that "
            "is α, and here it is small. What the lean paid for was the time of holding, and that runs out.",
            "nowhere": "The running penalty is paid for the time that is still to come, and that shrinks.",
            "away from the mid": "φ takes φq² for every second to come; when there are few left, the lean has little "
            "to save, and only the small α remains.",
        },
        right="away from the mid",
        reveal=towards_the_close,
    ),
    Question(
        id="mean-reversion-pulls-inventory",
        text="You are long 3 clips and the signal stands at 0. The model's mean reversion ζ doubles. Your quotes …",
        choices={
            "lean harder against the inventory": "Mean reversion pulls the signal to 0, and never the inventory. What "
            "brings the inventory back are the penalties and the bounds, through the quotes.",
            "move closer together": "The push that an order gives to the signal is forgotten sooner, so that a fill is "
            "followed by a smaller move against it, and less has to be asked for it.",
            "stay where they are": "They would if nothing moved the signal. But orders do, and what a push is worth, "
            "about ε/ζ, is in the spread.",
        },
        right="move closer together",
        reveal=mean_reversion,
    ),
    Question(
        id="blind-to-the-signal",
        text="The mid has a short-term drift that is 0 on average. A dealer who knows everything else, and not this, "
        "earns … than the dealer's model promises.",
        choices={
            "more": "The drift is on neither side by itself. But it is the orders that push it, and they choose which "
            "of the quotes is filled.",
            "as much": "On average over time the drift is 0. On average over fills it is not: a buy order takes the "
            "ask and pushes the signal up.",
            "less": "Each order that fills a quote pushes the signal, and so the mid, against the one who was filled.",
        },
        right="less",
        reveal=blind_dealer,
    ),
)

EXERCISES.add(
    Exercise(
        id="cj-at-the-close",
        wanted="a function of q, kappa and alpha that returns (bid_depth, ask_depth) at τ = 0",
        takes=("q", "kappa", "alpha"),
        judge=judges.at_the_close,
        hints=(
            "At the close h(q) = −αq². Put it into δ⁻ = 1/κ + h(q) − h(q+1) and δ⁺ = 1/κ + h(q) − h(q−1).",
            "(q+1)² − q² = 2q + 1 and (q−1)² − q² = −(2q − 1).",
        ),
    ),
    Exercise(
        id="cj-matrix",
        wanted="a function of phi, alpha, lam, kappa and tau that returns h at q = −1, 0, 1, an array of shape (3,)",
        takes=("phi", "alpha", "lam", "kappa", "tau"),
        judge=judges.matrix_form,
        hints=(
            "Three numbers ω, one for each inventory; a trade leads from one to its neighbour. Write the 3×3 matrix "
            "down first.",
            "Diagonal −φκq², that is (−φκ, 0, −φκ); beside it λ/e. The start is z = e^{−ακq²}.",
            "The matrix is symmetric: `rates, vectors = np.linalg.eigh(A)`, and its exponential times z is "
            "`vectors @ (np.exp(rates * tau) * (vectors.T @ z))`. At last h = ln(ω)/κ.",
        ),
    ),
    Exercise(
        id="cj-phi-of-gamma",
        wanted="a function of gamma and sigma that returns φ",
        takes=("gamma", "sigma"),
        judge=judges.equivalent_penalty,
        hints=(
            "In a moment dt the wealth of a dealer with q clips moves by q·σ·dW. What is its variance?",
            "The variance is σ²q²dt, and mean − (γ/2) · variance takes half of γ times that. Compare with φq²dt.",
        ),
    ),
    Exercise(
        id="cj-breakeven-jump",
        wanted="the ε at which fills of quotes at 1/κ are worth nothing: a function of kappa, or the number at κ = 100",
        takes=("kappa",),
        or_value=True,
        judge=judges.breakeven_jump,
        hints=(
            "A buy order takes your ask at a depth of 1/κ. Then the mid moves up by ε. What is left?",
            "1/κ − ε.",
        ),
    ),
    Exercise(
        id="cj-use-the-signal",
        wanted="a strategy: a function of mid_price, inventory, time_left and signal that returns Quotes",
        takes=("mid_price", "inventory", "time_left", "signal"),
        judge=judges.use_the_signal,
        seconds=30.0,
        hints=(
            "Start from the blind model's depths and move them with the signal. Which price will the mid come to?",
            "Knowing α now, one expects the mid to move by α(1 − e^{−ζτ})/ζ, with ζ = 0.5. Quote around *that*.",
            "And an order that fills you pushes the signal by ε = 0.002, which is worth about ε/ζ: a model with "
            "`jump=0.004` asks for it.",
            "`bid, ask = model.depths(inventory, time_left)`, then the shift, then `np.maximum(…, 0)` on both.",
        ),
    ),
)
