"""Checks that many signatures share: each raises a `Finding` in the same words."""

from __future__ import annotations

from vfmc.components import Finding
from vfmc.types import Bad, Features, Image, Signal, Text, Tokens, Type, Vector, Video

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
