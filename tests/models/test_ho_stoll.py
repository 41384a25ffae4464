import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mmlab import AvellanedaStoikov, Exponential, HoStoll, Linear, Market, ParameterError, exact_moments
from mmlab.units import risk_aversion_per_clip

SOLUTIONS = ["first order", "competitive", "program"]
BOUND = 12
REFERENCE = dict(
    risk_aversion=0.05, volatility=1, demand_intercept=20, demand_slope=20, processing_cost=0.02, horizon=1
)

risks = st.just(0.0) | st.floats(1e-3, 1)
volatilities = st.floats(0, 2)
intercepts = st.floats(1, 50)
highest_fees = st.floats(0.2, 5)
shares_of_fee = st.floats(0, 0.9)
horizons = st.floats(0.1, 2)
inventories = st.integers(-8, 8)
fractions = st.floats(0, 1)
factors = st.floats(0.01, 100)


@st.composite
def desks(draw, solution=None):
    """The parameters of a dealer whose fees stay below α/β for most inventories."""
    intercept, highest = draw(intercepts), draw(highest_fees)
    return dict(
        risk_aversion=draw(risks) * highest,
        volatility=draw(volatilities),
        demand_intercept=intercept,
        demand_slope=intercept / highest,
        processing_cost=highest * draw(shares_of_fee),
        horizon=draw(horizons),
        max_inventory=BOUND,
        solution=solution or draw(st.sampled_from(SOLUTIONS)),
    )


def reference(**changes):
    return HoStoll(**(REFERENCE | dict(max_inventory=BOUND) | changes))


def not_clipped(model, q, tau):
    return (np.array(model.depths(q, tau)) < model.highest_fee).all()


@pytest.mark.parametrize(("time_left", "ask", "bid"), [(0.1, 0.50375, 0.51875), (1, 0.4475, 0.5975)])
def test_the_first_order_fees_are_the_papers(time_left, ask, bid):
    assert reference().depths(3, time_left) == pytest.approx((bid, ask), rel=1e-14)


@pytest.mark.parametrize(
    ("time_left", "ask", "bid"), [(0.1, 0.50377074, 0.51872103), (1, 0.46187897, 0.57753070)], ids=["soon", "late"]
)
def test_the_program_gives_the_fees_of_the_reference(time_left, ask, bid):
    assert reference(solution="program").depths(3, time_left) == pytest.approx((bid, ask), abs=5e-9)
    # A horizon of its own puts the time on the grid's last row.
    soon = reference(solution="program", horizon=time_left)
    assert soon.depths(3, time_left) == pytest.approx((bid, ask), abs=5e-9)


def test_competitive_fees_are_stolls():
    """c + ½Rσ²τ(Q ∓ 2I): .02 + .025 × (1 ∓ 6)."""
    assert reference(solution="competitive").depths(3, 1) == pytest.approx((0.195, -0.105), rel=1e-14)


@given(desks(), inventories, fractions)
def test_a_short_desk_quotes_the_mirror_image_of_a_long_one(desk, q, left):
    model = HoStoll(**desk)
    bid, ask = model.depths(q, left * model.horizon)
    mirrored = model.depths(-q, left * model.horizon)
    assert mirrored == pytest.approx((ask, bid), rel=1e-9, abs=1e-9)


@given(desks(), st.integers(-BOUND + 1, BOUND - 1))
def test_at_the_close_every_inventory_pays_the_same_fee(desk, q):
    model = HoStoll(**desk)
    c, highest = model.processing_cost, model.demand_intercept / model.demand_slope
    fee = c if model.solution == "competitive" else highest / 2 + c / 2
    assert model.depths(q, 0) == pytest.approx((fee, fee), rel=1e-12)


@pytest.mark.parametrize("solution", ["first order", "competitive"])
@given(st.data(), inventories, inventories, fractions)
def test_to_first_order_the_spread_does_not_know_the_inventory(solution, data, one, other, left):
    model = HoStoll(**data.draw(desks(solution)))
    tau = left * model.horizon
    for q in (one, other):
        if not_clipped(model, q, tau):
            assert model.quotes(100, q, tau).spread == pytest.approx(sum(model.spread_parts(0, tau)), rel=1e-9)


