"""Conversions into the units that mmlab computes in: absolute prices, one time unit, inventory in clips.

Papers and desks quote volatility per year and relative, costs in basis points, distances in ticks, positions in
shares. Every confusion of σ with σ², or of a year with a second, starts with a conversion done in the head.
"""

from __future__ import annotations

import math

from mmlab.parameters import Parameter, ParameterError, check_number

TRADING_DAYS_PER_YEAR = 252
TRADING_HOURS_PER_DAY = 6.5

_PRICE = Parameter(name="price", symbol="S", unit="price", above=0, description="The price level.")


def absolute_volatility(
    annual_relative_volatility: float,
    price: float,
    *,
    per: str = "second",
    trading_days: float = TRADING_DAYS_PER_YEAR,
    hours_per_day: float = TRADING_HOURS_PER_DAY,
) -> float:
    """σ in price per √time from a relative volatility a year (0.2 is 20%): σ S / √(time units in a year).

    Parameters
    ----------
    annual_relative_volatility : float
        [1/√year], at least 0.
    price : float
        [price], above 0.
    per : {"second", "minute", "hour", "day", "year"}
        The time unit of the result; hours and shorter count trading time only.
    trading_days, hours_per_day : float
        Days in a year and hours in a day that trade.

    Returns
    -------
    float
        [price/√time unit]; a $100 stock at 20% moves about $1.26 in a day.

    Raises
    ------
    ParameterError
        If a number is not allowed or `per` is not a unit known here.
    """
    days = check_number("trading_days", trading_days, "days/year", above=0, at_most=366)
    hours = days * check_number("hours_per_day", hours_per_day, "hours/day", above=0, at_most=24)
    periods = {"second": hours * 3600, "minute": hours * 60, "hour": hours, "day": days, "year": 1.0}
    if per not in periods:
        raise ParameterError(f"per must be one of {', '.join(periods)}; got {per!r}.")
    sigma = check_number("annual_relative_volatility", annual_relative_volatility, "1/√year", at_least=0)
    return sigma * float(_PRICE.check(price)) / math.sqrt(periods[per])


def price_from_basis_points(basis_points: float, price: float) -> float:
    """A distance in price from one in basis points of `price` (1 bp = 1/10,000)."""
    return check_number("basis_points", basis_points, "bp") * 1e-4 * float(_PRICE.check(price))


def price_from_ticks(ticks: float, tick: float) -> float:
    """A distance in price from one in ticks of size `tick` [price]."""
    return check_number("ticks", ticks, "ticks") * check_number("tick", tick, "price", above=0)


def clips_from_shares(shares: float, shares_per_clip: float) -> float:
    """An inventory in clips from one in shares."""
    clip = check_number("shares_per_clip", shares_per_clip, "shares/clip", above=0)
    return check_number("shares", shares, "shares") / clip


def risk_aversion_per_clip(risk_aversion: float, shares_per_clip: float) -> float:
    """γ [1/(price · clip)] from a CARA coefficient [1/currency]: the same utility, inventory counted in clips."""
    gamma = check_number("risk_aversion", risk_aversion, "1/currency", at_least=0)
    return gamma * check_number("shares_per_clip", shares_per_clip, "shares/clip", above=0)
