"""mbt_gym's Avellaneda–Stoikov agent and mmlab on one problem, in the peers' environment; prints rows as JSON."""

from __future__ import annotations

import json
import warnings
from dataclasses import asdict
from functools import partial
from typing import Any

import numpy as np

warnings.simplefilter("ignore")

from mbt_gym.agents.BaselineAgents import AvellanedaStoikovAgent  # noqa: E402
from mbt_gym.gym.helpers.generate_trajectory import generate_trajectory  # noqa: E402
from mbt_gym.gym.TradingEnvironment import TradingEnvironment  # noqa: E402
from mbt_gym.stochastic_processes.arrival_models import PoissonArrivalModel  # noqa: E402
from mbt_gym.stochastic_processes.fill_probability_models import ExponentialFillFunction  # noqa: E402
from mbt_gym.stochastic_processes.midprice_models import BrownianMotionMidpriceModel  # noqa: E402

from mmlab import AvellanedaStoikov, Market, exact_moments, monte_carlo, simulate  # noqa: E402
from tests.benchmarks.publish import Row, in_turn, off  # noqa: E402

SIZES, STEPS = {10_000: 7, 100_000: 3}, 200
"""Paths, and how often each is run; `monte_carlo` by itself takes the larger number."""
STEP = 1.0 / STEPS


def environment(seed: int, n_paths: int) -> Any:
    """Its market with chapter 02's numbers; of a revision with dynamics of their own, or of one without."""
    shared = {"step_size": STEP, "num_trajectories": n_paths}
    parts = {
        "midprice_model": BrownianMotionMidpriceModel(volatility=2.0, initial_price=100, seed=seed, **shared),
        "arrival_model": PoissonArrivalModel(np.array([140.0, 140.0]), seed=seed + 1, **shared),
        "fill_probability_model": ExponentialFillFunction(1.5, seed=seed + 2, **shared),
        "num_trajectories": n_paths,
    }
    try:
        from mbt_gym.gym.ModelDynamics import LimitOrderModelDynamics
    except ImportError:
        return TradingEnvironment(n_steps=STEPS, seed=seed + 3, **parts)
    dynamics = LimitOrderModelDynamics(seed=seed + 3, **parts)
    plain = {"normalise_action_space": False, "normalise_observation_space": False}
    return TradingEnvironment(n_steps=STEPS, model_dynamics=dynamics, num_trajectories=n_paths, **plain)


def theirs(n_paths: int) -> Any:
    """Profits [price · clip] of its agent's trajectories."""
    there = environment(1, n_paths)
    observed, _, _ = generate_trajectory(there, AvellanedaStoikovAgent(risk_aversion=0.1, env=there))
    return observed[:, 0, -1] + observed[:, 1, -1] * observed[:, 3, -1]


def main() -> None:
    """Print the rows."""
    market = Market.avellaneda_stoikov_2008(mid_move="normal")
    model = AvellanedaStoikov.for_market(market, risk_aversion=0.1)

    exact = exact_moments(model, market, n_steps=STEPS)

    def kept(n_paths: int) -> Any:
        history = simulate(model, market.tape(n_paths, STEPS, seed=1))
        return history.cash[-1] + history.inventory[-1] * history.mid[-1]

    rows, unit = [], "million path-steps per CPU s"
    for n_paths, rounds in SIZES.items():
        (sample, whole, peer), gave = in_turn(
            partial(lambda n: monte_carlo(model, market, n, STEPS, seed=1).pnl, n_paths),
            partial(kept, n_paths),
            partial(theirs, n_paths),
            rounds=rounds,
        )
        n, size, name = n_paths * STEPS / 1e6, f"{n_paths:,} paths", "mbt_gym's generate_trajectory, which keeps all"
        held = [f"{off(profits, exact)}; mbt_gym: {off(gave[2], exact)}" for profits in gave[:2]]
        rows += [
            Row(f"monte_carlo, {size}", unit, n / sample, name, n / peer, held[0]),
            Row(f"a tape and simulate, all kept, {size}", unit, n / whole, name, n / peer, held[1]),
        ]
    print(json.dumps([asdict(row) for row in rows]))


if __name__ == "__main__":
    main()
