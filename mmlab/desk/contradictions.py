"""What the numbers of a configuration say against each other, so that its desk could not trade, or not as they say."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mmlab.vocabulary import MAX_POSITION

if TYPE_CHECKING:
    from mmlab.desk.config import MarketMakingConfig


def contradictions(config: MarketMakingConfig) -> Iterator[str]:
    """Each in a sentence that names the numbers; none, if they fit.

    A drawdown may be larger than a day's loss: after a profit it is what is reached first.
    """
    m, w, limits, price = config.market, config.quotes, config.limits, config.price
    if 2 * m.transaction_cost > w.base_spread:
        yield (
            f"a round trip loses: two trades cost 2 × {price(m.transaction_cost):g} and base_spread earns "
            f"{price(w.base_spread):g} [price]"
        )
    largest, most = max(limits.max_position, -limits.min_position), MAX_POSITION.at_most
    if largest > most * m.clip:
        yield (
            f"a position of {largest:,.0f} shares is {config.clips(largest):,.0f} clips of {m.clip:g}, of which "
            f"{most:g} can be counted: choose a clip of {largest / most:,.0f} shares or more"
        )
    if m.volatility > limits.max_volatility:
        yield f"volatility {m.volatility:g} is beyond max_volatility {limits.max_volatility:g} at once"
    if m.tick > (widest := price(w.max_spread)):
        yield f"tick {m.tick:g} is wider than max_spread {widest:g} [price]: nothing so narrow is a whole tick"
    lots, fewest = w.quote_size / w.lot, math.ceil(w.min_quote_size / w.lot - 1e-9)
    smallest = w.lot * fewest
    if w.min_quote_size <= w.quote_size and lots < fewest - 1e-9:
        yield f"quote_size {w.quote_size:g} is below the smallest order in whole lots of {w.lot:g}, {smallest:g} shares"
    elif w.quote_size >= w.min_quote_size and abs(lots - round(lots)) > 1e-9:
        shown = w.lot * math.floor(lots)
        yield f"quote_size {w.quote_size:g} is no multiple of lot {w.lot:g}: {shown:g} shares would be quoted"
    for name, side in (("max_position", "bid"), ("min_position", "ask")):
        room, words = abs(getattr(limits, name)), f"{name} {getattr(limits, name):g} leaves no room for the"
        if 0 < room < smallest:
            yield f"{words} smallest {side}, {smallest:g} shares"
        elif smallest <= room < w.quote_size:
            yield f"{words} {side} of quote_size, {w.quote_size:g} shares"
    for name in ("latency", "cancel_latency"):
        for bound, rests in (("max_quote_time", w.max_quote_time), ("horizon", m.horizon)):
            if 0 < rests <= getattr(w, name):
                yield f"{name} {getattr(w, name):g} is not below {bound} {rests:g} [s]: orders would come too late"
    if w.queue_time >= m.horizon:
        yield f"queue_time {w.queue_time:g} is not below horizon {m.horizon:g} [s]: no order would get to the front"
    for name in ("max_daily_loss", "max_drawdown"):
        if getattr(limits, name) == 0:
            yield f"{name} 0 is used up before anything is quoted"
