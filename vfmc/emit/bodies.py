"""From applications to methods: every application of a tower is a body of statements, and equal bodies are one method.

A scope of the Graph becomes a `Body`: its parameters, its statements, its result. The bodies of one tower are merged into one `forward`;
where two differ by an operand that one of them was not given, the difference goes under `if operand is None`. Ways that no operand tells
apart have methods of their own, called by what they are applied to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from vfmc.components import Component, Stage
from vfmc.emit.body import Body, Parameter, apart, only, same
from vfmc.emit.names import result, running, variable
from vfmc.emit.printer import lines
from vfmc.emit.templates import macro
from vfmc.graph import Graph, Module, Scope, Value
from vfmc.types import Image, Mask, Tokens, Type, Video, item


def stream(path: str) -> int:
    """A number that names a stream of randomness: stable, and far from its neighbours."""
    return int.from_bytes(hashlib.blake2b(path.encode(), digest_size=5).digest(), "big") * 4096


PIXELS = "pixels"  # what a tower of pictures and of videos calls either


def of_several_media(graphs: Iterable[Graph]) -> frozenset[str]:
    """The towers that read pictures in one place and videos in another."""
    found: dict[str, set[type]] = {}
    for graph in graphs:
        for scope in graph.scopes.values():
            if scope.operand in graph.values:
                kind = type(item(graph.values[scope.operand].type))
                found.setdefault(scope.tower, set()).add(Image if issubclass(kind, Image) else kind)
    return frozenset(tower for tower, kinds in found.items() if kinds == {Image, Video})


class Towers:
    """All bodies of a program's towers, and what their classes are called."""

    def __init__(
        self,
        modules: dict[str, Module],
        uses: set[str],
        frozen: frozenset[str] = frozenset(),
        at_times: frozenset[str] = frozenset(),
        media: frozenset[str] = frozenset(),
    ) -> None:
        self.modules, self.uses = modules, uses
        self.media = media  # towers that read pictures in one place and videos in another
        self.frozen, self.at_times = frozen, at_times  # towers that are frozen in all phases, and in some
        self.bodies: dict[str, list[Body]] = {}
        self.by_scope: dict[tuple[int, int], Body] = {}
        self._groups: dict[str, dict[str, list[Body]]] = {}  # by tower, as far as they are known

    def add(self, graph: Graph) -> None:
        """The bodies of every scope of a graph."""
        for scope in graph.scopes.values():
            if scope.parent is None:
                self.body(graph, scope)

    def body(self, graph: Graph, scope: Scope) -> Body:
        """The body of one scope, with those nested in it."""
        key = (id(graph), scope.id)
        if key not in self.by_scope:
            made = _Writer(self, graph, scope).write()
            self.by_scope[key] = made
            known = self.bodies.setdefault(scope.tower, [])
            made.place = next((n for n, other in enumerate(known) if same(made, other)), len(known))
            if made.place == len(known):
                known.append(made)
                self._groups.clear()
        return self.by_scope[key]

    def groups(self, tower: str) -> dict[str, list[Body]]:
        """The bodies that each method of a tower merges. Where some read only a few tokens, they have a method of their own."""
        if tower in self._groups:
            return self._groups[tower]
        found: dict[str, list[Body]] = {}
        bodies = self.bodies.get(tower, [])
        narrow = {only(body) for body in bodies if not body.labels}
        for body in bodies:
            name = f"only_{only(body)}" if not body.labels and only(body) and len(narrow) > 1 else body.method
            found.setdefault(name, []).append(body)
        taken = {*found, *(label.partition(".")[0] for body in bodies for label in body.members)}
        for name, group in list(found.items()):
            found[name], *others = apart(group)
            for other in others:
                own = f"of_{other[0].operand}" if name == "forward" else f"{name}_of_{other[0].operand}"
                found[self._free(tower, own, taken)] = other
        self._groups[tower] = {
            name: found[name] for name in sorted(found, key=lambda name: name != "forward")
        }
        return self._groups[tower]

    def _free(self, tower: str, name: str, taken: set[str]) -> str:
        """A name for a method that neither a method, a stage nor the function of another tower has."""
        found, number = name, 2
        while found in taken or f"{tower}_{found}" in self.bodies:
            found, number = f"{name}_{number}", number + 1
        taken.add(found)
        return found

    def method(self, tower: str, place: int) -> str:
        """The method of a tower that an application calls, by the place of its body."""
        body = self.bodies[tower][place]
        return next(
            name for name, bodies in self.groups(tower).items() if any(body is other for other in bodies)
        )

    def named(self, text: str) -> str:
        """Calls of nested towers with the methods that they turned out to have."""

        def call(match: re.Match[str]) -> str:
            tower = match[1]
            name = self.method(tower, int(match[2]))
            return (
                tower if name == "forward" else f"{tower}.{name}" if self.owns(tower) else f"{tower}_{name}"
            )

        return re.sub(r"(\w+)\0(\d+)\0", call, text)

    def owns(self, tower: str) -> bool:
        """Whether a tower has a class: it owns weights or tables."""
        return any(body.members for body in self.bodies.get(tower, []))

    def leaves(self, tower: str) -> list[str]:
        """The towers with a class that an application of `tower` calls, itself first."""
        own = [tower] if self.owns(tower) else []
        nested = [leaf for body in self.bodies.get(tower, []) for leaf in body.needs]
        return list(dict.fromkeys([*own, *nested]))


