"""Suppressions: `# vfmc: ignore[OBJ312] reason` at the end of a line, which may open a block, above one, or for the whole file with `ignore-file`."""

from __future__ import annotations

import re
from dataclasses import field

from vfmc.lint.index import DOUBTS, RULES
from vfmc.lint.settings import Settings, meant, no_rule
from vfmc.source import Diagnostic, Severity, Source, Span
from vfmc.source.record import record
from vfmc.syntax.read import read as parsed
from vfmc.syntax.tree import Mapping, Node, Sequence, Tree

_MARK = r"#\s*vfmc:\s*(?P<what>[\w-]*)\s*(?:\[(?P<codes>[^\]]*)\])?\s*(?P<reason>.*)"
UNUSED, UNREASONED, UNREADABLE = "STY001", "STY002", "STY003"
SUGGESTED = 20  # unknown codes of one text for which the code that was meant is looked for
NAMES = {
    UNUSED: "unused-suppression",
    UNREASONED: "suppression-without-reason",
    UNREADABLE: "unreadable-suppression",
}


@record()
class Suppression:
    """One comment: the codes (or their beginnings) that it silences, on which lines, and whether it did."""

    span: Span
    codes: tuple[str, ...]
    first: int
    last: int
    reason: str
    whole: bool = False  # of a file: what its bases say as well
    used: set[str] = field(default_factory=set)

    def silences(self, finding: Diagnostic) -> bool:
        line = finding.span.begin[0]
        code = next((code for code in self.codes if finding.code.startswith(code)), None)
        here = finding.span.source is self.span.source and self.first <= line <= self.last
        if code is None or not (here or self.whole):
            return False
        self.used.add(code)
        return True


class Comments:
    """The suppressions that hold for a text: its own, and those of the bases in which findings of it stand."""

    def __init__(self, source: Source, tree: Tree | None) -> None:
        self.source = source
        self.found, self.wrong = read(source, tree) if _commented(source) else ([], [])
        self._bases: dict[int, list[Suppression]] = {}

    def left(self, findings: list[Diagnostic]) -> list[Diagnostic]:
        """The findings that no comment silences.

        What stands in a base is silenced by the base's own comments too; whether those silence anything is told where the base is
        linted. What keeps a spec from being built is never silenced.
        """
        return [each for each in findings if each.stops or each.code not in RULES or not self._silenced(each)]

    def about(self, settings: Settings, whole: bool, checked: bool) -> list[Diagnostic]:
        """What is wrong with the text's own comments. Whether one silences anything is known if the `whole` spec was looked at, and of what
        the check doubts also if it was `checked` to its end.
        """
        own, file = list(self.wrong), self.source.name
        for each in self.found:
            left = dict.fromkeys(code for code in each.codes if code not in each.used)
            unused = [code for code in left if whole or (checked and _doubts_alone(code))]
            if unused:
                what = ", ".join([*unused[:8], *["..."] * (len(unused) > 8)])
                own.append(
                    _finding(UNUSED, f"nothing here is silenced by `{what}`", each.span, "take it out")
                )
            if not any(letter.isalnum() for letter in each.reason) and settings.profile != "default":
                message = "this suppression gives no reason"
                own.append(_finding(UNREASONED, message, each.span, "write why after the bracket"))
        return [each for each in own if settings.enabled(each.code, file)]

    def _silenced(self, finding: Diagnostic) -> bool:
        base = finding.span.source
        if base is not self.source and id(base) not in self._bases:
            self._bases[id(base)] = read(base, parsed(base)[0])[0] if _commented(base) else []
        hits = [each.silences(finding) for each in (*self.found, *self._bases.get(id(base), ()))]
        return any(hits)  # all of them are asked, so that each knows what it does


def told(findings: list[Diagnostic], comments: Comments, settings: Settings) -> list[Diagnostic]:
    """What the reader and the check say, without what is silenced or ignored, and without what may follow from a doubt that is not."""
    file = comments.source.name
    on = [
        each for each in findings if each.stops or each.code not in RULES or settings.enabled(each.code, file)
    ]
    left = comments.left(on)
    if any(each.code in DOUBTS and each.severity is Severity.ERROR and not each.behind for each in left):
        return [each for each in left if not each.behind]
    return left


def _doubts_alone(code: str) -> bool:
    """Whether all that a code, or its beginning, stands for is found by the check."""
    return all(each in DOUBTS for each in RULES if each.startswith(code))


