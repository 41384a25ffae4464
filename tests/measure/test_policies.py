"""A desk's page: every number on it is the configuration's, and follows it."""

import dataclasses
import re

import pytest

from mmlab import MarketMakingConfig
from mmlab.desk.sections import SECTIONS
from mmlab.measure import METRICS, Rule, default_rules, desk_policies
from mmlab.measure.alerts import VALUES
from mmlab.measure.policies import WORDS
from mmlab.measure.risk import day_law

CONFIG = MarketMakingConfig()
OTHER = MarketMakingConfig.from_dict(
    {
        "market": {"price": 73, "clip": 130, "tick": 0.03, "volatility": 0.17, "transaction_cost": 0.00023},
        "model": {"name": "GueantLehalleFernandezTapia", "risk_aversion": 1.9e-5},
        "quotes": {
            "quote_size": 390,
            "min_quote_size": 260,
            "lot": 65,
            "size_decay": 0.37,
            "min_quote_time": 3.1,
            "max_quote_time": 71,
            "stale_fraction": 0.43,
            "max_move": 2.3,
            "base_spread": 0.00061,
            "max_spread": 0.0019,
        },
        "limits": {
            "max_position": 6_130,
            "min_position": -4_790,
            "max_daily_loss": 8_230,
            "max_drawdown": 3_370,
            "max_volatility": 0.67,
            "volatility_window": 410,
            "soft_max_position": 5_110,
            "soft_min_position": -3_330,
            "widen_at": 0.41,
            "reduce_at": 0.83,
            "widened_half_spread": 0.00047,
            "profit_lock": 9_990,
            "on_halt": "flatten",
            "flatten_half_spread": 0.00013,
            "flatten_impact": 0.000017,
            "unwind": "aggressive",
            "unwind_above": 4_410,
            "unwind_to": 1_170,
            "flat_by_close": True,
            "close_reduce_time": 530,
            "close_cross_time": 97,
            "soft_volatility": 0.29,
            "soft_half_spread": 0.00037,
            "leave_at": 0.77,
        },
        "checks": {
            "price_collar": 0.0093,
            "max_order": 2_210,
            "max_notional": 181_000,
            "max_messages": 37,
            "message_window": 47,
            "post_only": "reprice",
            "no_self_trade": True,
        },
        "obligations": {"presence": 0.87, "widest_spread": 0.0023, "least_size": 195, "window": 590},
        "hedger": {
            "threshold": 1_560,
            "half_spread": 0.00033,
            "impact": 0.000029,
            "taker_fee": 0.000081,
            "basis_volatility": 0.053,
            "funding": 0.00011,
            "latency": 0.27,
            "rejects": 0.021,
        },
    }
)


def numbers(text):
    """Each number of a text as a float; names of models are not numbers."""
    return {float(x.replace(",", "").replace("−", "-")) for x in re.findall(r"−?\d[\d,]*\.?\d*(?:e[−+-]?\d+)?", text)}


def allowed(config):
    """The configuration's numbers, and what follows from them by its own conversions."""
    stated = {v for section in config.to_dict().values() for v in section.values() if not isinstance(v, str | bool)}
    _, losses, volatility, *_ = config.make_limits()
    w, limits = config.quotes, config.limits
    follow = {losses.widen_at * x for x in (limits.max_daily_loss, limits.max_drawdown)}
    follow |= {losses.reduce_at * x for x in (limits.max_daily_loss, limits.max_drawdown)}
    follow |= {volatility.leave_at, limits.soft_volatility or (config.market.volatility + limits.max_volatility) / 2}
    follow |= {config.price(w.base_spread), config.price(w.max_spread - w.base_spread), w.max_move * config.market.tick}
    follow |= {x for r in default_rules(config) for x in (r.threshold, r.threshold * r.leave_at, r.cool_down)}
    follow |= {float(x) for words, _ in VALUES.values() for x in re.findall(r"\d+", words)}
    return stated | follow


@pytest.mark.parametrize("config", [CONFIG, OTHER])
def test_every_number_on_the_page_is_the_configurations(config):
    known = allowed(config)
    for number in numbers(desk_policies(config).text):
        assert any(number == pytest.approx(x, rel=1e-5) for x in known), number


