"""The hand-in file: what is in it, and that its cells, run again alone, give what the notebook gave."""

from __future__ import annotations

import json
import os

import pytest

from mmlab import ParameterError
from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.edition import grading_edition
from mmlab.classroom.handed import Handed
from mmlab.classroom.scoring import graded
from mmlab.teach.handin import hand_in
from mmlab.teach.needed_cells import needed_cells

NOTEBOOK = [
    "",
    "import math\nimport numpy as np",
    "def f(x):\n    return x",
    "unrelated = 7",
    "rate = 2.0",
    "table = {}",
    "table['a'] = rate",
    "print(table)",
    "def f(x):\n    return helper(x) * math.exp(rate)",
    "def helper(x):\n    return x + table['a'] + sum(bonus)",
    "get_ipython().run_cell_magic('time', '', 'bonus = [1.0]\\n')",
    "bonus.append(2.0)",
    "rate = 3.0",
    "unrelated.bit_length()",
    "answer = f",
    "check('x', answer)",
    "def f(x):\n    return 0",
]


def test_the_cells_are_those_that_the_answer_needs_each_in_the_version_that_counted():
    assert needed_cells(NOTEBOOK, [15]) == [1, 4, 5, 6, 8, 9, 10, 11, 12, 14, 15]


def test_the_needed_cells_alone_give_what_all_of_them_give():
    class Shell:
        def run_cell_magic(self, name, line, body):
            exec(body, space)

    values = []
    for cells in (range(len(NOTEBOOK)), needed_cells(NOTEBOOK, [15])):
        space = {"get_ipython": Shell, "check": lambda id, answer: values.append(answer(1.0))}
        for n in cells:
            exec(NOTEBOOK[n], space)
    assert values[0] == values[1]


def test_a_cell_that_is_no_python_is_needed_by_nobody():
    assert needed_cells(["x = 1", "x = (", "check('a', x)"], [2]) == [0, 2]


@pytest.mark.parametrize("student", ["", "  ", "a\nb", 7, "x" * 101])
def test_a_name_that_is_none_is_refused(student):
    with pytest.raises(ParameterError, match="student is a name of 1 to 100 letters"):
        hand_in(student)


def test_outside_of_a_notebook_there_is_nothing_to_hand_in(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParameterError, match="nothing to hand in"):
        hand_in("Ann")
    assert not [*tmp_path.iterdir()]


CELLS = [
    "import numpy as np\nfrom mmlab.teach import check, hint, predict, hand_in\nimport mmbook.ch02",
    "def neutral_spread(k):\n    return 3 / k\n\ncheck('neutral-spread', neutral_spread)",
    "hint('neutral-spread')\nnothing = np.zeros(3)",
    "twice = 2",
    "def neutral_spread(k):\n    return twice / k\n\ncheck('neutral-spread', neutral_spread)",
    "predict('higher-gamma-earns-more').commit('more')",
    "print(hand_in('Žofie Nováková'))",
]


@pytest.fixture(scope="module")
def handed(tmp_path_factory):
    """The file that a notebook's kernel wrote."""
    import nbformat
    from nbclient import NotebookClient

    folder = tmp_path_factory.mktemp("notebook")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, resources={"metadata": {"path": str(folder)}}, kernel_name="python3").execute()
    (file,) = folder.iterdir()
    assert notebook.cells[-1].outputs[0].text == f"{file.name}\n"
    return file


def test_the_file_says_at_its_top_what_is_in_it_and_holds_no_more(handed):
    content = json.loads(handed.read_text(encoding="utf-8"))
    assert handed.name == "hand-in_02_Žofie_Nováková.json"
    assert next(iter(content)) == "what"
    assert "nobody has it until you hand it in" in content["what"]
    assert (content["student"], content["chapter"]) == ("Žofie Nováková", "02")
    assert content["verdicts"]["neutral-spread"]["status"] == "right"
    assert (content["attempts"], content["hints"]) == ({"neutral-spread": 2}, {"neutral-spread": 1})
    assert content["first_guesses"]["higher-gamma-earns-more"]["guess"] == "more"
    assert ["\n".join(lines) for lines in content["cells"]] == [CELLS[n].strip() for n in (0, 3, 4)]


@pytest.mark.skipif(os.name != "posix", reason="limits of processes are POSIX's")
def test_a_grader_that_runs_the_file_again_finds_what_the_notebook_found(handed, tmp_path):
    exercises = [one for one in exercises_of("02") if one.id == "neutral-spread"]
    own = graded(
        Handed("Žofie Nováková", handed, [], handed), exercises, grading_edition(tmp_path / "edition"), 1, "02"
    )
    assert [(one.score, one.attempts, one.hints) for one in own.grades] == [(1.0, 2, 1)]
    assert own.notes == []
    assert own.guesses == {"higher-gamma-earns-more": "more"}
