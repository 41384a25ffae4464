"""What chapter 00 says in words of the days and rounds that it shows."""

from __future__ import annotations

import numpy as np
from mmbook.ch00 import game_round

from mmlab import Market, Quotes, Symmetric, simulate
from mmlab.simulation import History


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
        played = game_round.play(game_round.round_tape(informed=informed), [(half_spread, 0.0)] * 30)
        return float(game_round.attribute(played, game_round.day_of_seconds()).profit)

    assert profit(0.3, True) < 0 < profit(0.3, False)
    assert round(3 * profit(0.3, False) / profit(0.75, False)) == 2  # thirds of the best
    assert profit(1.2, True) > profit(0.75, True)
    assert profit(0.75, False) > profit(1.2, False)
