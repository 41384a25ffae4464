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


def test_with_the_logs_own_means_the_weights_do_nothing_and_one_of_the_two_guesses_is_enough():
    """§C.1's row "doubly robust" is the mean of each context's mean; its .00509 is no gain of the weights."""
    for seed in range(5):
        log = DESK.log(QUOTES, seed)
        direct, both = off_policy_value(log, [0, 0], "direct"), off_policy_value(log, [0, 0])
        assert both.value == pytest.approx(direct.value, abs=1e-15)
        unweighted = log._replace(propensity=forgetful(log).propensity)
        assert off_policy_value(unweighted, [0, 0]).value == pytest.approx(direct.value, abs=1e-15)
    found = []
    for seed in range(300):
        log = DESK.log(QUOTES, seed)
        found.append(off_policy_value(log, [0, 0], model=forgetful(log).cells((1, 2))[1]).value)
    assert abs(np.mean(found) - DESK.value([0, 0])) < 3 * np.std(found) / np.sqrt(300)
    assert np.std(found) == pytest.approx(0.00884, rel=3 / np.sqrt(600))


def test_least_squares_says_four_times_the_impact_and_the_coin_the_truth():
    samples = [orders(0.7, 20_000, seed) for seed in range(60)]
    naive = np.array([regressed(y, x).value for _, x, y in samples])
    coin = np.array([instrumented(y, x, z).value for z, x, y in samples])
    assert abs(naive.mean() - 0.403030) < 3 * naive.std() / np.sqrt(60)
    assert abs(coin.mean() - 0.1) < 3 * coin.std() / np.sqrt(60)
    assert coin.std() == pytest.approx(0.021093, rel=0.3)  # of 60, whose deviation is known to a tenth


def test_a_penalty_leaves_a_bias():
    samples = [curves(1_000, seed) for seed in range(100)]
    ridged = np.array([one_ridge(sample, 30.0) for sample in samples])
    assert abs(ridged[:, 0].mean() - 0.5708) < 3 * 0.0422 / 10
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


def dearest(nu, k_informed, k_uninformed, jump):
    d = np.linspace(0, 6, 600_001)
    return d[((nu * np.exp(-k_informed * d) + (1 - nu) * np.exp(-k_uninformed * d)) * (d - jump)).argmax()]


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


