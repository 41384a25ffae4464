"""The game of chapter 00, played from code and by its buttons."""

from __future__ import annotations

import contextlib
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from mmbook.ch00 import QuotingDayExplorer, QuotingGame
from mmbook.ch00.game_round import (
    SEED,
    attribute,
    day_of_seconds,
    model_day,
    on_other_days,
    other_days,
    play,
    scores,
    the_model,
    with_informed_orders,
)

from mmlab import AvellanedaStoikov, Market, simulate
from mmlab.teach.words import position

ROUND_1, ROUND_2 = QuotingGame.presets


@pytest.fixture(scope="module")
def tapes():
    tape = day_of_seconds().tape(n_paths=400, n_steps=300, seed=7)
    return tape, with_informed_orders(tape, share=0.8, look_ahead=30, seed=7)


def quote(game: QuotingGame, **values: float) -> None:
    game.set(**values)
    game.screen.buttons["Quote 10 seconds"].click()


def rounds(game: QuotingGame) -> list[list[str]]:
    """The rows of its board."""
    (board,) = game.cells
    return [re.findall("<td>(.*?)</td>", row) for row in board.value.split("<tr>")[2:]]


def finished(preset: str, half_spread: float, skew: float = 0.0, game: QuotingGame | None = None) -> QuotingGame:
    game = game or QuotingGame()
    game.choose(preset)
    game.set(half_spread=half_spread, skew=skew)
    game.screen.buttons["Quote to the close"].click()
    return game


def test_the_day_of_seconds_is_the_papers_day_with_another_clock() -> None:
    seconds, paper = day_of_seconds(), Market.avellaneda_stoikov_2008()
    ours, papers = (AvellanedaStoikov.for_market(m, risk_aversion=0.1) for m in (seconds, paper))
    assert np.allclose(ours.depths(3, 0.75 * 300), papers.depths(3, 0.75))


def test_informed_traders_change_neither_the_mid_nor_the_orders_only_who_sends_them(tapes) -> None:
    calm, informed = tapes
    assert (calm.mid == informed.mid).all()
    for pick in (np.maximum, np.minimum):
        assert (pick(calm.buy_reach, calm.sell_reach) == pick(informed.buy_reach, informed.sell_reach)).all()


def test_informed_traders_cost_what_the_mid_does_after_the_trades_and_not_the_spread(tapes) -> None:
    calm, informed = (simulate(AvellanedaStoikov.for_market(day_of_seconds(), risk_aversion=0.1), t) for t in tapes)
    profits = [h.pnl.mean() for h in (calm, informed)]
    error = np.hypot(*(h.pnl.std() / 20 for h in (calm, informed)))
    assert profits[0] - profits[1] > 8 * error
    assert informed.edge.mean() == pytest.approx(calm.edge.mean(), rel=0.1)


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("preset", [ROUND_1, ROUND_2])
def test_the_parts_of_a_profit_add_up_to_it(preset: str) -> None:
    game = finished(preset, 0.6)
    history = game.answer(game.values).day
    parts = attribute(history, day_of_seconds())
    assert parts.spread + parts.informed + parts.inventory == pytest.approx(float(history.pnl[0]), abs=1e-9)
    trades = history.bid_fill.sum() + history.ask_fill.sum()
    assert parts.spread == pytest.approx(0.6 * trades)


@pytest.mark.usefixtures("undrawn")
def test_round_two_teaches_that_a_spread_is_not_free_money() -> None:
    calm, close, wide = (finished(*game).words for game in ((ROUND_1, 0.75), (ROUND_2, 0.3), (ROUND_2, 1.2)))
    profit = [float(words.split("You made ")[1].split(":")[0].replace("−", "-")) for words in (calm, close, wide)]
    assert profit[0] > 0 > profit[1]
    assert profit[2] > 0
    assert "a spread is not free money" in close


@pytest.mark.usefixtures("undrawn")
def test_the_same_choices_give_the_same_day_and_taking_back_undoes_one() -> None:
    game = QuotingGame()
    quote(game, half_spread=0.75, skew=0.0)
    after_one = game.words
    quote(game, half_spread=0.4, skew=0.5)
    assert game.words != after_one
    game.screen.buttons["Take back"].click()
    game.set(half_spread=0.75, skew=0.0)
    assert game.words == after_one
    assert game.values["choices"] == ((0.75, 0.0),)


@pytest.mark.usefixtures("undrawn")
def test_the_day_ends_and_a_new_round_or_reset_starts_again() -> None:
    game = finished(ROUND_1, 0.75)
    assert len(game.values["choices"]) == 30
    words = game.words
    game.screen.buttons["Quote 10 seconds"].click()
    assert game.words == words
    game.reset()
    assert game.values["choices"] == ()
    assert game.words.startswith("Second 0 of 300")
    quote(game)
    game.choose(ROUND_2)
    assert game.values["informed"]
    assert game.values["choices"] == ()


