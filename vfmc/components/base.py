"""What every component is: validated arguments, documented by its docstring, and the words in which it tells mistakes.

A component is one torch-free file here (or in a plug-in) and, where it makes code, one template of the same name. From this one
declaration come the check, the documentation, the cost model and the conformance test.
"""

from dataclasses import field
from functools import cache
from math import prod
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from vfmc.components.arguments import Name, Nested, Operand, Raw
from vfmc.components.duration import Duration
from vfmc.source import NOWHERE, Severity, Span
from vfmc.source.record import record
from vfmc.types import Type


@record(frozen=True)
class Ref:
    """A handle on a value of the Graph, as an argument holds it."""

    id: int
    type: Type
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    name: str = ""
    component: Any = field(
        default=None, compare=False, repr=False
    )  # of what comes from data: what declares it


class Finding(Exception):
    """A typed mistake at one of the component's arguments, or at the call itself.

    A signature raises it where nothing can be built. `doubts` gives it where the spec can be built all the same: such a code has a
    rule file with `by="doubt"`, and a comment with a reason silences it.
    """

    def __init__(
        self,
        message: str,
        *,
        argument: str = "",
        help: str = "",
        code: str = "SHP201",
        label: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        super().__init__(message)
        self.message, self.argument, self.help, self.code, self.label = message, argument, help, code, label
        self.severity = severity


@record(frozen=True)
class Weight:
    """One parameter of a stage: its name inside the module, shape, and `role` (matrix, bias, norm, scale, position, prefix, embedding).

    `layer` counts the blocks of a stack from 0. Constant tables are none: they are made anew, and stay out of the state dict.
    """

    name: str
    shape: tuple[int, ...]
    role: str = "matrix"
    layer: int | None = None
    buffer: bool = False  # state that is saved and not learned (a centre, a queue)

    @property
    def size(self) -> int:
        return prod(self.shape)


class Component(BaseModel):
    """The base of everything that a spec calls by name. The class docstring is the component's documentation."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        arbitrary_types_allowed=True,
        defer_build=True,
    )

    kind: ClassVar[str] = ""
    example: ClassVar[str] = ""
    outside: ClassVar[tuple[str, ...]] = ()  # keys of the language that stand beside the arguments
    deprecated: ClassVar[str] = ""  # what to use instead; the linter tells whoever still uses it
    component_name: ClassVar[str] = ""  # the file's name; set by the registry
    folder: ClassVar[Any] = None  # where a plug-in keeps its templates; None for built-ins

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Pydantic looks at every annotation of a class again for each of its heirs; that it is a class variable, it remembers."""
        _forget_class_variables(cls)

    @classmethod
    @cache
    def markers(cls) -> dict[str, Operand | Nested | Name | Raw]:
        """The arguments that are not plain data, with what they take."""
        found = {}
        for name, info in cls.model_fields.items():
            extra = info.json_schema_extra
            if isinstance(extra, dict) and "marker" in extra:
                found[info.alias or name] = extra["marker"]
        return found  # type: ignore[return-value]

    @classmethod
    @cache
    def arguments(cls) -> dict[str, Any]:
        """Argument names as they are written in a spec, with their pydantic field."""
        return {info.alias or name: info for name, info in cls.model_fields.items()}

    def argument(self, name: str) -> Any:
        """The value of an argument by the name that a spec uses for it."""
        for field_name, info in type(self).model_fields.items():
            if (info.alias or field_name) == name:
                return getattr(self, field_name)
        raise KeyError(name)

    def consistent(self) -> None:
        """Raises `Finding` where arguments that are good one by one do not go together, or name what does not exist."""

    def features(self) -> set[str]:
        """Options of the shared template parts that this use needs: only these are emitted."""
        return set()

    def plain(self) -> dict[str, Any]:
        """The arguments that are data: operands left out, nested components as dictionaries with `use`."""
        markers = self.markers()
        found: dict[str, Any] = {}
        for name in self.arguments():
            if not isinstance(markers.get(name), Operand | Raw):
                found[name] = data(self.argument(name))
        return found


def _forget_class_variables(cls: type[Component]) -> None:
    annotations = vars(cls).get("__annotations__", {})
    for name in cls.__class_vars__ & annotations.keys():
        del annotations[name]


_forget_class_variables(Component)


def data(value: Any) -> Any:
    """A validated argument as plain data."""
    if isinstance(value, Component):
        return {"use": value.component_name, **value.plain()}
    if isinstance(value, Duration):
        return value.data()
    if isinstance(value, list | tuple):
        return [data(item) for item in value]
    if isinstance(value, dict):
        return {key: data(item) for key, item in value.items()}
    if isinstance(value, Ref):
        return value.name
    return value
