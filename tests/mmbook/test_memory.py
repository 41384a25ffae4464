"""Explorers forget: what they keep of many moves is no more than they kept of the first few."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from mmbook.ch06.side_by_side import all_models
from mmbook.ch08 import VolatilityLimitExplorer

from mmlab import Market
from mmlab.simulation import many_moments

MOST = 5 * 2**20


@pytest.fixture
def held() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_an_explorer_that_was_moved_a_lot_holds_no_more(held: None) -> None:
    shown, before = VolatilityLimitExplorer(), 0
    places = itertools.cycle(np.linspace(0, 1, 13))
    for move, name in enumerate(("burst", "window") * 5):
        if move == 4:
            before = tracemalloc.get_traced_memory()[0]
        low, high = shown.ends[name]
        shown.set(**{name: low + next(places) * (high - low)})
        assert "⚠" not in shown.words
    assert tracemalloc.get_traced_memory()[0] - before < MOST


def test_who_keeps_a_row_does_not_keep_the_day_that_it_is_from() -> None:
    market = Market.avellaneda_stoikov_2008()
    many = many_moments([*all_models(market, 0.1).values()][:2], market)
    assert many.final_inventory.base is None
    assert many.mean.base is None
