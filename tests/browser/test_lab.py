"""The notebooks as a student meets them: opened in JupyterLab, run from top to bottom, their sliders moved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import open_notebook, run_all

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
EXPLORERS = {
    "00_start_here.ipynb": ("A quoting day", 2),
    "02_avellaneda_stoikov.ipynb": ("Avellaneda–Stoikov (2008)", 6),
}

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    opened = context.new_page()
    opened.problems = []
    opened.on("pageerror", lambda error: opened.problems.append(str(error)))
    yield opened
    context.close()


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_student_runs_all_cells_and_moves_every_slider(page: Any, lab: str, name: str, artifacts: Path) -> None:
    open_notebook(page, lab, name)
    run_all(page)

    title, n_sliders = EXPLORERS[name]
    explorer = page.locator(".jp-OutputArea-output .widget-vbox", has_text=title).first
    explorer.scroll_into_view_if_needed()
    explorer.locator("svg[role=img]").wait_for(timeout=30_000)
    sliders = explorer.locator(".noUi-handle")
    sliders.nth(n_sliders - 1).wait_for(timeout=30_000)
    for i in range(n_sliders):
        before = explorer.locator("svg[role=img]").inner_html()
        sliders.nth(i).focus()
        for _ in range(5):
            page.keyboard.press("ArrowRight" if i % 2 else "ArrowLeft")
        page.wait_for_function(
            "([root, picture]) => root.querySelector('svg[role=img]').innerHTML != picture",
            arg=[explorer.element_handle(), before],
            timeout=15_000,
        )
    assert explorer.locator("[role=alert]").all_inner_texts() == []
    explorer.screenshot(path=artifacts / f"{Path(name).stem}-explorer.png")

    assert page.locator('.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]').count() == 0
    assert page.locator(".jp-OutputArea-output", has_text=re.compile("Traceback|Error displaying widget")).count() == 0
    assert page.problems == []


def test_the_game_is_played_with_the_keyboard(page: Any, lab: str) -> None:
    open_notebook(page, lab, "00_start_here.ipynb")
    run_all(page)
    game = page.locator(".jp-OutputArea-output .widget-vbox", has_text="Quote by hand").first
    game.scroll_into_view_if_needed()
    game.locator("[role=status]").wait_for(timeout=30_000)
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
