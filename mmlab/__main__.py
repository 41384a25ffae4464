"""The launcher: `python mmlab open`, `test`, `notebooks` in a checkout, `mmlab open`, `test` where pip put it.

What lives here: the command line, and starting the tests or `mmlab.teach.pairs`. JupyterLab is started in `server.py`;
the environment in which they run in a checkout is made in `installation.py`, by one process alone (`lock.py`); an
installed mmlab runs where it is, on a copy of its notebooks (`workbook.py`). They import nothing but the standard
library, not even mmlab, and their syntax is old on purpose: a Python that is too old for mmlab must get as far as the
sentence that says so.
"""

import argparse
import importlib.util
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmlab import workbook
    from mmlab.installation import OLDEST_PYTHON, Problem, dotted, fingerprint, prepare, python_in, variables
    from mmlab.server import exit_code, open_workbook
else:
    # `python mmlab` has this folder on its path already; whoever starts the launcher in another way has not.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import workbook
    from installation import OLDEST_PYTHON, Problem, dotted, fingerprint, prepare, python_in, variables
    from server import exit_code, open_workbook

# The extras of pyproject.toml that each command needs. `test` could do without docs, but then a later `notebooks` would
# want the network again.
BUILDERS = {"site": ["docs", "site"], "lite": ["lite"]}
EXTRAS = {
    "open": [],
    "copy": [],
    "test": ["docs", "test"],
    "notebooks": ["docs", "test"],
    "class": ["class"],
    **BUILDERS,
}

# What runs each of them, and where: a builder is told folders as whoever starts it sees them.
MODULES = {"test": "pytest", "notebooks": "mmlab.teach.pairs", "site": "mmlab.doors.pages", "lite": "mmlab.doors.lite"}
MODULES["class"] = "mmlab.classroom"

FIRST = "notebooks/00_start_here.ipynb"

# What an installed mmlab starts, by the extra that brings it.
STARTED = {"": ["jupyterlab"], "test": ["ipykernel", "nbval", "pytest", "xdist"]}

# How pytest runs the copies: every cell, its output compared where that is asked for; a notebook's cells stay together.
PYTEST = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120", "-n", "auto", "--dist", "loadscope")

USAGE = """\
python mmlab COMMAND [--env DIR] [ARGUMENTS]   in a checkout
       mmlab COMMAND [ARGUMENTS]                      where pip has installed it

  open        start JupyterLab with the first notebook          ARGUMENTS: JupyterLab's, after --
              (installed: on a copy of the notebooks, in DIR    or, before them, DIR)
  copy        copy the notebooks, never over your work          ARGUMENTS: DIR, or else mmlab-workbook
  test        run the tests, and every notebook                 ARGUMENTS: pytest's
  notebooks   make the notebooks anew from their texts          ARGUMENTS: --check, --help, ...
  site        build the book as static pages                    ARGUMENTS: --out DIR, --pdf, ...
  lite        make a JupyterLab that runs in a browser          ARGUMENTS: --out DIR, --cache DIR
  class       teach with it: what is handed out, and graded     ARGUMENTS: student, grade, ..., --help
  address     say where this repository is published            ARGUMENTS: its URL, or --check

In a checkout the first start makes an environment: in .venv, or in DIR, or in what MMLAB_ENV names. Later ones need no
network. `mmlab --version` says which mmlab this is.
"""


def main(arguments: "list[str] | None" = None, root: "Path | None" = None) -> int:
    """Do what the command line asks for and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if root is None:
        root = Path(__file__).resolve().parent.parent
    if arguments is None:
        arguments = sys.argv[1:]
    if arguments == ["--version"]:
        print(f"mmlab {workbook.version_of(root)}")
        return 0
    command, environment, rest = parsed(arguments, root)
    if command not in EXTRAS and command != "address":
        asked_for = command in ("-h", "--help", "help")
        print(f"Usage: {USAGE}", end="", file=sys.stdout if asked_for else sys.stderr)
        return 0 if asked_for else 2
    try:
        installed = workbook.is_installed(root)
        if not installed:
            check_checkout(root)
        if command == "copy":
            workbook.copy(root, folder_of(rest))
            return 0
        if installed:
            return run_installed(root, command, rest)
        check_python()
        if command == "address":  # which needs no environment
            return subprocess.call([sys.executable, "-m", "mmlab.doors.address", *rest], cwd=str(root))
        prepare(environment, root, fingerprint(root), EXTRAS[command])
        python, around = python_in(environment), variables(environment)
        if command == "open":
            return open_workbook(python, root, FIRST, around, rest)
        where = Path.cwd() if command in BUILDERS or command == "class" else root
        return run(python, where, around, ["-m", MODULES[command], *rest])
    except Problem as problem:
        print(f"mmlab: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmmlab: stopped; what was not finished is done again at the next start.", file=sys.stderr)
        return 130


def parsed(arguments: "list[str]", root: Path) -> "tuple[str, Path, list[str]]":
    """Split a command line into its command, the environment's folder and what the command is to be given."""
    words, passed_on = list(arguments), []
    if "--" in words:
        cut = words.index("--")
        words, passed_on = words[:cut], words[cut + 1 :]
    parser = argparse.ArgumentParser("python mmlab", USAGE, add_help=False, allow_abbrev=False)
    parser.add_argument("--env", default=os.environ.get("MMLAB_ENV") or str(root / ".venv"))
    asked, words = parser.parse_known_args(words)
    command = words.pop(0) if words else ""
    return command, Path(os.path.abspath(os.path.expanduser(asked.env))), words + passed_on


