"""Tree to Program: the whole check, in order."""

from __future__ import annotations

from collections.abc import Callable as Function
from pathlib import Path

from vfmc.check import renamed, resolved
from vfmc.check.build import build, build_section
from vfmc.check.context import Context, TooLarge
from vfmc.check.copies import match_copies
from vfmc.check.declarations import read as read_tower
from vfmc.check.evaluation import check_feeds, evaluation_graph, towers_named
from vfmc.check.learning import check_learning
from vfmc.check.mixing import check_epochs, check_mix
from vfmc.check.named import nested_towers
from vfmc.check.names import good_name
from vfmc.check.objective import build_graph, check_unread, declare
from vfmc.check.phases import build_phases, without_lost
from vfmc.check.problems import Problems, within
from vfmc.check.selectors import check_selectors
from vfmc.check.settle import settle
from vfmc.check.sizes import check_sizes
from vfmc.check.towers import unused
from vfmc.components import Component, InputKind, Protocol, SourceKind
from vfmc.components.registry import BrokenPlugin
from vfmc.components.sections.options import Init as InitOption
from vfmc.components.sections.train import Train
from vfmc.graph import Graph
from vfmc.graph.program import Init, Program
from vfmc.source import Diagnostic, Span
from vfmc.syntax.tree import Mapping, Node, Scalar, Sequence, Tree

VERSION = 1
HELP = {  # what every spec says
    "vfmc": "begin it with `vfmc: 1`",
    "name": "give it a `name`, such as clip_vit_b32",
    "train": "`train` says the batch, the optimiser and how long",
}
Reader = Function[[Path], tuple[Tree | None, list[Diagnostic]]]


def check(
    tree: Tree, folder: Path | None, read: Reader, overrides: list[tuple[str, Node]] | None = None
) -> tuple[Program | None, list[Diagnostic]]:
    """Names, calls, arguments, types, shapes. The Program is None if any finding is an error."""
    problems = Problems()
    root = settle(tree, folder, overrides or [], problems, read)
    if not root.entries and not problems.failed:
        problems.error(
            "REF104",
            "this spec is empty",
            root.span,
            help="begin it with `vfmc: 1`; `vfmc new` writes a whole one",
        )
    if not root.entries:
        return None, problems.all()
    try:
        program = _check(root, problems)
    except TooLarge as reason:
        problems.error("REF120", f"this stands for {reason.what}", reason.span, help="say it with fewer")
        program = None
    except BrokenPlugin as broken:
        message = f"the plug-in that has `{broken.name}` cannot be loaded"
        problems.error(
            "REF121",
            message,
            place_of(root, broken.name),
            notes=(broken.reason,),
            help="mend or remove the plug-in",
        )
        program = None
    except RecursionError:
        problems.error(
            "REF120", "this spec nests too deeply", _whole(root), help="say it with fewer names for names"
        )
        program = None
    return program, problems.all()


