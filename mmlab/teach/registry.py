"""What chapters declare by an id (questions, exercises) and readers ask for by it."""

import difflib
from typing import Any, TypeVar

from mmlab.parameters import ParameterError

T = TypeVar("T")


class Registry(dict[str, T]):
    """Declared things by their ids.

    Parameters
    ----------
    kind : str
        What one of them is called in a sentence.
    """

    def __init__(self, kind: str):
        self._kind = kind

    def add(self, *declared: Any) -> None:
        """Declare some more, each of which has an `id`.

        Raises
        ------
        ParameterError
            If one of their ids is taken.
        """
        for one in declared:
            if one.id in self:
                raise ParameterError(f"There is a {self._kind} {one.id!r} already.")
            self[one.id] = one

    def __getitem__(self, given: Any) -> T:
        if not isinstance(given, str):
            some = next(iter(self), "name")
            raise ParameterError(f"The id must be a text such as {some!r}; got a {type(given).__name__}.")
        if given not in self:
            near = difflib.get_close_matches(given.lower(), self, n=1, cutoff=0.4)
            those = ", ".join(map(repr, self)) or "none yet: import the code of its chapter first"
            means = f" Did you mean {near[0]!r}?" if near else f" There are {those}."
            raise ParameterError(f"There is no {self._kind} {given!r}.{means}")
        return super().__getitem__(given)
