"""How chapter 04 judges an answer: on inputs that tell the usual mistakes apart, or by what it is worth exactly."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mmbook.ch04.dealing_day import unbounded_fees
from mmbook.ch04.scenes import dealer, worth
from mmlab.models.ho_stoll_program import Program
from mmlab.parameters import FloatArray
from mmlab.teach.answers import Answer, NotYet
from mmlab.teach.formulas import Formula, name_mistake, values_at

FEE_INPUTS = ((20.0, 20.0, 0.02), (100.0, 75.0, 0.5), (30.0, 10.0, 0.0))
FEE_MISTAKES: dict[str, Formula] = {
    "that is the spread. The fee is what one side pays": lambda a, b, c: a / b + c,
    "the whole cost is added; on this demand half of it is passed on": lambda a, b, c: a / b / 2 + c,
    "the cost is forgotten": lambda a, b, c: a / b / 2,
    "at that fee nobody trades": lambda a, b, c: a / b,
    "that is the fee of a dealer who has competitors": lambda a, b, c: c,
    "the cost lowers your fee; it should raise it": lambda a, b, c: a / b / 2 - c / 2,
}


def monopoly_fee(answer: Answer) -> str:
    """α/2β + c/2, as a function or at the chapter's numbers."""
    points, given = values_at(answer, FEE_INPUTS, "the fee")

    def right(a: float, b: float, c: float) -> float:
        return a / b / 2 + c / 2

    name_mistake(answer, given, points, FEE_MISTAKES, right)
    for (a, b, c), fee in zip(points, given, strict=True):
        if not math.isclose(fee, right(a, b, c), rel_tol=1e-3):
            raise NotYet(
                f"at α = {a:g}, β = {b:g}, c = {c:g} you have {fee:.4f}, which earns "
                f"{(a - b * fee) * (fee - c):.4f} per unit of time; the best fee earns "
                f"{(a - b * right(a, b, c)) * (right(a, b, c) - c):.4f}."
            )
    return "halfway between the fee that nobody pays, α/β, and the cost."


ORDER_INPUTS = (
    (3.0, 1.0, 0.05, 1.0, 20.0, 20.0, 0.02),
    (-4.0, 0.5, 0.1, 2.0, 100.0, 75.0, 0.1),
    (0.0, 0.25, 0.2, 3.0, 30.0, 10.0, 0.5),
)


def _fees(
    inventory: float, tau: float, risk: float, sigma: float, alpha: float, beta: float, cost: float,
    *, power: float = 2, share: float = 0.5, own: float = 1, side: float = 1, timed: bool = True, passed: float = 0.5
) -> tuple[float, float]:  # fmt: skip
    """(bid, ask) to first order, or with a usual mistake."""
    half = share * 0.5 * risk * sigma**power * (tau if timed else 1)
    base = alpha / beta / 2 + passed * cost
    return base + half * (own + side * 2 * inventory), base + half * (own - side * 2 * inventory)


ORDER_MISTAKES: dict[str, Formula] = {
    "the fees are in the wrong order, or lean the wrong way. Return (bid fee, ask fee); a dealer who is long wants to "
    "sell, so the ask fee is the lower one": lambda *x: _fees(*x, side=-1),
    "σ is not squared": lambda *x: _fees(*x, power=1),
    "τ is forgotten": lambda *x: _fees(*x, timed=False),
    "the risk is passed on in full; on this demand a monopolist passes on half of r": lambda *x: _fees(*x, share=1),
    "the cost is passed on in full; on this demand a monopolist passes on half of r": lambda *x: _fees(*x, passed=1),
    "cost and risk are passed on in full; on this demand a monopolist passes on half of r": (
        lambda *x: _fees(*x, share=1, passed=1)
    ),
    "the risk of the one clip itself is missing: (1 ± 2I), not ± 2I": lambda *x: _fees(*x, own=0),
    "both fees widen with |I|. Inventory moves the middle, not the width": (
        lambda i, *x: (_fees(abs(i), *x)[0], _fees(abs(i), *x)[0])
    ),
}


def first_order_fees(answer: Answer) -> str:
    """(bid fee, ask fee) by eq. 4."""
    given = [answer.numbers(answer(*point), (2,), "(bid fee, ask fee)") for point in ORDER_INPUTS]
    name_mistake(answer, given, ORDER_INPUTS, ORDER_MISTAKES, _fees)
    for point, (bid, ask) in zip(ORDER_INPUTS, given, strict=True):
        right_bid, right_ask = _fees(*point)
        if not np.allclose((bid, ask), (right_bid, right_ask), rtol=0, atol=1e-6):
            answer(*point)
            both, lean = bid + ask - right_bid - right_ask, bid - ask - right_bid + right_ask
            raise NotYet(
                f"{answer.running} gave {bid:.6g} and {ask:.6g}: their sum is off by {both:+.4f}, their difference by "
                f"{lean:+.4f}."
            )
    bid, ask = given[0]
    return f"long 3 clips with the whole session left the bid fee is {bid:.4f} and the ask fee {ask:.4f}."


TICK = 0.01


