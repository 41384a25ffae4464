"""The configuration: the guide's numbers, what is refused of them, and what is made of ours."""

from pathlib import Path

import numpy as np
import pytest

from mmlab import (
    CarteaJaimungal,
    ConfigError,
    GueantLehalleFernandezTapia,
    MarketMakingConfig,
    ParameterError,
    exact_moments,
    printed,
    setup_market_making_environment,
    simulate,
)
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
    told = r"1,000,000 shares is 10,000 clips of 100, .*: choose a clip of 5,000 shares or more\.$"
    with pytest.raises(ConfigError, match=told):
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
    ("text", "told"),
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
def test_toml_that_says_nothing_or_nonsense_is_refused(text, told):
    with pytest.raises(ConfigError, match=told):
        MarketMakingConfig.from_toml(text)


def test_an_empty_file_and_one_that_is_not_there_are_refused(tmp_path):
    empty = tmp_path / "empty.toml"
    empty.write_text("# nothing but a comment\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="The configuration is empty"):
        MarketMakingConfig.from_toml(empty)
    with pytest.raises(ConfigError, match=r"The configuration cannot be read: .*absent\.toml"):
        MarketMakingConfig.from_toml(Path(tmp_path / "absent.toml"))


@pytest.mark.parametrize(
    ("changes", "told"),
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
def test_unknown_keys_and_numbers_out_of_bounds_are_refused(changes, told):
    with pytest.raises(ConfigError, match=told):
        CONFIG.override(changes)


@pytest.mark.parametrize(
    ("changes", "told"),
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
    ],
)
def test_what_does_not_fit_together_is_refused(changes, told):
    with pytest.raises(ConfigError, match=f"This desk cannot trade: .*{told}"):
        CONFIG.override(changes)


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
