"""The Graph: a typed dataflow program in two tables, modules and values, and the scopes that values belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import cached_property
from typing import Any

from vfmc.components import Component, Weight
from vfmc.source import NOWHERE, Span
from vfmc.source.record import record, replace
from vfmc.types import Type


@record(frozen=True)
class Follow:
    """The policy of a copy: what it follows, and how."""

    source: str  # the module that is followed
    copy: str  # the tower that is the copy
    component: Component  # the `ema` with its momentum


@record(frozen=True)
class Module:
    """What owns weights. `name` is the spec path and the prefix of its weights; it never changes after the check."""

    name: str
    tower: str  # the tower (or loss, or value) whose class holds it
    component: Component
    weights: tuple[Weight, ...]
    facts: dict[str, Any] = field(hash=False)
    frozen: bool = False
    follow: Follow | None = None
    path: str = ""  # the place in the spec, such as towers.vision.pipe[2]
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def label(self) -> str:
        """Its name inside the tower that owns it."""
        return self.name.rpartition(".")[2]

    @property
    def size(self) -> int:
        return sum(weight.size for weight in self.weights if not weight.buffer)

    @property
    def learns(self) -> bool:
        """Whether it owns learned weights, those of somebody else's module included, whose number is not known."""
        return any(not weight.buffer for weight in self.weights)


@record(frozen=True)
class Scope:
    """One application of a tower. `views` > 0 maps it over a list; `batched` does so in one call instead of a loop."""

    id: int
    tower: str
    prefix: str  # what stands before the names of its modules: "" or the name of a copy and a dot
    parent: int | None = None
    views: int = 0
    batched: bool = False
    stopped: bool = False  # no gradient flows through: a copy
    detached: bool = False  # run without recording a graph: a frozen tower
    copy: str = ""
    path: str = ""  # names the randomness that is drawn inside: the same at every level
    operand: int = -1
    takes: tuple[tuple[str, int], ...] = ()  # named operands that were given
    result: int = -1
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@record(frozen=True)
class Value:
    """What flows. `make` is input, view, mask, apply or loss; `operands` name the values that it is made of."""

    id: int
    name: str
    make: str
    type: Type
    component: Component
    operands: tuple[tuple[str, tuple[int, ...]], ...] = ()
    module: str = ""
    variant: str = "all"
    facts: dict[str, Any] = field(default_factory=dict, hash=False)
    scope: int | None = None
    path: str = ""
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    def operand(self, name: str) -> int:
        """The one value given for an operand."""
        return dict(self.operands)[name][0]

    def reads(self) -> Iterator[int]:
        for _, ids in self.operands:
            yield from ids

    def has(self, name: str) -> bool:
        return any(operand == name for operand, _ in self.operands)


@record(frozen=True)
class Term:
    """A loss of the objective with its weight; `weight` may be a schedule."""

    name: str
    value: int
    weight: float | Component = 1.0


@record(frozen=True)
class Graph:
    """The whole program of one phase, or of evaluation. `values` are in an order in which operands come first."""

    name: str
    modules: dict[str, Module]
    values: dict[int, Value]
    scopes: dict[int, Scope]
    terms: tuple[Term, ...] = ()
    outputs: dict[str, int] = field(default_factory=dict)  # evaluation: tower -> value

    def roots(self) -> list[int]:
        """The values that must stay."""
        return [term.value for term in self.terms] + list(self.outputs.values())

    @cached_property
    def users(self) -> dict[int, list[int]]:
        """For every value, those that read it, in order."""
        found: dict[int, list[int]] = {id: [] for id in self.values}
        for value in self.values.values():
            for operand in value.reads():
                found[operand].append(value.id)
        return found

    def behind(self, *roots: int, ends: tuple[str, ...] = ()) -> list[Value]:
        """What some values are made of and these values themselves, in order; nothing behind those whose `make` is one of `ends`."""
        found = set(roots)
        for id in reversed(self.values):  # operands come first
            if id in found and self.values[id].make not in ends:
                found.update(self.values[id].reads())
        return [value for id, value in self.values.items() if id in found]

    def inside(self, scope: int) -> list[Value]:
        """The values that belong to a scope itself, in order."""
        return [value for value in self.values.values() if value.scope == scope]

    def within(self, scope: int) -> list[Value]:
        """The values of a scope and of those nested in it, in order."""
        return self._within[scope]

    @cached_property
    def _within(self) -> dict[int, list[Value]]:
        found: dict[int, list[Value]] = {id: [] for id in self.scopes}
        for value in self.values.values():
            for scope in self.chain(value.scope):
                found[scope].append(value)
        return found

    def chain(self, scope: int | None) -> list[int]:
        """A scope and those around it, innermost first."""
        found = []
        while scope is not None:
            found.append(scope)
            scope = self.scopes[scope].parent
        return found

    def edit(self, changed: Iterable[Value] = (), scopes: Iterable[Scope] = ()) -> Graph:
        """The graph with these values and scopes in the place of those with the same id."""
        return replace(
            self,
            values={**self.values, **{value.id: value for value in changed}},
            scopes={**self.scopes, **{scope.id: scope for scope in scopes}},
        )

    def insert(self, new: Value, before: int) -> Graph:
        """The graph with a new value placed just before another."""
        values: dict[int, Value] = {}
        for id, value in self.values.items():
            if id == before:
                values[new.id] = new
            values[id] = value
        return replace(self, values=values)

    def fresh(self) -> int:
        """An id that no value has."""
        return max(self.values, default=-1) + 1

    def redirect(self, moves: dict[int, int]) -> Graph:
        """Every use of a key of `moves` reads its value instead; what nothing reads any longer is removed."""

        def to(id: int) -> int:
            while id in moves:
                id = moves[id]
            return id

        values = {
            id: replace(
                value, operands=tuple((name, tuple(to(i) for i in ids)) for name, ids in value.operands)
            )
            for id, value in self.values.items()
        }
        scopes = {
            id: replace(
                scope,
                operand=to(scope.operand),
                result=to(scope.result),
                takes=tuple((name, to(take)) for name, take in scope.takes),
            )
            for id, scope in self.scopes.items()
        }
        outputs = {name: to(id) for name, id in self.outputs.items()}
        return replace(self, values=values, scopes=scopes, outputs=outputs).pruned()

    def pruned(self) -> Graph:
        """Without values that no loss and no output needs, and without scopes that are empty then.

        A tower of which anything is needed keeps its result: its method is one, whatever is read of it.
        """
        live: set[int] = set()
        stack = self.roots()
        while stack:
            id = stack.pop()
            if id not in live:
                live.add(id)
                stack.extend(self.values[id].reads())
                stack.extend(self.scopes[scope].result for scope in self.chain(self.values[id].scope))
        values = {id: value for id, value in self.values.items() if id in live}
        used: set[int] = set()
        for value in values.values():
            used.update(self.chain(value.scope))
        for scope in self.scopes.values():  # a scope that passes its operand on holds no value of its own
            if scope.result in live and scope.parent in used:
                used.add(scope.id)
        return replace(
            self, values=values, scopes={id: scope for id, scope in self.scopes.items() if id in used}
        )
