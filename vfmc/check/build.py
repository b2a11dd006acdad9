"""From a call in the Tree to a component with validated arguments. Every mistake shows at its own token, once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from pydantic import ValidationError

from vfmc.check.addresses import ADDRESSED
from vfmc.check.call import Call, head, read_call, report, unknown_component
from vfmc.check.context import BAD, Context
from vfmc.check.named import names_in
from vfmc.components import Component, Finding, Name, Nested, Operand, Raw, Ref, registry
from vfmc.source import Label
from vfmc.source.suggest import distance, nearest
from vfmc.syntax.tree import Entry, Mapping, Node, Scalar, Sequence, plain
from vfmc.types import Bad, Views, item


def build(
    ctx: Context, node: Node, kind: str, path: str, env: dict[str, Any] | None = None
) -> Component | None:
    """The component that a call names, or None after a report."""
    call = read_call(ctx, node, kind)
    if call is None:
        return None
    cls = registry.find(kind, call.name)
    if cls is None:
        unknown_component(ctx, call, kind)
        return None
    return construct(ctx, cls, call, path, env or {})


def build_section(ctx: Context, node: Node, place: str, path: str) -> Component | None:
    """Settings: a mapping without `use`."""
    cls = registry.section(place)
    if not isinstance(node, Mapping):
        name = _section_name(place)
        ctx.error("REF118", f"`{name}` holds settings: key: value", node.span, help=f"such as {cls.example}")
        return None
    call = Call(_section_name(place), head(node), tuple(node.entries), node.span, node)
    return construct(ctx, cls, call, path, {})


def _section_name(place: str) -> str:
    """What a spec calls settings: `with` holds the options of a tower."""
    name = place.rpartition(".")[2].lower()
    return "with" if name == "options" else name


def construct(
    ctx: Context,
    cls: type[Component],
    call: Call,
    path: str,
    env: dict[str, Any],
) -> Component | None:
    """The component that `call` makes of `cls`, or None after a report; one for good where its arguments are plain data."""

    def make() -> Component | None:
        return _construct(ctx, cls, call, path, env)

    made = make() if cls.markers() else ctx.once(call.node, cls, make)
    if made is not None and ctx.built.get(id(call.node)) is not made:
        ctx.built[id(call.node)] = made
        ctx.entries[id(made)] = call.entries
        ctx.called.append((made, call.name_span))
    return made


def _construct(
    ctx: Context, cls: type[Component], call: Call, path: str, env: dict[str, Any]
) -> Component | None:
    """Validate the arguments of `call` for `cls`."""
    declared = cls.arguments()
    markers = cls.markers()
    values: dict[str, Any] = {}
    failed = False
    written = {entry.name for entry in call.entries}
    missing = [name for name, info in declared.items() if info.is_required() and name not in written]
    strangers = [entry for entry in call.entries if entry.name not in declared]
    for entry in call.entries:
        if entry in strangers:
            failed = True
            own = beside(entry, call.entries)
            free = [name for name in (*declared, *cls.outside) if name not in own]
            near = _meant(entry.name, missing, free) or (
                nearest(entry.name, declared) if entry.key.text == ADDRESSED else None
            )
            if near is None and len(strangers) == len(missing) == 1:
                near = missing[0]  # one is not known and one is missing: it is the same one
            if near in missing:
                missing.remove(near)
            _unknown_argument(ctx, cls, call, entry, near, list(declared))
            continue
        value, good = _value(ctx, cls, entry, markers.get(entry.name), f"{path}.{entry.name}", env, call.name)
        if good:
            values[entry.name] = value
        failed = failed or not good
    if missing:
        failed = True
        what = " and ".join(f"`{name}`" for name in missing)
        helps = [f"{name}: {declared[name].description}" for name in missing if declared[name].description]
        ctx.error("REF104", f"`{call.name}` needs {what}", call.name_span, help="; ".join(helps))
    if any(isinstance(value, Ref) and isinstance(value.type, Bad) for value in _flat(values)):
        return None
    made = None
    try:
        made = cls.model_validate(values)
    except ValidationError as problem:
        from vfmc.check.refused import refused  # needed for mistakes alone

        first = {str(error["loc"][:1]): error for error in reversed(problem.errors(include_url=False))}
        for error in reversed(first.values()):
            if error["type"] != "missing":  # that was told, or its value was
                refused(ctx, cls, call, dict(error))
    if made is None or failed:
        return None
    try:
        made.consistent()
    except Finding as finding:
        report(ctx, finding, call)
        return None
    return made


def beside(entry: Entry, entries: Iterable[Entry]) -> set[str]:
    """The names that are written in the same text: those of a base may be what the entry was to override."""
    return {other.name for other in entries if other.key.span.source is entry.key.span.source}


def _meant(word: str, missing: list[str], free: list[str]) -> str | None:
    """The argument that was meant: among equally near ones, one that the call needs."""
    near, needed = nearest(word, free), nearest(word, missing)
    if near is not None and needed is not None and distance(word, needed) <= distance(word, near):
        return needed
    return near


def _flat(values: dict[str, Any]) -> list[Any]:
    return [part for value in values.values() for part in (value if isinstance(value, tuple) else (value,))]


def _unknown_argument(
    ctx: Context, cls: type[Component], call: Call, entry: Entry, near: str | None, known: list[str]
) -> None:
    code = "REF100" if cls.kind == "section" else "REF102"
    what = "key" if cls.kind == "section" else "argument"
    if near:
        help = f"did you mean `{near}`?"
    elif known:
        help = f"it takes {', '.join(known)}"
    else:
        help = "it takes none"
    ctx.error(code, f"`{call.name}` has no {what} `{entry.name}`", entry.key.span, help=help)


def _value(
    ctx: Context,
    cls: type[Component],
    entry: Entry,
    marker: object,
    path: str,
    env: dict[str, Any],
    call_name: str,
) -> tuple[Any, bool]:
    """The argument's value, and whether it is good."""
    node = entry.value
    if isinstance(marker, Raw):
        return node, True
    if isinstance(marker, Operand):
        return _operand(ctx, cls, entry, marker, path, env, call_name)
    if isinstance(marker, Nested):
        return _nested(ctx, cls, entry, marker, path, env)
    if isinstance(marker, Name):
        return names_in(ctx, node, marker)
    return plain(node), True


