"""The configuration: the guide's numbers, what is refused of them, and what is made of ours."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mmbook import printed

from mmlab import (
    CarteaJaimungal,
    ConfigError,
    GueantLehalleFernandezTapia,
    MarketMakingConfig,
    ParameterError,
    exact_moments,
    setup_market_making_environment,
    simulate,
)
from mmlab.desk import DeskView, Mode, Reason
from mmlab.measure import attribute
from mmlab.parameters import parameter_table

CONFIG = setup_market_making_environment()
SECTION_OF = {
    "risk_aversion": "model",
    "volatility": "market",
    "mean_reversion": "market",
    "transaction_cost": "market",
    "max_position": "limits",
    "max_daily_loss": "limits",
    "max_drawdown": "limits",
    "max_volatility": "limits",
}
"""Where the guide's keys stand here, if not in [quotes]; its limit on the daily PnL is one on the daily loss."""


def guides_numbers():
    """(section.key, number) of all that the guide configures."""
    for group in printed.setup_market_making_environment().values():
        for name, number in group.items():
            key = name.replace("max_daily_pnl", "max_daily_loss")
            yield SECTION_OF.get(key, "quotes"), key, number


def test_row_27_with_the_guides_own_numbers_a_round_trip_loses():
    numbers = {}
    for section, key, number in guides_numbers():
        numbers.setdefault(section, {})[key] = number
    with pytest.raises(ConfigError, match=r"a round trip loses: two trades cost 2 × 0\.01 and base_spread earns 0\.01"):
        MarketMakingConfig.from_dict(numbers)
    numbers["quotes"]["base_spread"] = 0.0002
    sentence = r"1,000,000 shares is 10,000 clips of 100, .*: choose a clip of 5,000 shares or more\.$"
    with pytest.raises(ConfigError, match=sentence):
        MarketMakingConfig.from_dict(numbers)


def test_row_27_ours_covers_the_cost_of_a_round_trip_and_earns():
    desk, market = CONFIG.make_desk(), CONFIG.make_market()
    assert desk.aggressiveness.base_spread > 2 * desk.venue.fee > 0
    pnl = simulate(desk, market.tape(n_paths=100, n_steps=500, seed=1)).pnl
    assert pnl.mean() > 10 * pnl.std() / 10


def test_the_guides_numbers_are_accounted_for_one_by_one():
    rows = {row[0]: row for row in CONFIG.changes.rows}
    guide = {f"{section}.{key}": number for section, key, number in guides_numbers()}
    assert {key for key, row in rows.items() if row[1] != "–"} == set(guide)
    for key, number in guide.items():
        section, name = key.split(".")
        ours = getattr(getattr(CONFIG, section), name)
        assert float(rows[key][1].replace(",", "")) == number
        assert float(rows[key][2].replace(",", "")) == ours
        assert rows[key][4].startswith("the same") == (ours == number), key


def test_units_are_converted_on_the_way_to_the_parts():
    config = CONFIG.override({"market": {"price": 50, "clip": 200}, "limits": {"min_position": -3_000}})
    sizer, timer, spreads = config.make_sizer(), config.make_timer(), config.make_aggressiveness()
    assert (sizer.max_position, sizer.min_position, sizer.base_size, sizer.lot) == (25, -15, 0.5, 0.5)
    assert (timer.max_quote_time, timer.max_move) == (60, 0.01)
    assert (spreads.base_spread, spreads.max_spread) == pytest.approx((0.015, 0.05))
    assert spreads.max_position == 25
    assert spreads.normal_volatility == pytest.approx(0.2 * 50 / np.sqrt(252 * 23_400))
    assert config.make_market().volatility == spreads.normal_volatility == config.make_desk().volatility
    assert config.make_model().risk_aversion == pytest.approx(1e-5 * 200)
    assert config.make_desk().venue.fee == pytest.approx(0.005)
    assert config.money(5_000) == 25


def test_the_limits_are_those_of_the_configuration_unless_others_are_given():
    position, pnl, volatility = CONFIG.make_limits()
    assert (position.max_position, position.min_position) == (50, -50)
    assert (pnl.max_daily_loss, pnl.max_drawdown, pnl.widened_half_spread) == (50, 25, pytest.approx(0.05))
    per_second = 100 / np.sqrt(252 * 23_400)
    assert (volatility.soft_volatility, volatility.max_volatility) == pytest.approx(
        (0.35 * per_second, 0.5 * per_second)
    )
    assert (volatility.soft_half_spread, volatility.window) == (pytest.approx(0.015), 300)
    assert CONFIG.make_desk().limits == CONFIG.make_limits()
    assert CONFIG.make_desk(limits=()).limits == ()
    assert CONFIG.make_desk(limits=position).limits == (position,)


