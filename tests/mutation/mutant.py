"""A mutant, and what the compiler made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from vfmc.api import Spec
from vfmc.source import Diagnostic, Severity, Source, Span
from vfmc.syntax.read import read, write

ZOO = Path(__file__).parent.parent.parent / "specs"
SPECS = tuple(sorted(path.stem for path in ZOO.glob("*.yaml")))
SPELLINGS = ("yaml", "vfm")


@dataclass(frozen=True)
class Mutant:
    """A spec with one mistake: where it is, and what must be said of it."""

    spec: str
    spelling: str
    group: str  # the row of the table
    what: str
    text: str
    start: int  # of the token at which the finding must stand
    end: int
    meant: str = ""  # the word that must be suggested
    near: tuple[int, int] | None = None  # of the definition that a label must show
    valid: str = ""  # why it is no mistake

    @property
    def id(self) -> str:
        return f"{self.spec}.{self.spelling}:{self.group}:{self.what}"


@dataclass(frozen=True)
class Place:
    """A token of a spec, with the part of it that is meant."""

    role: str
    span: Span
    word: str
    section: str = ""


@dataclass
class Outcome:
    """What the compiler made of a mutant."""

    mutant: Mutant
    found: list[Diagnostic] = field(default_factory=list)
    crash: str = ""

    @property
    def errors(self) -> list[Diagnostic]:
        return [each for each in self.found if each.severity is Severity.ERROR]

    @property
    def caught(self) -> bool:
        return bool(self.errors) and not self.crash

    @property
    def one(self) -> bool:
        return self.caught and len(self.found) == 1

    @property
    def at_token(self) -> bool:
        m = self.mutant
        return self.one and (self.found[0].span.start, self.found[0].span.end) == (m.start, m.end)

    @property
    def suggested(self) -> bool:
        """The word that was meant is named; for a definition, it is shown as well."""
        if not self.one:
            return False
        finding, m = self.found[0], self.mutant
        if m.near is not None:
            return m.near in [(label.span.start, label.span.end) for label in finding.labels]
        said = finding.message if m.group == "left out" else finding.help
        return f"`{m.meant}`" in said

    def tell(self) -> str:
        said = self.crash or "; ".join(
            f"[{each.code}] {each.message} (at {each.span.text!r}; {each.help!r}; {[label.span.text for label in each.labels]})"
            for each in self.found
        )
        return f"{self.mutant.id}\n    {said or 'nothing was found'}"


def text_of(spec: str, spelling: str) -> str:
    """A spec of the zoo in one of the spellings."""
    text = (ZOO / f"{spec}.yaml").read_text(encoding="utf-8")
    if spelling == "yaml":
        return text
    tree, _ = read(Source(f"{spec}.yaml", text))
    assert tree is not None
    return write(tree, "vfm")


def run(mutant: Mutant) -> Outcome:
    """The findings of `vfmc lint`."""
    outcome = Outcome(mutant)
    try:
        outcome.found = Spec(Source(f"{mutant.spec}.{mutant.spelling}", mutant.text), ZOO).check()
    except Exception as error:
        outcome.crash = f"{type(error).__name__}: {error}"
    return outcome
