"""Chapter 00: the parts of a lesson that it has, its questions and its exercises."""

from __future__ import annotations

import re

import numpy as np
import pytest
from mmbook.ch00 import REVEALS, game_round
from mmbook.ch00.checks import CHECKS

from mmlab import Market, Quotes, Symmetric, simulate
from mmlab.simulation import History
from tests.mmbook import test_lessons as lesson
from tests.mmbook.checking import answers_with_numbers, right_answers, usual_mistakes

NAME = "00_start_here"
ORDER = ["The question, in money", "Predict", "What a market maker does", "Quote the day yourself"]
ORDER += ["Play: thirty decisions against a model", "What fails in practice", "Summary", "References"]

test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        ("width-that-earns", "24.1 on average at 0.10, 68.6 at 0.70 and 27.9 at 2.00"),
        ("price-of-a-skew", "On 2,000 days you make 63.5 ± 13.9 without a skew and 59.2 ± 6.4 with it"),
        ("friend-who-has-seen-a-die", "trades at 4 of the 6 faces, and you lose 0.67"),
    ]
)


def score(profit, held, gamma, sigma, dt, *, half=0.5, of=np.square, sign=-1, square=2):
    return profit + sign * half * gamma * sigma**square * dt * np.sum(of(np.array(held)))


def gains(half_spread):
    return np.arange(1, 7) - 3.5 - half_spread


test_right = right_answers(
    [
        ("score-by-hand", lambda profit, held, gamma, sigma, dt: score(profit, held, gamma, sigma, dt)),
        ("dice-market", lambda shown, hidden: (shown + 3.5 * hidden, np.sqrt(35 / 12 * hidden))),
        ("dice-market", lambda shown, hidden: [shown + 7 * hidden / 2, np.std(range(1, 7)) * hidden**0.5]),
        ("seen-die", lambda half_spread: np.maximum(gains(half_spread), 0).mean()),
    ]
)

test_mistakes = usual_mistakes(
    [
        ("score-by-hand", lambda p, held, g, v, dt: score(p, held, g, v, dt, half=1), "the ½ is lost"),
        ("score-by-hand", lambda p, held, g, v, dt: score(p, held, g, v, dt, sign=1), "is added. It takes away"),
        ("score-by-hand", lambda p, held, g, v, dt: score(0, held, g, v, dt, sign=1), "the price of the risk. The"),
        ("score-by-hand", lambda p, held, g, v, dt: score(p, held, g, v, dt, of=np.abs), "are not squared"),
        ("score-by-hand", lambda p, held, g, v, dt: score(p, held, g, v, dt, of=lambda q: q), "long and short cancel"),
        (
            "score-by-hand",
            lambda p, held, g, v, dt: score(p, held, g, v, dt, of=lambda q: sum(q) ** 2),
            "square the sum",
        ),
        ("score-by-hand", lambda p, held, g, v, dt: score(p, held, g, v, 1), "dt is forgotten"),
        ("score-by-hand", lambda p, held, g, v, dt: score(p, held[-1:], g, v, dt), "only the last inventory"),
        ("score-by-hand", lambda p, held, g, v, dt: score(p, held, g, v, dt, square=1), "σ is not squared"),
        ("score-by-hand", lambda p, held, g, v, dt: p, "it should be .*What is Σq²"),
        ("dice-market", lambda shown, hidden: (shown + 3.5 * hidden, 35 / 12 * hidden), "is the variance"),
        ("dice-market", lambda shown, hidden: (shown + 3.5 * hidden, np.sqrt(35 / 12) * hidden), "do not add up"),
        ("dice-market", lambda shown, hidden: (shown + 3 * hidden, np.sqrt(35 / 12 * hidden)), "is not 3"),
        ("dice-market", lambda shown, hidden: (shown + 3.5 * hidden, np.sqrt(3.5 * hidden)), "divided by 5"),
        ("dice-market", lambda shown, hidden: (3.5 * hidden, np.sqrt(35 / 12 * hidden)), "what is shown is missing"),
        ("dice-market", lambda shown, hidden: (np.sqrt(35 / 12 * hidden), shown + 3.5 * hidden), "the other order"),
        ("dice-market", lambda shown, hidden: (shown + 3.5 * hidden, 1.0), "What is each hidden die worth"),
        ("seen-die", lambda h: gains(h)[gains(h) > 0].mean(), "the loss of each trade"),
        ("seen-die", lambda h: -gains(h).mean(), "They buy only if that pays"),
        ("seen-die", lambda h: np.sum((gains(h) + h)[gains(h) > 0]) / 6, "you are paid the half-spread"),
        ("seen-die", lambda h: (gains(h) > 0).mean(), "how often they buy"),
        ("seen-die", lambda h: -np.maximum(gains(h), 0).mean(), "the sign is the other one"),
        ("seen-die", lambda h: 0.5, "At which faces does the customer buy"),
    ]
)


