"""Chapter 08: its answers, its checks, its explorers, and what its prose claims."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from mmbook import printed
from mmbook.ch08 import PnLLimitExplorer, PositionLimitExplorer, VolatilityLimitExplorer, tail_improvement
from mmbook.ch08.checks import BUDGET, CHECKS, UNSEEN_SEED
from mmbook.ch08.printed_limits import PrintedPnL, PrintedPosition, PrintedVolatility
from mmbook.ch08.reveals import crash_days, furthest
from mmbook.ch08.scenarios import (
    READERS_SEED,
    SCENARIOS,
    a_season,
    chapter_desk,
    chapter_market,
    scenario,
    scenario_tape,
    season,
)
from mmbook.ch08.tail_improvement import changes_a_day, effect_of, expected_shortfall, run_days, some_days, time_in

from mmlab import Desk, Market, ParameterError, Symmetric, Venue, simulate
from mmlab.desk import Mode, PnLLimiter, PositionLimiter, VolatilityLimiter
from mmlab.teach import check
from mmlab.teach.exercises import EXERCISES
from tests.mmbook.checking import answers_with_numbers, right_answers, usual_mistakes

LOSS = {"max_daily_loss": 20, "max_drawdown": 30, "widened_half_spread": 1.2}
FLATTEN = LOSS | {"on_halt": "flatten", "flatten_half_spread": 0.75, "flatten_impact": 0.02}
WARY = VolatilityLimiter(soft_volatility=3, max_volatility=20, soft_half_spread=0.75, window=0.02)
QUICK = VolatilityLimiter(soft_volatility=5, max_volatility=30, soft_half_spread=1.2, window=0.01)


def within(most):
    return PositionLimiter(max_position=most, min_position=-most)


def run(tape, *limits):
    return simulate(chapter_desk(*limits), tape)


@pytest.fixture(scope="module")
def tapes():
    calm = chapter_market().tape(1000, 200, seed=8)
    return {name: scenario(calm, **how) for name, how in SCENARIOS.items()}


def state_of(explorer, preset, **values):
    explorer.choose(preset)
    explorer.set(**values)
    return explorer.answer(explorer.values)


@pytest.mark.parametrize(
    ("kind", "preset", "limiter", "how"),
    [
        (PositionLimitExplorer, "one-sided flow", within(8), SCENARIOS["one-sided"]),
        (PnLLimitExplorer, "a crash, flatten", PnLLimiter(**FLATTEN), SCENARIOS["crash"]),
        (PnLLimitExplorer, "a crash, hold", PnLLimiter(**LOSS), SCENARIOS["crash"]),
        (PnLLimitExplorer, "the mid sinks", PnLLimiter(**FLATTEN), SCENARIOS["one-sided"]),
        (VolatilityLimitExplorer, "a burst", WARY, SCENARIOS["burst"]),
    ],
)
def test_an_explorers_days_are_those_of_the_chapters_desk_and_scenario(kind, preset, limiter, how):
    state, tape = state_of(kind(), preset), scenario_tape(500, 8, **how)
    free, limited = run(tape), run(tape, limiter)
    for name in ("pnl", "inventory"):
        np.testing.assert_array_equal(getattr(state.free, name), getattr(free, name))
    for name in ("pnl", "inventory", "mode", "reason"):
        np.testing.assert_array_equal(getattr(state.limited, name), getattr(limited, name))
    if kind is PnLLimitExplorer:
        curves, _ = kind().measured(state, 7)
        np.testing.assert_array_equal([*curves.values()], [free.wealth[:-1, 7], limited.wealth[:-1, 7]])


def test_the_volatility_explorer_draws_the_estimates_on_which_its_limit_acts():
    state = state_of(VolatilityLimitExplorer(), "σ at the limit, no hysteresis", burst=4, max_volatility=6)
    np.testing.assert_array_equal(state.modes, state.limited.mode)
    acts = state.limited.mode > 0
    value = run(state.tape, state.limits).value
    np.testing.assert_allclose(state.sigma[acts], value[acts], rtol=1e-6)
    tape, keeps, variance = state.tape, np.exp(-0.005 / state.window), 4.0  # eq. (4), from σ = 2
    for n, moved in enumerate(np.diff(tape.mid[:, 0])[:-1], 1):
        variance = keeps * variance + (1 - keeps) * moved**2 / 0.005
        assert state.sigma[n, 0] == pytest.approx(np.sqrt(variance))


@pytest.mark.parametrize("most", [0, 1, 8, 30])
def test_no_fill_breaks_the_position_limit(most):
    state = state_of(PositionLimitExplorer(), "one-sided flow", limit=most)
    assert np.abs(state.limited.inventory).max() <= most


def test_a_limit_of_nothing_acts_on_every_day():
    explorer = PositionLimitExplorer()
    explorer.set(limit=0)
    assert [panel.words for panel in explorer.panels][2:] == [
        "Changes of mode that day: 0",
        "The limit acts on 100% of the days",
    ]


def test_a_scenarios_tape_is_the_calm_one_edited():
    calm = chapter_market().tape(20_000, 200, seed=2)
    burst, sold, crash = (scenario(calm, **how) for how in ({"burst": 4}, {"sellers": 2, "sink": 6}, {"crash": 8}))
    np.testing.assert_allclose(np.diff(burst.mid, axis=0)[80:120], 4 * np.diff(calm.mid, axis=0)[80:120])
    np.testing.assert_allclose(
        (sold.mid - calm.mid)[[100, 150, 200]], np.array([[0.0], [-3], [-6]]) + 0 * calm.mid[0], atol=1e-8
    )
    np.testing.assert_allclose(
        (crash.mid - calm.mid)[[100, 103, 106, 200]], np.array([[0.0], [-4], [-8], [-8]]) + 0 * calm.mid[0]
    )
    for before, after, factor in ((calm.sell_reach, sold.sell_reach, 2), (calm.buy_reach, sold.buy_reach, 0.5)):
        np.testing.assert_array_equal(before[:100], after[:100])
        assert (after[100:] >= 1.0).mean() / (before[100:] >= 1.0).mean() == pytest.approx(factor, rel=0.01)
    with pytest.raises(ParameterError, match="sellers must be a finite number above 0"):
        scenario(calm, sellers=0)


def test_the_standard_error_of_a_shortfall_is_its_deviation_over_samples():
    rng = np.random.default_rng(3)
    samples = [expected_shortfall(rng.standard_normal(2000)) for _ in range(400)]
    found, errors = np.array(samples).T
    assert found.mean() == pytest.approx(2.0627, abs=4 * errors[0] / 20)  # φ(z)/α at 5%
    assert errors.mean() == pytest.approx(found.std(), rel=0.15)


def test_a_shortfall_of_too_few_days_is_refused():
    with pytest.raises(ParameterError, match=r"of 5 days the worst 0.05 are none"):
        expected_shortfall(np.arange(5.0))


def shortfall(pnl, level):
    return -np.sort(pnl)[: round(level * len(pnl))].mean()


def room(q, bid, ask):
    return max(10 - q - bid, 0), max(q + 10 - ask, 0)


def drawdown(equity):
    return (np.maximum.accumulate(equity) - equity).max()


def widened(sigma, enter, leave):
    wide, steps = False, []
    for s in sigma:
        wide = bool(s >= (leave if wide else enter))
        steps.append(wide)
    return steps


RIGHT = [
    ("expected-shortfall", shortfall),
    ("room", room),
    ("room", lambda q, b, a: np.maximum([10 - q - b, q + 10 - a], 0)),
    ("largest-drawdown", drawdown),
    ("hysteresis", widened),
    ("furthest-position", lambda limit, size, n: limit - 1 + n * size),
    ("false-alarms", lambda q, s, loss: NormalDist(0, abs(q) * s).cdf(-loss)),
    ("halt-outlasts", lambda b, f, s, w: w * np.log((4 * b**2 - s**2) / (f**2 * b**2 - s**2))),
    ("loss-budget", (within(8), QUICK)),
    ("loss-budget", [within(7), QUICK]),
]
WRONG = [
    ("furthest-position", lambda limit, size, n: limit, "What was sent before"),
    ("furthest-position", lambda limit, size, n: limit + n * size, "at the limit it sends no more"),
    ("furthest-position", lambda limit, size, n: limit - 1 + size, "a single bid"),
    ("furthest-position", lambda limit, size, n: n * size, "from flat"),
    ("furthest-position", lambda limit, size, n: limit - 1, "They have not filled yet"),
    ("furthest-position", lambda limit, size, n: 7.0, "it must be"),
    ("false-alarms", lambda q, s, loss: 2 * NormalDist(0, abs(q) * s).cdf(-loss), "share of all days that are stopped"),
    ("false-alarms", lambda q, s, loss: 0.5, "Asked is the share of the days"),
    ("false-alarms", lambda q, s, loss: NormalDist(0, abs(q) * s).cdf(loss), "end above the loss"),
    ("false-alarms", lambda q, s, loss: NormalDist(0, s).cdf(-loss), "the clips are missing"),
    ("false-alarms", lambda q, s, loss: NormalDist().cdf(-loss / (q * s)), "a short position"),
    ("false-alarms", lambda q, s, loss: NormalDist().cdf(-loss / (q * s) ** 2), "divided by a variance"),
    ("false-alarms", lambda q, s, loss: 0.1, "it must be"),
    ("halt-outlasts", lambda b, f, s, w: w * np.log((4 * b * b - s * s) / (b * b - s * s)), "back at the bound"),
    ("halt-outlasts", lambda b, f, s, w: w * np.log((b * b - s * s) / (f**2 * b * b - s * s)), "twice the bound"),
    ("halt-outlasts", lambda b, f, s, w: w * np.log((2 * b - s) / (f * b - s)), "squares that are averaged"),
    ("halt-outlasts", lambda b, f, s, w: w * np.log((2 * b * b - s * s) / (f**2 * b * b - s * s)), "four times"),
    ("halt-outlasts", lambda b, f, s, w: w * np.log(4 / f**2), "towards σ, and not to 0"),
    ("halt-outlasts", lambda b, f, s, w: w * np.log2((4 * b**2 - s**2) / (f**2 * b**2 - s**2)), "not a half-life"),
    ("halt-outlasts", lambda b, f, s, w: -w * np.log((4 * b**2 - s**2) / (f**2 * b**2 - s**2)), "before the burst"),
    ("halt-outlasts", lambda b, f, s, w: w, "it must be"),
    ("expected-shortfall", lambda p, a: -shortfall(p, a), "sign of a profit"),
    ("expected-shortfall", lambda p, a: -np.sort(p)[round(a * len(p)) - 1], "value at risk"),
    ("expected-shortfall", lambda p, a: -np.quantile(p, a), "the quantile"),
    ("expected-shortfall", lambda p, a: -p.min(), "worst day alone"),
    ("expected-shortfall", lambda p, a: -p.mean(), "the worst 10 days average to"),
    ("room", lambda q, b, a: (10 - q - b, q + 10 - a), "never negative"),
    ("room", lambda q, b, a: (max(10 - q, 0), max(q + 10, 0)), "as if nothing rested"),
    ("room", lambda q, b, a: room(q, b, a)[::-1], "the bid comes first"),
    ("room", lambda q, b, a: room(q, b, a) if abs(q) <= 10 else (0, 0), "must be able to sell"),
    ("room", lambda q, b, a: room(q, b - a, a - b), "lets both sides fill"),
    ("room", lambda q, b, a: room(q, a, b), "what rests on the bid takes the room of the bid"),
    ("room", lambda q, b, a: 3, "must have shape"),
    ("largest-drawdown", lambda e: -e.min(), "lowest level"),
    ("largest-drawdown", np.ptp, "the low may come before the peak"),
    ("largest-drawdown", lambda e: e.max() - e[-1], "at the end"),
    ("largest-drawdown", lambda e: -drawdown(e), "turned in sign"),
    ("largest-drawdown", lambda e: 7.0, "the largest drawdown is"),
    ("hysteresis", lambda s, enter, leave: s >= enter, "no memory"),
    ("hysteresis", lambda s, enter, leave: s >= leave, "widens from 1.6 on"),
    ("hysteresis", lambda s, enter, leave: s > 9, "never widens: at σ = 2 after 1 yours says False"),
    ("hysteresis", lambda s, enter, leave: s < 9, "at σ = 1 at the start yours says True; it is False"),
    ("hysteresis", lambda s, enter, leave: widened(s, enter, leave + 1e-9), "at σ = 1.6 after 2.5 yours says False"),
    ("hysteresis", lambda s, enter, leave: s == enter, "at σ = 1.8 after 2 yours says False; it is True"),
    ("loss-budget", within(20), "over the budget"),
    ("loss-budget", within(3), "within the budget of 5. But"),
    ("loss-budget", 3, "a limit must have start(view) and step(state, view)"),
]


test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        ("tighter-limit", "2,000 calm days.*±1: 29.9; ±2: 35.3; ±3: 36.3.*±12: 31.8.*falls from 54.3 to 40.2"),
        ("stop-loss-mean", "41.2 without a stop and 36.3 with it: −4.9 ± 0.3"),
        ("halt-and-hold", "no limit −37.5; halt and hold −57.3; halt and flatten −25.0"),
        ("counting-the-position", "In 300 days this desk gets to 14 clips.*gets to 10"),
    ]
)


@pytest.mark.parametrize("id", CHECKS)
def test_an_unfilled_answer_is_not_attempted(id):
    def empty(*arguments): ...

    answers = (..., None, empty) if EXERCISES[id].takes else (..., None)
    assert {check(id, answer).status for answer in answers} == {"not attempted"}


def test_tighter_is_better_and_then_worse_in_the_tail():
    tape = scenario_tape(4000, 8)
    assert effect_of(*(run(tape, within(q)).pnl for q in (8, 3))).tail_improvement > 0
    between = effect_of(*(run(tape, within(q)).pnl for q in (3, 1)))
    assert between.tail_improvement < -4 * between.tail_error
    assert between.price > 4 * between.price_error


def test_after_a_crash_a_stop_costs_the_mean_and_one_that_holds_costs_the_tail_too():
    days = crash_days()
    hold, flatten = (effect_of(days["no limit"], days[f"halt and {what}"]) for what in ("hold", "flatten"))
    assert min(hold.price / hold.price_error, flatten.price / flatten.price_error) > 10
    assert hold.tail_improvement < -10 * hold.tail_error
    assert flatten.tail_improvement > 5 * flatten.tail_error


def test_a_limit_that_does_nothing_in_one_scenario_saves_the_other(tapes):
    free = {name: run(tape).pnl for name, tape in tapes.items()}

    def effect(*limits):
        return {name: effect_of(free[name], run(tape, *limits).pnl) for name, tape in tapes.items()}

    position, loss, sigma = effect(within(8)), effect(PnLLimiter(**FLATTEN)), effect(WARY)
    assert loss["burst"].tail_improvement < 0 < 50 < loss["one-sided"].tail_improvement
    assert loss["one-sided"].price < 0 < loss["crash"].price
    assert sigma["one-sided"].tail_improvement < 3 < sigma["burst"].tail_improvement
    assert sigma["crash"].price < -10 * sigma["crash"].price_error
    assert abs(sigma["calm"].price) < 0.1
    assert all(w.tail_improvement > 0 for w in position.values())
    assert effect(within(8), PnLLimiter(**FLATTEN), WARY)["burst"].tail_improvement < position["burst"].tail_improvement


def test_a_flat_desk_that_may_only_reduce_stays_so(tapes):
    history = run(tapes["crash"], PnLLimiter(**FLATTEN))
    stuck = ((history.mode == Mode.REDUCE_ONLY) & (history.inventory[:-1] == 0)).any(axis=0)
    assert stuck.sum() > 10
    assert (history.mode[-1, stuck] >= Mode.REDUCE_ONLY).all()


def test_counting_the_position_alone_goes_to_14():
    assert (furthest(counts_all=False), furthest(counts_all=True)) == (14, 10)


def test_hysteresis_takes_two_thirds_of_the_changes_away(tapes):
    near = {"soft_volatility": 2, "max_volatility": 20, "soft_half_spread": 0.75, "window": 0.02}
    plain, calm = (run(tapes["calm"], VolatilityLimiter(**near, leave_at=stay)) for stay in (1.0, 0.7))
    assert changes_a_day(calm.mode) < changes_a_day(plain.mode) / 3
    assert time_in(calm)[Mode.WIDEN] > time_in(plain)[Mode.WIDEN]


def test_the_printed_position_limit_is_a_trap_that_costs_half_of_the_profit():
    paper = Market.avellaneda_stoikov_2008()
    quoting, tape = Symmetric.for_market(paper, risk_aversion=0.1), paper.tape(1000, 200, seed=1)
    theirs = PrintedPosition(printed.PositionLimiter(max_position=3, min_position=-3))
    none, trapped, bounded = (simulate(Desk(model=quoting, limits=limits), tape) for limits in ((), theirs, within(3)))
    assert np.abs(bounded.inventory).max() == 3
    assert np.abs(trapped.inventory).max() > 50
    assert none.pnl.mean() - trapped.pnl.mean() > 25
    assert trapped.pnl.std() > 3 * none.pnl.std()
    assert effect_of(none.pnl, bounded.pnl).tail_improvement > 0


def test_the_printed_pnl_limit_widens_on_good_days(tapes):
    history = run(tapes["calm"], PrintedPnL(printed.PnLLimiter(max_daily_pnl=20, max_drawdown=30), 0.75))
    earned = (history.wealth[:-1] - history.wealth[0]) >= 20
    wide = history.mode == Mode.WIDEN
    assert wide[earned].all()
    assert wide.mean() > 0.5
    w = effect_of(run(tapes["calm"]).pnl, history.pnl)
    assert w.price > 5
    assert w.tail_improvement < 0


def test_the_printed_volatility_limit_saves_a_fraction_of_ours_in_a_stronger_burst(tapes):
    tape = scenario(tapes["calm"], burst=10)
    theirs = PrintedVolatility(printed.VolatilityLimiter(max_volatility=3), 0.75, WARY)
    base, guide, ours = run(tape).pnl, run(tape, theirs).pnl, run(tape, WARY).pnl
    assert effect_of(base, ours).tail_improvement > 2 * effect_of(base, guide).tail_improvement


def test_the_reference_keeps_the_budget_on_both_seasons_and_beats_one_limit_alone():
    assert sum(tape.n_paths for tape in season(READERS_SEED).values()) == 1990
    for seed in (READERS_SEED, UNSEEN_SEED):
        assert (
            expected_shortfall(a_season((within(8), QUICK), seed))[0]
            < BUDGET
            < expected_shortfall(a_season((), seed))[0]
        )
    assert a_season((within(8), QUICK), UNSEEN_SEED).mean() > a_season((within(7),), UNSEEN_SEED).mean()


def test_days_in_parts_are_the_days_of_one_run():
    tape = chapter_market().tape(tail_improvement._TOGETHER + 3, 50, seed=1)
    stop = PnLLimiter(max_daily_loss=5, max_drawdown=8, widened_half_spread=1.2)
    desk = Desk(model=Symmetric(half_spread=0.75), volatility=2.0, limits=(stop,), venue=Venue(latency=0.02))
    history, kept = simulate(desk, tape), run_days(desk, tape)
    for name in ("pnl", "inventory", "mode", "reason"):
        np.testing.assert_array_equal(getattr(kept, name), getattr(history, name))
    one = simulate(desk, some_days(tape, [7]))
    np.testing.assert_array_equal(one.cash[:, 0], history.cash[:, 7])
