"""What checks the questions of appendix A1; what a verdict says is in exercises.toml."""

from __future__ import annotations

import math

import numpy as np

from mmlab.arguments import array_of
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Check, Facts, Mistake, formula

MID = np.array([[100.0, 100.0, 50.0], [101.0, 98.0, 50.5], [99.0, 97.5, 52.0], [102.0, 99.0, 51.0]])
"""Shape (4, 3): three steps, three paths. Three rows are as many as the paths: an axis may be mistaken."""

marked_profits = formula(
    lambda cash, inventory, mid: cash + inventory * mid[-1],
    [
        (np.array([-200.0, 97.5, 1.0]), np.array([2.0, -1.0, 0.0]), MID[1:]),
        (np.array([10.0, -5.0, -49.0]), np.array([-3.0, 4.0, 1.0]), MID[:3]),
    ],
    {
        "first-mid": lambda cash, inventory, mid: cash + inventory * mid[0],
        "mean-mid": lambda cash, inventory, mid: cash + inventory * mid.mean(axis=0),
        "cash-alone": lambda cash, inventory, mid: cash,
        "one-path": lambda cash, inventory, mid: cash + inventory * mid[-1, -1],
        "taken-away": lambda cash, inventory, mid: cash - inventory * mid[-1],
        "moved": lambda cash, inventory, mid: cash + inventory * (mid[-1] - mid[0]),
        "time-last": lambda cash, inventory, mid: cash + inventory * mid[:, -1],
    },
)

ABSENT = np.nan
_earned = formula(
    lambda depth, reach: np.where(reach >= depth, depth, 0.0),
    [
        (np.array([0.5, ABSENT, 1.0, 0.25, ABSENT]), np.array([0.75, 2.0, 0.5, 0.25, 0.0])),
        (np.array([ABSENT, -0.5, 2.0]), np.array([0.1, 0.0, 3.5])),
    ],
    {
        "earns-reach": lambda depth, reach: np.where(reach >= depth, reach, 0.0),
        "strictly": lambda depth, reach: np.where(reach > depth, depth, 0.0),
        "other-way": lambda depth, reach: np.where(reach <= depth, depth, 0.0),
        "nan-filled": lambda depth, reach: np.where(reach < depth, 0.0, np.nan_to_num(depth, nan=1.0)),
        "always": lambda depth, reach: np.nan_to_num(depth),
        "counted": lambda depth, reach: (reach >= depth) * 1.0,
    },
)


def no_quote(answer: Answer) -> Facts:
    """What is earned where some quotes are absent; a NaN that is left is named."""
    if callable(answer.given):
        first = array_of(answer(*_earned.cases[0]))
        if first is not None and first.dtype.kind == "f" and np.isnan(first).any():
            raise Mistake("nan-left")
    return _earned(answer)


move_in_minutes = formula(
    lambda sigma, minutes: sigma * math.sqrt(minutes / 390),
    [(2.0, 97.5), (0.7, 10.0), (3.0, 195.0)],
    {
        "linear": lambda sigma, minutes: sigma * minutes / 390,
        "variance": lambda sigma, minutes: sigma**2 * minutes / 390,
        "minutes-of-a-minute": lambda sigma, minutes: sigma * math.sqrt(minutes),
        "whole-day": lambda sigma, minutes: sigma,
        "sigma-of-a-minute": lambda sigma, minutes: sigma / 390 * math.sqrt(minutes),
        "rest-of-the-day": lambda sigma, minutes: sigma * math.sqrt(1 - minutes / 390),
        "upside-down": lambda sigma, minutes: sigma * math.sqrt(390 / minutes),
    },
)


def _deviation(first: float, second: float, part: float, sigma: float) -> float:
    return sigma * math.sqrt(first**2 * part + second**2 * (1 - part))


