"""MathJax for the site's formulas: one version, known by its hash, fetched by npm once and then kept."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from mmlab.doors.whole import BuildError

NAME = "mathjax-3.2.2.tgz"
SHA256 = "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09"
NEEDED = ("package/es5/tex-chtml.js", "package/es5/output/chtml/", "package/LICENSE")


def fetched(cache: Path) -> Path:
    """Return the package's file, from the cache or by npm, which knows your registry.

    Raises
    ------
    BuildError
        If it is not there and npm is not or cannot fetch it, or it is not what this version is known to be.
    """
    file = cache / NAME
    if not file.is_file():
        npm = shutil.which("npm")
        otherwise = f"or put {NAME}, as the npm registry has it, into {cache}"
        if npm is None:
            raise BuildError(f"npm is missing, which fetches MathJax once: install Node.js, {otherwise}.")
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            command = [npm, "pack", "--silent", "mathjax@" + NAME.removeprefix("mathjax-").removesuffix(".tgz")]
            ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if ended.returncode or not (Path(folder) / NAME).is_file():
                raise BuildError(
                    f"npm could not fetch MathJax ({ended.stderr.strip()[-500:]}): connect this machine, {otherwise}."
                )
            check(Path(folder) / NAME)
            (Path(folder) / NAME).replace(file)
    check(file)
    return file


def check(file: Path) -> None:
    """Refuse a file that is not this version of MathJax, byte by byte."""
    if hashlib.sha256(file.read_bytes()).hexdigest() != SHA256:
        raise BuildError(f"{file} is not MathJax as it was published (its SHA-256 is another): remove it, start again.")


def unpack(file: Path, folder: Path) -> None:
    """Write what the pages load of the package."""
    with tarfile.open(file) as package:
        for member in package.getmembers():
            content = package.extractfile(member) if member.name.startswith(NEEDED) else None
            if content is not None:
                path = folder / member.name.removeprefix("package/").removeprefix("es5/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content.read())
