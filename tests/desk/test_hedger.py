"""Hedger: what goes on to another venue, at its costs, basis and funding; in simulate and in the pipeline alike."""

from dataclasses import replace

import numpy as np
import pytest

from mmlab import Market, MarketMakingConfig, MarketMakingPipeline, ParameterError, rebuild, simulate
from mmlab.desk import Desk, Disconnected, Hedger, HedgeVenue, QuoteTimer, TapeVenue, Venue
from mmlab.desk.history import History
from mmlab.frozen import changed
from mmlab.measure import attribute
from mmlab.measure.rows import follow, read, standing
from mmlab.models import CrossingCost, GueantLehalleFernandezTapia, Schedule, WaitOrCross
from mmlab.simulation import execution_moments

MARKET = Market.avellaneda_stoikov_2008()
TAPE = MARKET.tape(n_paths=30, n_steps=200, seed=3)
MODEL = GueantLehalleFernandezTapia.for_market(MARKET, risk_aversion=0.1, max_inventory=24)
FREE = HedgeVenue(cost=CrossingCost(half_spread=0.0))
DEAR = HedgeVenue(
    cost=CrossingCost(half_spread=0.1, impact=0.01), taker_fee=0.02, basis_volatility=0.3, funding=0.5, seed=7
)


ROUND = {"quote_size": 300.0, "min_quote_size": 300.0, "lot": 300.0}


def desk(elsewhere, threshold=3.0, **stages):
    return Desk(model=MODEL, hedger=Hedger(venue=elsewhere, threshold=threshold), **stages)


def piped(desk, tape=TAPE, **start):
    run = MarketMakingPipeline(desk, TapeVenue(desk.venue, tape), end=tape.time[-1], **start)
    for data in run.venue.market_data():
        run.run_pipeline(data)
    return run.close(run.venue.end)


def position(run):
    """What the other venue has of the inventory after each step [clips]."""
    return -np.cumsum(run.crossed, axis=0)


def test_a_free_hedge_at_one_clip_leaves_nothing_to_the_next_quote():
    run = simulate(desk(FREE, 1.0), TAPE, inventory=5.0)
    assert (run.inventory[:-1] - run.crossed == 0).all()
    assert (run.crossed[0] == 5).all()
    assert (run.crossing_cost == 0).all()
    assert (run.unhedged == 0).all()
    assert np.abs(run.inventory).max(axis=0).min() > 0  # what fills in a step waits for the next one


def test_from_its_threshold_on_it_hedges_down_to_the_clip_before():
    run = simulate(desk(DEAR), TAPE, inventory=-9.0)
    left = run.inventory[:-1] - run.crossed
    assert (run.crossed[0] == -7).all()
    assert np.abs(left).max() == 2
    assert (np.abs(run.inventory[:-1][run.crossed != 0]) >= 3).all()
    assert (np.abs(run.inventory[:-1][run.crossed == 0]) < 3).all()


def test_its_price_is_the_mid_less_half_spread_impact_and_fee_and_the_home_venue_takes_nothing_of_it():
    run = simulate(desk(DEAR, venue=Venue(fee=0.0, taker_fee=0.7)), TAPE, inventory=9.0)
    n = np.abs(run.crossed)
    assert run.crossing_cost == pytest.approx(0.1 * n + 0.01 * n**2 + 0.02 * n)
    assert (run.fees == 0).all()


