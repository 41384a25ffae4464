"""Everything a notebook shows: pictures in one style, and explorers that answer a moved slider with a new picture."""

# The chapters declare their questions and exercises.
from mmlab.arguments import explain_all
from mmlab.teach import chapter_11 as chapter_11
from mmlab.teach import chapter_11_replay as chapter_11_replay
from mmlab.teach.as_printed import AsPrinted, Reckoning, reckoning_table
from mmlab.teach.calibration import CalibrationExplorer
from mmlab.teach.exercises import check, hint
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.predict import predict
from mmlab.teach.progress import one_by_one
from mmlab.teach.recorded_day import RecordedDay, recorded_day
from mmlab.teach.style import Picture, figure, use_style

__all__ = [
    "AsPrinted",
    "CalibrationExplorer",
    "Explorer",
    "Picture",
    "Preset",
    "Reckoning",
    "RecordedDay",
    "check",
    "figure",
    "hint",
    "one_by_one",
    "predict",
    "reckoning_table",
    "recorded_day",
    "use_style",
]
explain_all(__name__)
