"""What the numbers of a configuration say against each other, so that its desk could not trade, or not as they say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mmlab.vocabulary import MAX_POSITION

if TYPE_CHECKING:
    from mmlab.desk.config import MarketMakingConfig


def contradictions(config: MarketMakingConfig) -> list[str]:
    """Each in a sentence that names the numbers; none, if they fit.

    A drawdown may be larger than a day's loss: after a profit it is what is reached first.
    """
    m, w, limits, price = config.market, config.quotes, config.limits, config.price
    smallest, counted = w.lot * math.ceil(w.min_quote_size / w.lot - 1e-9), MAX_POSITION.at_most * m.clip
    ends = (("max_position", limits.max_position, "bid"), ("min_position", -limits.min_position, "ask"))
    largest = max(most for _, most, _ in ends)
    found = [
        (
            2 * m.transaction_cost > w.base_spread,
            f"a round trip loses: two trades cost 2 × {price(m.transaction_cost):g} and base_spread earns "
            f"{price(w.base_spread):g} [price]",
        ),
        (
            largest > counted,
            f"a position of {largest:,.0f} shares is {config.clips(largest):,.0f} clips of {m.clip:g}, of which "
            f"{MAX_POSITION.at_most:g} can be counted: choose a clip of {largest / MAX_POSITION.at_most:,.0f} shares "
            "or more",
        ),
        (
            m.volatility > limits.max_volatility,
            f"volatility {m.volatility:g} is beyond max_volatility {limits.max_volatility:g} at once",
        ),
        (
            m.tick > price(w.max_spread),
            f"tick {m.tick:g} is wider than max_spread {price(w.max_spread):g} [price]: in whole ticks nothing so "
            "narrow can be quoted",
        ),
        (
            w.quote_size >= smallest and abs(w.quote_size / w.lot - round(w.quote_size / w.lot)) > 1e-9,
            f"quote_size {w.quote_size:g} is no multiple of lot {w.lot:g}: "
            f"{w.lot * math.floor(w.quote_size / w.lot):g} shares would be quoted",
        ),
        (
            w.queue_time >= m.horizon,
            f"queue_time {w.queue_time:g} is not below horizon {m.horizon:g} [s]: no order would get to the front",
        ),
    ]
    for name, most, side in ends:
        told = f"{name} {getattr(limits, name):g} leaves no room for"
        found += [
            (0 < most < smallest, f"{told} the smallest {side}, {smallest:g} shares"),
            (smallest <= most < w.quote_size, f"{told} the {side} of quote_size, {w.quote_size:g} shares"),
        ]
    for name in ("latency", "cancel_latency"):
        late, rests = getattr(w, name), min(w.max_quote_time, m.horizon)
        found.append(
            (
                late > 0 and late >= rests,
                f"{name} {late:g} is not below {'max_quote_time' if rests < m.horizon else 'horizon'} {rests:g} [s]: "
                "an order would be replaced before it rests or is gone",
            )
        )
    for name in ("max_daily_loss", "max_drawdown"):
        found.append((getattr(limits, name) == 0, f"{name} 0 is used up before anything is quoted"))
    return [sentence for is_so, sentence in found if is_so]
