import gzip
import os
import re
import time

import numpy as np
import pytest

from mmlab import files
from mmlab.market import DayError, lobster, read_lobster

MESSAGES = """34200.0,1,1,5,2230000,1
34200.5,4,7,5,2231000,-1
34200.5,4,8,2,2232000,-1
34201.0,5,0,9,2230500,1
34202.0,4,1,3,2230000,1
34203.0,3,1,2,2230000,1
34204.0,1,9,4,2229000,1
"""
BOOK = """2231000,5,2230000,5
2232000,6,2230000,5
2232000,4,2230000,5
2232000,4,2230000,5
2232000,4,2230000,2
2232000,4,-9999999999,0
2232000,4,2229000,4
"""
NAME = "TOY_2024-01-02_34200000_34204000_{}_1.csv"
NAMES = (NAME.format("message"), NAME.format("orderbook"))


def written(folder, messages=MESSAGES, book=BOOK, names=NAMES):
    for name, text in zip(names, (messages, book), strict=True):
        data = text.encode()
        (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return folder / names[0], folder / names[1]


def changed(text, line, field, value):
    rows = [row.split(",") for row in text.splitlines()]
    rows[line - 1][field - 1] = str(value)
    return "".join(",".join(row) + "\n" for row in rows)


def test_a_small_day_is_read_by_the_stated_rules(tmp_path):
    day = read_lobster(*written(tmp_path))
    assert day.bid.tolist()[:5] == [223] * 5
    assert np.isnan([day.bid[5], day.mid[5]]).all()
    assert day.bid_size.tolist() == [5, 5, 5, 5, 2, 0, 4]
    assert day.mid[:3] == pytest.approx([223.05, 223.1, 223.1])
    orders = day.market_orders
    assert (orders.side.tolist(), orders.size.tolist(), orders.price.tolist()) == ([1, -1], [7, 3], [223.2, 223])
    assert orders.reach == pytest.approx([0.15, 0.1])
    assert {why: len(times) for why, times in day.left_out.items()} == {
        "hidden executions": 1, "crosses": 0, "halts": 0, "without mid": 0
    }  # fmt: skip
    assert day.observed == 3


def test_files_may_be_zipped_in_a_folder_and_of_several_levels(tmp_path):
    plain = read_lobster(*written(tmp_path))
    deep = "".join(row + ",2240000,1,2220000,1\n" for row in BOOK.splitlines())
    zipped = tmp_path / "zipped"
    zipped.mkdir()
    path, _ = written(zipped, book=deep, names=[NAME.format(kind) + ".gz" for kind in ("message", "orderbook")])
    for found in (zipped, path, str(path)):
        again = read_lobster(found)
        np.testing.assert_array_equal(again.mid, plain.mid)
        np.testing.assert_array_equal(again.market_orders.reach, plain.market_orders.reach)


def test_from_a_halt_until_trading_resumes_nothing_is_quoted_or_observed(tmp_path):
    rows, book = MESSAGES.splitlines(), BOOK.splitlines()
    rows[3:3] = ["34200.6,7,0,0,-1,-1", "34200.7,7,0,0,0,-1", "34200.8,6,-1,50,2230500,-1", "34200.9,7,0,0,1,-1"]
    book[3:3] = [book[2], "2231000,1,2232000,1", book[2], book[2]]
    day = read_lobster(*written(tmp_path, "\n".join(rows), "\n".join(book)))
    assert np.isnan(day.mid).tolist() == [False] * 3 + [True] * 3 + [False] * 3 + [True, False]
    assert day.observed == pytest.approx(3 - 0.3)
    assert (len(day.left_out["halts"]), len(day.left_out["crosses"])) == (1, 1)


def test_an_order_before_which_there_was_no_mid_is_counted_and_left_out(tmp_path):
    first = read_lobster(*written(tmp_path, MESSAGES.split("\n", 1)[1], BOOK.split("\n", 1)[1]))
    # Nothing is known before the first message, whose order is merged with the second's.
    assert len(first.market_orders) == 1
    assert first.left_out["without mid"].tolist() == [34200.5]
    empty = changed(changed(BOOK, 4, 1, 9999999999), 4, 2, 0)
    assert read_lobster(*written(tmp_path, book=empty)).left_out["without mid"].tolist() == [34202]


@pytest.mark.parametrize(
    ("line", "field", "value", "reason"),
    [
        (3, 1, 34200.4, "time must not run backwards; got 34200.4 after 34200.5."),
        (7, 1, 90000, "time must be in seconds after midnight; got 90000."),
        (1, 1, -1, "time must be in seconds after midnight; got -1."),
        (1, 2, 8, "type must be 1, 2, … or 7; got 8."),
        (1, 2, 1.5, "type must be 1, 2, … or 7; got 1.5."),
        (6, 4, -5, "size must be a whole number above 0; got -5."),
        (6, 4, 0, "size must be a whole number above 0; got 0."),
        (6, 4, 2.5, "size must be a whole number above 0; got 2.5."),
        (6, 5, 223.18, "price must be a whole number, price × 10000; got 223.18."),
        (6, 5, -1, "price must be a whole number, price × 10000; got -1."),
        (6, 6, 0, "direction must be 1 or -1; got 0."),
        (6, 6, "B", "field 6 must be a number; got 'B'."),
        (6, 6, "", "field 6 must be a number; got ''."),
        (6, 6, "nan", "field 6 must be a number; got 'nan'."),
        (6, 6, "inf", "field 6 must be a number; got 'inf'."),
        (6, 4, "1_000", "field 4 must be a number; got '1_000'."),
        (6, 4, "١", "field 4 must be a number; got '١'."),
        (6, 3, "", "field 3 must be a number; got ''."),
        (1, 1, "time", "field 1 must be a number; got 'time'."),
        (
            5,
            5,
            2229000,
            f"an execution is at the best price before it (of {NAMES[1]}); got 2229000 and 2230000.",
        ),
        (
            2,
            6,
            1,
            f"an execution is at the best price before it (of {NAMES[1]}); got 2231000 and 2230000.",
        ),
    ],
)
def test_a_message_that_breaks_a_rule_is_refused_with_file_line_and_reason(tmp_path, line, field, value, reason):
    paths = written(tmp_path, messages=changed(MESSAGES, line, field, value))
    with pytest.raises(DayError, match=f"^{re.escape(f'{paths[0].name}, line {line}: {reason}')}$"):
        read_lobster(*paths)


@pytest.mark.parametrize(
    ("line", "field", "value", "reason"),
    [
        (3, 1, 223.2, "ask price must be a whole number, price × 10000; got 223.2."),
        (3, 3, 9999999999, "bid price must be a whole number, price × 10000; got 9999999999."),
        (3, 4, 0, "bid size must be a whole number above 0; got 0."),
        (3, 2, -4, "ask size must be a whole number above 0; got -4."),
        (3, 3, 2232000, "bid must be below ask; got 2232000 and 2232000."),
        (3, 3, "?", "field 3 must be a number; got '?'."),
    ],
)
def test_a_row_of_the_book_that_breaks_a_rule_is_refused(tmp_path, line, field, value, reason):
    paths = written(tmp_path, book=changed(BOOK, line, field, value))
    with pytest.raises(DayError, match=f"^{re.escape(f'{paths[1].name}, line {line}: {reason}')}$"):
        read_lobster(*paths)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (dict(messages=BOOK, book=MESSAGES), "It looks like an order book: are the two files swapped?"),
        (dict(book=MESSAGES), "has 6 columns; an order book has 4 for each level"),
        (dict(book=BOOK.rsplit("\n", 2)[0]), "message_1.csv has 7 lines and"),
        (dict(messages=""), "message_1.csv is empty."),
        (dict(book="\n\n"), "orderbook_1.csv is empty."),
        (dict(messages=MESSAGES[:-8]), "message_1.csv, line 7: there are 5 fields where line 1 has 6."),
        (dict(messages=MESSAGES.replace("\n", "\n\n", 1)), "message_1.csv, line 2: there are 1 fields"),
        (dict(messages=MESSAGES.replace(",", ";")), "line 1: field 1 must be a number; got '34200.0;1;1;5;2230000;1'."),
        (dict(messages=MESSAGES[:24], book=BOOK[:20]), "message_1.csv has only 1 line"),
        (dict(messages="é" + MESSAGES[1:]), "line 1: field 1 must be a number"),
        (
            dict(names=(NAMES[0], NAMES[1].replace("01-02", "01-03"))),
            "are of different days: they are no pair.",
        ),
        (dict(names=(NAMES[0], NAMES[1].replace("_1.csv", "_5.csv"))), "no pair."),
    ],
)
def test_files_that_are_no_day_are_refused(tmp_path, change, reason):
    with pytest.raises(DayError, match=re.escape(reason)):
        read_lobster(*written(tmp_path, **change))


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    with pytest.raises(DayError, match=r"message_1\.csv cannot be read: .*No such file"):
        read_lobster(tmp_path / NAMES[0])
    with pytest.raises(DayError, match=r"must hold one message file, .*; it holds 0\."):
        read_lobster(tmp_path)
    messages, book = written(tmp_path)
    messages.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DayError, match="cannot be read"):
        read_lobster(messages, book)
    cut = tmp_path / (NAMES[0] + ".gz")
    cut.write_bytes(gzip.compress(MESSAGES.encode())[:-12])
    with pytest.raises(DayError, match=r"csv\.gz cannot be read"):
        read_lobster(cut, book)


