"""sweep: one function of a setting over a grid, here or on many machines; the same numbers wherever they come from."""

from __future__ import annotations

import inspect
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

import numpy as np

from mmlab import vocabulary
from mmlab.files import short
from mmlab.parameters import Parameter, ParameterError
from mmlab.simulation.crew import CHUNK, Crew, Failed, SweepError, run_chunk, sentence
from mmlab.simulation.grid import Grid, Settings
from mmlab.simulation.sweep_progress import Bar, notebook
from mmlab.table import Table

MOST = 10**7
"""Settings of a grid without a store."""
NOT_DONE = Failed("not done")


class Sweep:
    """A function over a grid: what is done, and what does the rest. `sweep` makes one and runs it to its end.

    ``for setting, result in Sweep(...)`` works while you look: first come those that are done, then each when it comes;
    to `break` out of the loop, or `cancel`, keeps what has come.

    Parameters
    ----------
    function, grid, executor, seed, progress, store
        As in `sweep`.

    Attributes
    ----------
    settings : sequence of dict
        In the grid's order.
    results : list
        In the grid's order; where there is none, a `Failed`, which is a sentence.
    stopped : str
        Why the executor gave up before the end, or "".
    """

    def __init__(
        self,
        function: Any,
        grid: Grid,
        *,
        executor: Any = None,
        seed: Any = None,
        progress: Any = None,
        store: Any = None,
    ):
        self.function, self.executor, self.settings, self.stopped = function, executor, Settings(grid), ""
        if len(self.settings) > MOST and store is None:
            raise ParameterError(
                f"A grid of {len(self.settings):,} settings needs a store; without, {MOST:,} are the most."
            )
        self._seed = _seed_of(function, self.settings, seed)
        self._progress = Bar() if progress is None else progress or (lambda done, total: None)
        self._store = None if store is None else _store(store, function, self.settings, self._seed)
        self._cancelled, self._lost = False, list[int]()
        self.results: list[Any] = [NOT_DONE] * len(self.settings)
        for place, result in self._store.read() if self._store else ():
            self.results[place] = result
        self._n_done = sum(result is not NOT_DONE for result in self.results)

    @property
    def failed(self) -> dict[int, str]:
        """The sentence of each setting that has no result, by its place."""
        return {place: str(result) for place, result in enumerate(self.results) if isinstance(result, Failed)}

    def __len__(self) -> int:
        return len(self.results)

    def __repr__(self) -> str:
        return f"<{self._n_done:,} of {len(self):,} settings are done, {len(self.failed):,} have no result>"

    def __iter__(self) -> Iterator[tuple[dict[str, Any], Any]]:
        done = [place for place, result in enumerate(self.results) if result is not NOT_DONE]
        for places in (done, self._work(self.executor)):
            for place in places:
                yield self.settings[place], self.results[place]

    def run(self, executor: Any = None) -> Sweep:
        """Do what is not done yet, on this executor or the sweep's own; itself.

        An interrupt says what is kept. In a notebook that is all; in a program the KeyboardInterrupt goes on.
        """
        try:
            for _ in self._work(self.executor if executor is None else executor):
                pass
        except KeyboardInterrupt:
            print(f"Interrupted: {self._kept()}")
            if notebook() is None:
                raise
        return self

    def cancel(self) -> None:
        """End the work, from a loop over it or from another thread; what is done is kept, and `run` does the rest."""
        self._cancelled = True

    def table(self, units: Mapping[str, str] | None = None, digits: int = 4) -> Table:
        """Settings and results, a row each; of results that are mappings, each name has a column.

        Parameters
        ----------
        units : mapping, optional
            Name → unit, where the vocabulary has none or another ({"mean": "price · clip"}).
        digits : int
            Significant ones, of floats.
        """
        found = [result if isinstance(result, Mapping) else {"result": result} for result in self.results]
        columns = dict.fromkeys(name for row in found for name in row) or ["result"]
        head = [(0, name) for name in self.settings.names] + [(1, name) for name in columns]
        rows = (
            [_cell(row[side].get(name, "")) for side, name in head] for row in zip(self.settings, found, strict=True)
        )
        return Table.of([_head(name, units or {}) for _, name in head], rows, digits)

    def _kept(self) -> str:
        again = f"in {self._store.folder}; call again with the same store" if self._store else "here; call its run()"
        return f"{self._n_done:,} of {len(self):,} settings are done, and kept {again} for the rest."

    def _keep(self, part: list[int], results: list[Any]) -> list[int]:
        """Keep the first of a chunk's settings, as many as have results; their places."""
        done = part[: len(results)]
        if self._store and done:
            self._store.add(done, results)
        for place, result in zip(done, results, strict=True):
            self.results[place] = result
        self._n_done += len(done)
        self._progress(self._n_done, len(self))
        return done

    def _work(self, executor: Any) -> Iterator[int]:
        """Do the rest; each place when it is done."""
        self._cancelled, self.stopped = False, ""
        while self._lost:
            self.results[self._lost.pop()] = NOT_DONE
        todo = (place for place, result in enumerate(self.results) if result is NOT_DONE)
        if executor is not None:
            yield from self._spread(todo, executor)
            return
        while not self._cancelled and (part := list(islice(todo, 1))):
            yield from self._keep(part, run_chunk(self.function, [self.settings[part[0]]], self._seed, part)[0])

    def _spread(self, todo: Iterator[int], executor: Any) -> Iterator[int]:
        """Hand out chunks, one more than there are workers; take what comes, and hand out more.

        What a worker did not begin in its `CHUNK` goes out again in two parts. Of a chunk that was lost with its worker
        each setting goes out with no other beside it, so that only the one which ends workers is lost.
        """
        from concurrent.futures import BrokenExecutor

        crew, size, alone = Crew(executor, self.function, self._seed), 1, False
        again, suspects = deque[list[int]](), deque[list[int]]()
        try:
            while not self._cancelled:
                n_workers = crew.size
                while len(crew.out) <= (0 if suspects or alone else n_workers) and not self.stopped:
                    alone = bool(suspects)
                    first = suspects or again
                    if not (part := first.popleft() if first else list(islice(todo, size))):
                        break
                    self.stopped = crew.submit(part, [self.settings[place] for place in part])
                if not crew.out:
                    break
                part, answer = crew.next()
                was_alone, alone = alone, alone and not part
                if isinstance(answer, SweepError):
                    raise answer
                if isinstance(answer, BrokenExecutor):
                    self.stopped = (
                        f"A worker was lost, and its executor is broken ({sentence(answer)}). Make a new one."
                    )
                elif isinstance(answer, Exception) and was_alone:
                    self.results[part[0]] = Failed(f"lost with its worker: {sentence(answer)}")
                    self._lost += part
                elif isinstance(answer, Exception):
                    suspects.extend([place] for place in part)
                elif part:
                    results, seconds = answer
                    again.extend(filter(None, (part[len(results) :: 2], part[len(results) + 1 :: 2])))
                    fair = (len(self) - self._n_done) // (2 * n_workers)
                    size = max(1, min(int(len(results) * CHUNK / seconds), fair))
                    yield from self._keep(part, results)
        finally:
            for part, results in crew.dismiss():
                self._keep(part, results)
        if self._lost and not self.stopped:
            self.stopped = f"{len(self._lost):,} settings were lost: the first was {self.results[self._lost[0]]}."
        if self.stopped:
            warnings.warn(f"{self.stopped} {self._kept()}", RuntimeWarning, stacklevel=7)


