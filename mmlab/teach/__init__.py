"""Everything a notebook shows: pictures in one style, and explorers that answer a moved slider with a new picture."""

from mmlab.teach.avellaneda_stoikov import AvellanedaStoikovExplorer
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.quoting_day import QuotingDayExplorer
from mmlab.teach.style import Picture, figure, use_style

__all__ = ["AvellanedaStoikovExplorer", "Explorer", "Picture", "Preset", "QuotingDayExplorer", "figure", "use_style"]
