"""A small net by hand: 2–32–32–1 tanh, its backward pass, Adam, and the check of its slopes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from mmlab.frozen import changed, frozen
from mmlab.learning.decision_process import DecisionProcess
from mmlab.learning.policy_table import TablePolicy
from mmlab.market.seed import Seed, generator
from mmlab.parameters import FloatArray, check_count

Weights = tuple[FloatArray, ...]


@frozen(eq=False, repr=False)
class Net:
    """A bid depth from (q/Q, 2τ/T − 1); the ask is the bid at −q."""

    process: DecisionProcess
    weights: Weights
    """W, b of each layer: x ← tanh(xW + b), and the last without tanh."""

    @classmethod
    def of(cls, process: DecisionProcess, seed: Seed = 0, width: int = 32, depth: float = 2 / 3) -> Net:
        """One that starts near a constant `depth` [price]: W of N(0, 1/inputs), the last a tenth of it, b = 0."""
        rng, sizes = generator(seed), (2, width, width, 1)
        weights = [rng.standard_normal((n, m)) / np.sqrt(n) for n, m in pairwise(sizes)]
        weights[-1] *= 0.1
        biases = [np.zeros(width), np.zeros(width), np.array([depth])]
        return cls(process, tuple(w for pair in zip(weights, biases, strict=True) for w in pair))

    def _layers(self) -> list[FloatArray]:
        process = self.process
        late = 1 - 2 * np.arange(process.n_steps) / process.n_steps
        place = process.inventories / process.max_inventory
        layers = [np.stack(np.broadcast_arrays(place, late[:, np.newaxis]), axis=-1).reshape(-1, 2)]
        for n in range(0, len(self.weights), 2):
            x = layers[-1] @ self.weights[n] + self.weights[n + 1]
            layers.append(np.tanh(x) if n < len(self.weights) - 2 else x)
        return layers

    def _table(self, bid: FloatArray) -> FloatArray:
        bid = bid.reshape(self.process.n_steps, -1)
        return self.process.quoted(np.stack([bid, bid[:, ::-1]], axis=-1))

    @property
    def depths(self) -> FloatArray:
        """Bid and ask [price], (n_steps, 2Q + 1, 2), as `DecisionProcess` takes them."""
        return self._table(self._layers()[-1])

    @property
    def policy(self) -> TablePolicy:
        """Its depths as a model."""
        return TablePolicy(self.depths, self.process.market.horizon)

    def gradient(self) -> Weights:
        """∂J of all weights: the process's exact gradient of the table, passed back through the layers."""
        layers = self._layers()
        of_table = self.process.gradient(self._table(layers[-1]))
        pull, slopes = (of_table[..., 0] + of_table[:, ::-1, 1]).reshape(-1, 1), []
        for n in reversed(range(len(layers) - 1)):
            slopes += [pull.sum(axis=0), layers[n].T @ pull]
            pull = (pull @ self.weights[2 * n].T) * (1 - layers[n] ** 2)
        return tuple(reversed(slopes))

    def gradient_check(self, place: int, index: int, step: float = 1e-5) -> tuple[float, float]:
        """∂J of one weight, the flat `index` of the array `place`: passed back, and by a central difference."""
        ends = []
        for sign in (1, -1):
            moved = [w.copy() for w in self.weights]
            moved[place].flat[index] += sign * step
            ends.append(self.process.evaluate(changed(self, weights=tuple(moved))))
        return float(self.gradient()[place].flat[index]), (ends[0] - ends[1]) / (2 * step)


def train(net: Net, iterations: int, rate: float = 0.01, progress: Callable[[int, Net], object] | None = None) -> Net:
    """Adam (Kingma and Ba 2015; 0.9 and 0.999) up the exact gradient; its `rate` falls by 10 each 200 after the 200th.

    `progress` is called with the iterations done and the net; a KeyboardInterrupt ends them and keeps the net.
    """
    first = second = [np.zeros_like(w) for w in net.weights]
    try:
        for i in range(1, check_count("iterations", iterations, 0) + 1):
            slopes = net.gradient()
            first = [0.9 * m + 0.1 * g for m, g in zip(first, slopes, strict=True)]
            second = [0.999 * v + 0.001 * g * g for v, g in zip(second, slopes, strict=True)]
            pace = rate * 10 ** (-max(0, i - 201) / 200)
            moves = [m / (1 - 0.9**i) / (np.sqrt(v / (1 - 0.999**i)) + 1e-8) for m, v in zip(first, second, strict=True)]
            net = changed(net, weights=tuple(w + pace * move for w, move in zip(net.weights, moves, strict=True)))
            if progress is not None:
                progress(i, net)
    except KeyboardInterrupt:
        pass
    return net
