"""Every explorer on a reader's screen: JupyterLab with its file browser open, three sizes and a zoom, both themes.

One page a notebook, with nothing in it but that notebook's explorers; sizes and themes change while it is open.
`screen.js` is what measures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.browser.serving import EXPLORERS, explorers_notebook, in_kernel, open_notebook, run_all

pytestmark = pytest.mark.browser

MEASURES = (Path(__file__).parent / "screen.js").read_text(encoding="utf-8")
LAPTOP = (1366, 768)
ZOOMED = (911, 512)
"""What a laptop's page has at 150%, where a pixel of it is one and a half of the screen's."""
SIZES = [LAPTOP, (1920, 1080), (900, 1000), ZOOMED]
THEMES = ["JupyterLab Light", "JupyterLab Dark"]
LOOKS = "[...root.querySelectorAll('svg, pre, [role=status], [role=alert]')].map(one => one.outerHTML).join('')"
GREY = "plot => getComputedStyle(plot).opacity < 0.5"
LETTERED = ".mm-panel, .mm-words, .mm-box"
ROOM = 648
"""What JupyterLab's bars leave of a laptop's height [px]."""


@dataclass
class Shown:
    """An explorer in a page; `number` is its place among those of its notebook."""

    page: Any
    kind: Any
    number: int

    @property
    def root(self) -> Any:
        return self.page.locator(".mm-screen").nth(self.number)

    def at(self, size: tuple[int, int], theme: str = THEMES[0]) -> None:
        """Give the window this size and JupyterLab this theme, and wait until both are seen."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.evaluate("theme => window.jupyterapp.commands.execute('apputils:change-theme', {theme})", theme)
        self.page.wait_for_function("theme => document.body.dataset.jpThemeName == theme", arg=theme)
        self.root.scroll_into_view_if_needed()
        self.page.evaluate("() => new Promise(seen => requestAnimationFrame(() => requestAnimationFrame(seen)))")

    def measured(self, what: str, *arguments: Any) -> Any:
        """Ask one of the measures in screen.js."""
        measure = f"(root, rest) => window.screen_of.{what}(root, ...rest)"
        return self.root.evaluate(measure, arguments)

    def do(self, code: str) -> None:
        """Run code in the notebook's kernel, where this explorer is `it`."""
        in_kernel(self.page, f"it = shown[{self.number}]; {code}")

    def choose(self, preset: int) -> None:
        """Choose a preset by its place in the menu."""
        self.do(f"it.choose(list(it.presets)[{preset}])")

    @property
    def looks(self) -> str:
        """Picture, words, and the code where it is shown."""
        return str(self.root.evaluate(f"root => {LOOKS}"))

    @property
    def plot(self) -> str:
        """The picture alone, and its words."""
        panels, words = self.root.locator(".mm-panels"), self.root.locator(".mm-words")
        return f"{panels.inner_html()} {words.inner_text()}"

    def changes_from(self, before: str) -> None:
        """Wait until what is seen is something else and belongs to the values."""
        self.page.wait_for_function(
            f"([root, before]) => !root.classList.contains('mm-stale') && {LOOKS} != before",
            arg=[self.root.element_handle(), before],
            timeout=15_000,
        )


@pytest.fixture(scope="module")
def pages(browser: Any, lab: str) -> Iterator[Any]:
    """Opens the page of a notebook's explorers; the one before is closed, and its kernel with it."""
    opened: dict[str, Any] = {}

    def close() -> None:
        for page in opened.values():
            page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
            page.context.close()
        opened.clear()

    def page_of(notebook: str) -> Any:
        if notebook not in opened:
            close()
            page = browser.new_context(viewport={"width": LAPTOP[0], "height": LAPTOP[1]}).new_page()
            page.problems = []
            page.on("pageerror", lambda error: page.problems.append(str(error)))
            open_notebook(page, lab, explorers_notebook(notebook))
            run_all(page)
            for number in range(len(EXPLORERS[notebook])):
                page.locator(".mm-screen").nth(number).locator("svg").first.wait_for(timeout=30_000)
            page.evaluate(MEASURES)
            opened[notebook] = page
        return opened[notebook]

    yield page_of
    close()


