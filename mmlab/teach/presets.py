"""Where an explorer's presets put its sliders."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mmlab.parameters import ParameterError
from mmlab.teach.control import Ends


def stand(kind: Any, name: str, preset: Mapping[str, Any]) -> tuple[dict[str, Ends], dict[str, Any]]:
    """Where a preset puts the sliders, and its values without one; refused if it names or asks what is not there."""
    ends, also = {spec.name: ends for spec, ends in kind.sliders.items()}, {}
    for key, given in preset.items():
        if key in ends:
            ends[key] = given if isinstance(given, tuple) else (*ends[key][:2], given)
        elif key in kind.also:
            also[key] = given
        else:
            raise ParameterError(f"The preset {name!r} sets {key!r}, which is neither a slider nor another value.")
    check_values(kind, ends, also, {name: start for name, (_, _, start) in ends.items()})
    return ends, also


def check_values(
    kind: Any, ends: Mapping[str, Sequence[float]], also: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Refuse what is none of an explorer's values, nor allowed, nor between the ends of its slider."""
    for name, value in values.items():
        if name in kind.specs:
            low, high, *_ = ends[name]
            replace(kind.specs[name], at_least=low, at_most=high, per_side=False).check(value)
        elif name not in also:
            raise ParameterError(f"{kind.title} has no control {name!r}; it has {', '.join([*kind.specs, *also])}.")
