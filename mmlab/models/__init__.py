"""The models: from inventory and time left to depths, each as its paper states it. One file a model."""

from mmlab.arguments import explain_all
from mmlab.models.avellaneda_stoikov import AvellanedaStoikov as AvellanedaStoikov
from mmlab.models.avellaneda_stoikov import liquidity_half_spread as liquidity_half_spread
from mmlab.models.cartea_jaimungal import CarteaJaimungal as CarteaJaimungal
from mmlab.models.cartea_jaimungal_signal import CarteaJaimungalSignal as CarteaJaimungalSignal
from mmlab.models.gueant_lehalle_fernandez_tapia import GueantLehalleFernandezTapia as GueantLehalleFernandezTapia
from mmlab.models.ho_stoll import HoStoll as HoStoll
from mmlab.models.ho_stoll import SpreadParts as SpreadParts
from mmlab.models.infinite_horizon import InfiniteHorizonAvellanedaStoikov as InfiniteHorizonAvellanedaStoikov
from mmlab.models.model import Model as Model
from mmlab.models.model import PostOnly as PostOnly
from mmlab.models.model import SignalModel as SignalModel
from mmlab.models.model import WholeClips as WholeClips
from mmlab.models.model import for_market as for_market
from mmlab.models.model import takes_signal as takes_signal
from mmlab.models.symmetric import Symmetric as Symmetric

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

explain_all(__name__)
