"""How chapter 02 judges an answer that runs a market: against exact numbers, or against the model on one tape."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from mmlab.market import Market, Tape
from mmlab.models import AvellanedaStoikov
from mmlab.parameters import FloatArray
from mmlab.quotes import Quotes
from mmlab.simulation import ExactMoments, exact_moments, simulate
from mmlab.teach.answers import Answer, NotYet

N_DAYS, TOO_FAR = 4000, 5.0
"""How many days the loop is asked for, and how many standard errors from the exact numbers are too many."""


def simulation_loop(answer: Answer) -> str:
    """Mean and deviations against `exact_moments`, for two γ."""
    market = Market.avellaneda_stoikov_2008()
    furthest = 0.0
    for gamma in (0.1, 1.0):
        model = AvellanedaStoikov.for_market(market, risk_aversion=gamma)
        seen: list[float] = []

        def depths(inventory: ArrayLike, time_left: ArrayLike, model: Any = model, seen: Any = seen) -> Any:
            seen.extend(np.unique(time_left).tolist())
            return model.depths(inventory, time_left)

        def run(n_days: int, seed: int, depths: Callable[..., Any] = depths) -> tuple[FloatArray, FloatArray]:
            returned = answer(depths, n_days, seed)
            if not isinstance(returned, tuple | list) or len(returned) != 2:
                raise NotYet(f"{answer.running} must return two arrays, profits and final inventories.")
            profit, held = returned
            return answer.numbers(profit, (n_days,), "profits"), answer.numbers(held, (n_days,), "inventories")

        first, again, other = (run(20, seed) for seed in (7, 7, 8))
        if not all(map(np.array_equal, first, again)):
            raise NotYet(
                f"`{answer.name}` gives other days when it is called again with the same seed. "
                "Draw everything from one `np.random.default_rng(seed)`."
            )
        if np.array_equal(first[0], other[0]):
            raise NotYet(f"`{answer.name}` gives the same days with seed=7 and seed=8: the seed is not used.")
        _check_times(seen)
        profit, held = run(N_DAYS, 2008)
        furthest = max(furthest, _check_moments(gamma, model, market, profit, held))
    return f"mean and deviations are the exact ones at both γ, to within {furthest:.1f} standard errors."


def _check_times(seen: list[float]) -> None:
    """The time left must run through 1, 0.995, … 0.005."""
    times = sorted(set(np.round(seen, 9).tolist()), reverse=True)
    if not times:
        raise NotYet("`depths` is never called. The quotes of each step are `depths(q, time_left)`.")
    if seen[0] == 0.0 and len(times) > 1:
        raise NotYet("`depths` is called first with 0: it wants the time that is left, not the time that has passed.")
    if len(times) != 200:
        raise NotYet(f"`depths` is asked at {len(times)} different times; a day has 200 steps.")
    if not np.allclose(times, 1 - np.arange(200) / 200, atol=1e-6):
        raise NotYet(
            f"the time left runs from {times[0]:g} to {times[-1]:g}; at the start of each step it runs from 1 to 0.005."
        )


def _check_moments(
    gamma: float, model: AvellanedaStoikov, market: Market, profit: FloatArray, held: FloatArray
) -> float:
    """How far the sample is from the exact numbers [standard errors]; NotYet beyond `TOO_FAR`."""
    exact = exact_moments(model, market)
    at = f"at γ = {gamma:g}"
    if profit.std() > 20 * held.std() > 0:  # clips at a price near 100: no move of the mid costs so much
        raise NotYet(
            f"the profit's deviation {at} is {profit.std():.0f}; exactly it is {exact.sd:.2f}. Are the clips that are "
            "left at the end counted, at the last mid (`cash + q * mid`)?"
        )
    if held.std() > 1.5 * exact.inventory_sd:
        raise NotYet(
            f"the final inventory's deviation {at} is {held.std():.1f} clips; exactly it is {exact.inventory_sd:.2f}. "
            "Does a buy add a clip and a sale take one away, and are the two depths in the order bid, ask?"
        )
    if held.std() < 0.5 * exact.inventory_sd:
        raise NotYet(
            f"the final inventory's deviation {at} is {held.std():.2f} clips; exactly it is {exact.inventory_sd:.2f}. "
            "Does each day, and each side, draw random numbers of its own?"
        )
    distances = _distances(profit, held, exact)
    if max(map(abs, distances.values())) <= TOO_FAR:
        return max(map(abs, distances.values()))
    step = math.sqrt(1 / 200)
    others = {
        "1 − e^(−λΔt) as the probability of a fill. The paper's rule is min(1, λΔt)": replace(
            market, fill_rule="exponential"
        ),
        "a mid that moves by σΔt in a step. A random walk moves by σ√Δt": replace(
            market, volatility=market.volatility * step
        ),
        "a mid that moves by σ in each step. In a step of Δt it moves by σ√Δt": replace(
            market, volatility=market.volatility / step
        ),
    }
    for mistake, other in others.items():
        if max(map(abs, _distances(profit, held, exact_moments(model, other)).values())) <= TOO_FAR:
            raise NotYet(
                f"the numbers {at} are those of {mistake}. Your mean is {profit.mean():.2f}, exactly {exact.mean:.2f}; "
                f"your deviation {profit.std():.2f}, exactly {exact.sd:.2f}."
            )
    name, distance = max(distances.items(), key=lambda item: abs(item[1]))
    raise NotYet(
        f"{name} {at} is {abs(distance):.0f} standard errors too {'high' if distance > 0 else 'low'}. Yours: mean "
        f"{profit.mean():.2f} ± {profit.std():.2f}, inventory ± {held.std():.2f}; exactly: {exact.mean:.2f} ± "
        f"{exact.sd:.2f}, ± {exact.inventory_sd:.2f}. `hint('simulation-loop')` has the order of things in a step."
    )


def _distances(profit: FloatArray, held: FloatArray, exact: ExactMoments) -> dict[str, float]:
    """Sample minus exact, in the sample's standard errors; a deviation's needs the fourth moment."""

    def of_deviation(sample: FloatArray, sd: float) -> float:
        squares = (sample - sample.mean()) ** 2
        error = squares.std() / (2 * sample.std() * math.sqrt(len(sample)))
        return float((sample.std() - sd) / error)

    return {
        "the mean profit": float((profit.mean() - exact.mean) / (profit.std() / math.sqrt(len(profit)))),
        "the profit's deviation": of_deviation(profit, exact.sd),
        "the final inventory's deviation": of_deviation(held, exact.inventory_sd),
    }


SCORE_RISK_AVERSION = 0.1


@lru_cache(maxsize=1)
def contest() -> tuple[Tape, FloatArray]:
    """The tape that open answers are scored on, and the model's profits on it."""
    market = Market.avellaneda_stoikov_2008()
    tape = market.tape(n_paths=2000, n_steps=200, seed=20080301)
    return tape, simulate(AvellanedaStoikov.for_market(market, risk_aversion=SCORE_RISK_AVERSION), tape).pnl


