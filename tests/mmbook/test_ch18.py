"""Chapter 18: its record made again in part, sampled slopes against the exact one, two assets, its judges and tasks."""

import json
import math

import numpy as np
import pytest
from mmbook.ch18 import LearnerExplorer
from mmbook.ch18.checks import MEDALS, UNSEEN, unseen
from mmbook.ch18.scenes import (
    ACTIONS,
    CHAIN,
    CURVES,
    DAYS,
    EPSILONS,
    MARKET,
    TwoKinds,
    best_at,
    exact_slope,
    key_of,
    line,
    paying,
)

from mmlab import AvellanedaStoikov, Market, Symmetric, exact_moments
from mmlab.learning import DecisionProcess, q_learning
from mmlab.market import Exponential
from mmlab.teach import check
from mmlab.teach.predict import QUESTIONS
from tests.mmbook import ch18_curves
from tests.mmbook.checking import answers_with_numbers, right_answers, usual_mistakes

PROCESS = DecisionProcess.of(MARKET, **CHAIN)


# ---- the record


def test_a_row_of_the_record_of_learners_is_made_again():
    name = "leans, the mid left out, 2,000 days, no clock"
    row = CURVES["learners"][name]
    again = ch18_curves.learner(name, seed=0)
    assert [row[key][0] for key in again] == pytest.approx([*again.values()], abs=2e-3)


def test_a_setting_of_the_explorer_is_made_again(monkeypatch):
    monkeypatch.setattr(ch18_curves, "DAYS", DAYS[:2])
    again, row = ch18_curves.explored(36, 0, 0, 3), CURVES["explorer"]["table"][key_of(36, 0, 0, 3)]
    for key, numbers in again.items():
        assert np.allclose(row[key][:2], numbers, atol=2e-3), key


def test_what_stands_beside_the_explorers_learners_is_exact():
    beside = CURVES["explorer"]["beside"]
    assert beside["best"] == pytest.approx([66.87490671, 57.374245, 49.218587, 42.217844], abs=1e-4)
    assert beside["dice"][0] == pytest.approx(52.70406341, abs=1e-4)
    assert ch18_curves.dice(PROCESS, ACTIONS[36]) == pytest.approx(52.70406341, abs=1e-8)


def test_the_net_on_days_begins_where_it_did(monkeypatch):
    assert CURVES["net"]["is"][0] == pytest.approx(94.74, abs=0.005)
    again = ch18_curves.net_on_days(iterations=0)
    assert again["is"][0] == CURVES["net"]["is"][0]


def test_two_assets_are_worth_what_the_reference_says_and_each_alone_the_same_at_any_correlation():
    pair = ch18_curves.TwoAssets()
    table, value = pair.solve()
    assert value == pytest.approx(125.58754649, abs=1e-8)
    assert value == pytest.approx(CURVES["two_assets"]["best"]["0.6"], abs=1e-8)
    assert table[0, 0, [6, 6, 9, 9], [6, 9, 6, 3]] == pytest.approx([0.70823, 0.84700, 1.13720, 1.00671], abs=5e-6)
    alone = ch18_curves.TwoAssets(correlation=0.0).solve()
    assert alone[1] == pytest.approx(2 * 62.50090712, abs=1e-7)
    assert pair.evaluate(alone[0]) == pytest.approx(125.00181424, abs=1e-7)


def test_the_slope_of_the_pair_is_a_difference_and_its_net_starts_and_climbs_as_recorded():
    pair, rng = ch18_curves.TwoAssets(), np.random.default_rng(1)
    table = 0.7 + 0.1 * rng.standard_normal((200, 4, 13, 13))
    slope = pair.gradient(table)
    for place in ((0, 0, 6, 6), (60, 2, 7, 5), (150, 3, 6, 7)):
        ends = []
        for sign in (1, -1):
            moved = table.copy()
            moved[place] += sign * 1e-4
            ends.append(pair.evaluate(moved))
        assert slope[place] == pytest.approx((ends[0] - ends[1]) / 2e-4, rel=1e-4, abs=1e-9)
    recorded = CURVES["two_assets"]
    assert ch18_curves.pair_curve(at=(0, 10))["is"] == pytest.approx(recorded["is"][:2], abs=1e-3)


def test_the_record_has_every_setting_and_is_small():
    assert len(CURVES["explorer"]["table"]) == len(ACTIONS) * 2 * 2 * len(EPSILONS)
    assert len(json.dumps(CURVES)) < 100_000


# ---- slopes


