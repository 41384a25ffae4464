"""What the answer to a question is computed to be: numbers for its sentence, and a plot; the sentence is in `texts`."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mmlab.teach.mistakes import Facts
from mmlab.teach.style import drawing

Draws = Callable[[str, Axes], Facts]


class Finding(NamedTuple):
    """What the answer to a question is made of: its numbers, and a plot."""

    facts: Mapping[str, Any]
    figure: Figure | None = None


def drawn(width: float, height: float, legend: str = "") -> Callable[[Draws], Callable[[str], Finding]]:
    """Make what computes an answer of a function that draws it, too: on these axes, in the workbook's style.

    Parameters
    ----------
    width, height : float
        Of the plot [inches].
    legend : str, optional
        Where its legend is; if not given, the function makes its own or none.
    """

    def computing(draw: Draws) -> Callable[[str], Finding]:
        @wraps(draw)
        def reveal(guess: str) -> Finding:
            with drawing(width=width, height=height) as (fig, axes):
                facts = draw(guess, axes)
                if legend:
                    axes.legend(loc=legend)
            return Finding(facts, fig)

        return reveal

    return computing
