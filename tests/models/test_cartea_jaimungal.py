import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import (
    CarteaJaimungal,
    Exponential,
    GueantLehalleFernandezTapia,
    Linear,
    Market,
    ParameterError,
    PostOnly,
    exact_moments,
    monte_carlo,
    parameter_table,
    simulate,
)
from mmlab.models import cartea_jaimungal as module
from mmlab.models import unequal_sides
from mmlab.parameters import sides

MARKET = Market.avellaneda_stoikov_2008()
fractions = st.floats(0, 1)
factors = st.floats(0.01, 100)


def pairs(numbers):
    return numbers | st.tuples(numbers, numbers)


decays = st.floats(0.5, 4)
models = st.builds(
    CarteaJaimungal,
    running_penalty=st.just(0.0) | st.floats(1e-4, 0.5),
    terminal_penalty=st.just(0.0) | st.floats(1e-4, 0.2),
    arrival_rate=pairs(st.just(0.0) | st.floats(0.1, 20)),
    fill_decay=pairs(decays),
    horizon=st.floats(0.05, 3),
    max_inventory=st.integers(1, 6),
    jump=pairs(st.just(0.0) | st.floats(0.001, 0.3)),
)


def book(**changes):
    """The market of CJP (2015), §10.2."""
    given = dict(running_penalty=1e-4, terminal_penalty=1e-4, arrival_rate=1, fill_decay=100, horizon=30)
    return CarteaJaimungal(**(given | {"max_inventory": 3} | changes))


def all_inventories(model):
    return np.arange(-model.max_inventory, model.max_inventory + 1)


def close(model):
    """Depths are compared with the distance 1/κ between them."""
    return dict(rtol=1e-9, atol=1e-11 / sides(model.fill_decay).min())


@pytest.mark.parametrize(
    ("phi", "asks", "value"),
    [
        (1e-5, (0.0162411298, 0.0108222412, 0.0091777588, 0.0037588702), 0.2053483021),
        (1e-4, (0.0171266792, 0.0110826289, 0.0089173711, 0.0028733208), 0.2004261934),
    ],
)
def test_the_books_market_half_a_minute_before_the_close(phi, asks, value):
    model = book(running_penalty=phi)
    assert model.depths([-2, 0, 1, 3], 30)[1] == pytest.approx(asks, abs=5e-11)
    assert model.value(0, 30) == pytest.approx(value, abs=5e-11)


def test_with_orders_that_move_the_mid_it_asks_more_and_is_worth_less():
    model = book(jump=0.005)
    assert model.value(0, 30) == pytest.approx(0.1205892377, abs=5e-11)
    assert model.depths(0, 30)[1] == pytest.approx(0.0162555370, abs=5e-11)


def test_unequal_sides():
    model = book(arrival_rate=(1, 0.8), fill_decay=(100, 80))
    bid, ask = model.depths(0, 30)
    assert model.value(0, 30) == pytest.approx(0.1998708392, abs=5e-11)
    assert ask == pytest.approx(0.0122649878, abs=5e-11)
    assert bid == pytest.approx(0.0126547039, abs=5e-11)


@pytest.mark.parametrize("phi", [0, 1e-4, 1])
def test_at_the_close_only_the_terminal_penalty_counts(phi):
    """δ⁺(q) = 1/κ − α(2q − 1)."""
    q = np.arange(-2, 4)
    assert book(running_penalty=phi).depths(q, 0)[1] == pytest.approx(0.01 - 1e-4 * (2 * q - 1), rel=1e-12)


@pytest.mark.parametrize(
    ("n_steps", "fill_rule", "objective"),
    [
        (200, "linear", 68.360226),
        (200, "exponential", 60.265510),
        (2000, "linear", 68.266231),
        (2000, "exponential", 67.394420),
    ],
)
def test_the_objective_in_steps_comes_to_the_value_in_continuous_time(n_steps, fill_rule, objective):
    """E[X_T + q_T S_T − αq_T²] − φΔt Σ E[q²], q after each step's fills."""
    market = dataclasses.replace(MARKET, fill_rule=fill_rule)
    model = CarteaJaimungal.for_market(market, running_penalty=0.01, terminal_penalty=0.001, max_inventory=100)
    assert model.value(0, 1) == pytest.approx(68.25583476, abs=5e-9)
    chain = exact_moments(model, market, n_steps=n_steps)
    squared = chain.inventory_distribution @ chain.inventories**2
    reached = chain.mean - model.terminal_penalty * squared[-1] - model.running_penalty / n_steps * squared[1:].sum()
    assert reached == pytest.approx(objective, abs=5e-7)
    assert abs(reached - model.value(0, 1)) < 2000 / n_steps


