"""MarketMakingMonitor: metrics, alerts and a dashboard of a running desk, or of a day that is over."""

from __future__ import annotations

import dataclasses
import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import floats
from mmlab.desk import MarketMakingConfig, Obligations
from mmlab.market.columns import exact
from mmlab.measure.alerts import Alert, Rule, default_rules
from mmlab.measure.attribution import Attribution, attribute
from mmlab.measure.metrics import Meter
from mmlab.measure.rows import Row, Rows, read, standing
from mmlab.measure.system import Latencies, clocks, system_metrics
from mmlab.measure.watch import Watch
from mmlab.parameters import ParameterError
from mmlab.simulation import History, ProfitLaw

MOST_OWED = 1_000
"""So many alerts are kept for a sink that fails, the newest."""


class MarketMakingMonitor:
    """Watches a desk: ``monitor.monitor(market_data, history)`` as often as there is something new.

    Each call looks only at the rows that are new; whether the history grows by one or comes as a whole, it
    finds the same. A new day needs a new monitor.

    Parameters
    ----------
    config : MarketMakingConfig or mapping of sections
        The desk's, whose units rules and horizons are in; by default the defaults.
    rules : sequence of Rule, optional
        By default `default_rules`.
    horizons : sequence of float
        [time] at which fills are marked out; the defaults are for a clock in seconds.
    look_ahead : float
        [time] after a fill in which the mid's move is adverse selection, for attribution and the rule "toxic".
    sinks : iterable of callables
        Each is called with each `Alert`: `log`, ``json_lines(path)``, or the reader's own. One that raises an error
        keeps nothing from the others, gets the alert again at the next look, and is logged once, until it works.
    dashboard : callable, optional
        Called with the monitor after each look.
    obligations : Obligations, optional
        Whose presence is measured and, without rules of its own, watched; by default the configuration's.
    law : ProfitLaw, optional
        Of the desk's day, as `risk.day_law` computes it: its value at risk and expected shortfall are metrics, too.

    Attributes
    ----------
    metrics : dict
        Each number of `METRICS` that is known of: arrays of shape (n_paths,), and floats for the machine's.
    alerts : list of Alert
        All so far, in the order of time.
    """

    def __init__(
        self,
        config: MarketMakingConfig | Mapping[str, Mapping[str, float]] | None = None,
        *,
        rules: Sequence[Rule] | None = None,
        horizons: Sequence[float] = (1.0, 10.0, 60.0),
        look_ahead: float = 30.0,
        sinks: Iterable[Callable[[Alert], object]] = (),
        dashboard: Callable[[MarketMakingMonitor], object] | None = None,
        obligations: Obligations | None = None,
        law: ProfitLaw | None = None,
    ):
        from mmlab.measure.risk import day_tail

        given = MarketMakingConfig() if config is None else config
        self.config = given if isinstance(given, MarketMakingConfig) else MarketMakingConfig.from_dict(given)
        self.look_ahead, self.sinks, self.dashboard = look_ahead, tuple(sinks), dashboard
        obligations = obligations or self.config.make_obligations()
        self._owed, self._failing = [deque[Alert]() for _ in self.sinks], [False] * len(self.sinks)
        self.metrics: dict[str, Any] = {}
        self._tail = {} if law is None else day_tail(law)
        self.alerts: list[Alert] = []
        self.history: History | Rows = []
        self.latencies = Latencies()
        self._meter = Meter(horizons, self.config.market.clip, obligations)
        watched = default_rules(self.config, obligations) if rules is None else rules
        self._watch = Watch(watched, look_ahead, obligations)
        self._measured, self._watched = self._meter.start(), self._watch.start()
        self._n_read, self._began, self._latest = 0, clocks(), -math.inf
        self._new = self._now = read([])
        self._latency = float("nan")

    def monitor(
        self,
        market_data: Any,
        execution_history: History | Row | Rows,
        latencies: Mapping[str, ArrayLike] | None = None,
    ) -> None:
        """Look at what is new: metrics, then alerts, then the dashboard.

        Parameters
        ----------
        market_data : object or None
            The market now, with `time` [time] and `mid_price` [price], NaN where it is not known. If it is later than
            the history, the last quotes stand at its mid.
        execution_history : History or sequence of mappings
            From the day's first step on: see `Row`.
        latencies : mapping, optional
            What each stage of the pipeline took [s] in each step since the last look.

        Raises
        ------
        ParameterError
            If the history is shorter than it was or cannot be measured, or time runs backwards.
        """
        self._calculate_metrics(market_data, execution_history, latencies or {})
        self._check_alerts()
        self._update_dashboard()

    @property
    def attribution(self) -> Attribution:
        """Where the profit of the history came from."""
        return attribute(self.history, self.look_ahead, self.config.market.clip)

    def _calculate_metrics(
        self, market_data: Any, execution_history: History | Row | Rows, latencies: Mapping[str, ArrayLike]
    ) -> None:
        """Measure the rows that are new, and after them, for the time being, the last mark and the market now."""
        history = [execution_history] if isinstance(execution_history, Mapping) else execution_history
        n_rows = len(history.cash) - 1 if isinstance(history, History) else len(history)
        if n_rows < self._n_read:
            raise ParameterError(f"The history has {n_rows} rows and had {self._n_read}: a new day, a new monitor.")
        latest = self._latest if market_data is None else float(market_data.time)
        if not latest >= self._latest:
            raise ParameterError(f"time must not run backwards; it is {exact(latest)} after {exact(self._latest)}.")
        rows = read(history, self._n_read)
        n_new = n_rows - self._n_read
        measured, _ = self._meter.step(self._measured, new := rows.at(slice(n_new)))
        so_far, metrics = self._meter.step(measured, rows.at(slice(n_new, None)))
        now = rows.at(slice(0))
        if market_data is not None and so_far.last is not None and market_data.time != so_far.last["time"][0]:
            now = standing(so_far.last, market_data.time, market_data.mid_price)
            metrics = self._meter.step(so_far, now)[1]
        self.history, self._n_read, self._measured, self._new, self._now = history, n_rows, measured, new, now
        self._latest = latest
        taken = [float(np.mean(floats(seconds))) for seconds in latencies.values() if np.size(seconds)]
        self._latency = sum(taken) if taken else float("nan")
        self.latencies = self.latencies.and_also(latencies)
        self.metrics = metrics | self._tail | system_metrics(self.latencies, self._began)

    def _check_alerts(self) -> None:
        """Hold the rules against what is new, and against the market now, which is no row."""
        self._watched, alerts = self._watch.step(self._watched, self._new, self._latency)
        later, now = self._watch.step(self._watched, self._now)
        fired = {name: now for name, now in later.numbers.items() if name in ("firing", "fired")}
        self._watched = dataclasses.replace(self._watched, numbers={**self._watched.numbers, **fired})
        self.alerts += alerts + now
        for owed in self._owed:  # all of them first: whatever stops one sink, the others have it at the next look
            owed.extend(alerts + now)
        for n, (sink, owed) in enumerate(zip(self.sinks, self._owed, strict=True)):
            error = _send(sink, owed)
            if error is not None and not self._failing[n]:
                import logging

                name = getattr(sink, "__qualname__", type(sink).__name__).partition(".")[0]
                sentence = "The sink %s fails (%s). What it has not taken is sent again."
                logging.getLogger("mmlab.monitor").error(sentence, name, error)
            self._failing[n] = error is not None

    def _update_dashboard(self) -> None:
        """Show it where somebody looks."""
        if self.dashboard is not None:
            self.dashboard(self)


def _send(sink: Callable[[Alert], object], owed: deque[Alert]) -> Exception | None:
    """Send a sink what it is owed; what it fails at stays, in its order. The last error is returned."""
    error = None
    for _ in range(len(owed)):
        try:
            sink(owed[0])
        except Exception as raised:  # a reader's own: whatever it is, it must not keep the alert from the others
            error = raised
            owed.rotate(-1)
        else:
            owed.popleft()
    while len(owed) > MOST_OWED:
        owed.popleft()
    return error
