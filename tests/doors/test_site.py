"""The site itself: the whole book built once, served under a path prefix, and read in a real Chromium."""

from __future__ import annotations

import json
import re
import shutil
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from mmlab.doors.pages import MARK
from tests.doors.reading import Tab, build

pytestmark = pytest.mark.site
ROOT = Path(__file__).parents[2]
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
PAGES = ["index", *sorted({path.stem for path in (ROOT / "notebooks" / "pages").glob("*.md")} - {"index"}), *CHAPTERS]
PAGES += [f"solutions/{path.stem}" for path in sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))]
SIDEWAYS = """() => {
    const inBox = element => {
        for (let box = element.parentElement; box; box = box.parentElement)
            if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(box).overflowX)) return true;
        return false;
    };
    return [...document.querySelectorAll('article *')]
        .filter(element => element.getBoundingClientRect().right > innerWidth + 1 && !inBox(element))
        .map(element => element.outerHTML.slice(0, 200))
        .concat(document.scrollingElement.scrollWidth > innerWidth ? ['the page itself'] : []);
}"""


class Html(HTMLParser):
    """The ids and links of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.wordless: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        self.ids |= {given[name] for name in ("id", "name") if name in given}
        self.links += [given[name] for name in ("href", "src", "xlink:href") if name in given]
        if tag == "img" and not given.get("alt"):
            self.wordless.append(given.get("src", ""))


def test_every_page_is_there_and_every_link_leads_somewhere(folder: Path) -> None:
    pages = {
        path: Html(path.read_text(encoding="utf-8")) for path in folder.rglob("*.html") if "_static" not in path.parts
    }
    assert {folder / f"{name}.html" for name in PAGES} <= pages.keys()
    lost = []
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if parts.scheme or "lite" in there.relative_to(folder.resolve()).parts[:1]:
                continue
            known = pages[there].ids | {""} if there in pages else {parts.fragment}
            lost += [] if there.exists() and unquote(parts.fragment) in known else [f"{path.name}: {link}"]
    assert lost == []
    assert [(path.name, src) for path, page in pages.items() for src in page.wordless] == []


def test_the_site_is_small(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 40e6


def test_the_words_of_a_picture_are_those_of_its_output(folder: Path) -> None:
    for chapter in CHAPTERS:
        cells = json.loads((ROOT / "notebooks" / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]
        outputs = [output for cell in cells for output in cell.get("outputs", [])]
        alts = [
            " ".join(one["metadata"]["image/png"]["alt"].split())
            for one in outputs
            if "image/png" in one.get("data", {})
        ]
        page = (folder / f"{chapter}.html").read_text(encoding="utf-8")
        shown = re.findall(r'<img alt="([^"]+)"[^>]*src="_images/[0-9a-f]{64}\.png"', page)
        assert [unescape(alt) for alt in shown] == alts != []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_nobody_else_and_fits_a_phone(phone: Tab, address: str, name: str) -> None:
    page = phone.open(f"{address}/{name}.html")
    assert page.evaluate(SIDEWAYS) == []
    assert page.locator("mjx-merror").count() == 0
    assert page.evaluate("document.documentElement.dataset.theme") == page.evaluate(
        "matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'"
    )
    assert phone.wrong == []


@pytest.mark.parametrize(
    "name", ["index", "concepts", "02_avellaneda_stoikov", "10_monitoring", f"solutions/{CHAPTERS[-1]}"]
)
def test_nothing_of_ours_keeps_a_reader_out(phone: Tab, address: str, name: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = phone.open(f"{address}/{name}.html")
    page.wait_for_load_state("networkidle")
    found = Axe().run(page, context="article").response["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("name", CHAPTERS[1:])
def test_equations_are_set_numbered_and_can_be_linked_to(desk: Tab, address: str, name: str) -> None:
    text = (ROOT / "notebooks" / "text" / f"{name}.md").read_text(encoding="utf-8")
    numbers = re.findall(r"^\$\$.*\\tag\{(\w+)\}", text, re.M)
    page = desk.open(f"{address}/{name}.html")
    assert len(numbers) >= 2 or name[0] == "A"  # two appendices only quote equations
    for number in numbers:
        place = f"#eq-{name[:2].lower()}-{number}"
        assert page.locator(f"{place} mjx-mlabeledtr, {place} + * mjx-mlabeledtr").count()
    assert desk.wrong == []


def test_search_finds_a_phrase_of_the_book(desk: Tab, address: str) -> None:
    page = desk.open(f"{address}/index.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("reservation price")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a", timeout=20_000)
    page.wait_for_function("document.querySelectorAll('#search-results li').length > 2")
    assert page.locator("#search-results li a", has_text="02 · Avellaneda–Stoikov").count() >= 1
    assert desk.wrong == []


def test_the_theme_changes_by_its_button(desk: Tab, address: str) -> None:
    page = desk.open(f"{address}/02_avellaneda_stoikov.html")
    background = "getComputedStyle(document.documentElement).getPropertyValue('--pst-color-background')"
    backgrounds = set()
    for theme in ("light", "dark"):
        page.locator(".theme-switch-button:visible").click()
        page.locator(f".theme-change-button[data-mode={theme}]:visible").click()
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        backgrounds.add(page.evaluate(background))
    assert len(backgrounds) == 2
    assert desk.wrong == []


def test_a_notebook_is_taken_home_as_it_is(desk: Tab, address: str) -> None:
    page = desk.open(f"{address}/02_avellaneda_stoikov.html")
    page.locator(".dropdown-download button").click()
    link = page.locator(".dropdown-download a", has_text="Notebook")
    got = page.request.get(link.evaluate("link => link.href"))
    assert got.body() == (ROOT / "notebooks" / "02_avellaneda_stoikov.ipynb").read_bytes()


def test_each_explorer_has_its_way_into_the_browser(desk: Tab, address: str) -> None:
    page = desk.open(f"{address}/02_avellaneda_stoikov.html")
    link = page.locator(".mm-live a")
    assert link.count() == 1
    assert "lite/repl/index.html?kernel=python&toolbar=1&code=from%20mmbook.ch02" in link.get_attribute("href")
    page.locator(".dropdown-rocket button").click()
    here = page.locator(".dropdown-rocket a").first.evaluate("link => link.href")
    assert here == f"{address}/lite/lab/index.html?path=notebooks/02_avellaneda_stoikov.ipynb"


def test_from_a_file_all_is_there_to_read_and_a_sentence_tells_the_rest(desk: Tab, folder: Path) -> None:
    page = desk.open((folder / "03_gueant_lehalle_fernandez_tapia.html").as_uri())
    assert "You opened this page from a file" in page.locator("article").inner_text()
    text = (ROOT / "notebooks" / "text" / "03_gueant_lehalle_fernandez_tapia.md").read_text(encoding="utf-8")
    assert page.locator("mjx-mlabeledtr").count() == text.count("\\tag{") > 0
    assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 0)")


def test_programs_find_every_page_as_text(folder: Path) -> None:
    index = (folder / "llms.txt").read_text(encoding="utf-8")
    listed = re.findall(r"^- \[([^\]]+)\]\(([^)]+)\): (.+)$", index, re.M)
    assert sorted(path for _, path, _ in listed) == sorted(f"{name}.md" for name in PAGES)
    for title, path, about in listed:
        assert title in (folder / path).read_text(encoding="utf-8")
        assert re.fullmatch(r"[A-Z].*[.?!]", about)


def test_a_second_build_takes_away_what_it_made_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "again"
    shutil.copytree(folder, out)
    (out / "lite").mkdir()
    (out / "lite" / "mine.txt").write_text("mine")
    (out / "index.html").unlink()
    old = json.loads((out / MARK).read_text(encoding="utf-8"))
    (out / "gone.html").write_text("of an older build")
    (out / MARK).write_text(json.dumps({**old, "files": [*old["files"], "gone.html"]}), encoding="utf-8")
    build(out, "--moving", "none")
    assert (out / "lite" / "mine.txt").read_text() == "mine"
    assert (out / "index.html").is_file()
    assert not (out / "gone.html").exists()