def test_the_chapter_has_the_parts_of_a_lesson_that_need_no_derivation() -> None:
    """No letters, no derivation, no proof: they begin with chapter 01."""
    text, prose = lesson.text_of(NAME), lesson.prose_of(NAME)
    headings = re.findall(r"^## (.*)$", prose, re.MULTILINE)
    assert [heading for heading in headings if heading in ORDER] == ORDER
    assert set(re.findall(r'predict\("([^"]+)"\)', text)) == set(REVEALS)
    assert set(lesson.exercises_of(NAME)) == set(CHECKS)
    assert "explain in two sentences" in text.lower()
    assert "How to mark it" in text
    assert "first_guesses()" in text.split("## Summary")[1]
    assert re.search(r"^\*Written in \w+ \d{4}\.\*", text.split("## What fails in practice")[1].strip())
    assert "assert " not in "".join(lesson.code_cells(NAME))
    assert text.count("<details>") == text.count("</details>") == 3


def test_its_minutes_goals_and_cells_are_those_of_every_lesson() -> None:
    lesson.test_each_goal_has_its_exercise(NAME)
    lesson.test_minutes_are_counted(NAME)
    lesson.test_a_cell_of_code_is_short_fits_the_screen_and_holds_no_assert_of_ours(NAME)
    lesson.test_one_minus_sign_in_prose(NAME)


@pytest.mark.parametrize("id", sorted(CHECKS))
def test_no_number_that_is_printed_solves_an_exercise(id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lesson, "COUNTED", [*lesson.COUNTED, NAME])
    lesson.test_no_printed_number_and_no_argument_is_an_answer(id)


def test_a_reader_plays_within_ten_minutes() -> None:
    before = lesson.text_of(NAME).split("QuotingGame()\n")[0]
    assert len(re.findall(r"\w+", lesson.FENCE.sub("", before))) / lesson.WORDS_A_MINUTE <= 10


def day(half_spread: float, skew: float = 0.0) -> History:
    tape = Market.avellaneda_stoikov_2008().tape(n_paths=1, n_steps=200, seed=8)
    if not skew:
        return simulate(Symmetric(half_spread=half_spread), tape)

    def by_hand(mid_price: float, inventory: float, time_left: float) -> Quotes:
        middle = mid_price - skew * inventory
        return Quotes.at(middle - half_spread, middle + half_spread)

    return simulate(by_hand, tape)


def test_the_day_gives_back_almost_half_of_what_the_spread_earned() -> None:
    one = day(0.75)
    assert 0.4 * one.edge[0] < one.pnl[0] < 0.6 * one.edge[0]


def test_what_comes_from_the_spread_rises_to_a_width_near_a_half_and_falls_beyond_it() -> None:
    edges = [day(half_spread).edge[0] for half_spread in (0.1, 0.5, 0.75, 1, 1.5, 2.5)]
    assert edges[0] < edges[1]
    assert edges[1:] == sorted(edges[1:], reverse=True)


def test_the_profit_does_not_follow_so_neatly() -> None:
    assert day(0.75).pnl[0] < day(0.5).pnl[0] < day(1).pnl[0]


def test_a_skew_gives_away_a_little_and_ties_the_inventory_down() -> None:
    skewed, plain = day(0.75, 0.2), day(0.75)
    assert 0.8 < skewed.edge[0] / plain.edge[0] < 1
    assert np.ptp(skewed.inventory) < 5


def test_orders_that_know_something_make_near_quotes_lose_and_wider_ones_best() -> None:
    def profit(half_spread: float, informed: bool) -> float:
        played = game_round.play(game_round.round_tape(informed=informed), ((half_spread, 0.0),) * 30)
        return float(game_round.attribute(played, game_round.day_of_seconds()).profit)

    assert profit(0.3, True) < 0 < profit(0.3, False)
    assert profit(1.2, True) > profit(0.75, True)
    assert profit(0.75, False) > profit(1.2, False)


def test_what_the_book_is_and_how_long_stands_before_anything_else() -> None:
    first, _, rest = lesson.text_of(NAME).partition("**After this chapter you can**")
    chapters = re.findall(r"^\| \[([0A]\d|1\d) .*\| (\d+) \|$", rest, re.MULTILINE)
    texts = [path.stem for path in sorted((lesson.NOTEBOOKS / "text").glob("*.md"))]
    stated = [re.search(r"\*\*Minutes\*\*: (\d+) reading, (\d+) exercises", lesson.text_of(name)) for name in texts]
    to_read, to_do = ([int(each[n]) for each in stated] for n in (1, 2))
    assert [int(minutes) for _, minutes in chapters] == to_read[1:]
    assert f"about {sum(to_read) / 60:.0f} hours to read, and {sum(to_do) / 60:.0f} more of exercises" in first
    assert [name[0] for name, _ in chapters].count("A") == 3
    assert len(chapters) == 19 + 3  # and this one
    assert "twenty chapters and three appendices" in first


def test_luck_is_shown_by_two_widths_whose_order_other_days_turn_round() -> None:
    near, far = (((width, 0.0),) * 30 for width in (0.3, 0.75))
    market, tape = game_round.day_of_seconds(), game_round.round_tape(informed=False)
    here = [game_round.attribute(game_round.play(tape, kept), market).score for kept in (near, far)]
    usual = [game_round.on_other_days(False, kept)[0] for kept in (near, far)]
    gained, lost = here[0] - here[1], usual[1] - usual[0]
    assert f"scored {gained:.0f} more than 0.75, and on other days it scores {lost:.0f} less" in lesson.text_of(NAME)
