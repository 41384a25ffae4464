"""Rows 19 to 26 of the audit: what the printed limiters let through, and what ours do in their place."""

import numpy as np
import pytest
from mmbook import printed

from mmlab import Market, Quotes, Symmetric, simulate
from mmlab.desk import Mode, PnLLimiter, PositionLimiter, Reason, VolatilityLimiter, mode_changes

INF = float("inf")
PRINTED_POSITION = printed.PositionLimiter(max_position=10, min_position=-10)
POSITION = PositionLimiter(max_position=10, min_position=-10)
PRINTED_PNL = printed.PnLLimiter(max_daily_pnl=100_000, max_drawdown=50_000)
PNL = PnLLimiter(max_daily_loss=100_000, max_drawdown=50_000, widened_half_spread=0.5)
PRINTED_VOLATILITY = printed.VolatilityLimiter(max_volatility=0.5)
VOLATILITY = VolatilityLimiter(soft_volatility=0.5, max_volatility=2, soft_half_spread=0.2, window=1, leave_at=0.75)
QUOTES = Quotes.at(99.9, 100.1)


def pnl_of(current, daily, peak):
    """What ours permits at this PnL of all time, of the day, and at its highest."""
    return PNL.check_pnl(current, current - daily, peak)


def test_row_19_at_its_long_limit_the_printed_desk_keeps_buying_and_ours_sells():
    assert PRINTED_POSITION.adjust_quotes(10, 99.9, 100.1) == (99.9, INF)
    assert PRINTED_POSITION.adjust_quotes(-10, 99.9, 100.1) == (-INF, 100.1)
    left = POSITION.adjust_quotes([10, -10], QUOTES, 100)
    assert left.bid_size.tolist() == [0, 1]
    assert left.ask_size.tolist() == [1, 0]


def test_row_19_on_one_tape_the_printed_limit_is_a_trap_and_ours_a_bound():
    market = Market.avellaneda_stoikov_2008()
    tape, model = market.tape(200, 200, seed=1), Symmetric.for_market(market, risk_aversion=0.1)
    ours = PositionLimiter(max_position=3, min_position=-3)
    theirs = printed.PositionLimiter(max_position=3, min_position=-3)

    def as_printed(mid, q, time_left):
        quotes = model.quotes(mid, q, time_left)
        pairs = [theirs.adjust_quotes(*one) for one in zip(q, quotes.bid_price, quotes.ask_price, strict=True)]
        bid, ask = np.array(pairs).T
        return Quotes.at(np.where(np.isinf(bid), np.nan, bid), np.where(np.isinf(ask), np.nan, ask))

    trapped = simulate(as_printed, tape)
    bounded = simulate(lambda mid, q, left: ours.adjust_quotes(q, model.quotes(mid, q, left), mid), tape)
    assert np.abs(bounded.inventory).max() == 3
    assert np.abs(trapped.inventory).max() > 30
    # Whoever reached the printed limit never came back from it.
    reached = np.abs(trapped.inventory).max(axis=0) >= 3
    assert (np.abs(trapped.final_inventory[reached]) >= 3).all()
    assert trapped.pnl.std() > 5 * bounded.pnl.std()


def test_row_20_the_next_printed_limiter_widens_infinity_and_ours_an_absent_side():
    at_limit = PRINTED_POSITION.adjust_quotes(10, 99.9, 100.1)
    assert PRINTED_VOLATILITY.adjust_quotes(0.6, *at_limit) == (-INF, INF)
    assert np.isnan(sum(PRINTED_VOLATILITY.adjust_quotes(0.6, *at_limit)) / 2)
    left = VOLATILITY.adjust_quotes(0.6, POSITION.adjust_quotes(10, QUOTES, 100), 100, 10)
    assert np.isnan(left.bid_price)
    assert left.bid_size == 0
    assert left.ask_price == pytest.approx(100.24)
    assert left.ask_size == 1


def test_row_21_the_printed_limit_ignores_the_size_of_an_order():
    million = dict(max_position=1_000_000, min_position=-1_000_000)
    quoted = printed.PositionLimiter(**million).adjust_quotes(999_999, 99.9, 100.1)
    assert quoted == (99.9, 100.1)  # for 100 shares, if the reader wants so many
    left = PositionLimiter(**million).adjust_quotes(999_999, Quotes.at(99.9, 100.1, size=100), 100)
    assert (left.bid_size, left.ask_size) == (1, 100)


