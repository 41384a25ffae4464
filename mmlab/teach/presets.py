"""Where an explorer's presets put its sliders."""

from __future__ import annotations

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
    for spec in kind.sliders:
        low, high, start = ends[spec.name]
        replace(spec, at_least=low, at_most=high, per_side=False).check(start)
    return ends, also
