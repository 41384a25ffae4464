"""Where an explorer's presets put its sliders."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mmlab.parameters import Parameter, ParameterError
from mmlab.teach.control import Ends


def specs_of(kind: Any) -> dict[str, Parameter]:
    """The parameters of an explorer's sliders, by name."""
    return {spec.name: spec for spec in kind.sliders}


def _ends(kind: Any) -> dict[str, Ends]:
    return {spec.name: ends for spec, ends in kind.sliders.items()}


def stand(kind: Any, name: str, preset: Mapping[str, Any]) -> tuple[dict[str, Ends], dict[str, Any]]:
    """Where a preset puts the sliders, and its values without one; refused if it names or asks what is not there."""
    ends, also = _ends(kind), {}
    for key, given in preset.items():
        if key in ends:
            ends[key] = given if isinstance(given, tuple) else (*ends[key][:2], given)
        elif key in kind.also:
            also[key] = given
        else:
            raise ParameterError(f"The preset {name!r} sets {key!r}, which is neither a slider nor another value.")
    between, starts = {name: three[:2] for name, three in ends.items()}, {name: ends[name][2] for name in ends}
    check_values(kind, between, also, starts)
    return ends, also


def check_values(
    kind: Any, ends: Mapping[str, tuple[float, float]], also: Mapping[str, Any], values: Mapping[str, Any]
) -> None:
    """Refuse what is none of an explorer's values, nor allowed, nor between the ends of its slider."""
    specs = specs_of(kind)
    for name, value in values.items():
        if name in specs:
            low, high = ends[name]
            replace(specs[name], at_least=low, at_most=high, per_side=False).check(value)
        elif name not in also:
            raise ParameterError(f"{kind.title} has no control {name!r}; it has {', '.join([*specs, *also])}.")
