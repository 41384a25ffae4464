"""Learning on markets whose best is known: the chain as a decision process, small learners, features, survival."""

from mmlab.arguments import explain_all
from mmlab.learning.decision_process import DecisionProcess
from mmlab.learning.features import book_states, decayed_flows, intervals, micro_price, order_flow_imbalance
from mmlab.learning.leaks import random_split_accuracy, smoothed_label_accuracy, smoothed_label_r_squared, walk_forward
from mmlab.learning.learners import Net, fitted_intensity, fitted_value_iteration, q_learning, sampled_induction, train
from mmlab.learning.next_move import auc, log_loss, logistic, logit, queue_race
from mmlab.learning.outside import Solution, TablePolicy, quoting_env
from mmlab.learning.regression import forecast_r_squared, line_fit, ridge
from mmlab.learning.signal_ceiling import above_the_ceiling, best_horizon, r_squared, sign_accuracy, sign_auc
from mmlab.learning.survival import fill_before_move, ipcw, kaplan_meier, regime_fills, time_to_fill

__all__ = ["DecisionProcess", "Net", "Solution", "TablePolicy", "fitted_intensity", "fitted_value_iteration"]
__all__ += ["q_learning", "quoting_env", "ridge", "sampled_induction", "train"]
__all__ += ["above_the_ceiling", "best_horizon", "r_squared", "sign_accuracy", "sign_auc"]
__all__ += ["auc", "book_states", "log_loss", "logistic", "logit", "micro_price", "queue_race"]
__all__ += ["decayed_flows", "forecast_r_squared", "intervals", "line_fit", "order_flow_imbalance"]
__all__ += ["random_split_accuracy", "smoothed_label_accuracy", "smoothed_label_r_squared", "walk_forward"]
__all__ += ["fill_before_move", "ipcw", "kaplan_meier", "regime_fills", "time_to_fill"]
explain_all(__name__)
