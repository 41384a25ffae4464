"""The answers to the questions of chapter 10, computed from its days; what they say is in exercises.toml."""

from __future__ import annotations

from functools import partial

from mmbook.ch10.plots import bars, false_alarms
from mmbook.ch10.scenes import CALM, DAYS, N_DAYS, alarms, many, per_day
from mmlab.measure import Rule, Watch, attribute
from mmlab.table import minus
from mmlab.teach.findings import Finding
from mmlab.teach.style import GUESS, legend, style


def attributed_day(name: str, guess: str) -> Finding:
    """The parts of a day's profit."""
    found, soon, late = (attribute(DAYS[name].history, horizon) for horizon in (30.0, 10.0, 600.0))
    parts = {part: float(value[0]) for part, value in found.parts.items()}
    title = f"{name}: spread {parts['spread']:+.1f}, adverse selection {parts['adverse_selection']:+.1f}, "
    fig = bars({name: found}, minus(f"{title}inventory {parts['inventory']:+.1f}"))
    with style():
        fig.axes[0].plot([], [], label=f"your guess: {guess}", **GUESS)
    legend(fig.axes[0], loc="upper center", bbox_to_anchor=(0.335, 1.0))
    within = {"soon": soon.adverse_selection[0], "late": late.adverse_selection[0]}
    return Finding({part: round(value, 2) + 0.0 for part, value in parts.items()} | within, fig)


def shorter_runs(guess: str) -> Finding:
    """False alarms a calm day against the length of a run."""
    thresholds, calm = (6, 8, 10, 12), many(CALM, 0)
    counts = [len(alarms(Watch([Rule(name="run", threshold=n)]), calm)) for n in thresholds]
    rates = [per_day(n, N_DAYS) for n in counts]
    guessed = {"one in several days": 0.2, "about one a day": 1.0, "about five a day": 5.0}[guess]
    facts = {"rates": [rate for rate, _, _ in rates], "low": rates[0][1], "high": rates[0][2], "last": counts[-1]}
    n_fills = float((calm.bid_fill + calm.ask_fill > 0).sum()) / N_DAYS
    return Finding(facts | {"n_days": N_DAYS, "n_fills": n_fills}, false_alarms(thresholds, rates, guessed))


REVEALS = {f"{name.lower()}-was": partial(attributed_day, name) for name in DAYS} | {"speak-sooner": shorter_runs}
