"""The table of metrics, by hand, against what is true of a market, and by rows as well as at once."""

import dataclasses
import math
import sys
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import AvellanedaStoikov, Exponential, Market, ParameterError, Symmetric, simulate
from mmlab.desk import Obligations
from mmlab.measure import METRICS, Meter, attribute, metric_table
from mmlab.measure.metrics import DAY
from mmlab.measure.risk import day_tail
from mmlab.measure.rows import ABSENT, Columns, follow, read
from mmlab.measure.system import Latencies, clocks, system_metrics
from mmlab.simulation import profit_law

PAPER = Market.avellaneda_stoikov_2008()
MODEL = AvellanedaStoikov.for_market(PAPER, risk_aversion=0.1)


def measured(history, horizons=(1.0,), **how):
    meter = Meter(horizons, **how)
    return meter.step(meter.start(), history)[1]


def by_hand():
    """A day of five rows: a clip bought, half a clip sold, one side withdrawn, a hole of three seconds."""
    quotes = dict(bid_price=99, ask_price=101, bid_size=2, ask_size=2, best_bid=99.5, best_ask=101)
    return [
        dict(time=0, mid=100, inventory=0, cash=0, **quotes, bid_fill=1),
        dict(time=1, mid=98, inventory=1, cash=-99, **quotes),
        dict(time=2, mid=97, inventory=1, cash=-99, ask_price=98, ask_size=1, ask_fill=0.5, fees=0.25),
        dict(time=5, mid=99, inventory=0.5, cash=-50.25, bid_price=98, ask_price=99, bid_size=1, ask_size=1),
        dict(time=6, mid=100, inventory=0.5, cash=-50.25),
    ]


def test_a_day_by_hand():
    metrics = {name: float(value[0]) for name, value in measured(by_hand(), (1.0, 2.0), clip=200).items()}
    assert metrics == pytest.approx(
        {
            "quoted_spread": (2 + 2 + 1) / 3,
            "effective_spread": 2 * (1 * 1 + 0.5 * 1) / 1.5,
            "realised_spread 1": 2 * (1 * -1 + 0.5 * -1) / 1.5,  # the first mid after the hole
            "price_impact 1": 2 * (2 + 0.5 * 2) / 1.5,
            "markout 1": -1,
            "realised_spread 2": 2 * (-2 - 0.5) / 1.5,
            "price_impact 2": 2 * (3 + 0.5 * 2) / 1.5,
            "markout 2": -2.5 / 1.5,
            "bid_fill_rate": 1 / 3,
            "ask_fill_rate": 1 / 6,
            "fill_ratio": 1.5 / (4 + 1 + 1 + 2),  # two clips a side; a bid again; the ask elsewhere; both elsewhere
            "order_to_trade": (2 + 1 + 2 + 2 + 2) / 2,  # the bid again; one gone, one moved; both placed; both gone
            "reject_ratio": 0,
            "time_at_touch": 2 / 4,
            "fills": 2,
            "pnl": -0.25,
            "pnl_currency": -50,
            "pnl_per_risk": -0.25 / math.sqrt(1 + 1 + 1.25**2 + 0.5**2),
            "drawdown": 0.25,
            "max_drawdown": 2,
            "position": 0.5,
            "max_position": 1,
            "realised_volatility": math.sqrt((4 + 1 + 4 + 1) / 6),
            "fees": 0.25,
            "unknown_marks": 0,
        }
    )


@st.composite
def days(draw):
    """Rows of two desks as hypothesis likes them: clocks that stand and jump, sides that come and go, unknown mids."""
    n = draw(st.integers(1, 14))
    times = np.cumsum(draw(st.lists(st.sampled_from([0.0, 0.5, 1.0, 7.0]), min_size=n, max_size=n)))
    times = times + draw(st.sampled_from([0.0, DAY - 5.0]))
    seed = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    record = Columns({"time": times} | {name: np.full((n, 2), absent) for name, absent in ABSENT.items()})
    record["mid"][:] = 100 + np.cumsum(seed.normal(0, 1, (n, 2)), axis=0)
    record["mid"][1:][seed.random((n - 1, 2)) < 0.2] = np.nan
    for side, sign in (("bid", -1), ("ask", 1)):
        there = seed.random((n, 2)) < 0.8
        record[f"{side}_price"][:] = np.where(there, 100 + sign * seed.random((n, 2)), np.nan)
        record[f"{side}_fill"][:] = there * (seed.random((n, 2)) < 0.5) * seed.integers(1, 4, (n, 2))
        record[f"{side}_size"][:] = record[f"{side}_fill"] + there * seed.integers(0, 3, (n, 2))
        record[f"{side}_fills"][:] = np.where(seed.random((n, 2)) < 0.5, np.nan, seed.integers(1, 4, (n, 2)))
        record[f"{side}_fill_mid"][:] = np.where(seed.random((n, 2)) < 0.5, np.nan, 100 + seed.normal(0, 1, (n, 2)))
        record[f"best_{side}"][:] = np.where(seed.random((n, 2)) < 0.7, 100 + sign * 0.5, np.nan)
    record["inventory"][:] = np.cumsum(net := record["bid_fill"] - record["ask_fill"], axis=0) - net
    record["cash"][:] = seed.normal(0, 100, (n, 2))
    record["fees"][:] = seed.random((n, 2))
    cuts = draw(st.lists(st.integers(0, n), max_size=4))
    return record, [0, *sorted(cuts), n]