def test_half_of_gamma_sigma_squared_as_the_running_penalty_is_guéants_mean_less_variance():
    theirs = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, risk_mode=0, max_inventory=15)
    ours = CarteaJaimungal.for_market(MARKET, running_penalty=0.1 * 2**2 / 2, terminal_penalty=0, max_inventory=15)
    q, tau = np.arange(-15, 16), np.array([[0.0], [0.01], [0.5], [1.0]])
    np.testing.assert_allclose(ours.depths(q, tau), theirs.depths(q, tau), rtol=1e-11)
    np.testing.assert_allclose(ours.value(q, tau), theirs.value(q, tau), rtol=1e-11)


@given(models, fractions)
def test_both_solvers_agree_where_both_hold(model, left):
    decay = sides(model.fill_decay)[0]
    model = dataclasses.replace(model, fill_decay=decay)
    q, times = all_inventories(model), np.array([left, 1.0]) * model.horizon
    rate, jump = sides(model.arrival_rate), sides(model.jump)
    steps = unequal_sides.solve(
        (rate[0] * jump[0] - rate[1] * jump[1]) * q - model.running_penalty * q**2,
        rate / decay * np.exp(-1 - decay * jump),
        np.array([decay, decay]),
        -model.terminal_penalty * q**2,
        model.horizon,
    )
    np.testing.assert_allclose(steps(times), model.value(q, times[:, np.newaxis]), rtol=1e-11, atol=1e-12 / decay)


@pytest.mark.parametrize("decay", [(1.5, 1.5 * (1 + 1e-9)), (1.5, 1.5)])
def test_nearly_equal_decays_are_quoted_nearly_as_equal_ones(decay):
    one, other = (
        CarteaJaimungal.for_market(
            MARKET, running_penalty=0.01, terminal_penalty=0.001, max_inventory=30, fill_decay=k
        ).depths(np.arange(-30, 31), 1)
        for k in (decay, 1.5)
    )
    np.testing.assert_allclose(one, other, atol=2e-8)


@given(models, fractions)
def test_the_mirror_swaps_the_sides(model, left):
    swapped = {name: tuple(sides(getattr(model, name))[::-1]) for name in ("arrival_rate", "fill_decay", "jump")}
    mirror = dataclasses.replace(model, **swapped)
    q, tau = all_inventories(model), left * model.horizon
    (bid, ask), (mirrored_bid, mirrored_ask) = model.depths(q, tau), mirror.depths(-q, tau)
    np.testing.assert_allclose(mirrored_bid, ask, **close(model))
    np.testing.assert_allclose(mirrored_ask, bid, **close(model))
    np.testing.assert_allclose(mirror.value(-q, tau), model.value(q, tau), **close(model))


@given(models, fractions)
def test_a_longer_desk_bids_lower_and_offers_lower_and_stops_at_its_bounds(model, left):
    bid, ask = model.depths(all_inventories(model), left * model.horizon)
    assert np.isnan([bid[-1], ask[0]]).all()
    assert (np.diff(bid[:-1]) >= -close(model)["atol"]).all()
    assert (np.diff(ask[1:]) <= close(model)["atol"]).all()


@given(models, st.floats(1.01, 10), fractions)
def test_a_higher_running_penalty_lowers_the_bid_of_a_long_desk_and_the_value(model, more, left):
    """With equal sides: where flows differ, inventory drifts, and what is long of one is short of the other."""
    model = dataclasses.replace(
        model, **{name: sides(getattr(model, name))[0] for name in ("arrival_rate", "fill_decay", "jump")}
    )
    stricter = dataclasses.replace(model, running_penalty=more * model.running_penalty)
    q, tau = np.arange(model.max_inventory + 1), left * model.horizon
    assert (stricter.depths(q, tau)[0] - model.depths(q, tau)[0])[:-1].min() >= -close(model)["atol"]
    assert (model.value(q, tau) - stricter.value(q, tau)).min() >= -close(model)["atol"]


@given(models, fractions, factors)
def test_another_time_unit_changes_no_quote(model, left, c):
    other = dataclasses.replace(
        model,
        running_penalty=model.running_penalty / c,
        arrival_rate=tuple(sides(model.arrival_rate) / c),
        horizon=model.horizon * c,
    )
    q = all_inventories(model)
    one, two = model.depths(q, left * model.horizon), other.depths(q, left * other.horizon)
    np.testing.assert_allclose(two, one, **close(model))


