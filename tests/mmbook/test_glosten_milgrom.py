"""The numbers of reference §5, and what Bayes' rule promises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmbook.ch01.glosten_milgrom import GlostenMilgrom

from mmlab import ParameterError


def test_the_worked_example() -> None:
    dealer = GlostenMilgrom(high=110, low=90, informed=0.1)
    assert (dealer.bid, dealer.ask) == (pytest.approx(99), pytest.approx(101))
    after = dealer.after(1)
    assert (after.bid, after.ask) == (pytest.approx(100), pytest.approx(101.980198, abs=1e-6))


@given(st.floats(0.01, 0.99), st.floats(0, 0.99))
def test_prices_are_a_martingale_and_the_dealer_breaks_even(prior: float, informed: float) -> None:
    dealer = GlostenMilgrom(high=110, low=90, informed=informed, prior=prior)
    buys = prior * (1 + informed) / 2 + (1 - prior) * (1 - informed) / 2
    assert buys * dealer.ask + (1 - buys) * dealer.bid == pytest.approx(90 + 20 * prior)
    assert dealer.bid <= 90 + 20 * prior <= dealer.ask
    assert dealer.after(1).after(-1).prior == pytest.approx(prior)


def test_without_informed_traders_there_is_no_spread_and_with_all_informed_it_is_everything() -> None:
    assert GlostenMilgrom(high=110, low=90, informed=0).ask == 100
    dealer = GlostenMilgrom(high=110, low=90, informed=1)
    assert (dealer.bid, dealer.ask) == (90, 110)
    assert dealer.after(1).after(-1).prior == 1


def test_a_case_that_is_worse_than_the_bad_one_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"low \(V_L\) must not be above high"):
        GlostenMilgrom(high=90, low=110, informed=0.1)
    with pytest.raises(ParameterError, match="side must be"):
        GlostenMilgrom(high=110, low=90, informed=0.1).after(0)
