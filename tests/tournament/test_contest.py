"""A trader in the style of public contests is the native strategy of the same rule."""

from __future__ import annotations

from mmlab.tournament.hours import Conditions
from mmlab.tournament.rounds import play_hour
from tests.tournament.here import Here

SHORT = Conditions(n_steps=80, foresight=4)
NATIVE = """import math
def quotes(mid_price, inventory, time_left, best_bid, best_ask):
    bid, ask = math.floor(100 * mid_price - 40), math.ceil(100 * mid_price + 40)
    if best_bid == best_bid:
        bid = min(bid, round(100 * best_bid) + 1)
    return bid / 100, ask / 100, 2, 3 + (inventory > 0)
"""
TRADER = """import math
from datamodel import Order, OrderDepth, TradingState
class Trader:
    def run(self, state: TradingState):
        book: OrderDepth = state.order_depths["CLIP"]
        mid, held = state.observations.plainValueObservations["MID"], state.position["CLIP"]
        bid, ask = math.floor(mid - 40), math.ceil(mid + 40)
        if book.buy_orders:
            bid = min(bid, max(book.buy_orders) + 1)
        return {"CLIP": [Order("CLIP", bid, 2), Order("CLIP", ask, -3 - (held > 0))]}, 0, ""
"""
PLAIN = "def quotes(mid_price, inventory, time_left):\n    return mid_price - 0.42, mid_price + 0.38, 2"
REMEMBERS = """from datamodel import Order
class Trader:
    def run(self, state):
        count = int(state.traderData or 0)
        assert state.timestamp == 100 * count
        traded = sum(trade.quantity for trade in state.own_trades["CLIP"])
        if count:
            assert traded == state.position["CLIP"] - self.before
        self.before = state.position["CLIP"]
        for trade in state.own_trades["CLIP"]:
            assert 5_000 < trade.price < 15_000
        for price, clips in state.order_depths["CLIP"].sell_orders.items():
            assert clips < 0
        orders = [Order("CLIP", 9_980, 3), Order("CLIP", 9_970, 4), Order("CLIP", 10_030, -2)]
        return {"CLIP": orders}, 0, str(count + 1)
"""


def against_plain(source):
    hours = [play_hour({"it": Here(source, "it"), "plain": Here(PLAIN, "plain")}, SHORT, 4, n) for n in range(3)]
    return [hour.results["it", "plain"] for hour in hours]


def test_the_same_rule_has_the_same_results():
    native, trader = against_plain(NATIVE), against_plain(TRADER)
    assert trader == native
    assert all(one["it"].volume > 0 and not one["it"].lost for one in trader)


def test_a_trader_sees_its_trades_keeps_its_text_and_quotes_several_prices():
    assert not any(one["it"].lost for one in against_plain(REMEMBERS))


def test_what_a_trader_returns_that_are_no_orders_loses_the_round():
    broken = TRADER.replace("bid, 2)", '"low", 2)')
    assert "could not convert string" in against_plain(broken)[0]["it"].lost
