"""`embed`: what an objective computes up to the operands of its losses, as statements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfmc.components import ValueKind
from vfmc.emit.bodies import member_context, stream
from vfmc.emit.body import Body
from vfmc.emit.names import variable
from vfmc.emit.printer import call as call_text
from vfmc.emit.printer import lines
from vfmc.emit.templates import macro
from vfmc.graph import Graph, Scope, Value
from vfmc.passes.batch_views import mixes
from vfmc.plan.contract import inputs_of, masked
from vfmc.types import Mask, Number, Views, item

if TYPE_CHECKING:
    from vfmc.emit.objective import ObjectiveWriter


def tower_place(tower: str, copy: str, root: str) -> str:
    """Where the module of a tower stands in the objective: `self.trunk`, or inside a copy."""
    if not copy:
        return f"self.{tower}"
    if tower == root:
        return f"self.{copy}"
    return f"self.{copy}.{tower}"


def application(
    writer: ObjectiveWriter, scope: Scope, body: Body, names: dict[int, str], key: str | None
) -> tuple[str, list[str]]:
    """The call of a tower as the objective writes it: the function and its arguments."""
    towers, program = writer.towers, writer.program
    root = program.towers[scope.copy].copies if scope.copy else ""
    places = {name: tower_place(name, scope.copy, root) for name in [scope.tower, *body.needs]}
    operands = [names[body.parts["x"]]] if "x" in body.parts else []
    operands += [
        f"{p.name}={names[body.parts[p.key]]}"
        for p in body.parameters
        if p.key in body.parts and p.key != "x"
    ]
    if key is not None and body.random:
        operands.append(f"key_B={key}")
    method = towers.method(scope.tower, body.place)
    if towers.owns(scope.tower):
        operands += [f"{name}={places[name]}" for name in body.needs]
        return places[scope.tower] + (f".{method}" if method != "forward" else ""), operands
    return scope.tower + (f"_{method}" if method != "forward" else ""), [
        *(places[name] for name in body.needs),
        *operands,
    ]


class Embed:
    """Writes what `embed` does for the losses of one part."""

    def __init__(
        self, writer: ObjectiveWriter, losses: list[str], graph: Graph | None = None, clean: bool = False
    ) -> None:
        self.writer, self.losses, self.clean = writer, losses, clean
        self.graph = writer.graph if graph is None else graph
        self.names: dict[int, str] = {}
        self.taken: set[str] = set()
        self.code: list[str] = []
        self.silent = False  # whether the last line stands under `no_grad`

    def lines(self) -> list[str]:
        """Statements that end with the dictionary of operands."""
        wanted = self._wanted()
        for id in [id for id in self.graph.values if id in wanted]:
            self.make(id)
        entries = [entry for name in self.losses for entry in self._operands(name)]
        if any(line.find("key_B") >= 0 for line in self.code):
            self.code.insert(0, 'key_B = batch["key"] if self.training else None')
        return [*self.code, "return {", *(f"    {entry}," for entry in entries), "}"]

    def called(self, tower: str, id: int, inputs: dict[int, str]) -> list[str]:
        """Statements that return what a tower gives for `inputs`, with the towers that it reads."""
        self.names |= inputs
        made_by = [s for s in self.graph.scopes.values() if s.result == id and s.parent is None]
        scope = next((s for s in made_by if s.path == f"evaluation/{tower}"), made_by[0])
        body = self.writer.towers.body(self.graph, scope)
        for part in body.parts.values():
            self.make(part)
        function, arguments = application(self.writer, scope, body, self.names, None)
        return [*self.code, *call_text(function, arguments, prefix="return ", indent=12)]

    def make(self, id: int) -> None:
        """The statement that makes a value, after those that make what it reads; nothing if it is there."""
        if id in self.names:
            return
        value = self.graph.values[id]
        chain = self.graph.chain(value.scope)
        if chain:
            scope = self.graph.scopes[chain[-1]]
            for part in self.writer.towers.body(self.graph, scope).parts.values():
                self.make(part)
            self._scope(scope)
        elif value.make in ("input", "view"):
            self._data(value)
        elif value.make == "mask":
            self._mask(value)
        elif value.make == "apply" and not isinstance(value.type, Number):
            for operand in value.reads():
                self.make(operand)
            self._apply(value)

    def _wanted(self) -> set[int]:
        """Every value that the losses of this part need, but the data that only other data is made of."""
        found: set[int] = set()
        stack = [self.writer.terms[name].value for name in self.losses]
        while stack:
            id = stack.pop()
            if id in found:
                continue
            found.add(id)
            if self.graph.values[id].make not in ("view", "mask"):
                stack += self.graph.values[id].reads()
        return found

    def _fresh(self, *choices: str) -> str:
        """The first of these names that is not taken."""
        number = 2
        for name in choices:
            if name not in self.taken:
                self.taken.add(name)
                return name
        base, _, suffix = choices[-1].rpartition("_")
        while f"{base}{number}_{suffix}" in self.taken:
            number += 1
        self.taken.add(f"{base}{number}_{suffix}")
        return f"{base}{number}_{suffix}"

    def _data(self, value: Value) -> None:
        name = self._fresh(variable(value.name, value.type))
        self.names[value.id] = name
        self.silent = False
        self.code.append(f'{name} = batch["{value.name}"]')

    def _mask(self, value: Value) -> None:
        self.names[value.id] = self._fresh(value.name)
        self.silent = False
        self.code.append(f'{value.name} = Mask(batch["{value.name}.visible"], batch["{value.name}.hidden"])')

    def _apply(self, value: Value) -> None:
        """A value that belongs to no tower: a target, or a field of a tower's result."""
        name = self._fresh(variable(value.name.rpartition(".")[2], value.type))
        if isinstance(value.component, ValueKind):
            self.writer.offer(value.component)
            text = self.writer.value_text(value, self.names)
        else:
            context = {
                "out": name,
                "running": name,
                "variant": value.variant,
                "stream": 0,
                "prefix": 0,
                "like": "",
            }
            context |= {key: self.names[ids[0]] for key, ids in value.operands}
            rendered = macro(
                value.component,
                "apply",
                member_context(value.component, value.facts, "", self.writer.towers.uses),
                context,
            )
            text = lines(rendered or "")[0].partition(" = ")[2]
        self.names[value.id] = name
        self.silent = False
        self.code.append(f"{name} = {text}")

    def _scope(self, scope: Scope) -> None:
        """An application of a tower, mapped over its views."""
        body = self.writer.towers.body(self.graph, scope)
        operand = self.graph.values[scope.operand]
        result = self.graph.values[scope.result].type
        type = Views(result, scope.views, "") if scope.views else result
        label = (
            scope.copy
            if scope.copy and self.writer.program.towers[scope.copy].copies == scope.tower
            else f"{scope.copy}_{scope.tower}".strip("_")
        )
        name = self._fresh(variable(label, type), variable(f"{label}_{operand.name}", type))
        number = stream(scope.path)
        silent = self.clean or scope.stopped or scope.detached or scope.tower in self.writer.frozen
        results = [name, *self._extras(scope, body, label)]
        targets = ", ".join(results)
        before, after = f"{targets} = ", ""
        several = len(results) > 1
        if not scope.views:
            names, key = self.names, f"fold(key_B, {number})"
        elif scope.batched:
            listed = [id for id in body.parts.values() if self._listed(id)]
            names = {**self.names, **{id: self._each(id, ".flatten(0, 1)") for id in listed}}
            key = f"spread(key_B, {number}, {scope.views})"
            after = f".unflatten(0, ({scope.views}, -1))"
            if several:
                before, after = f"{targets} = (x{after} for x in ", ")"
        else:
            listed = [id for id in body.parts.values() if self._listed(id)]
            names = {**self.names, **{id: self._each(id, "[view]") for id in listed}}
            key = f"fold(key_B, {number} + view)"
            before, after = f"{targets} = torch.stack([", f" for view in range({scope.views})])"
            if several:
                before, after = (
                    f"{targets} = (torch.stack(x) for x in zip(*(",
                    f" for view in range({scope.views})), strict=True))",
                )
        function, arguments = application(self.writer, scope, body, names, None if silent else key)
        if have := self._seen(scope):
            function, arguments = "of_present", [have, function, *arguments]
        made = call_text(function, arguments, prefix=before, indent=12 + len(after))
        made[-1] += after
        self.names[scope.result] = name
        self.names |= dict(zip(body.extras, results[1:], strict=True))
        for value in self.graph.within(scope.id):
            self.names.setdefault(value.id, name)
        self._append(made, scope)

    def _seen(self, scope: Scope) -> str:
        """Which samples an application may see, where some may lack what it reads and it has statistics of all that it sees."""
        inside = self.graph.within(scope.id)
        if not masked(self.writer.program) or not any(mixes(self.graph, value) for value in inside):
            return ""
        return " & ".join(f'batch["{name}.present"]' for name in inputs_of(self.graph, scope.result))

    def _extras(self, scope: Scope, body: Body, label: str) -> list[str]:
        """Names for the labelled values that an application returns beside its result."""
        found = []
        for id, own in zip(body.extras, body.labels, strict=True):
            type = self.graph.values[id].type
            found.append(
                self._fresh(
                    variable(
                        f"{label}_{own.replace('.', '_')}",
                        Views(type, scope.views, "") if scope.views else type,
                    )
                )
            )
        return found

    def _each(self, id: int, part: str) -> str:
        """A part of a list; of a list of masks, that part of both of its indices."""
        name = self.names[id]
        if isinstance(item(self.graph.values[id].type), Mask):
            return f"Mask({name}.visible_BK{part}, {name}.hidden_BM{part})"
        return f"{name}{part}"

    def _listed(self, id: int) -> bool:
        if isinstance(self.graph.values[id].type, Views):
            return True
        chain = self.graph.chain(self.graph.values[id].scope)
        return bool(chain and self.graph.scopes[chain[-1]].views)

    def _append(self, made: list[str], scope: Scope) -> None:
        """Without gradient where the scope says so; neighbours share one block."""
        if self.clean or not (scope.stopped or scope.detached):
            self.code += made
            self.silent = False
            return
        if not self.silent:
            self.code.append("with torch.no_grad():")
        self.code += [f"    {line}" for line in made]
        self.silent = True

    def _operands(self, loss: str) -> list[str]:
        """The operands of a loss as entries of the dictionary: its values, or what its template sums of them for every sample."""
        value = self.graph.values[self.writer.terms[loss].value]
        have = self.writer.present(loss)
        also = (
            [f'"{loss}.present": ' + " & ".join(f'batch["{name}.present"]' for name in have)] if have else []
        )
        names = {name: self.names[ids[0]] for name, ids in value.operands if ids[0] in self.names}
        summed = self.writer.summarised(loss, names)
        if summed:
            return [f'"{loss}.sums": {summed}', *also]
        found = also
        for name, ids in value.operands:
            first = self.graph.values[ids[0]]
            if isinstance(first.type, Number):
                continue
            key = self.writer.key(loss, name, ids)
            text = self.names[ids[0]]
            if isinstance(item(first.type), Mask):
                text = f"{text}.hidden_BM"
            elif len(ids) > 1:
                text = (
                    "torch.cat(["
                    + ", ".join(
                        self.names[id] if self._listed(id) else f"{self.names[id]}[None]" for id in ids
                    )
                    + "])"
                )
            found.append(f'"{key}": {text}')
        return found
