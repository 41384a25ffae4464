"""The launcher: `python mmlab open`, `python mmlab test` and `python mmlab notebooks`, run in a checkout.

What lives here: the command line, and starting JupyterLab, the tests or `mmlab.teach.pairs`. The environment in which
they run is made in `installation.py`, by one process alone (`lock.py`). They import nothing but the standard library,
not even mmlab, and their syntax is old on purpose: a Python that is too old for mmlab must get as far as the sentence
that says so.
"""

import argparse
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmlab.installation import OLDEST_PYTHON, Problem, dotted, fingerprint, prepare, python_in, say, variables
else:
    # `python mmlab` has this folder on its path already; whoever starts the launcher in another way has not.
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from installation import OLDEST_PYTHON, Problem, dotted, fingerprint, prepare, python_in, say, variables

# The extras of pyproject.toml that each command needs. `test` could do without docs, but then a later `notebooks` would
# want the network again.
BUILDERS = {"site": ["docs", "site"], "lite": ["lite"]}
EXTRAS = {"open": [], "test": ["docs", "test"], "notebooks": ["docs", "test"], **BUILDERS}

# What runs each of them, and where: a builder is told folders as whoever starts it sees them.
MODULES = {"test": "pytest", "notebooks": "mmlab.teach.pairs", "site": "mmlab.doors.pages", "lite": "mmlab.doors.lite"}

FIRST = "notebooks/00_start_here.ipynb"

USAGE = """\
python mmlab COMMAND [--env DIR] [ARGUMENTS]

  open        start JupyterLab with the first notebook          ARGUMENTS: JupyterLab's, after --
  test        run the tests, and every notebook                 ARGUMENTS: pytest's
  notebooks   make the notebooks anew from their texts          ARGUMENTS: --check, --help, ...
  site        build the book as static pages                    ARGUMENTS: --out DIR, --pdf, ...
  lite        make a JupyterLab that runs in a browser          ARGUMENTS: --out DIR, --cache DIR
  address     say where this repository is published            ARGUMENTS: its URL, or --check

The first start makes an environment: in .venv, or in DIR, or in what MMLAB_ENV names. Later ones need no network.
"""


def main(arguments: "list[str]", root: "Path | None" = None) -> int:
    """Do what the command line asks for and return the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if root is None:
        root = Path(__file__).resolve().parent.parent
    command, environment, rest = parsed(arguments, root)
    if command not in EXTRAS and command != "address":
        asked_for = command in ("-h", "--help", "help")
        print(f"Usage: {USAGE}", end="", file=sys.stdout if asked_for else sys.stderr)
        return 0 if asked_for else 2
    try:
        check_python()
        check_checkout(root)
        if command == "address":  # which needs no environment
            return subprocess.call([sys.executable, "-m", "mmlab.doors.address", *rest], cwd=str(root))
        prepare(environment, root, fingerprint(root), EXTRAS[command])
        if command == "open":
            return open_workbook(environment, root, rest)
        where = Path.cwd() if command in BUILDERS else root
        return run(environment, where, ["-m", MODULES[command], *rest])
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


def run(environment: Path, folder: Path, arguments: "list[str]") -> int:
    """Run the environment's Python in a folder until it ends, and return its exit code."""
    child = subprocess.Popen([str(python_in(environment)), *arguments], cwd=str(folder), env=variables(environment))
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while True:
        try:
            return exit_code(child.wait())
        except KeyboardInterrupt:
            # The child has had the same Ctrl-C and knows best: pytest sums up.
            continue


def exit_code(code: int) -> int:
    """Return what a shell says of a child: 137 for one that signal 9 has ended."""
    return code if code >= 0 else 128 - code


