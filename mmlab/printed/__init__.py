"""The guide's formulas exactly as printed, mistakes and all: shown and priced, used by nothing else."""

from mmlab.printed.avellaneda_stoikov import AvellanedaStoikov

__all__ = ["AvellanedaStoikov"]
