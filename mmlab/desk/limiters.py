"""What a desk asks a limiter for, by name, and what it takes for its answer: the reader's own limits pass here too."""

from __future__ import annotations

import inspect
from typing import Any

from mmlab.desk.permission import Permission
from mmlab.parameters import ParameterError


def asks(limit: Any, method: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """What of `known` a limiter's method asks for by name, the state aside."""
    try:
        parameters = list(inspect.signature(getattr(limit, method)).parameters.values())[method == "step" :]
    except (AttributeError, TypeError):
        raise ParameterError(f"Desk: a limit must have start and step(state, ...); got {limit!r}.") from None
    needs = [p.name for p in parameters if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    for name in set(needs) - set(known):
        raise ParameterError(
            f"Desk: {type(limit).__name__}.{method} asks for {name!r}; it can be given {', '.join(known)}."
        )
    return tuple(p.name for p in parameters if p.name in known)


def answer(limit: Any, said: Any, shape: tuple[int, ...]) -> tuple[Any, Permission]:
    """What a limiter's step returned, if it is a state and a Permission for this shape, (n_paths,)."""
    if not (isinstance(said, tuple) and len(said) == 2 and isinstance(said[1], Permission)):
        raise ParameterError(
            f"Desk: {type(limit).__name__}.step must return (state, Permission); it returned {said!r:.80}."
        )
    for name, column in vars(said[1]).items():
        if getattr(column, "shape", ()) not in ((), shape):
            raise ParameterError(
                f"Desk: the {name} that {type(limit).__name__} permits has shape {column.shape}; it must have {shape}."
            )
    return said
