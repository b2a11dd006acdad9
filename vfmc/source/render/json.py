"""Findings for programs: objects whose keys stay within a version of the schema, which may get more; one JSON text, or a line each."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from vfmc.source.diagnostic import Diagnostic
from vfmc.source.text import Span

SCHEMA_VERSION = 1


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """`{"schema_version": 1, "findings": [...]}`; lines and columns count from 1, an end is after the last character."""
    found = {"schema_version": SCHEMA_VERSION, "findings": [_finding(each) for each in diagnostics]}
    return json.dumps(found, indent=2, ensure_ascii=False)


def as_jsonl(diagnostics: Sequence[Diagnostic]) -> str:
    """A line each, for programs that read as they go: the same objects, each with its `schema_version`."""
    rows = [{"schema_version": SCHEMA_VERSION, **_finding(each)} for each in diagnostics]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def _finding(diagnostic: Diagnostic) -> dict[str, Any]:
    found: dict[str, Any] = {
        "code": diagnostic.code,
        "name": diagnostic.name,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        **_place(diagnostic.span),
        "help": diagnostic.help,
    }
    if diagnostic.home is not None:  # the place is in a base: this one is in the file that was linted
        found["heir"] = _place(diagnostic.home)
    if diagnostic.labels:
        found["labels"] = [{**_place(label.span), "text": label.text} for label in diagnostic.labels]
    if diagnostic.fix:
        found["applicability"] = diagnostic.applicability
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
