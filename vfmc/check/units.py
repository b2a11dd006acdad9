"""What the numbers mean that a tower reads: the same wherever it is applied."""

from __future__ import annotations

from vfmc.check.context import Context
from vfmc.components import Ref
from vfmc.source import Label, Span
from vfmc.types import item


def check_units(ctx: Context, tower: str, operand: Ref, span: Span) -> None:
    """Report a tower that meets one medium in two units: sound of two rates, depth in metres and as disparity."""
    type = item(operand.type)
    own = type.units()
    if not own:
        return
    first, place = ctx.units.setdefault((tower, type.medium), (operand, span))
    known = item(first.type).units()
    new, old = (
        ", ".join(a for a, b in zip(*both, strict=False) if a != b) for both in ((own, known), (known, own))
    )
    if new:
        ctx.error(
            "SHP217",
            f"`{operand.name}` is {type.word} {new}, and `{tower}` is applied to `{first.name}` {old} as well",
            span,
            help="one tower reads one unit: resample the input, or make both views alike",
            labels=(Label(place, "first applied here"),) if place != span else (),
        )