def test_a_skew_moves_both_quotes_down_for_a_clip_held_and_up_for_one_short() -> None:
    game = QuotingGame()
    quote(game, half_spread=0.75, skew=0.0)
    assert "You are short 1 clip." in game.words
    game.set(half_spread=0.5, skew=0.25)
    assert "bid 99.70, ask 100.70, mid 99.95" in game.words


def test_game_explorer_and_model_mean_the_same_by_skew_with_the_same_sign() -> None:
    """A skew of 0.4 moves the quotes of each as the model's own at the open: γσ²τ = 0.1 · 2² · 1."""
    day, explorer = (
        play(day_of_seconds().tape(n_paths=1, n_steps=300, seed=3), ((0.75, 0.4),) * 30),
        QuotingDayExplorer(),
    )
    explorer.set(half_spread=0.75, skew=0.4)
    for history in (day, explorer.answer(explorer.values).day):
        middle = (history.bid_price + history.ask_price)[:, 0] / 2
        assert middle == pytest.approx(history.mid[:-1, 0] - 0.4 * history.inventory[:-1, 0])
    bid, ask = the_model().depths(1.0, 300.0)
    assert (ask - bid) / 2 == pytest.approx(-0.4)
    assert QuotingGame.sliders.keys() == QuotingDayExplorer.sliders.keys()


def test_choices_of_the_first_seconds_do_not_see_the_last(tapes) -> None:
    tape, _ = tapes
    short, long = play(tape, ((0.75, 0.0),) * 3), play(tape, ((0.75, 0.0),) * 30)
    assert (short.inventory == long.inventory[:31]).all()


def test_before_the_close_the_model_is_not_shown() -> None:
    game = QuotingGame()
    quote(game)
    assert "Avellaneda" not in game.words + game.svg
    game.screen.buttons["Quote to the close"].click()
    assert "Avellaneda" in game.words
    assert "Avellaneda" in game.svg


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("preset", [ROUND_1, ROUND_2])
def test_the_shown_code_plays_the_same_game(preset: str) -> None:
    game = QuotingGame()
    game.choose(preset)
    for skew in (0.0, 0.5, 0.25):
        quote(game, half_spread=0.6, skew=skew)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(game.code(), {})
    held, profit, score = map(float, printed.getvalue().split())
    words = game.words.replace("−", "-")
    assert f"You are {position(held).lower()}. Score so far {score:+.1f} = profit {profit:+.1f} less" in words


def hurts(seed: int) -> bool:
    """What the tape of the game was chosen for, as the comment at its seed says."""
    market = day_of_seconds()
    calm = market.tape(n_paths=1, n_steps=300, seed=seed)

    def kept(informed: bool, half_spread: float, skew: float = 0.0):
        tape = with_informed_orders(calm, 0.8, 30, seed) if informed else calm
        return attribute(play(tape, ((half_spread, skew),) * 30), market)

    unattended = kept(False, 0.75)
    if unattended.profit - unattended.spread > -25:
        return False
    for informed in (False, True):
        tape = with_informed_orders(calm, 0.8, 30, seed) if informed else calm
        model = attribute(simulate(the_model(), tape), market)
        if min(kept(informed, 0.75, 0.2).score, model.score) < kept(informed, 0.75).score + 15:
            return False
    return (
        kept(True, 0.3).profit < 0 < kept(False, 0.3).profit
        and kept(False, 1.2).profit < unattended.profit
        and kept(True, 0.75).profit < kept(True, 1.2).profit
    )


def test_the_seed_is_the_first_with_which_unattended_inventory_hurts() -> None:
    each = [day_of_seconds().tape(n_paths=1, n_steps=300, seed=seed) for seed in range(1, SEED + 1)]
    names = ("mid", "buy_reach", "sell_reach", "buy_size", "sell_size")
    tape = replace(each[0], **{name: np.hstack([getattr(one, name) for one in each]) for name in names})
    unattended = play(tape, ((0.75, 0.0),) * 30)  # all days at once: those on which the mid takes little are out
    days = 1 + np.flatnonzero(unattended.pnl - unattended.edge <= -25)
    assert [int(seed) for seed in days if hurts(int(seed))] == [SEED]


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("preset", [ROUND_1, ROUND_2])
def test_whoever_attends_to_nothing_loses_to_whoever_skews_and_to_the_model(preset: str) -> None:
    words = [finished(preset, 0.75, skew).words.replace("−", "-") for skew in (0.0, 0.2)]
    unattended, skewed = (float(each.split("Your score ")[1].split(",")[0]) for each in words)
    model = float(words[0].split("the model's ")[1].split(". ")[0])
    assert min(skewed, model) > unattended + 15
    assert "inventory" in words[0] or preset == ROUND_2


