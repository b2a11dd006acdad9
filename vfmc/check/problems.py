"""Collecting findings: one root cause, one diagnostic."""

from __future__ import annotations

from vfmc.source import Diagnostic, Label, Severity, Span, at_most
from vfmc.source.record import replace

# Every code that the check gives, with its kebab name. The rules of `vfmc/lint` have their own.
NAMES = {
    "REF100": "unknown-key",
    "REF101": "unknown-component",
    "REF102": "unknown-argument",
    "REF103": "unknown-name",
    "REF104": "missing-argument",
    "REF105": "wrong-kind",
    "REF106": "unknown-choice",
    "REF107": "unknown-field",
    "REF108": "defined-twice",
    "REF109": "cycle",
    "REF110": "unnamed-weights",
    "REF111": "unknown-address",
    "REF112": "bad-extends",
    "REF113": "unknown-constant",
    "REF114": "unused-tower",
    "REF115": "bad-name",
    "REF116": "shadows-component",
    "REF117": "unknown-version",
    "REF118": "bad-value",
    "REF119": "conflicting-roles",
    "REF120": "stands-for-too-much",
    "REF121": "broken-plugin",
    "REF122": "bad-renaming",
    "REF123": "layout-does-not-fit",
    "SHP201": "wrong-operand",
    "SHP202": "bad-size",
    "SHP203": "heads-do-not-divide",
    "SHP204": "unknown-size",
    "SHP205": "patch-does-not-divide",
    "SHP206": "width-does-not-divide",
    "SHP207": "empty-prefix",
    "SHP208": "no-class-token",
    "SHP209": "nothing-to-average",
    "SHP210": "unknown-model-size",
    "SHP211": "widths-differ",
    "SHP212": "counts-differ",
    "SHP213": "shared-weights-differ",
    "SHP214": "lists-do-not-zip",
    "SHP215": "positions-do-not-resample",
    "SHP216": "frames-differ",
    "SHP217": "tower-of-two-units",
    "OBJ301": "not-unit-length",
    "OBJ302": "teacher-receives-gradient",
    "OBJ303": "no-pairs",
    "OBJ304": "no-loss",
    "OBJ305": "unrelated-spaces",
    "OBJ306": "logits-of-unit-length",
    "OBJ307": "nothing-learns",
    "OBJ308": "never-taught",
    "MSK301": "mask-covers-other-count",
    "MSK302": "mask-of-another-crop",
    "MSK303": "nothing-visible",
    "MSK304": "position-after-drop",
    "MSK305": "dropped-twice",
    "MSK306": "restored-by-another-mask",
    "MSK307": "prediction-lacks-tokens",
    "MSK308": "nothing-hidden",
    "MSK309": "masked-in-evaluation",
    "DAT401": "no-source",
    "DAT402": "cropped-twice",
    "DAT403": "bad-range",
    "DAT404": "source-lacks-input",
    "DAT405": "view-of-another-medium",
    "DAT406": "channels-differ",
    "DAT407": "rates-differ",
    "DAT408": "window-does-not-fit",
    "DAT409": "bands-do-not-fit",
    "DAT410": "units-differ",
    "DAT411": "mostly-padding",
    "DAT412": "nothing-to-follow",
    "DAT420": "sources-do-not-mix",
    "DAT421": "absent-and-stateful",
    "DAT425": "whose-epochs",
    "OPT501": "no-training-length",
    "OPT502": "bad-selector",
    "OPT503": "length-said-twice",
}


class Unknown:
    """A use of a name that does not exist; `place` is the declaration whose own name may be the misspelt one."""

    def __init__(self, word: str, finding: Diagnostic, place: Span | None) -> None:
        self.word, self.finding, self.place = word, finding, place


