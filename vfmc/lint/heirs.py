"""A finding in a base, told of the spec that extends it: the base may be a file that nobody of the project can change."""

from __future__ import annotations

from dataclasses import replace

from vfmc.source import Diagnostic, Label, Source
from vfmc.syntax.tree import Mapping


def at_heir(finding: Diagnostic, source: Source, root: Mapping) -> Diagnostic:
    """The finding with its place in the linted text: a label that it has there, else the entry of `extends`.

    A finding of that text stays as it is, and so does one of a value given on the command line.
    """
    if finding.span.source is source or finding.span.source.name.startswith("<"):
        return finding
    own = next((label.span for label in finding.labels if label.span.source is source), None)
    if own is not None:
        return replace(finding, home=own)
    entry = root.entry("extends")
    if entry is None:
        return finding
    label = Label(entry.value.span, "this spec extends it")
    return replace(finding, labels=(*finding.labels, label), home=entry.value.span)
