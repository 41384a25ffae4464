"""The paired notebooks: NN_topic.ipynb, executed, which is read, and text/NN_topic.md, which is reviewed.

jupytext reads and writes them, nbclient runs them. Here: where two differ, what is not to be committed, how one is made
anew. Content decides, never a file's time, which a checkout does not keep: so there is no live pairing.
"""

import argparse
import hashlib
import re
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import jupytext
import nbformat
from jupytext.compare import compare
from jupytext.config import JupytextConfiguration
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal

from mmlab.files import FileError, read_text, write_whole

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
"""All the metadata of a notebook: a kernel's name and version would change with the machine."""
FILTER = JupytextConfiguration(
    cell_metadata_filter="-editable,-slideshow,-vscode",
    notebook_metadata_filter="-jupytext.text_representation.jupytext_version",
)
"""Leaves out what front ends note in cells, and jupytext's version: another one would change every file."""
VERSION = re.compile(r"\A(---\n(?:(?!---\n).*\n)*?) *jupytext_version:.*\n")
"""A text's header up to a version of jupytext, and that."""


class Pair(NamedTuple):
    """A notebook and its text, at least one of which is there."""

    name: str
    notebook: Path
    text: Path


def find_pairs(folder: Path) -> list[Pair]:
    """Return a folder's pairs, then its solutions': what is named like 02_topic; one file without the other counts."""
    pairs = []
    for room, prefix in ((folder, ""), (folder / "solutions", "solutions/")):
        stems = {file.stem for pattern in ("*.ipynb", "text/*.md") for file in room.glob(pattern)}
        names = sorted(stem for stem in stems if re.fullmatch(r"[\dA]\d_\w+", stem))
        pairs += [Pair(prefix + name, room / f"{name}.ipynb", room / "text" / f"{name}.md") for name in names]
    return pairs


def read(path: Path) -> Any:
    """Return the notebook that either file of a pair holds, or say why it holds none."""
    content, is_text = read_text(path), path.suffix == ".md"
    try:
        return jupytext.reads(content, fmt="md:myst" if is_text else "ipynb", as_version=4)
    except Exception as error:  # jupytext's, nbformat's or yaml's
        kind = "MyST text that jupytext can read" if is_text else "a notebook, or a conflicted one"
        raise FileError(f"{path.name} is not {kind} ({error})") from None


def as_text(node: Any) -> str:
    """Return the MyST text of a notebook, the same from every version of jupytext."""
    return str(jupytext.writes(nbformat.from_dict({**node, "metadata": METADATA}), fmt="md:myst", config=FILTER))


def differences(notebook: Path, text: Path) -> list[str]:
    """Return what a notebook and its text hold differently, as a diff of texts, or which is missing; if they agree, [].

    Both are compared as they come back from a text, so what a text cannot hold (blank lines that end a cell) is none.
    """
    if missing := [f"{path.name} is missing" for path in (notebook, text) if not path.exists()]:
        return missing
    ours, others = (as_text(jupytext.reads(as_text(read(path)), fmt="md:myst")) for path in (notebook, text))
    diff = compare(ours, others, "notebook", "text", return_diff=True)
    return [f"their cells differ:\n{diff}"] if diff else []


def faults(notebook: Path) -> list[str]:
    """Return one sentence for each way in which a notebook is not fit to be committed."""
    node, megabytes, found = read(notebook), notebook.stat().st_size / 1e6, []
    if megabytes > 1:
        found.append(f"the notebook has {megabytes:.1f} MB; 1 MB is the most")
    if node.metadata != METADATA:
        found.append("the notebook's metadata holds another kernel, or more than a kernel (saved widget state, say)")
    runs = [cell.execution_count for cell in node.cells if cell.cell_type == "code" and cell.source.strip()]
    if runs != list(range(1, len(runs) + 1)):
        found.append("the notebook was not run once from top to bottom")
    for number, cell in enumerate(node.cells, 1):
        if cell.get("attachments"):
            found.append(f"cell {number} holds an attached file, which its text cannot")
        for output in cell.get("outputs", []):
            shown = output.get("data", {}).keys()
            if WIDGET_VIEW in shown:
                found.append(f"cell {number} holds a widget view, which without its kernel shows as an error")
            if {"image/png", "text/html"} <= shown:
                found.append(f"cell {number} holds a plot twice, as PNG and as HTML")
            if output.output_type == "error":
                found.append(f"cell {number} holds an error, {output.ename}: {output.evalue}")
    return found


def check(pair: Pair) -> list[str]:
    """Return one sentence, beginning with the pair's name, for each difference and each fault."""
    try:
        found = differences(pair.notebook, pair.text)
        found += faults(pair.notebook) if pair.notebook.exists() else []
        if pair.text.exists() and VERSION.match(read_text(pair.text)):
            found.append("the text's header names a version of jupytext")
    except FileError as problem:
        found = [str(problem)]
    return [f"{pair.name}: {sentence}" for sentence in found]