def test_a_models_own_parameters_are_given_with_it():
    model = CONFIG.make_model(GueantLehalleFernandezTapia)
    assert (model.max_inventory, model.arrival_rate, model.risk_aversion) == (50, 0.1, pytest.approx(1e-3))
    cj = CONFIG.make_model(CarteaJaimungal, running_penalty=1e-6, terminal_penalty=1e-4)
    assert (cj.fill_decay, cj.max_inventory) == (50, 50)
    history = simulate(CONFIG.make_desk(cj), CONFIG.make_market().tape(20, 200, seed=1))
    assert np.abs(history.inventory).max() <= 50
    assert exact_moments(CONFIG.make_model(), CONFIG.make_market(), n_steps=500).mean > 0


def test_the_market_of_a_configuration_has_a_signal_where_orders_push_one():
    assert CONFIG.make_market().signal is None
    pushed = CONFIG.override({"market": {"mean_reversion": 0.1, "signal_jump": 1e-4}}).make_market()
    assert (pushed.signal.mean_reversion, pushed.signal.signal_jump) == (0.1, 1e-4)


def test_overrides_are_nested_and_leave_the_rest_and_the_original():
    changed = CONFIG.override({"model": {"risk_aversion": 2e-5}, "quotes": {"max_quote_time": 1}})
    assert (changed.model.risk_aversion, changed.quotes.max_quote_time) == (2e-5, 1)
    assert changed.quotes.quote_size == CONFIG.quotes.quote_size
    assert CONFIG.model.risk_aversion == 1e-5
    assert changed == setup_market_making_environment(model={"risk_aversion": 2e-5}, quotes={"max_quote_time": 1})
    assert changed.make_timer().calculate_quote_time(1, 1e-9) == 1  # minimum = maximum age
    assert CONFIG.override({}) == CONFIG


TOML = """
# A desk that stands still for longer.
[quotes]
max_quote_time = 120
min_quote_size = 200
quote_size = 400
[limits]
max_drawdown = 1_000.5
"""


@pytest.mark.parametrize("kind", ["text", "path", "name"])
def test_toml_is_read_from_text_and_from_files(kind, tmp_path):
    path = tmp_path / "desk.toml"
    path.write_text(TOML, encoding="utf-8")
    config = MarketMakingConfig.from_toml({"text": TOML, "path": path, "name": str(path)}[kind])
    assert (config.quotes.max_quote_time, config.limits.max_drawdown) == (120, 1000.5)
    assert config == MarketMakingConfig.from_dict(
        {"quotes": dict(max_quote_time=120, min_quote_size=200, quote_size=400), "limits": {"max_drawdown": 1000.5}}
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The configuration is empty"),
        (" \n", "The configuration is empty"),
        ("[quotes]\nlot = = 3", r"cannot be read: .*line 2"),
        ("lot = 3", r"no section named 'lot'\. Did you mean quotes\.lot\?"),
        ("[quotes]\nlot = true", r"\[quotes\] lot \(ℓ\) must be a finite number above 0 \[shares\]; got True"),
        ("[quotes]\nlot = inf", r"\[quotes\] lot \(ℓ\) must be .*; got inf"),
        ("[quotes.lot]\nsize = 3", r"\[quotes\] lot \(ℓ\) must be .*; got \{'size': 3\}"),
    ],
)
def test_toml_that_says_nothing_or_nonsense_is_refused(text, sentence):
    with pytest.raises(ConfigError, match=sentence):
        MarketMakingConfig.from_toml(text)


