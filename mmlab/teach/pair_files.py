"""The files of a pair: read, made tidy, turned into each other, and written whole or not at all.

Which cells two files share, and how cells are run, is not known here: see `pairs`.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections import Counter
from pathlib import Path

import jupytext
import nbformat
import yaml
from jupytext.myst import MystMetadataParsingError
from nbformat import NotebookNode

from mmlab.files import FileError, write_whole

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

# All the metadata of a notebook: a kernel's name and version would change with the machine.
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}

# What front ends note in cells and no reader misses.
NOISE = {"ExecuteTime", "collapsed", "editable", "execution", "scrolled", "slideshow", "trusted", "vscode"}


class PairProblem(Exception):
    """Why a pair was left as it is, in sentences, one a line."""


def read(path: Path) -> str:
    """Return what a file holds, or say why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise PairProblem(f"{path.name} cannot be read ({error.strerror})") from None


def read_notebook(path: Path) -> NotebookNode:
    """Return a notebook, or say why the file is none."""
    try:
        node: NotebookNode = nbformat.reads(read(path), as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, AttributeError) as error:
        raise PairProblem(f"{path.name} is not a notebook, or a conflicted one ({short(str(error))})") from None
    return node


def parsed(text: str, path: Path) -> NotebookNode:
    """Return the notebook of a MyST text; `path` is for the sentence that says why there is none."""
    try:
        node: NotebookNode = jupytext.reads(text, fmt="md:myst")
    except (MystMetadataParsingError, yaml.YAMLError) as error:
        raise PairProblem(f"{path.name} is not MyST text that jupytext can read ({short(str(error))})") from None
    return node


def as_text(node: NotebookNode) -> str:
    """Return the MyST text of a notebook, the same from every version of jupytext."""
    node = copy.deepcopy(node)
    tidy(node)
    return without_version(jupytext.writes(node, fmt="md:myst"))


def without_version(text: str) -> str:
    """Return a text whose header does not name the version of jupytext: another one would change every file."""
    header = re.match(r"---\n.*?\n---\n", text, re.DOTALL)
    if header is None:
        return text
    return re.sub(r"\n *jupytext_version:[^\n]*", "", header[0]) + text[header.end() :]


def write(path: Path, content: str) -> bool:
    """Write a file whole or not at all; return whether that changed it."""
    if path.exists() and path.read_bytes() == content.encode():
        return False
    path.parent.mkdir(exist_ok=True)
    try:
        write_whole("The pair", {path: [content]})
    except FileError as error:
        raise PairProblem(str(error)) from None
    return True


def tidy(node: NotebookNode) -> None:
    """Take out of a notebook what is of one run, one front end or one machine, and give its cells lasting ids."""
    node.metadata = nbformat.from_dict(METADATA)
    node.nbformat, node.nbformat_minor = 4, 5
    seen: Counter[str] = Counter()
    for cell in node.cells:
        kept = {key: value for key, value in cell.metadata.items() if key not in NOISE and value not in ([], {})}
        cell.metadata = nbformat.from_dict(dict(sorted(kept.items())))
        if cell.cell_type == "code":
            cell.outputs = _tidy_outputs(cell.outputs)
        # Of the content and not of the position, so that a new cell does not rename those after it.
        name = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]
        seen[name] += 1
        cell.id = name if seen[name] == 1 else f"{name}-{seen[name]}"


def _tidy_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Return outputs without widget views and the HTML twins of pictures, and what one stream said in one piece."""
    kept: list[NotebookNode] = []
    for output in outputs:
        if "data" in output:
            output.data.pop(WIDGET_VIEW, None)
            if "image/png" in output.data:  # its twin holds the same picture once more
                output.data.pop("text/html", None)
            if not output.data:
                continue
        if output.output_type == "stream" and kept and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


def short(source: str) -> str:
    """Return the first line, or the beginning of it: enough for a sentence."""
    first = source.strip().split("\n")[0]
    return first if len(first) <= 60 else first[:57] + "..."
