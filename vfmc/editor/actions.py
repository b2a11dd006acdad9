"""Quick fixes: what a finding's own edits mend, the word that was meant, and a suppression."""

from __future__ import annotations

from vfmc.editor.document import Document
from vfmc.lint.index import RULES
from vfmc.lint.meant import meant
from vfmc.source import Diagnostic, Span, TextEdit
from vfmc.source.record import record


@record(frozen=True)
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
            word = meant(finding)
            title = f"write `{word}`" if word else finding.help or f"mend {finding.code}"
            found.append(Action(title, finding.fix, finding, bool(word) or finding.applicability == "safe"))
        if finding.code in RULES and not finding.stops:
            found.append(
                Action(f"ignore {finding.code} on this line", (_suppression(document, finding),), finding)
            )
    return found


def _suppression(document: Document, finding: Diagnostic) -> TextEdit:
    source = document.source
    line = finding.span.begin[0]
    end = source.line_starts[line - 1] + len(source.line(line))
    return TextEdit(Span(source, end, end), f"  # vfmc: ignore[{finding.code}] ")