class Problems:
    """The findings of one check, without repetitions.

    Uses of a name that does not exist are kept apart until the end: however often a name is used, its absence is one root cause.
    """

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self.constants: dict[str, Span] = {}  # `$name` -> where `let` gives its value
        self.unread: list[tuple[str, Span]] = []  # constants that nothing reads
        self.missed = False  # whether something was left out that follows from another finding
        self._unknown: list[Unknown] = []
        self._seen: set[tuple[str, int, int, str]] = set()
        self.characters = 0  # of all the texts that `extends` names
        self.silent: list[Span] = []  # places at which nothing more is told
        self.behind = False  # whether what is found from here on may follow from a doubt

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        help: str = "",
        label: str = "",
        labels: tuple[Label, ...] = (),
        notes: tuple[str, ...] = (),
        severity: Severity = Severity.ERROR,
        cause: Span | None = None,
        stops: bool = True,
    ) -> None:
        """Report once for every place and code; `cause` is the place whose mistake it is, if it is another.

        An error `stops` the spec from being built, unless it is a doubt; a warning never does.
        """
        cause = cause or span
        key = (cause.source.name, cause.start, cause.end, code)
        if key in self._seen or self._silenced(span):
            return
        self._seen.add(key)
        labels += self._constant(span)
        stops = stops and severity is Severity.ERROR
        self.found.append(
            Diagnostic(
                code,
                NAMES[code],
                severity,
                message,
                span,
                label,
                labels,
                notes,
                help,
                stops=stops,
                behind=self.behind,
            )
        )

    def warning(
        self, code: str, message: str, span: Span, *, help: str = "", labels: tuple[Label, ...] = ()
    ) -> None:
        self.error(code, message, span, help=help, labels=labels, severity=Severity.WARNING)

    def unknown(
        self, word: str, code: str, message: str, span: Span, *, help: str = "", label: str = "", labels: tuple[Label, ...] = (),
        place: Span | None = None,
    ) -> None:  # fmt: skip
        """A use of a name that does not exist; `place` is the declaration whose own name may be the misspelt one."""
        if self._silenced(span):
            return
        labels += self._constant(span)
        finding = Diagnostic(
            code, NAMES[code], Severity.ERROR, message, span, label, labels, (), help, stops=True
        )
        self._unknown.append(Unknown(word, finding, place))

    def silence(self, span: Span) -> None:
        """What follows from an error at this token is not told."""
        self.silent.append(span)

    def _silenced(self, span: Span) -> bool:
        return any(
            s.source is span.source and s.start <= span.start and span.end <= s.end for s in self.silent
        )

    def _constant(self, span: Span) -> tuple[Label, ...]:
        """Where the value of a constant stands, for a finding at its use."""
        place = self.constants.get(span.text) if span.text.startswith("$") else None
        return (Label(place, f"`{span.text}` is given here"),) if place is not None else ()

    @property
    def failed(self) -> bool:
        """Whether there can be no Program."""
        return self.missed or bool(self._unknown) or any(finding.stops for finding in self.found)

    def ends(self) -> bool:
        """Whether the check ends here; it goes on behind what is merely doubted."""
        self.behind = any(finding.severity is Severity.ERROR for finding in self.found)
        return self.failed

    def all(self) -> list[Diagnostic]:
        """The findings, names that do not exist once each: at the first use in the order of the text."""
        uses: dict[str, list[Unknown]] = {}
        for each in sorted(self._unknown, key=lambda each: each.finding.order):
            uses.setdefault(each.word, []).append(each)
        found = list(self.found)
        for several in uses.values():
            first = next((each for each in several if each.place is not None), several[0])
            lines = sorted(
                {each.finding.span.begin[0] for each in several} - {several[0].finding.span.begin[0]}
            )
            notes = (f"it is used on line{'s' * (len(lines) > 1)} {_listed(lines)} as well",) if lines else ()
            told = first.finding
            found.append(replace(several[0].finding, labels=told.labels, help=told.help, notes=notes))
        return at_most(found)


def _listed(numbers: list[int]) -> str:
    """4, 5 and 9."""
    words = [str(number) for number in numbers]
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def within(span: Span, word: str, last: bool = False) -> Span:
    """The part of a token that is `word`: `trnk` of `teacher.trnk`; the whole token if it is not there."""
    text = span.text
    start = text.rfind(word) if last else text.find(word)
    return (
        Span(span.source, span.start + start, span.start + start + len(word)) if word and start >= 0 else span
    )
