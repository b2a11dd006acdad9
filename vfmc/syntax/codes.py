"""The codes of syntax errors, and one way to make such an error."""

from __future__ import annotations

import re

from vfmc.source import Diagnostic, Label, Severity, Span

CODES: dict[str, str] = {
    # the file
    "SYN001": "cannot-read-file",
    "SYN002": "not-utf-8",
    "SYN003": "forbidden-character",
    "SYN004": "too-large",
    "SYN005": "too-deep",
    # both spellings
    "SYN010": "duplicate-key",
    "SYN011": "unclosed-bracket",
    "SYN012": "mismatched-bracket",
    "SYN013": "unclosed-string",
    "SYN014": "bad-escape",
    "SYN015": "bad-number",
    "SYN016": "expected-something-else",
    # YAML
    "SYN020": "invalid-yaml",
    "SYN021": "bad-indentation",
    "SYN022": "tab-indentation",
    "SYN023": "missing-colon",
    "SYN024": "unquoted-colon",
    "SYN025": "key-is-not-a-name",
    "SYN026": "tag",
    "SYN027": "unknown-anchor",
    "SYN028": "recursive-anchor",
    "SYN029": "merge-key",
    "SYN030": "several-documents",
    "SYN031": "not-a-mapping",
    # the DSL
    "SYN040": "unknown-declaration",
    "SYN041": "unnamed-argument",
    "SYN042": "not-a-call",
    "SYN043": "single-quotes",
    "SYN044": "wrong-separator",
    "SYN045": "missing-value",
    # writing
    "SYN060": "no-spelling",
}


_QUOTED = re.compile(r"`([^`]+)`")
MOST = 20  # findings on one file; more help nobody


def short(text: str) -> str:
    """A part of the spec as a message quotes it."""
    return text if len(text) <= 40 else text[:39] + "…"


class SyntaxFinding(Exception):
    """Carries the diagnostic of an error after which reading cannot go on."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


def error(
    code: str,
    message: str,
    span: Span,
    label: str = "",
    help: str = "",
    labels: tuple[Label, ...] = (),
    notes: tuple[str, ...] = (),
) -> Diagnostic:
    """A syntax error with the name of its code; what it quotes of the spec is cut to a readable length."""
    said, under, todo = (
        _QUOTED.sub(lambda part: f"`{short(part[1])}`", text)[:400] for text in (message, label, help)
    )
    return Diagnostic(code, CODES[code], Severity.ERROR, said, span, under, labels, notes, todo)
