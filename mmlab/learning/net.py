"""A small net by hand: 2–32–32–1 tanh, its backward pass, and Adam."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import numpy as np

from mmlab.frozen import changed, frozen
from mmlab.learning.decision_process import DecisionProcess
from mmlab.market.seed import Seed, generator
from mmlab.parameters import FloatArray, check_count
from mmlab.table import Summary

_SIZES = (2, 32, 32, 1)


@frozen(eq=False, repr=False)
class Net(Summary):
    """A bid depth from (q/Q, 2τ/T − 1): x ← tanh(xW + b), and the last layer without tanh; the ask is the bid at −q."""

    process: DecisionProcess
    weights: FloatArray
    """(W, b) of each layer, one after the other, shape (1185,)."""

    @classmethod
    def of(cls, process: DecisionProcess, seed: Seed = 0) -> Net:
        """One that starts near the depth 2/3: W from N(0, 1/inputs), the last layer's a tenth of it, and b = 0."""
        rng = generator(seed)
        layers = [rng.standard_normal((n, m)) / np.sqrt(n) for n, m in pairwise(_SIZES)]
        layers[-1] *= 0.1
        weights = np.concatenate([np.append(w, np.zeros(w.shape[1])) for w in layers])
        weights[-1] = 2 / 3
        return cls(process, weights)

    def _layers(self) -> tuple[list[tuple[FloatArray, FloatArray]], FloatArray]:
        """Of each layer W over b and what goes in, (n_steps · (2Q + 1), inputs); and the table that comes out."""
        process, rest, layers = self.process, self.weights, []
        late = 1 - 2 * np.arange(process.n_steps) / process.n_steps
        inputs = np.broadcast_arrays(process.inventories / process.max_inventory, late[:, np.newaxis])
        x = np.stack(inputs, axis=-1).reshape(-1, 2)
        for n, m in pairwise(_SIZES):
            w, rest = rest[: (n + 1) * m].reshape(n + 1, m), rest[(n + 1) * m :]
            layers.append((w, x))
            x = x @ w[:-1] + w[-1]
            x = np.tanh(x) if m > 1 else x
        bid = x.reshape(inputs[0].shape)
        return layers, process.quoted(np.stack([bid, bid[:, ::-1]], axis=-1))

    @property
    def depths(self) -> FloatArray:
        """Bid and ask [price], (n_steps, 2Q + 1, 2), as `DecisionProcess` takes them."""
        return self._layers()[1]

    def gradient(self) -> FloatArray:
        """∂J of each weight: the process's exact gradient of the table, passed back through the layers."""
        (layers, table), slopes = self._layers(), []
        of_table = self.process.gradient(table)
        pull = (of_table[..., 0] + of_table[:, ::-1, 1]).reshape(-1, 1)
        for w, x in reversed(layers):
            slopes.insert(0, np.append(x.T @ pull, pull.sum(axis=0)))
            pull = (pull @ w[:-1].T) * (1 - x**2)
        return np.concatenate(slopes)


def train(
    net: Net, iterations: int, rate: float = 0.01, progress: Callable[[int, Net], object] = lambda i, net: None
) -> Net:
    """Adam up the exact gradient (0.9, 0.999); the `rate` falls by 10 in each 200 iterations after the 200th.

    `progress` is called with the iterations done and the net; a KeyboardInterrupt ends them and keeps the net.

    References
    ----------
    D. P. Kingma and J. Ba (2015), Adam: a method for stochastic optimization, ICLR.
    """
    mean = square = np.zeros_like(net.weights)
    with suppress(KeyboardInterrupt):
        for i in range(1, check_count("iterations", iterations, 0) + 1):
            slope = net.gradient()
            mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
            move = mean / (1 - 0.9**i) / (np.sqrt(square / (1 - 0.999**i)) + 1e-8)
            net = changed(net, weights=net.weights + rate * 10 ** (-max(0, i - 201) / 200) * move)
            progress(i, net)
    return net
