"""MathJax for the site's formulas: one version, and what the pages load of it."""

from __future__ import annotations

from pathlib import Path

from mmlab.doors.npm import Package, contents

MATHJAX = Package("MathJax", "mathjax", "3.2.2", "1b9c0a1c44df864e915690558e72adb9cc5203360daefd385084ced3b6c64c09")
NAME = MATHJAX.file
NEEDED = ("es5/tex-chtml.js", "es5/output/chtml/", "LICENSE")


def fetched(cache: Path) -> Path:
    """Return the package's file, from the cache or by npm; raises as `Package.fetched`."""
    return MATHJAX.fetched(cache)


def unpack(file: Path, folder: Path) -> None:
    """Write what the pages load of the package."""
    for name, content in contents(file, NEEDED):
        path = folder / name.removeprefix("es5/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
