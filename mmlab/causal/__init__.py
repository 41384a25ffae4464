"""Would it have happened anyway: off-policy values, instruments, orthogonal estimates, experiments on a desk."""

from mmlab.arguments import explain_all
from mmlab.causal.instruments import anderson_rubin, bump_ridge, bumps, instrumented, orthogonal, regressed
from mmlab.causal.interference import StepInside, paired_day, shared_flow, step_inside
from mmlab.causal.logged import Log, LoggedDesk, off_policy_value
from mmlab.causal.panel import DifferenceInDifferences, difference_in_differences
from mmlab.causal.selection import SelectedFlow
from mmlab.causal.switchback import Switchback, leaning

__all__ = ["DifferenceInDifferences", "Log", "LoggedDesk", "SelectedFlow", "StepInside", "Switchback", "anderson_rubin"]
__all__ += ["bump_ridge", "bumps", "difference_in_differences", "instrumented", "leaning", "off_policy_value"]
__all__ += ["orthogonal", "paired_day", "regressed", "shared_flow", "step_inside"]
explain_all(__name__)
