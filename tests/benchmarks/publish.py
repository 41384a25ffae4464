"""What mmlab costs and what others cost, as a page that anybody can make: `python -m tests.benchmarks --publish DIR`.

Every figure stands beside its reference, taken in turn in the same process, in CPU seconds; the ratio comes first, as a
time says more of the machine than of the code. What is fast is also right: each row says against what it was held. The
peers are measured by `tests.benchmarks.peers`, in an environment of their own, and where one cannot be had the page
says so. Nothing is asserted.
"""

from __future__ import annotations

import http.server
import json
import os
import platform
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import jinja2
import numpy as np

import mmlab
from mmlab import AvellanedaStoikov, Desk, Market, QuoteTimer, Symmetric, Venue, exact_moments, monte_carlo, simulate
from mmlab.market import read_lobster, replay_tape
from mmlab.market.order_book import OrderBook
from mmlab.teach.share import repl_query
from tests.benchmarks.readable import Book, replayed, sessions

PATHS, STEPS, ROUNDS = 20_000, 200, 5
DAY = Path(mmlab.__file__).parent / "market" / "days" / "SYNTH_2026-01-05_34200000_45000000_message_1.csv.gz"


@dataclass(frozen=True)
class Row:
    """One comparison: what was measured of both, in the same unit, and what the figures were held against."""

    subject: str
    unit: str
    ours: float
    reference: str
    theirs: float
    held: str
    more_is_better: bool = True

    @property
    def ratio(self) -> float:
        """How many times as good ours is."""
        return self.ours / self.theirs if self.more_is_better else self.theirs / self.ours


def in_turn(*functions: Any, rounds: int = ROUNDS) -> tuple[list[float], list[Any]]:
    """The median CPU seconds of each function, in turn, after one call that does not count; and what they gave."""
    gave, taken = [function() for function in functions], [list[float]() for _ in functions]
    for _ in range(rounds):
        for function, times in zip(functions, taken, strict=True):
            start = time.process_time()
            function()
            times.append(time.process_time() - start)
    return [statistics.median(times) for times in taken], gave


def off(profits: Any, exact: Any) -> str:
    """How far a sample's mean is from the exact one, in standard errors of the sample."""
    errors = (profits.mean() - exact.mean) / (profits.std() / len(profits) ** 0.5)
    return f"mean {profits.mean():.3f}, {errors:+.1f} standard errors from the exact {exact.mean:.3f}"


def path_steps() -> list[Row]:
    """Sessions of chapter 02's dealer: what ends them alone, and with all that happened kept."""
    market = Market.avellaneda_stoikov_2008()
    model = AvellanedaStoikov.for_market(market, risk_aversion=0.1)
    exact = exact_moments(model, market, n_steps=STEPS)

    def kept() -> Any:
        history = simulate(model, market.tape(PATHS, STEPS, seed=1))
        return history.cash[-1] + history.inventory[-1] * history.mid[-1]

    (fast, whole, loop), (sample, of_history, of_loop) = in_turn(
        lambda: monte_carlo(model, market, PATHS, STEPS, seed=1).pnl,
        kept,
        lambda: sessions(model, market, PATHS, STEPS, 1),
    )
    n, readable = PATHS * STEPS / 1e6, "the loop one would write in NumPy"
    both = f"; the loop: {off(of_loop, exact)}"
    return [
        Row("monte_carlo", "million path-steps per CPU s", n / fast, readable, n / loop, off(sample, exact) + both),
        Row("a tape and simulate, all kept", "million path-steps per CPU s", n / whole, readable + ", keeping nothing",
            n / loop, off(of_history, exact) + both),
    ]  # fmt: skip


def events() -> list[Row]:
    """Orders through a book of four thousand, and through one of sorted lists, which must end alike."""
    rng, n = np.random.default_rng(1), 20_000
    side, far, kind = rng.choice([-1, 1], n).tolist(), rng.integers(1, 20, n).tolist(), rng.random(n).tolist()

    def drive(book: Any) -> tuple[Any, ...]:
        resting = [book.limit(s, 10_000 - s * d, 100)[0] for d in range(20, 1_020) for s in (-1, 1, 1, -1)]
        for s, d, u in zip(side, far, kind, strict=True):
            if u < 0.5:
                resting.append(book.limit(s, 10_000 - s * d, 100)[0])
            elif u < 0.9 and resting:
                if book.resting(order := resting.pop()):
                    book.cancel(order)
            else:
                book.market(s, 150)
        return book.best(1), book.best(-1)

    (ours, theirs), ends = in_turn(lambda: drive(OrderBook()), lambda: drive(Book()), rounds=3)
    held = f"both end at bid and ask {ends[0]}" if ends[0] == ends[1] else f"they end apart: {ends[0]} and {ends[1]}"
    return [Row("the order book", "events per CPU s", n / ours, "a book of sorted lists", n / theirs, held)]


