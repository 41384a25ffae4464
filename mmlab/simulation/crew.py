"""Who does a sweep's chunks: what a worker runs, and the workers of any executor, without a name of its library.

An executor has `submit`, and its futures `result` and `add_done_callback`: `concurrent.futures` has made these names,
and Dask's Client, loky, ipyparallel and mpi4py have kept them.
"""

from __future__ import annotations

import os
import pickle
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from mmlab.files import short
from mmlab.parameters import ParameterError

MOST_BYTES = 2**20
"""Of one result, pickled: what is larger is a history, of which somebody wants a number."""
CHUNK = 0.25
"""For so long [s] a worker goes on before it hands in what it has."""


class Failed(str):
    """Why a setting has no result: what it raised, how its worker was lost, or that it is not done."""

    __slots__ = ()


class SweepError(ParameterError):
    """A sweep that cannot go on, whatever the setting: each would give what cannot be kept."""


def run_chunk(function: Any, settings: Sequence[Any], seed: Any, places: Sequence[int]) -> tuple[list[Any], float]:
    """What a worker does: settings in turn for `CHUNK`, one at least; the results, and how long it took [s]."""
    _end_with_caller()
    start, results = time.perf_counter(), list[Any]()
    for given, place in zip(settings, places, strict=True):
        if seed is not None:  # the child that spawn() would give, without those before it
            key = (*seed.spawn_key, seed.n_children_spawned + place)
            child = np.random.SeedSequence(seed.entropy, spawn_key=key, pool_size=seed.pool_size)
        try:
            results.append(function(**given) if seed is None else function(**given, seed=child))
        except (Exception, SystemExit) as error:
            results.append(Failed(sentence(error)))
        _check_size(results[-1], given)
        if time.perf_counter() - start > CHUNK:
            break
    return results, time.perf_counter() - start


@cache
def _end_with_caller() -> None:
    """A pool's process waits for ever for a caller that was killed, as a kernel's restart may do: let it end then."""
    multiprocessing = sys.modules.get("multiprocessing")  # which such a process has loaded
    if multiprocessing and (caller := multiprocessing.parent_process()):
        from threading import Thread

        Thread(target=lambda: (caller.join(), os._exit(1)), daemon=True).start()


def sentence(error: BaseException) -> str:
    """What an error says, with its kind where that is not mmlab's own."""
    words = short(str(error), 500)
    return words if isinstance(error, ParameterError) else f"{type(error).__name__}: {words}"


def _check_size(result: Any, setting: Mapping[str, Any]) -> None:
    try:
        n_bytes = len(pickle.dumps(result, 5))
    except Exception:  # here it may stay; an executor that has to send it will say so
        return
    if n_bytes > MOST_BYTES:
        raise SweepError(
            f"The result at {short(str(setting), 200)}, a {type(result).__name__}, takes {n_bytes / 2**20:.1f} MB; a "
            "sweep keeps 1 MB of each. Let the function return what you need of it: a mean, a deviation, a last profit."
        )


class Crew:
    """The workers of an executor, and the chunks that are out.

    Raises
    ------
    ParameterError
        If it is no executor.
    """

    def __init__(self, executor: Any, function: Callable[..., Any], seed: np.random.SeedSequence | None):
        from queue import SimpleQueue  # which loads threading: not with each import of mmlab

        if not callable(getattr(executor, "submit", None)):
            raise ParameterError(f"executor must have `submit`, as those of concurrent.futures; got {executor!r:.100}.")
        self._executor, self._function, self._seed = executor, function, seed
        self.out: dict[Any, list[int]] = {}
        self._arrived = SimpleQueue[Any]()
        # Dask takes two calls that look alike for one, unless it hears that they are not.
        of_dask = any(kind.__module__.startswith("distributed.") for kind in type(executor).__mro__)
        self._further = {"pure": False} if of_dask else {}
        self._began = self._waits = False

    @property
    def size(self) -> int:
        """How many workers there are now; where the executor does not say, 32."""
        if not hasattr(self._executor, "nthreads"):
            return int(getattr(self._executor, "_max_workers", None) or 32)
        try:
            n_threads = int(sum(self._executor.nthreads().values()))
        except Exception:  # nobody answers: to hand out work will say why
            return 1
        if not n_threads and not self._waits:
            warnings.warn("The cluster has no workers; the sweep waits. An interrupt keeps what is done.", stacklevel=8)
            self._waits = True
        return max(1, n_threads)

    def submit(self, part: list[int], settings: Sequence[Mapping[str, Any]]) -> str:
        """Hand out a chunk; "", or why the executor takes no more.

        Raises
        ------
        ParameterError
            If it does not take the first, or other processes cannot have the function.
        """
        if not self._began:
            _check_sendable(self._executor, self._function, settings[0])
        try:
            future = self._executor.submit(run_chunk, self._function, settings, self._seed, part, **self._further)
        except Exception as error:
            if self._began:
                return f"The executor takes no more work ({sentence(error)})."
            raise ParameterError(
                f"The executor takes no work ({sentence(error)}). If it is shut, make a new one; or leave it out."
            ) from error
        self._began, self.out[future] = True, part
        future.add_done_callback(self._arrived.put)
        return ""

    def next(self) -> tuple[list[int], Any]:
        """Wait a fifth of a second at most for a chunk: its places, and results and time or an error; or none."""
        from queue import Empty

        try:
            future = self._arrived.get(timeout=0.2)  # without one, Windows does not hear an interrupt
        except Empty:
            future = next((future for future in self.out if future.done()), None)
        if (part := self.out.pop(future, None)) is None:
            return [], ([], 0.0)
        try:
            return part, future.result(timeout=10)
        except TimeoutError:  # Dask's, of a result that was lost with its worker, and is computed again
            self.out[future] = part
            return [], ([], 0.0)
        except Exception as error:
            return part, error

    def dismiss(self) -> Iterator[tuple[list[int], list[Any]]]:
        """Call back what is out; of each chunk that is over by now the places and results."""
        for future, part in self.out.items():
            if not future.done():
                future.cancel()
            elif not future.cancelled() and future.exception() is None:
                yield part, future.result()[0]


def _check_sendable(executor: Any, function: Callable[..., Any], setting: Mapping[str, Any]) -> None:
    """Refuse what a process of the standard library's cannot have: it breaks the pool, and says nothing of why."""
    from concurrent.futures import ProcessPoolExecutor

    if isinstance(executor, ProcessPoolExecutor):
        why = "another process does not see what a notebook defines"
        try:
            of_main = b"__main__" in pickle.dumps((function, setting))
            if not of_main or hasattr(sys.modules["__main__"], "__file__") or _forks(executor):
                return
        except Exception as error:
            why = str(error)
        raise ParameterError(
            f"The function cannot be sent to another process: {why}. Define it in a module (%%writefile makes one), or "
            "take an executor that sends it by cloudpickle: Dask's Client, or joblib's loky."
        )


def _forks(executor: Any) -> bool:
    return bool(executor._mp_context.get_start_method() == "fork")
