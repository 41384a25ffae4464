"""The site's own pages: what they say of the chapters is the chapters', and what they name is there."""

import re

import pytest

from mmlab.doors.chapters import PageError, anchor
from mmlab.doors.front_pages import DOI, PAGES, FrontPages
from mmlab.table import markdown, with_indices


@pytest.fixture(scope="module")
def texts(pages):
    return {name: pages.page(name) for name in PAGES}


def test_every_page_of_the_folder_is_made_and_nothing_is_left_to_make(pages, texts):
    assert {path.stem for path in pages.folder.glob("*.md")} == set(PAGES)
    assert not [name for name, text in texts.items() if "<!--" in text]


def test_every_link_to_a_chapter_leads_to_a_section_that_it_has(pages, texts):
    names = {chapter.name: chapter for chapter in pages.chapters.values()}
    links = [link for text in texts.values() for link in re.findall(r"\]\(\.\./(\w+)\.ipynb(?:#([^)]*))?\)", text)]
    assert len(links) > 100
    for name, section in links:
        assert not section or section in names[name].sections


def test_a_link_from_page_to_page_leads_to_a_page(texts):
    links = [link for text in texts.values() for link in re.findall(r"\]\((\w+)\.md\)", text)]
    assert set(links) >= {"paths", "concepts", "verdicts", "notation", "glossary", "bibliography"}
    assert set(links) <= set(PAGES)


def test_the_readme_names_the_chapters_as_they_name_themselves(pages):
    readme = (pages.checkout / "README.md").read_text(encoding="utf-8")
    assert [path.stem for path in sorted((pages.folder.parent / "text").glob("*.md"))] == [
        chapter.name for chapter in pages.chapters.values()
    ]
    for number, chapter in pages.chapters.items():
        assert chapter.section("").heading.startswith(f"{number} · ")
        row = re.search(rf"^\| \[{number}\]\([^)]*\) \| ([^|]+) \|", readme, re.MULTILINE)
        assert chapter.title.partition(": where")[0] == row[1]


def test_minutes_are_those_that_the_chapters_say(pages):
    first = pages.chapters["00"].text
    for chapter in pages.chapters.values():
        counted = re.search(r"\*\*Minutes\*\*: (\d+) reading", chapter.text)
        promise = next(line for line in chapter.text.splitlines() if line.startswith("**After"))
        minutes = [counted[1]] if counted else re.findall(r"(\d+) minutes", promise)
        assert sum(map(int, minutes)) == chapter.minutes
        if chapter.number != "00":
            assert re.search(rf"\]\({chapter.name}\.ipynb\) \|[^|]*\| {chapter.minutes} \|", first)


def test_the_parts_of_a_chapter_take_as_long_as_it_does(pages):
    for chapter in pages.chapters.values():
        parts = [name for name, section in chapter.sections.items() if section.level == 2]
        assert abs(sum(map(chapter.minutes_of, parts)) - chapter.minutes) < 0.5 * len(parts) + 0.1 * chapter.minutes
        assert sum(chapter.sections[name].n_exercises for name in parts) == chapter.section("").n_exercises


def test_a_path_takes_as_long_as_its_stops(texts):
    paths = texts["paths"].split("\n## ")[1:]
    assert [path.splitlines()[0] for path in paths] == [
        "A student",
        "An instructor",
        "A practitioner",
        "Before an interview",
    ]
    for path in paths:
        hours, minutes = re.search(r"\*\*(?:(\d+) h )?(\d+) min of reading", path).groups(default="0")
        stops = re.findall(r"^1\. .*\((\d+) min\)\. \S", path, re.MULTILINE)
        assert sum(map(int, stops)) == 60 * int(hours) + int(minutes)
        assert len(stops) == path.count("\n1. ") > 5


def test_every_doi_of_a_chapter_is_in_the_bibliography_and_every_one_there_is_cited(pages):
    in_chapters = {doi for chapter in pages.chapters.values() for doi in DOI.findall(chapter.text)}
    in_verdicts = {doi for number in pages.chapters for doi in DOI.findall(pages.verdict(number))}
    listed = [row["doi"] for row in pages.references if row["doi"]]
    assert len(set(listed)) == len(listed)
    assert set(listed) == in_chapters | in_verdicts
    assert len(in_chapters) >= 20


