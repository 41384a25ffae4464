"""The wheel and the sdist as hatchling builds them: what is in them, and what the package's page shows."""

import datetime
import email
import importlib.util
import re
import subprocess
import sys
import tarfile
import zipfile
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests import test_launcher
from tests.test_launcher import CHECKOUT

launcher = test_launcher.launcher
REPOSITORY = "https://github.com/OWNER/mmlab"


def build(root, out, kind):
    """The path of what hatchling makes of a folder, and the names in it."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(out)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    [made] = out.glob("*.whl" if kind == "wheel" else "*.tar.gz")
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return zipfile.ZipFile(build(CHECKOUT, tmp_path_factory.mktemp("wheel"), "wheel"))


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """A wheel made of the sdist, where the repository's address is known."""
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(CHECKOUT, folder, "sdist")) as archive:
        archive.extractall(folder, filter="data")
    [root] = (path for path in folder.iterdir() if path.is_dir())
    (root / "PKG-INFO").unlink()  # which states the readme as it was made without an address
    project = re.sub(r"\[project.urls\]\n([^\n]+\n)*", "", (root / "pyproject.toml").read_text(encoding="utf-8"))
    project += f'\n[project.urls]\nRepository = "{REPOSITORY}"\n'
    (root / "pyproject.toml").write_text(project, encoding="utf-8")
    return zipfile.ZipFile(build(root, tmp_path_factory.mktemp("published"), "wheel"))


def metadata(wheel):
    [name] = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return email.message_from_bytes(wheel.read(name))


def page(wheel):
    return metadata(wheel).get_payload(decode=True).decode()


def relative_links(text):
    return re.findall(r"\]\((?!https?:|#)([^)]*)\)", text)


def test_the_wheel_holds_what_a_copy_gets_and_each_file_once(wheel, launcher):
    names = wheel.namelist()
    assert len(names) == len(set(names))
    held = {name.removeprefix("mmlab/notebooks/") for name in names if name.startswith("mmlab/notebooks/")}
    assert held == set(launcher.workbook.handed_out(CHECKOUT))
    book = CHECKOUT / "notebooks"
    code = {path.relative_to(book).as_posix() for path in (book / "mmbook").rglob("*") if path.suffix != ".pyc"}
    assert {name for name in names if "mmbook" in name} == {name for name in code if (book / name).is_file()}
    assert "mmlab/py.typed" in names
    assert Path(wheel.filename).stat().st_size < 5_000_000


def test_the_sdist_makes_the_same_wheel(wheel, published):
    assert set(published.namelist()) == set(wheel.namelist())


def test_a_browsers_kernel_is_asked_for_no_front_end(wheel):
    required = [one for one in metadata(wheel).get_all("Requires-Dist") if "extra ==" not in one]
    of_its_own = {one for one in required if one.endswith("; sys_platform != 'emscripten'")}
    assert {re.split(r"[^\w-]", one)[0] for one in of_its_own} == {"jupyterlab"}
    assert {re.split(r"[^\w-]", one)[0] for one in {*required} - of_its_own} == {
        "numpy",
        "matplotlib",
        "jinja2",
        "ipywidgets",
    }


def test_the_licences_are_named_and_shipped(wheel):
    assert metadata(wheel)["License-Expression"] == "BSD-3-Clause AND CC-BY-4.0"
    shipped = {name.rsplit("/", 1)[-1] for name in wheel.namelist() if "/licenses/" in name}
    assert shipped == {"LICENSE", "LICENSE-text"} == set(metadata(wheel).get_all("License-File"))


def test_the_page_links_into_the_version_that_it_is_of_or_not_at_all(wheel, published):
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    linked, tag = relative_links(readme), f"v{metadata(published)['Version']}"
    assert len(linked) > 12
    assert all((CHECKOUT / path).exists() for path in linked)
    assert relative_links(page(published)) == []
    absolute = re.findall(rf"\]\({REPOSITORY}/(blob|raw)/{tag}/([^)]*)\)", page(published))
    assert [path for _, path in absolute] == linked
    assert {kind for kind, path in absolute if path.endswith(".png")} == {"raw"}
    assert {kind for kind, path in absolute if path.endswith(".ipynb")} == {"blob"}
    if not metadata(wheel).get_all("Project-URL"):
        assert relative_links(page(wheel)) == []
        assert "| 00 | Start here |" in page(wheel)


