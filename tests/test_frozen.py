"""What `frozen` makes: the standard library's dataclass, which nobody changes but by making another."""

import dataclasses
import pickle

import pytest

from mmlab.frozen import changed, frozen


@frozen
class Lot:
    name: str
    size: float = 1.0


def test_nothing_of_it_can_be_changed():
    lot = Lot("A")
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'size'"):
        lot.size = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot delete field 'size'"):
        del lot.size


def test_another_is_made_of_it():
    lot = Lot("A")
    assert changed(lot, size=0.5) == dataclasses.replace(lot, size=0.5) == Lot("A", 0.5)
    assert lot == Lot("A") == pickle.loads(pickle.dumps(lot))


def test_a_class_keeps_the_methods_that_it_has():
    @frozen(eq=False, repr=False)
    class Bare:
        x: int = 1

        def __repr__(self):
            return "own"

    assert repr(Bare()) == "own"
    assert Bare() != Bare()
    assert len({Bare(), Bare()}) == 2
