"""Explorers that move on the site's pages, in a real Chromium: by keys, on a phone and on a laptop, light and dark."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mmbook.ch02 import AvellanedaStoikovExplorer

from mmlab.doors import moving, sweep_file
from mmlab.doors.book import Book
from mmlab.doors.preset_file import LARGEST, opened
from mmlab.teach import Explorer
from tests.doors.moved import of_engine, of_page
from tests.doors.reading import MOVED, Tab
from tests.doors.test_site import SIDEWAYS
from tests.mmbook.test_explorers import EXPLORERS

pytestmark = pytest.mark.site
ROOT = Path(__file__).parents[2]
BOOK = Book(ROOT / "notebooks")
MOVING = [
    (page.docname, n, lines)
    for page in BOOK.pages
    if page.kind == "chapter" and (MOVED == "all" or page.docname[:2] in MOVED.split(","))
    for n, lines in enumerate(moving.explorers(BOOK, page.docname.split("_")[0]))
]
FIRST = "02_avellaneda_stoikov"


def shown(page: Any, n: int = 0) -> Any:
    """An explorer's place on a page, when it has come into view and moves."""
    box = page.locator(".mm-moving").nth(n)
    box.evaluate("box => box.scrollIntoView()")
    box.locator(".mm-panel svg").first.wait_for()
    return box


def press(page: Any, slider: Any, *keys: str) -> None:
    """Press keys on a slider, and let the page draw."""
    slider.focus()
    for key in keys:
        page.keyboard.press(key)
    page.evaluate("() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")


def swept(folder: Path, box: Any, preset: int = 0) -> Any:
    """What the file of a preset says of its sliders."""
    about = box.evaluate("box => JSON.parse(box.dataset.moving)")
    return sweep_file.read((folder / about["folder"] / about["presets"][preset][1]).read_bytes())[0]["sliders"]


def test_no_preset_weighs_more_than_it_may_and_all_are_there(folder: Path) -> None:
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*.sweep")}
    assert max(sizes.values()) <= LARGEST
    kinds = {kind.__name__: kind for kind in EXPLORERS}
    for _, _, lines in MOVING:
        name = lines.splitlines()[0].rpartition(" ")[2]
        n_presets = len(opened(lines).presets if name == "Dashboard" else kinds[name].presets)
        assert len([path for path in sizes if f"/{name}-" in path]) == n_presets


@pytest.mark.parametrize(("name", "n", "lines"), MOVING)
def test_keys_move_picture_and_words_to_the_engines(
    desk: Tab, address: str, folder: Path, name: str, n: int, lines: str
) -> None:
    page, engine = desk.open(f"{address}/{name}.html"), opened(lines)
    box, preset = shown(page, n), engine.preset
    for about in swept(folder, box)[:: 1 if len(engine.specs) < 10 else 5]:
        slider = box.locator(f"input[id$='-{about['name']}']")
        slider.evaluate("slider => slider.closest('details')?.setAttribute('open', '')")
        ends = [("Home", 0), ("End", -1)]
        # A slider that rests at its low end is moved away from it first: until then the axes are the last one's.
        for key, position in ends[:: -1 if about["start"] == 0 else 1]:
            press(page, slider, key)
            assert of_page(box) == next(of_engine(engine, preset, about, [about["values"][position]]))
            spoken = slider.get_attribute("aria-valuetext").split()[0]
            assert "-" not in spoken
            assert float(spoken.replace("−", "-")) == about["values"][position]
        box.locator("button", has_text="Reset").click()
    assert desk.wrong == []