def test_an_empty_file_and_one_that_is_not_there_are_refused(tmp_path):
    empty = tmp_path / "empty.toml"
    empty.write_text("# nothing but a comment\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="The configuration is empty"):
        MarketMakingConfig.from_toml(empty)
    with pytest.raises(ConfigError, match=r"The configuration cannot be read: .*absent\.toml"):
        MarketMakingConfig.from_toml(Path(tmp_path / "absent.toml"))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"qoutes": {}}, r"no section named 'qoutes'\. Did you mean \[quotes\]\?"),
        ({"quotes": {"max_qote_time": 1}}, r"no key in \[quotes\] named 'max_qote_time'\. Did you mean quotes\.max_qu"),
        ({"quotes": {"max_positon": 1}}, r"named 'max_positon'\. Did you mean limits\.max_position\?"),
        ({"model": {"zzz": 1}}, r"named 'zzz'\. Known are market\.price, "),
        ({"model": 0.1}, r"\[model\] must hold keys and numbers; got 0\.1"),
        (
            {"model": {"risk_aversion": -1}},
            r"\[model\] risk_aversion \(γ\) must be .* at least 0 \[1/currency\]; got -1",
        ),
        ({"quotes": {"latency": -0.1}}, r"\[quotes\] latency \(ℓ\) must be .* at least 0 \[s\]; got -0\.1"),
    ],
)
def test_unknown_keys_and_numbers_out_of_bounds_are_refused(changes, sentence):
    with pytest.raises(ConfigError, match=sentence):
        CONFIG.override(changes)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"market": {"transaction_cost": 0.001}},
            r"a round trip loses: two trades cost 2 × 0\.1 and base_spread earns",
        ),
        ({"quotes": {"min_quote_time": 61}}, r"min_quote_time \(t_min\) 61 is beyond max_quote_time"),
        ({"quotes": {"base_spread": 0.01}}, r"base_spread \(w₀\) 1 is beyond max_spread \(w₁\) 0\.1 \[price\]"),
        ({"quotes": {"quote_size": 50}}, r"base_size 0\.5 is below min_size 1 \[clips\]"),
        ({"quotes": {"min_quote_size": 50}}, r"min_size 0\.5 is below lot 1 \[clips\]"),
        ({"limits": {"min_position": -30_000}}, r"30,000 shares is 300 clips of 100, .* a clip of 150 shares or more"),
        ({"limits": {"max_volatility": 0.1}}, r"volatility 0\.2 is beyond max_volatility 0\.1 at once"),
        ({"limits": {"max_daily_loss": 0}}, "max_daily_loss 0 is used up before anything is quoted"),
        ({"limits": {"max_drawdown": 0}}, "max_drawdown 0 is used up before anything is quoted"),
        ({"limits": {"max_position": 50}}, "max_position 50 leaves no room for the smallest bid, 100 shares"),
        ({"limits": {"min_position": -99}}, "min_position -99 leaves no room for the smallest ask, 100 shares"),
        ({"market": {"tick": 5}}, r"tick 5 is wider than max_spread 0\.1 \[price\]"),
        ({"quotes": dict(latency=60, max_quote_time=30)}, r"latency 60 is not below max_quote_time 30 \[s\]"),
        ({"quotes": {"cancel_latency": 3600}}, r"cancel_latency 3600 is not below max_quote_time 60 \[s\]"),
        ({"market": {"horizon": 20}, "quotes": {"latency": 25}}, r"latency 25 is not below horizon 20 \[s\]"),
        ({"quotes": {"queue_time": 23_400}}, r"queue_time 23400 is not below horizon 23400 \[s\]"),
        ({"quotes": {"quote_size": 6_000}}, "max_position 5000 leaves no room for the bid of quote_size, 6000 shares"),
        ({"quotes": {"quote_size": 250}}, "quote_size 250 is no multiple of lot 100: 200 shares would be quoted"),
        (
            {"quotes": {"min_quote_size": 150, "quote_size": 150}},
            "quote_size 150 is below the smallest order in whole lots of 100, 200 shares",
        ),
        ({"market": {"taker_cost": 0.0}, "limits": {"on_halt": "flatten"}}, "on_halt='fl"),
        ({"limits": {"widen_at": 0.8}}, r"widen_at \(f_w\) 0\.8 is beyond reduce_at \(f_r\) 0\.75"),
        ({"limits": {"soft_volatility": 0.6}}, r"soft_volatility \(σ₀\) .* is beyond max_volatility"),
        ({"limits": {"soft_max_position": 6_000}}, r"soft_max_position .* 60 is beyond max_position .* 50"),
        ({"hedger": {"threshold": 900}}, r"\[hedger\] must say .* threshold and half_spread"),
        ({"hedger": {"half_spread": 1e-4, "latency": 1}}, r"\[hedger\] must say .* threshold and half_spread"),
        ({"hedger": {"threshold": 5_100, "half_spread": 1e-4}}, r"threshold 5100 of \[hedger\] is beyond any position"),
        ({"hedger": {"threshold": 50, "half_spread": 1e-4}}, r"threshold \(q\*\) must be .* at least 1"),
        ({"hedger": {"threshold": 900, "half_spread": 0, "taker_fee": -1e-4}}, "are -0.01 together, less than nothing"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes, sentence):
    with pytest.raises(ConfigError, match=f"This desk cannot trade: .*{sentence}"):
        CONFIG.override(changes)


