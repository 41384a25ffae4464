"""When a reader of the site first moves a picture, on a phone: from the page's opening to the moved picture.

The reader goes at once to the chapter's explorer, and moves its first slider as soon as there is one. Beside it stands
when the still picture of the same page is there without moving.js.
"""

import tempfile
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path

import numpy as np

from tests.browser.serving import find_chromium, running_browser
from tests.doors.reading import Quiet, build

RUNS = 5
READER = """() => {
    const drawn = name => requestAnimationFrame(() =>
        requestAnimationFrame(() => { window[name] = performance.now(); }));
    const look = () => {
        const box = document.querySelector('.mm-moving'), slider = box?.querySelector('input[type=range]');
        const still = box?.previousElementSibling.querySelector('img');
        if (box && !window.there) window.there = (box.previousElementSibling.scrollIntoView(), true);
        if (still?.complete && still.naturalWidth && !window.still) drawn('still');
        if (!slider || !box.querySelector('.mm-panel svg path') || window.begun) return;
        window.begun = performance.now();
        slider.value = slider.max;
        slider.dispatchEvent(new Event('input'));
        drawn('moved');
    };
    new MutationObserver(look).observe(document, {childList: true, subtree: true});
    addEventListener('load', look, {capture: true});
}"""


def from_opening(say, chapter="02_avellaneda_stoikov"):
    """Medians of five openings in turn, nothing kept by the browser between them."""
    path = find_chromium()
    if path is None:
        say("first moving picture", "no Chromium")
        return
    with tempfile.TemporaryDirectory() as folder, running_browser(path) as chromium:
        site = Path(folder) / "site"
        build(site, "--moving", chapter[:2])
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}/{chapter}.html"
        taken = [[_opened(chromium, url, what) for what in ("moved", "still")] for _ in range(RUNS)]
        server.shutdown()
        server.server_close()
    moved, still = np.median(taken, axis=0)
    say("first moving picture, 390 px, median s", f"{moved:.2f}", "at most 2")
    say("   the still one of the same page without moving.js, median s", f"{still:.2f}")


def _opened(chromium, url, what):
    """Seconds from the opening of the page to what is looked for."""
    context = chromium.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.add_init_script(f"({READER})()")
    if what == "still":
        page.route("**/moving.js*", lambda route: route.abort())
    page.goto(url, wait_until="commit")
    page.wait_for_function(f"() => window.{what}", timeout=120_000)
    taken = page.evaluate(f"() => window.{what}")
    context.close()
    return taken / 1e3
