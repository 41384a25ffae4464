"""Explorers forget: what they keep of many moves is no more than they kept of the first few."""

from __future__ import annotations

import itertools
import tracemalloc
from collections.abc import Iterator

import pytest

from mmlab.teach import ModelsExplorer, VolatilityLimitExplorer, WrongBeliefsExplorer
from mmlab.teach.many import many_moments
from mmlab.teach.side_by_side import all_models
from mmlab.teach.wild_tapes import chapter_market

MOST = 5 * 2**20


@pytest.fixture
def held() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("explorer", "names"),
    [
        (VolatilityLimitExplorer, ("burst", "window", "soft_volatility")),
        (ModelsExplorer, ("risk_aversion",)),
        (WrongBeliefsExplorer, ("risk_aversion",)),
    ],
)
def test_an_explorer_that_was_moved_a_lot_holds_no_more(explorer: type, names: tuple[str, ...], held: None) -> None:
    shown = explorer()
    before = tracemalloc.get_traced_memory()[0]
    places = itertools.cycle([0.1, 0.9, 0.35, 0.6, 0.2, 0.75, 0.5])
    for name in names * 12:
        control, place = shown.controls[name], next(places)
        if hasattr(control, "options"):
            control.value = control.options[round(place * (len(control.options) - 1))][1]
        else:
            control.value = control.min + place * (control.max - control.min)
        assert "⚠" not in shown.words
    assert tracemalloc.get_traced_memory()[0] - before < MOST


def test_who_keeps_a_row_does_not_keep_the_day_that_it_is_from() -> None:
    market = chapter_market()
    many = many_moments([*all_models(market, 0.1).values()][:2], market, n_steps=50)
    assert many.final_inventory.base is None
    assert many.mean.base is None
