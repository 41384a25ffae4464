"""The plan of the house: who may import whom, what stays out, and how large it may grow."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mmlab

HOUSE = Path(mmlab.__file__).parent
FILES = sorted(HOUSE.rglob("*.py"))
ROOMS = {
    "arguments": 0,
    "arrays": 1,
    "table": 0,
    "parameters": 2,
    "description": 3,
    "files": 3,
    "quotes": 3,
    "units": 3,
    "vocabulary": 3,
    "market": 4,
    "models": 5,
    "desk": 6,
    "simulation": 7,
    "measure": 8,
    "teach": 9,
}
"""Each may import itself and what has a smaller number."""
LAUNCHER = ("__main__", "installation", "lock")
HEAVY = {"matplotlib", "ipywidgets", "pandas", "scipy", "IPython"}
OF_TEACH_ALONE = {"matplotlib", "ipywidgets", "pandas"}
REPORT = "measure/report.py"
"""The one file elsewhere that draws, and only when it is called."""


def room_of(path):
    inside = path.relative_to(HOUSE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


def imports(tree):
    """The dotted names that a tree imports, each with the node that does it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}"
            yield from ((f"{node.module}.{alias.name}", node) for alias in node.names)


def rooms_imported(path):
    for name, node in imports(ast.parse(path.read_text(encoding="utf-8"))):
        first, _, rest = name.partition(".")
        if first == "mmlab":
            yield (rest.split(".")[0], node.lineno)


def outside_functions(tree):
    """The imports that run when the module is imported."""
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    return [(name, node) for name, node in imports(tree) if id(node) not in inside]


def name_of(path):
    return path.relative_to(HOUSE).as_posix()


def test_importing_mmlab_loads_nothing_heavy():
    program = f"import sys, mmlab; print(sorted({HEAVY!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=HOUSE.parent)
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("path", [path for path in FILES if room_of(path) in ROOMS], ids=name_of)
def test_arrows_point_one_way(path):
    room = room_of(path)
    for there, line in rooms_imported(path):
        if room == "teach" and (there == "printed" or there in mmlab.__all__):
            continue
        allowed = {room} | {lower for lower, place in ROOMS.items() if place < ROOMS[room]}
        assert there in allowed, f"{name_of(path)}, line {line}: {room} must not import mmlab.{there}"


@pytest.mark.parametrize("path", [path for path in FILES if room_of(path) in ("printed", *LAUNCHER)], ids=name_of)
def test_what_is_printed_and_the_launcher_stand_alone(path):
    own = set(LAUNCHER) if room_of(path) in LAUNCHER else {"printed"}
    assert {there for there, _ in rooms_imported(path)} <= own


def test_mmlab_itself_shows_neither_teach_nor_what_is_printed():
    shown = {there for there, _ in rooms_imported(HOUSE / "__init__.py")}
    assert not shown & {"teach", "printed"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_room_has_its_place(path):
    assert room_of(path) in {*ROOMS, "printed", "__init__", *LAUNCHER}
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "tools"}


@pytest.mark.parametrize("path", [path for path in FILES if room_of(path) != "teach"], ids=name_of)
def test_only_teach_draws(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    drawn_with = {name.split(".")[0] for name, _ in imports(tree)} & OF_TEACH_ALONE
    if name_of(path) == REPORT:
        assert drawn_with == {"matplotlib"}
        assert not [name for name, _ in outside_functions(tree) if name.startswith("matplotlib")]
    else:
        assert not drawn_with


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_scipy_is_imported_only_inside_the_function_that_needs_it(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert "scipy" not in {name.split(".")[0] for name, _ in outside_functions(tree)}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_random_number_comes_from_a_global_state(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    drawn_from = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "numpy.random")
    }
    assert drawn_from <= {"default_rng", "Generator", "SeedSequence"}
    assert not {name for name, _ in imports(tree) if name.split(".")[0] == "random" or name.startswith("numpy.random")}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_what_is_repeated_is_counted_in_the_machines_own_integers(path):
    # In a browser the machine has 32 bits: np.repeat takes no 64-bit counts there (numpy's generators draw those).
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.repeat":
            times = ast.unparse(node.args[1])
            small = times.isdigit() or times.startswith("len(") or times.endswith(".astype(np.intp)")
            assert small, f"{name_of(path)}, line {node.lineno}: np.repeat(..., {times})"


def code_lines(path):
    """The lines that a reader has to follow: neither blank nor comment nor docstring, which the mathematics fills."""
    text = path.read_text(encoding="utf-8")
    documented = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    lines = enumerate(text.splitlines(), start=1)
    return sum(bool(line.strip()) and not line.strip().startswith("#") and n not in documented for n, line in lines)


def test_the_house_stays_small():
    ours = [path for path in FILES if room_of(path) != "teach"]
    # The launcher is no part of the library, and what is printed is the guide's.
    read = [path for path in ours if room_of(path) not in (*LAUNCHER, "printed")]
    assert sum(map(code_lines, read)) < 7_420
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in ours}
    assert {name: length for name, length in lengths.items() if length >= 300} == {}


def test_all_that_mmlab_offers_is_there():
    assert sorted(mmlab.__all__) == list(mmlab.__all__)
    assert [name for name in mmlab.__all__ if not hasattr(mmlab, name)] == []