def _commented(source: Source) -> bool:
    return "vfmc:" in source.text and "#" in source.text


def read(source: Source, tree: Tree | None) -> tuple[list[Suppression], list[Diagnostic]]:
    """The suppressions of a text, and findings on comments that look like one and are none. `tree` is what the text holds, if it can be read."""
    found: list[Suppression] = []
    wrong: list[Diagnostic] = []
    lines = source.text.split("\n")
    below = _Blocks(lines)
    texts = _texts(tree)
    for number, line in enumerate(lines, 1):
        place = comment(line)
        match = re.match(_MARK, line[place:]) if place >= 0 else None
        if match is None:
            continue
        start = source.line_starts[number - 1] + place
        if any(first < start < last and number > line for first, last, line in texts):
            continue
        span = Span(source, start, start + len(line[place:].rstrip()))
        codes = tuple(code.strip() for code in (match["codes"] or "").split(",") if code.strip())
        unknown = next((code for code in codes if not any(each.startswith(code) for each in RULES)), None)
        if match["what"] not in ("ignore", "ignore-file"):
            wrong.append(
                _finding(
                    UNREADABLE,
                    f"`vfmc: {match['what']}` is no suppression",
                    span,
                    "write # vfmc: ignore[CODE] reason",
                )
            )
        elif not codes:
            wrong.append(
                _finding(
                    UNREADABLE, "this suppression names no rule", span, "write # vfmc: ignore[CODE] reason"
                )
            )
        elif unknown is not None:
            help = meant(unknown) if len(wrong) < SUGGESTED else "`vfmc rule --all` lists the rules"
            wrong.append(_finding(UNREADABLE, no_rule(unknown), span, help))
        else:
            whole = match["what"] == "ignore-file"
            first, last = (1, len(lines)) if whole else below.meant(number, line[:place].rstrip())
            found.append(Suppression(span, codes, first, last, match["reason"].strip(), whole))
    return found, wrong


def _texts(tree: Tree | None) -> list[tuple[int, int, int]]:
    """Where the texts of several lines start and end, and on which line they start; none in what cannot be read."""
    found: list[tuple[int, int, int]] = []
    stack: list[Node] = [tree.root] if tree is not None else []
    while stack:
        node = stack.pop()
        if isinstance(node, Mapping):
            stack += [entry.value for entry in node]
        elif isinstance(node, Sequence):
            stack += list(node)
        elif "\n" in node.span.text:
            found.append((node.span.start, node.span.end, node.span.begin[0]))
    return found


def comment(line: str) -> int:
    """Where the comment of a line begins, -1 without one: a `#` outside of quotes, at the start or after a blank."""
    quote = ""
    for place, character in enumerate(line):
        if quote:
            if character == quote and not (quote == '"' and line[place - 1] == "\\"):
                quote = ""
        elif character in "\"'" and (place == 0 or not line[place - 1].isalnum()):
            quote = character
        elif character == "#" and (place == 0 or line[place - 1] in " \t"):
            return place
    return -1


class _Blocks:
    """The lines that comments stand above. Each block is measured once, however many comments precede it."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        self.first = [0] * (
            len(lines) + 2
        )  # by line number: the next one that says something, this one included
        self.first[-1] = len(lines) + 1
        for number in range(len(lines), 0, -1):
            text = lines[number - 1].lstrip()
            self.first[number] = number if text and not text.startswith("#") else self.first[number + 1]
        self.last: dict[int, int] = {}

    def meant(self, number: int, before: str) -> tuple[int, int]:
        """The lines that a comment on line `number` is about: that line alone, all that it opens, or the block below."""
        if not before:
            return self.of(number)
        return number, self._end(number) if before.endswith((":", "{", "[", "(")) else number

    def of(self, number: int) -> tuple[int, int]:
        """What follows a comment on line `number`: the next line that says something, and those indented below it."""
        first = self.first[number + 1]
        if first > len(self.lines):
            return number, number
        if first not in self.last:
            self.last[first] = self._end(first)
        return first, self.last[first]

    def _end(self, first: int) -> int:
        depth, last = _indent(self.lines[first - 1]), first
        for place in range(first + 1, len(self.lines) + 1):
            line = self.lines[place - 1]
            if line.strip() and _indent(line) <= depth and line.strip()[0] not in "}])":
                break
            if line.strip():
                last = place
        return last


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _finding(code: str, message: str, span: Span, help: str) -> Diagnostic:
    return Diagnostic(code, NAMES[code], Severity.WARNING, message, span, help=help)
