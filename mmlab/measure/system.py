"""What the machine says: how long each stage of a pipeline takes, memory, and the processor's time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.frozen import frozen

_EDGES = np.geomspace(1e-7, 1e-7 * 2**32, 513)
"""Of bins that are 4% wide, from a tenth of a microsecond to seven minutes [s]."""
_MIDDLES = np.sqrt(_EDGES[:-1] * _EDGES[1:])


@frozen(eq=False)
class Latencies:
    """By stage, how many steps took how long, in bins: a day's quantiles without a day's memory. And all of it [s]."""

    counts: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    seconds: float = 0.0

    def and_also(self, taken: Mapping[str, ArrayLike]) -> Latencies:
        """These and what some more steps have `taken` [s] in each stage, scalars or arrays of shape (n_steps,)."""
        counts, seconds = dict(self.counts), self.seconds
        for stage, times in taken.items():
            bins = np.digitize(np.fmax(np.ravel(times), 0.0), _EDGES[1:-1])
            counts[stage] = np.bincount(bins, minlength=len(_MIDDLES)) + counts.get(stage, 0)
            seconds += float(np.sum(times))
        return Latencies(counts, seconds)

    def quantiles(self, stage: str, shares: Sequence[float]) -> list[float]:
        """The latencies [s] that these shares of the steps keep in a stage, to 3%."""
        return np.quantile(_MIDDLES, shares, weights=self.counts[stage], method="inverted_cdf").tolist()  # type: ignore[no-any-return]


def clocks() -> tuple[float, float]:
    """The wall's clock and the processor's [s]."""
    return time.perf_counter(), time.process_time()


def memory() -> float:
    """What this process holds [MiB]; NaN where psutil is not, which comes with every kernel but a browser's."""
    try:
        import psutil
    except ImportError:
        return float("nan")
    return float(psutil.Process().memory_info().rss) / 2**20


def system_metrics(latencies: Latencies, began: tuple[float, float]) -> dict[str, float]:
    """The machine's rows of `METRICS`; `began` is what `clocks` said when the monitor was made."""
    quantiles = {stage: latencies.quantiles(stage, (0.5, 0.99)) for stage in latencies.counts}
    names = ("latency_median", "latency_p99")
    metrics = {f"{name} {stage}": both[n] for n, name in enumerate(names) for stage, both in quantiles.items()}
    wall, processor = (now - then for now, then in zip(clocks(), began, strict=True))
    steps = max((counts.sum() for counts in latencies.counts.values()), default=0)
    if latencies.seconds:
        metrics["throughput"] = float(steps / latencies.seconds)
    return metrics | {"memory": memory(), "cpu": processor / wall if wall else float("nan")}