@given(day=days(), horizons=st.lists(st.sampled_from([0.3, 1.0, 2.5, 20.0]), min_size=1, max_size=3))
def test_measured_row_by_row_in_pieces_or_at_once_a_day_is_the_same(day, horizons):
    record, cuts = day
    meter, n = Meter(horizons), len(record["time"])
    _, at_once = meter.step(meter.start(), record)
    rows = [{name: column[row] for name, column in record.items()} for row in range(n)]
    for pieces in ([record.at(slice(*piece)) for piece in pairwise(cuts)], rows, [rows]):
        state = meter.start()
        for piece in pieces:
            state, metrics = meter.step(state, piece)
        assert metrics.keys() == at_once.keys()
        for name, value in at_once.items():
            np.testing.assert_allclose(metrics[name], value, rtol=1e-12, atol=1e-12, err_msg=name)


@given(day=days(), horizon=st.sampled_from([0.3, 1.0, 2.5]))
def test_markouts_are_those_of_a_loop_over_fills(day, horizon):
    record, _ = day
    mids = record["mid"].copy()
    for n in range(1, len(mids)):
        mids[n] = np.where(np.isnan(mids[n]), mids[n - 1], mids[n])
    metrics = measured(record, [horizon])
    for path in range(2):
        gained = clips = moved = 0.0
        for n, time in enumerate(record["time"]):
            later = [m for m in range(len(mids)) if record["time"][m] >= time + horizon - 1e-9]
            for side, sign in (("bid", 1), ("ask", -1)):
                size = record[f"{side}_fill"][n, path]
                if later and size:
                    gained += sign * size * (mids[later[0], path] - record[f"{side}_price"][n, path])
                    at = record[f"{side}_fill_mid"][n, path]
                    moved -= sign * size * (mids[later[0], path] - (mids[n, path] if np.isnan(at) else at))
                    clips += size
        found = [metrics[f"{name} {horizon:g}"][path] for name in ("markout", "price_impact", "realised_spread")]
        if clips:
            assert found == pytest.approx([gained / clips, 2 * moved / clips, 2 * gained / clips], abs=1e-9)
        else:
            assert np.isnan(found).all()


@given(day=days())
def test_spreads_are_full_and_add_up_and_are_the_attributions(day):
    """On rows that go on until each fill is of age effective = realised + impact, and the attribution says the same."""
    record, _ = day
    end = record.at(slice(-1, None))
    end |= {"time": end["time"] + 1.0} | {name: np.zeros((1, 2)) for name in ("bid_fill", "ask_fill", "fees")}
    record = record.then(end)
    metrics, parts = measured(record), attribute(record, 1.0)
    _, rows = follow(None, record)
    clips = rows["clips"].sum(axis=0)
    traded = clips > 0
    effective, realised, impact, markout = (
        metrics[name][traded] for name in ("effective_spread", "realised_spread 1", "price_impact 1", "markout 1")
    )
    np.testing.assert_allclose(effective, realised + impact, atol=1e-9)
    np.testing.assert_allclose(realised, 2 * markout, atol=1e-9)
    np.testing.assert_allclose(parts.spread, np.nan_to_num(metrics["effective_spread"]) * clips / 2, atol=1e-9)
    np.testing.assert_allclose(
        parts.adverse_selection, -np.nan_to_num(metrics["price_impact 1"]) * clips / 2, atol=1e-9
    )


