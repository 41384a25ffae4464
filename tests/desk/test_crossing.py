"""What a model trades across the spread: in simulate, in the pipeline, in its history, its file and its attribution."""

from dataclasses import replace

import numpy as np
import pytest

from mmlab import Exponential, Market, MarketMakingPipeline, ParameterError, Quotes, rebuild, simulate
from mmlab.desk import Desk, PositionLimiter, TapeVenue, Venue
from mmlab.desk.history import History
from mmlab.measure import LiveLog, attribute, live_differences
from mmlab.models import AlmgrenChriss, CrossingCost, Schedule, WaitOrCross
from mmlab.simulation import execution_moments

MARKET = Market.avellaneda_stoikov_2008()
COST = CrossingCost(half_spread=0.75, impact=0.02)
TAPE = MARKET.tape(n_paths=50, n_steps=40, seed=3)
FIVE = Schedule((10, 5, 3, 1, 1), horizon=1, cost=COST)


def test_each_slice_crosses_at_the_mid_less_its_cost_when_it_begins():
    run = simulate(FIVE, TAPE, inventory=20.0)
    begins = [0, 8, 16, 24, 32]
    assert np.flatnonzero(run.crossed.any(axis=1)).tolist() == begins
    assert (run.crossed[begins] == np.array([[10], [5], [3], [1], [1]])).all()
    assert run.crossing_cost[begins, 0] == pytest.approx([9.5, 4.25, 2.43, 0.77, 0.77])
    assert (run.final_inventory == 0).all()
    assert np.isnan(run.bid_price).all()
    paid = [n * TAPE.mid[at] - float(COST(n)) for at, n in zip(begins, FIVE.sold, strict=True)]
    assert run.cash[-1] == pytest.approx(np.sum(paid, axis=0))


def test_what_a_schedule_earns_is_what_it_says_that_it_will():
    market = replace(MARKET, mid_move="normal")
    run = simulate(FIVE, market.tape(n_paths=5_000, n_steps=5, seed=1), inventory=20.0)
    mean, sd = FIVE.outcome(COST, 2.0)
    assert abs(run.pnl.mean() - mean) < 4 * sd / np.sqrt(5_000)
    assert run.pnl.std() == pytest.approx(sd, rel=4 / np.sqrt(10_000))


def test_slices_between_two_steps_cross_with_the_next_and_none_twice():
    many = Schedule.twap(20, 80, 1)
    run = simulate(replace(many, cost=COST), TAPE, inventory=20.0)
    assert run.crossed.sum(axis=0) == pytest.approx(20 * 79 / 80)  # the last begins after the last step has
    assert run.crossed[0] == pytest.approx(0.25)
    assert run.crossed[1:] == pytest.approx(0.5)
    bought = simulate(Schedule((-4, -4), horizon=1, cost=COST), TAPE)
    assert (bought.final_inventory == 8).all()
    smooth = AlmgrenChriss(
        position=20, horizon=1, n_slices=20, volatility=2, temporary_impact=0.001, half_spread=0.75, risk_aversion=0.05
    ).schedule
    assert simulate(replace(smooth, cost=COST), TAPE, inventory=20.0).final_inventory == pytest.approx(0, abs=1e-12)


def test_a_schedule_that_does_not_say_what_crossing_costs_is_refused():
    with pytest.raises(ParameterError, match="must say what crossing costs"):
        simulate(Schedule.twap(20, 4, 1), TAPE, inventory=20.0)


class BothAtOnce:
    """A schedule beside limit orders of its own."""

    def quotes(self, mid_price, inventory, time_left):
        return Quotes.around(mid_price, np.nan, np.where(inventory > 0, 1.0, np.nan))

    across = FIVE.across


def test_the_pipeline_runs_it_beside_limit_orders_and_the_parts_add_up(tmp_path):
    for model in (FIVE, BothAtOnce()):
        desk = Desk(model=model, venue=Venue(taker_fee=0.01, fee=0.002))
        run = MarketMakingPipeline(desk, TapeVenue(desk.venue, TAPE), end=1.0, inventory=20.0)
        for data in run.venue.market_data():
            outcome = run.run_pipeline(data)
        history = run.close(run.venue.end)
        assert outcome.crossed is not None
        parts = attribute(history, horizon=0.1)
        assert np.abs(parts.unexplained).max() < 1e-10
        assert parts.crossing == pytest.approx(-17.72)
        assert (parts.flattening == 0).all()
        sold = history.ask_fill.sum(axis=0)
        assert parts.fees == pytest.approx(-0.01 * 20 - 0.002 * sold)
        assert dict(parts.table().rows)["crossing"] == "-17.72"
        history.to_csv(tmp_path / "run.csv")
        assert History.from_csv(tmp_path / "run.csv").hash == history.hash


