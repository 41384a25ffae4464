"""Off-policy values: the reference's desk to its digits, whole populations, coverage, and what is refused."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab import ParameterError
from mmlab.causal import Log, LoggedDesk, off_policy_value

NARROW, WIDE, BY_CONTEXT, REVERSED = [0, 0], [1, 1], [0, 1], [1, 0]
N = 4_000
KINDS = ("ips", "snips", "dr", "direct")


def calm_and_busy(exploration=0.1):
    """C.1's: 1 and 2 ticks from the mid, A = .5 and 4, a fill costs .2 and 1.2; explores with a share of its quotes."""
    depth, adverse = np.array([1.0, 2.0]), np.array([[0.2], [1.2]])
    fill = -np.expm1(-np.array([[0.5], [4.0]]) * np.exp(-depth))
    logging = np.eye(2) * (1 - 2 * exploration) + exploration
    return LoggedDesk(context=[0.7, 0.3], logging=logging, fill=fill, gain=depth - adverse)


DESK = calm_and_busy()


def forgetful(log):
    """The log of one who does not see the context."""
    share = np.bincount(log.action) / len(log.action)
    return log._replace(context=0 * log.context, propensity=share[log.action])


def test_the_desks_fills_and_rewards():
    assert pytest.approx(np.array([[0.16801405, 0.06542897], [0.77042322, 0.41803277]]), abs=5e-9) == DESK.fill
    rewards = [[0.13441124, 0.11777214], [-0.15408464, 0.33442621]]
    assert pytest.approx(np.array(rewards), abs=5e-9) == DESK.fill * DESK.gain


def test_the_log_says_that_wider_fills_more_and_the_truth_is_the_reverse():
    taken = DESK.context[:, np.newaxis] * DESK.logging
    log = np.average(DESK.fill, axis=0, weights=taken)
    assert log == pytest.approx([0.19539628, 0.34543787], abs=5e-9)
    assert log[1] - log[0] == pytest.approx(0.15004159, abs=5e-9)
    truth = DESK.context @ DESK.fill
    assert truth == pytest.approx([0.34873680, 0.17121011], abs=5e-9)
    assert truth[1] - truth[0] == pytest.approx(-0.17752669, abs=5e-9)
    assert taken[1, 1] / taken[:, 1].sum() == pytest.approx(0.794, abs=5e-4)
    naive = np.average(DESK.fill * DESK.gain, axis=0, weights=taken)
    assert naive[0] == pytest.approx(0.12129779, abs=5e-9)
    assert naive[1] - naive[0] == pytest.approx(0.16852, abs=5e-6)
    assert DESK.value(WIDE) - DESK.value(NARROW) == pytest.approx(0.13491, abs=5e-6)


@pytest.mark.parametrize(
    ("policy", "value"),
    [
        (NARROW, 0.04786247),
        (WIDE, 0.18276836),
        (BY_CONTEXT, 0.19441573),
        (REVERSED, 0.03621510),
        (DESK.logging, 0.17859567),
    ],
)
def test_values_of_policies(policy, value):
    assert DESK.value(policy) == pytest.approx(value, abs=5e-9)


@pytest.mark.parametrize(
    ("exploration", "ips", "dr", "left"),
    [
        (0.10, 0.00659, 0.00520, 0.26),
        (0.05, 0.00809, 0.00561, 0.15),
        (0.01, 0.01580, 0.00856, 0.033),
        (0.001, 0.04827, 0.02347, 0.0033),
    ],
)
def test_what_less_exploration_costs(exploration, ips, dr, left):
    desk = calm_and_busy(exploration)
    assert desk.error(NARROW, N, "ips") == pytest.approx(ips, abs=5e-6)
    assert desk.error(NARROW, N) == pytest.approx(dr, abs=5e-6)
    assert desk.effective_sample(NARROW) == pytest.approx(left, rel=0.02)


def test_exact_errors_to_their_digits():
    assert DESK.error(NARROW, N, "ips") == pytest.approx(0.006592, abs=5e-7)
    assert DESK.error(NARROW, N, "dr") == pytest.approx(0.005203, abs=5e-7)
    assert DESK.error(NARROW, 4 * N) == pytest.approx(DESK.error(NARROW, N) / 2)


def population(desk, n):
    """The log of n quotes in which each outcome comes exactly as often as it is likely."""
    c, a, f = np.indices((*desk.fill.shape, 2)).reshape(3, -1)
    chance = desk.context[c] * desk.logging[c, a] * np.where(f, desk.fill[c, a], 1 - desk.fill[c, a])
    c, a, f = np.repeat([c, a, f], np.rint(n * chance).astype(np.intp), axis=1)
    assert len(c) == n
    return Log(c, a, f * desk.gain[c, a], desk.logging[c, a], f > 0)


tenths = st.integers(1, 9).map(lambda k: k / 10)
gains = st.floats(-3, 3).map(lambda x: round(x, 3))


