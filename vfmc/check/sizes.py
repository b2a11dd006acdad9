"""How much one spec may declare: beyond it nobody means it, and every pass would be slow."""

from __future__ import annotations

from vfmc.check.addresses import ENTRIES
from vfmc.check.context import TooLarge
from vfmc.syntax.tree import Mapping, Node, Sequence

NAMED = (*ENTRIES, "eval", "export")  # sections whose keys are names
MOST_NAMES = 300  # of all sections; the largest spec of the zoo has 40
MOST_PHASES = 64
MOST_GROUPS = 200
MOST_STAGES = 200  # written in pipes; the zoo has up to 30
MOST_ENTRIES = 200  # of any one mapping, but for constants
MOST_PHASED = 1_500  # names times phases: each phase is a spec of its own


def check_sizes(root: Mapping) -> None:
    """Raises TooLarge where the spec declares more than it may."""
    names = 0
    for section in NAMED:
        node = root.get(section)
        names += _length(node)
        if node is not None and names > MOST_NAMES:
            raise TooLarge(f"{names:,} names; a spec has at most {MOST_NAMES:,}", node.span)
    stages = 0
    towers = root.get("towers")
    for entry in towers if isinstance(towers, Mapping) else ():
        pipe = entry.value.get("pipe") if isinstance(entry.value, Mapping) else entry.value
        stages += _length(pipe)
        if pipe is not None and stages > MOST_STAGES:
            raise TooLarge(f"{stages:,} stages; the pipes of a spec have at most {MOST_STAGES:,}", pipe.span)
    _check_entries(root)
    train = root.get("train")
    if not isinstance(train, Mapping):
        return
    for key, most in (("phases", MOST_PHASES), ("groups", MOST_GROUPS)):
        node = train.get(key)
        if node is not None and _length(node) > most:
            raise TooLarge(f"{_length(node):,} {key}; a spec has at most {most:,}", node.span)
    phases = train.get("phases")
    count = _length(phases)
    if phases is not None and count * names > MOST_PHASED:
        raise TooLarge(
            f"{count:,} phases of {names:,} names, {count * names:,} together; a spec has at most {MOST_PHASED:,}",
            phases.span,
        )


def _check_entries(root: Mapping) -> None:
    """No call has hundreds of arguments, no phase sets hundreds of addresses."""
    stack: list[Node] = [entry.value for entry in root if entry.name not in (*NAMED, "let")]
    for section in NAMED:
        node = root.get(section)
        stack += [entry.value for entry in node] if isinstance(node, Mapping) else []
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping) and len(node) > MOST_ENTRIES:
            raise TooLarge(f"{len(node):,} keys; one mapping has at most {MOST_ENTRIES:,}", node.span)
        stack += (
            [entry.value for entry in node]
            if isinstance(node, Mapping)
            else list(node)
            if isinstance(node, Sequence)
            else []
        )


def _length(node: Node | None) -> int:
    return len(node) if isinstance(node, Mapping | Sequence) else 0
