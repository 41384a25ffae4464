"""How chapter 09 judges answers: each is run in the pipeline, beside one that is right, on hours nobody has seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mmbook.ch09.scenes import CONFIG, hour, hours
from mmlab.desk import Fills, History, MarketData, MarketMakingPipeline, Mode, TapeVenue
from mmlab.market import Tape
from mmlab.parameters import ParameterError
from mmlab.quotes import Quotes
from mmlab.simulation import simulate
from mmlab.teach.answers import Answer, NotAttempted, NotYet

UNSEEN, N_UNSEEN = 2027, 400
CLOSE, CLOSED = 3300.0, (1200.0, 1500.0)
PASSES, TASTE = 1.4, 0.2
"""A score is the mean less TASTE × the variance."""


def score(run: History) -> float:
    """Mean profit less a fifth of its variance [price · clip]."""
    return float(run.pnl.mean() - TASTE * run.pnl.var())


def one_row(answer: Answer) -> str:
    """Prices and sizes of the row with two clips short."""
    given = answer.numbers(answer.given, (4,))
    desk, row = CONFIG.make_desk(), (100.0, -2, 3000.0, CONFIG.per_root_second(CONFIG.market.volatility))
    right = _four(desk.quotes(*row))
    mistakes = {
        "that is what a desk shows that is *long* two clips": _four(desk.quotes(100.0, 2, *row[2:])),
        "that is the model's price without the width of eq. (2), or an ask that was rounded down": np.append(
            _four(CONFIG.make_model().quotes(*row[:3]).rounded(0.01))[:2], right[2:]
        ),
        "bid and ask size are exchanged: who is short buys to unwind": right[[0, 1, 3, 2]],
        "it is right but for the ticks: bids round down, asks up": None,
    }
    if np.allclose(given, right, atol=1e-6):
        return "short, both quotes lean up, and the bid is the side that stays whole."
    for mistake, value in mistakes.items():
        if value is None and np.allclose(given, right, atol=0.00999) and np.array_equal(given[2:], right[2:]):
            raise NotYet(f"{mistake}.")
        if value is not None and np.allclose(given, value, atol=1e-6):
            raise NotYet(f"{mistake}.")
    wrong = [
        name
        for name, x, y in zip(("bid", "ask", "bid size", "ask size"), given, right, strict=True)
        if abs(x - y) > 1e-6
    ]
    raise NotYet(f"not right: {', '.join(wrong)}. Go through the stages in the chapter's order, with q = −2.")


def _four(quotes: Quotes) -> NDArray[np.float64]:
    return np.array(
        [float(x) for x in (quotes.bid_price, quotes.ask_price, quotes.bid_size, quotes.ask_size)], np.float64
    )


def lean(time_left: float) -> float:
    """Of exercise 2's model [price/clip]."""
    return 0.012 if time_left <= 300 else 0.004


@dataclass(frozen=True)
class Leaner:
    """The model of exercise 2."""

    def quotes(self, mid_price: Any, inventory: Any, time_left: float) -> Quotes:
        """A cent's fraction a clip, three times that at the end."""
        middle = mid_price - lean(time_left) * inventory
        return Quotes.at(middle - 0.025, middle + 0.025)


def own_model(answer: Answer) -> str:
    """Its quotes at some inventories and times, and its hours."""
    model = answer.given
    _must_have(model, "quotes")
    mid, q = np.array([100.0, 99.5, 101.0, 100.0]), np.array([0.0, 3.0, -2.0, 7.0])
    for time_left in (3000.0, 301.0, 120.0):
        where = f"with {time_left:g} s left, at inventories 0, 3, −2 and 7"
        quotes = _tried(partial(model.quotes, mid, q.copy(), time_left), f"quotes(…) {where}")
        if not isinstance(quotes, Quotes):
            raise NotYet(f"quotes must return `Quotes`, such as Quotes.at(bid, ask); got {type(quotes).__name__}.")
        right = Leaner().quotes(mid, q, time_left)
        for side in ("bid_price", "ask_price"):
            given = answer.numbers(np.broadcast_to(getattr(quotes, side), q.shape), q.shape, f"the {side}")
            off = given - getattr(right, side)
            if np.allclose(off, 0, atol=1e-9):
                continue
            if np.allclose(off, 2 * lean(time_left) * q):
                raise NotYet(f"{where}: it leans the wrong way. Long, both quotes go *down*.")
            if time_left <= 300 and np.allclose(off, 0.008 * q):
                raise NotYet(f"{where}: in the last 300 s it leans by 0.012 a clip, and yours by 0.004.")
            worst = int(np.abs(off).argmax())
            raise NotYet(
                f"with {time_left:g} s left, long {q[worst]:g} around {mid[worst]:g}, the {side[:3]} is "
                f"{given[worst]:.4f}; it must be {getattr(right, side)[worst]:.4f}."
            )
    run = _run(MarketMakingPipeline(CONFIG, model=model))
    return (
        f"in the pipeline it earns {run.pnl.mean():.2f} an hour on hours that you have not seen, with a deviation of "
        f"{run.pnl.std():.2f}; the configuration's own model {_own().pnl.mean():.2f} with {_own().pnl.std():.2f}."
    )


