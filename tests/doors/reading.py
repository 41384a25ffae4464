"""The site, built once for all tests of it, served under a path prefix, and tabs of a real Chromium to read it in."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

FORMULAS = "async () => { await window.MathJax?.startup.promise; }"
MOVED = "all" if os.environ.get("MMLAB_CI") == "all" else "00,02,14"
"""The chapters whose explorers move in it: to compute all takes minutes."""


def build(out: Path, *options: str) -> None:
    """Build the site as a reader does: in a process of its own, for what Sphinx imports is deprecated at times."""
    command = [sys.executable, "-m", "mmlab.doors.pages", "--out", str(out), *options]
    ended = subprocess.run(command, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing: the test says what is wrong."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built into a folder with spaces whose name is its path on the server."""
    out = tmp_path_factory.mktemp("a server") / "mm lab"
    build(out, "--lite", "--moving", MOVED)
    return out


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/mm%20lab"
    server.shutdown()
    server.server_close()


class Tab:
    """A page of a browser, and what went wrong in it."""

    def __init__(self, browser: Any, width: int, height: int, theme: str = "light") -> None:
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=theme)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.context.on("request", lambda request: self.outside(request.url))
        self.context.on("response", lambda got: self.wrong.append(f"{got.status} {got.url}") if got.status > 399 else 0)
        self.page.on(
            "console", lambda words: self.wrong.append(words.text) if words.type in ("error", "warning") else 0
        )
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))

    def outside(self, url: str) -> None:
        if not re.match(r"http://127\.0\.0\.1:|data:|blob:|file:", url):
            self.wrong.append(f"asked {url}")

    def open(self, url: str) -> Any:
        """The page when its formulas are set."""
        self.page.goto(url)
        self.page.evaluate(FORMULAS)
        return self.page


@pytest.fixture
def desk(browser: Any) -> Iterator[Tab]:
    tab = Tab(browser, 1366, 768)
    yield tab
    tab.context.close()


@pytest.fixture(params=["light", "dark"])
def phone(browser: Any, request: pytest.FixtureRequest) -> Iterator[Tab]:
    tab = Tab(browser, 390, 844, request.param)
    yield tab
    tab.context.close()
