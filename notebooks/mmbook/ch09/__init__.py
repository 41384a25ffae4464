"""Chapter 09, the pipeline: its explorer, questions and exercises."""

from mmbook.ch09.explorers import PipelineExplorer
from mmbook.ch09.reveals import REVEALS
from mmlab.arguments import explain_all
from mmlab.teach.texts import declare

declare(__name__, REVEALS)
__all__ = ["PipelineExplorer"]
explain_all(__name__)
