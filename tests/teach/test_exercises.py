"""check and hint: right, wrong in the usual ways, unfilled, and everything that an answer can do to whoever runs it."""

from __future__ import annotations

import builtins
import contextlib
import math
import random
import re
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import AvellanedaStoikov, Market, ParameterError, Quotes
from mmlab.teach import check, exercises, hint
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.exercises import EXERCISES, Exercise, verdicts
from mmlab.teach.mistakes import compared
from mmlab.teach.progress import Bar, clock
from mmlab.teach.registry import Registry
from mmlab.teach.style import DRAWING, style
from mmlab.teach.time_limit import TookTooLong, run_within
from tests.mmbook.checking import CHAPTERS, right_answers, usual_mistakes

assert CHAPTERS  # have declared them
EVERY = list(EXERCISES)


def by_hand(
    *,
    sign=-1,
    power=2,
    skew_tau=True,
    spread_tau=True,
    sides=0.5,
    reward=2,
    of_q=False,
    log=np.log1p,
    clip=100,
    session=390,
):
    """The right function, or one with a usual mistake."""

    def bid_ask(mid, shares, minutes, gamma, sigma, k):
        q, tau = shares / clip, minutes / session
        middle = mid + sign * q * gamma * sigma**power * (tau if skew_tau else 1)
        risk = gamma * sigma**power * (tau if spread_tau else 1) * (abs(q) if of_q else 1)
        spread = risk + reward / gamma * log(gamma / k)
        return middle - sides * spread, middle + sides * spread

    return bid_ask


def simulation(
    *, exponential=False, move=lambda dt: 2 * np.sqrt(dt), mark=True, late=0, swap=False, shared=False, passed=False,
    side=1, seeded=True, same=False, n_steps=200,
):  # fmt: skip
    """The right loop, or one with a usual mistake."""

    def simulate_days(depths, n_days, seed):
        rng, dt = np.random.default_rng((1 if same else seed) if seeded else None), 1 / n_steps
        q, cash, mid = np.zeros(n_days), np.zeros(n_days), np.full(n_days, 100.0)
        for n in range(n_steps):
            bid, ask = depths(q, n * dt if passed else max(0.0, 1 - (n + late) * dt))
            bid, ask = (ask, bid) if swap else (bid, ask)
            bid_rate, ask_rate = 140 * np.exp(-1.5 * bid) * dt, 140 * np.exp(-1.5 * ask) * dt
            if exponential:
                bid_rate, ask_rate = -np.expm1(-bid_rate), -np.expm1(-ask_rate)
            draw = rng.random(n_days)
            bought, sold = draw < bid_rate, (draw if shared else rng.random(n_days)) < ask_rate
            q = q + bought - sold
            cash = cash + sold * (mid + side * ask) - bought * (mid - side * bid)
            mid = mid + move(dt) * rng.choice([-1, 1], n_days)
        return cash + (q * mid if mark else 0), q

    return simulate_days


def day_by_day(depths, n_days, seed):
    """The right loop in plain Python: one day after the other."""
    rng, dt, profits, held = random.Random(seed), 1 / 200, [], []
    for _ in range(n_days):
        q, cash, mid = 0, 0.0, 100.0
        for n in range(200):
            bid, ask = depths(q, 1 - n * dt)
            bought, sold = (rng.random() < 140 * math.exp(-1.5 * depth) * dt for depth in (bid, ask))
            q, cash = q + bought - sold, cash + sold * (mid + ask) - bought * (mid - bid)
            mid += 2 * math.sqrt(dt) * rng.choice((-1, 1))
        profits.append(cash + q * mid)
        held.append(q)
    return profits, held


def fills(depth, arrival_rate, fill_decay, time_step):
    return np.minimum(1.0, arrival_rate * np.exp(-fill_decay * depth) * time_step)


def steady(mid_price, inventory, time_left):
    middle = mid_price - 0.0517 * inventory
    return Quotes.at(middle - 0.671, middle + 0.671)


def paper(risk_aversion):
    model = AvellanedaStoikov.for_market(Market.avellaneda_stoikov_2008(), risk_aversion=risk_aversion)

    def strategy(mid_price, inventory, time_left):
        return model.quotes(mid_price, inventory, time_left)

    return strategy


