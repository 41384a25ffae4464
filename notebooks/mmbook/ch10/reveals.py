"""What chapter 10 asks: its predictions and its exercises."""

from __future__ import annotations

from collections.abc import Callable

from mmbook.ch10 import checks as judges
from mmbook.ch10.plots import bars, false_alarms
from mmbook.ch10.scenes import CALM, DAYS, KINDS, N_DAYS, alarms, many, per_day
from mmlab.measure import Rule, Watch, attribute
from mmlab.table import minus
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.predict import QUESTIONS, Question, Reveal
from mmlab.teach.style import GUESS, legend, style
from mmlab.teach.words import amount

LOOK_AHEAD = 30.0

_BELIEFS = {
    "a runaway inventory": "Look for swings that no fill explains, and for one side that fills more often.",
    "a healthy day": "The realised spread stays near the effective one, and the profit climbs in small steps.",
    "a desk that is picked off": "The effective spread is as good as ever; a minute later most of it is gone.",
}


def _day(name: str) -> Callable[[str], Reveal]:
    def reveal(guess: str) -> Reveal:
        found = attribute(DAYS[name].history, LOOK_AHEAD)
        parts = {part: float(value[0]) for part, value in found.parts.items()}
        said = {part: amount(round(value, 2) + 0.0) for part, value in parts.items()}
        title = f"{name}: spread {parts['spread']:+.1f}, adverse selection {parts['adverse_selection']:+.1f}, "
        fig = bars({name: found}, minus(f"{title}inventory {parts['inventory']:+.1f}"))
        with style():
            fig.axes[0].plot([], [], label=f"your guess: {guess}", **GUESS)
        legend(fig.axes[0], loc="upper center")
        return Reveal(
            f"{name} was {KINDS[name]}. Its profit of {said['pnl']} is a spread of {said['spread']}, adverse selection "
            f"of {said['adverse_selection']}, {said['inventory']} from the inventory and {said['fees']} from fees.",
            fig,
        )

    return reveal


def sooner(guess: str) -> Reveal:
    """False alarms a calm day against the length of a run."""
    thresholds, calm = (6, 8, 10, 12), many(CALM, 0)
    counts = [len(alarms(Watch([Rule(name="run", threshold=n)]), calm)) for n in thresholds]
    rates = [per_day(n, N_DAYS) for n in counts]
    rate, low, high = rates[0]
    n_fills = float((calm.bid_fill + calm.ask_fill > 0).sum()) / N_DAYS
    guessed = {"one in several days": 0.2, "about one a day": 1.0, "about five a day": 5.0}[guess]
    return Reveal(
        f"At 6 it fires {rate:.2f} times a calm day (95% interval {low:.2f} to {high:.2f}), at 8 {rates[1][0]:.2f} "
        f"times, and at 12 {counts[-1]} times in {N_DAYS} days. There are about {n_fills:.0f} steps with fills a day, "
        f"each of which may begin a run.",
        false_alarms(thresholds, rates, guessed),
    )


QUESTIONS.add(
    *(
        Question(
            id=f"{name.lower()}-was",
            text=f"By its profit and the table: what was {name}?",
            choices=_BELIEFS,
            right=KINDS[name],
            reveal=_day(name),
        )
        for name in DAYS
    ),
    Question(
        id="speak-sooner",
        text="A rule fires when 12 fills in a row are on one side, and on calm days it keeps quiet. Somebody wants to "
        "know sooner, at 6. How many false alarms is that on a calm day?",
        choices={
            "one in several days": "Six in a row are unlikely, at any one moment. A day has a thousand moments.",
            "about one a day": "Chances this small are easily misjudged: count how often a day they get a chance.",
            "about five a day": "Halve a threshold on something random, and it fires far more than twice as often.",
        },
        right="about five a day",
        reveal=sooner,
    ),
)

EXERCISES.add(
    Exercise(
        id="markout",
        wanted="a function of our side (+1 we bought, −1 we sold), the fill's price and the mid later",
        takes=("side", "price", "mid_later"),
        judge=judges.markout,
        hints=(
            "What is a clip worth that was bought at the price, once the mid is elsewhere? And one that was sold?",
            "Bought: mid_later − price. Sold: price − mid_later. One factor turns one into the other.",
        ),
    ),
    Exercise(
        id="attribute-two-fills",
        wanted="three numbers: spread, adverse selection, inventory",
        judge=judges.two_fills,
        hints=(
            "The spread is what each fill was away from the mid of its moment; both clips earned it.",
            "Adverse selection: what the mid did to each clip in the 30 s after its fill, with the clip's sign.",
            "The rest of what the mid did to what was held. Check: the three add up to the profit.",
        ),
    ),
    Exercise(
        id="alert-hysteresis",
        wanted="a function of values, threshold and leave_at that returns how often the rule fires",
        takes=("values", "threshold", "leave_at"),
        judge=judges.hysteresis,
        hints=(
            "Keep one thing in mind from value to value: has it fired and not cleared?",
            "It fires when a value reaches the threshold and it was clear; it clears below leave_at × threshold.",
        ),
    ),
    Exercise(
        id="none-in-forty-days",
        wanted="a number of false alarms a day",
        judge=judges.none_in_forty,
        hints=(
            "With rate r a day, the chance of none in 40 days is e^{−40 r}. Which r makes it 5%?",
            "r = −ln 0.05 / 40.",
        ),
    ),
    Exercise(
        id="sooner-than-the-rule",
        wanted="a function of net, an array, that says whether it fires (True or False)",
        takes=("net",),
        judge=judges.sooner,
        hints=(
            "The default rule waits for thirty fills, and for half a minute after each. What do ten seconds and fewer "
            "fills tell? `detected(fires, net_markouts(many(INFORMED, 1), 10.0)) / 60` gives the minutes of 40 days.",
            "On calm days a clip keeps about 0.017, on informed ones it loses about 0.003. Where between the two would "
            "you draw a line, and after how many fills is an average worth holding against it?",
            "For each fill, how much likelier is it on an informed day than on a calm one? With means m and "
            "deviations s of both kinds, that is ln(s₀/s₁) + ((x − m₀)/s₀)²/2 − ((x − m₁)/s₁)²/2; add them up.",
        ),
        seconds=90.0,
    ),
)
