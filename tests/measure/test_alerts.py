"""Alerts: each rule fires on its bad day and once, hardly any on calm days, and live the same as afterwards."""

import dataclasses
import json
import logging
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import MarketMakingConfig, ParameterError, simulate
from mmlab.desk import Mode, Obligations, Reason
from mmlab.measure import Alert, Rule, Severity, Watch, default_rules, json_lines, log
from mmlab.measure.alerts import VALUES
from mmlab.measure.rows import Carried, Columns, follow, read
from mmlab.measure.watch import toxicity
from tests.measure.test_metrics import days, held

CONFIG = MarketMakingConfig()
RULES = default_rules(CONFIG)
QUOTES = dict(bid_price=99.98, ask_price=100.02)


def row(time, **changes):
    return dict(time=time, mid=100.0, inventory=0.0, cash=0.0, **QUOTES) | changes


def alerts_of(rows, rules=RULES, **how):
    watch = Watch(rules)
    return watch.step(watch.start(), rows, **how)[1]


def fills(n, every=5.0, side="alternate", start=0.0, **changes):
    """n steps with a fill, of both sides in turn or of one alone."""
    sides = {"alternate": ("bid", "ask"), "bid": ("bid", "bid"), "ask": ("ask", "ask")}[side]
    return [row(start + every * i, **{f"{sides[i % 2]}_fill": 1.0}, **changes) for i in range(n)]


def silence(seconds, start, step=5.0):
    return [row(start + step * i) for i in range(int(seconds / step))]


def toxic(n):
    """Each clip is bought at 0.02 below the mid, which is 0.09 to 0.11 lower half a minute later."""
    rows = []
    for i in range(n):
        mid, low = 100 - 0.1 * i, 100 - 0.1 * (i + 1) + 0.01 * (i % 3 - 1)
        rows += [row(40 * i, mid=mid, bid_price=mid - 0.02, ask_price=mid + 0.02, bid_fill=1.0)]
        rows += [row(40 * i + 30, mid=low, bid_price=low - 0.02, ask_price=low + 0.02)]
    return rows


def limited(mode, reason, value, bound):
    return [row(0), row(1, mode=mode, reason=reason, value=value, bound=bound), row(2)]


MODES = ("widened", "reduce_only", "halted")
BAD_DAYS = {
    "widened": limited(Mode.WIDEN, Reason.VOLATILITY, 3.5, 3),
    "reduce_only": limited(Mode.REDUCE_ONLY, Reason.POSITION, 50, 50),
    "halted": limited(Mode.HALT, Reason.DRAWDOWN, 26, 25),
    "crossed": [row(0), row(1, bid_price=100.0, ask_price=100.0), row(2)],
    "wide": [row(0), row(1, ask_price=100.2), row(2)],
    "stale": [row(0), *(row(n, refreshed=0) for n in range(1, 120))],
    "one_sided": [row(n, ask_price=np.nan) for n in range(400)],
    "blind": [row(0), *(row(n, mid=np.nan) for n in range(1, 30))],
    "silent": fills(60) + silence(200, start=300),
    "run": fills(40) + fills(15, side="ask", start=200),
    "toxic": toxic(60),
    "long": [row(n, inventory=5.0 * n) for n in range(9)],
    "short": [row(n, inventory=-5.0 * n, cash=500.0 * n) for n in range(9)],
    "loss": [row(n, cash=-5.0 * n) for n in range(9)],
    "order_to_trade": [row(n, bid_size=1, ask_size=1, bid_price=99.96 + 0.02 * (n % 2)) for n in range(1_600)],
    "rejected": [row(n, bid_size=1, ask_size=1, accepted=n not in (3, 5)) for n in range(10)],
    "unfilled": [row(n, bid_size=1, ask_size=2 + n % 2, ask_price=100.02 + 0.02 * (n % 2)) for n in range(700)],
}
ALSO = {"order_to_trade": {"unfilled"}}


