"""Workflow commands of GitHub Actions: each finding becomes an annotation at its lines."""

from __future__ import annotations

from collections.abc import Sequence

from vfmc.source.diagnostic import Diagnostic, Severity

_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def github(diagnostics: Sequence[Diagnostic]) -> str:
    """The findings, a command each. Columns are given where a finding stands on one line: GitHub refuses others."""
    return "\n".join(map(_command, diagnostics))


def _command(diagnostic: Diagnostic) -> str:
    (line, column), (end_line, end_column) = diagnostic.span.begin, diagnostic.span.finish
    places = {"file": diagnostic.span.source.name, "line": line, "endLine": end_line}
    if line == end_line:
        places |= {"col": column, "endColumn": end_column}
    places["title"] = f"{diagnostic.code} {diagnostic.name}"
    properties = ",".join(f"{key}={_property(str(value))}" for key, value in places.items())
    message = "\n".join([diagnostic.message, *diagnostic.notes, *filter(None, [diagnostic.help])])
    return f"::{_COMMANDS[diagnostic.severity]} {properties}::{_data(message)}"


def _data(text: str) -> str:
    """A message as the runner reads it: a line break would end the command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