def test_exact_and_frozen_slopes_are_the_references():
    assert exact_slope(PROCESS, 0.8, 0.02) == pytest.approx([-16.25590133, 68.40816784], abs=1e-7)
    assert exact_slope(PROCESS, 0.8, 0.02, frozen=True) == pytest.approx([84.722, -26.975], abs=5e-4)
    assert exact_slope(PROCESS, 0.678417, 0.0470578) == pytest.approx([0, 0], abs=0.01)
    step, (a, b) = 1e-5, (0.75, 0.03)
    by_difference = [
        (PROCESS.evaluate(line(a + da, b + db)) - PROCESS.evaluate(line(a - da, b - db))) / (2 * step)
        for da, db in ((step, 0), (0, step))
    ]
    assert exact_slope(PROCESS, a, b) == pytest.approx(by_difference, rel=1e-5)


def test_every_credit_has_the_exact_slope_as_its_mean_and_less_noise_than_the_one_before():
    rows = [row for row in CURVES["slopes"] if row["score"] == "fills"]
    for row in rows:
        off = np.abs(np.array(row["mean"]) - [-16.2559, 68.4082])
        assert (off < 3 * np.array(row["error"])).all(), row["credit"]
    deviations = [row["deviation"][1] for row in rows]
    assert deviations == sorted(deviations, reverse=True)
    assert deviations == pytest.approx([3189, 1561, 509, 266, 62.6], rel=0.06)


def test_a_trembling_hand_climbs_another_hill():
    mean, sd = ch18_curves.slopes(6_000, seed=4, trembling=0.2)["… and an exact critic"]
    assert abs(mean[0] + 9.05) < 3 * np.hypot(sd[0] / np.sqrt(6_000), 0.37)  # the reference's error
    assert mean[0] > -16.2559 + 3 * sd[0] / np.sqrt(6_000)


def test_the_record_of_slopes_is_made_again():
    recorded = [row["mean"] for row in CURVES["slopes"] if row["score"] == "fills"]
    again = [mean for mean, _ in ch18_curves.slopes(10_000, seed=1).values()]
    assert np.allclose(recorded, again, atol=2e-3)


@pytest.mark.parametrize(("frozen", "rises"), [(False, True), (True, False)])
def test_the_exact_slope_climbs_and_frozen_fills_walk_down(frozen, rises):
    at, worths = np.array([0.8, 0.02]), []
    for _ in range(10):
        worths.append(PROCESS.evaluate(line(*at)))
        at = at + 5e-4 * exact_slope(PROCESS, *at, frozen)
    assert ((np.diff(worths) > 0) == rises).all()


# ---- other markets


def test_a_fill_that_costs_epsilon_is_a_thinner_flow_at_net_depths():
    best = PROCESS.solve().depths
    for epsilon, blind, most in ((0.1, 56.630778, 57.374245), (0.3, 36.142522, 42.217844), (0.5, 15.654265, 31.051505)):
        assert paying(epsilon).evaluate(best - epsilon) == pytest.approx(blind, abs=1e-6)
        assert paying(epsilon).evaluate(best_at(epsilon) - epsilon) == pytest.approx(most, abs=1e-6)


def test_a_cost_of_each_fill_is_the_days_fills_times_it_and_a_jump_of_each_order_another_market():
    """The reference (§A.4) says: every fill's order moves the mid by ε. Its numbers are of a cost of each fill."""
    best = PROCESS.solve()
    _, chance = PROCESS.fills(PROCESS.quoted(best.depths))
    fills = (PROCESS.occupancy(best.policy)[..., np.newaxis] * chance).sum()
    assert fills == pytest.approx(102.441283, abs=1e-6)
    assert paying(0.3).evaluate(best.depths - 0.3) == pytest.approx(best.value - 0.3 * fills, abs=1e-9)
    day = exact_moments(best.policy, Market.avellaneda_stoikov_2008(jump=(0.3, 0.3)), 200, 12)
    held = (day.inventory_distribution[1:] @ day.inventories**2).sum() / 200
    each_order = paying(0.3 * (1 - 0.7)).evaluate(best.depths - 0.3 * (1 - 0.7))
    assert day.mean - 0.2 * held == pytest.approx(each_order, abs=1e-6)
    assert each_order == pytest.approx(57.655191, abs=1e-6)


def test_with_money_no_recorded_learner_beats_the_solver_without_epsilon_and_some_do_without_the_mid():
    record, solver = CURVES["explorer"]["table"], CURVES["explorer"]["beside"]["solver"]
    assert solver == pytest.approx([66.874907, 56.630778, 46.386650, 36.142522], abs=1e-4)
    winners = {key for key, row in record.items() if max(row["is"]) > solver[int(key[-1])]}
    assert winners == {key_of(36, 0, 0, 2), key_of(36, 0, 0, 3)}


