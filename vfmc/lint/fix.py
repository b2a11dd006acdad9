"""Applying fixes: edits of the text, from the end to the start, so that comments, quotes and order stay as they are."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable

from vfmc.source import Diagnostic, Source, TextEdit

TEXTS = 1000  # that one spec may become on the way: a guard against fixes that add to it for ever


def fixable(findings: Iterable[Diagnostic], unsafe: bool) -> list[Diagnostic]:
    """The findings whose fix may be applied."""
    return [each for each in findings if each.fix and (each.applicability == "safe" or unsafe)]


def fixed(source: Source, findings: Iterable[Diagnostic], unsafe: bool = False) -> tuple[str, int]:
    """The text with every fix that does not overlap an earlier one, and how many were applied.

    A fix is applied whole or not at all. Edits of other files (a base that the spec extends) are left alone.
    """
    taken: list[TextEdit] = []
    count = 0
    for finding in fixable(findings, unsafe):
        own = all(edit.span.source is source for edit in finding.fix)
        if own and not any(_overlap(edit, other) for edit in finding.fix for other in taken):
            taken += finding.fix
            count += 1
    text = source.text
    for edit in sorted(taken, key=lambda edit: (edit.span.start, edit.span.end), reverse=True):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text, count


def _overlap(one: TextEdit, other: TextEdit) -> bool:
    if one.span.start == other.span.start and one.span.end == other.span.end:
        return True
    return one.span.start < other.span.end and other.span.start < one.span.end


def settle(
    source: Source, lint: Callable[[Source], list[Diagnostic]], unsafe: bool = False
) -> tuple[Source, int, list[Diagnostic]]:
    """The text after as many rounds as fixes need, how many were applied, and the findings that are left.

    A fix may make room for another, so there are rounds as long as each makes a text that was not there before: one that
    comes again is fixes undoing one another.
    """
    total = 0
    findings = lint(source)
    seen = {source.text}
    while len(seen) < TEXTS:
        text, count = fixed(source, findings, unsafe)
        if not count or text in seen:
            break
        seen.add(text)
        source, total = Source(source.name, text), total + count
        findings = lint(source)
    return source, total, findings


def difference(before: Source, after: Source) -> str:
    """A unified diff."""
    old, new = (source.text.splitlines(keepends=True) for source in (before, after))
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"
        for line in difflib.unified_diff(old, new, before.name, after.name)
    )