def score(pnl: FloatArray) -> float:
    """Mean − (γ/2) · variance at γ = 0.1 [price · clip]."""
    return float(pnl.mean() - SCORE_RISK_AVERSION / 2 * pnl.var())


def beat_the_model(answer: Answer) -> str:
    """A higher score than the model's on the same tape, by more than chance explains."""
    tape, model = contest()

    def strategy(mid_price: FloatArray, inventory: FloatArray, time_left: float) -> Quotes:
        quotes = answer(mid_price, inventory, time_left)
        if not isinstance(quotes, Quotes):
            returned = type(quotes).__name__
            raise NotYet(f"{answer.running} returned {returned}; return `Quotes.at(bid_price, ask_price)`.")
        return quotes

    pnl = simulate(strategy, tape).pnl
    said = (
        f"you score {score(pnl):.2f} (mean {pnl.mean():.2f}, deviation {pnl.std():.2f}), the model {score(model):.2f} "
        f"(mean {model.mean():.2f}, deviation {model.std():.2f}); the score is mean − 0.05 · variance"
    )
    # What each day adds to the difference of scores: same tape, so most of the noise is in both and cancels.
    mine, its = (p - SCORE_RISK_AVERSION / 2 * (p - p.mean()) ** 2 for p in (pnl, model))
    ahead, error = score(pnl) - score(model), float((mine - its).std()) / math.sqrt(tape.n_paths)
    if ahead <= 0:
        raise NotYet(f"{said}.")
    if ahead <= 2 * error:
        raise NotYet(f"{said}. You are ahead by {ahead:.2f}, within the noise of {2 * error:.2f} on 2,000 days.")
    return f"{said}. You are ahead by {ahead:.2f}, which is {ahead / error:.0f} standard errors."