def _operand(
    ctx: Context,
    cls: type[Component],
    entry: Entry,
    marker: Operand,
    path: str,
    env: dict[str, Any],
    call_name: str,
) -> tuple[Any, bool]:
    """The value of the Graph, or the list of them, that an argument takes."""
    from vfmc.check.expressions import evaluate

    node = entry.value
    refs = evaluate(ctx, node, marker, path, env)
    if refs is None:
        return None, _allows_none(cls, entry.name, ctx, node)
    if any(ref is BAD or isinstance(ref.type, Bad) for ref in refs):
        return None, False
    for ref in refs:
        kind = item(ref.type)
        if (
            isinstance(ref.type, Views)
            and not marker.many
            and cls.kind != "mask"
            and isinstance(kind, marker.types)
        ):
            help = "take one view of it, or a loss that compares lists, such as `self_distill`"
            what = f"{ref.type.views} views of `{ref.type.origin}`"
            ctx.error(
                "REF105",
                f"`{entry.name}` takes one value, not a list",
                node.span,
                label=f"these are {what}",
                help=help,
            )
            return None, False
        if not isinstance(kind, marker.types):
            wanted = " or ".join(t.word for t in marker.types)
            taken = isinstance(node, Scalar) and node.value in getattr(
                env, "names", {}
            )  # given from outside of the tower
            ctx.error(
                "REF105",
                f"`{entry.name}` takes {wanted}, not {kind.word}",
                ref.span if taken else node.span,
                label=f"this is {ref.type.describe()}",
                labels=(Label(node.span, f"`{entry.name}` of `{call_name}`"),) if taken else (),
                help=_bridge(kind.word, marker),
                cause=ctx.builder.values[ref.id].span,
            )
            return None, False
    if marker.many:
        return refs, True
    if len(refs) != 1:
        ctx.error(
            "REF105",
            f"`{entry.name}` takes one value, not a list",
            node.span,
            help="write the value without brackets",
        )
        return None, False
    return refs[0], True


_CUT = {"a waveform": "`mel`", "a signal": "`window`", "a video": "`frames`"}  # the view that cuts each


def _bridge(word: str, marker: Operand) -> str:
    wanted = {t.__name__ for t in marker.types}
    if word in _CUT and "Image" in wanted:
        return f"{_CUT[word]} is the view that cuts {word}"
    if word == "tokens" and "Vector" in wanted:
        return "end the tower with `cls`, `eot`, `first` or `mean` to make one vector of the tokens"
    if word == "a vector" and "Tokens" in wanted:
        return "leave the tokens as they are: drop the stage that picks or averages them"
    return ""


def _allows_none(cls: type[Component], name: str, ctx: Context, node: Node) -> bool:
    info = cls.arguments()[name]
    if type(None) in get_args(info.annotation):
        return True
    ctx.error("REF118", f"`{name}` may not be none", node.span, help=info.description or "")
    return False


def _nested(
    ctx: Context, cls: type[Component], entry: Entry, marker: Nested, path: str, env: dict[str, Any]
) -> tuple[Any, bool]:
    node = entry.value
    if marker.many:
        if not isinstance(node, Sequence):
            ctx.error("REF118", f"`{entry.name}` is a list", node.span)
            return None, False
        found = [
            _one_nested(ctx, cls, entry, part, marker, f"{path}[{i}]", env) for i, part in enumerate(node)
        ]
        return [value for value, _ in found], all(good for _, good in found)
    return _one_nested(ctx, cls, entry, node, marker, path, env)


def _one_nested(
    ctx: Context,
    cls: type[Component],
    entry: Entry,
    node: Node,
    marker: Nested,
    path: str,
    env: dict[str, Any],
) -> tuple[Any, bool]:
    if isinstance(node, Scalar) and (marker.kind.startswith("section:") or not isinstance(node.value, str)):
        return node.value, True  # a literal: pydantic says whether one is allowed
    if marker.kind.startswith("section:"):
        made = build_section(ctx, node, marker.kind.removeprefix("section:"), path)
    else:
        made = build(ctx, node, marker.kind, path, env)
    return made, made is not None
