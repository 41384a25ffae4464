"""What of a chapter stands on the slides of a lecture: by its form, and by the tags of its cells."""

from __future__ import annotations

import nbformat
import pytest

from mmlab.classroom.chapters import notebooks
from mmlab.classroom.lecture import lecture
from mmlab.classroom.piece import ROOM, Asked, in_lines
from mmlab.classroom.prose import blocks, sentences, spoken
from mmlab.classroom.section import collapsed

CHAPTERS = notebooks()
PICTURE = {"output_type": "display_data", "data": {"image/png": "iVBO"}, "metadata": {"image/png": {"alt": "a line"}}}


def markdown(source, *tags):
    return {"cell_type": "markdown", "metadata": {"tags": list(tags)}, "source": source}


def code(source, *outputs, tags=()):
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source, "outputs": list(outputs)}


def printed(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def ask(id):
    return Asked(f"What of {id}?", {"more": "a slip", "less": "why it is so"}, "less", "It is less.")


def shown(slide):
    return [(piece.kind, piece.source) for piece in slide.pieces if piece.kind not in ("picture", "question")]


def test_a_section_is_a_slide_with_its_claims_and_one_exhibit_and_its_prose_in_the_notes():
    prose = "It begins with a sentence that says little. **This is the claim of it all**, and it matters. A third one."
    (slide,) = lecture(
        [
            markdown(f"## A section\n\n{prose}"),
            code("print(1)", printed("1")),
            code("draw()", PICTURE),
            markdown("The line of the picture rises, as everybody sees at once. Nobody reads on."),
        ],
        ask,
    )
    assert (slide.heading, slide.starts) == ("A section", True)
    assert [piece.kind for piece in slide.pieces] == ["text", "text", "picture"]
    assert slide.pieces[0].source == "**This is the claim of it all**, and it matters."
    assert slide.pieces[1].source == "The line of the picture rises, as everybody sees at once."
    assert slide.pieces[2].alt == "a line"
    assert prose in slide.notes
    assert "Nobody reads on." in slide.notes


def test_a_prediction_has_its_answer_and_the_section_around_it_goes_on():
    first, question, rest = lecture(
        [
            markdown("## A section\n\n**Before it** there is a claim to be made."),
            code('predict("id", then=Explorer)'),
            markdown("**After it** there is one more claim to be made."),
        ],
        ask,
    )
    assert [one.heading for one in (first, question, rest)] == ["A section", "Predict", "A section"]
    assert question.pieces[0].source == ask("id")
    assert "- **more**: a slip" in question.notes
    assert [one.starts for one in (first, question, rest)] == [True, False, False]


def test_a_step_of_the_derivation_is_its_equations_with_what_leads_to_them():
    step = (
        "<details>\n<summary><b>Step 1. First</b></summary>\n\nMuch is said. *Take the root*:\n\n$$x = 1 \\tag{1}$$\n\n"
    )
    (slide,) = lecture([markdown(f"## The derivation\n\n{step}\n\nSo much for it.\n\n</details>")], ask)
    assert slide.heading == "Step 1. First"
    assert shown(slide) == [("text", "*Take the root*:"), ("equation", "$$x = 1 \\tag{1}$$")]
    assert "Much is said." in slide.notes


def test_exercises_are_named_at_the_end_and_nowhere_else():
    (slide,) = lecture(
        [
            markdown("## A section\n\n**Exercise 2. By hand.** Write it as a function."),
            code('def f(x): ...\n\n\ncheck("id", f)', printed("Not attempted")),
        ],
        ask,
    )
    assert slide.heading == "At home"
    assert shown(slide) == [("list", "2. By hand.")]


def test_tags_hold_against_the_rule():
    cells = [
        markdown("## First\n\n**A claim** that the rule takes for its slide."),
        code("print(1)", printed("one")),
        code("print(2)", printed("two"), tags=["subslide"]),
        code("print(3)", printed("three"), tags=["fragment"]),
        markdown("Said and not shown, with **bold words** that the rule would take.", "notes"),
        markdown("### Left out\n\n**Bold words** that a lecture has no time for.", "skip"),
        code("print(4)", printed("four")),
        markdown("## Second\n\nA sentence without anything bold. And another.", "slide"),
    ]
    first, below, second = lecture(cells, ask)
    assert shown(first)[-1] == ("printed", "one")
    assert [(one.source, one.is_fragment) for one in below.pieces] == [("two", False), ("three", True)]
    assert (below.heading, below.starts) == ("First", False)
    assert "Said and not shown" in below.notes
    assert shown(second) == [("text", "A sentence without anything bold. And another.")]
    everything = "".join(slide.notes for slide in (first, below, second))
    assert "no time for" not in everything
    assert second.starts


def test_what_is_optional_is_no_part_of_a_lecture():
    cells = [
        markdown(
            "## Fine *(optional)*\n\n**Bold** words.\n\n### Below it\n\n**More** of them.\n\n## On\n\n**Here** again."
        )
    ]
    assert [slide.heading for slide in lecture(cells, ask)] == ["On"]


def test_a_long_table_is_cut_and_says_so():
    rows = "\n".join(f"| {n} | {n**2} |" for n in range(90))
    table = {"output_type": "execute_result", "data": {"text/markdown": f"| n | square |\n| --- | --- |\n{rows}"}}
    slides = lecture([markdown("## Squares"), code("Table", table)], ask)
    shown_rows = sum(
        piece.source.count("\n") - 1 for slide in slides for piece in slide.pieces if piece.kind == "table"
    )
    assert slides[-1].pieces[-1].source == f"… and {90 - shown_rows} more in the notebook."


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_is_a_lecture_of_three_quarters_of_an_hour(chapter):
    slides = lecture(nbformat.read(CHAPTERS[chapter], as_version=4).cells, ask)
    assert 12 <= len(slides) <= 40
    headings = [slide.heading for slide in slides]
    assert headings[0].startswith(chapter)
    assert headings[-1] == "At home"
    assert "Summary" in headings
    for slide in slides:
        words = " ".join(str(piece.source) for piece in slide.pieces if piece.kind in ("text", "list"))
        assert len(words.split()) < 150, slide.heading
        assert "`check" not in words
        assert "Exercise " not in words
        assert not any(piece.kind == "picture" and not piece.alt for piece in slide.pieces)


def test_sentences_are_not_cut_in_a_formula_or_behind_an_abbreviation():
    text = "By eq. (2) it is $a. B$. Then (see Fig. One. Two) **this.** And `x. Y`? Yes."
    assert sentences(text) == ["By eq. (2) it is $a. B$.", "Then (see Fig. One. Two) **this.**", "And `x. Y`?", "Yes."]


def test_links_are_words_and_formulas_stay_what_they_are():
    text = r"See [chapter 03](03_x.ipynb) (exercise 2), $\big[q](1)$, and [a paper](https://doi.org/1)."
    assert spoken(text) == r"See chapter 03, $\big[q](1)$, and [a paper](https://doi.org/1)."


def test_a_block_of_code_is_one_block_whatever_is_in_it():
    found = list(blocks("Before.\n\n```python\na = 1\n\n## no heading\n```\n\n- one\n- two"))
    assert [(block.kind, block.text) for block in found] == [
        ("paragraph", "Before."),
        ("code", "a = 1\n\n## no heading"),
        ("list", "- one\n- two"),
    ]


def test_what_is_too_long_for_a_slide_is_shortened_in_sight():
    assert collapsed("\n".join(f"a{n} = {n}" for n in range(30))).endswith("…  # 22 more lines")
    long = r"$$a = \frac{" + "b + c + " * 9 + r"d}{e} + \underbrace{f + g}_{\text{" + "h " * 25 + r"}} \tag{3}$$"
    assert r"\\" in in_lines(long)
    assert in_lines(long).count(r"\tag{3}") == 1
    assert in_lines("$$a = b$$") == "$$ a = b  $$"


def test_a_list_of_bold_words_says_what_follows_them_as_far_as_its_slide_has_room():
    long = " ".join(["A sentence of a few words that goes on and on, as one does that tells a story"] * 3) + "."
    (slide,) = lecture([markdown(f"## What fails\n\n- **One thing.** {long}\n- **Another.** It is short.")], ask)
    assert long in slide.pieces[0].source
    (full,) = lecture([markdown("## What fails\n\n" + f"- **One.** {long}\n" * 7)], ask)
    assert 0 < full.pieces[0].source.count(long) < 7
    assert full.pieces[0].height <= ROOM