two_holdings = formula(
    _deviation,
    [(3.0, 1.0, 0.25, 2.0), (2.0, -4.0, 0.5, 1.5), (0.0, 5.0, 0.75, 0.7)],
    {
        "deviations-add": lambda a, b, u, s: s * (abs(a) * math.sqrt(u) + abs(b) * math.sqrt(1 - u)),
        "average-holding": lambda a, b, u, s: s * abs(a * u + b * (1 - u)),
        "variance": lambda a, b, u, s: _deviation(a, b, u, s) ** 2,
        "one-move": lambda a, b, u, s: s * abs(a * math.sqrt(u) + b * math.sqrt(1 - u)),
        "not-squared": lambda a, b, u, s: s * math.sqrt(abs(a) * u + abs(b) * (1 - u)),
        "whole-day-each": lambda a, b, u, s: s * math.hypot(a, b),
        "parts-swapped": lambda a, b, u, s: _deviation(b, a, u, s),
    },
)


def _chance(expected: float) -> float:
    """1 − e^(−λΔt)."""
    return -math.expm1(-expected)


either_side = formula(
    lambda bid, ask, dt: _chance((bid + ask) * dt),
    [(2.0, 3.0, 0.1), (0.5, 0.2, 2.0), (40.0, 1.0, 0.01)],
    {
        "first-order": lambda bid, ask, dt: (bid + ask) * dt,
        "capped": lambda bid, ask, dt: min(1.0, (bid + ask) * dt),
        "chances-add": lambda bid, ask, dt: _chance(bid * dt) + _chance(ask * dt),
        "both": lambda bid, ask, dt: _chance(bid * dt) * _chance(ask * dt),
        "nobody": lambda bid, ask, dt: math.exp(-(bid + ask) * dt),
        "exactly-one": lambda bid, ask, dt: (bid + ask) * dt * math.exp(-(bid + ask) * dt),
        "no-step": lambda bid, ask, dt: _chance(bid + ask),
        "one-side": lambda bid, ask, dt: _chance(bid * dt),
    },
)

depth_for_a_wait = formula(
    lambda wait, A, kappa: math.log(A * wait) / kappa,
    [(0.5, 140.0, 1.5), (3.0, 20.0, 0.5), (0.02, 400.0, 4.0)],
    {
        "base-ten": lambda wait, A, kappa: math.log10(A * wait) / kappa,
        "no-decay": lambda wait, A, kappa: math.log(A * wait),
        "times-decay": lambda wait, A, kappa: math.log(A * wait) * kappa,
        "wait-is-a-rate": lambda wait, A, kappa: math.log(A / wait) / kappa,
        "median": lambda wait, A, kappa: math.log(A * wait / math.log(2)) / kappa,
        "no-rate": lambda wait, A, kappa: -math.log(wait) / kappa,
        "rate-there": lambda wait, A, kappa: A * math.exp(-kappa * wait),
    },
)


def _utility(win: float, loss: float, p: float, gamma: float) -> float:
    """E[e^(−γX)]."""
    return p * math.exp(-gamma * win) + (1 - p) * math.exp(gamma * loss)


def _mean(win: float, loss: float, p: float, gamma: float) -> float:
    return p * win - (1 - p) * loss


worth_of_a_bet = formula(
    lambda *x: -math.log(_utility(*x)) / x[-1],
    [(10.0, 5.0, 0.6, 0.1), (3.0, 1.0, 0.5, 0.7), (20.0, 40.0, 0.9, 0.05)],
    {
        "mean": _mean,
        "normal": lambda win, loss, p, g: _mean(win, loss, p, g) - g / 2 * p * (1 - p) * (win + loss) ** 2,
        "utility": lambda *x: -_utility(*x),
        "no-gamma": lambda *x: -math.log(_utility(*x)),
        "loss-is-a-gain": lambda win, loss, p, g: -math.log(_utility(win, -loss, p, g)) / g,
        "other-chance": lambda win, loss, p, g: -math.log(_utility(win, loss, 1 - p, g)) / g,
        "seeks-risk": lambda win, loss, p, g: math.log(_utility(win, loss, p, -g)) / g,
    },
)

