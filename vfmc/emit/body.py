"""A way that a tower is applied, as statements, and which of them one method can hold."""

from __future__ import annotations

from dataclasses import field

from vfmc.graph import Value
from vfmc.source.record import record
from vfmc.types import Tokens, Type


@record(frozen=True)
class Parameter:
    """An operand of a method: `key` is the take or the name that it stands for."""

    key: str
    name: str
    annotation: str
    type: Type
    optional: bool = False


@record()
class Body:
    """One application of a tower as statements."""

    tower: str
    parameters: list[Parameter] = field(default_factory=list)
    statements: list[list[str]] = field(default_factory=list)  # the lines of each
    returns: str = ""
    random: bool = False
    result: Type = field(default_factory=Type)
    needs: list[str] = field(default_factory=list)  # towers with weights that it calls
    members: dict[str, Value] = field(default_factory=dict)  # stages that __init__ makes, by their label
    parts: dict[str, int] = field(default_factory=dict)  # parameter key -> outer value
    extras: list[int] = field(
        default_factory=list
    )  # labelled values that others read, returned after the result
    labels: list[str] = field(default_factory=list)  # their labels
    operand: str = ""  # the value that it is applied to, which names its method where it needs one of its own
    place: int = 0  # of the equal body among those of its tower

    @property
    def method(self) -> str:
        """The method that it becomes, unless another takes the name."""
        return (
            f"with_{'_'.join(label.replace('.', '_') for label in self.labels)}" if self.labels else "forward"
        )

    @property
    def given(self) -> frozenset[str]:
        return frozenset(parameter.key for parameter in self.parameters if parameter.key != "key")


def only(body: Body) -> str:
    """The mask or the stage that alone is read of the result, if it is less than the whole."""
    return body.result.only if isinstance(body.result, Tokens) else ""


def apart(bodies: list[Body]) -> list[list[Body]]:
    """The bodies that one method each can merge: alike, or of two ways that an operand tells apart."""
    found: list[list[Body]] = []
    for body in bodies:
        for group in found:
            if len(ways([*group, body])) == 1 or told_apart(ways([*group, body])):
                group.append(body)
                break
        else:
            found.append([body])
    return found


def ways(bodies: list[Body]) -> list[Body]:
    """One body of each way to write them."""
    found: list[Body] = []
    for body in bodies:
        if not any(other.statements == body.statements and other.returns == body.returns for other in found):
            found.append(body)
    return found


def told_apart(found: list[Body]) -> bool:
    """Whether these are two ways, of which one is given what the other is not."""
    return len(found) == 2 and found[0].given != found[1].given and found[0].returns == found[1].returns


def same(one: Body, other: Body) -> bool:
    """Whether two bodies are one method."""
    return (
        one.labels == other.labels
        and one.given == other.given
        and one.statements == other.statements
        and one.returns == other.returns
    )
