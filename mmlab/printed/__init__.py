"""The guide's formulas exactly as printed, mistakes and all: shown and priced, used by nothing else."""

from mmlab.printed.avellaneda_stoikov import AvellanedaStoikov
from mmlab.printed.cartea_jaimungal import CarteaJaimungal
from mmlab.printed.ho_stoll import HoStoll
from mmlab.printed.pnl_limits import PnLLimiter
from mmlab.printed.position_limits import PositionLimiter
from mmlab.printed.volatility_limits import VolatilityLimiter

__all__ = ["AvellanedaStoikov", "CarteaJaimungal", "HoStoll", "PnLLimiter", "PositionLimiter", "VolatilityLimiter"]
