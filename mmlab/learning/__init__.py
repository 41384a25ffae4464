"""Learning on markets whose best is known: the chain as a decision process, small learners, features, survival."""

from mmlab.arguments import explain_all
from mmlab.learning.features import (
    Fit,
    Intervals,
    MicroPrice,
    decayed_flows,
    forecast_r_squared,
    intervals,
    line_fit,
    micro_price,
    order_flow_imbalance,
)
from mmlab.learning.leaks import (
    Fold,
    random_split_accuracy,
    smoothed_label_accuracy,
    smoothed_label_auc,
    smoothed_label_r_squared,
    walk_forward,
)
from mmlab.learning.logit import Scores, auc, log_loss, logistic, logit, scores
from mmlab.learning.queue_race import queue_race
from mmlab.learning.regression import ridge
from mmlab.learning.signal_ceiling import above_the_ceiling, best_horizon, r_squared, sign_accuracy, sign_auc
from mmlab.learning.survival import (
    Fates,
    Orders,
    Regimes,
    Survival,
    fill_before_move,
    ipcw,
    kaplan_meier,
    time_to_fill,
)

__all__ = [
    "Fates",
    "Fit",
    "Fold",
    "Intervals",
    "MicroPrice",
    "Orders",
    "Regimes",
    "Scores",
    "Survival",
    "above_the_ceiling",
    "auc",
    "best_horizon",
    "decayed_flows",
    "fill_before_move",
    "forecast_r_squared",
    "intervals",
    "ipcw",
    "kaplan_meier",
    "line_fit",
    "log_loss",
    "logistic",
    "logit",
    "micro_price",
    "order_flow_imbalance",
    "queue_race",
    "r_squared",
    "random_split_accuracy",
    "ridge",
    "scores",
    "sign_accuracy",
    "sign_auc",
    "smoothed_label_accuracy",
    "smoothed_label_auc",
    "smoothed_label_r_squared",
    "time_to_fill",
    "walk_forward",
]
explain_all(__name__)
