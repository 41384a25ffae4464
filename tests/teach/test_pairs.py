"""A notebook and its text: compared by content, made anew without losing an edit, fit to be committed."""

import functools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from mmlab.files import FileError
from mmlab.teach import pairs
from mmlab.teach.pairs import Pair, check, differences, faults, find_pairs, main, regenerate

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

TEXT = """\
---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
    format_version: 0.13
kernelspec:
  display_name: Python 3 (ipykernel)
  language: python
  name: python3
---

# The spread, 2δ

```{code-cell}
:tags: [nbval-check-output]

print("half of it:")
print(0.5)
```

+++ {"tags": ["question"]}

What is it in ticks?

```{code-cell}
from pathlib import Path

Path.cwd().name
```

```{code-cell}
from IPython.display import display

view = {"model_id": "0", "version_major": 2, "version_minor": 0}
display({"application/vnd.jupyter.widget-view+json": view}, raw=True)
display(
    {"application/vnd.jupyter.widget-view+json": view, "text/plain": "a picture"},
    metadata={"text/plain": {"alt": "two lines that cross"}},
    raw=True,
)
display(
    {"image/png": "iVBO", "text/html": "<img src='data:image/png;base64,iVBO' alt='a line'>", "text/plain": "a line"},
    metadata={"image/png": {"alt": "a line"}},
    raw=True,
)
display({"text/html": "<b>no twin</b>", "text/plain": "no twin"}, raw=True)
```

```{code-cell}
```
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a pair that was really made from its text, once."""
    folder = tmp_path_factory.mktemp("made") / "notebooks"
    (folder / "text").mkdir(parents=True)
    (folder / "text" / "02_spread.md").write_text(TEXT, encoding="utf-8")
    (pair,) = find_pairs(folder)
    assert regenerate(pair)
    return folder


@pytest.fixture
def pair(made, tmp_path, monkeypatch):
    """A copy of that pair, to be spoilt; the current directory is a checkout's root."""
    shutil.copytree(made, tmp_path / "notebooks")
    monkeypatch.chdir(tmp_path)
    (pair,) = find_pairs(tmp_path / "notebooks")
    return pair


def edit(pair: Pair, before: str, after: str) -> None:
    """Edit the text, and make it the older file: as if nothing had happened since."""
    text = pair.text.read_text(encoding="utf-8")
    assert before in text
    pair.text.write_text(text.replace(before, after), encoding="utf-8")
    os.utime(pair.text, (0, 0))


def change(pair: Pair, how) -> None:
    """Change the notebook by a function of its node."""
    node = nbformat.read(pair.notebook, as_version=4)
    how(node)
    nbformat.write(node, pair.notebook)


def contents(pair: Pair) -> list[bytes]:
    return [path.read_bytes() for path in (pair.notebook, pair.text) if path.exists()]


@pytest.fixture
def no_kernel(monkeypatch):
    """Stand in for the kernel: cells are counted, not run."""

    def count(node, folder):
        cells = [cell for cell in node.cells if cell.cell_type == "code" and cell.source.strip()]
        for number, cell in enumerate(cells, 1):
            cell.execution_count = number

    monkeypatch.setattr(pairs, "execute", count)


# --- a notebook made from its text ------------------------------------------------------------------------------------


def test_a_notebook_made_from_its_text_agrees_with_it_and_is_fit_to_be_committed(pair):
    assert check(pair) == []