@st.composite
def desks(draw):
    """Two contexts, two arms, all chances in tenths: a thousand quotes hold each outcome a whole number of times."""
    p, first, second = draw(tenths), draw(tenths), draw(tenths)
    fill = [[draw(tenths) for _ in range(2)] for _ in range(2)]
    gain = [[draw(gains) for _ in range(2)] for _ in range(2)]
    return LoggedDesk(context=[p, 1 - p], logging=[[first, 1 - first], [second, 1 - second]], fill=fill, gain=gain)


@settings(max_examples=40)
@given(desk=desks(), one=tenths, other=tenths)
def test_in_expectation_every_kind_is_right_and_its_error_is_the_closed_form(desk, one, other):
    log, policy = population(desk, 1_000), [[one, 1 - one], [other, 1 - other]]
    for kind in KINDS:
        estimate = off_policy_value(log, policy, kind)
        assert estimate.value == pytest.approx(desk.value(policy), abs=1e-12), kind
        assert estimate.error == pytest.approx(desk.error(policy, 1_000, kind), abs=1e-9), kind


def test_dr_is_right_if_the_model_or_the_propensity_is():
    desk = LoggedDesk(
        context=[0.4, 0.6], logging=[[0.7, 0.3], [0.2, 0.8]], fill=[[0.5, 0.3], [0.9, 0.4]], gain=[[1, 2], [-1, 3]]
    )
    log, truth = population(desk, 1_000), desk.value(NARROW)
    wrong = log._replace(propensity=np.full(1_000, 0.5))
    assert off_policy_value(log, NARROW, "dr", [0.3, -7.0]).value == pytest.approx(truth, abs=1e-12)
    assert off_policy_value(wrong, NARROW, "dr").value == pytest.approx(truth, abs=1e-12)
    assert off_policy_value(wrong, NARROW, "direct") == off_policy_value(log, NARROW, "direct")
    assert abs(off_policy_value(wrong, NARROW, "ips").value - truth) > 0.1
    assert abs(off_policy_value(wrong, NARROW, "dr", [0.3, -7.0]).value - truth) > 0.1


def test_with_the_cells_own_means_dr_is_the_stratified_direct_method():
    log = DESK.log(N, seed=1)
    dr, direct = (off_policy_value(log, NARROW, kind).value for kind in ("dr", "direct"))
    assert dr == pytest.approx(direct, abs=1e-14)


@settings(max_examples=20)
@given(scale=st.floats(0.1, 100), shift=st.floats(-10, 10), seed=st.integers(0, 10**6))
def test_scale_shift_and_names_of_arms(scale, shift, seed):
    log = DESK.log(500, seed)
    policy = np.array([[0.3, 0.7], [0.6, 0.4]])
    for kind in KINDS:
        plain = off_policy_value(log, policy, kind)
        scaled = off_policy_value(log._replace(reward=scale * log.reward), policy, kind)
        assert (scaled.value, scaled.error) == pytest.approx((scale * plain.value, scale * plain.error), abs=1e-12)
        turned = off_policy_value(log._replace(action=1 - log.action), policy[:, ::-1], kind)
        assert (turned.value, turned.error) == pytest.approx((plain.value, plain.error))
        if kind != "ips":  # whose weights do not sum to 1
            moved = off_policy_value(log._replace(reward=log.reward + shift), policy, kind)
            assert moved.value == pytest.approx(plain.value + shift, abs=1e-9)


REPS = 250


@pytest.fixture(scope="module")
def repeated():
    """Values, errors of 250 logs (seed 1) for each row of C.1's table, shape (REPS, 2) each."""
    rng, rows = np.random.default_rng(1), {}
    for _ in range(REPS):
        log = DESK.log(N, rng)
        blind = forgetful(log)
        arms = blind.cells((1, 2))[1][0]
        marginal = log._replace(propensity=blind.propensity)
        estimates = {
            "ips": off_policy_value(log, NARROW, "ips"),
            "snips": off_policy_value(log, NARROW, "snips"),
            "dr": off_policy_value(log, NARROW),
            "dr, model blind": off_policy_value(log, NARROW, "dr", arms),
            "dr, propensity blind": off_policy_value(marginal, NARROW),
            "direct, blind": off_policy_value(blind, [0], "direct"),
            "ips, blind": off_policy_value(blind, [0], "ips"),
            "dr, blind": off_policy_value(blind, [0], "dr"),
            "rule, ips": off_policy_value(log, BY_CONTEXT, "ips"),
            "rule, dr": off_policy_value(log, BY_CONTEXT),
            "rule, ips blind": off_policy_value(marginal, BY_CONTEXT, "ips"),
            "rule, dr blind": off_policy_value(marginal, BY_CONTEXT, "dr", arms),
        }
        for name, estimate in estimates.items():
            rows.setdefault(name, []).append((estimate.value, estimate.error))
    return {name: np.array(pairs) for name, pairs in rows.items()}


