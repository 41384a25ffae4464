"""The replay explorer: a desk on a stretch of a recorded day, at both ends of every queue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mmbook.ch12.afternoon import account, expected_at_quotes, expected_by_step
from mmbook.ch12.scenes import stretch_for
from mmlab import Desk, GueantLehalleFernandezTapia, Market, Venue, simulate
from mmlab.desk import PnLLimiter, PositionLimiter
from mmlab.market import Day, Tape, replay_tape
from mmlab.market.recorded_day import clock, recorded_day
from mmlab.measure import Calibration, calibrate
from mmlab.parameters import Parameter
from mmlab.teach.explorer import Explorer
from mmlab.teach.panel import Panel
from mmlab.teach.style import ASK, BID, PARTS
from mmlab.teach.words import amount
from mmlab.vocabulary import RISK_AVERSION

N_STEPS = 240
"""About so many are replayed at each move of a slider: what a reader waits for."""
WIDTH = Parameter("w", "1", "The κ believed is the measured one divided by it.", scale="log", name="width")
LATENCY = Parameter("ℓ", "s", "From deciding on an order to its resting.", name="latency")
POSITION = Parameter("q_max", "clips", "The most that is held, long or short.", integer=True, name="position_limit")
LOSS = Parameter("L", "money", "So much below the start, or the peak, the desk halts.", scale="log", name="loss_limit")
START = Parameter("t₀", "min", "When the stretch begins, after the middle of the record.", integer=True, name="start")
LOOKS = {"front": ASK, "back": BID}


def first_half(day: Day, tick: float) -> dict[str, Any]:
    """What the first half of the record says."""
    noon = (day.time[0] + day.time[-1]) / 2
    calibration = calibrate(day.between(day.time[0], noon), tick=tick)
    clip = max(100, 100 * round(calibration.clip / 100))
    seconds = stretch_for(day, clip, N_STEPS)
    return locals()


def stretch(day: Day, noon: float, calibration: Calibration, clip: int, seconds: float, start: int) -> dict[str, Any]:
    """A stretch of the second half."""
    opens = noon + 60 * start
    tape = replay_tape(day.between(opens, opens + seconds), time_step=10, clip=clip)
    market = Market.from_calibration(calibration, horizon=tape.time[-1], mid_price=tape.mid[0, 0], fill_rule="linear")
    return locals()


def model_of(market: Market, risk_aversion: float, width: float) -> dict[str, Any]:
    """The model, by the κ that was measured, or by another."""
    own = dict(risk_aversion=risk_aversion, max_inventory=20, solution="closed form")
    measured = GueantLehalleFernandezTapia.for_market(market, **own)
    model = replace(measured, fill_decay=measured.fill_decay / width)
    return locals()


def desk_of(
    model: Any, clip: int, tick: float, latency: float, position_limit: int, loss_limit: float
) -> dict[str, Any]:
    """The desk."""
    position = PositionLimiter(max_position=position_limit, min_position=-position_limit)
    most = loss_limit / clip
    loss = PnLLimiter(max_daily_loss=most, max_drawdown=most, widened_half_spread=2 * model.half_spread)
    venue = Venue(tick=tick, latency=latency, cancel_latency=latency)
    desk = Desk(model=model, limits=(position, loss), venue=venue)
    return locals()


def both_ends(desk: Desk, market: Market, tape: Tape) -> dict[str, Any]:
    """At both ends of every queue: what was given, and what was to be expected where the quotes stood."""
    desks = {queue: replace(desk, venue=replace(desk.venue, queue=queue)) for queue in ("front", "back")}
    runs = {queue: simulate(each, tape) for queue, each in desks.items()}
    given = {queue: account(run, horizon=0.1) for queue, run in runs.items()}
    expected = {queue: expected_at_quotes(run, market, tape) for queue, run in runs.items()}
    return locals()


def same_orders(s: Any) -> bool:
    """Whether the place in the queue decides no more about fills, with no latency or limit, at the start."""
    front, back = (each.orders for each in s.given.values())
    return bool(s.latency == s.start == 0 and s.position_limit == 20 and back >= 10 and 20 * abs(front - back) <= back)


def richer_at_the_back(s: Any) -> bool:
    """Whether the back of the queue earned more from fewer fills, with nothing but the start moved."""
    front, back = s.given["front"], s.given["back"]
    same = (s.width, s.latency, s.position_limit, s.loss_limit, s.risk_aversion) == (1, 0, 20, 1000, 0.1)
    return bool(same and back.orders < front.orders and back.profit > front.profit)


class ReplayExplorer(Explorer):
    """Sliders for γ, width, latency and limits over a stretch of a recorded day, at both ends of every queue.

    Parameters
    ----------
    day : Day, optional
        By default the one that MMLAB_DAY names, or else the one that ships with mmlab.
    tick : float
        [price]
    """

    title: ClassVar[str] = "Replay"
    sliders: ClassVar = {
        RISK_AVERSION: (0.001, 2.0, 0.1),
        WIDTH: (0.3, 4.0, 1.0),
        LATENCY: (0.0, 3.0, 0.0),
        POSITION: (1, 20, 20),
        LOSS: (10.0, 1000.0, 1000.0),
        START: (0, 85, 0),
    }
    presets: ClassVar = {
        "as calibrated": {},
        "slow": {"latency": 2.0},
        "timid": {"width": 3.0},
        "tight limits": {"position_limit": 2, "loss_limit": 25.0},
        "inside the spread": {"width": 0.4},
    }
    also: ClassVar = {"day": None, "tick": 0.01}
    stages: ClassVar = (first_half, stretch, model_of, desk_of, both_ends)
    prints: ClassVar[str] = (
        "[(each.orders, expected[end][0], clip * each.edge, clip * each.profit) for end, each in given.items()]"
    )
    tasks: ClassVar = {
        "find a width at which both ends of the queue meet as many orders, within 5%, at t₀ = 0.": same_orders,
        "as calibrated, find a start from which the back earns more, with fewer fills.": richer_at_the_back,
    }

    def __init__(self, day: Day | None = None, tick: float = 0.01):
        self._source = "recorded_day().day" if day is None else "...  # the day that the explorer was given"
        day = day or recorded_day().day
        last = max(int((day.time[-1] - day.time[0]) / 120) - 5, 0)  # the day's, and so the object's own
        self.presets = {name: {**preset, "start": (0, last, 0)} for name, preset in self.presets.items()}  # type: ignore[misc]
        super().__init__(day=day, tick=tick)

    def written(self, name: str, value: Any) -> str:
        """The day as it can be read again."""
        return self._source if name == "day" else super().written(name, value)

    def show(self, s: Any, profit: Panel, held: Panel, fills: Panel, price: Panel) -> None:
        """Profit, inventory and orders through the stretch at both ends of the queue, and the quotes at its front."""
        time, run = s.tape.time, s.runs["front"]
        due = np.append(0.0, np.cumsum(expected_by_step(run, s.market, s.tape)[0]))
        low, high = due - np.sqrt(due), due + np.sqrt(due)
        fills.band("expected ± 1 sd", time, low, high, PARTS["market_power"])
        for end, each in reversed(s.runs.items()):  # the dashed line on top: both are seen where they are one
            met = np.append(0, np.cumsum((each.bid_fill > 0) + (each.ask_fill > 0)))
            profit.line(f"{end} of the queue", time, s.clip * each.wealth, LOOKS[end], lw=1.2)
            held.line(f"{end} of the queue", time, each.inventory, LOOKS[end], lw=1.2)
            fills.line(f"{end} of the queue", time, met, LOOKS[end], lw=1.2)
        profit.level(-s.loss_limit)
        held.level(s.position_limit)
        held.level(-s.position_limit, label="_short")
        bought, sold = price.day(run)

        front, back = s.given["front"], s.given["back"]
        clips = np.concatenate([each.inventory for each in s.runs.values()])
        for panel, ylabel, values in (
            (profit, "profit [money]", s.clip * np.concatenate([each.wealth for each in s.runs.values()])),
            (held, "inventory [clips]", clips),
            (fills, "orders met", np.array([0, high[-1], front.orders, back.orders])),
            (price, "price", np.concatenate([run.mid, run.bid_price, run.ask_price])),
        ):
            panel.view(x=(0.0, s.seconds), y=(np.nanmin(values), np.nanmax(values)), xlabel="time [s]", ylabel=ylabel)
        earned = [amount(s.clip * each.profit, 0) for each in (front, back)]
        profit.title(f"Profit: {earned[0]} at the front, {earned[1]} at the back")
        held.title(f"Inventory: from {amount(clips.min(), 1)} to {amount(clips.max(), 1)} clips")
        expected = f"{due[-1]:.0f} ± {np.sqrt(due[-1]):.0f}"
        fills.title(f"{expected} orders expected, {front.orders:.0f} and {back.orders:.0f} met")
        price.title(f"At the front of the queue: {bought} bought, {sold} sold")

    def readout(self, s: Any) -> str:
        """The stretch, and what each end of the queue was given and was to expect, in money."""
        fit = s.calibration.pooled
        words = (
            f"{s.seconds:g} s from {clock(s.opens)} on (the whole second half would keep you waiting), by the first "
            f"half's rates{f' ({fit.verdict})' if fit.rejected else ''}. The model wants "
            f"±{s.model.half_spread:.5f} and a skew of {s.model.skew:.5f} a clip ({s.clip} shares). In money:"
        )
        for end, each in s.given.items():
            due, halts = s.expected[end][0], np.flatnonzero(s.runs[end].mode[:, 0] == 3)
            words += (
                f" {end} of every queue, orders met: {each.orders:.0f} ({due:.1f} ± {np.sqrt(due):.1f} expected), edge "
                f"{amount(s.clip * each.edge, 1)}, profit {amount(s.clip * each.profit, 1)}"
            )
            words += f", halted after {s.tape.time[halts[0]]:.0f} s" if len(halts) else ""
            words += ";" if end == "front" else "."
        return words
