"""What pydantic refused, told in words of the language at the token that is wrong. Loaded for mistakes alone."""

from __future__ import annotations

import re
from typing import Any

from vfmc.check.call import Call
from vfmc.check.context import Context
from vfmc.check.problems import within
from vfmc.check.wanted import choices, reason
from vfmc.components import UNITS, Component, Nested
from vfmc.source.suggest import nearest
from vfmc.syntax.tree import Node, Scalar, Sequence, plain


def refused(ctx: Context, cls: type[Component], call: Call, error: dict[str, Any]) -> None:
    """Report pydantic's finding in our words, at the token it is about."""
    location = [
        part
        for part in error["loc"]
        if not isinstance(part, str) or part in cls.arguments() or part in cls.model_fields
    ]
    argument = str(location[0]) if location else ""
    if argument in cls.model_fields and cls.model_fields[argument].alias:
        argument = str(cls.model_fields[argument].alias)
    span = call.at(argument)
    node: Node | None = next((e.value for e in call.entries if e.name == argument), None)
    for step in error["loc"][1:]:
        if isinstance(node, Sequence) and isinstance(step, int) and step < len(node):
            node = list(node)[step]
            span = node.span
    info = cls.arguments().get(argument)
    if error["type"] == "value_error" and isinstance(node, Scalar):
        _duration(ctx, argument, node)
        return
    words = choices(info.annotation) if info is not None else []
    given = plain(node) if node is not None else None
    if words and isinstance(given, str):
        near = nearest(given, words)
        help = f"did you mean `{near}`?" if near else f"choose one of {', '.join(words)}"
        ctx.error("REF106", f"`{argument}` may not be `{given}`", span, help=help)
        return
    inside = any(isinstance(step, int) for step in error["loc"][1:])
    why = reason(error, info.annotation if info else None, inside)
    marker = cls.markers().get(argument)
    help = (info.description or "") if info else ""
    if isinstance(marker, Nested) and not marker.kind.startswith("section:"):
        help = f"{help}; `vfmc components list {marker.kind}` lists them"
    ctx.error("REF118", f"{'an item of ' * inside}`{argument}` {why}", span, help=help)


def _duration(ctx: Context, argument: str, node: Scalar) -> None:
    """Report what is no length of training: at its unit, if that is what is wrong."""
    text = str(node.value)
    unit = re.sub(r"^[-+]?[0-9][0-9_.]*(?:[eE][-+]?[0-9]+)?\s*", "", text)
    if unit and unit != text and unit not in (*UNITS, *(each.rstrip("s") for each in UNITS)):
        one = text.removesuffix(unit).strip() == "1"
        near = nearest(unit, [*UNITS, *(each.removesuffix("s") for each in UNITS if one)])
        help = f"did you mean `{near}`?" if near else f"units are {', '.join(UNITS)}"
        ctx.error("REF106", f"there is no unit `{unit}`", within(node.span, unit, last=True), help=help)
        return
    help = f"write a number and a unit ({', '.join(UNITS)}), such as 10 epochs"
    ctx.error("REF118", f"`{argument}` is a length of training, and `{text}` is none", node.span, help=help)