@pytest.mark.parametrize(("solution", "share"), [("first order", 0.5), ("competitive", 1.0)])
@given(st.data(), inventories, fractions)
def test_the_inventory_moves_the_middle_by_half_of_what_it_moves_competitors(solution, share, data, q, left):
    model = HoStoll(**data.draw(desks(solution)))
    tau = left * model.horizon
    skew = model.risk_aversion * model.volatility**2 * tau * q
    assert model.reservation_price(100, q, tau) == pytest.approx(100 - skew, rel=1e-9)
    if not_clipped(model, q, tau):
        assert model.quotes(100, q, tau).middle == pytest.approx(100 - share * skew, rel=1e-9)


@given(desks(), st.floats(-8, 7), fractions)
def test_a_longer_desk_bids_lower_and_offers_lower(desk, q, left):
    model = HoStoll(**desk)
    q = np.floor(q)
    (bid, ask), (longer_bid, longer_ask) = (model.depths(held, left * model.horizon) for held in (q, q + 1))
    assert longer_bid >= bid - 1e-12
    assert longer_ask <= ask + 1e-12


@given(desks(), st.integers(1, 6), st.floats(0.1, 1), st.floats(1.1, 5))
def test_more_risk_aversion_skews_the_quotes_further(desk, q, left, more):
    """Six clips and more from the bound: near it the program's missing side skews too."""
    calm, averse = HoStoll(**desk), HoStoll(**(desk | dict(risk_aversion=desk["risk_aversion"] * more)))
    calm_bid, calm_ask = calm.depths(q, left * calm.horizon)
    bid, ask = averse.depths(q, left * calm.horizon)
    assert bid - ask >= calm_bid - calm_ask - 1e-12 or bid == averse.highest_fee


@given(desks(), st.integers(-BOUND + 1, BOUND - 1), fractions)
def test_no_fee_is_above_the_one_that_nobody_pays(desk, q, left):
    model = HoStoll(**desk)
    assert (np.array(model.depths(q, left * model.horizon)) <= model.highest_fee).all()


def test_a_fee_that_nobody_pays_is_held_where_demand_ends():
    bid, ask = HoStoll(**REFERENCE).depths([100, -100], 1)
    assert (bid[0], ask[1]) == (1, 1)
    assert ask[0] == bid[1] == pytest.approx(0.51 + 0.0125 * (1 - 200))


@given(desks(), st.integers(-BOUND + 1, BOUND - 1), fractions)
def test_quotes_cross_only_where_one_of_them_is_where_nobody_trades(desk, q, left):
    model = HoStoll(**desk)
    tau = left * model.horizon
    if not_clipped(model, q, tau):
        # A competitive dealer without cost and risk buys and sells at the mid.
        assert model.quotes(100, q, tau).spread >= -1e-9


@given(desks(), inventories, fractions, factors)
def test_another_time_unit_changes_no_quote(desk, q, left, c):
    """The program's steps are counted by the arrivals in them, so they are the same on any clock."""
    other = dict(
        volatility=desk["volatility"] / np.sqrt(c),
        demand_intercept=desk["demand_intercept"] / c,
        demand_slope=desk["demand_slope"] / c,
        horizon=desk["horizon"] * c,
    )
    depths = HoStoll(**desk).depths(q, left * desk["horizon"])
    assert HoStoll(**(desk | other)).depths(q, left * (desk["horizon"] * c)) == pytest.approx(depths, rel=1e-9)


@given(desks(), inventories, fractions, factors)
def test_another_currency_scales_every_depth(desk, q, left, c):
    other = dict(
        risk_aversion=desk["risk_aversion"] / c,
        volatility=desk["volatility"] * c,
        demand_slope=desk["demand_slope"] / c,
        processing_cost=desk["processing_cost"] * c,
    )
    depths = HoStoll(**desk).depths(q, left * desk["horizon"])
    others = HoStoll(**(desk | other)).depths(q, left * desk["horizon"])
    assert [depth / c for depth in others] == pytest.approx(depths, rel=1e-8)


@given(st.floats(1e-6, 1e-2), st.floats(-1e4, 1e4), st.floats(1, 1000), st.floats(1, 1000), fractions)
def test_what_a_position_does_to_the_quotes_does_not_depend_on_the_clip(cara, shares, one_clip, other_clip, left):
    one, other = (
        HoStoll(**(REFERENCE | dict(risk_aversion=risk_aversion_per_clip(cara, clip)))).reservation_price(
            100, shares / clip, left
        )
        for clip in (one_clip, other_clip)
    )
    assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


