"""Appendix A2, the museum of mistakes: its exhibits, explorer, questions and exercises."""

from mmbook.cha2.explorers import MuseumExplorer
from mmbook.cha2.museum import by_limit, cost, exhibits, hang, price_list, room
from mmbook.cha2.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["MuseumExplorer", "by_limit", "cost", "exhibits", "hang", "price_list", "room"]
explain_all(__name__)