def test_a_drawdown_above_the_days_loss_is_what_a_desk_reaches_first_after_a_profit():
    """Up by 30, then down by 50: 20 of the day's 40 are lost, and the drawdown's 45 are over."""
    config = CONFIG.override({"limits": dict(max_daily_loss=4_000, max_drawdown=4_500)})
    losses = config.make_limits()[1]
    state = losses.start(DeskView(0, 100))
    for equity in (30.0, -14.0, -16.0):
        state, permission = losses.step(state, DeskView(0, 100, cash=equity))
    assert (Mode(permission.mode[0]), Reason(permission.reason[0])) == (Mode.HALT, Reason.DRAWDOWN)


def test_a_desk_may_be_long_only():
    config = CONFIG.override({"limits": dict(min_position=0)})
    history = simulate(config.make_desk(), config.make_market().tape(20, 300, seed=1))
    assert history.inventory.min() == 0 < history.inventory.max()


EVERYTHING = """
[market]
transaction_cost = -0.00002
taker_cost = 0.00003
[quotes]
queue_time = 5.0
[limits]
soft_max_position = 4000
soft_min_position = -3000
widen_at = 0.4
reduce_at = 0.6
widened_half_spread = 0.0004
profit_lock = 9000
on_halt = "flatten"
flatten_half_spread = 0.0001
flatten_impact = 0.00001
soft_volatility = 0.3
soft_half_spread = 0.0002
leave_at = 0.9
"""


def test_toml_can_say_what_the_chapters_teach():
    desk = MarketMakingConfig.from_toml(EVERYTHING).make_desk()
    position, losses, volatility = desk.limits
    per_second = 100 / np.sqrt(252 * 23_400)
    assert (desk.venue.fee, desk.venue.taker_fee, desk.venue.queue_time) == pytest.approx((-0.002, 0.003, 5))
    assert (position.soft_max_position, position.soft_min_position) == (40, -30)
    assert (losses.widen_at, losses.reduce_at, losses.profit_lock, losses.on_halt) == (0.4, 0.6, 90, "flatten")
    assert (losses.widened_half_spread, losses.flatten_half_spread) == pytest.approx((0.04, 0.01))
    assert losses.flatten_impact == pytest.approx(0.001)
    assert (volatility.soft_volatility, volatility.soft_half_spread) == pytest.approx((0.3 * per_second, 0.02))
    assert volatility.leave_at == 0.9


@pytest.mark.parametrize(("cost", "taker", "paid"), [(1e-4, None, 0.01), (-4e-5, None, 0.004), (-4e-5, 2e-4, 0.02)])
def test_what_rests_pays_the_makers_fee_and_what_a_halt_gives_up_the_takers(cost, taker, paid):
    stated = {} if taker is None else {"taker_cost": taker}
    limits = dict(max_daily_loss=60, max_drawdown=60, max_volatility=9, flatten_impact=0, flatten_half_spread=0)
    config = CONFIG.override(
        {"market": dict(transaction_cost=cost, **stated), "limits": dict(on_halt="flatten", **limits)}
    )
    history = simulate(config.make_desk(), config.make_market().tape(50, 1000, seed=1))
    given_up, traded = np.abs(history.flattened), history.bid_fill + history.ask_fill
    assert given_up.sum() > 10
    np.testing.assert_allclose(history.fees, 100 * cost * traded + paid * given_up, atol=1e-12)
    parts = attribute(history, 60.0).parts
    np.testing.assert_allclose(parts["fees"], -history.fees.sum(axis=0), atol=1e-9)
    np.testing.assert_allclose(parts["unexplained"], 0, atol=1e-8)


def test_a_round_trip_of_resting_orders_pays_the_makers_fee_twice():
    for cost in (1.5e-4, -5e-5):
        CONFIG.override({"market": dict(transaction_cost=cost, taker_cost=0.01)})
    with pytest.raises(ConfigError, match=r"a round trip loses: two trades cost 2 × 0\.0151"):
        CONFIG.override({"market": dict(transaction_cost=1.51e-4, taker_cost=0)})