still_quoting = formula(
    lambda a, b, t: (b + a * math.exp(-(a + b) * t)) / (a + b),
    [(2.0, 5.0, 0.3), (0.5, 0.1, 4.0), (10.0, 1.0, 0.05)],
    {
        "never-back": lambda a, b, t: math.exp(-a * t),
        "long-run": lambda a, b, t: b / (a + b),
        "pulled": lambda a, b, t: a * _chance((a + b) * t) / (a + b),
        "rates-swapped": lambda a, b, t: (a + b * math.exp(-(a + b) * t)) / (a + b),
        "from-pulled": lambda a, b, t: b * _chance((a + b) * t) / (a + b),
        "first-order": lambda a, b, t: 1 - a * t,
        "grows": lambda a, b, t: (b + a * math.exp((a + b) * t)) / (a + b),
    },
)

best_depth = formula(
    lambda cost, width: (cost + math.sqrt(cost**2 + 2 * width**2)) / 2,
    [(0.5, 1.0), (0.0, 2.0), (-0.25, 0.5)],
    {
        "no-cost": lambda cost, width: width / math.sqrt(2),
        "cost-on-top": lambda cost, width: cost + width / math.sqrt(2),
        "other-root": lambda cost, width: (cost - math.sqrt(cost**2 + 2 * width**2)) / 2,
        "inner-derivative": lambda cost, width: (cost + math.sqrt(cost**2 + 4 * width**2)) / 2,
        "width-not-squared": lambda cost, width: (cost + math.sqrt(cost**2 + 2 * width)) / 2,
        "earns-cost": lambda cost, width: (-cost + math.sqrt(cost**2 + 2 * width**2)) / 2,
    },
    tolerance=5e-3,
)

days_needed = formula(
    lambda sd_a, sd_b, error: (sd_a**2 + sd_b**2) / error**2,
    [(6.5, 13.4, 0.5), (3.0, 4.0, 0.1), (20.0, 1.0, 2.0)],
    {
        "first-alone": lambda a, b, e: a**2 / e**2,
        "second-alone": lambda a, b, e: b**2 / e**2,
        "deviations-add": lambda a, b, e: (a + b) ** 2 / e**2,
        "variances-differ": lambda a, b, e: abs(a**2 - b**2) / e**2,
        "root": lambda a, b, e: math.hypot(a, b) / e,
        "not-squared": lambda a, b, e: (a**2 + b**2) / e,
    },
)

clips_to_hold = formula(
    lambda gain, sd, gamma: gain / (gamma * sd**2),
    [(0.4, 2.0, 0.1), (1.5, 0.5, 0.3), (0.1, 3.0, 0.02)],
    {
        "worth-nothing": lambda gain, sd, gamma: 2 * gain / (gamma * sd**2),
        "not-squared": lambda gain, sd, gamma: gain / (gamma * sd),
        "no-gamma": lambda gain, sd, gamma: gain / sd**2,
        "of-one": lambda gain, sd, gamma: gain - gamma / 2 * sd**2,
        "at-the-best": lambda gain, sd, gamma: gain**2 / (2 * gamma * sd**2),
    },
)

CHECKS: dict[str, Check] = {
    "pre-marked-profits": marked_profits,
    "pre-no-quote": no_quote,
    "pre-move-in-minutes": move_in_minutes,
    "pre-two-holdings": two_holdings,
    "pre-either-side": either_side,
    "pre-depth-for-a-wait": depth_for_a_wait,
    "pre-worth-of-a-bet": worth_of_a_bet,
    "pre-still-quoting": still_quoting,
    "pre-best-depth": best_depth,
    "pre-days-needed": days_needed,
    "pre-clips-to-hold": clips_to_hold,
}
