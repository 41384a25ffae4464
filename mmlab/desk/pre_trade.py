"""PreTradeChecks: what stands between a desk's decision and the venue; each new order passes, or the reason is told."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.arrays import floats
from mmlab.desk.market_data import MarketData
from mmlab.desk.orders import Resting, asked_for
from mmlab.desk.permission import Permission
from mmlab.desk.sides import Sides, leaves, turned
from mmlab.frozen import changed, frozen
from mmlab.models.model import takes_signal
from mmlab.parameters import BoolArray, FloatArray, ParameterError, parameter, validated
from mmlab.quotes import OF_A_TICK, Quotes, away_from_mid

if TYPE_CHECKING:
    from mmlab.desk.desk import Desk
    from mmlab.desk.desk_state import DeskState

_LAST_BITS = 1e-9
_bound = functools.partial(parameter, default=None, above=0)


class Block(IntEnum):
    """Why a new order was not sent. Of several reasons the smallest number is told."""

    NONE = 0
    COLLAR = 1
    """Further from the mid than `price_collar` [price]."""
    SIZE = 2
    """Larger than `max_order` [clips]."""
    NOTIONAL = 3
    """Worth more than `max_notional` [price · clip]."""
    POST_ONLY = 4
    """It would trade at once: at or beyond the other side's best, or the mid where nobody knows that [price]."""
    SELF_TRADE = 5
    """It would trade with an order of our own, which rests or is on its way [price]."""
    DUPLICATE = 6
    """Its side, price [price] and size are those of the order that is there, or on its way."""
    RATE = 7
    """It would be one message too many in the window [1]."""
    REPRICED = 8
    """It is sent, and on the best price at which it does not trade at once, where it would have [price]."""


@frozen(eq=False)
class Blocked:
    """What the checks stopped: arrays of shape (2, ...), of bids and asks.

    `reason` is a `Block`, `value` what was measured and `bound` what it was held against, in the reason's unit; NaN
    where nothing was stopped.
    """

    reason: NDArray[np.int8]
    value: FloatArray
    bound: FloatArray


