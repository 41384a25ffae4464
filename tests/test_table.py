"""A table shows what is in its cells, whatever that is: to a reader, to a screen reader, in a terminal."""

import html
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mmlab import AvellanedaStoikov, Desk, Market, exact_moments, monte_carlo, simulate
from mmlab.desk import PositionLimiter, mode_changes
from mmlab.market import Day
from mmlab.measure import fill_intensity, hawkes
from mmlab.simulation.outcomes import outcomes
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
    ("cell", "shown"),
    [
        (-0.0020, "−0.002"),
        (-1.5e-7, "−1.5e−07"),
        (float("-inf"), "−inf"),
        (-3, "−3"),
        ("-0.0020", "−0.0020"),
        ("-0.1 / -.5 ± 3e-05", "−0.1 / −.5 ± 3e−05"),
        (-0.0, "0"),
        (f"{-0.04:+.1f} to {-0.06:+.1f}", "0.0 to −0.1"),
        ("-0.00 ± 0.00", "0.00 ± 0.00"),
        ("-0%, -.0, -0.", "0%, .0, 0."),
        ("-0.05, -0,5 and -00.5", "−0.05, −0,5 and −00.5"),
        ("-0e-05", "−0e−05"),
        ("2012-06-21", "2012-06-21"),
        ("half-spread", "half-spread"),
        ("5-10", "5-10"),
        ("x-1", "x-1"),
    ],
)
def test_there_is_one_minus_sign(cell, shown):
    assert Table.of(["number"], [[cell]]).shown[1] == [shown]


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


def large_things():
    """One of each kind of thing that holds thousands of numbers."""
    market = Market.avellaneda_stoikov_2008()
    model = AvellanedaStoikov.for_market(market, risk_aversion=0.1)
    tape = market.tape(300, 100, seed=1)
    limits = PositionLimiter(max_position=4, min_position=-4, soft_max_position=2, soft_min_position=-2)
    history = simulate(Desk(model=model, limits=limits), tape)
    yield from (tape, history, mode_changes(history))
    yield from (exact_moments(model, market, 100), monte_carlo(model, market, 300, 100, seed=1))
    yield outcomes(model, market, 100, 50)
    rng = np.random.default_rng(1)
    reach, times = rng.exponential(1, 3000), np.sort(rng.uniform(0, 3000, 3000))
    yield from (fill_intensity(reach, 3000.0, np.arange(0, 3, 0.1)), hawkes(times, 3000.0))


@pytest.mark.parametrize("thing", list(large_things()), ids=lambda thing: type(thing).__name__)
def test_what_is_large_prints_as_one_line_and_shows_as_a_small_table(thing):
    assert re.fullmatch(rf"{type(thing).__name__}\(.{{10,400}}\)", repr(thing))
    head, *rows = cells_of(RENDERER.render(thing._repr_markdown_()))
    assert head == [type(thing).__name__, "value"]
    assert 2 <= len(rows) <= 10


def test_a_history_says_how_many_paths_and_steps_it_has_and_what_it_earned():
    tape = Market.avellaneda_stoikov_2008().tape(3, 50, seed=1)
    assert repr(tape).startswith("Tape(paths 3, steps 50, time 0 to 1, mid ")
    model = AvellanedaStoikov(risk_aversion=0.1, volatility=2, fill_decay=1.5, horizon=1)
    history = simulate(model, tape)
    assert repr(history).startswith("History(paths 3, steps 50, time 0 to 1, bought a path ")
    assert f"profit a path {history.pnl.mean():.4g}" in repr(history)


def test_a_day_says_what_it_holds_and_what_was_left_out():
    quotes = ([0, 1, 2], [99, 99, 98], [101, 103, 102], [5, 5, 5], [5, 5, 5])
    day = Day.from_quotes_and_trades(*quotes, [0, 1, 1], [1, 1, 1], [1, 5, 2], [101, 101, 102])
    assert repr(day) == (
        "Day(quotes 3, time 0 to 2 s, watched 2.0 s, not watched 0.0 s, 0.0 at once, longest silence 1.0 s, "
        "market orders 1, left out: without mid 1)"
    )
    assert repr(day.market_orders) == "MarketOrders(orders 1, bought 1, shares 7)"


NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").rglob("[0-9A][0-9]_*.ipynb"))


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
