"""`python mmlab …`: what it installs and when, what it starts, and what it says when it cannot.

Nothing is installed here: venv and pip are played by `Computer`, which writes down what it was asked to run.
"""

import ast
import contextlib
import importlib.util
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

CHECKOUT = Path(__file__).parents[1]
FIRST = "notebooks/00_start_here.ipynb"
LAUNCHER = ("__main__.py", "installation.py", "lock.py", "server.py", "workbook.py")
HERE = f"{sys.version_info[0]}.{sys.version_info[1]}"


class Computer:
    """Plays the programs that the launcher starts, and can be told to fail in one of them."""

    TimeoutExpired = subprocess.TimeoutExpired

    def __init__(self, launcher):
        self.launcher = launcher
        self.ran, self.directories, self.variables = [], [], []
        self.codes = {}
        self.interrupt_during = None
        self.lost = []
        """What an environment's Python does not find, until it is made again."""

    def Popen(self, command, cwd=None, env=None, start_new_session=False, close_fds=True):
        what = command[command.index("-m") + 1]
        self.ran.append(" ".join(command[command.index("-m") + 1 :]))
        self.directories.append(cwd)
        self.variables.append(env)
        if what == "venv":
            python = self.launcher.python_in(Path(command[-1]))
            python.parent.mkdir(parents=True)
            python.write_text(HERE)
            self.lost = []
        return SimpleNamespace(
            wait=lambda timeout=None: self.end(what), poll=lambda: 0, terminate=lambda: None, send_signal=lambda _: None
        )

    def end(self, what):
        if self.interrupt_during == what:
            self.interrupt_during = None
            raise KeyboardInterrupt
        return self.codes.get(what, 0)

    def look_at(self, python, packages):
        version = python.read_text() if python.exists() else None
        return self.launcher.installation.Found(version, [one for one in packages if one in self.lost])

    def asked_since(self, position):
        """What was run after the first so many programs, each by its first word."""
        return [line.split()[0] for line in self.ran[position:]]


