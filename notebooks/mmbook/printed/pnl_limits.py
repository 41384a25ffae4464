"""The guide's `market_making/pnl_limits.py`, as printed but for the imports it forgot."""

from __future__ import annotations


class PnLLimiter:
    """WRONG, on purpose: limits a day's profit, takes the level for the drawdown, and never stops a desk.

    `mmlab.desk.PnLLimiter` limits losses.
    """

    def __init__(self, max_daily_pnl: float, max_drawdown: float):
        self.max_daily_pnl = max_daily_pnl
        self.max_drawdown = max_drawdown

    def check_pnl(self, current_pnl, daily_pnl):  # type: ignore[no-untyped-def]
        """The printed check: whether the day's PnL is at most a maximum and the PnL at least −max_drawdown."""
        return daily_pnl <= self.max_daily_pnl and current_pnl >= -self.max_drawdown

    def adjust_quotes(self, current_pnl, daily_pnl, bid_price, ask_price):  # type: ignore[no-untyped-def]
        """The printed (bid, ask): twice the spread where a limit is reached."""
        if daily_pnl >= self.max_daily_pnl:  # noqa: SIM114 as it was printed
            spread = ask_price - bid_price
            return bid_price - spread / 2, ask_price + spread / 2
        elif current_pnl <= -self.max_drawdown:
            spread = ask_price - bid_price
            return bid_price - spread / 2, ask_price + spread / 2
        else:
            return bid_price, ask_price
