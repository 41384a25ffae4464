"""The peers' environment: `python -m tests.benchmarks.peers DIR` makes it, with what can be had, and says what cannot.

mbt_gym is in no index: it comes from its repository at one revision, or from a copy that MMLAB_MBT_GYM names. What it
wants for training (torch, stable-baselines) is left out: its simulation does without.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[3]
MBT_GYM, REVISION = "https://github.com/JJJerome/mbt_gym", "1e1aa38"


def main(folder: Path) -> int:
    """Make it; 1 if a peer is missing."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    missing = 0
    for what, packages in (
        ("mmlab", ["-e", f"{ROOT}[test]", "playwright", "psutil"]),
        ("gym, for mbt_gym", ["gym==0.26.2", "scipy"]),
        ("hftbacktest", ["hftbacktest==2.4.4"]),
    ):
        if subprocess.run([python, "-m", "pip", "install", "--quiet", *packages]).returncode:
            missing += 1
            print(f"{what} cannot be had here: pip said why above.")
    place = next((folder / "lib").glob("python*")) / "site-packages" / "mbt_gym"
    copy = os.environ.get("MMLAB_MBT_GYM")
    if copy:
        shutil.copytree(copy, place, dirs_exist_ok=True)
    elif not place.exists():
        checkout = folder / "mbt_gym"
        fetched = [["git", "clone", "--quiet", MBT_GYM, checkout], ["git", "-C", checkout, "checkout", "-q", REVISION]]
        if any(subprocess.run(command).returncode for command in fetched):
            missing += 1
            print("mbt_gym cannot be had here: git said why above. Put a copy somewhere and name it in MMLAB_MBT_GYM.")
        else:
            shutil.copytree(checkout / "mbt_gym", place)
    return int(missing > 0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("python -m tests.benchmarks.peers DIR")
    sys.exit(main(Path(sys.argv[1])))
