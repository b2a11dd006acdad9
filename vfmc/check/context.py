"""What the check knows while it runs: declarations, findings, and the Graph it is building."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from vfmc.check.problems import Problems
from vfmc.components.base import Component, Ref, Weight
from vfmc.graph import Follow, Graph, Module, Scope, Term, Value
from vfmc.source import NOWHERE, Label, Span
from vfmc.source.suggest import nearest
from vfmc.syntax.tree import Mapping, Node
from vfmc.types import Bad, Type

BAD = Ref(-1, Bad())  # what was reported already: silent from here on

KIND_WORDS = {
    "inputs": "an input", "views": "a view", "masks": "a mask", "towers": "a tower", "values": "a value",
    "losses": "a loss", "sources": "a source",
}  # fmt: skip


@dataclass(frozen=True)
class Declaration:
    """A name of the spec: the section it is in, its key, its node."""

    section: str
    name: str
    node: Node
    span: Span


@dataclass
class Builder:
    """The values and scopes of one Graph in the making."""

    values: dict[int, Value] = field(default_factory=dict)
    scopes: dict[int, Scope] = field(default_factory=dict)
    names: dict[str, tuple[Ref, ...]] = field(default_factory=dict)  # what inputs, views, masks and values became

    def add(self, **fields: Any) -> Value:
        value = Value(id=len(self.values), **fields)
        self.values[value.id] = value
        return value

    def scope(self, **fields: Any) -> Scope:
        scope = Scope(id=len(self.scopes), **fields)
        self.scopes[scope.id] = scope
        return scope

    def graph(self, name: str, modules: dict[str, Module], terms: list[Term], outputs: dict[str, int]) -> Graph:
        return Graph(name, modules, dict(self.values), dict(self.scopes), tuple(terms), outputs)


@dataclass
class Context:
    """One check of one settled spec."""

    root: Mapping
    problems: Problems
    declared: dict[str, Declaration] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    built: dict[int, Component] = field(default_factory=dict)  # by the identity of the node
    builder: Builder = field(default_factory=Builder)
    evaluating: list[str] = field(default_factory=list)  # names on the way, to find cycles
    used: set[str] = field(default_factory=set)  # names that something read
    towers: dict[str, Any] = field(default_factory=dict)  # the towers as `check/towers.py` reads them
    fields: dict[tuple[int, str], Ref] = field(default_factory=dict)  # (result, label) -> the labelled value
    applied: dict[str, list[tuple[Ref, ...]]] = field(default_factory=dict)  # tower -> operands it met
    texts: dict[int, int] = field(default_factory=dict)  # tokens -> the text whose words they are

    def error(self, code: str, message: str, span: Span, **more: Any) -> None:
        self.problems.error(code, message, span, **more)

    def names_of(self, *sections: str) -> list[str]:
        return [d.name for d in self.declared.values() if d.section in sections]

    def unknown_name(self, word: str, span: Span, wanted: str, candidates: list[str]) -> None:
        """Report a name that is not declared, with the nearest of those that would fit."""
        near = nearest(word, candidates) or nearest(word, list(self.declared))
        labels: tuple[Label, ...] = ()
        if near and near in self.declared and self.declared[near].span is not NOWHERE:
            labels = (Label(self.declared[near].span, f"`{near}` is declared here"),)
        if word in self.declared:
            there = KIND_WORDS[self.declared[word].section]
            self.error("REF105", f"`{word}` is {there}, and {wanted} is needed here", span, labels=(Label(self.declared[word].span, "declared here"),))
            return
        self.error(
            "REF103",
            f"there is no `{word}`",
            span,
            label=f"{wanted} is needed here",
            help=f"did you mean `{near}`?" if near else "",
            labels=labels,
        )

    def module(
        self, name: str, tower: str, component: Component, weights: list[Weight], facts: dict[str, Any], path: str,
        span: Span, *, frozen: bool = False, follow: Follow | None = None, resizes: bool = False,
    ) -> None:  # fmt: skip
        """Enter a module, or check that it is the one that was entered under this name."""
        made = Module(name, tower, component, tuple(weights), facts, frozen, follow, path, span)
        old = self.modules.get(name)
        if old is None:
            self.modules[name] = made
        elif old.path != path:
            self.error(
                "REF110",
                f"two stages would name their weights `{name}`",
                span,
                help="give one of them a label with `as`",
                labels=(Label(old.span, "the first one"),),
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
                labels=(Label(old.span, "first used here"),),
            )

    def retype(self, ref: Ref, type: Type) -> Ref:
        """Give a value the type that a later consumer fixed."""
        self.builder.values[ref.id] = replace(self.builder.values[ref.id], type=type)
        return replace(ref, type=type)
