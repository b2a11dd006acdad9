"""What the check knows while it runs: declarations, findings, and the Graph it is building."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from typing import Any

from vfmc.check.once import Once
from vfmc.check.problems import Problems
from vfmc.components import Component, Ref, Weight
from vfmc.graph import Follow, Graph, Module, Scope, Term, Value
from vfmc.source import NOWHERE, Label, Span
from vfmc.source.record import record, replace
from vfmc.source.suggest import distance, nearest
from vfmc.syntax.tree import Entry, Mapping, Node, Scalar
from vfmc.types import Bad, Type

MOST_VALUES = 4_000  # of one Graph; the largest published systems have under 1,000
MOST_WEIGHTS = 20_000  # tensors; the largest published towers have under 1,000, in some 50 blocks
MOST_COMPARED = 50_000  # names that are compared to find what was meant
DEEPEST = 50  # names that stand for one another
BAD = Ref(-1, Bad())  # what was reported already: silent from here on

KIND_WORDS = {
    "inputs": "an input", "views": "a view", "masks": "a mask", "towers": "a tower", "values": "a value",
    "losses": "a loss", "sources": "a source",
}  # fmt: skip


@record(frozen=True)
class Declaration:
    """A name of the spec: the section it is in, its key, its node."""

    section: str
    name: str
    node: Node
    span: Span


class TooLarge(Exception):
    """The spec stands for more than anyone means; raised from wherever that shows."""

    def __init__(self, what: str, span: Span) -> None:
        super().__init__(what)
        self.what, self.span = what, span


@record()
class Builder:
    """The values and scopes of one Graph in the making."""

    values: dict[int, Value] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)
    names: dict[str, tuple[Ref, ...]] = field(
        default_factory=dict
    )  # what inputs, views, masks and values became

    def add(self, **fields: Any) -> Value:
        value = Value(id=len(self.values), **fields)
        if value.id >= MOST_VALUES:
            raise TooLarge(f"more than {MOST_VALUES:,} applications of stages", value.span)
        self.values[value.id] = value
        return value

    def scope(self, **fields: Any) -> Scope:
        scope = Scope(id=len(self.scopes), **fields)
        self.scopes[scope.id] = scope
        return scope

    def graph(
        self, name: str, modules: dict[str, Module], terms: list[Term], outputs: dict[str, int]
    ) -> Graph:
        return Graph(name, modules, dict(self.values), dict(self.scopes), tuple(terms), outputs)


@record()
class Context:
    """One check of one settled spec."""

    root: Mapping
    problems: Problems
    once: Once = field(default_factory=Once)  # shared by the base and its phases
    declared: dict[str, Declaration] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    built: dict[int, Component] = field(default_factory=dict)  # by the identity of the node
    called: list[tuple[Component, Span]] = field(default_factory=list)  # what was built, where it is named
    entries: dict[int, tuple[Entry, ...]] = field(
        default_factory=dict
    )  # the arguments of what was built, by its identity
    builder: Builder = field(default_factory=Builder)
    evaluating: list[str] = field(default_factory=list)  # names on the way, to find cycles
    used: set[str] = field(default_factory=set)  # names that something read
    towers: dict[str, Any] = field(default_factory=dict)  # the towers as `check/towers.py` reads them
    fields: dict[tuple[int, str], Ref] = field(default_factory=dict)  # (result, label) -> the labelled value
    applied: dict[str, list[tuple[Ref, ...]]] = field(default_factory=dict)  # tower -> operands it met
    weights: int = 0  # tensors of all modules
    tables: dict[str, tuple[dict[str, Any], Span]] = field(default_factory=dict)  # fixed positions, by stage
    texts: dict[int, int] = field(default_factory=dict)  # tokens -> the text whose words they are
    units: dict[tuple[str, str], tuple[Ref, Span]] = field(
        default_factory=dict
    )  # (tower, medium) -> first operand
    rings: set[frozenset[str]] = field(default_factory=set)  # cycles that were told
    compared: int = 0  # names, to find what was meant
    unread: bool = False  # whether a section of names could not be read
    said: set[str] | None = None  # every word that stands as a value
    known: dict[tuple[str, ...], tuple[int, list[str]]] = field(
        default_factory=dict
    )  # names by section, of so many

    def error(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.problems.error(code, message, span, **more)

    def names_of(self, *sections: str) -> list[str]:
        size, found = self.known.get(sections, (-1, []))
        if size != len(self.declared):  # they are declared one by one
            found = [d.name for d in self.declared.values() if d.section in sections]
            self.known[sections] = len(self.declared), found
        return found

    def read_somewhere(self, word: str) -> bool:
        """Whether anything in the spec says this name; a declaration that nothing says may be misspelt itself."""
        if self.said is None:
            self.said = words(self.root)
        return word in self.said

    def meant(self, word: str, candidates: Iterable[str]) -> str | None:
        """The name that was meant: the nearest one, and among equals one that nothing else says."""
        known = list(candidates)
        self.compared += len(known)
        if self.compared > MOST_COMPARED:
            return None
        near = nearest(word, known)
        lonely = nearest(word, [name for name in known if not self.read_somewhere(name)])
        if near is None or lonely is None or near == lonely:
            return near
        return lonely if distance(word, lonely) <= distance(word, near) else near

    def unknown_name(
        self, word: str, span: Span, wanted: str, candidates: Iterable[str], *, takes: dict[str, Span] | None = None,
        code: str = "REF103", message: str = "", label: str | None = None, fallback: str = "",
    ) -> None:  # fmt: skip
        """Report a name that is not declared, with the nearest of those that would fit.

        `takes` are the operands of the tower around it, with where they are named.
        """
        if word in self.declared and not message:
            there = KIND_WORDS[self.declared[word].section]
            declared = (Label(self.declared[word].span, "declared here"),)
            fits = [name for name in candidates if name != word]
            help = (
                f"did you mean `{fits[0]}`?"
                if len(fits) == 1
                else f"{wanted} is one of {', '.join(fits[:8])}"
                if fits
                else ""
            )
            self.error(
                "REF105",
                f"`{word}` is {there}, and {wanted} is needed here",
                span,
                labels=declared,
                help=help,
            )
            return
        known, takes = list(candidates), takes or {}
        near = self.meant(word, known)
        if near is None and self.compared <= MOST_COMPARED:
            near = self.meant(word, self.declared.keys() | takes.keys())
        if near is None and self.unread:
            self.problems.missed = True  # it may be declared in a section that could not be read
            return
        place: Span | None = None
        if near:
            place = (
                takes[near] if near in takes else self.declared[near].span if near in self.declared else None
            )
        lonely = near is not None and place is not None and not self.read_somewhere(near)
        labels: tuple[Label, ...] = ()
        if place is not None and place is not NOWHERE:
            unread = lonely and near not in self.names_of("losses", "sources")
            labels = (Label(place, f"`{near}` is declared here" + ", and nothing reads it" * unread),)
        listed = f"choose one of {', '.join(known[:8])}" if known else ""
        help = f"did you mean `{near}`?" if near else fallback or listed
        self.problems.unknown(
            word,
            code,
            message or f"there is no `{word}`",
            span,
            label=f"{wanted} is needed here" if label is None else label,
            help=help,
            labels=labels,
            place=place if lonely else None,
        )

    def span_of(self, component: Component, argument: str) -> Span:
        """Where an argument of a component stands."""
        for entry in self.entries.get(id(component), ()):
            if entry.name == argument:
                return entry.value.span
        return self.root.span

    def deeper(self, name: str, span: Span) -> None:
        """Raises where names stand for names for names, without end in sight."""
        if len(self.evaluating) >= DEEPEST and name not in self.evaluating:
            raise TooLarge(f"names that stand for one another {DEEPEST} times over", span)

    def copied_by(self, name: str, copy: str) -> bool:
        """Whether `copy` is `name` itself, or what `name` is a copy of."""
        seen = set()
        while name not in seen:
            if name == copy:
                return True
            seen.add(name)
            name = getattr(self.towers.get(name), "copies", "")
        return False

    def cycle(self, ring: list[str], message: str, span: Span) -> None:
        """Report names that need one another, once for each ring."""
        if frozenset(ring) not in self.rings:
            self.rings.add(frozenset(ring))
            way = f": {' <- '.join(ring)}" if len(ring) > 2 else ""
            labels = (Label(self.declared[ring[0]].span, "declared here"),)
            self.error(
                "REF109",
                f"{message}{way}",
                span,
                labels=labels,
                help="name something else here, or take this out",
            )

    def module(
        self, name: str, tower: str, component: Component, weights: Sequence[Weight], facts: dict[str, Any], path: str,
        span: Span, *, frozen: bool = False, follow: Follow | None = None, resizes: bool = False,
    ) -> None:  # fmt: skip
        """Enter a module, or check that it is the one that was entered under this name."""
        made = Module(name, tower, component, tuple(weights), facts, frozen, follow, path, span)
        old = self.modules.get(name)
        if old is None:
            self.modules[name] = made
            self.weights += len(made.weights)
            if self.weights > MOST_WEIGHTS:
                raise TooLarge(f"more than {MOST_WEIGHTS:,} weights: the blocks of all towers together", span)
        elif old.path != path:
            self.error(
                "REF110",
                f"two stages would name their weights `{name}`",
                span,
                help="give one of them a label with `as`",
                labels=(Label(old.span, "the first one"),),
            )
        elif resizes and not resampled(old.facts, facts):
            self.error(
                "SHP215",
                f"`{name}` holds positions of {extent(old.facts)}, which cannot be resampled to {extent(facts)}",
                span,
                help="one table serves square grids of several sizes, or texts of one length: give both crops one shape",
                labels=(Label(old.span, "first used here"),),
            )
        elif resizes:
            if sum(w.size for w in weights) > sum(w.size for w in old.weights):
                self.modules[name] = replace(made, facts={**facts, "resampled": True})
            elif old.weights != made.weights:
                self.modules[name] = replace(old, facts={**old.facts, "resampled": True})
        elif old.weights != made.weights:
            change = next(
                (f"{a.name} is {list(a.shape)} there and {list(b.shape)} here")
                for a, b in zip(old.weights, made.weights, strict=False)
                if a != b
            )
            self.error(
                "SHP213",
                f"`{name}` is used twice with weights of different shapes: {change}",
                span,
                help="the same name means the same weights: give both uses operands of one width",
                labels=(Label(old.span, "first used here"),) if old.span != span else (),
                cause=self.declared[tower].span if tower in self.declared else None,
            )

    def table(self, name: str, facts: dict[str, Any], span: Span) -> None:
        """Enter a fixed table of positions, or report that it would have to serve two grids: it is made for one."""
        old, first = self.tables.setdefault(name, (facts, span))
        if (old.get("grid"), old.get("count")) != (facts.get("grid"), facts.get("count")):
            self.error(
                "SHP215",
                f"`{name}` holds fixed positions of {extent(old)}, and {extent(facts)} arrives as well",
                span,
                help="use position(kind: learned), whose table is resampled",
                labels=() if first == span else (Label(first, "first used here"),),
            )

    def retype(self, ref: Ref, type: Type) -> Ref:
        """Give a value the type that a later consumer fixed."""
        self.builder.values[ref.id] = replace(self.builder.values[ref.id], type=type)
        return replace(ref, type=type)


def words(root: Mapping) -> set[str]:
    """Every word that the spec says where a name may stand: values, their parts between dots, and the keys of calls."""
    found: set[str] = set()
    stack: list[tuple[Node, int, bool]] = [(root, 0, False)]
    while stack:
        node, depth, declares = stack.pop()
        if isinstance(node, Scalar):
            if isinstance(node.value, str):
                found.update(node.value.split("."))
        elif isinstance(node, Mapping):
            for entry in node:
                section = depth == 0 and entry.name in KIND_WORDS
                if depth > 0 and not declares:
                    found.update(entry.name.split("."))
                stack.append((entry.value, depth + 1, section or entry.name == "takes"))
        else:
            stack += [(part, depth + 1, False) for part in node]
    return found


def resampled(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether one table of positions can serve both: the same places, or square grids with the same prefix."""
    if one.get("grid") == other.get("grid") and one.get("count") == other.get("count"):
        return True
    square = all(facts.get("grid") and facts["grid"][0] == facts["grid"][1] for facts in (one, other))
    return square and one.get("prefix") == other.get("prefix")


def extent(facts: dict[str, Any]) -> str:
    """What a table of positions covers, in words."""
    grid = facts.get("grid")
    return f"a grid of {grid[0]} x {grid[1]}" if grid else f"{facts.get('count')} words"