def test_basis_and_funding_are_what_the_position_gained_and_all_adds_up_to_the_cent():
    run = simulate(desk(DEAR), TAPE, inventory=9.0)
    held, dt = position(run), np.diff(run.time)[:, np.newaxis]
    assert run.funding.sum(axis=0) == pytest.approx((-0.5 * held * dt).sum(axis=0))
    moves = [np.random.default_rng((7, n)).standard_normal(30) for n in range(1, 201)]
    assert run.basis.sum(axis=0) == pytest.approx((held * 0.3 * np.sqrt(dt) * moves).sum(axis=0))
    parts = attribute(run, horizon=0.05)
    assert np.abs(parts.unexplained).max() < 1e-9
    assert parts.crossing == pytest.approx(-run.crossing_cost.sum(axis=0))
    assert parts.basis == pytest.approx(run.basis.sum(axis=0))
    assert parts.funding == pytest.approx(run.funding.sum(axis=0))
    assert {"basis", "funding"} < set(parts.parts)
    rows = follow(None, read(run))[1]
    later = standing(rows.at(slice(4, 5)), run.time[5], run.mid[5])
    assert later["cash"] + later["inventory"] * later["mid"] == pytest.approx(run.wealth[5:6])
    bought, sold = (
        np.nan_to_num(getattr(run, f"{side}_price")) * getattr(run, f"{side}_fill") for side in ("bid", "ask")
    )
    traded = (sold - bought + run.crossed * run.mid[:-1]).sum(axis=0)
    cash = traded - run.crossing_cost.sum(axis=0) + run.basis.sum(axis=0) + run.funding.sum(axis=0)
    assert run.cash[-1] == pytest.approx(cash, abs=1e-6)


def test_the_basis_moves_as_its_deviation_says():
    alone = replace(FREE, basis_volatility=0.3)
    market = replace(MARKET, volatility=0.0)
    tape = market.tape(n_paths=4_000, n_steps=20, seed=1)
    nothing = Desk(model=Schedule((20.0,), horizon=1, cost=FREE.cost), hedger=Hedger(venue=alone))
    run = simulate(nothing, tape, inventory=20.0)
    assert (run.final_inventory == 0).all()
    assert run.pnl.std() == pytest.approx(20 * 0.3, rel=4 / np.sqrt(8_000))
    assert abs(run.pnl.mean()) < 4 * 6 / np.sqrt(4_000)
    assert run.pnl == pytest.approx(run.basis.sum(axis=0))


def test_funding_is_paid_by_the_long_and_got_by_the_short():
    pays = replace(FREE, funding=0.03)
    for start, sign in ((20.0, 1), (-20.0, -1)):  # a long desk is short there
        schedule = Schedule((start,), horizon=1, cost=FREE.cost)
        run = simulate(Desk(model=schedule, hedger=Hedger(venue=pays)), TAPE, inventory=start)
        assert run.funding.sum(axis=0) == pytest.approx(sign * 0.6)
        other = Desk(model=schedule, hedger=Hedger(venue=replace(pays, funding=-0.03)))
        assert (simulate(other, TAPE, inventory=start).funding == -run.funding).all()


def test_the_pipeline_the_record_and_the_file_say_the_same_to_the_last_bit(tmp_path):
    dealer = WaitOrCross.for_market(MARKET, risk_aversion=0.1, max_inventory=24, crossing=0.1)
    for one in (desk(DEAR), Desk(model=dealer, hedger=Hedger(venue=DEAR))):
        run = simulate(one, TAPE, inventory=9.0)
        assert piped(one, inventory=9.0).hash == run.hash
        assert rebuild(run).hash == run.hash
        run.to_csv(tmp_path / "run.csv")
        assert History.from_csv(tmp_path / "run.csv").hash == run.hash
    other = simulate(desk(replace(DEAR, seed=8)), TAPE, inventory=9.0)
    assert (other.basis != simulate(desk(DEAR), TAPE, inventory=9.0).basis).any()


def test_one_path_that_rests_between_quotes_is_looked_at_step_by_step():
    one = desk(DEAR, timer=QuoteTimer(min_quote_time=0.02, max_quote_time=0.1), volatility=2.0)
    tape = MARKET.tape(n_paths=1, n_steps=200, seed=3)
    run = simulate(one, tape, inventory=9.0)
    assert piped(one, tape, inventory=9.0).hash == run.hash
    assert run.basis.any()


class Zone:
    """The model's quotes and a hedge from three clips on, as the law of a policy takes them."""

    depths = staticmethod(MODEL.depths)
    max_inventory = 24

    def crosses(self, inventory, time_left):
        return (np.abs(inventory) >= 3) & (time_left > 0)  # the law's last step is the close, where no step begins


