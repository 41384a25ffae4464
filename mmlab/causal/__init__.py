"""Would it have happened anyway: off-policy values, instruments, orthogonal estimates, experiments on a desk."""

from mmlab.arguments import explain_all

__all__: list[str] = []
explain_all(__name__)