@pytest.fixture
def launcher(monkeypatch):
    """The launcher's files, as `python mmlab` finds them, where there is a browser and nobody is root."""
    monkeypatch.syspath_prepend(CHECKOUT / "mmlab")
    for name in ("installation", "server", "workbook"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    spec = importlib.util.spec_from_file_location("launcher_under_test", CHECKOUT / "mmlab" / "__main__.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.installation, module.server = sys.modules["installation"], sys.modules["server"]
    monkeypatch.delenv("MMLAB_ENV", raising=False)
    monkeypatch.setattr(module.signal, "signal", lambda *_: None)
    monkeypatch.setattr(module.server, "has_browser", lambda: True)
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    return module


@pytest.fixture
def computer(launcher, monkeypatch):
    computer = Computer(launcher)
    monkeypatch.setattr(launcher, "subprocess", computer)
    monkeypatch.setattr(launcher.server, "subprocess", computer)
    monkeypatch.setattr(launcher.installation, "subprocess", computer)
    monkeypatch.setattr(launcher.installation, "look_at", computer.look_at)
    return computer


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "pyproject.toml").write_text("[project]\ndependencies = ['jupyterlab>=4.2']\n")
    return root


def own_options(root):
    """What JupyterLab is started with where there is a browser and nobody is root."""
    return f"--ServerApp.ip=127.0.0.1 --ServerApp.root_dir={root}"


def test_the_help_needs_nothing_but_the_standard_library():
    answer = subprocess.run([sys.executable, "-S", "mmlab", "--help"], cwd=CHECKOUT, capture_output=True, text=True)
    assert answer.returncode == 0
    assert answer.stdout.startswith("Usage: python mmlab")
    assert all(command in answer.stdout for command in ("open", "test", "notebooks"))


@pytest.mark.parametrize("arguments", [[], ["opne"]])
def test_an_unknown_command_shows_the_usage(launcher, computer, root, capsys, arguments):
    assert launcher.main(arguments, root) == 2
    assert capsys.readouterr().err.startswith("Usage: python mmlab")
    assert computer.ran == []


def test_a_python_too_old_can_read_the_launcher():
    for name in LAUNCHER:
        ast.parse((CHECKOUT / "mmlab" / name).read_text(encoding="utf-8"), feature_version=(3, 6))


def test_no_module_of_mmlab_hides_one_of_the_standard_library():
    # `python mmlab` puts the folder mmlab itself first on the path.
    rooms = {path.stem for path in (CHECKOUT / "mmlab").iterdir()} - {"__init__", "__main__", "__pycache__"}
    assert rooms & set(sys.stdlib_module_names) == set()


def test_what_the_launcher_knows_of_pyproject_is_what_is_in_there(launcher):
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={launcher.dotted(launcher.OLDEST_PYTHON)}"
    extras = {extra for extras in launcher.EXTRAS.values() for extra in extras}
    assert extras <= set(project["optional-dependencies"])


@pytest.mark.parametrize(
    ("command", "installed", "started"),
    [
        (["open"], "-e .", f"jupyterlab {FIRST} OWN"),
        (["open", "--", "--port", "9999"], "-e .", f"jupyterlab {FIRST} OWN --port 9999"),
        (["test", "-k", "quotes", "--", "-q"], "-e .[docs,test]", "pytest -k quotes -q"),
        (["notebooks", "--check"], "-e .[docs,test]", "mmlab.teach.pairs --check"),
    ],
)
def test_the_first_start_makes_an_environment_and_the_second_installs_nothing(
    launcher, computer, root, capsys, command, installed, started
):
    started = started.replace("OWN", own_options(root))
    assert launcher.main(command, root) == 0
    assert computer.asked_since(0) == ["venv", "pip", "compileall", started.split()[0]]
    assert computer.ran[1].endswith(installed)
    assert computer.ran[2] == "compileall -qq mmlab notebooks"
    assert computer.ran[3] == started
    assert computer.directories[1:] == [str(root)] * 3
    assert f"Setting up {root / '.venv'} (once: " in capsys.readouterr().out

    assert launcher.main(command, root) == 0
    assert computer.ran[4:] == [started]
    assert "Setting up" not in capsys.readouterr().out


def test_a_builder_is_told_folders_as_whoever_starts_it_sees_them(launcher, computer, root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert launcher.main(["lite", "--out", "pages"], root) == 0
    assert computer.ran[1].endswith("-e .[lite]")
    assert computer.ran[3] == "mmlab.doors.lite --out pages"
    assert computer.directories[3] == str(tmp_path)


def test_a_command_that_needs_more_adds_it_and_one_that_needs_less_is_content(launcher, computer, root, capsys):
    launcher.main(["open"], root)
    launcher.main(["test"], root)
    assert "Updating" in capsys.readouterr().out
    launcher.main(["notebooks"], root)
    launcher.main(["open"], root)
    launcher.main(["test"], root)
    installed = [line.split()[-1] for line in computer.ran if line.startswith("pip")]
    assert installed == [".", ".[docs,test]"]
    assert computer.asked_since(-2) == ["jupyterlab", "pytest"]


def test_new_dependencies_are_installed_with_the_extras_that_were_there(launcher, computer, root):
    launcher.main(["test"], root)
    (root / "pyproject.toml").write_text("[project]\ndependencies = ['jupyterlab', 'numpy']\n")
    launcher.main(["open"], root)
    assert computer.asked_since(4) == ["pip", "compileall", "jupyterlab"]
    assert computer.ran[4].endswith("-e .[docs,test]")


def test_a_checkout_that_has_moved_is_installed_again(launcher, computer, root):
    launcher.main(["open"], root)
    moved = root.rename(root.with_name("elsewhere"))
    launcher.main(["open"], moved)
    assert computer.asked_since(4) == ["pip", "compileall", "jupyterlab"]


@pytest.mark.parametrize("step", ["venv", "pip", "compileall"])
def test_an_interrupted_set_up_is_done_again(launcher, computer, root, capsys, step):
    computer.interrupt_during = step
    assert launcher.main(["open"], root) == 130
    assert "stopped" in capsys.readouterr().err
    assert "jupyterlab" not in " ".join(computer.ran)

    so_far = len(computer.ran)
    assert launcher.main(["open"], root) == 0
    assert computer.asked_since(so_far) == ["venv", "pip", "compileall", "jupyterlab"]
    assert "the last time was not finished" in capsys.readouterr().out


@pytest.mark.parametrize(
    "stamp",
    [
        '{"made_here": tr',
        '{"made_here": 1, "fingerprint": 3, "extras": 7}',
        '{"made_here": true, "fingerprint": "FINGERPRINT", "extras": [[]]}',
        '{"made_here": true, "fingerprint": "FINGERPRINT", "extras": "docs"}',
        '{"made_here": true, "fingerprint": ["FINGERPRINT"], "extras": []}',
        "[]",
        "7",
    ],
)
def test_a_stamp_cut_short_or_of_nonsense_counts_as_unfinished(launcher, computer, root, capsys, stamp):
    launcher.main(["open"], root)
    (root / ".venv" / "mmlab-stamp.json").write_text(
        stamp.replace("FINGERPRINT", launcher.installation.fingerprint(root))
    )
    assert launcher.main(["open"], root) == 0
    assert computer.asked_since(4) == ["venv", "pip", "compileall", "jupyterlab"]
    assert "the last time was not finished" in capsys.readouterr().out


def test_an_environment_that_lost_its_packages_is_made_again(launcher, computer, root, capsys):
    launcher.main(["open"], root)
    computer.lost = ["jupyterlab"]
    assert launcher.main(["open"], root) == 0
    assert computer.asked_since(4) == ["venv", "pip", "compileall", "jupyterlab"]
    assert "again, for it has lost jupyterlab" in capsys.readouterr().out


def test_packages_lost_from_somebody_elses_environment_are_installed_again_or_named(launcher, computer, root, capsys):
    python = launcher.python_in(root / ".venv")
    python.parent.mkdir(parents=True)
    python.write_text(HERE)
    launcher.main(["open"], root)
    computer.lost = ["jupyterlab"]  # and pip takes it for installed
    assert launcher.main(["open"], root) == 1
    assert computer.asked_since(3) == ["pip"]
    assert "pip says that jupyterlab is installed" in capsys.readouterr().err
    assert python.exists()


def test_this_environment_has_all_that_pyproject_declares_and_an_emptied_one_nothing(launcher, tmp_path):
    declared = launcher.installation.declared(CHECKOUT, ["docs", "test"])
    assert {"numpy", "jupyterlab", "pytest", "xdist", "hypothesis"} <= set(declared)
    assert launcher.installation.look_at(Path(sys.executable), declared) == (HERE, [])
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "emptied"], check=True)
    emptied = launcher.python_in(tmp_path / "emptied")
    packages = next((tmp_path / "emptied").rglob("site-packages"))
    (packages / "numpy").mkdir()  # what is left of a folder counts as lost
    assert launcher.installation.look_at(emptied, ["json", *declared]) == (HERE, declared)
    assert launcher.installation.look_at(tmp_path / "nothing", declared) == (None, declared)


