"""A history's file: the same to the last bit, or a sentence that names file, line and reason; never another history."""

import contextlib
import gzip
import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mmlab import History, Market, MarketMakingConfig, ParameterError, Symmetric, simulate
from mmlab.files import FileError

N_STEPS, N_PATHS = 12, 4
HISTORY = simulate(Symmetric(half_spread=0.5), Market.avellaneda_stoikov_2008().tape(N_PATHS, N_STEPS, seed=1))
DESK = simulate(MarketMakingConfig().make_desk(), MarketMakingConfig().make_market().tape(2, 12, seed=1))


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / "run.csv"
    HISTORY.to_csv(path, seed=1)
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def refused(folder, text, name="t.csv"):
    """What is said of a file that holds this."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(FileError) as error:
        History.from_csv(path)
    assert len(str(error.value)) < 500
    return str(error.value).removeprefix(str(path)).removeprefix(" is no history that to_csv wrote: ")


def test_the_head_says_how_many_and_which(lines):
    head = json.loads(lines[0].removeprefix("# "))
    digest = head["history"].pop("told, SHA-256")
    assert head["history"] == {"format": 3, "n_steps": N_STEPS, "n_paths": N_PATHS, "SHA-256": HISTORY.hash}
    assert len(digest) == 64
    assert head["seed"] == 1
    assert len(lines) == 2 + (N_STEPS + 1) * N_PATHS


def test_wherever_a_file_is_cut_it_is_refused_with_the_line(lines, tmp_path):
    for kept in range(3, len(lines)):
        sentence = refused(tmp_path, "".join(lines[:kept]))
        assert sentence == f"line {kept + 1}: it ends here, and 52 rows are 12 steps and an end of 4 paths."
    assert refused(tmp_path, "".join(lines)[:-7]).startswith("line 54: it is not whole")
    assert refused(tmp_path, "".join([*lines, lines[-1]])) == (
        "line 55: there are more rows than the 52 that the first line promises."
    )


@given(data=st.data())
def test_no_file_is_ever_read_as_another_history(data, lines, tmp_path_factory):
    """Whatever happens to its bytes it is refused, or what is read is what was written, to the last bit."""
    whole = "".join(lines).encode()
    at = data.draw(st.integers(0, len(whole)))
    gone = data.draw(st.sampled_from([0, 1, 5, 60, 10**6]))
    new = data.draw(st.binary(max_size=5) | st.sampled_from([b"nan", b"-1", b"inf", b"0", b",", b"\n", b"1_0", b"e5"]))
    changed = whole[:at] + new + whole[at + gone :]
    assume(changed != whole)
    path = tmp_path_factory.mktemp("changed") / "t.csv"
    path.write_bytes(changed)
    with contextlib.suppress(FileError):
        read = History.from_csv(path)
        assert read.hash == HISTORY.hash
        assert read.provenance == HISTORY.provenance | {"seed": 1}


def test_what_the_head_tells_of_the_run_is_under_a_hash_too(lines, tmp_path):
    DESK.to_csv(tmp_path / "desk.csv", at=-0.0, sign="ℓ")
    assert History.from_csv(tmp_path / "desk.csv").provenance == DESK.provenance | {"at": 0.0, "sign": "ℓ"}
    desk = (tmp_path / "desk.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    for whole, was, now in (
        (lines, '"seed": 1', '"seed": 2'),
        (desk, '"max_drawdown": ', '"max_drawdown": 1'),
        (desk, '"sign": ', '"wrong": '),
    ):
        assert was in whole[0]
        sentence = refused(tmp_path, "".join([whole[0].replace(was, now), *whole[1:]]))
        assert sentence == "line 1: what it tells of the run is not what was written: the hash of it is another."


CELLS = {"step": 0, "path": 1, "time": 2, "mid": 3, "inventory": 4, "cash": 5, "bid_price": 6, "bid_size": 8}


@pytest.mark.parametrize(
    ("column", "cell", "sentence"),
    [
        ("step", "7", "line 8: step and path must be 1 and 1; got 7 and 1."),
        ("path", "99999999999", "line 8: step and path must be 1 and 1; got 1 and 99999999999."),
        ("time", "0.5", "line 8: the paths of a step have one time."),
        ("time", "x", "line 8: time must be a number; got 'x'."),
        ("mid", "nan", "line 8: mid is nan where nothing was halted."),
        ("mid", "inf", "line 8: mid must be a finite number, or nan where there is none; got inf."),
        ("inventory", "nan", "line 8: inventory must be finite; got nan."),
        ("cash", "-inf", "line 8: cash must be finite; got -inf."),
        ("cash", "", "line 8: cash must be a number; got ''."),
        ("cash", "=cmd|' /C calc'!A0", "line 8: cash must be a number; got \"=cmd|' /C calc'!A0\"."),
        ("cash", "1,2", "line 8: it has 13 fields, and 12 columns are named."),
        ("bid_size", "-1.0", "line 8: bid_size must be at least 0; got -1."),
        ("bid_size", "nan", "line 8: bid_size must be at least 0; got nan."),
        ("cash", "123.0", "a number in it is not the one that was written: the hash of its columns is another."),
        pytest.param("cash", "1" * 10**6, "line 8: it is not whole, or longer than a row can be.", id="million digits"),
    ],
)
def test_what_no_history_holds_is_refused_with_its_line(column, cell, sentence, lines, tmp_path):
    row = lines[7].split(",")
    row[CELLS[column]] = cell
    assert refused(tmp_path, "".join([*lines[:7], ",".join(row), *lines[8:]])) == sentence


def test_two_rows_that_changed_places_and_time_that_runs_backwards(lines, tmp_path):
    assert refused(tmp_path, "".join([*lines[:4], lines[5], lines[4], *lines[6:]])).startswith("line 5: step and path")
    later = [",".join([*row.split(",")[:2], "9.0", *row.split(",")[3:]]) for row in lines[6:10]]
    sentence = refused(tmp_path, "".join([*lines[:6], *later, *lines[10:]]))
    assert sentence.startswith("line 11: time must not run backwards; got 0.1666")
    filled = lines[-1].rstrip("\n").rstrip(",") + ",1.0,,,,,\n"
    assert refused(tmp_path, "".join([*lines[:-1], filled])) == (
        "line 54: bid_price must be empty at the last time; got '1.0'."
    )


def test_what_names_no_columns_or_others_is_refused(lines, tmp_path):
    name = lines[1]
    assert refused(tmp_path, "".join([lines[0], name.replace("cash", "evil"), *lines[2:]])).startswith(
        "line 2: it must name step, path, time and the columns; cash are missing"
    )
    for other in ("evil", "cash"):
        sentence = refused(tmp_path, "".join([lines[0], name.replace("\n", f",{other}\n"), *lines[2:]]))
        assert sentence == f"line 2: there is no column '{other}', or it is there twice."
    assert refused(tmp_path, "".join([lines[0], *lines[2:]])).startswith("line 2: it must name")


def test_a_head_that_cannot_be_trusted_is_refused(lines, tmp_path):
    old = refused(tmp_path, "".join(["# {}\n", *lines[1:]]))
    assert old.startswith("line 1: it does not say how many steps and paths it has, so nobody can tell whether it is w")
    assert "an older mmlab wrote such files" in old
    for head in ("[" * 200_000, '{"a": NaN}', "[1,2]", '{"history": 3}', '{"history": {"format": 2, "n_steps": true}}'):
        assert refused(tmp_path, "".join([f"# {head}\n", *lines[1:]])).startswith(
            ("line 1: it ", "line 1: what it tells")
        )
    huge = lines[0].replace('"n_steps": 12', '"n_steps": 1000000000000', 1)
    with pytest.raises(ParameterError, match="would take"):
        refused(tmp_path, "".join([huge, *lines[1:]]))
    assert refused(tmp_path, "").startswith("line 1: what it tells of itself cannot be read")


def test_a_packed_file_that_was_damaged_is_refused(lines, tmp_path):
    packed = gzip.compress("".join(lines).encode())
    for at in range(0, len(packed), 37):
        damaged = bytearray(packed)
        damaged[at] ^= 64
        path = tmp_path / "g.csv.gz"
        path.write_bytes(damaged)
        with contextlib.suppress(FileError):
            assert History.from_csv(path).hash == HISTORY.hash  # the date in its head, which says nothing


@pytest.mark.parametrize("letter", [b"0", b"\n"])
def test_what_unpacks_to_gigabytes_is_refused_at_its_first_lines(letter, lines, tmp_path):
    with gzip.open(tmp_path / "bomb.csv.gz", "wb", 9) as file:
        file.write("".join(lines[:7]).encode())
        for _ in range(40):
            file.write(letter * 2**22)
    with pytest.raises(FileError, match=r"line 8: it (is not whole, or longer|has 1 fields)"):
        History.from_csv(tmp_path / "bomb.csv.gz")


def test_what_is_told_may_be_numpys_and_is_refused_before_anything_is_opened(tmp_path):
    path = tmp_path / "h.csv"
    HISTORY.to_csv(path, seed=np.int64(7), rate=np.float32(0.5), days=np.arange(3), nested={"at": (1, np.True_)})
    provenance = {"seed": 7, "rate": 0.5, "days": [0, 1, 2], "nested": {"at": [1, True]}}
    assert History.from_csv(path).provenance.items() >= provenance.items()
    before = path.read_bytes()
    for wrong in ({"what": object()}, {"what": {1: 2}}, {"what": {1, 2}}, {"history": 1}):
        with pytest.raises(ParameterError, match="to_csv takes numbers, text, lists and mappings, under other names"):
            HISTORY.to_csv(path, **wrong)
    assert path.read_bytes() == before


def test_what_cannot_be_read_again_is_not_written(tmp_path):
    cash = HISTORY.cash.copy()
    cash[3, 2] = np.nan
    columns = HISTORY.columns | {"cash": cash}
    with pytest.raises(
        ParameterError, match="No file can hold this history: cash must be finite; got nan, at step 3 of"
    ):
        History(**columns).to_csv(tmp_path / "h.csv")
    assert list(tmp_path.iterdir()) == []


def test_the_hash_is_of_every_number_and_of_nothing_else():
    assert HISTORY.hash == History(**HISTORY.columns, provenance={"seed": 2}).hash
    for history in (HISTORY, DESK):
        for name, column in history.columns.items():
            other = column.copy()
            other.flat[-1] = not other.flat[-1] if other.dtype == bool else other.flat[-1] + 1
            if not np.array_equal(other, column, equal_nan=True):
                assert History(**history.columns | {name: other}).hash != history.hash, name
            shorter = {key: value for key, value in history.columns.items() if key != name}
            if name in ("fees", "mode", "accepted"):
                assert History(**shorter).hash != history.hash
