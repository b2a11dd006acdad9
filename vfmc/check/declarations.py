"""Reading the declaration of a tower: its keys, its stages, what they name, and whether it is a copy."""

from __future__ import annotations

from dataclasses import field

from vfmc.check.build import beside, build_section, construct
from vfmc.check.call import Call, read_call
from vfmc.check.context import Context, Declaration
from vfmc.check.names import good_name
from vfmc.components import Stage, registry
from vfmc.components.sections.options import Options
from vfmc.source import Span
from vfmc.source.record import record
from vfmc.source.suggest import nearest
from vfmc.syntax.tree import Entry, Mapping, Node, Scalar, Sequence, mapping

KEYS = ("takes", "from", "pipe", "with")


@record()
class Pipe:
    """One stage as it is written, or as a composite stands for it."""

    call: Call
    label: str
    path: str
    tower: str = ""  # the tower it names, if it names one


@record()
class Tower:
    """A tower as it is declared."""

    name: str
    declaration: Declaration
    takes: dict[str, Node] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)  # where the operands are named
    source: Node | None = None
    stages: list[Pipe] = field(default_factory=list)
    options: Options = field(default_factory=Options)
    copies: str = ""
    broken: bool = False
    unnamed: bool = False  # what it takes could not be read, so a name in its pipe may be one of those


def read(ctx: Context, name: str) -> Tower:
    """The declaration of a tower, read once."""
    if name not in ctx.towers:
        ctx.towers[name] = _read(ctx, ctx.declared[name])
    found: Tower = ctx.towers[name]
    return found


def _read(ctx: Context, declaration: Declaration) -> Tower:
    node, path = declaration.node, f"towers.{declaration.name}"
    tower = Tower(declaration.name, declaration)
    if isinstance(node, Sequence):  # a pipe alone
        node = mapping({"pipe": node}, node.span)
    if not isinstance(node, Mapping):
        ctx.error(
            "REF118",
            "a tower is a pipe of stages",
            node.span,
            help="write {from: operand, pipe: [stage, ...]}",
        )
        tower.broken = True
        return tower
    node = _known_keys(ctx, node)
    if "pipe" not in node:
        tower.broken = True
        ctx.error(
            "REF104",
            f"tower `{declaration.name}` needs `pipe`",
            declaration.span,
            help="the stages it applies, in order",
        )
    takes, pipe, options = node.get("takes"), node.get("pipe"), node.get("with")
    if isinstance(takes, Mapping):
        good = [entry for entry in takes if good_name(ctx.problems, entry.name, "take", entry.key.span)]
        tower.takes = {entry.name: entry.value for entry in good}
        tower.places = {entry.name: entry.key.span for entry in good}
        tower.broken = tower.broken or len(good) < len(takes)
    elif takes is not None:
        tower.broken = tower.unnamed = True
        ctx.error(
            "REF118",
            "`takes` names operands with their defaults",
            takes.span,
            help="such as takes: {hide: null}",
        )
    tower.source = node.get("from")
    if options is not None:
        made = build_section(ctx, options, "options.Options", f"{path}.with")
        tower.options = made if isinstance(made, Options) else tower.options
        tower.broken = tower.broken or made is None
    stages = list(pipe) if isinstance(pipe, Sequence) else [pipe] if pipe is not None else []
    if pipe is not None and (not stages or (isinstance(pipe, Scalar) and pipe.value is None)):
        tower.broken, stages = True, []
        help = "write its stages, such as [patches(size: 16, width: 768), ...]"
        ctx.error("REF104", f"the pipe of tower `{declaration.name}` is empty", pipe.span, help=help)
    for index, stage in enumerate(stages):
        call = read_call(ctx, stage, "stage")
        if call is None:
            tower.broken = True
            continue
        tower.stages.append(Pipe(call, _label(ctx, tower, stage), f"{path}.pipe[{index}]"))
    _classify(ctx, tower)
    return tower


def _label(ctx: Context, tower: Tower, stage: Node) -> str:
    """What the stage is called with `as`."""
    node = stage.get("as") if isinstance(stage, Mapping) else None
    if node is None:
        return ""
    if not isinstance(node, Scalar) or not isinstance(node.value, str):
        ctx.error("REF118", "a label is a name", node.span, help="such as as: early")
        tower.broken = True
        return ""
    if not good_name(ctx.problems, node.value, "label", node.span):
        tower.broken = True
    elif any(pipe.label == node.value for pipe in tower.stages):
        tower.broken = True
        ctx.error(
            "REF108",
            f"two stages of `{tower.name}` are labelled `{node.value}`",
            node.span,
            help="give every stage a label of its own",
        )
    return node.value


def _known_keys(ctx: Context, node: Mapping) -> Mapping:
    """The tower with every misspelt key under the name that was meant."""
    entries: dict[str, Entry] = {entry.name: entry for entry in node if entry.name in KEYS}
    for entry in node:
        if entry.name in KEYS:
            continue
        own = beside(entry, entries.values())
        near = nearest(entry.name, [key for key in KEYS if key not in own])
        ctx.error(
            "REF100",
            f"a tower has no key `{entry.name}`",
            entry.key.span,
            help=f"did you mean `{near}`?" if near else f"it has {', '.join(KEYS)}",
        )
        if near:
            entries[near] = Entry(Scalar(near, span=entry.key.span), entry.value, entry.comments)
    return Mapping(tuple(entries.values()), node.span, node.trailing)


def _classify(ctx: Context, tower: Tower) -> None:
    """Tell stages that name towers, and find out whether the tower is a copy."""
    for pipe in tower.stages:
        name = pipe.call.name
        if name in ctx.declared and ctx.declared[name].section == "towers":
            pipe.tower = name
            ctx.used.add(name)
            if registry.ours("stage", name):  # the scan for plug-ins would cost every spec that names a tower
                ctx.problems.warning(
                    "REF116",
                    f"tower `{name}` wins over the stage of that name",
                    pipe.call.name_span,
                    help="rename the tower if the stage is meant",
                )
            continue
        cls = registry.find("stage", name)
        if cls is None or not issubclass(cls, Stage) or cls.copies is Stage.copies:
            continue
        made = construct(ctx, cls, pipe.call, pipe.path, {})
        if not isinstance(made, Stage):
            tower.broken = True
        elif len(tower.stages) > 1:
            tower.broken = True
            ctx.error(
                "REF105",
                f"`{name}` stands alone in its pipe: it is a whole tower",
                pipe.call.name_span,
                help=f"declare the copy as a tower of its own, such as {made.copies()}_m, and name that here",
            )
        elif ctx.copied_by(made.copies(), tower.name):
            tower.broken = True
            ctx.cycle(
                [tower.name, made.copies(), tower.name],
                f"`{tower.name}` is a copy of itself",
                pipe.call.at("of"),
            )
        else:
            tower.copies = made.copies()
