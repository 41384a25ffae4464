"""Many policies at once are `exact_moments` of each."""

from __future__ import annotations

import numpy as np
from mmbook.ch06.side_by_side import frontiers, rows
from mmbook.ch06.wrong_beliefs import TRUE, TRUTH, believer

from mmlab import Exponential, GueantLehalleFernandezTapia, Market

MARKET = Market.avellaneda_stoikov_2008()
ROUGH = Market.avellaneda_stoikov_2008(
    volatility=3, intensity=(Exponential(arrival_rate=90, fill_decay=1), Exponential(arrival_rate=60, fill_decay=2))
)


def test_the_curves_pass_through_the_dots() -> None:
    curves = frontiers(MARKET)
    for gamma in (0.02, 0.1, 0.6):
        for name, row in rows(MARKET, gamma).items():
            sd, mean = curves[name]
            points, between = np.arange(len(sd)), np.linspace(0, len(sd) - 1, 2_000)
            off = np.hypot(np.interp(between, points, sd) - row.sd, np.interp(between, points, mean) - row.mean)
            assert off.min() < 0.1, name


def test_the_truth_that_beliefs_are_held_against_is_the_markets() -> None:
    known = TRUE.parameters()
    assert {name: known[name] for name in TRUTH} == TRUTH
    assert believer(0.1) == GueantLehalleFernandezTapia.for_market(
        TRUE, risk_aversion=0.1, max_inventory=20, solution="closed form"
    )
