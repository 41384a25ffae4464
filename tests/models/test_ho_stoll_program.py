"""Where the first order stops: the program against its exact solution without bounds, and against what it earns."""

import numpy as np
import pytest

from mmlab import HoStoll, Linear, Market, ParameterError, exact_moments
from mmlab.models import ho_stoll_program
from mmlab.models.ho_stoll_program import Program

REFERENCE = dict(
    risk_aversion=0.05, volatility=1, demand_intercept=20, demand_slope=20, processing_cost=0.02, horizon=1
)
WIDE = 30
"""Clips to a bound so far that inventories near 0 do not feel it."""
PROGRAM_OF_12 = Program(variance_charge=0.05, margin=0.98, slope=20, horizon=1, max_inventory=12)


def first_order(**changes):
    return HoStoll(**(REFERENCE | changes))


def program(max_inventory=WIDE, **changes):
    return HoStoll(**(REFERENCE | dict(max_inventory=max_inventory, solution="program") | changes))


def unbounded_ask(model, q, tau):
    """α/2β + c/2 + ¼η(1 − 2q), η = √(Rσ²/β) tanh(τ√(βRσ²)): V = const − ½ηq² solves the program without bounds.

    Put into it: ½η'q² = ½Rσ²q² − ¼β·½η²·4q², so that η' = Rσ² − βη².
    """
    g, beta = model.risk_aversion * model.volatility**2, model.demand_slope
    eta = np.sqrt(g / beta) * np.tanh(tau * np.sqrt(beta * g))
    return (model.highest_fee + model.processing_cost) / 2 + eta / 4 * (1 - 2 * q)


@pytest.mark.parametrize("time_left", [1e-3, 0.1, 0.333, 0.7071, 1])
def test_far_from_its_bound_the_program_has_a_closed_form(time_left):
    q = np.arange(-3, 4)
    bid, ask = program().depths(q, time_left)
    np.testing.assert_allclose(ask, unbounded_ask(program(), q, time_left), atol=1e-11)
    np.testing.assert_allclose(bid, unbounded_ask(program(), -q, time_left), atol=1e-11)


def test_the_bound_matters():
    """At 12 clips, as in the reference, and a whole session left: half a thousandth at three clips."""
    bounded, unbounded = program(max_inventory=12).depths(3, 1)[1], unbounded_ask(program(), 3, 1)
    assert bounded - unbounded == pytest.approx(0.46187897 - 0.46240037, abs=1e-8)
    felt = [abs(program(max_inventory=n).depths(3, 1)[1] - unbounded) for n in (4, 6, 9, 12, 16)]
    assert (np.diff(felt) < 0).all()


@pytest.mark.parametrize("q", [0, 1, 3, -4])
def test_far_from_the_bound_the_first_order_errs_with_the_third_power_of_time(q):
    """tanh x = x − x³/3 + …: the ask is βR²σ⁴τ³(2q − 1)/12 too low."""
    tau = np.array([0.02, 0.04, 0.08])
    error = program().depths(q, tau)[1] - first_order().depths(q, tau)[1]
    leading = 20 * 0.05**2 * tau**3 * (2 * q - 1) / 12
    # The next term is 2x²/5 of it, with x² = βRσ²τ².
    np.testing.assert_allclose(error, leading, rtol=0.4 * 20 * 0.05 * 0.08**2 * 1.05)
    assert np.log2(error[1:] / error[:-1]) == pytest.approx([3, 3], abs=0.02)


@pytest.mark.parametrize(("clips_from_bound", "order"), [(1, 1), (2, 2), (3, 3)])
def test_near_the_bound_it_errs_sooner(clips_from_bound, order):
    """A bid there leads to where one side is missing, which a clip less near is felt one power of τ later."""
    q, tau = 12 - clips_from_bound, np.array([1e-3, 2e-3, 4e-3])
    error = program(max_inventory=12).depths(q, tau)[0] - first_order().depths(q, tau)[0]
    assert np.log2(np.abs(error[1:] / error[:-1])) == pytest.approx([order, order], abs=0.1)


def test_soon_before_the_close_value_and_fees_are_the_first_orders():
    tau = 1e-4
    q = np.arange(-5, 6)
    soon, approximate = program(), first_order()
    np.testing.assert_allclose(soon.depths(q, tau), approximate.depths(q, tau), atol=1e-12)
    # The value's second order is −¼βmRσ²τ², whatever the inventory.
    second = -0.25 * 20 * 0.98 * 0.05 * tau**2
    np.testing.assert_allclose(soon.value(q, tau) - approximate.value(q, tau), second, rtol=1e-3)


