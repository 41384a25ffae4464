"""The frames of a sweep: an explorer's pictures and words while one slider runs and others stand, on one set of axes.

What lives here draws them; how they are stored is not known here.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mmlab.teach.explorer import Explorer
from mmlab.teach.style import DRAWING
from mmlab.teach.words import failure

Ranges = dict[str, tuple[float, float]]
"""What has to be seen of "x" and of "y"."""


class Frame(NamedTuple):
    """What a reader meets at one position of the slider.

    Attributes
    ----------
    words : str
        The readout, or the sentence that says what is wrong.
    layers : list of (str, str)
        Each panel's still layer and its changing one, as HTML; empty where something is wrong.
    """

    words: str
    layers: list[tuple[str, str]]


def positions(explorer: Explorer, name: str, most: int) -> list[float]:
    """Where a sweep stops: values evenly spread along the slider's handle, both ends and its start among them.

    Parameters
    ----------
    explorer : Explorer
        At rest at a preset.
    name : str
        The slider's.
    most : int
        How many there are at most, 3 or more.
    """
    control = explorer.controls[name]
    stops = [float(stop) for stop in control.stops]
    start = int(np.argmin(np.abs(np.subtract(stops, control.value))))
    stops[start] = control.value  # exactly
    chosen = {round(n) for n in np.linspace(0, len(stops) - 1, min(most, len(stops)))}
    if start not in chosen:
        chosen -= {min(chosen - {0, len(stops) - 1}, key=lambda n: abs(n - start))}
    return [stops[n] for n in sorted({*chosen, start})]


def frames(explorer: Explorer, name: str, values: Sequence[float]) -> tuple[list[Frame], list[Ranges]]:
    """The frames of one slider's sweep, and for each panel what its axes were fitted to.

    A fresh explorer at the same preset whose panels `hold` and `fit` the same ranges draws the same at each value.

    Parameters
    ----------
    explorer : Explorer
        At rest at a preset; it is put back there, but its axes stay.
    name : str
        The slider's.
    values : sequence of float
        Values of that slider, that at which it is at rest among them.
    """
    rest, answers, needed = explorer.at_rest[name], list[tuple[Any, str]](), dict[float, list[Ranges]]()
    with DRAWING:
        for panel in explorer.panels:
            panel.hold()
        for value in values:
            explorer._put({name: value})
            try:
                state = explorer.answer(explorer.values)
                words = explorer._worded(state)
                for panel in explorer.panels:
                    panel.begin(anew=False)
                    panel.needed = {}
                explorer.show(state, *explorer.panels)
            except Exception as error:  # a reader gets a sentence there
                answers.append((None, f"⚠ {failure(error)}"))
            else:
                answers.append((state, words))
                needed[value] = [panel.needed for panel in explorer.panels]
        n_panels = range(len(explorer.panels))
        at_rest = needed.get(rest, [Ranges()] * len(n_panels))
        axes = [_fitted(at_rest[n], [panels[n] for panels in needed.values()]) for n in n_panels]
        for panel, ranges in zip(explorer.panels, axes, strict=True):
            panel.fit(ranges)
        drawn = [Frame(words, [] if state is None else explorer._draw(state)) for state, words in answers]
        explorer._put({name: rest})
    return drawn, axes


def _fitted(rest: Ranges, needed: Sequence[Ranges]) -> Ranges:
    """What a panel shows over a sweep: all that has to be seen, but no further than two pictures away from rest.

    At a slider's far end prices may be a hundred times what they are at rest, where nobody could tell them apart then.
    """
    fitted = {}
    for axis in {axis for ranges in needed for axis in ranges}:
        lows, highs = np.transpose([ranges[axis] for ranges in needed if axis in ranges])
        low, high = rest.get(axis, (lows.min(), highs.max()))
        far = 2 * max(high - low, float(np.median(highs - lows)))
        fitted[axis] = max(float(lows.min()), low - far), min(float(highs.max()), high + far)
    return fitted
