"""What a component is: validated arguments, a typed signature, the weights it owns, what it costs.

A component is one torch-free file here (or in a plug-in) and, where it makes code, one template of the same name. From this one
declaration come the check, the documentation, the cost model and the conformance test.
"""

from dataclasses import field
from math import prod
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from vfmc.source import NOWHERE, Span
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
    """What a signature raises: a typed mistake at one of the component's arguments (or at the call itself)."""

    def __init__(
        self, message: str, *, argument: str = "", help: str = "", code: str = "SHP201", label: str = ""
    ) -> None:
        super().__init__(message)
        self.message, self.argument, self.help, self.code, self.label = message, argument, help, code, label


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


@record(frozen=True)
class Duration:
    """A length of training: `unit` is epochs, steps, samples, tokens or %."""

    value: float
    unit: str

    def __str__(self) -> str:
        number = f"{self.value:g}"
        return f"{number}%" if self.unit == "%" else f"{number} {self.unit}"

    def data(self) -> dict[str, Any]:
        return {"value": int(self.value) if self.value == int(self.value) else self.value, "unit": self.unit}


LONGEST = 1e15  # of any unit
UNITS = ("epochs", "steps", "samples", "tokens", "hours", "%")


def _duration(value: Any) -> Any:
    if isinstance(value, Duration):
        return value
    text = str(value).strip()
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz% ")
    unit = text[len(number) :].strip()
    unit = unit if unit == "%" or unit.endswith("s") else unit + "s"
    try:
        amount = float(number.replace("_", ""))
    except ValueError:
        amount = -1.0
    if unit not in UNITS or not 0 <= amount <= LONGEST:
        raise ValueError(
            f"a duration needs a number and a unit ({', '.join(UNITS)}), for example `10 epochs`"
        )
    if unit == "%" and amount > 100:
        raise ValueError("a share of the training is at most 100%")
    return Duration(amount, unit)


Length = Annotated[Duration, BeforeValidator(_duration)]


@record(frozen=True)
class Weight:
    """One parameter of a stage: its name inside the module, shape, and `role` (matrix, bias, norm, scale, position, prefix, embedding).

    `layer` counts the blocks of a stack from 0; `learned` is False for constant tables, which are buffers outside the state dict.
    """

    name: str
    shape: tuple[int, ...]
    role: str = "matrix"
    layer: int | None = None
    buffer: bool = False  # state that is saved and not learned (a centre, a queue)

    @property
    def size(self) -> int:
        return prod(self.shape)


Positive = Annotated[float, Field(gt=0, le=1e9)]
NonNegative = Annotated[float, Field(ge=0, le=1e9)]
Share = Annotated[float, Field(ge=0, lt=1)]
Width = Annotated[int, Field(ge=1, le=1_000_000)]


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
    deprecated: ClassVar[str] = ""  # what to use instead; the linter tells whoever still uses it
    component_name: ClassVar[str] = ""  # the file's name; set by the registry
    folder: ClassVar[Any] = None  # where a plug-in keeps its templates; None for built-ins

    @classmethod
    def markers(cls) -> dict[str, Operand | Nested | Name | Raw]:
        """The arguments that are not plain data, with what they take."""
        found = {}
        for name, info in cls.model_fields.items():
            extra = info.json_schema_extra
            if isinstance(extra, dict) and "marker" in extra:
                found[info.alias or name] = extra["marker"]
        return found  # type: ignore[return-value]

    @classmethod
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


class Stage(Component):
    """A step of a tower's pipe: from one value to one value."""

    kind = "stage"
    tokenwise: ClassVar[bool] = False  # acts on every token alone, so it commutes with reading some of them
    random: ClassVar[bool] = False  # may draw noise while training (drop-path, dropout)
    resizes: ClassVar[bool] = (
        False  # its table follows the grid: the largest grid it meets decides the weights
    )
    keeps_space: ClassVar[bool] = (
        False  # its weights do not change what the coordinates mean (positions, a prefix, a norm)
    )
    couples: ClassVar[bool] = False  # mixes samples of the batch (BatchNorm), so views may not be batched
    variants: ClassVar[tuple[str, ...]] = ("all",)
    origins: ClassVar[
        dict[str, tuple[str, ...]]
    ] = {}  # of a composite: "patches.size" -> the arguments of its own that decide it

    def expand(self, x: Type) -> list[dict[str, Any]] | None:
        """The primitive stages that a composite stands for, as calls; None for a primitive one."""
        return None

    def identity(self) -> bool:
        """Whether these arguments leave the value as it is (a `drop` without a mask)."""
        return False

    def companions(self, x: Type) -> dict[str, str]:
        """Further values that the stage reads off its operand's origin: {"ids": "text"}."""
        return {}

    def signature(self, x: Type) -> Type:
        """The type of the result; raises `Finding` where the operand does not fit."""
        raise NotImplementedError(f"{type(self).__name__} declares no signature")

    def weights(self, x: Type) -> list[Weight]:
        """The parameters that the module owns, in the order of its state dict."""
        return []

    def facts(self, x: Type) -> dict[str, Any]:
        """Numbers that typing found and the template needs, such as the input's width."""
        return {}

    def macs(self, x: Type, out: Type, variant: str) -> int:
        """Multiply-adds of matrix products and attention for one sample, forward."""
        return 0

    def imports(self) -> str:
        """The module of somebody else's that its code needs (an external stage); empty for all others."""
        return ""

    def copies(self) -> str:
        """The tower that this stage is a copy of (`ema`, `snapshot`); empty for all others."""
        return ""


