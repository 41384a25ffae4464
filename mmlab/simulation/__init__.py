"""What a strategy earns: exactly, by carrying the inventory's Markov chain, by drawing paths, or on a tape."""

from typing import TYPE_CHECKING

from mmlab.arguments import explain_all, when_used
from mmlab.desk.history import History
from mmlab.simulation.continuous import continuous_certainty_equivalent
from mmlab.simulation.exact import ExactMoments, exact_moments
from mmlab.simulation.law import ProfitLaw, profit_law
from mmlab.simulation.many import PolicyMoments, constant_quotes_moments, many_certainty_equivalents, many_moments
from mmlab.simulation.monte_carlo import Sample, monte_carlo
from mmlab.simulation.rebuild import rebuild
from mmlab.simulation.simulate import simulate, simulate_desk
from mmlab.simulation.sweep import Sweep, sweep

if TYPE_CHECKING:
    from mmlab.simulation.execution import ExecutionMoments, execution_moments
    from mmlab.simulation.several_assets import JointMoments, joint_moments

__all__ = ["ExactMoments", "ExecutionMoments", "History", "JointMoments", "PolicyMoments", "ProfitLaw", "Sample"]
__all__ += ["constant_quotes_moments", "continuous_certainty_equivalent", "exact_moments", "execution_moments"]
__all__ += ["joint_moments", "many_certainty_equivalents", "many_moments", "monte_carlo", "profit_law", "rebuild"]
__all__ += ["Sweep", "simulate", "simulate_desk", "sweep"]
explain_all(__name__)
if not TYPE_CHECKING:  # a type checker would let it stand for any name
    __getattr__, __dir__ = when_used(__name__, ["execution", "several_assets"])