def test_what_it_earns_and_hedges_is_what_the_law_says_and_what_a_model_that_crosses_does():
    rare = replace(MARKET.intensity, arrival_rate=14.0)
    market = replace(MARKET, fill_rule="exponential", mid_move="normal", intensity=rare)
    dealer = WaitOrCross.for_market(market, risk_aversion=0.1, max_inventory=24, crossing=0.1)
    tape, venue = market.tape(n_paths=1_500, n_steps=1_000, seed=2), HedgeVenue(cost=CrossingCost(half_spread=0.1))
    for model, policy, threshold in ((dealer, dealer, None), (MODEL, Zone(), 3.0)):
        run = simulate(Desk(model=model, hedger=Hedger(venue=venue, threshold=threshold)), tape)
        exact = execution_moments(policy, market, inventory=0, risk_aversion=0.1, crossing=0.1, n_steps=1_000)
        hedged, n = np.abs(run.crossed).sum(axis=0), np.sqrt(tape.n_paths)
        assert abs(run.pnl.mean() - exact.mean) < 4 * exact.sd / n + 0.05  # steps fill once at most
        assert run.pnl.std() == pytest.approx(exact.sd, rel=0.08)
        assert abs(hedged.mean() - exact.crossed) < 4 * hedged.std() / n + 0.05
        assert hedged.mean() > 0.5
    home = simulate(dealer, tape)
    there = simulate(Desk(model=dealer, hedger=Hedger(venue=venue)), tape)
    assert (there.crossed == home.crossed).all()
    assert there.pnl == pytest.approx(home.pnl)


class Script:
    """A hedge venue that is down, rejects or is late in the steps that a script names."""

    def __init__(self, **script):
        self.script = script

    def start(self, n_paths):
        return DEAR.start(n_paths)

    def submit(self, orders, clips, data):
        n = round(data.time * 200)
        if n in self.script.get("down", ()):
            raise Disconnected
        if n in self.script.get("rejects", ()):
            odd = np.arange(len(clips)) % 2 == 1
            return DEAR.submit(orders, np.where(odd, clips, 0.0), data)[0], odd
        return DEAR.submit(orders, clips, data)

    def advance(self, orders, data):
        if round(data.time * 200) in self.script.get("late", ()):
            after, done = DEAR.advance(changed(orders, sent=()), data)
            return changed(after, sent=orders.sent), done
        return DEAR.advance(orders, data)


def test_while_the_venue_is_down_the_inventory_stays_and_is_counted_and_the_position_pays_on():
    run = simulate(desk(Script(down=range(5))), TAPE, inventory=9.0)
    assert (run.crossed[:5] == 0).all()
    assert (run.unhedged[0] == 7).all()
    assert (run.unhedged[:5] == np.sign(run.inventory[:5]) * (np.abs(run.inventory[:5]) - 2)).all()
    assert (run.crossed[5] == run.inventory[5] - 2).all()
    assert (run.unhedged[5:] == 0).all()
    later = simulate(desk(Script(down=range(50, 60))), TAPE, inventory=9.0)
    assert (later.funding[50:60] == 0).all()
    assert later.funding[60] == pytest.approx(-0.5 * position(later)[49] * 11 / 200)
    for each in (run, later):
        assert np.abs(attribute(each, horizon=0.05).unexplained).max() < 1e-9


def test_a_rejected_hedge_is_counted_on_its_path_and_asked_for_again():
    run = simulate(desk(Script(rejects=(0,))), TAPE, inventory=9.0)
    assert (run.crossed[0] == [0, 7] * 15).all()
    assert (run.unhedged[0] == [7, 0] * 15).all()
    assert (run.inventory[1] - run.crossed[1])[::2] == pytest.approx(2)
    slices = Desk(model=Schedule((20.0,), horizon=1, cost=FREE.cost), hedger=Hedger(venue=Script(rejects=(0,))))
    assert (simulate(slices, TAPE, inventory=20.0).crossed[:2].sum(axis=0) == 20).all()


