import re

import numpy as np
import pytest

from mmlab import (
    AvellanedaStoikov,
    InfiniteHorizonAvellanedaStoikov,
    Market,
    ParameterError,
    PostOnly,
    Quotes,
    Signal,
    Symmetric,
    Tape,
    simulate,
)

PAPER = Market.avellaneda_stoikov_2008()
NAN = float("nan")
NEVER = -np.inf


def by_hand(buy_reach, sell_reach, mid=(100, 101, 99.5), buy_size=1.0, sell_size=1.0):
    """A tape of one path."""
    n = len(buy_reach)
    reach = [np.reshape(column, (n, 1)) for column in (buy_reach, sell_reach)]
    sizes = [np.broadcast_to(np.reshape(size, (-1, 1)), (n, 1)) for size in (buy_size, sell_size)]
    return Tape(np.linspace(0, 1, n + 1), np.reshape(mid, (n + 1, 1)), *reach, *sizes)


@pytest.fixture(scope="module")
def tape():
    return PAPER.tape(n_paths=50, n_steps=100, seed=1)


def test_two_steps_by_hand():
    """Step 0 sells at 100.50, for the buy order reaches just so far; step 1 buys back at 100.50, the mid being 101."""
    history = simulate(Symmetric(half_spread=0.5), by_hand(buy_reach=[0.5, NEVER], sell_reach=[0.25, 1]))
    assert history.ask_price.ravel().tolist() == [100.5, 101.5]
    assert history.bid_price.ravel().tolist() == [99.5, 100.5]
    assert history.ask_fill.ravel().tolist() == [1, 0]
    assert history.bid_fill.ravel().tolist() == [0, 1]
    assert history.inventory.ravel().tolist() == [0, -1, 0]
    assert history.cash.ravel().tolist() == [0, 100.5, 0]
    assert history.wealth.ravel().tolist() == [0, -0.5, 0]
    assert history.edge.tolist() == [1]
    assert history.pnl.tolist() == [0]
    assert history.final_inventory.tolist() == [0]


def test_both_sides_may_fill_in_one_step():
    history = simulate(Symmetric(half_spread=0.5), by_hand(buy_reach=[2], sell_reach=[0.5], mid=(100, 107)))
    assert history.inventory.ravel().tolist() == [0, 0]
    assert history.pnl.tolist() == [1]


@pytest.mark.parametrize(("reach", "fills"), [(0.5, 1), (0.75, 1), (0.4999, 0), (-0.5, 0), (NEVER, 0)])
def test_a_quote_fills_if_and_only_if_its_depth_is_within_reach(reach, fills):
    history = simulate(Symmetric(half_spread=0.5), by_hand([reach], [reach], mid=(100, 100)))
    assert history.ask_fill.tolist() == [[fills]]
    assert history.bid_fill.tolist() == [[fills]]


@pytest.mark.parametrize(("reach", "fills"), [(-0.5, 1), (-0.75, 0), (0, 1)])
def test_a_quote_through_the_mid_fills_at_its_price_with_orders_that_reach_it(reach, fills):
    history = simulate(Symmetric(half_spread=-0.5), by_hand([reach], [NEVER], mid=(100, 100)))
    assert history.ask_fill.tolist() == [[fills]]
    assert history.cash[-1].tolist() == [99.5 * fills]


@pytest.mark.parametrize(("quoted", "ordered", "traded"), [(3, 5, 3), (3, 2, 2), (0.5, 0.25, 0.25), (4, 0, 0)])
def test_a_fill_is_the_smaller_of_the_quote_and_the_order(quoted, ordered, traded):
    tape = by_hand([1], [1], mid=(100, 102), buy_size=ordered, sell_size=1)
    history = simulate(lambda mid, q, tau: Quotes(NAN, mid + 0.5, 0, quoted), tape)
    assert history.ask_fill.tolist() == [[traded]]
    assert history.cash[-1].tolist() == [100.5 * traded]
    assert history.pnl.tolist() == [-1.5 * traded]
    tape = by_hand([1], [1], mid=(100, 102), buy_size=1, sell_size=ordered)
    history = simulate(lambda mid, q, tau: Quotes(mid - 0.5, NAN, quoted, 0), tape)
    assert history.bid_fill.tolist() == [[traded]]
    assert history.cash[-1].tolist() == [-99.5 * traded]
    assert history.pnl.tolist() == [2.5 * traded]


def test_a_side_that_is_not_quoted_never_fills():
    tape = by_hand([50, 50], [50, 50], buy_size=np.inf)
    history = simulate(lambda mid, q, tau: Quotes.at(np.full_like(mid, NAN), np.full_like(mid, NAN)), tape)
    assert not history.bid_fill.any()
    assert not history.ask_fill.any()
    assert (history.wealth == 0).all()
    assert history.edge.tolist() == [0]


