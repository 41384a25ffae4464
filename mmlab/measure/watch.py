"""Watch: what rules watch in a desk's rows, and when they fire and clear."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from mmlab.desk import Mode, Obligations, Reason
from mmlab.measure.alerts import IN_THE_END, KEPT, VALUES, Alert, Rule
from mmlab.measure.presence import absence
from mmlab.measure.rows import Carried, Columns, Row, Rows, aged, filled, follow, latest, ratio, read, sent
from mmlab.parameters import FloatArray, ParameterError
from mmlab.simulation import History

FEWEST_FILLS = 30
"""Before so many fills no rate and no markout is checked, and what is counted for each of them is for so many."""
_MODES = {"widened": Mode.WIDEN, "reduce_only": Mode.REDUCE_ONLY, "halted": Mode.HALT}


class Watch:
    """Holds rules against rows as they come, by one or all at once: ``state, alerts = watch.step(state, row)``.

    Parameters
    ----------
    rules : sequence of Rule
    horizon : float
        [time] above 0: how old a fill is marked out. Where n of one side share it, toxic's error is too small by √n.
    obligations : Obligations, optional
        What the rule "absent" watches.
    """

    def __init__(self, rules: Sequence[Rule], horizon: float = 30.0, obligations: Obligations | None = None):
        self.rules, self.horizon, self.obligations = tuple(rules), horizon, obligations
        if not (self.rules and 0 < horizon < np.inf):
            raise ParameterError(f"A watch needs a rule or more and a horizon above 0; got {rules!r} and {horizon!r}.")
        if obligations is None and any(rule.name == "absent" for rule in self.rules):
            raise ParameterError("The rule 'absent' watches obligations: Watch(rules, obligations=Obligations(...)).")

    def start(self) -> Carried:
        """Nothing has happened yet, on however many paths.

        Later the numbers are `toxicity`'s "averages", what each path counts, and of shape (n_rules, n_paths) "firing",
        whether a rule has fired and not cleared, and "fired", when there was an alert of it [time].
        """
        return Carried()

    def step(
        self, state: Carried, rows: History | Row | Rows, latency: float = math.nan
    ) -> tuple[Carried, list[Alert]]:
        """The state after a row, several or a whole history, of which a step took so long on average [s]; the alerts.

        Raises
        ------
        ParameterError
            If time runs backwards, or the rows cannot be measured: see `Row`.
        """
        lag, new = follow(state.last, read(rows))
        if not len(new["time"]):
            return state, []
        toxic, n_markouts, young, averages = toxicity(new, self.horizon, state)
        values, counts = _values(state.numbers, lag, new, state.last is None)
        values |= {"toxic": toxic, "slow": np.full(toxic.shape, math.nan)}
        values["slow"][-1] = latency
        if self.obligations is not None:
            values["absent"], missed = absence(self.obligations, state.numbers, lag, new)
            counts |= missed
        watched = np.stack([values[rule.name] for rule in self.rules], axis=1)
        bound = np.array([[rule.threshold] for rule in self.rules])
        clears = bound * [[rule.leave_at] for rule in self.rules]
        before = {"firing": 0.0, "fired": -math.inf} | dict(state.numbers)
        was_firing, fired = (np.array(np.broadcast_to(before[x], watched.shape[1:])) for x in ("firing", "fired"))
        firing = latest(np.where(watched >= bound, 1.0, np.where(watched < clears, 0.0, math.nan)), was_firing)
        fired_already = np.concatenate([was_firing[np.newaxis], firing[:-1]])
        anew = (new["mode"] == Mode.HALT) & (new["reason"] != lag("reason"))  # a halt for another reason is news
        fired_already[:, [rule.name == "halted" for rule in self.rules]] *= ~anew[:, np.newaxis]
        alerts = []
        for row, n, path in np.argwhere(firing > fired_already):
            rule, time = self.rules[n], new["time"][row]
            if time - fired[n, path] >= rule.cool_down:
                fired[n, path] = time
                here = {name: float(column[row, path]) for name, column in new.items() if name != "time"}
                value, many = float(watched[row, n, path]), float(n_markouts[row, path])
                alerts.append(_alert(rule, float(time), int(path), value, here, many))
        carried = counts | {"averages": averages, "firing": firing[-1].copy(), "fired": fired}
        return Carried(new.last, young, carried), alerts


def _values(
    before: Mapping[str, FloatArray], lag: Callable[[str], FloatArray], new: Columns, first: bool
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """What `VALUES` names at each new row, but "toxic" and "slow": (n_rows, n_paths); and what is counted for them."""
    counts: dict[str, FloatArray] = {}
    none = np.zeros(new["mid"].shape[1:])

    def last(name: str, column: FloatArray, start: FloatArray) -> FloatArray:
        found = latest(column, before.get(name, start))
        counts[name] = found[-1].copy()
        return found

    def total(name: str, column: FloatArray) -> FloatArray:
        found: FloatArray = before.get(name, none) + np.cumsum(column, axis=0)
        counts[name] = found[-1].copy()
        return found

    now, then = (np.broadcast_to(time[:, np.newaxis], new["mid"].shape) for time in (new["time"], lag("time")))
    bid, ask = np.isfinite(lag("bid_price")), np.isfinite(lag("ask_price"))
    rested = np.where(lag("refreshed") > 0, then, math.nan)
    attended = last("attended", np.where(bid | ask, rested, now), now[0])
    by_limits = lag("mode") >= Mode.REDUCE_ONLY  # which has an alert of its own
    complete = last("complete", np.where((bid & ask) | by_limits, now, math.nan), now[0])
    known = last("known", np.where(new["known"] > 0, now, math.nan), now[0])
    clock = total("clock", (bid | ask) * (now - then))
    bids, asks = total("bids", new["bids"]), total("asks", new["asks"])
    last_fill = last("last_fill", np.where(new["clips"] > 0, clock, math.nan), none)
    bids_before = last("bids_before", np.where(new["asks"] > 0, bids, math.nan), none)
    asks_before = last("asks_before", np.where(new["bids"] > 0, asks, math.nan), none)
    asked = sent(lag, new, first)
    n_sent, n_requests, n_refused, quoted = (total(x, asked[x]) for x in ("messages", "requests", "refused", "quoted"))
    clips = total("clips", new["clips"])
    equity = new["equity"]
    opened = last("opened", np.full(equity.shape, math.nan), equity[0])
    spread = new["ask_price"] - new["bid_price"]
    there = np.isfinite(spread)
    return {name: (new["mode"] == mode).astype(float) for name, mode in _MODES.items()} | {
        "crossed": np.where(there, -spread, -math.inf),
        "wide": np.where(there, spread, -math.inf),
        "stale": now - attended,
        "one_sided": now - complete,
        "blind": now - known,
        "silent": np.where(bids + asks < FEWEST_FILLS, 0.0, (bids + asks) * ratio(clock - last_fill, clock)),
        "run": np.maximum(bids - bids_before, asks - asks_before),
        "long": new["inventory"],
        "short": -new["inventory"],
        "loss": opened - equity,
        "order_to_trade": n_sent / np.maximum(bids + asks, FEWEST_FILLS),
        "rejected": n_refused / np.maximum(n_requests, FEWEST_FILLS),
        "unfilled": quoted / np.maximum(clips, FEWEST_FILLS),
    }, counts


def toxicity(new: Columns, horizon: float, before: Carried) -> tuple[FloatArray, FloatArray, Columns, FloatArray]:
    """By how many of its standard errors the average markout is below 0 at each new row; and of how many it is.

    What a row filled is marked out as one, per clip and less the fees that the row took; each later one leaves the
    others `KEPT` of their weight. With weights w the average of independent numbers has the variance σ² Σw²/(Σw)², and
    around it they are seen to scatter by σ² less that. Markouts of one side that overlap are not: where n do, the error
    is too small by √n. Before there are `FEWEST_FILLS` it is 0.

    Parameters
    ----------
    new : Columns
        What `follow` gives.
    horizon : float
        [time] after which a fill is marked out.
    before : Carried
        After the rows before.

    Returns
    -------
    score, n_markouts : array, shape (n_rows, n_paths)
        Of equal weight (Σw)²/Σw² markouts would err as much.
    young : Columns
        The fills that are not of age.
    averages : array, shape (5, n_paths)
        How many markouts, Σw, Σw², their weighted mean [price] and their variance around it.
    """
    old, at, young = aged(filled(new, before.young), new, horizon, before.last)
    markouts = ratio(old["net"] * new["mid"][at] - old["paid"] - old["fees"], old["clips"])
    after = [before.numbers.get("averages", np.zeros((5, new["mid"].shape[1])))]
    for markout in markouts:
        n, weight, squares, mean, variance = after[-1]
        counts = np.isfinite(markout)
        left = np.where(counts, KEPT, 1.0)
        n, weight, squares = n + counts, left * weight + counts, left**2 * squares + counts
        share, off = counts / np.maximum(weight, 1.0), np.where(counts, markout - mean, 0.0)
        after.append(np.stack([n, weight, squares, mean + share * off, (1 - share) * (variance + share * off**2)]))
    marked = np.searchsorted(at, np.arange(len(new["time"])), side="right")
    n, weight, squares, mean, variance = np.stack(after, axis=1)[:, marked]
    n_markouts = weight**2 / np.maximum(squares, 1.0)
    share = np.where(n < FEWEST_FILLS, 0.5, 1 / np.maximum(n_markouts, 1.0))
    error = np.sqrt(variance * share / (1 - share))
    certain = np.where(mean < 0, math.inf, -math.inf)
    score = np.where(n < FEWEST_FILLS, 0.0, np.divide(-mean, error, out=certain, where=error > 0))
    return score, n_markouts, young, after[-1]


def _alert(rule: Rule, time: float, path: int, value: float, row: Mapping[str, float], n_markouts: float) -> Alert:
    """An alert: of a mode with what its limit measured and its bound, of markouts with how many they are."""
    words, unit = VALUES[rule.name]
    bound, measured = rule.threshold, f"{value:.4g}, bound {rule.threshold:.4g} [{unit}]"
    if rule.name in _MODES:
        value, bound = row["value"], row["bound"]
        measured = Reason(int(row["reason"])).sentence(value, bound, "s")
    words = words.replace(IN_THE_END, f"about {n_markouts:.0f}")
    return Alert(time, path, rule.name, rule.severity, f"{words} {measured}", value, bound, rule.done)