def test_what_is_on_its_way_is_not_sent_twice():
    run = simulate(desk(Script(late=range(4))), TAPE, inventory=9.0)
    assert (run.crossed[:4] == 0).all()
    assert (run.unhedged[0] == 7).all()
    assert (run.unhedged[:4] >= 7).all()
    assert (run.crossed[4] == run.unhedged[3] + np.maximum(run.inventory[4] - run.unhedged[3] - 2, 0)).all()
    assert (run.unhedged[4] == 0).all()
    assert np.abs(attribute(run, horizon=0.05).unexplained).max() < 1e-9


def test_a_late_venue_fills_whole_at_the_mid_of_the_first_step_after_its_latency():
    slices = Schedule((20.0,), horizon=1, cost=FREE.cost)
    for latency, at in ((0.0, 0), (0.001, 1), (0.02, 4), (0.021, 5)):
        late = replace(FREE, latency=latency)
        run = simulate(Desk(model=slices, hedger=Hedger(venue=late)), TAPE, inventory=20.0)
        assert (run.crossed[at] == 20).all()
        assert not np.delete(run.crossed, at, axis=0).any()
        assert (run.unhedged[:at] == 20).all()
        assert run.pnl == pytest.approx(20 * (TAPE.mid[at] - TAPE.mid[0]))
    one = desk(replace(DEAR, latency=0.012))
    run = simulate(one, TAPE, inventory=9.0)
    assert piped(one, inventory=9.0).hash == run.hash
    assert (run.crossed[:3] == 0).all()
    assert (run.crossed[3] == 7).all()  # and no second order for the same clips
    assert np.abs(attribute(run, horizon=0.05).unexplained).max() < 1e-9


def test_so_many_of_its_orders_are_rejected_and_asked_for_again():
    flaky = replace(FREE, rejects=0.3)
    tape = MARKET.tape(n_paths=4_000, n_steps=10, seed=3)
    slices = Schedule((20.0,), horizon=1, cost=FREE.cost)
    run = simulate(Desk(model=slices, hedger=Hedger(venue=flaky)), tape, inventory=20.0)
    waits = (run.crossed == 20).argmax(axis=0)
    assert (run.crossed.sum(axis=0) == 20).mean() == pytest.approx(1, abs=0.001)
    for n in range(3):  # geometric
        share = 0.7 * 0.3**n
        assert abs((waits == n).mean() - share) < 4 * np.sqrt(share / 4_000)
    assert (run.unhedged == 20 * (np.arange(10)[:, None] < waits)).all()
    never = simulate(desk(replace(DEAR, rejects=1.0)), TAPE, inventory=9.0)
    assert not never.crossed.any()
    assert (never.unhedged[0] == 7).all()
    one = desk(replace(DEAR, rejects=0.5, latency=0.012))
    assert piped(one, inventory=9.0).hash == simulate(one, TAPE, inventory=9.0).hash


def test_where_the_desk_is_halted_it_waits_and_the_position_pays_on():
    one = desk(DEAR)
    run = MarketMakingPipeline(one, TapeVenue(one.venue, TAPE), end=1.0, inventory=9.0)
    for n, data in enumerate(run.venue.market_data()):
        if n == 100:
            run.halt(who="Ann", reason="a rumour")
        run.run_pipeline(data)
    history = run.close(run.venue.end)
    assert not history.crossed[100:].any()
    assert history.funding[101:].any()
    assert np.abs(attribute(history, horizon=0.05).unexplained).max() < 1e-9


def test_where_the_market_is_halted_nobody_asks_and_the_next_answer_tells_of_the_whole_time():
    one = desk(DEAR)
    run = MarketMakingPipeline(one, TapeVenue(one.venue, TAPE), end=1.0, inventory=9.0)
    for n, data in enumerate(run.venue.market_data()):
        run.run_pipeline(changed(data, halted=True) if 50 <= n < 60 else data)
    history = run.close(run.venue.end)
    assert not history.crossed[50:60].any()
    assert not history.funding[50:60].any()
    assert history.funding[60] == pytest.approx(-0.5 * position(history)[49] * 11 / 200)
    assert np.abs(attribute(history, horizon=0.05).unexplained).max() < 1e-9


