"""How a component declares its arguments: plain numbers and words, or a marker that says what else one takes."""

from typing import Annotated, Any

from pydantic import Field

from vfmc.source.record import record
from vfmc.types import Type

Positive = Annotated[float, Field(gt=0, le=1e9)]
NonNegative = Annotated[float, Field(ge=0, le=1e9)]
Share = Annotated[float, Field(ge=0, lt=1)]
Width = Annotated[int, Field(ge=1, le=1_000_000)]


@record(frozen=True)
class Operand:
    """Marks an argument that takes a value of the Graph of one of `types`; `many` takes a list of them as well."""

    types: tuple[type[Type], ...]
    many: bool = False


@record(frozen=True)
class Nested:
    """Marks an argument that takes a component of `kind` (a list of them if `many`), or a literal where the annotation allows one.

    The kind "section:group.Group" is a mapping without `use`: the class `Group` of `components/sections/group.py`.
    """

    kind: str
    many: bool = False


@record(frozen=True)
class Raw:
    """Marks an argument that the check reads itself, from the Tree: a selector, or the `set` of a phase."""


@record(frozen=True)
class Name:
    """Marks an argument that takes the name of something declared in the spec: an "input", a "loss", a "tower", a "source" ...

    The kind "data" takes a source, a data set that vfmc knows, or a path.
    """

    kind: str
    many: bool = False
    reads: tuple[type[Type], ...] = ()  # of a tower: what it must be applied to
    gives: tuple[type[Type], ...] = ()  # of a tower: what must come of it


def arg(default: Any = ..., *, help: str = "", **limits: Any) -> Any:
    """A plain argument: `ge`, `gt`, `le`, `lt` as in pydantic."""
    return Field(default, description=help, **limits)


def operand(
    *types: type[Type], default: Any = ..., many: bool = False, help: str = "", alias: str | None = None
) -> Any:
    """An argument that takes a value."""
    return Field(default, alias=alias, description=help, json_schema_extra={"marker": Operand(types, many)})  # type: ignore[dict-item]


def nested(kind: str, default: Any = ..., *, many: bool = False, help: str = "", **limits: Any) -> Any:
    """An argument that takes another component."""
    return Field(default, description=help, json_schema_extra={"marker": Nested(kind, many)}, **limits)  # type: ignore[dict-item]


def raw(default: Any = ..., *, help: str = "") -> Any:
    """An argument that is handed over as it stands in the Tree."""
    return Field(default, description=help, json_schema_extra={"marker": Raw()})  # type: ignore[dict-item]


def named(
    kind: str, default: Any = ..., *, many: bool = False, reads: tuple[type[Type], ...] = (),
    gives: tuple[type[Type], ...] = (), help: str = "",
) -> Any:  # fmt: skip
    """An argument that takes the name of a declared thing."""
    return Field(default, description=help, json_schema_extra={"marker": Name(kind, many, reads, gives)})  # type: ignore[dict-item]
