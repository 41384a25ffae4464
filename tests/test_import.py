"""What `import mmlab` loads, and that nobody notices: all its names are there, for people, editors and pickles."""

import pickle
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import mmlab
from mmlab.description import versions

HOUSE = Path(mmlab.__file__).parent


def loaded_by(line: str) -> set[str]:
    program = f"import sys\nbefore = set(sys.modules)\n{line}\nprint(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=HOUSE.parent)
    return set(run.stdout.split())


def test_it_loads_no_room_and_not_even_numpy():
    loaded = loaded_by("import mmlab")
    assert {name for name in loaded if name.startswith("mmlab")} == {"mmlab"}
    assert not any(name.startswith("numpy") for name in loaded)


def test_a_name_loads_its_room_and_what_that_stands_on():
    loaded = loaded_by("from mmlab import Market, AvellanedaStoikov")
    assert {"mmlab.market", "mmlab.models"} <= loaded
    assert not {"mmlab.desk", "mmlab.simulation", "mmlab.measure", "mmlab.teach"} & loaded


def test_all_names_together_leave_out_what_is_used_inside_functions():
    of_ours = loaded_by("from mmlab import *") - loaded_by("import numpy")  # whose older versions load them all
    of_functions = {"base64", "difflib", "gzip", "hashlib", "json", "logging", "numpy.random", "pathlib", "secrets"}
    assert not (of_functions | {"tomllib", "traceback"}) & of_ours


def test_a_room_is_there_without_an_import_of_its_own():
    assert loaded_by("import mmlab\nmmlab.measure.calibrate") > {"mmlab.measure"}


@pytest.mark.parametrize("room", ["market", "models", "simulation", "measure"])
def test_no_name_of_a_room_becomes_the_module_that_is_called_so(room):
    program = f"import pkgutil, mmlab.{room} as room\nfor module in pkgutil.iter_modules(room.__path__):\n"
    program += f"    __import__(f'mmlab.{room}.{{module.name}}')\n"
    program += "print([name for name in room.__all__ if isinstance(getattr(room, name), type(room))])"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=HOUSE.parent)
    assert run.stdout.strip() == "[]"


def test_completion_shows_all_names_and_rooms():
    assert {*mmlab.__all__, "market", "models", "desk", "simulation", "measure", "__version__"} <= set(dir(mmlab))


@pytest.mark.parametrize("name", mmlab.__all__)
def test_a_name_comes_back_from_a_pickle(name):
    thing = getattr(mmlab, name)
    assert pickle.loads(pickle.dumps(thing)) is thing


def test_a_name_that_is_not_there_is_said_not_to_be():
    with pytest.raises(AttributeError, match="module 'mmlab' has no attribute 'Markt'"):
        mmlab.Markt  # noqa: B018
    with pytest.raises(ImportError, match="cannot import name 'Markt'"):
        from mmlab import Markt  # noqa: F401


def test_the_version_is_stated_once_and_all_else_takes_it_from_there():
    root = HOUSE.parent
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["hatch"]["version"]["path"] == "mmlab/__init__.py"
    assert versions()["mmlab"] == mmlab.__version__
    patterns = ("*.toml", "*.cff", "*.md", "binder/*", "mmlab/**/*.py", "notebooks/mmbook/**/*.py")
    version = re.compile(rf"(?<![\d.]){re.escape(mmlab.__version__)}(?![\d.])")
    files = [path for pattern in patterns for path in root.glob(pattern)]
    assert len(files) > 60
    stating = {path.relative_to(root).as_posix() for path in files if version.search(path.read_text(encoding="utf-8"))}
    # The two that are of a release state that release's: .ci/release asks that it be this one.
    assert stating - {"CHANGELOG.md", "CITATION.cff"} == {"mmlab/__init__.py"}
