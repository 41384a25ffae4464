"""Chapter 08: numbers that its hints and tips say and no cell prints, and how its pictures spell them."""

from __future__ import annotations

import re

import pytest
from mmbook.ch08 import VolatilityLimitExplorer
from mmbook.ch08.checks import BUDGET, SEEN, UNSEEN, WANTED, a_season
from mmbook.ch08.plots import price_and_worth
from mmbook.ch08.tail_improvement import Worth, expected_shortfall

from mmlab.desk import PositionLimiter
from mmlab.teach.exercises import EXERCISES


@pytest.mark.parametrize(("most", "seed"), [(7, UNSEEN), (8, UNSEEN), (8, SEEN)])
def test_the_hint_on_the_budget_is_true_of_both_seasons(most: int, seed: int) -> None:
    pnl = a_season((PositionLimiter(max_position=most, min_position=-most),), seed)
    lost, error = expected_shortfall(pnl)
    assert (lost < BUDGET) == ((most, seed) != (8, UNSEEN))
    assert (pnl.mean() > WANTED) == (seed == SEEN)
    if seed == SEEN:
        said = EXERCISES["loss-budget"].hints[1]
        assert f"the shortfall here is {lost:.1f}, with an error of {error:.1f}" in said


def test_a_halt_at_6_costs_5_and_takes_7_from_the_tail_where_20_takes_10() -> None:
    explorer = VolatilityLimitExplorer()
    worths = []
    for preset in ("halts early", "a burst"):
        worths.append(explorer.compute(explorer.presets[preset].values).worth)
    early, late = worths
    assert round(early.price) == 5
    assert (round(early.worth), round(late.worth)) == (7, 10)


def test_the_alternative_text_has_its_minus_in_numbers_alone() -> None:
    good, none = Worth(1.0, 0.1, -2.0, 0.2, 0.5), Worth(0.0, 0.0, 0.0, 0.0, 0.0)
    told = price_and_worth({"one-sided": {"all": good}, "calm": {"all": none}}, "Of").alt
    assert "one-sided: all mean −1.0, worst days −2.0" in told
    assert not re.search(r"-\d|\w−", told)
