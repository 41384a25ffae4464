"""Halts that no limit decides: a person's, and those for a venue that is wrong or that nobody can reach."""

from __future__ import annotations

from typing import Any

import numpy as np

from mmlab.arrays import any_of
from mmlab.desk.desk_state import DeskState
from mmlab.desk.log import RUNNING
from mmlab.desk.permission import Mode, Permission, Reason
from mmlab.desk.venue_answers import sides_of
from mmlab.frozen import changed
from mmlab.parameters import BoolArray, ParameterError


def stops(state: DeskState) -> list[Permission]:
    """What halts these paths beside the limits; its value is the most that may still fill of one side [clips]."""
    found = []
    if any_of(state.broken):
        found.append(Permission(mode=state.broken * Mode.HALT, reason=state.broken * Reason.VENUE))
    for where, reason in ((state.stopped, Reason.OPERATOR), (state.lost, Reason.DISCONNECTED)):
        if any_of(where):
            works = sides_of(state.orders, len(state.inventory))[2] if state.unknown is None else state.unknown
            most = np.where(where, works.max(axis=0), np.nan)
            found.append(Permission(mode=where * Mode.HALT, reason=where * reason, value=most))
    return found


def standing(state: DeskState | None, stopped: BoolArray | bool) -> str:
    """What stands, in words: on how many of the paths a halt does."""
    if state is None:
        return "HALT" if stopped else RUNNING
    halted = np.zeros(len(state.inventory), bool) | state.halted | state.broken | state.stopped | state.lost
    n = int(np.count_nonzero(halted))
    return RUNNING if not n else "HALT" if n == len(halted) else f"HALT on {n} of {len(halted)} paths"


def mask_of(paths: Any, state: DeskState | None) -> BoolArray:
    """The paths that are meant, as a mask: True for all, or a bool for each.

    Raises
    ------
    ParameterError
        If it is neither.
    """
    mask, n_paths = np.asarray(paths), None if state is None else len(state.inventory)
    if mask.dtype != bool or mask.shape not in ((), (n_paths,)):
        each = "before the first step nobody knows how many" if n_paths is None else f"{n_paths} of them"
        raise ParameterError(f"paths must be True, or a bool for each path ({each}); got {paths!r:.80}.")
    return mask


def reset(state: DeskState, mask: BoolArray) -> DeskState:
    """The state without those halts of these paths, and with nothing to give up there until limits look again."""
    lifted = {name: getattr(state, name) & ~mask for name in ("broken", "stopped", "holds", "halted")}
    return changed(state, **{name: halted if np.any(halted) else False for name, halted in lifted.items()})
