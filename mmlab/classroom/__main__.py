"""`mmlab class COMMAND`: what an instructor makes of the chapters, and of what a class hands in.

A command is a module of this package with `add_arguments(parser)` and `run(asked)`; its docstring's first line is what
the help says of it.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from mmlab.classroom.chapters import command
from mmlab.parameters import ParameterError

COMMANDS = ("assignment", "grade", "instructor", "quiz", "slides", "student")


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(command("class"), description="Teach with the workbook.")
    commands = parser.add_subparsers(dest="command", required=True)
    modules = {name: importlib.import_module(f"mmlab.classroom.{name}") for name in COMMANDS}
    for name, module in modules.items():
        says = (module.__doc__ or "").partition("\n")[0]
        module.add_arguments(commands.add_parser(name, help=says, description=says))
    asked = parser.parse_args(words)
    try:
        modules[asked.command].run(asked)
    except ParameterError as error:
        print(f"mmlab: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
