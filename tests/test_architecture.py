"""The plan of the house: who may import whom, what stays out, and how large it may grow."""

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import mmlab

HOUSE = Path(mmlab.__file__).parent
BOOK = HOUSE.parent / "notebooks" / "mmbook"
FILES = sorted(HOUSE.rglob("*.py"))
PAGES = sorted(BOOK.rglob("*.py"))
ROOMS = {
    "address": 0,
    "arguments": 0,
    "arrays": 1,
    "frozen": 0,
    "table": 1,
    "parameters": 2,
    "description": 3,
    "files": 3,
    "quotes": 3,
    "units": 3,
    "vocabulary": 3,
    "wire": 4,
    "market": 4,
    "models": 5,
    "desk": 6,
    "simulation": 7,
    "measure": 8,
    "learning": 9,
    "causal": 10,
    "teach": 11,
    "doors": 12,
    "classroom": 13,
    "tournament": 14,
}
"""Each may import itself and what has a smaller number; nothing in mmlab imports mmbook, which may import all of it."""
LAUNCHER = ("__main__", "installation", "lock", "server", "workbook")
HEAVY = {"matplotlib", "ipywidgets", "pandas", "scipy", "IPython", "jinja2"}
OF_TEACH_ALONE = {"matplotlib", "ipywidgets", "pandas"}
REPORT = "measure/report.py"
"""The one file elsewhere that draws, and only when it is called."""


@cache
def nodes_of(path):
    """The nodes of a file's syntax tree that hold something, which every test of it looks at and none changes."""
    return tuple(node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if node._fields)


@cache
def room_of(path):
    inside = path.relative_to(BOOK if path in PAGES else HOUSE)
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