def test_the_score_is_the_profit_less_half_gamma_sigma_squared_times_the_squares_held(tapes) -> None:
    history = play(tapes[0], ((0.75, 0.1),) * 30)
    so_far, market = scores(history, day_of_seconds()), day_of_seconds()
    assert so_far.shape == history.wealth.shape
    assert (so_far[0] == 0).all()
    by_hand = 0.0
    for n in range(7):
        by_hand += 0.5 * 0.1 * market.volatility**2 * history.inventory[n + 1, 5] ** 2
    assert so_far[7, 5] == pytest.approx(history.wealth[7, 5] - by_hand)
    assert (np.diff(history.wealth - so_far, axis=0) >= -1e-12).all()  # risk only adds up
    assert attribute(history, market).score == pytest.approx(so_far[-1, 0])


def test_the_score_grows_on_screen_while_one_plays() -> None:
    game, titles = QuotingGame(), []
    for _ in range(3):
        quote(game, half_spread=0.75, skew=0.2)
        score = game.words.split("Score so far ")[1].split(" = ")[0].lstrip("+")
        assert f"Score so far {score}" in game.svg
        assert "your score" in game.svg
        titles.append(score)
    assert len(set(titles)) == 3


@pytest.mark.usefixtures("undrawn")
def test_the_verdict_comes_first_at_the_close_and_the_inventory_before() -> None:
    game = QuotingGame()
    assert game.words.startswith("Second 0 of 300. You are flat. Score so far +0.0")
    game.screen.buttons["Quote to the close"].click()
    assert game.words.index("Your score") < game.words.index("the model's") < game.words.index("You held far more")
    assert game.words.index("You held far more") < 100


@pytest.fixture(scope="module")
def game() -> QuotingGame:
    """One for many rounds: making it costs more than a round."""
    return QuotingGame()


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("preset", [ROUND_1, ROUND_2])
@pytest.mark.parametrize("half_spread", [0.1, 0.75, 1.2, 2.5])
@pytest.mark.parametrize("skew", [0.0, 0.1, 0.2, 0.6])
def test_the_verdict_names_what_is_true_of_the_round(
    game: QuotingGame, preset: str, half_spread: float, skew: float
) -> None:
    finished(preset, half_spread, skew, game)
    mine = attribute(game.answer(game.values).day, day_of_seconds())
    model = model_day(preset == ROUND_2)[0]
    worse = {
        "You beat the model": model.score - mine.score,
        "earned more from the spread": mine.spread - model.spread,
        "often knew better": mine.informed + 0.3 * abs(mine.spread),
        "far more inventory": 2 * model.risk - mine.risk,
        "what the mid did to your clips": mine.score - mine.spread - (model.score - model.spread),
    }
    (verdict,) = (each for each in worse if each in game.words)
    assert worse[verdict] < 0


@pytest.mark.usefixtures("undrawn")
def test_finished_rounds_are_kept_once_each_through_take_back_reset_and_the_other_round() -> None:
    game = finished(ROUND_1, 0.75)
    assert [row[:2] for row in rounds(game)] == [["1", "13.4 ★"]]
    game.set(half_spread=1.0)  # moves the sliders, not the day that is over
    game.screen.buttons["Take back"].click()
    assert len(rounds(game)) == 1
    quote(game, half_spread=0.75, skew=0.0)  # the same again
    assert len(rounds(game)) == 1
    game.choose(ROUND_2)
    assert len(rounds(game)) == 1
    game.screen.buttons["Quote to the close"].click()
    game.choose(ROUND_1)
    game.set(half_spread=0.75, skew=0.2)
    game.screen.buttons["Quote to the close"].click()
    game.reset()
    assert [row[0] for row in rounds(game)] == ["1", "2", "1"]
    assert ["★" in row[1] for row in rounds(game)] == [False, True, True]


@pytest.mark.usefixtures("undrawn")
def test_the_board_keeps_the_best_and_the_last_rounds_and_counts_all() -> None:
    game = QuotingGame()
    for half_spread in (0.75, 0.1, 0.2, 0.3, 0.4, 2.0, 2.1):
        game.reset()
        game.set(half_spread=half_spread, skew=0.2)
        game.screen.buttons["Quote to the close"].click()
    (board,) = game.cells
    assert board.value.count("<tr>") == 1 + 5
    assert board.value.count("★</td>") == 1
    assert "7 finished" in board.value


@pytest.mark.usefixtures("undrawn")
def test_how_much_is_luck_is_measured_on_other_days(mean_error) -> None:
    choices = ((0.75, 0.2),) * 30
    mean, sd = on_other_days(False, choices)
    by_day = scores(play(other_days(False), choices), day_of_seconds())[-1]
    assert len(by_day) == 200
    assert (mean, sd) == pytest.approx((by_day.mean(), by_day.std(ddof=1)))
    others = scores(play(day_of_seconds().tape(n_paths=400, n_steps=300, seed=7), choices), day_of_seconds())[-1]
    assert abs(mean - others.mean()) < 4 * np.hypot(mean_error(by_day), mean_error(others))
    assert f"on 200 other days your quotes score {mean:.0f} ± {sd:.0f}" in finished(ROUND_1, 0.75, 0.2).words
