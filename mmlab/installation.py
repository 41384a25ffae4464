"""The environment that the launcher makes once, and notices to be in need of making again.

Like the launcher, whose other half this is, it imports nothing but the standard library, in an old syntax.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from mmlab.lock import alone
else:
    from lock import alone

OLDEST_PYTHON = (3, 11)

# Of a first start, as measured on two shared cores with a fast network: 55 to 88 s, 90 MB, 414 to 437 MB.
COST = "once: 1 to 2 minutes, 100 MB to download, 450 MB on disk"

IMPORTED_AS = {"pytest_xdist": "xdist", "markdown_it_py": "markdown_it"}
"""What is imported under another name than it is installed by."""


class Problem(Exception):
    """What stops the launcher, in one sentence that says what to do about it."""


class Stamp(NamedTuple):
    """What the launcher notes in an environment, last of all when it is set up: its absence means unfinished."""

    made_here: bool
    fingerprint: str
    extras: "list[str]"


class Found(NamedTuple):
    """What an environment's Python says: its version as in 3.11 (None if none runs), and what it cannot import."""

    version: "str | None"
    missing: "list[str]"


UNFINISHED = Stamp(made_here=True, fingerprint="", extras=[])


def dotted(version: "tuple[object, ...]") -> str:
    """Return 3.11 for (3, 11, 7)."""
    return f"{version[0]}.{version[1]}"


def prepare(environment: Path, root: Path, asked: str, extras: "list[str]") -> None:
    """Bring an environment to where mmlab of a fingerprint and the extras are installed; where they are, do nothing."""
    try:
        if is_ready(environment, root, asked, extras):
            return
        with alone(environment):
            if not is_ready(environment, root, asked, extras):  # whoever was waited for may have done it
                set_up(environment, root, asked, set(extras))
    except OSError as error:
        raise Problem(
            f"cannot write the environment {environment} ({error.strerror or error}): "
            "close what runs in it, or name a folder that can be written with --env DIR (or in MMLAB_ENV)."
        ) from None


def is_ready(environment: Path, root: Path, asked: str, extras: "list[str]") -> bool:
    """Say whether mmlab and the extras are installed there, and their packages have not been lost since."""
    stamp = read_stamp(environment)
    if stamp is None or not is_complete(stamp, asked, set(extras)):
        return False
    return look_at(python_in(environment), declared(root, extras)) == Found(dotted(sys.version_info), [])


def set_up(environment: Path, root: Path, asked: str, extras: "set[str]") -> None:
    """Install mmlab and the extras, into a new environment where there is none that serves."""
    stamp, made_here = read_stamp(environment), True
    found = look_at(python_in(environment), declared(root, sorted(extras)))
    usable = found.version == dotted(sys.version_info)
    if usable and stamp is None:
        say(f"Installing mmlab into {environment}, which was there already ({COST})...")
        made_here = False
    elif usable and stamp and stamp.fingerprint and not (stamp.made_here and is_complete(stamp, asked, extras)):
        say(f"Updating {environment} (its packages have changed, or this command needs more; a minute at most)...")
        extras, made_here = extras | set(stamp.extras), stamp.made_here
    else:
        make(environment, stamp, found)
    install(environment, root, sorted(extras))
    write_stamp(environment, Stamp(made_here, asked, sorted(extras)))


def is_complete(stamp: Stamp, asked: str, extras: "set[str]") -> bool:
    """Say whether all that is asked for was installed once: if it is not there now, it has been taken away."""
    return stamp.fingerprint == asked and extras <= set(stamp.extras)


def make(environment: Path, stamp: "Stamp | None", found: Found) -> None:
    """Make an environment with nothing but pip in it, in the place of an unusable one if the launcher made that."""
    because = ""
    if environment.exists() and (environment.is_file() or any(environment.iterdir())):
        if stamp is None or not stamp.made_here:
            raise Problem(
                f"{environment} is there already, is not of this launcher's making and has no working Python "
                f"{dotted(sys.version_info)}: remove it, or name another folder with --env DIR (or in MMLAB_ENV)."
            )
        if not stamp.fingerprint:
            because = " again, for the last time was not finished"
        elif found.version is None:
            because = " again, for its Python is gone"
        elif found.version != dotted(sys.version_info):
            because = f" again, for it has Python {found.version} and this is {dotted(sys.version_info)}"
        else:
            because = f" again, for it has lost {', '.join(found.missing)}"
    say(f"Setting up {environment}{because} ({COST})...")
    if because:
        shutil.rmtree(str(environment))
    environment.mkdir(parents=True, exist_ok=True)
    write_stamp(environment, UNFINISHED)
    # From within an environment that has just been removed, its own Python is gone: venv wants the one under it.
    python = getattr(sys, "_base_executable", None) or sys.executable
    # In a session of its own Ctrl-C does not reach it: it ends in seconds, and would show a traceback.
    code = finished(subprocess.Popen([python, "-m", "venv", str(environment)], start_new_session=True, close_fds=False))
    if code != 0:
        raise Problem(f"venv could not make {environment} (its words are above): mend that, or try another Python.")


