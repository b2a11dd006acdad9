"""Arguments that name declared things: a tower, a loss, an input, a source, data to evaluate on."""

from __future__ import annotations

from typing import Any

from vfmc.check.context import KIND_WORDS, Context
from vfmc.check.problems import within
from vfmc.components import Name, registry
from vfmc.source import Span
from vfmc.syntax.tree import Node, Scalar, Sequence

WORDS = {
    "input": "an input", "tokenizer": "a tokenizer", "view": "a view", "mask": "a mask", "stage": "a stage",
    "value": "a value", "loss": "a loss", "source": "a source", "optimizer": "an optimiser", "schedule": "a schedule",
    "clip": "a clipping rule", "protocol": "an evaluation protocol", "section": "settings", "op": "an operation",
}  # fmt: skip
SECTION_OF = {"tower": "towers", "loss": "losses", "input": "inputs", "source": "sources", "data": "sources"}
DATA = ("held_out", "digits", "digits_by_writer", "scenes")  # what evaluation knows beside a spec's sources


def names_in(ctx: Context, node: Node, marker: Name) -> tuple[Any, bool]:
    """Names of declared things, checked against what there is."""
    parts = list(node) if isinstance(node, Sequence) and marker.many else [node]
    found = [_name(ctx, part, marker.kind) for part in parts]
    if any(word is None for word in found):
        return None, False
    return (found if marker.many else found[0]), True


def _name(ctx: Context, node: Node, kind: str) -> str | None:
    """The name of one declared thing, with the towers inside of it after dots; None after a report."""
    word = str(node.value) if isinstance(node, Scalar) and isinstance(node.value, str) else ""
    wanted = WORDS.get(kind, f"a {kind}")
    known = ctx.names_of(SECTION_OF[kind])
    if not word:
        help = f"{wanted} is one of {', '.join(known[:8])}" if known else ""
        ctx.error("REF118", f"the name of {wanted} is needed here", node.span, help=help)
        return None
    if kind == "data":
        return _data(ctx, node, word, known)
    head, *inner = word.split(".")
    if head not in known:
        ctx.unknown_name(head, within(node.span, head), wanted, known)
        return None
    ctx.used.add(head)
    if kind == "tower":
        return word if nested_towers(ctx, head, inner, node.span) else None
    if inner:
        message = f"`{head}` is {KIND_WORDS[ctx.declared[head].section]} and has no `{inner[0]}`"
        ctx.error("REF107", message, within(node.span, inner[0], last=True), help=f"write `{head}`")
        return None
    return word


def nested_towers(ctx: Context, head: str, inner: list[str], span: Span) -> bool:
    """Whether `teacher.trunk` is a tower in the pipe of `teacher`, or of what that copies."""
    from vfmc.check.declarations import read

    for step in inner:
        tower = read(ctx, head)
        if tower.copies in ctx.names_of("towers"):
            tower = read(ctx, tower.copies)
        nested = [pipe.tower for pipe in tower.stages if pipe.tower]
        if step not in nested:
            if not tower.broken and all(
                pipe.tower or registry.find("stage", pipe.call.name) for pipe in tower.stages
            ):
                ctx.unknown_name(
                    step, within(span, step, last=True), "", nested, code="REF107", message=f"`{head}` has no tower `{step}` in its pipe", label="",
                    fallback=f"name `{head}` itself",
                )  # fmt: skip
            return False
        head = step
    return True


def _data(ctx: Context, node: Node, word: str, sources: list[str]) -> str | None:
    """A source of the spec, a data set that is known, or a path: a word that is nearly one of them is a slip."""
    near = ctx.meant(word, [*sources, *DATA])
    if word in sources or word in DATA or near is None or {"/", "."} & set(word):
        return word
    ctx.unknown_name(word, node.span, "", [*sources, *DATA], message=f"there is no source `{word}`", label="")
    return None
