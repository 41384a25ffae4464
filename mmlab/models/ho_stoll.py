"""Ho and Stoll (1981): a dealer who sets fees against linear demand, alone or among competitors."""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from mmlab import vocabulary
from mmlab.arrays import floats
from mmlab.market import Market
from mmlab.models.ho_stoll_program import Program
from mmlab.models.indifference import Table, look_up, trade_losses
from mmlab.models.model import MarketModel, for_market
from mmlab.parameters import FloatArray, ParameterError, parameter, validated


class SpreadParts(NamedTuple):
    """What a spread pays for; the three add up to it wherever no fee is held at α/β."""

    market_power: FloatArray
    """[price] what customers pay because they have nowhere else to go."""
    cost: FloatArray
    """[price] what they pay of the dealer's processing cost."""
    risk: FloatArray
    """[price] what they pay for the risk that their trade leaves with the dealer."""


@validated
class HoStoll(MarketModel):
    """Fees on a linear demand: orders come at the rate α − β·fee a side, and none beyond the fee α/β.

    With V(τ, I) the worth of an inventory I, a dealer is indifferent to one clip more or less at the fees

        bid: r = c + V(I) − V(I + 1),    ask: r = c + V(I) − V(I − 1),

    and V = −½Rσ²τI² to first order in τ, so that r = c + ½Rσ²τ(1 ± 2I). Other fields than the numbers below:

    solution : {"first order", "competitive", "program"}
        "first order": a monopolist asks ½(α/β + r), the best fee on that demand: spread α/β + c + ½Rσ²τ whatever the
        inventory, which moves the middle by −½Rσ²τI. "competitive": whoever asks more than r is undercut (Stoll, 1978):
        spread 2c + Rσ²τ, middle −Rσ²τI. "program": the monopolist with the V that these fees really have,

            ∂_τV = −½Rσ²I² + max_a (α − βa)[a − c + V(I − 1) − V(I)] + max_b (α − βb)[b − c + V(I + 1) − V(I)],

        V(0, I) = 0, which needs a max_inventory.

    All formulas are for trades of Q = 1 clip. With a max_inventory there is no bid at it and no ask at minus it. Far
    from it the program is V = const − ½ηI² with η = √(Rσ²/β) tanh(τ√(βRσ²)): the first order is tanh x ≈ x.

    References
    ----------
    T. Ho and H. R. Stoll (1981), Optimal dealer pricing under transactions and return uncertainty, Journal of Financial
    Economics 9. H. R. Stoll (1978), The supply of dealer services in securities markets, Journal of Finance 33.
    """

    risk_aversion: float = parameter(vocabulary.RISK_AVERSION, symbol="R", source="Ho–Stoll (1981)")
    volatility: float = parameter(vocabulary.VOLATILITY, source="Ho–Stoll (1981)")
    demand_intercept: float = parameter(vocabulary.DEMAND_INTERCEPT, source="Ho–Stoll (1981)")
    demand_slope: float = parameter(vocabulary.DEMAND_SLOPE, source="Ho–Stoll (1981)")
    horizon: float = parameter(vocabulary.HORIZON, source="Ho–Stoll (1981)")
    processing_cost: float = parameter(vocabulary.PROCESSING_COST, default=0.0, source="Ho–Stoll (1981)")
    max_inventory: int | None = parameter(
        vocabulary.MAX_INVENTORY, symbol="I_max", default=None, at_most=np.inf, source="not theirs; as in GLFT (2013)"
    )
    solution: Literal["first order", "competitive", "program"] = "first order"

    def __post_init__(self) -> None:
        if self.solution == "program" and self.max_inventory is None:
            raise ParameterError("The program needs max_inventory (I_max): it is solved on the inventories ±I_max.")
        if self.processing_cost >= self.highest_fee:
            raise ParameterError(
                f"processing_cost (c) must be below α/β = {self.highest_fee:g} [price], where nobody trades; "
                f"got {self.processing_cost:g}."
            )

    @classmethod
    def for_market(cls, market: Market, **own: Any) -> HoStoll:
        """The model that believes what is true in `market`; `own` gives the rest (risk_aversion) or overrides.

        In a market of exponential flow A e^{−kδ}, the demand is its tangent at δ = 1/k: α = 2A/e and β = Ak/e. The
        monopolist's fee α/2β without risk and cost is then 1/k, as in Avellaneda and Stoikov's market.
        """
        known = market.parameters() if isinstance(market, Market) else {}
        if {"arrival_rate", "fill_decay"} <= known.keys():
            at_tangent = known["arrival_rate"] / math.e
            demand = {"demand_intercept": 2 * at_tangent, "demand_slope": known["fill_decay"] * at_tangent}
            own = demand | own
        return for_market(cls, market, **own)

    @property
    def highest_fee(self) -> float:
        """α/β [price]: nobody trades at this fee or a higher one; no quote stands deeper."""
        return self.demand_intercept / self.demand_slope

    def indifference_fees(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """The bid's and the ask's r [price] at which a trade makes no difference; NaN where max_inventory forbids it.

        `inventory` [clips] and `time_left` [time] broadcast.
        """
        q, tau = self._checked(inventory), vocabulary.check_time_left(time_left, self.horizon)
        if self.solution == "program":
            bid_risk, ask_risk = self._look_up(trade_losses, q, tau)
        else:
            half = 0.5 * self.risk_aversion * self.volatility**2 * tau
            bound = np.inf if self.max_inventory is None else self.max_inventory
            bid_risk, ask_risk = (half * np.where(side + 1 > bound, np.nan, 1 + 2 * side) for side in (q, -q))
        return self.processing_cost + bid_risk, self.processing_cost + ask_risk

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask fee [price], the distances from the mid: at most α/β, and negative far from flat.

        Where one is held at α/β the other may have passed it: the quotes cross, and nobody trades at the first.

        Parameters
        ----------
        inventory : array_like
            I [clips]; whole numbers in the program.
        time_left : array_like
            τ [time], from 0 to the horizon; broadcasts with `inventory`.

        Returns
        -------
        tuple of arrays
            b and a, of the broadcast shape: r of a competitive dealer, ½(α/β + r) of a monopolist; NaN where
            max_inventory forbids the trade.

        Raises
        ------
        ParameterError
            If an inventory is not finite, beyond max_inventory or (in the program) not whole, or a time left is
            negative, not finite or beyond the horizon.
        """
        bid, ask = self.indifference_fees(inventory, time_left)
        highest = self.highest_fee
        if self.solution != "competitive":
            bid, ask = (highest + bid) / 2, (highest + ask) / 2
        return np.minimum(bid, highest), np.minimum(ask, highest)

    def reservation_price(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> FloatArray:
        """Halfway between the prices at which a purchase and a sale make no difference [price].

        s − Rσ²τI to first order, the middle of a competitive dealer's quotes. A monopolist's move half as far from the
        mid. NaN at ±max_inventory, where one of the two trades is not allowed.
        """
        bid, ask = self.indifference_fees(inventory, time_left)
        return np.asarray(floats(mid_price) + (ask - bid) / 2)

    def spread_parts(self, inventory: ArrayLike, time_left: ArrayLike) -> SpreadParts:
        """What the spread pays for [price], of the broadcast shape: α/β + c + ½Rσ²τ, or 0 + 2c + Rσ²τ in competition.

        In the program the risk part is ½[2V(I) − V(I − 1) − V(I + 1)], the only one that depends on the inventory.
        """
        bid, ask = self.indifference_fees(inventory, time_left)
        risk = bid + ask - 2 * self.processing_cost
        passed_on, power = (1.0, 0.0) if self.solution == "competitive" else (0.5, self.highest_fee)
        flat = np.where(np.isnan(risk), np.nan, 1.0)
        return SpreadParts(power * flat, 2 * passed_on * self.processing_cost * flat, passed_on * risk)

    def value(self, inventory: ArrayLike, time_left: ArrayLike) -> FloatArray:
        """V(τ, I) [price · clip], of the broadcast shape: what fees will earn, less what the risk will cost.

        −½Rσ²τI² in competition, where fees earn nothing beyond cost and risk; and (α − βc)²τ/2β more for a monopolist,
        to first order.
        """
        q, tau = self._checked(inventory), vocabulary.check_time_left(time_left, self.horizon)
        if self.solution == "program":
            return self._look_up(np.asarray, q, tau)
        margin = 0.0 if self.solution == "competitive" else self.highest_fee - self.processing_cost
        earned = self.demand_slope / 2 * margin**2
        return np.asarray(tau * (earned - 0.5 * self.risk_aversion * self.volatility**2 * q**2))

    def _look_up(self, of_values: Table, q: FloatArray, tau: FloatArray) -> FloatArray:
        """What is worked out `of_values`, the program's V at some times, at each (I, τ)."""
        assert self.max_inventory is not None
        charge, margin = self.risk_aversion * self.volatility**2, self.highest_fee - self.processing_cost
        program = Program(charge, margin, self.demand_slope, self.horizon, self.max_inventory)
        return look_up(lambda times: of_values(program.values(times)), self, q, tau)

    def _checked(self, inventory: ArrayLike) -> FloatArray:
        q = vocabulary.check_inventory(inventory, np.inf if self.max_inventory is None else self.max_inventory)
        if self.solution == "program" and (q != np.floor(q)).any():
            raise ParameterError(f"The program knows whole clips alone; got inventory (q) {q[q != np.floor(q)][0]:g}.")
        return q