@given(models, fractions, factors)
def test_another_currency_scales_every_depth_and_the_value(model, left, c):
    other = dataclasses.replace(
        model,
        running_penalty=model.running_penalty * c,
        terminal_penalty=model.terminal_penalty * c,
        fill_decay=tuple(sides(model.fill_decay) / c),
        jump=tuple(sides(model.jump) * c),
    )
    q, tau = all_inventories(model), left * model.horizon
    np.testing.assert_allclose(np.array(other.depths(q, tau)) / c, model.depths(q, tau), **close(model))
    np.testing.assert_allclose(other.value(q, tau) / c, model.value(q, tau), **close(model))


@given(models, fractions)
def test_a_solution_from_the_cache_is_the_one_made_anew(model, left):
    tau = left * model.horizon
    first = model.depths(0, tau)
    solved = module._solved.cache_info().misses
    again = dataclasses.replace(model).depths(0, tau)
    model.depths(all_inventories(model), tau / 2)
    assert module._solved.cache_info().misses == solved
    module._solved.cache_clear()
    assert first == again == model.depths(0, tau)


@pytest.mark.parametrize("fill_decay", [1.5, (1.5, 0.7)])
def test_the_quotes_satisfy_the_equation_they_come_from(fill_decay):
    """h' by central differences against the right-hand side, unequal flows and jumps included."""
    model = CarteaJaimungal.for_market(
        MARKET,
        running_penalty=0.05,
        terminal_penalty=0.01,
        max_inventory=4,
        fill_decay=fill_decay,
        arrival_rate=(14, 10),
        jump=(0.05, 0.02),
    )
    q, tau, step = all_inventories(model), 0.4, 1e-4
    bid, ask = model.depths(q, tau)
    (buy_decay, sell_decay), (up, down) = sides(fill_decay), model.jump
    traded = 14 / buy_decay * np.exp(-buy_decay * np.nan_to_num(ask, nan=np.inf))
    traded += 10 / sell_decay * np.exp(-sell_decay * np.nan_to_num(bid, nan=np.inf))
    slope = (model.value(q, tau + step) - model.value(q, tau - step)) / (2 * step)
    np.testing.assert_allclose(slope, (14 * up - 10 * down) * q - 0.05 * q**2 + traded, atol=1e-5)


def test_without_orders_the_value_is_what_holding_costs():
    value = book(arrival_rate=0).value(np.arange(-3, 4), 12)
    assert value == pytest.approx(-(1e-4 * 12 + 1e-4) * np.arange(-3, 4) ** 2, rel=1e-12)


def test_a_model_for_a_market_believes_its_flows_and_jumps_side_by_side():
    buyers, sellers = Exponential(arrival_rate=100, fill_decay=1.5), Exponential(arrival_rate=140, fill_decay=1.2)
    penalties = dict(running_penalty=0.01, terminal_penalty=0.001, max_inventory=5)
    market = Market.avellaneda_stoikov_2008(intensity=(buyers, sellers), jump=(0.1, 0.2))
    assert CarteaJaimungal.for_market(market, **penalties) == CarteaJaimungal(
        arrival_rate=(100, 140), fill_decay=(1.5, 1.2), jump=(0.1, 0.2), horizon=1, **penalties
    )
    plain = CarteaJaimungal.for_market(MARKET, **penalties)
    assert (plain.arrival_rate, plain.fill_decay, plain.jump) == (140, 1.5, 0)
    assert CarteaJaimungal.for_market(market, jump=0, **penalties).jump == 0
    lines = Market.avellaneda_stoikov_2008(intensity=Linear(demand_intercept=20, demand_slope=10))
    with pytest.raises(ParameterError, match=r"also needs arrival_rate \(λ\), fill_decay \(κ\)"):
        CarteaJaimungal.for_market(lines, **penalties)


def test_the_objective_with_unequal_flows_and_jumps_is_reached_in_short_steps():
    """In the exact chain of the very market: ε of either side, and which side is which.

    While no quote crosses the mid: orders that would not have reached it do not move it in our market, and in CJ's do.
    """
    flows = Exponential(arrival_rate=14, fill_decay=1.5), Exponential(arrival_rate=10, fill_decay=1.2)
    market = Market.avellaneda_stoikov_2008(intensity=flows, jump=(0.02, 0.05))
    model = CarteaJaimungal.for_market(market, running_penalty=0.02, terminal_penalty=0.02, max_inventory=6)
    assert np.nanmin(model.depths(np.arange(-6, 7), np.linspace(0, 1, 9)[:, np.newaxis])) > 0
    reached = []
    for n_steps in (1_000, 2_000):
        chain = exact_moments(model, market, n_steps=n_steps)
        squared = chain.inventory_distribution @ chain.inventories**2
        reached.append(chain.mean - 0.02 * squared[-1] - 0.02 / n_steps * squared[1:].sum())
    assert 2 * reached[1] - reached[0] == pytest.approx(model.value(0, 1), abs=1e-4)


