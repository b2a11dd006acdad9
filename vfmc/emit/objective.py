"""`objective.py`: the losses, the copies that follow towers, their state; what training calls."""

from __future__ import annotations

import re
from dataclasses import field
from typing import Any

from vfmc.components import Component, Schedule, ValueKind
from vfmc.emit.bodies import Towers, member_context
from vfmc.emit.embed import Embed, tower_place
from vfmc.emit.model import imports, legend
from vfmc.emit.printer import WIDTH, class_name, comment, lines
from vfmc.emit.templates import DEFINITION, environment, helpers, macro, tower_class
from vfmc.emit.writes import writes
from vfmc.graph import Graph, Term, Value
from vfmc.graph.learning import frozen_towers, learners
from vfmc.graph.program import Program
from vfmc.plan.contract import inputs_of, masked
from vfmc.plan.parts import division
from vfmc.source.record import record
from vfmc.types import Number


@record()
class Written:
    """The lines of the class's methods."""

    init: list[str] = field(default_factory=list)
    embed: dict[str, list[str]] = field(default_factory=dict)
    combine: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    after: list[str] = field(default_factory=list)
    tower: list[str] = field(default_factory=list)
    follows: list[tuple[str, str]] = field(default_factory=list)
    frozen: list[str] = field(default_factory=list)
    knobs: dict[str, float] = field(default_factory=dict)
    writes: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    generate: list[str] = field(default_factory=list)