@given(desks(), inventories, fractions)
def test_the_parts_of_the_spread_are_all_of_it(desk, q, left):
    model = HoStoll(**desk)
    tau = left * model.horizon
    parts = model.spread_parts(q, tau)
    assert min(parts.market_power, parts.cost) >= 0
    assert (parts.market_power == 0) == (model.solution == "competitive")
    if not_clipped(model, q, tau):
        assert sum(parts) == pytest.approx(sum(model.depths(q, tau)), rel=1e-9)


def test_alone_the_dealer_passes_on_half_of_cost_and_risk_and_asks_for_market_power_besides():
    alone, among_others = (reference(solution=s).spread_parts(3, [0, 0.5, 1]) for s in SOLUTIONS[:2])
    np.testing.assert_allclose(alone, [[1, 1, 1], [0.02, 0.02, 0.02], [0, 0.0125, 0.025]], atol=1e-15)
    np.testing.assert_allclose(among_others, [[0, 0, 0], [0.04, 0.04, 0.04], [0, 0.025, 0.05]], atol=1e-15)


def test_a_demand_that_is_the_tangent_of_an_exponential_one_asks_one_over_k():
    market = Market.avellaneda_stoikov_2008()
    model = HoStoll.for_market(market, risk_aversion=0.1)
    assert (model.demand_intercept, model.demand_slope) == pytest.approx((280 / np.e, 210 / np.e), rel=1e-15)
    assert model.depths(0, 0) == pytest.approx((1 / 1.5, 1 / 1.5))
    assert model.depths(0, 0)[0] == pytest.approx(AvellanedaStoikov.for_market(market, risk_aversion=0).depths(0, 0)[0])
    tangent = Linear(demand_intercept=model.demand_intercept, demand_slope=model.demand_slope)
    step = 1e-5
    for depth in (1 / 1.5 - step, 1 / 1.5, 1 / 1.5 + step):
        # They touch: a second-order difference, ½Ak²e^{−1}·step².
        assert tangent.rate(depth) == pytest.approx(market.intensity.rate(depth), abs=140 * step**2)


def test_in_a_market_of_linear_demand_it_believes_that_demand():
    market = Market.avellaneda_stoikov_2008(intensity=Linear(demand_intercept=20, demand_slope=10))
    model = HoStoll.for_market(market, risk_aversion=0.1, processing_cost=0.1)
    assert model == HoStoll(
        risk_aversion=0.1, volatility=2, demand_intercept=20, demand_slope=10, horizon=1, processing_cost=0.1
    )
    assert HoStoll.for_market(market, risk_aversion=0.1, demand_slope=5).demand_slope == 5
    tangent = HoStoll.for_market(Market.avellaneda_stoikov_2008(), risk_aversion=0.1, demand_intercept=100)
    assert (tangent.demand_intercept, tangent.demand_slope) == pytest.approx((100, 210 / np.e))


def test_a_market_whose_sides_differ_does_not_choose_between_them():
    flows = (Exponential(arrival_rate=140, fill_decay=1.5), Exponential(arrival_rate=100, fill_decay=1.5))
    with pytest.raises(ParameterError, match=r"HoStoll also needs demand_intercept \(α\), demand_slope \(β\)"):
        HoStoll.for_market(Market.avellaneda_stoikov_2008(intensity=flows), risk_aversion=0.1)
    with pytest.raises(ParameterError, match="market must be a Market; got 'NYSE'"):
        HoStoll.for_market("NYSE", risk_aversion=0.1)


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_inventories_and_times_broadcast(solution):
    model = reference(solution=solution)
    q, tau = np.arange(-2, 3)[:, np.newaxis], np.array([1, 0.5, 0])
    bid, ask = model.depths(q, tau)
    assert bid.shape == ask.shape == model.value(q, tau).shape == model.spread_parts(q, tau).cost.shape == (5, 3)
    assert bid[4, 1] == model.depths(2, 0.5)[0]
    assert ask[0, 2] == model.depths(-2, 0)[1]
    assert model.reservation_price(np.full((2, 1, 1), 100.0), q, tau).shape == (2, 5, 3)
    assert model.quotes(100, q, tau).ask_price.shape == (5, 3)
    assert model.depths(0, 1)[0].shape == model.value(0, 1).shape == ()


