"""What an installed mmlab has to do where there is no checkout and no network, writing nothing to where it lies."""

import contextlib
import json
import os
import pkgutil
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from importlib import import_module
from pathlib import Path

import mmbook

import mmlab
from mmlab import MarketMakingConfig, MarketMakingMonitor, simulate, write_report
from mmlab.market import read_lobster
from mmlab.market.synthetic_day import SHIPPED
from mmlab.teach import check, hint

HOMES = [Path(package.__file__).parent for package in (mmlab, mmbook)]
OFFLINE = """
import sys

def refuse(event, arguments):
    if event == "socket.getaddrinfo" and arguments[0] not in ("localhost", "127.0.0.1", "::1", "", None):
        raise OSError(f"this test has no network, and {arguments[0]} was asked for")

sys.addaudithook(refuse)
"""


def run(*command):
    """What a command says; it must succeed."""
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def files(*folders):
    """All files of folders, each with what changes when it is written."""
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in found}


def the_library(folder):
    """Chapters, their texts, the shipped day, the report."""
    for chapter in chapters:
        import_module(f"mmbook.{chapter}")
    assert check("neutral-spread", lambda k: 2 / k), check("neutral-spread", lambda k: 2 / k)
    assert "Not yet" in str(check("neutral-spread", lambda k: 1 / k))
    assert str(hint("neutral-spread")).startswith("Hint 1 of")
    assert len(read_lobster(SHIPPED).time) > 1000

    config = MarketMakingConfig()
    monitor = MarketMakingMonitor(config)
    monitor.monitor(None, simulate(config.make_desk(), config.make_market().tape(1, 200, seed=3)))
    for file in write_report(folder / "day.html", monitor):
        assert file.stat().st_size > 1000, file


def the_notebooks(folder):
    """`mmlab copy`, twice, over a reader's work; one notebook run where it lies."""
    copies = folder / "a reader's notebooks"
    run(MMLAB, "copy", copies)
    assert {f"ch{path.name[:2].lower()}" for path in copies.glob("*.ipynb")} == set(chapters)
    assert len(list((copies / "solutions").glob("*.ipynb"))) >= len(chapters) - 2  # the game and A3 have none
    assert not (copies / "mmbook").exists()
    (copies / "01_order_book_and_order_flow.ipynb").write_text("mine")
    before = files(copies)
    assert "kept as they are: 01_order_book_and_order_flow.ipynb" in run(MMLAB, "copy", copies)
    assert files(copies) == before
    first = copies / "00_start_here.ipynb"
    run(sys.executable, "-m", "nbconvert", "--log-level=WARN", "--to=notebook", "--execute", "--inplace", first)
    cells = json.loads(first.read_text(encoding="utf-8"))["cells"]
    assert [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"][-1]
    return copies


def status(address):
    """What a server answers that has noted where it is, and listens a moment later."""
    for _ in range(100):
        with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(address) as answer:
            return answer.status
        time.sleep(0.1)
    return None


def the_server(copies):
    """`mmlab open` says where the first notebook is, and it is there."""
    with subprocess.Popen([MMLAB, "open", copies, "--no-browser"], stdout=subprocess.PIPE, text=True) as child:
        try:
            address = next(line.strip() for line in child.stdout if line.startswith("    http://"))
            assert status(address) == 200
        finally:
            child.terminate()
            child.communicate()
    assert re.search(r"/lab/tree/00_start_here.ipynb\?token=\w+$", address), address


MMLAB = str(Path(sys.executable).with_name("mmlab"))
chapters = [module.name for module in pkgutil.iter_modules(mmbook.__path__) if module.name.startswith("ch")]
assert len(chapters) >= 12, chapters
for home in HOMES:
    assert Path(sys.prefix) in home.parents, f"{home} is not what was installed"
assert run(MMLAB, "--version") == f"mmlab {mmlab.__version__}\n"

lie_there = files(*HOMES)
with tempfile.TemporaryDirectory() as name:
    Path(name, "sitecustomize.py").write_text(OFFLINE)
    os.environ["PYTHONPATH"] = name
    exec(OFFLINE)
    asked = "import socket\ntry: socket.getaddrinfo('mmlab.invalid', 80)\nexcept OSError as error: print(error)"
    assert "this test has no network" in run(sys.executable, "-c", asked)
    the_library(Path(name))
    the_server(the_notebooks(Path(name)))
assert files(*HOMES) == lie_there, sorted(str(path) for path in files(*HOMES).keys() ^ lie_there.keys())

print(f"mmlab {mmlab.__version__}: {len(chapters)} chapters, a check, the shipped day, a report, copies, the server")
