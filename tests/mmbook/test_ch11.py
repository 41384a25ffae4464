"""Chapter 11: its answers, its checks, the day it reads, and what its prose claims."""

from __future__ import annotations

import re

import numpy as np
import pytest
from mmbook.ch11 import CalibrationExplorer, checks
from mmbook.ch11.scenes import bursts, half_hours, time_average

from mmlab.market import Day
from mmlab.market.day import MarketOrders
from mmlab.market.recorded_day import clock, recorded_day
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import depth_grid, fill_intensity
from mmlab.teach import check, hint
from mmlab.teach.exercises import EXERCISES, _hints_given
from mmlab.teach.predict import _guesses
from tests.mmbook import checking

QUESTION_IDS = ("traded-prices-every-second", "volume-is-no-count", "an-unusual-hour")
EXERCISE_IDS = (
    "time-for-volatility",
    "orders-for-decay",
    "one-more-at-most",
    "bursts-of-two-sizes",
    "merge-sweeps",
    "decay-from-counts",
    "error-of-a-rate",
    "read-other-venue",
    "hidden-half-hour",
)


def merged(time, side, size, price):
    orders = MarketOrders.merged(time, side, size, price, price)
    return orders.time, orders.side, orders.size, orders.price


def by_time_alone(time, side, size, price):
    first = np.unique(time, return_index=True)[1]
    return time[first], side[first], np.add.reduceat(size, first), price[first]


def decay(counts, width):
    return np.log1p(counts[:-1].sum() / (counts @ np.arange(len(counts)))) / width


def line(counts, width):
    full = counts > 0
    return -np.polyfit(width * np.arange(len(counts))[full], np.log(counts[full]), 1)[0]


def read_other(text):
    rows = [row.split(",") for row in text.split()[1:]]
    quotes = [
        [float(t) / 1000, float(b or "nan"), float(a or "nan"), float(bq or 0), float(aq or 0)]
        for t, kind, b, bq, a, aq, *_ in rows
        if kind == "quote"
    ]
    trades = [
        [float(row[0]) / 1000, 1.0 if row[8] == "buy" else -1.0, float(row[7]), float(row[6])]
        for row in rows
        if row[1] == "trade"
    ]
    return Day.from_quotes_and_trades(*np.transpose(quotes), *np.transpose(trades))


def in_milliseconds(text):
    day = read_other(text)
    return Day(
        1000 * day.time, day.bid, day.ask, day.bid_size, day.ask_size, day.market_orders.where(np.zeros(2, bool))
    )


def likeliest(reach, size, observed):
    fitted = fill_intensity(reach, 2 * observed, depth_grid(reach, 0.01))
    return fitted.arrival_rate.value, fitted.fill_decay.value


def orders_for(share, kappa, width):
    passed = np.exp(-kappa * width)
    return ((1 - passed) / (kappa * width * share)) ** 2 / passed


def ends(jump, size, share):
    orders = (1 - share) + share * size
    return jump * ((1 - share) + share * size * (1 + (size - 1) / 2)) / orders


