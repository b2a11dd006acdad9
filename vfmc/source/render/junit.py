"""JUnit's XML: a test case for each finding, which most CI systems can show."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from vfmc.source.diagnostic import Diagnostic, Severity
from vfmc.source.render.cells import visible


def junit(diagnostics: Sequence[Diagnostic], clean: Sequence[str] = ()) -> str:
    """The findings as one suite a file; errors and warnings are failures, the rest are cases that passed with an output.

    A clean file is one case that passed: a report without any case is an error in some CI systems, and looks like nothing was done in all.
    """
    files: dict[str, list[Diagnostic]] = {}
    for each in diagnostics:
        files.setdefault(each.span.source.name, []).append(each)
    failures = sum(each.severity is not Severity.INFO for each in diagnostics)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f'<testsuites name="vfmc lint" tests="{len(diagnostics) + len(clean)}" failures="{failures}">',
    ]
    for name, found in files.items():
        failed = sum(each.severity is not Severity.INFO for each in found)
        lines.append(
            f'  <testsuite name={_attribute(name)} tests="{len(found)}" failures="{failed}" errors="0">'
        )
        lines += [line for each in found for line in _case(each)]
        lines.append("  </testsuite>")
    for name in clean:
        shown = _attribute(name)
        lines += [
            f'  <testsuite name={shown} tests="1" failures="0" errors="0">',
            f'    <testcase name="no findings" classname={shown} file={shown} />',
            "  </testsuite>",
        ]
    return "\n".join([*lines, "</testsuites>"])


def _case(diagnostic: Diagnostic) -> list[str]:
    line, _ = diagnostic.span.begin
    text = "\n".join([visible(str(diagnostic.span)), *diagnostic.notes, *filter(None, [diagnostic.help])])
    said = _attribute(f"{diagnostic.code} {diagnostic.name}")
    head = f'    <testcase name={said} classname={_attribute(diagnostic.span.source.name)} file={_attribute(diagnostic.span.source.name)} line="{line}">'
    body = _text(text)
    if diagnostic.severity is Severity.INFO:
        return [
            head,
            f"      <system-out>{_text(diagnostic.message)}\n{body}</system-out>",
            "    </testcase>",
        ]
    failure = f'      <failure type="{diagnostic.severity}" message={_attribute(diagnostic.message)}>{body}</failure>'
    return [head, failure, "    </testcase>"]


def _text(text: str) -> str:
    """Text that XML may hold: control characters are shown, not written."""
    return escape("\n".join(visible(line) for line in text.split("\n")))


def _attribute(text: str) -> str:
    return quoteattr(visible(" ".join(text.split("\n"))))