@pytest.fixture(scope="module")
def shown(pages: Any, request: pytest.FixtureRequest) -> Shown:
    notebook, name = request.param
    kind = getattr(import_module(f"mmbook.ch{notebook[:2].lower()}"), name)
    return Shown(pages(notebook), kind, EXPLORERS[notebook].index(name))


def parameter_of(notebook: str, name: str) -> Any:
    """An explorer as a test's parameter; those of one notebook go to one worker."""
    return pytest.param((notebook, name), id=f"chapter{notebook[:2]}-{name}")


every_explorer = pytest.mark.parametrize(
    "shown",
    [parameter_of(notebook, name) for notebook, names in EXPLORERS.items() for name in names],
    indirect=True,
    scope="module",
)


@every_explorer
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_panels_flow_and_can_be_read(shown: Shown, size: tuple[int, int], theme: str, artifacts: Path) -> None:
    shown.at(size, theme)
    shown.root.screenshot(path=artifacts / f"screen-{shown.kind.__name__}-{size[0]}-{theme.split()[-1].lower()}.png")
    assert shown.measured("scrolling") == []
    assert shown.measured("outside") == []
    assert shown.measured("small", 11 / (1.5 if size == ZOOMED else 1), LETTERED) == []
    assert shown.measured("overlapping") == []
    assert min(shown.measured("widths_of_panels")) >= 320
    assert shown.measured("cut") == []
    if size == LAPTOP:
        assert shown.measured("height") <= ROOM
    assert shown.page.problems == []


@every_explorer
@pytest.mark.parametrize("theme", THEMES)
def test_text_and_lines_stand_out_from_the_page(shown: Shown, theme: str) -> None:
    shown.at(LAPTOP, theme)
    assert shown.measured("faint_text") == []
    assert shown.measured("faint_lines") == []


@every_explorer
def test_every_preset_fits_a_laptop(shown: Shown) -> None:
    shown.at(LAPTOP)
    presets = shown.root.locator("select").first.locator("option").all_inner_texts()
    too_high = {}
    for number, preset in enumerate(presets):
        shown.choose(number)
        assert shown.measured("outside") == [], preset
        if (height := shown.measured("height")) > ROOM:
            too_high[preset] = height
    shown.choose(0)
    assert too_high == {}


@every_explorer
def test_each_control_is_a_number_box_with_a_name_and_its_handle_the_next_tab_stop(shown: Shown) -> None:
    shown.at(LAPTOP)
    for parameter in shown.kind.sliders:
        box = number_box(shown, parameter)
        low, high, value = box.evaluate("box => [box.min, box.max, box.value].map(parseFloat)")
        assert low < high
        assert low <= value <= high
        box.focus()
        shown.page.keyboard.press("Tab")
        assert box.evaluate(
            """box => document.activeElement.matches('.noUi-handle')
                && box.closest('.widget-hbox').contains(document.activeElement)"""
        ), parameter.name


@every_explorer
def test_a_key_and_a_typed_value_reach_the_picture(shown: Shown) -> None:
    shown.at(LAPTOP)
    code = shown.root.get_by_role("button", name="Show the code")
    code.click()  # a step of one number of many may change nothing else
    for parameter in shown.kind.sliders:
        shown.choose(0)
        box, before = number_box(shown, parameter), shown.looks
        low, high, value = box.evaluate("box => [box.min, box.max, box.value].map(parseFloat)")
        box.focus()
        shown.page.keyboard.press("Tab")
        shown.page.keyboard.press("ArrowLeft" if value > low else "ArrowRight")
        shown.changes_from(before)
        before, plot = shown.looks, shown.plot
        typed = between(parameter, low, high, now=float(box.input_value()))
        box.fill(typed)
        box.press("Enter")
        shown.changes_from(before)
        assert parameter.integer or shown.kind.sections or shown.plot != plot, parameter.name
        assert box.input_value() == typed
        shown.do(f"assert it.values[{parameter.name!r}] == {typed}, it.values")
    assert shown.root.locator("[role=alert]").all_inner_texts() == []
    code.click()
    shown.choose(0)


