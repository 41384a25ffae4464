"""Packages that pages load: each one version, known by its hash, fetched by npm once and then kept."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from mmlab.doors.whole import BuildError


class Package(NamedTuple):
    """What is fetched: what it is called in a sentence and by npm, its version, and its file's SHA-256."""

    title: str
    name: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """The name of the package's file."""
        return f"{self.name}-{self.version}.tgz"

    def fetched(self, cache: Path) -> Path:
        """Return the package's file, from the cache or by npm, which knows your registry.

        Raises
        ------
        BuildError
            If it is not there and npm is not or cannot fetch it, or it is not what this version is known to be.
        """
        file = cache / self.file
        if not file.is_file():
            npm = shutil.which("npm")
            otherwise = f"or put {self.file}, as the npm registry has it, into {cache}"
            if npm is None:
                raise BuildError(f"npm is missing, which fetches {self.title} once: install Node.js, {otherwise}.")
            cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=cache) as folder:
                command = [npm, "pack", "--silent", f"{self.name}@{self.version}"]
                ended = subprocess.run(command, cwd=folder, capture_output=True, text=True)
                if ended.returncode or not (Path(folder) / self.file).is_file():
                    why = ended.stderr.strip()[-500:]
                    raise BuildError(f"npm could not fetch {self.title} ({why}): connect this machine, {otherwise}.")
                self.check(Path(folder) / self.file)
                (Path(folder) / self.file).replace(file)
        self.check(file)
        return file

    def check(self, file: Path) -> None:
        """Refuse a file that is not this version of the package, byte by byte."""
        if hashlib.sha256(file.read_bytes()).hexdigest() != self.sha256:
            raise BuildError(
                f"{file} is not {self.title} as it was published (its SHA-256 is another): remove it, start again."
            )


def contents(file: Path, needed: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """What a package's file holds under names that begin so: each file's name in the package, and its bytes."""
    with tarfile.open(file) as package:
        for member in package.getmembers():
            name = member.name.removeprefix("package/")
            content = package.extractfile(member) if name.startswith(needed) else None
            if content is not None:
                yield name, content.read()
