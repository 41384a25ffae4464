"""A table shows what is in its cells, whatever that is: to a reader, to a screen reader, in a terminal."""

import html
import re
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mmlab.table import Summary, Table, TableError, markdown

RENDERER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# A page has no place for control characters and halves of a character; \0 is one that Markdown replaces.
CELLS = st.text(st.one_of(st.sampled_from("|*_`<>$\\~[]()&#!-:\n\r"), st.characters(exclude_categories=("Cs", "Cc"))))


def cells_of(page):
    """The text of each cell that a renderer shows, row by row; a table is all that is on the page."""
    (table,) = re.findall(r"<table>.*?</table>", page, re.DOTALL)
    assert page.strip() == table
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
    return [[shown(cell) for cell in re.findall(r"<t[hd]>(.*?)</t[hd]>", row, re.DOTALL)] for row in rows]


def shown(cell):
    return html.unescape(re.sub(r"<[^>]*>", "", cell.replace("<br>", "\n")))


def plain(text):
    """Text as a cell can hold it: one kind of line break, nothing around it."""
    return "\n".join(text.splitlines()).strip()


@given(st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=4)))
def test_any_text_in_any_cell_is_shown_as_it_is(rows):
    head = [f"column {i}" for i in range(len(rows[0]))]
    table = Table.of(head, rows)
    given_back = cells_of(RENDERER.render(table._repr_markdown_()))
    assert [[plain(cell) for cell in row] for row in given_back] == [
        head,
        *([*map(plain, row)] for row in table.shown[1:]),
    ]


@given(CELLS.filter(str.strip))
def test_any_text_in_a_head_is_shown_as_it_is(name):
    table = Table((name,), (("1",),))
    assert plain(cells_of(RENDERER.render(table._repr_markdown_()))[0][0]) == plain(table.shown[0][0])


@given(CELLS)
def test_no_markup_no_html_and_no_mathematics_comes_out_of_a_cell(text):
    page = RENDERER.render(f"a {markdown(text)} b")
    assert set(re.findall(r"</?(\w+)", page)) <= {"p", "span", "br"}
    # MathJax looks for its signs in each stretch of text between two tags.
    assert not [part for part in re.split(r"<[^>]*>", page) if re.search(r"[$\\].", part)]


@pytest.mark.parametrize(
    "cell", ["|inventory|, 99%", "max|q|", "<script>alert(1)</script>", "$x$ and $y$", "a\nb", "**no**"]
)
def test_the_cells_that_broke_tables(cell):
    table = Table.of(("rest for", cell), [("0.01 h", 2), (cell, 3.0)])
    assert cells_of(RENDERER.render(table._repr_markdown_())) == [["rest for", cell], ["0.01 h", "2"], [cell, "3"]]
    assert "<script>" not in table._repr_markdown_()


def test_a_column_without_a_name_and_a_row_that_does_not_fit_are_refused():
    with pytest.raises(TableError, match="needs a name"):
        Table.of(["", "γ"], [["a", 1]])
    with pytest.raises(TableError, match="a cell for each"):
        Table.of(["name", "γ"], [["a", 1], ["b"]])


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (-0.0020, "−0.002"),
        (-1.5e-7, "−1.5e−07"),
        (float("-inf"), "−inf"),
        (-3, "−3"),
        ("-0.0020", "−0.0020"),
        ("-0.1 / -.5 ± 3e-05", "−0.1 / −.5 ± 3e−05"),
        ("2012-06-21", "2012-06-21"),
        ("half-spread", "half-spread"),
        ("5-10", "5-10"),
        ("x-1", "x-1"),
    ],
)
def test_there_is_one_minus_sign(cell, told):
    assert Table.of(["number"], [[cell]]).shown[1] == [told]


def test_who_reads_a_row_to_count_with_it_gets_numbers():
    assert float(Table.of(["number"], [[-0.002]]).rows[0][0]) == -0.002


def test_a_terminal_keeps_a_row_in_a_line():
    assert repr(Table.of(["a", "b"], [["x\ny", 1], ["z", -2.5]])) == "a    b\nx y  1\nz    −2.5"


def test_a_summary_is_one_line_in_a_terminal_and_a_table_in_a_cell():
    class Things(Summary):
        @property
        def _facts(self):
            return {"number": 3, "mean": -0.5}

    assert repr(Things()) == "Things(number 3, mean −0.5)"
    assert cells_of(RENDERER.render(Things()._repr_markdown_())) == [
        ["Things", "value"],
        ["number", "3"],
        ["mean", "−0.5"],
    ]


NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").rglob("[0-9][0-9]_*.ipynb"))


def source_rows(page, tokens):
    """The tables of a page, each a list of rows as they are written: a renderer cuts and fills them to fit the head."""
    lines = page.splitlines()
    for token in tokens:
        if token.type == "table_open":
            written = [re.sub(r"^\||\|$", "", line.strip()) for line in lines[slice(*token.map)]]
            yield [re.split(r"(?<!\\)\|", line) for line in written]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: "/".join(path.parts[-2:]))
def test_every_table_of_the_workbook_is_a_table(path):
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells, 1):
        outputs = [output.get("data", {}).get("text/markdown", "") for output in cell.get("outputs", [])]
        for page in [cell.source, *outputs] if cell.cell_type == "markdown" else outputs:
            tokens = RENDERER.parse(page)
            for head, *rows in source_rows(page, tokens):
                assert all(name.strip() for name in head), f"cell {number}: a column without a name in {head}"
                assert {len(row) for row in rows} == {len(head)}, f"cell {number}: rows that do not fit {head}"
            text = "\n".join(token.content for token in tokens if token.type == "inline")
            assert not re.search(r"\|\s*:?---", text), f"cell {number}: pipes that are no table"