@pytest.mark.parametrize("section", ["quotes", "limits", "checks", "obligations", "hedger"])
def test_every_quoting_and_limit_number_is_on_the_page(section):
    written = numbers(desk_policies(OTHER).text)
    for field in dataclasses.fields(SECTIONS[section]):
        value = getattr(getattr(OTHER, section), field.name)
        if field.name == "on_halt":
            assert ("given up at the market", "stays held")[value == "hold"] in desk_policies(OTHER).text
        elif field.name in ("unwind", "flat_by_close"):
            assert value in ("aggressive", True)
            assert "Inventory crosses the spread" in desk_policies(OTHER).text
        elif section == "checks" and isinstance(value, str | bool):
            words = {
                "post_only": "post only, repriced",
                "no_self_trade": "no self trade",
                "no_duplicates": "duplicates",
            }
            assert (words[field.name] in desk_policies(OTHER).text) == bool(value)
        elif section != "quotes" or field.name not in ("latency", "cancel_latency", "queue_time"):  # the exchange's
            assert any(x == pytest.approx(value) for x in written), field.name


def test_checks_obligations_and_unwinding_are_named_with_bound_and_unit():
    page = desk_policies(OTHER).text
    for words in (
        "`price_collar` = 0.0093 of the price, `max_order` = 2,210 shares, `max_notional` = 181,000 currency, "
        "`max_messages` = 37, `message_window` = 47 s; post only, repriced; no self trade. ",
        "`presence` = 0.87, `widest_spread` = 0.0023 of the price, `least_size` = 195 shares, `window` = 590 s.",
        "another venue: `threshold` = 1,560 shares, `half_spread` = 0.00033 of the price, `impact` = 2.9e−05 of the "
        "price/clip, `taker_fee` = 8.1e−05 of the price, `basis_volatility` = 0.053 1/√year, `funding` = 0.00011 of "
        "the price/h, `latency` = 0.27 s, `rejects` = 0.021. What is rejected there, or "
        "on its way, is held and counted.",
        "from 4,410 shares on, down to 1,170; all of it in the last 97 s.",
    ):
        assert words in page
    plain = desk_policies(CONFIG).text
    assert "Before a new order is sent: no number is checked. " in plain
    assert "Owed to the exchange: nothing." in plain
    assert "Sold on, or bought back, at another venue: nothing.\n" in plain


def test_the_rules_on_the_page_are_the_monitors():
    page = desk_policies(CONFIG, [Rule(name="silent", threshold=17, leave_at=0.5, cool_down=333, done="we call them")])
    assert "▲ WARNING silent" in page.text
    assert {17, 8.5, 333} <= numbers(page.text)
    assert "we call them" in page.text
    assert "run" not in re.findall(r"WARNING (\w+)", page.text)


def test_a_notebook_shows_the_page_as_markdown():
    page = desk_policies(CONFIG)
    assert page._repr_markdown_() == repr(page) == page.text
    assert [line for line in page.text.splitlines() if line.startswith("#")] == [
        "### Quoting policy",
        "### Limit policy",
        "### Incident procedure",
        "### What the words mean",
    ]


def test_the_pages_words_are_defined_as_the_metrics_are():
    page = desk_policies(CONFIG).text
    for name in WORDS:
        assert f"| {name.replace('_', ' ')} | {METRICS[name].unit} | {METRICS[name].definition} |" in page


def test_what_a_day_can_lose_is_on_the_page_in_currency_if_its_law_is_given():
    law = day_law(CONFIG, n_steps=500)
    page = desk_policies(CONFIG, law=law).text
    clip = CONFIG.market.clip
    assert f"earns at most {-law.value_at_risk(0.01) * clip:.2f}" in page
    assert f"and earns {-law.expected_shortfall(0.01) * clip:.2f} in the mean" in page
    bad = dataclasses.replace(law, form=dataclasses.replace(law.form, low=law.form.low - 50, high=law.form.high - 50))
    assert f"loses at least {bad.value_at_risk(0.01) * clip:.2f}" in desk_policies(CONFIG, law=bad).text
    assert "What a day can lose" not in desk_policies(CONFIG).text