class ObjectiveWriter:
    """Writes one `Objective` class, for the losses of one phase."""

    def __init__(self, program: Program, graph: Graph, towers: Towers, name: str) -> None:
        self.program, self.graph, self.towers, self.name = program, graph, towers, name
        self.out = Written()
        self.parts = {part: losses for part, losses, _ in division(program, graph)}
        self.frozen = frozen_towers(graph)
        self.terms: dict[str, Term] = {term.name: term for term in graph.terms}
        self.offered: list[str] = []
        self.holders: list[str] = []  # small classes that own the weights of a copy, or of a loss

    def text(self) -> str:
        """The class; `holders` are to stand before it."""
        self._towers()
        self._losses()
        if resting := self._at_rest():
            self.out.init.append("# frozen, or out of reach of the losses")
            self.out.init += [f"{place}.requires_grad_(False)" for place in resting]
        for part, names in self.parts.items():
            self.out.embed[part] = Embed(self, names).lines()
        self._callables()
        self.out.writes, self.out.generate = writes(self)
        context = {
            "name": self.name,
            "out": self.out,
            "parts": {part: tuple(names) for part, names in self.parts.items()},
            "doc": comment(self.program.doc or self.program.name),
            "title": comment(self.program.name),
            "losses": list(self.terms),
        }
        return str(environment().get_template("package/objective_class.py.j2").render(**context)).strip("\n")

    def _towers(self) -> None:
        """The modules: towers first, then their copies."""
        out = self.out
        used = [name for name in self.program.towers if self.towers.owns(name)]
        for name in used:
            if not self._is_copy(name):
                out.init.append(f"self.{name} = {tower_class(name)}()")
                out.frozen += [f"self.{name}"] if name in self.frozen else []
        for name in self.program.towers:
            if self._is_copy(name):
                self._copy(name)

    def _at_rest(self) -> list[str]:
        """What does not learn in this phase: whole towers and losses, or single stages, by their places."""
        learning = learners(self.graph)
        owned: dict[str, list[str]] = {}
        for module in self.program.modules.values():
            if module.learns and module.follow is None:
                owned.setdefault(module.tower, []).append(module.name)
        found = []
        for owner, names in owned.items():
            resting = [name for name in names if name not in learning]
            found += [owner] if resting == names else resting
        return [f"self.{name}" for name in found]

    def _is_copy(self, name: str) -> bool:
        return bool(self.program.towers[name].copies)

    def _copy(self, name: str) -> None:
        """A tower that follows another."""
        follows = {
            m.follow.source.partition(".")[0]: m
            for m in self.program.modules.values()
            if m.follow and m.follow.copy == name
        }
        if not follows:
            return
        root = self.program.towers[name].copies
        out = self.out
        nested = [tower for tower in follows if tower != root]
        base = tower_class(root) if self.towers.owns(root) else "nn.Module"
        if nested:
            members = [f"self.{tower} = {tower_class(tower)}()" for tower in nested]
            self.holders.append(
                holder(tower_class(name), base, f"The weights of {name}, which follows {root}.", members)
            )
            base = tower_class(name)
        out.init.append(f"self.{name} = {base}()")
        out.init.append(f"self.{name}.requires_grad_(False)")
        component: Any = next(iter(follows.values())).follow.component  # type: ignore[union-attr]
        momentum = self.number(f"{name}.momentum", component.momentum)
        moment = out.after if component.when == "after_step" else out.before
        for tower in follows:
            place = tower_place(tower, name, root)
            mixed = tower == root and bool(nested)  # the copies of nested towers stand inside this one
            out.follows.append((place, f"self.{tower}.state_dict()" + ", strict=False" * mixed))
            moment.append(f"follow({place}, self.{tower}, {momentum})")
            if component.buffers == "copy":
                moment.append(f"copy_buffers({place}, self.{tower})")

    def number(self, name: str, value: Any) -> str:
        """A number as an expression: a knob where a schedule moves it."""
        if isinstance(value, Schedule):
            self.out.knobs[name] = value.first()
            return f'self.knobs["{name}"]'
        return repr(value)

    def _losses(self) -> None:
        """Loss modules and the values that losses own."""
        owned: dict[str, list[tuple[str, Value]]] = {}
        for value in self._owners("apply"):
            owner, _, own = value.module.rpartition(".")
            owned.setdefault(owner, []).append((own, value))
        for owner, entries in owned.items():
            if owner:
                members = [f"self.{own} = {self._construct(value)}" for own, value in entries]
                self.holders.append(
                    holder(tower_class(owner), "nn.Module", f"What losses.{owner} owns.", members)
                )
                self.out.init.append(f"self.{owner} = {tower_class(owner)}()")
            else:
                self.out.init += [f"self.{own} = {self._construct(value)}" for own, value in entries]
            for _, value in entries:
                self._after(value, self._place(value))
        for value in self._owners("loss"):
            self.out.init.append(f"self.{value.name} = {self._construct(value)}")
            self._after(value, f"self.{value.name}")
        several = len(self.parts) > 1
        for name, term in self.terms.items():
            rendered = self._loss_call(term)
            if several:
                self.out.combine.append(f'if "{name}" in wanted:')
                self.out.combine += [f"    {line}" for line in rendered]
            else:
                self.out.combine += rendered
        self._total(several)

    def _owners(self, make: str) -> list[Value]:
        """The losses, or the values of losses, that own weights: those of all phases, for names of weights are one set."""
        found: dict[str, Value] = {}
        for graph in (self.graph, *(phase.graph for phase in self.program.phases)):
            for value in graph.values.values():
                is_one = make == "loss" or isinstance(value.component, ValueKind)
                if value.make == make and is_one and value.module in self.program.modules:
                    found.setdefault(value.module, value)
        order = list(self.program.modules)
        return sorted(found.values(), key=lambda value: order.index(value.module))

    def _total(self, several: bool) -> None:
        weights = {}
        for name, term in self.terms.items():
            weights[name] = self.number(f"{name}.weight", term.weight)
        if several:
            table = ", ".join(f'"{name}": {weight}' for name, weight in weights.items())
            self.out.combine += [f"weights = {{{table}}}"]
            self.out.combine += [
                'losses["total"] = torch.stack([weights[name] * loss for name, loss in losses.items()]).sum()'
            ]
            return
        terms = [
            f'losses["{name}"]' if weight == "1.0" else f'{weight} * losses["{name}"]'
            for name, weight in weights.items()
        ]
        self.out.combine.append(f'losses["total"] = {" + ".join(terms)}')

    def _place(self, value: Value) -> str:
        """Where a value's module stands."""
        owner, _, own = value.module.rpartition(".")
        return f"self.{owner}.{own}" if owner else f"self.{own}"

    def _context(self, value: Value, place: str) -> dict[str, Any]:
        context = member_context(value.component, value.facts, place, self.towers.uses)
        context["variant"] = value.variant
        context["numbers"] = {
            name: self.number(f"{value.name}.{name}", value.component.argument(name))
            for name in value.component.arguments()
            if isinstance(value.component.argument(name), float | int | Schedule)
        }
        return context

    def _construct(self, value: Value) -> str:
        self.offer(value.component)
        text = macro(value.component, "construct", self._context(value, ""))
        if text is None:
            raise LookupError(f"the template of {value.component.component_name} has no macro `construct`")
        return " ".join(lines(text))

    def _after(self, value: Value, place: str) -> None:
        live = self.graph.values.get(value.id)
        if live is None or live.module != value.module:  # of another phase
            return
        text = macro(value.component, "after_step", self._context(value, place))
        if text and text.strip():
            self.out.after += lines(text)

    def offer(self, component: Component) -> None:
        """Take the definitions that a component's template brings along."""
        text = macro(component, "define", self.towers.uses)
        if text and text not in self.offered:
            self.offered.append(text)

    def _loss_call(self, term: Term) -> list[str]:
        """`losses["clip"] = contrastive(...)`."""
        value = self.graph.values[term.value]
        self.offer(value.component)
        operands: dict[str, str] = dict.fromkeys(value.component.markers(), "")
        if macro(value.component, "summarise", self._context(value, ""), operands) is not None:
            operands = {"sums": self._rows(term.name, f"{term.name}.sums")}
        else:
            for name, ids in value.operands:
                operands[name] = self._operand(term.name, name, ids)
        text = macro(value.component, "call", self._context(value, f"self.{term.name}"), operands)
        if text is None:
            raise LookupError(f"the template of {value.component.component_name} has no macro `call`")
        rendered = lines(text)
        some = "some * " if self.present(term.name) else ""
        made = [f'losses["{term.name}"] = {some}{rendered[0].strip()}', *rendered[1:]]
        if some:
            return [f'kept_P, some = present(operands["{term.name}.present"])', *made]
        if len(made) == 1 and len(made[0]) + 8 > WIDTH and made[0].endswith(")"):
            head, _, rest = made[0].partition("(")
            return [f"{head}(", *(f"    {part}," for part in split_arguments(rest[:-1])), ")"]
        return made

    def summarised(self, loss: str, names: dict[str, str]) -> str | None:
        """What `embed` gives in place of a loss's operands where these are too large to be joined over ranks."""
        value = self.graph.values[self.terms[loss].value]
        text = macro(value.component, "summarise", self._context(value, f"self.{loss}"), names)
        return None if text is None else " ".join(lines(text))

    def _operand(self, loss: str, name: str, ids: tuple[int, ...]) -> str:
        """An operand of a loss as `combine` sees it: a tensor that `embed` made, or a number of the loss itself."""
        value = self.graph.values[ids[0]]
        if isinstance(value.type, Number):
            return self.value_text(value, {})
        return self._rows(loss, self.key(loss, name, ids))

    def present(self, loss: str) -> list[str]:
        """The inputs that a sample must have for a loss to count it; none where samples are whole."""
        return inputs_of(self.graph, self.terms[loss].value) if masked(self.program) else []

    def _rows(self, loss: str, key: str) -> str:
        """An operand in the dictionary of `embed`: all of its samples, or those that have what the loss compares."""
        kept = "" if not self.present(loss) else "[:, kept_P]" if key.endswith(":V") else "[kept_P]"
        return f'operands["{key}"]{kept}'

    def key(self, loss: str, name: str, ids: tuple[int, ...]) -> str:
        """The name of an operand in the dictionary of `embed`; a list of views ends in `:V`."""
        value = self.graph.values[self.terms[loss].value]
        views = value.facts.get(f"{name}_views", [0])
        return f"{loss}.{name}:V" if len(ids) > 1 or any(views) else f"{loss}.{name}"

    def value_text(self, value: Value, names: dict[int, str]) -> str:
        """A value component as an expression."""
        operands = {name: names.get(ids[0], "") for name, ids in value.operands}
        text = macro(
            value.component,
            "apply",
            self._context(value, self._place(value) if value.module else ""),
            operands,
        )
        if text is None:
            raise LookupError(f"the template of {value.component.component_name} has no macro `apply`")
        return " ".join(lines(text))

    def _callables(self) -> None:
        """`tower(name, inputs)`: clean applications by the spec's names."""
        graph, callables = self.program.evaluation, self.program.callables
        feeds = {value.name: value.id for value in graph.values.values() if value.make == "input"}
        for name, id in graph.outputs.items():
            inputs = {feeds[callables[name].feed]: "inputs[0]"}
            code = Embed(self, [], graph, clean=True).called(name, id, inputs)
            self.out.tower += [f'if name == "{name}":', *(f"    {line}" for line in code)]


