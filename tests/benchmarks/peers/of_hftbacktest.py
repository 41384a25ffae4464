"""hftbacktest and mmlab on the same recorded day: two quotes around the mid, moved each second; prints rows as JSON.

The day is the shipped one, so that anybody can run it. hftbacktest fills whole orders, so orders on our tape are raised
to a whole clip; what it fills must lie between our front and our back of the queue.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import asdict
from typing import Any

import numpy as np
from hftbacktest import (
    BUY_EVENT,
    DEPTH_EVENT,
    EXCH_EVENT,
    GTC,
    LIMIT,
    LOCAL_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    event_dtype,
)
from numba import njit

from mmlab import Desk, QuoteSizer, QuoteTimer, Symmetric, Venue, simulate
from mmlab.market import read_lobster, replay_tape
from tests.benchmarks.publish import DAY, Row, in_turn

HALF_SPREAD, TICK, CLIP, MOST, LATENCY = 0.06, 0.01, 100.0, 10, 50_000_000
BOTH = EXCH_EVENT | LOCAL_EVENT


def converted() -> Any:
    """The day as hftbacktest reads it: trades, and what changes at the touch."""
    messages = np.loadtxt(DAY, delimiter=",", ndmin=2)
    book = np.loadtxt(str(DAY).replace("_message_", "_orderbook_"), delimiter=",", ndmin=2)
    stamps, events, before = np.rint(messages[:, 0] * 1e9).astype(np.int64), [], {}
    for stamp, message, (ask, ask_size, bid, bid_size) in zip(stamps, messages, book[:, :4], strict=True):
        if message[1] == 4:
            side = SELL_EVENT if message[5] == 1 else BUY_EVENT
            events.append((BOTH | TRADE_EVENT | side, stamp, stamp, message[4] / 1e4, message[3], 0, 0, 0.0))
        for side, price, size in ((BUY_EVENT, bid, bid_size), (SELL_EVENT, ask, ask_size)):
            if before.get(side) == (price, size) or not 0 < price < 9e9:
                continue
            if side in before and before[side][0] != price:
                events.append((BOTH | DEPTH_EVENT | side, stamp, stamp, before[side][0] / 1e4, 0.0, 0, 0, 0.0))
            events.append((BOTH | DEPTH_EVENT | side, stamp, stamp, price / 1e4, size, 0, 0, 0.0))
            before[side] = price, size
    return np.array(events, dtype=event_dtype)


@njit
def quote(backtest, half_spread, tick, clip, most):  # type: ignore[no-untyped-def]
    """Quote both sides, each second anew where the price has moved; returns the seconds and the clips traded."""
    number, bid, ask, bid_price, ask_price, seconds = 1, 0, 0, 0.0, 0.0, 0
    while backtest.elapse(1_000_000_000) == 0:
        seconds += 1
        backtest.clear_inactive_orders(0)
        depth = backtest.depth(0)
        if not (depth.best_bid > 0 and depth.best_ask < 1e6):
            continue
        mid, position, orders = (depth.best_bid + depth.best_ask) / 2, backtest.position(0) / clip, backtest.orders(0)
        wants_bid = np.floor((mid - half_spread) / tick + 1e-6) * tick if position < most else np.nan
        wants_ask = np.ceil((mid + half_spread) / tick - 1e-6) * tick if position > -most else np.nan
        rests_bid, rests_ask = bid in orders, ask in orders
        if rests_bid and not (abs(wants_bid - bid_price) < tick / 2):
            if orders.get(bid).cancellable:
                backtest.cancel(0, bid, False)
            rests_bid = False
        if rests_ask and not (abs(wants_ask - ask_price) < tick / 2):
            if orders.get(ask).cancellable:
                backtest.cancel(0, ask, False)
            rests_ask = False
        if not rests_bid and wants_bid == wants_bid:
            bid, number, bid_price = number, number + 1, wants_bid
            backtest.submit_buy_order(0, bid, wants_bid, clip, GTC, LIMIT, False)
        if not rests_ask and wants_ask == wants_ask:
            ask, number, ask_price = number, number + 1, wants_ask
            backtest.submit_sell_order(0, ask, wants_ask, clip, GTC, LIMIT, False)
    return seconds, backtest.state_values(0).trading_volume / clip


def main() -> None:
    """Print the rows."""
    events = converted()

    def theirs() -> tuple[int, float]:
        asset = BacktestAsset().data(events).linear_asset(1.0).constant_order_latency(LATENCY, 0)
        asset = asset.risk_adverse_queue_model().no_partial_fill_exchange().trading_value_fee_model(0.0, 0.0)
        backtest = HashMapMarketDepthBacktest([asset.tick_size(TICK).lot_size(1.0).last_trades_capacity(0)])
        found = quote(backtest, HALF_SPREAD, TICK, CLIP, MOST)
        backtest.close()
        return found

    tape = replay_tape(read_lobster(DAY), time_step=1, clip=100)
    whole = {
        name: np.where(size > 0, np.maximum(size, 1), 0)
        for name, size in (("buy_size", tape.buy_size), ("sell_size", tape.sell_size))
    }
    tape = dataclasses.replace(tape, **whole)

    def ours(queue: str) -> Any:
        return simulate(
            Desk(
                model=Symmetric(half_spread=HALF_SPREAD),
                volatility=1,
                sizer=QuoteSizer(base_size=1, max_position=MOST),
                timer=QuoteTimer(min_quote_time=1, max_quote_time=1),
                venue=Venue(tick=TICK, latency=0.05, cancel_latency=0.05, queue=queue),
            ),
            tape,
        )

    (front, peer), (history, (seconds, volume)) = in_turn(lambda: ours("front"), theirs, rounds=3)
    front_clips, back_clips = (float(h.bid_fill.sum() + h.ask_fill.sum()) for h in (history, ours("back")))
    held = f"clips: back {back_clips:.0f}, hftbacktest {volume:.0f}, front {front_clips:.0f}"
    name = "hftbacktest, compiled before the clock runs"
    print(
        json.dumps(
            [
                asdict(
                    Row(
                        "a recorded day through a desk",
                        "steps per CPU s",
                        tape.n_steps / front,
                        name,
                        seconds / peer,
                        held,
                    )
                )
            ]
        )
    )


if __name__ == "__main__":
    main()
