"""One open text: its Tree, its findings, and the last Program that it stood for."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path

from vfmc.api import Spec
from vfmc.graph.program import Program
from vfmc.lint.runner import lint
from vfmc.lint.settings import BadSettings, Settings, find
from vfmc.source import Diagnostic, Source
from vfmc.source.record import record
from vfmc.syntax.tree import Mapping


@record()
class Document:
    """A text with what is known of it. While it is broken, `program` and `root` are those of the last good state."""

    source: Source
    folder: Path | None
    findings: list[Diagnostic] = field(default_factory=list)
    tree: Mapping | None = None  # of this very text, if it can be read
    root: Mapping | None = None  # settled: with what it extends
    program: Program | None = None
    fresh: bool = False  # whether `program` is of this very text

    def update(self, text: str) -> None:
        """Read and check another state of the text."""
        self.source = Source(self.source.name, text)
        spec = Spec(self.source, self.folder)
        try:
            settings = find(self.folder) if self.folder else Settings()
        except BadSettings:  # the command line tells it; an editor goes on
            settings = Settings()
        self.findings = lint(spec, settings)
        work = spec.compile(until="check")
        self.tree = work.tree.root if work.tree is not None else None
        self.fresh = work.program is not None
        if work.program is not None:
            self.program, self.root = work.program, work.program.root
        elif self.root is None:
            self.root = self.tree


def opened(name: str, text: str, folder: Path | None) -> Document:
    """A document of a text that was just opened."""
    document = Document(Source(name, text), folder)
    document.update(text)
    return document
