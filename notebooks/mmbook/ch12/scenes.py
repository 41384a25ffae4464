"""The stretch of a recorded day that the explorer of chapter 12 goes through."""

from __future__ import annotations

from mmlab.market import Day, replay_tape


def stretch_for(day: Day, clip: float, n_steps: int) -> float:
    """How many seconds of the day's second half a replay goes through in about so many steps: 300 at most."""
    noon = (day.time[0] + day.time[-1]) / 2
    whole = replay_tape(day.between(noon, day.time[-1]), time_step=10, clip=clip)
    return float(min(300, max(10, 10 * round(n_steps * whole.time[-1] / whole.n_steps / 10))))
