"""Appendix A3: whatever a reader writes, each section says a sentence, and where it runs the numbers are mmlab's."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mmbook.cha3 import (
    diagnosed,
    elsewhere,
    exactly,
    on_one_tape,
    picture,
    replayed,
    report,
    review,
    under_limits,
    verdict,
)
from mmbook.cha3.bench import MARKET, OTHERS, RIVALS, by_day, day_of, rivals, start
from mmbook.cha3.strategy import LIMIT, InOtherUnits, Strategy

from mmlab import Quotes, Symmetric, exact_moments
from mmlab.teach import check
from tests.mmbook.checking import answers_with_numbers, right_answers, usual_mistakes
from tests.mmbook.test_lessons import FENCE, MINUTES_A_CELL, MINUTES_AN_EXERCISE, WORDS_A_MINUTE, to_five

SECTIONS = (picture, exactly, on_one_tape, under_limits, elsewhere, replayed, diagnosed, verdict, report)
QUICK = (exactly, on_one_tape, elsewhere)


def good(mid_price, inventory, time_left):
    middle = mid_price - 0.1 * inventory
    return middle - 0.75, middle + 0.75


def plain(mid_price, inventory, time_left):
    """The same of single numbers, with an `if`."""
    middle = mid_price - 0.1 * inventory
    if time_left < 0:
        return None
    return (middle - 0.75, middle + 0.75) if inventory < 100 else (middle - 9, middle + 9)


def raising(mid_price, inventory, time_left):
    half = 1 / 0
    return mid_price - half, mid_price + half


def returning_none(mid_price, inventory, time_left):
    bid = mid_price - 1
    bid + 2


def crossing(mid_price, inventory, time_left):
    return mid_price - 0.2 * inventory + 0.1, mid_price - 0.2 * inventory - 0.1


RNG = np.random.default_rng(1)


def at_random(mid_price, inventory, time_left):
    return mid_price - RNG.random(), mid_price + RNG.random()


def absolute(mid_price, inventory, time_left):
    return 99.5 - 0.1 * inventory, 100.5 - 0.1 * inventory


def wrong_way(mid_price, inventory, time_left):
    return mid_price + 0.1 * inventory - 1, mid_price + 0.1 * inventory + 1


def never_long(mid_price, inventory, time_left):
    middle = mid_price - 0.1 * inventory
    return np.where(inventory >= 3, np.nan, middle - 0.7), middle + 0.7


def of_table(mid_price, inventory, time_left):
    table = np.linspace(0.5, 1.5, 31)
    return mid_price - table[int(inventory) + 15], mid_price + table[15 - int(inventory)]


def with_no_time_left(mid_price, inventory, time_left):
    half = 0.1 / time_left
    return mid_price - half, mid_price + half


def large(mid_price, inventory, time_left):
    return Quotes.at(mid_price - 1 - 0.1 * inventory, mid_price + 1 - 0.1 * inventory, size=2.0)


COUNTER = count()


def counting(mid_price, inventory, time_left):
    return mid_price - 1 - 0.01 * next(COUNTER), mid_price + 1


class Model:
    def quotes(self, mid_price, inventory, time_left):
        return good(mid_price, inventory, time_left)


@pytest.mark.parametrize(
    ("quotes", "exact", "says"),
    [
        (good, "", "It shows a bid and an ask at each inventory from −20 to 20 clips"),
        (good, "", "moves both quotes by 1: exact moments exist"),
        (good, "", "Its quotes go down as the inventory grows"),
        (plain, "", "moves both quotes by 1: exact moments exist"),
        (crossing, "", "The bid is at or above the ask at 41 of 41 inventories"),
        (at_random, "asked twice it gives different quotes", "Asked twice it gives different quotes: no exact moments"),
        (counting, "asked twice it gives different quotes", "Asked twice it gives different quotes: no exact moments"),
        (
            lambda mid, q, left: (np.floor(mid) - 1, np.floor(mid) + 2),
            "a mid that is 0.37 higher moves a quote by 0",
            "0.37",
        ),
        (absolute, "a mid that is 1 higher moves a quote by 0, not by 1", "A mid that is 1 higher moves a quote by 0"),
        (wrong_way, "", "long, it buys dearer. The sign is the wrong way"),
        (never_long, "", "It shows no bid at 18 of 41 inventories, such as +3"),
        (large, "it shows other sizes than one clip", "other sizes than one clip"),
        (Symmetric(half_spread=0.7), "", "do not look at the inventory"),
        (Model(), "", "Asked twice, it gives the same"),
        (lambda mid, q, left: (mid * np.nan, mid * np.nan), "", "It shows no price anywhere"),
    ],
)
def test_a_review_says_what_a_strategy_does(quotes: Any, exact: str, says: str) -> None:
    mine = review(quotes)
    assert mine.works
    assert mine.exact.startswith(exact)
    assert bool(mine.exact) == bool(exact)
    assert re.search(re.escape(says).replace(r"\.\*", ".*"), " ".join(sentence for *_, sentence in mine.findings))


def test_of_a_strategy_that_changes_by_itself_nothing_is_said_about_the_mid() -> None:
    assert "mid?" not in {question for _, question, _ in review(at_random).findings}
    assert "mid?" in {question for _, question, _ in review(absolute).findings}


def gives(returned: Any) -> Any:
    def quotes(mid_price, inventory, time_left):
        return returned

    return quotes


BROKEN = [
    (raising, r"`raising\(.*\)` raised ZeroDivisionError: division by zero \(line \d+, `half = 1 / 0`\)"),
    (of_table, r"`of_table\(.*inventory=-20.*\)` raised IndexError"),
    (with_no_time_left, r"`with_no_time_left\(.*time_left=0\)` raised ZeroDivisionError.*`half = 0.1 / time_left`"),
    (returning_none, r"`returning_none\(100, 0, 1\)` returned None. End it with `return bid, ask`"),
    (None, "Write a function `quotes"),
    (..., "Write a function `quotes"),
    (3.0, "Write a function `quotes"),
    (gives(3.0), "returned 3, which is no pair"),
    (gives((1.0, 2.0, 3.0)), "which is no pair"),
    (gives((99.0, None)), "returned None for its ask. Where you show none, return np.nan"),
    (gives((-np.inf, 101.0)), "returned a bid that is infinite. Where you show none, return np.nan"),
    (gives(("99", 101.0)), "returned a bid that is no number: '99'"),
    (gives((np.zeros(3), np.ones(3))), r"a bid that is no number: \[0"),
    (lambda mid, q: (mid, mid), r"must take 3 arguments, \(mid_price, inventory, time_left\)"),
]


@pytest.mark.parametrize(("quotes", "says"), BROKEN)
def test_where_nothing_runs_every_section_says_why_and_none_raises(quotes: Any, says: str, tmp_path: Path) -> None:
    mine = review(quotes)
    assert not mine.works
    assert re.search(says, repr(mine))
    for section in SECTIONS:
        sentence = section(mine, tmp_path).sentence if section is report else section(mine).sentence
        assert sentence.startswith("Nothing yet: write a strategy first. ")
        assert re.search(says, sentence)
    assert not list(tmp_path.iterdir())


def test_the_line_is_that_of_the_readers_function() -> None:
    line = raising.__code__.co_firstlineno + 1
    assert f"(line {line}, " in review(raising).why_not


def test_a_loop_without_an_end_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(mid_price, inventory, time_left):
        while True:
            pass

    monkeypatch.setattr(sys.modules["mmbook.cha3.review"], "SECONDS", 0.2)
    assert "had not answered after 0.2 s. Does a loop in it never end?" in repr(review(endless))


@pytest.mark.parametrize("quotes", [good, plain, crossing, at_random, absolute, never_long, large])
def test_every_section_runs_on_every_strategy_that_can_be_asked(quotes: Any) -> None:
    mine = review(quotes)
    for section in (*QUICK, under_limits):
        found = section(mine)
        assert found.table
        assert "nan" not in repr(found)
    assert "It is sampled, not exact" in exactly(mine).sentence or not mine.exact


def test_exact_numbers_are_exact_moments_and_a_function_of_numbers_has_the_same() -> None:
    day = exact_moments(Strategy(good, shifts=True), MARKET, 200)
    worth = day.mean - 0.05 * day.sd**2
    for quotes in (good, plain):
        mean, error, sd, value, _, held = day_of(review(quotes))
        assert (mean, sd, held) == pytest.approx((day.mean, day.sd, day.inventory_sd), rel=1e-12)
        assert value == pytest.approx(worth, rel=1e-9)
        assert error == 0
    informed = exactly(review(good), 60)
    assert f"it is worth {worth:.2f}: " in informed.sentence
    assert f"You guessed 60: {worth - 60:.1f} off" in informed.sentence


@pytest.mark.parametrize("quotes", [good, wrong_way, Symmetric(half_spread=0.75).quotes])
def test_a_sampled_day_agrees_with_the_exact_one_within_its_errors(quotes: Any) -> None:
    exact = review(quotes)
    drawn = replace(exact, exact="for this test")
    day, sample = day_of(exact), day_of(drawn)
    assert 0 < abs(sample.mean - day.mean) < 3 * sample.mean_error
    assert 0 < abs(sample.worth - day.worth) < 3 * sample.error


def test_what_a_day_is_worth_hardly_depends_on_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for quotes in (good, wrong_way, Symmetric(half_spread=0.75).quotes):
        coarse, fine = (exact_moments(Strategy(quotes, shifts=True), MARKET, n_steps) for n_steps in (200, 800))
        assert abs((coarse.mean - 0.05 * coarse.sd**2) - (fine.mean - 0.05 * fine.sd**2)) < 2


def test_what_the_text_says_the_rivals_are_worth() -> None:
    worth = {name: day_of(model).worth for name, model in RIVALS.items()}
    assert [round(worth[name]) for name in ("Guéant", "symmetric ±0.75")] == [65, 59]
    assert "is worth 65, quotes that stand 0.75 from the mid whatever you hold, 59" in TEXT
    true = exact_moments(RIVALS["symmetric ±0.75"], MARKET, 200).certainty_equivalent(0.1)
    assert true < worth["symmetric ±0.75"] - 5  # of quotes that let the inventory run, worth thinks too well


def test_nobody_on_the_page_holds_more_than_the_limit() -> None:
    for policy in (Strategy(wrong_way, shifts=True), *RIVALS.values()):
        day = exact_moments(policy, MARKET, 200)
        beyond = np.abs(day.inventories) > LIMIT
        assert day.inventory_distribution[:, beyond].sum() == 0


def test_what_a_profit_is_worth_shifts_with_it_and_is_below_the_mean() -> None:
    pnl = np.random.default_rng(3).normal(50, 7, 4000)
    worth = by_day(pnl).mean()
    assert worth == pytest.approx(pnl.mean() - 0.05 * pnl.var())
    assert by_day(pnl + 9).mean() == pytest.approx(worth + 9)


def test_a_strategy_that_breaks_later_stops_a_section_with_its_sentence() -> None:
    def early(mid_price, inventory, time_left):
        return mid_price - 1, mid_price + 1 / (time_left - 0.25)

    found = on_one_tape(review(early))
    assert re.match(r"This section stops here: `early\(.*\)` raised ZeroDivisionError", found.sentence)


def test_a_rival_beside_itself_is_no_different() -> None:
    assert re.search("0.00 (more|less) than Guéant", on_one_tape(review(RIVALS["Guéant"].quotes)).sentence)


def test_units_carry_over_and_back() -> None:
    there = InOtherUnits(Strategy(good, shifts=True), first_mid=50.0, price=0.04, time=1800.0)
    quotes = there.quotes(np.array([50.4]), np.array([2.3]), 900.0)
    assert quotes.bid_price == pytest.approx(50.4 + 0.04 * (-0.1 * 2 - 0.75))
    assert quotes.ask_price == pytest.approx(50.4 + 0.04 * (-0.1 * 2 + 0.75))
    fair = InOtherUnits(Strategy(absolute), first_mid=50.0, price=0.04, time=1800.0)
    assert fair.quotes(np.array([51.0]), np.array([0.0]), 900.0).bid_price == pytest.approx(50 - 0.04 * 0.5)


def test_the_replay_the_verdict_and_the_report_name_the_strategy(tmp_path: Path) -> None:
    mine = review(good)
    found = replayed(mine)
    assert found.table is not None
    mine_back, mine_front, *_ = found.table.rows
    assert int(mine_back[2]) < int(mine_front[2])
    lines = verdict(mine).table
    assert lines is not None
    assert len(lines.rows) == 10
    assert "−0.30" in repr(lines)
    written = report(mine, tmp_path)
    page = (tmp_path / "report_of_good.html").read_text(encoding="utf-8")
    assert "The strategy good: half an hour" in page
    assert str(tmp_path / "report_of_good.html") in written.sentence
    assert (tmp_path / "report_of_good.csv").exists()


def avellaneda_stoikov(of_sigma: float) -> Any:
    """Equations 29 and 30, with what stands for σ²."""

    def quotes(mid_price, inventory, time_left):
        middle = mid_price - inventory * 0.1 * of_sigma * time_left
        half = (0.1 * of_sigma * time_left + 2 / 0.1 * math.log(1 + 0.1 / 1.5)) / 2
        return middle - half, middle + half

    return quotes


def test_a_known_formula_is_diagnosed_and_an_own_one_has_a_nearest() -> None:
    assert diagnosed(review(avellaneda_stoikov(4.0))).line.startswith("right: ")
    wrong = diagnosed(review(avellaneda_stoikov(2.0)))
    assert wrong.line.startswith(("mistake: ", "undecided: "))
    assert "σ stands where σ² belongs" in wrong.sentence
    assert "no formula of this workbook" in diagnosed(review(good)).sentence
    assert "no formula of this workbook" in diagnosed(review(at_random)).sentence


def test_the_nearest_formula_is_named_only_if_it_is_right_and_near() -> None:
    def beside_the_paper(by: float) -> Any:
        paper = avellaneda_stoikov(4.0)
        return lambda mid, q, left: (paper(mid, q, left)[0] - by, paper(mid, q, left)[1] + by)

    assert "never further than 0.05 from Avellaneda–Stoikov" in diagnosed(review(beside_the_paper(0.05))).sentence
    for far in (beside_the_paper(0.6), wrong_way, never_long):
        assert diagnosed(review(far)).sentence.endswith("it is your own.")


def test_no_constant_half_spread_and_no_first_strategy_passes() -> None:
    for half in np.arange(0.3, 3.0, 0.3):
        assert not check("own-score", lambda mid, q, left, half=half: (mid - half, mid + half))
    assert not check("own-score", start)
    assert not check("own-score", RIVALS["Guéant"].quotes)


def skewed(half: float, skew: float) -> Any:
    return lambda mid, q, left: (mid - half - skew * q, mid + half - skew * q)


test_right = right_answers([("own-score", skewed(1.1, 0.15)), ("own-score", skewed(1.1, 0.2))])
test_mistakes = usual_mistakes(
    [
        ("own-score", start, "0 of 100, and 60 are asked for"),
        ("own-score", skewed(1.1, -0.15), "The sign is the wrong way"),
        ("own-score", skewed(-1.1, 0.15), "The bid is at or above the ask"),
        ("own-score", returning_none, "returned None"),
        ("own-score", gives(3.0), "which is no pair"),
    ]
)
test_answers = answers_with_numbers([("own-best-of-twenty", "The best of twenty shows.*2.0 errors")])


def test_other_markets_change_one_number_each_and_their_rivals_are_told() -> None:
    assert OTHERS["σ doubles"].volatility == 2 * MARKET.volatility
    for market in OTHERS.values():
        best = rivals(market)["Guéant"]
        assert best.volatility == pytest.approx(market.total_volatility)


TEXT = (Path(__file__).parents[2] / "notebooks" / "text" / "A3_your_strategy.md").read_text(encoding="utf-8")


def test_minutes_are_counted_and_one_cell_is_to_edit() -> None:
    body = TEXT.split("\n---\n", 1)[1]
    cells = FENCE.findall(body)
    words = len(re.findall(r"\w+", FENCE.sub("", body)))
    counted = to_five(words / WORDS_A_MINUTE + MINUTES_A_CELL * sum("check(" not in cell for cell in cells))
    stated = re.search(r"\*\*Minutes\*\*: (\d+) reading, (\d+) exercises", body)
    assert stated
    n_exercises = len(re.findall(r"^\*\*Exercise \d", body, re.MULTILINE))
    assert (int(stated[1]), int(stated[2])) == (counted, n_exercises * MINUTES_AN_EXERCISE)
    assert sum("def quotes(" in cell for cell in cells) == 1
    given: dict[str, Any] = {}
    exec(next(cell for cell in cells if "def quotes(" in cell), given)
    at = np.array([100.0, 101.0]), np.array([2.0, -5.0]), 0.5
    ours = start(*at)
    np.testing.assert_allclose(given["quotes"](*at), (ours.bid_price, ours.ask_price))


@pytest.mark.parametrize("body", ["    half = 1 / 0", "    ...", "    return mid_price"])
def test_with_a_broken_strategy_no_cell_of_the_page_raises(body: str) -> None:
    kernel: dict[str, Any] = {}
    for cell in FENCE.findall(TEXT):
        own = "def quotes(mid_price, inventory, time_left):\n" + body
        exec(own if "def quotes(" in cell else cell, kernel)
    assert not kernel["mine"].works
