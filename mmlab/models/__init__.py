"""The models: from inventory and time left to depths, each as its paper states it. One file a model."""

from mmlab.arguments import explain_all
from mmlab.models.avellaneda_stoikov import AvellanedaStoikov, liquidity_half_spread
from mmlab.models.cartea_jaimungal import CarteaJaimungal
from mmlab.models.cartea_jaimungal_signal import CarteaJaimungalSignal
from mmlab.models.gueant_lehalle_fernandez_tapia import GueantLehalleFernandezTapia
from mmlab.models.ho_stoll import HoStoll, SpreadParts
from mmlab.models.infinite_horizon import InfiniteHorizonAvellanedaStoikov
from mmlab.models.model import Model, PostOnly, SignalModel, WholeClips, for_market, takes_signal
from mmlab.models.symmetric import Symmetric

MODELS = {
    kind.__name__: kind
    for kind in (
        AvellanedaStoikov,
        CarteaJaimungal,
        CarteaJaimungalSignal,
        GueantLehalleFernandezTapia,
        HoStoll,
        InfiniteHorizonAvellanedaStoikov,
        Symmetric,
    )
}
"""By their names, as a configuration states them."""

__all__ = [
    "MODELS",
    "AvellanedaStoikov",
    "CarteaJaimungal",
    "CarteaJaimungalSignal",
    "GueantLehalleFernandezTapia",
    "HoStoll",
    "InfiniteHorizonAvellanedaStoikov",
    "Model",
    "PostOnly",
    "SignalModel",
    "SpreadParts",
    "Symmetric",
    "WholeClips",
    "for_market",
    "liquidity_half_spread",
    "takes_signal",
]
explain_all(__name__)
