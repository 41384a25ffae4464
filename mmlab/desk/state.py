"""States: frozen dataclasses of columns, of which a step makes the next."""

from __future__ import annotations

from typing import Any, TypeVar

State = TypeVar("State")


def changed(state: State, **columns: Any) -> State:
    """A frozen dataclass with other columns: `dataclasses.replace`, unchecked, in a fifth of its time."""
    fresh = object.__new__(type(state))
    fresh.__dict__.update(state.__dict__, **columns)
    return fresh