RIGHT = [
    ("time-for-volatility", lambda share, kurtosis, grid: grid * (kurtosis - 1) / 4 / share**2),
    ("orders-for-decay", orders_for),
    ("orders-for-decay", lambda *case: np.ceil(orders_for(*case))),
    ("one-more-at-most", lambda expected, n: np.sqrt(expected * (1 + n) / (1 - n))),
    ("bursts-of-two-sizes", ends),
    ("merge-sweeps", merged),
    ("decay-from-counts", decay),
    ("error-of-a-rate", lambda n, t, b: (n / t, np.sqrt(n) / t / (1 - b))),
    ("read-other-venue", read_other),
    ("hidden-half-hour", likeliest),
]
WRONG = [
    ("time-for-volatility", lambda s, k, g: g / 2 / s**2, "right for normal returns"),
    ("time-for-volatility", lambda s, k, g: g * k / 4 / s**2, "not times the kurtosis"),
    ("time-for-volatility", lambda s, k, g: g * (k - 3) / 4 / s**2, "3 need not be taken off"),
    ("time-for-volatility", lambda s, k, g: g * (k - 1) / s**2, "the time for σ̂²"),
    ("time-for-volatility", lambda s, k, g: (k - 1) / 4 / s**2, "the number of moves"),
    ("time-for-volatility", lambda s, k, g: 7.0, "should be 24000"),
    ("orders-for-decay", lambda s, k, w: s**-2, "bins of width 0"),
    ("orders-for-decay", lambda s, k, w: (np.exp(k * w) - 1) / (k * w * s) ** 2, "only whether it went beyond"),
    ("orders-for-decay", lambda *case: np.sqrt(orders_for(*case)), "the root of the number"),
    ("orders-for-decay", lambda s, k, w: orders_for(s / k, k, w), "`share` is relative to κ"),
    ("orders-for-decay", lambda s, k, w: 7.0, "What are C and F"),
    ("one-more-at-most", lambda e, n: np.sqrt(e) / (1 - n), "any number of others"),
    ("one-more-at-most", lambda e, n: np.sqrt(e), "come by themselves"),
    ("one-more-at-most", lambda e, n: np.sqrt(e / (1 - n)), "all bursts had the size"),
    ("one-more-at-most", lambda e, n: np.sqrt(e * n / (1 - n)), "the variance of Y where"),
    ("one-more-at-most", lambda e, n: e * (1 + n) / (1 - n), "not its root"),
    ("one-more-at-most", lambda e, n: 7.0, "of this burst"),
    ("bursts-of-two-sizes", lambda j, m, s: j * (2 + s * (m - 1)) / 2, "a burst at random"),
    ("bursts-of-two-sizes", lambda j, m, s: 2 * ends(j, m, s) - j, "have moved the mid already"),
    ("bursts-of-two-sizes", lambda j, m, s: ends(j, m, s) - j, "the order itself moves"),
    ("bursts-of-two-sizes", lambda j, m, s: j * (1 + s * (m - 1)), "the first of one"),
    ("bursts-of-two-sizes", lambda j, m, s: 7.0, "come after it"),
    ("merge-sweeps", lambda *columns: columns, "9 executions became 9 orders; nothing was merged"),
    ("merge-sweeps", by_time_alone, "They are two aggressors"),
    ("merge-sweeps", lambda t, s, n, p: merged(t, s, n, -p), "has price"),
    ("merge-sweeps", lambda t, s, n, p: 6, "must return four arrays"),
    ("decay-from-counts", line, "drops empty bins"),
    ("decay-from-counts", lambda n, w: decay(n, 1.0), "per bin. Divide by the width"),
    ("decay-from-counts", lambda n, w: np.log1p(n.sum() / (n @ np.arange(6))) / w, "open bin counted as a closed one"),
    ("decay-from-counts", lambda n, w: n.sum() / (n @ np.arange(6)) / w, "one over the mean depth"),
    ("decay-from-counts", lambda n, w: 7.0, "in bins of 0.01 your κ is 7; the likelihood's is"),
    ("error-of-a-rate", lambda n, t, b: (n / t, np.sqrt(n) / t), "that of a Poisson flow"),
    ("error-of-a-rate", lambda n, t, b: (n, np.sqrt(n)), "orders in 1000 s are 0.4 a second"),
    ("error-of-a-rate", lambda n, t, b: (n / t, np.sqrt(n / (1 - b)) / t), "its root 1/"),
    ("error-of-a-rate", lambda n, t, b: (n / t, n / t**2 / (1 - b) ** 2), "the variance, not its root"),
    ("error-of-a-rate", lambda n, t, b: (n / t, np.sqrt(n) / (1 - b)), "that of the count"),
    ("error-of-a-rate", lambda n, t, b: (n / t, 1.0), "for 400 orders in 1000 s with n = 0 the error is 0.02; yours 1"),
    ("merge-sweeps", lambda t, s, n, p: (t[:3], s[:3], n[:3], p[:3]), "9 executions became 3 orders; there are 6"),
    (
        "merge-sweeps",
        lambda t, s, n, p: merged(t, s, n, np.maximum(p, 9.97)),
        "has price 9.95, yours 9.97. The worst price",
    ),
    ("read-other-venue", lambda text: read_other(text).between(1, 1.6), "the file has 5 quotes; your day has 3"),
    (
        "read-other-venue",
        lambda text: read_other(text.replace(",,,101.5", ",99.5,3,101.5")),
        "for 1.3 s; your day observes",
    ),
    ("read-other-venue", lambda text: read_other(text.replace("sell", "buy")), "the aggressors are a buyer, +1"),
    ("read-other-venue", lambda text: read_other(text.replace("buy", "")), "a sale above it is left out"),
    (
        "read-other-venue",
        lambda text: read_other(text.replace(",1,buy", ",5,buy")),
        "have 3 and 1 and reach 1 and 1; yours",
    ),
    ("read-other-venue", in_milliseconds, "ts_ms is milliseconds"),
    ("read-other-venue", lambda text: text, "must return a Day"),
    ("hidden-half-hour", lambda r, s, t: likeliest(r, s, t / 2), "your A is 1.98 times the truth"),
    ("hidden-half-hour", lambda r, s, t: (0.3, 40.0), "1 is wanted"),
]