def test_a_fill_within_a_row_is_marked_at_the_mid_of_its_moment():
    """We bid 99.98 around 100; the mid has come down to 99.99 when we are hit, and is 99.97 a second later."""
    rows = [dict(time=0, mid=100, inventory=0, cash=0, bid_price=99.98, bid_fill=1, bid_fill_mid=99.99)]
    rows += [dict(time=1, mid=99.97, inventory=1, cash=-99.98)]
    metrics = {name: float(value[0]) for name, value in measured(rows).items()}
    assert metrics["effective_spread"] == pytest.approx(0.02)  # and not 0.04
    assert metrics["price_impact 1"] == pytest.approx(0.04)
    assert metrics["markout 1"] == pytest.approx(-0.01)
    parts = attribute(rows, 1.0).parts
    assert [parts[name][0] for name in ("spread", "adverse_selection", "inventory", "unexplained")] == pytest.approx(
        [0.01, -0.02, 0.0, 0.0]
    )


def test_fills_are_counted_and_not_rows():
    rows = by_hand()
    rows[0]["bid_fills"] = 3
    assert measured(rows)["fills"][0] == 4
    assert measured(rows)["bid_fill_rate"][0] == 3 / 3


@given(day=days(), scale=st.sampled_from([0.5, 3.0]))
def test_of_what_is_quoted_a_share_is_filled_whatever_the_clip(day, scale):
    record, _ = day
    metrics = measured(record)["fill_ratio"]
    assert ((metrics >= 0) & (metrics <= 1 + 1e-12) | np.isnan(metrics)).all()
    for side in ("bid", "ask"):
        for name in ("size", "fill"):
            record[f"{side}_{name}"][:] *= scale
    np.testing.assert_allclose(measured(record)["fill_ratio"], metrics)


@pytest.mark.parametrize(("every", "share"), [(1, 1.0), (2, 0.5), (5, 0.2)])
def test_of_what_is_sent_a_share_is_refused(every, share):
    rows = [
        dict(time=n, mid=100, inventory=0, cash=0, bid_price=99 - n % 2, bid_size=1, accepted=n % every > 0)
        for n in range(40)
    ]
    metrics = measured(rows)
    assert metrics["reject_ratio"][0] == share
    assert np.isnan(metrics["order_to_trade"][0])  # nothing was filled


@pytest.mark.parametrize("scale", [0.01, 7.0])
def test_messages_for_each_fill_know_neither_price_nor_clip_nor_clock(scale):
    history = simulate(Symmetric(half_spread=0.5), PAPER.tape(5, 200, seed=1))
    prices = {f"{side}_price": scale * getattr(history, f"{side}_price") for side in ("bid", "ask")}
    sizes = {
        f"{side}_{x}": scale * getattr(history, f"{side}_{x}") for side in ("bid", "ask") for x in ("size", "fill")
    }
    other = dataclasses.replace(history, mid=scale * history.mid, time=scale * history.time, **prices, **sizes)
    was, now = (measured(day)["order_to_trade"] for day in (history, other))
    np.testing.assert_array_equal(now, was)
    fills = (history.bid_fill > 0).sum(axis=0) + (history.ask_fill > 0).sum(axis=0)
    np.testing.assert_allclose(was * fills, 2 * 200)  # each step moves both, and at the end nothing is sent


def test_who_is_filled_for_all_that_is_quoted_has_a_fill_ratio_of_one(mean_error):
    """Each step quotes a clip a side anew: what was not filled goes on standing only at an unchanged price."""
    market = Market(mid_price=100, volatility=0.01, horizon=500, intensity=Exponential(arrival_rate=1, fill_decay=30))
    metrics = measured(simulate(Symmetric(half_spread=0.02), market.tape(200, 5_000, seed=1)))["fill_ratio"]
    assert abs(metrics.mean() + np.expm1(-np.exp(-0.6) * 0.1)) < 4 * mean_error(metrics)
    rows = [dict(time=n, mid=100, inventory=n, cash=0, bid_price=99, bid_size=1, bid_fill=1) for n in range(5)]
    assert measured(rows)["fill_ratio"][0] == 1
    standing = [dict(time=n, mid=100, inventory=0, cash=0, bid_price=99, bid_size=1) for n in range(9)]
    standing += [dict(time=9, mid=100, inventory=0, cash=0, bid_price=99, bid_size=1, bid_fill=1)]
    assert measured(standing)["fill_ratio"][0] == 1
    assert np.isnan(measured([{k: v for k, v in r.items() if k != "bid_size"} for r in rows])["fill_ratio"][0])


