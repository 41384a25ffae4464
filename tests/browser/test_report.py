"""The report as somebody opens it: a file in a browser that has no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmlab import MarketMakingConfig, MarketMakingMonitor, simulate, write_report

pytestmark = pytest.mark.browser


def test_the_report_opens_offline_with_its_picture_and_tables(browser: Any, tmp_path: Path, artifacts: Path) -> None:
    config = MarketMakingConfig()
    monitor = MarketMakingMonitor(config)
    monitor.monitor(None, simulate(config.make_desk(), config.make_market().tape(1, 2_000, seed=3)))
    file, _ = write_report(tmp_path / "day.html", monitor, title="Tuesday", provenance={"seed": 3})

    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 1000})
    page, problems, asked = context.new_page(), [], []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert page.title() == "Tuesday"
    picture = page.locator("img")
    assert picture.evaluate("image => image.complete && image.naturalWidth > 600")
    assert picture.get_attribute("alt").startswith("The day from 0 to 23400")
    assert page.locator("h2").all_inner_texts()[:3] == ["Where the profit came from", "Which day", "Alerts"]
    metrics = page.locator("h2:has-text('Metrics') + div table")
    assert metrics.locator("tr", has_text="quoted spread").locator("td").nth(2).inner_text() == "price"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert problems == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.screenshot(path=artifacts / "report.png", full_page=True)
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("h2").first.bounding_box()["y"] < picture.bounding_box()["y"]
    page.screenshot(path=artifacts / "report-phone.png", full_page=True)
    context.close()
