"""Hedger: what a desk sells on, or buys back, at another venue; what that venue costs, its basis and its funding."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from mmlab.arrays import LARGEST
from mmlab.desk.crossing import booked_across, may_cross
from mmlab.desk.desk_state import DeskState
from mmlab.desk.market_data import MarketData
from mmlab.desk.venue_answers import LAST_BITS, Disconnected, taken
from mmlab.frozen import changed, frozen
from mmlab.models.schedule import CrossingCost
from mmlab.parameters import FloatArray, ParameterError, parameter, validated


@frozen(eq=False)
class HedgeOrders:
    """What a `HedgeVenue` has of us: the `position` [clips], and what was `sent`, positive where it is to be sold.

    The latter as pairs of when it is there [time] and clips. And the `time` and the number of the last answer.
    """

    position: FloatArray
    sent: tuple[tuple[float, FloatArray], ...] = ()
    time: float | None = None
    answers: int = 0

    @property
    def working(self) -> FloatArray:
        """What was sent and is not done [clips]."""
        return sum((clips for _, clips in self.sent), start=np.zeros_like(self.position))


@validated
class HedgeVenue:
    """Another market for what the desk trades, or for a perpetual on it: n clips trade at mid + basis ∓ ℓ(n)/n.

    The basis is a Brownian motion of its own, and the position is marked to it in cash. At a `funding` above 0 a long
    clip pays and a short one is paid. Other fields than the numbers below:

    cost : CrossingCost
        ℓ: half-spread and impact.

    What it takes fills whole, as the first step begins that is `latency` later, at the mid of then. A reader's own has
    these three methods, orders that say what is `working`, and raises `Disconnected` where it did nothing at all.
    Raises ParameterError if a hedge would cost less than nothing.
    """

    cost: CrossingCost = dataclasses.field()
    taker_fee: float = parameter("f_t", "price", "Paid on each clip; negative: a rebate.", default=0.0)
    basis_volatility: float = parameter("σ_b", "price/√time", "How its mid wanders from ours.", default=0.0, at_least=0)
    funding: float = parameter("φ", "price/time", "What a long clip pays, and a short one is paid.", default=0.0)
    latency: float = parameter("ℓ", "time", "From sending an order to its fill.", default=0.0, at_least=0)
    rejects: float = parameter("p_r", "1", "The chance that an order is refused.", default=0.0, at_least=0, at_most=1)
    seed: int = parameter("seed", "1", "Of its basis and its refusals.", default=0, at_least=0, integer=True)

    def __post_init__(self) -> None:
        if not isinstance(self.cost, CrossingCost):
            raise ParameterError(f"HedgeVenue: cost must be a CrossingCost; got {self.cost!r:.80}.")
        if (least := self.cost.half_spread + self.taker_fee) < 0:
            raise ParameterError(f"HedgeVenue: half_spread and taker_fee are {least:g} together, less than nothing.")

    def start(self, n_paths: int) -> HedgeOrders:
        """No position, and nothing is working."""
        return HedgeOrders(np.zeros(n_paths))

    def submit(self, orders: HedgeOrders, clips: FloatArray, data: MarketData) -> tuple[HedgeOrders, Any]:
        """Send market orders for `clips`, (n_paths,), positive to sell; and where it took them."""
        accepted = np.random.default_rng((self.seed, orders.answers, 1)).random(len(clips)) >= self.rejects
        order = data.time + self.latency, np.where(accepted, clips, 0.0)
        return changed(orders, sent=(*orders.sent, order)), accepted

    def advance(self, orders: HedgeOrders, data: MarketData) -> tuple[HedgeOrders, FloatArray]:
        """What was done since the last answer, shape (4, n_paths).

        The rows are the clips sold, what that cost against its own mid, with the fee, and what the position that was
        there before gained by basis and by funding: the last three in [price · clip].
        """
        passed, held = 0.0 if orders.time is None else data.time - orders.time, orders.position
        moves = np.random.default_rng((self.seed, orders.answers)).standard_normal(len(held))
        gained = held * self.basis_volatility * np.sqrt(passed) * moves, -self.funding * passed * held
        late = tuple(order for order in orders.sent if order[0] > data.time + LAST_BITS * (1 + abs(data.time)))
        after = HedgeOrders(held, late, data.time, orders.answers + 1)
        cost = self.cost(sold := orders.working - after.working) + self.taker_fee * np.abs(sold)
        return changed(after, position=held - sold), np.stack([sold, cost, *gained])


@validated
class Hedger:
    """A desk's market orders at another venue than its own, as a step begins, for what it holds too much of.

    venue : HedgeVenue
        Where it hedges; a reader's own may stand for it.

    From its threshold on all is sold (bought back) that is beyond the clip before; what is on its way counts. Without a
    threshold it is what the model's `across` says: a `WaitOrCross`'s zone, a `Schedule`'s slices. The inventory of
    which desk, limits and history speak is that of both venues; −Σ `crossed` is what the other one has of it.
    """

    venue: Any = dataclasses.field()
    threshold: float | None = parameter("q*", "clips", "Where it begins; None: by the model.", default=None, at_least=1)

    def check_desk(self, desk: Any) -> None:
        """Refuse a desk where two say when to hedge, or nobody, and a venue that is none."""
        if hasattr(desk.model, "across") == (self.threshold is not None):
            raise ParameterError("Hedger: its threshold or the model's across must say when; not both, nor none.")
        start: Any = None if isinstance(self.venue, type) else getattr(self.venue, "start", None)
        if not callable(start) or np.shape(getattr(start(1), "working", 0.0)) != (1,):
            raise ParameterError(f"Hedger: venue must be a HedgeVenue, or do what it does; got {self.venue!r:.80}.")

    def excess(self, model: Any, inventory: FloatArray, time_left: Any, since: Any) -> FloatArray:
        """What is to be sold [clips] of an inventory, (n_paths,); below 0 where it is to be bought."""
        if self.threshold is None:
            return np.asarray(model.across(inventory, time_left, since)[0])
        beyond = inventory - np.sign(inventory) * (self.threshold - 1)
        return np.where(np.abs(inventory) >= self.threshold, beyond, 0.0)


def hedged(hedger: Hedger, model: Any, state: DeskState, data: MarketData, time_left: Any) -> DeskState:
    """The state after a step's hedge. What a halt, a refusal or a delay leaves undone is held, and counted."""
    orders, free, accepted, done = state.hedge, may_cross(state, data), np.False_, np.zeros((4, data.n_paths))
    excess = hedger.excess(model, state.inventory - orders.working, time_left, state.crossed_at)
    undone = orders.working + excess
    try:
        orders, accepted = taken(hedger.venue.submit(orders, np.where(free, excess, 0.0), data), data.n_paths)
        orders, done = _checked(hedger.venue.advance(orders, data), orders)
    except Disconnected:
        pass  # nothing is done: it is counted below, and what it had taken before goes on working
    sold, cost, basis, funding = done
    state = changed(state, hedge=orders, crossed_at=np.where(free & accepted, time_left, state.crossed_at))
    state = booked_across(state, data, sold, cost, basis + funding)
    return changed(state, crossed=(sold, cost, basis, funding, undone - sold))


def settled(hedger: Hedger, orders: Any, data: MarketData) -> Any:
    """What the position elsewhere gained by basis and by funding since the last step; nothing fills any more."""
    try:
        return _checked(hedger.venue.advance(orders, data), orders)[1][2:]
    except Disconnected:
        return np.zeros((2, data.n_paths))


def _checked(answer: Any, before: Any) -> Any:
    """A hedge venue's answer, or what is wrong with it."""
    after, done = answer
    if np.shape(done) != (4, len(before.working)) or not (np.abs(done) <= LARGEST).all() or done[1].min() < 0:
        rule = "four finite numbers for each path: sold, cost (not less than nothing), basis and funding"
        raise ParameterError(f"A hedge venue's advance must return (orders, done), {rule}; got {done!r:.200}.")
    if np.abs(before.working - done[0] - after.working).max() > LAST_BITS * (1 + np.abs(before.working).max()):
        raise ParameterError("A hedge venue's orders must be working for what they were, less what was sold.")
    return after, done
