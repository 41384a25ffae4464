"""The paired notebooks: NN_topic.ipynb, executed, which is read, and text/NN_topic.md, which is reviewed.

What lives here: finding the pairs, comparing them cell by cell, and making a notebook anew from its text, or a text
from its notebook. Content decides, never a file's time, which a git checkout does not keep; so none of jupytext's live
pairing, and none of its settings in the files. `python -m mmlab.teach.pairs --help` tells the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import difflib
import re
import sys
import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import jupytext
import nbformat
from jupyter_core.utils import ensure_async
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError
from nbformat import NotebookNode

from mmlab.teach.pair_files import (
    METADATA,
    WIDGET_VIEW,
    PairProblem,
    as_text,
    parsed,
    read,
    read_notebook,
    short,
    tidy,
    without_version,
    write,
)

Side = Literal["text", "notebook"]

CELL_SECONDS = 600
MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class Pair:
    """A notebook and its text, at least one of which is there."""

    name: str
    notebook: Path
    text: Path


class Cell(NamedTuple):
    """What a notebook and its text have in common."""

    kind: str
    source: str
    tags: tuple[str, ...]


def find_pairs(folder: Path) -> list[Pair]:
    """Return the pairs of a folder, then those of its `solutions`, by name; one file without the other counts.

    Only names like 02_topic do: a reader's Untitled.ipynb, or 02_topic-Copy1.ipynb, is nobody else's business.
    """
    pairs = []
    for room, prefix in ((folder, ""), (folder / "solutions", "solutions/")):
        files = [*room.glob("*.ipynb"), *room.glob("text/*.md")]
        for name in sorted({file.stem for file in files if re.fullmatch(r"\d\d_\w+", file.stem)}):
            pairs.append(Pair(prefix + name, room / f"{name}.ipynb", room / "text" / f"{name}.md"))
    return pairs


def differences(notebook: Path, text: Path) -> list[str]:
    """Return one sentence for each cell in which a notebook and its text differ (in kind, source or tags).

    Both are compared as they come back from a text, so what a text cannot hold (blank lines that end a cell) is none.
    """
    missing = [f"{path.name} is missing" for path in (notebook, text) if not path.exists()]
    if missing:
        return missing
    return _cell_differences(_cells(read_notebook(notebook)), _cells(parsed(read(text), text)))


def faults(notebook: Path) -> list[str]:
    """Return one sentence for each way in which a notebook is not fit to be committed."""
    node = read_notebook(notebook)
    found = []
    if notebook.stat().st_size > MAX_BYTES:
        found.append(f"the notebook has {notebook.stat().st_size / 1e6:.1f} MB; {MAX_BYTES / 1e6:.0f} MB is the most")
    if "widgets" in node.metadata:
        found.append("the notebook holds saved widget state")
    elif node.metadata != METADATA:
        found.append("the notebook's metadata holds another kernel, or more than a kernel")
    runs = []
    for number, cell in enumerate(node.cells, 1):
        if cell.get("attachments"):
            found.append(f"cell {number} holds an attached file, which its text cannot")
        if cell.cell_type == "code" and cell.source.strip():
            runs.append(cell.execution_count)
        for output in cell.get("outputs", []):
            if WIDGET_VIEW in output.get("data", {}):
                found.append(f"cell {number} holds a widget view, which without its kernel shows as an error")
            if {"image/png", "text/html"} <= output.get("data", {}).keys():
                found.append(f"cell {number} holds a picture twice, as PNG and as HTML")
            if output.output_type == "error":
                found.append(f"cell {number} holds an error, {output.ename}: {short(output.evalue)}")
    if runs != list(range(1, len(runs) + 1)):
        found.append("the notebook was not run once from top to bottom")
    return found


def check(pair: Pair) -> list[str]:
    """Return one sentence, beginning with the pair's name, for each difference and each fault."""
    try:
        found = differences(pair.notebook, pair.text)
        found += faults(pair.notebook) if pair.notebook.exists() else []
        if pair.text.exists() and read(pair.text) != without_version(read(pair.text)):
            found.append("the text's header names a version of jupytext")
    except PairProblem as problem:
        found = str(problem).splitlines()
    return [f"{pair.name}: {sentence}" for sentence in found]


def regenerate(pair: Pair, source: Side | None = None) -> bool:
    """Make a notebook anew, its cells from its text and its outputs by running them; return whether a file changed.

    With the source "notebook" its text is made first, from its cells. Without a source one of the two has to be
    missing, or both have to agree: an edit is never reverted unasked. Raises PairProblem, with both files untouched, if
    they do not agree, a file cannot be read or a cell fails.
    """
    source = source or _harmless_source(pair)
    from_notebook = source == "notebook"
    text = as_text(read_notebook(pair.notebook)) if from_notebook else without_version(read(pair.text))
    node = parsed(text, pair.text)
    tidy(node)
    asyncio.run(_execute(node, pair.notebook.parent))
    tidy(node)
    changed = [write(pair.text, text), write(pair.notebook, nbformat.writes(node, version=4) + "\n")]
    return any(changed)


def _harmless_source(pair: Pair) -> Side:
    """Return the side from which a pair can be made anew without a loss."""
    if not pair.notebook.exists():
        return "text"
    if not pair.text.exists():
        return "notebook"
    found = differences(pair.notebook, pair.text)
    if found:
        raise PairProblem("\n".join([*found, "nothing was changed: say --from text or --from notebook"]))
    return "text"


