"""From the Tree as written to the Tree that is meant: `extends`, overrides, `without`, `let`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from vfmc import resources
from vfmc.check.addresses import ENTRIES, HEAD, SECTIONS, BadAddress, put, remove
from vfmc.check.problems import Problems
from vfmc.source import Diagnostic, Span
from vfmc.source.suggest import nearest
from vfmc.syntax.tree import Entry, Item, Mapping, Node, Scalar, Sequence, Tree

Reader = Callable[[Path], tuple[Tree | None, list[Diagnostic]]]
DEPTH = 16  # of `extends`


def settle(tree: Tree, folder: Path | None, overrides: list[tuple[str, Node]], problems: Problems, read: Reader) -> Mapping:
    """The spec's root with its bases merged in, overrides put, `without` taken out and `let` filled in."""
    root = _extend(tree.root, folder, problems, read, ())
    for address, value in overrides:
        try:
            root = put(root, address, value)
        except BadAddress as bad:
            problems.error("REF111", bad.message, value.span, help=f"did you mean `{bad.near}`?" if bad.near else "")
    return constants(root, problems)


def _extend(root: Mapping, folder: Path | None, problems: Problems, read: Reader, above: tuple[Path, ...]) -> Mapping:
    given = root.get("extends")
    base: Mapping | None = None
    if given is not None:
        base = _base(given, folder, problems, read, above)
    if base is not None:
        version = root.entry("vfmc")
        root = merge(base, Mapping(tuple(e for e in root if e.name != "extends"), root.span, root.trailing))
        if version is not None:
            root = merge(root, Mapping((version,)))
    without = root.get("without")
    if without is None:
        return root
    if not isinstance(without, Sequence):
        problems.error("REF118", "`without` is a list of addresses", without.span, help="such as without: [losses.ssl]")
        return root
    for address in without:
        try:
            root = remove(root, str(address.value) if isinstance(address, Scalar) else "")
        except BadAddress as bad:
            problems.error("REF111", bad.message, address.span, help=f"did you mean `{bad.near}`?" if bad.near else "")
    return Mapping(tuple(e for e in root if e.name != "without"), root.span, root.trailing)


def _base(
    given: Node, folder: Path | None, problems: Problems, read: Reader, above: tuple[Path, ...]
) -> Mapping | None:
    """The root that `extends` names: a file beside this one, or a spec of the zoo."""
    if not isinstance(given, Scalar) or not isinstance(given.value, str):
        problems.error("REF112", "`extends` names one spec", given.span, help="a file beside this one, or a spec of the zoo")
        return None
    name = given.value
    place = PurePosixPath(name)
    if "://" in name or place.is_absolute() or ".." in place.parts or "\\" in name or "\0" in name:
        problems.error(
            "REF112",
            "`extends` may not leave the folder of the spec",
            given.span,
            help="give a path below it, or the name of a spec of the zoo",
        )
        return None
    zoo = resources.path("specs", f"{name}.yaml") if place.name.isidentifier() and len(place.parts) == 1 else None
    if zoo is not None and zoo.is_file():
        path = zoo
    elif folder is not None and (folder / name).is_file():
        path = (folder / name).resolve()
    else:
        near = nearest(name, [Path(n).stem for n in resources.names("specs", ".yaml")])
        problems.error(
            "REF112", f"there is no spec `{name}`", given.span, help=f"did you mean `{near}`?" if near else f"looked for {name} here and in the zoo"
        )
        return None
    if path in above or len(above) >= DEPTH:
        problems.error("REF109", f"`{name}` extends itself, by {len(above) + 1} steps", given.span)
        return None
    tree, found = read(path)
    problems.found.extend(found)
    if tree is None:
        return None
    return _extend(tree.root, path.parent, problems, read, (*above, path))


def merge(base: Mapping, over: Mapping) -> Mapping:
    """`over` on top of `base`: mappings merge key by key, unless a call is replaced by another component; all else is replaced."""
    entries = list(base.entries)
    for entry in over:
        for index, old in enumerate(entries):
            if old.name == entry.name:
                value = entry.value
                if isinstance(value, Mapping) and isinstance(old.value, Mapping) and _same_call(old.value, value):
                    value = merge(old.value, value)
                entries[index] = Entry(entry.key, value, entry.comments)
                break
        else:
            entries.append(entry)
    return Mapping(tuple(entries), over.span, over.trailing)


def _same_call(old: Mapping, new: Mapping) -> bool:
    return "use" not in new or old.get("use") == new.get("use")


def constants(root: Mapping, problems: Problems) -> Mapping:
    """Every `$name` replaced by what `let` gives for it. A constant may use those before it."""
    let = root.get("let")
    known: dict[str, Node] = {}
    if isinstance(let, Mapping):
        for entry in let:
            known[entry.name] = _fill(entry.value, known, problems)
    elif let is not None:
        problems.error("REF118", "`let` holds constants: name: value", let.span)
    entries = [e if e.name == "let" else Entry(e.key, _fill(e.value, known, problems), e.comments) for e in root]
    return Mapping(tuple(e for e in entries if e.name != "let"), root.span, root.trailing)


def _fill(node: Node, known: dict[str, Node], problems: Problems) -> Node:
    if isinstance(node, Scalar):
        if node.quoted or not isinstance(node.value, str) or not node.value.startswith("$"):
            return node
        name = node.value[1:]
        if name in known:
            return moved(known[name], node.span)
        near = nearest(name, list(known))
        problems.error(
            "REF113",
            f"there is no constant `${name}`",
            node.span,
            help=f"did you mean `${near}`?" if near else "declare it under `let`",
        )
        return Scalar(None, "", False, node.span)
    if isinstance(node, Sequence):
        items = tuple(Item(_fill(item.value, known, problems), item.comments) for item in node.items)
        return Sequence(items, node.span, node.trailing)
    entries = tuple(Entry(e.key, _fill(e.value, known, problems), e.comments) for e in node)
    return Mapping(entries, node.span, node.trailing)


def moved(node: Node, span: Span) -> Node:
    """The node as if it stood at `span`: what is wrong with a constant shows where it is used."""
    if isinstance(node, Scalar):
        return Scalar(node.value, node.text, node.quoted, span)
    if isinstance(node, Sequence):
        return Sequence(tuple(Item(moved(item.value, span)) for item in node.items), span)
    return Mapping(
        tuple(Entry(Scalar(e.key.value, e.key.text, False, span), moved(e.value, span)) for e in node), span
    )


def known_keys() -> tuple[str, ...]:
    """Keys of a spec's first level."""
    return (*HEAD, *ENTRIES, *(s for s in SECTIONS if s not in ENTRIES))
