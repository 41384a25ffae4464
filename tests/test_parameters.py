import dataclasses
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmlab import (
    AvellanedaStoikov,
    CarteaJaimungal,
    Exponential,
    GueantLehalleFernandezTapia,
    HoStoll,
    InfiniteHorizonAvellanedaStoikov,
    Linear,
    Market,
    ParameterError,
    Symmetric,
    exact_moments,
    parameter_table,
)
from mmlab.arrays import check_memory
from mmlab.parameters import check_count, parameter, parameters_of, sides, validated
from mmlab.vocabulary import FILL_DECAY, RISK_AVERSION

PAPER = dict(risk_aversion=0.1, volatility=2, fill_decay=1.5, horizon=1)
LABELS = dict(
    risk_aversion="risk_aversion (γ)", volatility="volatility (σ)", fill_decay="fill_decay (k)", horizon="horizon (T)"
)
DECLARING = [
    AvellanedaStoikov,
    CarteaJaimungal,
    GueantLehalleFernandezTapia,
    HoStoll,
    InfiniteHorizonAvellanedaStoikov,
    Symmetric,
    Market,
    Exponential,
    Linear,
]


@validated
class Dealer:
    """A dealer who exists only here."""

    risk_aversion: float = parameter(RISK_AVERSION, source="a paper, eq. 3")
    fill_decay: float = parameter(FILL_DECAY)
    clips: int = parameter(
        symbol="n", unit="clips", description="How many clips.", at_least=1, at_most=200, integer=True, default=10
    )
    discount: float | None = parameter(
        symbol="ω", unit="1/time", description="Discount rate.", above=0, below=1, default=None
    )

    def __post_init__(self):
        if self.discount is not None and self.discount > self.fill_decay:
            raise ParameterError("discount (ω) must not be above fill_decay (k).")


@pytest.mark.parametrize("name", LABELS)
@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (float("nan"), "got nan."),
        (float("inf"), "got inf."),
        (float("-inf"), "got -inf."),
        (-0.25, "got -0.25."),
        ("0.1", "got '0.1'."),
        (None, "got None."),
        (True, "got True."),
        (1 + 2j, "got (1+2j)."),
        ([0.1, 0.2], "got an array of shape (2,)."),
        (np.array([0.1]), "got an array of shape (1,)."),
        (np.ones((2, 3)), "got an array of shape (2, 3)."),
        ({"γ": 0.1}, "got {'γ': 0.1}."),
    ],
)
def test_a_value_that_is_no_allowed_number_is_refused_by_name(name, value, sentence):
    with pytest.raises(ParameterError, match=f"^{re.escape(LABELS[name])} must be .*{re.escape(sentence)}$"):
        AvellanedaStoikov(**(PAPER | {name: value}))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: AvellanedaStoikov(**(PAPER | {"risk_aversion": -1})),
            "risk_aversion (γ) must be a finite number at least 0 [1/(price·clip)]; got -1.",
        ),
        (
            lambda: AvellanedaStoikov(**(PAPER | {"fill_decay": 0})),
            "fill_decay (k) must be a finite number above 0 [1/price]; got 0.",
        ),
        (
            lambda: Market.avellaneda_stoikov_2008(mid_price=0),
            "mid_price (s) must be a finite number above 0 [price]; got 0.",
        ),
        (
            lambda: Exponential(arrival_rate=-140, fill_decay=1.5),
            "arrival_rate (A) must be a finite number at least 0 [1/time]; got -140.",
        ),
        (
            lambda: Linear(demand_intercept=20, demand_slope=0),
            "demand_slope (β) must be a finite number above 0 [1/(price·time)]; got 0.",
        ),
        (
            lambda: InfiniteHorizonAvellanedaStoikov(risk_aversion=0, volatility=2, fill_decay=1.5, max_inventory=10),
            "risk_aversion (γ) must be a finite number above 0 [1/(price·clip)]; got 0.",
        ),
        (lambda: Symmetric(half_spread=float("inf")), "half_spread (δ) must be a finite number [price]; got inf."),
        (
            lambda: Dealer(risk_aversion=0.1, fill_decay=1.5, clips=201),
            "clips (n) must be a whole number at least 1 and at most 200 [clips]; got 201.",
        ),
        (
            lambda: Dealer(risk_aversion=0.1, fill_decay=1.5, discount=1),
            "discount (ω) must be a finite number above 0 and below 1 [1/time]; got 1.",
        ),
    ],
)
def test_a_refusal_says_the_name_the_unit_what_is_allowed_and_what_was_given(make, message):
    with pytest.raises(ParameterError, match=f"^{re.escape(message)}$"):
        make()


