"""The pages that `python mmlab lite` makes, in Chromium, as a reader without Python has them.

They are built once, without a network, into a folder with a space in its name, and served under a prefix.
"""

from __future__ import annotations

import functools
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from mmbook.ch02 import AvellanedaStoikovExplorer

from mmlab.doors import pyodide
from mmlab.teach.share import repl_query, share_lines
from tests.browser.serving import in_kernel
from tests.browser.test_lab import looks, move

ROOT = Path(__file__).parents[2]
NOTEBOOKS = [*sorted((ROOT / "notebooks").glob("*.ipynb")), *sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))]
MOST_SECONDS, MOST_MEGABYTES = 60, 70
"""What the pages may take to build, downloads apart, and how large they may be."""
AN_ENDLESS_LOOP = """
from mmlab.teach import check
from mmlab.teach.exercises import EXERCISES, Exercise
EXERCISES.add(Exercise("loop", "a function of x", lambda f: f"{f(1)}.", ("Hurry.",), ("x",), seconds=1.0))

def endless(x):
    while True:
        pass

verdict = check("loop", endless)
assert "had not returned after 1 s and was stopped" in verdict.message, verdict
assert check("loop", lambda x: x), "and nothing is stopped any more"
"""


pytestmark = pytest.mark.lite


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: Any) -> None:
        pass


def files_in(folder: Path) -> set[Path]:
    found = {path for path in folder.rglob("*") if not {"__pycache__", ".git", ".venv", "artifacts"} & {*path.parts}}
    return {path for path in found if ".pytest_cache" not in path.parts}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages; pip has no index while they are made, and all that was downloaded before is enough."""
    kept = os.environ.get("MMLAB_LITE_CACHE")
    cache = Path(kept) if kept else tmp_path_factory.mktemp("cache")
    pyodide.downloaded(cache)
    folder, before, start = tmp_path_factory.mktemp("a folder") / "book", files_in(ROOT), time.monotonic()
    command = [sys.executable, "-m", "mmlab.doors.lite", "--out", str(folder), "--cache", str(cache)]
    subprocess.run(command, check=True, env=os.environ | {"PIP_NO_INDEX": "1"}, cwd=folder.parent)
    took = time.monotonic() - start
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
    print(f"\nLite: built in {took:.0f} s, {size:.0f} MB")
    assert took <= MOST_SECONDS
    assert size <= MOST_MEGABYTES
    assert files_in(ROOT) == before
    return folder


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the pages are: under a prefix, with a space in it."""
    handler = functools.partial(Quiet, directory=str(site.parents[1]))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/{site.parent.name}/{site.name}".replace(" ", "%20")
        server.shutdown()


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """A reader's browser, all of whose requests stay at home."""
    opened = browser.new_context(viewport={"width": 1440, "height": 1000})
    opened.problems, outside = [], []
    opened.on("weberror", lambda error: opened.problems.append(str(error.error)))
    opened.on("request", lambda one: outside.append(one.url) if not is_at_home(one.url) else None)
    yield opened
    opened.close()
    assert outside == []


def is_at_home(url: str) -> bool:
    return bool(re.match(r"http://127\.0\.0\.1:|data:|blob:", url))