def test_inventories_and_times_broadcast_and_quotes_stand_around_the_mid():
    model = book(fill_decay=(100, 80))
    bid, ask = model.depths(np.arange(-3, 4), np.linspace(0, 30, 5)[:, np.newaxis])
    assert bid.shape == ask.shape == (5, 7)
    assert bid[4, 4] == model.depths(1, 30)[0]
    quotes = model.quotes(100, [3, 1], 30)
    assert quotes.bid_size.tolist() == [0, 1]
    assert quotes.ask_price[1] == 100 + ask[4, 4]
    assert model.reservation_price(100, 1, 30) == quotes.middle[1]
    assert PostOnly(book(terminal_penalty=1)).depths(3, 0)[1] == 0


@pytest.mark.parametrize("fill_decay", [100, (100, 80)])
def test_a_desk_that_may_not_be_short_quotes_no_ask_when_flat(fill_decay):
    """One that has nothing to lose below 0 quotes as one that starts there: the law of the shifted table."""
    model = book(min_inventory=0, max_inventory=4, fill_decay=fill_decay)
    bid, ask = model.depths(np.arange(5), 30)
    assert np.isnan([ask[0], bid[4]]).all()
    assert np.isfinite([ask[1:], bid[:4]]).all()
    assert model.value(0, 30) < book(max_inventory=4, fill_decay=fill_decay).value(0, 30)
    unpunished = dict(running_penalty=0, terminal_penalty=0, fill_decay=fill_decay)
    shifted = book(max_inventory=2, **unpunished).depths(np.arange(-2, 3), 30)
    np.testing.assert_allclose(book(min_inventory=0, max_inventory=4, **unpunished).depths(np.arange(5), 30), shifted)
    assert book(min_inventory=-3).depths(1, 30) == book().depths(1, 30)


@pytest.mark.parametrize("min_inventory", [0, -1, -8])
def test_one_sided_bounds_go_through_the_chain_and_the_sample(min_inventory, mean_error):
    market = Market.avellaneda_stoikov_2008(intensity=Exponential(arrival_rate=20, fill_decay=1.5))
    own = dict(running_penalty=0.05, terminal_penalty=0.01, max_inventory=4, min_inventory=min_inventory)
    model = CarteaJaimungal.for_market(market, **own)
    for policy in (model, PostOnly(model)):
        exact = exact_moments(policy, market, n_steps=50)
        held = exact.inventories[exact.inventory_distribution[-1] > 0]
        assert (held.min(), held.max()) == (min_inventory, 4)
        sample = monte_carlo(policy, market, n_paths=20_000, n_steps=50, seed=6)
        assert abs(sample.pnl.mean() - exact.mean) < 4 * mean_error(sample.pnl)
        assert sample.final_inventory.min() == min_inventory
        pnl = simulate(policy, market.tape(n_paths=4_000, n_steps=50, seed=7)).pnl
        assert abs(pnl.mean() - exact.mean) < 4 * mean_error(pnl)
        assert exact.certainty_equivalent(0.01) < exact.mean


@pytest.mark.parametrize("fill_decay", [1.5, (1.5, 1.2)])
@pytest.mark.parametrize("max_inventory", [1, 40, 200])
@pytest.mark.parametrize("jump", [0, 2 / 3, 5])
def test_without_penalties_and_with_jumps_beyond_one_over_kappa(max_inventory, jump, fill_decay):
    """Nobody minds inventory: every depth is 1/κ + ε, but near the bounds, where later trades are missed."""
    model = CarteaJaimungal(
        running_penalty=0,
        terminal_penalty=0,
        arrival_rate=5,
        fill_decay=fill_decay,
        horizon=1,
        max_inventory=max_inventory,
        jump=jump,
    )
    bid, ask = model.depths(np.arange(-max_inventory, max_inventory + 1), [[1e-9], [1]])
    least = 1 / sides(fill_decay) + jump
    assert np.isfinite([bid[:, :-1], ask[:, 1:]]).all()
    np.testing.assert_allclose(ask[0, 1:], least[0], rtol=1e-6)
    if max_inventory >= 40:
        middle = max_inventory
        assert (bid[1, middle], ask[1, middle]) == pytest.approx(least[::-1], rel=1e-6)


