"""The launcher: `python mmlab open`, `python mmlab test` and `python mmlab notebooks`, run in a checkout.

What lives here: making the environment once, noticing when it must be made again, and starting JupyterLab, the tests
or `mmlab.teach.pairs` in it. It imports nothing but the standard library, not even mmlab, and its syntax is old on
purpose: a Python that is too old for mmlab must get as far as the sentence that says so.
"""

import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

OLDEST_PYTHON = (3, 11)

# The extras of pyproject.toml that each command needs. `test` could do without docs, but then a later `notebooks` would
# want the network again.
EXTRAS = {"open": [], "test": ["docs", "test"], "notebooks": ["docs", "test"]}

# Of a first start, as measured on two shared cores with a fast network: 55 to 88 s, 90 MB, 414 to 437 MB.
COST = "once: 1 to 2 minutes, 100 MB to download, 450 MB on disk"

USAGE = """\
Usage: python mmlab COMMAND [--env DIR] [ARGUMENTS]

  open        start JupyterLab with the first notebook          ARGUMENTS: JupyterLab's, after --
  test        run the tests, and every notebook                 ARGUMENTS: pytest's
  notebooks   make the notebooks anew from their texts          ARGUMENTS: --check, --help, ...

The first start makes an environment: in .venv, or in DIR, or in what MMLAB_ENV names. Later ones need no network.
"""


class Problem(Exception):
    """What stops the launcher, in one sentence that says what to do about it."""


class Stamp(NamedTuple):
    """What the launcher notes in an environment, last of all when it is set up: its absence means unfinished."""

    made_here: bool
    fingerprint: str
    extras: "list[str]"


UNFINISHED = Stamp(made_here=True, fingerprint="", extras=[])


def main(arguments: "list[str]", root: "Path | None" = None) -> int:
    """Do what the command line asks for and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if root is None:
        root = Path(__file__).resolve().parent.parent
    command, environment, rest = parsed(arguments, root)
    if command not in EXTRAS:
        asked_for = command == "--help"
        print(USAGE, end="", file=sys.stdout if asked_for else sys.stderr)
        return 0 if asked_for else 2
    try:
        check_python()
        check_checkout(root)
        prepare(environment, root, EXTRAS[command])
        return run(environment, root, child_arguments(command, rest))
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
    folder = os.environ.get("MMLAB_ENV") or str(root / ".venv")
    for position, word in enumerate(words):
        if word.startswith("--env="):
            folder = word[len("--env=") :]
            del words[position]
            break
        if word == "--env" and position + 1 < len(words):
            folder = words[position + 1]
            del words[position : position + 2]
            break
    command = words.pop(0) if words else ""
    if command in ("-h", "help"):
        command = "--help"
    return command, Path(os.path.abspath(os.path.expanduser(folder))), words + passed_on


def child_arguments(command: str, rest: "list[str]") -> "list[str]":
    """Return what the environment's Python is to run for a command."""
    if command == "open":
        # `-m jupyter lab` would rather start another installation's jupyter-lab, if one comes earlier on PATH.
        return ["-m", "jupyterlab", "notebooks/00_start_here.ipynb", *rest]
    if command == "test":
        return ["-m", "pytest", *rest]
    return ["-m", "mmlab.teach.pairs", *rest]


def dotted(version: "tuple[object, ...]") -> str:
    """Return 3.11 for (3, 11, 7)."""
    return f"{version[0]}.{version[1]}"


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


def prepare(environment: Path, root: Path, extras: "list[str]") -> None:
    """Bring an environment to where mmlab and the extras are installed; where they are, do nothing."""
    stamp = read_stamp(environment)
    usable = version_of(python_in(environment)) == dotted(sys.version_info)
    asked = fingerprint(root)
    wanted, made_here = set(extras), True
    try:
        if usable and stamp is not None and stamp.fingerprint:
            if stamp.fingerprint == asked and wanted <= set(stamp.extras):
                return
            say(f"Updating {environment} (its packages have changed, or this command needs more; a minute at most)...")
            wanted, made_here = wanted | set(stamp.extras), stamp.made_here
        elif usable and stamp is None:
            say(f"Installing mmlab into {environment}, which was there already ({COST})...")
            made_here = False
        else:
            make(environment, stamp)
        install(environment, root, sorted(wanted))
        write_stamp(environment, Stamp(made_here, asked, sorted(wanted)))
    except OSError as error:
        raise Problem(
            f"cannot write the environment {environment} ({error.strerror or error}): "
            "close what runs in it, or name a folder that can be written with --env DIR (or in MMLAB_ENV)."
        ) from None