RIGHT = [
    ("as-by-hand", by_hand()),
    ("as-by-hand", lambda *x: list(by_hand()(*x))),
    ("neutral-spread", lambda k: 2 / k),
    ("neutral-spread", 4 / 3),
    ("neutral-spread", 1.333),
    ("fill-probability", fills),
    ("simulation-loop", simulation()),
    ("simulation-loop", day_by_day),
    ("beat-the-model", steady),
]

WRONG = [
    ("as-by-hand", by_hand(sign=1), "moves the wrong way"),
    ("as-by-hand", by_hand(power=1), "σ is not squared"),
    ("as-by-hand", by_hand(clip=1), "a clip is 100 shares"),
    ("as-by-hand", by_hand(session=1), "needs τ in the unit of σ"),
    ("as-by-hand", by_hand(clip=1, session=1), "shares count as clips, and minutes as sessions"),
    ("as-by-hand", lambda s, q, t, *x: by_hand()(s, q, 390 - t, *x), "time that has passed"),
    ("as-by-hand", by_hand(skew_tau=False), "τ is forgotten in the reservation price"),
    ("as-by-hand", by_hand(spread_tau=False), "τ is forgotten in the spread"),
    ("as-by-hand", by_hand(skew_tau=False, spread_tau=False), "τ is forgotten, in the reservation price and"),
    ("as-by-hand", by_hand(sides=1), "whole spread from the reservation price"),
    ("as-by-hand", by_hand(reward=1), "both sides together"),
    ("as-by-hand", by_hand(of_q=True), "the spread depends on q"),
    ("as-by-hand", by_hand(reward=0), "lacks (2/γ)"),
    ("as-by-hand", by_hand(sign=0), "around the mid"),
    ("as-by-hand", by_hand(log=lambda x: np.log10(1 + x)), "np.log"),
    ("as-by-hand", lambda *x: by_hand()(*x)[::-1], "wrong order"),
    ("as-by-hand", lambda mid, *x: tuple(np.abs(np.subtract(by_hand()(mid, *x), mid)) * [-1, 1] + mid), "shares=300"),
    ("as-by-hand", by_hand(reward=2.5), "the middle is off by +0.0000 and the spread by +0.3227"),
    ("neutral-spread", lambda k: 1 / k, "both sides"),
    ("neutral-spread", 2 / 3, "both sides"),
    ("neutral-spread", lambda k: 2 * k, "falls as k rises"),
    ("neutral-spread", 1.0, "at k = 1.5 you have 1.0000"),
    ("neutral-spread", lambda k: 2 / 0.0 * np.log1p(0 / k), "ZeroDivisionError"),
    ("neutral-spread", lambda k: 2 / np.float64(0) * np.log1p(0 / k), "a value that is not finite, nan"),
    ("neutral-spread", "two over k", "no number"),
    ("fill-probability", lambda d, a, k, dt: a * np.exp(-k * d) * dt, "at most 1"),
    ("fill-probability", lambda d, a, k, dt: -np.expm1(-a * np.exp(-k * d) * dt), "raindrops"),
    ("fill-probability", lambda d, a, k, dt: np.minimum(1, a * np.exp(-k * d)), "time step is forgotten"),
    ("fill-probability", lambda d, a, k, dt: fills(-d, a, k, dt), "sign in the exponent"),
    ("fill-probability", lambda d, a, k, dt: min(1.0, a * np.exp(-k * d) * dt), "truth value of an array"),
    ("fill-probability", lambda d, a, k, dt: 0.9 * fills(d, a, k, dt), "it should be 0.7."),
    ("simulation-loop", simulation(exponential=True), "1 − e^(−λΔt)"),
    ("simulation-loop", simulation(move=lambda dt: 2 * dt), "moves by σΔt"),
    ("simulation-loop", simulation(move=lambda dt: 2), "moves by σ in each step"),
    ("simulation-loop", simulation(mark=False), "cash + q * mid"),
    ("simulation-loop", simulation(late=1), "runs from 0.995 to 0"),
    ("simulation-loop", simulation(passed=True), "not the time that has passed"),
    ("simulation-loop", simulation(n_steps=100), "at 100 different times"),
    ("simulation-loop", simulation(swap=True), "order bid, ask"),
    ("simulation-loop", simulation(shared=True), "random numbers of its own"),
    ("simulation-loop", simulation(side=-1), "standard errors from the exact one"),
    ("simulation-loop", simulation(seeded=False), "other days when it is called again"),
    ("simulation-loop", simulation(same=True), "the seed is not used"),
    ("simulation-loop", lambda depths, n, seed: (np.zeros(n), np.zeros((n, 2))), "(20, 2); it must have shape (20,)"),
    ("simulation-loop", lambda depths, n, seed: np.zeros(n), "must return two arrays"),
    ("simulation-loop", lambda depths, n, seed: (np.full(n, seed), np.zeros(n)), "`depths` is never called"),
    ("beat-the-model", paper(0.1), "the score is mean − 0.05 · variance"),
    ("beat-the-model", paper(1.0), "you score 3"),
    ("beat-the-model", paper(0.0997), "within the noise of 0.02 on 2,000 days"),
    ("beat-the-model", lambda mid, q, left: (mid - 1, mid + 1), "returned tuple; return `Quotes.at"),
    ("beat-the-model", lambda mid, q, left: Quotes.at(mid[:5] - 1, mid[:5] + 1), "must broadcast to (2000,)"),
]  # fmt: skip

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)