def test_a_doi_in_the_words_is_the_doi_in_the_link(pages):
    for text in (pages.page("bibliography"), *(chapter.text for chapter in pages.chapters.values())):
        for words, rest in re.findall(r"\[doi:([^\]]+)\](.*)", text):
            assert rest.startswith(f"(https://doi.org/{words})")


def test_what_has_no_doi_is_cited_by_its_title(pages):
    without = [row for row in pages.references if not row["doi"]]
    assert without
    for row in without:
        assert pages.cited_in(row), row["title"]


def test_a_reference_with_author_and_year_is_in_the_bibliography_and_shows_its_doi(pages):
    known = {(re.split(", | and ", row["authors"])[0].split()[-1], row["year"]): row["doi"] for row in pages.references}
    initials, found = r"(?:[A-ZÁ]\.[- ]?)+ ?", 0
    for chapter in pages.chapters.values():
        _, _, references = chapter.text.rpartition("References")
        for authors, year in re.findall(rf"({initials}[A-Z]\w+[^()\[\]]*?) \((\d{{4}})\)", references):
            first = re.match(rf"{initials}([\w/-]+)", authors)[1], year
            if "*" not in authors:  # where the title stands before the year, the author's name is far from it
                assert known[first] in chapter.text, f"{chapter.name}: {first}"
                found += 1
    assert found > 20


def test_each_verdict_is_dated_and_stands_on_a_paper_or_a_cell(pages):
    assert re.fullmatch(
        r"(January|February|March|April|May|June|July|August|September|October|November|December) 20\d\d", pages.written
    )
    own = {number: chapter.name for number, chapter in pages.chapters.items()}
    for number in pages.chapters:
        words = pages.verdict(number)
        assert pages.written in words
        assert DOI.search(words) or f"../{own[number]}.ipynb#" in words


OF_STUDIES = {"1.55", "0.68"}
"""Numbers in verdicts that are a paper's, and no chapter's."""


def test_a_number_in_a_verdict_is_one_of_the_chapters(pages):
    found = set()
    for number, chapter in pages.chapters.items():
        words = re.sub(r"\(https?://\S+", "", pages.verdict(number))
        quoted = set(re.findall(r"\b\d+\.\d+\b", words)) - OF_STUDIES
        assert quoted <= set(re.findall(r"\d+\.\d+", chapter.text)), chapter.name
        found |= quoted
    assert len(found) >= 4


def test_notation_has_a_row_for_each_quantity_and_says_which_letters_have_two_meanings(texts):
    from mmlab import vocabulary
    from mmlab.parameters import Parameter

    quantities = [one for one in vars(vocabulary).values() if isinstance(one, Parameter)]
    assert [name for name in re.findall(r"\| `(\w+)` \|", texts["notation"])] == [one.name for one in quantities]
    shared = dict(re.findall(r"^- \*\*(\S+)\*\* is (.*)$", texts["notation"], re.MULTILINE))
    assert set(re.findall(r"\w+", shared["α"])) == {"terminal_penalty", "or", "signal", "demand_intercept"}
    assert "γ" not in shared


def test_every_letter_of_a_box_is_in_the_notation(texts):
    from mmbook.letters import all_letters

    rows = re.findall(r"^\| (.+?) \| ([\dA]\d) \| (.+?) \| (.*?) ?\|$", texts["notation"], re.MULTILINE)
    boxes = [(with_indices(markdown(one.letter)), one.chapter) for one in all_letters()]
    assert [(letter, chapter) for letter, chapter, *_ in rows] == boxes, "as the chapter shows it"
    assert not [letter for letter, *_ in rows if re.search(r"\\_[A-Zi]|\^", letter)], "an index stands below the line"
    meanings = [with_indices(markdown(one.meaning)) for one in all_letters()]
    assert [meaning for _, _, meaning, _ in rows] == meanings


def test_every_word_of_the_glossary_leads_to_its_section(pages, texts):
    from mmbook.glossary import all_words

    rows = re.findall(
        r"^\| (.+?) \| (.+?) \| (.+?) \| \[.*?\]\(\.\./(\w+)\.ipynb#(.*)\) \|$", texts["glossary"], re.MULTILINE
    )
    chapters = {chapter.name: number for number, chapter in pages.chapters.items()}
    assert [(*row[:3], chapters[row[3]], row[4]) for row in rows] == [
        (one.word, one.in_the_trade, one.meaning, one.chapter, one.section) for one in all_words()
    ]


