"""mmlab: market making, in notebooks you can move and models you can trust.

The rooms, each importing only those after it: `teach` (pictures and explorers), `measure`, `simulation`, `desk`,
`models`, `market`, `parameters`, `quotes`, `units`. `printed` holds the guide's formulas as printed, to be shown and
never used.
"""

from mmlab.arguments import explain_all
from mmlab.desk import (
    ConfigError,
    Desk,
    MarketData,
    MarketMakingConfig,
    MarketMakingPipeline,
    QuoteAggressiveness,
    QuoteSizer,
    QuoteTimer,
    Venue,
    setup_market_making_environment,
)
from mmlab.market import Exponential, Linear, Market, Signal, Tape
from mmlab.measure import MarketMakingMonitor, write_report
from mmlab.models import (
    AvellanedaStoikov,
    CarteaJaimungal,
    CarteaJaimungalSignal,
    GueantLehalleFernandezTapia,
    HoStoll,
    InfiniteHorizonAvellanedaStoikov,
    PostOnly,
    Symmetric,
)
from mmlab.parameters import ParameterError, parameter_table
from mmlab.quotes import Quotes
from mmlab.simulation import (
    ExactMoments,
    History,
    Sample,
    continuous_certainty_equivalent,
    exact_moments,
    monte_carlo,
    rebuild,
    simulate,
    simulate_desk,
)

__version__ = "0.1.0"

__all__ = [
    "AvellanedaStoikov",
    "CarteaJaimungal",
    "CarteaJaimungalSignal",
    "ConfigError",
    "Desk",
    "ExactMoments",
    "Exponential",
    "GueantLehalleFernandezTapia",
    "History",
    "HoStoll",
    "InfiniteHorizonAvellanedaStoikov",
    "Linear",
    "Market",
    "MarketData",
    "MarketMakingConfig",
    "MarketMakingMonitor",
    "MarketMakingPipeline",
    "ParameterError",
    "PostOnly",
    "QuoteAggressiveness",
    "QuoteSizer",
    "QuoteTimer",
    "Quotes",
    "Sample",
    "Signal",
    "Symmetric",
    "Tape",
    "Venue",
    "continuous_certainty_equivalent",
    "exact_moments",
    "monte_carlo",
    "parameter_table",
    "rebuild",
    "setup_market_making_environment",
    "simulate",
    "simulate_desk",
    "write_report",
]
explain_all("mmlab.market", "mmlab.models", "mmlab.desk", "mmlab.simulation", "mmlab.measure", "mmlab")