def test_row_22_the_printed_daily_limit_stops_a_profit_and_passes_a_loss():
    assert PRINTED_PNL.check_pnl(current_pnl=-49_999, daily_pnl=-10_000_000)
    assert not PRINTED_PNL.check_pnl(current_pnl=100_001, daily_pnl=100_001)
    assert pnl_of(-49_999, daily=-10_000_000, peak=0).mode == Mode.HALT
    assert pnl_of(100_001, daily=100_001, peak=100_001).mode == Mode.NORMAL


def test_row_23_the_printed_drawdown_looks_at_the_level_and_ours_at_the_fall_from_the_peak():
    """The peak was 200,000: a quarter of a million is gone."""
    assert PRINTED_PNL.check_pnl(current_pnl=-49_999, daily_pnl=0)
    fallen = pnl_of(-49_999, daily=0, peak=200_000)
    assert (fallen.mode, fallen.reason) == (Mode.HALT, Reason.DRAWDOWN)
    assert (fallen.value, fallen.bound) == (249_999, 50_000)


def test_row_24_a_printed_breach_leaves_no_width_as_it_is_and_crosses_the_crossed_further():
    assert PRINTED_PNL.adjust_quotes(-1e9, 0, 100, 100) == (100, 100)
    assert PRINTED_PNL.adjust_quotes(-1e9, 0, 101, 99) == (102, 98)


def test_row_24_ours_widens_then_only_reduces_then_halts():
    permission = pnl_of(np.array([-30_000, -40_000, -50_000, -1e9]), daily=0, peak=0)
    assert permission.mode.tolist() == [Mode.WIDEN, Mode.REDUCE_ONLY, Mode.HALT, Mode.HALT]
    left = permission.apply(Quotes.at([100, 101, 101, 100], [100, 99, 99, 100]), 100, 1)
    np.testing.assert_array_equal(left.bid_price, [99.5, np.nan, np.nan, np.nan])
    np.testing.assert_array_equal(left.ask_price, [100.5, 99, np.nan, np.nan])


@pytest.mark.parametrize(
    ("passes", "adjusted"),
    [
        (PRINTED_POSITION.check_position(10), PRINTED_POSITION.adjust_quotes(10, 99, 101)),
        (PRINTED_PNL.check_pnl(0, 100_000), PRINTED_PNL.adjust_quotes(0, 100_000, 99, 101)),
        (PRINTED_PNL.check_pnl(-50_000, 0), PRINTED_PNL.adjust_quotes(-50_000, 0, 99, 101)),
        (PRINTED_VOLATILITY.check_volatility(0.5), PRINTED_VOLATILITY.adjust_quotes(0.5, 99, 101)),
    ],
)
def test_row_25_at_equality_the_printed_check_passes_what_its_adjustment_changes(passes, adjusted):
    assert passes
    assert adjusted != (99, 101)


def test_row_25_at_equality_ours_acts_and_says_so():
    one_clip = Quotes.at(99.9, 100.1)
    for permission, q in (
        (POSITION.check_position([9, 10]), np.array([9, 10])),
        (pnl_of(np.array([-24_999, -25_000]), daily=0, peak=0), 0),
        (VOLATILITY.check_volatility([0.499, 0.5]), 0),
    ):
        left = permission.apply(one_clip, 100, q)
        changed = (left.bid_price != one_clip.bid_price).tolist()
        assert (permission.mode > Mode.NORMAL).tolist() == changed == [False, True]


def test_row_26_the_printed_width_is_the_same_at_half_and_at_five():
    assert PRINTED_VOLATILITY.adjust_quotes(0.5, 99, 101) == PRINTED_VOLATILITY.adjust_quotes(5, 99, 101) == (98, 102)
    permission = VOLATILITY.check_volatility([0.5, 1, 1.5, 5])
    assert permission.mode.tolist() == [Mode.WIDEN, Mode.WIDEN, Mode.WIDEN, Mode.HALT]
    assert permission.min_half_spread[:3] == pytest.approx([0.2, 0.4, 0.6])


def test_row_26_the_printed_width_switches_with_the_noise_and_ours_once():
    sigma = 0.5 + 0.01 * np.array([-1, 1] * 10)
    printed_widths = [np.diff(PRINTED_VOLATILITY.adjust_quotes(s, 99, 101))[0] for s in sigma]
    assert np.count_nonzero(np.diff(printed_widths)) == 19
    mode, columns = Mode.NORMAL, []
    for s in sigma:
        permission = VOLATILITY.check_volatility(s, mode)
        mode = permission.mode
        columns.append((mode, permission.reason, permission.value, permission.bound))
    assert len(mode_changes(np.arange(20), *zip(*columns, strict=True))) == 1
