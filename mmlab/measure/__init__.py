"""What happened, measured: a recorded day's parameters with their errors; a desk's metrics, profit, alerts, report."""

from mmlab.arguments import explain_all
from mmlab.measure.alerts import VALUES as VALUES
from mmlab.measure.alerts import Alert as Alert
from mmlab.measure.alerts import Rule as Rule
from mmlab.measure.alerts import Severity as Severity
from mmlab.measure.alerts import default_rules as default_rules
from mmlab.measure.alerts import json_lines as json_lines
from mmlab.measure.alerts import log as log
from mmlab.measure.attribution import Attribution as Attribution
from mmlab.measure.attribution import attribute as attribute
from mmlab.measure.calibration import Calibration as Calibration
from mmlab.measure.calibration import calibrate as calibrate
from mmlab.measure.estimate import CalibrationError as CalibrationError
from mmlab.measure.estimate import Estimate as Estimate
from mmlab.measure.hawkes import Hawkes as Hawkes
from mmlab.measure.hawkes import hawkes as hawkes
from mmlab.measure.limit_book import LimitBook as LimitBook
from mmlab.measure.limit_book import LimitChange as LimitChange
from mmlab.measure.metrics import METRICS as METRICS
from mmlab.measure.metrics import Meter as Meter
from mmlab.measure.metrics import metric_table as metric_table
from mmlab.measure.mid_moves import adverse_selection as adverse_selection
from mmlab.measure.mid_moves import markouts as markouts
from mmlab.measure.mid_moves import recent_volatility as recent_volatility
from mmlab.measure.mid_moves import signature as signature
from mmlab.measure.mid_moves import volatility as volatility
from mmlab.measure.monitor import MarketMakingMonitor as MarketMakingMonitor
from mmlab.measure.policies import DeskPage as DeskPage
from mmlab.measure.policies import desk_policies as desk_policies
from mmlab.measure.reach_counts import FillIntensity as FillIntensity
from mmlab.measure.reach_counts import depth_grid as depth_grid
from mmlab.measure.reach_counts import fill_intensity as fill_intensity
from mmlab.measure.report import ReportError as ReportError
from mmlab.measure.report import write_report as write_report
from mmlab.measure.watch import Watch as Watch

explain_all(__name__)