@pytest.mark.parametrize(
    "value", [0, 0.1, 2, np.float32(0.5), np.float64(0.1), np.int64(3), np.uint8(3), np.array(0.1)]
)
def test_numbers_of_python_and_numpy_are_taken_and_kept_as_floats(value):
    kept = AvellanedaStoikov(**(PAPER | {"risk_aversion": value})).risk_aversion
    assert type(kept) is float
    assert kept == value


@given(st.floats(allow_nan=False))
def test_a_number_is_kept_as_it_is_or_refused_by_its_bounds(value):
    if 0 <= value <= 1e50:
        assert AvellanedaStoikov(**(PAPER | {"volatility": value})).volatility == value
    else:
        with pytest.raises(ParameterError, match=r"volatility \(σ\)"):
            AvellanedaStoikov(**(PAPER | {"volatility": value}))


@pytest.mark.parametrize("value", [3, 3.0, np.int32(3), np.float64(3)])
def test_a_whole_number_is_kept_as_an_int(value):
    kept = Dealer(risk_aversion=0.1, fill_decay=1.5, clips=value).clips
    assert type(kept) is int
    assert kept == 3


@pytest.mark.parametrize("value", [2.5, 1e-9, "3", None, True])
def test_a_count_in_a_model_must_be_whole(value):
    with pytest.raises(ParameterError, match=r"clips \(n\) must be a whole number at least 1 and at most 200"):
        Dealer(risk_aversion=0.1, fill_decay=1.5, clips=value)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gamma", "risk_aversion (γ)"),
        ("Gamma", "risk_aversion (γ)"),
        ("sigma", "volatility (σ)"),
        ("k", "fill_decay (k)"),
        ("T", "horizon (T)"),
        ("risk_averison", "risk_aversion (γ)"),
        ("volatilty", "volatility (σ)"),
        ("filldecay", "fill_decay (k)"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest_known_one(typed, meant):
    with pytest.raises(
        ParameterError, match=re.escape(f"AvellanedaStoikov has no parameter {typed!r}. Did you mean {meant}?")
    ):
        AvellanedaStoikov(**PAPER, **{typed: 1})


def test_a_name_near_nothing_is_answered_with_all_that_there_are():
    with pytest.raises(ParameterError, match=re.escape("It takes " + ", ".join(LABELS.values()))) as refusal:
        AvellanedaStoikov(**PAPER, temperature=20)
    assert "Did you mean" not in str(refusal.value)


def test_parameters_go_by_name_only():
    with pytest.raises(ParameterError, match=re.escape("takes its parameters by name: " + ", ".join(LABELS.values()))):
        AvellanedaStoikov(0.1, 2, 1.5, 1)


def test_missing_parameters_are_all_named():
    with pytest.raises(ParameterError, match=re.escape("also needs volatility (σ), horizon (T).")):
        AvellanedaStoikov(risk_aversion=0.1, fill_decay=1.5)


def test_a_field_that_is_no_number_is_named_when_it_is_missing():
    with pytest.raises(ParameterError, match=r"^Market also needs intensity\.$"):
        Market(mid_price=100, volatility=2, horizon=1)


def test_an_optional_parameter_may_be_left_out_or_none_and_is_checked_when_given():
    assert Dealer(risk_aversion=0.1, fill_decay=1.5).discount is None
    assert Dealer(risk_aversion=0.1, fill_decay=1.5, discount=None).discount is None
    assert Dealer(risk_aversion=0.1, fill_decay=1.5, discount=0.5).discount == 0.5
    with pytest.raises(ParameterError, match=r"discount \(ω\) .* got -0\.5"):
        Dealer(risk_aversion=0.1, fill_decay=1.5, discount=-0.5)


def test_what_two_parameters_must_satisfy_together_is_checked_after_each_alone():
    with pytest.raises(ParameterError, match="must not be above fill_decay"):
        Dealer(risk_aversion=0.1, fill_decay=0.25, discount=0.5)
    with pytest.raises(ParameterError, match=r"fill_decay \(k\) must be a finite number above 0"):
        Dealer(risk_aversion=0.1, fill_decay="0.25", discount=0.5)


def test_a_model_cannot_be_changed():
    model = AvellanedaStoikov(**PAPER)
    with pytest.raises(dataclasses.FrozenInstanceError, match="risk_aversion"):
        model.risk_aversion = 1.0


def test_replacing_a_parameter_makes_a_new_model_and_checks_it():
    model = AvellanedaStoikov(**PAPER)
    assert dataclasses.replace(model, risk_aversion=1) == AvellanedaStoikov(**(PAPER | {"risk_aversion": 1}))
    assert model.risk_aversion == 0.1
    with pytest.raises(ParameterError, match=r"risk_aversion \(γ\) .* got -1"):
        dataclasses.replace(model, risk_aversion=-1)


def test_models_with_equal_parameters_are_equal_and_hash_alike():
    assert AvellanedaStoikov(**PAPER) == AvellanedaStoikov(**(PAPER | {"volatility": np.float64(2)}))
    assert len({AvellanedaStoikov(**PAPER), AvellanedaStoikov(**PAPER)}) == 1


def test_the_table_of_a_class_shows_symbol_unit_meaning_and_source_but_no_value():
    head, _, *rows = parameter_table(Dealer)._repr_markdown_().splitlines()
    assert head == "| symbol | name | unit | meaning | source |"
    assert rows[0] == (
        "| γ | risk\\_aversion | 1/(price·clip) | How much a risky clip costs you: CARA coefficient × shares in a clip."
        " | a paper, eq. 3 |"
    )
    assert [row[1] for row in parameter_table(Dealer).rows] == ["risk_aversion", "fill_decay", "clips", "discount"]


def test_the_table_of_an_instance_shows_its_values():
    head, _, *rows = parameter_table(AvellanedaStoikov(**PAPER))._repr_markdown_().splitlines()
    columns = [name.strip() for name in head.strip("|").split("|")]
    assert columns == ["symbol", "name", "value", "unit", "meaning", "source"]
    values = {row.split("|")[1].strip(): row.split("|")[3].strip() for row in rows}
    assert values == {"γ": "0.1", "σ": "2", "k": "1.5", "T": "1"}


def test_a_table_of_several_things_names_each_quantity_once():
    market = Market.avellaneda_stoikov_2008()
    rows = parameter_table(market, market.intensity, AvellanedaStoikov(**PAPER)).rows
    names = [row[1] for row in rows]
    assert sorted(set(names)) == sorted(names)
    assert "arrival_rate" in names
    assert "risk_aversion" in names


def test_the_table_prints_as_text_outside_jupyter():
    head, first, *_ = repr(parameter_table(AvellanedaStoikov(**PAPER))).splitlines()
    assert head.split() == ["symbol", "name", "value", "unit", "meaning", "source"]
    assert first.split()[:4] == ["γ", "risk_aversion", "0.1", "1/(price·clip)"]
    assert head.index("unit") == first.index("1/(price·clip)")


@pytest.mark.parametrize("cls", DECLARING)
def test_the_docstring_tells_each_parameter_with_its_symbol_and_unit(cls):
    for name, spec in parameters_of(cls).items():
        kind = "int" if spec.integer else r"float or \(buy, sell\) pair" if spec.per_side else "float"
        entry = rf"^{name} : {kind}\n    {re.escape(spec.symbol)} \[{re.escape(spec.unit)}\]: \S"
        assert re.search(entry, cls.__doc__, re.MULTILINE), name


@pytest.mark.parametrize("cls", DECLARING)
def test_every_parameter_of_the_workbook_has_a_unit_a_meaning_and_a_source(cls):
    for name, spec in parameters_of(cls).items():
        assert spec.symbol, name
        assert spec.unit, name
        assert spec.description.endswith("."), name
        assert re.search(r"\(\d{4}\)", spec.source), name


@pytest.mark.parametrize("count", [1.5, 2.0, "10", True, np.True_, None, 0, -1, float("nan"), [3], np.float64(2)])
@pytest.mark.parametrize("name", ["n_paths", "n_steps"])
def test_a_count_that_counts_nothing_is_refused(name, count):
    market = Market.avellaneda_stoikov_2008()
    sentence = re.escape(f"{name} must be a whole number of at least 1; got {count!r}.")
    with pytest.raises(ParameterError, match=f"^{sentence}$"):
        market.tape(**({"n_paths": 2, "n_steps": 2} | {name: count}))


@pytest.mark.parametrize("count", [1.5, "10", True, None, 0, -1])
def test_exact_moments_refuses_the_same_counts(count):
    market, model = Market.avellaneda_stoikov_2008(), Symmetric(half_spread=0.75)
    with pytest.raises(ParameterError, match=re.escape(f"n_steps must be a whole number of at least 1; got {count!r}")):
        exact_moments(model, market, n_steps=count)
    if count is not None:  # None: as many as the policy needs
        with pytest.raises(
            ParameterError, match=re.escape(f"max_inventory must be a whole number of at least 1; got {count!r}")
        ):
            exact_moments(model, market, max_inventory=count)


@pytest.mark.parametrize("count", [3, np.int8(3), np.int64(3), np.uint16(3)])
def test_whole_numbers_of_python_and_numpy_count(count):
    assert check_count("n_paths", count) == 3
    tape = Market.avellaneda_stoikov_2008().tape(count, count, seed=1)
    assert (tape.n_paths, tape.n_steps) == (3, 3)


def test_a_tape_too_large_for_the_machine_is_refused_before_it_is_drawn():
    with pytest.raises(
        ParameterError, match=r"1,000,000,000 paths × 200 steps would take 4,4\d\d\.\d GiB.*limit is 4 GiB"
    ):
        Market.avellaneda_stoikov_2008().tape(10**9, 200, seed=1)


def test_an_absurd_number_of_steps_is_refused_before_the_chain_is_built():
    with pytest.raises(ParameterError, match=r"1,000,000,000 steps × 61 inventories would take [\d,]+\.\d GiB"):
        exact_moments(Symmetric(half_spread=0.75), Market.avellaneda_stoikov_2008(), n_steps=10**9)


def test_memory_up_to_the_limit_is_granted():
    check_memory("A tape", 4 * 2**30)
    with pytest.raises(ParameterError, match=r"^A tape would take 4\.0 GiB; the limit is 4 GiB"):
        check_memory("A tape", 4 * 2**30 + 1)


@validated
class TwoSided:
    """Flows that exist only here."""

    fill_decay: float | tuple[float, float] = parameter(FILL_DECAY, per_side=True)


def test_a_parameter_per_side_is_a_number_or_a_pair_and_an_equal_pair_is_a_number():
    assert TwoSided(fill_decay=2).fill_decay == 2
    assert TwoSided(fill_decay=[2, np.float64(3)]).fill_decay == (2.0, 3.0)
    assert TwoSided(fill_decay=(2, 2)) == TwoSided(fill_decay=2)
    assert hash(TwoSided(fill_decay=np.array([1, 2]))) == hash(TwoSided(fill_decay=(1, 2)))
    assert sides(2.0).tolist() == [2, 2]
    assert sides((2.0, 3.0)).tolist() == [2, 3]


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ((2, 0), "above 0 .*; got 0"),
        ((2, "3"), r"got \(2, '3'\)"),
        ((1, 2, 3), "an array of shape"),
        (((1, 2), (3, 4)), "array"),
    ],
)
def test_each_side_is_checked(value, sentence):
    with pytest.raises(ParameterError, match=sentence):
        TwoSided(fill_decay=value)