def make(environment: Path, stamp: "Stamp | None") -> None:
    """Make an environment with nothing but pip in it, in the place of an unusable one if the launcher made that."""
    because = ""
    if environment.exists() and (environment.is_file() or any(environment.iterdir())):
        found = version_of(python_in(environment))
        if stamp is None or not stamp.made_here:
            raise Problem(
                f"{environment} is there already, is not of this launcher's making and has no working Python "
                f"{dotted(sys.version_info)}: remove it, or name another folder with --env DIR (or in MMLAB_ENV)."
            )
        if not stamp.fingerprint:
            because = " again, for the last time was not finished"
        elif found is None:
            because = " again, for its Python is gone"
        else:
            because = f" again, for it has Python {found} and this is {dotted(sys.version_info)}"
    say(f"Setting up {environment}{because} ({COST})...")
    if because:
        shutil.rmtree(str(environment))
    environment.mkdir(parents=True, exist_ok=True)
    write_stamp(environment, UNFINISHED)
    # From within an environment that has just been removed, its own Python is gone: venv wants the one under it.
    python = getattr(sys, "_base_executable", None) or sys.executable
    # In a session of its own Ctrl-C does not reach it: it ends in seconds, and would show a traceback.
    code = finished(subprocess.Popen([python, "-m", "venv", str(environment)], start_new_session=True))
    if code != 0:
        raise Problem(f"venv could not make {environment} (its words are above): mend that, or try another Python.")


def install(environment: Path, root: Path, extras: "list[str]") -> None:
    """Install the checkout, editable, with the extras."""
    what = ".[{}]".format(",".join(extras)) if extras else "."
    pip = [str(python_in(environment)), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-q"]
    code = finished(subprocess.Popen([*pip, "-e", what], cwd=str(root), env=variables(environment)))
    if code != 0:
        raise Problem(
            "pip could not install what mmlab needs (its words are above): if they are of connections, connect this "
            "machine or name your network's proxy in HTTPS_PROXY; then start this command again."
        )


def run(environment: Path, root: Path, arguments: "list[str]") -> int:
    """Run the environment's Python at the root of the checkout until it ends, and return its exit code."""
    child = subprocess.Popen([str(python_in(environment)), *arguments], cwd=str(root), env=variables(environment))
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:
            # The child has had the same Ctrl-C and knows best: JupyterLab asks before it stops, pytest sums up.
            continue
        return code if code >= 0 else 128 - code


def finished(child: "subprocess.Popen[bytes]") -> int:
    """Wait for a step of the set-up and return its exit code; a Ctrl-C counts when the step has ended."""
    interrupted = False
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:
            interrupted = True
            continue
        if interrupted:
            raise KeyboardInterrupt
        return code


def variables(environment: Path) -> "dict[str, str]":
    """Return this process's variables with the environment activated."""
    around = dict(os.environ)
    around.setdefault("OPENBLAS_NUM_THREADS", "1")
    around["VIRTUAL_ENV"] = str(environment)
    around["PATH"] = str(python_in(environment).parent) + os.pathsep + around.get("PATH", os.defpath)
    around["PIP_USER"] = "0"
    around.pop("PYTHONHOME", None)
    return around


def python_in(environment: Path) -> Path:
    """Return where an environment keeps its Python."""
    return environment / "Scripts" / "python.exe" if os.name == "nt" else environment / "bin" / "python"


def version_of(python: Path) -> "str | None":
    """Return the version of an interpreter as in 3.11, None if there is none that runs."""
    question = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        answer = subprocess.run([str(python), "-c", question], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError:
        return None
    return answer.stdout.decode("ascii", "replace").strip() or None


def fingerprint(root: Path) -> str:
    """Return what an installation depends on, as a hash: pyproject.toml and where the checkout lies."""
    project = (root / "pyproject.toml").read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256(project + b"\0" + os.fsencode(str(root))).hexdigest()


def read_stamp(environment: Path) -> "Stamp | None":
    """Return what the launcher noted in an environment: None where it noted nothing."""
    try:
        return Stamp(**json.loads((environment / "mmlab-stamp.json").read_text(encoding="utf-8")))
    except OSError:
        return None
    except (ValueError, TypeError):
        return UNFINISHED


def write_stamp(environment: Path, stamp: Stamp) -> None:
    """Note a stamp in an environment, whole or not at all."""
    new = environment / "mmlab-stamp.json.new"
    new.write_text(json.dumps(stamp._asdict()), encoding="utf-8")
    os.replace(str(new), str(environment / "mmlab-stamp.json"))


def say(sentence: str) -> None:
    """Tell whoever waits what is being done."""
    print(f"mmlab: {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
