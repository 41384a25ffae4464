"""The guide's `market_making/pipeline.py` and `monitoring.py`, as printed but for the imports it forgot."""

from __future__ import annotations


class MarketMakingPipeline:
    """WRONG, on purpose: four of its methods and three of its parts are called, and none of them is there.

    `mmlab.MarketMakingPipeline` has them.
    """

    def __init__(self, config):  # type: ignore[no-untyped-def]
        self.config = config
        self.model = self._setup_model()  # type: ignore[attr-defined]
        self.quote_manager = self._setup_quote_manager()  # type: ignore[attr-defined]
        self.risk_manager = self._setup_risk_manager()  # type: ignore[attr-defined]
        self.execution_history = []

    def run_pipeline(self, market_data):  # type: ignore[no-untyped-def]
        """The printed step: what was submitted comes back to nobody."""
        # Calculate quotes
        quotes = self._calculate_quotes(market_data)  # type: ignore[attr-defined]

        # Check risk limits
        quotes = self._check_risk_limits(quotes)  # type: ignore[attr-defined]

        # Submit quotes
        self._submit_quotes(quotes)  # type: ignore[attr-defined]

        # Update execution history
        self._update_history(quotes)  # type: ignore[attr-defined]


class MarketMakingMonitor:
    """WRONG, on purpose: three of its methods are called and not there.

    `mmlab.MarketMakingMonitor` has them.
    """

    def __init__(self, config):  # type: ignore[no-untyped-def]
        self.config = config
        self.metrics = {}
        self.alerts = []

    def monitor(self, market_data, execution_history):  # type: ignore[no-untyped-def]
        """The printed order of things."""
        # Calculate metrics
        self._calculate_metrics(market_data, execution_history)  # type: ignore[attr-defined]

        # Check for alerts
        self._check_alerts()  # type: ignore[attr-defined]

        # Update dashboard
        self._update_dashboard()  # type: ignore[attr-defined]
