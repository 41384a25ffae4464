"""Kernels of notebooks begin as forks of one process, which has imported what every kernel imports of others.

nbval starts a kernel for each notebook, and that takes as long as many a notebook: of it IPython, matplotlib and
ipywidgets are most. Of mmlab nothing is imported before: a notebook imports it as for a reader. Where processes cannot
be forked (Windows) or not well (macOS), kernels start as they do elsewhere.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from functools import cache
from tempfile import mkdtemp

IMPORTED = ("ipykernel.ipkernel", "ipywidgets", "matplotlib.backends.backend_svg", "matplotlib.figure")
IMPORTED += ("matplotlib.font_manager", "matplotlib_inline.backend_inline", "PIL.Image")
STARTED: list[subprocess.Popen[bytes]] = []
"""Whose input stays open as long as this process lives."""


def start_from_one_process() -> None:
    """Have nbval's kernels start so."""
    from nbval import kernel

    if sys.platform != "linux":
        return
    spec_of = kernel.NbvalKernelspecManager.get_kernel_spec

    def warm(manager: kernel.NbvalKernelspecManager, name: str) -> object:
        spec = spec_of(manager, name)
        if name == kernel.CURRENT_ENV_KERNEL_NAME:
            spec.argv = [sys.executable, "-I", "-S", __file__, _address(), "{connection_file}"]
        return spec

    kernel.NbvalKernelspecManager.get_kernel_spec = warm


@cache
def _address() -> str:
    """Start the process, which ends when this one does and its input with it; returns the address where it listens."""
    address = f"{mkdtemp(prefix='mmlab-kernels-', dir='/tmp')}/socket"  # whose address is short, and its folder ours
    code = f"import runpy, sys; runpy.run_path({__file__!r})['listen'](sys.argv[1])"
    process = subprocess.Popen(
        [sys.executable, "-c", code, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    STARTED.append(process)
    return address


def listen(address: str) -> None:
    """Import, and fork a kernel for everyone who asks at the address, until the input ends."""
    import gc
    import importlib
    import select
    import shutil

    sys.path[:] = [folder for folder in sys.path if folder]  # IPython adds "", as to any kernel's
    for name in IMPORTED:
        importlib.import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        print("ready", flush=True)
        while door in select.select([door, sys.stdin], [], [])[0]:
            asking, _ = door.accept()
            if not os.fork():
                door.close()
                _be_a_kernel(asking)
            asking.close()
    shutil.rmtree(os.path.dirname(address))


def _be_a_kernel(asking: socket.socket) -> None:
    folder, connection_file = asking.makefile().readline().rstrip("\n").split("\0")
    asking.sendall(f"{os.getpid()}\n".encode())
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.chdir(folder)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    threading.Thread(target=lambda: (asking.recv(1), os._exit(0)), daemon=True).start()  # nobody asks any more
    sys.argv = ["ipykernel_launcher.py", "-f", connection_file, f"--IPKernelApp.parent_handle={os.getppid()}"]
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()
    os._exit(0)


def ask(address: str, connection_file: str) -> None:
    """Ask for a kernel and stand for it: what interrupts or ends this process does so there, and its end is ours."""
    with socket.socket(socket.AF_UNIX) as asked:
        try:
            asked.connect(address)
        except OSError:  # the process is gone: a kernel as elsewhere
            os.execv(sys.executable, [sys.executable, "-m", "ipykernel_launcher", "-f", connection_file])
        asked.sendall(f"{os.getcwd()}\0{connection_file}\n".encode())
        kernel = int(asked.makefile().readline())
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, lambda number, _: os.kill(kernel, number))
        asked.recv(1)


if __name__ == "__main__":
    ask(*sys.argv[1:])