@pytest.fixture
def release():
    loader = SourceFileLoader("release", str(CHECKOUT / ".ci" / "release"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("release", loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def ready(tmp_path):
    """A checkout that could be published on 1 May."""
    stated = {
        "mmlab/__init__.py": '__version__ = "0.2.0"\n',
        "CITATION.cff": "version: 0.2.0\ndate-released: 2027-05-01\n",
        "CHANGELOG.md": "# Changes\n\n## 0.2.0 (2027-05-01)\n\n## 0.1.0 (2026-11-28)\n",
        "pyproject.toml": f'[project.urls]\nRepository = "{REPOSITORY}"\n',
    }
    for name, text in stated.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    commands = ("init -q", "add .", "-c user.name=a -c user.email=a@b.c commit -q -m all", "tag v0.1.0")
    for words in commands:
        subprocess.run(["git", *words.split()], cwd=tmp_path, check=True)
    return tmp_path


def wrong(release, root, day=1):
    return "\n".join(release.problems(root, datetime.date(2027, 5, day)))


def test_a_checkout_where_all_agrees_is_ready(release, ready):
    assert wrong(release, ready) == ""


@pytest.mark.parametrize(
    ("name", "old", "new", "sentence"),
    [
        ("CITATION.cff", "0.2.0", "0.1.9", "CITATION.cff states version 0.1.9, and mmlab is 0.2.0"),
        ("CITATION.cff", "date-released", "date", "CITATION.cff dates it not at all"),
        ("CHANGELOG.md", "## 0.2.0 (2027-05-01)\n", "", "CHANGELOG.md states version 0.1.0, and mmlab is 0.2.0"),
        ("CHANGELOG.md", "(2027-05-01)", "(soon)", "CHANGELOG.md dates it soon, and today is 2027-05-01"),
        ("pyproject.toml", "Repository", "Home", "run `python mmlab address URL`"),
        ("mmlab/__init__.py", "", "\n", "changes that are not committed"),
    ],
)
def test_what_does_not_hold_keeps_a_version_from_being_published(release, ready, name, old, new, sentence):
    text = (ready / name).read_text()
    (ready / name).write_text(text.replace(old, new, 1))
    assert sentence in wrong(release, ready)


def test_a_version_is_published_once_and_on_the_day_that_it_states(release, ready):
    assert "today is 2027-05-02" in wrong(release, ready, day=2)
    subprocess.run(["git", "tag", "v0.2.0"], cwd=ready, check=True)
    assert "the tag v0.2.0 is there already" in wrong(release, ready)


def test_the_commands_that_publish_are_printed_for_a_person_where_all_holds(release, ready, monkeypatch, capsys):
    before = release.git(ready, "log", "--all", "--decorate")
    the_first_of_may = SimpleNamespace(today=lambda: datetime.date(2027, 5, 1))
    monkeypatch.setattr(release, "datetime", SimpleNamespace(date=the_first_of_may))
    monkeypatch.setattr(release, "ROOT", ready)
    monkeypatch.setattr(
        release, "packages", lambda out: [out / f"mmlab-0.2.0{end}" for end in (".tar.gz", "-py3-none-any.whl")]
    )
    assert release.main([]) == 0
    printed = capsys.readouterr().out
    assert "git tag -s v0.2.0 " in printed
    assert "twine upload dist/mmlab-0.2.0.tar.gz dist/mmlab-0.2.0-py3-none-any.whl\n" in printed
    assert release.git(ready, "log", "--all", "--decorate") == before
    (ready / "CITATION.cff").unlink()
    assert release.main([]) == 1
    printed = capsys.readouterr().out
    assert "NOT READY: CITATION.cff states version none" in printed
    assert "upload" not in printed
