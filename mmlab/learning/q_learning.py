"""Learners that draw the chain's days: tabular Q-learning, and backward induction on samples of each step."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mmlab.arrays import check_memory
from mmlab.learning.decision_process import DecisionProcess, gains_of
from mmlab.learning.policy_table import Solution
from mmlab.market.seed import Seed, generator
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number

_BATCH = 500
"""Days that are played by one table, and then replayed from their ends."""


def q_learning(
    process: DecisionProcess,
    depths: ArrayLike,
    *,
    n_days: int,
    seed: Seed,
    money: bool = False,
    clock: bool = True,
    discount: float | None = None,
    double: bool = False,
    progress: Callable[[int, Solution], object] | None = None,
) -> Solution:
    """Q(n, q, a) ← Q + r(reward + β max Q(n + 1, q') − Q), by days of ε-greedy quoting replayed backwards.

    ε falls from 1 to 0.1 over 70% of the days; r = k/(visits so far)^0.8, at most 1, for the mean of the k visits of a
    batch. All entries start at 0, and of equal ones the first is chosen: an untrained table quotes the first action.

    Parameters
    ----------
    process : DecisionProcess
        With a running_penalty, whose J is learned.
    depths : array_like
        What may be quoted, as `DecisionProcess.best_on` takes it.
    n_days, seed
        Days to learn from, and of their random numbers.
    money : bool
        Whether the reward holds the mid's moves on the inventory: the same in expectation, and mostly noise.
    clock : bool
        Whether the table knows the step; without one it looks on for ever, and needs a discount below 1.
    discount : float, optional
        β; the process's, if not given.
    double : bool
        Whether two tables, each taught by every other batch, value each other's choices (van Hasselt).
    progress : callable, optional
        Called with the days played so far and what is learned, after each batch. A KeyboardInterrupt ends the days,
        and what is learned by then is returned.

    Returns
    -------
    Solution
        `believes` is the table's own max Q at the start, `value` what its greedy quotes earn, exactly.

    References
    ----------
    C. J. C. H. Watkins and P. Dayan (1992), Q-learning, Machine Learning 8.
    H. van Hasselt (2010), Double Q-learning, NeurIPS 23.
    """
    if process.running_penalty is None:
        raise ParameterError("Q-learning adds up rewards: the process must have a running_penalty (φ), 0 for none.")
    beta = process.discount if discount is None else check_number("discount", discount, "1", at_least=0, at_most=1)
    if not clock and beta == 1:
        raise ParameterError("Without a clock the days have no end: discount must be below 1; got 1.")
    actions, rng, n_days = process.actions(depths), generator(seed), check_count("n_days", n_days)
    (edge, chance), n_actions = process.fills(actions), len(actions)
    start, n_q, n_steps = process.max_inventory, len(process.inventories), process.n_steps
    shape = (1 + double, n_steps if clock else 1, n_q, n_actions)
    check_memory(f"A table of {np.prod(shape):,} actions", 16 * float(np.prod(shape)))
    q, visits = np.zeros((2, *shape))
    risk = process.market.volatility * np.sqrt(process.time_step) * process.inventories
    draw = rng.standard_normal if process.market.mid_move == "normal" else lambda n: rng.integers(0, 2, n) * 2.0 - 1
    ends = -process.terminal_penalty * process.inventories**2

    def learned() -> Solution:
        mean = q.mean(axis=0)
        chosen = actions[mean.argmax(axis=-1), np.arange(n_q)]
        values = mean.max(axis=-1)
        return Solution(process, np.broadcast_to(chosen, (n_steps, n_q, 2)), float(values[0, start]), values)

    def play(explore: float, n: int) -> list[tuple[FloatArray, ...]]:
        """The days' (cell, reward, inventory after) of each step."""
        greedy, place, days = q.mean(axis=0).argmax(axis=-1), np.full(n, start), []
        for step in range(n_steps):
            action = np.where(rng.random(n) < explore, rng.integers(0, n_actions, n), greedy[step % len(greedy), place])
            filled = rng.random((n, 2)) < chance[action, place]
            reward, cell = (filled * edge[action, place]).sum(axis=-1), place * n_actions + action
            place = place + filled[:, 0] - filled[:, 1]
            reward -= process.cost[place]
            if money:
                reward += risk[place] * draw(n)
            days.append((cell, reward, place))
        return days

    def replay(mine: FloatArray, seen: FloatArray, judge: FloatArray, days: list[tuple[FloatArray, ...]]) -> None:
        for step in reversed(range(n_steps)):
            row, then = step % len(mine), (step + 1) % len(mine)
            on = judge[then, np.arange(n_q), mine[then].argmax(axis=-1)]
            cell, reward, place = days[step]
            target = reward + beta * (ends if clock and step == n_steps - 1 else on)[place]
            count = np.bincount(cell, minlength=n_q * n_actions).reshape(n_q, n_actions)
            total = np.bincount(cell, target, n_q * n_actions).reshape(n_q, n_actions)
            seen[row] += count
            rate = np.minimum(1.0, count / np.maximum(seen[row], 1) ** 0.8)
            mine[row] += rate * (total / np.maximum(count, 1) - mine[row])

    try:
        for batch, done in enumerate(range(0, n_days, _BATCH)):
            n = min(_BATCH, n_days - done)
            taught, judge = batch % len(q), (batch + 1) % len(q)
            replay(q[taught], visits[taught], q[judge], play(max(0.1, 1 - 0.9 * done / (0.7 * n_days)), n))
            if progress is not None:
                progress(done + n, learned())
    except KeyboardInterrupt:
        pass
    return learned()


def sampled_induction(process: DecisionProcess, depths: ArrayLike, samples: int, seed: Seed) -> Solution:
    """Backward induction where each (step, inventory, action) is tried `samples` times instead of known.

    The maximum over noisy numbers is too high, and each step takes it of the next one's (Thrun and Schwartz 1993):
    `believes` is far above `value` until the samples are many.
    """
    actions, rng, samples = process.actions(depths), generator(seed), check_count("samples", samples)
    (bid, ask), (buy, sell) = (np.moveaxis(sides, -1, 0) for sides in process.fills(actions))
    ways = np.stack([(1 - buy) * (1 - sell), buy * (1 - sell), (1 - buy) * sell, buy * sell], axis=-1)

    def worth(after: FloatArray) -> FloatArray:
        up, down = np.moveaxis(gains_of(after), -1, 0)
        earned = np.stack([0 * bid, bid + up, ask + down, bid + ask], axis=-1)
        return np.asarray(after + (rng.multinomial(samples, ways) * earned).sum(axis=-1) / samples)

    return process.among(actions, worth)
