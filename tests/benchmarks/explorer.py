"""What a moved slider costs: in the kernel, and from key to new picture in a real browser."""

import itertools
import os
import statistics
import tempfile
import time
import tracemalloc
from importlib import import_module
from pathlib import Path

import nbformat
from mmbook.ch02 import AvellanedaStoikovExplorer
from mmbook.ch10 import Dashboard

from mmlab.teach import Explorer
from tests.browser.serving import find_chromium, notebook_of, open_notebook, run_all, running_browser, running_lab

ROOT = Path(__file__).parents[2]
MOVES = int(os.environ.get("MMLAB_MOVES", "2000"))

# The same four panels, made as well as interact allows: their artists updated, their layout settled.
INTERACT = """\
%matplotlib inline
import matplotlib.pyplot as plt
from IPython.display import display
from ipywidgets import FloatSlider, interact
from mmbook.ch02 import AvellanedaStoikovExplorer
from mmlab.teach.style import style

state = AvellanedaStoikovExplorer()

def show(time_left):
    state._draw(state.answer(state.values | {"time_left": time_left}))
    with style(), plt.rc_context({"figure.dpi": 72, "savefig.bbox": "standard"}):
        for panel in state.panels:
            display(panel.figure)

interact(show, time_left=FloatSlider(min=0, max=1, step=0.01, value=0.75))
"""

# Notes when a picture enters the page: a slider's own readout changes too, and does not count.
WATCH = """() => {
    const isPicture = node => node.nodeType == 1 && (node.matches('svg, img') || node.querySelector('svg, img'));
    window.pictures = [];
    new MutationObserver(changes => {
        if (changes.some(change => [...change.addedNodes].some(isPicture))) window.pictures.push(performance.now());
    }).observe(document.querySelector('.jp-Notebook'), {childList: true, subtree: true});
    addEventListener('keydown', () => { window.pressed = performance.now(); }, {capture: true});
}"""


def explorers_of(chapter):
    """The explorers that a chapter's room gives its notebook."""
    given = (getattr(chapter, name) for name in chapter.__all__)
    return [kind for kind in given if isinstance(kind, type) and issubclass(kind, Explorer)]


def kernel(say):
    """From a value to the string that is sent, the mathematics included."""
    shown = AvellanedaStoikovExplorer()
    for name, low, high in (("risk_aversion", 0.05, 0.3), ("volatility", 1.5, 2.5), ("time_left", 0.5, 1.0)):
        control, taken = shown.controls[name], []
        for value in control.stops[(low <= control.stops) & (control.stops <= high)]:
            start = time.process_time()
            control.box.value = value
            taken.append(time.process_time() - start)
        shown.reset()
        say(f"explorer, kernel, moving {name}, median CPU ms", f"{statistics.median(taken) * 1e3:.1f}", "at most 30")


def every_kind(say):
    """What a move costs in each explorer's kernel, and by how much 2,000 moves make it grow."""
    for chapter in sorted(path.name for path in (ROOT / "notebooks" / "mmbook").glob("ch*")):
        for kind in explorers_of(import_module(f"mmbook.{chapter}")):
            shown, taken = kind(), []
            moves = itertools.cycle(itertools.product(shown.controls.values(), (0.37, 0.61, 0.42)))

            def move(n, moves=moves, taken=taken):
                for control, part in itertools.islice(moves, n):
                    start = time.process_time()
                    control.handle.value = round(part * control.handle.max)
                    taken.append(time.process_time() - start)

            move(60)
            say(f"{kind.__name__}, a move, median CPU ms", f"{statistics.median(taken) * 1e3:.0f}", "at most 100")
            say(f"{kind.__name__}, worst of 60", f"{max(taken) * 1e3:.0f}", "at most 250")
            tracemalloc.start()
            before = tracemalloc.get_traced_memory()[0]
            move(MOVES)
            grown = (tracemalloc.get_traced_memory()[0] - before) / 2**20
            tracemalloc.stop()
            say(f"{kind.__name__}, {MOVES} moves, memory growth MiB", f"{grown:.2f}", "below 5")


