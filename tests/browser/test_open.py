"""README's first command, as whoever runs this: it says where the workbook is, the first notebook runs, and it ends."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
FIRST = "notebooks/00_start_here.ipynb"
ADDRESS = re.compile(rf"^ +(http://127\.0\.0\.1:\d+/lab/tree/{FIRST}\?token=\w+)$", re.MULTILINE)
ASKS = ".Toastify__toast, .jp-Dialog"
A_SET_UP = 300
"""Seconds within which the workbook has to be there, even if its environment has to be made first."""


@pytest.fixture
def command() -> list[str]:
    """The first command of README's first block."""
    block = re.search(r"^```\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert block is not None
    return shlex.split(block[1].splitlines()[0], comments=True)


@pytest.fixture
def opened(command: list[str], tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """The command, running where there is neither a terminal nor a screen, and what it says."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    around = {name: value for name, value in os.environ.items() if name not in screens}
    log, before = tmp_path / "log.txt", (ROOT / FIRST).read_bytes()
    with log.open("wb") as file:
        running = subprocess.Popen(
            command, cwd=ROOT, env=around, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
        )
        yield running, log
        if running.poll() is None:
            running.terminate()
            running.wait(timeout=30)
    (ROOT / FIRST).write_bytes(before)  # JupyterLab saves by itself every other minute


def address_in(log: Path, running: subprocess.Popen[bytes]) -> str:
    """The address that the command prints, when it has."""
    deadline = time.monotonic() + A_SET_UP
    while running.poll() is None and time.monotonic() < deadline:
        if found := ADDRESS.search(log.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.2)
    pytest.fail(f"no address was printed:\n{log.read_text(encoding='utf-8')[-3000:]}")


def choose(page: Any, menu: str, entry: str) -> None:
    """Choose an entry of JupyterLab's menu bar, as a reader does."""
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{menu}$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{entry}$")).click()


def test_the_first_command_opens_the_first_notebook_which_runs(
    command: list[str], opened: tuple[subprocess.Popen[bytes], Path], browser: Any, artifacts: Path
) -> None:
    running, log = opened
    assert command[1:] == ["mmlab", "open"]
    cells = json.loads((ROOT / FIRST).read_text(encoding="utf-8"))["cells"]
    n_code_cells = sum(cell["cell_type"] == "code" for cell in cells)
    address = address_in(log, running)
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.locator(".jp-StatusBar-TextItem", has_text="| Idle").wait_for(timeout=60_000)  # what is run before is lost
    assert page.locator(ASKS).count() == 0  # nobody is asked about news, or for a kernel: not on the first screen,
    choose(page, "Edit", "Clear Outputs of All Cells")
    choose(page, "Run", "Run All Cells")
    prompts = page.locator(".jp-CodeCell .jp-InputArea-prompt")
    page.wait_for_function(
        """n => {
            const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')].map(p => p.textContent);
            return prompts.length == n && /[0-9]/.test(prompts[0]) && !prompts.some(prompt => prompt.includes('*'));
        }""",
        arg=n_code_cells,
        timeout=120_000,
        polling=250,
    )
    page.screenshot(path=artifacts / "open.png")
    assert prompts.all_text_contents() == [f"[{number}]:" for number in range(1, n_code_cells + 1)]
    for cell in page.locator(".jp-CodeCell").all():
        cell.scroll_into_view_if_needed()
        wrong = cell.locator("[data-mime-type$='jupyter.error'], [data-mime-type$='jupyter.stderr']")
        assert wrong.all_text_contents() == []
    assert page.locator(".jp-OutputArea-output svg[role=img], .jp-OutputArea-output img").count() > 0
    assert page.locator(ASKS).count() == 0  # nor later
    assert [url for url in asked if not re.match(r"(http|ws)://127\.0\.0\.1:|data:|blob:", url)] == []
    context.close()

    running.send_signal(signal.SIGINT)
    assert running.wait(timeout=30) == 0
    words = log.read_text(encoding="utf-8")
    assert "mmlab: JupyterLab has ended" in words
    assert "Traceback" not in words
    assert ("every cell that you run has root's rights" in words) == (os.geteuid() == 0)
