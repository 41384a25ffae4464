"""One test for the front ends of a notebook: a chapter's first picture, its sliders, and what it asks of others.

Voilà has an environment of its own, whose Python MMLAB_VOILA names. Figures go to front_ends.jsonl among the artifacts:

    MMLAB_VOILA=/somewhere/bin/python python -m pytest -n 0 -m browser tests/doors/test_front_ends.py
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests.browser.serving import find_chromium, open_notebook, running_browser, running_lab, start_all, wait_for_all

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
ARTIFACTS = Path(os.environ.get("MMLAB_ARTIFACTS", ROOT / "artifacts"))
CHAPTERS = ("02_avellaneda_stoikov.ipynb", "10_monitoring.ipynb")


class FrontEnd(NamedTuple):
    """What is known of a front end's own faults."""

    asks: frozenset[str] = frozenset()
    errors: tuple[str, ...] = ()
    keys: tuple[str, str] = ("ArrowLeft", "ArrowRight")
    """Down and up, on a slider's handle."""


FRONT_ENDS = {
    "lab": FrontEnd(),
    # Its shortcuts take the arrows, before a handle that has the focus; and every page of it has this error.
    "notebook": FrontEnd(
        errors=("Cannot read properties of undefined (reading 'schema')",), keys=("PageDown", "PageUp")
    ),
    # Its page has the icons of play and stop from there: without a network these buttons are blank.
    "voila": FrontEnd(asks=frozenset({"cdn.jsdelivr.net"})),
}
LOOKS = "root => [...root.querySelectorAll('svg')].map(svg => svg.outerHTML).join('') + root.innerText"

NEW = f"([root, before]) => !root.closest('.mm-stale') && !root.querySelector('.mm-stale') && ({LOOKS})(root) != before"


@pytest.fixture(scope="module", params=FRONT_ENDS)
def served(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A front end, and the address at which it serves the notebooks."""
    app = request.param
    options = {}
    if app == "voila":
        if "MMLAB_VOILA" not in os.environ:
            pytest.skip("MMLAB_VOILA names no Python that has Voilà")
        options["python"] = os.environ["MMLAB_VOILA"]
    home = tmp_path_factory.mktemp(app)
    shutil.copytree(ROOT / "notebooks", home / "source", ignore=shutil.ignore_patterns("mmbook", "solutions"))
    with running_lab(home / "source", home, app, **options) as address:
        yield app, address


@pytest.fixture
def page() -> Iterator[Any]:
    """A page that notes its errors and what it asks of other machines."""
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    with running_browser(chromium) as browser:
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.errors, page.others = [], set()
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("request", lambda asked: page.others.add(urlsplit(asked.url).hostname))
        yield page


@pytest.mark.parametrize("name", CHAPTERS, ids=lambda name: f"chapter{name[:2]}")
def test_a_chapter_shows_its_picture_and_every_slider_moves_it(served: tuple[str, str], page: Any, name: str) -> None:
    app, address = served
    known = FRONT_ENDS[app]
    began = time.monotonic()
    if app == "voila":
        page.goto(f"{address}/voila/render/{name}", timeout=240_000, wait_until="commit")
    else:
        open_notebook(page, address, name, app)
        start_all(page)
    explorer = page.locator(".mm-screen").first
    explorer.locator("svg[role=img]").first.wait_for(timeout=240_000)
    seconds = time.monotonic() - began
    if app != "voila":  # which shows nothing before all has run
        wait_for_all(page)
    explorer.scroll_into_view_if_needed()
    explorer.get_by_role("button", name="Show the code").click()  # where a small step may change nothing else
    handles, milliseconds = explorer.locator(".noUi-handle:visible"), []
    for i in range(handles.count()):
        now, least = (float(handles.nth(i).get_attribute(f"aria-value{end}")) for end in ("now", "min"))
        handles.nth(i).focus()
        before, moved = explorer.evaluate(LOOKS), time.monotonic()
        page.keyboard.press(known.keys[now == least])
        page.wait_for_function(NEW, arg=[explorer.element_handle(), before], timeout=15_000)
        milliseconds.append(1000 * (time.monotonic() - moved))
    page.screenshot(path=ARTIFACTS / f"front_end_{app}_{name[:2]}.png")
    figures = {"app": app, "chapter": name[:2], "first picture [s]": round(seconds, 1), "sliders": len(milliseconds)}
    figures |= {"slider, median [ms]": round(median(milliseconds)), "slowest [ms]": round(max(milliseconds))}
    figures |= {
        "load": round(os.getloadavg()[0], 1),
        "errors": page.errors,
        "others": sorted(filter(None, page.others)),
    }
    with (ARTIFACTS / "front_ends.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(figures) + "\n")
    assert explorer.locator("[role=alert]").all_inner_texts() == []
    assert page.get_by_text("Error displaying widget").count() == 0
    assert page.others - {None, "127.0.0.1"} == known.asks
    assert set(page.errors) <= set(known.errors)