def test_a_bounded_model_never_holds_more_than_its_bound(tape):
    bounded = InfiniteHorizonAvellanedaStoikov.for_market(PAPER, risk_aversion=0.01, max_inventory=2, discount_rate=1)
    history = simulate(bounded, tape)
    assert np.abs(history.inventory).max() == 2
    assert (history.bid_fill[history.inventory[:-1] == 2] == 0).all()


def strategies():
    symmetric, model = Symmetric(half_spread=0.6), AvellanedaStoikov.for_market(PAPER, risk_aversion=0.5)
    bounded = InfiniteHorizonAvellanedaStoikov.for_market(PAPER, risk_aversion=0.1, max_inventory=3)
    return [symmetric, model, bounded, PostOnly(model), lambda mid, q, tau: Quotes.around(mid, 0.5, 0.6, 2.0)]


@pytest.mark.parametrize("strategy", strategies())
def test_every_clip_and_every_cent_is_accounted_for(strategy, tape):
    history = simulate(strategy, tape, inventory=1, cash=50)
    np.testing.assert_array_equal(np.diff(history.inventory, axis=0), history.bid_fill - history.ask_fill)
    paid = np.nan_to_num(history.bid_price) * history.bid_fill - np.nan_to_num(history.ask_price) * history.ask_fill
    np.testing.assert_allclose(np.diff(history.cash, axis=0), -paid, atol=1e-9)
    np.testing.assert_array_equal(history.wealth, history.cash + history.inventory * tape.mid)
    np.testing.assert_allclose(history.pnl, history.wealth[-1] - history.wealth[0], atol=1e-9)


@pytest.mark.parametrize("strategy", strategies())
def test_profit_is_the_edge_of_the_fills_and_what_the_mid_did_to_the_inventory(strategy, tape):
    history = simulate(strategy, tape, inventory=-2)
    on_inventory = (history.inventory[1:] * np.diff(tape.mid, axis=0)).sum(axis=0)
    np.testing.assert_allclose(history.edge + on_inventory, history.pnl, atol=1e-9)


def test_what_one_starts_with_is_held_and_marked():
    history = simulate(Symmetric(half_spread=0.5), by_hand([NEVER], [NEVER], mid=(100, 103)), inventory=2, cash=-150)
    assert history.inventory.ravel().tolist() == [2, 2]
    assert history.wealth.ravel().tolist() == [50, 56]
    assert history.pnl.tolist() == [6]


def test_models_that_quote_alike_trade_alike_on_one_tape(tape):
    model = simulate(Symmetric(half_spread=0.6), tape)
    by_function = simulate(lambda mid, q, tau: Quotes.around(mid, 0.6, 0.6), tape)
    np.testing.assert_array_equal(by_function.inventory, model.inventory)
    np.testing.assert_array_equal(by_function.cash, model.cash)


def test_a_wider_desk_fills_only_where_a_narrower_one_does(tape):
    narrow, wide = (simulate(Symmetric(half_spread=half_spread), tape) for half_spread in (0.4, 0.8))
    assert (wide.bid_fill <= narrow.bid_fill).all()
    assert (wide.ask_fill <= narrow.ask_fill).all()
    assert wide.bid_fill.sum() < narrow.bid_fill.sum()


def test_the_same_tape_gives_the_same_history(tape):
    model = AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1)
    np.testing.assert_array_equal(simulate(model, tape).pnl, simulate(model, tape).pnl)


def test_a_path_does_not_know_the_others(tape):
    model = AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1)
    third = Tape(
        tape.time,
        *(getattr(tape, name)[:, 3:4] for name in ("mid", "buy_reach", "sell_reach", "buy_size", "sell_size")),
    )
    np.testing.assert_array_equal(simulate(model, third).cash[:, 0], simulate(model, tape).cash[:, 3])


def test_a_readers_own_strategy_sees_mid_inventory_and_time_left():
    shown = []

    def strategy(mid_price, inventory, time_left):
        shown.append((mid_price.tolist(), inventory.tolist(), float(time_left)))
        return Quotes.around(mid_price, 0.5, NAN)

    simulate(strategy, by_hand(buy_reach=[1, 1], sell_reach=[1, 0]))
    assert shown == [([100], [0], 1.0), ([101], [1], 0.5)]


def test_a_strategy_that_asks_for_the_signal_is_shown_it_and_another_is_not():
    tape = Market.avellaneda_stoikov_2008(signal=Signal(mean_reversion=2, signal_jump=3)).tape(4, 6, seed=1)
    shown = []

    def looks(mid_price, inventory, time_left, *, signal):
        shown.append(signal)
        return Quotes.around(mid_price, 0.5, 0.5)

    def does_not(mid_price, inventory, time_left, **others):
        assert not others
        return Quotes.around(mid_price, 0.5, 0.5)

    histories = [simulate(strategy, tape) for strategy in (looks, does_not)]
    np.testing.assert_array_equal(shown, tape.signal[:-1])
    for history in histories:
        np.testing.assert_array_equal(history.signal, tape.signal)
    np.testing.assert_array_equal(histories[0].cash, histories[1].cash)


