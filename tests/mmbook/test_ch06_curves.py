"""Chapter 06's curves pass through what `exact_moments` gives, and its beliefs are held against its market."""

from __future__ import annotations

import numpy as np
from mmbook.ch06.scenes import TRUE, TRUTH, all_models, believer, frontiers

from mmlab import GueantLehalleFernandezTapia, Market, exact_moments

MARKET = Market.avellaneda_stoikov_2008()


def test_the_curves_pass_through_the_dots() -> None:
    curves = frontiers(MARKET)
    for gamma in (0.02, 0.1, 0.6):
        for name, model in all_models(MARKET, gamma).items():
            (sd, mean), day = curves[name], exact_moments(model, MARKET)
            points, between = np.arange(len(sd)), np.linspace(0, len(sd) - 1, 2_000)
            off = np.hypot(np.interp(between, points, sd) - day.sd, np.interp(between, points, mean) - day.mean)
            assert off.min() < 0.1, name


def test_the_truth_that_beliefs_are_held_against_is_the_markets() -> None:
    known = TRUE.parameters()
    assert {name: known[name] for name in TRUTH} == TRUTH
    assert believer(0.1) == GueantLehalleFernandezTapia.for_market(
        TRUE, risk_aversion=0.1, max_inventory=20, solution="closed form"
    )
