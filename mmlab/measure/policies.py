"""A desk's page: what it quotes, what limits it, what happens when something goes wrong; numbers by its configuration.

No number stands in the text: change the configuration or the rules, and the page follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mmlab.desk import MarketMakingConfig
from mmlab.frozen import frozen
from mmlab.measure.alerts import VALUES, Rule, default_rules
from mmlab.measure.metrics import METRICS
from mmlab.measure.pages import from_template
from mmlab.measure.risk import day_tail
from mmlab.parameters import parameters_of
from mmlab.simulation import ProfitLaw

WORDS = ("effective_spread", "realised_spread", "price_impact", "markout", "fill_ratio", "pnl", "drawdown")
"""What of METRICS the page defines."""

_OF_THEIR_OWN = {"max_position", "min_position", "max_daily_loss", "max_drawdown", "max_volatility"}
_OF_THEIR_OWN |= {"volatility_window", "leave_at"}
"""The limits that have a row or a sentence of their own."""


@frozen
class DeskPage:
    """A page of Markdown, which shows itself in a notebook and prints itself in a terminal."""

    text: str

    def _repr_markdown_(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return self.text


def desk_policies(
    config: MarketMakingConfig, rules: Sequence[Rule] | None = None, law: ProfitLaw | None = None
) -> DeskPage:
    """Quoting policy, limit policy and incident procedure of a configuration's desk, and what their words mean.

    The words are in `templates/policies.md.j2`.

    Parameters
    ----------
    config : MarketMakingConfig
    rules : sequence of Rule, optional
        What its monitor watches; by default `default_rules`.
    law : ProfitLaw, optional
        Of the desk's day, as `risk.day_law` computes it; what it can lose is then on the page.

    Returns
    -------
    DeskPage
    """
    _, losses, volatility, *_ = config.make_limits()
    rules = default_rules(config) if rules is None else rules

    def stated(section: Any) -> list[tuple[str, Any, str]]:
        rows = ((name, getattr(section, name), spec.unit) for name, spec in parameters_of(section).items())
        return [row for row in rows if row[0] not in _OF_THEIR_OWN and row[1] is not None]

    shown: dict[str, Any] = {"config": config, "losses": losses, "volatility": volatility, "law": law}
    shown |= {"others": stated(config.limits), "checks": stated(config.checks), "owed": stated(config.obligations)}
    shown |= {"hedge": stated(config.hedger), "values": VALUES, "words": WORDS, "metrics": METRICS}
    shown |= {"soft_volatility": volatility.soft_volatility / config.per_root_second(1.0)}
    shown |= {"rules": sorted(rules, key=lambda rule: -rule.severity), "tail": {} if law is None else day_tail(law)}
    return DeskPage(from_template("policies.md.j2", **shown))