class _Writer:
    """Writes the statements of one scope."""

    def __init__(self, towers: Towers, graph: Graph, scope: Scope) -> None:
        self.towers, self.graph, self.scope = towers, graph, scope
        self.body = Body(scope.tower)
        self.names: dict[int, str] = {}
        self.users = graph.users
        self.takes = {id: name for name, id in scope.takes}

    def write(self) -> Body:
        graph, scope, body = self.graph, self.scope, self.body
        items = self._items()
        inside = {value.id for entry in items for value in self._values(entry)}
        body.extras = [id for id in sorted(inside) if id != scope.result and self._escapes(id, inside)]
        body.labels = [self._label(id) for id in body.extras]
        self._parameters(items, inside)
        for position, entry in enumerate(items):
            if isinstance(entry, Scope):
                self._nested(entry)
            else:
                self._stage(entry, items[position + 1 :])
        result_id = scope.result
        body.result = item(graph.values[result_id].type)
        body.returns = ", ".join(self.names[id] for id in [result_id, *body.extras])
        body.operand = re.sub(r"\W", "_", graph.values[scope.operand].name)
        if body.random:
            body.parameters.append(Parameter("key", "key_B", "Tensor | None", Type(), optional=True))
        return body

    def _escapes(self, id: int, inside: set[int]) -> bool:
        """Whether something outside the tower reads a value inside it."""
        return any(user not in inside for user in self.users[id])

    def _label(self, id: int) -> str:
        """What a labelled value is called: a nested tower's result by the tower."""
        value = self.graph.values[id]
        nested = next(
            (s for s in self.graph.scopes.values() if s.result == id and s.id != self.scope.id), None
        )
        return nested.tower if nested is not None else value.name

    def _items(self) -> list[Value | Scope]:
        """Own stages and nested applications, in order."""
        found: list[Value | Scope] = []
        seen: set[int] = set()
        for value in self.graph.within(self.scope.id):
            chain = self.graph.chain(value.scope)
            place = chain.index(self.scope.id)
            if place == 0:
                found.append(value)
            elif chain[place - 1] not in seen:
                seen.add(chain[place - 1])
                found.append(self.graph.scopes[chain[place - 1]])
        return found

    def _values(self, entry: Value | Scope) -> list[Value]:
        if isinstance(entry, Value):
            return [entry]
        return self.graph.within(entry.id)

    def _parameters(self, items: list[Value | Scope], inside: set[int]) -> None:
        """What the body reads from outside: the main operand first, then the takes, then what it captured."""
        outer: list[int] = []
        for entry in items:
            for value in self._values(entry):
                outer += [id for id in value.reads() if id not in inside and id not in outer]
        main = self.scope.operand
        outer = [main] * (main in outer) + [id for id in outer if id != main]
        for id in outer:
            value = self.graph.values[id]
            kind = item(value.type)
            if id == main:
                key, name = "x", PIXELS if self.scope.tower in self.towers.media else running(kind)
            elif id in self.takes:
                key, name = self.takes[id], variable(self.takes[id], kind)
            else:
                key, name = (
                    value.name,
                    variable(value.name, kind) if not isinstance(kind, Mask) else value.name,
                )
                while key in self.body.parts:  # two values of one name
                    key, name = f"{key}2", variable(f"{key}2", kind)
            annotation = "Mask" if isinstance(kind, Mask) else "Tensor"
            optional = id in self.takes and id != main
            self.body.parameters.append(Parameter(key, name, annotation, kind, optional))
            self.body.parts[key] = id
            self.names[id] = name

    def _nested(self, scope: Scope) -> None:
        """A call of a nested tower."""
        inner = self.towers.body(self.graph, scope)
        noisy = inner.random and scope.tower not in self.towers.frozen  # a frozen tower draws nothing
        self.body.random = self.body.random or noisy
        own = self.towers.owns(scope.tower)
        needs = list(dict.fromkeys([scope.tower] * own + inner.needs))
        self.body.needs += [tower for tower in needs if tower not in self.body.needs]
        arguments = [self.names[inner.parts["x"]]] if "x" in inner.parts else []
        arguments += [
            f"{p.name}={self.names[inner.parts[p.key]]}"
            for p in inner.parameters
            if p.key in inner.parts and p.key != "x"
        ]
        at_times = scope.tower in self.towers.at_times  # while it is frozen its mode is that of evaluation
        key = f"key_B if {scope.tower}.training else None" if at_times else "key_B"
        arguments += [f"key_B={key}"] if noisy else []
        arguments = (
            [*(n for n in inner.needs if not own), *arguments]
            if not own
            else [*arguments, *(f"{n}={n}" for n in inner.needs)]
        )
        out = (
            variable(scope.tower, inner.result) if scope.result in self.body.extras else running(inner.result)
        )
        self.names[scope.result] = out
        extras = [
            variable(label.replace(".", "_"), item(self.graph.values[id].type))
            for id, label in zip(inner.extras, inner.labels, strict=True)
        ]
        self.names |= dict(zip(inner.extras, extras, strict=True))
        for value in self._values(scope):
            self.names.setdefault(value.id, out)
        call = f"{scope.tower}\0{inner.place}\0"  # which method that is, `named` tells when all are known
        self.body.statements.append([f"{', '.join([out, *extras])} = {call}({', '.join(arguments)})"])

    def _stage(self, value: Value, later: list[Value | Scope]) -> None:
        """A stage or an inserted op."""
        component = value.component
        op = component.kind == "op"
        out = self._out(value, later, op)
        facts = _facts(self.graph, value)
        context: dict[str, Any] = {
            "out": out,
            "variant": value.variant,
            "stream": stream(value.name) % (1 << 40),
            "prefix": facts.get("prefix", 0),
            "like": next((p.name for p in self.body.parameters if p.annotation == "Tensor"), "x_BND"),
        }
        for name, ids in value.operands:
            context[name] = self.names[ids[0]]
        context["running"] = out
        member = self._member(value, facts)
        text = macro(component, "apply", member, context)
        if text is None:
            raise LookupError(f"the template of {component.component_name} has no macro `apply`")
        self.body.statements.append(lines(text))
        self.names[value.id] = out
        if isinstance(component, Stage) and component.random:
            self.body.random = True

    def _member(self, value: Value, facts: dict[str, Any]) -> dict[str, Any]:
        """What the template knows of the stage's module."""
        name = value.name
        member = member_context(value.component, facts, f"self.{name}", self.towers.uses)
        if macro(value.component, "init", member) is not None:
            self.body.members.setdefault(name, value)
        return member

    def _out(self, value: Value, later: list[Value | Scope], op: bool) -> str:
        """The result's name: what flows down the pipe, unless something reads it after the next stage."""
        name = result(value.type, op)
        if value.id in self.body.extras:
            return variable(value.name.replace(".", "_"), item(value.type))
        readers = self.users[value.id]
        following = later[0] if later else None
        beyond = [
            id for id in readers if following is None or id not in {v.id for v in self._values(following)}
        ]
        if op or not beyond or all(self._outside(id) for id in beyond):
            return name
        if following is not None and isinstance(following, Value) and following.component.kind == "op":
            return name  # an op reads places, not tokens: what flows on is the same
        return variable(value.name.replace(".", "_"), item(value.type))

    def _outside(self, id: int) -> bool:
        return self.scope.id not in self.graph.chain(self.graph.values[id].scope)


def member_context(component: Component, facts: dict[str, Any], place: str, uses: set[str]) -> dict[str, Any]:
    """The names that every template sees of a module."""
    return {"self": place, "args": component.plain(), "facts": facts, "uses": uses}


def _facts(graph: Graph, value: Value) -> dict[str, Any]:
    """The facts of a value; those of its module where it has one, and the prefix of its operand."""
    facts = dict(value.facts)
    module = graph.modules.get(value.module)
    if module is not None:
        facts.update(module.facts)
    if "prefix" not in facts and value.has("x"):
        operand = item(graph.values[value.operand("x")].type)
        facts["prefix"] = operand.prefix if isinstance(operand, Tokens) else 0
    return facts
