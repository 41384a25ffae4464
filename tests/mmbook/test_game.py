"""The game of chapter 00, played from code and by its buttons."""

from __future__ import annotations

import contextlib
import io

import numpy as np
import pytest
from mmbook.ch00 import QuotingGame
from mmbook.ch00.game_round import attribute, day_of_seconds, play, with_informed_orders

from mmlab import AvellanedaStoikov, Market, simulate

ROUND_1, ROUND_2 = QuotingGame.presets


@pytest.fixture(scope="module")
def tapes():
    tape = day_of_seconds().tape(n_paths=400, n_steps=300, seed=7)
    return tape, with_informed_orders(tape, share=0.8, look_ahead=30, seed=7)


def finished(preset: str, half_spread: float) -> QuotingGame:
    game = QuotingGame()
    game.choose(preset)
    game.set(half_spread=half_spread)
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


@pytest.mark.parametrize("preset", [ROUND_1, ROUND_2])
def test_the_parts_of_a_profit_add_up_to_it(preset: str) -> None:
    game = finished(preset, 0.6)
    history = game.answer(game.values).day
    parts = attribute(history, day_of_seconds())
    assert parts.spread + parts.informed + parts.inventory == pytest.approx(float(history.pnl[0]), abs=1e-9)
    trades = history.bid_fill.sum() + history.ask_fill.sum()
    assert parts.spread == pytest.approx(0.6 * trades)


def test_round_two_teaches_that_a_spread_is_not_free_money() -> None:
    calm, close, wide = (finished(*game).words for game in ((ROUND_1, 0.75), (ROUND_2, 0.3), (ROUND_2, 1.2)))
    profit = [float(words.split("You made ")[1].split(":")[0]) for words in (calm, close, wide)]
    assert profit[0] > 0 > profit[1]
    assert profit[2] > 0
    assert "a spread is not free money" in close


def test_the_same_choices_give_the_same_day_and_taking_back_undoes_one() -> None:
    game = QuotingGame()
    game.quote(0.75, 0.0)
    after_one = game.words
    game.quote(0.4, -0.5)
    assert game.words != after_one
    game.take_back()
    game.set(half_spread=0.75, skew=0.0)
    assert game.words == after_one
    assert game.choices == ((0.75, 0.0),)


def test_the_day_ends_and_a_new_round_or_reset_starts_again() -> None:
    game = finished(ROUND_1, 0.75)
    assert len(game.choices) == 30
    words = game.words
    game.screen.buttons["Quote 10 seconds"].click()
    assert game.words == words
    game.reset()
    assert game.choices == ()
    assert game.words.startswith("Second 0 of 300")
    game.quote()
    game.choose(ROUND_2)
    assert game.round == 2
    assert game.choices == ()


def test_a_skew_moves_both_quotes_and_the_words_say_where_they_stand() -> None:
    game = QuotingGame()
    game.set(half_spread=0.5, skew=-0.25)
    assert "bid 99.25, ask 100.25, mid 100.00" in game.words


def test_choices_of_the_first_seconds_do_not_see_the_last(tapes) -> None:
    tape, _ = tapes
    short, long = play(tape, [(0.75, 0.0)] * 3), play(tape, [(0.75, 0.0)] * 30)
    assert (short.inventory == long.inventory[:31]).all()


def test_before_the_close_the_model_is_not_shown() -> None:
    game = QuotingGame()
    game.quote()
    assert "Avellaneda" not in game.words + game.svg
    game.quote_to_the_close()
    assert "Avellaneda" in game.words
    assert "Avellaneda" in game.svg


@pytest.mark.parametrize("preset", [ROUND_1, ROUND_2])
def test_the_shown_code_plays_the_same_game(preset: str) -> None:
    game = QuotingGame()
    game.choose(preset)
    for skew in (0.0, -0.5, 0.5):
        game.quote(0.6, skew)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(game.code(), {})
    held, profit = map(float, printed.getvalue().split())
    assert f"You hold {held:+.0f} clips and have made {profit:+.1f}." in game.words