def test_a_book_one_message_late_is_no_pair(tmp_path):
    rows = BOOK.splitlines(keepends=True)
    with pytest.raises(DayError, match="an execution is at the best price before it"):
        read_lobster(*written(tmp_path, book="".join([rows[0], *rows[:-1]])))


def test_the_real_day_has_the_events_and_orders_that_were_counted_in_its_files(real_day):
    orders = real_day.market_orders
    assert len(real_day.time) == 57_515
    assert len(orders) == 6_591
    assert ((orders.side == 1).sum(), (orders.side == -1).sum()) == (3_315, 3_276)
    assert {why: len(times) for why, times in real_day.left_out.items()} == {
        "hidden executions": 2_445, "crosses": 0, "halts": 0, "without mid": 0
    }  # fmt: skip
    assert (orders.reach > 0).all()
    half_ticks = orders.reach / 0.005
    np.testing.assert_allclose(half_ticks, np.round(half_ticks), atol=1e-6)


def test_the_real_days_half_hours_add_up(real_day):
    parts = [real_day.between(34_200 + 1_800 * n, 36_000 + 1_800 * n) for n in range(13)]
    assert sum(len(part.market_orders) for part in parts) == 6_591
    assert sum(part.observed for part in parts) == pytest.approx(real_day.observed)


