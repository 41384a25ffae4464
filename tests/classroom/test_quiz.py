"""A chapter's quiz: that Moodle takes it, and that it tells right from wrong as the chapter does."""

from __future__ import annotations

import base64
import html
import os
import re
import xml.etree.ElementTree as Xml
from functools import cache
from pathlib import Path

import pytest

from mmlab import ParameterError
from mmlab.classroom.__main__ import main
from mmlab.classroom.chapters import notebooks, questions_of
from mmlab.classroom.items import predictions, short_questions
from mmlab.classroom.moodle import as_html, moodle_xml
from mmlab.classroom.quiz import quiz, quiz_items

EACH = sorted(notebooks()) if os.environ.get("MMLAB_CI") == "all" else ["00", "02", "A3"]


@pytest.fixture(scope="module", autouse=True)
def answered_once():
    """A chapter's predictions, whose answers are computed and drawn, are the same in each of its quizzes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mmlab.classroom.quiz.predictions", cache(lambda chapter: [*predictions(chapter)]))
        yield


@pytest.fixture(scope="module")
def schema():
    etree = pytest.importorskip("lxml.etree")
    return etree.RelaxNG(etree.parse(Path(__file__).with_name("moodle.rng")))


@pytest.fixture(scope="module")
def root():
    return Xml.fromstring(quiz("02", number=12, seed=3, partial=20).split("\n", 1)[1])


def of_type(root, kind):
    return [one for one in root.findall("question") if one.get("type") == kind]


def given(question, number):
    """What Moodle gives for a number: the first answer that is as near as its tolerance, in its order."""
    for answer in question.findall("answer"):
        text = answer.findtext("text")
        if text == "*" or abs(number - float(text)) <= float(answer.findtext("tolerance")):
            return int(answer.get("fraction")), answer.findtext("feedback/text")
    return 0, ""


@pytest.mark.parametrize("chapter", EACH)
def test_every_chapters_quiz_is_what_moodle_reads(schema, chapter):
    from lxml import etree

    document = etree.fromstring(quiz(chapter, number=24, seed=1, partial=25).encode())
    assert schema.validate(document), schema.error_log
    names = [one.text for one in document.iter("idnumber")]
    assert len(set(names)) == len(names)
    for one in document.iter("question"):
        answers = one.findall("answer")
        if one.get("type") in ("multichoice", "numerical", "truefalse"):
            assert [answer.get("fraction") for answer in answers].count("100") == 1


def test_the_schema_refuses_what_moodle_refuses(schema):
    from lxml import etree

    made = quiz("02", number=8)
    for old, new in (
        ('fraction="100"', 'fraction="37"'),
        ("<text>*</text>", "<text>many</text>"),
        ("<tolerance>", "<tolerance>-"),
        ('type="match"', 'type="matching"'),
        ('encoding="base64"', 'encoding="hex"'),
        ("<usecase>0</usecase>", ""),
    ):
        if old in made:
            assert not schema.validate(etree.fromstring(made.replace(old, new, 1).encode())), new


def test_every_prediction_is_a_question_with_one_right_choice_and_a_why_for_each(root):
    category, *questions = root.findall("question")
    assert category.findtext("category/text") == "$course$/mmlab/02"
    questions = of_type(root, "multichoice")
    assert [one.findtext("name/text") for one in questions] == [f"02 {one.id}" for one in questions_of("02")]
    for node, question in zip(questions, questions_of("02"), strict=True):
        answers = node.findall("answer")
        assert sorted(one.attrib["fraction"] for one in answers) == ["0"] * (len(answers) - 1) + ["100"]
        assert len(answers) == len(question.choices)
        assert all(one.findtext("feedback/text") for one in answers)
        feedback = node.find("generalfeedback")
        assert 'src="@@PLUGINFILE@@/answer.png"' in feedback.findtext("text")
        assert base64.b64decode(feedback.findtext("file")).startswith(b"\x89PNG")


@pytest.mark.parametrize("chapter", EACH[:2])
def test_a_number_is_judged_as_it_is_in_the_chapter(chapter):
    found = Xml.fromstring(quiz(chapter, number=20, seed=5, partial=20).split("\n", 1)[1])
    for question in of_type(found, "numerical"):
        right, *wrong, anything = question.findall("answer")
        assert anything.findtext("text") == "*"
        value, off = float(right.findtext("text")), float(right.findtext("tolerance"))
        assert given(question, value)[0] == given(question, value + 0.9 * off)[0] == 100
        assert given(question, value + 1e6 * (1 + abs(value)))[0] == 0
        for answer in wrong:
            share, sentence = given(question, float(answer.findtext("text")))
            assert share == 20, "no mistake is taken for right"
            assert sentence


def test_a_mistake_by_hand_has_its_sentence():
    made = {one.id.rsplit("-", 1)[0]: one for seed in range(3) for one in short_questions("02", seed, 12)}
    spread = made["neutral-spread"]
    k = float(re.search(r"k = ([\d.]+)", spread.text)[1])
    right, *others = spread.options
    assert float(right.text) == pytest.approx(2 / k, rel=1e-5)
    on = {one.text: one.feedback for one in others}
    near = min((text for text in on if text != "*"), key=lambda text: abs(float(text) - 1 / k))
    assert on[near] == "1/k is the distance of one quote from the mid. The spread is both sides."


def test_a_seed_gives_the_same_questions_and_another_others():
    one, same, other = (short_questions("02", seed, 8) for seed in (1, 1, 2))
    assert one == same
    assert {item.id for item in one} != {item.id for item in other}
    assert len({item.id for item in one}) == 8


def test_what_is_matched_is_matched_one_to_one(root):
    for question in of_type(root, "match"):
        left = [one.findtext("text") for one in question.findall("subquestion")]
        right = [one.findtext("answer/text") for one in question.findall("subquestion")]
        assert len(set(left)) == len(left) == len(set(right)) >= 3


def test_marks_of_the_book_are_html_and_nothing_is_left_of_them(root):
    words = " ".join(node.text or "" for node in root.iter("text"))
    outside = re.sub(r"\\\(.*?\\\)|\\\[.*?\\\]|<code>.*?</code>|<img[^>]*>", "", words, flags=re.S)
    assert "`" not in outside
    assert "**" not in outside
    assert "$" not in outside.replace("$course$", "")
    assert "{" not in outside.replace("{−", "").replace("^{", "").replace("_{", "")


def test_signs_that_xml_and_html_have_for_themselves_stay_what_they_are():
    text = "Is `a < b & c` *really* 5 > 3, and $x_1^* < y^*$? Ω → “é” 😀"
    made = as_html(text)
    assert made.startswith("Is <code>a &lt; b &amp; c</code> <em>really</em> 5 &gt; 3, and ")
    assert html.unescape(re.search(r"\\\((.*?)\\\)", made)[1]) == "x_1^* < y^*"
    item = quiz_items("02", 0)[0]._replace(text=text, picture="")
    read = Xml.fromstring(moodle_xml("02", [item]).split("\n", 1)[1])
    assert read.findall("question")[1].findtext("questiontext/text") == made


def test_the_command_writes_it_whole_and_refuses_what_is_not_there(tmp_path, capsys):
    assert main(["quiz", "00", "--out", str(tmp_path / "quiz.xml"), "--questions", "2"]) == 0
    assert Xml.parse(tmp_path / "quiz.xml").getroot().tag == "quiz"
    assert main(["quiz", "00", "--out", str(tmp_path / "quiz.html"), "--questions", "2"]) == 0
    page = (tmp_path / "quiz.html").read_text(encoding="utf-8")
    assert all(question.id in page for question in questions_of("00"))
    assert main(["quiz", "77", "--out", str(tmp_path / "none.xml")]) == 1
    assert "There is no chapter '77'" in capsys.readouterr().err
    assert main(["quiz", "00", "--out", str(tmp_path / "none.csv")]) == 1
    assert "ends in .xml or .html; got 'none.csv'" in capsys.readouterr().err
    assert main(["quiz", "00", "--questions", "-1", "--out", str(tmp_path / "none.xml")]) == 1
    assert "--questions is between 0 and 200" in capsys.readouterr().err
    assert not list(tmp_path.glob("none*"))
    with pytest.raises(ParameterError):
        quiz("x")
