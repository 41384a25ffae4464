"""check and hint: right, wrong in the usual ways, unfilled, and everything that an answer can do to whoever runs it."""

from __future__ import annotations

import contextlib
import time

import numpy as np
import pytest

from mmlab import AvellanedaStoikov, Market, ParameterError, Quotes
from mmlab.teach import check, exercises, hint
from mmlab.teach.answers import Answer, NotYet, TookTooLong, run_within
from mmlab.teach.exercises import EXERCISES, Exercise
from tests.teach.judging import right_answers, usual_mistakes

EVERY = list(EXERCISES._known)


def by_hand(*, sign=-1, power=2, lean_tau=True, spread_tau=True, sides=0.5, reward=2, of_q=False, log=np.log1p):
    """The right function, or one with a usual mistake."""

    def bid_ask(mid, q, tau, gamma, sigma, k):
        middle = mid + sign * q * gamma * sigma**power * (tau if lean_tau else 1)
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
    ("beat-the-model", steady),
]

WRONG = [
    ("as-by-hand", by_hand(sign=1), "moves the wrong way"),
    ("as-by-hand", by_hand(power=1), "σ is not squared"),
    ("as-by-hand", by_hand(lean_tau=False), "τ is forgotten in the reservation price"),
    ("as-by-hand", by_hand(spread_tau=False), "τ is forgotten in the spread"),
    ("as-by-hand", by_hand(lean_tau=False, spread_tau=False), "τ is forgotten, in the reservation price and"),
    ("as-by-hand", by_hand(sides=1), "whole spread from the reservation price"),
    ("as-by-hand", by_hand(reward=1), "both sides together"),
    ("as-by-hand", by_hand(of_q=True), "the spread depends on q.*q=3"),
    ("as-by-hand", by_hand(reward=0), "lacks (2/γ)"),
    ("as-by-hand", by_hand(sign=0), "around the mid"),
    ("as-by-hand", by_hand(log=lambda x: np.log10(1 + x)), "np.log"),
    ("as-by-hand", lambda *x: by_hand()(*x)[::-1], "wrong order"),
    ("as-by-hand", lambda mid, *x: tuple(np.abs(np.subtract(by_hand()(mid, *x), mid)) * [-1, 1] + mid), "q=3"),
    ("as-by-hand", by_hand(reward=2.5), "the middle is off by +0.0000 and the spread by +0.3227"),
    ("neutral-spread", lambda k: 1 / k, "both sides"),
    ("neutral-spread", 2 / 3, "both sides"),
    ("neutral-spread", lambda k: 2 * k, "falls as k rises"),
    ("neutral-spread", 1.0, "at k = 1.5 you have 1.0000"),
    ("neutral-spread", lambda k: 2 / 0.0 * np.log1p(0 / k), "ZeroDivisionError"),
    ("neutral-spread", lambda k: 2 / np.float64(0) * np.log1p(0 / k), "not finite, such as nan"),
    ("neutral-spread", "two over k", "no number"),
    ("fill-probability", lambda d, a, k, dt: a * np.exp(-k * d) * dt, "at most 1"),
    ("fill-probability", lambda d, a, k, dt: -np.expm1(-a * np.exp(-k * d) * dt), "raindrops"),
    ("fill-probability", lambda d, a, k, dt: np.minimum(1, a * np.exp(-k * d)), "time step is forgotten"),
    ("fill-probability", lambda d, a, k, dt: fills(-d, a, k, dt), "sign in the exponent"),
    ("fill-probability", lambda d, a, k, dt: min(1.0, a * np.exp(-k * d) * dt), "truth value of an array"),
    ("fill-probability", lambda d, a, k, dt: fills(d, a, k, dt) / 2, "it should be 0.7."),
    ("simulation-loop", simulation(exponential=True), "1 − e^(−λΔt)"),
    ("simulation-loop", simulation(move=lambda dt: 2 * dt), "moves by σΔt"),
    ("simulation-loop", simulation(move=lambda dt: 2), "moves by σ in each step"),
    ("simulation-loop", simulation(mark=False), "cash + q * mid"),
    ("simulation-loop", simulation(late=1), "runs from 0.995 to 0"),
    ("simulation-loop", simulation(passed=True), "not the time that has passed"),
    ("simulation-loop", simulation(n_steps=100), "at 100 different times"),
    ("simulation-loop", simulation(swap=True), "order bid, ask"),
    ("simulation-loop", simulation(shared=True), "random numbers of its own"),
    ("simulation-loop", simulation(side=-1), "standard errors too low"),
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


def nothing(*arguments): ...


def documented(*arguments):
    """Return what is asked for."""


def later(*arguments):
    raise NotImplementedError


UNFILLED = (..., None, nothing, documented, later, lambda *x: ...)


@pytest.mark.parametrize(
    ("id", "answer"),
    [(id, answer) for id in EVERY for answer in UNFILLED if not callable(answer) or EXERCISES[id].takes],
)
def test_what_is_not_filled_in_is_not_an_error(id, answer):
    verdict = check(id, answer)
    assert verdict.status == "not attempted"
    assert not verdict
    assert verdict.message.startswith(f"Not attempted: the answer is {EXERCISES[id].wanted}")


def test_a_value_for_a_function_and_a_function_of_other_arguments_are_told():
    assert "give the function itself" in check("as-by-hand", (98.3, 99.9)).message
    message = check("as-by-hand", lambda mid, q: (1, 2)).message
    assert "must take 6 arguments, (mid, q, tau, gamma, sigma, k): too many positional arguments" in message


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
        "Not yet: `bid_ask(mid=100, q=3, tau=0.75, gamma=0.1, sigma=2, k=1.5)` raised LinAlgError"
    )
    assert f"(line {line}, `return np.linalg.inv(middle)`)" in message


