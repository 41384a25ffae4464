"""What a preset's sweeps weigh as one file: whole numbers, each picture as the difference to its neighbour, gzip.

The file is a length (4 bytes, little-endian), so many bytes of JSON, and the numbers of all paths; static/moving.js
reads it, and `read` here does. A number is zigzag (0, −1, 1, −2 … as 0, 1, 2, 3 …) in 7 bits a byte, the lowest first,
the highest bit saying that more follow. Slider by slider, panel by panel, path by path, there stands for each position

0 : the path is what it was at the position before (before the first it is empty);
1 : its commands are; its coordinates follow, in tenths of a unit, as differences to what they were, and of these each
    as the difference to that of the point before: all x, then all y;
2 : the number of its commands, the commands (0 M, 1 L, 2 z), and its coordinates as differences to the point before.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Path = tuple[bytes, NDArray[np.int64]]
"""A path's commands, and its points in tenths of a unit, shape (2, n)."""
_EMPTY: Path = b"", np.zeros((2, 0), dtype=np.int64)
_LETTERS = str.maketrans("", "", " .-0123456789")
_NUMBERS = str.maketrans("ML", "  ", "z")


def parsed(data: str) -> Path:
    """SVG path data with one decimal, as an explorer writes it, in whole numbers."""
    commands = data.translate(_LETTERS).translate(str.maketrans("MLz", "\0\1\2")).encode("latin-1")
    numbers = np.array(data.translate(_NUMBERS).split(), dtype=float)
    return commands, np.rint(numbers * 10).astype(np.int64).reshape(-1, 2).T


def written(path: Path) -> str:
    """The same as SVG path data."""
    points = iter((path[1].T / 10).tolist())
    return "".join("z" if c == 2 else f"{'ML'[c]}%.1f %.1f" % tuple(next(points)) for c in path[0])


def differences(states: Sequence[Path]) -> NDArray[np.int64]:
    """One path through a sweep, as numbers."""
    numbers, (commands, points) = [np.zeros(0, dtype=np.int64)], _EMPTY
    for now in states:
        if now[0] != commands:
            codes = np.frombuffer(now[0], dtype=np.uint8).astype(np.int64)
            numbers += [np.array([2, len(codes)]), codes, np.diff(now[1], prepend=0).ravel()]
        elif np.array_equal(now[1], points):
            numbers += [np.array([0])]
        else:
            numbers += [np.array([1]), np.diff(now[1] - points, prepend=0).ravel()]
        commands, points = now
    return np.concatenate(numbers)


def packed(header: dict[str, Any], octets: bytes) -> bytes:
    """The file."""
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    # No date: the same sweeps are the same bytes.
    return gzip.compress(len(text).to_bytes(4, "little") + text + octets, 9, mtime=0)


def coded(numbers: NDArray[np.int64]) -> bytes:
    """Whole numbers as bytes."""
    zigzag = np.where(numbers < 0, -2 * numbers - 1, 2 * numbers)
    digits = zigzag[:, np.newaxis] >> np.array([0, 7, 14, 21])
    more = digits[:, 1:] > 0
    octets = (digits & 127).astype(np.uint8)
    octets[:, :-1] |= np.where(more, 128, 0).astype(np.uint8)
    return bytes(octets[np.column_stack([np.full(len(numbers), True), more])])


def read(file: bytes) -> tuple[dict[str, Any], list[list[list[list[str]]]]]:
    """The header, and the path data by slider, panel, path and position."""
    raw = gzip.decompress(file)
    size = 4 + int.from_bytes(raw[:4], "little")
    header, octets = json.loads(raw[4:size]), np.frombuffer(raw[size:], dtype=np.uint8).astype(np.int64)
    ends = np.flatnonzero(octets < 128)
    starts = np.append(0, ends[:-1] + 1)
    place = np.arange(len(octets)) - np.repeat(starts, (ends - starts + 1).astype(np.intp))
    zigzag = np.add.reduceat((octets & 127) << 7 * place, starts)
    numbers, at = np.where(zigzag % 2, -(zigzag + 1) // 2, zigzag // 2), 0

    def take(n: int) -> NDArray[np.int64]:
        nonlocal at
        at += n
        return numbers[at - n : at]

    def path(n_positions: int) -> list[str]:
        states, (commands, points) = [], _EMPTY
        for _ in range(n_positions):
            kind = int(take(1)[0])
            if kind == 2:
                commands = take(int(take(1)[0])).astype(np.uint8).tobytes()
                points = np.zeros((2, len(re.sub(b"\2", b"", commands))), dtype=np.int64)
            if kind:
                points = points + np.cumsum(take(points.size).reshape(2, -1), axis=1)
            states.append(written((commands, points)))
        return states

    paths = [
        [[path(len(slider["values"])) for _ in range(n_paths)] for n_paths in slider["paths"]]
        for slider in header["sliders"]
    ]
    return header, paths
