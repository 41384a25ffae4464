"""How a submission's process is started: around it an edition and nothing else, and the limits of the operating system.

What a process alone cannot promise, the table in notebooks/pages/teaching.md says; what it may read is `confinement`'s.
"""

from __future__ import annotations

import compileall
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

MEMORY, FILE, FILES = 3 * 2**30, 2**20, 128
"""Of a submission's process: address space and largest file [bytes], and files open at a time."""
FONTS = "matplotlib-fonts"
"""In an edition that was prepared, the folder of matplotlib's list of fonts."""
CELLS = 100
"""What all cells together get of a processor [s]."""
SYSTEM = ("/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/usr/share", "/etc/fonts", "/etc/localtime")
"""What Python and its packages read besides."""


def started(module: str, folder: str, edition: Path) -> tuple[subprocess.Popen[bytes], int, int]:
    """A process that runs a module in a folder, an edition first on its path; where to write to it, and to read."""
    there, requests = os.pipe()
    replies, back = os.pipe()
    fonts = edition / FONTS
    around = {"PATH": os.defpath, "HOME": folder, "MPLCONFIGDIR": str(fonts) if fonts.exists() else folder}
    around |= {"LANG": "C.UTF-8", "MPLBACKEND": "agg", "OPENBLAS_NUM_THREADS": "1"}
    child = subprocess.Popen(
        [sys.executable, "-s", "-m", module, str(there), str(back)],
        cwd=folder,
        env=around | {"PYTHONPATH": os.pathsep.join([str(edition), *_packages()])},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(there, back),
        start_new_session=True,
        preexec_fn=_limited,
    )
    os.close(there)
    os.close(back)
    return child, requests, replies


def may_read(edition: Path) -> dict[str, Any]:
    """The folders that it may read, and what in them it may not: checks and solutions, wherever mmlab is installed."""
    found = (importlib.util.find_spec(name) for name in ("mmlab", "mmbook"))
    rooms = [str(room) for one in found if one is not None for room in one.submodule_search_locations or ()]
    hidden = [*rooms, *(str(Path(room).parent / "notebooks") for room in rooms)]
    return {"folders": [str(edition), sys.prefix, sys.base_prefix, *_packages(), *SYSTEM], "hidden": hidden}


def prepare(edition: Path) -> None:
    """Make a submission's start cheap: the edition's bytecode, and matplotlib's list of fonts, once for all."""
    compileall.compile_dir(edition, quiet=2)
    (edition / FONTS).mkdir()
    lists = {**os.environ, "MPLCONFIGDIR": str(edition / FONTS)}
    make = [sys.executable, "-c", "import matplotlib.font_manager"]
    subprocess.run(make, env=lists, check=False, stderr=subprocess.DEVNULL)


def _packages() -> list[str]:
    """The folders of installed packages, without any that holds a checkout."""
    return [folder for folder in sys.path if folder.endswith(("site-packages", "dist-packages"))]


def _limited() -> None:
    """Limits of the operating system, set in the new process before it is anything."""
    import resource  # which Windows has not

    for what, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_FSIZE, FILE), (resource.RLIMIT_NOFILE, FILES)):
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CELLS, resource.RLIM_INFINITY))
