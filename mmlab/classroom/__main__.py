"""`mmlab class grade` and `mmlab class quiz`: what an instructor makes of a chapter, and of what a class hands in."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from mmlab.files import write_whole
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
    quizzing = commands.add_parser("quiz", help="a chapter's predictions as Moodle XML")
    quizzing.add_argument("chapter", help="02, A1, …")
    quizzing.add_argument("--out", type=Path, required=True, help="the file to write")
    asked = parser.parse_args(words)
    try:
        if asked.command == "quiz":
            from mmlab.classroom.quiz import quiz

            write_whole("the quiz", {asked.out: [quiz(asked.chapter)]})
        else:
            from mmlab.classroom.grade import grade_folder

            grade_folder(asked.folder, asked.out, asked.chapter, asked.seed)
    except ParameterError as error:
        print(f"mmlab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
