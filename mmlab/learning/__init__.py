"""Learning on markets whose best is known: the chain as a decision process, small learners, features, survival."""

from mmlab.arguments import explain_all
from mmlab.learning.decision_process import DecisionProcess, Solution
from mmlab.learning.gym_env import quoting_env
from mmlab.learning.learners import fitted_intensity, fitted_value_iteration, q_learning, sampled_induction
from mmlab.learning.net import Net, train
from mmlab.learning.policy_table import TablePolicy
from mmlab.learning.regression import ridge

__all__ = ["DecisionProcess", "Net", "Solution", "TablePolicy", "fitted_intensity", "fitted_value_iteration"]
__all__ += ["q_learning", "quoting_env", "ridge", "sampled_induction", "train"]
explain_all(__name__)