def test_a_door_that_is_not_open_is_left_out(pages):
    assert "Binder" not in pages.doors()
    addresses = {"lite": "lite/lab/index.html", "binder": "https://mybinder.org/v2/gh/a/b/main", "colab": ""}
    doors = FrontPages(pages.checkout, addresses).doors()
    assert re.findall(r'href="([^"]+)"', doors) == ["lite/lab/index.html", "https://mybinder.org/v2/gh/a/b/main"]
    assert "Colab" not in doors
    assert "`python3 mmlab open`" in doors


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        (
            "notebooks/mmbook/glossary.csv",
            "03,what-it-is-worth",
            "3,what-it-is-worth",
            r"glossary\.csv, line \d+: .* '3'",
        ),
        (
            "notebooks/mmbook/glossary.csv",
            "what-it-is-worth",
            "worth-it",
            r"line \d+: chapter 03 has no #worth-it; it has",
        ),
        (
            "notebooks/pages/concepts.csv",
            "what-a-depth-is-worth",
            "what-a-depth",
            r"concepts\.csv, line 8: chapter 02 has no #what-a-depth",
        ),
        ("notebooks/pages/concepts.csv", "skew,00,", "skew,0,", r"concepts\.csv, line 3: there is no chapter '0'"),
        (
            "notebooks/pages/concepts.csv",
            "part-two-time,place",
            "part-two-time,a place",
            r"line 23: .* needs 'a place in the queue', which",
        ),
        ("notebooks/pages/concepts.csv", "two penalties,05", "skew,05", r"line 16: 'skew' is there already"),
        (
            "notebooks/pages/concepts.csv",
            "market power,04",
            "market power,03",
            r"chapter 03 has more than 3 concepts|has no #",
        ),
        (
            "notebooks/pages/verdicts.toml",
            "#part-two-time",
            "#part-two",
            r"verdicts\.toml, line \d+: chapter 07 has no #part-two;",
        ),
        (
            "notebooks/pages/verdicts.toml",
            "[chapter.10]",
            "[chapter.99]",
            r"verdicts\.toml: a verdict for each chapter.*; see 10, 99",
        ),
        (
            "notebooks/pages/paths.toml",
            '"what-unit-is-σ"',
            '"what-unit"',
            r"paths\.toml, line \d+: chapter 02 has no #what-unit;",
        ),
        (
            "notebooks/pages/index.md",
            "made: picture",
            "made: pictures",
            r"index\.md, line \d+: nothing makes 'pictures'; there are picture",
        ),
        (
            "README.md",
            "](notebooks/images/explorer.png)",
            "](notebooks/images/other.png)",
            r"README\.md shows no images/explorer\.png",
        ),
        (
            "README.md",
            "| [11](notebooks/11",
            "| 11 (notebooks/11",
            r"concepts\.csv, line \d+: there is no chapter .11.",
        ),
    ],
)
def test_a_page_that_names_what_is_not_there_is_refused_with_file_and_line(spoil, file, old, new, sentence):
    root = spoil(file, old, new)
    with pytest.raises(PageError, match=sentence):
        [FrontPages(root).page(name) for name in PAGES]


def test_a_readme_without_chapters_is_refused(copy):
    (copy / "README.md").write_text("# mmlab\n", encoding="utf-8")
    with pytest.raises(PageError, match="has no table of chapters"):
        FrontPages(copy)


def test_a_page_of_a_copy_in_a_folder_with_a_space_is_the_same(pages, copy, texts):
    assert {name: FrontPages(copy).page(name) for name in PAGES} == texts


@pytest.mark.parametrize(
    ("heading", "in_a_link", "on_the_page"),
    [
        ("The paper's experiment, exactly", "the-papers-experiment-exactly", "the-paper-s-experiment-exactly"),
        ("A and κ: where the bins begin", "a-and-κ-where-the-bins-begin", "a-and-where-the-bins-begin"),
        ("00 · Start here", "00--start-here", "start-here"),
    ],
)
def test_a_heading_has_the_anchors_that_sphinx_and_myst_give_it(pages, heading, in_a_link, on_the_page):
    assert anchor(heading) == in_a_link
    found = [chapter.sections[in_a_link] for chapter in pages.chapters.values() if in_a_link in chapter.sections]
    assert [section.html_id for section in found] == [on_the_page]
