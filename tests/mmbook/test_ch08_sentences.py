"""Chapter 08: numbers that its hints and tips say and no cell prints, and how its plots spell them."""

from __future__ import annotations

import re

import pytest
from mmbook.ch08 import VolatilityLimitExplorer
from mmbook.ch08.checks import BUDGET, PASSES, UNSEEN_SEED
from mmbook.ch08.plots import price_and_tail
from mmbook.ch08.scenarios import READERS_SEED, SCENARIOS, a_season, chapter_desk, scenario_tape
from mmbook.ch08.tail_improvement import LimitEffect, effect_of, expected_shortfall, run_days

from mmlab.desk import PnLLimiter, PositionLimiter
from mmlab.teach.exercises import EXERCISES


@pytest.mark.parametrize(("most", "seed"), [(7, UNSEEN_SEED), (8, UNSEEN_SEED), (8, READERS_SEED)])
def test_the_hint_on_the_budget_is_true_of_both_seasons(most: int, seed: int) -> None:
    pnl = a_season((PositionLimiter(max_position=most, min_position=-most),), seed)
    lost, error = expected_shortfall(pnl)
    assert (lost < BUDGET) == ((most, seed) != (8, UNSEEN_SEED))
    assert (pnl.mean() > PASSES) == (seed == READERS_SEED)
    if seed == READERS_SEED:
        hint = EXERCISES["loss-budget"].hints[1]
        assert f"the shortfall here is {lost:.1f}, with an error of {error:.1f}" in hint


def test_a_halt_at_6_costs_5_and_takes_7_from_the_tail_where_20_takes_10() -> None:
    explorer = VolatilityLimitExplorer()
    effects = []
    for preset in ("halts early", "a burst"):
        explorer.choose(preset)
        effects.append(explorer.answer(explorer.values).effect)
    early, late = effects
    assert round(early.price) == 5
    assert (round(early.tail_improvement), round(late.tail_improvement)) == (7, 10)


def test_the_alternative_text_has_its_minus_in_numbers_alone() -> None:
    good, none = LimitEffect(1.0, 0.1, -2.0, 0.2, 0.5), LimitEffect(0.0, 0.0, 0.0, 0.0, 0.0)
    alt = price_and_tail({"one-sided": {"all": good}, "calm": {"all": none}}, "Of").alt
    assert "one-sided: all mean −1.0, worst days −2.0" in alt
    assert not re.search(r"-\d|\w−", alt)


def test_what_fails_in_practice_has_its_numbers():
    tapes = {name: scenario_tape(2000, 8, **SCENARIOS[name]) for name in ("one-sided", "crash")}
    free = {name: run_days(chapter_desk(), tape) for name, tape in tapes.items()}
    assert abs(free["one-sided"].inventory).max() == 45
    three_venues = run_days(chapter_desk(PositionLimiter(max_position=24, min_position=-24)), tapes["one-sided"])
    assert round(effect_of(free["one-sided"].pnl, three_venues.pnl).tail_improvement) == 9
    found = []
    for paid in (2.0, 3.0):
        costs = {"on_halt": "flatten", "flatten_half_spread": paid, "flatten_impact": 0.02}
        stop = PnLLimiter(max_daily_loss=20, max_drawdown=30, widened_half_spread=1.2, **costs)
        found.append(effect_of(free["crash"].pnl, run_days(chapter_desk(stop), tapes["crash"]).pnl))
    assert [f"{found[0].tail_improvement:.1f}", f"{found[0].tail_error:.1f}"] == ["1.5", "1.7"]
    assert round(found[1].tail_improvement) == -8
