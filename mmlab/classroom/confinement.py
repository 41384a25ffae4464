"""What a submission's process may do: read its edition and Python, write its own small folder, compute; nothing else.

Twice over. The kernel of Linux refuses (Landlock of files, seccomp of calls), for this process and for good. And a hook
of Python's refuses, with a sentence, before that; alone, as on macOS, it holds who does not set out to get round it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import signal
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

STARTS = ("subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "pty.spawn")
REACHES = ("socket.", "ctypes.", "os.kill", "signal.pthread_kill", "sqlite3.", "gc.get_", "os.symlink", "os.link")
"""Beginnings of the events that are refused, whatever is given."""
HARMLESS = ("socket.__new__", "socket.gethostname", "ctypes.cdata", "ctypes.addressof")
READS: tuple[str, ...] = ("open", "os.listdir", "os.scandir", "os.chdir")
CHANGES: tuple[str, ...] = ("os.truncate", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "shutil.rmtree")
CHANGES += ("os.chmod", "os.chown", "os.utime", "os.setxattr", "os.removexattr")
"""Events whose arguments are paths: of what may be read, and of what is in the own folder."""

MOST_FILES = 200
"""That may be made or written in all, folders among them."""
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_SET_OWNER, _SET_OWNER_EX = 8, 15
"""Of fcntl: to whom a file's signals go, which may be any process, and any signal."""

_SYSCALLS = {
    "x86_64": (0xC000003E, 56, 302, 234, 72, (41, 57, 58, 59, 62, 101, 165, 200, 272, 310, 311, 322, 424, 425, 434)),
    "aarch64": (0xC00000B7, 220, 261, 131, 25, (198, 40, 97, 117, 129, 130, 221, 270, 271, 281, 424, 425, 434)),
}
"""By machine: its number in seccomp, clone, prlimit64, tgkill, fcntl, and what is refused in any case: socket, fork,
vfork, execve, kill, ptrace, mount, tkill, unshare, process_vm_readv, process_vm_writev, execveat, pidfd_send_signal,
io_uring_setup, pidfd_open."""
_ON_FILES = {
    "x86_64": (90, 91, 92, 93, 94, 132, 133, 188, 189, 190, 197, 198, 199, 235, 259, 260, 261, 268, 280, 452),
    "aarch64": (5, 6, 7, 14, 15, 16, 33, 52, 53, 54, 55, 88, 452),
}
_ON_OTHERS = {"x86_64": (129, 141, 142, 144, 203, 251, 297, 314), "aarch64": (30, 118, 119, 122, 138, 140, 240, 274)}
"""Refused as well: on files, where Landlock lets it pass, chmod, chown, utime, setxattr, removexattr and mknod in all
their forms; on other processes sigqueue, setpriority, sched_set… and ioprio_set."""
_CLONE3, _CLONE_THREAD, _ALLOWED, _DENIED, _UNKNOWN = 435, 0x10000, 0x7FFF0000, 0x50001, 0x50026
_READ, _LIST, _ALL_ACCESS = 1 << 2, 1 << 3, (1 << 13) - 1
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38


class Forbidden(PermissionError):
    """What a submission may not do."""


def forbid(allowed: Sequence[str], hidden: Sequence[str] = ()) -> bool:
    """From now on only read what is in some folders, and write where one is; returns whether the kernel sees to it.

    Parameters
    ----------
    allowed, hidden : sequence of str
        What may be read, but for what is hidden in it.
    """
    own = os.getcwd()
    real = os.path.realpath
    inside, without = {real(own), *map(real, allowed)}, {real(one) for one in hidden}
    by_kernel = False
    end_with_parent()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, KeyError, AttributeError):
            _confine_calls()
            _confine_files(real(own), list(_without(inside, without)))
            by_kernel = True
    sys.addaudithook(_hook(f"{real(own)}/", tuple(f"{one}/" for one in inside), tuple(f"{one}/" for one in without)))
    return by_kernel


