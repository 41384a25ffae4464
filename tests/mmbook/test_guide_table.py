"""The table from the guide to mmlab tells the truth: what it names is there, is tested, and nothing is left out."""

from __future__ import annotations

import importlib
import re
from functools import reduce
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "notebooks" / "mmbook" / "printed" / "GUIDE.md"
GUIDE = ROOT.parent / "shared" / "guide" / "market_making_guide.md"
ROWS = [
    tuple(cell.strip() for cell in line.strip("|\n ").split(" | "))
    for line in TABLE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| the guide's heading")
]


def resolve(dotted: str) -> object:
    """mmlab.units.absolute_volatility → the function; the longest importable prefix is the module."""
    parts = dotted.split(".")
    for n in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:n]))
        except ModuleNotFoundError:
            continue
        return reduce(getattr, parts[n:], module)
    raise AssertionError(f"nothing of {dotted} can be imported")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_what_the_table_says_is_there_is_there_and_names_its_test(row: tuple[str, ...]) -> None:
    _, _, ours, chapter, test = row
    names = re.findall(r"`([\w.]+)`", ours)
    assert names
    for name in names:
        resolve(name)
    assert list((ROOT / "notebooks").glob(f"{chapter}_*.ipynb")), "is the chapter there?"
    path, _, function = test.strip("`").partition("::")
    assert re.search(rf"^def {function}\(", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)


def test_nothing_is_left_for_later() -> None:
    for row in ROWS:
        assert len(row) == 5, row
        assert "not yet" not in row, row
        assert row[4] != "–", row


def test_every_class_method_key_and_bullet_of_the_guide_is_in_the_table() -> None:
    if not GUIDE.exists():
        pytest.skip("the guide itself is not beside this checkout")
    text = GUIDE.read_text(encoding="utf-8")
    listed = [row[1] for row in ROWS]
    expected = []
    owner = ""
    for line in text.splitlines():
        if found := re.match(r"class (\w+)", line):
            owner = found.group(1)
            expected.append(owner)
        elif found := re.match(r"( *)def (\w+)", line):
            if found.group(2) != "__init__":
                expected.append(f"{owner}.{found.group(2)}" if found.group(1) else found.group(2))
        elif found := re.match(r"\s+'(\w+)': [\d.]", line):
            expected.append(f"config: {found.group(1)}")
        elif found := re.match(r"\s+(?:\w+ = |self\.\w+ = )?self\.(_\w+)\(", line):
            expected.append(f"{owner}.{found.group(1)}")
        elif found := re.match(r"\s+- (.+?)\s*$", line):
            expected.append(found.group(1))
    assert sorted(listed) == sorted(expected)
