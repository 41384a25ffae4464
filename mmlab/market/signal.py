"""Signal: the short-term drift of the mid that market orders push and time forgets."""

from __future__ import annotations

import numpy as np

from mmlab.parameters import FloatArray, check_number, parameter, validated
from mmlab.vocabulary import MEAN_REVERSION, SIGNAL_JUMP, SIGNAL_VOLATILITY


def remembered_time(rate: float, time: float) -> float:
    """∫₀ᵗ e^{−rate·s} ds = (1 − e^{−rate·t}) / rate [time]; t itself where nothing is forgotten."""
    rate, time = check_number("rate", rate, "1/time", at_least=0), check_number("time", time, "time", at_least=0)
    return float(-np.expm1(-rate * time) / rate) if rate > 0 else time


@validated
class Signal:
    """dS = α dt + σ dW with dα = −ζ α dt + η dW^α + ε dM⁺ − ε dM⁻: the mid drifts with α, and orders push α.

    M⁺ and M⁻ count buy and sell market orders. Knowing α now, one expects the mid to move by α (1 − e^{−ζτ}) / ζ in
    the time τ to come.

    References
    ----------
    Á. Cartea, S. Jaimungal and J. Penalva (2015), Algorithmic and High-Frequency Trading, §10.4.2.
    """

    mean_reversion: float = parameter(MEAN_REVERSION, source="CJP (2015), §10.4.2")
    signal_volatility: float = parameter(SIGNAL_VOLATILITY, default=0.0, source="CJP (2015), §10.4.2")
    signal_jump: float = parameter(SIGNAL_JUMP, default=0.0, source="CJP (2015), §10.4.2")

    def draw(self, pushes: FloatArray, time_step: float, rng: np.random.Generator) -> FloatArray:
        """The signal at every time [price/time], shape (n_steps + 1, n_paths), from 0 and pushed at each step's start.

        Parameters
        ----------
        pushes : array, shape (n_steps, n_paths)
            [price/time] what the step's orders add to it.
        time_step : float
            Δt [time].
        rng : Generator
            Draws the noise of the exact step, α ← (α + push) e^{−ζΔt} + η √[(1 − e^{−2ζΔt}) / 2ζ] Z.
        """
        zeta = self.mean_reversion
        signal = np.zeros((len(pushes) + 1, pushes.shape[1]))
        rng.standard_normal(out=signal[1:])
        signal[1:] *= self.signal_volatility * np.sqrt(remembered_time(2 * zeta, time_step))
        keeps = np.exp(-zeta * float(time_step))
        for n, push in enumerate(pushes):
            signal[n + 1] += keeps * (signal[n] + push)
        return signal
