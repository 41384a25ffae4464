"""What chapters declare by an id (questions, exercises) and readers ask for by it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from mmlab.parameters import ParameterError


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


class Registry(Generic[T]):
    """Declared things by their ids.

    Parameters
    ----------
    kind : str
        What one of them is called in a sentence.
    """

    def __init__(self, kind: str):
        self._kind = kind
        self._known: dict[str, T] = {}

    def add(self, *declared: T) -> None:
        """Declare some more.

        Raises
        ------
        ParameterError
            If one of their ids is taken.
        """
        for one in declared:
            if one.id in self._known:
                raise ParameterError(f"There is a {self._kind} {one.id!r} already.")
            self._known[one.id] = one

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __getitem__(self, given: object) -> T:
        if not isinstance(given, str):
            known = next(iter(self._known), "name")
            raise ParameterError(f"The id must be a text such as {known!r}; got a {type(given).__name__}.")
        if given not in self._known:
            near = difflib.get_close_matches(str(given).lower(), self._known, n=1, cutoff=0.4)
            means = f" Did you mean {near[0]!r}?" if near else f" There are {', '.join(map(repr, self._known))}."
            raise ParameterError(f"There is no {self._kind} {given!r}.{means}")
        return self._known[given]
