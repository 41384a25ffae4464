"""What a strategy earns: exactly, by carrying the inventory's Markov chain, or path by path on a tape."""

from mmlab.simulation.exact import ExactMoments, exact_moments
from mmlab.simulation.history import History
from mmlab.simulation.simulate import simulate

__all__ = ["ExactMoments", "History", "exact_moments", "simulate"]
