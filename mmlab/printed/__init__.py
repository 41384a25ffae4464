"""The guide's formulas exactly as printed, mistakes and all: shown and priced, used by nothing else."""

from mmlab.printed.avellaneda_stoikov import AvellanedaStoikov
from mmlab.printed.cartea_jaimungal import CarteaJaimungal
from mmlab.printed.ho_stoll import HoStoll

__all__ = ["AvellanedaStoikov", "CarteaJaimungal", "HoStoll"]