def sweep(
    function: Any, grid: Grid, *, executor: Any = None, seed: Any = None, progress: Any = None, store: Any = None
) -> Sweep:
    """Call a function at each setting of a grid, here or on any executor, and keep what each call gave.

    The numbers are the same, bit for bit, in one process, threads, processes and Dask, whatever the workers, the chunks
    and the order in which they come: each setting has a seed of its own, by its place in the grid.

    Parameters
    ----------
    function : callable
        ``function(**setting)``, with ``seed=`` (a SeedSequence) where it takes one. It returns what can be pickled, of
        up to 1 MB: of a history a mean, a deviation, the last profit. What it raises is kept as a sentence. For other
        processes it stands in a module; what a notebook defines is sent by executors that have cloudpickle: Dask's
        Client, joblib's loky.
    grid : mapping, or iterable of mappings
        Name → its values, for all combinations, the last name's fastest; or the settings themselves, as rows.
    executor : concurrent.futures.Executor or dask.distributed.Client, optional
        Who calls; mmlab has to be installed there. By default this process does, one setting after the other.
    seed : int or SeedSequence, optional
        From which each setting's is spawned. A SeedSequence is left as it was; a Generator is refused.
    progress : callable or False, optional
        ``progress(done, total)``, in the place of a bar; False shows nothing.
    store : path, optional
        A folder in which each chunk is kept when it is done. The same call goes on where it was stopped, even by
        `kill -9`, and repeats no more than the chunk at which each worker was: a quarter of a second, or one setting.
        It keeps numbers, text, arrays, lists, tuples and dicts; a setting that raised is done, too.

    Returns
    -------
    Sweep
        With `results` in the grid's order, `failed`, and `table()`.

    Raises
    ------
    ParameterError
        If an argument is none of these, the function does not take the grid's names, a result is larger than 1 MB, the
        grid has more than 10⁷ settings and no store, or the executor is shut.
    FileError
        If the store is another sweep's (by its function, grid, seed or version of mmlab), or cannot be written.

    Examples
    --------
    >>> sweep(pow, [{"base": 2, "exp": n} for n in range(4)]).results
    [1, 2, 4, 8]
    """
    return Sweep(function, grid, executor=executor, seed=seed, progress=progress, store=store).run()