def test_without_risk_aversion_the_program_is_the_first_order():
    np.testing.assert_allclose(
        program(risk_aversion=0).depths([-5, 0, 5], 0.5), first_order(risk_aversion=0).depths([-5, 0, 5], 0.5)
    )


def objective(model, n_steps):
    """E[profit − ½Rσ²∫q²dt] in the market that the model believes in, exactly, from 0 clips (without costs)."""
    market = Market(
        mid_price=100,
        volatility=model.volatility,
        horizon=model.horizon,
        intensity=Linear(demand_intercept=model.demand_intercept, demand_slope=model.demand_slope),
        fill_rule="linear",
    )
    exact = exact_moments(model, market, n_steps, max_inventory=model.max_inventory)
    squares = exact.inventory_distribution @ exact.inventories**2
    running = (squares[:-1] + squares[1:]).sum() / 2 * model.horizon / n_steps
    return exact.mean - 0.5 * model.risk_aversion * model.volatility**2 * running


def test_the_program_is_worth_what_it_earns():
    """In steps so short that at most one order comes in each; Richardson takes out what is linear in the step."""
    model = program(max_inventory=4, processing_cost=0, risk_aversion=0.2)
    coarse, fine = objective(model, 2_000), objective(model, 4_000)
    assert 2 * fine - coarse == pytest.approx(float(model.value(0, 1)), abs=2e-6)
    assert abs(fine - model.value(0, 1)) < 0.01


def test_no_other_fees_earn_as_much():
    alike = dict(max_inventory=4, processing_cost=0, risk_aversion=0.2)
    best, near, rival = (HoStoll(**(REFERENCE | alike), solution=s) for s in ("program", "first order", "competitive"))
    assert objective(rival, 500) < objective(near, 500) < objective(best, 500)


@pytest.fixture(scope="module")
def truth():
    """The same program on a grid sixteen times finer, whose error is smaller by 16⁴; at every inventory of ±12."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ho_stoll_program, "_INTERVALS", 3_200)
        ho_stoll_program._solve.cache_clear()
        fine = np.array(ho_stoll_program._solve(PROGRAM_OF_12))
    ho_stoll_program._solve.cache_clear()
    return fine


def test_two_hundred_steps_are_enough_for_a_ten_millionth(truth):
    """Of price: a fee is half of a difference of two values."""
    error = np.abs(PROGRAM_OF_12.values(np.linspace(0, 1, 201)) - truth[::16])
    assert error.max() < 1e-7


def test_a_time_between_those_of_the_grid_is_as_exact(truth):
    on_grid = np.abs(PROGRAM_OF_12.values(np.linspace(0, 1, 201)) - truth[::16]).max()
    between = np.abs(PROGRAM_OF_12.values(np.linspace(0, 1, 3_201)) - truth).max()
    assert between < 1.001 * on_grid


def test_where_orders_are_very_many_it_takes_more_steps_instead_of_breaking():
    busy = dict(demand_intercept=4_000, demand_slope=4_000, max_inventory=60)
    q = np.arange(-20, 21)
    _, ask = program(**busy).depths(q, 0.5)
    np.testing.assert_allclose(ask, unbounded_ask(program(**busy), q, 0.5), atol=1e-6)


def test_a_session_of_too_many_orders_is_refused():
    # Both sides fill at ½(α − βc) = 9.8.
    with pytest.raises(ParameterError, match=r"solved for up to 20,000 fills in a session, .* are 784,000: shorten"):
        program(horizon=40_000).depths(0, 1)


def test_a_bound_too_far_for_the_machine_is_refused():
    with pytest.raises(ParameterError, match=r"The program on 200,000,001 inventories would take"):
        program(max_inventory=100_000_000).depths(0, 1)


def test_in_no_time_nothing_is_worth_anything():
    model = program(max_inventory=3, horizon=0)
    assert model.value([-3, 0, 3], 0).tolist() == [0, 0, 0]
    assert model.depths(1, 0) == pytest.approx((0.51, 0.51))


def test_a_slider_of_inventory_or_time_solves_nothing_again():
    q = np.arange(-12, 13)
    program(max_inventory=12).depths(q, 0.9)
    solved = ho_stoll_program._solve.cache_info().misses
    for tau in np.linspace(0, 1, 7):
        program(max_inventory=12).depths(q, tau)
        program(max_inventory=12).value(3, tau)
    assert ho_stoll_program._solve.cache_info().misses == solved


def test_what_is_kept_for_the_next_call_cannot_be_written_on():
    kept = Program(variance_charge=0.05, margin=0.98, slope=20, horizon=1, max_inventory=3)
    values = kept.values(np.array([0.5]))
    values[:] = 0
    assert (kept.values(np.array([0.5]))[0] != 0).all()
    assert not ho_stoll_program._solve(kept).flags.writeable
