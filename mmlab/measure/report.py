"""The report: a day on one page that opens anywhere, without a network, and its numbers as CSV.

The one file outside `teach` that draws; matplotlib is loaded when a report is written.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mmlab.description import hash_of, versions
from mmlab.desk import LogEntry, MarketMakingConfig
from mmlab.desk.sections import SECTIONS
from mmlab.files import FileError, named, short, write_whole
from mmlab.measure.alerts import Alert, Severity
from mmlab.measure.limit_book import LimitChange
from mmlab.measure.metrics import METRICS, metric_table, of_path
from mmlab.measure.monitor import MarketMakingMonitor
from mmlab.measure.pages import from_template
from mmlab.measure.rows import Columns, Rows, follow, read
from mmlab.models import MODELS
from mmlab.parameters import FloatArray, ParameterError, check_count, parameter_table, parameters_of
from mmlab.simulation import History
from mmlab.table import Table

if TYPE_CHECKING:
    from pathlib import Path

_MARKS = {Severity.INFO: ("o", "#0072B2"), Severity.WARNING: ("^", "#E69F00"), Severity.CRITICAL: ("s", "#D55E00")}


class ReportError(FileError):
    """A report that could not be written; the message says where and why. No half of it is left."""


def write_report(
    page: str | Path,
    monitor: MarketMakingMonitor,
    *,
    title: str = "A day of quoting",
    date: str = "",
    clock: str = "seconds since the open",
    desk: str = "",
    currency: str = "currency",
    changes: Iterable[LimitChange | LogEntry] = (),
    provenance: Mapping[str, object] | None = None,
    path: int = 0,
) -> tuple[Path, Path]:
    """Write what a monitor has seen as a web page, and its numbers with all their digits beside it as CSV.

    The page holds its plot and loads nothing. Each file is written whole or not at all.

    Parameters
    ----------
    page : str or Path
        The page, in a folder that is there; the CSV has the same name with the ending .csv.
    monitor : MarketMakingMonitor
    title, date, clock, desk, currency : str
        What the page is called, which day it was, what its times count, whose it is, and what money is counted in.
    changes : iterable of LimitChange or LogEntry
        What people did: a `LimitBook`'s `changes`, or all of it, a pipeline's `log`.
    provenance : mapping, optional
        Where the day is from, "seed" and "data hash" among it, beyond what its history says of itself; versions and a
        hash of the rows are added.
    path : int
        Which path of the history.

    Returns
    -------
    page, numbers : Path

    Raises
    ------
    ReportError
        If the disk is full, the folder is missing or may not be written to.
    ParameterError
        If the page's own name ends in .csv, or the history has no such path.
    """
    page, rows = named(page), read(monitor.history)
    if not page.name or page.suffix.lower() == ".csv":  # .CSV is the same file where names have no case
        given = short(str(page), 200)
        raise ParameterError(f"The page is HTML, and its numbers go to the .csv beside it: name it other than {given}.")
    numbers, n_paths = page.with_suffix(".csv"), rows["mid"].shape[1]
    if check_count("path", path, 0) >= n_paths:
        raise ParameterError(f"path must be below {n_paths}, the history's number of paths; got {path}.")
    words = {"title": title, "date": date, "clock": clock, "desk": desk, "currency": currency}
    if not all(isinstance(text, str) for text in words.values()) or not isinstance(provenance or {}, Mapping):
        raise ParameterError(f"write_report takes {', '.join(words)} that are text, and a provenance, a mapping.")
    alerts = [alert for alert in monitor.alerts if alert.path == path]
    described: Mapping[str, Any] = getattr(monitor.history, "provenance", None) or {}
    ran = _what_ran(monitor.config, described)
    day = [(word, words[word] or "not stated") for word in ("date", "clock", "desk", "currency")]
    plot = alt = ""
    if len(rows["time"]):
        clip, counted = monitor.config.market.clip, follow(None, rows)[1]
        profit = counted["equity"][:, path] - counted["equity"][0, path]
        day += [("from, to", f"{rows['time'][0]:.6g}, {rows['time'][-1]:.6g}")]
        day += [(f"profit [{currency}]", f"{profit[-1] * clip:,.0f}")]
        plot, alt = _plot(counted, profit, alerts, clip, path)
    fired = tuple((f"{a.time:.6g}", f"{a.severity.sign} {a.severity.name}", a.what, a.done) for a in alerts)
    tables = {
        "Where the profit came from": monitor.attribution.table(path),
        "Which day": Table.of(("what", "value"), [*day, ("model", ran["Model"].rows[0][1])]),
        "Alerts": Table(("time", "severity", "what", "what was done"), fired),
        "Metrics": metric_table(monitor.metrics, path),
        "Limits, halts, resets": Table(("what",), tuple((str(change),) for change in changes)),
        **ran,
        "Where it is from": Table.of(("what", "value"), _origin(monitor.history, rows, described, provenance or {})),
    }
    text = from_template("report.html.j2", title=title, plot=plot, alt=alt, tables=tables)
    write_whole("The report", {page: [text], numbers: [_csv(monitor, path)]}, ReportError)
    return page, numbers


def _csv(monitor: MarketMakingMonitor, path: int) -> str:
    """Metrics and parts of the profit, a line each, numbers as they are."""
    measured, parts = monitor.metrics.items(), monitor.attribution.parts.items()
    rows = [(name, of_path(value, path), METRICS[name.partition(" ")[0]].unit) for name, value in measured]
    rows += [(f"attribution {part}", value[path], "price·clip") for part, value in parts]
    lines = io.StringIO()
    csv.writer(lines, lineterminator="\n").writerows([("name", "value", "unit"), *rows])
    return lines.getvalue()


def _origin(
    history: History | Rows, rows: Columns, described: Mapping[str, Any], given: Mapping[str, object]
) -> list[tuple[str, object]]:
    """Where a day is from, as its history describes it and the caller knows it; what is not known is not stated."""
    import json

    import matplotlib

    tape = described.get("tape")
    known = tape if isinstance(tape, Mapping) else {}
    origin = {"seed": known.get("seed", "not stated"), "data hash": known.get("day", "not stated")}
    origin |= {**described, **given, "rows, SHA-256": hash_of(rows)}
    if isinstance(history, History):
        origin["run, SHA-256"] = history.hash
    origin |= versions() | {"matplotlib": matplotlib.__version__}
    return [(name, json.dumps(value) if isinstance(value, dict | list) else value) for name, value in origin.items()]


def _what_ran(config: MarketMakingConfig, described: Mapping[str, Any]) -> dict[str, Table]:
    """The model that quoted, by its name, and the configuration, less what something else stood in the place of."""
    import json

    own = described.get("model", described.get("strategy", described.get("desk", {}).get("model")))
    kind: Any = config.model
    name, numbers = kind.name, {n: getattr(kind, n) for n in parameters_of(kind)}
    if own is not None:
        name = own.get("is", own.get("own")).removeprefix("models.")
        kind, numbers = MODELS.get(name), {n: value for n, value in own.items() if n not in ("is", "own")}
    units = {n: spec.unit for n, spec in parameters_of(kind).items()}
    rows = [(n, str(value), units.get(n, "")) for n, value in numbers.items() if value is not None]
    tables = {"Model": Table.of(("what", "value", "unit"), [("name", name, ""), *rows])}
    for section in SECTIONS:
        if section == "limits" and section in described:
            limits = described["limits"] if isinstance(described["limits"], list) else [described["limits"]]
            ran = Table.of(("limit",), [(json.dumps(limit),) for limit in limits])
            tables["Limits, in the configuration's place"] = ran
        elif section == "checks":
            on = [(name, str(value)) for name, value in config.to_dict()[section].items() if value is not False]
            tables |= {"Configuration: checks": Table.of(("check", "value"), on)} if on else {}
        elif section != "model":
            tables[f"Configuration: {section}"] = parameter_table(getattr(config, section))
    return tables


def _plot(rows: Columns, profit: FloatArray, alerts: list[Alert], clip: float, path: int) -> tuple[str, str]:
    """A day as a plot, a PNG in base 64, and in words: quotes and mid, inventory, and profit, with the alerts on it."""
    import base64

    from matplotlib.figure import Figure

    time = rows["time"]
    figure = Figure(figsize=(9, 6), layout="constrained")
    prices, held, money = figure.subplots(3, 1, sharex=True)
    for name, look in (("ask_price", "#D55E00"), ("mid", "#444444"), ("bid_price", "#0072B2")):
        prices.step(time, rows[name][:, path], where="post", lw=0.8, color=look, label=name.replace("_price", ""))
    held.step(time, rows["inventory"][:, path], where="post", lw=0.8, color="#444444")
    money.plot(time, profit, lw=0.8, color="#444444", label="profit")
    for severity, (marker, colour) in _MARKS.items():
        if at := [alert.time for alert in alerts if alert.severity == severity]:
            there = np.interp(at, time, profit)
            money.scatter(at, there, marker=marker, color=colour, label=severity.name, zorder=3)
    prices.set_ylabel("price")
    held.set_ylabel("inventory [clips]")
    money.set(ylabel="profit [price·clip]", xlabel="time")
    for axes in (prices, money):
        axes.legend(loc="upper left", fontsize=8)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=110)
    q, fills = rows["inventory"][:, path], sum(rows[side][:, path].sum() for side in ("bids", "asks"))
    alt = (
        f"The day from {time[0]:.6g} to {time[-1]:.6g}: the mid from {rows['mid'][0, path]:.6g} to "
        f"{rows['mid'][-1, path]:.6g} between our quotes, {fills:g} fills, an inventory from "
        f"{q.min():g} to {q.max():g} clips, a profit of {profit[-1]:.2f} price·clip ({profit[-1] * clip:,.0f} of "
        f"currency), {len(alerts)} alerts."
    )
    return base64.b64encode(drawn.getvalue()).decode("ascii"), alt