def test_a_day_of_no_length_is_its_close():
    q = np.arange(-3, 4)
    np.testing.assert_allclose(book(horizon=0).value(q, 0), -1e-4 * q**2, atol=1e-15)
    np.testing.assert_allclose(book(horizon=0).depths(q, 0), book().depths(q, 0), rtol=1e-12)


def test_its_table_and_docstring_tell_both_sides():
    table = parameter_table(book(arrival_rate=(1, 0.8)))
    assert "1 / 0.8" in str(table)
    assert "arrival_rate : float or (buy, sell) pair" in CarteaJaimungal.__doc__


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fill_decay": 0}, "fill_decay (κ) must be a finite number above 0 [1/price]; got 0."),
        ({"fill_decay": (100, -1)}, "fill_decay (κ) must be a finite number above 0 [1/price]; got -1."),
        ({"fill_decay": (1, 2, 3)}, "fill_decay (κ) must be one number; got an array of shape (3,)."),
        ({"arrival_rate": (1, np.nan)}, "arrival_rate (λ) must be a finite number at least 0 [1/time]; got nan."),
        ({"running_penalty": (1, 2)}, "running_penalty (φ) must be one number; got an array of shape (2,)."),
        (
            {"running_penalty": -1},
            "running_penalty (φ) must be a finite number at least 0 [price/(clip·time)]; got -1.",
        ),
        ({"terminal_penalty": -1}, "terminal_penalty (α) must be a finite number at least 0 [price/clip]; got -1."),
        ({"jump": -0.1}, "jump (ε) must be a finite number at least 0 [price]; got -0.1."),
        (
            {"max_inventory": 2.5},
            "max_inventory (q̄) must be a whole number at least 1 and at most 200 [clips]; got 2.5.",
        ),
        (
            {"max_inventory": 201},
            "max_inventory (q̄) must be a whole number at least 1 and at most 200 [clips]; got 201.",
        ),
        (
            {"min_inventory": 1},
            "min_inventory (q̲) must be a whole number at least -200 and at most 0 [clips]; got 1.",
        ),
    ],
)
def test_a_model_that_cannot_be_is_refused(change, reason):
    with pytest.raises(ParameterError, match=re.escape(reason)):
        book(**change)


@pytest.mark.parametrize("ask_for", ["depths", "value"])
@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ((4, 1), "inventory (q) 4 is beyond max_inventory ±3."),
        ((0.5, 1), "inventory (q) must be a multiple of 1 [clips], the size of an order; got 0.5."),
        ((np.nan, 1), "inventory (q) must be a finite number [clips]; got nan."),
        ((0, -1), "time_left (τ) must be a finite number at least 0 [time]; got -1."),
        ((0, 31), "time_left (τ) 31 is beyond the model's horizon (T) 30."),
    ],
)
def test_a_state_that_cannot_be_is_refused(ask_for, state, reason):
    with pytest.raises(ParameterError, match=re.escape(reason)):
        getattr(book(), ask_for)(*state)


@pytest.mark.parametrize("changes", [{"terminal_penalty": 10.0}, {"horizon": 1e6}])
def test_unequal_sides_that_trade_too_fast_for_the_day_are_refused(changes):
    with pytest.raises(
        ParameterError, match=r"another fill_decay \(κ\) on each side .* lower max_inventory, the penalties"
    ):
        book(fill_decay=(100, 80), **changes).depths(0, 1)


def test_a_state_below_the_lower_bound_is_refused():
    with pytest.raises(ParameterError, match=r"inventory \(q\) -2 is beyond max_inventory 3 or min_inventory -1\."):
        book(min_inventory=-1).depths([0, -2], 1)


def test_a_steep_end_is_solved_where_the_sides_are_equal():
    """z spans 10⁻¹⁰⁸⁶, and a moment before the close v is still beyond numbers; soon it no longer is."""
    model = book(terminal_penalty=0.25, max_inventory=10)
    assert model.depths(10, 0)[1] == pytest.approx(0.01 - 0.25 * 19)
    with pytest.raises(ParameterError, match="290 decades"):
        model.depths(0, 1e-300)
    bid, ask = model.depths(0, 30)
    assert bid == pytest.approx(ask, rel=1e-12)
    assert bid > 0.01
