"""Limits that change while a desk runs: in one place, with a reason, and only to what the desk can trade with."""

import pytest

from mmlab import ConfigError, MarketMakingConfig
from mmlab.desk import DeskView, Mode, PnLLimiter
from mmlab.measure import LimitBook

BOOK = LimitBook(MarketMakingConfig())


def test_a_change_says_what_from_to_when_and_why():
    book = BOOK.change("max_drawdown", 1_000, time=3_600, why="news at ten")
    book = book.change("max_position", 2_000, time=3_600, why="the same news")
    assert book.config.limits.max_drawdown == 1_000
    assert book.config.limits.max_position == 2_000
    assert [str(change) for change in book.changes] == [
        "At 3600: max_drawdown 2500 → 1000 [currency], news at ten.",
        "At 3600: max_position 5000 → 2000 [shares], the same news.",
    ]
    assert BOOK.changes == ()
    assert BOOK.config == MarketMakingConfig()


def limiter(book):
    """A desk's limit on losses, as the book has it."""
    limits, config = book.config.limits, book.config
    losses = dict(max_daily_loss=config.money(limits.max_daily_loss), max_drawdown=config.money(limits.max_drawdown))
    return PnLLimiter(**losses, widened_half_spread=0.05)


def test_a_wider_limit_lifts_no_halt_and_a_reset_does():
    start, lost = DeskView(0, 100), DeskView(1, 100, cash=-30)
    state, permission = limiter(BOOK).step(limiter(BOOK).start(start), lost)
    assert permission.mode == Mode.HALT
    wider = limiter(
        BOOK.change("max_drawdown", 10_000, time=1, why="the desk asked").change(
            "max_daily_loss", 10_000, time=1, why="likewise"
        )
    )
    state, permission = wider.step(state, lost)
    assert permission.mode == Mode.HALT
    _, permission = wider.step(wider.reset(state), lost)
    assert permission.mode == Mode.NORMAL


def test_what_cannot_be_a_limit_is_refused_and_leaves_the_book_as_it_was():
    book = BOOK.change("max_drawdown", 1_000, time=10, why="a test")
    for limit, to, time, why, message in (
        ("max_drawdwn", 1, 11, "x", "Did you mean limits.max_drawdown"),
        ("max_drawdown", -1, 11, "x", "must be a finite number at least 0"),
        ("max_position", 1e6, 11, "x", "choose a clip"),
        ("max_volatility", 0.1, 11, "x", "is beyond max_volatility"),
        ("max_drawdown", 500, 11, " ", "say why"),
        ("max_drawdown", 500, 9, "x", "time must not run backwards; got 9 after 10"),
        ("max_drawdown", 500, float("nan"), "x", "time must not run backwards"),
    ):
        with pytest.raises(ConfigError, match=message):
            book.change(limit, to, time=time, why=why)
    assert len(book.changes) == 1
