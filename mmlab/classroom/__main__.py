"""`mmlab class grade`: what an instructor does with what a class hands in."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmlab.parameters import ParameterError


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser("mmlab class", description="Teach with the workbook.")
    commands = parser.add_subparsers(dest="command", required=True)
    grading = commands.add_parser("grade", help="grade a folder of notebooks")
    grading.add_argument("folder", type=Path, help="a notebook a student, or a folder of each")
    grading.add_argument("--chapter", required=True, help="02, A1, …")
    grading.add_argument("--out", type=Path, required=True, help="gets grades.csv, class.html, students/")
    grading.add_argument("--seed", type=int, default=0, help="of the cases that nobody has seen: yours, and secret")
    asked = parser.parse_args(words)
    from mmlab.classroom.grade import grade_folder

    try:
        grade_folder(asked.folder, asked.out, asked.chapter, asked.seed)
    except ParameterError as error:
        print(f"mmlab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