@pytest.mark.parametrize("name", BAD_DAYS)
def test_each_rule_fires_on_its_bad_day_and_once(name):
    alerts = [alert for alert in alerts_of(BAD_DAYS[name]) if alert.rule == name]
    rule, *worse = [rule for rule in RULES if rule.name == name]
    alert, *_ = alerts
    assert [a.bound for a in alerts] == [r.threshold for r in (rule, *worse)] or name in MODES
    assert len(alerts) == 1 + len(worse)
    assert alert.value >= alert.bound
    assert alert.severity == rule.severity
    assert f"{alert.value:.4g}" in alert.what
    assert f"{alert.bound:.4g}" in alert.what
    others = {alert.rule for alert in alerts_of(BAD_DAYS[name])} - {name}
    assert others <= ALSO.get(name, {"run"})  # who buys all day has that, too


def test_a_slow_pipeline_is_told():
    (alert,) = alerts_of([row(0), row(1)], latency=0.5)
    assert (alert.rule, alert.time, alert.value, alert.bound) == ("slow", 1, 0.5, 0.1)
    assert alerts_of([row(0), row(1)], latency=0.05) == []


def test_every_value_has_a_rule_and_a_bad_day():
    owed = Obligations(presence=0.9, widest_spread=0.1)  # its bad days are in test_presence
    assert list(dict.fromkeys(rule.name for rule in default_rules(CONFIG, owed))) == list(VALUES)
    assert set(VALUES) == {*BAD_DAYS, "slow", "absent"}


@pytest.mark.parametrize("name", ["long", "short", "loss"])
def test_half_of_a_limit_in_use_is_a_notice_and_three_quarters_a_warning_each_once_however_it_trembles(name):
    column, sign = ("inventory", {"long": 1, "short": -1}[name]) if name in ("long", "short") else ("cash", -1)
    used = [0, 0.49, 0.5, 0.45, 0.5, 0.76, 0.7, 0.76, 0.3, 0.5]  # the notice clears below 0.4
    rows = [row(700.0 * n, **{column: sign * 50 * share}) for n, share in enumerate(used)]
    heard = [a for a in alerts_of(rows, [rule for rule in RULES if rule.name == name])]
    assert [(a.time / 700, a.severity) for a in heard] == [
        (2, Severity.INFO), (5, Severity.WARNING), (9, Severity.INFO)
    ]  # fmt: skip
    assert "half of the limit is in use" in str(heard[0])


def test_a_limit_of_zero_has_no_share_to_watch():
    config = CONFIG.override({"limits": {"min_position": 0.0}})
    assert "short" not in {rule.name for rule in default_rules(config)}


def test_an_alert_of_a_limit_says_what_the_limit_measured():
    (alert,) = alerts_of(BAD_DAYS["halted"])
    assert (alert.time, alert.value, alert.bound) == (1, 26, 25)
    assert str(alert) == ("■ CRITICAL at 1: mode HALT: drawdown 26, bound 25 [price·clip]; both sides are cancelled.")
    (alert,) = alerts_of(limited(Mode.HALT, Reason.UNKNOWN, np.nan, np.nan))
    assert "a number that a limit needs is not known" in str(alert)
    assert json.loads(alert.json)["value"] is None


def test_a_halt_for_another_reason_is_told_again():
    stopped = dict(mode=Mode.HALT, value=0.0, bound=0.0)
    rows = [row(0), *(row(1 + n, **stopped, reason=Reason.GAP) for n in range(3))]
    rows += [row(4 + n, **stopped, reason=Reason.DAILY_LOSS) for n in range(3)]
    alerts = alerts_of(rows)
    assert [(a.time, a.rule) for a in alerts] == [(1, "halted"), (4, "halted")]
    assert ["gap" in alerts[0].what, "daily loss" in alerts[1].what] == [True, True]


@pytest.mark.parametrize("reason", [reason for reason in Reason if reason != Reason.NONE])
def test_a_halt_is_told_with_the_name_of_its_reason(reason):
    (alert,) = alerts_of([row(0), row(1, mode=Mode.HALT, reason=reason, value=2.0, bound=1.0)])
    assert reason.sentence(2.0, 1.0, "s") in str(alert)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_an_alert_is_json_whatever_its_value(value):
    alert = Alert(1.0, 0, "wide", Severity.WARNING, "our spread is inf", value, 0.12, "–")
    assert json.loads(alert.json, parse_constant=lambda name: pytest.fail(name))["value"] is None


