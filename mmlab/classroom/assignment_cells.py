"""The cells of an assignment: what is asked, the stub, the numbers that are a student's own, the check."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import nbformat

from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.problems import Sheet, sheet_of
from mmlab.teach.exercises import EXERCISES, Exercise
from mmlab.teach.variants import NUMBERS, OWN, SEEDS, Numbers, own

WHOSE = "term = {term!r}\nstudent = {student}"
HOW = """\
# {title}

From mmlab (CC BY 4.0); (1), (2), … are formulas of chapter {chapter}. Write your answers where the dots are. {says}
"""
WHO = "Your id, as it stands in the class's list: your own numbers hang on it."
WHERE = f" They are in `{NUMBERS}`, which came with this notebook and has to stay beside it."
ASKS_OWN = """\
**With your own numbers.** Give {what} at these numbers, which are yours alone. Five digits are enough."""


def plain(chapter: str, term: str, student: str = "") -> Any:
    """The notebook of an assignment that `mmlab class grade` grades; a student's id and numbers filled in, if given."""
    sheet, _ = sheet_of(chapter), exercises_of(chapter)
    says = "Each `check` says what is wrong. Save, and hand this file in under your id."
    whose = as_code(WHOSE.format(student=repr(student) if student else "...", term=term))
    cells = [*head(sheet, chapter, says), as_markdown(WHO if student else WHO + WHERE), whose]
    for problem in sheet.problems:
        cells += [as_markdown(problem.prompt), *map(as_code, problem.given)]
        cells.append(as_code(f'{problem.stub}\n\n\ncheck("{problem.id}", {problem.name})'))
        cells += own_cells(problem.id, student, term)
    return as_notebook(cells)


def head(sheet: Sheet, chapter: str, says: str) -> list[Any]:
    """What an assignment begins with."""
    title = f"Assignment {sheet.title}"
    imports = "from mmlab.teach import check, hint, variant\n"
    setup = "\n".join(part for part in (imports, sheet.setup, sheet.given) if part)
    return [as_markdown(HOW.format(title=title, chapter=chapter, says=says)), as_code(setup)]


def own_cells(id: str, student: str, term: str) -> list[Any]:
    """The question at a student's own numbers, if the exercise has one: what is asked, the numbers, the check."""
    exercise = EXERCISES[id]
    if exercise.variant is None:
        return []
    cells = [as_markdown(ASKS_OWN.format(what=what_of(exercise)))]
    if not student:
        cells.append(as_code(f'variant("{id}", student, term)'))
    else:
        cells.append(as_markdown(Numbers(own(exercise, student, term).numbers)._repr_markdown_()))
    return [*cells, as_code(f'{own_name(id)} = ...\n\ncheck("{id}", {own_name(id)}, student=student, term=term)')]


def what_of(exercise: Exercise) -> str:
    """What is asked at own numbers, in words."""
    return exercise.variant(0).answer.rpartition(" at ")[0] if exercise.variant else ""


def own_name(id: str) -> str:
    """What the answer at own numbers is called."""
    return f"{id}{OWN}".replace("-", "_")


def as_markdown(text: str) -> Any:
    """A cell of text."""
    return nbformat.v4.new_markdown_cell(text)


def as_code(text: str) -> Any:
    """A cell of code."""
    return nbformat.v4.new_code_cell(text)


def as_notebook(cells: Sequence[Any]) -> Any:
    """A notebook of cells, numbered so that the same assignment is the same file."""
    for n, cell in enumerate(cells):
        cell["id"] = f"cell-{n}"
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": kernel})


def numbers_table(chapter: str) -> str:
    """The numbers of all students, as JSON: by exercise their names, and a list by `seed_of`."""
    found = {}
    for exercise in exercises_of(chapter):
        if exercise.variant is not None:
            drawn = [exercise.variant(seed).numbers for seed in range(SEEDS)]
            found[exercise.id] = {"names": [*drawn[0]], "numbers": [[*one.values()] for one in drawn]}
    return json.dumps(found, separators=(",", ":"))
