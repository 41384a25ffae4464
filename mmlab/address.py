"""Where this repository is published: one setting, `Repository` in `[project.urls]` of pyproject.toml.

What reads it lives here, in a checkout and where mmlab is installed; `python mmlab address URL` (`doors/address.py`)
writes it. As long as it is not set, whatever would link there leaves its link out.
"""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path


def repository(root: Path | None = None) -> str:
    """Return the repository's address, "https://github.com/OWNER/NAME"; "" where none is set.

    Parameters
    ----------
    root : Path, optional
        A checkout. Without one, the checkout that this file lies in, or else what was installed.
    """
    project = (root or Path(__file__).parents[1]) / "pyproject.toml"
    if root is not None or project.is_file():
        declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        if declared["name"] == "mmlab":  # and not of another package that left its file beside ours
            return str(declared.get("urls", {}).get("Repository", ""))
    try:
        urls = metadata("mmlab").get_all("Project-URL") or []
    except PackageNotFoundError:  # on the path without being installed
        return ""
    return next((url for label, _, url in (line.partition(", ") for line in urls) if label == "Repository"), "")


def pages(root: Path | None = None) -> str:
    """Return where GitHub Pages shows the book, "https://OWNER.github.io/NAME/"; "" where no address is set."""
    address = repository(root)
    return pages_of(address) if address else ""


def pages_of(address: str) -> str:
    """Return what GitHub Pages publishes of a repository's address."""
    owner, name = address.split("/")[-2:]
    host = f"{owner.lower()}.github.io"
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/"
