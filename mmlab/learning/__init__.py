"""Learning on markets whose best is known: the chain as a decision process, small learners, features, survival."""

from mmlab.arguments import explain_all
from mmlab.learning.calibrated import fitted_intensity, fitted_value_iteration
from mmlab.learning.decision_process import DecisionProcess
from mmlab.learning.gym_env import quoting_env
from mmlab.learning.net import Net, train
from mmlab.learning.policy_table import Solution, TablePolicy
from mmlab.learning.q_learning import q_learning, sampled_induction
from mmlab.learning.regression import ridge

__all__ = ["DecisionProcess", "Net", "Solution", "TablePolicy", "fitted_intensity", "fitted_value_iteration"]
__all__ += ["q_learning", "quoting_env", "ridge", "sampled_induction", "train"]
explain_all(__name__)
