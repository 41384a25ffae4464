"""A chapter's predictions as a quiz that Moodle imports."""

from __future__ import annotations

import xml.etree.ElementTree as Xml

import pytest

from mmlab import ParameterError
from mmlab.classroom.__main__ import main
from mmlab.classroom.chapters import questions_of
from mmlab.classroom.quiz import quiz


@pytest.fixture(scope="module")
def root():
    return Xml.fromstring(quiz("02").split("\n", 1)[1])


def test_every_prediction_is_a_question_with_one_right_choice_and_a_why_for_each(root):
    category, *questions = root.findall("question")
    assert category.findtext("category/text") == "$course$/mmlab/02"
    assert [one.findtext("name/text") for one in questions] == [f"02 {one.id}" for one in questions_of("02")]
    for node, question in zip(questions, questions_of("02"), strict=True):
        assert node.attrib == {"type": "multichoice"}
        answers = node.findall("answer")
        assert sorted(one.attrib["fraction"] for one in answers) == ["0"] * (len(answers) - 1) + ["100"]
        assert len(answers) == len(question.choices)
        assert all(one.findtext("feedback/text") for one in answers)
        assert node.findtext("generalfeedback/text")


def test_marks_of_the_book_are_html_and_nothing_is_left_of_them(root):
    words = " ".join(node.text or "" for node in root.iter("text"))
    assert "`" not in words
    assert "**" not in words
    assert "{" not in words.replace("\\(", "").replace("^{", "").replace("_{", "")


def test_the_command_writes_it_whole_and_refuses_a_chapter_that_is_not_there(tmp_path, capsys):
    assert main(["quiz", "00", "--out", str(tmp_path / "quiz.xml")]) == 0
    assert Xml.parse(tmp_path / "quiz.xml").getroot().tag == "quiz"
    assert main(["quiz", "77", "--out", str(tmp_path / "none.xml")]) == 1
    assert "There is no chapter '77'" in capsys.readouterr().err
    assert not (tmp_path / "none.xml").exists()
    with pytest.raises(ParameterError):
        quiz("x")
