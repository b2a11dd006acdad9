"""From the Tree as written to the Tree that is meant: `extends`, overrides, `without`, `let`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath

from vfmc import resources
from vfmc.check.addresses import ENTRIES, HEAD, SECTIONS, BadAddress, put, remove
from vfmc.check.problems import Problems, within
from vfmc.source import Diagnostic, Severity, Span
from vfmc.source.record import replace
from vfmc.source.suggest import nearest
from vfmc.syntax.load import LONGEST
from vfmc.syntax.tree import Entry, Item, Mapping, Node, Scalar, Sequence, Tree

Reader = Callable[[Path], tuple[Tree | None, list[Diagnostic]]]
DEPTH = 16  # of `extends`
LARGEST = 100_000  # nodes that constants may stand for, all uses together


def settle(
    tree: Tree, folder: Path | None, overrides: list[tuple[str, Node]], problems: Problems, read: Reader
) -> Mapping:
    """The spec's root with its bases merged in, overrides put, `without` taken out and `let` filled in."""
    root = _extend(tree.root, folder, problems, read, ())
    root = _replaced(root, {address for address, _ in overrides})
    for address, value in overrides:
        source = value.span.source
        at = Span(source, 0, len(address)) if source.text.startswith(address) else value.span
        try:
            root = put(root, address, value, at)
        except BadAddress as bad:
            problems.error("REF111", bad.message, within(at, bad.word), help=bad.help)
    return constants(root, problems)


def sections(root: Mapping, problems: Problems) -> Mapping:
    """The root with every misspelt section under the name that was meant, so that what it holds is checked as well."""
    known = known_keys()
    free = [key for key in known if key not in root]
    entries = []
    for entry in root:
        if entry.name in known:
            entries.append(entry)
            continue
        near = nearest(entry.name, free)
        help = f"did you mean `{near}`?" if near else f"it has {', '.join(known)}"
        problems.error("REF100", f"a spec has no section `{entry.name}`", entry.key.span, help=help)
        if near:
            free.remove(near)
            entries.append(
                Entry(
                    Scalar(near, entry.key.text, entry.key.quoted, entry.key.span),
                    entry.value,
                    entry.comments,
                )
            )
    return Mapping(tuple(entries), root.span, root.trailing)


def _extend(
    root: Mapping, folder: Path | None, problems: Problems, read: Reader, above: tuple[Path, ...]
) -> Mapping:
    root = sections(root, problems)
    given = root.get("extends")
    base: Mapping | None = None
    if given is not None:
        base = _base(given, folder, problems, read, above)
    if base is not None:
        version = root.entry("vfmc")
        train = root.get("train")
        said = {f"train.{e.name}" for e in train} if isinstance(train, Mapping) else set()
        base = _replaced(base, said)
        root = merge(base, Mapping(tuple(e for e in root if e.name != "extends"), root.span, root.trailing))
        if version is not None:
            root = merge(root, Mapping((version,)))
    without = root.get("without")
    if without is None:
        return root
    if not isinstance(without, Sequence):
        problems.error(
            "REF118", "`without` is a list of addresses", without.span, help="such as without: [losses.ssl]"
        )
        return root
    for address in without:
        try:
            root = remove(root, str(address.value) if isinstance(address, Scalar) else "")
        except BadAddress as bad:
            problems.error("REF111", bad.message, within(address.span, bad.word), help=bad.help)
    return Mapping(tuple(e for e in root if e.name != "without"), root.span, root.trailing)


def _replaced(base: Mapping, said: set[str]) -> Mapping:
    """The base without its one length where what stands on top of it gives phases: they say how long."""
    train = base.get("train")
    if "train.phases" in said and "train.for" not in said and isinstance(train, Mapping) and "for" in train:
        return remove(base, "train.for")
    return base


def _base(
    given: Node, folder: Path | None, problems: Problems, read: Reader, above: tuple[Path, ...]
) -> Mapping | None:
    """The root that `extends` names: a file beside this one, or a spec of the zoo."""
    if not isinstance(given, Scalar) or not isinstance(given.value, str):
        problems.error(
            "REF112",
            "`extends` names one spec",
            given.span,
            help="a file beside this one, or a spec of the zoo",
        )
        return None
    name = given.value
    place = PurePosixPath(name)
    if "\0" in name:
        problems.error(
            "REF112",
            "a name with a NUL is the name of no file",
            given.span,
            help="give a path below the folder of the spec, or the name of a spec of the zoo",
        )
        return None
    if "://" in name or place.is_absolute() or ".." in place.parts or "\\" in name:
        problems.error(
            "REF112",
            "`extends` may not leave the folder of the spec",
            given.span,
            help="give a path below it, or the name of a spec of the zoo",
        )
        return None
    path = _place(name, folder)
    if path is None:
        zoo = [Path(found).stem for found in resources.names("specs", ".yaml")]
        near = nearest(name, [*zoo, *_beside(folder)])
        help = (
            f"did you mean `{near}`?"
            if near
            else "name a file beside this one, or a spec of the zoo (`vfmc specs list`)"
        )
        shown = name if len(name) <= 80 else f"{name[:79]}…"
        problems.error("REF112", f"there is no spec `{shown}`", given.span, help=help)
        return None
    ring = path.resolve() in [each.resolve() for each in above]
    if ring or len(above) >= DEPTH:
        problems.error(
            "REF109",
            f"`{name}` extends itself" if ring else f"`{name}` is the base of a base, {len(above) + 1} deep",
            given.span,
            help="take one of the `extends` out" if ring else f"at most {DEPTH} specs extend one another",
        )
        return None
    tree, found = read(path)
    problems.found.extend(replace(each, stops=each.severity is Severity.ERROR) for each in found)
    if tree is None:
        return None
    problems.characters += len(tree.root.span.source.text)
    if problems.characters > LONGEST:
        message = f"the spec and those that it extends have more than {LONGEST:,} characters"
        problems.error(
            "REF112", message, given.span, help="data does not belong in a spec: name a file instead"
        )
        return None
    return _extend(tree.root, path.parent, problems, read, (*above, path))