@pytest.fixture(autouse=True)
def fresh_kernel():
    _guesses.clear()
    yield
    _guesses.clear()
    _hints_given.clear()


test_right_answers_are_right = checking.right_answers(RIGHT)
test_usual_mistakes_are_named = checking.usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = checking.answers_with_numbers(
    [
        (
            "traded-prices-every-second",
            "σ = 0.0379 on a grid of 1 s and 0.0234 on one of 30 s; mids give 0.0204 and 0.0205",
        ),
        ("volume-is-no-count", "166 times that of orders, and κ.* is 20.0 instead of 40.3"),
        ("an-unusual-hour", "the deviation is 40.1; their mean is 400"),
    ]
)


@pytest.mark.parametrize("id", EXERCISE_IDS)
def test_no_answer_is_not_attempted_and_hints_end(id):
    assert check(id, ...).status == "not attempted"
    hints = [hint(id).message for _ in EXERCISES[id].hints]
    assert "This is the last hint" in hints[-1]


def test_the_day_is_the_shipped_one_with_its_truth_or_the_readers_own_without(tmp_path, monkeypatch):
    monkeypatch.delenv("MMLAB_DAY", raising=False)
    shipped = recorded_day()
    assert shipped.truth is not None
    assert len(shipped.executions()) > 3 * len(shipped.day.market_orders)
    for path in SHIPPED.glob("*.gz"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    monkeypatch.setenv("MMLAB_DAY", str(tmp_path))
    own = recorded_day()
    assert own.truth is None
    assert own.name == "SYNTH"
    np.testing.assert_array_equal(own.day.time, shipped.day.time)
    assert recorded_day(SHIPPED).truth is not None


def test_merging_the_executions_gives_the_days_market_orders():
    shipped = recorded_day(SHIPPED)
    single, orders = shipped.executions(), shipped.day.market_orders
    together = MarketOrders.merged(single.time, single.side, single.size, single.price, single.mid)
    np.testing.assert_array_equal(together.time, orders.time)
    np.testing.assert_array_equal(together.size, orders.size)
    np.testing.assert_array_equal(together.price, orders.price)


def test_half_hours_are_the_day_and_the_spread_is_four_ticks():
    day = recorded_day(SHIPPED).day
    halves = half_hours(day)
    assert [clock(half.time[0]) for half in halves] == ["09:30", "10:00", "10:30", "11:00", "11:30", "12:00"]
    assert sum(len(half.market_orders) for half in halves) == len(day.market_orders)
    assert time_average(day) == pytest.approx(0.04, rel=1e-4)


def test_a_flow_in_bursts_has_its_rate_and_scatters_by_one_over_one_less_n():
    rng = np.random.default_rng(3)
    counts = np.array([len(bursts(0.3, 0.6, 1.0, 1800.0, rng)) for _ in range(300)])
    assert abs(counts.mean() - 540) < 3 * counts.std() / np.sqrt(300)
    assert counts.std() / np.sqrt(540) == pytest.approx(1 / 0.4, rel=3 / np.sqrt(600))


def test_the_explorer_shows_the_lattice_trap_and_takes_another_day():
    shown = CalibrationExplorer()
    assert "A = 0.3066 ± 0.0073 a second and side, κ = 40.26 ± 0.75" in shown.words
    shown.set(first_depth=3)
    assert "A = 0.2507" in shown.words
    assert "κ = 40.26" in shown.words
    part = half_hours(recorded_day(SHIPPED).day)[1]
    other = CalibrationExplorer(part)
    assert "the day that the explorer was given" in other.code()
    assert f"{len(part.market_orders)} market orders" in other.words


def test_calibrate_itself_is_an_efficient_answer_to_the_open_exercise():
    assert checks.calibrates_score() == pytest.approx(0.77, abs=0.02)


def test_on_a_real_day_too_the_depths_come_from_the_day(real_day):
    shown = CalibrationExplorer(real_day)
    for preset in shown.presets:
        shown.choose(preset)
        assert not shown.words.startswith("⚠")
    for part in range(len(half_hours(real_day)) + 1):
        shown.set(part_of_the_day=part)
        assert not shown.words.startswith("⚠")


@pytest.fixture(scope="module")
def shipped():
    """The names that the chapter's cells leave on the shipped day, and what each shows."""
    return checking.run_cells("11_calibration")


def test_the_estimators_find_the_truth_of_the_shipped_day_within_two_errors(shipped):
    names, _ = shipped
    truth, calibrated, fine, at_chosen = (names[name] for name in ("truth", "calibrated", "fine", "at_chosen"))
    assert all(abs(value - true) < 2 * estimate.error for _, value, true, estimate in names["against"])
    assert len(names["against"]) == 4
    assert [flow.branching.interval[0] for flow in calibrated.clustering] == [0, 0]
    for jump in (calibrated.jump, calibrated.lasting_jump, names["at_last"]):
        assert abs(jump.value - truth.jump) < 2 * jump.error
    assert fine.value > 1.8 * truth.volatility
    assert abs(at_chosen.value - truth.volatility) < 2 * at_chosen.error
    assert not calibrated.pooled.rejected
    assert names["apart"] < 2
    assert abs(names["closed"].unwatched[0, 1] - names["closed"].unwatched[0, 0] - 3540) < 60
    assert names["day"].doubt == ""


def test_half_a_tick_beside_the_lattice_costs_a_fifth_of_a_and_no_chi_squared(shipped):
    names, _ = shipped
    on, beside = (names["fits"][name] for name in ("from the least reach on", "half a tick nearer"))
    assert beside.fill_decay == on.fill_decay
    assert beside.chi_squared == on.chi_squared
    ratio = beside.arrival_rate.value / on.arrival_rate.value
    assert ratio == pytest.approx(np.exp(-on.fill_decay.value * 0.005), rel=1e-9)
    assert 0.8 < ratio < 0.83


def test_bursts_scatter_and_move_the_mid_as_steps_3_and_4_have_it():
    rng = np.random.default_rng(5)
    for n in (0.2, 0.46):
        counts = np.array([len(bursts(0.3, n, 1.0, 1800.0, rng)) for _ in range(400)])
        assert counts.std(ddof=1) / np.sqrt(counts.mean()) * (1 - n) == pytest.approx(1, abs=3 / np.sqrt(800))
    flow = bursts(0.15, 0.46, 1.0, 200_000.0, rng)
    came = np.searchsorted(flow, flow + 10, "right") - np.searchsorted(flow, flow, "right") - 0.15 * 10
    assert (1 + came.mean()) / ((1 + 1 / 0.54**2) / 2) == pytest.approx(1, abs=0.08)


def test_the_price_response_of_the_drawn_bursts_ends_where_5a_says(shipped):
    _, shown = shipped
    row = checking.cell(shown, "def came(").splitlines()[-1].split()
    after_ten_seconds, end, lasting = (float(row[n]) for n in (5, 6, 7))
    assert abs(after_ten_seconds / end - 1) < 0.08
    assert (end, lasting) == (2.21, 1.85)


def test_each_step_of_the_question_in_money_is_computed(shipped):
    """Half the right distance and less than half of the money; four units of money away and nothing earned."""
    lines = checking.cell(shipped[1], "def earned(").split("earned an hour when flat\n")[1].splitlines()
    rows = [re.split(r"\s{2,}", line.strip()) for line in lines]
    table = {name: [float(number.replace(",", "")) for number in numbers] for name, *numbers in rows}
    best, money = table["right (χ² 7 on 10)"][2::2]
    unmerged = table["sweeps not merged"]
    assert unmerged[2] / best == pytest.approx(0.5, abs=0.03)
    assert 0 < unmerged[4] < money / 2
    assert 400 < table["depth in half ticks, κ taken per price"][2] < 410
    assert table["depth in half ticks, κ taken per price"][4] == 0
    assert 1.8 < table["shares summed, not orders counted"][2] / best < 2.2
    assert 0.8 < table["shares summed, not orders counted"][4] / money < 0.85


def test_kappa_leaves_most_of_the_flat_depth_open_and_every_depth_beats_the_lasting_jump(shipped):
    names, _ = shipped
    widths, market = names["widths"], names["market"]
    assert max(widths, key=widths.get) == "fill_decay"
    assert max(widths.values()) < 0.002  # a tenth of a cent up or down
    for model in names["models"].values():
        assert float(model.depths(0, market.horizon)[1]) > names["lasting"].value


def test_the_explorers_tasks_can_be_done_and_are_not_done_at_the_start():
    shown = CalibrationExplorer()
    assert shown.words.count("Task: ") == 2
    shown.set(first_depth=3)
    assert "Done: move δ₀" in shown.words
    shown.set(first_depth=2)
    assert "Done" not in shown.words
    shown.set(first_depth=4)
    done = {}
    for grid in (30, 120):
        shown.set(sampling_grid=grid)
        for part in range(7):
            shown.set(part_of_the_day=part)
            done[grid, part] = "Done: with Δ" in shown.words
    assert sum(done.values()) == 1  # and at 30 s none, as the chapter's picture above shows the one there
    assert not any(done[30, part] for part in range(7))
