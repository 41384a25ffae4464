"""What the dashboard lists beside its panels, as HTML: the newest alerts, and every metric there is."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from mmlab.measure import METRICS, MarketMakingMonitor, Severity
from mmlab.measure.alerts import Alert
from mmlab.measure.metrics import of_path
from mmlab.table import minus
from mmlab.teach.theme import themed

N_ALERTS = 8
COLOURS = {Severity.INFO: "#0072B2", Severity.WARNING: "#E69F00", Severity.CRITICAL: "#D55E00"}

_LIST = 'role="log" aria-label="Profit and alerts" tabindex="0" style="overflow:auto;'
_LIST += 'max-height:calc(var(--mm-tall) + 40px)"'
"""The list stands beside the panels, as high as they are; what is older is scrolled to."""
_TABLE = "display:grid;grid-template-columns:repeat(auto-fit,minmax(19em,1fr));column-gap:2em;line-height:1.5"


def day_so_far(monitor: MarketMakingMonitor) -> str:
    """Where the profit came from, in currency, and under it the newest alerts."""
    found, clip = monitor.attribution, monitor.config.market.clip
    parts = [
        (name, round(clip * float(part[0]), 2) + 0.0, "currency", f"{part[0]:.4g} price·clip")
        for name, part in found.parts.items()
    ]
    rows = "".join(_cell(*part) for part in parts)
    return themed(f"<div {_LIST}><b>Where the profit came from</b>{rows}{alert_list(monitor.alerts)}</div>")


def alert_list(alerts: Sequence[Alert]) -> str:
    """The newest alerts, each with its severity's shape and word."""
    items = "".join(
        f'<li><span style="color:{COLOURS[alert.severity].lower()}">{alert.severity.sign}</span> '
        f"{html.escape(str(alert)[2:])}</li>"
        for alert in alerts[: -N_ALERTS - 1 : -1]
    )
    head = f"{len(alerts)} alert{'s' * (len(alerts) > 1)}, the newest first" if alerts else "No alerts"
    return f'<b>{head}</b><ul style="list-style:none;padding:0;margin:0">{items}</ul>'


def metrics_table(monitor: MarketMakingMonitor) -> str:
    """Where the profit came from, and every metric there is, with units; what each is as a tooltip."""
    found = monitor.attribution
    what = f"part of the PnL; adverse selection is the mid's move in {found.horizon:g} s"
    parts = [(name, part[0], "price·clip", what) for name, part in found.parts.items() if name != "pnl"]
    metrics = [
        (name, of_path(value, 0), *METRICS[name.partition(" ")[0]][:2])
        for name, value in monitor.metrics.items()
        if name != "fees"  # they are among the parts
    ]
    return f'<div style="{_TABLE}">{"".join(_cell(*one) for one in (*parts, *metrics))}</div>'


def _cell(name: str, number: float, unit: str, definition: str) -> str:
    """A number with its name and unit, to a billionth, as a right sum leaves some 1e-12; what it is as a tooltip."""
    scale, unit = (1000.0, "ms") if unit == "s" else (1.0, unit)
    shown = "–" if np.isnan(number) else minus(f"{scale * round(number, 9) + 0.0:.4g}")
    return (
        f'<div title="{html.escape(definition)}" style="display:flex;justify-content:space-between">'
        f"<span>{name.replace('_', ' ')}</span>"
        f'<span style="white-space:nowrap">{shown} {"" if unit == "1" else unit}</span></div>'
    )
