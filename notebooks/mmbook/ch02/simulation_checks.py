"""What checks the exercises of chapter 02 that run a market: by exact numbers, or beside the model on one tape."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache, partial
from numbers import Real
from typing import Any

import numpy as np

from mmlab.market import Market, Tape
from mmlab.models import AvellanedaStoikov
from mmlab.parameters import FloatArray
from mmlab.simulation import ExactMoments, exact_moments, simulate
from mmlab.teach.answers import Answer
from mmlab.teach.checks import Facts, Mistake, contest, lead, no_lead, quoted

N_DAYS, TOO_FAR = 4000, 5.0
"""How many days the loop is asked for, and how many standard errors from the exact numbers are too many."""


def simulation_loop(answer: Answer) -> Facts:
    """Mean and deviations against `exact_moments`, for two γ."""
    market = Market.avellaneda_stoikov_2008()
    furthest = 0.0
    for gamma in (0.1, 1.0):
        model = AvellanedaStoikov.for_market(market, risk_aversion=gamma)
        asked: dict[float, None] = {}  # in order, each once

        @cache
        def at_one(inventory: float, time_left: float, model: Any = model) -> tuple[float, float]:
            bid, ask = model.depths(inventory, time_left)
            return float(bid), float(ask)

        def depths(inventory: Any, time_left: Any, model: Any = model, asked: Any = asked, at_one: Any = at_one) -> Any:
            if isinstance(inventory, Real) and isinstance(time_left, Real):  # a plain loop asks again and again
                asked[float(time_left)] = None
                return at_one(inventory, time_left)
            asked.update(dict.fromkeys(np.unique(time_left).tolist()))
            return model.depths(inventory, time_left)

        def run(n_days: int, seed: int, depths: Callable[..., Any] = depths) -> tuple[FloatArray, FloatArray]:
            returned = answer(depths, n_days, seed)
            if not isinstance(returned, tuple | list) or len(returned) != 2:
                raise Mistake("two-arrays", call=answer.running)
            profit, held = returned
            return answer.numbers(profit, (n_days,), "profits"), answer.numbers(held, (n_days,), "inventories")

        first, again, other = (run(20, seed) for seed in (7, 7, 8))
        if not all(map(np.array_equal, first, again)):
            raise Mistake("not-seeded", name=answer.name)
        if np.array_equal(first[0], other[0]):
            raise Mistake("seed-unused", name=answer.name)
        _check_times([*asked])
        furthest = max(furthest, _check_moments(gamma, model, market, *run(N_DAYS, 2008)))
    return {"furthest": furthest}


def _check_times(asked: list[float]) -> None:
    """The time left must run through 1, 0.995, … 0.005."""
    times = sorted(set(np.round(asked, 9).tolist()), reverse=True)
    if not times:
        raise Mistake("never-asked")
    if asked[0] == 0.0 and len(times) > 1:
        raise Mistake("time-passed")
    if len(times) != 200:
        raise Mistake("other-steps", n_times=len(times))
    if not np.allclose(times, 1 - np.arange(200) / 200, atol=1e-6):
        raise Mistake("other-times", first_time=times[0], last_time=times[-1])


def _check_moments(
    gamma: float, model: AvellanedaStoikov, market: Market, profit: FloatArray, held: FloatArray
) -> float:
    """How far the sample is from the exact numbers [standard errors]; a Mistake beyond `TOO_FAR`."""
    exact = exact_moments(model, market)
    facts: dict[str, Any] = {"gamma": gamma, "mean": profit.mean(), "sd": profit.std(), "inventory_sd": held.std()}
    facts |= {"exact_mean": exact.mean, "exact_sd": exact.sd, "exact_inventory_sd": exact.inventory_sd}
    if profit.std() > 20 * held.std() > 0:  # clips at a price near 100: no move of the mid costs so much
        raise Mistake("not-marked", **facts)
    if held.std() > 1.5 * exact.inventory_sd:
        raise Mistake("runs-away", **facts)
    if held.std() < 0.5 * exact.inventory_sd:
        raise Mistake("too-alike", **facts)
    distances = _distances(profit, held, exact)
    text, apart = max(distances.items(), key=lambda item: abs(item[1]))
    if abs(apart) <= TOO_FAR:
        return abs(apart)
    step = math.sqrt(1 / 200)
    others = {
        "raindrops": replace(market, fill_rule="exponential"),
        "moves-too-little": replace(market, volatility=market.volatility * step),
        "moves-too-much": replace(market, volatility=market.volatility / step),
    }
    for mistake, other in others.items():
        if max(map(abs, _distances(profit, held, exact_moments(model, other)).values())) <= TOO_FAR:
            raise Mistake(mistake, **facts)
    raise Mistake(text, apart=apart, **facts)


def _distances(profit: FloatArray, held: FloatArray, exact: ExactMoments) -> dict[str, float]:
    """Sample minus exact, in the sample's standard errors; a deviation's needs the fourth moment."""

    def of_deviation(sample: FloatArray, sd: float) -> float:
        squares = (sample - sample.mean()) ** 2
        error = squares.std() / (2 * sample.std() * math.sqrt(len(sample)))
        return float((sample.std() - sd) / error)

    return {
        "mean-off": float((profit.mean() - exact.mean) / (profit.std() / math.sqrt(len(profit)))),
        "deviation-off": of_deviation(profit, exact.sd),
        "inventory-off": of_deviation(held, exact.inventory_sd),
    }


SCORE_RISK_AVERSION = 0.1


@lru_cache(maxsize=1)
def the_tape() -> tuple[Tape, FloatArray]:
    """The tape that open answers are scored on, and the model's profits on it."""
    market = Market.avellaneda_stoikov_2008()
    tape = market.tape(n_paths=2000, n_steps=200, seed=20080301)
    return tape, simulate(AvellanedaStoikov.for_market(market, risk_aversion=SCORE_RISK_AVERSION), tape).pnl


def score(pnl: FloatArray) -> float:
    """Mean − (γ/2) · variance at γ = 0.1 [price · clip]."""
    return float(pnl.mean() - SCORE_RISK_AVERSION / 2 * pnl.var())


def _scores(answer: Answer) -> Facts:
    """What the answer scores and what the model does, on one tape [price · clip]."""
    tape, model = the_tape()
    pnl = simulate(partial(quoted, answer), tape).pnl
    # What each day adds to the difference of scores: same tape, so most of the noise is in both and cancels.
    mine, its = (p - SCORE_RISK_AVERSION / 2 * (p - p.mean()) ** 2 for p in (pnl, model))
    facts = {"score": score(pnl), "mean": pnl.mean(), "sd": pnl.std()}
    facts |= {"model_score": score(model), "model_mean": model.mean(), "model_sd": model.std()}
    return facts | lead(score(pnl) - score(model), float((mine - its).std()) / math.sqrt(len(pnl)))


beat_the_model = contest(_scores, no_lead, dict)
