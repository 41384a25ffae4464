"""`mmlab tournament FOLDER`: play a folder's strategies against each other; the league as a page, CSV and JSON."""

import argparse
import json
import os
import secrets
import shlex
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from mmlab.classroom.chapters import command
from mmlab.files import write_whole
from mmlab.parameters import ParameterError
from mmlab.tournament.hours import Conditions
from mmlab.tournament.league import league, play, strategies_in
from mmlab.tournament.page import as_csv, as_json, as_page

REFERENCES = Path(__file__).with_name("references")
MOST_STRATEGIES, MOST_HOURS = 64, 1000


def main(words: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(command("tournament"), description=(__doc__ or "").partition(": ")[2])
    option = parser.add_argument
    option("folder", type=Path, nargs="?", help="has a Python file a strategy")
    option("--new", type=Path, metavar="FILE", help="write a strategy to begin with, and play nothing")
    option("--out", type=Path, default=Path("league"), help="gets league.html, .json, .csv (default: league)")
    option("--seed", type=int, help="of the hours and the coins; drawn, and kept in the JSON, if not given")
    option("--hours", type=int, default=20, help="that everybody plays (default: 20)")
    option("--jobs", type=int, default=min(4, os.cpu_count() or 1), help="processes that play hours side by side")
    option("--cluster", metavar="ADDRESS", help="of a Dask scheduler, whose workers play instead")
    option("--by", choices=("profit", "worth"), default="profit", help="rank by profit, or less its risk")
    option("--references", action="store_true", help="mmlab's four references play, too")
    asked = parser.parse_args(words)
    try:
        if asked.new is not None:
            return begin(asked.new)
        if asked.folder is None:
            parser.error("which folder? (or --new FILE)")
        if asked.seed is None:
            asked.seed = secrets.randbits(64)  # one that can be guessed can be searched for, and shows the hours
        for name, least, most in (("hours", 1, MOST_HOURS), ("jobs", 1, 256), ("seed", 0, 2**64)):
            if not least <= getattr(asked, name) <= most:
                raise ParameterError(f"--{name} must be from {least} to {most}; got {getattr(asked, name)}.")
        run(asked)
    except ParameterError as error:
        print(f"mmlab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nmmlab: stopped; nothing is written.", file=sys.stderr)
        return 130
    return 0


def run(asked: argparse.Namespace) -> None:
    """Play, rank and write."""
    strategies = strategies_in(asked.folder)
    if asked.references:
        strategies |= {f"mmlab: {name}": text for name, text in strategies_in(REFERENCES).items()}
    if not 2 <= len(strategies) <= MOST_STRATEGIES:
        raise ParameterError(
            f"A tournament needs from 2 to {MOST_STRATEGIES} strategies, in files that end in .py; "
            f"{asked.folder} makes it {len(strategies)}."
        )
    asked.out.mkdir(parents=True, exist_ok=True)
    conditions = Conditions()
    with client_of(asked.cluster) as executor:
        played = play(strategies, conditions, asked.seed, asked.hours, asked.jobs, executor)
    found = league(played, asked.by, asked.seed)
    page, table, data = (asked.out / f"league.{ending}" for ending in ("html", "csv", "json"))
    write_whole(
        "The league",
        {page: [as_page(found)], table: [as_csv(found)], data: [json.dumps({"seed": asked.seed} | as_json(found))]},
    )
    for n, name in enumerate(found.names):
        print(f"{n + 1:3d}. {name}: {found.mean[n]:+.2f} an hour")
    print(f"The league's page is {page}.")


def client_of(address: str | None) -> AbstractContextManager[Any]:
    """A client of the cluster at an address; nobody if there is none."""
    if address is None:
        return nullcontext()
    try:
        from distributed import Client
    except ImportError:
        raise ParameterError("--cluster needs Dask: `pip install distributed cloudpickle` where mmlab is.") from None
    try:
        client: AbstractContextManager[Any] = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise ParameterError(f"No cluster answers at {address} ({error}).") from None
    return client


def begin(file: Path) -> int:
    """Write a strategy to begin with: a reference."""
    if file.exists():
        raise ParameterError(f"{file} is there already; give the new strategy another name.")
    write_whole("The strategy", {file: [(REFERENCES / "skewed.py").read_text(encoding="utf-8")]})
    play = command(f"tournament {shlex.quote(str(file.parent))} --references")
    print(f"{file} leans against its inventory; make it better, then `{play}`.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