NEAR = st.sampled_from([0.0, 1.0, -1.0, 1 + 9e-7, 1 + 3e-6, 1e-7, 3e-6, 1000.0, 1000.0009, np.inf, -np.inf, np.nan])
PAIRS = st.lists(st.tuples(NEAR, NEAR), max_size=4).map(lambda pairs: np.array(pairs).reshape(-1, 2).T)


@given(PAIRS)
def test_what_is_near_enough_is_what_numpy_calls_close(both):
    gave, right = both
    largest = max(np.abs(right[np.isfinite(right)]), default=0.0)
    close = np.allclose(gave, right, rtol=1e-6, atol=1e-6 * largest)
    assert (compared([gave], [right], dict, 1e-6) == ("", 0)) == close


def nothing(*arguments): ...


def documented(*arguments):
    """Return what is asked for."""


def later(*arguments):
    raise NotImplementedError


@pytest.fixture
def short_time(monkeypatch):
    """An exercise of a function of x, with little time."""
    name = "test-short-time"
    check_it = lambda f: f"{f.numbers(f(1), ())}."  # noqa: E731
    monkeypatch.setitem(EXERCISES, name, Exercise(name, "a function of x", check_it, ("Hurry.",), ("x",), seconds=0.2))
    return name


@pytest.fixture
def a_value(monkeypatch):
    """An exercise of a number."""
    name = "test-a-value"
    check_it = lambda a: f"{a.numbers(a.given, ())}."  # noqa: E731
    monkeypatch.setitem(EXERCISES, name, Exercise(name, "a number", check_it, ("Hurry.",)))
    return name


UNFILLED = (..., None, nothing, documented, later, lambda *x: ...)


@pytest.mark.parametrize("id", EVERY)
def test_what_is_not_filled_in_is_not_an_error(id):
    for answer in (one for one in UNFILLED if not callable(one) or EXERCISES[id].takes):
        verdict = check(id, answer)
        assert verdict.status == "not attempted", answer
        assert not verdict
        assert verdict.message.startswith(f"Not attempted: the answer is {EXERCISES[id].answer}"), answer


def test_no_market_is_drawn_for_an_answer_that_is_not_written(monkeypatch):
    drawn, name = [], "test-drawn"
    play = lambda answer: str(drawn.append(answer) or answer(1))  # noqa: E731
    monkeypatch.setitem(EXERCISES, name, Exercise(name, "a function of x", play, ("Hurry.",), takes=("x",)))
    for unwritten in (nothing, documented, lambda *x: ..., lambda *x: None):
        assert check(name, unwritten).status == "not attempted"
    assert not drawn
    assert check(name, lambda x: 0).status == "right"
    assert drawn


def test_a_value_for_a_function_and_a_function_of_other_arguments_are_told():
    assert "give the function itself" in check("as-by-hand", (98.3, 99.9)).message
    message = check("as-by-hand", lambda mid, q: (1, 2)).message
    assert "must take 6 arguments, (mid, shares, minutes, gamma, sigma, k): too many positional arguments" in message


def test_a_function_that_tells_no_signature_is_called_and_heard():
    assert Answer(max, ("x", "y"))(1, 2) == 2
    with pytest.raises(NotYet, match=r"`max\(x=1\)` raised TypeError: 'int' object is not iterable"):
        Answer(max, ("x",))(1)


