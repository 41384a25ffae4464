"""Chapter 19: its desk and scenes to the reference's digits, what its checks judge, and what its cells print."""

import re

import numpy as np
import pytest
from mmbook.ch19 import SwitchbackExplorer
from mmbook.ch19.checks import PASSES, QUOTES, UNSEEN, a_desk, judged
from mmbook.ch19.explorers import BLOCKS
from mmbook.ch19.scenes import (
    AFTER,
    DESK,
    SKEW,
    TREATED,
    curves,
    forgetful,
    in_the_log,
    one_ridge,
    orders,
    panel_of,
    skewed,
    step_of,
)

from mmlab import Market
from mmlab.causal import Switchback, difference_in_differences, instrumented, off_policy_value, regressed
from mmlab.teach import check
from tests.mmbook.checking import answers_with_numbers, cell, right_answers, run_cells, usual_mistakes

ADVICE = ("context", "action", "reward", "propensity")


def test_the_log_says_wider_fills_more_where_less_is_true():
    assert in_the_log(DESK.fill) == pytest.approx([0.19539628, 0.34543787], abs=5e-9)
    assert DESK.context @ DESK.fill == pytest.approx([0.34873680, 0.17121011], abs=5e-9)
    assert np.diff(in_the_log(DESK.fill)) == pytest.approx(0.15004159, abs=5e-9)
    assert np.diff(in_the_log(DESK.fill * DESK.gain)) == pytest.approx(0.16852, abs=5e-6)
    assert (np.diff(DESK.fill) < 0).all()


def test_a_log_without_contexts_gives_back_what_was_seen_and_never_the_truth():
    naive = in_the_log(DESK.fill * DESK.gain)[0]
    assert naive == pytest.approx(0.12129779, abs=5e-9)
    found = [off_policy_value(forgetful(DESK.log(QUOTES, seed)), [0], "ips") for seed in range(200)]
    values = np.array([one.value for one in found])
    assert abs(values.mean() - naive) < 3 * values.std() / np.sqrt(200)
    assert max(one.interval[0] for one in found) > DESK.value([0, 0])
    assert not any(one.interval[0] <= DESK.value([0, 0]) <= one.interval[1] for one in found)


@pytest.mark.parametrize("skew", [0.0, SKEW, 0.2])
def test_a_step_of_the_desk_is_the_switchbacks(skew):
    ways, earns = step_of(skew)
    assert ways.sum(axis=1) == pytest.approx(np.ones(61), abs=1e-14)
    law, total = np.eye(61)[30], 0.0
    for _ in range(200):
        total, law = total + law @ earns, law @ ways
    rules = {"a": skewed(skew), "b": skewed(0.1)}
    test = Switchback(market=Market.avellaneda_stoikov_2008(), **rules, running_penalty=0.2)
    assert total == pytest.approx(test.parts(200)[0].sum(), abs=1e-9)


def test_least_squares_says_four_times_the_impact_and_the_coin_the_truth():
    samples = [orders(0.7, 20_000, seed) for seed in range(60)]
    naive = np.array([regressed(y, x).value for _, x, y in samples])
    coin = np.array([instrumented(y, x, z).value for z, x, y in samples])
    assert abs(naive.mean() - 0.403030) < 3 * naive.std() / np.sqrt(60)
    assert abs(coin.mean() - 0.1) < 3 * coin.std() / np.sqrt(60)
    assert coin.std() == pytest.approx(0.021093, rel=0.3)  # of 60, whose deviation is known to a tenth


def test_a_penalty_leaves_a_bias_and_the_true_curves_none():
    samples = [curves(1_000, seed) for seed in range(100)]
    ridged = np.array([one_ridge(sample, 30.0) for sample in samples])
    true = np.array([regressed(sample.rest_of_move, sample.rest_of_size).value for sample in samples])
    assert abs(ridged[:, 0].mean() - 0.5708) < 3 * 0.0422 / 10
    assert abs(true.mean() - 0.5) < 3 * 0.04518 / 10
    assert ridged[:, 1].mean() == pytest.approx(0.0440, rel=0.05)


def test_the_panel_has_the_references_deviation_and_a_drift_its_bias():
    off = np.array([difference_in_differences(panel_of(s), TREATED, AFTER)[0].value - 1 for s in range(1000)])
    assert abs(off.mean()) < 3 * 0.289779 / np.sqrt(1000)
    assert off.std() == pytest.approx(0.289779, rel=3 / np.sqrt(2000))
    drifting = difference_in_differences(panel_of(3, 0.02), TREATED, AFTER)[0].value
    assert drifting - difference_in_differences(panel_of(3), TREATED, AFTER)[0].value == pytest.approx(0.4, abs=1e-12)


# ---- the exercises