def test_in_other_units_of_price_all_money_is_as_many_times_as_large():
    market = replace(
        MARKET,
        mid_price=2 * MARKET.mid_price,
        volatility=2 * MARKET.volatility,
        intensity=replace(MARKET.intensity, fill_decay=MARKET.intensity.fill_decay / 2),
    )
    model = GueantLehalleFernandezTapia.for_market(market, risk_aversion=0.05, max_inventory=24)
    venue = HedgeVenue(
        cost=CrossingCost(half_spread=0.2, impact=0.02), taker_fee=0.04, basis_volatility=0.6, funding=1.0, seed=7
    )
    large = simulate(Desk(model=model, hedger=Hedger(venue=venue, threshold=3.0)), market.tape(30, 200, 3))
    small = simulate(desk(DEAR), TAPE)
    assert (large.crossed == small.crossed).all()
    for name in ("crossing_cost", "basis", "funding", "cash"):
        assert getattr(large, name) == pytest.approx(2 * getattr(small, name), abs=1e-7)


def test_a_configuration_states_it_in_shares_fractions_of_the_price_and_seconds():
    toml = """
        [hedger]
        threshold = 900
        half_spread = 0.0004
        impact = 1e-5
        taker_fee = 0.0001
        basis_volatility = 0.05
        funding = 0.0001
        latency = 0.25
        rejects = 0.02
    """
    config = MarketMakingConfig.from_toml(toml).override({"market": {"price": 50.0, "clip": 300.0}, "quotes": ROUND})
    venue = config.make_desk().hedger.venue
    assert config.make_hedger().threshold == 3
    assert venue.cost == CrossingCost(half_spread=0.02, impact=5e-4)
    assert (venue.taker_fee, venue.latency, venue.rejects) == (0.005, 0.25, 0.02)
    assert venue.basis_volatility == config.per_root_second(0.05)
    assert 3_600 * venue.funding == pytest.approx(0.005)  # on a price of 50, an hour
    assert MarketMakingConfig.from_toml(config.to_toml()) == config
    assert MarketMakingConfig().make_desk().hedger is None
    market = replace(config.make_market(), horizon=600.0)
    assert np.abs(simulate(config.make_desk(), market.tape(3, 600, 1), inventory=9.0).crossed).max() >= 7


class Wrong(Script):
    """A hedge venue whose answer has more in one row than it should."""

    def advance(self, orders, data):
        after, done = DEAR.advance(orders, data)
        done[self.script["row"]] += self.script["more"]
        return after, done


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (lambda: CrossingCost(half_spread=-0.1), "half_spread"),
        (lambda: HedgeVenue(cost=CrossingCost(half_spread=0.1, impact=-0.1)), "impact"),
        (lambda: replace(DEAR, taker_fee=-0.11), "less than nothing"),
        (lambda: replace(DEAR, basis_volatility=-1), "basis_volatility"),
        (lambda: replace(DEAR, latency=-0.1), "latency .* at least 0"),
        (lambda: replace(DEAR, rejects=1.1), "rejects .* at most 1"),
        (lambda: HedgeVenue(cost=0.1), "must be a CrossingCost"),
        (lambda: Hedger(venue=DEAR, threshold=0.5), "threshold .* at least 1"),
        (lambda: desk(DEAR, None), "threshold or the model's across"),
        (lambda: Desk(model=Schedule.twap(1, 1, 1), hedger=Hedger(venue=DEAR, threshold=2)), "not both"),
        (lambda: desk(Venue()), "must be a HedgeVenue"),
        (lambda: desk(HedgeVenue), "must be a HedgeVenue"),
        (lambda: Desk(model=MODEL, hedger=DEAR), "must be a Hedger"),
        (lambda: simulate(desk(Wrong(row=1, more=-9.0)), TAPE, inventory=9.0), "not less than nothing"),
        (lambda: simulate(desk(Wrong(row=3, more=np.nan)), TAPE, inventory=9.0), "four finite numbers"),
        (lambda: simulate(desk(Wrong(row=0, more=1.0)), TAPE, inventory=9.0), "less what was sold"),
    ],
)
def test_what_cannot_be_is_refused_by_name(wrong, why):
    with pytest.raises(ParameterError, match=why):
        wrong()