def test_an_answer_that_raises_is_told_its_line():
    def bid_ask(mid, q, tau, gamma, sigma, k):
        middle = mid
        return np.linalg.inv(middle)

    message = check("as-by-hand", bid_ask).message
    line = bid_ask.__code__.co_firstlineno + 2
    assert message.startswith(
        "Not yet: `bid_ask(mid=100, shares=300, minutes=292.5, gamma=0.1, sigma=2, k=1.5)` raised LinAlgError"
    )
    assert f"(line {line}, `return np.linalg.inv(middle)`)" in message


class Wordless(Exception):
    def __str__(self):
        raise KeyboardInterrupt


class Blank(Exception):
    def __str__(self):
        return "\n"


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(1),
        RecursionError("too deep"),
        ParameterError("no"),
        KeyboardInterrupt(),
        GeneratorExit(),
        BaseException("b"),
        StopIteration(1),
        ExceptionGroup("two", [ValueError(1)]),
        TookTooLong(),
        Wordless(),
        Blank(),
    ],
)
def test_whatever_an_answer_raises_becomes_a_sentence(error):
    def bid_ask(*arguments):
        raise error

    verdict = check("as-by-hand", bid_ask)
    assert verdict.status == "not yet"
    assert f"raised {type(error).__name__}" in verdict.message


class Shy:
    """Shows nothing, and is nothing that one expects."""

    __name__ = 3

    def __getattr__(self, name):
        raise RuntimeError(name)

    def __repr__(self):
        raise RuntimeError("repr")

    def __call__(self, x):
        return self


class Shut:
    def __array__(self, dtype=None, copy=None):
        raise KeyboardInterrupt

    def __getattribute__(self, name):
        raise SystemExit(name)


ODD = {
    "a huge number": 10**400,
    "a huge negative one": -(10**5000),
    "huge numbers": [10**400],
    "a complex number": 1j,
    "text": "1",
    "bytes": b"1",
    "a class": dict,
    "a module": np,
    "one that does not show itself": Shy(),
    "one that tells nothing": Shut(),
    "a ragged list": [[1], [1, 2]],
    "an object array": np.array([None]),
    "a date": np.datetime64("2026-01-01"),
    "a set": {1},
    "a masked value": np.ma.masked,
    "a masked array": np.ma.array([1.0], mask=[True]),
    "nan": float("nan"),
}


@pytest.mark.parametrize("name", ODD)
def test_whatever_an_answer_returns_or_is_gets_a_verdict(name, short_time, a_value):
    odd = ODD[name]
    for verdict in (check(short_time, lambda x: odd), check(a_value, odd), check(short_time, odd)):
        assert verdict.status == "not yet"
        assert verdict.message.startswith("Not yet: ")
        assert len(verdict.message) < 400


def test_a_number_that_no_float_holds_is_called_one(short_time):
    message = check(short_time, lambda x: 10**400).message
    assert "but an integer of some 401 digits, too large for a float" in message


@pytest.mark.parametrize("id", [[1], None, 3, {}])
def test_what_is_no_id_is_refused_in_a_sentence(id):
    with pytest.raises(ParameterError, match=r"The id must be a text such as '[a-z-]+'; got a "):
        check(id, 1)
    with pytest.raises(ParameterError, match=r"The id must be a text such as"):
        hint(id)


@pytest.mark.parametrize(("module", "name"), [(np, "isfinite"), (np.linalg, "inv"), (builtins, "abs")])
def test_what_an_answer_patches_is_put_back(short_time, module, name):
    before = getattr(module, name)

    def patches(x):
        setattr(module, name, lambda *a, **k: np.bool_(True))
        return 1.0

    def deletes(x):
        delattr(module, name)
        return spin(x)

    for answer in (patches, deletes):
        check(short_time, answer)
        assert getattr(module, name) is before


def test_an_answer_that_is_stopped_while_it_draws_freezes_no_explorer(short_time):
    def draws(x):
        with style():
            return spin(x)

    assert "was stopped" in check(short_time, draws).message
    with ThreadPoolExecutor(1) as other:
        assert other.submit(lambda: DRAWING.acquire(timeout=5) and DRAWING.release() is None).result()


def test_one_thread_draws_at_a_time_and_as_often_as_it_likes():
    with style(), style(), ThreadPoolExecutor(1) as other:
        assert not other.submit(DRAWING.acquire, blocking=False).result()


def test_an_answer_that_forgets_to_return_is_told_so():
    def bid_ask(mid, q, tau, gamma, sigma, k):
        mid - q

    assert "is no number or array of numbers but None" in check("as-by-hand", bid_ask).message