def end_with_parent() -> None:
    """Have the kernel end this process with the one that started it, on Linux: who is killed leaves nothing."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            _call(ctypes.CDLL(None, use_errno=True).prctl, _PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def flatten(folder: str) -> None:
    """Bring all folders that are in a folder up into it: what is thousands deep cannot be removed as it is."""
    while folders := [entry.path for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]:
        for outer in folders:
            os.chmod(outer, 0o700)
            for entry in list(os.scandir(outer)):
                if entry.is_dir(follow_symlinks=False):
                    os.chmod(entry.path, 0o700)
                os.rename(entry.path, os.path.join(folder, os.urandom(16).hex()))
            os.rmdir(outer)


def _hook(own: str, inside: tuple[str, ...], hidden: tuple[str, ...]) -> Callable[[str, tuple[Any, ...]], None]:
    real, basename, decode, made = os.path.realpath, os.path.basename, os.fsdecode, []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        reaches = event.startswith(REACHES) and event not in HARMLESS
        if event == "fcntl.fcntl":
            reaches = arguments[1] in (_SET_OWNER, _SET_OWNER_EX)
        if event.startswith(STARTS) or reaches:
            raise Forbidden(f"a submission may not do {event}")
        if event not in READS and event not in CHANGES:
            return
        writes = event in CHANGES or (event == "open" and (arguments[2] or 0) & _WRITES)
        for path in arguments[:2] if event == "os.rename" else arguments[:1]:
            if isinstance(path, str | bytes | os.PathLike):
                name = decode(path)
                full = real(name) + "/"
                is_fine = full.startswith(own if writes else inside) and not full.startswith(hidden)
                is_fine = is_fine or full in ("/dev/null/", "/dev/urandom/")
                if ".." in name.split("/") or not is_fine:
                    what = "write" if writes and full.startswith(inside) else "open"
                    raise Forbidden(f"a submission may not {what} {basename(real(name))}")
                if event == "os.mkdir" or (event == "open" and (arguments[2] or 0) & os.O_CREAT):
                    made.append(full)
                    if len(made) > MOST_FILES:
                        raise Forbidden(f"a submission may not open more than {MOST_FILES} files to write")

    return hook


def _without(folders: Iterable[str], hidden: set[str]) -> Iterator[tuple[str, bool]]:
    """Paths that hold nothing hidden, and those that may only be listed, as something in them is hidden."""
    for folder in folders:
        if folder in hidden or not os.path.exists(folder):
            continue
        is_open = not any(one.startswith(f"{folder}/") for one in hidden)
        yield folder, is_open
        if not is_open:
            yield from _without((entry.path for entry in os.scandir(folder) if not entry.is_symlink()), hidden)


def _call(function: Any, *arguments: Any) -> int:
    result = int(function(*arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused by the kernel")
    return result


def _confine_files(own: str, readable: Iterable[tuple[str, bool]]) -> None:
    """Landlock: a ruleset that handles all access to files, with a rule for each path that may be read or written."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = _call(libc.syscall, 444, None, 0, 1)
    handled = _ALL_ACCESS | (1 << 13 if version >= 2 else 0) | (1 << 14 if version >= 3 else 0)
    rules = _call(libc.syscall, 444, struct.pack("Q", handled), 8, 0)
    rights = [(path, _READ | _LIST if is_open else _LIST) for path, is_open in readable]
    rights += [(own, handled & ~1), (os.devnull, _READ | 1 << 1), ("/dev/urandom", _READ)]
    for path, allowed in rights:
        with contextlib.suppress(FileNotFoundError):
            file = os.open(path, os.O_PATH | os.O_CLOEXEC)
            if not os.path.isdir(path):
                allowed &= ~_LIST
            if allowed:
                _call(libc.syscall, 445, rules, 1, struct.pack("=Qi", allowed, file), 0)
            os.close(file)
    _call(libc.prctl, _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call(libc.syscall, 446, rules, 0)
    os.close(rules)


def _confine_calls() -> None:
    """seccomp: no new process (threads only), no other program, no socket, no signal to another process."""
    machine, clone, limit, kill, control, refused = _SYSCALLS[name := platform.machine()]
    load, is_equal, at_least, has_bits, done = 0x20, 0x15, 0x35, 0x45, 0x06
    code = [(load, 0, 0, 4), (is_equal, 1, 0, machine), (done, 0, 0, _DENIED), (load, 0, 0, 0)]
    code += [(at_least, 0, 1, 0x40000000), (done, 0, 0, _DENIED)]  # the numbers of x32
    code += [(is_equal, 0, 1, _CLONE3), (done, 0, 0, _UNKNOWN)]  # so that the C library takes clone
    for number in (*refused, *_ON_FILES[name], *_ON_OTHERS[name]):
        code += [(is_equal, 0, 1, number), (done, 0, 0, _DENIED)]
    code += [(is_equal, 0, 3, clone), (load, 0, 0, 16), (has_bits, 1, 0, _CLONE_THREAD), (done, 0, 0, _DENIED)]
    code += [(load, 0, 0, 0), (is_equal, 0, 3, kill), (load, 0, 0, 16), (is_equal, 1, 0, os.getpid())]
    code += [(done, 0, 0, _DENIED), (load, 0, 0, 0), (is_equal, 0, 4, control), (load, 0, 0, 24)]
    code += [(is_equal, 1, 0, _SET_OWNER), (is_equal, 0, 1, _SET_OWNER_EX), (done, 0, 0, _DENIED)]
    code += [(load, 0, 0, 0), (is_equal, 0, 3, limit), (load, 0, 0, 16), (is_equal, 1, 0, 0), (done, 0, 0, _DENIED)]
    code += [(done, 0, 0, _ALLOWED)]
    filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in code))
    program = struct.pack("HxxxxxxQ", len(code), ctypes.addressof(filters))
    libc = ctypes.CDLL(None, use_errno=True)
    _call(libc.prctl, _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    _call(libc.prctl, _PR_SET_SECCOMP, 2, program, 0, 0)
