"""The seven sections of a desk's configuration: numbers with unit, bounds and default; and what contradicts another.

What a number means, the part says that it goes to; here stands what is different for people.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from mmlab import vocabulary
from mmlab.desk.fees import tiers_of
from mmlab.desk.hedger import Hedger, HedgeVenue
from mmlab.desk.obligations import Obligations
from mmlab.desk.pnl_limits import PnLLimiter
from mmlab.desk.position_limits import PositionLimiter
from mmlab.desk.pre_trade import PreTradeChecks
from mmlab.desk.quote_aggressiveness import QuoteAggressiveness
from mmlab.desk.quote_sizing import QuoteSizer
from mmlab.desk.quote_timing import QuoteTimer
from mmlab.desk.unwinding import Unwinder
from mmlab.desk.venue import Venue
from mmlab.desk.volatility_limits import VolatilityLimiter
from mmlab.models import MODELS, CrossingCost
from mmlab.parameters import ParameterError, parameter, parameters_of, validated

PARTS: tuple[type[Any], ...] = (QuoteSizer, QuoteTimer, QuoteAggressiveness, Venue, PositionLimiter, PnLLimiter)
PARTS += (Obligations, VolatilityLimiter, Unwinder, PreTradeChecks)
_SPECS = {name: spec for part in PARTS for name, spec in parameters_of(part).items()}


def _of(
    name: str, default: float | None, unit: str, description: str = "", part: type[Any] | None = None, **details: Any
) -> Any:
    """A parameter of one of the parts, of this one where several have its name, in another unit."""
    details |= {"description": description} if description else {}
    return parameter((parameters_of(part) if part else _SPECS)[name], default=default, unit=unit, **details)


class ConfigError(ParameterError):
    """Numbers that a desk cannot trade with, or keys that nobody knows; the message says which and why."""


@validated
class MarketSection:
    """[market]: what is believed to be true.

    A cost is what the venue takes of a trade, negative where it pays a rebate; `cost_tiers` are pairs (volume [shares],
    transaction cost of the price), from so much traded volume of the session on.
    """

    price: float = parameter("S", "price", "The price level.", default=100.0, above=0)
    clip: float = parameter("clip", "shares", "The typical fill.", default=100.0, above=0)
    tick: float = parameter("tick", "price", "The price step.", default=0.01, above=0)
    volatility: float = parameter("σ", "1/√year", "Relative: 0.2 is 20% a year.", default=0.2, at_least=0)
    arrival_rate: float = parameter(vocabulary.ARRIVAL_RATE, default=0.1, unit="1/s")
    fill_decay: float = parameter(vocabulary.FILL_DECAY, default=50.0)
    transaction_cost: float = _of("fee", 0.0001, "of the price", symbol="c")
    taker_cost: float | None = _of("taker_fee", None, "of the price", symbol="c_t")
    cost_tiers: tuple[tuple[float, float], ...] | None = None
    mean_reversion: float = parameter(vocabulary.MEAN_REVERSION, default=0.0, unit="1/s")
    signal_jump: float = parameter(vocabulary.SIGNAL_JUMP, default=0.0, unit="price/s")
    horizon: float = parameter(vocabulary.HORIZON, default=23_400.0, unit="s", above=0)

    def __post_init__(self) -> None:
        if self.cost_tiers is not None:
            object.__setattr__(self, "cost_tiers", tiers_of(self.cost_tiers))


@validated
class ModelSection:
    """[model]: which one, and what the dealer minds; the penalties only where the model has them."""

    name: str = "AvellanedaStoikov"
    risk_aversion: float = parameter(vocabulary.RISK_AVERSION, default=1e-5, unit="1/currency", description="CARA.")
    running_penalty: float | None = parameter(vocabulary.RUNNING_PENALTY, default=None, unit="price/(clip·s)")
    terminal_penalty: float | None = parameter(vocabulary.TERMINAL_PENALTY, default=None)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or self.name not in MODELS:
            import difflib

            near = difflib.get_close_matches(str(self.name), MODELS, n=1, cutoff=0)
            raise ParameterError(f"name {self.name!r} is none of the models. Did you mean {near[0]!r}?")


@validated
class QuotesSection:
    """[quotes]: how much is shown, how wide, for how long."""

    quote_size: float = _of("base_size", 100.0, "shares")
    min_quote_size: float = _of("min_size", 100.0, "shares", "The exchange's minimum.")
    lot: float = _of("lot", 100.0, "shares")
    size_decay: float = _of("size_decay", 0.0, "1/clip")
    min_quote_time: float = _of("min_quote_time", 1.0, "s")
    max_quote_time: float = _of("max_quote_time", 60.0, "s")
    stale_fraction: float = _of("stale_fraction", 0.5, "1")
    max_move: float = _of("max_move", 1.0, "ticks", "Further off than this, they are replaced.")
    base_spread: float = _of("base_spread", 0.0003, "of the price")
    max_spread: float = _of("max_spread", 0.001, "of the price")
    latency: float = _of("latency", 0.0, "s")
    cancel_latency: float = _of("cancel_latency", 0.0, "s")
    queue_time: float = _of("queue_time", 0.0, "s")


@validated
class LimitsSection:
    """[limits]: what must not happen; `on_halt`, whether a desk that lost too much holds what it has or flattens.

    `unwind`: an inventory of `unwind_above` is left to the quotes ("passive") or crosses the spread ("aggressive");
    `flat_by_close`: what is left crosses before the horizon. Each pays `flatten_half_spread` and `flatten_impact`.
    """

    max_position: float = _of("max_position", 5_000.0, "shares", above=0)
    min_position: float = _of("min_position", -5_000.0, "shares")
    max_daily_loss: float = _of("max_daily_loss", 5_000.0, "currency")
    max_drawdown: float = _of("max_drawdown", 2_500.0, "currency")
    max_volatility: float = _of("max_volatility", 0.5, "1/√year", "Relative; the volatility that halts.")
    volatility_window: float = _of("window", 300.0, "s", scale="linear")
    soft_max_position: float | None = _of("soft_max_position", None, "shares")
    soft_min_position: float | None = _of("soft_min_position", None, "shares")
    widen_at: float = _of("widen_at", 0.5, "1")
    reduce_at: float = _of("reduce_at", 0.75, "1")
    widened_half_spread: float | None = _of("widened_half_spread", None, "of the price", "None: half the max_spread.")
    profit_lock: float | None = _of("profit_lock", None, "currency")
    on_halt: Literal["hold", "flatten"] = "hold"
    flatten_half_spread: float | None = _of("flatten_half_spread", None, "of the price", "Besides taker_cost.")
    flatten_impact: float | None = _of("flatten_impact", None, "of the price/clip")
    unwind: Literal["passive", "aggressive"] = "passive"
    unwind_above: float | None = _of("above", None, "shares")
    unwind_to: float | None = _of("target", None, "shares")
    flat_by_close: bool = False
    close_reduce_time: float | None = _of("reduce_time", None, "s")
    close_cross_time: float | None = _of("cross_time", None, "s")
    soft_volatility: float | None = _of("soft_volatility", None, "1/√year", "Relative; None: halfway to the limit.")
    soft_half_spread: float | None = _of("soft_half_spread", None, "of the price", "None: half the base_spread.")
    leave_at: float = _of("leave_at", 0.8, "1")

    @property
    def unwinds(self) -> bool:
        """Whether inventory is to cross the spread though nothing is halted."""
        return self.unwind == "aggressive" or self.flat_by_close


@validated
class ChecksSection:
    """[checks]: what no new order may do; a number that is not given checks nothing."""

    price_collar: float | None = _of("price_collar", None, "of the price")
    max_order: float | None = _of("max_order", None, "shares")
    max_notional: float | None = _of("max_notional", None, "currency")
    max_messages: int | None = _of("max_messages", None, "1")
    message_window: float | None = _of("message_window", None, "s")
    post_only: bool | Literal["reprice"] = False
    no_self_trade: bool = False
    no_duplicates: bool = False


@validated
class ObligationsSection:
    """[obligations]: what is owed to the exchange; nothing, unless `presence` and `widest_spread` are given."""

    presence: float | None = _of("presence", None, "1")
    widest_spread: float | None = _of("widest_spread", None, "of the price")
    least_size: float | None = _of("least_size", None, "shares")
    window: float | None = _of("window", None, "s", part=Obligations)


@validated
class HedgerSection:
    """[hedger]: what is sold on, or bought back, at another venue; nothing, unless `threshold` is given."""

    threshold: float | None = _of("threshold", None, "shares", part=Hedger)
    half_spread: float | None = _of("half_spread", None, "of the price", part=CrossingCost)
    impact: float | None = _of("impact", None, "of the price/clip", part=CrossingCost)
    taker_fee: float | None = _of("taker_fee", None, "of the price", part=HedgeVenue)
    basis_volatility: float | None = _of("basis_volatility", None, "1/√year", part=HedgeVenue)
    funding: float | None = _of("funding", None, "of the price/h", part=HedgeVenue)
    latency: float | None = _of("latency", None, "s", part=HedgeVenue)
    rejects: float | None = _of("rejects", None, "1", part=HedgeVenue)


SECTIONS: dict[str, type[Any]] = {"market": MarketSection, "model": ModelSection, "quotes": QuotesSection}
SECTIONS |= {"limits": LimitsSection, "checks": ChecksSection, "obligations": ObligationsSection}
SECTIONS |= {"hedger": HedgerSection}


def changed_section(config: Any, name: str, numbers: Any) -> Any:
    """A configuration's section with these numbers in the place of its own, or the reason why not."""
    if name not in SECTIONS:
        raise _unknown("section", name)
    if not isinstance(numbers, Mapping):
        raise ConfigError(f"[{name}] must hold keys and numbers; got {numbers!r}.")
    for key in set(numbers) - {field.name for field in dataclasses.fields(SECTIONS[name])}:
        raise _unknown(f"key in [{name}]", key)
    try:
        return dataclasses.replace(getattr(config, name), **numbers)
    except ParameterError as error:
        raise ConfigError(f"[{name}] {error}") from None