def test_when_exactly():
    assert [a.time for a in alerts_of(BAD_DAYS["stale"])] == [90]  # 1.5 × the longest quote time
    assert [a.time for a in alerts_of(BAD_DAYS["one_sided"])] == [300]
    assert [a.time for a in alerts_of(BAD_DAYS["blind"])] == [10]
    # 60 fills in 300 s less the first step: at 295 + 12 × 295/60 twelve are missing, but time went on meanwhile.
    (silent,) = alerts_of(BAD_DAYS["silent"])
    assert silent.time == 370
    assert silent.value == pytest.approx(60 / 370 * 75)
    (run,) = (a for a in alerts_of(BAD_DAYS["run"]) if a.rule == "run")
    assert run.time == 200 + 5 * 10  # the forty end with an ask


def test_a_hole_in_the_rows_leaves_quotes_unattended_and_withdrawn_ones_do_not_matter():
    assert [a.rule for a in alerts_of([row(0), row(100)])] == ["stale"]
    gone = dict(bid_price=np.nan, ask_price=np.nan)
    assert [a.rule for a in alerts_of([row(0, **gone), row(200, **gone)])] == []


def test_who_is_not_in_the_market_is_not_silent():
    gone = [row(300 + 5 * n, bid_price=np.nan, ask_price=np.nan) for n in range(50)]
    assert [a.rule for a in alerts_of(fills(60) + gone)] == []


def test_a_side_that_a_limit_takes_away_is_told_once_by_the_limit():
    reducing = dict(mode=Mode.REDUCE_ONLY, reason=Reason.POSITION, value=50, bound=50, bid_price=np.nan)
    assert [a.rule for a in alerts_of([row(n, **reducing) for n in range(400)])] == ["reduce_only"]


SPREADS = [0.05, 0.13, 0.118, 0.13, 0.118, 0.11, 0.13, 0.05, 0.13]


def wide(leave_at, cool_down):
    rule = Rule(name="wide", threshold=0.12, leave_at=leave_at, cool_down=cool_down)
    return [a.time for a in alerts_of([row(n, ask_price=99.98 + w) for n, w in enumerate(SPREADS)], [rule])]


def test_hysteresis_and_cool_down_keep_an_alert_from_chattering():
    assert wide(leave_at=1, cool_down=0) == [1, 3, 6, 8]
    assert wide(leave_at=0.95, cool_down=0) == [1, 6, 8]
    assert wide(leave_at=0.5, cool_down=0) == [1, 8]
    assert wide(leave_at=1, cool_down=4) == [1, 6]
    assert wide(leave_at=1, cool_down=100) == [1]


RULES_OF_SMALL_DAYS = [
    Rule(name="wide", threshold=1.2, cool_down=2),
    Rule(name="wide", threshold=0.9, cool_down=0, leave_at=0.7),
    Rule(name="one_sided", threshold=1, cool_down=0),
    Rule(name="blind", threshold=0.5),
    Rule(name="stale", threshold=2, cool_down=0),
    Rule(name="run", threshold=2, cool_down=1),
]


@given(day=days())
def test_seen_row_by_row_in_pieces_or_at_once_a_day_gives_the_same_alerts(day):
    record, cuts = day
    found = []
    for pieces in ([0, len(record["time"])], cuts, range(len(record["time"]) + 1)):
        watch, alerts = Watch(RULES_OF_SMALL_DAYS, 1.0), []
        state = watch.start()
        for start, end in pairwise(pieces):
            state, new = watch.step(state, record.at(slice(start, end)))
            alerts += new
        found.append(sorted(alerts, key=lambda alert: (alert.time, alert.rule, alert.path)))
    assert found[0] == found[1] == found[2]


