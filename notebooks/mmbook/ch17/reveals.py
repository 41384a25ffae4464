"""The answers to the questions of chapter 17, computed; what they say is in exercises.toml."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from mmbook.ch17.leaks import backtested, stored
from mmbook.ch17.scenes import QUEUES, book_of_nobody, net_of_chances, races, table_of_chances, truth
from mmlab.learning import intervals, line_fit, log_loss, logistic, logit, sign_auc, smoothed_label_accuracy
from mmlab.learning import smoothed_label_r_squared
from mmlab.teach.checks import Facts
from mmlab.teach.findings import drawn
from mmlab.teach.style import ASK, BID, GUESS, PLAIN, RESERVATION


@drawn(width=6.0, height=2.8, legend="lower right")
def what_72_is_worth(guess: str, axes: Axes) -> Facts:
    """The accuracy of a coin on the smoothed label, against how many prices it averages; and the money of such a one."""
    k = np.arange(2, 41)
    axes.plot(k, [100 * smoothed_label_accuracy(int(each)) for each in k], label="a coin, smoothed label", **BID)
    axes.axhline(72, label="the vendor", **ASK)
    axes.axhline(50, label="a coin, a trade", **PLAIN)
    axes.plot([], [], "X", color=GUESS["color"], label=f"your guess: {guess}")
    axes.set(xlabel="prices in a mean, k", ylabel="right [%]", ylim=(45, 80))
    axes.set_title(f"At k = 10 a coin is right {smoothed_label_accuracy(10):.1%}")
    row = backtested(1, 0, 20)
    facts = {"coin": smoothed_label_accuracy(10), "auc": float(sign_auc(smoothed_label_r_squared(10)))}
    return facts | {"accuracy": row.accuracy, "earned": row.gain / stored()["true"]}


@drawn(width=6.0, height=2.8)
def three_times(guess: str, axes: Axes) -> Facts:
    """What one forecast gains at several sizes, in parts of what α does."""
    sizes, gains = np.array(stored()["sizes"]).T
    shares = dict(zip(sizes, gains / stored()["true"], strict=True))
    axes.plot(sizes, [100 * share for share in shares.values()], marker="o", **RESERVATION)
    guessed = {"more": 130, "the same": 88, "less, but a gain": 40, "a loss": -50}[guess]
    axes.plot(3, guessed, "X", ms=9, color=GUESS["color"], label=f"your guess: {guess}")
    axes.axhline(0, **PLAIN)
    axes.set(xlabel="times the forecast", ylabel="gain [% of α's]", title="The same forecast, of another size")
    axes.legend(loc="lower left")
    return {"once": shares[1.0], "three": shares[3.0]}


@drawn(width=6.0, height=2.8)
def one_weight(guess: str, axes: Axes) -> Facts:
    """How far three classifiers of 5,000 races are from the best."""
    (queues, up), chance = races(5_000, seed=0), truth()
    feature = np.log(QUEUES[:, :1] / QUEUES[:, 1:])
    weight = logit(np.log(queues[:, :1] / queues[:, 1:]), up)
    each = {
        "a table of 100": table_of_chances(queues, up),
        "a net, 65 weights": net_of_chances(queues, up, seed=0),
        "one weight": logistic(feature @ weight),
    }
    excess = {name: log_loss(said, chance) - log_loss(chance, chance) for name, said in each.items()}
    colors = [GUESS["color"] if name == guess else BID["color"] for name in excess]
    axes.barh(list(excess), list(excess.values()), color=colors)
    axes.set(xlabel="log-loss above the best there is [nats]", title=f"Your guess: {guess}")
    return {"weight": excess["one weight"], "net": excess["a net, 65 weights"], "table": excess["a table of 100"]}


@drawn(width=6.0, height=2.8)
def a_book_of_nobody(guess: str, axes: Axes) -> Facts:
    """How much of the moves of 10 s order flow explains, in the same time and in the next."""
    move, imbalance, _ = intervals(book_of_nobody(), 10)
    same, after = line_fit(imbalance, move)[2], line_fit(imbalance[:-1], move[1:])[2]
    axes.barh(["the next 10 s", "the same 10 s"], [100 * after.value, 100 * same.value], color=BID["color"])
    axes.axvline({"nothing": 0, "about 5%": 5, "more than half": 60}[guess], label="your guess", **GUESS)
    axes.set(xlabel="of the moves [%], out of sample", title="To explain is not to predict")
    axes.legend(loc="lower right")
    return {"same": same.value, "after": after.value}


REVEALS = {
    each.__name__.replace("_", "-"): each for each in (what_72_is_worth, three_times, one_weight, a_book_of_nobody)
}
"""By their questions."""
