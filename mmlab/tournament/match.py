"""A table: strategies and the flow meet in one order book for an hour. It is the book of chapter 01.

The best price trades first, at one price who stood there first, and of those who come in the same step who has the
lower coin. In a step all take down first what they no longer quote, then the new orders come in; what stays at its
price keeps its place, and what is added to it stands at the end. Strategies may trade with each other. Nobody can hold
more than the limit: an order is cut to the room that is left. Money is counted in whole ticks, so that nothing is lost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mmlab.market.order_book import BUY, SELL, Execution, OrderBook, Side, opposite
from mmlab.quotes import OF_A_TICK
from mmlab.tournament.hours import Hour

Orders = dict[tuple[Side, int], int]
"""What a strategy quotes: clips by side and price [ticks]."""
State = tuple[tuple[float, ...], list[list[int]]]
"""What a strategy knows beyond mid and time, as `STATE` names it, and the others' orders (`Match.depth`)."""
STATE: tuple[str, ...] = ("inventory", "best_bid", "best_ask", "bought", "sold", "bought_price", "sold_price")
STATE += ("buy_volume", "sell_volume", "cash")


class Match:
    """One hour at one table.

    Parameters
    ----------
    hour : Hour
    coins : sequence of list of float
        By player, a number a step.

    Attributes
    ----------
    fills : ndarray, shape (n_steps, 4, players)
        By step: clips bought, what they cost, clips sold, what they brought [clips, ticks].
    inventory, cash : list
        By player, now [clips, ticks].
    """

    def __init__(self, hour: Hour, coins: Sequence[Sequence[float]]):
        self.hour, self.coins = hour, coins
        self.limit, self.tick = hour.conditions.max_position, hour.conditions.tick
        n = len(coins)
        self.book = OrderBook()
        self.owner: dict[int, int] = {}
        """The player, by the number of an order."""
        self.inventory, self.cash = [0] * n, [0] * n
        self.fills = np.zeros((len(hour.clients), 4, n))
        self.flow_cash = self.flow_inventory = 0
        self.volume = {BUY: 0, SELL: 0}
        self.step = 0
        self.ended: dict[int, int] = {}
        """The step at which a player was taken out, by player."""

    def state(self, player: int) -> State:
        """What this player sees before a step: the others' orders and best prices, its own fills, the flow's last."""
        others = self.depth(player)
        bid = max((price for price, clips in others if clips > 0), default=math.nan) * self.tick
        ask = min((price for price, clips in others if clips < 0), default=math.nan) * self.tick
        bought, spent, sold, got = self.fills[self.step - 1, :, player].tolist() if self.step else (0, 0, 0, 0)
        bought_price = spent / bought * self.tick if bought else math.nan
        sold_price = got / sold * self.tick if sold else math.nan
        fills = int(bought), int(sold), bought_price, sold_price
        known = self.inventory[player], bid, ask, *fills, *self.volume.values(), self.cash[player] * self.tick
        return known, others

    def depth(self, player: int) -> list[list[int]]:
        """The others' orders that rest, each as its price [ticks] and its clips, those of a bid above 0."""
        levels: dict[tuple[Side, int], int] = {}
        for side, price, order, size in self._resting():
            if self.owner[order] != player:
                levels[side, price] = levels.get((side, price), 0) + size
        return [[price, side * size] for (side, price), size in levels.items()]

    def _resting(self) -> list[tuple[Side, int, int, int]]:
        """Side, price, number and clips of every order, at each price who stands there first before the others."""
        queues = [(side, price, queue) for side in (BUY, SELL) for price, queue in self.book.levels(side)]
        return [(side, price, order, size) for side, price, queue in queues for order, size in queue]

    def play(self, orders: Sequence[Orders]) -> None:
        """One step: everybody's orders, an empty dict for who quotes nothing; then the flow."""
        for player, quoted in enumerate(orders):
            for side in (BUY, SELL):
                room = self.limit - side * self.inventory[player]
                for key in sorted((key for key in quoted if key[0] == side), key=lambda key: -key[0] * key[1]):
                    quoted[key] = min(quoted[key], room)
                    room -= quoted[key]
            self._take_down(player, quoted)
        for player in sorted(range(len(orders)), key=lambda n: self.coins[n][self.step]):
            for (side, price), new in orders[player].items():
                if new:
                    order, executions = self.book.limit(side, price, new)
                    self.owner[order] = player
                    for done in executions:
                        self._settle(done, side)
                        self._book(player, side, done)
        self.volume = {BUY: 0, SELL: 0}
        for client in self.hour.clients[self.step]:
            best = self.book.best(opposite(client.side))
            if best is None or client.side * best > client.side * client.price:
                continue
            order, executions = self.book.limit(client.side, client.price, client.size)
            if self.book.resting(order):
                self.book.cancel(order)
            for done in executions:
                self._settle(done, client.side)
                self.flow_inventory += client.side * done.size
                self.flow_cash -= client.side * done.size * done.price
                self.volume[client.side] += done.size
        self.step += 1

    def take_out(self, player: int) -> None:
        """Who has lost the round quotes no more, from this step on."""
        self.ended.setdefault(player, self.step)
        self._take_down(player, {})

    def _take_down(self, player: int, quoted: Orders) -> None:
        """Cancel what rests and is no longer quoted; what stays is taken off `quoted`, which is left with the new."""
        for side, price, order, size in self._resting():
            if self.owner[order] == player:
                stays = min(size, quoted.get((side, price), 0))
                if size > stays:
                    self.book.cancel(order, size - stays)
                if stays:
                    quoted[side, price] -= stays

    def _settle(self, done: Execution, side: Side) -> None:
        """Give a resting order's owner its side of a trade with an order of a `side`."""
        self._book(self.owner[done.order], opposite(side), done)

    def _book(self, player: int, side: Side, done: Execution) -> None:
        self.inventory[player] += side * done.size
        self.cash[player] -= side * done.size * done.price
        first = 0 if side == BUY else 2
        self.fills[self.step, first, player] += done.size
        self.fills[self.step, first + 1, player] += done.size * done.price


def on_ticks(side: Side, price: float, tick: float) -> int:
    """A price as whole ticks, a bid down and an ask up; what is on a tick but for rounding stays."""
    ticks = price / tick
    return math.floor(ticks + OF_A_TICK) if side == BUY else math.ceil(ticks - OF_A_TICK)
