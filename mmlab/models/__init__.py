"""The models: from inventory and time left to depths, and schedules, each as its paper states it. One file a model."""

from typing import TYPE_CHECKING

from mmlab.arguments import explain_all, when_used
from mmlab.models.avellaneda_stoikov import AvellanedaStoikov, liquidity_half_spread
from mmlab.models.cartea_jaimungal import CarteaJaimungal
from mmlab.models.cartea_jaimungal_signal import CarteaJaimungalSignal
from mmlab.models.gueant_lehalle_fernandez_tapia import GueantLehalleFernandezTapia
from mmlab.models.ho_stoll import HoStoll, SpreadParts
from mmlab.models.infinite_horizon import InfiniteHorizonAvellanedaStoikov
from mmlab.models.model import Model, PostOnly, SignalModel, WholeClips, for_market, takes_signal
from mmlab.models.schedule import CrossingCost, Schedule
from mmlab.models.symmetric import Symmetric

if TYPE_CHECKING:
    from mmlab.models.almgren_chriss import AlmgrenChriss
    from mmlab.models.impact import BertsimasLo, ObizhaevaWang
    from mmlab.models.several_assets import SeveralAssets, skew_matrix
    from mmlab.models.wait_or_cross import WaitOrCross

_KINDS = AvellanedaStoikov, CarteaJaimungal, CarteaJaimungalSignal, GueantLehalleFernandezTapia, HoStoll
MODELS = {kind.__name__: kind for kind in (*_KINDS, InfiniteHorizonAvellanedaStoikov, Symmetric)}
"""By their names, as a configuration states them."""

__all__ = ["MODELS", "AlmgrenChriss", "AvellanedaStoikov", "BertsimasLo", "CarteaJaimungal", "CarteaJaimungalSignal"]
__all__ += ["CrossingCost", "GueantLehalleFernandezTapia", "HoStoll", "InfiniteHorizonAvellanedaStoikov", "Model"]
__all__ += ["ObizhaevaWang", "PostOnly", "Schedule", "SeveralAssets", "SignalModel", "SpreadParts", "Symmetric"]
__all__ += ["WaitOrCross", "WholeClips", "for_market", "liquidity_half_spread", "skew_matrix", "takes_signal"]
explain_all(__name__)
if not TYPE_CHECKING:  # a type checker would let it stand for any name
    __getattr__, __dir__ = when_used(__name__, ["almgren_chriss", "impact", "several_assets", "wait_or_cross"])
