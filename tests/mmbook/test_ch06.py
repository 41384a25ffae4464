"""Chapter 06: its answers, its checks, and what its prose claims."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from mmbook import printed
from mmbook.ch06 import ModelsExplorer, WrongBeliefsExplorer, plots
from mmbook.ch06.scenes import TRUTH, all_models, belief_costs, belief_row
from mmbook.printed import AsPrinted

from mmlab import (
    AvellanedaStoikov,
    GueantLehalleFernandezTapia,
    InfiniteHorizonAvellanedaStoikov,
    Market,
    Symmetric,
    exact_moments,
    simulate,
)
from tests.mmbook.checking import answers_with_numbers, right_answers, usual_mistakes

MARKET = Market.avellaneda_stoikov_2008()


def paired(first, second):
    return np.std(first - second) / len(first) ** 0.5


def worth(market=MARKET, **believed):
    own = {"risk_aversion": 0.1, "max_inventory": 20, "solution": "closed form"}
    model = GueantLehalleFernandezTapia.for_market(MARKET, **own, **believed)
    return exact_moments(model, market).certainty_equivalent(0.1)


def cost(volatility, fill_decay, arrival_rate):
    return worth() - worth(volatility=volatility, fill_decay=fill_decay, arrival_rate=arrival_rate)


def within_budget(gamma=0.71, sigma=3.0):
    return GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=gamma, volatility=sigma, max_inventory=20)


class Broken:
    def depths(self, inventory, time_left):
        raise ZeroDivisionError("division by zero")


def fills(error, apart, k):
    near = 1 / (1 + np.exp(-k * apart))
    return (1 / near + 1 / (1 - near)) / (apart * error) ** 2


def separate(a, b):
    return a**2 + b**2


RIGHT = [
    ("ce-rare-loss", lambda m, p, loss, g: -np.log((1 - p) * np.exp(-g * m) + p * np.exp(-g * (m - loss))) / g),
    ("paired-days", lambda a, b, r: separate(a, b) / (separate(a, b) - 2 * r * a * b)),
    ("frontier-choice", lambda c, g: (c / g) ** (1 / 3)),
    ("fills-needed", fills),
    ("fills-needed", lambda e, d, k: np.ceil(fills(e, d, k))),
    ("paired-error", paired),
    ("paired-error", lambda a, b: (a - b).std(ddof=1) / len(a) ** 0.5),
    ("same-risk", 0.0351),
    ("cost-of-a-belief", cost),
    ("two-wrongs", 560),
    ("risk-budget", within_budget()),
]
WRONG = [
    ("ce-rare-loss", lambda m, p, loss, g: m - p * loss - g / 2 * p * (1 - p) * loss**2, "62.6180, which is the score"),
    ("ce-rare-loss", lambda m, p, loss, g: m - p * loss, "Risk is not charged for"),
    ("ce-rare-loss", lambda m, p, loss, g: m - np.log(1 - p + p * np.exp(-g * loss)) / g, "counts as a gain"),
    ("ce-rare-loss", lambda m, p, loss, g: m - np.log(1 - p + p * np.exp(g * loss)), "not divided by γ"),
    ("ce-rare-loss", lambda m, p, loss, g: m - np.log10(1 - p + p * np.exp(g * loss)) / g, "np.log"),
    ("ce-rare-loss", lambda m, p, loss, g: m - np.log(p * np.exp(g * loss)) / g, "the probability 1 − p"),
    ("paired-days", lambda a, b, r: (separate(a, b) / (separate(a, b) - 2 * r * a * b)) ** 0.5, "Days count by"),
    ("paired-days", lambda a, b, r: separate(a, b) / (separate(a, b) - r * a * b), "taken off once"),
    ("paired-days", lambda a, b, r: separate(a, b) / (separate(a, b) - 2 * r), "no covariance"),
    ("paired-days", lambda a, b, r: 1 - 2 * r * a * b / separate(a, b), "upside down"),
    ("paired-days", lambda a, b, r: 1 / (1 - r), "both deviations are the same"),
    ("frontier-choice", lambda c, g: (c / g) ** 0.5, "γ alone"),
    ("frontier-choice", lambda c, g: (c / (2 * g)) ** (1 / 3), "the ½ cancels"),
    ("frontier-choice", lambda c, g: (2 * c / g) ** (1 / 3), "cancels the ½"),
    ("frontier-choice", lambda c, g: c / g, "d stands on both sides"),
    ("fills-needed", lambda e, d, k: fills(e * k, d, k), "Asked is that of k itself"),
    ("fills-needed", lambda e, d, k: 4 / (d * e) ** 2, "At the nearer one it is 68%"),
    ("fills-needed", lambda e, d, k: fills(e, d, k) * d**2, "not divided by the distance"),
    ("fills-needed", lambda e, d, k: fills(e, d, k) / (1 + np.exp(-k * d)), "at the nearer depth alone"),
    ("fills-needed", lambda e, d, k: (k / e) ** 2, "how far orders reach"),
    ("paired-error", lambda a, b: (a.var() / len(a) + b.var() / len(b)) ** 0.5, "strategies on different days"),
    ("paired-error", lambda a, b: (a - b).std(), "deviation of one day's difference"),
    ("paired-error", lambda a, b: (a - b).var() / len(a), "Take its root"),
    ("paired-error", lambda a, b: (a - b).mean(), "mean difference itself"),
    ("paired-error", lambda a, b: 7.0, "your error is 7.0000; it is"),
    ("same-risk", 0.1, "deviates by 6.543; Guéant's model at 0.1 by 7.251"),
    ("same-risk", -1, "must be above 0"),
    ("cost-of-a-belief", lambda s, k, a: -cost(s, k, a), "the sign is turned"),
    ("cost-of-a-belief", lambda s, k, a: worth(volatility=s, fill_decay=k, arrival_rate=a), "equivalent itself"),
    ("cost-of-a-belief", lambda s, k, a: 0.0, "that belief costs 0.6002 a day"),
    ("two-wrongs", 280, "the skew is 0.0731 a clip; right is 0.0517. Your A is half"),
    ("two-wrongs", 35, "the skew is 0.2069 a clip"),
    ("two-wrongs", -3, "must be above 0"),
    ("risk-budget", 3, "anything else with `depths"),
    ("risk-budget", within_budget(0.1), "over the budget of 6"),
    ("risk-budget", AvellanedaStoikov.for_market(MARKET, risk_aversion=0.31), "Avellaneda–Stoikov gets to 48"),
    ("risk-budget", Broken(), "ZeroDivisionError: division by zero"),
]

test_right_answers_are_right = right_answers(RIGHT)
test_usual_mistakes_are_named = usual_mistakes(WRONG)
test_the_answers_carry_their_numbers = answers_with_numbers(
    [
        ("highest-mean-is-the-best", "68.23.*39.74"),
        ("highest-mean-is-the-best", "65.24"),
        ("one-tape-saves-days", "vary by 7.0 and 7.2, their difference by 3.1.*take 11 times as many"),
        ("volatility-matters-most", "σ: 0.30 and 0.60; k: 16.60 and 10.38; A: 0.18 and 0.04"),
        ("overestimating-volatility-is-safe", "62.79 with the true σ, 50.75 with twice that, and 65.03 with half"),
    ]
)


def test_the_highest_mean_is_worth_least():
    days = {name: exact_moments(model, MARKET) for name, model in all_models(MARKET, 0.1).items()}
    worths = {name: day.certainty_equivalent(0.1) for name, day in days.items()}
    assert max(days, key=lambda name: days[name].mean) == min(worths, key=worths.__getitem__) == "symmetric"
    assert max(worths, key=worths.__getitem__) == "Guéant"


def test_volatility_and_arrivals_count_only_as_one_ratio():
    costs = belief_costs(0.1, [{"volatility": 2 * x, "arrival_rate": 140 * x**2} for x in (0.5, 0.8, 1.4, 2)])
    np.testing.assert_allclose(costs, 0, atol=1e-9)


def test_on_one_tape_every_difference_is_better_known_than_on_two():
    tape, models = MARKET.tape(n_paths=1000, n_steps=200, seed=6), all_models(MARKET, 0.1)
    profits = {name: simulate(model, tape).pnl for name, model in models.items()}
    base = profits.pop("Guéant")
    for profit in profits.values():
        assert (profit - base).var() < profit.var() + base.var()


def test_without_jumps_and_the_fear_of_missed_fills_two_models_are_one():
    theirs = all_models(MARKET, 0.1)["Cartea–Jaimungal"]
    ours = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, max_inventory=20, risk_mode=0.0)
    where = np.arange(-19, 20), np.linspace(0, 1, 11)[:, np.newaxis]
    np.testing.assert_allclose(ours.depths(*where), theirs.depths(*where), rtol=0, atol=1e-9)


def test_orders_that_know_something_make_the_mid_as_volatile_as_said():
    jumpy = dataclasses.replace(MARKET, jump=(0.2, 0.2))
    assert jumpy.total_volatility == pytest.approx((2**2 + 2 * 140 * 0.2**2) ** 0.5)
    fine = jumpy.tape(n_paths=20, n_steps=20_000, seed=6)
    measured = np.diff(fine.mid, axis=0).std() * np.sqrt(fine.n_steps)
    assert measured == pytest.approx(jumpy.total_volatility, rel=0.005)


def test_k_from_two_depths_has_the_error_that_the_table_says():
    k, apart, n = 1.5, 0.5, 1000
    near = np.random.default_rng(6).binomial(n, 1 / (1 + np.exp(-k * apart)), 40_000)
    estimates = np.log(near / (n - near)) / apart
    assert fills(estimates.std(), apart, k) == pytest.approx(n, rel=0.03)


def test_without_a_horizon_volatility_is_not_in_the_quotes_and_a_smaller_gamma_skews_harder():
    def skew(gamma, sigma):
        model = InfiniteHorizonAvellanedaStoikov(
            risk_aversion=gamma, volatility=sigma, fill_decay=1.5, max_inventory=20
        )
        bid, ask = model.depths(5)
        return float(bid - ask)

    assert skew(0.1, 2) == pytest.approx(skew(0.1, 7), rel=1e-12)
    assert skew(0.05, 2) == pytest.approx(2 * skew(0.1, 2), rel=1e-12)


def test_skewing_guards_against_the_more_volatile_mid_and_not_against_what_orders_know():
    """What informed orders cost, taken apart: the same σ without jumps, then the jumps. The ranking turns round."""
    jumpy = dataclasses.replace(MARKET, jump=(0.2, 0.2))
    stormy = dataclasses.replace(MARKET, volatility=jumpy.total_volatility)

    def score(model, market):
        day = exact_moments(model, market, n_steps=2000)
        return day.mean - 0.05 * day.sd**2

    models = all_models(MARKET, 0.1)
    names = ("Avellaneda–Stoikov", "Guéant", "symmetric")
    scores = {name: [score(models[name], market) for market in (MARKET, stormy, jumpy)] for name in names}
    to_sigma, to_orders = (np.array([-np.diff(scores[name])[part] for name in names]) for part in (0, 1))
    assert to_sigma == pytest.approx([1.39, 3.51, 25.06], abs=0.01)
    assert to_orders == pytest.approx([17.28, 18.26, 14.20], abs=0.01)
    # Told the whole σ, and ε too: the more the models that solve their problem know, the more they are worth.
    informed = all_models(jumpy, 0.1)
    assert score(informed["Guéant"], jumpy) > scores["Guéant"][2] + 1
    knowing = informed["Cartea–Jaimungal"]
    assert score(models["Cartea–Jaimungal"], jumpy) + 1 < score(dataclasses.replace(knowing, jump=0.0), jumpy)
    assert score(dataclasses.replace(knowing, jump=0.0), jumpy) + 1 < score(knowing, jumpy)
    # A formula that skews too much as it is loses by the truth.
    assert score(informed["Avellaneda–Stoikov"], jumpy) < scores["Avellaneda–Stoikov"][2] - 6


def test_two_printed_formulas_do_not_lose_and_are_worse_than_symmetric_quotes_in_both_ways():
    simple = exact_moments(Symmetric.for_market(MARKET, risk_aversion=0.1), MARKET)
    means = {}
    for formula in (
        printed.AvellanedaStoikov(0.1, 2),
        printed.HoStoll(0.1, 2, 0.01),
        printed.CarteaJaimungal(0.1, 2, 0.1),
    ):
        for timed in (False, True):
            day = exact_moments(AsPrinted(formula, timed=timed), MARKET)
            means[type(formula).__name__, timed] = day.mean
            assert day.mean < simple.mean
            if day.mean > 0:
                assert day.sd > simple.sd
    assert [key for key, mean in means.items() if mean > 0] == [("HoStoll", True), ("CarteaJaimungal", True)]


def test_a_task_is_done_by_what_it_asks_for_and_by_no_preset():
    models, beliefs = ModelsExplorer(), WrongBeliefsExplorer()
    for shown in (models, beliefs):
        for preset in shown.presets.values():
            shown.set(**{spec.name: at for spec, (_, _, at) in shown.sliders.items()} | preset)
            assert "✔" not in shown.words
    models.set(risk_aversion=0.14, volatility=2.0, fill_decay=1.5, arrival_rate=140.0)
    assert "✔ Done: in the paper's market" in models.words
    models.set(risk_aversion=0.16)
    assert "✔" not in models.words
    for name, others, task, found in (
        ("volatility", {"arrival_rate": 70.0}, "✔ Done: believe A = 70", [1.4]),
        ("fill_decay", {"volatility": 2.0}, "✔ Done: with k alone", [1.3]),
    ):
        beliefs, done = WrongBeliefsExplorer(), []
        beliefs.set(**others)
        for stop in beliefs.controls[name].stops[2:12].tolist():
            beliefs.set(**{name: stop})
            done += [stop] * beliefs.words.count(task)
        assert done == found  # where the slider stops


def test_a_map_is_the_same_whoever_computes_its_rows():
    factors = np.geomspace(0.5, 2, 3).tolist()
    beliefs = [{"volatility": 2 * x, "fill_decay": 1.5 * y} for y in factors for x in factors]
    rows = [belief_row("volatility", "fill_decay", y, risk_aversion=0.1, n=3) for y in factors]
    assert TRUTH["volatility"] == 2
    np.testing.assert_array_equal(np.ravel(rows), belief_costs(0.1, beliefs))
    with ThreadPoolExecutor(2) as threads:
        pictures = [
            plots.belief_maps(0.1, [("volatility", "fill_decay")] * 2, [[5]] * 2, n=3, executor=executor)
            for executor in (None, threads)
        ]
    assert pictures[0].alt == pictures[1].alt
