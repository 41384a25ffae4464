"""The notebooks as a student meets them: opened in JupyterLab, run from top to bottom, their sliders moved."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.browser.conftest import CELLS
from tests.browser.serving import EXPLORERS, open_notebook, run_all

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
LOOKS = "root => [...root.querySelectorAll('svg')].map(svg => svg.outerHTML).join('') + root.innerText"
CHANGED = f"([root, before]) => ({LOOKS})(root) != before"

pytestmark = pytest.mark.browser


def looks(explorer: Any) -> str:
    """The whole picture, all layers, and every word beside it."""
    return str(explorer.evaluate(LOOKS))


def show(page: Any, title: str) -> Any:
    """The first explorer, game or question that holds these words, scrolled to and waited for."""
    shown = page.locator(".jp-OutputArea-output .widget-vbox", has_text=title).first
    shown.scroll_into_view_if_needed()
    shown.locator("[role=status], input[type=radio]").first.wait_for(timeout=30_000)
    return shown


def move(page: Any, explorer: Any, slider: int, *keys: str) -> None:
    """Press keys on one of an explorer's sliders and wait until its picture is another."""
    before = looks(explorer)
    explorer.locator(".noUi-handle:visible").nth(slider).focus()
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_function(CHANGED, arg=[explorer.element_handle(), before], timeout=15_000)


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    opened = context.new_page()
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    yield opened
    context.close()


@pytest.fixture(params=["lab", "notebook"])
def opened(page: Any, request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """A notebook's page with all its cells run, in JupyterLab and in Notebook 7."""
    app = request.param
    address = request.getfixturevalue("lab" if app == "lab" else "notebook7")

    def run(name: str) -> Any:
        open_notebook(page, address, name, app)
        run_all(page)
        return page

    return run


def test_pictures_have_words_where_readers_are(opened: Callable[[str], Any]) -> None:
    page = opened("02_avellaneda_stoikov.ipynb")
    explorer = show(page, "Avellaneda–Stoikov (2008)")
    explorer.locator("svg[role=img]").first.wait_for(timeout=30_000)
    assert explorer.locator("[role=status]").inner_text().startswith("Long 3 clips")
    titles = explorer.locator(".mm-title").all_inner_texts()
    assert titles[0] == "Long 3 clips: quotes centred 0.90 below the mid"
    # What the browser itself tells a screen reader.
    assert [explorer.get_by_role("img", name=title, exact=True).count() for title in titles] == [1, 1, 1, 1]
    pictures = [
        picture["alt"]
        for cell in nbformat.read(ROOT / "notebooks" / "02_avellaneda_stoikov.ipynb", as_version=4).cells
        for output in cell.get("outputs", [])
        if (picture := output.get("metadata", {}).get("image/png"))
    ]
    alts = page.locator(".jp-OutputArea-output img").evaluate_all("images => images.map(image => image.alt)")
    # The explorer is alive and sends no picture that anybody sees.
    assert len(alts) == len(pictures) - len(EXPLORERS["02_avellaneda_stoikov"]) > 0
    assert all(len(alt.split()) > 12 for alt in alts)
    assert all(page.get_by_role("img", name=alt, exact=True).count() == 1 for alt in alts)
    assert page.locator(".jp-OutputArea-output", has_text=re.compile("Traceback|Error displaying widget")).count() == 0


def test_a_table_shows_what_is_in_its_cells(opened: Callable[[str], Any]) -> None:
    page = opened("a_table.ipynb")
    page.locator(".jp-OutputArea-output mjx-container").wait_for(timeout=30_000)  # of the cell after it
    table = page.locator(".jp-OutputArea-output table")
    assert table.locator("th, td").evaluate_all("cells => cells.map(cell => cell.innerText)") == CELLS
    assert table.locator("mjx-container, b, a, code, em, strong, del").count() == 0


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, id=f"chapter{name[:2]}") for name in NOTEBOOKS],
)
def test_a_student_runs_all_cells_and_moves_every_slider(page: Any, lab: str, name: str, artifacts: Path) -> None:
    open_notebook(page, lab, name)
    run_all(page)

    explorers = page.locator(".mm-screen")
    for number in range(explorers.count()):
        explorer = explorers.nth(number)
        explorer.scroll_into_view_if_needed()
        explorer.locator("svg[role=img]").first.wait_for(timeout=30_000)
        explorer.get_by_role("button", name="Show the code").click()  # where a small step may change nothing else
        handles = explorer.locator(".noUi-handle:visible")
        for i in range(handles.count()):
            now, least = (float(handles.nth(i).get_attribute(f"aria-value{end}")) for end in ("now", "min"))
            move(page, explorer, i, *["ArrowRight" if now == least else "ArrowLeft"] * 5)
        assert explorer.locator("[role=alert]").all_inner_texts() == []
        explorer.screenshot(path=artifacts / f"{Path(name).stem}-explorer-{number + 1}.png")

    assert page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert page.locator(".jp-OutputArea-output", has_text=re.compile("Traceback|Error displaying widget")).count() == 0
    assert page.problems == []