@validated
class PreTradeChecks:
    """One look at each order that is new, or larger, or elsewhere, before it is sent; a check that is None is off.

    What the collar, a size, post-only or self-trade refuses is not sent, and the order that it was to replace is
    cancelled: it was decided on an older market. A duplicate changes nothing. Where messages are too many in any
    `message_window`, both sides together, the older order stays, unless a limit forbids it: then it is cancelled. A
    pair of a bid and an ask is sent whole or not at all. Cancellations and smaller sizes at the old price are always
    sent, and not counted.

    Other fields than the numbers, each False by default: `post_only`, `no_self_trade`, `no_duplicates`. Post-only
    "reprice" refuses nothing: on the best price that does not trade at once the order is sent, and the other checks
    look at it there.
    """

    price_collar: float | None = _bound("c_p", "price", "No order is further from the mid.")
    max_order: float | None = _bound("s_max", "clips", "No order is larger.")
    max_notional: float | None = _bound("n_max", "price·clip", "No order is worth more.")
    max_messages: int | None = _bound("m", "1", "New orders in a window.", integer=True, at_least=2, at_most=1000)
    message_window: float | None = _bound("t_m", "time", "In which messages are counted.")
    post_only: bool | Literal["reprice"] = False
    no_self_trade: bool = False
    no_duplicates: bool = False

    def __post_init__(self) -> None:
        for name in ("post_only", "no_self_trade", "no_duplicates"):
            given, words = getattr(self, name), " or 'reprice'" if name == "post_only" else ""
            if not isinstance(given, bool) and not (words and given == "reprice"):
                raise ParameterError(f"{name} must be True or False{words}; got {given!r:.80}.")
        if (self.max_messages is None) != (self.message_window is None):
            raise ParameterError("max_messages and message_window say one thing together: give both, or none.")

    def check_desk(self, desk: Desk, mid_price: float = 0.0, time_left: float = 0.0) -> None:
        """Refuse what stops every order of a flat desk, at this mid [price] with this time left [time].

        A reader's own model is not asked: what is stopped is in the history.

        Raises
        ------
        ParameterError
            If an order may be no larger than a part of a lot, or less than the desk quotes, or not so far away.
        """
        if self.post_only == "reprice" and not desk.venue.tick:
            raise ParameterError("post_only='reprice' needs a venue with a tick: else there is no best price.")
        if desk.sizer is not None and self.max_order is not None and self.max_order < desk.sizer.lot:
            raise ParameterError(f"max_order {self.max_order:g} is below a lot of {desk.sizer.lot:g} [clips].")
        if not type(desk.model).__module__.startswith("mmlab."):
            return
        signal = {"signal": 0.0} if takes_signal(desk.model.quotes) else {}
        shown = Sides.of(desk.quotes(mid_price, 0.0, time_left, desk.volatility or 0.0, **signal), ())
        depth, size, notional = np.abs(shown.price - mid_price), shown.size, np.abs(shown.price) * shown.size
        rules = (
            ("price_collar", depth, "narrower than the desk's own quotes, which flat stand", "from the mid [price]"),
            ("max_order", size, "smaller than the desk's own orders, which flat are", "[clips]"),
            ("max_notional", notional, "smaller than the desk's own orders, which flat are worth", "[price·clip]"),
        )
        for name, own, words, unit in rules:
            least, most = float(np.fmin(*own)), getattr(self, name)
            if most is not None and least > most * (1 + _LAST_BITS):
                raise ParameterError(f"{name} {most:g} is {words} {least:g} {unit}: none would be sent.")

    def check_quotes(
        self,
        quotes: Quotes,
        mid_price: ArrayLike,
        best_bid: ArrayLike = np.nan,
        best_ask: ArrayLike = np.nan,
        own_bid: ArrayLike = np.nan,
        own_ask: ArrayLike = np.nan,
    ) -> Blocked:
        """What of some new quotes is stopped that needs no memory: not duplicates, nor the rate, nor what is repriced.

        Parameters
        ----------
        quotes : Quotes
        mid_price, best_bid, best_ask : array_like, shape (...)
            [price] of the market; NaN where nobody knows.
        own_bid, own_ask : array_like, shape (...)
            [price] the best of our own orders that can still trade; NaN where there is none.

        Returns
        -------
        Blocked, shape (2, ...)
        """
        market = [floats(x) for x in (mid_price, best_ask, best_bid, own_ask, own_bid)]
        shape = np.broadcast_shapes(quotes.shape, *[x.shape for x in market])
        mid, ask, bid, our_ask, our_bid = (np.broadcast_to(x, shape) for x in market)
        sides = Sides.of(quotes, shape)
        own = (sides.price, np.array((our_bid, our_ask)))
        other = np.where(np.isnan(touch := np.array((ask, bid))), mid, touch)
        blocked = self._look(sides, sides.size > 0, mid, other, own if self.no_self_trade else ())
        return blocked or _nothing(sides.size.shape)

    def _look(
        self, sides: Sides, new: BoolArray, mid: FloatArray, other: FloatArray, own: Sequence[FloatArray] = ()
    ) -> Blocked | None:
        """The same of what is `new`; `other` is the best of the other side, `own` are our prices. None if all passes.

        Each rule looks first whether anything is near its bound: most of the time nothing is.
        """
        price, size = sides
        rules: list[tuple[Block, BoolArray, FloatArray, Any]] = []
        if (most := self.price_collar) is not None and np.count_nonzero((off := np.abs(price - mid)) > most):
            rules.append((Block.COLLAR, off > most * (1 + _LAST_BITS) + 1e-12 * np.abs(mid), off, most))
        if (most := self.max_order) is not None and np.count_nonzero(size > most):
            rules.append((Block.SIZE, size > most * (1 + _LAST_BITS), size, most))
        if (most := self.max_notional) is not None and np.count_nonzero((worth := np.abs(price * size)) > most):
            rules.append((Block.NOTIONAL, worth > most * (1 + _LAST_BITS), worth, most))
        if self.post_only is True and np.count_nonzero(crosses := turned(price, other) <= 0):
            rules.append((Block.POST_ONLY, crosses, price, other))
        if own:
            high, low = own[0]
            for bid, ask in own[1:]:
                high, low = np.fmax(high, bid), np.fmin(low, ask)
            if np.count_nonzero(crosses := turned(price, best := np.array((low, high))) <= 0):
                rules.append((Block.SELF_TRADE, crosses, price, best))
        blocked = None
        for why, broken, value, bound in reversed(rules):  # the first is told
            if np.count_nonzero(here := broken & new):
                blocked = _stopped(blocked, here, why, value, bound)
        return blocked


