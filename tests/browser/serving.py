"""A real JupyterLab, or Notebook 7, on a copy of some notebooks, and a real Chromium: for tests and benchmarks."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

ROOT = Path(__file__).parents[2]
TOKEN = "mmlab"
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# All cells in the page at once, so that a test can look at each; no question about news.
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false"},
}


def explorers_shown(notebook: Path) -> list[str]:
    """The classes of what a notebook's cells show with sliders, from top to bottom."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    last_lines = ["".join(cell["source"]).strip().split("\n")[-1] for cell in cells if cell["cell_type"] == "code"]
    found = [re.match(r"(\w+(?:Explorer|Game)|Dashboard)\(", line) for line in last_lines]
    return [one[1] for one in found if one]


EXPLORERS = {path.stem: explorers_shown(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
"""What each notebook shows with sliders."""


def find_chromium() -> str | None:
    """The path of a Chromium, if this machine has one."""
    return next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )


@contextmanager
def running_browser(path: str) -> Iterator[Any]:
    """A headless Chromium that Playwright drives."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@contextmanager
def running_lab(notebooks: Path, home: Path, app: str = "lab", python: str = sys.executable) -> Iterator[str]:
    """The address of a JupyterLab that serves a copy of `notebooks` without outputs; all it keeps is in `home`.

    The app "notebook" is Notebook 7, which shows one notebook a page; "voila" is Voilà, of that Python.
    """
    served = home / "notebooks"
    shutil.copytree(notebooks, served)
    for path in served.rglob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        path.write_text(json.dumps(notebook), encoding="utf-8")
    for name, settings in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)  # two settings of one extension
        file.write_text(json.dumps(settings), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    if app == "voila":
        command = [python, "-m", "voila", str(served), "--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}"]
    else:
        module, traits = {"lab": ("jupyterlab", "LabApp"), "notebook": ("notebook", "JupyterNotebookApp")}[app]
        command = [python, "-m", module, "--no-browser", "--allow-root", "--ip=127.0.0.1", f"--port={port}"]
        command += [f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={served}"]
        command += [f"--{traits}.expose_app_in_browser=True"]  # so that a test can ask the page whether it is ready
    address, deadline = f"http://127.0.0.1:{port}", time.monotonic() + 90
    with (home / "lab.log").open("w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            while True:
                try:
                    urllib.request.urlopen(f"{address}/api/status?token={TOKEN}", timeout=2).close()
                    break
                except urllib.error.HTTPError:  # Voilà has no such page
                    break
                except OSError:
                    if server.poll() is not None or time.monotonic() > deadline:
                        log = (home / "lab.log").read_text()[-3000:]
                        raise RuntimeError(f"The {app} server did not start:\n{log}") from None
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def notebook_of(cells: list[str]) -> Any:
    """A notebook of these code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def explorers_notebook(notebook: str) -> str:
    """The file name of a notebook with nothing but the explorers of this one; they are `shown[0]`, `shown[1]`, …"""
    return f"screen_{notebook}.ipynb"


def cells_of_explorers(notebook: str) -> list[str]:
    """The cells of that notebook."""
    chapter = f"mmbook.ch{notebook[:2].lower()}"
    show = "shown.append({0}())\nshown[-1]"
    return ["shown = []", *(f"from {chapter} import {name}\n{show.format(name)}" for name in EXPLORERS[notebook])]


def open_notebook(page: Any, lab: str, name: str, app: str = "lab") -> None:
    """Open a notebook and wait until the page itself says that its kernel is ready: what is asked before is lost."""
    place = f"lab/workspaces/{Path(name).stem}/tree" if app == "lab" else "notebooks"
    page.goto(f"{lab}/{place}/{name}?token={TOKEN}")
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
    page.wait_for_function(
        """() => {
            const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
            return session?.isReady && session.session?.kernel?.status == 'idle';
        }""",
        timeout=60_000,
        polling=250,
    )


def run_all(page: Any) -> None:
    """Run → Run All Cells; comes back when the last cell has its number and the kernel rests."""
    start_all(page)
    wait_for_all(page)


def start_all(page: Any) -> None:
    """Run → Run All Cells; comes back at once."""
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")


def wait_for_all(page: Any) -> None:
    """Come back when the last cell has its number and the kernel rests."""
    page.wait_for_function(
        """() => {
            const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputArea-prompt')];
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            return prompts.every(prompt => /[0-9]/.test(prompt.textContent)) && kernel.status == 'idle';
        }""",
        timeout=120_000,
        polling=250,
    )


def in_kernel(page: Any, code: str) -> None:
    """Run code in the kernel of the page's notebook; what it changes in widgets is in the page when this comes back."""
    wrong = page.evaluate(
        """async code => {
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const {content} = await kernel.requestExecute({code, store_history: false}).done;
            await new Promise(seen => requestAnimationFrame(() => requestAnimationFrame(seen)));
            return content.status == 'ok' ? null : `${content.ename}: ${content.evalue}`;
        }""",
        code,
    )
    if wrong:
        raise AssertionError(f"{code}\n{wrong}")
