"""A mask's grid is inferred: the first tokens it meets fix it, and all others must agree."""

from __future__ import annotations

from typing import TypeVar

from vfmc.check.call import Call, read_call, report
from vfmc.check.context import Context
from vfmc.components import Component, Finding, MaskKind, Operand, Ref
from vfmc.source.record import replace
from vfmc.types import Mask, Tokens, Views, item

C = TypeVar("C", bound=Component)


def bind(ctx: Context, made: C, x: Ref, call: Call) -> C:
    """The component with its mask operands typed for the tokens `x`."""
    changes = {}
    for key, mark in made.markers().items():
        ref = getattr(made, key, None)
        if isinstance(mark, Operand) and isinstance(ref, Ref) and isinstance(ref.type, Mask):
            changes[key] = fix(ctx, key, ref, x, call)
    return made.model_copy(update=changes) if changes else made


def fix(ctx: Context, key: str, ref: Ref, x: Ref, call: Call) -> Ref:
    """The mask's handle with the grid that its first consumer gave it, which reads it as the argument `key`."""
    value = ctx.builder.values[ref.id]
    known = item(value.type)
    assert isinstance(known, Mask)
    if not known.tokens and isinstance(x.type, Tokens):
        sampler = value.component
        assert isinstance(sampler, MaskKind)
        count = x.type.body
        grid = x.type.grid
        crop = getattr(item(sampler.of.type), "crop", "")  # type: ignore[attr-defined]
        if grid and grid.crop != crop:
            told = f"`{ref.name}` hides patches of `{crop}`, and these are patches of `{grid.crop}`"
            report(ctx, Finding(told, argument=key, code="MSK302"), call, stops=False)
            grid = replace(grid, crop=crop)
        known = Mask(grid, count, 0)
        try:
            known = replace(known, hidden=sampler.hidden(count))
        except Finding as finding:
            declared = ctx.declared[value.name].node
            at = read_call(ctx, declared, "mask")
            if at is not None:
                report(ctx, finding, at)
            known = replace(
                known, hidden=max(count - 1, 0)
            )  # as if it left one, so that nothing follows from the mistake
        whole = replace(value.type, item=known) if isinstance(value.type, Views) else known
        ctx.retype(ref, whole)
    return replace(ref, type=known)


def refresh(ctx: Context, made: C) -> C:
    """The component with the types that its mask operands have by now."""
    changes = {}
    for key, mark in made.markers().items():
        ref = getattr(made, key, None)
        if isinstance(mark, Operand) and isinstance(ref, Ref) and isinstance(item(ref.type), Mask):
            changes[key] = replace(ref, type=ctx.builder.values[ref.id].type)
    return made.model_copy(update=changes) if changes else made