def bracket(action, reward, propensity, policy, guess):
    return np.dot(policy, guess) + policy[action] / propensity * (reward - guess[action])


def t_at(theta, y, x, z):
    products = (z - z.mean()) * (y - theta * x - (y - theta * x).mean())
    return products.sum() / np.sqrt((products**2).sum())


def says(tau, m):
    return sum(effect * max(0, m - k) / m for k, effect in enumerate(tau))


def worth(context, action, reward, propensity, policy):
    return (policy[context, action] * reward / propensity).mean()


def best_depth(nu, k_informed, k_uninformed, jump):
    d = np.linspace(0, 6, 600_001)
    return d[(nu * np.exp(-k_informed * d) * (d - jump) + (1 - nu) * np.exp(-k_uninformed * d) * d).argmax()]


def by_the_coin(y, x, z):
    return np.cov(z, y)[0, 1] / np.cov(z, x)[0, 1]


def expectation(kernel_a, kernel_b, earns_a, earns_b, start, block, steps):
    """By backward sums: what a block earns from each inventory, then the law from block to block."""
    whole_a, whole_b = (np.linalg.matrix_power(kernel, block) for kernel in (kernel_a, kernel_b))
    powers = [(np.linalg.matrix_power(kernel_a, k), np.linalg.matrix_power(kernel_b, k)) for k in range(block)]
    earns = sum(a @ earns_a - b @ earns_b for a, b in powers)
    laws = [start]
    for _ in range(steps // block - 1):
        laws.append(laws[-1] @ (whole_a + whole_b) / 2)
    return sum(law @ earns for law in laws)


def cells(context, action, reward):
    return np.array([[reward[(context == c) & (action == a)].mean() for a in range(3)] for c in range(3)])


def advise(context, action, reward, propensity):
    half = np.arange(len(reward)) % 2 == 0
    rule = cells(context[half], action[half], reward[half]).argmax(axis=1)
    weights = (rule[context] == action)[~half] / propensity[~half]
    scores = weights * reward[~half]
    return rule, scores.mean(), scores.std() / np.sqrt(len(scores))


def best_of_the_log(context, action, reward, propensity):
    each = [reward[action == a] for a in range(3)]
    n = int(np.argmax([one.mean() for one in each]))
    return [n] * 3, each[n].mean(), each[n].std() / np.sqrt(len(each[n]))


def mean_of_those_that_agree(context, action, reward, propensity):
    rule = cells(context, action, reward).argmax(axis=1)
    agree = reward[rule[context] == action]
    return rule, agree.mean(), agree.std() / np.sqrt(len(agree))


def sure_of_nothing(context, action, reward, propensity):
    return cells(context, action, reward).argmax(axis=1), 0.3, 50.0


def two_contexts_of_three(context, action, reward, propensity):
    rule = cells(context, action, reward).argmax(axis=1)
    rule[2] = np.argmax([reward[action == a].mean() for a in range(3)])
    scores = (rule[context] == action) / propensity * reward
    return rule, scores.mean(), scores.std() / np.sqrt(len(scores))


RIGHT = [
    ("doubly-robust-record", bracket),
    ("anderson-rubin-t", t_at),
    ("late-effects", says),
    ("inverse-propensity", worth),
    ("best-depth", best_depth),
    ("instrument-ratio", by_the_coin),
    ("switchback-expectation", expectation),
    ("rule-from-a-log", advise),
]
WRONG = [
    ("doubly-robust-record", lambda a, r, mu, pi, g: np.dot(pi, g), "that is the guess alone"),
    ("doubly-robust-record", lambda a, r, mu, pi, g: pi[a] / mu * r, "that is (2), without the guess"),
    ("doubly-robust-record", lambda a, r, mu, pi, g: np.dot(pi, g) + r - g[a], "few such quotes stand for many"),
    ("doubly-robust-record", lambda a, r, mu, pi, g: np.dot(pi, g) + pi[a] / mu * r, "the guess is in it twice"),
    ("doubly-robust-record", lambda a, r, mu, pi, g: np.dot(pi, g) + (r - g[a]) / mu, "π(a)/μ, not 1/μ"),
    ("anderson-rubin-t", lambda th, y, x, z: (v := z * (y - th * x)).sum() / np.sqrt((v**2).sum()), "take them off"),
    ("anderson-rubin-t", lambda th, y, x, z: t_at(0, y, x, z), "where is θ?"),
    ("anderson-rubin-t", lambda th, y, x, z: t_at(th, y, x, z) ** 2, "that is t²"),
    ("late-effects", lambda tau, m: sum(tau), "that is the truth"),
    ("late-effects", lambda tau, m: tau[0], "that is for blocks of one step"),
    ("late-effects", lambda tau, m: sum(tau[:m]), "m − k of m"),
    ("late-effects", lambda tau, m: sum(x * (1 - k / m) for k, x in enumerate(tau)), "counts 0, not less"),
    ("late-effects", lambda tau, m: sum(x * max(0, 1 - (k + 1) / m) for k, x in enumerate(tau)), "comes at once"),
    ("inverse-propensity", lambda c, a, r, mu, pi: (r / mu).mean(), "the rule is not in it"),
    (
        "inverse-propensity",
        lambda c, a, r, mu, pi: (pi[c, a] / (np.bincount(a) / len(a))[a] * r).mean(),
        "in that context",
    ),
    ("inverse-propensity", lambda c, a, r, mu, pi: np.average(r, weights=pi[c, a]), "which is no fair sample"),
    ("inverse-propensity", lambda c, a, r, mu, pi: np.average(r, weights=pi[c, a] / mu), "(2) divides by n"),
    ("best-depth", lambda nu, k_i, k_u, jump: best_depth(nu, k_i, k_u, 0), "what informed orders cost"),
    ("instrument-ratio", lambda y, x, z: np.cov(x, y)[0, 1] / np.var(x, ddof=1), "that is least squares"),
    ("instrument-ratio", lambda y, x, z: 1 / by_the_coin(y, x, z), "that is one over it"),
    ("instrument-ratio", lambda y, x, z: np.cov(z, y)[0, 1] / np.var(z, ddof=1), "Divide it by what it does to x"),
    ("instrument-ratio", lambda y, x, z: (z @ y) / (z @ x), "means are in it"),
    ("switchback-expectation", lambda *given: expectation(*given[:5], given[6], given[6]), "that is a day of A less"),
    ("switchback-expectation", lambda *given: expectation(*given[:5], 1, given[6]), "tosses the coin at each step"),
    (
        "switchback-expectation",
        lambda *given: expectation(*given[:6], given[5]) * (given[6] // given[5]),
        "each block of yours",
    ),
    ("switchback-expectation", lambda *given: expectation(*given) * given[5] / given[6], "that is a block's"),
    ("rule-from-a-log", lambda *log: 0.3, "the answer must be three things"),
    ("rule-from-a-log", lambda *log: ([0, 1, 5], 0.3, 0.1), "the answer must be three things"),
    ("rule-from-a-log", lambda *log: ([0, 1, 2], np.nan, 0.1), "value and error must be finite numbers"),
    ("rule-from-a-log", lambda *log: ([0, 1, 2], 0.3, -0.1), "the error not below 0"),
    ("rule-from-a-log", best_of_the_log, "no better than the depth that earned most"),
    ("rule-from-a-log", mean_of_those_that_agree, "Whose quotes does your value average?"),
    ("rule-from-a-log", sure_of_nothing, "or say more than nothing"),
    ("rule-from-a-log", two_contexts_of_three, "differs from context to context"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_have_the_references_numbers = answers_with_numbers(
    [
        ("wider-fills", "Down by 17.8 points.*34.9%.*17.1%.*79% of its wide quotes"),
        ("what-the-coin-says", "−1.14: that A is worse"),
        ("two-engines", "0.0030.*0.2439 more"),
        ("how-often-right", "In 5.*2.7 times"),
    ]
)


def test_who_holds_the_share_of_informed_fills_fixed_ends_in_a_named_place():
    from mmlab.causal import SelectedFlow

    def walked(nu, k_informed, k_uninformed, jump):
        flow = {"informed": nu, "informed_decay": k_informed, "uninformed_decay": k_uninformed, "jump": jump}
        return float(SelectedFlow(**flow).walk(0.5, 200)[-1])

    assert "holds it fixed and moves" in check("best-depth", walked).message
    assert walked(0.15, 0.5, 1.5, 1.0) == pytest.approx(1.293643, abs=5e-7)


@pytest.mark.parametrize("seed", UNSEEN)
def test_no_depth_for_all_and_no_empty_interval_is_good_advice_on_an_unseen_desk(seed):
    desk = a_desk(seed)
    naive = int(forgetful(desk.log(QUOTES, seed)).cells((1, 3))[1].argmax())
    best = (desk.fill * desk.gain).argmax(axis=1)
    value, error = desk.value(best), desk.error(best, QUOTES, "ips")
    assert judged(desk, (best, value, error), naive) == pytest.approx((100, True))
    assert judged(desk, (best, value + 2 * error, error), naive) == pytest.approx((50, False))
    assert judged(desk, (best, value, 2.01 * error), naive)[0] == pytest.approx(50)
    assert judged(desk, ([naive] * 3, 0.0, 0.0), naive)[0] == pytest.approx(0)


def test_each_constant_rule_fails():
    for rule in np.ndindex(3, 3, 3):
        scores = []
        for seed in UNSEEN:
            desk = a_desk(seed)
            naive = int(forgetful(desk.log(QUOTES, seed)).cells((1, 3))[1].argmax())
            value, error = desk.value(np.array(rule)), desk.error(np.array(rule), QUOTES, "ips")
            scores.append(judged(desk, (rule, value, error), naive)[0])  # even with the true value
        assert np.mean(scores) < PASSES, rule


# ---- the explorer


def test_the_explorer_starts_where_the_chapter_is():
    state = SwitchbackExplorer().answer(SwitchbackExplorer().values)
    assert state.truth == pytest.approx(5.770025, abs=2e-5)
    assert state.block == 5
    assert state.expectation == pytest.approx(-1.13880, abs=2e-4)
    assert dict(zip(BLOCKS, state.parts.sum(axis=1), strict=True))[50] == pytest.approx(1.82306, abs=2e-4)


def test_equal_rules_have_no_effect_and_no_bias():
    explorer = SwitchbackExplorer()
    explorer.set(skew_a=0.1, skew_b=0.1)
    assert "more days than anybody has" in explorer.words
    assert "the truth is 0.00" in explorer.words


def test_the_tasks_of_the_explorer_can_be_done():
    explorer = SwitchbackExplorer()
    explorer.set(block_number=7)
    assert "✔ Done: find the shortest block" in explorer.words
    explorer.set(block_number=3, running_penalty=0.0252)
    assert "✔ Done: with two skews" in explorer.words


# ---- what the cells print


@pytest.fixture(scope="module")
def shown():
    return run_cells("19_causal_inference")[1]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("log = DESK.log(4_000, seed=585)", r"1 tick +2,670 +19\.5% .*\n2 ticks +1,330 +34\.6%"),
        ("orders_come", r"5 +calm +filled +\(–\)\n.*\n7 +calm +\(filled\) +–\n8 +busy +\(filled\) +filled"),
        (
            "busy_if_wide",
            r"79\.4%.*\n\n.*\nfilled +−0\.10259 +−0\.35239 +\+0\.15004 +−0\.17753\nearned .*\+0\.16852 +\+0\.13491",
        ),
        (
            "kinds =",
            r"the truth: 0\.04786, in the log: 0\.12130(.*\n)+doubly robust .* 9[4-7]%\nwithout the context .* 0%",
        ),
        (
            "logged_desk(share)",
            r"0\.1 +63\.28 +0\.00659 +0\.00520 +26\.47%(.*\n)+0\.001 +0\.63 +0\.04827 +0\.02347 +0\.33%",
        ),
        ("logged_desk(share)", r"without any: The policy takes arm 0 in context 1, where the log never did"),
        ("flow.walk", r"best: 0\.983888 earns 0\.189692(.*\n)+1 +1\.12741 +0\.35270 +0\.21096 +0\.18750\n"),
        ("flow.walk", r"60 +1\.29364 +0\.39151 +0\.18101 +0\.18101"),
        ("anderson_rubin(y", r"0\.7 +0\.403\d +0\.10\d .* 16\d\d +9[2-7]%\n"),
        ("ways = {", r"one ridge, λ = 30 +0\.57\d .*\northogonal, λ = 30 +0\.51\d .* 9[1-7]%\n"),
        (
            "other = Switchback",
            r"A all day: 67\.8281 − 0\.9941\nB all day: 68\.6588 − 7\.5948\nthe truth: \+5\.77003; .* 66",
        ),
        (
            "other = Switchback",
            r"1 +−1\.42056 +−25% .*\n5 +−1\.13880 .* 70 +−6\.5983\n(.*\n)+200 +\+5\.77003 +100% +25\.0 +147 ",
        ),
        ("step_inside(decay", r"\+0\.243942, the truth \+0\.002986\n.*\+0\.236183, the truth −0\.004772"),
        (
            "step_inside(decay",
            r"0\.4 +1 +0\.44933 +\+49\.2% +−13\.0% +alone 34\.1% .*\n.*\n1 +1 +.*\+171\.8% +\+58\.6% +always",
        ),
        ("an_order_twice", r"with less without .* \+3\.\d\d ± 0\.\d\d\nafter less before .* ± 1\.\d\d"),
        ("for drift in (0, 0.02):\n    panels", r"2\.7 times.*\n\n.*\n0 .* 9\d% +5\d%\n0\.02 +\+0\.4\d\d "),
        ("slopes = {}", r"finds the drift in (8|9|10|11|12)% of 300 panels"),
        (
            "burn_in=block // 2",
            r"−1\.23\n(.*\n)+20 +−0\.059 +\+0\.739 (.*\n)+100 +\+3\.749 +\+5\.892 .*\n200 +\+5\.770 +\+9\.417 ",
        ),
    ],
)
def test_what_the_prose_says_a_cell_computes(shown, part, words):
    assert re.search(words, cell(shown, part))
