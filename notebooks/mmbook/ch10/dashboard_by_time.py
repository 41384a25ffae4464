"""The dashboard on a page, where no kernel plays a day: the slider is how far the day has come."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

from mmbook.ch10.dashboard import Dashboard
from mmbook.ch10.desk_day import STEP, LiveDay
from mmbook.ch10.scenes import CALM
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.style import DRAWING

DONE = Parameter("n", "steps", "How many steps of 10 s of the day are over.", integer=True, name="steps_done")
N_STEPS = round(CALM.horizon / STEP)


class DashboardByTime(Dashboard):
    """Its panels and its readout after any number of steps."""

    sliders: ClassVar = {DONE: (1, N_STEPS, N_STEPS // 2)}
    tasks: ClassVar = {}

    def reset(self) -> None:
        """Begin the chosen day anew."""
        with DRAWING:
            self.live, self.played = None, LiveDay(self.days[self.preset])
            Explorer.reset(self)

    def answer(self, values: Mapping[str, Any]) -> SimpleNamespace:
        """The rows of so much of the day."""
        if values["steps_done"] < self.played.n_steps:
            self.played = LiveDay(self.days[self.preset])
        self.monitor = self.played.step(values["steps_done"] - self.played.n_steps).monitor
        return super().answer(values)