def before_submit(
    desk: Desk, state: DeskState, data: MarketData, quotes: Sides, refreshed: Any, permission: Permission
) -> tuple[DeskState, Sides, Blocked | None]:
    """What is sent of the quotes that the limits left, and what was stopped; the state knows what was sent before."""
    checks = desk.checks
    if checks is None or state.unknown is not None:
        return state, quotes, None
    rests = asked_for(state.orders, data.n_paths)
    if quotes.price is rests.price and quotes.size is rests.size:
        return state, quotes, None
    (price, size), there, blocked, other = quotes, quotes.size > 0, None, data.mid_of_sides
    if checks.post_only and data.best_ask is not None and data.best_bid is not None:
        touch = np.array((data.best_ask, data.best_bid))
        other = np.where(np.isnan(touch), other, touch)
    slides = None
    if checks.post_only == "reprice":
        quotes, slides = _repriced(quotes, rests, other, desk.venue.tick)
        asked, price = price, quotes.price
    new = there & ((price != rests.price) | (size > rests.size))
    if n_new := np.count_nonzero(new):
        own = _own_prices(state.orders, price, rests) if checks.no_self_trade else ()
        blocked = checks._look(quotes, new, data.mid_price, other, own)
    if blocked is not None:
        refused = blocked.reason > 0
        quotes, new = Sides(np.where(refused, np.nan, price), np.where(refused, 0.0, size)), new & ~refused
    if checks.no_duplicates and n_new < new.size:
        again = there & (price == rests.price) & (size == rests.size) & refreshed
        if np.count_nonzero(again):
            blocked = _stopped(blocked, again, Block.DUPLICATE, price, rests.price)
    if n_new and checks.max_messages is not None and checks.message_window is not None:
        state, held, count = _counted(checks.max_messages, checks.message_window, state, data.time, new)
        if held is not None:
            kept = leaves(permission, rests, data.mid_price, state.inventory)
            stays = (kept.price == rests.price) & (kept.size == rests.size)
            old = Sides(np.where(stays, rests.price, np.nan), np.where(stays, rests.size, 0.0))
            blocked = _stopped(blocked, held, Block.RATE, count, float(checks.max_messages))
            quotes = Sides(*[np.where(held, before, now) for before, now in zip(old, quotes, strict=True)])
    if slides is not None and np.count_nonzero(slides):
        slides = slides if blocked is None else slides & (blocked.reason == 0)
        blocked = _stopped(blocked, slides, Block.REPRICED, asked, other)
    return state, quotes, blocked


def _repriced(quotes: Sides, rests: Sides, other: FloatArray, tick: float) -> tuple[Sides, BoolArray]:
    """The quotes, where what is new and would trade at once stands on the nearest tick that does not; and where."""
    crosses = (quotes.price != rests.price) & (turned(quotes.price, other) <= 0)
    nearest = turned(away_from_mid(turned(other) + 2 * OF_A_TICK * tick, tick))
    return Sides(np.where(crosses, nearest, quotes.price), quotes.size), crosses


def _counted(
    most: int, window: float, state: DeskState, time: float, new: BoolArray
) -> tuple[DeskState, BoolArray | None, NDArray[np.int64]]:
    """The state that counts these new orders, those held back for they are too many, and how many that would be."""
    many: NDArray[np.int64] = np.add(*new, dtype=np.int64)
    sent, within = state.sent or ((), np.zeros(len(many), np.int64))
    gone, since = 0, time + 1e-12 * abs(time) - window  # times are sums of rounded steps, as in `elapsed`
    while gone < len(sent) and sent[gone][0] <= since:
        within = within - sent[gone][1]
        gone += 1
    count, held = within + many, None
    if np.count_nonzero(over := (count > most) & (many > 0)):
        held, many = new & over, np.where(over, 0, many)
        after = within + many
    else:
        after = count
    return changed(state, sent=((*sent[gone:], (time, many)), after)), held, count


def _own_prices(orders: Any, price: FloatArray, rests: Sides) -> list[FloatArray]:
    """Prices of our own bids and asks that can trade: about to be sent, resting, on their way; (2, n_paths) each.

    Of a reader's venue what it accepted last is known, and no more.
    """
    if not isinstance(orders, Resting):
        return [price, rests.price]
    travels = [np.where(m.size > 0, m.price, np.nan) for m in orders.messages]
    return [price, orders.price, *travels]


@functools.lru_cache(maxsize=8)
def _nothing(shape: tuple[int, ...]) -> Blocked:
    """Nothing is stopped: read by all, written by nobody."""
    none, nan = np.zeros(shape, np.int8), np.full(shape, np.nan)
    none.flags.writeable = nan.flags.writeable = False
    return Blocked(none, nan, nan)


def _stopped(blocked: Blocked | None, here: BoolArray, why: Block, value: Any, bound: Any) -> Blocked:
    """The same, with this reason where it is so."""
    before = blocked or _nothing(here.shape)
    value, bound = np.where(here, value, before.value), np.where(here, bound, before.bound)
    return Blocked(np.where(here, np.int8(why), before.reason), value, bound)