@every_explorer
def test_a_lecture_shows_one_panel_in_letters_for_the_last_row(shown: Shown) -> None:
    shown.at(LAPTOP)
    shown.do("it.lecture(1)")
    assert shown.root.locator(".mm-panel:visible").count() == 1
    assert shown.measured("small", 18, LETTERED) == []
    assert shown.measured("scrolling") == []
    shown.do("it.lecture()")
    assert shown.root.locator(".mm-panel:visible").count() == shown.root.locator(".mm-panel").count()


@pytest.mark.parametrize(
    "shown", [parameter_of("02_avellaneda_stoikov", "AvellanedaStoikovExplorer")], indirect=True, scope="module"
)
def test_a_slow_move_greys_the_picture_and_one_that_fails_leaves_it_grey(shown: Shown) -> None:
    shown.at(LAPTOP)
    plot, before = shown.root.locator(".mm-panels"), shown.looks
    shown.do("import time; answer = it.answer; it.answer = lambda values: time.sleep(1) or answer(values)")
    shown.root.locator(".noUi-handle").first.focus()
    shown.page.keyboard.press("ArrowLeft")
    shown.page.wait_for_function(GREY, arg=plot.element_handle(), timeout=5_000)
    assert shown.root.evaluate("root => root.classList.contains('mm-stale')")
    assert shown.looks == before
    shown.changes_from(before)
    assert not plot.evaluate(GREY)
    shown.do("it.answer = lambda values: 1 / 0")
    shown.page.keyboard.press("ArrowLeft")
    shown.root.locator("[role=alert]", has_text="ZeroDivisionError").wait_for(timeout=5_000)
    shown.page.wait_for_function(GREY, arg=plot.element_handle(), timeout=5_000)
    shown.do("it.answer = answer")
    shown.page.keyboard.press("ArrowLeft")
    shown.root.locator("[role=status]").wait_for(timeout=5_000)
    assert not plot.evaluate(GREY)
    shown.choose(0)


@pytest.mark.parametrize("shown", [parameter_of("00_start_here", "QuotingGame")], indirect=True, scope="module")
def test_in_the_game_inventory_score_and_verdict_stand_right_under_the_buttons(shown: Shown) -> None:
    shown.at(LAPTOP)
    shown.root.evaluate("root => root.scrollIntoView({block: 'start'})")

    def press(button: str, says: str) -> None:
        pressed, status = shown.root.get_by_role("button", name=button, exact=True), shown.root.locator("[role=status]")
        pressed.click()
        status.get_by_text(says).wait_for(timeout=15_000)
        above, words = pressed.bounding_box(), status.bounding_box()
        assert 0 <= words["y"] - above["y"] - above["height"] < 20
        assert above["y"] > 0
        assert words["y"] + words["height"] < LAPTOP[1]
        assert status.inner_text().index(says) < 60

    press("Quote 10 seconds", "You are")
    press("Quote 10 seconds", "Score so far")
    for skew in (0, 0.1, 0.2, 0.3, 0.4, 0.5):
        shown.do(f"it.reset(); it.set(skew={skew})")
        press("Quote to the close", "Your score")
    assert shown.root.locator("tbody tr").count() == 5
    assert shown.measured("height") <= ROOM
    assert shown.measured("outside") == []
    shown.choose(0)


def number_box(shown: Shown, parameter: Any) -> Any:
    """The control that a screen reader calls by the parameter's symbol and name, its tab opened."""
    for tab, names in shown.kind.sections.items():
        if parameter.name in names:
            shown.root.get_by_role("button", name=tab, exact=True).click()
    name = parameter.heading
    box = shown.root.get_by_role("spinbutton", name=name, exact=True)
    box.first.wait_for(timeout=10_000)
    assert box.count() == 1, name
    return box


def between(parameter: Any, low: float, high: float, now: float) -> str:
    """Another value than now's, as somebody types it: where that can be, one that no handle stops at."""
    if parameter.integer:
        return str(min({low, round(low + 0.37 * (high - low)), high} - {now}, key=lambda value: abs(value - now)))
    if parameter.scale == "log":
        return f"{low * (high / low) ** 0.3719:.4g}"
    return f"{low + 0.3719 * (high - low):.4g}"