def test_a_signal_that_the_tape_has_not_is_not_made_up(tape):
    reason = "The strategy asks for a signal and the tape has none: draw it from a market with signal=Signal(...)."
    with pytest.raises(ParameterError, match=re.escape(reason)):
        simulate(lambda mid, q, tau, signal: Quotes.around(mid, 0.5, 0.5), tape)
    assert simulate(Symmetric(half_spread=0.5), tape).signal is None


def test_a_strategy_cannot_change_what_it_is_shown(tape):
    def flatten(mid, inventory, time_left):
        inventory *= 0
        return Quotes.around(mid, 0.5, 0.5)

    with pytest.raises(ValueError, match="read-only"):
        simulate(flatten, tape)


def test_one_pair_of_quotes_serves_all_paths(tape):
    history = simulate(lambda mid, q, tau: Quotes.at(99, 101), tape)
    assert (history.bid_price == 99).all()
    assert history.ask_size.shape == (100, 50)


@pytest.mark.parametrize(
    ("returned", "named"), [((99, 101), "tuple"), (None, "NoneType"), (np.array([99.0, 101.0]), "ndarray")]
)
def test_a_strategy_must_return_quotes(returned, named, tape):
    with pytest.raises(ParameterError, match=f"must return Quotes; at step 0 it returned {named}"):
        simulate(lambda mid, q, tau: returned, tape)


@pytest.mark.parametrize("side", ["bid", "ask"])
def test_quotes_of_another_shape_are_refused_with_the_step(side, tape):
    def strategy(mid, inventory, time_left):
        depths = {"bid": 0.5, "ask": 0.5} | ({side: np.full(3, 0.5)} if time_left < 0.985 else {})
        return Quotes.around(100.0, depths["bid"], depths["ask"])

    reason = "quotes at step 2 have shape (3,); with 50 paths they must broadcast to (50,)."
    with pytest.raises(ParameterError, match=re.escape(reason)):
        simulate(strategy, tape)


def test_sizes_of_another_shape_are_refused_too(tape):
    with pytest.raises(ParameterError, match=re.escape("have shape (3,); with 50 paths")):
        simulate(lambda mid, q, tau: Quotes(99, 101, np.ones(3), 1), tape)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (dict(inventory=NAN), r"inventory \(q\) must be a finite number \[clips\]; got nan"),
        (dict(inventory="flat"), r"inventory \(q\) must be .*; got 'flat'"),
        (dict(inventory=[0, 1]), r"inventory \(q\) must be one number; got an array of shape \(2,\)"),
        (dict(cash=NAN), r"cash \(x\) must be a finite number \[price·clip\]; got nan"),
        (dict(cash=None), r"cash \(x\) must be .*; got None"),
    ],
)
def test_a_start_that_is_no_number_is_refused(start, reason, tape):
    with pytest.raises(ParameterError, match=reason):
        simulate(Symmetric(half_spread=0.5), tape, **start)


@pytest.mark.parametrize("thing", [None, 0.5, "model"])
def test_what_is_no_strategy_is_refused(thing, tape):
    with pytest.raises(ParameterError, match=r"strategy must be a model or a function of \(mid_price, inventory"):
        simulate(thing, tape)


def test_a_market_is_no_tape():
    with pytest.raises(ParameterError, match=r"tape must be a Tape, such as market\.tape\(.*\); got Market"):
        simulate(Symmetric(half_spread=0.5), PAPER)


def test_a_model_with_a_shorter_day_than_the_tape_is_refused():
    model = AvellanedaStoikov(risk_aversion=0.1, volatility=2, fill_decay=1.5, horizon=0.5)
    with pytest.raises(ParameterError, match=r"time_left \(τ\) 1 is beyond the model's horizon \(T\) 0\.5"):
        simulate(model, PAPER.tape(2, 2, seed=1))


def test_a_history_too_large_for_the_machine_is_refused(tape, monkeypatch):
    monkeypatch.setattr("mmlab.arrays.MEMORY_LIMIT", 100_000)
    with pytest.raises(ParameterError, match=r"A history of 50 paths × 100 steps would take 0\.0 GiB; the limit is"):
        simulate(Symmetric(half_spread=0.5), tape)


def test_a_history_cannot_be_written_on(tape):
    history = simulate(Symmetric(half_spread=0.5), tape)
    for column in (history.mid, history.bid_price, history.ask_fill, history.inventory, history.cash):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


def test_one_path_of_one_step_is_a_run():
    history = simulate(Symmetric(half_spread=0.5), PAPER.tape(1, 1, seed=1))
    assert history.wealth.shape == (2, 1)
    assert history.pnl.shape == (1,)
