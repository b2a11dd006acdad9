"""A copy has the weights of what it follows, whatever either is applied to."""

from __future__ import annotations

from vfmc.check.context import Context, resampled
from vfmc.source import Label
from vfmc.source.record import replace


def match_copies(ctx: Context) -> None:
    """One table of positions serves a copy and what it follows, the larger of the two; other weights must have one shape."""
    for name, copy in list(ctx.modules.items()):
        source = ctx.modules.get(copy.follow.source) if copy.follow is not None else None
        if source is None or source.weights == copy.weights:
            continue
        if getattr(source.component, "resizes", False) and resampled(source.facts, copy.facts):
            larger = max(source, copy, key=lambda module: module.size)
            for one in (source, copy):
                facts = {**larger.facts, "resampled": True}
                ctx.modules[one.name] = replace(one, weights=larger.weights, facts=facts)
            continue
        pairs = zip(source.weights, copy.weights, strict=False)
        change = next(
            (f"{a.name} is {list(a.shape)} there and {list(b.shape)} here" for a, b in pairs if a != b), ""
        )
        ctx.error(
            "SHP213",
            f"`{name}` follows `{source.name}`, whose weights have another shape"
            + f": {change}" * bool(change),
            copy.span,
            help="apply the copy to what its original could be applied to",
            labels=(Label(source.span, "what it follows"),) if source.span != copy.span else (),
        )
