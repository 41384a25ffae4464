"""Files: written whole or not at all, lengthened by whole lines, read with a bound; what goes wrong is a sentence."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

from mmlab.parameters import ParameterError

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 2**29
"""What a file that is read at once may hold, unpacked."""


class FileError(ParameterError, OSError):
    """A file that could not be read or written; the message says which and why. What stood there is as it was."""


def named(path: Any) -> Path:
    """The path, or a FileError if it is none: a number, for one, would be an open file's."""
    if not isinstance(path, str | os.PathLike) or not (name := os.fspath(path)):
        raise FileError(f"A file needs a name or a path; got {short(repr(path))}.")
    if not isinstance(name, str) or "\0" in name:
        raise FileError(f"No file can be named {short(repr(name))}.")
    from pathlib import Path

    return Path(name)


def write_whole(what: str, files: Mapping[Any, Iterable[str | bytes]], kind: type[FileError] = FileError) -> None:
    """Write each file's texts beside its name, compressed if that ends in .gz; only then give all of them their names.

    Whatever stops it, what stood there stays; the keyboard and a full disk leave nothing else, only a process that is
    killed leaves a hidden file that ends in .part. Links are followed.

    Parameters
    ----------
    what : str
        For the sentence that says why it could not be written ("The report").
    files : mapping
        Path → texts, or bytes, which follow each other.
    kind : type of FileError
        What is raised.

    Raises
    ------
    FileError
        If a name is none, two names differ by upper and lower case alone, what has the name is no regular file, or the
        file system refuses.
    """
    given = {named(path): texts for path, texts in files.items()}
    if len({str(path).casefold() for path in given}) < len(given):
        raise kind(f"{what} needs two names: {' and '.join(path.name for path in given)} are one file on some systems.")
    parts: dict[Path, Path] = {}
    path = named(os.curdir)
    try:
        for path, texts in given.items():
            target = named(os.path.realpath(path))
            if target.exists() and not target.is_file():
                raise OSError(errno.EINVAL, "what has this name is no regular file")
            if target.exists() and not os.access(target, os.W_OK):
                raise OSError(errno.EACCES, os.strerror(errno.EACCES))
            # Of its own, and short: a name that fits may not fit any more with an ending.
            parts[target] = target.with_name(f".{os.getpid()}-{os.urandom(4).hex()}.part")
            with parts[target].open("xb") as raw:
                with _packed(raw) if path.suffix == ".gz" else contextlib.nullcontext(raw) as file:
                    for text in texts:
                        file.write(text if isinstance(text, bytes) else text.encode("utf-8"))
                raw.flush()
                os.fsync(raw.fileno())
            if target.exists():
                parts[target].chmod(stat.S_IMODE(target.stat().st_mode))
        for target, part in parts.items():
            os.replace(part, target)
    except (OSError, UnicodeEncodeError) as error:
        raise kind(f"{what} could not be written to {short(str(path), 200)}: {_why(error)}.") from error
    finally:
        for part in parts.values():
            with contextlib.suppress(OSError):
                part.unlink()


def append_line(what: str, path: Path, line: str) -> None:
    """Lengthen a file by a line in one call; where its last line is half, that ends first.

    Raises
    ------
    FileError
        If the file system refuses; the file is then as long as it was.
    """
    try:
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "what has this name is no regular file")
        with path.open("ab+", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            half = before > 0 and file.seek(before - 1) >= 0 and file.read(1) != b"\n"
            text = b"\n" * half + line.encode("utf-8") + b"\n"
            if file.write(text) != len(text):
                file.truncate(before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    except (OSError, UnicodeEncodeError) as error:
        raise FileError(f"{what} could not be written to {short(str(path), 200)}: {_why(error)}.") from error


@contextlib.contextmanager
def reading(path: Any, unpack: bool = True) -> Iterator[Any]:
    """The bytes of a regular file, unpacked if its name ends in .gz; whatever fails while it is open is a FileError."""
    import gzip
    import zlib

    path = named(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        with gzip.open(path, "rb") if unpack and path.suffix == ".gz" else path.open("rb") as file:
            yield file
    except FileError:
        raise
    except (OSError, EOFError, UnicodeError, zlib.error) as error:
        raise FileError(f"{short(str(path), 200)} cannot be read: {_why(error)}.") from None


def read_text(path: Any) -> str:
    """All that a regular file says, `MOST_BYTES` at most, and not 100 times what a larger packed file has.

    Raises
    ------
    FileError
        If it cannot be read, is no UTF-8, or holds more: a small .gz can unpack to more than there is memory.
    """
    data = bytearray()
    with reading(path) as file:
        cap = min(MOST_BYTES, max(2**26, 100 * named(path).stat().st_size))
        while block := file.read(2**20):
            data += block
            if len(data) > cap:
                raise FileError(f"{path} holds more than {cap / 2**20:,.0f} MiB, which is the most that is read of it.")
        return data.decode("utf-8-sig")


def short(text: str, most: int = 60) -> str:
    """A text, or its beginning and its end: enough for a sentence."""
    return text if len(text) <= most else f"{text[: most - 20]}…{text[-15:]}"


def _packed(raw: BinaryIO) -> Any:
    """Without a name and a date in it: the same content gives the same bytes."""
    import gzip

    return gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)


def _why(error: Exception) -> str:
    """The reason alone: the sentence has the name."""
    return short(getattr(error, "strerror", None) or str(error), 200)