def dashboard(say):
    """Pictures a second while a desk runs: in the kernel, and in JupyterLab with the player on."""
    shown, taken = Dashboard(), []
    for tick in range(1, 201):
        start = time.perf_counter()
        shown.play.value = tick
        taken.append(time.perf_counter() - start)
    say("dashboard, kernel, a tick of 6 steps, median ms", f"{statistics.median(taken) * 1e3:.1f}", "at most 100")
    path = find_chromium()
    if path is None:
        say("dashboard in the browser", "no Chromium")
        return
    with tempfile.TemporaryDirectory() as folder:
        notebooks = Path(folder) / "source"
        notebooks.mkdir()
        source = "from mmbook.ch10 import Dashboard\nDashboard()"
        nbformat.write(notebook_of([source]), notebooks / "dashboard.ipynb")
        with running_lab(notebooks, Path(folder) / "home") as lab, running_browser(path) as chromium:
            page = _handle(chromium, lab, "dashboard.ipynb", "steps a plot")
            page.locator(".widget-play button").first.click()
            page.wait_for_timeout(5000)
            times = page.evaluate("() => window.pictures")
    # The layers of one picture enter the page within a few milliseconds of each other.
    gaps = [b - a for a, b in itertools.pairwise([times[0] - 1e3, *times])]
    n = sum(gap > 15 for gap in gaps)
    say("dashboard, browser, pictures a second", f"{n / (times[-1] - times[0]) * 1e3:.1f}", "at least 10")


def browser(say):
    """From key to new picture in JupyterLab, against interact and an inline figure, in one session."""
    path = find_chromium()
    if path is None:
        say("explorer in the browser", "no Chromium")
        return
    with tempfile.TemporaryDirectory() as folder:
        notebooks = Path(folder) / "source"
        notebooks.mkdir()
        for name, source in (
            ("explorer", "from mmbook.ch02 import AvellanedaStoikovExplorer\nAvellanedaStoikovExplorer()"),
            ("interact", INTERACT),
        ):
            nbformat.write(notebook_of([source]), notebooks / f"{name}.ipynb")
        with running_lab(notebooks, Path(folder) / "home") as lab, running_browser(path) as chromium:
            medians, last = {}, _burst_to_picture(chromium, lab, "explorer.ipynb", "time left")
            for name, slider in (("explorer", "time left"), ("interact", "time_left"), ("explorer γ", "risk aversion")):
                medians[name] = _key_to_picture(chromium, lab, f"{name.split()[0]}.ipynb", slider)
    say("explorer, browser, key to picture (τ), median ms", f"{medians['explorer']:.0f}", "at most 40")
    say("explorer, browser, key to picture (γ), median ms", f"{medians['explorer γ']:.0f}")
    say("explorer, browser, last key of 40 to last picture, ms", f"{last:.0f}", "at most 250")
    say("   the same picture by interact and inline figure, ms", f"{medians['interact']:.0f}")
    say("   share of it", f"{medians['explorer'] / medians['interact']:.2f}", "at most 0.25")


def _handle(chromium, lab, name, slider):
    """The notebook's page, all cells run and watched, the focus on a slider's handle."""
    page = chromium.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    open_notebook(page, lab, name)
    run_all(page)
    row = page.locator(".jp-OutputArea-output :is(.mm-control, .widget-hslider)", has_text=slider).first
    row.locator(".noUi-handle").wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    page.evaluate(WATCH)
    row.locator(".noUi-handle").focus()
    return page


def _burst_to_picture(chromium, lab, name, slider):
    page = _handle(chromium, lab, name, slider)
    for _ in range(40):
        page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(3000)
    taken = page.evaluate("() => window.pictures.at(-1) - window.pressed")
    page.context.close()
    return taken


def _key_to_picture(chromium, lab, name, slider, moves=24):
    page = _handle(chromium, lab, name, slider)
    taken = []
    for i in range(moves):
        page.evaluate("() => { window.pictures.length = 0; }")
        page.keyboard.press("ArrowLeft" if i % 2 else "ArrowRight")
        page.wait_for_function("() => window.pictures.length > 0", timeout=20_000, polling=5)
        taken.append(page.evaluate("() => window.pictures[0] - window.pressed"))
        page.wait_for_timeout(250)
    page.context.close()
    return statistics.median(taken)