def test_every_quote_that_an_order_of_the_real_day_reached_fills_on_its_tape(real_day):
    tape, orders = real_day.tape(time_step=1, clip=100), real_day.market_orders
    step = np.ceil(orders.time - real_day.time[0]).astype(int) - 1
    inside = (step >= 0) & (step < tape.n_steps)
    mid = tape.mid[step[inside], 0]
    for side, reach in ((1, tape.buy_reach), (-1, tape.sell_reach)):
        ours = orders.side[inside] == side
        depth = side * (orders.price[inside] - mid)
        assert (depth[ours] <= reach[step[inside], 0][ours]).all()
        assert reach.max() < 1


@pytest.mark.parametrize("last", ["null", "", "CITADEL", "7"])
def test_a_seventh_column_of_messages_is_not_read(tmp_path, last):
    """Case 07: some deliveries have one, empty, null or with who sent the order."""
    plain = read_lobster(*written(tmp_path))
    wide = read_lobster(*written(tmp_path, messages="".join(f"{row},{last}\n" for row in MESSAGES.splitlines())))
    np.testing.assert_array_equal(wide.time, plain.time)
    np.testing.assert_array_equal(wide.market_orders.reach, plain.market_orders.reach)
    with pytest.raises(DayError, match="has 8 columns; a message file has 6"):
        read_lobster(*written(tmp_path, messages="".join(f"{row},1,2\n" for row in MESSAGES.splitlines())))


