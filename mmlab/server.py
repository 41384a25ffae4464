"""JupyterLab, as the launcher starts it: where it serves, what it says of that, and how it ends.

Like the launcher, a part of which this is, it imports nothing but the standard library, in an old syntax.
"""

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
    from mmlab.installation import say
else:
    from installation import say


def open_workbook(python: Path, folder: Path, first: str, around: "dict[str, str]", rest: "list[str]") -> int:
    """Start JupyterLab with the first notebook, say where it is, stay until it ends, and return its exit code."""
    browser = has_browser() and "--no-browser" not in rest
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root:
        say(
            "you are root, so every cell that you run has root's rights over this machine. The workbook listens on "
            "127.0.0.1 alone and opens to whoever has its token."
        )
    # `-m jupyter lab` would rather start another installation's jupyter-lab, if one comes earlier on PATH.
    command = [str(python), "-m", "jupyterlab", first, *options(folder, browser, is_root, rest)]
    # Here the server notes its address and its token, and here they are removed with it.
    notes = Path(tempfile.mkdtemp(prefix="mmlab-"))
    # No question about news, and no look for newer versions, whatever JupyterLab does when others start it.
    (notes / "labconfig").mkdir()
    quiet = {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    (notes / "labconfig" / "page_config.json").write_text(json.dumps(quiet), encoding="utf-8")
    around = dict(around, JUPYTER_RUNTIME_DIR=str(notes))
    around["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [str(notes), around.get("JUPYTER_CONFIG_PATH")]))
    # In a session of its own: a Ctrl-C comes to it through `stop_server`, and not while it is still starting.
    child = subprocess.Popen(command, cwd=str(folder), env=around, start_new_session=True)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: child.terminate())
    # A shell starts what runs in its background deaf to SIGINT.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return report_end(stay(child, notes, browser, first))
    finally:
        if child.poll() is None:
            child.terminate()
        shutil.rmtree(str(notes), ignore_errors=True)


def options(folder: Path, browser: bool, is_root: bool, rest: "list[str]") -> "list[str]":
    """Return JupyterLab's options: the launcher's own, where the command line has no other, and those of that."""
    own = {
        "--ServerApp.ip=127.0.0.1": "--ip",
        f"--ServerApp.root_dir={folder}": "--notebook-dir",
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


def stay(child: "subprocess.Popen[bytes]", notes: Path, browser: bool, first: str) -> int:
    """Wait until the server ends, and meanwhile say where it is as soon as it has noted that."""
    address = None
    while True:
        try:
            if address is not None:
                return child.wait()
            try:
                return child.wait(timeout=0.2)
            except subprocess.TimeoutExpired:
                address = noted_address(notes, first)
            if address is not None:
                how = "opens in your browser; should it not," if browser else "is ready, and no browser opens here:"
                say(f"the workbook {how} paste this address into one. Ctrl-C ends it.\n\n    {address}\n")
        except KeyboardInterrupt:
            stop_server(child, started=address is not None)


def noted_address(notes: Path, first: str) -> "str | None":
    """Return the first notebook's address at the server that notes where it is; None as long as it has not."""
    for note in notes.glob("jpserver-*.json"):
        try:
            server = json.loads(note.read_text(encoding="utf-8"))
        except ValueError:  # half written
            return None
        token = f"?token={server['token']}" if server["token"] else ""
        return f"{server['url']}lab/tree/{first}{token}"
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


def exit_code(code: int) -> int:
    """Return what a shell says of a child: 137 for one that signal 9 has ended."""
    return code if code >= 0 else 128 - code
