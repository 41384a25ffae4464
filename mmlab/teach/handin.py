"""hand_in: what a reader has done in a notebook, as one file that a grader runs again. Nothing is sent anywhere."""

import json
import re
import sys
import unicodedata
from datetime import datetime
from pathlib import Path

from IPython import get_ipython

from mmlab.files import named, write_whole
from mmlab.parameters import ParameterError
from mmlab.teach.exercises import checked_in, hints_given, verdicts
from mmlab.teach.needed_cells import needed_cells
from mmlab.teach.predict import first_guess_times, predictions
from mmlab.teach.texts import CHAPTER_OF
from mmlab.teach.variants import OWN

WHAT = (
    "What you did in one chapter, for whoever teaches it. It holds what you see here and nothing else: the name that "
    "you gave, what each check said, how often you checked and took a hint, your first guesses, and the cells that "
    "your answers need. It was written where your notebook runs, and nothing has sent it anywhere: nobody has it until "
    "you hand it in."
)


def hand_in(student: str = "", file: str | Path | None = None) -> Path:
    """Write down what was done in this notebook, as one file to hand in; nothing is sent, and nothing else collected.

    Parameters
    ----------
    student : str
        What your teacher knows you by.
    file : path, optional
        Where to; else hand-in_CHAPTER_STUDENT.json beside the notebook.

    Returns
    -------
    Path
        Of the file, plain JSON that you can read.

    Raises
    ------
    ParameterError
        If the name is none, this is no notebook, or nothing was checked or predicted in it yet.
    """
    if not isinstance(student, str) or not student.strip() or len(student) > 100 or not student.isprintable():
        raise ParameterError(f"student is a name of 1 to 100 letters on one line; got {str(student)[:40]!r}.")
    ran = get_ipython().user_ns["In"] if get_ipython() else []
    checked, guesses, hints = checked_in(), predictions(), hints_given()
    if not ran or not (checked or guesses):
        raise ParameterError("There is nothing to hand in: no check and no prediction was made in this notebook yet.")
    name, times = unicodedata.normalize("NFC", student.strip()), first_guess_times()
    chapter = CHAPTER_OF.get([*guesses, *checked][-1].removesuffix(OWN), "")
    content = {
        "what": WHAT,
        "student": name,
        "chapter": chapter,
        "mmlab": sys.modules["mmlab"].__version__,
        "written": datetime.now().astimezone().isoformat(timespec="seconds"),
        "verdicts": {id: {"status": one.status, "sentence": one.message} for id, one in verdicts().items()},
        "attempts": {id: len(cells) for id, cells in checked.items()},
        "hints": hints,
        "first_guesses": {id: {"guess": each[0], "at": times[id]} for id, each in guesses.items()},
        "cells": [ran[n].splitlines() for n in needed_cells(ran, [cells[-1] for cells in checked.values()])],
    }
    plain = re.sub(r"[^\w.-]+", "_", name)
    path = named(file or f"hand-in_{chapter}_{plain}.json")
    write_whole("The hand-in file", {path: [json.dumps(content, ensure_ascii=False, indent=1), "\n"]})
    return path
