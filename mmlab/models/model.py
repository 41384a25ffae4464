"""What every model is to the rest of mmlab, how one picks its parameters from a market, and the post-only clamp."""

from __future__ import annotations

import inspect
from typing import Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arguments import explained
from mmlab.frozen import frozen
from mmlab.market import Market
from mmlab.parameters import FloatArray, Noted, ParameterError, parameters_of
from mmlab.quotes import Quotes

M = TypeVar("M")


class Model(Protocol):
    """A policy on (inventory, time left): the distances from the mid at which to quote."""

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price], broadcast over `inventory` [clips] and `time_left` [time]; NaN: no quote."""
        ...

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """Those depths around `mid_price` [price], one clip a side."""
        return Quotes.around(mid_price, *self.depths(inventory, time_left))


class SignalModel(Protocol):
    """A policy that also looks at the signal, the mid's short-term drift."""

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike, signal: ArrayLike) -> Quotes:
        """Prices around `mid_price` [price], one clip a side, that know the `signal` [price/time]."""
        ...


def takes_signal(function: Any) -> bool:
    """Whether a function has a parameter named `signal`: such a strategy is shown the tape's."""
    try:
        return "signal" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # some built-ins do not tell
        return False


def for_market(model: type[M], market: Market, **own: Any) -> M:
    """Make `model` with the parameters it declares taken from what is true in `market`, and `own` for the rest.

    A model that knows no jump holds its inventory against the whole variance of the mid: where market orders move the
    mid, its σ is the market's `total_volatility`, and its repr and parameter table say so.

    Raises
    ------
    ParameterError
        If neither gives a parameter that the model needs, or `market` is none.
    """
    known, per_side = market.parameters(), market.sides()
    believed: dict[str, Any] = {
        name: source[name]
        for name, spec in parameters_of(model).items()
        if name in (source := per_side if spec.per_side else known)
    }
    if market.jump_variance and "volatility" in believed and "jump" not in parameters_of(model):
        believed["volatility"] = Noted(market.total_volatility, "with the orders' jumps")
    return model(**(believed | own))


def bounds_of(policy: Any) -> tuple[Any, Any]:
    """The lowest and the largest inventory that a policy itself allows [clips]; ∓∞ where it names none."""
    high, low = (getattr(policy, name, None) for name in ("max_inventory", "min_inventory"))
    most = np.inf if high is None else high
    return -most if low is None else low, most


def inventories_of(model: Any) -> FloatArray:
    """All inventories that a bounded model allows, clip by clip, shape (n_q,)."""
    low, high = bounds_of(model)
    return np.arange(low, high + 1.0)


@explained
class MarketModel(Model):
    """A model that can take its parameters from a market."""

    @classmethod
    def for_market(cls, market: Market, **own: Any) -> Self:
        """The model that believes what is true in `market`; `own` gives the rest (a γ, penalties, q̄) or overrides."""
        return for_market(cls, market, **own)


@explained
@frozen
class _OfAnother(Model):
    """A model that quotes as another does, but for something."""

    model: Model

    def __post_init__(self) -> None:
        if not hasattr(self.model, "depths"):
            raise ParameterError(f"{type(self).__name__} needs a model with depths; got {self.model!r}.")

    @property
    def max_inventory(self) -> int | None:
        """The model's own bound on the inventory [clips], if it has one."""
        return getattr(self.model, "max_inventory", None)

    @property
    def min_inventory(self) -> int | None:
        """The model's own lower bound [clips], if it has one that is not −max_inventory."""
        return getattr(self.model, "min_inventory", None)


class PostOnly(_OfAnother):
    """A model whose quotes never cross the mid: each depth is max(0, δ).

    A choice of its own, not part of the papers' solutions: with it a very long desk sells at the mid at best.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        if takes_signal(self.model.depths):
            raise ParameterError(
                "PostOnly clamps the depths of a model of (inventory, time left); one that looks at a signal solves "
                f"the post-only problem itself, if so made. Got {self.model!r}."
            )

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Bid and ask depth [price], at least 0; NaN where the model does not quote."""
        bid, ask = self.model.depths(inventory, time_left)
        return np.maximum(bid, 0.0), np.maximum(ask, 0.0)


class WholeClips(_OfAnother):
    """A model that counts whole clips, on a market whose orders fill parts of one: it quotes as at the nearest.

    Holding 2.4 clips it quotes as with 2. Models that solve for a value at each whole inventory refuse the parts.
    """

    def depths(self, inventory: ArrayLike, time_left: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """The model's depths [price] at the nearest whole inventory."""
        return self.model.depths(np.rint(inventory), time_left)

    def quotes(self, mid_price: ArrayLike, inventory: ArrayLike, time_left: ArrayLike) -> Quotes:
        """The model's quotes at the nearest whole inventory."""
        return self.model.quotes(mid_price, np.rint(inventory), time_left)
