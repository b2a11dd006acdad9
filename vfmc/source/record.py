"""Dataclasses whose definition costs nearly nothing.

`dataclasses.dataclass` writes the text of up to six methods for every class and compiles it: 0.7 ms a class, a seventh of a cold lint.
Here `dataclass` finds the fields alone (so `fields` and `replace` work), and the methods are these, for every class.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import MISSING, FrozenInstanceError, dataclass, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

Record = TypeVar("Record")

if TYPE_CHECKING:
    from dataclasses import dataclass as record  # which is what a record is to a type checker
else:

    def record(*, frozen: bool = False, eq: bool = True) -> Any:
        """Makes a class a dataclass: `frozen` and `eq` are as in `dataclasses.dataclass`."""

        def make(cls: type) -> type:
            dataclass(init=False, repr=False, eq=False)(cls)
            cls.__init__, cls.__repr__ = _init(cls), _repr
            cls.__get_pydantic_core_schema__ = classmethod(_instance)
            if eq and "__eq__" not in vars(cls):
                cls.__eq__, cls.__hash__ = _equality(cls, frozen)
            if frozen:
                cls.__setattr__, cls.__delattr__ = _refuse, _refuse
            return cls

        return make


def replace(record: Record, **changes: Any) -> Record:
    """The record with other values in some fields, as of `dataclasses.replace`, in a quarter of its time."""
    cls: Any = type(record)
    values = {
        name: getattr(record, name) for name in cls.__match_args__
    }  # not what it remembers beside its fields
    values.update(changes)
    return cls(**values)  # type: ignore[no-any-return]


def _init(cls: Any) -> Any:
    """Positional and named arguments to attributes, written past a `__setattr__` that refuses."""
    names = tuple(field.name for field in fields(cls))
    known = frozenset(names)
    defaults = {f.name: f.default for f in fields(cls) if f.default is not MISSING}
    factories = [(f.name, f.default_factory) for f in fields(cls) if f.default_factory is not MISSING]

    plain = [  # by the number of positional arguments: what the others are, where all have a plain default
        {name: defaults[name] for name in names[n:]} if defaults.keys() >= set(names[n:]) else None
        for n in range(len(names) + 1)
    ]

    def __init__(self: Any, *given: Any, **named: Any) -> None:
        values = self.__dict__
        if not named and len(given) <= len(names) and (rest := plain[len(given)]) is not None:
            values.update(zip(names, given))  # noqa: B905 - the shorter one is meant
            if rest:
                values.update(rest)
            return
        values.update(defaults)
        values.update(zip(names, given, strict=False))
        values.update(named)
        for name, factory in factories:
            if name not in values:
                values[name] = factory()
        if len(values) != len(names) or len(given) > len(names) or not named.keys() <= known:
            missing = ", ".join(name for name in names if name not in values)
            raise TypeError(f"{cls.__name__} takes {', '.join(names)}; missing are: {missing or 'none'}")

    return __init__


def _instance(cls: Any, *_: Any) -> Any:
    """What pydantic checks of a record that is an argument: that it is one. Looking into its fields, and theirs, takes milliseconds."""
    from pydantic_core.core_schema import is_instance_schema

    return is_instance_schema(cls)


def _repr(self: Any) -> str:
    shown = ", ".join(f"{f.name}={getattr(self, f.name)!r}" for f in fields(self) if f.repr)
    return f"{type(self).__qualname__}({shown})"


def _equality(cls: Any, frozen: bool) -> tuple[Any, Any]:
    """Equal if of one class with equal fields; hashed by them if frozen, and not at all if not."""
    compared = _getter(field.name for field in fields(cls) if field.compare)
    hashed = _getter(f.name for f in fields(cls) if (f.compare if f.hash is None else f.hash))

    def __eq__(self: Any, other: object) -> Any:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:
        return hash(hashed(self))

    return __eq__, __hash__ if frozen else None


def _getter(names: Iterable[str]) -> Any:
    found = tuple(names)
    return attrgetter(*found) if found else lambda self: ()


def _refuse(self: Any, name: str, *value: Any) -> None:
    raise FrozenInstanceError(f"`{name}` of a {type(self).__name__} cannot be changed")
