"""MarketMakingConfig: a desk's numbers in the units that people use, checked together, and the desk made of them.

Shares, seconds, currency and fractions of the price come in; clips, seconds and prices go out, to the parts.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from mmlab.desk import sections
from mmlab.desk.desk import Desk
from mmlab.desk.fees import FeeSchedule
from mmlab.desk.hedger import Hedger, HedgeVenue
from mmlab.desk.obligations import Obligations
from mmlab.desk.pnl_limits import PnLLimiter
from mmlab.desk.position_limits import PositionLimiter
from mmlab.desk.pre_trade import PreTradeChecks
from mmlab.desk.quote_aggressiveness import QuoteAggressiveness
from mmlab.desk.quote_sizing import QuoteSizer
from mmlab.desk.quote_timing import QuoteTimer
from mmlab.desk.sections import ConfigError
from mmlab.desk.unwinding import Unwinder
from mmlab.desk.venue import Venue
from mmlab.desk.volatility_limits import VolatilityLimiter
from mmlab.files import read_text, short
from mmlab.market import Exponential, Market, Signal
from mmlab.models import MODELS, CrossingCost, for_market
from mmlab.parameters import ParameterError, check_number, parameters_of, validated
from mmlab.table import Table, read_rows
from mmlab.units import absolute_volatility, clips_from_shares, price_from_ticks, risk_aversion_per_clip

if TYPE_CHECKING:
    from pathlib import Path

Part = TypeVar("Part")
_NOTHING_MORE = sections.ChecksSection(), sections.ObligationsSection(), sections.HedgerSection()


@validated
class MarketMakingConfig:
    """All of a desk's numbers, in seven sections, each with its defaults; made only if they fit together.

    Raises ConfigError if they say two things at once, such that the desk could not trade, or not as they say: see
    `contradictions`; or if a part refuses its numbers.
    """

    market: sections.MarketSection = sections.MarketSection()
    model: sections.ModelSection = sections.ModelSection()
    quotes: sections.QuotesSection = sections.QuotesSection()
    limits: sections.LimitsSection = sections.LimitsSection()
    checks: sections.ChecksSection = sections.ChecksSection()
    obligations: sections.ObligationsSection = sections.ObligationsSection()
    hedger: sections.HedgerSection = sections.HedgerSection()

    def __post_init__(self) -> None:
        for name, kind in sections.SECTIONS.items():
            if not isinstance(getattr(self, name), kind):
                raise ConfigError(f"{name} must be a {kind.__name__}; got {getattr(self, name)!r}.")
        faults = list(sections.contradictions(self))
        parts = ["model", "sizer", "timer", "aggressiveness", "limits"]
        parts += ["desk"] if (self.checks, self.obligations, self.hedger) != _NOTHING_MORE else []
        for part in parts if not faults else ():
            try:
                getattr(self, f"make_{part}")()
            except ParameterError as error:
                faults.append(str(error).rstrip("."))
        if faults:
            raise ConfigError("This desk cannot trade: " + "; ".join(faults) + ".")

    @classmethod
    def from_dict(cls, given: Mapping[str, Mapping[str, Any]]) -> MarketMakingConfig:
        """The defaults with these sections' numbers in their place.

        Raises
        ------
        ConfigError
            If nothing is given, a key is unknown, or the numbers do not fit together.
        """
        if isinstance(given, Mapping) and not given:
            raise ConfigError("The configuration is empty: name at least one section, such as [model].")
        return cls().override(given)

    @classmethod
    def from_toml(cls, source: str | Path) -> MarketMakingConfig:
        """The same from a TOML file, or from TOML itself: more than a line, or one with an = that names no file."""
        import tomllib

        try:
            text = source.strip() if isinstance(source, str) else "a path"
            # No line that is too long to be a name is one: where Path asks the system, which refuses, os.path says so.
            is_text = "\n" in text or not text or ("=" in text and not (text.endswith(".toml") or os.path.isfile(text)))
            given = tomllib.loads(str(source) if is_text else read_text(source))
        except (OSError, ValueError, RecursionError) as error:  # of the file, of TOML, of a number too long
            why = "it is nested too deep" if isinstance(error, RecursionError) else short(str(error).rstrip("."), 300)
            raise ConfigError(f"The configuration cannot be read: {why}.") from None
        return cls.from_dict(given)

    def override(self, changes: Mapping[str, Mapping[str, Any]]) -> MarketMakingConfig:
        """The same configuration with other numbers: ``config.override({"model": {"risk_aversion": 2e-5}})``."""
        if not isinstance(changes, Mapping):
            raise ConfigError(f"A configuration is a mapping of sections to their numbers; got {changes!r:.80}.")
        fresh = {name: sections.changed_section(self, name, numbers) for name, numbers in changes.items()}
        return dataclasses.replace(self, **fresh)

    def to_dict(self) -> dict[str, dict[str, Any]]:
        """All that is stated, by section: `from_dict` makes the same configuration of it."""
        given = dataclasses.asdict(self)
        stated = {name: {key: v for key, v in values.items() if v is not None} for name, values in given.items()}
        return {name: values for name, values in stated.items() if values}

    def to_toml(self) -> str:
        """The same as TOML, for `from_toml`."""
        import json

        def lines(values: dict[str, Any]) -> str:
            return "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())

        return "\n".join(f"[{name}]\n{lines(values)}" for name, values in self.to_dict().items())

    def price(self, fraction: float) -> float:
        """A fraction of the price as a price."""
        return check_number("fraction", fraction, "1") * self.market.price

    def clips(self, shares: float) -> float:
        """Shares as clips."""
        return clips_from_shares(shares, self.market.clip)

    def money(self, currency: float) -> float:
        """Currency as what mmlab counts money in [price · clip]."""
        return check_number("currency", currency, "currency") / self.market.clip

    def per_root_second(self, volatility: float) -> float:
        """An annual relative volatility as price/√s."""
        return absolute_volatility(volatility, self.market.price)

    @property
    def fees(self) -> FeeSchedule:
        """What the venue takes by [market], or gives, in price and clips."""
        m = self.market
        tiers = tuple((self.clips(volume), self.price(cost)) for volume, cost in m.cost_tiers or ())
        taker = None if m.taker_cost is None else self.price(m.taker_cost)
        return FeeSchedule(maker=self.price(m.transaction_cost), taker=taker, tiers=tiers)

    def make_market(self) -> Market:
        """The market of these numbers; with a signal if orders push one."""
        m = self.market
        signal = Signal(mean_reversion=m.mean_reversion, signal_jump=m.signal_jump) if m.signal_jump else None
        flow = Exponential(arrival_rate=m.arrival_rate, fill_decay=m.fill_decay)
        sigma = self.per_root_second(m.volatility)
        return Market(mid_price=m.price, volatility=sigma, horizon=m.horizon, intensity=flow, signal=signal)

    def make_model(self, kind: type[Any] | str | None = None, **own: Any) -> Any:
        """A model with the parameters that it declares taken from here, and its `own` for the rest.

        Its `kind`, or the name of one, is that which [model] names, if none is given.
        """
        kind = self.model.name if kind is None else kind
        if isinstance(kind, str):
            kind = MODELS[dataclasses.replace(self.model, name=kind).name]
        if not isinstance(kind, type):
            raise ConfigError(f"kind must be a model's class or its name; got {kind!r:.80}.")
        own_numbers = {name: getattr(self.model, name) for name in parameters_of(self.model)}
        known = {name: number for name, number in own_numbers.items() if number is not None}
        known |= {"risk_aversion": risk_aversion_per_clip(self.model.risk_aversion, self.market.clip)}
        cost = self.price(self.market.transaction_cost)
        known |= {"processing_cost": cost, "max_inventory": max(1, int(self._largest))}
        return for_market(kind, self.make_market(), **({n: known[n] for n in parameters_of(kind) if n in known} | own))

    def make_sizer(self) -> QuoteSizer:
        """[quotes] sizes and [limits] positions, in clips."""
        return self._made(QuoteSizer)

    def make_timer(self) -> QuoteTimer:
        """[quotes] times [s], with the move in price."""
        return self._made(QuoteTimer)

    def make_aggressiveness(self) -> QuoteAggressiveness:
        """[quotes] spreads in price; calm is the market's volatility."""
        return self._made(QuoteAggressiveness, max_position=self._largest)

    def make_limits(self) -> tuple[Any, ...]:
        """[limits] in clips, price · clip and price/√s.

        Unless said otherwise quotes widen from halfway between the market's volatility and the maximal one on, there
        from the base spread; with half of a loss used up they are as wide as the maximal spread. Where it unwinds
        across the spread, an Unwinder is the fourth.
        """
        limits = self.limits
        unpaid = {"flatten_half_spread": None, "flatten_impact": None}
        own = unpaid if limits.unwinds and limits.on_halt == "hold" else {}
        made = self._made(PositionLimiter), self._made(PnLLimiter, **own), self._made(VolatilityLimiter)
        if not limits.unwinds:
            return made
        paid = self.price(limits.flatten_half_spread or 0.0), self.price(limits.flatten_impact or 0.0)
        close = {"close": self.market.horizon} if limits.flat_by_close else {"cross_time": 0.0, "reduce_time": 0.0}
        return *made, self._made(Unwinder, half_spread=paid[0], impact=paid[1], **close)

    def make_checks(self) -> PreTradeChecks | None:
        """[checks] in price, clips, price · clip and seconds; None if there are none."""
        flags = {name: getattr(self.checks, name) for name in ("post_only", "no_self_trade", "no_duplicates")}
        return None if self.checks == sections.ChecksSection() else self._made(PreTradeChecks, **flags)

    def make_obligations(self) -> Obligations | None:
        """[obligations] in price, clips and seconds; None if there are none."""
        return Obligations(**known) if (known := self._known(self.obligations)) else None

    def make_hedger(self) -> Hedger | None:
        """[hedger] in clips, price and seconds; None if there is none."""
        if self.hedger.threshold is None:
            return None
        known = self._known(self.hedger)
        cost = CrossingCost(**{name: known.pop(name) for name in ("half_spread", "impact") if name in known})
        return Hedger(threshold=known.pop("threshold"), venue=HedgeVenue(cost=cost, **known))

    def make_desk(self, model: Any = None, limits: Any = None) -> Desk:
        """The desk of these numbers around a `model`, by default `make_model`'s; each trade pays its cost as a fee.

        Without `limits` of its own it has those of `make_limits`; with ``limits=()`` it has none.
        """
        stages = ("aggressiveness", "sizer", "timer", "checks", "obligations", "hedger")
        desk = Desk(
            model=self.make_model() if model is None else model,
            volatility=self.per_root_second(self.market.volatility),
            limits=self.make_limits() if limits is None else limits,
            venue=self._made(Venue, tiers=self.fees.tiers),
            **{stage: getattr(self, f"make_{stage}")() for stage in stages},
        )
        if desk.checks is not None:
            desk.checks.check_desk(desk, self.market.price, self.market.horizon)
        return desk

    def _known(self, *given: Any) -> dict[str, Any]:
        """What is stated in these sections, in the units and by the names of the parts that it goes to."""
        units: dict[str, Callable[[float], float]] = {"shares": self.clips, "currency": self.money}
        units |= {"of the price": self.price, "of the price/clip": self.price, "1/√year": self.per_root_second}
        units |= {"of the price/h": lambda rate: self.price(rate) / 3_600}
        units |= {"ticks": lambda ticks: price_from_ticks(ticks, self.market.tick)}
        known: dict[str, Any] = {}
        for section in given:
            for field in dataclasses.fields(section):
                value, spec = getattr(section, field.name), field.metadata.get("parameter")
                if spec is not None and value is not None:  # its spec has the name that it has in its part
                    known[spec.name or field.name] = units.get(spec.unit, float)(value)
        return known

    def _made(self, part: type[Part], **own: Any) -> Part:
        """A part of these numbers, in its units, but for its `own`."""
        known = {"on_halt": self.limits.on_halt} | self._known(self.market, self.quotes, self.limits, self.checks)
        calm = known["volatility"]
        unstated = {"normal_volatility": calm, "soft_volatility": (calm + known["max_volatility"]) / 2}
        unstated |= {"widened_half_spread": known["max_spread"] / 2, "soft_half_spread": known["base_spread"] / 2}
        known = unstated | known | own
        names = [field.name for field in dataclasses.fields(cast(Any, part))]
        return part(**{name: known[name] for name in names if name in known})

    @property
    def _largest(self) -> float:
        """The largest position, long or short [clips]."""
        return self.clips(max(self.limits.max_position, -self.limits.min_position))

    @property
    def changes(self) -> Table:
        """What stands here in the place of each of the guide's numbers, and why."""
        rows = []
        for row in read_rows("desk/guide.csv"):
            section, name = row["key"].split(".")
            value, unit = getattr(getattr(self, section), name), parameters_of(sections.SECTIONS[section])[name].unit
            printed = f"{float(row['guide']):,.7g}" if row["guide"] else "–"
            rows.append((row["key"], printed, f"{value:,.7g}", unit, row["why"]))
        return Table.of(("key", "the guide", "here", "unit", "why"), rows)


def setup_market_making_environment(**sections: Mapping[str, Any]) -> MarketMakingConfig:
    """The guide's configuration, corrected, with other numbers where they are given.

    ``setup_market_making_environment(model={"risk_aversion": 2e-5})``; what was changed and why is in its `changes`.
    """
    return MarketMakingConfig().override(sections)