def test_a_drawdown_is_counted_by_day():
    """Two days: 3 below the first day's highest, and 1 below the second's, which begins lower."""
    at = [(0, 0), (10, 5), (20, 2), (DAY, -4), (DAY + 1, -2), (DAY + 2, -3)]
    rows = [dict(time=time, mid=100, inventory=0, cash=cash) for time, cash in at]
    metrics = measured(rows)
    assert (metrics["drawdown"][0], metrics["max_drawdown"][0], metrics["pnl"][0]) == (1, 3, -3)
    within = [dict(row, time=row["time"] % DAY + 100 * (row["time"] >= DAY)) for row in rows]
    metrics = measured(within)
    assert (metrics["drawdown"][0], metrics["max_drawdown"][0]) == (8, 9)


def test_each_number_is_in_the_one_table_and_each_row_of_it_is_measured():
    latencies = Latencies().and_also({"quotes": [1e-4]})
    metrics = measured([], obligations=Obligations(presence=1, widest_spread=1)) | system_metrics(latencies, clocks())
    metrics |= day_tail(profit_law(MODEL, PAPER))
    assert {name.partition(" ")[0] for name in metrics} == set(METRICS)
    assert all(metric.unit and metric.definition and metric.formula for metric in METRICS.values())
    assert [row[1] for row in metric_table(measured([])).rows] == ["not known"] * len(measured([]))
    assert np.isnan(measured(by_hand())["pnl_currency"][0])  # nobody said what a clip is


def test_a_symmetric_desk_earns_its_spread_at_the_rate_that_its_depth_has(mean_error):
    market = Market(mid_price=100, volatility=0.01, horizon=500, intensity=Exponential(arrival_rate=1, fill_decay=30))
    metrics = measured(simulate(Symmetric(half_spread=0.02), market.tape(200, 5_000, seed=1)))
    np.testing.assert_allclose(metrics["quoted_spread"], 0.04)
    np.testing.assert_allclose(metrics["effective_spread"], 0.04)
    expected = -np.expm1(-np.exp(-0.6) * 0.1) / 0.1
    for name in ("bid_fill_rate", "ask_fill_rate"):
        assert abs(metrics[name].mean() - expected) < 4 * mean_error(metrics[name])
    assert abs(metrics["realised_volatility"].mean() - 0.01) < 4 * mean_error(metrics["realised_volatility"])
    assert abs(metrics["price_impact 1"].mean()) < 4 * mean_error(metrics["price_impact 1"])


def test_market_impact_is_the_jump_of_the_market(mean_error):
    flow = Exponential(arrival_rate=0.2, fill_decay=30)
    market = Market(mid_price=100, volatility=0.002, horizon=2_000, intensity=flow, jump=(0.01, 0.01))
    metrics = measured(simulate(Symmetric(half_spread=0.03), market.tape(100, 4_000, seed=1)), [0.5])
    impact = metrics["price_impact 0.5"]
    # Of the other side an order may come in the same step, and push the mid back.
    assert abs(impact.mean() - 2 * 0.01 * math.exp(-0.2 * 0.5)) < 4 * mean_error(impact)
    np.testing.assert_allclose(metrics["realised_spread 0.5"], 0.06 - impact)


def held(state):
    """The bytes of all arrays that a state keeps alive."""
    kept = [one for part in vars(state).values() for one in (part.values() if isinstance(part, dict) else [part])]
    return sum((x if x.base is None else x.base).nbytes for x in kept if isinstance(x, np.ndarray))


def test_a_day_takes_no_more_memory_than_an_hour():
    """What a state holds after a thousand rows one by one, a hundred thousand, and a hundred thousand at once."""
    meter, columns = Meter([5.5]), read(simulate(MODEL, PAPER.tape(1, 1_000, seed=1))).at(slice(1_000))
    columns["time"] = np.arange(1_000.0)
    rows = [{name: column[n] for name, column in columns.items()} for n in range(1_000)]
    state, sizes = meter.start(), []
    for row in rows:
        state, _ = meter.step(state, row)
    sizes.append(held(state))
    assert 0 < len(state.young["time"]) <= 6
    days = [Columns(columns | {"time": columns["time"] + 1_000.0 * n}) for n in range(100)]
    for day in days[1:]:
        state, _ = meter.step(state, day)
    sizes.append(held(state))
    whole = Columns({name: np.concatenate([day[name] for day in days]) for name in columns})
    sizes.append(held(meter.step(meter.start(), whole)[0]))
    assert sizes == [sizes[0]] * 3
    assert sizes[0] < 4_000


def test_one_fill_is_measured():
    metrics = measured(by_hand()[:2])
    assert (metrics["fills"][0], metrics["effective_spread"][0], metrics["markout 1"][0]) == (1, 2, -1)
    metrics = measured(by_hand()[:1])
    assert metrics["effective_spread"][0] == 2
    assert np.isnan(metrics["markout 1"][0])


