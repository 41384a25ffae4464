"""Everything a notebook shows: pictures in one style, and explorers that answer a moved slider with a new picture."""

from mmlab.teach import chapter_01 as chapter_01
from mmlab.teach import chapter_02 as chapter_02  # these declare their questions and exercises
from mmlab.teach.as_printed import AsPrinted, Reckoning, reckoning_table
from mmlab.teach.avellaneda_stoikov import AvellanedaStoikovExplorer
from mmlab.teach.book_explorer import OrderBookExplorer
from mmlab.teach.exercises import check, hint
from mmlab.teach.explorer import Explorer, Preset
from mmlab.teach.game import QuotingGame
from mmlab.teach.information import GlostenMilgromExplorer
from mmlab.teach.predict import predict
from mmlab.teach.quoting_day import QuotingDayExplorer
from mmlab.teach.style import Picture, figure, use_style

__all__ = [
    "AsPrinted",
    "AvellanedaStoikovExplorer",
    "Explorer",
    "GlostenMilgromExplorer",
    "OrderBookExplorer",
    "Picture",
    "Preset",
    "QuotingDayExplorer",
    "QuotingGame",
    "Reckoning",
    "check",
    "figure",
    "hint",
    "predict",
    "reckoning_table",
    "use_style",
]