def _check(root: Mapping, problems: Problems) -> Program | None:
    """The Program of a settled spec, or None if it has errors."""
    _head(root, problems)
    check_sizes(root)
    ctx = declare(root, problems)
    graph = build_graph(ctx, "main")
    sections = _sections(ctx)
    sources = _entries(ctx, "sources", "source", SourceKind)
    protocols, spans = _protocols(ctx)
    exports = _exports(ctx)
    check_unread(ctx)
    if not problems.failed:
        if getattr(sections.get("data"), "absent", "error") == "error":
            check_given(ctx, graph, sources)
        check_mix(ctx, graph, sources, sections.get("data"))
    train = sections.get("train")
    if isinstance(train, Train):
        check_selectors(ctx, train)
    wanted = towers_named(protocols, spans) | exports
    if not graph.terms and not problems.failed:
        place = root.entry("losses")
        span = place.key.span if place else _whole(root)
        problems.error(
            "OBJ304",
            "a spec needs a loss",
            span,
            help="add one under `losses`, such as losses: {clip: {use: contrastive, ...}}",
        )
    if problems.ends() or not isinstance(train, Train):
        return None
    evaluation, callables = evaluation_graph(ctx, wanted)
    match_copies(ctx)
    check_feeds(ctx, protocols, spans, callables)
    unused(ctx)
    if not sources:
        problems.warning("DAT401", "no source is declared, so training needs `--data`", _whole(root))
    phases, modules = build_phases(ctx, root, graph, train, problems)
    renames = renamed.read(root, modules, problems)
    if problems.ends():
        return None
    evaluation, phases, modules = without_lost(graph, phases, modules, evaluation, set(wanted))
    callables = {name: found for name, found in callables.items() if name in evaluation.outputs}
    check_learning(ctx, phases)
    check_epochs(ctx, phases, sources, sections.get("data"), train)
    if problems.failed:
        return None
    inputs = {d.name: ctx.built[id(d.node)] for d in ctx.declared.values() if d.section == "inputs"}
    name = root.get("name")
    doc = root.get("doc")
    program = Program(
        name=str(name.value) if isinstance(name, Scalar) else "",
        doc=str(doc.value) if isinstance(doc, Scalar) and doc.value else "",
        root=root,
        resolved=resolved.resolve(ctx, root),
        inputs={key: value for key, value in inputs.items() if isinstance(value, InputKind)},
        modules=modules,
        phases=phases,
        evaluation=Graph(
            evaluation.name, modules, evaluation.values, evaluation.scopes, (), evaluation.outputs
        ),
        callables=callables,
        towers={key: read_tower(ctx, key) for key in ctx.names_of("towers")},
        sources=sources,  # type: ignore[arg-type]
        protocols=protocols,
        exports={name: name for name in exports},
        sections=sections,
        inits=_inits(ctx, {module.tower for module in modules.values()}),
        renamed=renames,
        unread=tuple(problems.unread),
        entries=ctx.entries,
        called=tuple(ctx.called),
    )
    if any(init.layout for init in program.inits):
        from vfmc.check.layouts import check_layouts

        check_layouts(program, root, problems)
    return None if problems.failed else program


def place_of(node: Node, word: str) -> Span:
    """Where a word stands as a value first; the node itself if nowhere."""
    parts = (
        [entry.value for entry in node]
        if isinstance(node, Mapping)
        else list(node)
        if isinstance(node, Sequence)
        else []
    )
    if isinstance(node, Scalar) and node.value == word:
        return node.span
    found = [
        span
        for part in parts
        if (span := place_of(part, word)) is not part.span
        or (isinstance(part, Scalar) and part.value == word)
    ]
    return found[0] if found else node.span


def _whole(root: Mapping) -> Span:
    return root.entries[0].key.span if root.entries else root.span


def _head(root: Mapping, problems: Problems) -> None:
    """The language version, the name, and what no spec goes without."""
    missing = [key for key in HELP if key not in root]
    if missing and not ("extends" in root and problems.failed):  # a base that was not found may have had them
        what = " and ".join(
            [", ".join(f"`{key}`" for key in missing[:-1])] * (len(missing) > 1) + [f"`{missing[-1]}`"]
        )
        problems.error(
            "REF104", f"this spec has no {what}", _whole(root), help="; ".join(HELP[key] for key in missing)
        )
    version = root.get("vfmc")
    if version is not None and not (
        isinstance(version, Scalar) and version.value == VERSION and not isinstance(version.value, bool)
    ):
        problems.error(
            "REF117", "this vfmc reads version 1 of the language", version.span, help="write `vfmc: 1`"
        )
    name = root.get("name")
    if name is not None and not isinstance(name, Scalar):
        problems.error(
            "REF118", "the name of a spec is one word", name.span, help="such as name: clip_vit_b32"
        )
    elif name is not None:
        good_name(problems, str(name.value), "name", name.span)
    doc = root.get("doc")
    if doc is not None and not (isinstance(doc, Scalar) and isinstance(doc.value, str | None)):
        problems.error("REF118", "`doc` is a text", doc.span, help="a sentence about the spec, in quotes")


def _sections(ctx: Context) -> dict[str, Component]:
    found: dict[str, Component] = {}
    for name in ("train", "data", "parallel", "profile"):
        node = ctx.root.get(name)
        made = build_section(ctx, node, name, name) if node is not None else None
        if made is not None:
            found[name] = made
    return found


