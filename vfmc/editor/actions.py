"""Quick fixes: what a finding's own edits mend, the word that was meant, and a suppression."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vfmc.editor.document import Document
from vfmc.lint.index import RULES
from vfmc.source import Diagnostic, Span, TextEdit

MEANT = re.compile(r"did you mean `([^`]+)`\?")


@dataclass(frozen=True)
class Action:
    """One quick fix of a finding; `preferred` where it is the obvious one."""

    title: str
    edits: tuple[TextEdit, ...]
    finding: Diagnostic
    preferred: bool = False


def actions(document: Document, start: int, end: int) -> list[Action]:
    """The quick fixes of the findings that a selection touches."""
    found: list[Action] = []
    for finding in document.findings:
        span = finding.span
        if span.source is not document.source or span.start > end or span.end < start:
            continue
        own = all(edit.span.source is document.source for edit in finding.fix)
        if finding.fix and own:
            safe = finding.applicability == "safe"
            found.append(Action(finding.help or f"mend {finding.code}", finding.fix, finding, safe))
        meant = MEANT.match(finding.help)
        if meant and not finding.fix and _is_word(span):
            found.append(Action(f"write `{meant[1]}`", (TextEdit(span, meant[1]),), finding, True))
        if finding.code in RULES:
            found.append(
                Action(f"ignore {finding.code} on this line", (_suppression(document, finding),), finding)
            )
    return found


def _is_word(span: Span) -> bool:
    """Whether the finding is at one word, so that writing another in its place is what is meant."""
    return re.fullmatch(r"\$?[\w.-]+", span.text) is not None


def _suppression(document: Document, finding: Diagnostic) -> TextEdit:
    source = document.source
    line = finding.span.begin[0]
    end = source.line_starts[line - 1] + len(source.line(line))
    return TextEdit(Span(source, end, end), f"  # vfmc: ignore[{finding.code}] ")