def _place(name: str, folder: Path | None) -> Path | None:
    """The file that `extends` means: one of the zoo by its bare name, else one beside the spec."""
    try:
        zoo = resources.path("specs", f"{name}.yaml")
        if name.isidentifier() and zoo.is_file():
            return zoo
        if folder is not None and name and (folder / name).is_file():
            inside = (folder / name).resolve().is_relative_to(folder.resolve())
            return folder / name if inside else None
    except (OSError, ValueError):  # such as a name that is too long, or has half of a character
        pass
    return None


def _beside(folder: Path | None) -> list[str]:
    """The files that might be meant."""
    try:
        return (
            [
                each.name
                for each in sorted(folder.iterdir())
                if each.suffix in (".yaml", ".yml", ".vfm") and each.is_file()
            ][:200]
            if folder
            else []
        )
    except OSError:
        return []


def merge(base: Mapping, over: Mapping) -> Mapping:
    """`over` on top of `base`: mappings merge key by key, unless a call is replaced by another component; all else is replaced."""
    entries = {entry.name: entry for entry in base}
    for entry in over:
        old, value = entries.get(entry.name), entry.value
        if old is None:
            entries[entry.name] = entry
            continue
        if isinstance(value, Mapping) and isinstance(old.value, Mapping) and _same_call(old.value, value):
            value = merge(old.value, value)
        entries[entry.name] = Entry(entry.key, value, entry.comments)
    return Mapping(tuple(entries.values()), over.span, over.trailing)


def _same_call(old: Mapping, new: Mapping) -> bool:
    return "use" not in new or old.get("use") == new.get("use")


def constants(root: Mapping, problems: Problems) -> Mapping:
    """Every `$name` replaced by what `let` gives for it. A constant may use those before it."""
    let = root.get("let")
    filler = _Filler(problems)
    if isinstance(let, Mapping):
        filler.later = [entry.name for entry in let]
        for entry in let:
            silent = len(problems.silent)
            filler.known[entry.name] = filler.fill(entry.value)
            if len(problems.silent) > silent:
                filler.broken.add(entry.name)
            problems.constants[f"${entry.name}"] = entry.value.span
        filler.later = []
    elif let is not None:
        problems.error("REF118", "`let` holds constants: name: value", let.span)
    entries = [Entry(e.key, filler.fill(e.value), e.comments) for e in root if e.name != "let"]
    problems.unread = [
        (e.name, e.key.span) for e in (let if isinstance(let, Mapping) else ()) if e.name not in filler.used
    ]
    return Mapping(tuple(entries), root.span, root.trailing)


class _Filler:
    """Puts constants in the place of their names, up to `LARGEST` nodes in all."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.known: dict[str, Node] = {}
        self.broken: set[str] = set()  # constants with a mistake in them, told already
        self.later: list[str] = []  # while `let` is read: every constant of it
        self.used: set[str] = set()
        self.sizes: dict[str, int] = {}
        self.grown = 0

    def fill(self, node: Node) -> Node:
        if isinstance(node, Scalar):
            if node.quoted or not isinstance(node.value, str) or not node.value.startswith("$"):
                return node
            return self.constant(node.value[1:], node)
        if isinstance(node, Sequence):
            items = tuple(Item(self.fill(item.value), item.comments) for item in node.items)
            return Sequence(items, node.span, node.trailing)
        entries = tuple(Entry(e.key, self.fill(e.value), e.comments) for e in node)
        return Mapping(entries, node.span, node.trailing)

    def constant(self, name: str, use: Scalar) -> Node:
        self.used.add(name)
        if name not in self.known:
            if name in self.later:
                message, help = (
                    f"`${name}` is declared here or below, and a constant uses those before it",
                    "move it up",
                )
            else:
                near = nearest(name, [*self.known, *self.later])
                message, help = (
                    f"there is no constant `${name}`",
                    f"did you mean `${near}`?" if near else "declare it under `let`",
                )
            self.problems.error("REF113", message, use.span, help=help)
            self.problems.silence(use.span)
            return Scalar(None, use.text, False, use.span)
        if name in self.broken:
            self.problems.silence(use.span)
            return Scalar(None, use.text, False, use.span)
        if name not in self.sizes:
            self.sizes[name] = _size(self.known[name])
        self.grown += self.sizes[name]
        if self.grown > LARGEST:
            self.problems.error(
                "REF113",
                f"constants stand for more than {LARGEST:,} values in all",
                use.span,
                help="say large values once",
            )
            self.problems.silence(use.span)
            return Scalar(None, use.text, False, use.span)
        return moved(self.known[name], use.span)


def _size(node: Node) -> int:
    """How many nodes there are."""
    if isinstance(node, Scalar):
        return 1
    if isinstance(node, Sequence):
        return 1 + sum(_size(part) for part in node)
    return 1 + sum(_size(entry.value) for entry in node)


def moved(node: Node, span: Span) -> Node:
    """The node as if it stood at `span`; what is wrong inside of a constant shows where it is written."""
    if isinstance(node, Scalar):
        return Scalar(node.value, node.text, node.quoted, span)
    if isinstance(node, Sequence):
        return Sequence(node.items, span)
    return Mapping(node.entries, span)


def known_keys() -> tuple[str, ...]:
    """Keys of a spec's first level."""
    return (*HEAD, *ENTRIES, *(s for s in SECTIONS if s not in ENTRIES))