def own_limit(answer: Answer) -> str:
    """What it permits before and after, on many paths, and what a desk then does."""
    limit = answer.given
    for name in ("start", "step"):
        _must_have(limit, name)
    run = _run(MarketMakingPipeline(CONFIG, limits=(limit,)))
    assert run.mode is not None
    late = run.time[:-1] >= CLOSE
    early_modes, late_modes = set(np.unique(run.mode[~late]).tolist()), set(np.unique(run.mode[late]).tolist())
    if early_modes != {Mode.NORMAL}:
        raise NotYet(f"before {CLOSE:g} s all is permitted; yours says {_names(early_modes)}.")
    if Mode.HALT in late_modes:
        raise NotYet("after 3,300 s yours halts: then nothing can be sold that is still held.")
    if late_modes != {Mode.REDUCE_ONLY}:
        first = run.time[:-1][late & ~(run.mode == Mode.REDUCE_ONLY).all(axis=1)][0]
        raise NotYet(f"at {first:g} s yours says {_names(late_modes)}; from {CLOSE:g} s on it is REDUCE_ONLY.")
    size = np.abs(run.inventory)
    grew = float(np.maximum(np.diff(size, axis=0)[late], 0).max())
    assert grew == 0, "REDUCE_ONLY lets no inventory grow"
    start = np.flatnonzero(late)[0]
    return (
        f"it holds {size[start].mean():.2f} clips, long or short, at {CLOSE:g} s and {size[-1].mean():.2f} at the "
        f"close; without it, {np.abs(_own(limits=()).inventory[-1]).mean():.2f}."
    )


def own_venue(answer: Answer) -> str:
    """Rejected exactly while it is closed; what rests stays, and fills."""
    made, tape = answer.given, hour(seed=UNSEEN)
    try:
        unwritten = not isinstance(made, type) and made(TapeVenue(CONFIG.make_desk().venue, tape)) in (None, ...)
    except NotImplementedError:
        unwritten = True
    if unwritten:
        raise NotAttempted
    run, right = (_through(venue, tape) for venue in (made, _Maintenance))
    for n in range(tape.n_steps):
        assert run.accepted is not None
        assert right.accepted is not None
        if run.accepted[n, 0] != right.accepted[n, 0]:
            said = "accepted" if run.accepted[n, 0] else "rejected"
            raise NotYet(f"at {run.time[n]:g} s yours {said} what it was asked.")
        for name in ("bid_price", "ask_price", "bid_size", "ask_size", "bid_fill", "ask_fill"):
            if not np.array_equal(getattr(run, name)[n], getattr(right, name)[n], equal_nan=True):
                closed = CLOSED[0] <= run.time[n] < CLOSED[1]
                said = "What rests stays while the venue is closed, and can fill" if closed else "Hand it on to `inner`"
                raise NotYet(
                    f"at {run.time[n]:g} s {name} is {getattr(run, name)[n, 0]:g} and should be "
                    f"{getattr(right, name)[n, 0]:g}. {said}."
                )
    inside = (run.time[:-1] >= CLOSED[0]) & (run.time[:-1] < CLOSED[1])
    fills = float((run.bid_fill + run.ask_fill)[inside].sum())
    return f"{inside.sum():d} steps were rejected, and {fills:g} clips filled meanwhile from what rested."


@dataclass(frozen=True)
class _Maintenance:
    inner: TapeVenue

    def start(self, n_paths: int) -> Any:
        return self.inner.start(n_paths)

    def submit(self, orders: Any, quotes: Quotes, data: MarketData) -> tuple[Any, Any]:
        if CLOSED[0] <= data.time < CLOSED[1]:
            return orders, False
        return self.inner.submit(orders, quotes, data)

    def advance(self, orders: Any, data: MarketData) -> tuple[Any, Fills]:
        return self.inner.advance(orders, data)


def best_pipeline(answer: Answer) -> str:
    """The score of a configuration on 400 unseen hours."""
    sections = answer.given
    if not isinstance(sections, Mapping):
        raise NotYet(f"the answer is a dict of sections, such as {{'quotes': {{…}}}}; got {type(sections).__name__}.")
    if "market" in sections:
        raise NotYet("the market stays as it is: leave [market] out.")
    config = CONFIG.override(sections)
    limits = config.limits
    if limits.max_position > 1000 or limits.min_position < -1000 or limits.max_volatility > 2:
        raise NotYet("positions stay within ±1,000 shares, and max_volatility is at most 2.")
    run = _run(MarketMakingPipeline(config))
    said = f"{run.pnl.mean():.2f} an hour, deviation {run.pnl.std():.2f}, score {score(run):.2f}"
    if score(run) < PASSES:
        raise NotYet(f"{said}. {PASSES:g} can be had.")
    return f"{said}. Your score is what counts."


def _run(pipeline: MarketMakingPipeline) -> History:
    return _tried(lambda: simulate(pipeline, hours(UNSEEN, N_UNSEEN)), "the pipeline")  # type: ignore[no-any-return]


def _own(**parts: Any) -> History:
    return simulate(MarketMakingPipeline(CONFIG, **parts), hours(UNSEEN, N_UNSEEN))


def _through(venue: Callable[[TapeVenue], Any], tape: Tape) -> History:
    rules = CONFIG.make_desk().venue
    plain = TapeVenue(rules, tape)

    def run() -> History:
        pipeline = MarketMakingPipeline(CONFIG, venue(plain))
        for data in plain.market_data():
            pipeline.run_pipeline(data)
        return pipeline.close(plain.end)

    return _tried(run, "the pipeline on your venue")  # type: ignore[no-any-return]


def _must_have(given: Any, name: str) -> None:
    if not callable(getattr(given, name, None)):
        raise NotYet(f"it has no method `{name}`.")


def _names(modes: set[int]) -> str:
    return " and ".join(Mode(mode).name for mode in sorted(modes))


def _tried(work: Callable[[], Any], what: str) -> Any:
    """What `work` returns; whatever of the reader's fails in it, as a sentence."""
    try:
        return work()
    except (ParameterError, NotYet):
        raise
    except Exception as error:
        raise NotYet(f"{what} raised {type(error).__name__}: {error}") from error
