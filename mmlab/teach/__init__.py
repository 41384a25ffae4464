"""Everything a notebook shows: pictures in one style, and explorers that answer a moved slider with a new picture."""

# The chapters declare their questions and exercises.
from mmlab.arguments import explain_all
from mmlab.teach.as_printed import AsPrinted, Reckoning, reckoning_table
from mmlab.teach.exercises import check, hint
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.predict import predict
from mmlab.teach.progress import one_by_one
from mmlab.teach.style import Picture, figure, use_style

__all__ = [
    "AsPrinted",
    "Explorer",
    "Picture",
    "Preset",
    "Reckoning",
    "check",
    "figure",
    "hint",
    "one_by_one",
    "predict",
    "reckoning_table",
    "use_style",
]
explain_all(__name__)
