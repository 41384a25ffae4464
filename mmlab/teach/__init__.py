"""Everything a notebook shows: plots in one style, and explorers that answer a moved slider with a new plot."""

from mmlab.arguments import explain_all
from mmlab.teach.exercises import check, hint
from mmlab.teach.explorer import Explorer
from mmlab.teach.predict import first_guesses, predict
from mmlab.teach.progress import one_by_one
from mmlab.teach.style import Picture, figure, use_style

__all__ = [
    "Explorer",
    "Picture",
    "check",
    "figure",
    "first_guesses",
    "hint",
    "one_by_one",
    "predict",
    "use_style",
]
explain_all(__name__)