@pytest.mark.parametrize(("python", "reason"), [("3.9", "it has Python 3.9"), (None, "its Python is gone")])
def test_an_environment_of_another_python_is_made_again(launcher, computer, root, capsys, python, reason):
    launcher.main(["open"], root)
    installed = launcher.python_in(root / ".venv")
    installed.unlink()
    if python:
        installed.write_text(python)
    assert launcher.main(["open"], root) == 0
    assert computer.asked_since(4) == ["venv", "pip", "compileall", "jupyterlab"]
    assert reason in capsys.readouterr().out


def test_a_folder_that_the_launcher_did_not_make_is_never_removed(launcher, computer, root, tmp_path, capsys):
    precious = tmp_path / "thesis" / "chapter.tex"
    precious.parent.mkdir()
    precious.write_text("years of work")
    assert launcher.main(["open", "--env", str(precious.parent)], root) == 1
    assert str(precious.parent) in capsys.readouterr().err
    assert precious.read_text() == "years of work"
    assert computer.ran == []


def test_an_environment_that_was_there_is_used_and_never_removed(launcher, computer, root, capsys):
    python = launcher.python_in(root / ".venv")
    python.parent.mkdir(parents=True)
    python.write_text(HERE)
    assert launcher.main(["open"], root) == 0
    assert computer.asked_since(0) == ["pip", "compileall", "jupyterlab"]
    python.write_text("3.9")
    assert launcher.main(["open"], root) == 1
    assert "not of this launcher's making" in capsys.readouterr().err
    assert python.exists()


