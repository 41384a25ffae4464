"""The league: all hours played, here or on a cluster, and every strategy held against every other.

An hour's profit of a strategy is its mean over all its tables, the pairs and the field; the hours are what is drawn.
All stand on the same hours, so that a difference has the error of the hours' differences, and luck that two have in
common drops out. How sure a rank is, is asked of the hours: drawn again with replacement, they rank again.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mmlab.files import FileError, read_text
from mmlab.frozen import frozen
from mmlab.parameters import FloatArray, ParameterError
from mmlab.simulation.sweep import sweep
from mmlab.tournament.apart import Apart
from mmlab.tournament.hours import Conditions
from mmlab.tournament.parts import PARTS, Result
from mmlab.tournament.rounds import Played, play_hour

RESAMPLES = 2000
By = Literal["profit", "worth"]
"""Whether the risk of what was held is taken off."""


def strategies_in(folder: Path) -> dict[str, str]:
    """The texts of a folder's Python files, by their names without the ending.

    Raises
    ------
    ParameterError
        If two names are one.
    """
    found: dict[str, str] = {}
    for file in sorted(folder.glob("[!._]*.py")):
        readable = file.stem.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
        name = unicodedata.normalize("NFC", readable)
        if name in found:
            raise ParameterError(f"Two files in {folder} are called {name}.")
        try:
            found[name] = read_text(file)
        except FileError as error:  # it loses its rounds, and the others play
            found[name] = f"raise ImportError({str(error)!r})"
    return found


def play(
    strategies: Mapping[str, str], conditions: Conditions, seed: int, n_hours: int, jobs: int = 1, executor: Any = None
) -> list[Played]:
    """Play the hours 0 … n_hours − 1 of a seed, saying how far it is: the same results whoever plays them.

    Parameters
    ----------
    strategies : mapping
        Name → text of the file.
    conditions : Conditions
    seed, n_hours : int
    jobs : int
        How many processes of this machine play.
    executor : optional
        Who plays in their place, as `sweep` takes it: Dask's Client.

    Raises
    ------
    ParameterError
        If hours could not be played.
    """
    # To begin costs each strategy a process; and a sweep keeps 1 MB of each call.
    together = max(1, min(5, -(-n_hours // jobs), 5000 // len(strategies) ** 2))
    grid = [{"numbers": range(n, min(n + together, n_hours))} for n in range(0, n_hours, together)]

    def say(done: int, _: int) -> None:
        print(f"{min(done * together, n_hours)} of {n_hours} hours are played", flush=True)

    with ExitStack() as stack:
        if executor is None and jobs > 1:
            executor = stack.enter_context(ProcessPoolExecutor(min(jobs, len(grid)), get_context("spawn")))
        found = sweep(partial(play_hours, dict(strategies), conditions, seed), grid, executor=executor, progress=say)
    for place, why in found.failed.items():
        raise ParameterError(f"Hours from {grid[place]['numbers'][0] + 1} on could not be played: {why}")
    return [hour for hours in found.results for hour in hours]


def play_hours(
    strategies: Mapping[str, str], conditions: Conditions, seed: int, numbers: Sequence[int]
) -> list[Played]:
    """Play some hours here, each strategy in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="mmlab-tournament-") as there:
        edition, left_out = Path(there) / "edition", shutil.ignore_patterns("__pycache__", "notebooks")
        # What strategies may read: mmlab, and neither this checkout nor the folder of the others.
        shutil.copytree(Path(__file__).parents[1], edition / "mmlab", ignore=left_out)
        seated = {name: Apart(source, f"{name}.py", edition) for name, source in strategies.items()}
        try:
            return [play_hour(seated, conditions, seed, number) for number in numbers]
        finally:
            for player in seated.values():
                player.end()


@frozen(eq=False)
class League:
    """Who is better, and how surely.

    Parameters
    ----------
    names : tuple of str
        The best first.
    hourly : ndarray, shape (n_hours, n)
        What each made in an hour, its mean over its tables [price · clip].
    pairs : ndarray, shape (n_hours, n, n)
        What the first made more than the second at the table of these two [price · clip].
    ranks : ndarray, shape (n, 2)
        In 95 of 100 resamples of the hours its rank is in between.
    """

    names: tuple[str, ...]
    by: By
    hourly: FloatArray
    pairs: FloatArray
    ranks: FloatArray
    played: tuple[Played, ...]

    @property
    def conditions(self) -> Conditions:
        """Of all hours."""
        return self.played[0].conditions

    @property
    def mean(self) -> FloatArray:
        """Of an hour, shape (n,) [price · clip]."""
        return np.asarray(self.hourly.mean(axis=0))

    def alike(self, a: int, b: int) -> bool:
        """Whether luck could do it: their difference over the hours is within two of its errors."""
        difference = self.hourly[:, a] - self.hourly[:, b]
        return bool(abs(difference.mean()) <= 2 * error_of(difference))

    def of(self, name: str) -> list[Result]:
        """All its results: hour by hour, each at all its tables."""
        return [each[name] for hour in self.played for each in hour.results.values() if name in each]

    def parts(self, name: str) -> dict[str, float]:
        """What its profit is made of in the mean, forfeits last; they add up to what ranks, less the risk."""
        results = self.of(name)
        parts = dict(zip(PARTS, np.mean([one.parts for one in results], axis=0).tolist(), strict=True))
        return parts | {"forfeit": -float(np.mean([one.forfeit for one in results]))}


def league(played: Sequence[Played], by: By = "profit", seed: int = 0) -> League:
    """Rank by what was made in the mean; the seed is that of the resampled hours."""
    names = sorted({name for table in played[0].results for name in table})

    def made(one: Result) -> float:
        return one.score if by == "worth" else one.profit - one.forfeit

    values = [{table: {n: made(one) for n, one in e.items()} for table, e in hour.results.items()} for hour in played]
    hourly = np.array([[np.mean([e[name] for e in hour.values() if name in e]) for name in names] for hour in values])
    order = np.argsort(-hourly.mean(axis=0), kind="stable")
    names, hourly = [names[n] for n in order], hourly[:, order]
    pairs = np.zeros((len(played), len(names), len(names)))
    for n, hour in enumerate(values):
        for table, each in hour.items():
            if len(table) == 2:
                a, b = (names.index(name) for name in table)
                pairs[n, a, b] = each[table[0]] - each[table[1]]
    again = resampled_ranks(hourly, RESAMPLES, seed)
    ranks = np.quantile(again, [0.025, 0.975], axis=0, method="nearest").T
    return League(tuple(names), by, hourly, pairs - pairs.transpose(0, 2, 1), ranks, tuple(played))


def resampled_ranks(hourly: FloatArray, n: int, seed: int) -> FloatArray:
    """Ranks, 1 for the best, in `n` resamples of the hours; shape (n, n_strategies)."""
    n_hours = len(hourly)
    chosen = np.random.default_rng(seed).integers(n_hours, size=(n, n_hours))
    order = np.argsort(-hourly[chosen].mean(axis=1), axis=1, kind="stable")
    return np.asarray(np.argsort(order, axis=1) + 1.0)


def error_of(values: FloatArray) -> float:
    """The standard error of a mean over hours; NaN of a single one."""
    return float(np.std(values, axis=0, ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