def test_a_mid_that_is_not_known_is_the_last_known_one_and_is_counted():
    rows = by_hand()
    rows[1]["mid"] = rows[2]["mid"] = float("nan")
    metrics = measured(rows)
    assert metrics["unknown_marks"][0] == 2
    assert metrics["realised_volatility"][0] == pytest.approx(math.sqrt((1 + 1) / 6))
    assert metrics["markout 1"][0] == pytest.approx((1 * 1 + 0.5 * -1) / 1.5)
    assert metrics["pnl"][0] == -0.25
    late = [dict(rows[1], time=-1), *by_hand()]  # before there is a mid nothing can be marked
    assert measured(late)["pnl"][0] == -0.25
    assert measured(late)["unknown_marks"][0] == 0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (dict(time=3), "time must not run backwards; it is 3 after 6"),
        (dict(time=float("nan")), "time must be finite"),
        (dict(cash=float("nan")), "cash must be finite"),
        (dict(inventory=float("inf")), "inventory must be finite"),
        (dict(bid_fill=-1), "bid_fill must be at least 0 clips"),
        (dict(ask_fill=1), "what was filled needs a ask_price"),
    ],
)
def test_rows_that_cannot_be_measured_are_refused(row, message):
    rows = by_hand()
    with pytest.raises(ParameterError, match=message):
        measured([*rows, dict(rows[-1], time=7) | row])


def test_a_row_needs_an_account():
    with pytest.raises(ParameterError, match="Row 1 of the history has no inventory, cash"):
        measured([by_hand()[0], dict(time=1, mid=100)])
    with pytest.raises(ParameterError, match="Row 0 of the history has no mid"):
        measured([dict(time=0, inventory=0, cash=0)])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (dict(mid="high"), "mid must be a number or 1 of them, as many as the first mid, in each row"),
        (dict(time="noon"), "time must be a number, in each row"),
        (dict(time=[1, 2]), "time must be a number, in each row"),
        (dict(bid_price=[99, 98]), "bid_price must be a number or 1 of them"),
        (dict(ask_price=[[99], [98, 97]]), "ask_price must be a number or 1 of them"),
        (dict(reason=99), "reason must be one of 0 NONE"),
        (dict(mode=-1), "mode must be one of 0 NORMAL"),
        (dict(fees=math.nan), "fees must be finite"),
    ],
)
def test_rows_of_other_things_are_refused(row, message):
    with pytest.raises(ParameterError, match=message):
        read([by_hand()[0], by_hand()[1] | row])
    with pytest.raises(ParameterError, match="Row 1 of the history must be a mapping of columns; got 7"):
        read([by_hand()[0], 7])


@pytest.mark.parametrize("horizons", [[], [0.0], [1.0, -1.0], [math.inf]])
def test_horizons_are_times_above_zero(horizons):
    with pytest.raises(ParameterError, match="horizons must be times above 0"):
        Meter(horizons)


def test_latencies_are_those_of_their_steps_to_three_percent():
    taken = np.random.default_rng(1).lognormal(-8, 1, 10_000)
    at_once = Latencies().and_also({"quotes": taken, "limits": np.full(10_000, 2e-5)})
    by_steps = Latencies()
    for n in range(0, 10_000, 500):
        by_steps = by_steps.and_also({"quotes": taken[n : n + 500], "limits": np.full(500, 2e-5)})
    for latencies in (at_once, by_steps):
        shares = (0.01, 0.5, 0.99)
        assert latencies.quantiles("quotes", shares) == pytest.approx(np.quantile(taken, shares), rel=0.03)
        assert latencies.quantiles("limits", shares) == pytest.approx([2e-5] * 3, rel=0.03)
        metrics = system_metrics(latencies, clocks())
        assert metrics["throughput"] == pytest.approx(10_000 / (taken.sum() + 0.2))
        assert metrics["latency_median quotes"] == latencies.quantiles("quotes", (0.5,))[0]
    assert at_once.counts["quotes"].tolist() == by_steps.counts["quotes"].tolist()


def test_the_machine_says_what_it_takes_and_what_is_not_known_is_not_said(monkeypatch):
    began = clocks()
    sum(range(200_000))
    metrics = system_metrics(Latencies(), began)
    assert 10 < metrics["memory"] < 100_000
    assert 0 < metrics["cpu"] < 100
    assert "throughput" not in metrics
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert np.isnan(system_metrics(Latencies(), began)["memory"])