def test_what_two_tables_believe_is_what_they_began_with(monkeypatch):
    """A charge c more in each step, from 0, is no charge and entries that begin at c for each step left."""
    dice, cost = 52.70406341, DecisionProcess.cost.fget
    monkeypatch.setattr(DecisionProcess, "cost", property(lambda process: cost(process) + dice / 200))
    process = DecisionProcess.of(MARKET, **CHAIN)
    found = q_learning(process, ACTIONS[36], n_days=50_000, seed=0, money=True, double=True)
    assert (found.believes + dice, found.value + dice) == pytest.approx((52.48, 56.16), abs=0.005)
    assert CURVES["learners"]["pairs, money, two tables, 50,000 days"]["believes"][0] == pytest.approx(6.24, abs=0.005)


def test_frozen_fills_say_widen_where_that_is_right_too():
    for a, exact, frozen in ((0.5, 33.0854, 132.8352), (0.6, 11.6451, 114.3503)):
        assert exact_slope(PROCESS, a, 0.02)[0] == pytest.approx(exact, abs=1e-4)
        assert exact_slope(PROCESS, a, 0.02, frozen=True)[0] == pytest.approx(frozen, abs=1e-4)


def test_at_noon_the_best_pair_is_a_thousandth_better_than_the_next():
    after = PROCESS.values(PROCESS.solve().policy)[101] - PROCESS.cost
    worths = np.sort(PROCESS.step(after, *PROCESS.fills(PROCESS.actions(ACTIONS[36])))[:, 12])[::-1]
    assert worths[0] - worths[[1, 4, -1]] == pytest.approx([0.00127, 0.01314, 0.13647], abs=5e-6)


def test_an_exponential_fitted_to_two_kinds_of_orders_believes_too_much_and_loses_little():
    truth = DecisionProcess.of(Market.avellaneda_stoikov_2008(intensity=TwoKinds()), **CHAIN)
    fit = Exponential(arrival_rate=140, fill_decay=1 / (0.25 / 0.35 + 0.75 / 1.5))
    wrong = DecisionProcess.of(Market.avellaneda_stoikov_2008(intensity=fit), **CHAIN).solve()
    best = truth.solve()
    assert best.value == pytest.approx(95.18865776, abs=1e-6)
    assert best.depths[0, 9:16, 0] == pytest.approx([0.9148, 1.0061, 1.1016, 1.2017, 1.3070, 1.4179, 1.5350], abs=5e-5)
    assert (wrong.value, truth.evaluate(wrong.depths)) == pytest.approx((122.74, 95.034265), abs=5e-3)
    rates = np.array([140.0, 30.0, 1.0])
    assert TwoKinds().rate(TwoKinds().depth(rates)) == pytest.approx(rates)


# ---- questions and exercises

NUMBERS = [
    ("three-offers", "Of the 66.87 .* the intern gets 99.9%, the consultant 96.5%, and the agent 72.3%.*dice, 78.8%"),
    (
        "what-pnl-learns",
        "1/k on both sides.*68.67 a day (67.87 .*deviation of 13.7 (in place of 7.3).*63.0 with 12 clips, 29.4 with 60",
    ),
    ("too-good", "68.64. .*worth 65.01 .*of 9.4.*worth 60.16. The best there is 65.89"),
    ("frozen-fills", "by +84.7 .*truth is −16.3.*84.7 fills"),
]
test_answers_have_their_numbers = answers_with_numbers(NUMBERS)


def test_what_a_question_says_of_the_agent_is_recorded():
    vendor = CURVES["learners"]["pairs, money, 50,000 days"]
    assert f"earn {vendor['believes'][0]:.0f} a day" in QUESTIONS["three-offers"].text
    assert vendor["days"] == 50_000


def worth(p_bid, p_ask, bid, ask, below, here, above):
    d = above + below - 2 * here
    return here + p_bid * (bid + above - here) + p_ask * (ask + below - here) - p_bid * p_ask * d


def best_bid(below, here, above, p_ask, k, rate):
    return max(math.log(rate) / k, 1 / k - (above - here) + p_ask * (above + below - 2 * here))


def next_law(mu, p_bid, p_ask, never_both=False):
    law = mu * ((1 - p_bid) * (1 - p_ask) + (0 if never_both else p_bid * p_ask))
    law[1:] += (mu * p_bid * (1 - p_ask))[:-1]
    law[:-1] += (mu * p_ask * (1 - p_bid))[1:]
    return law


