"""Chapter 07's costs: what a large tick, crossing the spread and a rebate do, with their errors."""

import numpy as np
import pytest
from mmbook.ch07 import costs
from mmbook.ch07.costs import FEES, HALF_SPREAD, POLICIES, Effect, unwound, with_rebate, with_tick
from mmbook.ch07.scenes import tape
from mmbook.ch07.tables import scored_more

from mmlab.simulation import simulate


@pytest.mark.parametrize("tick", [0.01, 0.05])
def test_on_a_tick_a_spread_is_one_tick_wider_in_the_mean_and_a_whole_number_of_them(tick):
    run = simulate(costs.on_ticks(tick), costs.hours_of_ticks())
    ticks = (run.ask_price - run.bid_price) / tick
    np.testing.assert_allclose(ticks, np.rint(ticks), atol=1e-6)
    assert with_tick(tick).spread.mean() == pytest.approx(2 * HALF_SPREAD + tick, rel=0.01)


def test_at_the_front_a_large_tick_costs_and_behind_a_queue_it_earns():
    at_the_front, behind = (Effect.of(with_tick(0.05, queue).pnl - with_tick(0.01, queue).pnl) for queue in (0.0, 10.0))
    assert at_the_front.mean < -3 * at_the_front.error
    assert behind.mean > 3 * behind.error
    kept = [with_tick(tick, 10.0).pnl.mean() / with_tick(tick, 0.0).pnl.mean() for tick in (0.01, 0.05)]
    assert kept[0] < 0.05 < 0.2 < kept[1]


def test_flat_by_the_close_costs_what_crosses_and_leaves_nothing():
    run, free = unwound("flat by close, crossed at once"), unwound("passive")
    assert not run.left.any()
    assert free.left.mean() > 0.5
    more = Effect.of(run.pnl - free.pnl)
    assert more.mean == pytest.approx(-costs.cost_of_crossing(run).mean(), abs=3 * more.error)
    assert more.mean < -3 * more.error


def test_crossing_early_holds_less_and_pays_what_it_says():
    found, run = unwound("aggressive"), simulate(costs.unwinding("aggressive"), tape())
    assert found.held.mean() < unwound("passive").held.mean() - 0.1
    given_up = np.abs(run.flattened)
    assert (given_up[given_up > 0] >= POLICIES["aggressive"].above).all()
    paid = 0.3 * given_up + 0.02 * given_up**2 + FEES.fees.taker * given_up
    assert costs.cost_of_crossing(found).mean() == pytest.approx(paid.sum(axis=0).mean())


def test_of_a_rebate_all_is_given_on():
    """With exponential flow the best depth moves by the whole of it: more than none of it, or twice."""
    for nearer in (0.0, 0.3):
        more = scored_more(with_rebate(0.1, 0.1), with_rebate(0.1, nearer))
        assert more.mean > 2 * more.error


def test_the_three_tables_have_a_row_for_each_case():
    for table in (costs.tick_table(), costs.price_table(), costs.rebate_table()):
        assert len(table.rows) > 3
