"""GitLab's Code Quality report: a list of issues that merge requests show beside the changed lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from vfmc.source.diagnostic import Diagnostic, Severity

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def gitlab(diagnostics: Sequence[Diagnostic]) -> str:
    """The findings as a JSON list. A fingerprint names a finding by its file, code and text, so that it keeps its name when lines move."""
    seen: dict[str, int] = {}
    return json.dumps([_issue(each, seen) for each in diagnostics], indent=2, ensure_ascii=False)


def fingerprint(diagnostic: Diagnostic, seen: dict[str, int]) -> str:
    """A name for a finding that does not depend on its line; equal ones are counted."""
    facts = (diagnostic.span.source.name, diagnostic.code, diagnostic.span.text, diagnostic.message)
    digest = hashlib.sha256("\0".join(facts).encode(errors="surrogateescape")).hexdigest()[:32]
    seen[digest] = seen.get(digest, 0) + 1
    return digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def _issue(diagnostic: Diagnostic, seen: dict[str, int]) -> dict[str, object]:
    (line, column), (end_line, end_column) = diagnostic.span.begin, diagnostic.span.finish
    help = f" ({diagnostic.help})" if diagnostic.help else ""
    notes = "".join(f"; {note}" for note in diagnostic.notes)
    return {
        "description": f"{diagnostic.code} {diagnostic.message}{help}{notes}",
        "check_name": diagnostic.name,
        "fingerprint": fingerprint(diagnostic, seen),
        "severity": _SEVERITIES[diagnostic.severity],
        "location": {
            "path": diagnostic.span.source.name,
            "positions": {
                "begin": {"line": line, "column": column},
                "end": {"line": end_line, "column": end_column},
            },
        },
    }