def arriving(mu, p_bid, p_ask):
    law = mu * (1 - p_bid - p_ask + 2 * p_bid * p_ask)
    law[1:] += mu[:-1] * (p_bid * (1 - p_ask))[1:]
    law[:-1] += mu[1:] * (p_ask * (1 - p_bid))[:-1]
    return law


def alone(mu, p_bid, p_ask):
    law = mu * (1 - p_bid - p_ask + 2 * p_bid * p_ask)
    law[1:] += (mu * p_bid)[:-1]
    law[:-1] += (mu * p_ask)[1:]
    return law


def bellman(V, phi, A, k, dt, early=False, cross=1.0, bounded=True):
    n, q = len(V), np.arange(len(V)) - len(V) // 2
    U = V - (0 if early else phi * dt * q**2)
    padded = np.concatenate([[np.nan], U, [np.nan]]) if bounded else np.concatenate([U[:1], U, U[-1:]])
    buy, sell = padded[2:] - U, padded[:n] - U
    D, p_ask, nearest = np.nan_to_num(buy + sell), 0, math.log(A * dt) / k
    for _ in range(50):
        bid = np.maximum(nearest, 1 / k - buy + cross * p_ask * D)
        p_bid = np.nan_to_num(A * dt * np.exp(-k * bid))
        ask = np.maximum(nearest, 1 / k - sell + cross * p_bid * D)
        p_ask = np.nan_to_num(A * dt * np.exp(-k * ask))
    value = U + p_bid * np.nan_to_num(bid + buy) + p_ask * np.nan_to_num(ask + sell) - cross * p_bid * p_ask * D
    return value - (phi * dt * q**2 if early else 0), bid, ask


def dampening(eta, sigma, dt):
    return eta * sigma * math.sqrt(dt) * np.array([0.5, 1 / math.sqrt(2 * math.pi)])


def riskless(A, k, T, N):
    return np.array([1, 2 * N]) * math.log(A * T / N) / k


def slope(mu, U, bid, ask, A, k, dt, cross=1.0, rising=False):
    p, p_ask = A * dt * math.exp(-k * bid), A * dt * math.exp(-k * ask)
    return mu * (p - (-k if rising else k) * p * (bid + U[2] - U[1] - cross * p_ask * (U[2] + U[0] - 2 * U[1])))


def solved(buys, sells, k_buys, k_sells):
    flows = (Exponential(arrival_rate=A, fill_decay=k) for A, k in ((buys, k_buys), (sells, k_sells)))
    return DecisionProcess.of(Market.avellaneda_stoikov_2008(intensity=tuple(flows)), **CHAIN).solve().policy


def learn(buy_reach, sell_reach):
    buys, sells = (reach[reach >= 0] for reach in (buy_reach, sell_reach))
    k = 1 / np.concatenate([buys, sells]).mean()
    return solved(len(buys) / 20, len(sells) / 20, k, k)


def pooled(buy_reach, sell_reach):
    came = np.concatenate([reach[reach >= 0] for reach in (buy_reach, sell_reach)])
    return solved(len(came) / 40, len(came) / 40, 1 / came.mean(), 1 / came.mean())