def test_its_cells_ran_in_order_in_its_own_folder(pair):
    code = [cell for cell in nbformat.read(pair.notebook, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2, 3, None]
    assert code[0].outputs[0].text == "half of it:\n0.5\n"
    assert code[1].outputs[0].data["text/plain"] == "'notebooks'"


def test_tags_survive(pair):
    cells = nbformat.read(pair.notebook, as_version=4).cells
    assert [cell.metadata.get("tags") for cell in cells[:3]] == [None, ["nbval-check-output"], ["question"]]


def test_widget_views_are_gone_and_what_stands_in_for_them_keeps_its_metadata(pair):
    outputs = nbformat.read(pair.notebook, as_version=4).cells[4].outputs
    assert outputs[0].data == {"text/plain": "a picture"}
    assert outputs[0].metadata == {"text/plain": {"alt": "two lines that cross"}}


def test_the_html_twin_of_a_picture_is_gone_and_its_words_stay_in_its_metadata(pair):
    _, picture, other = nbformat.read(pair.notebook, as_version=4).cells[4].outputs
    assert picture.data == {"image/png": "iVBO", "text/plain": "a line"}
    assert picture.metadata == {"image/png": {"alt": "a line"}}
    assert other.data == {"text/html": "<b>no twin</b>", "text/plain": "no twin"}


def test_the_notebook_names_no_version(pair):
    node = nbformat.read(pair.notebook, as_version=4)
    assert node.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nbformat.validate(node)


def test_made_again_it_is_the_same_to_the_byte(pair):
    before = contents(pair)
    assert not regenerate(pair)
    assert contents(pair) == before


def test_a_new_cell_leaves_the_names_of_the_others(pair, no_kernel):
    def names():
        return [cell.id for cell in nbformat.read(pair.notebook, as_version=4).cells]

    before = names()
    edit(pair, "# The spread, 2δ\n", "# The spread, 2δ\n\n+++\n\nIt is earned twice.\n")
    regenerate(pair, "text")
    after = names()
    assert after[:1] + after[2:] == before
    assert len(set(after)) == len(after)


# --- differences ------------------------------------------------------------------------------------------------------


def test_a_changed_cell_is_shown_with_its_line_whatever_the_times_say(pair):
    edit(pair, "print(0.5)", "print(0.25)")
    (difference,) = differences(pair.notebook, pair.text)
    assert difference.startswith("their cells differ:\n--- text\n+++ notebook\n@@ -16,7 +16,7 @@")
    assert '\n print("half of it:")\n-print(0.25)\n+print(0.5)\n' in difference


def test_times_alone_are_no_difference(pair):
    for path in (pair.notebook, pair.text):
        os.utime(path, (0, 0))
        assert differences(pair.notebook, pair.text) == []


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("print(0.5)\n", "print(0.5)\nprint(1)\n", ["-print(1)"]),
        ("[nbval-check-output]", "[nbval-skip]", ["-:tags: [nbval-skip]", "+:tags: [nbval-check-output]"]),
        ('+++ {"tags": ["question"]}', "+++", ['++++ {"tags": ["question"]}']),
        ("```{code-cell}\n```\n", "+++\n\nText.\n", ["-Text.", "+```{code-cell}", "+```"]),
        ("2δ\n", "2δ\n\n+++\n\nNew.\n", ["-+++", "-New."]),
        ("# The spread, 2δ\n", "", ["+# The spread, 2δ"]),
    ],
)
def test_each_kind_of_difference_shows_its_lines(pair, before, after, lines):
    edit(pair, before, after)
    (difference,) = differences(pair.notebook, pair.text)
    _, *diff = difference.splitlines()
    assert [line.rstrip() for line in diff[3:] if line[0] in "+-" and line[1:].strip()] == lines


def test_each_place_that_differs_is_shown(pair):
    edit(pair, "# The spread, 2δ", "# The spread\n\n+++\n\nNew.")
    edit(pair, "Path.cwd().name", "Path.cwd()")
    (difference,) = differences(pair.notebook, pair.text)
    assert difference.count("\n@@ ") == 2
    assert "\n-New.\n" in difference
    assert "\n-Path.cwd()\n+Path.cwd().name\n" in difference


def test_what_a_text_cannot_hold_is_no_difference(pair):
    change(pair, lambda node: node.cells[0].update(source=node.cells[0].source + "\n\n"))
    edit(pair, "\nprint(0.5)", "\nprint(0.5)\n")
    assert differences(pair.notebook, pair.text) == []


def test_line_ends_of_windows_are_no_difference(pair):
    for path in (pair.notebook, pair.text):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert check(pair) == []


