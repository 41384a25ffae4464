import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError, Quotes
from mmlab.desk import DeskView, Mode, PnLLimiter, PositionLimiter, Reason, VolatilityLimiter, strictest

NAN = float("nan")
N, W, R, H = Mode
LIMITER = PnLLimiter(max_daily_loss=100, max_drawdown=200, widened_half_spread=0.5)
FLATTENER = PnLLimiter(
    max_daily_loss=100,
    max_drawdown=200,
    widened_half_spread=0.5,
    on_halt="flatten",
    flatten_half_spread=0.25,
    flatten_impact=0.125,
)


def view(cash, inventory=0.0, mid=100.0):
    return DeskView(0.0, mid, inventory, cash)


def walk(limiter, equities, state=None):
    """The permissions of paths whose equity is all cash, row by row."""
    equities = np.atleast_2d(np.asarray(equities, dtype=float).T).T
    state = limiter.start(view(np.zeros(equities.shape[1]))) if state is None else state
    permissions = []
    for row in equities:
        state, permission = limiter.step(state, view(row))
        permissions.append(permission)
    return state, permissions


def modes(permissions):
    return [mode for permission in permissions for mode in np.ravel(permission.mode)]


def test_equity_is_cash_and_inventory_at_the_mid():
    _, permission = LIMITER.step(LIMITER.start(view([0, 0, 0])), view([-500, -500, 500], [5, 5, -5], [100, 80, 120]))
    assert permission.mode.tolist() == [N, H, H]


def test_a_day_that_loses_widens_then_reduces_then_halts():
    _, permissions = walk(LIMITER, [0, -49, -50, -74, -75, -99, -100])
    assert modes(permissions) == [N, N, W, W, R, R, H]
    assert [p.min_half_spread[0] for p in permissions] == [0, 0, 0.5, 0.5, 0, 0, 0]
    reasons = [(p.reason[0], p.value[0], p.bound[0]) for p in permissions[2:]]
    loss = Reason.DAILY_LOSS
    assert reasons == [(loss, 50, 50), (loss, 74, 50), (loss, 75, 75), (loss, 99, 75), (loss, 100, 100)]


def test_a_drawdown_counts_from_the_running_peak():
    _, permissions = walk(LIMITER, [0, 1_000, 901, 900, 850, 801, 800])
    assert modes(permissions) == [N, N, N, W, R, R, H]
    assert (permissions[-1].reason, permissions[-1].value, permissions[-1].bound) == (Reason.DRAWDOWN, 200, 200)


def test_a_loss_that_recovers_is_forgotten_but_a_halt_is_not():
    _, permissions = walk(LIMITER, [-80, -60, -10, -100, -20, 0, 500])
    assert modes(permissions) == [R, W, N, H, H, H, H]
    assert {(p.reason[0], p.value[0]) for p in permissions[3:]} == {(Reason.DAILY_LOSS, 100.0)}


@given(st.lists(st.lists(st.sampled_from([-150.0, -80, -50, 0, 60, 300, NAN]), min_size=3, max_size=3), min_size=1))
def test_each_path_is_a_market_of_its_own_and_no_state_is_changed(rows):
    _, together = walk(LIMITER, rows)
    for i in range(3):
        _, alone = walk(LIMITER, [[row[i]] for row in rows])
        assert [p.mode[i] for p in together] == modes(alone)
        for name in ("reason", "value", "bound", "min_half_spread"):
            a, b = ([np.broadcast_to(getattr(p, name), p.mode.shape) for p in ps] for ps in (together, alone))
            np.testing.assert_array_equal([x[i] for x in a], np.ravel(b))


def test_a_step_changes_neither_the_state_nor_its_halt():
    before, _ = walk(LIMITER, [[-100, 0]])
    kept = before.peak.copy(), before.halt.mode.copy()
    for _ in range(2):  # the same step from the same state says the same
        _, permission = LIMITER.step(before, view([0, -100]))
        assert permission.mode.tolist() == [H, H]
    np.testing.assert_array_equal(before.peak, kept[0])
    np.testing.assert_array_equal(before.halt.mode, kept[1])


def test_reset_lifts_a_halt_and_still_in_breach_it_halts_again_and_says_why():
    state, _ = walk(LIMITER, [[-100, -100, 0]])
    state = LIMITER.reset(state, paths=[True, False, True])
    _, permission = LIMITER.step(state, view([-40, -40, -40]))
    assert permission.mode.tolist() == [N, H, N]
    _, again = LIMITER.step(state, view([-110, -40, -40]))
    assert again.mode.tolist() == [H, H, N]
    assert (again.reason[0], again.value[0], again.bound[0]) == (Reason.DAILY_LOSS, 110, 100)


def test_a_new_day_forgives_the_loss_and_neither_the_halt_nor_the_drawdown():
    state, _ = walk(LIMITER, [[-100, -90]])
    state = LIMITER.new_day(state, [-100, -90])
    _, permission = LIMITER.step(state, view([-100, -90]))
    assert permission.mode.tolist() == [H, N]
    _, lifted = LIMITER.step(LIMITER.reset(state), view([-100, -100]))
    assert lifted.mode.tolist() == [W, W]
    assert lifted.reason.tolist() == [Reason.DRAWDOWN] * 2
    _, fresh = LIMITER.step(LIMITER.reset(state, peak=-100), view([-100, -100]))
    assert fresh.mode.tolist() == [N, N]


def test_a_desk_that_has_won_enough_only_reduces_until_the_next_day():
    limiter = PnLLimiter(max_daily_loss=100, max_drawdown=1_000, widened_half_spread=0.5, profit_lock=300)
    state, permissions = walk(limiter, [299, 300, 250, 310])
    assert modes(permissions) == [N, R, R, R]
    assert [(p.reason[0], p.value[0], p.bound[0]) for p in permissions[1:3]] == [(1, 300, 300), (1, 250, 300)]
    _, next_day = walk(limiter, [310, 609], limiter.new_day(state, 310))
    assert modes(next_day) == [N, N]


