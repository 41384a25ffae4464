"""Appendix A3, your strategy: its review, the sections that run on it, a question and an exercise."""

from mmbook.cha3.bench import diagnosed, elsewhere, exactly, on_one_tape
from mmbook.cha3.reveals import REVEALS
from mmbook.cha3.review import review
from mmbook.cha3.trials import replayed, report, under_limits
from mmbook.cha3.verdict import picture, verdict
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["diagnosed", "elsewhere", "exactly", "on_one_tape", "picture"]
__all__ += ["replayed", "report", "review", "under_limits", "verdict"]
explain_all(__name__)
