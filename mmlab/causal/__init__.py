"""Would it have happened anyway: off-policy values, instruments, orthogonal estimates, experiments on a desk."""

from mmlab.arguments import explain_all
from mmlab.causal.instruments import anderson_rubin, bump_ridge, bumps, instrumented, orthogonal, regressed
from mmlab.causal.interference import PairedDay, SharedFlow, StepInside, paired_day, shared_flow, step_inside
from mmlab.causal.logged import Log, LoggedDesk, off_policy_value
from mmlab.causal.panel import DifferenceInDifferences, difference_in_differences
from mmlab.causal.selection import SelectedFlow, Walk
from mmlab.causal.switchback import Switchback, leaning

__all__ = ["DifferenceInDifferences", "Log", "LoggedDesk", "PairedDay", "SelectedFlow", "SharedFlow", "StepInside"]
__all__ += ["Switchback", "Walk", "anderson_rubin", "bump_ridge", "bumps", "difference_in_differences", "instrumented"]
__all__ += ["leaning", "off_policy_value", "orthogonal", "paired_day", "regressed", "shared_flow", "step_inside"]
explain_all(__name__)
