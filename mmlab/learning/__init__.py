"""Learning on markets whose best is known: the chain as a decision process, small learners, features, survival."""

from mmlab.arguments import explain_all
from mmlab.learning.regression import ridge

__all__ = ["ridge"]
explain_all(__name__)
