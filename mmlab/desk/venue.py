"""Venue: where quotes rest at prices, and what fills them between two refreshes."""

from __future__ import annotations

from typing import Literal

import numpy as np

from mmlab.arrays import in_range
from mmlab.desk.fees import FeeSchedule
from mmlab.desk.orders import Fills, Resting, ask_for, meet
from mmlab.desk.sides import Sides, both
from mmlab.parameters import FloatArray, check_count, parameter, validated
from mmlab.quotes import Quotes


@validated
class Venue:
    """Orders rest at their prices until they are replaced, cancelled, filled, or picked off.

    A refresh that is sent at t rests from t + latency on, and the old order until then; a side that is withdrawn rests
    until t + cancel latency. A step's market order meets what rests when it comes, within the step: of many steps the
    share latency / step meets the old order. Where nobody says when it comes, it comes as the step begins.
    What is filled meanwhile is taken off the new size, as exchanges do with a replacement: whatever the latency, a side
    never fills for more than was asked for. A message that a later one overtakes is void. Without a latency a desk
    withdraws in time: what it decides as a step begins is there before the step's orders, and on a replay what a move
    of the mid left of an order is gone in that instant; with any latency the other side's best meets it once more.

    Market orders fill an order by their reach from the mid of their step, for their size. An order that the mid has
    moved through since it was decided is picked off, whole and for certain, wherever it stands in its queue. At a new
    price an order waits `queue_time`; more size at the old price waits for itself, less size keeps its place.

    On a tape that knows what others display (`Tape.touch`) nobody is picked off by the mid: what the other side's best
    came to is in the reach. There `queue` bounds what quotes and trades do not tell, the place in a queue:
    "front" is the most that can be filled, "back" the least, as in `fill_at_back`.

    `tiers` are pairs (volume [clips], maker's fee [price]), as in a `FeeSchedule`.
    """

    tick: float = parameter("tick", "price", "Bids round down to it, asks up; 0: none.", default=0.0, at_least=0)
    fee: float = parameter("f", "price", "Paid on each clip that rested; negative: a rebate.", default=0.0)
    taker_fee: float | None = parameter("f_t", "price", "Paid on a clip that crosses; None: |f|.", default=None)
    latency: float = parameter("ℓ", "time", "From deciding on an order to its resting.", default=0.0, at_least=0)
    cancel_latency: float = parameter("ℓ_c", "time", "From withdrawing a side to its end.", default=0.0, at_least=0)
    queue_time: float = parameter("t_q", "time", "How long what is new waits behind others.", default=0.0, at_least=0)
    queue: Literal["front", "back"] = "front"
    tiers: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        fees = self.fees
        object.__setattr__(self, "taker_fee", fees.taker)
        object.__setattr__(self, "tiers", fees.tiers)

    @property
    def fees(self) -> FeeSchedule:
        """What it takes: `fee` is the maker's, `tiers` lower it by what has rested and filled in the session."""
        return FeeSchedule(maker=self.fee, taker=self.taker_fee, tiers=self.tiers)

    def start(self, n_paths: int) -> Resting:
        """Nothing rests."""
        absent, zero = np.full((2, check_count("n_paths", n_paths)), np.nan), np.zeros((2, n_paths))
        traded = zero[0] if self.tiers else None
        return Resting(absent, zero, absent, zero, absent, np.full((2, n_paths), -np.inf), traded=traded)

    def submit(self, resting: Resting, quotes: Quotes, time: float, mid_price: FloatArray) -> Resting:
        """Ask for `quotes`, shape (n_paths,), instead of what was wanted so far; what is the same is not sent.

        `time` is now [time], `mid_price` the mid at which the quotes were decided [price].
        """
        sides = Sides.of(quotes, resting.price.shape[1:]).rounded(self.tick)
        return ask_for(self, resting, sides, time, both(mid_price))

    @in_range
    def advance(
        self,
        resting: Resting,
        time: float,
        mid_price: FloatArray,
        reach: FloatArray,
        order_size: FloatArray,
        touch: FloatArray | None = None,
        arrival: FloatArray | None = None,
    ) -> tuple[Resting, Fills]:
        """What happens in the step that starts at `time` [time] with this `mid_price` [price].

        Parameters
        ----------
        resting : Resting
            Before the step; it is not changed.
        reach, order_size : array, shape (2, n_paths)
            Of the step's sell orders, which meet the bid, and of its buy orders [price] and [clips].
        touch : array, shape (2, 2, n_paths), optional
            What others display, as in a `Tape`.
        arrival : array, shape (2, n_paths), optional
            When those orders come [time]; by default as the step starts.

        Returns
        -------
        resting : Resting
        fills : Fills

        Raises
        ------
        ParameterError
            If the back of a queue is asked for and nobody knows what is displayed.
        """
        return meet(self, resting, time, both(mid_price), reach, order_size, touch, arrival)