def _unknown(what: str, name: str) -> ConfigError:
    """No such thing; the nearest there is, wherever it stands."""
    keys = ((field.name, section) for section, kind in SECTIONS.items() for field in dataclasses.fields(kind))
    known = {key: f"{section}.{key}" for key, section in keys}
    known |= {section: f"[{section}]" for section in SECTIONS}
    import difflib

    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f" Did you mean {known[near[0]]}?" if near else f" Known are {', '.join(known.values())}."
    return ConfigError(f"There is no {what} named {name!r}.{hint}")


def contradictions(config: Any) -> Iterator[str]:
    """What the numbers say against each other, so that the desk could not trade, or not as they say: a sentence each.

    A drawdown may be larger than a day's loss: after a profit it is what is reached first.
    """
    m, w, limits, price = config.market, config.quotes, config.limits, config.price
    if 2 * m.transaction_cost > w.base_spread:
        cost, earned = price(m.transaction_cost), price(w.base_spread)
        yield f"a round trip loses: two trades cost 2 × {cost:g} and base_spread earns {earned:g} [price]"
    try:
        fees = config.fees
        if (rebate := -min(fees.maker, *(maker for _, maker in fees.tiers), 0.0)) > m.tick / 2 * (1 + 1e-9):
            much = f"a rebate of {rebate:g} is more than half a tick of {m.tick:g} [price]"
            yield f"{much}: who quotes both sides at one price would earn"
    except ParameterError as error:
        yield f"the costs of a trade: {str(error).rstrip('.')}"
    if (limits.unwind == "aggressive") != (limits.unwind_above is not None):
        yield "unwind 'aggressive' needs unwind_above, from which inventory it crosses, and 'passive' takes none"
    if limits.unwinds and limits.flatten_half_spread is None:
        yield "who unwinds across the spread must say what that costs: flatten_half_spread, and flatten_impact"
    crosses, late = limits.close_cross_time or 0.0, max(w.latency, w.cancel_latency)
    if limits.flat_by_close and crosses <= late:
        yield f"close_cross_time {crosses:g} is not above {late:g} [s], when the last order is gone: not flat"
    largest, most = max(limits.max_position, -limits.min_position), vocabulary.MAX_POSITION.at_most
    if largest > most * m.clip:
        many = f"a position of {largest:,.0f} shares is {config.clips(largest):,.0f} clips of {m.clip:g}"
        yield f"{many}, of which {most:g} can be counted: choose a clip of {largest / most:,.0f} shares or more"
    hedge = config.hedger
    if hedge != HedgerSection() and (hedge.threshold is None or hedge.half_spread is None):
        yield "[hedger] must say from which inventory it hedges and what that costs: threshold and half_spread"
    elif hedge.threshold is not None and hedge.threshold > largest:
        yield f"threshold {hedge.threshold:g} of [hedger] is beyond any position: it would never hedge"
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