def open_workbook(environment: Path, root: Path, rest: "list[str]") -> int:
    """Start JupyterLab with the first notebook, say where it is, stay until it ends, and return its exit code."""
    browser = has_browser() and "--no-browser" not in rest
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        say(
            "you are root, so every cell that you run has root's rights over this machine. The workbook listens on "
            "127.0.0.1 alone and opens to whoever has its token."
        )
    # `-m jupyter lab` would rather start another installation's jupyter-lab, if one comes earlier on PATH.
    command = [str(python_in(environment)), "-m", "jupyterlab", FIRST, *options(root, browser, is_root, rest)]
    # Here the server notes its address and its token, and here they are removed with it.
    notes = Path(tempfile.mkdtemp(prefix="mmlab-"))
    # No question about news, and no look for newer versions, whatever JupyterLab does when others start it.
    (notes / "labconfig").mkdir()
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (notes / "labconfig" / "page_config.json").write_text(json.dumps(quiet), encoding="utf-8")
    around = dict(variables(environment), JUPYTER_RUNTIME_DIR=str(notes))
    around["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(notes), around.get("JUPYTER_CONFIG_PATH")]))
    # In a session of its own: a Ctrl-C comes to it through `stop_server`, and not while it is still starting.
    child = subprocess.Popen(command, cwd=str(root), env=around, start_new_session=True)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: child.terminate())
    # A shell starts what runs in its background deaf to SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return report_end(stay(child, notes, browser))
    finally:
        if child.poll() is None:
            child.terminate()
        shutil.rmtree(str(notes), ignore_errors=True)


def options(root: Path, browser: bool, is_root: bool, rest: "list[str]") -> "list[str]":
    """Return JupyterLab's options: the launcher's own, where the command line has no other, and those of that."""
    own = {
        "--ServerApp.ip=127.0.0.1": "--ip",
        f"--ServerApp.root_dir={root}": "--notebook-dir",
    }
    if is_root:
        own["--allow-root"] = "--ServerApp.allow_root"
    if not browser:
        own["--no-browser"] = "--ServerApp.open_browser"
    given = {word.split("=")[0] for word in rest}
    return [option for option, other in own.items() if not given & {option.split("=")[0], other}] + rest


def has_browser() -> bool:
    """Say whether a browser can open a window here: one of text would take the terminal from the server."""
    import webbrowser

    if sys.platform.startswith("linux") and not any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def stay(child: "subprocess.Popen[bytes]", notes: Path, browser: bool) -> int:
    """Wait until the server ends, and meanwhile say where it is as soon as it has noted that."""
    address = None
    while True:
        try:
            if address is not None:
                return child.wait()
            try:
                return child.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                address = noted_address(notes)
            if address is not None:
                how = "opens in your browser; should it not," if browser else "is ready, and no browser opens here:"
                say(f"the workbook {how} paste this address into one. Ctrl-C ends it.\n\n    {address}\n")
        except KeyboardInterrupt:
            stop_server(child, started=address is not None)


def noted_address(notes: Path) -> "str | None":
    """Return the first notebook's address at the server that notes where it is; None as long as it has not."""
    for note in notes.glob("jpserver-*.json"):
        try:
            server = json.loads(note.read_text(encoding="utf-8"))
        except ValueError:  # half written
            return None
        token = f"?token={server['token']}" if server["token"] else ""
        return f"{server['url']}lab/tree/{FIRST}{token}"
    return None


def stop_server(child: "subprocess.Popen[bytes]", started: bool) -> None:
    """Hand a Ctrl-C on: on a terminal JupyterLab asks before it stops, and a second one stops it; elsewhere it ends."""
    if os.name == "nt":
        return  # it has had the same Ctrl-C
    asks = started and sys.stdin is not None and sys.stdin.isatty()
    child.send_signal(signal.SIGINT if asks else signal.SIGTERM)


def report_end(code: int) -> int:
    """Say how the server ended, and return the exit code."""
    again = "the same command opens the workbook again; what was saved is kept."
    if code == 0 or code == -signal.SIGTERM:
        say(f"JupyterLab has ended; {again}")
    elif code < 0:
        print(f"mmlab: JupyterLab was ended from outside (signal {-code}); {again}", file=sys.stderr)
    else:
        print(f"mmlab: JupyterLab stopped with exit code {code}: its own words are above.", file=sys.stderr)
    return exit_code(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
