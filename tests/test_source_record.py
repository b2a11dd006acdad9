"""Records are dataclasses in all that their users see: what Python's own make of the same class is what they are held to."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from vfmc.source.record import record
from vfmc.source.record import replace as replaced


@record(frozen=True)
class Inner:
    number: int


class Plain:
    """The fields of the classes that are compared."""

    width: int
    name: str = "x"
    parts: list[int] = field(default_factory=list, hash=False)
    note: str = field(default="", compare=False, repr=False)


def twins(**how: bool) -> tuple[Any, Any]:
    """The same class as a record and as a dataclass of Python's."""
    made = [type("Plain", (), {**{k: v for k, v in vars(Plain).items() if k not in ("__dict__", "__weakref__")}}) for _ in range(2)]  # fmt: skip
    return record(**how)(made[0]), dataclass(**how)(made[1])


@record(frozen=True)
class Point:
    x: int
    y: int = 2


@record(frozen=True)
class Deep(Point):
    z: int = 3


ARGUMENTS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    ((3,), {}),
    ((3, "y"), {}),
    ((), {"width": 3, "note": "n"}),
    ((3,), {"parts": [1]}),
    ((3, "y", [2], "n"), {}),
]


@pytest.mark.parametrize(("given", "named"), ARGUMENTS)
@pytest.mark.parametrize("frozen", [True, False])
def test_a_record_holds_and_shows_what_a_dataclass_does(given: Any, named: Any, frozen: bool) -> None:
    ours, theirs = (cls(*given, **named) for cls in twins(frozen=frozen))
    assert vars(ours) == vars(theirs)
    assert repr(ours).rpartition(".")[2] == repr(theirs).rpartition(".")[2]
    assert [f.name for f in fields(ours)] == [f.name for f in fields(theirs)]
    assert vars(replace(ours, width=9)) == vars(replace(theirs, width=9))


@pytest.mark.parametrize("given", [((), {}), ((1, 2, 3, 4, 5), {}), ((1,), {"odd": 1}), ((), {"name": "x"})])
def test_wrong_arguments_are_refused(given: Any) -> None:
    for cls in twins(frozen=True):
        with pytest.raises(TypeError):
            cls(*given[0], **given[1])


def test_equality_and_hash_are_by_the_compared_fields() -> None:
    for cls in twins(frozen=True):
        assert cls(1, note="a") == cls(1, note="b") != cls(2)
        assert cls(1, parts=[1]) != cls(1, parts=[2])
        assert hash(cls(1, note="a")) == hash(cls(1, parts=[2]))
    assert Point(1) != Deep(1) and Deep(1) == Deep(1, 2, 3) and len({Point(1), Point(1, 2), Point(2)}) == 2
    ours, theirs = twins()
    for cls in (ours, theirs):
        with pytest.raises(TypeError):
            hash(cls(1))
    same, _ = twins(eq=False)
    assert same(1) != same(1)


def test_a_frozen_record_is_not_changed_and_a_plain_one_is() -> None:
    frozen, open_ = twins(frozen=True)[0](1), twins()[0](1)
    with pytest.raises(FrozenInstanceError):
        frozen.width = 2
    with pytest.raises(FrozenInstanceError):
        del frozen.width
    open_.width = 2
    assert frozen.width == 1 and open_.width == 2


def test_every_record_has_its_own_list() -> None:
    cls, _ = twins(frozen=True)
    cls(1).parts.append(3)
    assert cls(1).parts == []


def test_records_are_copied_and_pickled() -> None:
    assert copy.deepcopy(Deep(1)) == pickle.loads(pickle.dumps(Deep(1))) == copy.copy(Deep(1)) == Deep(1)


def test_records_match_by_position() -> None:
    match Deep(1):
        case Deep(x, y, z):
            assert (x, y, z) == (1, 2, 3)


def test_pydantic_takes_a_record_as_it_is_and_nothing_in_its_place() -> None:
    class Holder(BaseModel, strict=True):
        held: Inner | None
        many: tuple[Inner, ...] = ()

    one = Inner(1)
    made = Holder(held=one, many=(one, one))
    assert made.held is one and made.many == (one, one)
    for wrong in ({"number": 1}, 1, Plain()):
        with pytest.raises(ValidationError, match="instance of Inner"):
            Holder.model_validate({"held": wrong})


@pytest.mark.parametrize("changes", [{"width": 9}, {"parts": [7], "note": "n"}, {}, {"odd": 1}])
def test_replacing_is_what_the_dataclass_does(changes: dict[str, Any]) -> None:
    for cls in twins(frozen=True):
        one = cls(1, parts=[3])
        vars(one)["remembered"] = 5  # as by a cached property
        if "odd" in changes:
            for make in (replaced, replace):
                with pytest.raises(TypeError):
                    make(one, **changes)
        else:
            assert vars(replaced(one, **changes)) == vars(replace(one, **changes))
            assert type(replaced(one, **changes)) is cls and one.width == 1
