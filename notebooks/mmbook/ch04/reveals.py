"""The questions of chapter 04 and their answers, computed from its dealer; its exercises and their hints."""

from __future__ import annotations

import numpy as np

from mmbook.ch04 import checks as judges
from mmbook.ch04.dealing_day import unbounded_curvature
from mmbook.ch04.scenes import Solution, dealer
from mmlab.models import HoStoll
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import COMPETITIVE, FIRST_ORDER, GUESS, PROGRAM, figure, legend, style


def spread_and_inventory(guess: str) -> Reveal:
    """The spread against inventory, and the curve that the guess drew."""
    inventory = np.arange(-10.0, 11.0)
    spread = np.sum(dealer().depths(inventory, 1.0), axis=0)
    tilt = {"wider": 0.025, "as wide": 0.0, "narrower": -0.025}[guess]
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.plot(inventory, spread, label="spread", **FIRST_ORDER)
        axes.plot(inventory, spread[10] + tilt * np.abs(inventory), label=f"your guess: {guess}", **GUESS)
        axes.set(xlabel="inventory I [clips]", ylabel="spread [price]", ylim=(0, 1.7), xticks=range(-10, 11, 5))
        axes.set_title(f"The spread is {spread[10]:.3f} at every inventory")
    legend(axes, loc="upper right", ncols=2)
    bid, ask = dealer().depths(10, 1.0)
    flat, _ = dealer().depths(0, 1.0)
    return Reveal(
        f"Flat, both fees are {flat:.4f}. Long 10 clips the bid fee is {bid:.4f} and the ask fee {ask:.4f}: what one "
        f"side gains the other loses, and the spread is {bid + ask:.4f} both times.",
        fig,
    )


def who_pays(guess: str) -> Reveal:
    """A flat dealer's fee without risk against the cost, alone and among competitors, and the guess."""
    costs = np.linspace(0.0, 0.2, 21)
    alone = np.array([_fee(cost, "first order") for cost in costs])
    rivals = np.array([_fee(cost, "competitive") for cost in costs])
    share = {"all of it": 1.0, "half of it": 0.5, "nothing": 0.0}[guess]
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.plot(costs, alone, label="alone", **FIRST_ORDER)
        axes.plot(costs, rivals, label="among competitors", **COMPETITIVE)
        axes.plot(costs, alone[0] + share * costs, label=f"your guess: {guess}", **GUESS)
        axes.set(xlabel="processing cost c of a trade [price]", ylabel="fee of one side [price]", ylim=(0, 1.0))
        axes.set_title(f"0.20 of cost is {alone[-1] - alone[0]:.2f} of fee alone, {rivals[-1]:.2f} among competitors")
    legend(axes, loc="upper left", ncols=3)
    return Reveal(
        f"Alone, the fee is {alone[0]:.2f} without cost and {alone[-1]:.2f} with a cost of 0.20: customer and dealer "
        f"pay half of it each. Among competitors it goes from {rivals[0]:.2f} to {rivals[-1]:.2f}.",
        fig,
    )


def _fee(cost: float, solution: Solution) -> float:
    model = HoStoll(
        risk_aversion=0,
        volatility=1,
        demand_intercept=20,
        demand_slope=20,
        horizon=1,
        processing_cost=cost,
        solution=solution,
    )
    return float(model.depths(0, 1)[0])


def long_session(guess: str) -> Reveal:
    """The lean of a clip against the length of the session, and the curve that the guess drew."""
    model, tau = dealer(horizon=4.0), np.linspace(0, 4, 81)
    first = 0.5 * model.risk_aversion * model.volatility**2 * tau
    program = unbounded_curvature(model, tau) / 2
    level = np.where(tau < 2, program, program[40])
    guessed = {
        "twice as far": first,
        "about as far": level,
        "less far": level * np.minimum(1.0, 2 / np.maximum(tau, 2)),
    }[guess]
    fig, axes = figure(width=6.0, height=2.8)
    with style():
        axes.plot(tau, first, label="first order", **FIRST_ORDER)
        axes.plot(tau, program, label="program", **PROGRAM)
        axes.plot(tau, guessed, label=f"your guess: {guess}", **GUESS)
        axes.set(xlabel="time left τ", ylabel="lean of a clip [price]", xlim=(0, 4), ylim=(-0.002, 0.12))
        axes.set_title(
            f"From τ = 2 to 4 the lean goes from {program[40]:.4f} to {program[-1]:.4f}, not to {first[-1]:.2f}"
        )
    legend(axes, loc="upper left")
    return Reveal(
        f"With 2 units of time left the best fees lean {program[40]:.4f} a clip, with 4 {program[-1]:.4f}: almost the "
        f"same. The first order goes from {first[40]:.2f} to {first[-1]:.2f}.",
        fig,
    )