def replay() -> list[Row]:
    """The shipped day, two-sided quotes refreshed each second, and the bare loop in Python that does as much."""
    tape = replay_tape(read_lobster(DAY), time_step=1, clip=100)
    desk = Desk(
        model=Symmetric(half_spread=0.06),
        volatility=1,
        timer=QuoteTimer(min_quote_time=1, max_quote_time=1),
        venue=Venue(tick=0.01, latency=0.05, cancel_latency=0.05),
    )
    (ours, theirs), (history, fills) = in_turn(
        lambda: simulate(desk, tape), lambda: replayed(tape, 0.06, 0.01), rounds=3
    )
    filled = float(history.bid_fill.sum() + history.ask_fill.sum())
    held = f"{filled:.1f} clips filled, and {fills:.1f} by the loop, which knows no latency"
    loop = "a loop over Python's numbers: no limits, latency or record"
    return [
        Row("a recorded day through a desk", "steps per CPU s", tape.n_steps / ours, loop, tape.n_steps / theirs, held)
    ]


def slider_in_the_kernel() -> list[Row]:
    """A move of chapter 02's explorer, and its panels drawn anew by Matplotlib, as interact with a figure does."""
    from mmbook.ch02 import AvellanedaStoikovExplorer

    shown = AvellanedaStoikovExplorer()
    handle = shown.controls["time_left"].handle
    places = iter(np.resize(range(int(handle.max * 0.4), int(handle.max * 0.9)), 10_000).tolist())

    def move() -> None:
        handle.value = next(places)

    def redraw() -> None:
        for panel in shown.panels:
            panel.figure.savefig(os.devnull, format="png")

    (ours, theirs), _ = in_turn(move, redraw, rounds=20)
    held = "the browser tests compare the picture's numbers with the engine's"
    return [
        Row(
            "a slider of chapter 02, kernel",
            "CPU ms",
            ours * 1e3,
            "drawn anew by Matplotlib",
            theirs * 1e3,
            held,
            False,
        )
    ]


def slider_in_a_browser() -> list[Row]:
    """From key to picture in JupyterLab, and by interact with a figure."""
    from tests.benchmarks import explorer

    found: dict[str, float] = {}
    explorer.browser(lambda what, figure, limit="": found.update({what: float(figure)} if figure[0].isdigit() else {}))
    ours, theirs = (
        next((found[name] for name in found if words in name), None)
        for words in ("key to picture (τ)", "by interact and inline figure")
    )
    if ours is None or theirs is None:
        return []
    held = "one session of JupyterLab, each alone on its page"
    return [
        Row("a slider of chapter 02, key to picture", "ms", ours, "interact and an inline figure", theirs, held, False)
    ]


# Notes when a picture enters the page, and when a key is pressed.
WATCH = """() => {
    window.pictures = [];
    const isPicture = node => node.nodeType == 1 && (node.matches('svg, img') || node.querySelector('svg, img'));
    new MutationObserver(changes => {
        if (changes.some(change => [...change.addedNodes].some(isPicture))) window.pictures.push(performance.now());
    }).observe(document.body, {childList: true, subtree: true});
    addEventListener('keydown', () => { window.pressed = performance.now(); }, {capture: true});
}"""


