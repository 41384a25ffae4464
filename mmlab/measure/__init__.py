"""What happened, measured: a recorded day's parameters with their errors; a desk's metrics, profit, alerts, report.

A name's module is imported when it is first used.
"""

from typing import TYPE_CHECKING

from mmlab.arguments import explain_all, when_used
from mmlab.measure.presence import presence  # else it would be its module, which is called so

if TYPE_CHECKING:
    from mmlab.measure.alerts import VALUES, Alert, Rule, Severity, default_rules, json_lines, log
    from mmlab.measure.attribution import Attribution, attribute
    from mmlab.measure.calibration import Calibration, calibrate
    from mmlab.measure.diagnosis import Cost, Diagnosis, diagnose
    from mmlab.measure.estimate import CalibrationError, Estimate
    from mmlab.measure.limit_book import LimitBook, LimitChange
    from mmlab.measure.live_log import LiveLog
    from mmlab.measure.metrics import METRICS, Meter, metric_table
    from mmlab.measure.mid_moves import adverse_selection, markouts, recent_volatility, signature, volatility
    from mmlab.measure.mistakes import FORMULAS, MISTAKES, Mistaken
    from mmlab.measure.monitor import MarketMakingMonitor
    from mmlab.measure.policies import DeskPage, desk_policies
    from mmlab.measure.presence import Presence
    from mmlab.measure.reach_counts import FillIntensity, depth_grid, fill_intensity
    from mmlab.measure.reconciliation import Difference, LiveDifferences, live_differences, reconcile
    from mmlab.measure.report import ReportError, write_report
    from mmlab.measure.self_excitation import Hawkes, hawkes
    from mmlab.measure.shortfall import Shortfall, implementation_shortfall
    from mmlab.measure.watch import Watch

__all__ = ["FORMULAS", "METRICS", "MISTAKES", "VALUES", "Alert", "Attribution", "Calibration", "CalibrationError"]
__all__ += ["Cost", "DeskPage", "Diagnosis", "Difference", "Estimate", "FillIntensity", "Hawkes", "LimitBook"]
__all__ += ["LimitChange", "LiveDifferences", "LiveLog", "MarketMakingMonitor", "Meter", "Mistaken", "Presence"]
__all__ += ["ReportError", "Rule", "Severity", "Shortfall", "Watch", "adverse_selection", "attribute", "calibrate"]
__all__ += ["default_rules", "depth_grid", "desk_policies", "diagnose", "fill_intensity", "hawkes"]
__all__ += ["implementation_shortfall", "json_lines", "live_differences", "log", "markouts", "metric_table", "presence"]
__all__ += ["recent_volatility", "reconcile", "signature", "volatility", "write_report"]
_MODULES = ["monitor", "report", "alerts", "attribution", "calibration", "diagnosis", "estimate"]
_MODULES += ["limit_book", "live_log", "metrics", "mid_moves", "mistakes", "policies", "presence", "reach_counts"]
_MODULES += ["reconciliation", "self_excitation", "shortfall", "watch"]
explain_all(__name__)
if not TYPE_CHECKING:  # a type checker would let it stand for any name
    __getattr__, __dir__ = when_used(__name__, _MODULES)
