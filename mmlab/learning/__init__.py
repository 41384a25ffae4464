"""Learning on markets whose best is known: the chain as a decision process, small learners, features, survival."""

from mmlab.arguments import explain_all
from mmlab.learning.decision_process import DecisionProcess
from mmlab.learning.learners import Net, fitted_intensity, fitted_value_iteration, q_learning, sampled_induction, train
from mmlab.learning.outside import Solution, TablePolicy, quoting_env
from mmlab.learning.regression import ridge

__all__ = ["DecisionProcess", "Net", "Solution", "TablePolicy", "fitted_intensity", "fitted_value_iteration"]
__all__ += ["q_learning", "quoting_env", "ridge", "sampled_induction", "train"]
explain_all(__name__)