@pytest.mark.parametrize("width", [390, 1366])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_on_a_phone_and_a_laptop_in_both_themes_it_fits_and_keeps_nobody_out(
    browser: Any, address: str, artifacts: Path, width: int, theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = Tab(browser, width, 844 if width == 390 else 768, theme)
    page = tab.open(f"{address}/{FIRST}.html")
    box = shown(page)
    sliders = box.locator("input[type=range]")
    for keys, name in (((), "rest"), (("End",), "one"), (("End",), "two")):
        press(page, sliders.nth(0 if name == "one" else 1), *keys)
        assert page.evaluate(SIDEWAYS) == []
        box.screenshot(path=artifacts / f"moving_{width}_{theme}_{name}.png")
    assert tab.wrong == []
    for _ in ("two", "rest"):
        found = Axe().run(page, context=".mm-moving").response["violations"]
        assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []
        box.locator("button", has_text="Reset").click()
    ink = box.locator(".mm-panel svg path[style*='--mm-blue']").first.evaluate("path => getComputedStyle(path).stroke")
    assert ink == {"light": "rgb(0, 114, 178)", "dark": "rgb(86, 180, 233)"}[theme]
    assert box.evaluate("box => box.previousElementSibling.querySelector('img').checkVisibility()") is False
    tab.context.close()


def test_a_screen_reader_has_names_values_with_units_and_the_readout(desk: Tab, address: str) -> None:
    page = desk.open(f"{address}/{FIRST}.html")
    box = shown(page)
    for spec in AvellanedaStoikovExplorer.specs.values():
        slider = box.get_by_role("slider", name=spec.heading, exact=True)
        assert slider.get_attribute("aria-valuetext").endswith(f" {spec.unit}")
    assert box.get_by_role("combobox", name="preset").count() == 1
    assert box.get_by_role("status").inner_text().startswith("Long 3 clips")
    plots = box.get_by_role("img")
    assert plots.count() == 4
    assert "below the mid" in plots.first.evaluate(
        "plot => document.getElementById(plot.getAttribute('aria-labelledby')).textContent"
    )


def test_a_second_slider_says_that_it_needs_a_kernel_and_offers_one_with_both_values(desk: Tab, address: str) -> None:
    page = desk.open(f"{address}/{FIRST}.html")
    box = shown(page)
    box.get_by_label("preset").select_option(label="very risk averse")
    page.wait_for_function("!document.querySelector('.mm-moving').hasAttribute('aria-busy')")
    gamma, inventory = box.locator("input[type=range]").nth(0), box.locator("input[type=range]").nth(1)
    press(page, gamma, "End")
    one = of_page(box)
    press(page, inventory, "Home")
    assert box.get_by_role("status").inner_text().startswith("From here on it needs a kernel")
    assert box.locator(".mm-panels").evaluate("panels => Number(getComputedStyle(panels).opacity)") < 0.5
    link = urlsplit(box.get_by_role("link", name="Make it live with these values").evaluate("link => link.href"))
    assert link.path.endswith("/lite/repl/index.html")
    explorer: Explorer = opened(parse_qs(link.query)["code"][0])
    assert explorer.preset == "very risk averse"
    assert {name: value for name, value in explorer.values.items() if value != explorer.at_rest[name]} == {
        "risk_aversion": 2.0,
        "inventory": -10,
    }
    press(page, inventory, *["ArrowRight"] * 13)  # back where the preset has it
    assert of_page(box) == one
    press(page, inventory, "ArrowLeft")
    box.locator("button", has_text="Reset").click()
    assert box.get_by_role("status").inner_text().startswith("Long 3 clips")
    assert desk.wrong == []


def test_without_scripts_the_page_is_as_it_was(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/{FIRST}.html")
    assert page.locator(".mm-moving").inner_html() == ""
    assert page.locator(".cell:has(+ .mm-moving) img").is_visible()
    context.close()


def test_where_a_sweep_cannot_be_loaded_the_still_picture_stays(desk: Tab, address: str) -> None:
    desk.context.route("**/*.sweep", lambda route: route.abort())
    page = desk.open(f"{address}/{FIRST}.html")
    page.locator(".mm-moving").evaluate("box => box.scrollIntoView()")
    page.wait_for_load_state("networkidle")
    assert page.locator(".mm-moving").inner_html() == ""
    assert page.locator(".cell:has(+ .mm-moving) img").is_visible()
