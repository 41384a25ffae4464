"""Fills as survival times: a queue against its stages, and a desk whose cancellations hide the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.learning import fill_before_move, ipcw, kaplan_meier, regime_fills, time_to_fill

AHEAD = [0, 1, 2, 5, 10, 20]
SWITCH, FILL, CANCEL = (0.1, 0.2), (0.05, 0.40), (0.02, 0.50)


def test_a_fill_comes_before_the_move_with_these_chances():
    chances = [fill_before_move(n, market_rate=0.4, cancel_rate=0.1, move_rate=0.2) for n in AHEAD]
    expected = [0.66666667, 0.47619048, 0.35714286, 0.18181818, 0.08333333, 0.03076923]
    assert chances == pytest.approx(expected, abs=5e-9)


def test_and_within_ten_seconds_with_these_if_the_mid_stays():
    chances = [float(time_to_fill(n, 0.4, 0.1, time=10)) for n in AHEAD]
    expected = [0.98168436, 0.93537359, 0.86218862, 0.56379820, 0.18168699, 0.00840531]
    assert chances == pytest.approx(expected, abs=5e-9)


def test_its_mean_is_the_sum_of_the_waits():
    time = np.linspace(0, 400, 400_001)
    for n, mean in zip(AHEAD, (2.5, 4.5, 6.166667, 9.956349, 14.182290, 19.426248), strict=True):
        assert np.trapezoid(1 - time_to_fill(n, 0.4, 0.1, time), time) == pytest.approx(mean, abs=1e-6)


@given(n=st.integers(0, 6), mu=st.floats(0.1, 2), theta=st.floats(0.05, 1), t=st.floats(0, 20))
def test_a_time_to_fill_is_a_chain_of_stages(n, mu, theta, t):
    """P(T ≤ t) = Σ over stages of the mixture of exponentials, whose weights are Π λⱼ/(λⱼ − λᵢ)."""
    rates = mu + theta * np.arange(n + 1)
    weights = [np.prod([r / (r - rate) for r in rates if r != rate]) for rate in rates]
    mixed = 1 - np.dot(weights, np.exp(-rates * t))
    assert float(time_to_fill(n, mu, theta, t)) == pytest.approx(mixed, abs=1e-13 * np.abs(weights).max() + 1e-12)


def test_a_move_that_kills_at_a_rate_is_the_transform_of_the_time():
    """E e^{−νT}, T being the time to fill: ∫ν e^{−νt} P(T ≤ t) dt."""
    time = np.linspace(0, 150, 300_001)
    for n in AHEAD:
        transformed = np.trapezoid(0.2 * np.exp(-0.2 * time) * time_to_fill(n, 0.4, 0.1, time), time)
        assert transformed == pytest.approx(fill_before_move(n, 0.4, 0.1, 0.2), abs=1e-7)


def test_without_cancellations_it_is_erlang_s():
    expected = 1 - np.exp(-0.4 * 5) * sum(2.0**j / [1, 1, 2, 6][j] for j in range(4))
    assert float(time_to_fill(3, 0.4, 0, 5)) == pytest.approx(expected, rel=1e-12)
    assert float(time_to_fill(3, 0.4, 1e-9, 5)) == pytest.approx(expected, rel=1e-8)


def test_cancelled_orders_hide_what_they_knew():
    found = regime_fills(10, SWITCH, FILL, CANCEL)
    assert found == pytest.approx(
        {
            "truth": 0.70066571,
            "kaplan_meier": 0.60500485,
            "of all placed": 0.43450626,
            "without cancelled": 0.70755063,
            "without resting": 0.52962276,
        },
        abs=5e-9,
    )


@given(fill=st.floats(0.01, 1), toxic=st.floats(0.01, 1), cancel=st.floats(0.01, 1), t=st.floats(0.1, 20))
def test_a_desk_that_cancels_blindly_loses_nothing_by_kaplan_and_meier(fill, toxic, cancel, t):
    found = regime_fills(t, SWITCH, (fill, toxic), (cancel, cancel))
    assert found["kaplan_meier"] == pytest.approx(found["truth"], abs=1e-10)
    one_regime = regime_fills(t, SWITCH, (fill, fill), (cancel, toxic))
    assert one_regime["truth"] == pytest.approx(1 - np.exp(-fill * t), abs=1e-12)
    assert one_regime["kaplan_meier"] == pytest.approx(one_regime["truth"], abs=1e-10)


def orders(n, until, seed):
    """Orders in that market: when each ends, whether filled, whether complete, and the chance not to be cancelled."""
    rng = np.random.default_rng(seed)
    rates = np.array([SWITCH, FILL, CANCEL])
    toxic = (rng.random(n) < SWITCH[0] / sum(SWITCH)).astype(int)
    now, hazard = np.zeros((2, n))
    filled, complete, active = np.zeros(n, dtype=bool), np.ones(n, dtype=bool), np.arange(n)
    while len(active):
        of_each = rates[:, toxic[active]]
        wait = rng.standard_exponential(len(active)) / of_each.sum(axis=0)
        spent = np.minimum(wait, until - now[active])
        now[active] += spent
        hazard[active] += spent * of_each[2]
        what = (rng.random(len(active)) * of_each.sum(axis=0) > np.cumsum(of_each, axis=0)).sum(axis=0)
        what[wait > spent] = 3  # the time is over
        filled[active[what == 1]], complete[active[what == 2]] = True, False
        active = active[what == 0]
        toxic[active] ^= 1
    return now, filled, complete, np.exp(-hazard)


def test_drawn_orders_show_the_limits_and_weights_show_the_truth():
    """100,000 orders, seed 19; the errors that `ipcw` states are those of 100 samples of 1,000 of them."""
    now, filled, complete, kept = orders(100_000, 10, seed=19)
    exact = regime_fills(10, SWITCH, FILL, CANCEL)
    share = filled.mean(), filled.sum() / complete.sum(), filled.sum() / (filled.sum() + (~complete).sum())
    for found, name in zip(share, ("of all placed", "without cancelled", "without resting"), strict=True):
        assert abs(found - exact[name]) < 3 * np.sqrt(exact[name] * (1 - exact[name]) / 70_000)
    estimate = ipcw(filled, complete, kept)
    assert abs(estimate.value - exact["truth"]) < 3 * estimate.error
    days = [ipcw(*(column[i::100] for column in (filled, complete, kept))) for i in range(100)]
    spread = np.std([one.value for one in days], ddof=1)
    assert abs(np.mean([one.error for one in days]) / spread - 1) < 3 / np.sqrt(200)
    chances = [1 - kaplan_meier(now[i::100], filled[i::100])[1][-1] for i in range(100)]
    assert abs(np.mean(chances) - exact["kaplan_meier"]) < 3 * np.std(chances) / 10


def test_kaplan_and_meier_by_hand():
    """Ten orders: fills at 1, 2, 2 and 4 s, cancelled at 2 and 3 s, four still there at 5 s."""
    time, filled = [1, 2, 2, 2, 3, 4, 5, 5, 5, 5], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
    when, chance = kaplan_meier(time, filled)
    assert when.tolist() == [1, 2, 4]
    assert chance == pytest.approx([0.9, 0.9 * 7 / 9, 0.9 * 7 / 9 * 4 / 5], rel=1e-15)


@given(st.lists(st.floats(0, 10), min_size=1, max_size=20))
def test_where_nobody_cancels_it_is_the_share_still_there(times):
    when, chance = kaplan_meier(times, [True] * len(times))
    assert chance == pytest.approx([np.mean(np.array(times) > t) for t in when], abs=1e-12)
    assert ipcw([True, False], [True, True], [1.0, 1.0]).value == 0.5


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: fill_before_move(-1, 0.4, 0.1, 0.2), "ahead must be a whole number of at least 0; got -1"),
        (lambda: fill_before_move(1, 0, 0.1, 0.2), "market_rate must be a finite number above 0"),
        (lambda: time_to_fill(1, 0.4, -0.1, 1), "cancel_rate must be a finite number at least 0 .*; got -0.1"),
        (lambda: time_to_fill(1, 0.4, 0.1, [1, -1]), r"time \(t\) must be a finite number at least 0 \[time\]; got -1"),
        (lambda: time_to_fill(300, 10, 0, 1e4), "time_to_fill cannot use ahead = 300, .*: overflow encountered"),
        (lambda: kaplan_meier([1.0, 2.0], [1]), "time, filled must have one length"),
        (lambda: kaplan_meier([1.0, -2.0], [1, 0]), r"time \(t\) must be a finite number at least 0"),
        (lambda: kaplan_meier([], []), r"at least 1; got \{0\}"),
        (lambda: ipcw([1, 0], [1, 1], [0.5, 0.0]), "kept must be above 0, each filled order complete, and one order"),
        (lambda: ipcw([1, 0], [0, 1], [0.5, 0.5]), "each filled order complete"),
        (lambda: ipcw([1, 0], [1, 1], [0.5, 1.5]), "kept must be a finite number at least 0 and at most 1"),
        (lambda: regime_fills(0, SWITCH, FILL, CANCEL), "time must be a finite number above 0"),
        (lambda: regime_fills(1, SWITCH, FILL, (0.0, 0.5)), "rates must be a finite number above 0"),
        (lambda: regime_fills(1, (0.1, 0.2, 0.3), FILL, CANCEL), "regime_fills cannot use"),
    ],
)
def test_what_is_no_order_is_refused(call, words):
    with pytest.raises(ParameterError, match=words):
        call()
