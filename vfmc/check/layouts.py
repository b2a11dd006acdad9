"""Weights to begin with that another library wrote: whether its layout fits the tower, before anything is downloaded or trained."""

from __future__ import annotations

from vfmc.check.problems import Problems
from vfmc.graph.program import Program
from vfmc.interop.layout import LayoutError
from vfmc.interop.meet import for_tower
from vfmc.source import Span
from vfmc.syntax.tree import Mapping, Node, Scalar


def check_layouts(program: Program, root: Mapping, problems: Problems) -> None:
    """A finding at `from` for every tower that its layout does not fit."""
    for init in program.inits:
        if not init.layout:
            continue
        span = _place(root, init.tower, root.span)
        try:
            meeting = for_tower(init.layout, program, init.tower, init.source)
            unmet = meeting.unmet()
        except LayoutError as error:
            problems.error(
                "REF123", str(error), span, help="docs/weights.md lists the layouts and what they hold"
            )
            continue
        if unmet:
            problems.error(
                "REF123", unmet[0], span, help="these weights would compute something else in this tower"
            )


def _place(root: Mapping, tower: str, default: Span) -> Span:
    """Where the layout of a tower's weights is named."""
    node: Node | None = root
    for key in ("towers", tower, "with", "init", "from"):
        node = node.get(key) if isinstance(node, Mapping) else None
    return node.span if isinstance(node, Scalar) else default