READY = """() => {
    const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return session?.isReady && session.session?.kernel?.status == 'idle';
}"""
FIRST_CELL = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .find(cell => cell.type == 'code').sharedModel.source"""
RUN_ALL = (
    "() => { window.ran = false; window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => ran = true); }"
)


def opened(context: Any, address: str, page: str = "", query: str = "") -> Any:
    """A page of Lite, when its Python has started."""
    page_of = context.new_page()
    page_of.goto(f"{address}/{page}{query}")
    page_of.wait_for_function(READY, timeout=180_000, polling=100)
    return page_of


def run_all(page: Any) -> None:
    """Run all cells as they were published, without their pictures; comes back when the kernel rests."""
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    page.evaluate(RUN_ALL)
    page.wait_for_function(f"() => window.ran && ({READY})()", timeout=600_000, polling=250)


def errors(page: Any) -> list[str]:
    """What cells said that failed, or that could not be shown; and those that have not run."""
    return page.evaluate(
        """() => [...window.jupyterapp.shell.currentWidget.content.model.cells].flatMap((cell, number) => {
            if (cell.type != 'code' || !cell.sharedModel.source.trim()) return [];
            const wrong = cell.outputs.toJSON().filter(one => one.output_type == 'error' || one.name == 'stderr');
            const words = wrong.map(one => `cell ${number}: ${one.ename} ${one.evalue} ${one.text}`);
            return cell.executionCount ? words : [...words, `cell ${number} has not run`];
        })"""
    )


def timed(page: Any, code: str) -> float:
    start = time.monotonic()
    in_kernel(page, code)
    return time.monotonic() - start


@pytest.mark.parametrize(
    "path",
    NOTEBOOKS,
    ids=[f"{'solution' if 'solutions' in path.parts else 'chapter'}{path.name[:2]}" for path in NOTEBOOKS],
)
def test_every_cell_runs_and_every_slider_moves(
    context: Any,
    address: str,
    path: Path,
    artifacts: Path,
) -> None:
    start = time.monotonic()
    page = opened(context, address, "lab/index.html", f"?path={path.relative_to(ROOT).as_posix()}")
    ready = time.monotonic() - start
    numpy = timed(page, "import numpy")
    first = timed(
        page,
        page.evaluate(FIRST_CELL),
    )
    start = time.monotonic()
    run_all(page)
    cells, moves = time.monotonic() - start, []
    assert errors(page) == []

    explorers = page.locator(".mm-screen")
    for number in range(explorers.count()):
        explorer = explorers.nth(number)
        explorer.scroll_into_view_if_needed()
        explorer.locator("svg[role=img]").first.wait_for(timeout=30_000)
        explorer.get_by_role("button", name="Show the code").click()  # where a small step may change nothing else
        handles = explorer.locator(".noUi-handle:visible")
        for i in range(handles.count()):
            now, least = (float(handles.nth(i).get_attribute(f"aria-value{end}")) for end in ("now", "min"))
            start = time.monotonic()
            move(page, explorer, i, "ArrowRight" if now == least else "ArrowLeft")
            moves.append(1000 * (time.monotonic() - start))
        assert explorer.locator("[role=alert]").all_inner_texts() == []
    assert context.problems == []
    slider = f"{len(moves)} sliders, {median(moves):.0f} ms in the median" if moves else "no slider"
    start = f"Python ready {ready:.1f} s, import numpy {numpy:.1f} s, first cell {first:.1f} s, all cells {cells:.1f} s"
    line = f"{path.parent.name}/{path.name}: {start}, {slider} (load {os.getloadavg()[0]:.0f})"
    print(line)
    with (artifacts / "lite.txt").open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def test_it_opens_on_the_first_chapter_says_how_long_it_takes_and_an_endless_answer_is_stopped(
    context: Any, address: str
) -> None:
    page = context.new_page()
    page.goto(f"{address}/")
    line = page.locator("#mm-start")
    line.get_by_text(re.compile(r"loads \d+ MB and takes about \d+ seconds")).wait_for(timeout=60_000)
    page.wait_for_function(READY, timeout=180_000)
    line.get_by_text(re.compile(r"Python is ready, after \d+ seconds")).wait_for(timeout=10_000)
    page.wait_for_function("() => document.querySelector('#mm-start').textContent == ''", timeout=10_000)
    assert page.locator(".jp-Notebook h1").first.inner_text().startswith("00 · Start here")
    in_kernel(page, AN_ENDLESS_LOOP)
    in_kernel(page, "import os; assert 'mmbook' not in os.listdir('.'), os.listdir('.')")
    page.reload()
    line.get_by_text(re.compile(r"Last time that took \d+ seconds here")).wait_for(timeout=60_000)


def test_work_is_taken_home_as_one_archive(context: Any, address: str, tmp_path: Path) -> None:
    page = opened(context, address, "lab/index.html", "?path=notebooks/solutions/02_avellaneda_stoikov.ipynb")
    in_kernel(page, "with open('days γ.csv', 'w') as file: print('1,2', file=file)")
    source = "() => jupyterapp.shell.currentWidget.content.model.cells.get(0).sharedModel.setSource('# Mine: γ')"
    page.evaluate(source)
    with page.expect_download(timeout=30_000) as download:
        page.get_by_role("button", name="Download my work").click()
    download.value.save_as(tmp_path / "work.zip")
    with zipfile.ZipFile(tmp_path / "work.zip") as archive:
        assert archive.testzip() is None
        folder = "notebooks/solutions/"
        assert {*archive.namelist()} == {f"{folder}02_avellaneda_stoikov.ipynb", f"{folder}days γ.csv"}
        assert archive.read(f"{folder}days γ.csv") == b"1,2\n"
        notebook = json.loads(archive.read(f"{folder}02_avellaneda_stoikov.ipynb"))
    assert "".join(notebook["cells"][0]["source"]) == "# Mine: γ"


def test_a_link_opens_an_explorer_as_it_stands_and_the_explorer_there_has_one(context: Any, address: str) -> None:
    explorer = AvellanedaStoikovExplorer()
    explorer.choose(list(explorer.presets)[1])
    explorer.set(risk_aversion=0.47)
    page = opened(context, address, "repl/index.html", f"?{repl_query(share_lines(explorer))}")
    shown = page.locator(".mm-screen")
    shown.locator("svg[role=img]").first.wait_for(timeout=120_000)
    chosen = shown.locator("select").evaluate("menu => menu.selectedOptions[0].textContent")
    assert chosen.replace("\xa0", " ") == explorer.preset
    box = shown.get_by_role("spinbutton", name="γ risk aversion", exact=True)
    assert float(box.input_value()) == 0.47
    assert shown.locator("[role=status]").inner_text() == explorer.words
    page.wait_for_function(READY, timeout=60_000)
    shown.get_by_role("button", name="Show the code").click()
    link = shown.get_by_role("link", name="These sliders as a link")
    link.wait_for(timeout=10_000)
    assert link.evaluate("link => link.href") == f"{address}/repl/index.html?{repl_query(share_lines(explorer))}"
    assert context.problems == []


def test_two_tabs_at_once_do_not_know_of_each_other(context: Any, address: str) -> None:
    names = ("02_avellaneda_stoikov", "00_start_here")  # the same notebook twice, JupyterLab asks which copy is to stay
    pages = [opened(context, address, "lab/index.html", f"?path=notebooks/{name}.ipynb") for name in names]
    for page in pages:
        page.evaluate(RUN_ALL)
    explorers = []
    for page in pages:
        page.wait_for_function(f"() => window.ran && ({READY})()", timeout=300_000, polling=250)
        assert errors(page) == []
        explorers.append(page.locator(".mm-screen").first)
    for page, explorer, other in zip(pages, explorers, explorers[::-1], strict=True):
        page.bring_to_front()
        explorer.scroll_into_view_if_needed()
        explorer.locator("svg[role=img]").first.wait_for(timeout=30_000)
        untouched = looks(other)
        move(page, explorer, 1, "ArrowRight")
        assert looks(other) == untouched


def test_the_lock_has_what_pyodide_itself_says(tmp_path: Path) -> None:
    if shutil.which("npm") is None and not os.environ.get("MMLAB_REQUIRE_NODE"):
        pytest.skip("no npm on this machine, from which Pyodide's own lock comes")
    subprocess.run(["npm", "pack", "--silent", f"pyodide@{pyodide.LOCK['info']['version']}"], cwd=tmp_path, check=True)
    shutil.unpack_archive(next(tmp_path.glob("*.tgz")), tmp_path)
    official = json.loads((tmp_path / "package" / "pyodide-lock.json").read_text(encoding="utf-8"))
    downloads = {pin["file"] for pin in pyodide.LOCK["downloads"].values()}
    theirs = {name: one for name, one in pyodide.LOCK["packages"].items() if one["file_name"] not in downloads}
    assert {*pyodide.LOCK["packages"]} - {*theirs} == {"comm", "ipywidgets", "jinja2", "markupsafe"}
    assert theirs == {name: official["packages"][name] for name in theirs}
    assert pyodide.LOCK["info"] == official["info"]
    for name, expected in pyodide.LOCK["core"].items():
        assert hashlib.sha256((tmp_path / "package" / name).read_bytes()).hexdigest() == expected, name
