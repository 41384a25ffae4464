"""Everything a notebook shows: plots in one style, and explorers that answer a moved slider with a new plot."""

import logging
import sys

if sys.platform == "emscripten":  # each start makes matplotlib's list of fonts anew there, and would say so in a cell
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

from mmlab.arguments import explain_all
from mmlab.teach.exercises import check, hint, variant
from mmlab.teach.explorer import Explorer
from mmlab.teach.handin import hand_in
from mmlab.teach.predict import first_guesses, predict
from mmlab.teach.progress import one_by_one
from mmlab.teach.style import Picture, figure, use_style

__all__ = ["Explorer", "Picture", "check", "figure", "first_guesses", "hand_in", "hint", "one_by_one", "predict"]
__all__ += ["use_style", "variant"]
explain_all(__name__)