def with_error(of):
    """The right rule and value, and another error."""

    def answer(*log):
        rule, value, error = advise(*log)
        return rule, value, of(error)

    return answer


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
    ("doubly-robust-record", lambda a, r, mu, pi, g: g[a] + pi[a] / mu * (r - g[a]), "Begin with the rule's mean"),
    ("anderson-rubin-t", lambda th, y, x, z: (v := z * (y - th * x)).sum() / np.sqrt((v**2).sum()), "take them off"),
    ("anderson-rubin-t", lambda th, y, x, z: t_at(0, y, x, z), "where is θ?"),
    ("anderson-rubin-t", lambda th, y, x, z: t_at(th, y, x, z) ** 2, "that is t²"),
    (
        "anderson-rubin-t",
        lambda th, y, x, z: (p := (z - z.mean()) * (y - th * x - (y - th * x).mean())).mean() / p.std() * len(p) ** 0.5,
        "that is the t of a mean",
    ),
    ("anderson-rubin-t", lambda th, y, x, z: np.corrcoef(z, y - th * x)[0, 1] * len(z) ** 0.5, "the same at each z"),
    (
        "anderson-rubin-t",
        lambda th, y, x, z: (p := (z - z.mean()) * (y - th * x)).sum() / np.sqrt((p**2).sum()),
        "take the mean of v off, too",
    ),
    ("late-effects", lambda tau, m: sum(tau), "that is the truth"),
    ("late-effects", lambda tau, m: sum(x * min(1, k / m) for k, x in enumerate(tau)), "what the experiment loses"),
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
    ("inverse-propensity", lambda c, a, r, mu, pi: np.mean(pi[a, c] / mu * r), "`policy[context, action]`"),
    ("inverse-propensity", lambda c, a, r, mu, pi: np.mean(pi[c, a] * r), "each counts 1/μ times"),
    ("inverse-propensity", lambda c, a, r, mu, pi: np.average(r, weights=pi[c, a]), "which is no fair sample"),
    ("inverse-propensity", lambda c, a, r, mu, pi: np.average(r, weights=pi[c, a] / mu), "(2) divides by n"),
    ("best-depth", lambda nu, k_i, k_u, jump: best_depth(nu, k_i, k_u, 0), "what informed orders cost"),
    ("best-depth", lambda nu, k_i, k_u, jump: dearest(nu, k_i, k_u, jump), "Only the informed ones do"),
    ("instrument-ratio", lambda y, x, z: np.corrcoef(z, y)[0, 1] / np.corrcoef(z, x)[0, 1], "those are correlations"),
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
    ("switchback-expectation", lambda a, b, *rest: expectation(a.T, b.T, *rest), "not `kernel @ p`"),
    (
        "switchback-expectation",
        lambda a, b, of_a, of_b, *rest: expectation(a, b, a @ of_a, b @ of_b, *rest),
        "before the law moves on",
    ),
    ("rule-from-a-log", lambda *log: 0.3, "the answer must be three things"),
    ("rule-from-a-log", lambda *log: ([0, 1, 5], 0.3, 0.1), "the answer must be three things"),
    ("rule-from-a-log", lambda *log: ([0, 1, 2], np.nan, 0.1), "value and error must be finite numbers"),
    ("rule-from-a-log", lambda *log: ([0, 1, 2], 0.3, -0.1), "the error not below 0"),
    ("rule-from-a-log", best_of_the_log, "no better than the depth that earned most"),
    ("rule-from-a-log", mean_of_those_that_agree, "The value itself is off: whose quotes does it average?"),
    ("rule-from-a-log", sure_of_nothing, "Your errors are more than twice those of weighting"),
    ("rule-from-a-log", with_error(lambda error: 1.96 * error * 1.5), "Did you divide by √n?"),
    ("rule-from-a-log", with_error(lambda error: 60 * error), "Did you divide by √n?"),
    ("rule-from-a-log", with_error(lambda error: 0.0), "The value is near enough, but the error too small"),
    ("rule-from-a-log", two_contexts_of_three, "differs from context to context"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_have_the_references_numbers = answers_with_numbers(
    [
        ("wider-fills", "Down by 17.8 points.*34.9%.*17.1%.*79% of its wide quotes.*four of ten"),
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
    assert judged(desk, (best, value, error), naive) == (pytest.approx(100), "")
    assert judged(desk, (best, value + 2 * error, error), naive) == (pytest.approx(50), "wrong-values")
    assert judged(desk, (best, value, 2.01 * error), naive) == (pytest.approx(50), "wide-errors")
    assert judged(desk, (best, value + 0.9 * error, 0.1 * error), naive) == (pytest.approx(50), "narrow-errors")
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
    explorer.set(block_number=0)
    assert "✔" not in explorer.words
    explorer.set(running_penalty=0.0252)
    assert "✔ Done: find a φ" in explorer.words
    explorer.set(skew_a=0.1, skew_b=0.1)
    assert "✔" not in explorer.words  # equal skews are worth the same, and that is no find
    explorer.choose("two skews")
    explorer.set(block_number=0)
    assert "✔" not in explorer.words


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
            "rules = {",
            r"79\.4%.*\nworth: 1 tick 0\.0479, 2 ticks 0\.1828, the log 0\.1786, the best rule 0\.1944\n\n"
            r"(.*\n)+2 ticks less 1 +−0\.10259 +−0\.35239 +\+0\.15004 +−0\.17753\n(.*\n)+.*\+0\.16852 +\+0\.13491",
        ),
        (
            "unweighted = ",
            r"the truth: 0\.04786, in the log: 0\.12130(.*\n)+\(3\) +0\.0479\d +0\.0048\d +9\d%\n"
            r".* +0\.0479\d +0\.0048\d +99%\n.* +0\.0479\d +0\.0090\d +9\d%\n.* +0\.1215\d +0\.0056\d +0%",
        ),
        (
            "logged_desk(share)",
            r"0\.1 +63\.28 +0\.00659 +0\.00520 +26\.47%(.*\n)+0\.001 +0\.63 +0\.04827 +0\.02347 +0\.33%",
        ),
        ("logged_desk(share)", r"without any: The policy takes arm 0 in context 1, where the log never did"),
        (
            "flow.walk",
            r"best: 0\.983888 earns 0\.189692; 2/3 earns 0\.172638\n.*1\.12741.* 0\.21096, earned 0\.18750\n",
        ),
        ("flow.walk", r"1\.29364 earns 0\.18101\n.*25\.6%, then 35\.3%, in the end 39\.2%"),
        ("anderson_rubin(y", r"0\.24\n(.*\n)+0\.7 +0\.403\d +\+0\.07 \+0\.10 \+0\.13 +16\d\d +9\d% +9[2-7]% +0%\n"),
        ("anderson_rubin(y", r"0\.04 .* 5 +9[4-9]% +9[2-7]% +29%"),
        ("ways = {", r"one ridge, λ = 30 +0\.57\d .*\northogonal, λ = 30 +0\.51\d .* 9[1-7]%\n"),
        (
            "test = Switchback",
            r"A all day: 67\.8281 − 0\.9941; .* 0\.36\n"
            r"B all day: 68\.6588 − 7\.5948; .* 1\.00\nthe truth: \+5\.77003; .* 130\.3\n",
        ),
        (
            "test = Switchback",
            r"1 +−1\.42056 +−25% .*\n5 +−1\.13880 .* 70 +33\n(.*\n)+200 +\+5\.77003 +100% +25\.0 +147 +66",
        ),
        ("test = Switchback", r"0\.02: −1\.894, block 1: −7\.264"),
        ("step_inside(decay", r"\+0\.243942, the truth \+0\.002986\n.*\+0\.236183, the truth −0\.004772"),
        (
            "step_inside(decay",
            r"0\.4 +1 +0\.44933 +\+49\.2% +−13\.0% +alone 34\.1% .*\n.*\n1 +1 +.*\+171\.8% +\+58\.6% +always",
        ),
        ("naive = {", r"before +1\.5\d\d .*\n.* 2\.5\d\d .*\n.*drift 0 +1\.0\d\d .* 9\d% +5\d%\n.*0\.02 +1\.4\d\d "),
        ("slopes = {}", r"finds the drift in (8|9|10|11|12)% of 300 panels"),
        (
            "burn_in=block // 2",
            r"\+1\.06, second half \+4\.71\n.*−1\.23\n(.*\n)+20 +−0\.059 +\+0\.739 (.*\n)+"
            r"100 +\+3\.749 +\+5\.892 .*\n200 +\+5\.770 +\+9\.417 ",
        ),
    ],
)
def test_what_the_prose_says_a_cell_computes(shown, part, words):
    assert re.search(words, cell(shown, part))