async def _execute(node: NotebookNode, folder: Path) -> None:
    """Run a notebook's cells in order, in a fresh kernel of this very Python, with the folder as its own."""
    client = NotebookClient(
        node,
        kernel_name="python3",
        timeout=CELL_SECONDS,
        record_timing=False,
        extra_arguments=["--log-level=ERROR"],  # or each kernel warns that it talks over TCP
        resources={"metadata": {"path": str(folder)}},
    )
    manager = client.create_kernel_manager()
    manager.kernel_spec_manager.kernel_dirs = []  # a kernel python3 of the user's would come before our own
    # Not client.execute(): it takes Ctrl-C for itself and raises a dead kernel's error.
    number = 0
    try:
        await client.async_start_new_kernel()
        await client.async_start_new_kernel_client()
        for number, cell in enumerate(node.cells, 1):
            await client.async_execute_cell(cell, number - 1)
    except CellExecutionError as error:
        trace = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback)
        raise PairProblem(f"cell {number} raised {error.ename}: {error.evalue}\n{trace}") from None
    except (CellControlSignal, RuntimeError) as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # a Ctrl-C, which nbclient takes for the death of the kernel
            raise asyncio.CancelledError from None
        at = f"cell {number} did not end" if number else "the kernel did not start"
        raise PairProblem(f"{at} ({type(error).__name__}: {short(str(error))})") from None
    finally:
        if client.kc is not None:
            client.kc.stop_channels()
        if manager.has_kernel:
            await ensure_async(manager.shutdown_kernel(now=True))


def _cells(node: NotebookNode) -> list[Cell]:
    """Return the cells of a notebook as they come back from its text."""
    back = jupytext.reads(as_text(node), fmt="md:myst")
    return [Cell(cell.cell_type, cell.source, tuple(sorted(cell.metadata.get("tags", [])))) for cell in back.cells]


def _cell_differences(notebook: list[Cell], text: list[Cell]) -> list[str]:
    """Return one sentence for each cell that differs or is in one list only."""
    found = []
    for kind, i, i_end, j, j_end in difflib.SequenceMatcher(None, notebook, text, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        if i_end - i == j_end - j:
            changed = zip(range(i, i_end), range(j, j_end), strict=True)
            found += [f"cell {m + 1}: {_one_difference(notebook[m], text[n])}" for m, n in changed]
            continue
        found += [f"cell {n + 1} of the notebook, {_show(notebook[n])}, is not in the text" for n in range(i, i_end)]
        found += [f"cell {n + 1} of the text, {_show(text[n])}, is not in the notebook" for n in range(j, j_end)]
    return found


def _one_difference(notebook: Cell, text: Cell) -> str:
    if notebook.kind != text.kind:
        return f"the notebook has {_show(notebook)}, the text {_show(text)}"
    if notebook.source != text.source:
        lines, others = notebook.source.split("\n"), text.source.split("\n")
        longer = max(len(lines), len(others))
        lines, others = ([*some, *["(nothing more)"] * (longer - len(some))] for some in (lines, others))
        line, other = next((line, other) for line, other in zip(lines, others, strict=True) if line != other)
        return f"the notebook has `{short(line)}`, the text `{short(other)}`"
    return f"the notebook has the tags {list(notebook.tags)}, the text {list(text.tags)}"


def _show(cell: Cell) -> str:
    return f"{cell.kind} `{short(cell.source)}`"


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python mmlab notebooks",
        description="Make the notebooks anew: cells from their texts (notebooks/text), outputs by running them.",
        epilog="Where notebook and text differ, the cells are named and nothing is changed, unless --from decides.",
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="02_topic or a file of that pair (default: all)")
    parser.add_argument("--check", action="store_true", help="only compare, and look for what is not to be committed")
    parser.add_argument("--from", dest="source", choices=["text", "notebook"], help="the side that is right")
    asked = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if asked.check and asked.source:
        parser.error("--check changes nothing, so --from has no meaning with it")
    folder = Path("notebooks")
    pairs = find_pairs(folder)
    if not pairs:
        parser.error(f"no notebook like 02_topic.ipynb is in {folder.absolute()}: start this at the checkout's root")
    chosen = [pair for pair in pairs if not asked.names or any(_is_named(pair, name) for name in asked.names)]
    unknown = [name for name in asked.names if not any(_is_named(pair, name) for pair in pairs)]
    if unknown:
        parser.error(f"no such notebook: {', '.join(unknown)} (there are {', '.join(pair.name for pair in pairs)})")
    return _check_all(chosen) if asked.check else _regenerate_all(chosen, asked.source)


def _is_named(pair: Pair, name: str) -> bool:
    return name == pair.name or Path(name).absolute() in (pair.notebook.absolute(), pair.text.absolute())


def _check_all(pairs: list[Pair]) -> int:
    found = [sentence for pair in pairs for sentence in check(pair)]
    print("\n".join(found) if found else f"{len(pairs)} notebooks agree with their texts.")
    return 1 if found else 0


def _regenerate_all(pairs: list[Pair], source: Side | None) -> int:
    failed = 0
    for pair in pairs:
        start = time.perf_counter()
        print(f"{pair.name:<40}", end=" ", flush=True)
        try:
            changed = regenerate(pair, source)
        except PairProblem as problem:
            failed += 1
            print("left as it was:", *str(problem).splitlines(), sep="\n    ")
        except KeyboardInterrupt:
            print("stopped, and left as it was")
            return 130
        else:
            print(f"{time.perf_counter() - start:6.1f} s  {'written' if changed else 'as it was'}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "Proactor event loop", RuntimeWarning)  # zmq's, on Windows, and harmless
    sys.exit(main())
