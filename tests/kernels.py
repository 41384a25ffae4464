"""A notebook's kernel, forked from a process that has imported what every kernel imports.

That takes a second, of which there are 46. Only what others wrote is there before the first cell: what is ours, each
kernel imports itself.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from typing import Any

BEFORE = {"MPLBACKEND": "module://matplotlib_inline.backend_inline", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
"""As a kernel has it before it imports matplotlib; and what keeps the debugger from warnings."""
MODULES = ("ipykernel.debugger", "ipykernel.ipkernel", "ipykernel.kernelapp", "ipykernel.zmqshell", "ipywidgets")
MODULES += ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg")
_parent: list[subprocess.Popen[str]] = []


class Forked:
    """A kernel's process, as `jupyter_client` asks for it: its parent is another, which waits for it."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int):
        self.pid = pid

    def poll(self) -> int | None:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.01)
        return 0

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


def launched(ordinary: Any) -> Any:
    """The same as `launch_kernel`; on Linux by a fork where nbval asks, whose kernels say nothing beside messages."""

    def launch_kernel(cmd: list[str], cwd: Any = None, env: Any = None, **how: Any) -> Any:
        plain = cmd[:3] == [sys.executable, "-m", "ipykernel_launcher"] and "MPLBACKEND" not in (env or os.environ)
        if sys.platform != "linux" or not plain or getattr(how.get("stderr"), "name", "") != os.devnull:
            return ordinary(cmd, cwd=cwd, env=env, **how)
        if not _parent:
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            _parent.append(subprocess.Popen([sys.executable, __file__], start_new_session=True, **pipes))
        requests, answers = _parent[0].stdin, _parent[0].stdout
        requests.write(json.dumps([cmd[2:], str(cwd or os.getcwd()), dict(env or os.environ)]) + "\n")
        requests.flush()
        return Forked(int(answers.readline()))

    return launch_kernel


def ended() -> None:
    """Let the parent of all kernels go."""
    for parent in _parent:
        parent.communicate()
    _parent.clear()


def reaped(*_: Any) -> None:
    """Wait for the kernels that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def become_a_kernel(argv: list[str], cwd: str, env: dict[str, str]) -> None:
    """Run a kernel as `python -m` does, to its end."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = argv
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


def main() -> None:
    """Import; then fork a kernel for each line that is read, and answer with its process's number."""
    del sys.path[0]
    os.environ |= {"JPY_PARENT_PID": str(os.getpid()), **BEFORE}
    for module in MODULES:
        import_module(module)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, reaped)
    for line in sys.stdin:
        if not (pid := os.fork()):
            try:
                become_a_kernel(*json.loads(line))
            finally:
                os._exit(0)
        os.setpgid(pid, pid)  # before anybody hears of it: a kernel is ended with its group
        print(pid, flush=True)


if __name__ == "__main__":
    main()