class Select(Stage):
    """A stage that reads some tokens and leaves the others unread; `index` says which."""

    def index(self) -> str:
        """The op that computes the positions read, [B, K] (see `components/ops`)."""
        raise NotImplementedError(f"{type(self).__name__} declares no index")


class InputKind(Component):
    """A declared input: what one sample holds."""

    kind = "input"

    def type(self, name: str) -> Type:
        raise NotImplementedError(f"{type(self).__name__} declares no type")

    def contract(self) -> dict[str, Any]:
        """What the loader must know, as plain data."""
        raise NotImplementedError(f"{type(self).__name__} declares no contract")


class View(Component):
    """A value derived in the data path, as a program of the runtime's primitive operations."""

    kind = "view"

    def signature(self, name: str) -> Type:
        raise NotImplementedError(f"{type(self).__name__} declares no signature")

    def programs(self) -> list[list[dict[str, Any]]]:
        """One program a view; more than one only for a list."""
        raise NotImplementedError(f"{type(self).__name__} declares no program")

    def evaluate(self) -> list[dict[str, Any]]:
        """The deterministic program that evaluation uses in its place."""
        raise NotImplementedError(f"{type(self).__name__} declares no evaluation program")

    def evaluations(self) -> list[list[dict[str, Any]]]:
        """All programs of evaluation: clips or crops whose embeddings are averaged, where there are several."""
        return [self.evaluate()]

    def listed(self) -> bool:
        """Whether it is a list of views."""
        return getattr(self, "count", None) is not None

    def follows(self) -> str:
        """The view whose draws it shares, such as the box of its crop; empty if it draws for itself."""
        return ""

    def extra(self) -> dict[str, Any]:
        """What else its entry in the batch contract says."""
        return {}

    def doubts(self) -> list[Finding]:
        """What can be meant and is seldom right: told as warnings."""
        return []


class MaskKind(Component):
    """A sampler of hidden tokens: its template is a function of uniform noise."""

    kind = "mask"

    def hidden(self, tokens: int) -> int:
        """How many of `tokens` are hidden."""
        raise NotImplementedError(f"{type(self).__name__} declares no count")

    def noise(self, tokens: int) -> int:
        """How many uniform numbers a draw needs."""
        return tokens


class ValueKind(Component):
    """A value that is neither data nor a tower's: a learned scale, a target made from pixels."""

    kind = "value"

    def signature(self) -> Type:
        raise NotImplementedError(f"{type(self).__name__} declares no signature")

    def weights(self) -> list[Weight]:
        return []

    def facts(self) -> dict[str, Any]:
        return {}


class LossKind(Component):
    """A term of the objective."""

    kind = "loss"
    couples: ClassVar[str] = "samples"  # "batch" if it compares samples with one another
    variants: ClassVar[tuple[str, ...]] = ("all",)
    reads: ClassVar[
        dict[str, str]
    ] = {}  # operand -> the mask operand at whose hidden tokens alone it is read

    def signature(self) -> None:
        """Raises `Finding` where the operands do not fit."""

    def weights(self) -> list[Weight]:
        """Its parameters and saved state."""
        return []

    def facts(self) -> dict[str, Any]:
        return {}

    def stateful(self) -> bool:
        """Whether it acts after a step (centres, queues)."""
        return False


class Schedule(Component):
    """A number that moves during training. What it does at a step is written in the runtime's file of the same name."""

    kind = "schedule"

    def first(self) -> float:
        """Its value at the first step."""
        raise NotImplementedError(f"{type(self).__name__} declares no first value")

    def peak(self, lr: float) -> float:
        """The highest rate, where it moves the learning rate of an optimiser that says `lr`."""
        return lr

    def rate(self) -> dict[str, Any]:
        """What it is in the runtime's words, as a schedule of the learning rate."""
        return {"use": self.component_name, **self.plain()}

    def knob(self) -> dict[str, Any]:
        """The same where it moves another number, which it gives in absolute terms."""
        return {"use": self.component_name, **self.plain()}


class Optimizer(Component):
    """An optimiser with its rates. The runtime's file of the same name makes it."""

    kind = "optimizer"

    def keeps(self, shape: tuple[int, ...]) -> int:
        """How many numbers it keeps for a weight of `shape`, beside the weight and its gradient."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it keeps")

    def by_role(self, role: str) -> dict[str, Any]:
        """What it does otherwise with weights of a role, as settings of their group."""
        return {}

    def decays(self, decay: float, lr: float) -> float:
        """A weight decay of the spec as the runtime's optimiser takes it, at a peak rate of `lr`."""
        return decay

    def settings(self, numbers: dict[str, Any]) -> dict[str, Any]:
        """The recipe's `optimizer`, from the arguments as the numbers that they begin with."""
        return {"use": self.component_name, **numbers}


class Clip(Component):
    """A rule of gradient clipping."""

    kind = "clip"


class SourceKind(Component):
    """Where samples come from."""

    kind = "source"

    def samples_known(self) -> int | None:
        """Samples of an epoch if the spec alone tells them."""
        return None


class Protocol(Component):
    """An evaluation protocol."""

    kind = "protocol"


class Tokenizer(Component):
    """How captions become ids."""

    kind = "tokenizer"

    def vocabulary_size(self) -> int:
        raise NotImplementedError(f"{type(self).__name__} declares no vocabulary")

    def special(self) -> dict[str, int]:
        """The ids of `start`, `end` and `pad`."""
        raise NotImplementedError(f"{type(self).__name__} declares no special ids")