@cache
def imports(path):
    """The dotted names that a file imports, each with the node that does it."""
    found = []
    for node in nodes_of(path):
        if isinstance(node, ast.Import):
            found += [(alias.name, node) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"a relative import in line {node.lineno}"
            found += [(f"{node.module}.{alias.name}", node) for alias in node.names]
    return found


def rooms_imported(path):
    for name, node in imports(path):
        first, _, rest = name.partition(".")
        if first == "mmlab":
            yield (rest.split(".")[0], node.lineno)


def outside_functions(path):
    """The imports that run when the module is imported."""
    functions = [one for one in nodes_of(path) if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {line for one in functions for line in range(one.lineno, one.end_lineno + 1)}
    return [(name, node) for name, node in imports(path) if node.lineno not in inside]


def name_of(path):
    return path.relative_to(BOOK.parent if path in PAGES else HOUSE).as_posix()


def each(paths):
    """One test of all these files, not one of each: it names every file that fails, and says how."""

    def of_all(of_one):
        def test():
            failed = {}
            for path in paths:
                try:
                    of_one(path)
                except AssertionError as error:
                    failed[path.relative_to(HOUSE.parent).as_posix()] = str(error)
            assert not failed, "".join(f"\n{name}: {words}" for name, words in failed.items())

        assert paths
        return test

    return of_all


def test_importing_mmlab_loads_nothing_heavy():
    program = f"import sys, mmlab; print(sorted({HEAVY!r} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=HOUSE.parent)
    assert run.stdout.strip() == "[]"


@each([path for path in FILES if room_of(path) in ROOMS])
def test_arrows_point_one_way(path):
    room = room_of(path)
    for there, line in rooms_imported(path):
        if room == "teach" and there in mmlab.__all__:
            continue
        allowed = {room} | {lower for lower, place in ROOMS.items() if place < ROOMS[room]}
        assert there in allowed, f"{name_of(path)}, line {line}: {room} must not import mmlab.{there}"


def books_rooms_imported(path):
    for name, node in imports(path):
        first, _, rest = name.partition(".")
        if first == "mmbook":
            yield (rest.split(".")[0], node.lineno)


@each(FILES)
def test_nothing_in_mmlab_knows_the_book(path):
    assert list(books_rooms_imported(path)) == []


@each(PAGES)
def test_chapters_do_not_import_each_other(path):
    for there, line in books_rooms_imported(path):
        assert there in {room_of(path), "printed"}, f"{name_of(path)}, line {line}: what two chapters share is mmlab's"


IMPORTS_A_CHECK = re.compile(r"mmbook\.ch\w+(\.\w*checks\b| import .*\bchecks\b)")


@each([*BOOK.parent.glob("text/*.md"), *BOOK.parent.glob("solutions/text/*.md")])
def test_no_notebook_imports_what_checks_it(path):
    assert not IMPORTS_A_CHECK.search(path.read_text(encoding="utf-8"))


@each([path for path in PAGES if not path.stem.endswith("checks")])
def test_only_a_check_imports_a_check(path):
    assert not IMPORTS_A_CHECK.search(path.read_text(encoding="utf-8"))


@each([path for path in PAGES if not path.stem.endswith("checks")])
def test_what_judges_an_answer_is_named_a_check(path):
    assert not {name for name, _ in imports(path)} & {f"mmlab.teach.checks.{one}" for one in ("formula", "contest")}


@each([path for path in PAGES if room_of(path) == "printed"])
def test_what_is_printed_stands_alone(path):
    if path.stem not in ("as_printed", "__init__"):  # the one makes strategies of the formulas, the other shows it
        assert not list(rooms_imported(path))
        assert {there for there, _ in books_rooms_imported(path)} <= {"printed"}


@each([path for path in FILES if room_of(path) in LAUNCHER])
def test_the_launcher_stands_alone(path):
    assert {there for there, _ in rooms_imported(path)} <= set(LAUNCHER)


def test_mmlab_itself_shows_nothing_of_teach():
    assert "teach" not in {there for there, _ in rooms_imported(HOUSE / "__init__.py")}


def in_a_fresh_kernel(program):
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=BOOK.parent)
    return run.stdout.strip()


def test_the_engine_knows_no_question_and_no_exercise():
    known = "from mmlab.teach.predict import QUESTIONS; from mmlab.teach.exercises import EXERCISES; {}"
    assert in_a_fresh_kernel(known.format("print(list(QUESTIONS), list(EXERCISES))")) == "[] []"


def test_a_chapters_import_declares_its_own():
    chapters = [path.name for path in sorted(BOOK.glob("ch*"))]
    program = (
        "import sys, importlib\n"
        f"for chapter in {chapters}:\n"
        "    importlib.import_module(f'mmbook.{chapter}')\n"
        "    loaded = [name for name in sys.modules if name.startswith('mmbook.ch')]\n"
        "    print(*sorted({name.split('.')[1] for name in loaded}))\n"
        "    for name in loaded:\n"
        "        del sys.modules[name]\n"
    )
    assert in_a_fresh_kernel(program).splitlines() == chapters


@each(FILES)
def test_every_room_has_its_place(path):
    assert room_of(path) in {*ROOMS, "__init__", *LAUNCHER}


@each([*FILES, *PAGES])
def test_no_file_is_named_for_nothing(path):
    assert path.stem not in {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
    # `python mmlab …` puts that folder first on the path: a room there would stand for a module of Python's own.
    assert room_of(path) in ("__init__", "__main__") or room_of(path) not in sys.stdlib_module_names


@each([path for path in FILES if room_of(path) != "teach"])
def test_only_teach_draws(path):
    drawn_with = {name.split(".")[0] for name, _ in imports(path)} & OF_TEACH_ALONE
    if name_of(path) == REPORT:
        assert drawn_with == {"matplotlib"}
        assert not [name for name, _ in outside_functions(path) if name.startswith("matplotlib")]
    else:
        assert not drawn_with


@each([*FILES, *PAGES])
def test_scipy_is_imported_only_inside_the_function_that_needs_it(path):
    assert "scipy" not in {name.split(".")[0] for name, _ in outside_functions(path)}


@each([*FILES, *PAGES])
def test_no_random_number_comes_from_a_global_state(path):
    drawn_from = {
        node.attr
        for node in nodes_of(path)
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) in ("np.random", "numpy.random")
    }
    assert drawn_from <= {"default_rng", "Generator", "SeedSequence", "SFC64"}
    assert not {name for name, _ in imports(path) if name.split(".")[0] == "random" or name.startswith("numpy.random")}


@each([*FILES, *PAGES])
def test_what_is_repeated_is_counted_in_the_machines_own_integers(path):
    # In a browser the machine has 32 bits: np.repeat takes no 64-bit counts there (numpy's generators draw those).
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.repeat":
            times = ast.unparse(node.args[1])
            small = times.isdigit() or times.startswith("len(") or times.endswith((".astype(np.intp)", ".n_paths"))
            assert small, f"{name_of(path)}, line {node.lineno}: np.repeat(..., {times})"


@each([*FILES, *PAGES])
def test_a_hidden_widget_is_shown_by_an_empty_word(path):
    # A kernel in a browser sends None as JavaScript's undefined, which leaves it hidden.
    assert not re.findall(r"\.display = .*\bNone\b", path.read_text(encoding="utf-8"))


NO_IDENTIFIERS = {"told", "said", "seen", "wanted"}
"""Words that name nothing: a name says what it holds, in the field's word for it."""
A_WORD = re.compile(rf"(?<![^\W_])({'|'.join(NO_IDENTIFIERS)})(?![^\W_])", re.IGNORECASE)
TESTS = sorted((HOUSE.parent / "tests").rglob("*.py"))


NAMES = {"id", "arg", "attr", "name", "asname"}


def identifiers(path):
    """All names of a file; those of test functions not, which are sentences."""
    for node in nodes_of(path):
        is_function = isinstance(node, ast.FunctionDef)
        for field in NAMES.intersection(node._fields):
            name = getattr(node, field)
            if name and not (is_function and name.startswith("test_")):
                yield name


@each([*FILES, *PAGES, *TESTS])
def test_a_name_says_what_it_holds(path):
    names = identifiers(path) if A_WORD.search(path.read_text(encoding="utf-8")) else ()  # most files have none
    assert not {name for name in names if NO_IDENTIFIERS & set(name.lower().split("_"))}


@cache
def code_lines(path):
    """The lines that a reader has to follow: neither blank nor comment nor docstring, which the mathematics fills."""
    text = path.read_text(encoding="utf-8")
    documented = {
        line
        for node in nodes_of(path)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    lines = enumerate(text.splitlines(), start=1)
    return sum(bool(line.strip()) and not line.strip().startswith("#") and n not in documented for n, line in lines)


LIMITS = {"library": 10_802, "launcher": 537, "teach": 2_061, "printed": 285, "mmbook": 94, "doors": 1_901}
LIMITS |= {"ch00": 561, "ch01": 910, "ch02": 400, "ch03": 542, "ch04": 522, "ch05": 448, "ch06": 615}
LIMITS |= {"ch07": 929, "ch08": 866, "ch09": 699, "ch10": 638, "ch11": 634, "ch12": 862}
LIMITS |= {"cha1": 322, "cha2": 348, "cha3": 580}
LIMITS |= {"ch13": 350, "ch14": 349, "ch15": 350, "ch16": 350, "ch17": 350, "ch18": 349, "ch19": 349}
LIMITS |= {"learning": 540, "causal": 270}
LIMITS |= {"classroom": 3_069, "tournament": 882}
"""The most code lines of each room; a limit rises only in the commit that adds what an issue names."""
LONGEST = 300
"""A file has fewer lines in all, docstrings included."""


@cache
def size_room_of(path):
    if path in PAGES:
        return room_of(path) if path.parent != BOOK else "mmbook"
    if room_of(path) in ("learning", "causal", "teach", "doors", "classroom", "tournament"):
        return room_of(path)
    return "launcher" if room_of(path) in LAUNCHER else "library"


@pytest.mark.parametrize("room", sorted(set(map(size_room_of, [*FILES, *PAGES]))))
def test_each_room_stays_small(room):
    assert sum(code_lines(path) for path in [*FILES, *PAGES] if size_room_of(path) == room) <= LIMITS[room]


def test_the_readme_says_how_large_they_are():
    sizes = {room: 0 for room in LIMITS}
    for path in [*FILES, *PAGES]:
        sizes[size_room_of(path)] += code_lines(path)
    chapters = [size for room, size in sizes.items() if room.startswith("ch") and size]
    words = " ".join((HOUSE.parent / "README.md").read_text(encoding="utf-8").split())
    assert f"has {sizes['library']:,}, the engine in `teach` {sizes['teach']:,}" in words
    assert f"a chapter's folder {sum(chapters) / len(chapters):.0f} in the mean" in words


@each([*FILES, *PAGES])
def test_each_file_stays_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST


def test_all_that_mmlab_offers_is_there():
    assert sorted(mmlab.__all__) == list(mmlab.__all__)
    assert [name for name in mmlab.__all__ if not hasattr(mmlab, name)] == []