@st.composite
def stated(draw):
    """Some of the keys that fit the defaults, with numbers that fit."""
    some = {
        "market": dict(transaction_cost=st.floats(-5e-5, 1.4e-4), taker_cost=st.floats(5e-5, 1e-3)),
        "model": dict(risk_aversion=st.floats(0, 1e-2), name=st.just("GueantLehalleFernandezTapia")),
        "quotes": dict(
            queue_time=st.floats(0, 1e4), latency=st.floats(0, 59), quote_size=st.integers(1, 50).map(lambda n: 100 * n)
        ),
        "limits": dict(
            on_halt=st.just("flatten"),
            widen_at=st.floats(1e-3, 0.7),
            leave_at=st.floats(1e-3, 1),
            reduce_at=st.floats(0.75, 1),
            profit_lock=st.floats(1e-2, 1e9),
            soft_max_position=st.floats(0, 5_000),
            soft_min_position=st.floats(-5_000, 0),
            widened_half_spread=st.floats(0, 1),
            soft_volatility=st.floats(0.01, 0.5),
            soft_half_spread=st.floats(0, 1),
        ),
    }
    given_ = {s: draw(st.fixed_dictionaries({}, optional=keys)) for s, keys in some.items()}
    if "on_halt" in given_["limits"]:
        given_["limits"] |= dict(flatten_half_spread=draw(st.floats(0, 1)), flatten_impact=draw(st.floats(0, 1)))
    return given_


@given(stated())
def test_what_is_stated_comes_back_from_toml_and_from_a_dict(numbers):
    config = CONFIG.override(numbers)
    assert MarketMakingConfig.from_toml(config.to_toml()) == config
    assert MarketMakingConfig.from_dict(config.to_dict()) == config
    assert MarketMakingConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    for section, keys in numbers.items():
        for key, value in keys.items():
            assert config.to_dict()[section][key] == value


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: MarketMakingConfig.from_dict("model"), "a mapping of sections to their numbers; got 'model'"),
        (lambda: MarketMakingConfig.from_dict(["model"]), r"a mapping of sections to their numbers; got \['model'\]"),
        (lambda: MarketMakingConfig.from_dict(None), "a mapping of sections to their numbers; got None"),
        (lambda: CONFIG.override(0), "a mapping of sections to their numbers; got 0"),
        (lambda: MarketMakingConfig.from_toml("[quotes]\nlot = 1" + "0" * 5_000), "cannot be read: .*digits"),
        (lambda: MarketMakingConfig.from_toml("lot = " + "[" * 9_000 + "\n1"), "cannot be read: it is nested too"),
        (lambda: MarketMakingConfig.from_toml("lot = " + "[" * 9_000), "cannot be read: it is nested too deep"),
        (lambda: MarketMakingConfig.from_toml("[model]\nname = [1]"), r"\[model\] name \[1\] is none of the models"),
        (lambda: MarketMakingConfig.from_toml("data/run=3/c.toml"), r"cannot be read: .*data/run=3/c\.toml"),
        (lambda: MarketMakingConfig.from_toml(Path("a\0b")), "cannot be read: .*"),
        (lambda: CONFIG.make_model("Avellaneda"), "name 'Avellaneda' is none of the models. Did you mean 'AvellanedaS"),
        (lambda: CONFIG.make_model(3), "kind must be a model's class or its name; got 3"),
    ],
)
def test_what_is_no_configuration_gets_a_sentence(make, sentence):
    with pytest.raises(ParameterError, match=sentence):
        make()


def test_a_file_may_lie_in_a_folder_with_an_equals_sign(tmp_path):
    for name in ("desk.toml", "desk"):
        path = tmp_path / "run=3" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(TOML, encoding="utf-8")
        assert MarketMakingConfig.from_toml(str(path)).quotes.max_quote_time == 120
    assert MarketMakingConfig.from_toml("quotes.max_quote_time = 120").quotes.max_quote_time == 120


def test_a_model_may_be_named():
    assert CONFIG.make_model("GueantLehalleFernandezTapia") == CONFIG.make_model(GueantLehalleFernandezTapia)


def test_all_faults_are_told_at_once():
    with pytest.raises(ConfigError, match=r"a round trip loses.*; a position of .*; volatility .*"):
        CONFIG.override(
            {"market": dict(transaction_cost=0.01, volatility=3), "limits": dict(max_position=1e7, max_volatility=2)}
        )


def test_a_section_is_a_section():
    with pytest.raises(ConfigError, match="quotes must be a QuotesSection; got 3"):
        MarketMakingConfig(quotes=3)
    with pytest.raises(ParameterError, match="MarketMakingConfig has no parameter 'quote'"):
        MarketMakingConfig(quote=3)


def test_a_market_that_stands_still_can_be_configured():
    still = CONFIG.override({"market": {"volatility": 0}})
    history = simulate(still.make_desk(), still.make_market().tape(20, 300, seed=1))
    assert (history.pnl >= 0).all()


def test_every_number_is_shown_with_its_unit():
    table = parameter_table(CONFIG.market, CONFIG.model, CONFIG.quotes, CONFIG.limits)
    unit = table.head.index("unit")
    assert all(row[unit] for row in table.rows)