RIGHT = [
    ("value-of-two-quotes", worth),
    ("best-bid", best_bid),
    ("next-law", next_law),
    ("bellman-step", bellman),
    ("dampening", dampening),
    ("riskless", riskless),
    ("slope", slope),
    ("learn-a-market", learn),
    ("learn-a-market", pooled),
]
WRONG = [
    ("value-of-two-quotes", lambda x, y, b, a, down, u, up: u + x * (b + up - u) + y * (a + down - u), "single ones"),
    ("value-of-two-quotes", lambda x, y, b, a, down, u, up: worth(x, y, b, a, up, u, down), "leads to q + 1"),
    (
        "value-of-two-quotes",
        lambda x, y, b, a, down, u, up: u + x * (b + up - u) + y * (a + down - u) + x * y * (up + down - 2 * u),
        "the sign of the last term",
    ),
    (
        "value-of-two-quotes",
        lambda x, y, b, a, down, u, up: u + x * (b + up - u) + y * (1 - x) * (a + down - u),
        "only where the other side does not fill",
    ),
    ("best-bid", lambda down, u, up, p, k, rate: best_bid(down, u, up, 0, k, rate), "where is p_ask D"),
    ("best-bid", lambda down, u, up, p, k, rate: best_bid(up, u, down, p, k, rate), "that is the ask's"),
    ("best-bid", lambda down, u, up, p, k, rate: best_bid(down, u, up, p, k, 1e-99), "only gives money away"),
    ("next-law", arriving, "of where one was"),
    ("next-law", lambda mu, p_bid, p_ask: next_law(mu, p_bid, p_ask, never_both=True), "fills both stays"),
    ("next-law", lambda mu, p_bid, p_ask: next_law(mu, p_ask, p_bid), "leads one up"),
    ("next-law", alone, "only if the ask does not fill"),
    ("bellman-step", lambda *case: bellman(*case, early=True), "held after the fills"),
    ("bellman-step", lambda *case: bellman(*case, cross=0), "from the depths and from the value"),
    ("bellman-step", lambda *case: bellman(*case, bounded=False), "no bid may stand"),
    ("bellman-step", lambda *case: [bellman(*case)[i] for i in (0, 2, 1)], "are bid and ask exchanged"),
    ("bellman-step", lambda V, phi, *rest: bellman(V, 0.0, *rest), "where is the charge"),
    ("bellman-step", lambda *case: bellman(*case)[0], "it must have shape (3, 5)"),
    ("bellman-step", lambda V, *rest: bellman(V + 1e-3, *rest), "the value at q = −2 is"),
    ("dampening", lambda eta, sigma, dt: dampening(eta, sigma, dt**2), "not by σΔt"),
    ("dampening", lambda eta, sigma, dt: 2 * dampening(eta, sigma, dt), "half of the moves"),
    ("dampening", lambda eta, sigma, dt: dampening(eta, sigma, dt) * [1, 2], "positive half"),
    ("riskless", lambda A, k, T, N: riskless(A, k, T, N) * [1, 0.5], "both sides fill"),
    ("riskless", lambda A, k, T, N: np.array([1, 2 * N]) / k, "fills for certain"),
    ("slope", lambda mu, U, bid, ask, A, k, dt: mu * A * dt * math.exp(-k * bid), "the fills are frozen"),
    ("slope", lambda *case: slope(*case, cross=0), "pₐD is missing"),
    ("slope", lambda mu, *case: slope(1, *case), "Multiply by μ"),
    ("slope", lambda mu, U, bid, ask, A, k, dt: slope(mu, U, bid, ask, A, k, dt, rising=True), "p′ = −kp"),
    ("learn-a-market", lambda buys, sells: line(0.75, 0.05), "Bronze is 96.45"),
    ("learn-a-market", lambda buys, sells: AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1), "Bronze is 96.45"),
    ("learn-a-market", lambda buys, sells: learn(sells, buys), "buy orders meet your ask"),
    ("learn-a-market", lambda buys, sells: Symmetric(half_spread=0.7), "get about 92"),
    (
        "learn-a-market",
        lambda buys, sells: lambda q, tau: (np.where(q == 3, np.nan, 0.7), 0.7 + 0 * q),
        "at q = 3 with 1 ",
    ),
    ("learn-a-market", lambda buys, sells: 0.7, "market 1 got float"),
    ("learn-a-market", lambda buys, sells: lambda q, tau: 0.7, "market 1 got float"),
]
test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)


def test_medals_are_for_knowing_the_sides_apart():
    assert "gold. Bronze" in check("learn-a-market", learn).message
    assert "bronze. Bronze" in check("learn-a-market", pooled).message
    for n, (buys, sells, k) in enumerate(UNSEEN):
        process, most = unseen(n)
        assert process.evaluate(solved(buys, sells, k, k)) == pytest.approx(most, abs=1e-9)
    assert MEDALS["bronze"] == pytest.approx(100 * PROCESS.evaluate(RIGHT_AS) / PROCESS.solve().value, abs=0.005)


RIGHT_AS = AvellanedaStoikov.for_market(MARKET, risk_aversion=0.1)


# ---- the explorer


def test_the_tasks_of_the_explorer_can_be_done():
    shown = LearnerExplorer()
    assert "✔" not in shown.words
    shown.set(clock=0, noise=0, tenths=3)
    assert "✔ Done: find a learner" in shown.words
    shown.choose("seven leans")
    shown.set(doublings=0)
    assert "✔ Done: get 90%" in shown.words


def test_the_explorer_says_what_is_recorded():
    shown = LearnerExplorer()
    row = CURVES["explorer"]["table"][key_of(36, 1, 1, 0)]
    shown.set(doublings=5)
    assert f"After 16,000 days it believes in {row['believes'][5]:.2f}" in shown.words


def test_the_best_on_fine_steps_that_an_answer_names_is_the_solvers():
    fine = Market.avellaneda_stoikov_2008(fill_rule="exponential")
    best = DecisionProcess.of(fine, **CHAIN | {"n_steps": 4000}).solve()
    assert best.value == pytest.approx(65.886291, abs=1e-6)
