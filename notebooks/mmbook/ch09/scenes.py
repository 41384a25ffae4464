"""The hour that chapter 09 trades: its configuration, and a tape in whose middle the mid moves too far."""

from __future__ import annotations

from functools import lru_cache

from mmlab.desk import MarketMakingConfig
from mmlab.market import Tape

CONFIG = MarketMakingConfig.from_toml("""
[market]
volatility = 0.24283
arrival_rate = 0.05
transaction_cost = 0.00002
horizon = 3600.0

[model]
risk_aversion = 0.0002

[quotes]
quote_size = 300
size_decay = 0.2
stale_fraction = 3.0

[limits]
max_position = 1000
min_position = -1000
max_daily_loss = 400
max_drawdown = 300
""")
"""An hour at 100, in which the mid moves by a cent in a second: σ = 0.01 price/√s."""
N_STEPS, SEED = 240, 19
STORM = (0.4, 0.5)
"""From when to when the storm is [horizon = 1]."""


def hour(config: MarketMakingConfig = CONFIG, storm: float = 4.0, seed: int = SEED, n_paths: int = 1) -> Tape:
    """An hour of the configuration's market, in whose storm the mid moves `storm` times as far [1].

    It has 240 steps of 15 s; the storm lasts 24 of them, from minute 24 to minute 30.
    """
    tape = config.make_market().tape(n_paths=n_paths, n_steps=N_STEPS, seed=seed)
    first, last = (round(share * N_STEPS) for share in STORM)
    return tape.stormy(first, last, storm)


@lru_cache(maxsize=4)
def hours(seed: int = 2026, n_paths: int = 400) -> Tape:
    """Many such hours."""
    return hour(seed=seed, n_paths=n_paths)