def test_a_watch_remembers_no_more_of_a_hundred_thousand_rows_than_of_a_thousand():
    watch, rows = Watch(RULES), [row(5.0 * n, bid_fill=float(n % 10 == 9)) for n in range(1_000)]
    state, sizes, columns = watch.start(), [], read(rows)
    for one in rows:
        state, _ = watch.step(state, one)
    sizes.append(held(state))
    days = [Columns(columns | {"time": columns["time"] + 5_000.0 * n}) for n in range(100)]
    for day in days[1:]:
        state, _ = watch.step(state, day)
    sizes.append(held(state))
    whole = Columns({name: np.concatenate([day[name] for day in days]) for name in columns})
    sizes.append(held(watch.step(watch.start(), whole)[0]))
    assert len(state.young["time"]) == 1
    assert sizes == [sizes[0]] * 3


@given(cut=st.integers(1, 119))
def test_averages_of_markouts_are_carried_over_a_cut(cut):
    rows = BAD_DAYS["toxic"]
    watch = Watch(RULES)
    state, first = watch.step(watch.start(), rows[:cut])
    _, second = watch.step(state, rows[cut:])
    assert first + second == alerts_of(BAD_DAYS["toxic"])


def no_effect(n_fills, n_desks, seed, fee=0.01, bids=0.5):
    """Desks whose half-spread is the fee, filled on either side by turns of a coin: their fills earn 0 on average."""
    rng = np.random.default_rng(seed)
    n, shape = n_fills + 4, (n_fills + 4, n_desks)
    record = read([row(10.0 * i, mid=np.full(n_desks, 100.0)) for i in range(n)])
    record["mid"][1:] += np.cumsum(rng.normal(0, 0.03, (n - 1, n_desks)), axis=0)
    bought = rng.random(shape) < bids
    for side, here, away in (("bid", bought, -fee), ("ask", ~bought, fee)):
        record[f"{side}_price"][:] = record["mid"] + away
        record[f"{side}_fill"][:n_fills] = here[:n_fills]
    record["fees"][:n_fills] = fee
    return record


def scores(record, horizon=30.0):
    return toxicity(follow(None, record)[1], horizon, Carried())[0]


@pytest.mark.parametrize("n_fills", [30, 50, 100, 300])
def test_the_score_of_markouts_has_the_error_that_it_claims(n_fills):
    """Where fills earn just their fee its deviation is 1, however many fills there are."""
    found = scores(no_effect(n_fills, 4_000, seed=n_fills))
    assert found[-1].std() == pytest.approx(1, abs=0.1)
    assert abs(found[-1].mean()) < 4 / np.sqrt(4_000)
    assert np.flatnonzero(found.any(axis=1))[0] == 29 + 3  # the row in which the thirtieth fill is half a minute old


@pytest.mark.parametrize("overlap", [1, 2, 3])
@pytest.mark.parametrize(("bids", "per_overlap"), [(0.5, 0), (1.0, 1)])
def test_where_markouts_of_one_side_overlap_the_error_is_too_small_by_the_root_of_it_as_is_said(
    overlap, bids, per_overlap
):
    """A fill each ten seconds: where sides take turns by a coin the overlaps of one sign make up for the others'."""
    for n_fills in (100, 300):
        found = scores(no_effect(n_fills, 2_000, seed=n_fills, bids=bids), horizon=10.0 * overlap)
        assert found[-1].std() == pytest.approx(np.sqrt(1 + per_overlap * (overlap - 1)), rel=0.06)


@given(cut=st.integers(0, 63), seed=st.integers(0, 99))
def test_a_toxic_alert_says_of_how_many_markouts_it_is(cut, seed):
    """(Σw)²/Σw² of those that there are, wherever the rows were cut; the rule says what that comes to in the end."""
    record = no_effect(60, 1, seed, fee=0.01)
    watch, weights = Watch([Rule(name="toxic", threshold=0)]), 0.98 ** np.arange(60)
    state, alerts = watch.step(watch.start(), record.at(slice(cut)))
    alerts += watch.step(state, record.at(slice(cut, None)))[1]
    many = []
    for alert in alerts:
        of_age = round(alert.time / 10) - 2
        w = weights[: max(of_age, 0)]
        many.append(f"the average of about {w.sum() ** 2 / (w**2).sum() if len(w) else 0:.0f} markouts, less fees")
    assert all(words in alert.what for words, alert in zip(many, alerts, strict=True))
    assert "up to about 99 markouts" in VALUES["toxic"][0]


