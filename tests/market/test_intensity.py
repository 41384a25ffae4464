import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import Exponential, Linear

flows = st.one_of(
    st.builds(Exponential, arrival_rate=st.floats(0.01, 1e4), fill_decay=st.floats(0.01, 100)),
    st.builds(
        Exponential,
        arrival_rate=st.floats(0.01, 1e4),
        fill_decay=st.floats(0.01, 100),
        least_reach=st.floats(-1, 5),
    ),
    st.builds(Linear, demand_intercept=st.floats(0.01, 1e4), demand_slope=st.floats(0.01, 1e4)),
)


def test_the_papers_flow_halves_with_every_46_cents_of_depth():
    flow = Exponential(arrival_rate=140, fill_decay=1.5)
    assert flow.rate(0) == 140
    assert flow.rate(np.log(2) / 1.5) == pytest.approx(70)
    half_spread = 10 * np.log(16 / 15) + 0.1  # .74538521, the paper's at γ = .1
    assert flow.rate([half_spread, -1]) == pytest.approx([140 * (15 / 16) ** 15 * np.exp(-0.15), 140 * np.exp(1.5)])


def test_ho_and_stolls_demand_dries_up_and_stays_dry():
    flow = Linear(demand_intercept=20, demand_slope=10)
    assert flow.rate([-1, 0, 1, 2, 3, 1e9]).tolist() == [30, 20, 10, 0, 0, 0]


@given(flows, st.floats(1e-6, 1e6))
def test_depth_is_the_inverse_of_rate(flow, rate):
    if flow.depth(rate) == -np.inf:  # so many do not come
        assert rate > flow.rate(flow.least_reach) == flow.rate(-np.inf)
    else:
        assert flow.rate(flow.depth(rate)) == pytest.approx(rate, rel=1e-9, abs=1e-9)


@given(flows, st.floats(-5, 5))
def test_rate_is_the_inverse_of_depth_wherever_orders_still_come(flow, depth):
    if flow.rate(depth) > 1e-6:
        nearest = getattr(flow, "least_reach", None)
        reason = depth if nearest is None else max(depth, nearest)
        assert flow.depth(flow.rate(depth)) == pytest.approx(reason, rel=1e-9, abs=1e-9)


@given(flows, st.floats(-5, 5), st.floats(0, 5))
def test_deeper_quotes_are_never_reached_more_often(flow, depth, deeper):
    assert flow.rate(depth + deeper) <= flow.rate(depth)


@given(flows, st.floats(1e-6, 1e6), st.floats(1, 100))
def test_rarer_orders_reach_deeper(flow, rate, more):
    assert flow.depth(rate) >= flow.depth(rate * more)


@given(flows, st.floats(-3, 3))
def test_a_depth_that_is_no_quote_has_no_rate(flow, depth):
    rates = flow.rate([[depth, np.nan]])
    assert rates.shape == (1, 2)
    assert np.isnan(rates[0, 1])


@given(st.floats(-1e6, 1e6), st.floats(1e-300, 1e9))
def test_a_flow_without_arrivals_never_comes_at_any_depth(depth, rate):
    flow = Exponential(arrival_rate=0, fill_decay=1.5)
    assert flow.rate(depth) == 0
    assert flow.depth(rate) == -np.inf


def test_the_rarest_order_a_computer_can_draw_still_has_a_finite_reach():
    assert Exponential(arrival_rate=1e9, fill_decay=1.5).depth(np.finfo(float).tiny) == pytest.approx(486.08, abs=0.01)
