"""The models: from inventory and time left to depths, each as its paper states it. One file a model."""

from mmlab.models.avellaneda_stoikov import AvellanedaStoikov, liquidity_half_spread
from mmlab.models.cartea_jaimungal import CarteaJaimungal
from mmlab.models.gueant_lehalle_fernandez_tapia import GueantLehalleFernandezTapia
from mmlab.models.infinite_horizon import InfiniteHorizonAvellanedaStoikov
from mmlab.models.model import Model, PostOnly, for_market
from mmlab.models.symmetric import Symmetric

__all__ = [
    "AvellanedaStoikov",
    "CarteaJaimungal",
    "GueantLehalleFernandezTapia",
    "InfiniteHorizonAvellanedaStoikov",
    "Model",
    "PostOnly",
    "Symmetric",
    "for_market",
    "liquidity_half_spread",
]