def test_the_first_six_fields_count_whatever_follows_and_so_do_the_books_but_an_empty_last(tmp_path):
    """Rows of six and seven in one file, an attribution with a comma in it, a trailing comma in the book."""
    plain = read_lobster(*written(tmp_path))
    rows = MESSAGES.splitlines()
    for messages in (
        MESSAGES.replace("\n", ",null\n", 1),
        "".join(f"{row}{',X' * (n % 2)}\n" for n, row in enumerate(rows)),
        "".join(f'{row},"a,b"\n' for row in rows),
    ):
        for quotes in (BOOK, BOOK.replace("\n", ",\n"), BOOK.replace("\n", ",\n", 1)):
            reason = read_lobster(*written(tmp_path, messages=messages, book=quotes))
            np.testing.assert_array_equal(reason.time, plain.time)
            np.testing.assert_array_equal(reason.bid, plain.bid)
            np.testing.assert_array_equal(reason.market_orders.reach, plain.market_orders.reach)
    with pytest.raises(DayError, match=r"message_1\.csv, line 2: there are 5 fields where line 1 has 7\."):
        read_lobster(*written(tmp_path, messages="\n".join([rows[0] + ",X", rows[1].rsplit(",", 1)[0], *rows[2:]])))


def test_a_byte_order_mark_is_no_number(tmp_path):
    plain = read_lobster(*written(tmp_path))
    marked = read_lobster(*written(tmp_path, messages="\ufeff" + MESSAGES, book="\ufeff" + BOOK))
    np.testing.assert_array_equal(marked.time, plain.time)


def zeros(path, megabytes, of=b"\0"):
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(megabytes):
            file.write(of * (2**20 // len(of)))


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.symlink_to("/dev/zero"), "it is no regular file"),
        (lambda path: os.mkfifo(path), "it is no regular file"),
        (lambda path: path.mkdir(), "it is no regular file"),
        (lambda path: zeros(path.with_suffix(".csv.gz"), 4), "line 1: field 1 must be a number"),
        (lambda path: zeros(path.with_suffix(".csv.gz"), 40, of=b"\n"), "is empty"),
        (
            lambda path: zeros(path.with_suffix(".csv.gz"), 300, of=b"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1\n"),
            "MiB, which is the most that is read of it",
        ),
    ],
)
def test_what_never_ends_is_refused_at_once(tmp_path, make, reason, monkeypatch):
    """A file that is none, and one that grows as it is unpacked: nothing is read but what a day may hold."""
    _, book = written(tmp_path)
    path = tmp_path / "HUGE_message_1.csv"
    make(path)
    path = path if path.exists() or path.is_symlink() else path.with_suffix(".csv.gz")
    start = time.process_time()
    with pytest.raises(DayError, match=reason):
        read_lobster(path if not path.is_dir() else tmp_path / NAMES[0], path if path.is_dir() else book)
    assert time.process_time() - start < 3


def test_more_text_than_a_day_may_hold_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "MOST_BYTES", 2**20)
    messages, book = written(tmp_path)
    bomb = messages.with_suffix(".csv.gz")
    zeros(bomb, 3, of=MESSAGES.encode())
    with pytest.raises(DayError, match="holds more than 1 MiB, which is the most"):
        read_lobster(bomb, book)


@pytest.mark.parametrize("path", ["nul\0byte", "x" * 5_000])
def test_a_path_that_cannot_be_one_is_refused(path):
    with pytest.raises(DayError, match=r"No file can be named|File name too long") as refused:
        read_lobster(path)
    assert len(str(refused.value)) <= 500


def test_more_lines_than_a_day_has_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(lobster, "MOST_LINES", 5)
    with pytest.raises(DayError, match=r"message_1\.csv has more than the 5 lines that are read\."):
        read_lobster(*written(tmp_path))
