"""Appendix A1: its ten questions, what they say of the chapters, and what its explorer computes."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from mmbook.cha1 import RandomDayExplorer, open_chapters, ten_questions
from mmbook.cha1.questions import NEEDED

from mmlab.doors.book import Book
from mmlab.doors.chapters import anchor
from mmlab.doors.sources import cells_on_site
from mmlab.teach import check
from mmlab.teach.exercises import EXERCISES
from tests.mmbook.checking import right_answers, usual_mistakes

TEXTS = Path(__file__).parents[2] / "notebooks" / "text"
A1 = (TEXTS / "A1_prerequisites.md").read_text(encoding="utf-8")


def stands_at(a, b, t, rows=None):
    values, vectors = np.linalg.eig(np.array([[-a, b], [a, -b]] if rows is None else rows, float))
    return (vectors @ np.diag(np.exp(values * t)) @ np.linalg.inv(vectors))[0, 0]  # complex, in a new NumPy


def best_depth(cost, width, *, risk=2.0, sign=1):
    return (cost + sign * np.sqrt(cost**2 + risk * width**2)) / 2


def chance(expected):
    return 1 - np.exp(-expected)


def bet(win, loss, p, gamma):
    return -np.log(p * np.exp(-gamma * win) + (1 - p) * np.exp(gamma * loss)) / gamma


def deviation(first, second, part, sigma):
    return sigma * np.sqrt(first**2 * part + second**2 * (1 - part))


def loop_of_profits(cash, inventory, mid):
    """In plain Python, path by path."""
    return [cash[n] + inventory[n] * mid[-1][n] for n in range(len(cash))]


def earned_with_if(depth, reach):
    return [d if r >= d else 0 for d, r in zip(depth, reach, strict=True)]


def on_a_grid(cost, width):
    """By looking, not by a derivative."""
    depth = np.linspace(0, 10, 2_000_001)
    at = ((depth - cost) * np.exp(-((depth / width) ** 2))).argmax()
    low, high = depth[at - 1], depth[at + 1]
    for _ in range(100):
        left, right = low + (high - low) / 3, high - (high - low) / 3
        earns = [(x - cost) * np.exp(-((x / width) ** 2)) for x in (left, right)]
        low, high = (left, high) if earns[0] < earns[1] else (low, right)
    return (low + high) / 2


RIGHT = [
    ("pre-marked-profits", lambda cash, inventory, mid: cash + inventory * mid[-1]),
    ("pre-marked-profits", loop_of_profits),
    ("pre-no-quote", lambda depth, reach: np.where(reach >= depth, depth, 0)),
    ("pre-no-quote", earned_with_if),
    ("pre-move-in-minutes", lambda sigma, minutes: sigma * (minutes / 390) ** 0.5),
    ("pre-two-holdings", deviation),
    ("pre-either-side", lambda bid, ask, dt: chance((bid + ask) * dt)),
    ("pre-either-side", lambda bid, ask, dt: 1 - (1 - chance(bid * dt)) * (1 - chance(ask * dt))),
    ("pre-depth-for-a-wait", lambda wait, A, kappa: np.log(A * wait) / kappa),
    ("pre-worth-of-a-bet", bet),
    ("pre-still-quoting", stands_at),
    ("pre-still-quoting", lambda a, b, t: (b + a * np.exp(-(a + b) * t)) / (a + b)),
    ("pre-best-depth", best_depth),
    ("pre-best-depth", on_a_grid),
    ("pre-best-depth", lambda cost, width: round(best_depth(cost, width), 2)),
    ("pre-days-needed", lambda a, b, error: (a**2 + b**2) / error**2),
    ("pre-clips-to-hold", lambda gain, sd, gamma: gain / (gamma * sd**2)),
]

WRONG = [
    ("pre-marked-profits", lambda cash, inventory, mid: cash + inventory * mid[0], "first mid"),
    ("pre-marked-profits", lambda cash, inventory, mid: cash + inventory * mid.mean(0), "average mid"),
    ("pre-marked-profits", lambda cash, inventory, mid: cash, "worth something"),
    ("pre-marked-profits", lambda cash, inventory, mid: cash + inventory * mid[-1, -1], "of the last path"),
    ("pre-marked-profits", lambda cash, inventory, mid: cash - inventory * mid[-1], "taken away"),
    ("pre-marked-profits", lambda cash, inventory, mid: cash + inventory * (mid[-1] - mid[0]), "in the cash already"),
    ("pre-marked-profits", lambda cash, inventory, mid: (cash + inventory * mid[-1]).mean(), "must have shape (3,)"),
    ("pre-no-quote", lambda depth, reach: np.where(reach >= depth, reach, 0), "how far the order would have gone"),
    ("pre-no-quote", lambda depth, reach: np.where(reach > depth, depth, 0), "≥ and not >"),
    ("pre-no-quote", lambda depth, reach: np.where(reach <= depth, depth, 0), "that no order reached"),
    ("pre-no-quote", lambda d, reach: np.where(~(reach < d), np.nan_to_num(d, nan=1), 0), "not there is filled"),
    ("pre-no-quote", lambda depth, reach: np.nan_to_num(depth), "whether an order reached it"),
    ("pre-no-quote", lambda depth, reach: reach >= depth, "counts the fills"),
    ("pre-no-quote", lambda depth, reach: (reach >= depth) * depth, "a NaN is left where there is no quote"),
    ("pre-no-quote", lambda depth, reach: np.full(5, np.inf), "not finite"),
    ("pre-marked-profits", lambda cash, inventory, mid: cash + inventory * mid[:, -1], "Time comes first"),
    ("pre-move-in-minutes", lambda sigma, minutes: sigma / 390 * np.sqrt(minutes), "Convert the time"),
    ("pre-move-in-minutes", lambda sigma, minutes: sigma * minutes / 390, "variance that does"),
    ("pre-move-in-minutes", lambda sigma, minutes: sigma**2 * minutes / 390, "price²"),
    ("pre-move-in-minutes", lambda sigma, minutes: sigma * np.sqrt(minutes), "counted in minutes"),
    ("pre-move-in-minutes", lambda sigma, minutes: sigma, "a whole day"),
    ("pre-move-in-minutes", lambda sigma, minutes: sigma * np.sqrt(1 - minutes / 390), "rest of the day"),
    ("pre-move-in-minutes", lambda sigma, minutes: sigma * np.sqrt(390 / minutes), "upside down"),
    ("pre-two-holdings", lambda a, b, u, s: s * (abs(a) * u**0.5 + abs(b) * (1 - u) ** 0.5), "cancel at times"),
    ("pre-two-holdings", lambda a, b, u, s: s * abs(a * u + b * (1 - u)), "average holding"),
    ("pre-two-holdings", lambda *x: deviation(*x) ** 2, "that is the variance"),
    ("pre-two-holdings", lambda a, b, u, s: s * abs(a * u**0.5 + b * (1 - u) ** 0.5), "same luck"),
    ("pre-two-holdings", lambda a, b, u, s: s * (abs(a) * u + abs(b) * (1 - u)) ** 0.5, "not squared"),
    ("pre-two-holdings", lambda a, b, u, s: s * np.hypot(a, b), "a whole day"),
    ("pre-two-holdings", lambda a, b, u, s: deviation(b, a, u, s), "second part"),
    ("pre-either-side", lambda bid, ask, dt: (bid + ask) * dt, "expected number"),
    ("pre-either-side", lambda bid, ask, dt: min(1, (bid + ask) * dt), "min(1, λΔt)"),
    ("pre-either-side", lambda bid, ask, dt: chance(bid * dt) + chance(ask * dt), "counts the steps twice"),
    ("pre-either-side", lambda bid, ask, dt: chance(bid * dt) * chance(ask * dt), "both are filled"),
    ("pre-either-side", lambda bid, ask, dt: np.exp(-(bid + ask) * dt), "none is filled"),
    ("pre-either-side", lambda b, a, dt: (a + b) * dt * np.exp(-(a + b) * dt), "one order and no more"),
    ("pre-either-side", lambda bid, ask, dt: chance(bid + ask), "time step is missing"),
    ("pre-either-side", lambda bid, ask, dt: chance(bid * dt), "bid alone"),
    ("pre-depth-for-a-wait", lambda w, a, k: np.log10(a * w) / k, "base 10"),
    ("pre-depth-for-a-wait", lambda w, a, k: np.log(a * w), "κ is missing"),
    ("pre-depth-for-a-wait", lambda w, a, k: np.log(a * w) * k, "Divide by κ"),
    ("pre-depth-for-a-wait", lambda w, a, k: np.log(a / w) / k, "rate must stand"),
    ("pre-depth-for-a-wait", lambda w, a, k: np.log(a * w / np.log(2)) / k, "half of the waits"),
    ("pre-depth-for-a-wait", lambda w, a, k: -np.log(w) / k, "A is missing"),
    ("pre-depth-for-a-wait", lambda w, a, k: a * np.exp(-k * w), "that is a rate"),
    ("pre-worth-of-a-bet", lambda win, loss, p, g: p * win - (1 - p) * loss, "without risk aversion"),
    (
        "pre-worth-of-a-bet",
        lambda win, loss, p, g: p * win - (1 - p) * loss - g / 2 * p * (1 - p) * (win + loss) ** 2,
        "holds for a normal amount",
    ),
    ("pre-worth-of-a-bet", lambda *x: -np.exp(-x[-1] * bet(*x)), "no money yet"),
    ("pre-worth-of-a-bet", lambda *x: x[-1] * bet(*x), "divided by γ"),
    ("pre-worth-of-a-bet", lambda win, loss, p, g: bet(win, -loss, p, g), "counts as a gain"),
    ("pre-worth-of-a-bet", lambda win, loss, p, g: bet(win, loss, 1 - p, g), "probability of winning"),
    ("pre-worth-of-a-bet", lambda win, loss, p, g: bet(win, loss, p, -g), "loves risk"),
    ("pre-still-quoting", lambda a, b, t: np.exp(np.array([[-a, b], [a, -b]]) * t)[0, 0], "entry by entry"),
    ("pre-still-quoting", lambda a, b, t: b / (a + b), "long run"),
    ("pre-still-quoting", lambda a, b, t: 1 - stands_at(a, b, t), "pulled at t"),
    ("pre-still-quoting", lambda a, b, t: stands_at(b, a, t), "rates are swapped"),
    ("pre-still-quoting", lambda a, b, t: 1 - stands_at(b, a, t), "begins with a quote that is pulled"),
    ("pre-still-quoting", lambda a, b, t: 1 - a * t, "first order in t"),
    ("pre-still-quoting", lambda a, b, t: stands_at(a, b, -t), "wrong sign"),
    ("pre-best-depth", lambda cost, w: best_depth(0, w), "costs nothing"),
    ("pre-best-depth", lambda cost, w: cost + best_depth(0, w), "cost on top"),
    ("pre-best-depth", lambda cost, w: best_depth(cost, w, sign=-1), "other root"),
    ("pre-best-depth", lambda cost, w: best_depth(cost, w, risk=4), "the 2 is missing"),
    ("pre-best-depth", lambda cost, w: best_depth(cost, w**0.5), "width is not squared"),
    ("pre-best-depth", lambda cost, w: best_depth(-cost, w), "taken away"),
    ("pre-days-needed", lambda a, b, e: a**2 / e**2, "second mean"),
    ("pre-days-needed", lambda a, b, e: b**2 / e**2, "first mean"),
    ("pre-days-needed", lambda a, b, e: (a + b) ** 2 / e**2, "deviations are added"),
    ("pre-days-needed", lambda a, b, e: abs(a**2 - b**2) / e**2, "less certain than each"),
    ("pre-days-needed", lambda a, b, e: np.hypot(a, b) / e, "root is too much"),
    ("pre-days-needed", lambda a, b, e: (a**2 + b**2) / e, "error is not squared"),
    ("pre-clips-to-hold", lambda m, s, g: 2 * m / (g * s**2), "worth nothing any more"),
    ("pre-clips-to-hold", lambda m, s, g: m / (g * s), "deviation is not squared"),
    ("pre-clips-to-hold", lambda m, s, g: m / s**2, "γ is missing"),
    ("pre-clips-to-hold", lambda m, s, g: m - g / 2 * s**2, "how many to hold"),
    ("pre-clips-to-hold", lambda m, s, g: m**2 / (2 * g * s**2), "Asked is the number"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)


def test_the_ten_questions_are_the_exercises_of_the_text_in_its_order() -> None:
    asked = re.findall(r'check\("([^"]+)"', A1.split("## The letters")[0])
    assert asked == [one.exercise for one in NEEDED]
    assert len(asked) == A1.count("\n**Exercise ") == 10


@pytest.mark.parametrize("one", NEEDED, ids=lambda one: one.exercise)
def test_a_question_names_its_section_first_and_its_chapters_when_it_is_right(one) -> None:
    assert f"\n## {one.section}" in A1
    assert f"'{one.section}'" in EXERCISES[one.exercise].hints[0]
    says = check(one.exercise, dict(RIGHT)[one.exercise]).message.split("hapters ")[1]
    says = re.sub(r"(\d\d) to (\d\d)", lambda m: " ".join(f"{n:02}" for n in range(int(m[1]), int(m[2]) + 1)), says)
    assert set(re.findall(r"\b\d\d\b", says)) == set(one.chapters)


SIGNS = {
    "pre-marked-profits": r"np\.|\(n_paths",
    "pre-no-quote": r"NaN|np\.nan|no bid",
    "pre-move-in-minutes": r"sqrt\\tau|np\.sqrt|√|\\sigma",
    "pre-two-holdings": r"variance",
    "pre-either-side": r"λΔt|\\,dt",
    "pre-depth-for-a-wait": r"e\^\{-\\?k(appa)? ?\\?(\\delta|x|r)|e\^\(−",
    "pre-worth-of-a-bet": r"[Cc]ertainty equivalent|utility",
    "pre-still-quoting": r"e\^\{.*(M|K|\\tau)|linear system",
    "pre-best-depth": r"derivative",
    "pre-days-needed": r"[Ss]tandard error",
}
"""What a chapter that needs it has in its text."""


@pytest.mark.parametrize("one", NEEDED, ids=lambda one: one.exercise)
def test_a_chapter_that_is_said_to_need_it_uses_it(one) -> None:
    for chapter in one.chapters:
        text = next(TEXTS.glob(f"{chapter}_*.md")).read_text(encoding="utf-8")
        assert re.search(SIGNS[one.exercise], text.split("\n---\n", 1)[1]), chapter


def test_every_chapter_from_01_to_06_leads_to_a_section_here() -> None:
    sections = [heading.replace(" ", "-") for heading in re.findall(r"^## (.*)$", A1, re.MULTILINE)]
    for number in range(1, 7):
        text = next(TEXTS.glob(f"0{number}_*.md")).read_text(encoding="utf-8")
        needs = next(line for line in text.splitlines() if "**You need**" in line)
        assert re.findall(r"\(A1_prerequisites\.ipynb#([^)]+)\)", needs)[0] in sections


def test_what_is_to_be_read_is_a_link_to_its_heading() -> None:
    sections = {heading: heading.replace(" ", "-") for heading in re.findall(r"^## (.*)$", A1, re.MULTILINE)}
    links = re.findall(r"\| \[([^]]+)\]\(#([^()\s]+)\) \|", ten_questions()._repr_markdown_())
    assert links == [(one.section, sections[one.section]) for one in NEEDED]


def test_on_the_site_it_is_the_sites_own_name_of_the_heading() -> None:
    book = Book(TEXTS.parent)
    (page,) = (page for page in book.pages if page.docname == "A1_prerequisites")
    output = {"data": {"text/markdown": ten_questions()._repr_markdown_()}}
    list(cells_on_site(book, page, [{"cell_type": "code", "source": "", "outputs": [output]}], "", False, str))
    assert re.findall(r"\]\(#([^)]+)\)", output["data"]["text/markdown"]) == [anchor(one.section) for one in NEEDED]


def test_the_tables_follow_what_was_checked_last() -> None:
    right = dict(RIGHT)
    assert [row[3] for row in ten_questions().rows] == ["not yet"] * 10
    assert [row[1] for row in open_chapters().rows] == ["not yet"] * 6
    for one in NEEDED:
        if "01" in one.chapters:
            check(one.exercise, right[one.exercise])
    assert [row for row in open_chapters().rows if row[1] == "yes"] == [("01", "yes", "")]
    assert [row[0] for row in ten_questions().rows if row[3] == "right"] == ["1", "6", "10"]
    assert [row[4] for row in ten_questions().rows][:2] == ["", "Arrays: one number a path"]
    check("pre-days-needed", lambda a, b, error: 1.0)  # the last answer is what counts
    assert open_chapters().rows[0] == ("01", "not yet", "10")
    for one in NEEDED:
        check(one.exercise, right[one.exercise])
    assert [row[1] for row in open_chapters().rows] == ["yes"] * 6


def test_a_task_is_done_by_what_it_asks_for_and_by_nothing_nearby() -> None:
    shown = RandomDayExplorer()
    assert "✔" not in shown.words
    shown.set(time_step=0.09)
    assert "✔ Done: at σ = 2" in shown.words
    shown.set(time_step=0.08)
    assert "✔" not in shown.words
    shown.set(time_step=0.0097)
    assert "✔ Done: at λ = 20" in shown.words
    shown.set(rate=40.0)
    assert "✔" not in shown.words


@pytest.mark.parametrize("preset", RandomDayExplorer.presets)
def test_no_preset_does_a_task(preset: str) -> None:
    shown = RandomDayExplorer()
    shown.set(**shown.presets[preset])
    assert "✔" not in shown.words


def test_the_explorers_coins_and_orders_are_those_of_the_theory() -> None:
    s = RandomDayExplorer().answer({"volatility": 2.0, "rate": 20.0, "time_step": 0.05})
    assert s.moves.std() == pytest.approx(2 * np.sqrt(0.05), abs=4 * 2 * np.sqrt(0.05) / np.sqrt(2 * 2000))
    assert s.counts.mean() == pytest.approx(1.0, abs=4 / np.sqrt(1000))
    assert s.some == pytest.approx(1 - np.exp(-1), abs=4 * 0.5 / np.sqrt(1000))
