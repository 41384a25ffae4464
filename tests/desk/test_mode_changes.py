import numpy as np
import pytest

from mmlab import ParameterError
from mmlab.desk import DeskView, Mode, PnLLimiter, Reason, mode_changes

NAN = float("nan")
N, W, R, H = Mode


def test_every_change_has_its_time_path_reason_value_and_bound():
    limiter = PnLLimiter(max_daily_loss=100, max_drawdown=1_000, widened_half_spread=0.5)
    state, permissions = limiter.start(DeskView(0, [100, 100])), []
    for equity in ([0, -80], [-60, -80], [-20, -130], [-20, 0]):
        state, permission = limiter.step(state, DeskView(0, 100, cash=equity))
        permissions.append(permission)
    columns = [[getattr(p, name) for p in permissions] for name in ("mode", "reason", "value", "bound")]
    changes = mode_changes([0, 0.25, 0.5, 0.75], *columns)
    assert len(changes) == 4
    assert changes.time.tolist() == [0, 0.25, 0.5, 0.5]
    assert changes.path.tolist() == [1, 0, 0, 1]
    assert changes.before.tolist() == [N, N, W, R]
    assert changes.mode.tolist() == [R, W, N, H]
    np.testing.assert_array_equal(changes.value, [80, 60, NAN, 130])
    assert changes.sentences(0) == [
        "At 0.25: NORMAL → WIDEN, daily loss 60, bound 50 [price·clip].",
        "At 0.5: WIDEN → NORMAL, all limits are kept.",
    ]
    assert changes.sentences(1) == [
        "At 0: NORMAL → REDUCE_ONLY, daily loss 80, bound 75 [price·clip].",
        "At 0.5: REDUCE_ONLY → HALT, daily loss 130, bound 100 [price·clip].",
    ]


def test_one_market_may_come_without_a_path_axis():
    changes = mode_changes([0, 1], [N, H], [0, Reason.UNKNOWN], [NAN, NAN], [NAN, NAN])
    assert changes.sentences() == ["At 1: NORMAL → HALT, a number that a limit needs is not known."]


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason.VOLATILITY, "volatility 3.5, bound 3 [price/√time]"),
        (Reason.SOFT_POSITION, "soft position 3.5, bound 3 [clips]"),
        (Reason.POSITION, "position 3.5, bound 3 [clips]"),
        (Reason.PROFIT_LOCK, "profit lock 3.5, bound 3 [price·clip]"),
        (Reason.DRAWDOWN, "drawdown 3.5, bound 3 [price·clip]"),
    ],
)
def test_a_reason_is_told_with_its_unit(reason, text):
    assert reason.sentence(3.5, 3.0) == text


def test_columns_that_do_not_fit_are_refused():
    with pytest.raises(ParameterError, match=r"one row for each of \(3,\) times; got \(2,\), \(2,\), \(2,\), \(2,\)"):
        mode_changes([0, 1, 2], *[[0, 0]] * 4)