@given(fee=st.sampled_from([-0.005, 0.0, 0.02]), seed=st.integers(0, 99))
def test_a_fee_is_as_good_as_a_worse_price(fee, seed):
    """The same desks, paying it to the venue or in the price, have the same scores: what counts is what is left."""
    paid, priced = (no_effect(60, 3, seed, fee=0.01) for _ in range(2))
    paid["fees"][:] += fee * (paid["bid_fill"] + paid["ask_fill"])
    for side, sign in (("bid", 1), ("ask", -1)):
        priced[f"{side}_price"][:] += sign * fee
    np.testing.assert_allclose(scores(paid), scores(priced), atol=1e-9)


def test_markouts_that_are_all_alike_are_told_too():
    """Each clip loses 0.03 exactly: an error of 0 is no reason to keep quiet."""
    rows = [row(40 * i + t, bid_price=100.03, bid_fill=1.0 * (t == 0)) for i in range(40) for t in (0, 30)]
    (alert,) = alerts_of(rows, [Rule(name="toxic", threshold=1)])
    assert (alert.value, alert.time) == (np.inf, 40 * 29 + 30)
    assert json.loads(alert.json)["value"] is None
    for r in rows:
        r["bid_price"] = 99.97
    assert alerts_of(rows, [Rule(name="toxic", threshold=1)]) == []


def test_paths_are_watched_apart():
    both = [row(n, mid=np.array([100.0, 100.0]), ask_price=np.array([100.02, 100.2])) for n in range(3)]
    assert [(a.rule, a.path) for a in alerts_of(both)] == [("wide", 1)]


def test_calm_days_give_less_than_one_false_alarm_each():
    """Twenty days; `python -m tests.benchmarks alarms` counts more of them."""
    tape = CONFIG.make_market().tape(n_paths=20, n_steps=7_800, seed=5)
    assert len(alerts_of(simulate(CONFIG.make_desk(), tape))) < 20


def test_a_day_on_which_the_orders_know_more_is_told_as_toxic():
    market = CONFIG.make_market()
    calm = market.tape(n_paths=4, n_steps=4_000, seed=6)
    later = calm.mid[np.minimum(np.arange(4_000) + 15, 4_000)] - calm.mid[:-1]
    informed = dataclasses.replace(
        calm,
        buy_reach=np.where(later > 0.06, 0.2, -np.inf),
        sell_reach=np.where(later < -0.06, 0.2, -np.inf),
    )
    undaunted = CONFIG.override({"limits": {"max_daily_loss": 1e9, "max_drawdown": 1e9}})
    alerts = alerts_of(simulate(undaunted.make_desk(), informed))
    assert {alert.path for alert in alerts if alert.rule == "toxic"} == {0, 1, 2, 3}


def test_alerts_go_where_they_are_sent(tmp_path, caplog):
    alert = Alert(1.0, 0, "wide", Severity.WARNING, "our spread is 0.2, bound 0.12 [price]", 0.2, 0.12, "–")
    file = tmp_path / "alerts.jsonl"
    for _ in range(2):
        json_lines(file)(alert)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines == [dataclasses.asdict(alert) | {"severity": "WARNING"}] * 2
    with caplog.at_level(logging.INFO, logger="mmlab.alerts"):
        log(alert)
        log(dataclasses.replace(alert, severity=Severity.INFO))
    assert [(r.levelname, r.name) for r in caplog.records] == [("WARNING", "mmlab.alerts"), ("INFO", "mmlab.alerts")]
    assert caplog.records[0].getMessage() == str(alert)


def test_rules_that_watch_nothing_are_refused():
    with pytest.raises(ParameterError, match="A rule watches one of widened"):
        Rule(name="weather", threshold=1)
    with pytest.raises(ParameterError, match="leave_at"):
        Rule(name="wide", threshold=1, leave_at=0)
    with pytest.raises(ParameterError, match="needs a rule or more and a horizon above 0"):
        Watch([])
    with pytest.raises(ParameterError, match="needs a rule or more and a horizon above 0"):
        Watch(RULES, 0)