def slider_in_lite(pages: Path) -> list[Row]:
    """From key to picture in the browser's own Python, on the pages that `python mmlab lite` made."""
    from tests.browser.serving import find_chromium, running_browser

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Serve, and say nothing."""

    if (chromium := find_chromium()) is None:
        return []
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(pages))) as server,
        running_browser(chromium) as browser,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        lines = "from mmbook.ch02 import AvellanedaStoikovExplorer\nAvellanedaStoikovExplorer()"
        page.goto(f"http://127.0.0.1:{server.server_port}/repl/index.html?{repl_query(lines)}")
        handle = page.locator(".mm-control", has_text="time left").locator(".noUi-handle").first
        handle.wait_for(timeout=180_000)
        page.wait_for_timeout(3000)
        page.evaluate(WATCH)
        handle.focus()
        taken = []
        for n in range(24):
            page.evaluate("() => { window.pictures.length = 0; }")
            page.keyboard.press("ArrowLeft" if n % 2 else "ArrowRight")
            page.wait_for_function("() => window.pictures.length > 0", timeout=20_000, polling=5)
            taken.append(page.evaluate("() => window.pictures[0] - window.pressed"))
            page.wait_for_timeout(250)
        server.shutdown()
    lab = slider_in_a_browser()
    held = "the same keys in JupyterLab with a kernel, in this run"
    theirs = lab[0].ours if lab else float("nan")
    subject = "a slider of chapter 02 in Lite, key to picture"
    return [Row(subject, "ms", statistics.median(taken), "JupyterLab with a kernel", theirs, held, False), *lab]


MEASURES = (path_steps, events, replay, slider_in_the_kernel)


def of_peers(environment: Path | None) -> tuple[list[Row], list[str]]:
    """What the peers' environment gives: rows, and sentences on what could not be had."""
    if environment is None:
        return [], [
            "Peers were not measured: `python -m tests.benchmarks.peers DIR` makes their environment, then --peers DIR."
        ]
    python = environment / "bin" / "python"
    rows, missing = [], []
    for name in ("of_mbt_gym", "of_hftbacktest"):
        ended = subprocess.run(
            [str(python), "-m", f"tests.benchmarks.peers.{name}"], capture_output=True, text=True, env=os.environ
        )
        if ended.returncode:
            missing.append(f"{name.removeprefix('of_')}: {ended.stderr.strip().splitlines()[-1][:300]}")
        else:
            rows += [Row(**row) for row in json.loads(ended.stdout.splitlines()[-1])]
    return rows, missing


def machine() -> dict[str, str]:
    """What it ran on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor()
    )
    return {
        "date": datetime.now(UTC).strftime("%d %B %Y, %H:%M UTC"),
        "processor": f"{model or platform.machine()}, {os.cpu_count()} cores",
        "load before": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "system": f"{platform.system()} {platform.release()}",
        "packages": f"Python {platform.python_version()}, NumPy {np.__version__}, mmlab {mmlab.__version__}",
    }


def publish(folder: Path, peers: Path | None = None, lite: Path | None = None) -> None:
    """Measure all, and write benchmarks.json and benchmarks.html into a folder."""
    on, rows = machine(), list[Row]()
    browser = slider_in_a_browser if lite is None else partial(slider_in_lite, lite)
    for measure in (*MEASURES, browser):
        found = measure()
        rows += found
        for row in found:
            print(f"  {row.ratio:8.3g} ×  {row.subject}, against {row.reference}", flush=True)
    others, missing = of_peers(peers)
    if lite is None:
        missing.append("Lite was not measured: `python3 mmlab lite --out DIR` makes its pages, then --lite DIR.")
    rows += others
    folder.mkdir(parents=True, exist_ok=True)
    whole = {"machine": on, "rows": [asdict(row) | {"ratio": row.ratio} for row in rows], "not measured": missing}
    (folder / "benchmarks.json").write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    template = (Path(__file__).parent / "benchmarks.html.j2").read_text(encoding="utf-8")
    made = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined).from_string(template)
    text = made.render(machine=on, rows=rows, missing=missing)
    (folder / "benchmarks.html").write_text(text, encoding="utf-8")
    print(f"{folder / 'benchmarks.html'} and benchmarks.json")


def main(words: list[str]) -> None:
    """`--publish DIR [--peers DIR]`."""
    import argparse

    parser = argparse.ArgumentParser("python -m tests.benchmarks")
    parser.add_argument("--publish", type=Path, required=True, metavar="DIR")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="the environment of tests.benchmarks.peers")
    parser.add_argument("--lite", type=Path, metavar="DIR", help="what `python3 mmlab lite --out DIR` made")
    asked = parser.parse_args(words)
    publish(asked.publish, asked.peers, asked.lite)


if __name__ == "__main__":
    main(sys.argv[1:])
