"""The lock that lets one process alone make the launcher's environment.

Like the launcher, it imports nothing but the standard library, in an old syntax.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def alone(environment: Path) -> "Iterator[None]":
    """Hold the environment's lock, a file beside it with this process's number, and wait where another holds it.

    The system lets go of a dead process's lock, however it died: what it left behind is taken over. Its pip, which has
    inherited the lock, is waited for.
    """
    place = Path(str(environment) + ".lock")
    place.parent.mkdir(parents=True, exist_ok=True)
    waiting = False
    while True:
        with open(str(place), "a+", encoding="ascii") as file:
            if locked(file.fileno(), place):
                os.set_inheritable(file.fileno(), True)
                file.truncate(0)
                file.write(f"{os.getpid()}\n")
                file.flush()
                try:
                    yield
                finally:
                    if os.name != "nt":  # there nobody can remove an open file; left, it does no harm
                        os.unlink(str(place))
                return
            if not waiting:
                file.seek(0)
                who = file.read().strip() or "unknown"
                sentence = f"another mmlab (process {who}) is setting up {environment}: waiting until it has..."
                print(f"mmlab: {sentence}", flush=True)
                waiting = True
        time.sleep(0.2)


def locked(file: int, place: Path) -> bool:
    """Lock an open file, or say that another process has, or had and has removed it since."""
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(file, 1000, os.SEEK_SET)  # beyond the number, which others are to read
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
            return True
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.fstat(file).st_ino == place.stat().st_ino
    except (BlockingIOError, PermissionError, FileNotFoundError):
        return False
