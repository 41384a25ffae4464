"""Who learns to quote: from days (Q-learning), from tries of each step, from a calibration, from a form of the value.

All hand in a `Solution`, whose `value` is exact whatever noise they learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
from numpy.typing import ArrayLike

from mmlab.learning.decision_process import DecisionProcess, Solution, gains_of
from mmlab.market import Exponential, Tape
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
    progress: Callable[[int, Solution], object] = lambda days, learned: None,
) -> Solution:
    """Q(n, q, a) ← Q + r(reward + β max Q(n + 1, q') − Q), by days of ε-greedy quoting replayed backwards.

    ε falls from 1 to 0.1 over 70% of the days; r = k/(visits so far)^0.8, at most 1, for the mean of the k visits of a
    batch of 500 days. All entries start at 0, and of equal ones the first is chosen: an untrained table quotes the
    first action.

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
        β of the learner [1]; the process's, if not given.
    double : bool
        Whether two tables, taught by every other batch, value each other's choices.
    progress : callable, optional
        Called with the days played and what is learned so far, after each batch. A KeyboardInterrupt ends the days,
        and what is learned by then is returned.

    Returns
    -------
    Solution
        `believes` is the table's own max Q at the start, `value` what its greedy quotes earn, exactly.

    References
    ----------
    C. J. C. H. Watkins and P. Dayan (1992), Q-learning, Machine Learning 8.
    H. van Hasselt (2010), Double Q-learning, Advances in Neural Information Processing Systems 23.
    """
    beta = check_number("discount", process.discount if discount is None else discount, "1", at_least=0, at_most=1)
    if process.running_penalty is None or not (clock or beta < 1):
        raise ParameterError("Q-learning needs a running_penalty (φ) and, without a clock, a discount (β) below 1.")
    actions, rng, q, n_steps = process.actions(depths), generator(seed), process.inventories, process.n_steps
    (edge, chance), n_actions, n_days = process.fills(actions), len(actions), check_count("n_days", n_days)
    # Its last row is the end of the day, where nothing is chosen; without a clock one row is all.
    table, visits = np.zeros((2, 1 + double, n_steps + 1 if clock else 1, len(q), n_actions))
    table[:, n_steps:] = -process.terminal_penalty * q[:, np.newaxis] ** 2
    noise = money * process.market.volatility * np.sqrt(process.time_step) * q

    def learned() -> Solution:
        mean = table.mean(axis=0)
        chosen = actions[mean.argmax(axis=-1), np.arange(len(q))]
        return Solution.of(process, np.broadcast_to(chosen[:n_steps], (n_steps, len(q), 2)), mean.max(axis=-1))

    with suppress(KeyboardInterrupt):
        for done in range(0, n_days, _BATCH):
            n, explore = min(_BATCH, n_days - done), max(0.1, 1 - 0.9 * done / (0.7 * n_days))
            greedy, place, days = table.mean(axis=0).argmax(axis=-1), np.full(n, len(q) // 2), []
            for step in range(n_steps):
                row, tries = step % table.shape[1], rng.integers(0, n_actions, n)
                action = np.where(rng.random(n) < explore, tries, greedy[row, place])
                filled, cell = rng.random((n, 2)) < chance[action, place], place * n_actions + action
                reward, place = (filled * edge[action, place]).sum(axis=-1), place + filled @ [1, -1]
                days.append(
                    (row, cell, reward - process.cost[place] + noise[place] * process.draw_moves(rng, n), place)
                )
            taught = done // _BATCH % len(table)
            mine, seen, judge = table[taught], visits[taught].reshape(table.shape[1], -1), table[taught - 1]
            for row, cell, reward, place in reversed(days):
                then = (row + 1) % len(mine)
                on = np.take_along_axis(judge[then], mine[then].argmax(axis=-1)[:, np.newaxis], axis=-1)[place, 0]
                count, total = (np.bincount(cell, w, seen.shape[1]) for w in (None, reward + beta * on))
                seen[row] += count
                rate = np.minimum(1.0, count / np.maximum(seen[row], 1) ** 0.8)
                flat = mine[row].reshape(-1)
                flat += rate * (total / np.maximum(count, 1) - flat)
            progress(done + n, learned())
    return learned()


def sampled_induction(process: DecisionProcess, depths: ArrayLike, samples: int, seed: Seed) -> Solution:
    """Backward induction where each (step, inventory, action) is tried `samples` times instead of known.

    The maximum over noisy numbers is too high, and each step takes it from the next (Thrun and Schwartz 1993): it
    `believes` in far more than its `value` until the samples are many.
    """
    actions, rng, samples = process.actions(depths), generator(seed), check_count("samples", samples)
    edge, chance = process.fills(actions)
    ways = np.stack([(1 - chance).prod(-1), *np.moveaxis(chance * (1 - chance[..., ::-1]), -1, 0), chance.prod(-1)], -1)

    def worth(after: FloatArray) -> FloatArray:
        (bid, ask), (up, down) = np.moveaxis(edge, -1, 0), np.moveaxis(gains_of(after), -1, 0)
        gains = np.stack([0 * bid, bid + up, ask + down, bid + ask], axis=-1)
        return np.asarray(after + (rng.multinomial(samples, ways) * gains).sum(axis=-1) / samples)

    return process.among(actions, worth)


def fitted_intensity(tape: Tape) -> Exponential:
    """A and k by maximum likelihood from the reaches of a tape, both sides as one flow, under the linear fill rule.

    k = 1/mean(reach | reach ≥ 0) and A = #(reach ≥ 0)/(2 · time watched): what an order reaches beyond the mid is
    exponential, and one comes in AΔt of all steps.

    Raises
    ------
    ParameterError
        If no order came.
    """
    reach = np.concatenate([tape.buy_reach, tape.sell_reach])
    came = reach[reach >= 0]
    if not came.sum() > 0:
        raise ParameterError(f"In the tape's {tape.n_steps} steps no order reaches beyond the mid: nothing to fit.")
    watched = 2 * tape.n_paths * (tape.time[-1] - tape.time[0])
    return Exponential(arrival_rate=len(came) / watched, fill_decay=1 / came.mean())


def fitted_value_iteration(process: DecisionProcess, powers: Sequence[int] = (0, 2), fitted_on: int = 3) -> Solution:
    """Backward induction that keeps of each step's V only θ in V(q) ≈ Σ θ_p q^p, fitted on |q| ≤ `fitted_on`.

    Raises
    ------
    ParameterError
        If the inventories to fit on are not in the table, or fewer than the powers.
    """
    q, most = process.inventories, process.max_inventory
    if not (len(powers) <= 2 * fitted_on + 1 and fitted_on <= most):
        fits = f"at most max_inventory {most}, and enough for the powers {tuple(powers)}"
        raise ParameterError(f"fitted_on must be {fits}; got {fitted_on}.")
    near, features = np.abs(q) <= fitted_on, (q / most)[:, np.newaxis] ** np.array(powers)
    project = features @ np.linalg.pinv(features[near])
    return process.solve(lambda values: project @ values[near])
