"""The kinds of components, and what one of each kind declares beyond its arguments: a type, weights, a cost, a program."""

from typing import Any, ClassVar

from vfmc.components.arguments import Operand
from vfmc.components.base import Component, Finding, Weight
from vfmc.components.saved import FULL, Saved
from vfmc.types import Type


class Stage(Component):
    """A step of a tower's pipe: from one value to one value."""

    kind = "stage"
    outside = ("as",)
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

    def sees(self, operand: str) -> str:
        """Which places of an operand one place of the result is made of: its "own", those up to it ("before"), or "all"."""
        return "own" if self.tokenwise else "all"

    def doubts(self, x: Type) -> list[Finding]:
        """What computes and is seldom meant: an error refuses the spec until a comment says why, a warning is told."""
        return []

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

    def saved(self, x: Type, out: Type, variant: str) -> Saved:
        """What it keeps for the backward pass; what comes in and what goes out, if it does not say better."""
        return Saved(operands={"x": FULL}, result=FULL)

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
        """What else its entry in the batch contract says; `reads` gives the inputs that its operations read beside each sample."""
        return {}

    def doubts(self) -> list[Finding]:
        """What computes and is seldom meant: an error refuses the spec until a comment says why, a warning is told."""
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
    outside = ("field",)

    def signature(self) -> Type:
        raise NotImplementedError(f"{type(self).__name__} declares no signature")

    def weights(self) -> list[Weight]:
        return []

    def facts(self) -> dict[str, Any]:
        return {}


class LossKind(Component):
    """A term of the objective."""

    kind = "loss"
    outside = ("weight",)
    couples: ClassVar[str] = "samples"  # "batch" if it compares samples with one another
    fewest: ClassVar[int] = (
        1  # samples of a batch with which it says anything: 2 if it needs one to compare with
    )
    writes: ClassVar[tuple[str, str] | None] = None  # operands (scores, text) of one that teaches to write
    variants: ClassVar[tuple[str, ...]] = ("all",)
    reads: ClassVar[
        dict[str, str]
    ] = {}  # operand -> the mask operand at whose hidden tokens alone it is read
    predicts: ClassVar[
        dict[str, str]
    ] = {}  # operand -> the operand whose next place each of its places predicts, and so may not see

    def signature(self) -> None:
        """Raises `Finding` where the operands do not fit."""

    def doubts(self) -> list[Finding]:
        """What computes and is seldom meant: an error refuses the spec until a comment says why, a warning is told."""
        return []

    def weights(self) -> list[Weight]:
        """Its parameters and saved state."""
        return []

    def facts(self) -> dict[str, Any]:
        return {}

    def saved(self, samples: int) -> Saved:
        """What it keeps for the backward pass where it compares so many samples: its operands, if it does not say better."""
        return Saved(
            operands={name: FULL for name, marker in self.markers().items() if isinstance(marker, Operand)}
        )

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
