"""What `frozen` makes, held against the dataclass that the standard library makes of the same class."""

import copy
import dataclasses
import inspect
import pickle

import pytest

from mmlab.frozen import changed, frozen


def declared(make):
    @make
    class Lot:
        name: str
        size: float = 1.0
        notes: dict = dataclasses.field(default_factory=dict, compare=False)
        hidden: int = dataclasses.field(default=7, repr=False)
        letters: int = dataclasses.field(init=False, default=0)

        def __post_init__(self):
            object.__setattr__(self, "letters", len(self.name))

    Lot.__qualname__ = "Lot"
    return Lot


Lot, Standard = declared(frozen), declared(dataclasses.dataclass(frozen=True))  # pickles find the first by its name
WAYS = [(("AMZN",), {}), (("AMZN", 2.0), {"hidden": 3}), ((), {"size": 5.0, "name": ""}), (("A", 1, {"a": 1}, 4), {})]


@pytest.mark.parametrize(("given", "named"), WAYS)
def test_it_is_what_the_standard_library_makes(given, named):
    ours, theirs = Lot(*given, **named), Standard(*given, **named)
    assert vars(ours) == vars(theirs)
    assert list(vars(ours)) == list(vars(theirs))
    assert repr(ours) == repr(theirs)
    assert dataclasses.asdict(ours) == dataclasses.asdict(theirs)
    assert hash(ours) == hash(theirs)
    assert ours == Lot(*given, **named) != theirs
    assert ours != dataclasses.replace(ours, size=0.5)
    assert changed(ours, size=0.5) == dataclasses.replace(ours, size=0.5)
    assert pickle.loads(pickle.dumps(ours)) == copy.deepcopy(ours) == ours


def test_a_default_is_made_anew_for_each():
    assert Lot("a").notes is not Lot("b").notes


def test_help_and_editors_read_the_same_signature():
    ours, theirs = inspect.signature(Lot), inspect.signature(Standard)
    assert str(ours) == str(theirs).replace("<factory>", "Ellipsis")
    assert Lot.__match_args__ == Standard.__match_args__
    assert (Lot.__init__.__qualname__, Lot.__init__.__module__) == ("declared.<locals>.Lot.__init__", __name__)


@pytest.mark.parametrize(
    ("given", "named", "sentence"),
    [
        ((), {}, "missing a required argument: 'name'"),
        (("A",), {"sise": 1}, "got an unexpected keyword argument 'sise'"),
        (("A",), {"name": "B"}, "multiple values for argument 'name'"),
        (("A", 1, {}, 4, 5), {}, "too many positional arguments"),
    ],
)
def test_a_call_that_does_not_fit_says_why(given, named, sentence):
    with pytest.raises(TypeError, match=rf"Lot\(\) {sentence}"):
        Lot(*given, **named)
    with pytest.raises(TypeError, match=r"__init__\(\)"):
        Standard(*given, **named)


@pytest.mark.parametrize("made", [Lot("A"), Standard("A")], ids=["ours", "the standard library's"])
def test_nothing_of_it_can_be_changed(made):
    for name in ("size", "new"):
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot assign to field '{name}'"):
            setattr(made, name, 2)
        with pytest.raises(dataclasses.FrozenInstanceError, match=f"cannot delete field '{name}'"):
            delattr(made, name)


@pytest.mark.parametrize("base", [Lot, Standard], ids=["ours", "the standard library's"])
def test_a_readers_own_class_may_be_made_of_it(base):
    class Plain(base):
        pass

    plain = Plain("A")
    plain.new = 3
    del plain.new
    with pytest.raises(dataclasses.FrozenInstanceError, match="cannot assign to field 'size'"):
        plain.size = 2
    assert plain != base("A")

    @dataclasses.dataclass(frozen=True)
    class Longer(base):
        more: int = 4

    assert Longer("AB", more=5) == Longer("AB", 1.0, more=5) != Longer("AB")
    assert Longer("AB").letters == 2
    with pytest.raises(TypeError, match="cannot inherit non-frozen dataclass from a frozen one"):
        dataclasses.dataclass(type("Open", (base,), {}))


def test_a_class_keeps_the_methods_that_it_has():
    @frozen(eq=False, repr=False)
    class Bare:
        x: int = 1

        def __repr__(self):
            return "own"

    assert repr(Bare()) == "own"
    assert Bare() != Bare()
    assert len({Bare(), Bare()}) == 2
