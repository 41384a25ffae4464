"""Every cell of chapter 11 on other days than the shipped one: a converted day, and a recorded one with bursts."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from mmbook.ch11.scenes import half_hours

from mmlab.market import Day, read_lobster
from mmlab.market.recorded_day import clock, recorded_day
from mmlab.market.synthetic_day import SHIPPED
from mmlab.measure import calibrate, fill_intensity
from tests.mmbook import checking
from tests.mmbook.checking import cell


def run_both(day):
    """What each cell of chapters 11 and 12 shows."""
    return checking.run_cells("11_calibration", day)[1] | checking.run_cells("12_replay", day)[1]


@pytest.fixture(scope="module")
def converted():
    """The shipped day's first 80 minutes as a converter hands them over: epoch seconds, merged orders, no files.

    The second half is the next day's, so that a night lies between them.
    """
    part = read_lobster(SHIPPED).between(34_200, 39_000)
    orders, midnight = part.market_orders, 1_767_571_200.0
    time, traded = (column + midnight + 86_400 * (column >= 36_600) for column in (part.time, orders.time))
    return Day.from_quotes_and_trades(
        time, part.bid, part.ask, part.bid_size, part.ask_size,
        traded, orders.side, orders.size, orders.price, stale_after=60,
    )  # fmt: skip


@pytest.fixture(scope="module")
def of_converted(converted):
    return run_both(converted)


def test_a_converted_day_runs_in_every_cell(of_converted, converted):
    assert f"Your day: {len(converted.time):,} messages from 09:30 to 10:50" in cell(of_converted, "messages from")
    assert "not for this day: a Day holds orders, its executions are merged already" in cell(
        of_converted, "merged_before = "
    )
    assert "Sweeps not merged: not for this day" in cell(of_converted, "plots.naive_estimates(")
    assert "Nobody knows the truth of this day." in cell(of_converted, "against = [")
    assert "sweeps not merged" not in cell(of_converted, "def earned(")
    assert "Task" not in cell(of_converted, "CalibrationExplorer(")  # they are about the day that ships
    assert len(of_converted) > 30


def test_a_night_between_two_sessions_is_in_no_rate_and_no_promise(of_converted, converted):
    (night,) = converted.unwatched
    assert 86_300 < night[1] - night[0] < 86_400
    result, whole = calibrate(converted), calibrate(read_lobster(SHIPPED))
    assert (
        abs(result.pooled.arrival_rate.value - whole.pooled.arrival_rate.value) < 3 * result.pooled.arrival_rate.error
    )
    assert abs(result.volatility.value - whole.volatility.value) < 3 * result.volatility.error
    assert f"{night[1] - night[0]:,.0f}" in cell(of_converted, "the same with stale_after=60")
    promised = re.search(r"on the first half's rates +(\d+)", cell(of_converted, "orders that meet a quote"))
    assert 300 < int(promised[1]) < 900  # of 40 minutes; a day and 40 minutes would have 37 times as many


def test_the_day_may_be_a_day_and_has_then_no_files(converted):
    result = recorded_day(converted)
    assert result.day is converted
    assert result.executions() is None
    assert result.truth is None


def test_a_fit_that_is_not_rejected_is_called_so_nowhere(of_converted):
    assert not [code for code, value in of_converted.items() if "fit rejected" in value]


def test_a_rejected_fit_stands_beside_every_depth_that_is_made_of_it(real_day):
    """Of the recorded day: in the table, beside the quotes, the intervals and the promise."""
    shown = run_both(real_day)
    result = calibrate(real_day)
    verdict = result.pooled.verdict
    assert verdict.startswith("fit rejected (χ² ")
    assert verdict in cell(shown, "flat_and_skew(**centre)")
    assert shown[next(code for code in shown if code.strip() == "calibrated")].count("fit rejected") == 9
    for part in ("for q in (-5, 0, 5)", "kept = (", "CalibrationExplorer(", "fits[name] = fit"):
        assert verdict in cell(shown, part), part
    assert "promised, fit rejected (χ² " in cell(shown, "afternoon = quote_afternoon")
    assert "by the first half's rates (fit rejected (χ² " in cell(shown, "ReplayExplorer(None")
    # What the chapter says of ε: it grows, and a depth chosen without it loses to what comes within a minute.
    row = next(line for line in cell(shown, "kept = (").splitlines() if line.startswith("Guéant"))
    depth, at_once, lasting, at_last = (float(row.split()[n].replace("−", "-")) for n in (1, 2, 5, 8))
    assert depth == pytest.approx(4.74, abs=0.005)
    assert depth > at_once > 0 > at_last == lasting
    bursts = result.lasting_note
    assert "fit rejected (distance " in bursts
    for part in ("at_last, lasting", "flat_and_skew(**centre)", "for q in (-5, 0, 5)", "kept = (", "def earned("):
        assert f"lasting ε: {bursts}" in cell(shown, part), part
    assert "so this says nothing" in cell(shown, "pooled: A = ")
    assert "pool them" not in cell(shown, "pooled: A = ")
    assert "ranks nothing" in cell(shown, "def earned(")


def test_what_fails_in_practice_has_the_recorded_days_numbers(real_day):
    """2,445 of 11,419 executions hidden, χ² 1,030 on 12, six times the orders, n = 0.46 in a fit that is rejected."""
    text = checking.text_of("11_calibration").split("## What fails in practice")[1]
    result, halves = calibrate(real_day), half_hours(real_day)
    folder = Path(os.environ.get("MMLAB_DAYS", Path(__file__).parents[3] / "shared" / "data"))
    visible, hidden = len(recorded_day(folder).executions()), len(real_day.left_out["hidden executions"])
    assert f"{hidden:,} of {visible + hidden:,} executions" in text
    chi_squared, freedom = result.pooled.chi_squared
    assert f"χ² is {chi_squared:,.0f} on {freedom}" in text
    error = result.pooled.fill_decay.error / result.pooled.inflation
    assert f"κ = {result.pooled.fill_decay.value:.2f} ± {error:.2f}, χ² = {chi_squared:,.0f} on {freedom}" in text
    assert round(result.pooled.inflation) == 9
    rates = [len(part.market_orders) / part.observed for part in halves]
    assert f"{max(rates) / min(rates):.1f} times the orders of the quietest" in text
    assert f"n = {result.branching.value:.2f} and 1/β = {1000 * result.memory:.0f} ms" in text
    orders, depths = real_day.market_orders, result.pooled.depths
    farther = fill_intensity(orders.reach, 2 * real_day.observed, depths + 0.02, orders.price).fill_decay.value
    assert f"two ticks farther out κ is {farther:.1f} instead of {result.pooled.fill_decay.value:.1f}" in text
    assert all("rejected" in flow.verdict for flow in result.clustering)


def test_a_day_of_less_than_ten_minutes_is_one_part():
    short = read_lobster(SHIPPED).between(34_200, 34_500)
    assert half_hours(short) == [short]
    assert clock(1_767_571_200 + 34_260.0) == "09:31"
    assert np.isclose(short.time[-1] - short.time[0], 300)