@pytest.mark.parametrize("unknown", [NAN, np.inf, -np.inf])
def test_an_unknown_equity_halts_with_the_reason_and_spoils_nothing_else(unknown):
    state, (permission,) = walk(LIMITER, [[unknown, 10]])
    assert permission.mode.tolist() == [H, N]
    assert permission.reason.tolist() == [Reason.UNKNOWN, Reason.NONE]
    assert state.peak.tolist() == [0, 10]
    state = LIMITER.new_day(state, [unknown, 10])
    assert state.open_equity.tolist() == [0, 10]
    _, after = LIMITER.step(LIMITER.reset(state), view([0, 0]))
    assert after.mode.tolist() == [N, N]
    _, at_no_mid = LIMITER.step(LIMITER.start(view(0)), view(5, 0, unknown))
    assert at_no_mid.reason.tolist() == [Reason.UNKNOWN]


def test_already_beyond_a_limit_at_the_start():
    _, (at_once,) = walk(LIMITER, [-500])
    assert at_once.mode.tolist() == [H]
    _, (below_its_peak,) = walk(LIMITER, [0.0], LIMITER.start(view(0), peak=200))
    assert (below_its_peak.mode[0], below_its_peak.reason[0]) == (H, Reason.DRAWDOWN)


def test_a_budget_of_0_is_used_up_from_the_start():
    _, (permission,) = walk(PnLLimiter(max_daily_loss=0, max_drawdown=5, widened_half_spread=0), [[0, -1, 1]])
    assert permission.mode.tolist() == [H, H, N]
    _, (permission,) = walk(PnLLimiter(max_daily_loss=5, max_drawdown=0, widened_half_spread=0), [[0, -1, 1]])
    assert permission.mode.tolist() == [H, H, H]


def test_flattening_pays_the_half_spread_and_the_impact_once():
    lost = view([300, -700, 5], [-4, 6, 1])
    state, permission = FLATTENER.step(FLATTENER.start(view([0, 0, 0])), lost)
    assert permission.mode.tolist() == [H, H, N]
    sold, cost = FLATTENER.flatten(state, lost)
    assert sold.tolist() == [-4, 6, 0]
    assert cost.tolist() == [0.25 * 4 + 0.125 * 16, 0.25 * 6 + 0.125 * 36, 0]
    flat = view(lost.cash + 100 * sold - cost, lost.inventory - sold)
    state, _ = FLATTENER.step(state, flat)
    np.testing.assert_array_equal(FLATTENER.flatten(state, flat), np.zeros((2, 3)))


def test_holding_and_an_unknown_mid_keep_the_inventory():
    assert LIMITER.flatten is None
    state, _ = FLATTENER.step(FLATTENER.start(view(0)), view(-1_000, 4))
    assert state.halt.mode == H
    np.testing.assert_array_equal(FLATTENER.flatten(state, view(-1_000, 4, NAN)), [[0], [0]])


def test_check_and_adjust_are_one_predicate():
    for equity, mode in ((-49.99, N), (-50, W), (-75, R), (-100, H)):
        assert LIMITER.check_pnl(equity, 0, 0).mode == mode
    left = LIMITER.adjust_quotes([-49.99, -50, -75, -100], 0, 0, Quotes.at(99.9, 100.1), 100, 1)
    np.testing.assert_array_equal(left.bid_price, [99.9, 99.5, NAN, NAN])
    np.testing.assert_array_equal(left.ask_price, [100.1, 100.5, 100.1, NAN])


def test_all_limits_hit_at_once():
    position = PositionLimiter(max_position=3, min_position=-3).check_position([5, 1])
    volatility = VolatilityLimiter(soft_volatility=1, max_volatility=2, soft_half_spread=0.1, window=1)
    _, pnl = LIMITER.step(LIMITER.start(view([0, 0])), view([-700, -200], [5, 1]))
    all_of_them = strictest(position, volatility.check_volatility([3, 1.5]), pnl)
    assert all_of_them.mode.tolist() == [H, H]
    assert all_of_them.reason.tolist() == [Reason.DRAWDOWN, Reason.DAILY_LOSS]
    left = all_of_them.apply(Quotes.at(99, 101), 100, [5, 1])
    assert not left.bid_size.any()
    assert not left.ask_size.any()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (dict(max_daily_loss=-1), r"max_daily_loss \(L\) must be a finite number at least 0 .* got -1"),
        (dict(max_drawdown=-1), r"max_drawdown \(D\) must be a finite number at least 0 .* got -1"),
        (dict(max_drawdown=NAN), r"max_drawdown .* got nan"),
        (dict(widen_at=0.8), r"widen_at \(f_w\) 0.8 is beyond reduce_at \(f_r\) 0.75"),
        (dict(reduce_at=1.5), r"reduce_at .* at most 1"),
        (dict(on_halt="panic"), "on_halt must be 'hold' or 'flatten'; got 'panic'"),
        (dict(on_halt="flatten"), "needs flatten_half_spread and flatten_impact"),
        (dict(on_halt="flatten", flatten_impact=1), "needs flatten_half_spread and flatten_impact"),
        (dict(flatten_impact=1), "'hold' neither"),
    ],
)
def test_what_makes_no_sense_is_refused(changes, sentence):
    with pytest.raises(ParameterError, match=sentence):
        PnLLimiter(**(dict(max_daily_loss=100, max_drawdown=200, widened_half_spread=0.5) | changes))