@pytest.mark.parametrize("error", [SystemExit(1), RecursionError("too deep"), ParameterError("no")])
def test_whatever_an_answer_raises_becomes_a_sentence(error):
    def bid_ask(*arguments):
        raise error

    assert type(error).__name__ in check("as-by-hand", bid_ask).message


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


@pytest.fixture
def short_time(monkeypatch):
    """An exercise with little time."""
    name = "test-short-time"
    monkeypatch.setitem(
        EXERCISES._known,
        name,
        Exercise(name, "a function of x", lambda f: f"{f(1)}.", ("Hurry.",), ("x",), seconds=0.2),
    )
    return name


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


def test_one_long_compiled_call_is_left_to_itself_and_said_so(short_time, monkeypatch):
    monkeypatch.setattr(exercises, "run_within", lambda seconds, work: run_within(seconds, work, grace=0.05))
    message = check(short_time, lambda x: time.sleep(0.6)).message
    assert "cannot be stopped: it is inside one long call of compiled code" in message


def test_an_interrupt_of_the_cell_stops_the_answer_too(monkeypatch):
    seen = []

    def interrupt(thread, seconds):
        seen.append(thread)
        raise KeyboardInterrupt

    monkeypatch.setattr("mmlab.teach.answers._join", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_within(5.0, lambda: spin(1))
    assert not seen[0].is_alive()


def test_where_there_are_no_threads_an_answer_still_runs(monkeypatch):
    def refuse(self):
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr("threading.Thread.start", refuse)
    assert run_within(1.0, lambda: 3) == 3


def test_time_is_up_says_whether_it_stopped():
    with pytest.raises(TookTooLong) as late:
        run_within(0.05, lambda: spin(1))
    assert late.value.stopped


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
        said = hint(id).message
        assert said.startswith(f"Hint {number} of {len(hints)}: {text}")
        assert ("This is the last hint" in said) == (number == len(hints))
    assert hint(id).message == said


def test_an_unknown_exercise_names_the_nearest():
    with pytest.raises(ParameterError, match=r"no exercise 'as-by-hands'\. Did you mean 'as-by-hand'"):
        check("as-by-hands", 3)
    with pytest.raises(ParameterError, match=r"no exercise 'xyz'\. There are '[a-z-]+', '"):
        hint("xyz")


def test_numbers_of_the_wrong_shape_name_both():
    with pytest.raises(NotYet, match=r"shape \(3,\); it must have shape \(2,\)"):
        Answer(3, ()).numbers([1, 2, 3], (2,))
    with pytest.raises(NotYet, match="parts of different shapes"):
        Answer(3, ()).numbers([[1, 2], [3]], (2,))