@pytest.mark.parametrize("gone", ["notebook", "text"])
def test_a_missing_twin_is_a_difference(pair, gone):
    path = getattr(pair, gone)
    path.unlink()
    assert check(pair) == [f"02_spread: {path.name} is missing"]


# --- making anew never loses an edit ----------------------------------------------------------------------------------


def test_two_that_differ_are_left_alone_and_the_lines_shown(pair, capsys):
    edit(pair, "print(0.5)", "print(0.25)")
    before = contents(pair)
    assert main([]) == 1
    report = capsys.readouterr().out
    assert "-print(0.25)" in report
    assert "--from text or --from notebook" in report
    assert contents(pair) == before


def test_the_text_wins_if_told_so(pair, no_kernel):
    edit(pair, "print(0.5)", "print(0.25)")
    assert main(["--from", "text"]) == 0
    assert "print(0.25)" in pair.notebook.read_text(encoding="utf-8")
    assert check(pair) == []


def test_the_notebook_wins_if_told_so(pair, no_kernel):
    change(pair, lambda node: node.cells[1].update(source="print(0.25)"))
    assert main(["--from", "notebook", "notebooks/text/02_spread.md"]) == 0
    assert "print(0.25)" in pair.text.read_text(encoding="utf-8")
    assert check(pair) == []


def test_a_notebook_without_a_text_gets_one(pair, no_kernel):
    pair.text.unlink()
    assert main([]) == 0
    assert jupytext.read(pair.text).cells[1].metadata == {"tags": ["nbval-check-output"]}
    assert check(pair) == []


def test_what_front_ends_note_in_cells_does_not_reach_the_text(pair, no_kernel):
    noise = {"editable": True, "slideshow": {"slide_type": ""}, "trusted": True, "execution": {"iopub.status.busy": ""}}
    change(pair, lambda node: [cell.metadata.update(noise) for cell in node.cells])
    before = pair.text.read_text(encoding="utf-8")
    regenerate(pair, "notebook")
    assert pair.text.read_text(encoding="utf-8").split() == before.split()


def test_the_version_of_jupytext_is_taken_out_of_a_header_and_nothing_else(pair, no_kernel):
    mentioned = "    format_version: 0.13\n    jupytext_version: 1.16.7\n"
    edit(pair, "    format_version: 0.13\n", mentioned)
    edit(pair, "What is it", "    jupytext_version: is a line of this cell.\n\nWhat is it")
    assert "02_spread: the text's header names a version of jupytext" in check(pair)
    before = pair.text.read_text(encoding="utf-8")
    regenerate(pair, "text")
    assert pair.text.read_text(encoding="utf-8") == before.replace(mentioned, "    format_version: 0.13\n")


def test_a_cell_that_fails_is_named_and_both_files_are_left(pair, capsys):
    edit(pair, 'print("half of it:")\n', "0.5 / 0\n")
    before = contents(pair)
    assert main(["--from", "text", "02_spread"]) == 1
    report = capsys.readouterr().out
    assert "cell 2 failed" in report
    assert "ZeroDivisionError: float division by zero" in report
    assert contents(pair) == before
    assert sorted(path.name for path in pair.notebook.parent.iterdir()) == ["02_spread.ipynb", "text"]


def test_ctrl_c_leaves_both_files_and_says_so(pair):
    edit(pair, "print(0.5)", "import os, signal, time\n\nos.kill(os.getppid(), signal.SIGINT)\ntime.sleep(600)")
    before = contents(pair)
    command = [sys.executable, "-m", "mmlab.teach.pairs", "--from", "text"]
    heard = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # which a shell's background jobs ignore
    stopped = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, preexec_fn=heard)
    assert (stopped.returncode, stopped.stderr) == (130, "")
    assert " ".join(stopped.stdout.split()) == "02_spread stopped, and left as it was"
    assert contents(pair) == before


def test_a_kernel_that_dies_is_said_to_have_and_both_files_are_left(pair, capsys):
    edit(pair, "print(0.5)", "import os\n\nos._exit(1)")
    before = contents(pair)
    assert main(["--from", "text"]) == 1
    assert "cell 2 failed: Kernel died" in capsys.readouterr().out
    assert contents(pair) == before


