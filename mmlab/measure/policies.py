"""A desk's page: what it quotes, what limits it, what happens when something goes wrong; numbers by its configuration.

No number stands in the text: change the configuration or the rules, and the page follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mmlab.desk import MarketMakingConfig
from mmlab.measure.alerts import VALUES, Rule, default_rules
from mmlab.measure.metrics import METRICS
from mmlab.parameters import parameters_of
from mmlab.table import Table, markdown
from mmlab.units import price_from_ticks

WORDS = ("effective_spread", "realised_spread", "price_impact", "markout", "fill_ratio", "pnl", "drawdown")
"""What of METRICS the page defines."""

_OF_THEIR_OWN = {"max_position", "min_position", "max_daily_loss", "max_drawdown", "max_volatility"}
_OF_THEIR_OWN |= {"volatility_window", "leave_at"}
"""The limits that have a row or a sentence of their own."""


@dataclass(frozen=True)
class DeskPage:
    """A page of Markdown, which shows itself in a notebook and prints itself in a terminal."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


def desk_policies(config: MarketMakingConfig, rules: Sequence[Rule] | None = None) -> DeskPage:
    """Quoting policy, limit policy and incident procedure of a configuration's desk, and what their words mean.

    Parameters
    ----------
    config : MarketMakingConfig
    rules : sequence of Rule, optional
        What its monitor tells; by default `default_rules`.

    Returns
    -------
    DeskPage
    """
    told = default_rules(config) if rules is None else rules
    return DeskPage("\n\n".join([_quoting(config), _limits(config), _incidents(told), _words()]) + "\n")


def _quoting(config: MarketMakingConfig) -> str:
    market, w = config.market, config.quotes
    move = price_from_ticks(w.max_move, market.tick)
    return f"""### Quoting policy

- **Prices** come from {markdown(config.model.name)} with a risk aversion of {_n(config.model.risk_aversion)} per \
currency, at a price level of {_n(market.price)}, on a tick of {_n(market.tick)}. Nobody moves them by hand.
- **Width**: at least {_n(w.base_spread)} of the price ({_n(config.price(w.base_spread))}), which pays the cost of a \
round trip, twice {_n(market.transaction_cost)}. With inventory or volatility it widens by up to \
{_n(config.price(w.max_spread - w.base_spread))}, the difference to {_n(w.max_spread)} of the price.
- **Size**: {_n(w.quote_size)} shares a side when flat, in lots of {_n(w.lot)}, nothing below {_n(w.min_quote_size)}; \
a side that adds to the inventory shrinks by a rate of {_n(w.size_decay)} a clip of {_n(market.clip)} shares.
- **Time**: a quote rests for {_n(w.min_quote_time)} s at least and {_n(w.max_quote_time)} s at most. It is \
replaced earlier if it stands more than {_n(w.max_move)} × the tick ({_n(move)}) from where it should, or if \
the mid's typical move since has used up {_n(w.stale_fraction)} of the half-spread."""


def _limits(config: MarketMakingConfig) -> str:
    limits = config.limits
    _, losses, volatility = config.make_limits()
    budgets = (("day's loss", limits.max_daily_loss), ("drawdown", limits.max_drawdown))
    soft = volatility.soft_volatility / config.per_root_second(1.0)
    rows = [
        ("position", f"{_n(limits.min_position)} to {_n(limits.max_position)} shares", "–", "either end", "–"),
        *(
            (name, f"{_n(most)} currency", _n(losses.widen_at * most), _n(losses.reduce_at * most), _n(most))
            for name, most in budgets
        ),
        ("volatility a year", _n(limits.max_volatility), _n(soft), "–", _n(limits.max_volatility)),
    ]
    units = {n: "" if spec.unit == "1" else f" {spec.unit}" for n, spec in parameters_of(limits).items()}
    given = {n: (getattr(limits, n), unit) for n, unit in units.items() if n not in _OF_THEIR_OWN}
    more = [f"`{n}` = {_n(value)}{unit}" for n, (value, unit) in given.items() if value is not None]
    table = _table(("limit", "value", "widen from", "only reduce from", "halt from"), rows)
    above = "The drawdown limit is above the day's loss: it acts first only after a profit."
    return f"""### Limit policy

{table}

- Besides: {", ".join(more)}.
- Volatility is an average that forgets with {_n(limits.volatility_window)} s; a mode that it set ends below \
{_n(volatility.leave_at)} times the value that set it, without anybody's help.
- A halt for a loss or a drawdown ends **only by a person's reset**, a new day included. What is held then \
{"stays held" if limits.on_halt == "hold" else "is given up at the market"}.
- A halt because the venue's fills do not fit what was asked for waits for a person, too; what is held then stays held.
- The limit on the drawdown counts from the highest equity since the desk was started, the metric from the day's.\
{f" {above}" * (limits.max_drawdown > limits.max_daily_loss)}
- Limits are changed in one place (`LimitBook.change`), with the time, the old value, the new value and the reason. \
Who changes a limit does not reset the halt that it caused."""


def _incidents(rules: Sequence[Rule]) -> str:
    rows = []
    for rule in sorted(rules, key=lambda rule: -rule.severity):
        words, unit = VALUES[rule.name]
        edges = [f"{_n(edge)} {unit}" for edge in (rule.threshold, rule.threshold * rule.leave_at)]
        edges = ["its limit"] * 2 if words.startswith("mode ") else edges
        name = f"{rule.severity.sign} {rule.severity.name} {rule.name}: {words.rstrip(':')}"
        rows.append((name, *edges, f"{_n(rule.cool_down)} s", rule.done))
    table = _table(("alert", "fires from", "clears below", "not again within", "done by the desk"), rows)
    return f"""### Incident procedure

{table}

- **○ INFO**: read it at the day's end.
- **▲ WARNING**: look at the dashboard now. Name the cause from the metrics (who trades, at which markout, which side) \
and write it down. Change nothing that no cause is written down for.
- **■ CRITICAL**: stop quoting unless the desk has stopped itself. Then, in this order: what is held and who \
may flatten it; the attribution; the report (`write_report`) to whoever owns the limit. Only the owner \
changes a limit, only with a reason, and only then a person resets. If it halts again, the day is over."""


def _words() -> str:
    rows = [(name.replace("_", " "), *METRICS[name][:2]) for name in WORDS]
    return f"### What the words mean\n\n{_table(('word', 'unit', 'meaning'), rows)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return Table.of(head, rows)._repr_markdown_()


def _n(number: float) -> str:
    """A number as people write it."""
    return f"{number:,.6g}".replace("-", "−")
