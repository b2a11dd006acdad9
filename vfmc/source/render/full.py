"""Findings for people: the line of the spec, a caret under the token, what it means and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from vfmc.source.diagnostic import Diagnostic, Severity
from vfmc.source.record import record
from vfmc.source.render.cells import cell, visible, width
from vfmc.source.text import Source, Span

WIDTH = 110  # columns of a source line that are shown; of a longer one, the part around the caret
_LONGEST_LINE = 2_000  # characters of a line that are looked at before it is cut

_BOLD, _RED, _YELLOW, _BLUE, _CYAN, _RESET = (
    "\x1b[1m",
    "\x1b[1;31m",
    "\x1b[1;33m",
    "\x1b[1;34m",
    "\x1b[36m",
    "\x1b[0m",
)
_COLORS = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW, Severity.INFO: _CYAN}


@record(frozen=True)
class _Mark:
    """A place to underline: the first line of its span."""

    span: Span
    text: str
    primary: bool

    @property
    def line(self) -> int:
        return self.span.begin[0]


def full(diagnostics: Sequence[Diagnostic], color: bool = False) -> str:
    """The findings, each with its source lines, and a summary."""
    if not diagnostics:
        return ""
    parts = [_finding(each, _Paint(color)) for each in diagnostics]
    return "\n\n".join([*parts, _summary(diagnostics)])


class _Paint:
    def __init__(self, color: bool) -> None:
        self.color = color

    def __call__(self, style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if self.color and text else text


def _finding(diagnostic: Diagnostic, paint: _Paint) -> str:
    style = _COLORS[diagnostic.severity]
    head = paint(style, f"{diagnostic.severity}[{diagnostic.code}]") + paint(
        _BOLD, f": {visible(diagnostic.message)}"
    )
    marks = [_Mark(diagnostic.span, diagnostic.label, True)]
    marks += [_Mark(label.span, label.text, False) for label in diagnostic.labels]
    shown = [mark for mark in marks if mark.span.source.text]
    gutter = max((len(str(mark.line)) for mark in shown), default=1)
    lines = [head]
    source = diagnostic.span.source
    place = visible(str(diagnostic.span) if source.text else source.name)
    lines.append(f"{' ' * gutter}{paint(_BLUE, '-->')} {place}")
    lines += _snippet(source, [mark for mark in shown if mark.span.source is source], gutter, style, paint)
    for other in dict.fromkeys(mark.span.source for mark in shown if mark.span.source is not source):
        here = [mark for mark in shown if mark.span.source is other]
        lines.append(f"{' ' * gutter}{paint(_BLUE, ':::')} {visible(str(here[0].span))}")
        lines += _snippet(other, here, gutter, style, paint)
    if shown and (diagnostic.notes or diagnostic.help) and lines[-1] != f"{' ' * gutter} {paint(_BLUE, '|')}":
        lines.append(f"{' ' * gutter} {paint(_BLUE, '|')}")
    for word, text in [*(("note", note) for note in diagnostic.notes), ("help", diagnostic.help)]:
        if text:
            first, *rest = text.split("\n")
            lines.append(f"{' ' * gutter} {paint(_BLUE, '=')} {paint(_BOLD, word)}: {visible(first)}")
            lines += [f"{' ' * (gutter + 9)}{visible(line)}" for line in rest]
    return "\n".join(lines)


def _snippet(source: Source, marks: list[_Mark], gutter: int, style: str, paint: _Paint) -> list[str]:
    """The marked lines in their order, each with its carets."""
    if not marks:
        return []
    edge = paint(_BLUE, "|")
    lines = [f"{' ' * gutter} {edge}"]
    previous = 0
    for number in sorted({mark.line for mark in marks}):
        if previous and number > previous + 1:
            lines.append(paint(_BLUE, "..."))
        here = sorted(
            (mark for mark in marks if mark.line == number),
            key=lambda mark: (not mark.primary, mark.span.start),
        )
        text, carets = _window(source, number, here)
        lines.append(f"{paint(_BLUE, f'{number:>{gutter}}')} {edge} {text}".rstrip())
        for mark, (start, long) in zip(here, carets, strict=True):
            if not long:  # cut off with its part of the line
                continue
            sign = ("^" if mark.primary else "-") * long
            label = f" {visible(mark.text)}" if mark.text else ""
            lines.append(
                f"{' ' * gutter} {edge} {' ' * start}{paint(style if mark.primary else _BLUE, sign + label)}"
            )
        previous = number
    return lines + ([f"{' ' * gutter} {edge}"] if len(marks) > 1 else [])


def _window(source: Source, number: int, marks: list[_Mark]) -> tuple[str, list[tuple[int, int]]]:
    """A line as it is shown, and for each mark the column and width of its carets."""
    line = source.line(number)
    line_start = source.line_starts[number - 1]
    spans = [
        (
            min(mark.span.start - line_start, len(line)),
            min(max(mark.span.end - line_start, mark.span.start - line_start + 1), max(len(line), 1)),
        )
        for mark in marks
    ]
    cut = max(0, spans[0][0] - _LONGEST_LINE // 2)
    cells = [cell(character) for character in line[cut : cut + _LONGEST_LINE]]
    columns = [0]
    for each in cells:
        columns.append(columns[-1] + width(each))
    places = [
        (columns[_within(start - cut, cells)], columns[_within(end - cut, cells)]) for start, end in spans
    ]
    if columns[-1] <= WIDTH and not cut:
        return "".join(cells), [(start, max(1, end - start)) for start, end in places]
    left = max(0, min(places[0][0] - WIDTH // 3, columns[-1] - WIDTH))
    right = left + WIDTH
    kept = [index for index in range(len(cells)) if left <= columns[index] and columns[index + 1] <= right]
    first = kept[0] if kept else 0
    head = "…" if first or cut else ""
    tail = "…" if kept and (kept[-1] + 1 < len(cells) or cut + _LONGEST_LINE < len(line)) else ""
    shift = columns[first] - len(head)
    text = head + "".join(cells[index] for index in kept) + tail
    limit = WIDTH + len(head)
    shown = []
    for start, end in places:
        begin = min(max(start - shift, len(head)), limit)
        inside = columns[first] <= start <= right
        shown.append((begin, max(1, min(end - shift, limit) - begin) if inside else 0))
    return text, shown


def _within(index: int, cells: list[str]) -> int:
    return min(max(index, 0), len(cells))


def _summary(diagnostics: Sequence[Diagnostic]) -> str:
    counts = []
    for severity in sorted(Severity, reverse=True):
        count = sum(each.severity == severity for each in diagnostics)
        if count:
            word = "note" if severity == Severity.INFO else str(severity)
            counts.append(f"{count} {word}{'s' if count > 1 else ''}")
    safe = sum(bool(each.fix) and each.applicability == "safe" for each in diagnostics)
    unsafe = sum(bool(each.fix) and each.applicability != "safe" for each in diagnostics)
    fixable = [f"{safe} fixable with --fix"] * bool(safe)
    fixable += [f"{unsafe} {'more' if safe else 'fixable'} with --fix --unsafe-fixes"] * bool(unsafe)
    return f"Found {', '.join(counts)}" + (f" ({', '.join(fixable)})." if fixable else ".")
