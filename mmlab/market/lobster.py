"""LOBSTER's files: a message file and the order book after each message, read into a Day or refused with the reason."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from mmlab.files import FileError, named, read_text, short
from mmlab.market.columns import DayError, require, require_clock
from mmlab.market.day import Day
from mmlab.market.market_orders import MarketOrders
from mmlab.parameters import BoolArray, FloatArray

if TYPE_CHECKING:
    from pathlib import Path

PRICE_UNIT = 10_000
"""LOBSTER's prices are currency × 10,000."""
EMPTY = 9_999_999_999
"""What the files write for the price of an empty ask; an empty bid is its negative."""
NEW, CANCEL, EXECUTION, HIDDEN, CROSS, HALT = 1, 3, 4, 5, 6, 7
"""Types of messages; 2 takes a part of an order out."""
MOST_LINES = 2**23
"""What a file may have."""
_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?\s*", re.ASCII | re.IGNORECASE)
_NAME = re.compile(r"(.+_\d{4}-\d\d-\d\d_\d+_\d+)_(?:message|orderbook)(_\d+)\.csv(?:\.gz)?")


def read_lobster(message_path: str | Path, orderbook_path: str | Path | None = None) -> Day:
    """Read one day of one stock, prices in currency, time in seconds after midnight.

    A line of the message file is ``time,type,order id,size,price,direction`` (what follows is not read), and the
    same line of the book is ``ask price,ask size,bid price,bid size`` (again for each deeper level) after it. Prices
    are whole, price × 10000. Silences are quiet markets, unless ``dataclasses.replace(day, stale_after=…)`` says more.

    - A row per message; of several levels the best counts. An empty side, and both sides from a halt until trading
      resumes, have price NaN and size 0.
    - A visible execution (type 4) names the *resting* order's side; the aggressor is the other. Executions of one time
      and one aggressor side are one market order: sizes summed, the worst price, the mid before the first of them.
    - Hidden executions (5), crosses (6) and halts (7) are no visible market orders, nor is an execution before which
      there was no mid (the file's first message, an empty side): all are in `Day.left_out`, by reason.

    Parameters
    ----------
    message_path : path
        ``…_message_1.csv`` or ``….csv.gz``, or a folder with one such file.
    orderbook_path : path, optional
        By default the file beside it, named ``…_orderbook_1.csv`` or ``….csv.gz``.

    Returns
    -------
    Day

    Raises
    ------
    DayError
        If the files cannot be read, are not a pair in this format, or a line breaks one of its rules: the message
        names file, line and reason. Nothing is half-read.

    References
    ----------
    LOBSTER, data structure: https://lobsterdata.com/info/DataStructure.php
    """
    try:
        messages, book = _pair(named(message_path), orderbook_path)
    except OSError as error:
        raise DayError(short(str(error), 500)) from None
    table, quoted = numbers(messages, messages=True), numbers(book)
    if table.shape[1] != 6:
        swapped = " It looks like an order book: are the two files swapped?" if table.shape[1] % 4 == 0 else ""
        raise DayError(
            f"{messages.name} has {table.shape[1]} columns; a message file has 6: time, type, order id, size, price, "
            f"direction.{swapped}"
        )
    if quoted.shape[1] % 4:
        raise DayError(
            f"{book.name} has {quoted.shape[1]} columns; an order book has 4 for each level: ask price, ask size, bid "
            "price, bid size."
        )
    if len(table) != len(quoted):
        raise DayError(f"{messages.name} has {len(table):,} lines and {book.name} {len(quoted):,}: they are no pair.")
    if len(table) < 2:
        raise DayError(f"{messages.name} has only {len(table)} line: a day has at least two.")

    time, kind, _, size, price, direction = table.T
    name, traded = messages.name, (kind >= 1) & (kind <= HIDDEN)
    require(name, (time >= 0) & (time <= 86_400), "time must be in seconds after midnight", time)
    require_clock(name, time)
    require(name, np.isin(kind, np.arange(1, HALT + 1)), "type must be 1, 2, … or 7", kind)
    require(name, (size == np.floor(size)) & (size >= traded), "size must be a whole number above 0", size)
    require(name, ~traded | (np.abs(direction) == 1), "direction must be 1 or -1", direction)
    fits = np.where(traded, price > 0, (kind == CROSS) | np.isin(price, (-1, 0, 1)))
    require(name, fits & (price == np.floor(price)), "price must be a whole number, price × 10000", price)

    ask, ask_size, bid, bid_size = quoted.T[:4]
    halts = np.flatnonzero(kind == HALT)
    halted = np.r_[False, price[halts] != 1][np.searchsorted(halts, np.arange(len(time)), side="right")]
    for which, side, shares, empty in (("ask", ask, ask_size, EMPTY), ("bid", bid, bid_size, -EMPTY)):
        fits = (side == empty) | ((side > 0) & (side < EMPTY) & (side == np.floor(side)))
        require(book.name, fits, f"{which} price must be a whole number, price × 10000", side)
        fits = (shares == np.floor(shares)) & (shares >= (side != empty))
        require(book.name, fits, f"{which} size must be a whole number above 0", shares)
    require(book.name, (bid < ask) | halted, "bid must be below ask", bid, ask)
    before = np.r_[price[0], np.where(direction[1:] == 1, bid[:-1], ask[:-1])]
    at_best = (kind != EXECUTION) | (price == before) | np.r_[False, halted[:-1]]
    require(name, at_best, f"an execution is at the best price before it (of {book.name})", price, before)

    return to_day(table, quoted, halted)