def test_the_environment_can_be_anywhere(launcher, computer, root, tmp_path, monkeypatch):
    launcher.main(["open", f"--env={tmp_path / 'one'}"], root)
    monkeypatch.setenv("MMLAB_ENV", str(tmp_path / "two"))
    launcher.main(["open"], root)
    launcher.main(["test", "--env", str(tmp_path / "three"), "--", "--env", "is pytest's"], root)
    made = [Path(line.split(maxsplit=1)[1]).name for line in computer.ran if line.startswith("venv")]
    assert made == ["one", "two", "three"]
    assert computer.ran[-1] == "pytest --env is pytest's"
    assert not (root / ".venv").exists()


def test_without_a_network_it_says_so_and_what_worked_still_works(launcher, computer, root, capsys):
    launcher.main(["open"], root)
    computer.codes["pip"] = 1
    assert launcher.main(["test"], root) == 1
    assert "pip could not install" in capsys.readouterr().err
    assert "pytest" not in computer.asked_since(0)
    assert launcher.main(["open"], root) == 0


def test_a_failed_venv_is_said_and_tried_again(launcher, computer, root, capsys):
    computer.codes["venv"] = 1
    assert launcher.main(["open"], root) == 1
    assert "venv could not make" in capsys.readouterr().err
    computer.codes.clear()
    assert launcher.main(["open"], root) == 0


def test_a_python_too_old_is_named(launcher, computer, root, capsys, monkeypatch):
    monkeypatch.setattr(launcher, "OLDEST_PYTHON", (99, 1))
    assert launcher.main(["open"], root) == 1
    report = capsys.readouterr().err
    assert f"this is Python {HERE}" in report
    assert "needs 99.1 or newer" in report
    assert computer.ran == []


def test_a_python_without_ensurepip_is_told_what_to_install(launcher, computer, root, capsys, monkeypatch):
    found = SimpleNamespace(util=SimpleNamespace(find_spec=lambda name: None if name == "ensurepip" else name))
    monkeypatch.setattr(launcher, "importlib", found)
    assert launcher.main(["open"], root) == 1
    assert f"python{HERE}-venv" in capsys.readouterr().err
    assert computer.ran == []


def test_a_folder_without_pyproject_is_not_a_checkout(launcher, computer, tmp_path, capsys):
    assert launcher.main(["open"], tmp_path) == 1
    assert "not a checkout of mmlab" in capsys.readouterr().err
    assert computer.ran == []


def test_where_nothing_can_be_written_it_says_how_to_go_elsewhere(launcher, computer, root, capsys):
    (root / "file").touch()
    assert launcher.main(["open", "--env", str(root / "file" / "env")], root) == 1
    report = capsys.readouterr().err
    assert "cannot write the environment" in report
    assert "--env DIR" in report
    assert computer.ran == []


