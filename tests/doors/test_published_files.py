"""What other machines read of this repository (containers, workflows, archives, a journal): it names what is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from platformdirs import user_cache_path

from tests.browser.serving import EXPLORERS

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PYTHON = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
PINS = "binder/requirements.txt"


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_every_pin_is_exact_and_all_that_mmlab_needs_is_pinned_within_its_bounds() -> None:
    lines = [line for line in read(PINS).splitlines() if not line.startswith("#")]
    pins = {name.lower(): version for name, version in (line.split("==") for line in lines)}
    project = tomllib.loads(read("pyproject.toml"))["project"]
    needed = [Requirement(line) for line in project["dependencies"]]
    assert {one.name: pins[one.name] for one in needed if pins[one.name] not in one.specifier} == {}


def test_the_dockerfile_has_binders_python_and_pins_and_its_server_is_not_roots() -> None:
    lines = re.sub(r"\\\n", "", read("Dockerfile")).splitlines()
    steps = [line.split(" ", 1) for line in lines if re.match(r"[A-Z]+ ", line)]
    assert steps[0] == ["FROM", f"python:{PYTHON}-slim-bookworm"]
    assert ["RUN", f"pip install --no-cache-dir -r {PINS}"] in steps
    (user,) = [what for step, what in steps if step == "USER"]
    assert ["RUN", f"useradd --create-home --uid 1000 {user}"] == steps[1]
    copied = [what.split()[1] for step, what in steps if step == "COPY"]
    assert all((ROOT / what).exists() for what in copied)
    assert (ROOT / "binder/postBuild").exists()
    assert ["RUN", "binder/postBuild"] in steps
    command = json.loads(dict(steps)["CMD"])
    assert f"--port={dict(steps)['EXPOSE']}" in command
    home = "mmlab/"  # where the book lies under the server's folder
    assert (ROOT / command[-1].removeprefix(home)).is_file()


def test_the_dev_container_has_the_same() -> None:
    container = json.loads(read(".devcontainer/devcontainer.json"))
    assert container["image"] == f"mcr.microsoft.com/devcontainers/python:{PYTHON}-bookworm"
    assert container["postCreateCommand"] == f"pip install -r {PINS} -e '.[dev]'"
    assert "dev" in tomllib.loads(read("pyproject.toml"))["project"]["optional-dependencies"]
    assert all((ROOT / name).is_file() for name in container["customizations"]["codespaces"]["openFiles"])


@pytest.fixture(scope="module")
def commands() -> set[str]:
    """The launcher's, by its own word."""
    usage = subprocess.run([sys.executable, "mmlab", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(re.findall(r"^  (\w+)  ", usage.stdout, re.MULTILINE))


def steps_of(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_calls_what_exists_and_may_do_no_more_than_it_must(path: Path, commands: set[str]) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    for step in steps_of(workflow):
        if "uses" in step:
            assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])
            continue
        script = re.match(r"python mmlab (\w+)|(\.ci/\w+)|apt-get ", step["run"])
        assert script, step["run"]
        assert script[1] is None or script[1] in commands, f"{path.name}: python mmlab has no {script[1]}"
        known = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "mmlab" / "doors").glob("*.py"))
        options = re.findall(r"--\w+", step["run"]) if script[1] else []
        assert [option for option in options if f'"{option}"' not in known] == []
        assert script[2] is None or (ROOT / script[2]).stat().st_mode & 0o100, f"{path.name}: {script[2]} does not run"
    assert workflow["permissions"] == {"contents": "read"}
    wider = {permission for job in workflow["jobs"].values() for permission in job.get("permissions", ())}
    assert wider == ({"pages", "id-token"} if path.stem == "pages" else set())
    assert workflow["concurrency"]
    assert all(job["timeout-minutes"] for job in workflow["jobs"].values())


def test_both_halves_of_the_longer_parts_run_every_week() -> None:
    (job,) = yaml.safe_load(read(".github/workflows/weekly.yml"))["jobs"].values()
    modes = re.findall(r"^ +(all\d)\)", read(".ci/run"), re.MULTILINE)
    (run,) = [step["env"] for step in job["steps"] if step.get("run") == ".ci/run"]
    assert run == {"MMLAB_CI": "all", "MMLAB_HALF": "${{ matrix.half }}"}
    assert [f"all{one['half']}" for one in job["strategy"]["matrix"]["include"]] == modes


def test_sweeps_are_kept_from_run_to_run_where_the_builder_looks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    kept = {}
    for name in ("pages", "weekly"):
        steps = steps_of(yaml.safe_load(read(f".github/workflows/{name}.yml")))
        (cache,) = [n for n, step in enumerate(steps) if step.get("uses", "").startswith("actions/cache@")]
        build = next(n for n, step in enumerate(steps) if re.match(r"python mmlab site|\.ci/run", step.get("run", "")))
        assert cache < build
        kept[name] = steps[cache]["with"]
    assert all(cache["key"].startswith(cache["restore-keys"]) for cache in kept.values())
    assert f"mmlab site --out public --cache {kept['pages']['path']} " in read(".github/workflows/pages.yml")
    assert Path(kept["weekly"]["path"]).expanduser() == user_cache_path("mmlab")


def test_archives_say_of_the_package_what_it_says_of_itself() -> None:
    project = tomllib.loads(read("pyproject.toml"))["project"]
    archive, citation = json.loads(read(".zenodo.json")), yaml.safe_load(read("CITATION.cff"))
    assert archive["title"] == citation["title"]
    assert archive["creators"] == citation["authors"] == project["authors"]
    assert set(archive["keywords"]) == set(project["keywords"])
    assert archive["license"] == "BSD-3-Clause"


def test_the_paper_cites_what_it_lists_and_counts_what_is_there() -> None:
    paper = read("paper.md")
    assert set(re.findall(r"@(\w+:\d{4})", paper)) == set(re.findall(r"^@\w+\{(.+),$", read("paper.bib"), re.MULTILINE))
    words = paper.split("\n# Summary\n")[1].split()
    assert 800 <= len(words) <= 1000  # what the journal asks for
    chapters = [tomllib.loads(path.read_text(encoding="utf-8")) for path in ROOT.glob("notebooks/mmbook/ch*/*.toml")]
    questions, exercises = (sum(len(one.get(kind, ())) for one in chapters) for kind in ("questions", "exercises"))
    text = " ".join(words)
    minutes = [int(m) for m in re.findall(r"^\| \[\d\d\]\(.*\| (\d+) \|$", read("README.md"), re.MULTILINE)]
    numbered = [path.read_text(encoding="utf-8") for path in ROOT.glob("notebooks/text/[01]*.md")]
    to_do = sum(int(re.search(r" reading, (\d+) exercises", one)[1]) for one in numbered)
    hours = f"about {sum(minutes) / 60:.0f} hours to read and {to_do / 60:.0f} of exercises"
    assert f"{len(minutes)} chapters, {hours}" in text
    assert f"There are {questions} such questions" in text
    assert f"{sum(map(len, EXPLORERS.values()))} interactive figures" in text
    assert f"Each of the {exercises} exercises" in text
