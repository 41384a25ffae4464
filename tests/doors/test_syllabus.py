"""The syllabus: what it says of minutes, needs and objectives is the chapters', and what it names is there."""

import re
import tomllib

import pytest

from mmlab.doors.chapters import PageError
from mmlab.doors.front_pages import FrontPages
from mmlab.doors.syllabus import (
    direct,
    exercises_of,
    git_pull,
    levels_of,
    needs_of,
    objectives,
    optional,
    stop_of,
)

AT_THE_END = {"more-exercises", "exercises", "what-fails-in-practice", "ten-questions"}


@pytest.fixture(scope="module")
def page(pages):
    return pages.page("syllabus")


@pytest.fixture(scope="module")
def given(pages):
    return tomllib.loads((pages.folder / "syllabus.toml").read_text(encoding="utf-8"))


def weeks_of(plan):
    """Of each week, what is read for certain and what may be chosen."""
    return [(week["stops"], week.get("choose", [])) for week in plan["weeks"]]


def test_a_week_takes_what_its_chapters_and_exercises_take(page, pages):
    plans = re.findall(r"\*\*Together (\d+)(?: to (\d+))? hours(.*?)(?=\n### |\n## )", page, re.DOTALL)
    assert len(plans) == 3
    for low, high, body in plans:
        rows = re.findall(r"^\| \d+ \|.*\| (\d+)(?: to (\d+))? \| (\d+)(?: to (\d+))? \|$", body, re.MULTILINE)
        assert len(rows) in (6, 8, 12)
        least = sum(int(reading) + int(trying) for reading, _, trying, _ in rows)
        most = sum(int(more or reading) + int(longer or trying) for reading, more, trying, longer in rows)
        assert abs(least / 60 - int(low)) <= 0.5
        assert abs(most / 60 - int(high or low)) <= 0.5


def test_minutes_of_a_whole_chapter_are_its_own_less_what_is_optional(pages):
    for number, chapter in pages.chapters.items():
        every = sorted(exercises_of(chapter))
        stop = stop_of({"chapter": number, "exercises": every}, pages.chapters, "here")
        stated = re.search(r"\*\*Minutes\*\*: (\d+) reading, (\d+) exercises", chapter.text)
        left_out = sum(map(chapter.minutes_of, optional(chapter)))
        assert (stop.reading + left_out, stop.trying) == (int(stated[1]), int(stated[2]))


def test_whatever_a_week_needs_came_before_it(given, pages):
    for plan in given["plan"]:
        met = set()
        for stops, choose in weeks_of(plan):
            now = {stop["chapter"] for stop in stops}
            for number in now | {stop["chapter"] for stop in choose}:
                lacking = set(needs_of(pages.chapters[number])) - met - now
                assert not lacking, f"{plan['name']}: {number} needs {lacking}"
            met |= now


def test_what_is_handed_in_was_set(given):
    for plan in given["plan"]:
        for stops, choose in weeks_of(plan):
            assert choose or any(stop.get("exercises") for stop in stops)


def test_each_objective_finds_the_section_that_teaches_it_and_its_exercises(given, pages):
    for number, chapter in pages.chapters.items():
        taught = {int(n): section for n, section in given["taught"].get(number, {}).items()}
        found = objectives(chapter, taught)
        assert len(found) == chapter.text.split("**You need**")[0].count("\n- ") >= 3
        tried = {n for one in found for n in one.exercises}
        assert tried == set(exercises_of(chapter)) == set(range(1, len(tried) + 1))
        for one in found:
            assert one.sections, one.words
            assert set(one.sections) <= set(chapter.sections) - AT_THE_END, one.words


def test_nothing_needs_what_stands_beside_or_below_it(pages):
    place = {number: n for n, row in enumerate(levels_of(pages.chapters)) for number in row}
    assert set(place) == set(pages.chapters)
    for number, chapter in pages.chapters.items():
        assert all(place[need] < place[number] for need in needs_of(chapter))


def test_what_is_drawn_says_as_much_as_what_is_needed(pages):
    lines = set(direct(pages.chapters))

    def under(number):
        below = {need for need, own in lines if own == number}
        return below.union(*map(under, below))

    for number, chapter in pages.chapters.items():
        assert set(needs_of(chapter)) <= under(number)


def test_every_chapter_is_a_box_of_the_drawing_and_a_row_of_the_table(page, pages):
    drawn = page.split("<svg")[1].split("</svg>")[0]
    for number, chapter in pages.chapters.items():
        assert f'href="{chapter.name}.html"' in drawn
        assert f"\n| [{number} · {chapter.title}](../{chapter.name}.ipynb) |" in page


def test_a_line_of_a_book_says_how_it_is_known(page):
    rows = page.split("## Beside two textbooks")[1].split("\n## ")[0].splitlines()
    rows = [row.split(" | ") for row in rows if row.startswith("| [")]
    assert len(rows) > 5
    for row in rows:
        assert re.search(r"from memory, not checked|notes|notebook|references|replication", row[-1]), row


def test_a_project_has_a_description_for_each_level(given):
    assert len(given["project"]) >= 4
    for project in given["project"]:
        for words in (project["rubric"] | given["rubric"]).values():
            assert len(set(words)) == len(given["levels"])
            assert all(words)


def test_a_link_for_a_hub_opens_a_file_of_the_branch_in_a_folder_of_its_own():
    link = git_pull("https://host.example/them/course", "term-2027-spring", "00_start_here.ipynb")
    assert link == (
        "https://HUB/hub/user-redirect/git-pull?repo=https%3A%2F%2Fhost.example%2Fthem%2Fcourse&branch=term-2027-spring"
        "&targetPath=course-term-2027-spring&urlpath=lab%2Ftree%2Fcourse-term-2027-spring%2F00_start_here.ipynb"
    )


@pytest.mark.parametrize("address", ["", "https://github.com/them/book"])
def test_the_link_to_the_open_book_is_there_if_it_is_published(copy, address):
    urls = f'urls = {{Repository = "{address}"}}\n' if address else ""
    (copy / "pyproject.toml").write_text(f'[project]\nname = "mmlab"\n{urls}', encoding="utf-8")
    hub = FrontPages(copy).page("syllabus").split("## On a hub")[1]
    assert ("repo=https%3A%2F%2Fgithub.com%2Fthem%2Fbook&" in hub) == bool(address)
    assert ("does not know where it is published" in hub) == (not address)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('{chapter = "A3", exercises', '{chapter = "B7", exercises', "week 12: there is no chapter 'B7'"),
        ("exercises = [1, 2, 3, 7, 8]", "exercises = [1, 2, 3, 7, 80]", "week 2: chapter 01 has no exercise 80"),
        ('sections = ["the-question-in-money", "predict"]', 'sections = ["no-such"]', "chapter 00 has no #no-such"),
        ('{4 = "play-thirty', '{4 = "playing-thirty', "taught, 00: chapter 00 has no #playing-thirty"),
        ('"A hope.", ', "", "6. A strategy against the class: The forecast needs 4 levels"),
    ],
)
def test_what_is_not_there_is_named(spoil, old, new, says):
    root = spoil("notebooks/pages/syllabus.toml", old, new)
    with pytest.raises(PageError, match=re.escape(says)):
        FrontPages(root).page("syllabus")