def tick_time(answer: Answer) -> str:
    """The τ at which the first order's ask at three clips is a tick below the program's."""
    tau = float(answer.numbers(answer.given, (), "τ"))
    if not 0 < tau <= 4:
        raise NotYet(f"τ = {tau:g} is not between 0 and 4.")
    model = dealer(horizon=4.0)
    off = float(unbounded_fees(model, 3, tau)[1] - model.depths(3, tau)[1])
    if abs(off - TICK) > 0.0002:
        cubic = " (That is where the cubic is a tick. It is the series' first term, and by then not all of it.)"
        raise NotYet(
            f"at τ = {tau:g} the first order's ask is {off:.5f} below the program's, and a tick is {TICK:g}."
            + (cubic if abs(tau - 0.78297) < 0.003 else "")
        )
    return f"at τ = {tau:.3f} it is {off:.4f} too low; a little later, two."


STEP_INPUTS = (
    (np.zeros(5), 0.01, 20.0, 20.0, 0.02, 0.05, 1.0),
    (np.array([-0.4, 0.1, 0.3, 0.2, -0.3]), 0.005, 30.0, 25.0, 0.1, 0.5, 2.0),
    (np.array([-6.0, -1.5, 0.0, -1.5, -6.0]), 0.01, 20.0, 20.0, 0.02, 0.2, 1.0),
)
Q = np.arange(-2.0, 3.0)


def _step(
    value: FloatArray, dt: float, alpha: float, beta: float, cost: float, risk: float, sigma: float,
    *, power: float = 2, held: bool = True, charge: float = 0.5, quarter: float = 0.25, over: bool = False,
    wrap: bool = False, clip: bool = True, rate: bool = False,
) -> FloatArray:  # fmt: skip
    """V a step of dt later by Euler's rule, or with a usual mistake."""
    margin = alpha / beta - (0 if not held else cost)
    more = np.append(np.diff(value), value[0] - value[-1] if wrap else 0.0)
    less = np.append(value[-1] - value[0] if wrap else 0.0, -np.diff(value))
    bid, ask = margin + more, margin + less
    if clip:
        bid, ask = np.maximum(bid, 0), np.maximum(ask, 0)
    if not (wrap or over):
        bid[-1] = ask[0] = 0
    growth = quarter * beta * (bid**2 + ask**2) - charge * risk * sigma**power * Q**2
    return np.asarray(growth if rate else value + dt * growth)


STEP_MISTAKES: dict[str, Formula] = {
    "a bid at +2 or an ask at −2 still earns. Those trades are dropped": lambda *x: _step(*x, over=True),
    "a bid at +2 leads to −2. At the bound the trade is dropped": lambda *x: _step(*x, wrap=True),
    "a dealer who gains nothing by a trade asks α/β and nobody comes: the square is of the positive part alone": (
        lambda *x: _step(*x, clip=False)
    ),
    "the cost is forgotten": lambda *x: _step(*x, held=False),
    "the risk is charged ½Rσ²I²; the half is missing": lambda *x: _step(*x, charge=1),
    "the charge for risk is missing": lambda *x: _step(*x, charge=0),
    "the charge for risk earns; it should cost": lambda *x: _step(*x, charge=-0.5),
    "σ is not squared": lambda *x: _step(*x, power=1),
    "the best a side can earn is ¼β(…)², not β(…)²": lambda *x: _step(*x, quarter=1),
    "the best a side can earn is ¼β(…)², not ½β(…)²": lambda *x: _step(*x, quarter=0.5),
    "that is the growth ∂V/∂τ. Return V a step later, V + Δτ ∂V/∂τ": lambda *x: _step(*x, rate=True),
}


def program_step(answer: Answer) -> str:
    """One Euler step of eq. 5 at the inventories −2 … 2."""
    given = [answer.numbers(answer(*point), (5,), "V") for point in STEP_INPUTS]
    name_mistake(answer, given, STEP_INPUTS, STEP_MISTAKES, _step)
    for point, value in zip(STEP_INPUTS, given, strict=True):
        right = _step(*point)
        if not np.allclose(value, right, rtol=0, atol=1e-9):
            i = int(np.argmax(np.abs(value - right)))
            answer(*point)
            raise NotYet(f"{answer.running} gave {value[i]:.6g} at I = {Q[i]:g}; it should be {right[i]:.6g}.")
    value, (_, dt, *rest) = np.zeros(5), STEP_INPUTS[0]
    for _ in range(100):
        value = answer(value, dt, *rest)
    program = Program(variance_charge=0.05, margin=0.98, slope=20, horizon=1, max_inventory=2)
    exact = program.values(np.ones(1))[0, 2]
    return f"a hundred such steps give V(1, 0) = {value[2]:.3f}, mmlab's program {exact:.3f}."


CONTEST_HORIZON, CONTEST_RISK = 4.0, 0.2
ENOUGH = 0.995


def two_numbers(answer: Answer) -> str:
    """A constant fee and a constant lean that are worth almost what the program is."""
    fee, lean = (float(x) for x in answer.numbers(answer.given, (2,), "(fee, lean)"))

    def fees(inventory: Any, time_left: Any) -> tuple[Any, Any]:
        flat = fee + 0 * (inventory + time_left)
        return flat + lean * inventory, flat - lean * inventory

    best = worth(dealer(CONTEST_HORIZON, CONTEST_RISK, "program"))
    contest = dealer(CONTEST_HORIZON, CONTEST_RISK)
    near, yours = worth(contest), worth(contest, fees)
    said = (
        f"fee {fee:g} and lean {lean:g} are worth {yours:.3f}, {yours / best:.2%} of the program's {best:.3f}; "
        f"the first order's fees {near:.3f}, {near / best:.2%}"
    )
    if yours < ENOUGH * best:
        raise NotYet(f"{said}. Wanted are {ENOUGH:.1%}.")
    return f"{said}."