# The mean and deviation of the reference's 1,000 logs, its mean error and its share of intervals that hold the truth.
TABLE = {
    "ips": (0.04771, 0.00649, 0.00659, 0.950),
    "snips": (0.04784, 0.00729, 0.00739, 0.952),
    "dr": (0.04776, 0.00509, 0.00520, 0.956),
    "dr, model blind": (0.04773, 0.00871, 0.00884, 0.952),
    "dr, propensity blind": (0.04776, 0.00509, 0.00607, 0.976),
    "direct, blind": (0.12116, 0.00559, None, 0.0),
    "ips, blind": (0.12116, 0.00559, None, 0.0),
    "dr, blind": (0.12116, 0.00559, None, 0.0),
    "rule, ips": (0.19425, 0.00565, None, 0.950),
    "rule, dr": (0.19427, 0.00565, None, 0.950),
    "rule, ips blind": (0.39346, None, None, 0.0),
    "rule, dr blind": (0.21965, None, None, 0.324),
}


@pytest.mark.parametrize("name", TABLE)
def test_the_coverage_table(repeated, name):
    values, errors = repeated[name].T
    mean, sd, error, covers = TABLE[name]
    both = np.sqrt(1 / REPS + 1 / 1_000)
    assert abs(values.mean() - mean) < 3 * values.std() * both
    if sd is not None:
        assert abs(values.std() - sd) < 3 * values.std() * both / np.sqrt(2)
    if error is not None:
        assert abs(errors.mean() - error) < 5e-6 + 3 * errors.std() * both
    truth = DESK.value(BY_CONTEXT if name.startswith("rule") else NARROW)
    held = (np.abs(values - truth) < 1.96 * errors).mean()
    assert abs(held - covers) <= 3 * np.sqrt(max(covers * (1 - covers), 1e-12)) * both + 1e-6


def test_a_policy_that_acts_where_the_log_never_did_is_refused():
    sure = LoggedDesk(context=[0.7, 0.3], logging=np.eye(2), fill=DESK.fill, gain=DESK.gain)
    log = sure.log(1_000, seed=1)
    for kind in KINDS:
        with pytest.raises(ParameterError, match="takes arm 0 in context 1, where the log never did"):
            off_policy_value(log, NARROW, kind)
        assert off_policy_value(log, BY_CONTEXT, kind).error > 0
    for exact in (sure.error, lambda policy, n: sure.effective_sample(policy)):
        with pytest.raises(ParameterError, match="takes arm 0 in context 1, where the log never did"):
            exact(NARROW, N)
    assert sure.value(NARROW) == DESK.value(NARROW)
    always = Log(np.array([0, 1]), np.array([0, 0]), np.zeros(2), np.ones(2))
    with pytest.raises(ParameterError, match="takes arm 1 in context 0, where the log never did"):
        off_policy_value(always, WIDE)


@pytest.mark.parametrize("propensity", [0.0, -0.1, 1.2, np.nan])
def test_a_propensity_that_is_none_is_refused(propensity):
    log = DESK.log(100, seed=1)
    log.propensity[3] = propensity
    with pytest.raises(ParameterError, match=r"propensity \(μ\) must be a finite number above 0 and at most 1 .*; got"):
        off_policy_value(log, NARROW)


def test_what_else_is_refused():
    log = DESK.log(100, seed=1)
    with pytest.raises(ParameterError, match="must be 2 arms, or 2 rows of 2 chances that sum to 1; got"):
        off_policy_value(log, [[0.5, 0.6], [0.5, 0.5]])
    with pytest.raises(ParameterError, match="must be 2 arms, or 2 rows of 2 chances"):
        off_policy_value(log, [0])
    with pytest.raises(ParameterError, match="'magic'"):
        off_policy_value(log, NARROW, "magic")
    with pytest.raises(ParameterError, match="must not contain infs or NaNs"):
        off_policy_value(log._replace(reward=np.full(100, np.nan)), NARROW)
    with pytest.raises(ParameterError, match="cannot use"):
        off_policy_value(log._replace(reward=np.ones(7)), NARROW)
    with pytest.raises(
        ParameterError, match=r"fill \(p\) must be a finite number at least 0 and at most 1 .*; got 1.2"
    ):
        LoggedDesk(context=[1], logging=[[1]], fill=[[1.2]], gain=[[1]])
    with pytest.raises(ParameterError, match="chances that sum to 1"):
        LoggedDesk(context=[0.7, 0.2], logging=DESK.logging, fill=DESK.fill, gain=DESK.gain)
    with pytest.raises(ParameterError, match="n must be a whole number of at least 1"):
        DESK.log(0)


def test_no_fill_at_all_one_context_one_arm_and_one_quote():
    dead = LoggedDesk(context=[0.7, 0.3], logging=DESK.logging, fill=np.zeros((2, 2)), gain=DESK.gain)
    for kind in KINDS:
        estimate = off_policy_value(dead.log(200, seed=2), NARROW, kind)
        assert (estimate.value, estimate.error) == (0, 0)
    single = LoggedDesk(context=[1], logging=[[1]], fill=[[0.5]], gain=[[2.0]])
    log = single.log(1, seed=0)
    assert off_policy_value(log, [0], "ips").value == log.reward[0]
    assert single.effective_sample([0]) == 1
