"""What the compiler says about a spec: one finding, with the places it speaks of."""

from __future__ import annotations

from dataclasses import replace
from enum import IntEnum

from vfmc.source.record import record
from vfmc.source.text import Span


class Severity(IntEnum):
    """How bad a finding is; an error stops the build."""

    INFO = 0
    WARNING = 1
    ERROR = 2

    def __str__(self) -> str:
        return self.name.lower()


@record(frozen=True)
class Label:
    """A secondary place, with what it has to do with the finding."""

    span: Span
    text: str


@record(frozen=True)
class TextEdit:
    """Replace `span` by `text`."""

    span: Span
    text: str


@record(frozen=True)
class Diagnostic:
    """One finding.

    `message` says what is wrong in one sentence without a full stop; `label` is the short text under
    the caret; `help` says what to do; `fix` holds the edits that mend it, `applicability` whether they leave the
    meaning of the spec ("safe") or change it ("unsafe"). One root cause gives one finding. `home` is the place in the
    file that was linted, of a finding whose span lies in a base of it. `stops` says that the spec means nothing as long as it is
    there, so that nobody can silence it, `behind` that it may follow from an error that somebody can.
    """

    code: str
    name: str
    severity: Severity
    message: str
    span: Span
    label: str = ""
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""
    fix: tuple[TextEdit, ...] = ()
    applicability: str = ""
    home: Span | None = None
    stops: bool = False
    behind: bool = False

    @property
    def at_home(self) -> Diagnostic:
        """The finding where a pull request can show it: in the linted file, with its place in the base as a label and a note."""
        if self.home is None:
            return self
        there = Label(self.span, self.label or "it is said here")
        labels = (there, *(label for label in self.labels if label.span.source is not self.home.source))
        notes = (f"it is said in {self.span}", *self.notes)
        return replace(
            self, span=self.home, label="", labels=labels, notes=notes, fix=(), applicability="", home=None
        )

    @property
    def order(self) -> tuple[str, int, int, str]:
        """Findings are shown in the order of the text."""
        return (self.span.source.name, self.span.start, self.span.end, self.code)


MOST = 100  # findings on one spec; more help nobody


def at_most(findings: list[Diagnostic], most: int = MOST) -> list[Diagnostic]:
    """The first findings of the most severe ones, with a note on how many there are besides."""
    if len(findings) <= most:
        return findings
    shown = sorted(findings, key=lambda each: (-each.severity, each.order))[:most]
    note = f"{len(findings) - most:,} more findings are not shown"
    return [*shown[:-1], replace(shown[-1], notes=(*shown[-1].notes, note))]
