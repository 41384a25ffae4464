"""The repository's address: one setting, all that follows it, and what is left out as long as there is none."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmlab.address import pages, pages_of, repository
from mmlab.doors.address import PLACES, AddressError, checked, disagreeing, main, publish

ROOT = Path(__file__).parents[2]
ADDRESS = "https://github.com/Some-body/mm.lab"
FILES = {place.file for place in PLACES}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files that hold places, where no address is set."""
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path / name)
    publish(tmp_path, "")
    return tmp_path


def texts(root: Path) -> dict[str, str]:
    return {name: (root / name).read_text(encoding="utf-8") for name in FILES}


def test_all_that_is_here_agrees_with_the_address_that_is_set() -> None:
    assert disagreeing(ROOT) == []


def test_without_an_address_nothing_links_to_one(copy: Path) -> None:
    assert (repository(copy), pages(copy)) == ("", "")
    assert disagreeing(copy) == []
    leads_there = r"github\.(com|io)/(?!OWNER/NAME)|img\.shields\.io|mybinder\.org/v2|colab\.research"
    assert [name for name, text in texts(copy).items() if re.search(leads_there, text)] == []


def test_with_an_address_every_place_leads_there_and_without_again_all_is_as_it_was(copy: Path) -> None:
    before = texts(copy)
    publish(copy, f"{ADDRESS}.git/")
    assert disagreeing(copy) == []
    assert (repository(copy), pages(copy)) == (ADDRESS, "https://some-body.github.io/mm.lab/")
    after = texts(copy)
    assert [name for name in FILES if ADDRESS not in after[name]] == []
    badges = after["README.md"].splitlines()[2:11]
    assert [re.match(r"\[!\[(.*?)\]", line)[1] for line in badges[1:-1]] == [  # type: ignore[index]
        "CI", "The book", "Lite", "Binder", "Colab", "PyPI", "Licence",
    ]  # fmt: skip
    assert not re.search(r"\{\w+\}", "".join(badges))
    assert "mybinder.org/v2/gh/Some-body/mm.lab/main?urlpath=lab/tree/notebooks/00_start_here.ipynb" in badges[4]
    publish(copy, "")
    assert texts(copy) == before


def test_line_ends_of_windows_are_kept(copy: Path) -> None:
    for name in FILES:
        (copy / name).write_bytes((copy / name).read_bytes().replace(b"\n", b"\r\n"))
    publish(copy, ADDRESS)
    assert disagreeing(copy) == []
    assert [name for name in FILES if re.search(rb"(?<!\r)\n", (copy / name).read_bytes())] == []


@pytest.mark.parametrize(
    "address",
    [
        "http://github.com/a/b",
        "https://gitlab.com/a/b",
        "https://github.com/a",
        "https://github.com/a/b/c",
        "https://github.com/a/..",
        "https://github.com/-a/b",
        "https://github.com/a/b?c",
        "https://github.com/a/b](c",
        "a/b",
    ],
)
def test_what_is_no_address_is_refused_in_a_sentence_and_nothing_is_written(
    copy: Path, capsys: pytest.CaptureFixture[str], address: str
) -> None:
    before = texts(copy)
    assert main([address], copy) == 1
    sentence = "must be https://github.com/OWNER/NAME, for its badges, pages and buttons are GitHub's"
    assert sentence in capsys.readouterr().err
    assert texts(copy) == before


def test_a_link_changed_by_hand_is_found_and_mended(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    publish(copy, ADDRESS)
    readme = copy / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("mybinder.org/v2/gh/Some", "mybinder.org/v2/gh/Any"))
    assert main(["--check"], copy) == 1
    assert capsys.readouterr().err.endswith(
        f'README.md do not follow the address: `python mmlab address "{ADDRESS}"` mends that.\n'
    )
    assert publish(copy, ADDRESS) == ["README.md"]
    assert main([], copy) == 0
    assert capsys.readouterr().out == f"mmlab: {ADDRESS} is set, and all that follows it agrees.\n"


def test_a_file_without_its_marks_is_named_and_nothing_is_written(copy: Path) -> None:
    readme = copy / "README.md"
    readme.write_text(readme.read_text(encoding="utf-8").replace("address: doors", "doors"), encoding="utf-8")
    before = texts(copy)
    with pytest.raises(AddressError, match=r"^README\.md has no lines from `address: doors` to `/address`"):
        publish(copy, ADDRESS)
    assert texts(copy) == before


def test_a_page_of_an_owner_has_no_folder() -> None:
    assert pages_of(checked("https://github.com/Somebody/somebody.github.io")) == "https://somebody.github.io/"


@pytest.mark.parametrize(
    ("line", "address"), [(f"Project-URL: Issues, x\nProject-URL: Repository, {ADDRESS}\n", ADDRESS), ("", "")]
)
def test_what_is_installed_knows_it_too(tmp_path: Path, line: str, address: str) -> None:
    (tmp_path / "mmlab").mkdir()
    for name in ("__init__.py", "address.py"):
        shutil.copy(ROOT / "mmlab" / name, tmp_path / "mmlab" / name)
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'another'\nurls.Repository = 'not ours'\n")
    (tmp_path / "mmlab-1.dist-info").mkdir()
    (tmp_path / "mmlab-1.dist-info" / "METADATA").write_text(f"Metadata-Version: 2.4\nName: mmlab\nVersion: 1\n{line}")
    program = "from mmlab.address import pages, repository; print([repository(), pages()])"
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{[address, pages_of(address) if address else '']}\n"


def test_the_launcher_sets_it_with_nothing_but_the_standard_library(copy: Path) -> None:
    shutil.copytree(ROOT / "mmlab", copy / "mmlab", ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-S", "mmlab", "address"]
    done = subprocess.run([*command, ADDRESS], cwd=copy, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"mmlab: {ADDRESS} is set; changed: pyproject.toml, CITATION.cff, README.md.")
    assert repository(copy) == ADDRESS
    assert not (copy / ".venv").exists()
