"""Appendix A1, what chapters 01 to 06 take for granted: ten questions, and what to read for those that are open."""

from collections.abc import Callable

from mmbook.cha1.explorers import RandomDayExplorer
from mmbook.cha1.questions import open_chapters, ten_questions
from mmlab.arguments import explain_all
from mmlab.teach.findings import Finding
from mmlab.teach.texts import declare

REVEALS: dict[str, Callable[[str], Finding]] = {}
declare(__name__, REVEALS)
__all__ = ["RandomDayExplorer", "open_chapters", "ten_questions"]
explain_all(__name__)
