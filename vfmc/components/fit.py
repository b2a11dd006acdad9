"""Checks that many signatures share: each raises a `Finding` in the same words."""

from __future__ import annotations

from vfmc.components import Finding, Ref
from vfmc.types import Bad, Features, Image, Number, Signal, Text, Tokens, Type, Vector, Video, item

MOST_HEADS = 1024


def tokens(x: Type, stage: str) -> Tokens:
    """The operand as tokens."""
    if isinstance(x, Tokens):
        return x
    if isinstance(x, Vector):
        help = "one vector is left here: put this stage before the one that picks or averages tokens"
    elif isinstance(x, Image | Video):
        help = "begin the tower with `patches`, which makes tokens of pixels"
    elif isinstance(x, Signal):
        help = "begin the tower with `signal_patches`, which makes tokens of readings"
    elif isinstance(x, Text):
        help = "begin the tower with `word_embedding`, which makes tokens of ids"
    elif isinstance(x, Features):
        help = "average the map by `mean` first, which makes a vector of it"
    else:
        help = ""
    raise Finding(f"`{stage}` takes tokens, not {x.word}", help=help, label=f"this arrives: {x.describe()}")


def vector(x: Type, stage: str) -> Vector:
    """The operand as one vector a sample."""
    if isinstance(x, Vector):
        return x
    if isinstance(x, Bad):
        return Vector()
    raise Finding(
        f"`{stage}` takes a vector, not {x.word}",
        help="put a stage before it that leaves one vector: `mean`, `cls`, `first` or `eot`",
        label=f"this arrives: {x.describe()}",
    )


def width(x: Type, stage: str) -> int:
    """The last dimension of tokens or of a vector."""
    if isinstance(x, Tokens | Vector):
        return x.width
    if isinstance(x, Bad):
        return 0
    return tokens(x, stage).width


def heads(total: int, count: int, argument: str = "heads") -> int:
    """The width of one attention head."""
    if total % count:
        fitting = [n for n in range(1, min(total, MOST_HEADS) + 1) if total % n == 0]
        near = sorted(sorted(fitting, key=lambda n: abs(n - count))[:2])
        raise Finding(
            f"{count} heads do not divide a width of {total}",
            argument=argument,
            code="SHP203",
            help=f"use {' or '.join(map(str, near))} heads" if near != [1] else "use 1 head",
        )
    return total // count


def sides(given: int | list[int], argument: str, most: int) -> tuple[int, int]:
    """Rows and columns of what is said as one side or as both."""
    found = [given, given] if isinstance(given, int) else given
    if len(found) != 2 or min(found) < 1 or max(found) > most:
        raise Finding(
            f"a {argument} is one side in pixels or [rows, columns], each from 1 to {most}",
            argument=argument,
            code="SHP202",
        )
    return found[0], found[1]


def cosines(a: Ref, b: Ref) -> None:
    """Two operands, `a` and `b`, that have a dot product. It is a cosine where both have unit length: `unnormalised` doubts the others."""
    first, second = a.type, b.type
    assert isinstance(first, Vector) and isinstance(second, Vector)
    if first.width != second.width:
        raise Finding(
            f"`a` is {first.width} wide and `b` is {second.width}: their dot product does not exist",
            argument="b",
            code="SHP211",
            help="give both towers a last `linear` with the same `out`",
            label=f"{b.name or 'b'} is {second.width} wide",
        )


def unnormalised(*operands: tuple[str, tuple[Ref, ...]]) -> list[Finding]:
    """The arguments whose vectors do not have unit length, though their dot products are meant as cosines; once for every tower."""
    found: dict[str, Finding] = {}
    for argument, refs in operands:
        long = next((ref for ref in refs if not getattr(item(ref.type), "unit", True)), None)
        if long is not None and long.name not in found:
            what = f"`{argument}` does" if len(operands) > 1 else "the views do"
            found[long.name] = Finding(
                f"{what} not have unit length, so the products are no cosines",
                argument=argument,
                code="OBJ301",
                help="end the tower with `l2norm`",
            )
    return list(found.values())


def scale(number: Ref) -> None:
    """The operand `scale`: a number that multiplies cosines."""
    if isinstance(number.type, Number) and not number.type.scales:
        raise Finding(
            "a bias is added to cosines and may be negative: multiplied by it, pairs would be pushed apart",
            argument="scale",
            help="use learned(init: 14.2857, max: 100), or `fixed`",
        )
