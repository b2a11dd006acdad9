"""Linting one spec: what the reader and the check say, then the rules that are on, then suppressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from time import perf_counter

from vfmc.api import Spec
from vfmc.lint.index import RULES
from vfmc.lint.settings import Settings
from vfmc.lint.suppress import Comments, told
from vfmc.source import Diagnostic, Severity, at_most
from vfmc.syntax.tree import Mapping, Node, Scalar

Timings = dict[str, float]
"""Seconds by stage and by rule."""


def lint(spec: Spec, settings: Settings, timings: Timings | None = None) -> list[Diagnostic]:
    """The findings of a spec, in the order of its text. Rules run where the spec has no errors: they look at what it means."""
    work = spec.compile(until="check")
    comments = Comments(spec.source, work.tree)
    findings = told(work.diagnostics, comments, settings)
    if timings is not None:
        for stage, seconds in work.seconds.items():
            timings[stage] = timings.get(stage, 0.0) + seconds
    whole = not any(each.severity is Severity.ERROR for each in findings)
    if whole and work.program is not None and work.tree is not None:
        from vfmc.lint.rule import Facts, Report

        facts = Facts(work.program, work.tree, spec.folder)
        found: list[Diagnostic] = []
        for code, module in _selected(work.program.root, spec.source.name, settings):
            start = perf_counter()
            rule = import_module(f"vfmc.lint.rules.{module}")
            check: Callable[[Facts, Report], None] = rule.check
            check(facts, Report(rule.RULE, found))
            if timings is not None:
                timings[code] = timings.get(code, 0.0) + perf_counter() - start
        findings += comments.left(found)
    if any(each.help for each in findings):
        from vfmc.lint.meant import respelled  # needed for mistakes alone

        findings = [respelled(each) for each in findings]
    findings = at_most([*findings, *comments.about(settings, whole, work.program is not None)])
    if work.tree is not None and any(each.span.source is not spec.source for each in findings):
        from vfmc.lint.heirs import at_heir  # needed for what bases say alone

        findings = [at_heir(each, spec.source, work.tree.root) for each in findings]
    return sorted(findings, key=lambda each: each.order)


def _selected(root: Mapping, file: str, settings: Settings) -> Iterator[tuple[str, str]]:
    """Codes and modules of the rules that are on and that the words of the spec can trigger."""
    said = words(root)
    for code, (module, _, _, _, triggers) in RULES.items():
        if module and (not triggers or not said.isdisjoint(triggers)) and settings.enabled(code, file):
            yield code, module


def words(root: Mapping) -> set[str]:
    """Every key of a spec, and every text that stands as a value."""
    found: set[str] = set()
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Scalar):
            if isinstance(node.value, str):
                found.add(node.value)
        elif isinstance(node, Mapping):
            found.update(entry.name for entry in node)
            stack += [entry.value for entry in node]
        else:
            stack += list(node)
    return found
