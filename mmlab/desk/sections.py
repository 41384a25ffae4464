"""The four sections of a desk's configuration: each number with the unit that people use, its bounds and a default."""

from __future__ import annotations

import difflib

from mmlab.models import MODELS
from mmlab.parameters import Parameter, ParameterError, parameter, validated
from mmlab.vocabulary import (
    ARRIVAL_RATE,
    FILL_DECAY,
    MEAN_REVERSION,
    RISK_AVERSION,
    RUNNING_PENALTY,
    SIGNAL_JUMP,
    TERMINAL_PENALTY,
)

_SHARES = Parameter(symbol="", unit="shares", description="", above=0)
_RELATIVE = Parameter(symbol="", unit="of the price", description="", at_least=0)
_SECONDS = Parameter(symbol="", unit="s", description="", at_least=0)


@validated
class MarketSection:
    """[market]: what is believed to be true."""

    price: float = parameter(default=100.0, symbol="S", unit="price", above=0, description="The price level.")
    clip: float = parameter(_SHARES, default=100.0, symbol="clip", description="The typical fill.")
    tick: float = parameter(default=0.01, symbol="tick", unit="price", above=0, description="The price step.")
    volatility: float = parameter(
        default=0.2, symbol="σ", unit="1/√year", at_least=0, description="Relative: 0.2 is 20% a year."
    )
    arrival_rate: float = parameter(ARRIVAL_RATE, default=0.1, unit="1/s")
    fill_decay: float = parameter(FILL_DECAY, default=50.0)
    transaction_cost: float = parameter(
        _RELATIVE, default=0.0001, symbol="c", description="What a trade costs, of its value: 1 bp is 0.0001."
    )
    mean_reversion: float = parameter(MEAN_REVERSION, default=0.0, unit="1/s")
    signal_jump: float = parameter(SIGNAL_JUMP, default=0.0, unit="price/s")
    horizon: float = parameter(default=23_400.0, symbol="T", unit="s", above=0, description="Length of the session.")


@validated
class ModelSection:
    """[model]: which one, and what the dealer minds; the penalties only where the model has them."""

    name: str = "AvellanedaStoikov"
    risk_aversion: float = parameter(RISK_AVERSION, default=1e-5, unit="1/currency", description="CARA coefficient.")
    running_penalty: float | None = parameter(RUNNING_PENALTY, default=None, unit="price/(clip·s)")
    terminal_penalty: float | None = parameter(TERMINAL_PENALTY, default=None)

    def __post_init__(self) -> None:
        if self.name not in MODELS:
            near = difflib.get_close_matches(str(self.name), MODELS, n=1, cutoff=0)
            raise ParameterError(f"name {self.name!r} is none of the models. Did you mean {near[0]!r}?")


@validated
class QuotesSection:
    """[quotes]: how much is shown, how wide, for how long."""

    quote_size: float = parameter(_SHARES, default=100.0, symbol="s", description="Shown on each side when flat.")
    min_quote_size: float = parameter(_SHARES, default=100.0, symbol="s_min", description="The exchange's minimum.")
    lot: float = parameter(_SHARES, default=100.0, symbol="ℓ", description="Sizes are multiples of it.")
    size_decay: float = parameter(
        default=0.0, symbol="η", unit="1/clip", at_least=0, description="How fast the side that adds inventory shrinks."
    )
    min_quote_time: float = parameter(_SECONDS, default=1.0, symbol="t_min", description="Quotes rest at least.")
    max_quote_time: float = parameter(_SECONDS, default=60.0, symbol="t_max", description="Quotes rest at most.")
    stale_fraction: float = parameter(
        default=0.5, symbol="f", unit="1", above=0, description="σ√age over the half-spread at which quotes are stale."
    )
    max_move: float = parameter(
        default=1.0, symbol="m", unit="ticks", at_least=0, description="Further off than this, quotes are replaced."
    )
    base_spread: float = parameter(_RELATIVE, default=0.0003, symbol="w₀", description="The narrowest spread.")
    max_spread: float = parameter(_RELATIVE, default=0.001, symbol="w₁", description="That spread at its widest.")
    latency: float = parameter(_SECONDS, default=0.0, symbol="ℓ", description="Until a new order rests.")
    cancel_latency: float = parameter(_SECONDS, default=0.0, symbol="ℓ_c", description="Until an order is gone.")


@validated
class LimitsSection:
    """[limits]: what must not happen."""

    max_position: float = parameter(_SHARES, default=5_000.0, symbol="q_max", description="The longest.")
    min_position: float = parameter(
        default=-5_000.0, symbol="q_min", unit="shares", at_most=0, description="The shortest, a negative number."
    )
    max_daily_loss: float = parameter(
        default=5_000.0, symbol="L", unit="currency", at_least=0, description="What a day may lose."
    )
    max_drawdown: float = parameter(
        default=2_500.0, symbol="D", unit="currency", at_least=0, description="How far equity may fall from its peak."
    )
    max_volatility: float = parameter(
        default=0.5, symbol="σ_max", unit="1/√year", above=0, description="Relative; beyond it nothing is quoted."
    )
    volatility_window: float = parameter(
        default=300.0,
        symbol="w",
        unit="s",
        above=0,
        description="A move of the mid counts 1/e of itself this much later.",
    )


SECTIONS: dict[str, type] = {
    "market": MarketSection,
    "model": ModelSection,
    "quotes": QuotesSection,
    "limits": LimitsSection,
}
