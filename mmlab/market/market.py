"""Market: the truth. How the mid moves, how often market orders come and how deep they reach.

What a *model* believes about all this lives in the model; the two may differ, and chapter 06 prices the difference.
"""

from __future__ import annotations

import copy
import dataclasses
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import check_memory
from mmlab.description import describe
from mmlab.market.intensity import Exponential, Intensity
from mmlab.market.seed import Seed, generator
from mmlab.market.signal import Signal, remembered_time
from mmlab.market.tape import Tape
from mmlab.parameters import FloatArray, ParameterError, check_count, parameter, parameters_of, validated
from mmlab.vocabulary import DRIFT, HORIZON, JUMP, MARKET_ORDER_SIZE, MID_PRICE, VOLATILITY

SHORTEST = 1e-300
"""[time] of steps that are not 0: the rates at which one is sure to see an order are numbers still."""
_BLOCK = 2**14
"""Numbers that are drawn at once."""


@validated
class Market:
    """A mid that moves by itself and by market orders, and two flows of market orders.

    In a step of length Δt the quotes stand around the mid s; at most one buy and one sell order arrive; fills are at
    the quoted prices; then the mid moves by μΔt ± σ√Δt, + ε for a buy order and − ε for a sell order (an order
    has arrived if its reach is at least 0: they come at λ(0) a side). With a signal α the step's orders first push
    it; then the mid drifts with what is expected of it, (α + push) (1 − e^{−ζΔt}) / ζ, while it reverts. Other fields
    than the numbers below:

    intensity : Exponential | Linear | tuple of two
        The flows of (buy, sell) market orders: buy orders hit our ask. One object serves both.
    jump : tuple of two floats
        ε [price] of (buy, sell) market orders. The other side's order of the same step, of chance p₀ (λ(0)Δt or
        1 − e^{−λ(0)Δt}, by the fill rule), moves the mid back, so that a fill at δ ≥ 0 costs ε(1 − p₀): where ε
        matters, take steps with λ(0)Δt ≤ 0.05.
    fill_rule : {"linear", "exponential"}
        Whether a step fills with probability min(1, λΔt), as AS (2008) simulate, or 1 − e^{−λΔt}.
    mid_move : {"binomial", "normal"}
        Whether a step's random move is ±σ√Δt with equal probability, as AS (2008), or normal.
    signal : Signal, optional
        The short-term drift of the mid, 0 at the start; none by default.
    """

    mid_price: float = parameter(MID_PRICE, source="AS (2008), §2.1")
    volatility: float = parameter(VOLATILITY, source="AS (2008), §2.1")
    horizon: float = parameter(HORIZON, source="AS (2008), §2.1")
    intensity: Intensity | tuple[Intensity, Intensity] = dataclasses.field()
    drift: float = parameter(DRIFT, default=0.0, source="AS (2008), §2.1")
    market_order_size: float = parameter(MARKET_ORDER_SIZE, default=1.0, source="Smith et al. (2003): all of one size")
    jump: tuple[float, float] = (0.0, 0.0)
    fill_rule: Literal["linear", "exponential"] = "exponential"
    mid_move: Literal["binomial", "normal"] = "normal"
    signal: Signal | None = None

    def __post_init__(self) -> None:
        flows = self._flows
        if len(flows) != 2 or any(isinstance(flow, type) or not isinstance(flow, Intensity) for flow in flows):
            raise ParameterError(
                f"intensity must be an Exponential, a Linear or a (buy, sell) pair of them; got {self.intensity!r}."
            )
        if np.shape(self.jump) != (2,):
            raise ParameterError(f"jump (ε) must be a pair, for (buy, sell) orders; got {self.jump!r}.")
        object.__setattr__(self, "jump", tuple(JUMP.check(jump) for jump in self.jump))
        if not isinstance(self.signal, Signal | None):
            raise ParameterError(f"signal must be a Signal or None; got {self.signal!r}.")

    @classmethod
    def avellaneda_stoikov_2008(cls, **changes: Any) -> Market:
        """The market of the paper's §3.3: s = 100, σ = 2, A = 140, k = 1.5, T = 1, λΔt fills, ±σ√Δt moves."""
        flow = Exponential(arrival_rate=140, fill_decay=1.5)
        paper: dict[str, Any] = {"mid_price": 100, "volatility": 2, "horizon": 1, "intensity": flow}
        return cls(**(paper | {"fill_rule": "linear", "mid_move": "binomial"} | changes))

    @classmethod
    def from_calibration(cls, calibration: Any, **changes: Any) -> Market:
        """The market that a recorded day was drawn from, as far as a `mmlab.measure.Calibration` tells.

        Both sides are alike unless ``intensity=calibration.intensities`` says otherwise; a jump that was measured below
        0 is 0. The mid starts at the day's last. What was measured of σ contains the jumps of the orders that came,
        N/T a unit of time on both sides, and this market adds as many by itself: its own volatility is √(σ² − ε² N/T).

        ε is what *one* order did, `calibration.jump`: these orders come each by itself, and ε² N/T is what they move.
        What an order costs with those that it brings is `calibration.lasting_jump`: `CarteaJaimungal` may be told it.

        Raises
        ------
        ParameterError
            If the jumps alone would move the mid further than it moved: ε was measured at too long a horizon.
        """
        measured: dict[str, Any] = {"mid_price": calibration.mid_price, "volatility": calibration.volatility.value}
        measured |= {"horizon": calibration.horizon, "intensity": calibration.pooled.intensity}
        market = cls(**(measured | {"jump": (max(calibration.jump.value, 0.0),) * 2} | changes))
        if "volatility" in changes:
            return market
        jumps = market.jump_variance
        if jumps > market.volatility**2:
            raise ParameterError(
                f"jump (ε) {market.jump} alone moves the mid by {np.sqrt(jumps):.4g} a √time, and σ is "
                f"{market.volatility:.4g}: measure ε at a shorter horizon, so that no later order counts in it."
            )
        return dataclasses.replace(market, volatility=float(np.sqrt(market.volatility**2 - jumps)))

    @property
    def _flows(self) -> tuple[Intensity, Intensity]:
        """Those of (buy, sell) market orders."""
        return self.intensity if isinstance(self.intensity, tuple) else (self.intensity, self.intensity)

    @property
    def buy_intensity(self) -> Intensity:
        """The flow of buy market orders, which hit our ask."""
        return self._flows[0]

    @property
    def sell_intensity(self) -> Intensity:
        """The flow of sell market orders, which hit our bid."""
        return self._flows[1]

    @property
    def jump_variance(self) -> float:
        """Σ λ(0) ε² over the two sides [price²/time]: what the orders' jumps add to the variance of the mid."""
        return sum(float(flow.rate(0.0)) * jump**2 for flow, jump in zip(self._flows, self.jump, strict=True))

    @property
    def total_volatility(self) -> float:
        """√(σ² + Σ λ(0) ε²) [price/√time]: of the mid as it is seen, the orders' jumps included."""
        return float(np.hypot(self.volatility, np.sqrt(self.jump_variance)))

    def fill_probability(self, intensity: Intensity, depth: ArrayLike, time_step: float) -> FloatArray:
        """The probability [1] that an order of this flow reaches `depth` [price] in `time_step` [time].

        min(1, λΔt) or 1 − e^{−λΔt}, by the market's fill rule; 0 where `depth` is NaN (no quote).
        """
        with np.errstate(over="ignore", invalid="ignore"):
            expected = np.nan_to_num(intensity.rate(depth) * time_step, nan=0.0, posinf=np.inf)
        return np.minimum(expected, 1.0) if self.fill_rule == "linear" else -np.expm1(-expected)

    def tape(self, n_paths: int, n_steps: int, seed: Seed = None) -> Tape:
        """Draw what happens on `n_paths` independent sessions of `n_steps` equal steps.

        Parameters
        ----------
        n_paths, n_steps : int
            At least 1.
        seed : int | Generator | SeedSequence
            Same seed, environment and machine: same tape.

        Returns
        -------
        Tape
            Times of shape (n_steps + 1,), mids (n_steps + 1, n_paths), reaches (n_steps, n_paths), and with a signal
            that too, (n_steps + 1, n_paths). A seed draws the same orders and noise of the mid with it as without, and
            whatever the orders' mean size.

        Raises
        ------
        ParameterError
            If a count is not a whole number of at least 1, steps are shorter than `SHORTEST` but not 0, the tape would
            need too much memory, or the seed is none.
        """
        n_paths, n_steps = check_count("n_paths", n_paths), check_count("n_steps", n_steps)
        n_columns = 3 + (self.signal is not None) + 2 * (self.market_order_size > 1)
        check_memory(f"A tape of {n_paths:,} paths × {n_steps:,} steps", n_columns * 8 * n_paths * (n_steps + 1))
        rng = generator(seed)
        time, dt = np.linspace(0.0, self.horizon, n_steps + 1), self.horizon / n_steps
        if 0 < dt < SHORTEST:
            raise ParameterError(f"A step must be 0 or at least {SHORTEST:g}; the horizon over n_steps is {dt:g}.")
        shape = (n_steps, n_paths)
        mid = np.empty((n_steps + 1, n_paths))
        mid[0] = self.mid_price
        moves = mid[1:]
        if self.mid_move == "binomial":
            np.subtract(2.0 * rng.integers(0, 2, size=shape, dtype=np.int8), 1.0, out=moves)
        else:
            rng.standard_normal(out=moves)
        moves *= self.volatility * np.sqrt(dt)
        moves += self.drift * dt
        buy_reach, sell_reach = (self._draw_reach(flow, dt, shape, rng) for flow in self._flows)
        for reach, epsilon in ((buy_reach, self.jump[0]), (sell_reach, -self.jump[1])):
            if epsilon:
                moves += epsilon * (reach >= 0)
        signal = None
        if self.signal is not None:
            pushes = self.signal.signal_jump * np.subtract(buy_reach >= 0, sell_reach >= 0, dtype=np.float64)
            signal = self.signal.draw(pushes, dt, rng)
            moves += remembered_time(self.signal.mean_reversion, dt) * (signal[:-1] + pushes)
        # Row by row: NumPy's cumsum along the first axis strides through memory and is several times slower.
        for previous, row in pairwise(mid):
            row += previous
        if self.market_order_size == 1:
            buy_size = sell_size = np.broadcast_to(1.0, shape)
        else:
            buy_size, sell_size = rng.geometric(1 / self.market_order_size, size=(2, *shape)).astype(np.float64)
        # Of a copy, so that whatever else is drawn from this generator stays what it is.
        arrival_seed = int(copy.deepcopy(rng).integers(2**63))
        foreign: list[str] = []
        origin = {"market": describe(self, "own flow", foreign), "n_paths": n_paths, "n_steps": n_steps}
        known = not foreign and isinstance(seed, int | np.integer)
        tape = Tape(time, mid, buy_reach, sell_reach, buy_size, sell_size, signal, arrival_seed=arrival_seed)
        return tape.coming_from(origin | {"seed": int(seed)} if known else None)  # type: ignore[arg-type]

    def _draw_reach(
        self, intensity: Intensity, dt: float, shape: tuple[int, int], rng: np.random.Generator
    ) -> FloatArray:
        """Reach = λ⁻¹(U/Δt) or λ⁻¹(E/Δt), so that P(reach ≥ δ) is the fill rule's probability at δ."""
        if dt == 0:
            return np.full(shape, -np.inf)
        reach, rows = np.empty(shape), max(1, _BLOCK // shape[1])
        for n in range(0, len(reach), rows):  # what is drawn at once stays in a processor's cache
            level = reach[n : n + rows]
            if self.fill_rule == "linear":
                rng.random(out=level)
                np.subtract(1.0, level, out=level)  # (0, 1]: a level of 0 would reach infinitely far
            else:
                rng.standard_exponential(out=level)
                np.maximum(level, np.finfo(float).tiny, out=level)
            level /= dt
            level[:] = intensity.depth(level)
        return reach

    def parameters(self) -> dict[str, float]:
        """The market's numbers by their contract names, those that both flows share and the signal's included.

        Models pick from these with `for_market`. What differs between the flows is not listed: a model that needs one
        number for both sides has to be told which.
        """
        known = {name: getattr(of, name) for of in (self, self.signal) for name in parameters_of(of)}
        return known | {name: buy for name, (buy, sell) in self.sides().items() if buy == sell and name != "jump"}

    def sides(self) -> dict[str, tuple[float, float]]:
        """What may differ between (buy, sell) orders, by contract names, for models that tell the two apart."""
        buy, sell = self._flows
        of_both = [name for name in parameters_of(buy) if name in parameters_of(sell)]
        return {"jump": self.jump} | {name: (getattr(buy, name), getattr(sell, name)) for name in of_both}
