"""SARIF 2.1.0 (OASIS), the format of code scanning: rules, results with their places, and fixes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

import vfmc
from vfmc.source.diagnostic import Diagnostic, Severity, TextEdit
from vfmc.source.render.gitlab import fingerprint
from vfmc.source.text import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """One run with all findings. Columns count characters from 1, an end is after the last one."""
    rules: dict[str, dict[str, Any]] = {}
    for each in diagnostics:
        if each.code not in rules:
            rules[each.code] = {"id": each.code, "name": _pascal(each.name), **_about(each.code)}
    places = {code: index for index, code in enumerate(rules)}
    seen: dict[str, int] = {}
    run = {
        "tool": {"driver": {"name": "vfmc", "version": vfmc.__version__, "rules": list(rules.values())}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, places[each.code], seen) for each in diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False)


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))


def _about(code: str) -> dict[str, Any]:
    """What the file of a rule says, for the page that code scanning shows beside a finding."""
    from vfmc.lint import page, registry  # files of rules are read for this format alone

    module = registry.load(code)
    if module is None:  # a code of a plug-in
        return {}
    rule = module.RULE
    stability = "preview" if rule.preview else "stable"
    return {
        "shortDescription": {"text": rule.what},
        "fullDescription": {"text": f"{rule.what} {rule.why}"},
        "help": {"text": f"{rule.why} `vfmc rule {code}` shows examples.", "markdown": page.markdown(rule)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [page.FAMILIES[rule.family], stability]},
    }


def _result(diagnostic: Diagnostic, rule: int, seen: dict[str, int]) -> dict[str, Any]:
    help = f" {diagnostic.help[:1].upper()}{diagnostic.help[1:]}." if diagnostic.help else ""
    found: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": _LEVELS[diagnostic.severity],
        "message": {"text": f"{diagnostic.message}.{help}"},
        "locations": [{"physicalLocation": _place(diagnostic.span)}],
        "partialFingerprints": {"vfmc/v1": fingerprint(diagnostic, seen)},
    }
    if diagnostic.labels:
        found["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(label.span), "message": {"text": label.text}}
            for number, label in enumerate(diagnostic.labels)
        ]
    if diagnostic.fix:
        found["fixes"] = [_fix(diagnostic)]
    return found


def _fix(diagnostic: Diagnostic) -> dict[str, Any]:
    files: dict[str, list[TextEdit]] = {}
    for edit in diagnostic.fix:
        files.setdefault(edit.span.source.name, []).append(edit)
    return {
        "description": {"text": diagnostic.help or diagnostic.message},
        "artifactChanges": [
            {
                "artifactLocation": {"uri": _uri(name)},
                "replacements": [
                    {"deletedRegion": _region(edit.span), "insertedContent": {"text": edit.text}}
                    for edit in edits
                ],
            }
            for name, edits in files.items()
        ],
    }


def _place(span: Span) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(span.source.name)}, "region": _region(span)}


def _region(span: Span) -> dict[str, int]:
    (line, column), (end_line, end_column) = span.begin, span.finish
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def _uri(name: str) -> str:
    """A path as a relative URI, or `file:` where it is absolute."""
    path = PurePath(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogateescape")