def test_a_file_that_cannot_be_written_is_named_and_both_are_left(pair, no_kernel, monkeypatch, capsys):
    edit(pair, "print(0.5)", "print(0.25)")
    before = contents(pair)

    def full(file):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    assert main(["--from", "text"]) == 1
    assert "02_spread.ipynb: No space left on device" in capsys.readouterr().out
    assert contents(pair) == before


# --- what is not to be committed --------------------------------------------------------------------------------------

MORE_METADATA = "the notebook's metadata holds another kernel, or more than a kernel (saved widget state, say)"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda node: node.metadata.update(widgets={}), MORE_METADATA),
        (lambda node: node.metadata.kernelspec.update(name="my-kernel"), MORE_METADATA),
        (
            lambda node: node.cells[4].outputs[0].data.update({pairs.WIDGET_VIEW: {}}),
            "cell 5 holds a widget view, which without its kernel shows as an error",
        ),
        (
            lambda node: node.cells[4].outputs[1].data.update({"text/html": "<img>"}),
            "cell 5 holds a plot twice, as PNG and as HTML",
        ),
        (
            lambda node: node.cells[1].outputs.append(nbformat.v4.new_output("error", ename="E", evalue="no")),
            "cell 2 holds an error, E: no",
        ),
        (
            lambda node: node.cells[0].update(attachments={"a.png": {"image/png": ""}}),
            "cell 1 holds an attached file, which its text cannot",
        ),
        (lambda node: node.cells[1].update(execution_count=7), "the notebook was not run once from top to bottom"),
        (lambda node: node.cells[1].update(execution_count=None), "the notebook was not run once from top to bottom"),
        (
            lambda node: node.cells[1].outputs[0].update(text="0" * 1_100_000),
            "the notebook has 1.1 MB; 1 MB is the most",
        ),
    ],
)
def test_each_fault_has_its_sentence(pair, spoil, sentence):
    change(pair, spoil)
    assert faults(pair.notebook) == [sentence]
    assert differences(pair.notebook, pair.text) == []


def test_a_conflicted_notebook_is_said_to_be_one(pair):
    pair.notebook.write_text("<<<<<<< HEAD\n{}\n", encoding="utf-8")
    (sentence,) = check(pair)
    assert "02_spread.ipynb is not a notebook, or a conflicted one" in sentence
    with pytest.raises(FileError, match="conflicted"):
        regenerate(pair)


def test_a_text_that_cannot_be_read_is_said_to_be_one(pair):
    edit(pair, ":tags: [nbval-check-output]", ":tags: [nbval-check-output")
    (sentence,) = check(pair)
    assert "02_spread.md is not MyST text that jupytext can read" in sentence


# --- the command ------------------------------------------------------------------------------------------------------


def test_check_says_what_differs_and_changes_nothing(pair, capsys):
    assert main(["--check"]) == 0
    edit(pair, "print(0.5)", "print(0.25)")
    before = contents(pair)
    assert main(["--check"]) == 1
    assert "02_spread: their cells differ:\n--- text" in capsys.readouterr().out
    assert contents(pair) == before


@pytest.mark.parametrize("arguments", [["03_nothing"], ["--check", "--from", "text"], ["--from", "memory"]])
def test_what_it_does_not_understand_it_does_not_do(pair, arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert "usage" in capsys.readouterr().err


def test_solutions_are_pairs_and_a_readers_own_notebooks_are_not(pair):
    folder = pair.notebook.parent
    (folder / "solutions").mkdir()
    for name in ("solutions/02_spread.ipynb", "Untitled.ipynb", "02_spread-Copy1.ipynb", "text/README.md"):
        (folder / name).touch()
    assert [found.name for found in find_pairs(folder)] == ["02_spread", "solutions/02_spread"]


@pytest.mark.parametrize("pair_of_ours", find_pairs(NOTEBOOKS), ids=lambda pair: pair.name)
def test_the_notebooks_of_this_repository_agree_with_their_texts(pair_of_ours):
    assert check(pair_of_ours) == []
