"""Everything a notebook shows: plots in one style, and explorers that answer a moved slider with a new plot."""

from mmlab.arguments import explain_all
from mmlab.teach.exercises import check as check
from mmlab.teach.exercises import hint as hint
from mmlab.teach.explorer import Explorer as Explorer
from mmlab.teach.explorer import Preset as Preset
from mmlab.teach.predict import predict as predict
from mmlab.teach.progress import one_by_one as one_by_one
from mmlab.teach.style import Picture as Picture
from mmlab.teach.style import figure as figure
from mmlab.teach.style import use_style as use_style

explain_all(__name__)
