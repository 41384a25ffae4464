"""mmlab: market making, in notebooks you can move and models you can trust.

The rooms, each importing only those after it: `teach` (plots and explorers), `measure`, `simulation`, `desk`,
`models`, `market`, `parameters`, `quotes`, `units`. A room is imported when a name of it is first used: `import mmlab`
by itself imports none.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmlab.desk.config import MarketMakingConfig, setup_market_making_environment
    from mmlab.desk.desk import Desk
    from mmlab.desk.history import History
    from mmlab.desk.market_data import MarketData
    from mmlab.desk.pipeline import MarketMakingPipeline
    from mmlab.desk.quote_aggressiveness import QuoteAggressiveness
    from mmlab.desk.quote_sizing import QuoteSizer
    from mmlab.desk.quote_timing import QuoteTimer
    from mmlab.desk.sections import ConfigError
    from mmlab.desk.venue import Venue
    from mmlab.market import Exponential, Linear, Market, Signal, Tape
    from mmlab.measure import MarketMakingMonitor, write_report
    from mmlab.models.avellaneda_stoikov import AvellanedaStoikov
    from mmlab.models.cartea_jaimungal import CarteaJaimungal
    from mmlab.models.cartea_jaimungal_signal import CarteaJaimungalSignal
    from mmlab.models.gueant_lehalle_fernandez_tapia import GueantLehalleFernandezTapia
    from mmlab.models.ho_stoll import HoStoll
    from mmlab.models.infinite_horizon import InfiniteHorizonAvellanedaStoikov
    from mmlab.models.model import PostOnly
    from mmlab.models.symmetric import Symmetric
    from mmlab.parameters import ParameterError, parameter_table
    from mmlab.quotes import Quotes
    from mmlab.simulation.continuous import continuous_certainty_equivalent
    from mmlab.simulation.exact import ExactMoments, exact_moments
    from mmlab.simulation.monte_carlo import Sample, monte_carlo
    from mmlab.simulation.rebuild import rebuild
    from mmlab.simulation.simulate import simulate, simulate_desk
    from mmlab.simulation.sweep import sweep

__version__ = "0.1.0"

__all__ = ["AvellanedaStoikov", "CarteaJaimungal", "CarteaJaimungalSignal", "ConfigError", "Desk", "ExactMoments"]
__all__ += ["Exponential", "GueantLehalleFernandezTapia", "History", "HoStoll", "InfiniteHorizonAvellanedaStoikov"]
__all__ += ["Linear", "Market", "MarketData", "MarketMakingConfig", "MarketMakingMonitor", "MarketMakingPipeline"]
__all__ += ["ParameterError", "PostOnly", "QuoteAggressiveness", "QuoteSizer", "QuoteTimer", "Quotes", "Sample"]
__all__ += ["Signal", "Symmetric", "Tape", "Venue", "continuous_certainty_equivalent", "exact_moments", "monte_carlo"]
__all__ += ["parameter_table", "rebuild", "setup_market_making_environment", "simulate", "simulate_desk"]
__all__ += ["sweep", "write_report"]
_ROOMS = ("parameters", "quotes", "units", "vocabulary", "market", "models", "desk", "simulation", "measure")


def __dir__() -> list[str]:
    return ["__version__", *__all__, *_ROOMS]


if not TYPE_CHECKING:  # a type checker would let it stand for any name

    def __getattr__(name: str) -> Any:
        """A room, or a public name from the first room that has it; what is lower in the house is asked before."""
        if name in _ROOMS:
            return import_module(f"mmlab.{name}")
        for room in _ROOMS if name in __all__ else ():
            if hasattr(shown := import_module(f"mmlab.{room}"), name):
                return globals().setdefault(name, getattr(shown, name))
        raise AttributeError(f"module 'mmlab' has no attribute {name!r}")