def test_an_answer_that_changes_its_input_is_told_so():
    def clipped(depth, arrival_rate, fill_decay, time_step):
        depth[depth < -1] = -1
        return fills(depth, arrival_rate, fill_decay, time_step)

    assert "changes its argument `depth` in place" in check("fill-probability", clipped).message

    def counting(mid_price, inventory, time_left):
        inventory += 1
        return steady(mid_price, inventory, time_left)

    assert "changes its argument `inventory` in place" in check("beat-the-model", counting).message


def spin(x):
    while True:
        pass


def swallow(x):
    while True:
        with contextlib.suppress(Exception):
            x += 1


@pytest.mark.parametrize("answer", [spin, swallow])
def test_a_loop_without_end_is_stopped(answer, short_time):
    start = time.perf_counter()
    verdict = check(short_time, answer)
    assert time.perf_counter() - start < 2
    assert verdict.status == "not yet"
    assert f"`{answer.__name__}(x=1)` had not returned after 0.2 s and was stopped" in verdict.message


def test_a_loop_that_returns_when_it_is_stopped_is_too_late(short_time):
    def returns(x):
        try:
            return spin(x)
        finally:
            return 1.0  # noqa: B012, SIM107

    assert "had not returned after 0.2 s and was stopped" in check(short_time, returns).message


def test_one_long_compiled_call_is_left_to_itself_and_said_so(short_time, monkeypatch):
    monkeypatch.setattr("mmlab.teach.time_limit.GRACE", 0.05)
    message = check(short_time, lambda x: time.sleep(0.6)).message
    assert "cannot be stopped: it is inside one long call of compiled code" in message


def test_a_compiled_call_that_holds_the_interpreter_is_too_late_when_it_has_come_back(short_time):
    start = time.perf_counter()
    n = 10**6
    while time.perf_counter() - start < 1.0:  # so many that this machine takes a second or two
        begun, n = time.perf_counter(), 2 * n
        sum(range(n))
        if time.perf_counter() - begun > 0.6:
            break
    message = check(short_time, lambda x: sum(range(3 * n))).message
    assert "could not be stopped: one call of compiled code" in message
    assert re.search(r"took \d+\.\d s, and 0.2 s are allowed", message)


def test_an_interrupt_of_the_cell_stops_the_answer_too(monkeypatch):
    threads, join = [], threading.Thread.join

    def interrupt_once(thread, timeout=None):
        threads.append(thread)
        if len(threads) == 1:
            raise KeyboardInterrupt
        join(thread, timeout)

    monkeypatch.setattr("threading.Thread.join", interrupt_once)
    with pytest.raises(KeyboardInterrupt):
        run_within(5.0, lambda: spin(1))
    assert not threads[0].is_alive()


@pytest.fixture
def no_threads(monkeypatch):
    """A kernel like the one in a browser."""

    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)


def test_where_there_are_no_threads_an_answer_still_runs(no_threads, short_time):
    assert run_within(1.0, lambda: 3) == 3
    assert check(short_time, lambda x: x)
    assert "raised SystemExit" in check(short_time, lambda x: sys.exit()).message


def test_where_there_are_no_threads_the_readers_own_interrupt_gets_through(no_threads, short_time):
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # xdist's workers are deaf to it
    try:
        with pytest.raises(KeyboardInterrupt):
            check(short_time, lambda x: signal.raise_signal(signal.SIGINT) or time.sleep(1))
    finally:
        signal.signal(signal.SIGINT, before)


def swallow_all(x):
    while True:
        try:
            while True:
                x += 1
        except BaseException:
            continue


NEEDS_MONITORING = pytest.mark.skipif(
    sys.version_info < (3, 12), reason="before Python 3.12 there is no limit without threads"
)


@NEEDS_MONITORING
@pytest.mark.parametrize("answer", [spin, swallow, swallow_all, lambda x: sum(1 for _ in iter(int, 1))])
def test_where_there_are_no_threads_a_loop_is_stopped_all_the_same(no_threads, short_time, answer):
    start = time.perf_counter()
    assert "had not returned after 0.2 s and was stopped" in check(short_time, answer).message
    assert time.perf_counter() - start < 2
    assert sum(x for x in range(100)) == 4950  # and nothing is watched any more
    assert [sys.monitoring.get_tool(number) for number in range(6)].count("mmlab-check") == 0


