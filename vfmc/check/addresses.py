"""Addresses: `half.ratio`, `train.optimizer.lr`, `vision.blocks.depth`. A unique name comes first; the section may be said."""

from __future__ import annotations

from collections.abc import Iterable

from vfmc.check.problems import within
from vfmc.components import registry
from vfmc.source import Span
from vfmc.source.suggest import nearest
from vfmc.syntax.tree import Entry, Item, Mapping, Node, Scalar, Sequence, mapping

ENTRIES = ("inputs", "views", "masks", "towers", "values", "losses", "sources")
SECTIONS = (*ENTRIES, "train", "data", "parallel", "eval", "export", "profile", "renamed")
HEAD = ("vfmc", "name", "doc", "extends", "without", "let")
ADDRESSED = "<address>"  # the spelling of keys that an address made
TOWER_KEYS = ("takes", "from", "pipe", "with")
OPTIONS = ("frozen", "init")
STAGE = ("stage", ("as", "use"))
LISTS = {  # what stands in a list, and the keys that name it
    ("towers", "*", "pipe"): STAGE,
    ("towers", "*"): STAGE,
    ("train", "phases"): ("phase", ("name",)),
}
UNNAMED = ("item", ())


class BadAddress(Exception):
    """No such place; `word` is the part that does not exist, `near` the nearest one there is, `known` all there are."""

    def __init__(
        self, message: str, word: str = "", near: str | None = None, known: Iterable[str] = (), help: str = ""
    ) -> None:
        super().__init__(message)
        self.message, self.word, self.near = message, word, near
        listed = sorted(dict.fromkeys(known))
        self.help = help
        if not help:
            self.help = (
                f"did you mean `{near}`?"
                if near
                else f"choose one of {', '.join(listed[:8])}"
                if listed
                else ""
            )


def path(root: Mapping, address: str) -> list[str]:
    """The full path of an address: its section first."""
    parts = address.split(".")
    if parts[0] in SECTIONS or parts[0] in HEAD:
        return parts
    homes = [
        section
        for section in ENTRIES
        if isinstance(found := root.get(section), Mapping) and parts[0] in found
    ]
    if len(homes) == 1:
        return [homes[0], *parts]
    if homes:
        raise BadAddress(
            f"`{parts[0]}` is in {' and in '.join(homes)}: say which, such as `{homes[0]}.{address}`"
        )
    known = [
        *SECTIONS,
        *(e.name for s in ENTRIES if isinstance(found := root.get(s), Mapping) for e in found),
    ]
    raise BadAddress(f"there is no `{parts[0]}` in this spec", parts[0], nearest(parts[0], known))


def put(root: Mapping, address: str, value: Node, at: Span | None = None) -> Mapping:
    """The spec with `value` at the address; missing keys on the way are made, missing names are not.

    `at` is where the address stands: keys that are made stand there.
    """
    steps = path(root, address)
    if len(steps) > 1 and steps[0] in ENTRIES:
        section = root.get(steps[0])
        if not isinstance(section, Mapping) or steps[1] not in section:
            known = [entry.name for entry in section] if isinstance(section, Mapping) else []
            raise BadAddress(
                f"there is no `{steps[1]}` in `{steps[0]}`", steps[1], nearest(steps[1], known), known
            )
        if steps[0] == "towers" and len(steps) > 2:
            if steps[2] in (*OPTIONS, "with"):  # of a tower that is written as its pipe alone
                root = _with_pipe(root, section, steps[1])
                section = root.get("towers")
                assert isinstance(section, Mapping)
            steps = _in_tower(section, steps)
    return _descend(root, steps, value, at, ())  # type: ignore[return-value]


def _with_pipe(root: Mapping, towers: Mapping, name: str) -> Mapping:
    """The spec with a tower that is a pipe alone under the key `pipe`."""
    tower = towers.get(name)
    if not isinstance(tower, Sequence):
        return root
    return _descend(root, ["towers", name], mapping({"pipe": tower}, tower.span), None, ())  # type: ignore[return-value]


def remove(root: Mapping, address: str) -> Mapping:
    """The spec without what stands at the address."""
    steps = path(root, address)
    return _without(root, steps, address, ())  # type: ignore[return-value]


