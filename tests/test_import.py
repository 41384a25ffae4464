"""What `import mmlab` loads, and that nobody notices: all its names are there, for people, editors and pickles."""

import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import mmlab

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
    assert not {"difflib", "hashlib", "numpy.random", "secrets", "tomllib"} & loaded_by("from mmlab import *")


def test_a_room_is_there_without_an_import_of_its_own():
    assert loaded_by("import mmlab\nmmlab.measure.calibrate") > {"mmlab.measure"}


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