def _entries(ctx: Context, section: str, kind: str, base: type[Component]) -> dict[str, Component]:
    found: dict[str, Component] = {}
    for declaration in ctx.declared.values():
        if declaration.section == section:
            made = build(ctx, declaration.node, kind, f"{section}.{declaration.name}")
            if isinstance(made, base):
                found[declaration.name] = made
            _gives(ctx, declaration.node)
    return found


def _gives(ctx: Context, node: Node) -> None:
    """Every input that a source says it gives is one."""
    given = node.get("gives") if isinstance(node, Mapping) else None
    if given is None:
        return
    names = (
        [e.key for e in given]
        if isinstance(given, Mapping)
        else [n for n in given if isinstance(n, Scalar)]
        if not isinstance(given, Scalar)
        else []
    )
    for key in names:
        if str(key.value) not in ctx.names_of("inputs"):
            ctx.unknown_name(str(key.value), key.span, "an input", ctx.names_of("inputs"))


def check_given(ctx: Context, graph: Graph, sources: dict[str, Component]) -> None:
    """A source gives every input that the losses it feeds need."""
    for name, source in sources.items():
        given = source.argument("gives")
        if given is None:
            continue
        fed = source.argument("feeds")
        for term in graph.terms:
            missing = (
                sorted(needed(graph, term.value) - set(given)) if fed is None or term.name in fed else []
            )
            if missing:
                what = " and ".join(f"`{each}`" for each in missing)
                help = f"add {', '.join(missing)} to `gives`, or name in `feeds` the losses that it feeds"
                ctx.error(
                    "DAT404",
                    f"`{name}` feeds `{term.name}`, which needs {what}",
                    ctx.span_of(source, "gives"),
                    help=help,
                )


def needed(graph: Graph, root: int) -> set[str]:
    """The inputs that a value is made of."""
    return {value.name for value in graph.behind(root) if value.make == "input"}


def _protocols(ctx: Context) -> tuple[dict[str, Protocol], dict[str, Span]]:
    node = ctx.root.get("eval")
    found: dict[str, Protocol] = {}
    spans: dict[str, Span] = {}
    if node is None:
        return found, spans
    if not isinstance(node, Mapping):
        ctx.error(
            "REF118",
            "`eval` gives a protocol to every name",
            node.span,
            help="such as eval: {knn: {use: knn, of: vision, data: digits}}",
        )
        return found, spans
    for entry in node:
        good_name(ctx.problems, entry.name, "protocol", entry.key.span)
        made = build(ctx, entry.value, "protocol", f"eval.{entry.name}")
        if isinstance(made, Protocol):
            found[entry.name] = made
            if isinstance(entry.value, Mapping):
                spans |= {f"{entry.name}.{e.name}": e.value.span for e in entry.value}
    return found, spans


def _exports(ctx: Context) -> dict[str, Span]:
    node = ctx.root.get("export")
    found: dict[str, Span] = {}
    if node is None:
        return found
    if not isinstance(node, Mapping):
        ctx.error(
            "REF118",
            "`export` gives a tower to every name",
            node.span,
            help="such as export: {encoder: vision}",
        )
        return found
    for entry in node:
        good_name(ctx.problems, entry.name, "product", entry.key.span)
        word = entry.value.value if isinstance(entry.value, Scalar) else None
        if not isinstance(word, str):
            towers = ctx.names_of("towers")
            ctx.error(
                "REF118",
                "the name of a tower is needed here",
                entry.value.span,
                help=f"it is one of {', '.join(towers[:8])}" if towers else "",
            )
            continue
        head, *inner = str(word).split(".")
        if head not in ctx.names_of("towers"):
            ctx.unknown_name(head, within(entry.value.span, head), "a tower", ctx.names_of("towers"))
            continue
        ctx.used.add(head)
        if nested_towers(ctx, head, inner, entry.value.span):
            found[str(word)] = entry.value.span
    return found


def _inits(ctx: Context, towers: set[str]) -> tuple[Init, ...]:
    found = []
    for name in [name for name in ctx.names_of("towers") if name in towers]:
        option = read_tower(ctx, name).options.init
        if isinstance(option, str):
            found.append(Init(name, option, ()))
        elif isinstance(option, InitOption):
            found.append(Init(name, option.path, tuple(option.skip), option.tower or "", option.layout or ""))
    return tuple(found)
