"""Who learns to quote: from days (Q-learning), from tries of each step, from a calibration, from a form of the value.

All hand in a `Solution`, whose `value` is exact whatever noise they learned from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from mmlab.frozen import changed, frozen
from mmlab.learning.decision_process import DecisionProcess
from mmlab.learning.outside import Solution
from mmlab.market import Exponential, Tape
from mmlab.market.seed import Seed, generator
from mmlab.parameters import FloatArray, ParameterError, check_count, check_number

_BATCH, _SIZES = 500, (2, 32, 32, 1)
"""Days that are played by one table, and then replayed from their ends; and what goes through the net."""


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
    progress: Callable[..., object] = lambda *so_far: None,
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
    table, visits = np.zeros((2, 1 + double, clock * n_steps + 1, len(q), n_actions))
    table[:, n_steps:] = -process.terminal_penalty * q[:, np.newaxis] ** 2
    cost, risk = process.cost, process.market.volatility * np.sqrt(process.time_step) * q
    draw = rng.standard_normal if process.market.mid_move == "normal" else lambda n: 2.0 * rng.integers(0, 2, n) - 1

    def learned() -> Solution:
        mean = table.mean(axis=0)
        chosen = actions[mean.argmax(axis=-1), np.arange(len(q))][:n_steps]
        return Solution(process, np.broadcast_to(chosen, (n_steps, len(q), 2)), mean.max(axis=-1))

    with suppress(KeyboardInterrupt):
        for done in range(0, n_days, _BATCH):
            n, explore = min(_BATCH, n_days - done), max(0.1, 1 - 0.9 * done / (0.7 * n_days))
            greedy, place, days = table.mean(axis=0).argmax(axis=-1), np.full(n, len(q) // 2), []
            for row in clock * np.arange(n_steps):
                action = np.where(rng.random(n) < explore, rng.integers(0, n_actions, n), greedy[row, place])
                filled, cell = rng.random((n, 2)) < chance[action, place], np.intp(place * n_actions + action)
                reward, place = (filled * edge[action, place]).sum(axis=-1), place + filled @ [1, -1]
                days.append((row, cell, reward - cost[place] + (risk[place] * draw(n) if money else 0.0), place))
            mine, past, judge = table[own := done // _BATCH % len(table)], visits[own], table[own - 1]
            for row, cell, reward, place in reversed(days):
                target = reward + beta * judge[row + clock][np.arange(len(q)), mine[row + clock].argmax(axis=-1)][place]
                k, total = (np.bincount(cell, w, mine[0].size).reshape(len(q), -1) for w in (None, target))
                past[row] += k
                mine[row] += np.minimum(1, k / np.maximum(past[row], 1) ** 0.8) * (total / np.maximum(k, 1) - mine[row])
            progress(done + n, learned())
    return learned()


def sampled_induction(process: DecisionProcess, depths: ArrayLike, samples: int, seed: Seed) -> Solution:
    """Backward induction where each (step, inventory, action) is tried `samples` times: its fills counted, not known.

    The maximum over noisy numbers is too high, and each step takes it from the next (Thrun and Schwartz 1993): it
    `believes` in far more than its `value` until the samples are many.
    """
    rng, samples = generator(seed), check_count("samples", samples)
    return process.best_on(depths, lambda chance: rng.binomial(samples, chance) / samples)


def fitted_intensity(tape: Tape) -> Exponential:
    """A and k by maximum likelihood from the reaches of a tape, both sides as one flow, under the linear fill rule.

    k = 1/mean(reach | reach ≥ 0) and A = #(reach ≥ 0)/(2 · time watched): what an order reaches beyond the mid is
    exponential, and one comes in AΔt of all steps.

    Raises
    ------
    ParameterError
        If no order came.
    """
    came = np.concatenate([reach[reach >= 0] for reach in (tape.buy_reach, tape.sell_reach)])
    if not came.sum() > 0:
        raise ParameterError(f"In the tape's {tape.n_steps} steps no order reaches beyond the mid: nothing to fit.")
    return Exponential(arrival_rate=len(came) / (2 * tape.n_paths * np.ptp(tape.time)), fill_decay=1 / came.mean())


def fitted_value_iteration(process: DecisionProcess, powers: Sequence[int] = (0, 2), fitted_on: int = 3) -> Solution:
    """Backward induction that keeps of each step's V only θ in V(q) ≈ Σ θ_p q^p, fitted on |q| ≤ `fitted_on`.

    Raises
    ------
    ParameterError
        If the inventories to fit on are not in the table, or fewer than the powers.
    """
    q, most = process.inventories, process.max_inventory
    if len(powers) > 2 * fitted_on + 1 or fitted_on > most:
        raise ParameterError(f"fitted_on must be {len(powers) // 2} to {most} for these powers; got {fitted_on}.")
    near, features = np.abs(q) <= fitted_on, (q / most)[:, np.newaxis] ** np.array(powers)
    return process.solve(lambda values: features @ np.linalg.lstsq(features[near], values[near])[0])


@frozen(eq=False)
class Net:
    """A bid depth from (q/Q, 2τ/T − 1): x ← tanh(xW + b), and the last layer without tanh; the ask is the bid at −q."""

    process: DecisionProcess
    weights: FloatArray
    """(W, b) of each layer, one after the other, shape (1185,)."""

    @classmethod
    def of(cls, process: DecisionProcess, seed: Seed = 0) -> Net:
        """One that starts near the depth 2/3: W from N(0, 1/inputs), the last layer's a tenth of it, and b = 0."""
        rng = generator(seed)
        layers = [np.append(rng.standard_normal(n * m) / np.sqrt(n), np.zeros(m)) for n, m in pairwise(_SIZES)]
        return cls(process, np.concatenate([*layers[:-1], 0.1 * layers[-1][:-1], [2 / 3]]))

    def _layers(self) -> tuple[list[tuple[FloatArray, FloatArray]], FloatArray]:
        """Of each layer W over b and what goes in, (n_steps · (2Q + 1), inputs); and the table that comes out."""
        process, rest, layers = self.process, self.weights, []
        late = 1 - 2 * np.arange(process.n_steps) / process.n_steps
        x = np.stack(np.meshgrid(process.inventories / process.max_inventory, late), axis=-1).reshape(-1, 2)
        for n, m in pairwise(_SIZES):
            w, rest = rest[: (n + 1) * m].reshape(n + 1, m), rest[(n + 1) * m :]
            layers.append((w, x))
            x = (np.tanh if m > 1 else np.asarray)(x @ w[:-1] + w[-1])
        bid = x.reshape(process.n_steps, -1)
        return layers, process.quoted(np.stack([bid, bid[:, ::-1]], axis=-1))

    @property
    def depths(self) -> FloatArray:
        """Bid and ask [price], (n_steps, 2Q + 1, 2), as `DecisionProcess` takes them."""
        return self._layers()[1]

    def gradient(self) -> FloatArray:
        """∂J of each weight: the process's exact gradient of the table, passed back through the layers."""
        (layers, table), slopes = self._layers(), np.empty(0)
        pull = ((of_table := self.process.gradient(table))[..., 0] + of_table[:, ::-1, 1]).reshape(-1, 1)
        for w, x in reversed(layers):
            slopes = np.concatenate([(x.T @ pull).ravel(), pull.sum(axis=0), slopes])
            pull = (pull @ w[:-1].T) * (1 - x**2)
        return slopes


def train(net: Net, iterations: int, progress: Callable[..., object] = lambda *so_far: None, rate: float = 0.01) -> Net:
    """Adam up the exact gradient (0.9, 0.999); the `rate` falls by 10 in each 200 iterations after the 200th.

    `progress` is called with the iterations done and the net; a KeyboardInterrupt ends them and keeps the net.

    References
    ----------
    D. P. Kingma and J. Ba (2015), Adam: a method for stochastic optimization, ICLR.
    """
    mean = square = np.zeros_like(net.weights)
    with suppress(KeyboardInterrupt):
        for i in range(1, check_count("iterations", iterations, 0) + 1):
            mean, square = 0.9 * mean + 0.1 * (slope := net.gradient()), 0.999 * square + 0.001 * slope**2
            move = mean / (1 - 0.9**i) / (np.sqrt(square / (1 - 0.999**i)) + 1e-8)
            net = changed(net, weights=net.weights + rate * 10 ** (-max(0, i - 201) / 200) * move)
            progress(i, net)
    return net