def _in_tower(section: Mapping, steps: list[str]) -> list[str]:
    """`vision.frozen` is an option of the tower, `vision.blocks.depth` an argument of a stage."""
    name, third = steps[1], steps[2]
    tower = section.get(name)
    if third in TOWER_KEYS or not isinstance(tower, Mapping):
        return steps
    pipe = tower.get("pipe")
    stages = (
        sorted({each for stage in pipe for each in _names(stage, STAGE[1])})
        if isinstance(pipe, Sequence)
        else []
    )
    if third in stages or third.isdecimal():
        return [*steps[:2], "pipe", *steps[2:]]
    if third not in OPTIONS:
        there = [*stages, *OPTIONS]
        owner = next((stage for stage in stages if _takes(stage, third)), None)
        near = f"{name}.{owner}.{third}" if owner else nearest(third, there)
        raise BadAddress(f"tower `{name}` has no stage and no option `{third}`", third, near, there)
    return [*steps[:2], "with", *steps[2:]]


def _takes(stage: str, argument: str) -> bool:
    """Whether a stage has an argument of that name."""
    cls = registry.find("stage", stage)
    return cls is not None and argument in cls.arguments()


def _names(item: Node, keys: tuple[str, ...]) -> set[str]:
    """What an item of a list is called: the values of these keys; a bare word is a call of that name."""
    if isinstance(item, Scalar):
        return {str(item.value)} if "use" in keys else set()
    if isinstance(item, Mapping):
        return {str(found.value) for key in keys if isinstance(found := item.get(key), Scalar)}
    return set()


def _descend(
    node: Node | None, steps: list[str], value: Node, at: Span | None, above: tuple[str, ...]
) -> Node:
    """The node with `value` at the end of `steps`; `above` are the steps that led to it."""
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(node, Sequence):
        place = _place(node, step, above)
        items = list(node.items)
        old = items[place]
        items[place] = Item(_descend(old.value, rest, value, at, (*above, step)), old.comments)
        return Sequence(tuple(items), node.span, node.trailing)
    if isinstance(node, Scalar) and isinstance(node.value, str):  # a bare name is a call with defaults
        node = mapping({"use": node}, node.span)
    if node is None or isinstance(node, Scalar):
        node = Mapping(())
    entries = list(node.entries)
    for index, entry in enumerate(entries):
        if entry.name == step:
            inner = _descend(entry.value, rest, value, at, (*above, step))
            entries[index] = Entry(entry.key, inner, entry.comments)
            return Mapping(tuple(entries), node.span, node.trailing)
    made = _descend(None, rest, value, at, (*above, step))
    where = within(at, step, last=True) if at else made.span
    entries.append(Entry(Scalar(step, ADDRESSED, False, where), made))
    return Mapping(tuple(entries), node.span, node.trailing)


def _place(node: Sequence, step: str, above: tuple[str, ...]) -> int:
    """The place in a list that a step means: its number, or the name of what stands there."""
    word, keys = next((known for path, known in LISTS.items() if _fits(path, above)), UNNAMED)
    called = [_names(item, keys) for item in node]
    hits = [i for i, names in enumerate(called) if str(i) == step or step in names]
    if len(hits) == 1:
        return hits[0]
    if hits:
        places = " or ".join(f"{above[-1]}.{place}" for place in hits)
        raise BadAddress(
            f"there are {len(hits)} {word}s called `{step}`",
            step,
            help=f"say which by its label or its place: {places}",
        )
    known = [name for names in called for name in sorted(names)] or [str(i) for i in range(len(called))]
    raise BadAddress(f"there is no {word} `{step}`", step, nearest(step, known), known)


def _fits(path: tuple[str, ...], above: tuple[str, ...]) -> bool:
    return len(path) == len(above) and all(a in ("*", b) for a, b in zip(path, above, strict=True))


def _without(node: Node | None, steps: list[str], address: str, above: tuple[str, ...]) -> Node:
    step, rest = steps[0], steps[1:]
    if isinstance(node, Sequence):
        place = _place(node, step, above)
        items = list(node.items)
        old = items.pop(place)
        if rest:
            inner = _without(old.value, rest, address, (*above, step))
            items.insert(place, Item(inner, old.comments))
        return Sequence(tuple(items), node.span, node.trailing)
    if not isinstance(node, Mapping) or step not in node:
        known = [entry.name for entry in node] if isinstance(node, Mapping) else []
        raise BadAddress(f"there is no `{address}` to leave out", step, nearest(step, known), known)
    if rest:
        entries = [
            e
            if e.name != step
            else Entry(e.key, _without(e.value, rest, address, (*above, step)), e.comments)
            for e in node
        ]
    else:
        entries = [entry for entry in node if entry.name != step]
    return Mapping(tuple(entries), node.span, node.trailing)
