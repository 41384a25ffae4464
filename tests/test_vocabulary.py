import numpy as np
import pytest

from mmlab import ParameterError, vocabulary
from mmlab.parameters import Parameter
from mmlab.table import read_rows
from mmlab.vocabulary import INVENTORY, check_time_left


def test_each_row_of_the_table_is_a_quantity_with_its_words_and_each_quantity_has_its_row():
    rows = read_rows("vocabulary.csv")
    quantities = [thing for thing in vars(vocabulary).values() if isinstance(thing, Parameter)]
    assert [row["name"] for row in rows] == [quantity.name for quantity in quantities]
    for row, quantity in zip(rows, quantities, strict=True):
        assert getattr(vocabulary, row["name"].upper()) is quantity
        assert "" not in (quantity.symbol, quantity.unit)
        assert quantity.description.endswith(".")


def test_the_cells_are_bounds_and_an_empty_one_is_none():
    assert vocabulary.MAX_INVENTORY.allowed == "a whole number at least 1 and at most 200"
    assert vocabulary.MIN_INVENTORY.allowed == "a whole number at least -200 and at most 0"
    assert vocabulary.FILL_DECAY.allowed == "a finite number above 0"
    assert vocabulary.SIGNAL.allowed == "a finite number"
    assert (vocabulary.RISK_AVERSION.scale, vocabulary.VOLATILITY.scale) == ("log", "linear")


def test_time_left_runs_from_zero_to_the_horizon():
    assert check_time_left([0, 0.25, 1], 1.0).tolist() == [0, 0.25, 1]


def test_the_last_bits_of_a_grid_time_do_not_put_it_beyond_the_horizon():
    sum_of_steps = sum([0.1] * 3)
    assert sum_of_steps > 0.3
    assert check_time_left(sum_of_steps, 0.3) == sum_of_steps


@pytest.mark.parametrize(
    ("time_left", "sentence"),
    [
        (-0.25, r"time_left \(τ\) must be a finite number at least 0 \[time\]; got -0\.25"),
        (float("nan"), r"time_left \(τ\) must be .*; got nan"),
        ([0.5, np.inf], r"time_left \(τ\) must be .*; got inf"),
        ("1", r"time_left \(τ\) must be .*; got '1'"),
        (None, r"time_left \(τ\) must be .*; got None"),
        ([0.5, 2.0, 1.5], r"time_left \(τ\) 2 is beyond the model's horizon \(T\) 1"),
    ],
)
def test_a_time_that_is_not_left_is_refused(time_left, sentence):
    with pytest.raises(ParameterError, match=sentence):
        check_time_left(time_left, 1.0)


def test_the_first_misfit_of_an_array_is_named():
    with pytest.raises(ParameterError, match=r"inventory \(q\) must be a finite number \[clips\]; got -inf"):
        INVENTORY.check_array([[0, 1], [-np.inf, np.nan]])