@NEEDS_MONITORING
def test_where_there_are_no_threads_a_compiled_call_is_too_late_when_it_has_come_back(no_threads, short_time):
    message = check(short_time, lambda x: time.sleep(1.3) or x).message
    assert "could not be stopped: one call of compiled code" in message


def test_time_is_up_says_whether_it_stopped():
    with pytest.raises(TookTooLong) as late:
        run_within(0.05, lambda: spin(1))
    assert "was stopped" in str(late.value)


def test_what_a_late_answer_raised_is_the_cause():
    def late():
        try:
            spin(1)
        finally:
            raise ValueError("late")

    with pytest.raises(TookTooLong) as up:
        run_within(0.05, late)
    assert isinstance(up.value.__cause__, ValueError)


def test_a_verdict_shows_as_text_and_as_html():
    verdict = check("as-by-hand", by_hand(sign=1))
    assert repr(verdict) == verdict.message
    assert verdict._repr_html_().startswith('<div role="status"><b>Not yet:</b> the reservation price')
    assert "<code>bid_ask(mid=100" in verdict._repr_html_()
    assert "&lt;" in exercises.Note("a `b < c`")._repr_html_()


@pytest.mark.parametrize("id", EVERY)
def test_hints_come_one_by_one_and_the_last_says_so(id):
    hints = EXERCISES[id].hints
    for number, text in enumerate(hints, 1):
        message = hint(id).message
        assert message.startswith(f"Hint {number} of {len(hints)}: {text}")
        assert ("This is the last hint" in message) == (number == len(hints))
    assert hint(id).message == message


def test_where_no_chapter_is_imported_it_says_so():
    with pytest.raises(ParameterError, match=r"no exercise 'xyz'\. There are none yet: import the code of its chapter"):
        Registry("exercise")["xyz"]


def test_an_unknown_exercise_names_the_nearest():
    with pytest.raises(ParameterError, match=r"no exercise 'as-by-hands'\. Did you mean 'as-by-hand'"):
        check("as-by-hands", 3)
    with pytest.raises(ParameterError, match=r"no exercise 'xyz'\. There are '[a-z-]+', '"):
        hint("xyz")


def test_a_real_number_may_be_written_as_a_complex_one():
    """NumPy may give the real eigenvalues of a real matrix so; what has an imaginary part is no number of ours."""
    answer = Answer(lambda: None, ())
    numbers = answer.numbers(np.array([0.5 + 0j, 2 + 0j]), (2,))
    assert numbers.dtype == np.float64
    assert numbers.tolist() == [0.5, 2.0]
    assert check("as-curvature", lambda tau, gamma, sigma: complex(-gamma * sigma**2 * tau)).status == "right"
    with pytest.raises(NotYet, match=r"is no number or array of numbers but \(0\.5\+0\.1j"):
        answer.numbers(0.5 + 0.1j, ())


def test_numbers_of_the_wrong_shape_name_both():
    with pytest.raises(NotYet, match=r"shape \(3,\); it must have shape \(2,\)"):
        Answer(3, ()).numbers([1, 2, 3], (2,))
    with pytest.raises(NotYet, match="parts of different shapes"):
        Answer(3, ()).numbers([[1, 2], [3]], (2,))


def test_the_last_verdict_on_each_exercise_is_remembered_and_nobody_can_change_it():
    assert verdicts() == {}
    check("neutral-spread", lambda k: 2 / k)
    assert verdicts()["neutral-spread"].status == "right"
    verdicts().clear()
    last = check("neutral-spread", ...)
    assert verdicts() == {"neutral-spread": last}
    assert last.status == "not attempted"
    with pytest.raises(ParameterError):
        check("neutral-spreads", 3)
    assert list(verdicts()) == ["neutral-spread"]


def test_a_long_check_says_how_long_it_runs_and_that_it_is_over(monkeypatch):
    shown = []

    class Handle:
        def display(self, words, raw):
            shown.append(words["text/plain"])

        update = display

    monkeypatch.setattr("mmlab.teach.progress.DisplayHandle", Handle)
    bar = Bar()
    bar.end("Checked.")
    for seconds in (0.1, 1.9, 2.05, 2.5, 3.1):
        clock(bar, 60, seconds)
    bar.end("Checked.")
    assert shown[0] == ""
    assert shown[1:3] == [f"Checking for {n} s, of 60 at most. Kernel → Interrupt ends it." for n in (2, 3)]
    assert shown[3:] == ["Checked."]
