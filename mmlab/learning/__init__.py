"""Learning on markets whose best is known: the chain as a decision process, small learners, features, survival."""

from mmlab.arguments import explain_all
from mmlab.learning.ceilings import above_the_ceiling, best_horizon, queue_race, r_squared, sign_accuracy, sign_auc
from mmlab.learning.decision_process import DecisionProcess
from mmlab.learning.features import book_states, decayed_flows, intervals, micro_price, order_flow_imbalance
from mmlab.learning.leaks import random_split_accuracy, smoothed_label_accuracy, smoothed_label_r_squared, walk_forward
from mmlab.learning.learners import Net, fitted_intensity, fitted_value_iteration, q_learning, sampled_induction, train
from mmlab.learning.outside import Solution, TablePolicy, quoting_env
from mmlab.learning.regression import auc, forecast_r_squared, line_fit, log_loss, logistic, logit, ridge
from mmlab.learning.survival import fill_before_move, ipcw, kaplan_meier, regime_fills, time_to_fill

__all__ = ["DecisionProcess", "Net", "Solution", "TablePolicy", "above_the_ceiling", "auc", "best_horizon"]
__all__ += ["book_states", "decayed_flows", "fill_before_move", "fitted_intensity", "fitted_value_iteration"]
__all__ += ["forecast_r_squared", "intervals", "ipcw", "kaplan_meier", "line_fit", "log_loss", "logistic", "logit"]
__all__ += ["micro_price", "order_flow_imbalance", "q_learning", "queue_race", "quoting_env", "r_squared"]
__all__ += ["random_split_accuracy", "regime_fills", "ridge", "sampled_induction", "sign_accuracy", "sign_auc"]
__all__ += ["smoothed_label_accuracy", "smoothed_label_r_squared", "time_to_fill", "train", "walk_forward"]
explain_all(__name__)
