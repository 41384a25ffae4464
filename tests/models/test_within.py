"""Quotes that stop at a limit: the policy's own inside, one side absent at the limit and beyond."""

from __future__ import annotations

import numpy as np
import pytest

from mmlab import AvellanedaStoikov, GueantLehalleFernandezTapia, Market, ParameterError, exact_moments
from mmlab.models.within import Within

MARKET = Market.avellaneda_stoikov_2008()


def test_inside_they_are_the_policys_and_at_the_limit_a_side_is_absent() -> None:
    paper = AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1)
    held = np.arange(-6.0, 7.0)
    bid, ask = Within(paper, 4).depths(held, 0.5)
    own_bid, own_ask = paper.depths(held, 0.5)
    np.testing.assert_array_equal(bid, np.where(held < 4, own_bid, np.nan))
    np.testing.assert_array_equal(ask, np.where(held > -4, own_ask, np.nan))


def test_where_the_policy_stops_sooner_it_stops_there() -> None:
    bounded = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, max_inventory=3)
    day, same = (exact_moments(policy, MARKET, 50) for policy in (Within(bounded, 8), bounded))
    assert day.mean == pytest.approx(same.mean, rel=1e-12)
    assert day.sd == pytest.approx(same.sd, rel=1e-12)


def test_a_function_will_do_and_nothing_comes_beyond_the_limit() -> None:
    day = exact_moments(Within(lambda q, tau: (0.7 + 0 * q * tau, 0.7 + 0 * q * tau), 5), MARKET, 100)
    assert day.inventory_distribution[:, abs(day.inventories) > 5].sum() == 0
    assert day.inventory_distribution[-1, abs(day.inventories) == 5].min() > 0


@pytest.mark.parametrize("limit", [0, -1, 2.5, None])
def test_a_limit_is_a_whole_number_above_0(limit: object) -> None:
    with pytest.raises(ParameterError, match="max_inventory"):
        Within(lambda q, tau: (q, q), limit)  # type: ignore[arg-type]
