import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import (
    AvellanedaStoikov,
    CarteaJaimungal,
    Exponential,
    InfiniteHorizonAvellanedaStoikov,
    Linear,
    Market,
    ParameterError,
    PostOnly,
    Signal,
    Symmetric,
    exact_moments,
)
from mmlab.models import MODELS, WholeClips, takes_signal

PAPER = Market.avellaneda_stoikov_2008()


def test_a_model_for_a_market_believes_what_is_true_there():
    assert AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1) == AvellanedaStoikov(
        risk_aversion=0.1, volatility=2, fill_decay=1.5, horizon=1
    )
    assert InfiniteHorizonAvellanedaStoikov.for_market(
        PAPER, risk_aversion=0.1, max_inventory=10
    ) == InfiniteHorizonAvellanedaStoikov(risk_aversion=0.1, volatility=2, fill_decay=1.5, max_inventory=10)


def test_a_model_may_be_told_to_believe_something_else():
    model = AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1, volatility=3, fill_decay=1)
    assert (model.volatility, model.fill_decay, model.horizon) == (3, 1, 1)


def test_what_neither_the_market_nor_the_reader_gives_is_named():
    with pytest.raises(ParameterError, match=r"AvellanedaStoikov also needs risk_aversion \(γ\)\."):
        AvellanedaStoikov.for_market(PAPER)


def test_a_mistyped_belief_is_answered_with_the_nearest_name():
    with pytest.raises(ParameterError, match=r"no parameter 'gamma'\. Did you mean risk_aversion \(γ\)"):
        AvellanedaStoikov.for_market(PAPER, gamma=0.1)


def test_a_market_whose_sides_differ_does_not_choose_between_them():
    informed = Exponential(arrival_rate=140, fill_decay=0.5)
    market = dataclasses.replace(PAPER, intensity=(PAPER.intensity, informed))
    with pytest.raises(ParameterError, match=r"AvellanedaStoikov also needs fill_decay \(k\)\."):
        AvellanedaStoikov.for_market(market, risk_aversion=0.1)
    assert AvellanedaStoikov.for_market(market, risk_aversion=0.1, fill_decay=1).fill_decay == 1


def test_a_market_of_another_shape_has_no_decay_to_believe_in():
    market = dataclasses.replace(PAPER, intensity=Linear(demand_intercept=140, demand_slope=100))
    with pytest.raises(ParameterError, match=r"also needs fill_decay \(k\)"):
        AvellanedaStoikov.for_market(market, risk_aversion=0.1)


def test_what_is_no_market_is_refused():
    with pytest.raises(ParameterError, match="market must be a Market; got 'NASDAQ'"):
        AvellanedaStoikov.for_market("NASDAQ", risk_aversion=0.1)


@given(st.floats(-50, 50), st.floats(0, 1))
def test_post_only_stops_at_the_mid_and_changes_nothing_else(q, time_left):
    model = AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1)
    for clamped, free in zip(PostOnly(model).depths(q, time_left), model.depths(q, time_left), strict=True):
        assert clamped >= 0
        assert clamped == (free if free > 0 else 0)


def test_a_very_long_post_only_desk_offers_at_the_mid():
    quotes = PostOnly(AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1)).quotes([100, 200], 1e6, 1)
    assert quotes.ask_price.tolist() == [100, 200]
    assert (quotes.bid_price < 0).all()


def test_post_only_quotes_no_side_that_its_model_does_not():
    bounded = InfiniteHorizonAvellanedaStoikov.for_market(PAPER, risk_aversion=0.1, max_inventory=3)
    bid, ask = PostOnly(bounded).depths([-3, 3], 0.5)
    assert np.isnan(bid[1])
    assert np.isnan(ask[0])
    assert PostOnly(bounded).max_inventory == 3
    assert PostOnly(Symmetric(half_spread=1)).max_inventory is None


def test_a_model_of_whole_clips_quotes_as_at_the_nearest():
    solved = CarteaJaimungal.for_market(PAPER, running_penalty=0.1, terminal_penalty=0, max_inventory=3)
    whole = WholeClips(solved)
    with pytest.raises(ParameterError, match="multiple of 1"):
        solved.depths(1.4, 0.5)
    assert whole.depths(1.4, 0.5) == solved.depths(1, 0.5)
    assert whole.quotes(100, -1.6, 0.5).ask_price == solved.quotes(100, -2, 0.5).ask_price
    assert np.isnan(whole.quotes(100, 2.7, 0.5).bid_price)
    assert exact_moments(whole, PAPER, 50).mean == exact_moments(solved, PAPER, 50).mean
    with pytest.raises(ParameterError, match="WholeClips needs a model with depths; got None"):
        WholeClips(None)


@pytest.mark.parametrize("thing", [None, 0.5, lambda q, t: (q, t)])
def test_post_only_needs_a_model(thing):
    with pytest.raises(ParameterError, match="PostOnly needs a model with depths; got"):
        PostOnly(thing)


@pytest.mark.parametrize("kind", MODELS.values(), ids=MODELS)
def test_a_model_holds_its_parameters_and_no_memo_of_what_was_asked(kind):
    market = dataclasses.replace(PAPER, signal=Signal(mean_reversion=5, signal_volatility=1))
    chosen = dict(risk_aversion=0.1, running_penalty=0.1, terminal_penalty=0.1, max_inventory=3, nodes=8)
    takes = {field.name for field in dataclasses.fields(kind)} if kind is not Symmetric else {"risk_aversion"}
    model = kind.for_market(market, **{name: chosen[name] for name in chosen.keys() & takes})
    more = {"signal": 0.1} if takes_signal(model.quotes) else {}
    model.quotes(100, 0, 0.5, **more)
    if not more:
        exact_moments(PostOnly(model), PAPER)
    assert vars(model).keys() == {field.name for field in dataclasses.fields(kind)}