QUESTIONS.add(
    Question(
        id="inventory-widens-the-spread",
        text="Two dealers with the same customers: one holds nothing, the other is long 10 clips and worried. The "
        "worried one's spread is …",
        choices={
            "wider": "More risk, more to be paid for it: it sounds right, and it is what the guide's formula does. But "
            "one of the next two trades makes the risk smaller, and the dealer pays for that one what they ask for "
            "the other.",
            "as wide": "A clip more makes the risk larger by as much as a clip less makes it smaller, but for the risk "
            "of one single clip. Both fees move, in opposite directions.",
            "narrower": "The ask does come nearer to the mid, to sell. The bid goes away by as much.",
        },
        right="as wide",
        reveal=spread_and_inventory,
    ),
    Question(
        id="who-pays-the-cost",
        text="A dealer without competitors, whose demand is a straight line, must pay 0.20 more to process each trade. "
        "How much of it do the customers pay?",
        choices={
            "all of it": "So it is among competitors. Alone, a dealer already asks so much that a higher fee drives "
            "customers away; on a straight line it pays to give up half instead.",
            "half of it": "The best fee is halfway between the cost and the fee at which nobody comes.",
            "nothing": "That keeps every customer, at a margin that is smaller by the whole cost. It earns more to "
            "lose a few of them and to have half of the cost back.",
        },
        right="half of it",
        reveal=who_pays,
    ),
    Question(
        id="longer-session-leans-more",
        text="You lean your quotes to be rid of what you hold, and much of the session is left. Now it gets twice as "
        "long. For each clip held, you should lean …",
        choices={
            "twice as far": "That would be right if the clip had to be held to the close. But leaning brings the "
            "customers who take it, long before.",
            "about as far": "A clip is held until the lean has sold it, and a longer session does not change when.",
            "less far": "There is more time to wait for a customer, it is true. But a clip that waits is at risk.",
        },
        right="about as far",
        reveal=long_session,
    ),
)

EXERCISES.add(
    Exercise(
        id="hs-monopoly-fee",
        wanted="the fee as a function of alpha, beta and c, or the number that it is at α = β = 20, c = 0.02",
        takes=("alpha", "beta", "c"),
        or_value=True,
        judge=judges.monopoly_fee,
        hints=(
            "What does a dealer earn per unit of time at the fee a? So much a trade, times so many trades.",
            "(α − βa)(a − c). It is a parabola in a: zero where nobody trades and zero at cost.",
            "A parabola is highest halfway between its zeros.",
        ),
    ),
    Exercise(
        id="hs-fees",
        wanted="a function of inventory, tau, R, sigma, alpha, beta and c that returns (bid_fee, ask_fee)",
        takes=("inventory", "tau", "R", "sigma", "alpha", "beta", "c"),
        judge=judges.first_order_fees,
        hints=(
            "First the fees at which a trade makes no difference: the cost, and what V loses by the trade.",
            "V = const − ½Rσ²τI². Buying a clip takes ½Rσ²τ[(I + 1)² − I²] = ½Rσ²τ(1 + 2I) from it.",
            "The monopolist's fee is halfway between that r and α/β: `(alpha / beta + r) / 2`.",
        ),
    ),
    Exercise(
        id="hs-tick",
        wanted="the time left τ, to three decimals",
        judge=judges.tick_time,
        hints=(
            "Both asks are known: eq. 4 for the first order, and with η in the place of Rσ²τ for the program.",
            "Their difference at I is ¼(Rσ²τ − η)(2I − 1); with the chapter's numbers, ¼ · 0.05 (τ − tanh τ) · 5.",
            "So solve τ − tanh τ = 0.16: try a few τ, or halve an interval in a loop.",
        ),
    ),
    Exercise(
        id="hs-program-step",
        wanted="a function of V (five numbers, at I = −2 … 2), dt, alpha, beta, c, R and sigma that returns V after dt",
        takes=("V", "dt", "alpha", "beta", "c", "R", "sigma"),
        judge=judges.program_step,
        hints=(
            "Euler's rule: the new V is V + Δτ · ∂V/∂τ, and eq. 5 is ∂V/∂τ.",
            "max_a (α − βa)(a − c + Δ) = ¼β(α/β − c + Δ)² where the bracket is positive, and 0 where it is not.",
            "`gain = np.diff(V)` is V(I + 1) − V(I) for I = −2 … 1: what a bid adds there. What an ask adds at "
            "I = −1 … 2 is `-gain`.",
            "Make `growth = -R * sigma**2 / 2 * I**2`, then `growth[:-1] += ...` for the bids and `growth[1:] += ...` "
            "for the asks.",
        ),
    ),
    Exercise(
        id="hs-two-numbers",
        wanted="two numbers, (fee, lean)",
        judge=judges.two_numbers,
        hints=(
            "Without a lean the best fee is that of exercise 1. Start with it and with a small lean.",
            "Which lean does the program keep when the close is far? The tanh is 1 there.",
            "η = √(Rσ²/β) then, and a clip moves the middle by η/2. The fee at I = 0 is α/2β + c/2 + η/4.",
        ),
    ),
)
