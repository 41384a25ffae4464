"""What quotes give away: the reference's numbers, draws, QuoteTimer, and the equation that Lambert's W solves."""

import math

import numpy as np
import pytest

from mmlab import ParameterError, QuoteTimer
from mmlab.models.stale_quotes import option_of_a_quote, sniped_a_time, sniping_half_spread

H, SIGMA = 0.67162812, 2.0


@pytest.mark.parametrize(
    ("f", "option", "loss"),
    [
        (0.25, 0.00000120, 0.00034044),
        (0.5, 0.00285130, 0.20227152),
        (0.75, 0.02135531, 0.67331094),
        (1, 0.05595701, 0.99240003),
        (1.5, 0.15224431, 1.20002637),
        (2, 0.26569146, 1.17801236),
        (3, 0.51225637, 1.00943208),
        (5, 1.03059534, 0.73110610),
    ],
)
def test_an_option_a_side_and_a_loss_a_day(f, option, loss):
    timer = QuoteTimer(min_quote_time=0, max_quote_time=100, stale_fraction=f)
    age = float(timer.calculate_quote_time(H, SIGMA))
    assert option_of_a_quote(H, SIGMA, age) == pytest.approx(option, abs=5e-9)
    assert sniped_a_time(H, SIGMA, f) == pytest.approx(loss, abs=5e-9)


def test_the_worst_fraction():
    fractions = np.linspace(1.5, 1.8, 3001)
    losses = [sniped_a_time(1, 1, f) for f in fractions]
    assert fractions[np.argmax(losses)] == pytest.approx(1.63397844, abs=1e-4)
    assert max(losses) / 2 == pytest.approx(0.1012282451, abs=5e-9)


def test_drawn_mids_take_as_much():
    moves = SIGMA * 0.3 * np.random.default_rng(1).standard_normal(400_000)
    taken = np.maximum(moves - H, 0)
    assert abs(taken.mean() - option_of_a_quote(H, SIGMA, 0.09)) < 4 * taken.std() / math.sqrt(len(taken))


def test_units_of_time_and_price():
    assert option_of_a_quote(3 * H, 3 * SIGMA, 0.2) == pytest.approx(3 * option_of_a_quote(H, SIGMA, 0.2))
    assert sniped_a_time(H, SIGMA * math.sqrt(7)) == pytest.approx(7 * sniped_a_time(H, SIGMA))
    assert sniping_half_spread(7, 3, 14) == pytest.approx(3 * sniping_half_spread(1, 1, 2))


@pytest.mark.parametrize(
    ("jumps", "mean", "half_spread", "prize"),
    [
        (10, 0.5, 0.0172515249, 4.8304),
        (40, 0.5, 0.0629755664, 17.6332),
        (100, 0.5, 0.1360356925, 38.0900),
        (280, 0.5, 0.2835716452, 79.4001),
        (40, 1, 0.1259511328, 35.2663),
    ],
)
def test_budish_cramton_and_shims_half_spread(jumps, mean, half_spread, prize):
    h = sniping_half_spread(jumps, mean, 280)
    assert h == pytest.approx(half_spread, abs=5e-11)
    assert 280 * h == pytest.approx(prize, abs=6e-5)
    assert 280 * h == pytest.approx(jumps * mean * math.exp(-h / mean))  # E(J − h)⁺ of an exponential


def test_no_jumps_ask_for_no_spread_and_very_many_for_lamberts():
    assert sniping_half_spread(0, 1, 280) == 0
    h = sniping_half_spread(1e9, 1, 1)
    assert h * math.exp(h) == pytest.approx(1e9)


def test_bad_numbers_are_refused():
    for bad, says in (
        (lambda: option_of_a_quote(H, -1, 1), "volatility"),
        (lambda: option_of_a_quote(H, 1, 0), "age"),
        (lambda: sniped_a_time(H, SIGMA, 0), "stale_fraction"),
        (lambda: sniping_half_spread(1, 1, 0), "investor_rate"),
        (lambda: sniping_half_spread(-1, 1, 1), "jump_rate"),
    ):
        with pytest.raises(ParameterError, match=says):
            bad()
