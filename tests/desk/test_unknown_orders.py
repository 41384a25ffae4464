"""A venue that cannot be reached: nothing is sent, what may fill is counted, and what did is booked once, later."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab import MarketData, MarketMakingConfig, MarketMakingPipeline, ParameterError, Symmetric
from mmlab.desk import (
    Desk,
    Disconnected,
    Fills,
    FlakyVenue,
    Mode,
    PositionLimiter,
    PreTradeChecks,
    Reason,
    TapeVenue,
    Venue,
    mode_changes,
)

CONFIG = MarketMakingConfig().override({"market": {"horizon": 600.0}})
FAR = PositionLimiter(max_position=90, min_position=-90)
SYMMETRIC = Desk(model=Symmetric(half_spread=0.02), limits=FAR, venue=Venue(tick=0.01, fee=0.001))
TAPE = CONFIG.make_market().tape(3, 60, seed=4)
OUT = ["down", "half sent", "half told", "silent"]


class Watched(FlakyVenue):
    """Keeps what the desk sent, and what its venue really filled."""

    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        object.__setattr__(self, "asked", [])
        object.__setattr__(self, "truth", {})

    def submit(self, orders, quotes, data):
        self.asked.append(orders.has.step)
        return super().submit(orders, quotes, data)

    def _step(self, orders, data):
        after = super()._step(orders, data)
        self.truth[orders.has.step] = after.unreported[-1]
        return after


def run(script, desk=SYMMETRIC, tape=TAPE, rules=None, act=None, **how):
    """A pipeline that has run on a venue with such a script, and that venue; `act` is told each step before it."""
    venue = Watched(TapeVenue(desk.venue if rules is None else rules, tape), script, **how)
    pipeline = MarketMakingPipeline(desk, venue, end=600.0)
    for n, datum in enumerate(venue.inner.market_data()):
        if act is not None:
            act(n, pipeline)
        pipeline.run_pipeline(datum)
    return pipeline, venue


def true_books(venue, tape=TAPE):
    """Inventory and cash as the venue has them."""
    held, cash = np.zeros(tape.n_paths), np.zeros(tape.n_paths)
    for fills in venue.truth.values():
        paid, got = np.where(fills.fill > 0, fills.price, 0) * fills.fill
        held, cash = held + fills.fill[0] - fills.fill[1], cash + got - paid - fills.fee
    return held, cash


@settings(max_examples=40, deadline=None)
@given(
    outages=st.dictionaries(st.integers(0, 58), st.tuples(st.sampled_from(OUT), st.integers(1, 20)), max_size=4),
    cancels=st.booleans(),
    twice=st.booleans(),
    latency=st.sampled_from([0.0, 10.0, 25.0]),
    whole=st.booleans(),
)
def test_whatever_breaks_nothing_is_sent_while_unknown_and_the_books_are_the_venues_in_the_end(
    outages, cancels, twice, latency, whole
):
    desk = CONFIG.make_desk() if whole else SYMMETRIC
    rules = dataclasses.replace(desk.venue, latency=latency, cancel_latency=latency)
    bounds = {}

    def look(n, pipeline):
        if pipeline.state is not None and pipeline.state.unknown is not None:
            bounds[n] = pipeline.state.inventory, pipeline.state.unknown

    pipeline, venue = run(outages, desk, rules=rules, act=look, cancel_on_disconnect=cancels, tells_twice=twice)
    history = pipeline.history
    unknown = history.reason == Reason.DISCONNECTED
    assert set(np.flatnonzero(unknown.all(axis=1))) == set(bounds)
    assert not set(bounds) & set(venue.asked)
    assert (history.mode[unknown] == Mode.HALT).all()
    assert not (history.reason == Reason.VENUE).any()  # all that it filled had been asked for
    np.testing.assert_allclose(history.value[unknown], np.array([b[1].max(axis=0) for b in bounds.values()]).ravel())
    if pipeline.state.unknown is None:
        held, cash = true_books(venue)
        np.testing.assert_allclose(pipeline.state.inventory, held)
        np.testing.assert_allclose(pipeline.state.cash, cash)
    for n, (held, may) in bounds.items():  # what was really held meanwhile lies within what may have filled
        fills = np.cumsum([venue.truth[step].fill for step in range(n + 1)], axis=0)[-1]
        really = fills[0] - fills[1]
        assert (held - may[1] - 1e-9 <= really).all()
        assert (really <= held + may[0] + 1e-9).all()


def test_a_disconnect_in_the_middle_of_a_refresh():
    """The bid is there and the ask is not; left to work, each may fill, and the larger of old and new counts."""
    for cancels in (False, True):
        pipeline, venue = run({20: ("half sent", 6)}, cancel_on_disconnect=cancels)
        history = pipeline.history
        assert not history.accepted[20].any()
        assert (history.reason[21:27] == Reason.DISCONNECTED).all()
        assert (history.value[21:27] == 1).all()
        assert not (history.bid_fill + history.ask_fill)[20:26].any()  # not yet heard of
        between = np.sum([venue.truth[n].fill for n in range(20, 27)], axis=0)
        assert between.any() != cancels
        np.testing.assert_array_equal((history.bid_fill, history.ask_fill), np.array(
            [venue.truth[n].fill if not 20 <= n < 26 else 0 * between for n in range(26)]
            + [between] + [venue.truth[n].fill for n in range(27, 60)]).swapaxes(0, 1))  # fmt: skip
        assert history.mode[27].max() == Mode.NORMAL
        assert np.isfinite(history.bid_price[27]).all()
    assert (
        "the venue cannot be reached; up to 1 clip of one side may still fill" in mode_changes(history).sentences()[0]
    )


@pytest.mark.parametrize("kind", OUT)
def test_a_venue_that_answers_never_leaves_the_desk_halted_and_no_reset_helps(kind):
    def reset(n, pipeline):
        if n == 40:
            pipeline.reset(who="Ann", reason="hoping")
            assert pipeline.log[-1].after == "HALT"

    pipeline, venue = run({10: (kind, math.inf)}, act=reset, cancel_on_disconnect=False)
    history = pipeline.history
    assert (history.reason[11:] == Reason.DISCONNECTED).all()
    assert max(venue.asked) == 10
    assert not np.diff(history.inventory[10:], axis=0).any()
    assert (pipeline.state.unknown >= 1).all()


def test_a_venue_that_answers_twice_is_booked_once():
    once, twice = (run({10: ("half told", 15), 40: ("down", 3)}, cancel_on_disconnect=False, tells_twice=two)[0]
                   for two in (False, True))  # fmt: skip
    assert once.history.hash == twice.history.hash
    assert (once.history.bid_fill + once.history.ask_fill)[25].any()


def test_a_venue_that_answers_late_is_waited_for_without_a_halt_and_after_the_timeout_is_unknown():
    waits = {}

    def look(n, pipeline):
        if pipeline.state is not None and pipeline.state.unknown is not None:
            waits[n] = pipeline.state.inventory, pipeline.log

    for timeout, halted in ((1e9, []), (35.0, range(24, 27)), (0.0, range(21, 27))):
        waits.clear()
        pipeline, venue = run({20: ("silent", 6)}, act=look, timeout=timeout)  # steps of 10 s
        history = pipeline.history
        np.testing.assert_array_equal(np.flatnonzero((history.reason == Reason.DISCONNECTED).all(axis=1)), halted)
        assert history.mode.any() == bool(halted)
        assert list(waits) == list(range(21, 27))
        assert not set(venue.asked) & set(waits)
        assert not history.accepted[20:27].any()
        filled = (history.bid_fill + history.ask_fill).any(axis=1)
        assert not filled[20:26].any()  # not heard of until the answer is there
        assert filled[26]
        held, cash = true_books(venue)
        np.testing.assert_allclose(pipeline.state.inventory, held)
        np.testing.assert_allclose(pipeline.state.cash, cash)


def test_a_line_that_breaks_while_an_answer_is_awaited_halts_at_once_and_so_does_a_person():
    class Breaks(Watched):
        def reconcile(self, orders, data):
            if orders.has.step == 13:
                orders = dataclasses.replace(orders, until=-math.inf)
            return super().reconcile(orders, data)

    venue = Breaks(TapeVenue(SYMMETRIC.venue, TAPE), {10: ("silent", 8), 30: ("silent", 8)}, timeout=1e9)
    pipeline = MarketMakingPipeline(SYMMETRIC, venue, end=600.0)
    for n, datum in enumerate(venue.inner.market_data()):
        if n == 33:
            pipeline.halt(who="Ann", reason="it takes too long")
            assert pipeline.log[0].before == "no halt"
        pipeline.run_pipeline(datum)
    reasons = pipeline.history.reason[:, 0].tolist()
    assert reasons[:33] == [0] * 14 + [Reason.DISCONNECTED] * 5 + [0] * 14
    assert set(reasons[33:]) == {Reason.OPERATOR}
    assert not set(venue.asked) & {*range(11, 19), *range(31, 39)}


def test_checks_count_no_message_while_an_answer_is_awaited():
    desk = dataclasses.replace(SYMMETRIC, checks=PreTradeChecks(max_messages=8, message_window=45.0))
    history = run({20: ("silent", 6)}, desk, timeout=1e9)[0].history  # of four steps' quotes in 45 s
    held_back = (history.bid_blocked | history.ask_blocked).any(axis=1)
    assert held_back[:21].any()
    assert not held_back[21:31].any()
    assert held_back[31:].any()


def test_an_answer_with_a_number_that_was_answered_is_not_booked_though_no_line_was_down():
    class Stutters(FlakyVenue):
        def advance(self, orders, data):
            if orders.has.step == 30 and not orders.unreported:
                return dataclasses.replace(orders, unreported=(orders.reported,)), orders.reported
            return super().advance(orders, data)

    def answers(venue):
        pipeline = MarketMakingPipeline(SYMMETRIC, venue, end=600.0)
        for datum in venue.inner.market_data():
            for _ in range(1 + (isinstance(venue, Stutters) and datum.time == TAPE.time[30])):
                pipeline.run_pipeline(datum)
        return pipeline

    inner = TapeVenue(SYMMETRIC.venue, TAPE)
    plain, stutters = answers(FlakyVenue(inner)), answers(Stutters(inner))
    np.testing.assert_array_equal(plain.state.inventory, stutters.state.inventory)
    np.testing.assert_array_equal(plain.state.cash, stutters.state.cash)
    assert not stutters.history.mode.any()


def test_a_reject_of_a_cancel_leaves_an_order_that_works_and_is_asked_for_again():
    halted = range(20, 30)

    def halt(n, pipeline):
        if n == 20:
            pipeline.halt(who="Ann", reason="stop")
        if n == 50:
            pipeline.reset(who="Ann", reason="go")

    for desk in (SYMMETRIC, CONFIG.make_desk()):
        pipeline, venue = run(dict.fromkeys(halted, "reject cancels"), desk, act=halt)
        history = pipeline.history
        stands = np.isfinite(history.bid_price) | np.isfinite(history.ask_price)
        assert stands[20].any()
        np.testing.assert_array_equal(
            history.accepted[20:30], ~stands[20:30]
        )  # asked for at each step, refused at each
        assert not stands[30:50].any()  # and gone once it is taken
        assert history.accepted[30:].all()
        assert (history.bid_fill + history.ask_fill)[20:30].any()
        assert (history.value[20:30][stands[20:30]] >= 1).all()
        assert (history.reason[20:50] == Reason.OPERATOR).all()
        held, cash = true_books(venue)
        np.testing.assert_allclose(pipeline.state.inventory, held)
        np.testing.assert_allclose(pipeline.state.cash, cash)


def test_a_reject_of_a_cancel_does_not_wait_for_the_timer():
    class OneSided(Symmetric):
        """Withdraws its ask from 200 s on."""

        def quotes(self, mid_price, inventory, time_left):
            quotes = super().quotes(mid_price, inventory, time_left)
            if time_left > 400:
                return quotes
            return dataclasses.replace(quotes, ask_price=np.nan * quotes.ask_price, ask_size=0 * quotes.ask_size)

    timer = dataclasses.replace(CONFIG.make_desk().timer, min_quote_time=100.0, max_quote_time=1e4)
    desk = Desk(model=OneSided(half_spread=0.2), timer=timer, volatility=0.01)
    venue = FlakyVenue(TapeVenue(desk.venue, TAPE), dict.fromkeys(range(20, 25), "reject cancels"))
    pipeline = MarketMakingPipeline(desk, venue, end=600.0)
    for datum in venue.inner.market_data():
        pipeline.run_pipeline(datum)
    history = pipeline.history
    for path in range(TAPE.n_paths):
        first = int(np.argmin(history.accepted[:, path]))
        stood = np.isfinite(history.ask_price[first:25, path])  # until it is filled or gone
        np.testing.assert_array_equal(history.accepted[first:25, path], ~stood)
        assert np.isnan(history.ask_price[25:, path]).all()
    assert (~history.accepted).sum() > 5


def test_a_rejection_of_all_leaves_what_was_there():
    pipeline, venue = run({20: "reject", 21: "reject"})
    history = pipeline.history
    assert list(np.flatnonzero(~history.accepted.any(axis=1))) == [20, 21]
    assert not history.mode.any()
    np.testing.assert_allclose(pipeline.state.inventory, true_books(venue)[0])


def test_what_was_never_asked_for_halts_once_it_is_told():
    class Overfills(FlakyVenue):
        def reconcile(self, orders, data):
            after, reports = super().reconcile(orders, data)
            five = 5.0 * np.ones((2, 3))
            return after, [dataclasses.replace(reports[-1], fill=five, price=100 * five / five)]

    venue = Overfills(TapeVenue(SYMMETRIC.venue, TAPE), {10: ("down", 2)})
    pipeline = MarketMakingPipeline(SYMMETRIC, venue, end=600.0)
    for datum in list(venue.inner.market_data())[:20]:
        pipeline.run_pipeline(datum)
    assert (pipeline.history.bid_fill[12] == 5).all()
    assert (pipeline.history.reason[13:] == Reason.VENUE).all()


def test_an_interrupt_while_unknown_leaves_the_step_to_be_taken_again():
    class Interrupted(FlakyVenue):
        def reconcile(self, orders, data):
            if orders.has.step == 14 and not interrupts:
                interrupts.append(1)
                raise KeyboardInterrupt
            return super().reconcile(orders, data)

    script, interrupts = {10: ("half told", 8)}, [1]
    runs = []
    for kind in (FlakyVenue, Interrupted):
        venue = kind(TapeVenue(SYMMETRIC.venue, TAPE), script, cancel_on_disconnect=False)
        pipeline = MarketMakingPipeline(SYMMETRIC, venue, end=600.0)
        for datum in venue.inner.market_data():
            try:
                pipeline.run_pipeline(datum)
            except KeyboardInterrupt:
                pipeline.run_pipeline(datum)
        runs.append(pipeline.history.hash)
        interrupts.clear()
    assert runs[0] == runs[1]


def test_a_venue_of_ones_own_that_disconnects_must_be_able_to_say_what_became_of_it():
    class Own:
        def start(self, n_paths):
            return Venue().start(n_paths)

        def submit(self, orders, quotes, data):
            raise Disconnected

        def advance(self, orders, data):
            raise AssertionError("nothing was sent")

    pipeline = MarketMakingPipeline(SYMMETRIC, Own(), end=600.0)
    pipeline.run_pipeline(MarketData(0.0, 100.0))
    assert (pipeline.state.unknown == 1).all()
    with pytest.raises(ParameterError, match=r"must have reconcile\(orders, data\)"):
        pipeline.run_pipeline(MarketData(1.0, 100.0))


@pytest.mark.parametrize("wrong", ["down", "late", ("down", 0), ("reject", 3), ("down",), 3])
def test_a_script_of_other_words_is_refused(wrong):
    with pytest.raises(ParameterError, match="FlakyVenue: a step's script must be one of 'reject', "):
        FlakyVenue(TapeVenue(Venue(), TAPE), {3: wrong})


def test_a_halt_while_the_venue_is_away_waits_for_its_reset():
    def halt(n, pipeline):
        if n == 12:
            pipeline.halt(who="Ann", reason="and the venue is away")

    pipeline, _ = run({10: ("down", 5)}, act=halt)
    reasons = pipeline.history.reason[:, 0]
    assert list(reasons[9:18]) == [0, 0, *[Reason.DISCONNECTED] * 5, *[Reason.OPERATOR] * 2]
    assert isinstance(pipeline.venue.truth[10], Fills)
