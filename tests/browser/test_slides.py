"""The slides of a lecture as somebody shows them: a file in a browser that has no network, at two sizes of a screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mmlab.classroom.__main__ import main
from mmlab.classroom.chapters import notebooks

pytestmark = pytest.mark.browser
SIZES = [(1366, 768), (1024, 768)]
CHAPTERS = [pytest.param(chapter, id=f"chapter{chapter}") for chapter in notebooks()]
CUT = """() => {
    const slide = Reveal.getCurrentSlide(), scale = Reveal.getScale(), found = [];
    const frame = slide.getBoundingClientRect(), right = Math.min(frame.right, innerWidth) + 1;
    const bottom = Math.min(frame.bottom, innerHeight) + 1;
    const words = element => `${element.localName} “${element.textContent.trim().slice(0, 50)}”`;
    for (const element of slide.querySelectorAll('.frame, .frame *')) {
        if (element.closest('mjx-assistive-mml') || (element.ownerSVGElement && element.localName != 'svg')) continue;
        const box = element.getBoundingClientRect();
        if (!box.width) continue;
        if (box.left < frame.left - 1 || box.right > right || box.top < frame.top - 1 || box.bottom > bottom)
            found.push(`${words(element)} leaves the slide`);
        const isFormula = element.closest('mjx-container') || element.querySelector('mjx-container');
        if (element.clientWidth && getComputedStyle(element).display != 'inline' && !isFormula
            && (element.scrollWidth > element.clientWidth + 2 || element.scrollHeight > element.clientHeight + 3))
            found.push(`${words(element)} is cut`);
        if (element.localName != 'img') continue;
        if (!(element.complete && element.naturalWidth)) found.push('a picture is not loaded');
        if (box.height < 160 * scale) found.push('a picture is small');
    }
    const parts = [...slide.querySelector('.frame').children].map(part => part.getBoundingClientRect());
    if (parts.some((part, n) => n && part.top < parts[n - 1].bottom - 1)) found.push('parts lie on each other');
    return found;
}"""
ILL_SET = r"""() => {
    const slide = Reveal.getCurrentSlide(), scale = Reveal.getScale(), found = [];
    const size = element => parseFloat(getComputedStyle(element).fontSize) * scale;
    const texts = document.createTreeWalker(slide.querySelector('.frame'), NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
        const words = text.textContent.trim(), around = text.parentElement;
        if (!words || around.closest('mjx-container')) continue;
        if (size(around) < 20) found.push(`${size(around)} px: ${words}`);
        const isProse = !around.closest('pre, code');
        if (isProse && /\$|^\||\*\*|\]\(|<\/?\w+>|\\\w+/.test(words)) found.push(`not set: ${words}`);
    }
    for (const formula of slide.querySelectorAll('.frame mjx-container'))
        if (size(formula) < 20) found.push(`a formula of ${size(formula)} px`);
    if (slide.querySelector('[data-mjx-error], mjx-merror')) found.push('a formula is wrong');
    return found;
}"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slides of a class")


def made(folder: Path, chapter: str, *options: str) -> Path:
    """The slides of a chapter."""
    assert main(["slides", chapter, "--out", str(folder), *options]) == 0
    (file,) = folder.glob(f"{chapter}_*.html")
    return file


def opened(browser: Any, file: Path, width: int, height: int, query: str = "") -> tuple[Any, list[str]]:
    """The page when its formulas are set, without a network, and what goes wrong in it."""
    context = browser.new_context(offline=True, viewport={"width": width, "height": height})
    page, wrong = context.new_page(), []
    page.on("request", lambda asked: wrong.append(asked.url) if not re.match("file:|data:|blob:", asked.url) else 0)
    page.on("console", lambda words: wrong.append(words.text) if words.type in ("error", "warning") else 0)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri() + query)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    return page, wrong


def walked(page: Any) -> Iterator[str]:
    """The heading of each slide, once as it comes and once for each fragment that is shown on it."""
    while True:
        yield page.evaluate("Reveal.getCurrentSlide().querySelector('h2').textContent")
        if page.evaluate("Reveal.isLastSlide() && !Reveal.availableFragments().next"):
            return
        page.evaluate("Reveal.next()")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_slide_fits_and_asks_for_nothing(browser: Any, folder: Path, chapter: str, artifacts: Path) -> None:
    file = made(folder, chapter)
    for width, height in SIZES:
        page, wrong = opened(browser, file, width, height)
        for n, heading in enumerate(walked(page)):
            found = page.evaluate(CUT) + (page.evaluate(ILL_SET) if width == SIZES[0][0] else [])
            wrong += [f"{width}, {heading}: {one}" for one in found]
            if chapter == "02" and width == SIZES[0][0]:
                page.screenshot(path=artifacts / f"slide-{n:02d}.png")
        page.context.close()
        assert wrong == []


def test_an_answer_waits_behind_its_prediction(browser: Any, folder: Path) -> None:
    page, _ = opened(browser, made(folder, "02"), *SIZES[0])
    while not page.locator("section.page.present .answer").count():
        page.evaluate("Reveal.next()")
    answer, right = page.locator("section.page.present .answer"), page.locator("section.page.present .right")
    assert not answer.is_visible() or answer.evaluate("one => getComputedStyle(one).visibility") == "hidden"
    before = right.evaluate("one => getComputedStyle(one).color")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.present .answer.visible')")
    assert answer.evaluate("one => getComputedStyle(one).visibility") == "visible"
    assert right.evaluate("one => getComputedStyle(one).color") != before
    page.context.close()


def test_the_speaker_has_the_prose(browser: Any, folder: Path) -> None:
    page, wrong = opened(browser, made(folder, "02"), *SIZES[0])
    with page.context.expect_page() as window:
        page.keyboard.press("s")
    window.value.wait_for_function("document.querySelector('.speaker-controls-notes .value').textContent.length > 100")
    assert wrong == []
    page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_prints_a_slide_a_page_and_everything_can_be_read(browser: Any, folder: Path, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    file = made(folder, "02", "--theme", theme)
    page, wrong = opened(browser, file, *SIZES[0], "?print-pdf")
    page.wait_for_selector(".pdf-page")
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == page.locator("section.page").count() > 20
    assert page.locator(".frame img.picture").evaluate_all("all => all.every(one => one.clientHeight > 150)")
    rules = {"runOnly": ["color-contrast", "image-alt", "list", "document-title", "html-has-lang"]}
    assert [one["id"] for one in Axe().run(page, options=rules).response["violations"]] == []
    assert wrong == []
    page.context.close()