def check_python() -> None:
    """Stop where this Python cannot run mmlab or cannot make an environment."""
    this = dotted(sys.version_info)
    if tuple(sys.version_info) < OLDEST_PYTHON:
        raise Problem(
            f"this is Python {this} ({sys.executable}), and mmlab needs {dotted(OLDEST_PYTHON)} or newer: "
            "install one and start this command with it."
        )
    if not all(importlib.util.find_spec(module) for module in ("venv", "ensurepip")):
        raise Problem(
            f"this Python ({sys.executable}) cannot make environments, its venv or ensurepip is missing: on Debian "
            f"and Ubuntu `sudo apt install python{this}-venv` brings both; then start this command again."
        )


def check_checkout(root: Path) -> None:
    """Stop where mmlab lies without the rest of its checkout."""
    if not (root / "pyproject.toml").is_file():
        raise Problem(
            f"{root} holds no pyproject.toml, so it is not a checkout of mmlab: "
            "get the whole repository (a clone, or its ZIP unpacked) and start this command in its folder."
        )


def run_installed(root: Path, command: str, rest: "list[str]") -> int:
    """Do what the command line asks for with an mmlab that pip has installed, in the Python that it is installed in."""
    python, around = Path(sys.executable), {"OPENBLAS_NUM_THREADS": "1", **os.environ}
    if command == "open":
        check_packages("", "; or `mmlab copy DIR`, and open DIR in the Jupyter that you have")
        named = rest[:1] if rest and not rest[0].startswith("-") else []
        folder = workbook.copy(root, folder_of(named))
        return open_workbook(python, folder, workbook.FIRST, around, rest[len(named) :])
    if command == "test":
        check_packages("test")
        with tempfile.TemporaryDirectory(prefix="mmlab-") as copies:
            workbook.copied(root, Path(copies))
            return run(python, Path(copies), around, ["-m", "pytest", "-q", *PYTEST, *rest])
    if command == "class":
        return run(python, Path.cwd(), around, ["-m", MODULES[command], *rest])
    raise Problem(
        f"`{command}` is for a checkout, and {root / 'mmlab'} was installed: "
        "get the whole repository (a clone, or its ZIP unpacked) and start `python mmlab` in its folder."
    )


def folder_of(words: "list[str]") -> Path:
    """Return the folder that a command line names for the copies."""
    if len(words) > 1 or "".join(words).startswith("-"):
        raise Problem(f"the copies go to one folder, as in `mmlab copy DIR`; got {' '.join(words)!r}.")
    return Path(os.path.expanduser(words[0] if words else workbook.FOLDER))


def check_packages(extra: str, otherwise: str = "") -> None:
    """Stop where what an installed mmlab starts is missing, and say what that is and how it comes."""
    missing = [name for name in STARTED[extra] if importlib.util.find_spec(name) is None]
    if missing:
        named, what = ", ".join(missing), f'"mmlab[{extra}]"' if extra else " ".join(missing)
        raise Problem(f"not installed here: {named}. `python -m pip install {what}` brings it{otherwise}.")


def run(python: Path, folder: Path, around: "dict[str, str]", arguments: "list[str]") -> int:
    """Run a Python in a folder until it ends, and return its exit code."""
    child = subprocess.Popen([str(python), *arguments], cwd=str(folder), env=around)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            return exit_code(child.wait())
        except KeyboardInterrupt:
            # The child has had the same Ctrl-C and knows best: pytest sums up.
            continue


if __name__ == "__main__":
    sys.exit(main())
