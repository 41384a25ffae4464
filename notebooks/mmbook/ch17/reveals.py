"""The answers to the questions of chapter 17, computed; what they say is in exercises.toml."""

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch17.leaks import stored
from mmbook.ch17.scenes import LEARNERS, TRUTH, book_of_nobody, races
from mmlab.learning import intervals, line_fit, log_loss, sign_accuracy, sign_auc
from mmlab.learning import smoothed_label_r_squared as coin
from mmlab.teach.findings import drawn
from mmlab.teach.mistakes import Facts
from mmlab.teach.style import ASK, BID, GUESS, PLAIN, RESERVATION


@drawn(width=6.0, height=2.8, legend="center right")
def what_72_is_worth(guess: str, axes: Axes) -> Facts:
    """How often a coin is right on the smoothed label, by how many prices it averages; and such a forecast's money."""
    k, right, row = np.arange(2, 41), float(sign_accuracy(coin(10))), stored()["rows"][1, 0, 20]
    axes.plot(k, 100 * sign_accuracy([coin(int(each)) for each in k]), label="a coin, smoothed label", **BID)
    axes.axhline(72, label="the vendor", **ASK)
    axes.axhline(50, label="a coin, a trade", **PLAIN)
    axes.set(xlabel="prices in a mean, k", ylabel="right [%]", title=f"A coin is right {right:.1%} (you: {guess})")
    earned = {"accuracy": row.accuracy, "earned": row.gain / stored()["true"]}
    return {"coin": right, "auc": float(sign_auc(coin(10)))} | earned


@drawn(width=6.0, height=2.8, legend="lower left")
def three_times(guess: str, axes: Axes) -> Facts:
    """What one forecast gains at several sizes, in parts of what α does."""
    sizes, gains = np.array(stored()["sizes"]).T
    shares = gains / stored()["true"]
    axes.plot(sizes, 100 * shares, marker="o", **RESERVATION)
    guessed = {"more": 130, "the same": 88, "less, but a gain": 40, "a loss": -50}[guess]
    axes.plot(3, guessed, "X", ms=9, color=GUESS["color"], label=f"your guess: {guess}")
    axes.axhline(0, **PLAIN)
    axes.set(xlabel="times the forecast", ylabel="gain [% of α's]", ylim=(-80, 150), title="Three times is a loss")
    return {"once": shares[2], "three": shares[-1]}


@drawn(width=6.0, height=2.8)
def one_weight(guess: str, axes: Axes) -> Facts:
    """How far three classifiers of 5,000 races are from the best."""
    chances = {name: learn(*races(5_000, seed=0), 0) for name, learn in LEARNERS.items()}
    excess = {name: log_loss(chance, TRUTH) - log_loss(TRUTH, TRUTH) for name, chance in chances.items()}
    colors = [GUESS["color"] if name == guess else BID["color"] for name in excess]
    axes.barh(list(excess), list(excess.values()), color=colors)
    axes.set(xlabel="log-loss above the best [nats]", title=f"One weight is nearest (pink: your guess, {guess})")
    return dict(zip(("table", "net", "weight"), excess.values(), strict=True))


@drawn(width=6.0, height=2.8, legend="lower center")
def a_book_of_nobody(guess: str, axes: Axes) -> Facts:
    """How much of the moves of 10 s order flow explains, in the same time and in the next."""
    move, imbalance, _ = intervals(book_of_nobody(), 10)
    same, after = line_fit(imbalance, move)[2], line_fit(imbalance[:-1], move[1:])[2]
    axes.barh(["the next 10 s", "the same 10 s"], [100 * after.value, 100 * same.value], color=BID["color"])
    axes.axvline({"nothing": 0, "about 5%": 5, "more than half": 60}[guess], label="your guess", **GUESS)
    axes.set(xlabel="of the moves [%], out of sample", title="Order flow explains its own ten seconds, not the next")
    return {"same": same.value, "after": after.value}


REVEALS = {f.__name__.replace("_", "-"): f for f in (what_72_is_worth, three_times, one_weight, a_book_of_nobody)}
"""By their questions."""
