"""Mode changes: when a desk's permission changed, why, and what was measured."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mmlab.desk.history import History
from mmlab.desk.permission import IntArray, Mode, Reason
from mmlab.frozen import frozen
from mmlab.parameters import FloatArray, ParameterError
from mmlab.table import Summary


@frozen(eq=False, repr=False)
class ModeChanges(Summary):
    """Each change of mode of each path, in the order of time; all columns have shape (n_changes,).

    Parameters
    ----------
    time : array
        [time]
    path : array of int
    before, mode : array of Mode
    reason : array of Reason
        Why the mode is the new one; NONE where all is NORMAL again.
    value, bound : array
        What was measured and what it was held against, in the reason's unit.
    """

    time: FloatArray
    path: NDArray[np.intp]
    before: IntArray
    mode: IntArray
    reason: IntArray
    value: FloatArray
    bound: FloatArray

    def __len__(self) -> int:
        return len(self.time)

    def sentences(self, path: int = 0, clock: str = "time") -> list[str]:
        """The changes of one path, a sentence each, with the unit of their `clock`."""
        return [
            f"At {self.time[i]:.6g}: {Mode(self.before[i]).name} → {Mode(self.mode[i]).name}, "
            f"{Reason(self.reason[i]).sentence(self.value[i], self.bound[i], clock)}."
            for i in np.flatnonzero(self.path == path)
        ]


def mode_changes(time: ArrayLike | History, *permission: ArrayLike) -> ModeChanges:
    """Find the changes in the recorded columns of a permission. What comes before the first row is NORMAL.

    Parameters
    ----------
    time : array_like, shape (n_steps,), or History
        [time], or the history of a desk with limits, of which the columns are taken.
    *permission : array_like, shape (n_steps,) or (n_steps, n_paths)
        Without a history: mode, reason, value and bound, step by step.

    Raises
    ------
    ParameterError
        If the shapes do not fit together, or the history is one without limits.
    """
    if isinstance(time, History):
        recorded = (time.mode, time.reason, time.value, time.bound)
        permission = tuple(column for column in recorded if column is not None)
        time = time.time[:-1]
        if not permission:
            raise ParameterError("mode_changes: this history is of a desk without limits; no mode was recorded.")
    times, columns = np.asarray(time), [np.asarray(column) for column in permission]
    if len({column.shape for column in columns}) > 1 or columns[0].shape[:1] != times.shape:
        shapes = ", ".join(str(column.shape) for column in columns)
        raise ParameterError(f"mode, reason, value, bound need one row for each of {times.shape} times; got {shapes}.")
    modes, *details = (column.reshape(len(times), -1) for column in columns)
    before = np.vstack([np.zeros_like(modes[:1]), modes[:-1]])
    at = np.nonzero(modes != before)
    return ModeChanges(times[at[0]], at[1], before[at], modes[at], *(column[at] for column in details))
