"""Learning on markets whose best is known: the chain as a decision process, small learners, features, survival."""

from mmlab.arguments import explain_all
from mmlab.learning.features import decayed_flows, forecast_r_squared, intervals, line_fit, order_flow_imbalance
from mmlab.learning.leaks import random_split_accuracy, smoothed_label_accuracy, smoothed_label_r_squared, walk_forward
from mmlab.learning.logit import auc, log_loss, logistic, logit
from mmlab.learning.micro_price import micro_price
from mmlab.learning.queue_race import queue_race
from mmlab.learning.regression import ridge
from mmlab.learning.signal_ceiling import above_the_ceiling, best_horizon, r_squared, sign_accuracy, sign_auc
from mmlab.learning.survival import Regimes, fill_before_move, ipcw, kaplan_meier, time_to_fill

__all__ = ["above_the_ceiling", "best_horizon", "r_squared", "sign_accuracy", "sign_auc"]
__all__ += ["auc", "log_loss", "logistic", "logit", "micro_price", "queue_race", "ridge"]
__all__ += ["decayed_flows", "forecast_r_squared", "intervals", "line_fit", "order_flow_imbalance"]
__all__ += ["random_split_accuracy", "smoothed_label_accuracy", "smoothed_label_r_squared", "walk_forward"]
__all__ += ["Regimes", "fill_before_move", "ipcw", "kaplan_meier", "time_to_fill"]
explain_all(__name__)