def test_it_runs_again_from_its_record():
    for strategy in (FIVE, WaitOrCross.for_market(MARKET, risk_aversion=0.1, max_inventory=24, crossing=0.1)):
        history = simulate(strategy, TAPE, inventory=20.0)
        assert rebuild(history).hash == history.hash


def test_where_the_desk_is_halted_a_slice_waits():
    desk = Desk(model=FIVE)
    run = MarketMakingPipeline(desk, TapeVenue(desk.venue, TAPE), end=1.0, inventory=20.0)
    for n, data in enumerate(run.venue.market_data()):
        if n == 4:
            run.halt(who="Ann", reason="a rumour")
        if n == 20:
            run.reset(who="Ann", reason="it is over")
        run.run_pipeline(data)
    crossed = run.close(run.venue.end).crossed
    assert np.flatnonzero(crossed.any(axis=1)).tolist() == [0, 20, 24, 32]
    assert (crossed[20] == 8).all()


def test_limits_see_what_has_crossed():
    limits = PositionLimiter(max_position=12, min_position=-12)
    run = simulate(Desk(model=FIVE, limits=limits), TAPE, inventory=20.0)
    assert (run.mode[0] == 0).all()


def test_a_seller_who_may_cross_is_worth_what_its_model_says():
    market = replace(
        MARKET, intensity=Exponential(arrival_rate=14, fill_decay=1.5), fill_rule="exponential", mid_move="normal"
    )
    model = WaitOrCross.for_market(
        market,
        arrival_rate=(14, 0),
        risk_aversion=0.1,
        max_inventory=20,
        min_inventory=0,
        crossing=0.77,
        close_cost=COST,
    )
    n_paths = 1_500
    run = simulate(model, market.tape(n_paths, 400, seed=2), inventory=20.0)
    gained = run.pnl - COST(run.final_inventory)
    exact = execution_moments(
        model, market, inventory=20, risk_aversion=0.1, crossing=0.77, liquidation=COST, n_steps=400
    )
    assert abs(gained.mean() - exact.mean) < 4 * exact.sd / np.sqrt(n_paths) + 0.02  # steps fill once at most
    crossed = run.crossed.sum(axis=0) + run.final_inventory  # no step begins at the close, where the model crosses
    assert abs(crossed.mean() - exact.crossed) < 4 * crossed.std() / np.sqrt(n_paths) + 0.05
    assert run.crossing_cost == pytest.approx(0.77 * run.crossed)


def test_a_dealer_hedges_down_to_its_threshold_and_pays_for_it():
    dealer = WaitOrCross.for_market(MARKET, risk_aversion=0.1, max_inventory=24, crossing=0.1)
    run = simulate(dealer, MARKET.tape(n_paths=20, n_steps=400, seed=4), inventory=9.0)
    zone = int(np.argmax(dealer.crosses(np.arange(25), 1.0)))
    assert (run.crossed[0] == 9 - (zone - 1)).all()
    held = run.inventory[:-1] - run.crossed
    assert np.abs(held[:200]).max() == zone - 1
    assert (run.crossed < 0).any()
    parts = attribute(run, horizon=0.1)
    assert parts.crossing == pytest.approx(-0.1 * np.abs(run.crossed).sum(axis=0))
    assert np.abs(parts.unexplained).max() < 1e-10


def test_a_live_log_is_held_against_what_crossed_too():
    run = simulate(FIVE, TAPE, inventory=20.0)
    found = live_differences(LiveLog(()), run).differences
    assert [(one.side, one.simulated) for one in found] == [("ask", n) for n in FIVE.sold]
    assert -sum(one.worth for one in found) == pytest.approx(run.cash[-1, 0] - 20 * TAPE.mid[-1, 0])