def install(environment: Path, root: Path, extras: "list[str]") -> None:
    """Install the checkout, editable, with the extras."""
    what = ".[{}]".format(",".join(extras)) if extras else "."
    python = str(python_in(environment))
    pip = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "-q", "-e", what]
    code = finished(subprocess.Popen(pip, cwd=str(root), env=variables(environment), close_fds=False))
    if code != 0:
        raise Problem(
            "pip could not install what mmlab needs (its words are above): if they are of connections, connect this "
            "machine or name your network's proxy in HTTPS_PROXY; then start this command again."
        )
    missing = look_at(python_in(environment), declared(root, extras)).missing
    if missing:
        raise Problem(
            f"pip says that {', '.join(missing)} is installed in {environment}, and its Python cannot find it: "
            "remove that folder, or name another with --env DIR (or in MMLAB_ENV); then start this command again."
        )
    # pip compiles only what it copies. Where the checkout cannot be written, mmlab starts slower, and no worse.
    finished(
        subprocess.Popen([python, "-m", "compileall", "-qq", "mmlab", "notebooks"], cwd=str(root), close_fds=False)
    )


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


def declared(root: Path, extras: "list[str]") -> "list[str]":
    """Return what pyproject.toml says that mmlab and these extras need, as it is imported."""
    import tomllib  # newer than the oldest Python that gets as far as a sentence

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = list(project.get("dependencies", []))
    for extra in extras:
        needed += project.get("optional-dependencies", {}).get(extra, [])
    names = (re.split(r"[^\w.-]", one, maxsplit=1)[0].replace("-", "_").lower() for one in needed)
    return sorted({IMPORTED_AS.get(name, name) for name in names})


def look_at(python: Path, packages: "list[str]") -> Found:
    """Ask an interpreter for its version and for which packages it does not find; nothing of them is imported."""
    # A folder that has lost its files is still found, but comes from nowhere.
    question = (
        "import sys; from importlib.util import find_spec; print('%d.%d' % sys.version_info[:2], "
        "*[name for name in sys.argv[1:] if not getattr(find_spec(name), 'origin', None)])"
    )
    try:
        answer = subprocess.run(
            [str(python), "-I", "-c", question, *packages], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
    except OSError:
        return Found(None, packages)
    version, *missing = answer.stdout.decode("ascii", "replace").split() or [""]
    return Found(version, missing) if version else Found(None, packages)


def fingerprint(root: Path) -> str:
    """Return what an installation depends on, as a hash: pyproject.toml and where the checkout lies."""
    project = (root / "pyproject.toml").read_bytes().replace(b"\r\n", b"\n")
    return hashlib.sha256(project + b"\0" + os.fsencode(str(root))).hexdigest()


def read_stamp(environment: Path) -> "Stamp | None":
    """Return what the launcher noted in an environment: None where it noted nothing; nonsense is unfinished."""
    try:
        stamp = Stamp(**json.loads((environment / "mmlab-stamp.json").read_text(encoding="utf-8")))
    except OSError:
        return None
    except (ValueError, TypeError):
        return UNFINISHED
    extras_are_words = isinstance(stamp.extras, list) and all(isinstance(extra, str) for extra in stamp.extras)
    usable = isinstance(stamp.made_here, bool) and isinstance(stamp.fingerprint, str) and extras_are_words
    return stamp if usable else UNFINISHED


def write_stamp(environment: Path, stamp: Stamp) -> None:
    """Note a stamp in an environment, whole or not at all."""
    new = environment / "mmlab-stamp.json.new"
    new.write_text(json.dumps(stamp._asdict()), encoding="utf-8")
    os.replace(str(new), str(environment / "mmlab-stamp.json"))


def say(sentence: str) -> None:
    """Tell whoever waits what is being done."""
    print(f"mmlab: {sentence}", flush=True)