def test_the_dashboard_plays_and_pauses(page: Any, lab: str) -> None:
    open_notebook(page, lab, "10_monitoring.ipynb")
    run_all(page)
    shown = show(page, "A desk while it runs")
    status = shown.locator("[role=status]")
    status.get_by_text("At 0 s").wait_for(timeout=30_000)
    button = shown.locator(".widget-play button").first
    button.click()
    status.get_by_text(re.compile(r"At [1-9]\d{2,} s")).wait_for(timeout=30_000)
    button.click()
    page.wait_for_timeout(1000)
    paused = status.inner_text()
    page.wait_for_timeout(1000)
    assert status.inner_text() == paused
    assert page.problems == []


def test_a_reader_comes_to_the_first_explorer_within_three_screens(page: Any, lab: str) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    open_notebook(page, lab, "00_start_here.ipynb")
    run_all(page)
    first = show(page, "A quoting day")
    top = """explorer => {
        const top = document.querySelector('.jp-Notebook .jp-Cell').getBoundingClientRect().top;
        return explorer.getBoundingClientRect().top - top;
    }"""
    assert first.evaluate(top) < 3 * 648


def test_the_game_is_played_with_the_keyboard(page: Any, lab: str) -> None:
    open_notebook(page, lab, "00_start_here.ipynb")
    run_all(page)
    game = show(page, "Quote by hand")
    game.locator(".noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.textContent") == "Quote 10 seconds":
            break
    for second in (10, 20):
        page.keyboard.press("Space")
        game.locator("[role=status]", has_text=f"Second {second} of 300").wait_for(timeout=15_000)
    assert game.locator("[role=alert]").all_inner_texts() == []


def test_a_burst_of_moves_ends_on_the_right_picture(page: Any, lab: str) -> None:
    open_notebook(page, lab, "02_avellaneda_stoikov.ipynb")
    run_all(page)
    explorer = show(page, "Avellaneda–Stoikov (2008)")
    row = explorer.locator(".mm-control", has_text="time left")
    row.locator(".noUi-handle").focus()
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    end = "0.35"
    page.wait_for_function("([box, end]) => box.value == end", arg=[row.locator("input").element_handle(), end])
    status = explorer.locator("[role=status]", has_text=f"{end} of the day left")
    status.wait_for(timeout=15_000)
    # The words and the picture are one state: the bid in the title of the first panel is γσ²qτ from the mid.
    assert explorer.locator(".mm-title", has_text="quotes centred 0.42 below the mid").count() == 1


def test_a_cell_run_ten_times_and_two_explorers_in_one_notebook(page: Any, lab: str) -> None:
    open_notebook(page, lab, "two_explorers.ipynb")
    for _ in range(10):
        run_all(page)
    explorers = page.locator(".jp-OutputArea-output .widget-vbox", has_text="Avellaneda–Stoikov (2008)")
    assert explorers.count() == 2
    first, second = explorers.nth(0), explorers.nth(1)
    for explorer in (first, second):
        explorer.locator("[role=status]").wait_for(timeout=30_000)
    untouched = looks(second)
    first.scroll_into_view_if_needed()
    move(page, first, 1, "ArrowRight")
    first.locator("[role=status]", has_text=re.compile("^Long 4 clips")).wait_for(timeout=15_000)  # after its picture
    assert looks(second) == untouched
    assert page.locator("[role=alert]").all_inner_texts() == []
    assert page.problems == []


def test_a_student_commits_a_guess_sees_the_answer_and_thinks_again(page: Any, lab: str) -> None:
    open_notebook(page, lab, "02_avellaneda_stoikov.ipynb")
    run_all(page)
    question = show(page, "Predict:")
    commit = question.locator("button", has_text="Commit")
    commit.wait_for(timeout=30_000)
    assert commit.is_disabled()
    assert question.locator("img").count() == 0
    question.locator("input[type=radio]").first.check()
    commit.click()
    question.locator("[role=status]").wait_for(timeout=30_000)
    assert question.locator("img[alt]").count() == 1
    assert "Your first guess" in question.inner_text()
    question.locator("button", has_text="Think again").click()
    question.locator("img").wait_for(state="detached", timeout=15_000)
    question.locator("input[type=radio]").nth(1).check()
    commit.click()
    question.locator("[role=status]").wait_for(timeout=30_000)
    assert "Now:" in question.inner_text()
    assert page.problems == []
