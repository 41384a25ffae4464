"""`python mmlab lite --out DIR`: the workbook as a JupyterLab that runs in a browser, all of it in one static folder.

What lives here: the command, and how JupyterLite's own builder is set up. The Python that runs in the browser is put
together in `pyodide.py`; what a reader is told while it starts, and how work is taken home, is `lite_start.js`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import sysconfig
import time
from importlib.resources import files
from pathlib import Path
from typing import Any

from mmlab.doors.pyodide import downloaded, put_together
from mmlab.doors.whole import BuildError, made_whole, needs

MARK = "mmlab-lite.json"
FIRST = "notebooks/00_start_here.ipynb"
SECONDS, MEASURED = "25 seconds and your network's time", "on two busy cores, 28 November 2026"
"""How long Python takes to start in a browser for the first time, which `tests/doors/test_lite.py` prints anew."""
SITE = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "appName": "mmlab",
        "exposeAppInBrowser": True,  # lite_start.js asks it whether Python has started
        "litePluginSettings": {
            "@jupyterlite/pyodide-kernel-extension:kernel": {
                "disablePyPIFallback": True,
                "loadPyodideOptions": {"packages": ["mmlab"]},
            }
        },
    },
}
NOT_OURS = ".jp-Notebook.jp-mod-commandMode:not(.jp-mod-readWrite) :focus"
SETTINGS = {
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    "@jupyterlab/shortcuts-extension:shortcuts": {
        "shortcuts": [  # they would take the arrow keys from a slider's handle
            {"command": f"notebook:move-cursor-heading-{way}", "keys": [key], "selector": NOT_OURS, "disabled": True}
            for way, key in (("above-or-collapse", "ArrowLeft"), ("below-or-expand", "ArrowRight"))
        ]
    },
}


def main(arguments: list[str], root: Path) -> int:
    """Do what the command line asks for and return the exit code."""
    parser = argparse.ArgumentParser("python mmlab lite", description="JupyterLab in a browser, as a static folder.")
    parser.add_argument("--out", type=Path, required=True, help="a new or empty folder, or one that this has made")
    parser.add_argument("--cache", type=Path, help="where downloads are kept (if not named: your user's cache)")
    asked = parser.parse_args(arguments)
    try:
        start = time.monotonic()
        build(root, asked.out.expanduser().resolve(), asked.cache and asked.cache.expanduser().resolve())
    except BuildError as error:
        print(f"mmlab: {error}", file=sys.stderr)
        return 1
    size = sum(file.stat().st_size for file in asked.out.rglob("*") if file.is_file()) / 2**20
    print(
        f"mmlab: {asked.out} holds the workbook ({size:.0f} MB, {time.monotonic() - start:.0f} s): publish it, or see"
    )
    print(f'    python -m http.server --bind 127.0.0.1 --directory "{asked.out}"')
    return 0


def build(root: Path, out: Path, cache: Path | None = None) -> None:
    """Build the workbook of a checkout into `out`, whole or not at all.

    Raises
    ------
    BuildError
        If something is missing, or `out` is not this command's.
    """
    if not (root / "pyproject.toml").is_file():
        raise BuildError(
            f"{root} is no checkout of mmlab (a clone, or its ZIP unpacked), which is what this builds from."
        )
    needs("lite", "jupyterlite_core", "jupyterlite_pyodide_kernel", "hatchling", "jupyter_server")
    with made_whole(out, MARK) as folder:
        from platformdirs import user_cache_path

        found = downloaded(cache or user_cache_path("mmlab"))
        work = folder.with_name("work")
        work.mkdir()
        run([sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(work / "dist")], root)
        put_together(work / "static" / "pyodide", found, next((work / "dist").glob("*.whl")))
        copy_contents(root / "notebooks", work / "files" / "notebooks")
        widgets = next(name for name in found if name.startswith("jupyterlab_widgets"))
        (work / widgets).write_bytes(found[widgets])
        for name, content in {
            "jupyter-lite.json": SITE,
            "overrides.json": SETTINGS,
            "jupyter_lite_config.json": configuration(work / widgets, folder),
        }.items():
            (work / name).write_text(json.dumps(content), encoding="utf-8")
        run([sys.executable, "-m", "jupyterlite_core", "build"], work)
        dress(folder)
        (folder / MARK).write_text(json.dumps({"made by": "python mmlab lite"}), encoding="utf-8")


def configuration(widgets: Path, out: Path) -> dict[str, Any]:
    """What JupyterLite's builder is told: these two extensions and no other that happens to be installed."""
    kernel = Path(sysconfig.get_path("data"), "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension")
    return {
        "LiteBuildConfig": {
            "apps": ["lab", "repl"],
            "contents": ["files"],
            "output_dir": str(out),
            "federated_extensions": [str(kernel), str(widgets)],
            "ignore_sys_prefix": True,
            "no_sourcemaps": True,
            "no_unused_shared_packages": True,
        }
    }


def copy_contents(notebooks: Path, to: Path) -> None:
    """Copy what readers open; never mmbook, which would hide the installed one: a kernel's folder comes first."""
    for path in [*notebooks.glob("*.ipynb"), *notebooks.glob("images/*"), *notebooks.glob("solutions/*.ipynb")]:
        copy = to / path.relative_to(notebooks)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".ipynb":
            notebook = as_served(json.loads(path.read_text(encoding="utf-8")))
            copy.write_text(json.dumps(notebook, ensure_ascii=False), encoding="utf-8")
        else:
            shutil.copyfile(path, copy)


def as_served(notebook: dict[str, Any]) -> dict[str, Any]:
    """A notebook with each text in one piece, as a server hands it out: the table of contents needs that."""
    for cell in notebook["cells"]:
        outputs = cell.get("outputs", [])
        for holder in [cell, *outputs, *(output["data"] for output in outputs if "data" in output)]:
            for key, lines in holder.items():
                if isinstance(lines, list) and (key in ("source", "text") or "/" in key):
                    holder[key] = "".join(lines)
    notebook["metadata"]["kernelspec"] = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}
    return notebook


def dress(folder: Path) -> None:
    """Let each page say what it does while it starts, and open on the first chapter."""
    (folder / "lite_start.js").write_bytes((files("mmlab.doors") / "lite_start.js").read_bytes())
    megabytes = sum(file.stat().st_size for file in (folder / "static" / "pyodide").iterdir()) / 2**20
    facts = {"first": FIRST, "megabytes": f"{megabytes:.0f}", "seconds": SECONDS, "measured": MEASURED}
    data = " ".join(f'data-{name}="{value}"' for name, value in facts.items())
    for app in ("lab", "repl"):
        page = folder / app / "index.html"
        text = page.read_text(encoding="utf-8")
        script = f'<script src="../lite_start.js" {data}></script>'
        if text.count("<head>") != 1:
            raise BuildError(f"JupyterLite's {app}/index.html has no head where something could be said at the start.")
        page.write_text(text.replace("<head>", f"<head>{script}"), encoding="utf-8")


def run(command: list[str], folder: Path) -> None:
    """Run a step in a folder; where it fails, its last words are in the error."""
    ended = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ended.returncode:
        raise BuildError(f"{' '.join(command[1:4])} failed; it said last:\n{ended.stdout[-2000:]}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], Path(__file__).parents[2]))
