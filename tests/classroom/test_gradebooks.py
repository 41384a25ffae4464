"""What is made of grades: files for Canvas, Moodle and Gradescope in their forms, and pages to read."""

from __future__ import annotations

import csv
import json

from mmlab.classroom.chapters import exercises_of
from mmlab.classroom.grade_pages import pages_of
from mmlab.classroom.gradebooks import gradebook, page_name
from mmlab.classroom.scoring import Grade, Graded


def made(id="Ann", score=1.0, **more):
    """What would have been given to a student for two exercises."""
    grades = [
        Grade(id, "neutral-spread", score, "Right: so."),
        Grade(id, "as-by-hand", 0.5, "Not yet: <b>&", 3, 1, "swap"),
    ]
    return Graded(id, f"{id}.ipynb", [], grades, **more)


def rows_of(form, everybody):
    ((name, text),) = gradebook(form, "02", everybody).items()
    return str(name), list(csv.reader(text.splitlines()))


def test_canvas_gets_its_header_the_points_and_a_row_a_student():
    name, rows = rows_of("canvas", [made("Žofie"), made("leeann_4711"), made("=1+1")])
    assert name == "canvas.csv"
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Chapter 02"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "2"]
    assert rows[2:] == [
        ["Žofie", "", "", "Žofie", "", "1.5"],
        ["leeann", "4711", "", "", "", "1.5"],
        ["'=1+1", "", "", "'=1+1", "", "1.5"],
    ]


def test_moodle_gets_its_worksheet_with_who_in_its_first_column():
    name, ((*header,), *rows) = rows_of("moodle", [made("Ann Lee_77"), made("ann@uni.edu")])
    assert name == "moodle.csv"
    assert {"Identifier", "Grade", "Last modified (grade)"} <= {*header}  # without which it takes no worksheet
    assert [dict(zip(header, row, strict=False))["Identifier"] for row in rows] == ["Participant 77", "ann@uni.edu"]
    assert {row[header.index("Grade")] for row in rows} == {"1.5"}


def test_gradescope_gets_results_a_student_whose_tests_add_up():
    files = gradebook("gradescope", "02", [made("Ann"), made("Bo / 2", notes=["See me."])])
    assert str(next(iter(files))) == "gradescope/Ann.json"
    for text in files.values():
        results = json.loads(text)
        assert sum(test["score"] for test in results["tests"]) == 1.5
        assert all(test["score"] <= test["max_score"] and test["output"] for test in results["tests"])
    assert json.loads([*files.values()][1])["output"] == "See me."


def test_every_name_has_files_of_its_own():
    ids = ["Ann Lee", "Ann_Lee", "Ann/Lee", "李小龍", "..", "=cmd()", "x" * 300, "a\nb", "Žofie"]
    ids.append(page_name("Ann Lee"))  # who calls themselves what another's page is called
    names = [str(name) for name in gradebook("gradescope", "02", [made(id) for id in ids])]
    assert len({name.casefold() for name in names}) == len(ids)
    assert all(len(name) < 100 and "/." not in name for name in names)


def test_the_class_page_says_each_mistake_in_words_how_often_and_who_and_the_first_guesses():
    questions = [one for one in exercises_of("02") if one.id in ("neutral-spread", "as-by-hand")]
    guesses = {"higher-gamma-earns-more": "more"}
    everybody = [made("Ann", guesses=guesses), made("Bo", 0.0, notes=["Not so."])]
    pages = {str(name): text for name, text in pages_of("02", questions, everybody, 3).items()}
    whole = pages["class.html"]
    assert "2 of 3" in whole
    assert "&lt;b&gt;&amp;" in whole
    assert "2 students" in whole
    assert "Risk aversion is not skill" in whole  # why the commonest wrong guess is wrong
    assert "Not so." in pages["students/Bo.html"]
