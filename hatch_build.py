"""What the package needs beyond pyproject.toml: the notebooks in the wheel, and a README that is read elsewhere.

The notebooks go in one by one: with the whole folder, mmbook would be shipped twice.
"""

import re
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

HANDED_OUT = ("[0-9A][0-9]_*.ipynb", "solutions/[0-9A][0-9]_*.ipynb", "images/*")
"""As in mmlab/workbook.py; a test holds the two together."""
RELATIVE_LINK = re.compile(r"(!?)\[((?:[^][]|\[[^]]*\])*)\]\((?!https?:|#)([^)\s]+)\)")


class Notebooks(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the notebooks, their solutions and pictures into the wheel, as `mmlab/notebooks`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name them to the builder; an editable install finds them in the checkout."""
        notebooks = Path(self.root, "notebooks")
        if self.target_name == "wheel" and version != "editable":
            for path in (path for pattern in HANDED_OUT for path in sorted(notebooks.glob(pattern))):
                build_data["force_include"][str(path)] = f"mmlab/notebooks/{path.relative_to(notebooks).as_posix()}"


class Readme(MetadataHookInterface):
    """README.md for the package's page, where a relative link goes nowhere: to the repository, or left out."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the readme, whose links follow the one address that the project's URLs state."""
        repository = metadata.get("urls", {}).get("Repository", "")
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        text = with_absolute_links(text, repository, f"v{metadata['version']}")
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def with_absolute_links(text: str, repository: str, tag: str) -> str:
    """Return Markdown whose relative links and pictures point into a repository; with none, words without links."""

    def absolute(link: re.Match[str]) -> str:
        is_picture, words, path = link.groups()
        if not repository:
            return "" if is_picture else words
        return f"{is_picture}[{words}]({repository}/{'raw' if is_picture else 'blob'}/{tag}/{path})"

    return RELATIVE_LINK.sub(absolute, text)
