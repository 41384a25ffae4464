"""Many policies in one market at once: what an explorer draws as a curve while a slider moves; in mmlab.simulation."""

from mmlab.simulation import PolicyMoments as Many
from mmlab.simulation import many_certainty_equivalents, many_moments

__all__ = ["Many", "many_certainty_equivalents", "many_moments"]