@pytest.mark.parametrize("solution", SOLUTIONS)
def test_at_the_largest_inventory_there_is_no_quote_that_would_add_to_it(solution):
    model = reference(solution=solution)
    quotes = model.quotes(100, [-BOUND, 0, BOUND], 1)
    assert quotes.bid_size.tolist() == [1, 1, 0]
    assert quotes.ask_size.tolist() == [0, 1, 1]
    assert np.isnan(model.reservation_price(100, [-BOUND, BOUND], 1)).all()
    assert np.isnan(model.spread_parts([-BOUND, BOUND], 1)).all()
    market = Market.avellaneda_stoikov_2008(
        volatility=1, intensity=Linear(demand_intercept=2_000, demand_slope=2_000), fill_rule="exponential"
    )
    assert exact_moments(model, market).inventory_distribution.shape[1] == 2 * BOUND + 1


def test_without_a_bound_a_million_clips_still_have_finite_quotes():
    quotes = HoStoll(**REFERENCE).quotes(100, [1e6, -1e6], 1)
    assert np.isfinite([quotes.bid_price, quotes.ask_price]).all()


@settings(max_examples=25)
@given(desks("program"), st.integers(-BOUND + 1, BOUND - 1), fractions)
def test_the_programs_fees_move_by_half_of_what_a_trade_does_to_the_value(desk, q, left):
    model = HoStoll(**desk)
    tau = left * model.horizon
    shorter, held, longer = model.value([q - 1, q, q + 1], tau)
    middle = (model.highest_fee + model.processing_cost) / 2
    fees = [min(middle + (held - after) / 2, model.highest_fee) for after in (longer, shorter)]
    assert model.depths(q, tau) == pytest.approx(fees, rel=1e-9)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (dict(demand_slope=0), r"demand_slope \(β\) must be a finite number above 0 \[1/\(price·time\)\]; got 0"),
        (dict(demand_slope=-1), r"demand_slope \(β\) must be .* above 0 .*; got -1"),
        (dict(demand_intercept=0), r"demand_intercept \(α\) must be a finite number above 0 \[1/time\]; got 0"),
        (dict(processing_cost=float("nan")), r"processing_cost \(c\) must be .*; got nan"),
        (dict(processing_cost=1), r"processing_cost \(c\) must be below α/β = 1 \[price\], where nobody trades; got 1"),
        (dict(risk_aversion=-1), r"risk_aversion \(R\) must be .* at least 0 .*; got -1"),
        (dict(max_inventory=0), r"max_inventory \(I_max\) must be a whole number at least 1 \[clips\]; got 0"),
        (dict(max_inventory=2.5), r"max_inventory \(I_max\) must be a whole number .*; got 2\.5"),
        (
            dict(solution="second order"),
            "solution must be 'first order', 'competitive' or 'program'; got 'second order'",
        ),
        (dict(solution=None), "solution must be .* or 'program'; got None"),
        (dict(solution="program", max_inventory=None), r"The program needs max_inventory \(I_max\)"),
    ],
)
def test_a_dealer_that_cannot_be_is_refused(changes, reason):
    with pytest.raises(ParameterError, match=reason):
        reference(**changes)


@pytest.mark.parametrize("ask_for", ["depths", "quotes", "reservation_price", "spread_parts", "value"])
@pytest.mark.parametrize("solution", SOLUTIONS)
@pytest.mark.parametrize(
    ("inventory", "time_left", "reason"),
    [
        (0, -0.1, r"time_left \(τ\) must be .* at least 0 \[time\]; got -0\.1"),
        (0, 1.5, r"time_left \(τ\) 1\.5 is beyond the model's horizon \(T\) 1"),
        (0, float("nan"), r"time_left \(τ\) must be .*; got nan"),
        (float("nan"), 1, r"inventory \(q\) must be a finite number \[clips\]; got nan"),
        ("3", 1, r"inventory \(q\) must be a finite number \[clips\]; got '3'"),
        ([0, -13], 1, r"inventory \(q\) -13 is beyond max_inventory ±12"),
    ],
)
def test_a_state_that_cannot_be_is_refused(ask_for, solution, inventory, time_left, reason):
    mid = (100,) if ask_for in ("quotes", "reservation_price") else ()
    with pytest.raises(ParameterError, match=reason):
        getattr(reference(solution=solution), ask_for)(*mid, inventory, time_left)


def test_the_program_knows_whole_clips_alone():
    with pytest.raises(ParameterError, match=r"The program knows whole clips alone; got inventory \(q\) 0\.5"):
        reference(solution="program").depths([0, 0.5], 1)
    assert np.isfinite(reference().depths(0.5, 1)).all()
