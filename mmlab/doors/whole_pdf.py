"""The whole book as a PDF: one page of HTML that holds it all, as a Chromium prints it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from mmlab.doors.whole import BuildError

NAME = "mmlab.pdf"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_chromium() -> str:
    """Return where a Chromium is, or refuse."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        raise BuildError(f"--pdf needs a Chromium, and none of {', '.join(NAMES)} is on PATH: install one.")
    return found


def print_page(chromium: str, page: Path, pdf: Path) -> None:
    """Print a page of HTML when its formulas are set.

    Raises
    ------
    BuildError
        If Chromium does not.
    """
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update", "--allow-file-access-from-files"]
    flags += ["--generate-pdf-document-outline", "--no-pdf-header-footer", "--virtual-time-budget=120000"]
    command = [chromium, *flags, f"--print-to-pdf={pdf}", page.as_uri()]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if ended.returncode or not pdf.is_file():
        raise BuildError(f"Chromium did not print the book; it said last:\n{ended.stderr[-2000:]}")
