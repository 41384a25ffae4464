"""The table: what trades first, what is conserved, and that an hour is the same whoever plays it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab.market.order_book import BUY, SELL
from mmlab.tournament.hours import Client, Conditions, Hour, coins, draw_hour
from mmlab.tournament.match import Match, on_ticks
from mmlab.tournament.parts import PARTS, results
from mmlab.tournament.rounds import play_hour
from tests.tournament.here import Here

SHORT = Conditions(n_steps=60, foresight=3)
PLAIN = "def quotes(mid_price, inventory, time_left):\n    return mid_price - 0.5, mid_price + 0.5"
NEARER = "def quotes(mid_price, inventory, time_left):\n    return mid_price - 0.3, mid_price + 0.4, 3, 2"
LEANS = """def quotes(mid_price, inventory, time_left, best_bid, bought, **more):
    middle = mid_price - 0.1 * inventory
    return middle - 0.45, middle + 0.45, 2"""


def staged(clients, luck=((0.5,), (0.1,)), **changes):
    """A hand-made hour: a price that stands at 100, and these clients by step."""
    conditions = Conditions(n_steps=len(clients), foresight=1, **changes)
    n = len(clients)
    return Match(Hour(conditions, np.full(n + 1, 100.0), np.full(n, 2.0), clients), [list(each) * n for each in luck])


def played(sources, conditions=SHORT, seed=1, number=0):
    return play_hour({name: Here(text, name) for name, text in sources.items()}, conditions, seed, number).results


def test_the_best_price_trades_first_and_a_large_order_eats_through_levels():
    match = staged([[Client(BUY, 10_010, 4)]])
    match.play([{(SELL, 10_005): 3}, {(SELL, 10_003): 2}])
    assert match.inventory == [-2, -2]
    assert match.cash == [2 * 10_005, 2 * 10_003]


def test_a_client_goes_no_further_than_the_reservation():
    match = staged([[Client(SELL, 9_996, 9)]])
    match.play([{(BUY, 9_996): 1}, {(BUY, 9_995): 5}])
    assert match.inventory == [1, 0]
    assert match.book.best(SELL) is None  # what did not trade went home


def test_at_one_time_the_lower_coin_is_first_and_later_who_stood_there():
    alone, nobody = [Client(BUY, 10_005, 1)], list[Client]()
    coin = staged([alone])
    coin.play([{(SELL, 10_005): 1}, {(SELL, 10_005): 1}])
    assert coin.inventory == [0, -1]
    early = staged([nobody, alone])
    early.play([{(SELL, 10_005): 1}, {}])
    early.play([{(SELL, 10_005): 1}, {(SELL, 10_005): 1}])
    assert early.inventory == [-1, 0]


def test_what_is_added_at_a_price_stands_at_the_end_and_the_rest_keeps_its_place():
    match = staged([[], [], [Client(BUY, 10_005, 3)]])
    match.play([{(SELL, 10_005): 1}, {}])
    match.play([{(SELL, 10_005): 1}, {(SELL, 10_005): 2}])
    match.play([{(SELL, 10_005): 3}, {(SELL, 10_005): 2}])
    assert match.inventory == [-1, -2]


def test_who_moves_away_and_comes_back_has_lost_the_place():
    match = staged([[], [], [Client(BUY, 10_005, 1)]], luck=((0.1,), (0.5,)))
    match.play([{(SELL, 10_005): 1}, {(SELL, 10_005): 1}])
    match.play([{(SELL, 10_006): 1}, {(SELL, 10_005): 1}])
    match.play([{(SELL, 10_005): 1}, {(SELL, 10_005): 1}])
    assert match.inventory == [0, -1]


def test_old_quotes_are_taken_down_before_anybody_can_hit_them():
    match = staged([[], []], luck=((0.1,), (0.5,)))
    match.play([{}, {(SELL, 10_005): 2}])
    match.play([{(BUY, 10_010): 2}, {(SELL, 10_012): 2}])
    assert match.inventory == [0, 0]


def test_strategies_trade_with_each_other_where_one_bids_what_another_asks():
    match = staged([[]])
    match.play([{(BUY, 10_010): 1}, {(SELL, 10_004): 3}])  # the second came first: its price is the trade's
    assert match.inventory == [1, -1]
    assert match.cash == [-10_004, 10_004]


def test_what_stood_and_was_hit_comes_back_no_sooner_than_the_next_step_so_that_the_limit_holds():
    match = staged([[], [Client(BUY, 10_005, 9)]], max_position=5)
    match.play([{(SELL, 10_005): 5}, {}])
    match.play([{(SELL, 10_005): 5}, {(BUY, 10_005): 3}])
    assert match.inventory == [-5, 3]


@given(st.lists(st.lists(st.integers(-40, 40), min_size=8, max_size=8), min_size=3, max_size=8), st.integers(0, 99))
@settings(deadline=None, max_examples=60)
def test_nothing_is_lost_and_nobody_holds_more_than_the_limit(steps, seed):
    hour = draw_hour(Conditions(n_steps=len(steps), foresight=1, arrival_rate=60.0, max_position=5), seed, 0)
    match = Match(hour, [coins(hour.conditions, seed, 0, name) for name in "ab"])
    for numbers in steps:
        base = on_ticks(BUY, hour.mid[match.step], hour.conditions.tick)
        quoted = []
        for bid, gap, bids, asks in (numbers[:4], numbers[4:]):
            prices = {(BUY, base + bid): abs(bids) % 9, (SELL, base + bid + 1 + abs(gap)): abs(asks) % 9}
            quoted.append({key: size for key, size in prices.items() if size})
        match.play(quoted)
        assert sum(match.cash) + match.flow_cash == 0
        assert sum(match.inventory) + match.flow_inventory == 0
        assert max(map(abs, match.inventory)) <= 5
        for side in (BUY, SELL):
            open_size = sum(size for _, queue in match.book.levels(side) for _, size in queue)
            assert open_size <= sum(5 - side * held for held in match.inventory)


def test_the_parts_add_up_to_the_profit_that_the_cash_says():
    hour = draw_hour(Conditions(), 3, 1)
    match = Match(hour, [coins(hour.conditions, 3, 1, name) for name in "ab"])
    for step, mid in enumerate(hour.mid[:-1]):
        if step == 400:
            match.take_out(1)
            value = match.cash[1] * 0.01 + match.inventory[1] * mid - 0.75 * abs(match.inventory[1])
        each = [{(BUY, int(mid * 100 - d)): 2, (SELL, int(mid * 100 + d)): 2} for d in (55, 50)]
        match.play(each if step < 400 else [each[0], {}])
    first, second = results([match], [{1: "out"}])[0]
    ending = match.cash[0] * 0.01 + match.inventory[0] * hour.mid[-1] - 0.75 * abs(match.inventory[0])
    assert first.profit == pytest.approx(ending, abs=1e-9)
    assert second.profit == pytest.approx(value, abs=1e-9)
    for one in (first, second):
        assert math.fsum(one.parts) == pytest.approx(one.profit, abs=1e-9)
        assert one.parts[PARTS.index("flattening")] <= 0 < one.parts[PARTS.index("spread")]
    assert first.forfeit == 0
    assert second.score <= -hour.conditions.forfeit


def test_an_hour_is_the_same_whoever_plays_it():
    three = played({"α": PLAIN, "b": NEARER, "c": LEANS})
    two = played({"c": LEANS, "α": PLAIN})
    assert three["α", "c"] == {name: two["c", "α"][name] for name in ("α", "c")}
    assert three["α", "c"] != three["b", "c"]
    again = played({"c": LEANS, "α": PLAIN}, number=1)
    assert again != two


def test_who_falls_out_leaves_the_others_as_one_who_quotes_nothing_would():
    ends = PLAIN.replace("return", "if time_left < 0.5:\n        {}\n    return")
    crashed = played({"a": LEANS, "b": NEARER, "x": ends.format("1 / 0")})
    silent = played(
        {"a": LEANS, "b": NEARER, "x": ends.format("return math.nan, math.nan").replace("def", "import math\ndef", 1)}
    )
    for table, each in crashed.items():
        for name in set(table) - {"x"}:
            assert each[name] == silent[table][name]
    assert "ZeroDivisionError" in crashed["a", "x"]["x"].lost
    assert "(line 3)" in crashed["a", "x"]["x"].lost
    assert crashed["a", "b"] == played({"a": LEANS, "b": NEARER})["a", "b"]


def test_what_a_file_remembers_of_one_table_is_no_others():
    counts = "seen_steps = []\ndef quotes(mid_price, inventory, time_left, **more):\n    seen_steps.append(time_left)\n"
    counts += "    assert len(set(seen_steps)) == len(seen_steps)\n    return mid_price - 0.5, mid_price + 0.5"
    assert not any(one.lost for each in played({"a": counts, "b": PLAIN, "c": LEANS}).values() for one in each.values())


def test_the_flow_is_that_of_chapter_02_in_the_mean():
    conditions = Conditions(lasts=(1e6, 1e-6), informed_rate=0.0)
    hours = [draw_hour(conditions, 5, n) for n in range(40)]
    reach = [
        c.side * (c.price * 0.01 - h.mid[step]) for h in hours for step, each in enumerate(h.clients) for c in each
    ]
    per_side = len(reach) / 80
    assert per_side == pytest.approx(140, abs=4 * math.sqrt(140 / 80))
    beyond = np.mean(np.array(reach) > 1 / 1.5)
    assert beyond == pytest.approx(math.exp(-1), abs=4 * math.sqrt(0.25 / len(reach)))


def test_informed_traders_take_only_what_is_wrong_by_more_than_their_cost():
    conditions = Conditions(arrival_rate=0.0, informed_rate=600.0)
    hour = draw_hour(conditions, 2, 0)
    match = Match(hour, [coins(conditions, 2, 0, "a")])
    later = np.append(hour.mid, np.full(conditions.foresight, np.nan))[conditions.foresight :]
    for mid in hour.mid[:-1]:
        match.play([{(BUY, int(mid * 100) - 5): 1, (SELL, int(mid * 100) + 5): 1}])
    bought, spent, sold, got = match.fills[: len(later) - conditions.foresight, :, 0].T
    known = later[: len(bought)]
    assert (bought + sold).sum() > 50
    fell, rose = bought > 0, sold > 0
    with np.errstate(invalid="ignore"):
        assert np.all((0.01 * spent - bought * known)[fell & (bought == 1) & np.isfinite(known)] >= 0.05 - 1e-9)
        assert np.all((sold * known - 0.01 * got)[rose & (sold == 1) & np.isfinite(known)] >= 0.05 - 1e-9)