def split_arguments(text: str) -> list[str]:
    """`a, f(b, c)` as its arguments."""
    found, depth, start = [], 0, 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            found.append(text[start:place].strip())
            start = place + 1
    return [*found, text[start:].strip()]


def holder(name: str, base: str, doc: str, members: list[str]) -> str:
    """A class that holds modules and does nothing else."""
    head = [
        f"class {name}({base}):",
        f'    """{doc}"""',
        "",
        "    def __init__(self) -> None:",
        "        super().__init__()",
    ]
    return "\n".join([*head, *(f"        {member}" for member in members)])


def render(program: Program, towers: Towers, header: str, model: str) -> tuple[str, dict[str, str]]:
    """The text of objective.py, and the class of every phase."""
    texts: list[str] = []
    classes: dict[str, str] = {}
    offered: list[str] = []
    holders: dict[str, None] = {}  # what phases share stands once
    for phase in program.phases:
        name = "Objective" if not texts else f"Objective{class_name(phase.name)}"
        writer = ObjectiveWriter(program, phase.graph, towers, name)
        text = writer.text()
        plain = re.sub(rf"\b{name}\b", "Objective", text)
        known = next(
            (
                cls
                for cls, old in zip(classes.values(), texts, strict=False)
                if re.sub(rf"\b{cls}\b", "Objective", old) == plain
            ),
            None,
        )
        classes[phase.name] = known or name
        if known is None:
            texts.append(text)
        offered += writer.offered
        holders |= dict.fromkeys(writer.holders)
    code = "\n\n\n".join([*holders, *texts])
    defined = set(DEFINITION.findall(model))
    parts = helpers(code, towers.uses, offered, known=defined)
    body = "\n\n\n".join([*(text for _, text in parts), code])
    words = set(re.findall(r"(?<![\w.])[A-Za-z_]\w*", re.sub(r'"""(?:.|\n)*?"""|#[^\n]*', "", body)))
    needed = sorted(defined & words, key=lambda name: (name[0].islower(), name))
    context = {
        "header": header,
        "title": comment(program.doc or program.name),
        "legend": legend(body),
        "imports": imports(body),
        "names": needed,
        "body": body,
    }
    return str(environment().get_template("package/objective.py.j2").render(**context)), classes