@pytest.mark.parametrize(("ended", "code"), [(0, 0), (1, 1), (5, 5), (-15, 143)])
def test_the_exit_code_is_that_of_what_was_run(launcher, computer, root, ended, code):
    computer.codes["pytest"] = ended
    assert launcher.main(["test"], root) == code


@pytest.mark.parametrize("command", ["open", "test"])
def test_ctrl_c_in_a_running_command_is_left_to_it(launcher, computer, root, capsys, command):
    computer.interrupt_during = "jupyterlab" if command == "open" else "pytest"
    assert launcher.main([command], root) == 0
    assert "stopped" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ended", "code", "sentence"),
    [(0, 0, "JupyterLab has ended"), (-9, 137, "ended from outside (signal 9)"), (1, 1, "stopped with exit code 1")],
)
def test_the_end_of_the_server_is_said_in_a_sentence(launcher, computer, root, capsys, ended, code, sentence):
    computer.codes["jupyterlab"] = ended
    assert launcher.main(["open"], root) == code
    assert sentence in "".join(capsys.readouterr())


def test_root_is_let_in_and_told_what_that_means(launcher, computer, root, capsys, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    assert launcher.main(["open"], root) == 0
    assert "every cell that you run has root's rights" in capsys.readouterr().out
    assert computer.ran[-1] == f"jupyterlab {FIRST} {own_options(root)} --allow-root"


def test_where_there_is_no_browser_none_is_asked_for(launcher, computer, root, monkeypatch):
    monkeypatch.setattr(launcher.server, "has_browser", lambda: False)
    launcher.main(["open"], root)
    assert computer.ran[-1] == f"jupyterlab {FIRST} {own_options(root)} --no-browser"


def test_no_option_of_the_command_line_is_given_twice(launcher, computer, root, monkeypatch):
    # JupyterLab takes none of these twice.
    monkeypatch.setattr(launcher.server, "has_browser", lambda: False)
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    given = ["--ip=0.0.0.0", "--notebook-dir=/", "--allow-root", "--no-browser"]
    launcher.main(["open", "--", *given], root)
    assert computer.ran[-1] == " ".join(["jupyterlab", FIRST, *given])


def test_the_address_is_what_the_server_notes_once_it_has(launcher, tmp_path):
    assert launcher.server.noted_address(tmp_path, FIRST) is None
    note = tmp_path / "jpserver-7.json"
    note.write_text('{"url": "http://127.0.0.1:88')
    assert launcher.server.noted_address(tmp_path, FIRST) is None
    note.write_text('{"url": "http://127.0.0.1:8889/here/", "token": "abc"}')
    assert launcher.server.noted_address(tmp_path, FIRST) == f"http://127.0.0.1:8889/here/lab/tree/{FIRST}?token=abc"
    note.write_text('{"url": "http://127.0.0.1:8889/", "token": ""}')
    assert launcher.server.noted_address(tmp_path, FIRST) == f"http://127.0.0.1:8889/lab/tree/{FIRST}"


@pytest.mark.skipif(os.name == "nt", reason="on Windows the server has had the same Ctrl-C")
@pytest.mark.parametrize(
    ("terminal", "started", "sent"), [(True, True, "SIGINT"), (True, False, "SIGTERM"), (False, True, "SIGTERM")]
)
def test_a_ctrl_c_is_a_question_on_a_terminal_and_the_end_elsewhere(launcher, monkeypatch, terminal, started, sent):
    signals = []
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: terminal))
    launcher.server.stop_server(SimpleNamespace(send_signal=lambda number: signals.append(number.name)), started)
    assert signals == [sent]


