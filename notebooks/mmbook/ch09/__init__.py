"""Chapter 09, the pipeline: its explorers, questions and exercises."""

from mmbook.ch09 import reveals as reveals
from mmbook.ch09.explorers import PipelineExplorer
from mmlab.arguments import explain_all

__all__ = ["PipelineExplorer"]
explain_all(__name__)
