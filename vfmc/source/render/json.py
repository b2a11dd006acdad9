"""Findings for programs: a list of objects whose keys do not change within a major version."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from vfmc.source.diagnostic import Diagnostic
from vfmc.source.text import Span


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """The findings as a JSON list; lines and columns count from 1, an end is after the last character."""
    return json.dumps([_finding(each) for each in diagnostics], indent=2, ensure_ascii=False)


def _finding(diagnostic: Diagnostic) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "help": diagnostic.help,
    }
    if diagnostic.labels:
        found["labels"] = [{**_place(label.span), "text": label.text} for label in diagnostic.labels]
    if diagnostic.fix:
        found["fix"] = [{**_place(edit.span), "text": edit.text} for edit in diagnostic.fix]
    return found


def _place(span: Span) -> dict[str, Any]:
    (line, column), (end_line, end_column) = span.begin, span.finish
    return {
        "file": span.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }
