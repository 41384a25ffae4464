"""Implementation shortfall: what an order cost against the price at which it was decided, in four parts."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats, in_range
from mmlab.frozen import frozen
from mmlab.parameters import ParameterError, check_number
from mmlab.table import Summary


@frozen(repr=False)
class Shortfall(Summary):
    """What an order cost [price·clip], in parts that add up to what it would have earned on paper less what it did.

    Attributes
    ----------
    delay, trading, fees : float
        Of what was filled: from the decision to the order's arrival, from there to the fills, and the venue's.
    opportunity : float
        Of what was not filled: from the decision to the close.
    total : float
    """

    delay: float
    trading: float
    opportunity: float
    fees: float
    total: float


@in_range
def implementation_shortfall(
    ordered: float, prices: ArrayLike, clips: ArrayLike, decision: float, arrival: float, close: float, fee: float = 0.0
) -> Shortfall:
    """Take what an order cost apart.

    Parameters
    ----------
    ordered : float
        [clips], below 0 for a sale.
    prices, clips : array_like, shape (n_fills,)
        Of its fills [price] and [clips], these not below 0, and together not more than ordered.
    decision, arrival, close : float
        The mid when it was decided, when it came to the market, and when what is left is given up [price].
    fee : float
        For each clip filled [price].

    Raises
    ------
    ParameterError
        If the fills are not as many prices as clips, are below 0, or more than ordered.

    References
    ----------
    A. F. Perold (1988), The implementation shortfall: paper versus reality, Journal of Portfolio Management 14(3).
    """
    given = {"ordered": ordered, "decision": decision, "arrival": arrival, "close": close, "fee": fee}
    size, decided, arrived, closed, fee = (check_number(name, value, "price") for name, value in given.items())
    paid, filled = floats(prices), floats(clips)
    left, side = abs(size) - float(filled.sum()), float(np.sign(size))
    if paid.ndim != 1 or paid.shape != filled.shape or not (np.isfinite(paid) & (filled >= 0)).all() or left < 0:
        raise ParameterError(f"Fills must have a price and clips each, up to {abs(size):g} in all; got {clips!r:.60}.")
    done = abs(size) - left
    delay, trading = side * done * (arrived - decided), side * float(filled @ (paid - arrived))
    opportunity, fees = side * left * (closed - decided), fee * done
    return Shortfall(delay, trading, opportunity, fees, delay + trading + opportunity + fees)