def to_day(messages: FloatArray, book: FloatArray, halted: BoolArray | bool = False) -> Day:
    """The day that messages, shape (n, 6), and the book after each, shape (n, 4 or more), tell; both are trusted.

    See `read_lobster` for what becomes of what; `halted` says after which messages nobody quotes.
    """
    time, kind, _, size, price, direction = messages.T
    prices, sizes = book.T[[0, 2]], book.T[[1, 3]]
    gone = halted | (np.abs(prices) == EMPTY)
    ask, bid = np.where(gone, np.nan, prices / PRICE_UNIT)
    ask_size, bid_size = np.where(gone, 0.0, sizes)
    mid_before = np.r_[np.nan, (bid + ask)[:-1] / 2]
    done = np.flatnonzero(kind == EXECUTION)
    orders = MarketOrders.merged(time[done], -direction[done], size[done], price[done] / PRICE_UNIT, mid_before[done])
    known = ~np.isnan(orders.mid)
    left_out = {
        "hidden executions": time[kind == HIDDEN],
        "crosses": time[kind == CROSS],
        "halts": time[(kind == HALT) & (price == -1)],
        "without mid": orders.time[~known],
    }
    return Day(time, bid, ask, bid_size, ask_size, orders.where(known), left_out)


def _pair(messages: Path, orderbook: str | Path | None) -> tuple[Path, Path]:
    """The two files; a folder is searched, and names in LOBSTER's form must be of one day."""
    if messages.is_dir():
        found = sorted(messages.glob("*_message_*.csv*"))
        if len(found) != 1:
            raise DayError(f"{messages} must hold one message file, …_message_1.csv or .csv.gz; it holds {len(found)}.")
        messages = found[0]
    if orderbook is None:
        stem = messages.name.removesuffix(".gz").replace("_message_", "_orderbook_")
        beside = [messages.with_name(stem + ending) for ending in ("", ".gz")]
        orderbook = next((path for path in beside if path.exists() and path != messages), beside[0])
    book = named(orderbook)
    days = [_NAME.fullmatch(path.name) for path in (messages, book)]
    if days[0] and days[1] and days[0].groups() != days[1].groups():
        raise DayError(f"{messages.name} and {book.name} are of different days: they are no pair.")
    return messages, book


def numbers(path: Path, *, messages: bool = False) -> FloatArray:
    """A file's numbers, shape (n_lines, n_columns): parsed at once and, if that fails, line by line to say where.

    Of a message the first six fields count: what follows (nothing, null, or who sent the order) is left out, and of the
    book an empty last field.
    """
    try:
        text = read_text(path).rstrip()
    except FileError as error:
        raise DayError(str(error)) from None
    if text.count("\n") > MOST_LINES:
        raise DayError(f"{path.name} has more than the {MOST_LINES:,} lines that are read.")
    lines = text.splitlines()
    if not lines:
        raise DayError(f"{path.name} is empty.")
    if not messages:
        lines = [line.rstrip().removesuffix(",") for line in lines]
    n_columns = lines[0].count(",") + 1
    used = min(n_columns, 6) if messages and (n_columns % 4 or '"' in lines[0]) else n_columns
    try:
        table = np.loadtxt(lines, delimiter=",", comments=None, ndmin=2, usecols=range(used))
        regular = messages or all(line.count(",") == n_columns - 1 for line in lines)
        if regular and len(table) == len(lines) and np.isfinite(table).all():
            return table
    except ValueError:
        pass
    for n, line in enumerate(lines, start=1):
        cells = line.split(",")
        if len(cells) < used or (len(cells) > used and not messages):
            raise DayError(f"{path.name}, line {n}: there are {len(cells)} fields where line 1 has {n_columns}.")
        for m, cell in enumerate(cells[:used], start=1):
            if not (_NUMBER.fullmatch(cell) and np.isfinite(float(cell))):
                raise DayError(f"{path.name}, line {n}: field {m} must be a number; got {short(repr(cell))}.")
    raise DayError(f"{path.name} is not a table of numbers.")