def _store(*given: Any) -> Any:
    from mmlab.simulation.sweep_store import Store  # whose modules take a while to import

    return Store(*given)


def _seed_of(function: Callable[..., Any], settings: Settings, seed: Any) -> np.random.SeedSequence | None:
    """A copy of the seed from which each setting's is spawned; None where there is none or the function takes none."""
    if not callable(function):
        raise ParameterError(f"function must be one, of the names in grid; got {short(repr(function))}.")
    try:
        signature = inspect.signature(function)
    except ValueError:  # some that are built in have none
        signature = inspect.signature(lambda **anything: None)
    takes = any(each.name == "seed" or each.kind is each.VAR_KEYWORD for each in signature.parameters.values())
    if isinstance(seed, np.random.Generator):
        raise ParameterError(
            "seed is a Generator, which each spawn moves on, so that a resumed sweep would have other numbers; "
            "give a whole number or a SeedSequence."
        )
    if isinstance(seed, int | np.integer) and not isinstance(seed, bool) and seed >= 0:
        seed = np.random.SeedSequence(int(seed))
    elif not (seed is None or isinstance(seed, np.random.SeedSequence)):
        raise ParameterError(f"seed must be a whole number of at least 0 or a SeedSequence; got {short(repr(seed))}.")
    if seed is not None and "seed" in settings.names:
        raise ParameterError("seed is given, and a name in grid as well; one of the two is a setting's.")
    seeded = seed is not None and takes
    try:
        for setting in islice(settings, 1):
            signature.bind(**setting, **({"seed": seed} if seeded else {}))
    except TypeError as error:
        raise ParameterError(f"function cannot be called with a setting of the grid: {error}.") from None
    return np.random.SeedSequence(**seed.state) if seeded else None


def _cell(value: Any) -> object:
    if isinstance(value, np.ndarray) and value.ndim:
        return f"array of shape {value.shape}"
    plain = value.item() if isinstance(value, np.ndarray | np.generic) else value
    return plain if isinstance(plain, float | Failed) else short(str(plain))


def _head(name: str, units: Mapping[str, str]) -> str:
    known = getattr(vocabulary, name.upper(), None)
    label, unit = (known.label, known.unit) if isinstance(known, Parameter) else (name, "")
    unit = units.get(name, unit)
    return f"{label} [{unit}]" if unit else label
