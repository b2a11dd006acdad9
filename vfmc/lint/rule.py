"""What a rule is: its facts for people, and a function that looks at a checked spec.

A rule is one file, `vfmc/lint/rules/<family>/<code>_<name>.py`, with a `RULE` and, unless the reader or the check reports it already,
a function `check(facts, report)`. Its documentation page, `vfmc rule CODE`, and the tests of its examples are made from `RULE`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vfmc.components import Component, Duration, LossKind, Stage
from vfmc.graph import Graph, Value
from vfmc.graph.program import Phase, Program
from vfmc.source import Diagnostic, Label, Severity, Span, TextEdit
from vfmc.source.record import record
from vfmc.syntax.tree import Entry, Mapping, Node, Tree

if TYPE_CHECKING:
    from vfmc.runtime.interop.settings import Difference

FAMILIES = {
    "SYN": "syntax", "REF": "names", "SHP": "shapes", "OBJ": "objectives", "MSK": "masks", "DAT": "data",
    "OPT": "optimisation", "DST": "ranks", "NUM": "numerics", "MEM": "memory", "REP": "reproducibility",
    "DEP": "deprecation", "STY": "style", "PLG": "plug-ins",
}  # fmt: skip


@record(frozen=True)
class Rule:
    """The facts of a rule.

    `what` says in a sentence what it finds, `why` what goes wrong otherwise, `source` where that was seen or written. `bad` and `good` are
    whole specs, most of them a few lines that extend one of the zoo; the first must give this finding and the second must not.
    `fix` tells what a fix does to the meaning of a spec: "safe" (nothing), "unsafe" (something), "" (there is none); for the reader
    and the check it is made from what their help suggests (vfmc/lint/meant.py), and `--unsafe-fixes` writes it.
    `triggers` are words of a spec without one of which the rule cannot find anything; it is not even imported then.
    `by` is "rule" where the file has a function `check`, "linter" where the linter itself reports it, and "check" for findings of the
    reader and of the check, which can be neither selected nor ignored: what they report cannot be built. "doubt" is for what the check
    finds in a spec that can be built: it is always looked for, and can be ignored and silenced. Unless it is, an error refuses the spec.
    `files` stand beside both examples, by their names: settings of weights, a base, an installed plug-in. Where `spelling` is "console"
    the examples are commands, for what no text can show.
    """

    code: str
    name: str
    what: str
    why: str
    source: str
    bad: str
    good: str
    severity: Severity = Severity.WARNING
    fix: str = ""
    preview: bool = False
    triggers: tuple[str, ...] = ()
    by: str = "rule"
    spelling: str = "yaml"  # of the examples: yaml, vfm or console
    files: dict[str, str | bytes] = field(default_factory=dict, compare=False)
    profiles: tuple[str, ...] = ("default", "ci", "strict")  # in which it is on

    @property
    def family(self) -> str:
        return self.code[:3]


class Report:
    """What a rule calls for a finding."""

    def __init__(self, rule: Rule, found: list[Diagnostic]) -> None:
        self.rule, self.found = rule, found
        self._seen: set[tuple[Span, str]] = set()

    def __call__(
        self,
        span: Span,
        message: str,
        *,
        help: str = "",
        label: str = "",
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        fix: Iterable[TextEdit] = (),
        severity: Severity | None = None,
    ) -> None:
        """One finding; `fix` holds edits of the text that mend it."""
        rule = self.rule
        made = Diagnostic(
            rule.code, rule.name, rule.severity if severity is None else severity, message, span, label, labels, notes, help,
            tuple(fix), rule.fix if fix else "",
        )  # fmt: skip
        if (span, message) not in self._seen:
            self._seen.add((span, message))
            self.found.append(made)


@record(frozen=True)
class Facts:
    """A checked spec, with the questions that rules ask of it."""

    program: Program
    tree: Tree  # the text as it stands, without bases and constants
    folder: Path | None = None  # of the text

    @property
    def root(self) -> Mapping:
        """The Tree as it is meant: bases merged, constants filled in."""
        return self.program.root

    @property
    def graph(self) -> Graph:
        """The Graph of the first phase, before any pass."""
        return self.program.phases[0].graph

    def values(self, use: str, make: str = "") -> Iterator[Value]:
        """The values of the first phase that a component called `use` makes."""
        for value in self.graph.values.values():
            if value.component.component_name == use and make in ("", value.make):
                yield value

    def losses(self) -> Iterator[tuple[str, LossKind, Value]]:
        """Name, component and value of every loss."""
        for term in self.graph.terms:
            value = self.graph.values[term.value]
            assert isinstance(value.component, LossKind)
            yield term.name, value.component, value

    def batches(self) -> Iterator[tuple[Phase, set[str], int, int, Span]]:
        """Every part of every phase: its losses, the samples of its batch and of its smallest micro-batch, and where the batch is said."""
        from vfmc.plan.parts import batch_of, division

        for phase in self.program.phases:
            for _, losses, source in division(self.program, phase.graph):
                batch, own = batch_of(self.program, phase.train, source)
                span = self.span("sources", source, "batch") if own else self.span("train", "batch")
                yield phase, set(losses), batch, batch // phase.train.accumulate, span

    def warmups(self) -> Iterator[tuple[Component, Duration, float | None]]:
        """Every schedule with a warm-up, its warm-up, and the length of training in its unit; None where that is not comparable."""
        phases = self.program.phases
        for phase in phases:
            schedule = phase.train.schedule
            warmup = getattr(schedule, "warmup", None)
            if schedule is not None and isinstance(warmup, Duration):
                if warmup.unit == "%":
                    yield schedule, warmup, 100.0
                else:
                    comparable = all(each.length.unit == warmup.unit for each in phases)
                    yield schedule, warmup, sum(each.length.value for each in phases) if comparable else None

    def components(self) -> Iterator[tuple[Component, Span]]:
        """Every component that the spec names, once for each place."""
        seen: set[tuple[type, Span]] = set()
        for component, span in self.program.called:
            if (type(component), span) not in seen:
                seen.add((type(component), span))
                yield component, span

    def stages(self, value: Value) -> Iterator[Value]:
        """The stages that a value runs through, last first, along the main operand."""
        current: Value | None = value
        while current is not None and isinstance(current.component, Stage):
            yield current
            current = self.graph.values[current.operand("x")] if current.has("x") else None

    @cached_property
    def beside(self) -> list[tuple[str, Difference]]:
        """Every tower with what the settings beside its weights say otherwise: compared once for all rules."""
        from vfmc.lint.beside import beside  # needed where a tower begins with weights

        return list(beside(self.program, self.folder))

    def node(self, *path: str) -> Node | None:
        """What stands at a path of keys: `node("train", "optimizer", "lr")`."""
        entry = self.entry(*path)
        return entry.value if entry else None

    def entry(self, *path: str) -> Entry | None:
        """The entry at a path of keys."""
        found: Entry | None = None
        node: Node | None = self.root
        for key in path:
            found = node.entry(key) if isinstance(node, Mapping) else None
            node = found.value if found else None
        return found

    def span(self, *path: str) -> Span:
        """Where the value at a path stands; the key of the deepest part that is there otherwise."""
        entry = self.entry(*path)
        if entry is not None:
            return entry.value.span
        above = next((found for n in range(len(path) - 1, 0, -1) if (found := self.entry(*path[:n]))), None)
        return above.key.span if above else self.root.entries[0].key.span

    def key(self, *path: str) -> Span:
        """Where the key at a path stands."""
        entry = self.entry(*path)
        return entry.key.span if entry is not None else self.span(*path)

    def formed(self, id: int) -> int:
        """A number for what a value is: two that have one are the same function of the same data."""
        return self._forms[id]

    @cached_property
    def _forms(self) -> dict[int, int]:
        known: dict[Any, int] = {}
        found: dict[int, int] = {}
        for id, value in self.graph.values.items():  # operands come first
            form: Any = value.name
            if value.make not in ("input", "view", "mask"):
                form = (
                    value.module or value.component.component_name,
                    str(sorted(value.component.plain().items(), key=str)),
                    tuple((key, tuple(found[one] for one in ids)) for key, ids in value.operands),
                )
            found[id] = known.setdefault(form, len(known))
        return found

    def place(self, component: Component, argument: str, otherwise: Span) -> Span:
        """Where an argument of a component is written; `otherwise` where it is a default."""
        for entry in self.program.entries.get(id(component), ()):
            if entry.name == argument:
                return entry.value.span
        return otherwise

    def given(self, component: Component, argument: str) -> Any:
        """The entry of an argument that is written; None for a default."""
        return next((e for e in self.program.entries.get(id(component), ()) if e.name == argument), None)
