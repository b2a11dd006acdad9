"""Collecting findings: one root cause, one diagnostic."""

from __future__ import annotations

from vfmc.source import Diagnostic, Label, Severity, Span

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
    "OBJ301": "not-unit-length",
    "OBJ302": "teacher-receives-gradient",
    "OBJ303": "no-pairs",
    "OBJ304": "no-loss",
    "MSK301": "mask-covers-other-count",
    "MSK302": "mask-of-another-crop",
    "MSK303": "nothing-visible",
    "MSK304": "position-after-drop",
    "MSK305": "dropped-twice",
    "MSK306": "restored-by-another-mask",
    "MSK307": "prediction-lacks-tokens",
    "MSK308": "nothing-hidden",
    "DAT401": "no-source",
    "DAT402": "cropped-twice",
    "DAT403": "bad-range",
    "DAT404": "source-lacks-input",
    "OPT501": "no-training-length",
    "OPT502": "bad-selector",
}


class Problems:
    """The findings of one check, without repetitions."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []
        self._seen: set[tuple[str, int, int, str]] = set()

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
    ) -> None:
        """Report once for every place and code."""
        key = (span.source.name, span.start, span.end, code)
        if key in self._seen:
            return
        self._seen.add(key)
        self.found.append(Diagnostic(code, NAMES[code], severity, message, span, label, labels, notes, help))

    def warning(self, code: str, message: str, span: Span, *, help: str = "", labels: tuple[Label, ...] = ()) -> None:
        self.error(code, message, span, help=help, labels=labels, severity=Severity.WARNING)

    @property
    def failed(self) -> bool:
        return any(finding.severity is Severity.ERROR for finding in self.found)
