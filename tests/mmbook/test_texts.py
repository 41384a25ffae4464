"""What chapters say stands in their exercises.toml alone, and every formula hears of the usual slips by name."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import mmbook
import numpy as np
import pytest

from mmlab.teach import check
from mmlab.teach.checks import ROOT, TRANSFORMS, formula
from mmlab.teach.exercises import EXERCISES
from mmlab.teach.predict import QUESTIONS
from tests.mmbook.checking import CHAPTERS, CHECKS, REVEALS, WITH_TEXTS, texts_of

FORMULAS = [id for id, (_, one) in CHECKS.items() if isinstance(one, formula)]


def near(xs: list[Any], ys: list[Any]) -> bool:
    pairs = zip(xs, ys, strict=True)
    return all(y is None or (np.shape(x) == np.shape(y) and np.allclose(x, y, rtol=1e-6, atol=1e-9)) for x, y in pairs)


@pytest.mark.parametrize("id", FORMULAS)
def test_every_formula_names_the_slips_that_everybody_makes(id: str) -> None:
    one = CHECKS[id][1]
    right = [np.asarray(one.right(*case), float) for case in one.cases]
    mistaken = {text: [wrong(*case) for case in one.cases] for text, wrong in one.mistakes.items()}
    for slip in (*TRANSFORMS, "root"):
        assert_is_named(id, slip, right, mistaken)


def assert_is_named(id: str, slip: str, right: list[Any], mistaken: dict[str, list[Any]]) -> None:
    chapter, one = CHECKS[id]
    takes = EXERCISES[id].takes

    def slipped(*case: Any) -> Any:
        if slip != "root":
            return TRANSFORMS[slip][0](np.asarray(one.right(*case), float))
        return one.right(
            *(np.sqrt(x) if name in ("sigma", "volatility") else x for x, name in zip(case, takes, strict=True))
        )

    gave = [slipped(*case) for case in one.cases]
    if near(gave, right):
        return
    named = [text for text, wrong in mistaken.items() if near(gave, wrong)]
    own = texts_of(chapter).table["exercises"][id].get("wrong", {})
    says = own[named[0]] if named else own.get(slip) or (ROOT if slip == "root" else TRANSFORMS[slip][1])
    verdict = check(id, slipped if takes else gave[0])
    assert verdict.status == "not yet", slip
    assert max(re.split(r"\{[^}]*\}", says), key=len) in verdict.message, slip


def test_no_sentence_has_marks_of_markdown_which_nobody_sets() -> None:
    """Verdicts, hints and answers are shown as text; of Markdown only backticks are read."""
    texts = "".join(file.read_text("utf-8") for file in Path(mmbook.__file__).parent.glob("ch*/exercises.toml"))
    assert "[questions." in texts
    assert re.findall(r"(?<![\w*`)])\*[^\W\d][\w ]*\*(?![\w*(])", texts) == []
    assert re.findall(r".*[_^]\{.*", texts) == []  # nor of TeX


def test_every_chapters_texts_are_there() -> None:
    assert [chapter for chapter in CHAPTERS if chapter not in WITH_TEXTS and chapter.__name__ != "mmbook.ch00"] == []
    assert set(CHECKS) == set(EXERCISES)
    assert set(REVEALS) == set(QUESTIONS)
