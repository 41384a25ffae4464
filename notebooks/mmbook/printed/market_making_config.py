"""The guide's `config/market_making_config.py`, as printed."""

from __future__ import annotations


def setup_market_making_environment() -> dict[str, dict[str, float]]:
    """WRONG, on purpose: no units, no clip, and costs that a round trip at the base spread does not earn.

    `mmlab.setup_market_making_environment` gives numbers that a desk can use.
    """
    model_params = {
        "risk_aversion": 0.1,
        "volatility": 0.2,
        "mean_reversion": 0.1,
        "transaction_cost": 0.0001,
    }
    quote_params = {
        "max_position": 1000000,
        "min_quote_size": 100,
        "min_quote_time": 1,
        "max_quote_time": 60,
        "base_spread": 0.0001,
        "max_spread": 0.001,
    }
    risk_params = {
        "max_daily_pnl": 100000,
        "max_drawdown": 50000,
        "max_volatility": 0.5,
    }
    return {"model_params": model_params, "quote_params": quote_params, "risk_params": risk_params}
