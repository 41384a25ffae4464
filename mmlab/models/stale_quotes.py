"""What a resting quote gives away: it is an option, written for nothing to whoever comes first when it is stale."""

from __future__ import annotations

import math
from statistics import NormalDist

from mmlab.arguments import explained
from mmlab.parameters import check_number

_NORMAL = NormalDist()


@explained
def option_of_a_quote(half_spread: float, volatility: float, age: float) -> float:
    """What one side of a quote that nobody has touched is worth to the first who looks [price]: σ√u Ψ(h/(σ√u)).

    Ψ(x) = φ(x) − xΦ(−x): Bachelier's call on the mid, struck at the quote.

    Parameters
    ----------
    half_spread : float
        h, how far from the mid it was placed [price].
    volatility : float
        σ [price/√time].
    age : float
        u, since when [time].

    References
    ----------
    T. E. Copeland and D. Galai (1983), Information effects on the bid-ask spread, Journal of Finance 38(5).
    """
    sigma = check_number("volatility", volatility, "price/√time", above=0)
    moved = sigma * math.sqrt(check_number("age", age, "time", above=0))
    x = check_number("half_spread", half_spread, "price", at_least=0) / moved
    return moved * (_NORMAL.pdf(x) - x * _NORMAL.cdf(-x))


@explained
def sniped_a_time(half_spread: float, volatility: float, stale_fraction: float = 1.0) -> float:
    """What `QuoteTimer`'s quotes give away to one look at the end of each life [price·clip/time]: (2σ²/fh)Ψ(1/f).

    Both sides of quotes that live (fh/σ)². Somebody who looks all the time takes a quote as the mid comes there: that
    earns only at jumps.
    """
    f = check_number("stale_fraction", stale_fraction, "1", above=0)
    life = (f * check_number("half_spread", half_spread, "price", above=0) / volatility) ** 2
    return 2 * option_of_a_quote(half_spread, volatility, life) / life


@explained
def sniping_half_spread(jump_rate: float, jump_mean: float, investor_rate: float) -> float:
    """The half-spread h at which a maker earns from investors what snipers take [price]: j W(λ_J/λ_inv), W Lambert's.

    λ_inv h = λ_J E(J − h)⁺, for jumps at the rate λ_J [1/time] of exponential size J, j in the mean [price].

    References
    ----------
    E. Budish, P. Cramton and J. Shim (2015), The high-frequency trading arms race: frequent batch auctions as a market
    design response, Quarterly Journal of Economics 130(4).
    """
    jumps = check_number("jump_rate", jump_rate, "1/time", at_least=0)
    ratio = jumps / check_number("investor_rate", investor_rate, "1/time", above=0)
    w = math.log1p(ratio)
    for _ in range(20):  # Newton's steps on w − ratio e^{−w}
        w -= (w - ratio * math.exp(-w)) / (1 + w)
    return w * check_number("jump_mean", jump_mean, "price", at_least=0)