def test_what_the_launcher_notes_for_the_server_is_gone_with_it_and_asks_about_no_news(
    launcher, computer, root, monkeypatch
):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "mine")
    noted = []
    begin = computer.Popen

    def start(command, **more):
        if "jupyterlab" in command:
            notes, *others = more["env"]["JUPYTER_CONFIG_PATH"].split(os.pathsep)
            noted.append((Path(notes), json.loads((Path(notes) / "labconfig" / "page_config.json").read_text())))
            assert others == ["mine"]
            assert more["env"]["JUPYTER_RUNTIME_DIR"] == notes
        return begin(command, **more)

    computer.Popen = start
    launcher.main(["open"], root)
    [(notes, settings)] = noted
    assert settings == {"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": True}}
    assert not notes.exists()


@pytest.mark.parametrize("display", ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER"])
def test_a_browser_without_a_screen_is_none(monkeypatch, display):
    spec = importlib.util.spec_from_file_location("server_under_test", CHECKOUT / "mmlab" / "server.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.syspath_prepend(CHECKOUT / "mmlab")
    spec.loader.exec_module(module)
    monkeypatch.setattr("webbrowser.get", lambda: None)
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    assert not module.has_browser()
    monkeypatch.setenv(display, ":0")
    assert module.has_browser()


def test_two_at_once_wait_for_each_other_and_a_dead_ones_lock_is_taken_over(launcher, root, capsys, monkeypatch):
    environment = root / ".venv"
    lock = root / ".venv.lock"
    lock.write_text("4000000\n")  # left by a process that was killed
    command = [sys.executable, "-c", HOLDER, str(CHECKOUT / "mmlab"), str(environment)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "holds it\n"
        assert lock.read_text() == f"{holder.pid}\n"
        monkeypatch.setattr("lock.time", SimpleNamespace(sleep=lambda _: holder.communicate()))
        with launcher.installation.alone(environment):
            assert holder.returncode == 0
            assert lock.read_text() == f"{os.getpid()}\n"
    assert (
        capsys.readouterr().out
        == f"mmlab: another mmlab (process {holder.pid}) is setting up {environment}: waiting until it has...\n"
    )
    assert not lock.exists()


HOLDER = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import lock
with lock.alone(pathlib.Path(sys.argv[2])):
    print("holds it", flush=True)
    sys.stdin.read()
"""


def test_what_another_has_set_up_meanwhile_is_not_done_again(launcher, computer, root, monkeypatch):
    alone = launcher.installation.alone

    @contextlib.contextmanager
    def waited(environment):
        with alone(environment):
            python = launcher.python_in(environment)
            python.parent.mkdir(parents=True)
            python.write_text(HERE)
            stamp = launcher.installation.Stamp(True, launcher.installation.fingerprint(root), [])
            launcher.installation.write_stamp(environment, stamp)
            yield

    monkeypatch.setattr(launcher.installation, "alone", waited)
    assert launcher.main(["open"], root) == 0
    assert computer.asked_since(0) == ["jupyterlab"]


def test_what_runs_finds_its_environment_first_and_one_thread_unless_told_otherwise(
    launcher, computer, root, monkeypatch
):
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    launcher.main(["open"], root)
    around = computer.variables[-1]
    assert around["PATH"].split(os.pathsep)[0] == str(launcher.python_in(root / ".venv").parent)
    assert around["VIRTUAL_ENV"] == str(root / ".venv")
    assert around["OPENBLAS_NUM_THREADS"] == "1"
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "4")
    launcher.main(["open"], root)
    assert computer.variables[-1]["OPENBLAS_NUM_THREADS"] == "4"


def test_the_stamp_is_written_last(launcher, computer, root):
    noted = []
    begin = computer.Popen

    def start(command, **more):
        stamp = root / ".venv" / "mmlab-stamp.json"
        noted.append(json.loads(stamp.read_text())["fingerprint"])
        return begin(command, **more)

    computer.Popen = start
    launcher.main(["open"], root)
    assert noted == ["", "", "", launcher.installation.fingerprint(root)]
