"""`python mmlab address URL`: say once where the repository is published; `address ""` takes it back.

What lives here: the places that follow that setting, each between two marked lines of its file, and what stands there.
What reads the setting is `mmlab/address.py`.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path
from typing import NamedTuple

from mmlab.address import pages_of, repository


class Place(NamedTuple):
    """Some lines of a file, between `address: NAME` and `/address`: what they are with an address, and without."""

    file: str
    name: str
    published: str
    unpublished: str = ""


FIRST = "notebooks/00_start_here.ipynb"
LITE = f"{{pages}}lite/lab/index.html?path={FIRST}"
BINDER = f"https://mybinder.org/v2/gh/{{owner_and_name}}/main?urlpath=lab/tree/{FIRST}"
COLAB = f"https://colab.research.google.com/github/{{owner_and_name}}/blob/main/{FIRST}"
BADGE = "https://img.shields.io/badge/"

PLACES = (
    Place(
        "pyproject.toml",
        "urls",
        "[project.urls]\n"
        'Repository = "{repository}"\n'
        'Documentation = "{pages}"\n'
        'Issues = "{repository}/issues"\n'
        'Changelog = "{repository}/blob/main/CHANGELOG.md"\n',
    ),
    Place("CITATION.cff", "urls", 'repository-code: "{repository}"\nurl: "{pages}"\n'),
    Place(
        "README.md",
        "badges",
        "[![CI]({repository}/actions/workflows/ci.yml/badge.svg)]({repository}/actions/workflows/ci.yml)\n"
        f"[![The book]({BADGE}book-read-blue)]({{pages}})\n"
        f"[![Lite]({BADGE}JupyterLite-in_this_browser-orange)]({LITE})\n"
        f"[![Binder](https://mybinder.org/badge_logo.svg)]({BINDER})\n"
        f"[![Colab](https://colab.research.google.com/assets/colab-badge.svg)]({COLAB})\n"
        "[![PyPI](https://img.shields.io/pypi/v/mmlab)]({repository}/releases)\n"
        f"[![Licence]({BADGE}licence-BSD--3--Clause_and_CC--BY--4.0-green)]({{repository}}#citing-and-licences)\n",
    ),
    Place(
        "README.md",
        "doors",
        f"**Without installing anything:** read [the book]({{pages}}); run it [in this browser]({LITE}), without\n"
        f"a server, or [on Binder]({BINDER}).\n",
        "**On Binder**, without installing anything: paste the address of this repository at\n"
        f"[mybinder.org](https://mybinder.org), with `lab/tree/{FIRST}` as the URL to open.\n",
    ),
)


class AddressError(ValueError):
    """An address that is none, or a file that does not hold what follows it; the message says which and why."""


def checked(address: str) -> str:
    """Return an address as all places show it, or raise an AddressError if it is not of a repository on GitHub."""
    plain = address.strip().removesuffix("/").removesuffix(".git")
    if plain and not re.fullmatch(
        r"https://github\.com/[A-Za-z0-9]+(-[A-Za-z0-9]+)*/[\w.-]*\w[\w.-]*", plain, re.ASCII
    ):
        raise AddressError(
            f"the repository's address must be https://github.com/OWNER/NAME, for its badges, pages and buttons are "
            f'GitHub\'s (or "" for none); got {address!r}.'
        )
    return plain


def following(root: Path, address: str) -> dict[Path, str]:
    """Return the text of each file with places, as it has to be for an address; nothing is written."""
    texts: dict[Path, str] = {}
    words = {"repository": address, "owner_and_name": "/".join(address.split("/")[-2:])}
    words["pages"] = pages_of(address) if address else ""
    for place in PLACES:
        path = root / place.file
        if path not in texts:
            texts[path] = path.read_bytes().decode("utf-8")  # with the line ends that it has
        marked = rf"(?ms)^(\S+ address: {place.name}\b[^\r\n]*(\r?\n)).*?^(\S+ /address)\b"
        found = re.search(marked, texts[path])
        if found is None:
            raise AddressError(f"{place.file} has no lines from `address: {place.name}` to `/address`: put them back.")
        lines = (place.published if address else place.unpublished).format(**words).replace("\n", found[2])
        texts[path] = f"{texts[path][: found.start()]}{found[1]}{lines}{texts[path][found.start(3) :]}"
    return texts


def disagreeing(root: Path) -> list[str]:
    """Return the files whose places do not follow the setting."""
    expected = following(root, checked(repository(root)))
    return [path.name for path, text in expected.items() if path.read_bytes().decode("utf-8") != text]


def publish(root: Path, address: str) -> list[str]:
    """Set the address, let all places follow it, and return the files that this has changed."""
    texts = following(root, checked(address))
    changed = {path: text for path, text in texts.items() if path.read_bytes().decode("utf-8") != text}
    for path, text in changed.items():
        new = path.with_name(f"{path.name}.new")
        new.write_bytes(text.encode("utf-8"))
        os.replace(new, path)
    return [path.name for path in changed]


def main(arguments: list[str], root: Path) -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser("python mmlab address", description="Where this repository is published.")
    parser.add_argument(
        "url", nargs="?", help='https://github.com/OWNER/NAME, or "" for none; else, what is set is shown'
    )
    parser.add_argument("--check", action="store_true", help="say whether all that follows the address agrees with it")
    asked = parser.parse_args(arguments)
    try:
        if asked.url is not None and not asked.check:
            changed = publish(root, asked.url)
            print(f"mmlab: {repository(root) or 'no address'} is set; changed: {', '.join(changed) or 'nothing'}.")
        elif files := disagreeing(root):
            again = repository(root)
            raise AddressError(
                f'{", ".join(files)} do not follow the address: `python mmlab address "{again}"` mends that.'
            )
        else:
            print(f"mmlab: {repository(root) or 'no address'} is set, and all that follows it agrees.")
    except (AddressError, OSError) as error:
        print(f"mmlab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).parents[2]))
