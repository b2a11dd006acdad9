"""A finding in a base, told of the spec that extends it: the base may be a file that nobody of the project can change."""

from __future__ import annotations

from dataclasses import replace

from vfmc.source import Diagnostic, Label, Source, Span
from vfmc.syntax.tree import Mapping

DECLARED = ("towers", "views", "masks", "inputs", "sources")


def at_heir(finding: Diagnostic, source: Source, root: Mapping) -> Diagnostic:
    """The finding with its place in the linted text: a label that it has there, what it changes of the thing
    named, else the entry of `extends`.

    A finding of that text stays as it is, and so does one of a value given on the command line.
    """
    if finding.span.source is source or finding.span.source.name.startswith("<"):
        return finding
    own = next((label.span for label in finding.labels if label.span.source is source), None)
    if own is not None:
        return replace(finding, home=own)
    changed = _changed(finding.span.text, root)
    entry = root.entry("extends")
    if changed is not None:
        label = Label(changed, "this spec changes it")
    elif entry is not None:
        label = Label(entry.value.span, "this spec extends it")
    else:
        return finding
    return replace(finding, labels=(*finding.labels, label), home=label.span)


def _changed(name: str, root: Mapping) -> Span | None:
    """Where the heir says something of what the base names at the place of a finding: its tower `vision` at `a: vision`."""
    for section in DECLARED:
        entry = root.entry(section)
        own = entry.value.entry(name) if entry is not None and isinstance(entry.value, Mapping) else None
        if own is not None:
            return own.key.span
    return None
