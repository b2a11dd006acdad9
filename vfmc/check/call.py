"""A node of the Tree read as a call, `name` or `{use: name, ...}`, and what is reported at one."""

from __future__ import annotations

from collections.abc import Iterable

from vfmc.check.context import KIND_WORDS, Context
from vfmc.check.named import WORDS
from vfmc.check.problems import within
from vfmc.components import Finding, registry
from vfmc.source import Label, Span
from vfmc.source.record import record
from vfmc.source.suggest import nearest
from vfmc.syntax.tree import Entry, Mapping, Node, Scalar

RESERVED = ("use", "as", "field", "weight")


@record(frozen=True)
class Call:
    """A node read as a call: the component's name with its place, the arguments, the whole."""

    name: str
    name_span: Span
    entries: tuple[Entry, ...]
    span: Span
    node: Node

    def at(self, *arguments: str) -> Span:
        """Where the first of these arguments that is given stands; the name if none is. `normalize.mean` is a key of an argument."""
        for argument in arguments:
            name, _, key = argument.partition(".")
            for entry in self.entries:
                if entry.name == name:
                    inner = entry.value.entry(key) if isinstance(entry.value, Mapping) else None
                    return inner.key.span if inner else entry.value.span
        return self.name_span


def read_call(ctx: Context, node: Node, kind: str) -> Call | None:
    """The node as a call; reports and gives None if it is not one."""
    word = WORDS.get(kind, kind)
    if isinstance(node, Scalar) and isinstance(node.value, str) and node.value:
        return Call(node.value, node.span, (), node.span, node)
    if isinstance(node, Mapping):
        use = node.get("use")
        if isinstance(use, Scalar) and isinstance(use.value, str):
            rest = tuple(entry for entry in node if entry.name not in RESERVED)
            return Call(use.value, use.span, rest, node.span, node)
        if use is not None:
            ctx.error("REF118", f"`use` names {word}", use.span)
            return None
        near = next((e for e in node if nearest(e.name, ["use"])), None)
        if near is not None:
            ctx.error("REF100", f"unknown key `{near.name}`", near.key.span, help="did you mean `use`?")
        else:
            ctx.error(
                "REF104",
                f"{word} is needed here, and `use` is missing",
                head(node),
                help=f"write {{use: NAME, ...}}, where NAME is {word}",
            )
        return None
    nothing = isinstance(node, Scalar) and node.value is None
    take = (
        ", or `without: [SECTION.NAME]` at the top of the spec to take out what its base has"
        if nothing
        else ""
    )
    ctx.error(
        "REF118", f"{word} is needed here", node.span, help=f"a name, or {{use: name, argument: value}}{take}"
    )
    return None


def head(node: Mapping) -> Span:
    """Where a mapping begins: at its first key."""
    return node.entries[0].key.span if node.entries else node.span


def report(
    ctx: Context, finding: Finding, call: Call, labels: tuple[Label, ...] = (), stops: bool = True
) -> None:
    """Report what a signature raised, at the argument it names."""
    ctx.error(
        finding.code,
        finding.message,
        call.at(finding.argument),
        help=finding.help,
        label=finding.label,
        labels=labels,
        severity=finding.severity,
        stops=stops,
    )


def doubt(ctx: Context, doubts: Iterable[Finding], call: Call) -> None:
    """Report what a component doubts; the check goes on."""
    for finding in doubts:
        report(ctx, finding, call, stops=False)


def unknown_component(ctx: Context, call: Call, kind: str, also: list[str] | None = None) -> None:
    """Report a component that does not exist, with the nearest name of the kind wanted there: a component or, in `also`, a tower."""
    word = call.name
    noun = "tower or value" if kind == "value" else WORDS[kind].split(" ", 1)[1]
    message = f"there is no {noun} `{word}`"
    span = within(call.name_span, word)
    elsewhere = [] if word in ctx.declared else registry.kinds_with(word)
    components = registry.names(kind)
    near = ctx.meant(word, [*components, *(also or [])])
    if near is not None and near not in components:
        ctx.unknown_name(word, span, "", also or [], code="REF101", message=message, label="")
        return
    if near is None and also is not None and ctx.unread:
        ctx.problems.missed = True  # it may be a tower of a section that could not be read
        return
    if near:
        help = f"did you mean `{near}`?"
    elif word in ctx.declared:
        help = f"`{word}` is {KIND_WORDS[ctx.declared[word].section]} of this spec, and {WORDS[kind]} is needed here"
    elif elsewhere:
        help = f"`{word}` is {WORDS[elsewhere[0]]}, and {WORDS[kind]} is needed here"
    else:
        help = f"`vfmc components list {kind}` lists them"
    ctx.problems.unknown(word, "REF101", message, span, help=help)