def regenerate(pair: Pair, source: str | None = None) -> bool:
    """Make a notebook anew, its cells from its text and its outputs by running them; return whether a file changed.

    With the source "notebook" its text is made first, from its cells. Without a source one of the two has to be
    missing, or both have to agree: an edit is never reverted unasked. Raises FileError, with both files untouched, if
    they do not agree, a file cannot be read or written, or a cell fails.
    """
    if source is None and all(file.exists() for file in pair[1:]) and (found := differences(*pair[1:])):
        raise FileError("\n".join([*found, "nothing was changed: say --from text or --from notebook"]))
    if source == "notebook" or not pair.text.exists():
        text = as_text(read(pair.notebook))
        node = jupytext.reads(text, fmt="md:myst")
    else:
        node = read(pair.text)
        text = VERSION.sub(r"\1", read_text(pair.text).replace("\r\n", "\n"))
    execute(node, pair.notebook.parent)
    tidy(node)
    made = {pair.text: text, pair.notebook: nbformat.writes(node, version=4) + "\n"}
    changed = {path: [new] for path, new in made.items() if not path.exists() or path.read_bytes() != new.encode()}
    pair.text.parent.mkdir(exist_ok=True)
    write_whole("The pair", changed)
    return bool(changed)


def execute(node: Any, folder: Path) -> None:
    """Run a notebook's cells in order, in a fresh kernel of this very Python, with the folder as its own."""
    client = NotebookClient(
        node,
        kernel_name="python3",
        timeout=600,
        record_timing=False,
        shutdown_kernel="immediate",
        extra_arguments=["--log-level=ERROR"],  # or each kernel warns that it talks over TCP
        resources={"metadata": {"path": str(folder)}},
    )
    client.create_kernel_manager().kernel_spec_manager.kernel_dirs = []  # the user may have another kernel python3
    number = 0
    try:
        with client.setup_kernel():  # not client.execute(), which takes a Ctrl-C for itself
            for number, cell in enumerate(node.cells, 1):
                client.execute_cell(cell, number - 1)
    except (CellControlSignal, RuntimeError) as error:
        where = f"cell {number} failed" if number else "the kernel did not start"
        raise FileError(re.sub(r"\x1b\[[0-9;]*m", "", f"{where}: {error}")) from None


def tidy(node: Any) -> None:
    """Make an executed notebook one that lasts: no widget views, no HTML twins of plots, ids of the content."""
    node.metadata = nbformat.from_dict(METADATA)
    alike: Counter[str] = Counter()
    for cell in node.cells:
        kept: list[Any] = []
        for output in cell.get("outputs", []):
            shown = output.get("data", {})
            shown.pop(WIDGET_VIEW, None)
            if "image/png" in shown:
                shown.pop("text/html", None)
            # Not nbclient's coalesce_streams: it would move what is written after a plot before it.
            if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
                kept[-1].text += output.text
            elif shown or "data" not in output:
                kept.append(output)
        if cell.cell_type == "code":
            cell.outputs = kept
        # Of the content and not of the position, so that a new cell does not rename those after it.
        name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        alike[name] += 1
        cell.id = name if alike[name] == 1 else f"{name}-{alike[name]}"


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line asks for and return the exit code."""
    purpose = "Make the notebooks anew: cells from their texts (notebooks/text), outputs by running them."
    parser = argparse.ArgumentParser("python mmlab notebooks", description=purpose)
    parser.add_argument("names", nargs="*", metavar="NAME", help="02_topic or a file of that pair (default: all)")
    either = parser.add_mutually_exclusive_group()
    either.add_argument("--check", action="store_true", help="only compare, and look for what is not to be committed")
    either.add_argument("--from", dest="source", choices=["text", "notebook"], help="the side that is right")
    asked = parser.parse_args(arguments)
    folder = Path("notebooks").absolute()
    pairs = find_pairs(folder)
    known = {str(key): pair for pair in pairs for key in pair}
    keys = [name if name in known else str(Path(name).absolute()) for name in asked.names]
    if not pairs or not known.keys() >= set(keys):
        parser.error(f"no such notebook in {folder}; there are: {', '.join(pair.name for pair in pairs) or 'none'}")
    chosen = [known[key] for key in keys] or pairs
    if asked.check:
        found = [sentence for pair in chosen for sentence in check(pair)]
        print("\n".join(found) if found else f"{len(chosen)} notebooks agree with their texts.")
        return 1 if found else 0
    code = 0
    for pair in chosen:
        print(f"{pair.name:<40}", end=" ", flush=True)
        try:
            print("written" if regenerate(pair, asked.source) else "as it was", flush=True)
        except FileError as problem:
            print("left as it was:", *str(problem).splitlines(), sep="\n    ", flush=True)
            code = 1
        except KeyboardInterrupt:
            print("stopped, and left as it was")
            return 130
    return code


if __name__ == "__main__":
    warnings.filterwarnings("ignore", "Proactor event loop", RuntimeWarning)  # zmq's, on Windows, and harmless
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main())
