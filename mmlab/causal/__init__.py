"""Would it have happened anyway: off-policy values, instruments, orthogonal estimates, experiments on a desk."""

from mmlab.arguments import explain_all
from mmlab.causal.experiments import Switchback, difference_in_differences
from mmlab.causal.fills import SelectedFlow, paired_day, shared_flow, step_inside
from mmlab.causal.instruments import anderson_rubin, bump_ridge, bumps, instrumented, orthogonal, regressed
from mmlab.causal.logged import Log, LoggedDesk, off_policy_value

__all__ = ["Log", "LoggedDesk", "SelectedFlow", "Switchback", "anderson_rubin", "bump_ridge", "bumps"]
__all__ += ["difference_in_differences", "instrumented", "off_policy_value", "orthogonal", "paired_day", "regressed"]
__all__ += ["shared_flow", "step_inside"]
explain_all(__name__)
