"""Who gets which fills: the reference's digits, derivatives, limits and units, and a day with and without an order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.causal import SelectedFlow, paired_day, shared_flow, step_inside
from mmlab.market.journal import OPEN
from mmlab.market.order_book import BUY
from mmlab.market.order_flow import OrderFlow

FLOW = SelectedFlow(informed=0.15, informed_decay=0.5, uninformed_decay=1.5, jump=1)


def test_wider_quotes_get_worse_fills():
    shares = FLOW.informed_share([0.3, 0.6667, 1, 1.5])
    assert shares == pytest.approx([0.1924, 0.2558, 0.3242, 0.4416], abs=5e-5)


def test_the_best_depth_and_its_gain():
    assert FLOW.best_depth() == pytest.approx(0.983888, abs=5e-7)
    assert FLOW.gain(FLOW.best_depth()) == pytest.approx(0.189692, abs=5e-7)


@pytest.mark.parametrize(
    ("start", "end", "promised", "earned"),
    [(0.6667, 1.12742, 0.21096, 0.18750), (1.5, 1.35610, 0.17130, 0.17788)],
)
def test_who_holds_the_measured_cost_fixed_is_promised_more_than_he_gets(start, end, promised, earned):
    depth = FLOW.walk(start, 1)[1]
    cost = FLOW.jump * FLOW.informed_share(start)
    assert depth == pytest.approx(end, abs=5e-6)
    assert FLOW.gain(depth, cost) == pytest.approx(promised, abs=5e-6)
    assert FLOW.gain(depth) == pytest.approx(earned, abs=5e-6)


def test_measuring_again_walks_away_from_the_optimum():
    for start in (0.3, 0.983888, 3.0):
        there = FLOW.walk(start, 60)[-1]
        assert there == pytest.approx(1.293643, abs=5e-7)
    assert FLOW.gain(there) == pytest.approx(0.181010, abs=5e-7)
    assert FLOW.gain(there) / FLOW.gain(FLOW.best_depth()) - 1 == pytest.approx(-0.046, abs=5e-4)
    assert FLOW.best_depth(FLOW.jump * float(FLOW.informed_share(there))) == pytest.approx(there, abs=1e-7)


def test_nobody_informed():
    blind = FLOW.best_depth(0)
    assert blind == pytest.approx(0.82437, abs=5e-6)
    assert FLOW.gain(blind, 0) == pytest.approx(0.28536, abs=5e-6)
    assert FLOW.gain(blind) == pytest.approx(0.18603, abs=5e-6)
    for harmless in (
        SelectedFlow(informed=0, informed_decay=0.5, uninformed_decay=1.5, jump=1),
        SelectedFlow(informed=0, informed_decay=1e-3, uninformed_decay=1.5, jump=1),
        SelectedFlow(informed=0.4, informed_decay=1.5, uninformed_decay=1.5, jump=0),
    ):
        assert harmless.best_depth() == pytest.approx(1 / 1.5, abs=1e-7)


@settings(max_examples=40)
@given(
    pi=st.floats(0, 1),
    k_informed=st.floats(0.2, 3),
    k=st.floats(0.2, 3),
    jump=st.floats(0, 3),
    unit=st.floats(0.01, 100),
)
def test_the_best_depth_beats_its_grid_and_knows_no_unit(pi, k_informed, k, jump, unit):
    flow = SelectedFlow(informed=pi, informed_decay=k_informed, uninformed_decay=k, jump=jump)
    best = flow.best_depth()
    assert (flow.gain(np.linspace(0, 12, 1_000)) <= flow.gain(best) + 1e-9).all()
    other = SelectedFlow(informed=pi, informed_decay=k_informed / unit, uninformed_decay=k / unit, jump=jump * unit)
    assert other.gain(unit * best) == pytest.approx(unit * flow.gain(best))
    assert other.gain(other.best_depth()) == pytest.approx(unit * flow.gain(best))


def test_selected_flows_refuse_what_is_none():
    with pytest.raises(
        ParameterError, match=r"informed \(π\) must be a finite number at least 0 and at most 1 .*; got 1.2"
    ):
        SelectedFlow(informed=1.2, informed_decay=0.5, uninformed_decay=1.5, jump=1)
    with pytest.raises(ParameterError, match=r"cost must be a finite number at least 0.*; got -1"):
        FLOW.best_depth(-1)
    with pytest.raises(ParameterError, match="moves must be a whole number of at least 1"):
        FLOW.walk(1, 0)


def test_two_engines_on_one_flow():
    at_once, truth = shared_flow(1.5, 0.6, 0.8)
    assert at_once == pytest.approx(0.243942, abs=5e-7)
    assert truth == pytest.approx(0.002986, abs=5e-7)
    assert truth / at_once == pytest.approx(0.012, abs=5e-4)
    at_once, truth = shared_flow(1.5, 0.5, 0.8)
    assert at_once == pytest.approx(0.236183, abs=5e-7)
    assert truth == pytest.approx(-0.004772, abs=5e-7)


def test_the_engines_by_their_orders_one_by_one():
    reach = np.random.default_rng(1).exponential(1 / 1.5, 200_000)
    a, b = 0.6, 0.8
    nearer = a * (reach >= a)
    at_once, truth = shared_flow(1.5, a, b)
    alone = nearer - b * (reach >= b)
    for sample, exact in ((nearer, at_once), (alone, truth)):
        assert abs(sample.mean() - exact) < 3 * sample.std() / np.sqrt(len(reach))


@given(k=st.floats(0.1, 5), a=st.floats(0.01, 3), b=st.floats(0.01, 3), unit=st.floats(0.01, 100))
def test_the_engines_names_and_the_unit_do_not_matter(k, a, b, unit):
    assert shared_flow(k, a, b) == pytest.approx([-x for x in shared_flow(k, b, a)])
    assert shared_flow(k / unit, a * unit, b * unit) == pytest.approx(
        [unit * x for x in shared_flow(k, a, b)], rel=1e-6
    )
    assert shared_flow(k, a, a) == (0, 0)


@pytest.mark.parametrize(
    ("response", "truth", "change"), [(0.1, 0.55860, 0.243), (1, 0.39102, -0.13), (10, 0.34173, -0.239)]
)
def test_a_competitor_who_follows(response, truth, change):
    stay, replay, true, needed = step_inside(0.4, 2, 1, response, 0.2)
    assert (stay, replay, true) == pytest.approx((0.44933, 0.67032, truth), abs=5e-6)
    assert replay / stay - 1 == pytest.approx(0.492, abs=5e-4)
    assert true / stay - 1 == pytest.approx(change, abs=6e-4)
    assert needed == pytest.approx(0.3406, abs=5e-5)
    reset = 0.2
    at_break_even = step_inside(0.4, 2, 1, reset / needed - reset, reset)
    assert at_break_even[2] == pytest.approx(stay)


def test_where_the_flow_is_thin_stepping_inside_stays_right():
    stay, replay, truth, needed = step_inside(1, 2, 1, 1, 0.2)
    assert replay / stay - 1 == pytest.approx(1.718, abs=5e-4)
    assert truth / stay - 1 == pytest.approx(0.586, abs=5e-4)
    assert needed < 0
    assert step_inside(1, 2, 1, 0, 0.2)[2] == replay
    with pytest.raises(ParameterError, match="reset must be a finite number above 0"):
        step_inside(1, 2, 1, 1, 0)
    with pytest.raises(ParameterError, match="fill_decay must be a finite number above 0"):
        shared_flow(0, 1, 2)


OTHERS = OrderFlow(limit_rate=0.6, cancel_rate=0.2, market_rate=0.3, market_size=300, depth=20)


def test_a_day_with_and_without_an_order():
    sent = []

    def dealer(time, journal):
        if not sent and time >= OPEN + 60:
            sent.append((time, journal.market(time, BUY, 2_000)))

    without, with_order = paired_day(OTHERS, 120, seed=3, dealer=dealer)
    (at, traded), ours = sent[0], len(with_order) - 1
    assert traded == 2_000
    before = without.times < at
    np.testing.assert_array_equal(with_order.events[: before.sum()], without.events[before])
    late = OPEN + np.linspace(0, 119, 240)
    effect = with_order.day().mid_at(late) - without.day().mid_at(late)
    known = np.isfinite(effect)
    assert (effect[known & (late < at)] == 0).all()
    assert effect[known & (late > at)][0] > 0
    assert ours > 0
    same, again = paired_day(OTHERS, 30, seed=3, dealer=lambda time, journal: None)
    np.testing.assert_array_equal(same.events, again.events)
