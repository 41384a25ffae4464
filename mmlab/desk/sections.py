"""The four sections of a desk's configuration: each number with the unit that people use, its bounds and a default."""

from __future__ import annotations

from typing import Literal

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
_SHARE = Parameter(symbol="", unit="1", description="", above=0, at_most=1)
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
        default=0.0001,
        symbol="c",
        unit="of the price",
        description="What a trade of a resting order costs, of its value: 1 bp is 0.0001; negative: a rebate.",
    )
    taker_cost: float | None = parameter(
        default=None, symbol="c_t", unit="of the price", description="What taking costs; None: the same, or no rebate."
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
        if not isinstance(self.name, str) or self.name not in MODELS:
            import difflib

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
    queue_time: float = parameter(_SECONDS, default=0.0, symbol="t_q", description="What is new waits behind others.")


@validated
class LimitsSection:
    """[limits]: what must not happen; `on_halt`, whether a desk that lost too much holds what it has or flattens."""

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
    soft_max_position: float | None = parameter(
        default=None,
        symbol="q_soft",
        unit="shares",
        at_least=0,
        description="Long so much, only sell; None: q_max.",
    )
    soft_min_position: float | None = parameter(
        default=None,
        symbol="−q_soft",
        unit="shares",
        at_most=0,
        description="Short so much, only buy; None: q_min.",
    )
    widen_at: float = parameter(_SHARE, default=0.5, symbol="f_w", description="The share of a loss that widens.")
    reduce_at: float = parameter(_SHARE, default=0.75, symbol="f_r", description="From this share on, only reduce.")
    widened_half_spread: float | None = parameter(
        _RELATIVE, default=None, symbol="δ_w", description="How far losses widen to; None: half of the widest spread."
    )
    profit_lock: float | None = parameter(
        default=None, symbol="P", unit="currency", above=0, description="With this profit, only reduce for the day."
    )
    on_halt: Literal["hold", "flatten"] = "hold"
    flatten_half_spread: float | None = parameter(
        _RELATIVE, default=None, symbol="δ_f", description="Paid on what is given up at a halt, besides taker_cost."
    )
    flatten_impact: float | None = parameter(
        default=None, symbol="b", unit="of the price/clip", at_least=0, description="What each clip adds to that."
    )
    soft_volatility: float | None = parameter(
        default=None, symbol="σ₀", unit="1/√year", above=0, description="Relative; widens. None: halfway to the limit."
    )
    soft_half_spread: float | None = parameter(
        _RELATIVE, default=None, symbol="δ₀", description="How far it widens at σ₀; None: half of the base spread."
    )
    leave_at: float = parameter(_SHARE, default=0.8, symbol="f_l", description="Below this share of σ₀ or σ_max, over.")


SECTIONS: dict[str, type] = {
    "market": MarketSection,
    "model": ModelSection,
    "quotes": QuotesSection,
    "limits": LimitsSection,
}


GUIDE = (
    ("model.risk_aversion", 0.1, "per unit of money: with 0.1 the day's risk of one clip dwarfs its spread"),
    ("market.price", None, "relative numbers need it"),
    ("market.volatility", 0.2, "the same, relative and a year; the guide's models take it for a price"),
    ("market.arrival_rate", None, "without it there is nothing to trade the edge against"),
    ("market.fill_decay", None, "likewise: one over it is how far from the mid a typical order reaches"),
    ("market.mean_reversion", 0.1, "pulls a signal, never the inventory; no order pushes one here"),
    ("market.transaction_cost", 0.0001, "the same, of what is traded"),
    ("market.clip", None, "the typical fill, in which inventory is counted"),
    ("limits.max_position", 1_000_000, "fifty typical fills; the guide's would be ten thousand"),
    ("limits.min_position", None, "a short position has a limit too"),
    ("quotes.min_quote_size", 100, "the same, as a floor; the guide used it as a cap"),
    ("quotes.min_quote_time", 1, "the same, in seconds"),
    ("quotes.max_quote_time", 60, "the same, in seconds"),
    ("quotes.base_spread", 0.0001, "a round trip pays the cost twice: at the guide's spread it loses"),
    ("quotes.max_spread", 0.001, "the same, and it is used"),
    ("limits.max_daily_loss", 100_000, "a limit on losses, not profits: 1 a share of max_position; the guide's is 0.1"),
    ("limits.max_drawdown", 50_000, "from the running peak; half of a day's loss, as in the guide"),
    ("limits.max_volatility", 0.5, "the same, relative and a year"),
)
"""Of each of the guide's numbers where it stands here, what it was, and why it is another."""
