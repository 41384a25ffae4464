"""The exact figures are those of the reference for chapters 17 to 19, A.1 to A.5; what is wrong there is said here."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab import Exponential, Linear, Market, ParameterError, exact_moments, monte_carlo, simulate
from mmlab.learning import DecisionProcess, TablePolicy
from mmlab.market import Signal
from mmlab.models import AvellanedaStoikov, CarteaJaimungal, GueantLehalleFernandezTapia

PAPER = Market.avellaneda_stoikov_2008()
POISSON = replace(PAPER, fill_rule="exponential")
CLIPS = np.arange(-12, 13.0)
GRID = np.arange(1, 7) * 0.2
LEANS = np.outer([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3], [1, -1]) + 0.68


def process(market=PAPER, **changes):
    counted = {} if "risk_aversion" in changes else {"running_penalty": 0.2}
    return DecisionProcess.of(market, **({"n_steps": 200, "max_inventory": 12} | counted | changes))


J, CE = process(), process(risk_aversion=0.1)
solved = cache(lambda chain: chain.solve())


def line(depth, skew):
    """δ = a ± bq, as a function."""
    return lambda q, time_left: (depth + skew * q + 0 * time_left, depth - skew * q + 0 * time_left)


def line_table(depth, skew):
    sides = np.stack([depth + skew * CLIPS, depth - skew * CLIPS], axis=-1)
    return J.quoted(np.tile(sides, (200, 1, 1)))


GLFT = GueantLehalleFernandezTapia.for_market(PAPER, risk_aversion=0.1, max_inventory=12)
AS = AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1)
CJ = CarteaJaimungal.for_market(PAPER, running_penalty=0.2, terminal_penalty=0.0, max_inventory=12)


@pytest.mark.parametrize(
    ("max_inventory", "additive", "certain"),
    [
        (5, 66.5330402450, 64.9193284821),
        (10, 66.8741157682, 65.2481975639),
        (12, 66.8749067073, 65.2489323585),
        (20, 66.8749590403, 65.2489802745),
        (30, 66.8749590403, 65.2489802745),
    ],
)
def test_the_optimum_to_ten_digits(max_inventory, additive, certain):
    assert process(max_inventory=max_inventory).solve().value == pytest.approx(additive, abs=6e-11)
    assert process(max_inventory=max_inventory, risk_aversion=0.1).solve().value == pytest.approx(certain, abs=6e-11)


def test_the_best_depths():
    depths = solved(J).depths
    bids = [0.52733590, 0.57800339, 0.62873534, 0.67945095, 0.73006928, 0.78051037, 0.83069645]
    assert depths[0, 9:16, 0] == pytest.approx(bids, abs=6e-9)
    assert depths[..., 0] == pytest.approx(depths[:, ::-1, 1], abs=1e-9, nan_ok=True)
    assert np.nanmin(depths) == pytest.approx(-0.01534727, abs=6e-9)
    assert process(POISSON).solve().value == pytest.approx(59.10773131, abs=6e-9)


@pytest.mark.parametrize(
    ("policy", "additive", "certain"),
    [
        (solved(J), 66.87490671, 65.21451324),
        (solved(CE).policy, 66.84067252, 65.24893236),
        (GLFT, 66.86675780, 65.23693601),
        (CJ, 66.86392560, 65.16582135),
        (AS, 64.50103640, 62.78723731),
        (line(2 / 3, 0), 61.97328972, 58.23649452),
        (line_table(0.74538521, 0), 61.83454535, 57.88256112),
        (line(0.678417, 0.0470578), 66.83400311, None),
    ],
)
def test_the_ladder_of_policies(policy, additive, certain):
    assert J.evaluate(policy) == pytest.approx(additive, abs=6e-9)
    if certain is not None:
        assert CE.evaluate(policy) == pytest.approx(certain, abs=6e-9)


@pytest.mark.parametrize(
    ("chain", "mean", "sd", "inventory_sd"),
    [(J, 67.86740658, 7.33273447, 3.10100844), (CE, 67.82673449, 7.22584958, 3.10381332)],
)
def test_exact_moments_agree_with_the_chain(chain, mean, sd, inventory_sd):
    moments = exact_moments(solved(chain).policy, PAPER, 200)
    assert (moments.mean, moments.sd, moments.inventory_sd) == pytest.approx((mean, sd, inventory_sd), abs=6e-9)
    held = moments.inventory_distribution @ moments.inventories**2
    assert moments.mean - 0.2 * 0.005 * held[1:].sum() == pytest.approx(J.evaluate(solved(chain)), abs=1e-8)
    assert moments.certainty_equivalent(0.1) == pytest.approx(CE.evaluate(solved(chain)), abs=1e-8)
    assert J.occupancy(solved(chain)) == pytest.approx(moments.inventory_distribution[:-1], abs=1e-12)


def test_simulated_days_earn_it_too():
    # 2,000 days, seed 18: means within three standard errors.
    policy = solved(J).policy
    drawn = monte_carlo(policy, PAPER, n_paths=2_000, n_steps=200, seed=18)
    history = simulate(policy, PAPER.tape(500, 200, seed=18))
    assert abs(drawn.pnl.mean() - 67.86740658) < 3 * 7.33273447 / np.sqrt(2_000)
    assert abs((history.cash[-1] + history.inventory[-1] * history.mid[-1]).mean() - 67.86740658) < 3 * 7.33 / np.sqrt(
        500
    )


def test_dice_are_worth_four_fifths():
    edge, chance = J.fills(J.actions(GRID))
    dice = J.backward(lambda n, after: J.step(after, edge, chance).mean(axis=0))[0, 12]
    assert dice == pytest.approx(52.70406341, abs=6e-9)
    assert dice / solved(J).value == pytest.approx(0.7880992, abs=6e-8)


@pytest.mark.parametrize(
    ("depths", "best"),
    [
        (np.arange(16) * 0.1, 66.82315056),
        (np.arange(31) * 0.05, 66.84549323),
        (np.arange(7) * 0.25, 66.46446894),
        (GRID, 66.61382799),
        (LEANS, 66.787595),
    ],
)
def test_the_best_on_a_grid(depths, best):
    found = J.best_on(depths)
    assert found.value == pytest.approx(best, abs=6e-7 if depths is LEANS else 6e-9)
    assert found.believes == pytest.approx(found.value, abs=1e-10)


@pytest.mark.parametrize(
    ("discount", "of_grid", "of_leans", "believes"),
    [(0.9, 98.767, None, None), (0.95, 99.295, 99.559, 6.7530), (0.98, 99.523, 99.806, 16.7694)],
)
def test_without_a_clock(discount, of_grid, of_leans, believes):
    long = process(replace(PAPER, horizon=3.0), n_steps=600, discount=discount)
    grid, leans = long.best_on(GRID), long.best_on(LEANS)
    assert 100 * J.evaluate(np.tile(grid.depths[0], (200, 1, 1))) / solved(J).value == pytest.approx(of_grid, abs=6e-4)
    if believes:
        share = 100 * J.evaluate(np.tile(leans.depths[0], (200, 1, 1))) / solved(J).value
        assert (share, leans.believes) == pytest.approx((of_leans, believes), abs=6e-4)


@pytest.mark.parametrize(
    ("reward", "additive", "certain"),
    [
        ({"running_penalty": 0.0}, "64.952876", "62.984729"),
        ({"running_penalty": 0.0, "max_inventory": 30}, "61.044537", "50.291753"),
        ({"running_penalty": 0.0, "max_inventory": 60}, "60.984536", "29.426487"),
        ({"running_penalty": 0.0, "terminal_penalty": 0.1}, "65.585775", "63.760"),
        ({"running_penalty": 0.0, "terminal_penalty": 1.0}, "65.055229", "63.234"),
        ({"running_penalty": 0.02}, "65.834768", "64.032"),
        ({"running_penalty": 0.1}, "66.758677", "65.087"),
        ({"running_penalty": 0.4}, "66.756650", "65.099"),
        ({"running_penalty": 2.0}, "65.430837", "63.779"),
        ({"discount": 0.0}, "62.854", "59.587"),
        ({"discount": 0.5}, "63.789", "61.190"),
        ({"discount": 0.9}, "66.110", "64.342"),
        ({"discount": 0.95}, "66.623", "64.936"),
        ({"discount": 0.99}, "66.863", "65.201"),
        ({"running_penalty": 0.0, "dampening": 0.05}, "66.750", "65.075"),
        ({"running_penalty": 0.0, "dampening": 0.081807}, "66.852455", None),
        ({"running_penalty": 0.0, "dampening": 0.1}, "66.834", "65.174"),
        ({"running_penalty": 0.0, "dampening": 0.2}, "66.477", "64.816"),
        ({"running_penalty": 0.0, "dampening": 0.5}, "65.139", "63.473"),
        ({"running_penalty": 0.0, "dampening": 1.0}, "63.103", "61.428"),
    ],
)
def test_what_another_reward_is_worth(reward, additive, certain):
    depths, bound = process(**reward).solve().depths, reward.get("max_inventory", 12)
    for price, figure in (({}, additive), ({"risk_aversion": 0.1}, certain)):
        if figure is not None:
            value = process(max_inventory=bound, **price).evaluate(depths)
            assert f"{value:.{len(figure) - 3}f}" == figure


def test_a_certainty_equivalent_of_the_reference_is_one_off():
    # It prints 63.233 for a terminal penalty of 1 alone; another way to the figure is `exact_moments`.
    policy = process(running_penalty=0.0, terminal_penalty=1.0).solve().policy
    assert exact_moments(policy, PAPER, 200).certainty_equivalent(0.1) == pytest.approx(63.234127, abs=6e-7)


def test_money_alone_learns_the_symmetric_quote_and_the_highest_mean():
    solution = process(running_penalty=0.0, max_inventory=60).solve()
    assert solution.depths[0, 55:66] == pytest.approx(2 / 3, abs=2e-4)
    assert solution.believes == pytest.approx(2 * 140 / (np.e * 1.5), abs=6e-6)  # 68.67083


@pytest.mark.parametrize(("mid_move", "share"), [("binomial", 0.5), ("normal", 1 / np.sqrt(2 * np.pi))])
def test_dampening_is_a_price_of_the_inventory_itself(mid_move, share):
    # E max(0, ηqΔS), of the moves themselves.
    market, rng = replace(PAPER, mid_move=mid_move), np.random.default_rng(18)
    moves = np.diff(market.tape(500, 200, rng).mid, axis=0).ravel()
    chain = process(market, running_penalty=0.0, dampening=0.3)
    measured = np.maximum(0, 0.3 * 5 * moves)
    assert chain.cost[17] == pytest.approx(0.3 * share * 2 * np.sqrt(0.005) * 5, rel=1e-12)
    assert measured.mean() == pytest.approx(chain.cost[17], abs=3 * measured.std() / np.sqrt(len(moves)))


# What a simulator is worth whose orders fill for certain (A.3): in the truth, 4,000 steps of the exponential rule.
TRUTH, TRUTH_CE = process(POISSON, n_steps=4000), process(POISSON, n_steps=4000, risk_aversion=0.1)


@pytest.mark.parametrize(
    ("n_steps", "believes", "sd", "is_worth", "certain"),
    [
        (40, 66.814025, 0, 62.611504, 59.77135),
        (50, 68.641294, 0, 65.005351, 62.55078),
        (200, 66.874907, 7.33273, 65.867044, 63.74649),
    ],
)
def test_the_riskless_profit_is_the_simulators(n_steps, believes, sd, is_worth, certain):
    solution = process(n_steps=n_steps, certain_fills=True).solve()
    assert solution.believes == pytest.approx(believes, abs=6e-7)
    assert exact_moments(solution.policy, PAPER, n_steps).sd == pytest.approx(sd, abs=6e-6)
    assert TRUTH.evaluate(solution.policy) == pytest.approx(is_worth, abs=6e-7)
    assert TRUTH_CE.evaluate(solution.policy) == pytest.approx(certain, abs=6e-6)


def test_both_sides_fill_for_certain_at_one_depth():
    solution = process(n_steps=50, certain_fills=True).solve()
    assert solution.depths[0, 12] == pytest.approx(np.log(140 / 50) / 1.5, abs=1e-8)  # .68641294
    # The reference cuts it to 68.64129447; 2N ln(AT/N)/k is the other way.
    assert solution.believes == pytest.approx(68.64129448, abs=6e-9)
    assert solution.believes == pytest.approx(2 * 50 * np.log(140 / 50) / 1.5, abs=1e-10)
    halved = process(n_steps=100, certain_fills=True)
    assert halved.evaluate(solution.policy) == pytest.approx(66.79997, abs=6e-6)
    assert exact_moments(solution.policy, PAPER, 100).sd == pytest.approx(6.978, abs=6e-4)
    # At 52 steps the riskless profit is 68.66764, and the optimum, which misses a fill now and then, a little above it.
    assert 2 * 52 * np.log(140 / 52) / 1.5 == pytest.approx(68.66764, abs=6e-6)
    assert process(n_steps=52, certain_fills=True).solve().believes == pytest.approx(68.66765337, abs=6e-9)


def test_the_truths_own_optimum():
    assert solved(TRUTH).value == pytest.approx(65.886291, abs=6e-7)
    pessimist = process(POISSON, n_steps=50).solve()
    assert pessimist.believes == pytest.approx(45.408, abs=6e-4)
    assert TRUTH.evaluate(pessimist.policy) == pytest.approx(61.934, abs=6e-4)


def test_three_figures_of_the_reference_have_five_decimals():
    # It prints 60.159100, 63.117650 and 65.838110. The second way is `exact_moments`, with the same bound of 12 clips.
    fixed = TRUTH.quoted(np.full((4000, 25, 2), 0.6864))
    glft = exact_moments(GLFT, POISSON, 4000)
    another_way = glft.mean - 0.2 / 4000 * (glft.inventory_distribution[1:] @ glft.inventories**2).sum()
    assert TRUTH.evaluate(fixed) == pytest.approx(60.159096, abs=6e-7)
    assert TRUTH.evaluate(AS) == pytest.approx(63.117652, abs=6e-7)
    assert TRUTH.evaluate(GLFT) == pytest.approx(65.838106, abs=6e-7)
    assert another_way == pytest.approx(65.838106, abs=6e-7)
    assert [TRUTH_CE.evaluate(policy) for policy in (fixed, AS, GLFT)] == pytest.approx(
        [55.47602, 61.06748, 63.75008], abs=6e-6
    )


class TwoKinds:
    """A quarter of the orders reach far, k = 0.35, the others k = 1.5: no exponential, and no slope of its own."""

    def rate(self, depth):
        return 140 * (0.25 * np.exp(-0.35 * np.asarray(depth)) + 0.75 * np.exp(-1.5 * np.asarray(depth)))

    def depth(self, rate):
        low, high = np.full(np.shape(rate), -50.0), np.full(np.shape(rate), 200.0)
        for _ in range(80):
            middle = (low + high) / 2
            reached = self.rate(middle) >= rate
            low, high = np.where(reached, middle, low), np.where(reached, high, middle)
        return low


def test_the_wrong_shape_of_the_fills_costs_little_and_promises_much():
    truth = process(replace(PAPER, intensity=TwoKinds()))
    best = solved(truth)
    assert best.value == pytest.approx(95.18865776, abs=6e-9)
    bids = [0.9148, 1.0061, 1.1016, 1.2017, 1.3070, 1.4179, 1.5350]
    assert best.depths[0, 9:16, 0] == pytest.approx(bids, abs=6e-5)
    assert np.abs(truth.gradient(best)).max() < 1e-9
    k = 1 / (0.25 / 0.35 + 0.75 / 1.5)
    fitted = process(replace(PAPER, intensity=Exponential(arrival_rate=140, fill_decay=k))).solve()
    assert fitted.believes == pytest.approx(122.74, abs=6e-3)
    assert truth.evaluate(fitted.depths) == pytest.approx(95.034265, abs=6e-7)
    assert truth.evaluate(line(1.20867, 0.092634)) / best.value == pytest.approx(0.99952, abs=6e-6)


@pytest.mark.parametrize(
    ("jump", "is_worth", "best", "half_known"),
    [
        (0.05, 61.752843, 61.943401, 99.93),
        (0.1, 56.630778, 57.374245, 99.69),
        (0.2, 46.386650, 49.218587, 98.70),
        (0.3, 36.142522, 42.217844, 96.92),
        (0.5, 15.654265, 31.051505, 90.49),
    ],
)
def test_a_jump_left_out(jump, is_worth, best, half_known):
    # Where each fill costs the whole ε the depth less ε is what is earned: the same chain with A e^{−kε}.
    def net_of(cost):
        return process(replace(PAPER, intensity=Exponential(arrival_rate=140 * np.exp(-1.5 * cost), fill_decay=1.5)))

    truth, half = net_of(jump), solved(net_of(jump / 2)).depths + jump / 2
    assert truth.evaluate(solved(J).depths - jump) == pytest.approx(is_worth, abs=6e-7)
    assert solved(truth).value == pytest.approx(best, abs=6e-7)
    assert 100 * truth.evaluate(half - jump) / best == pytest.approx(half_known, abs=6e-3)


def test_a_step_takes_back_a_part_of_the_jump():
    # p₀ = AΔt = 0.7 (D): at 200 steps a fill costs 0.3 ε, as the other side's order of its step moves the mid back.
    jumpy = replace(PAPER, jump=(0.2, 0.2))
    moments = exact_moments(solved(J).policy, jumpy, 200)
    held = moments.inventory_distribution @ moments.inventories**2
    net = process(replace(PAPER, intensity=Exponential(arrival_rate=140 * np.exp(-1.5 * 0.06), fill_decay=1.5)))
    figures = moments.mean - 0.001 * held[1:].sum(), net.evaluate(solved(J).depths - 0.06)
    assert figures == pytest.approx([60.728430] * 2, abs=6e-7)


@pytest.mark.parametrize(
    ("n_steps", "lost", "share"), [(200, 8.945, 0.4966), (1000, 17.374, 0.8694), (4000, 19.688, 0.9656)]
)
def test_finer_steps_give_the_jump_back(n_steps, lost, share):
    policy = line_table(0.68, 0.047)[0]
    before, after = (
        exact_moments(TablePolicy(policy[np.newaxis], 1.0), replace(POISSON, jump=jump), n_steps).mean
        for jump in ((0.0, 0.0), (0.2, 0.2))
    )
    assert before - after == pytest.approx(lost, abs=6e-4)
    assert np.exp(-140 / n_steps) == pytest.approx(share, abs=6e-5)


@pytest.mark.parametrize("rule", ["linear", "exponential"])
def test_unequal_sides_are_those_of_exact_moments(rule):
    flows = Exponential(arrival_rate=30, fill_decay=1.0), Exponential(arrival_rate=50, fill_decay=2.0)
    market = replace(PAPER, intensity=flows, fill_rule=rule)
    chain = process(market, n_steps=60, max_inventory=5)
    table = chain.quoted(np.broadcast_to(0.6 + 0.1 * np.outer(chain.inventories, [1, -1]), (60, 11, 2)))
    moments = exact_moments(TablePolicy(table, 1.0), market, 60)
    held = moments.inventory_distribution @ moments.inventories**2
    assert chain.evaluate(table) == pytest.approx(moments.mean - 0.2 / 60 * held[1:].sum(), abs=1e-9)
    assert np.abs(chain.gradient(chain.solve())).max() < 1e-9


POINTS = [(0, 12, 0), (60, 10, 1), (150, 15, 0), (199, 12, 1), (199, 9, 0)]


@pytest.mark.parametrize("market", [PAPER, POISSON, replace(PAPER, intensity=TwoKinds())])
@pytest.mark.parametrize("discount", [1.0, 0.95])
def test_the_gradient_is_that_of_a_difference(market, discount):
    # The reference checks three points of a policy that it does not name, to 4e−11.
    chain, table = process(market, discount=discount), line_table(0.8, 0.02)
    gradient = chain.gradient(table)
    for point in POINTS:
        up, down = table.copy(), table.copy()
        up[point] += 1e-4
        down[point] -= 1e-4
        assert gradient[point] == pytest.approx((chain.evaluate(up) - chain.evaluate(down)) / 2e-4, abs=3e-9)


def of_line(chain, depth, skew):
    """J and its slopes in a and b of δ = a ± bq, from the one gradient of the table."""
    table = line_table(depth, skew)
    slope = chain.gradient(table)
    return chain.evaluate(table), slope.sum(), (CLIPS * (slope[..., 0] - slope[..., 1])).sum()


def test_two_numbers_from_the_gradient_of_the_table():
    assert of_line(J, 0.8, 0.02) == pytest.approx((65.116318, -16.25590133, 68.40816784), abs=4e-7)
    assert of_line(J, 0.8, 0.02)[1:] == pytest.approx((-16.25590133, 68.40816784), abs=6e-9)
    assert of_line(J, 0.678417, 0.0470578)[1:] == pytest.approx((0, 0), abs=1e-5)
    central = [(J.evaluate(line(0.8, 0.02 + h)) - J.evaluate(line(0.8, 0.02 - h))) / (2 * h) for h in (0.0125, 0.0025)]
    assert central == pytest.approx([84.2165, 69.0018], abs=6e-5)  # biased by curvature


def test_frozen_fills_have_the_wrong_sign_twice():
    chance, occupancy = J.fills(line_table(0.8, 0.02))[1], J.occupancy(line_table(0.8, 0.02))[..., np.newaxis]
    frozen = occupancy * chance
    assert frozen.sum() == pytest.approx(84.722, abs=6e-4)
    assert (CLIPS * (frozen[..., 0] - frozen[..., 1])).sum() == pytest.approx(-26.975, abs=6e-4)


def test_at_the_optimum_the_gradient_is_nothing():
    assert np.abs(J.gradient(solved(J))).max() < 1e-10


@settings(max_examples=8)
@given(
    arrival=st.floats(0, 150),
    decay=st.floats(0.3, 4),
    penalty=st.floats(0, 3),
    rule=st.sampled_from(["linear", "exponential"]),
)
def test_no_policy_is_better_than_the_optimum(arrival, decay, penalty, rule):
    market = replace(PAPER, intensity=Exponential(arrival_rate=arrival, fill_decay=decay), fill_rule=rule)
    chain = process(market, running_penalty=penalty, max_inventory=3, n_steps=160)
    best = chain.solve()
    assert best.value == pytest.approx(best.believes, abs=1e-9)
    worse = chain.quoted(np.nan_to_num(best.depths) + np.random.default_rng(1).normal(0, 0.1, best.depths.shape))
    assert max(chain.evaluate(worse), chain.best_on([0.2, 0.7, 1.2]).value) <= best.value + 1e-9


@pytest.mark.parametrize("unit", [1e-3, 1e3])
@pytest.mark.parametrize("rule", ["linear", "exponential"])
def test_prices_in_another_unit(unit, rule):
    flow = Exponential(arrival_rate=140, fill_decay=1.5 / unit)
    market = replace(PAPER, intensity=flow, volatility=2 * unit, fill_rule=rule)
    here, there = process(replace(PAPER, fill_rule=rule)), process(market, running_penalty=0.2 * unit)
    assert there.solve().value == pytest.approx(unit * solved(here).value, rel=1e-11)
    assert there.gradient(unit * line_table(0.8, 0.02)) == pytest.approx(
        here.gradient(line_table(0.8, 0.02)), abs=1e-11
    )
    certain = process(market, risk_aversion=0.1 / unit)
    assert certain.evaluate(unit * line_table(0.8, 0.02)) == pytest.approx(
        unit * process(here.market, risk_aversion=0.1).evaluate(line_table(0.8, 0.02)), rel=1e-11
    )


def test_a_flow_with_a_least_reach_or_a_last_one():
    reaching = process(replace(PAPER, intensity=Exponential(arrival_rate=140, fill_decay=1.5, least_reach=0.9)))
    depths = reaching.solve().depths
    assert np.nanmin(depths) == 0.9
    assert np.abs(reaching.gradient(depths)[:, 12]).max() > 0  # at a kink: further away loses
    # Without it the nearest of the best quotes stands 0.015 inside the mid, and gains next to nothing by it.
    at_mid = process(replace(PAPER, intensity=Exponential(arrival_rate=140, fill_decay=1.5, least_reach=0.0))).solve()
    assert np.nanmin(at_mid.depths) == 0.0
    assert at_mid.believes == at_mid.value == pytest.approx(solved(J).value, abs=1e-8)
    assert at_mid.value < solved(J).value
    drying = process(replace(PAPER, intensity=Linear(demand_intercept=140, demand_slope=70))).solve()
    assert drying.depths[-1, 12] == pytest.approx([1, 1], abs=2e-3)  # half of α/β, at the last step
    assert np.abs(drying.process.gradient(drying)).max() < 1e-8


def test_nobody_to_trade_with_is_no_mistake():
    for rule in ("linear", "exponential"):
        empty = process(replace(PAPER, intensity=Exponential(arrival_rate=0, fill_decay=1.5), fill_rule=rule))
        assert empty.solve().value == 0
        assert np.abs(empty.gradient(line_table(0.5, 0))).max() == 0
    assert J.evaluate(line(100.0, 0)) == pytest.approx(0, abs=1e-50)


def test_the_smallest_table_has_three_rows():
    solution = process(max_inventory=1).solve()
    assert solution.depths.shape == (200, 3, 2)
    assert np.isnan(solution.depths[:, [2, 0], [0, 1]]).all()
    one = process(max_inventory=1, n_steps=1, certain_fills=True)
    by_hand = one.market.fill_probability(PAPER.intensity, 4.0, 1.0)
    cost = 0.2 * 2 * by_hand * (1 - by_hand)
    assert one.evaluate(one.quoted(np.full((1, 3, 2), 4.0))) == pytest.approx(2 * by_hand * 4 - cost, rel=1e-12)


def test_no_risk_aversion_is_no_penalty():
    none, little, free = ({"risk_aversion": 0.0}, {"risk_aversion": 1e-9}, {"running_penalty": 0.0})
    assert process(**none).evaluate(AS) == process(**free).evaluate(AS)
    assert process(**little).evaluate(AS) == pytest.approx(process(**free).evaluate(AS), abs=1e-6)
    assert process(**none, max_inventory=2).solve().value == process(**free, max_inventory=2).solve().value


def test_a_certainty_equivalent_of_one_step_is_by_hand():
    # With a discount of 0: what a clip earns now, less Spooner's price of holding it.
    chain = process(risk_aversion=0.5, discount=0.0, dampening=0.1, max_inventory=1)
    fill, depth, cost = 0.7 * np.exp(-1.5 * 0.8), 0.8, 0.1 * 0.5 * 2 * np.sqrt(0.005)
    cost += np.log(np.cosh(0.5 * 2 * np.sqrt(0.005))) / 0.5
    one, both = np.exp(-0.5 * (depth - cost)), np.exp(-0.5 * 2 * depth)
    expected = (1 - fill) ** 2 + 2 * fill * (1 - fill) * one + fill**2 * both
    assert chain.evaluate(line(depth, 0)) == pytest.approx(-np.log(expected) / 0.5, rel=1e-12)


def test_a_policy_holds_its_depths_between_its_times():
    policy = TablePolicy(np.arange(4.0)[:, np.newaxis, np.newaxis] + np.zeros((4, 3, 2)), 2.0)
    bid, _ = policy.depths(0, 2 - np.array([0, 0.499, 0.5, 1.2, 1.5 - 1e-12, 1.5, 2]))
    assert bid.tolist() == [0, 0, 1, 2, 3, 3, 3]
    with pytest.raises(ParameterError, match=r"inventory \(q\) 2 is beyond max_inventory ±1"):
        policy.depths(2, 1)


def changed(at, value):
    table = line_table(0.8, 0.02)
    table[at] = value
    return table


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (changed((3, 14, 1), np.nan), "The policy gives NaN for its ask at step 3, inventory 2."),
        (changed((3, 14, 0), np.inf), "The policy gives inf for its bid at step 3, inventory 2."),
        (
            lambda q, tau: (0.5 + np.where((q > 4) & (tau < 0.5), np.nan, 0 * q), 0.5 + 0 * q),
            "gives NaN for its bid at step 101, inventory 5",
        ),
        (changed((0, 24, 0), 0.5), "leaves the inventory table: NaN must stand for its bid at step 0, inventory 12"),
        (np.zeros((200, 23, 2)), r"must have the shape \(200, 25, 2\); got \(200, 23, 2\)"),
        (np.zeros((200, 25)), r"must have the shape \(200, 25, 2\); got \(200, 25\)"),
        ("0.5", "policy"),
        (lambda q, tau: q, "two depths"),
    ],
)
def test_a_policy_that_cannot_be_valued_is_refused(policy, words):
    for value in (J.evaluate, J.gradient, J.occupancy):
        with pytest.raises(ParameterError, match=words):
            value(policy)


def test_a_model_with_narrower_bounds_of_its_own_is_valued():
    narrow = GueantLehalleFernandezTapia.for_market(PAPER, risk_aversion=0.1, max_inventory=5)
    assert J.evaluate(narrow) == pytest.approx(process(max_inventory=5).evaluate(narrow), abs=1e-12)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"n_steps": 139}, r"AΔt must be at most 1 .* got 1\.00719: some quotes would fill for certain"),
        ({"risk_aversion": 0.1, "running_penalty": 0.2}, r"exactly one of running_penalty \(φ\) and risk_aversion"),
        ({"running_penalty": None}, r"exactly one of .*; got \(None, None\)"),
        ({"market": replace(PAPER, jump=(0.1, 0.1))}, "market must be a Market without signal, drift and jumps"),
        ({"market": replace(PAPER, drift=1.0)}, "market must be a Market without signal, drift and jumps"),
        ({"discount": 1.1}, r"discount \(β\) must be a finite number at least 0 and at most 1"),
        ({"max_inventory": 0}, r"max_inventory \(q̄\) must be a whole number at least 1"),
        (
            {"market": replace(PAPER, signal=Signal(mean_reversion=1.0, signal_volatility=1.0, signal_jump=0.0))},
            "without signal",
        ),
        ({"market": "AS"}, "market must be a Market without signal, drift and jumps; got 'AS'"),
    ],
)
def test_a_process_that_cannot_be_is_refused(settings, words):
    with pytest.raises(ParameterError, match=words):
        process(**settings)


def test_at_one_order_a_step_the_linear_rule_still_stands():
    assert process(n_steps=140).solve().value > 66
    process(POISSON, n_steps=50)
    process(n_steps=50, certain_fills=True)


def test_the_gradient_of_a_certainty_equivalent_is_not_there():
    with pytest.raises(ParameterError, match="The gradient is that of J"):
        CE.gradient(line_table(0.8, 0.02))


@pytest.mark.parametrize(
    ("rule", "gamma", "most", "alpha"),
    [("exponential", 0.5, 12, 0.0), ("exponential", 0.1, 12, 2.0), ("linear", 2.0, 30, 0.1), ("linear", 0.5, 3, 2.0)],
)
def test_far_from_the_paper_no_other_depths_are_worth_more(rule, gamma, most, alpha):
    """Where e^(−γW) overflows, quotes fill for certain, or the two sides answer each other in circles."""
    market, settings = replace(PAPER, fill_rule=rule), {"risk_aversion": gamma, "terminal_penalty": alpha}
    process = DecisionProcess.of(market, n_steps=200, max_inventory=most, **settings)
    best = process.solve()
    for n, side in ((0, 0), (150, 1), (199, 0)):
        for move in (-0.01, 0.01):
            other = best.depths.copy()
            other[n, most - 1 : most + 2, side] += move
            assert process.evaluate(other) < best.value
