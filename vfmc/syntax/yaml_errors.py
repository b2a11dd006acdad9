"""YAML's own complaints in words that somebody who writes specs understands."""

from __future__ import annotations

import re
from typing import Any

from vfmc.source import Diagnostic, Label, Source, Span
from vfmc.syntax.codes import error

_KEY_LINE = re.compile(r"[ \t]*([^\s\[\]{},:]+):(?=\s|\Z)")
_WORD = re.compile(r"[^\s,:\[\]{}]+|.", re.DOTALL)


def translate(source: Source, reason: Any) -> Diagnostic:
    """The diagnostic for an exception of PyYAML, whichever of its two parsers raised it."""
    context, problem = str(getattr(reason, "context", "") or ""), str(getattr(reason, "problem", "") or "")
    at = _offset(source, getattr(reason, "problem_mark", None))
    opened = _offset(source, getattr(reason, "context_mark", None), at)
    text = source.text
    span = _word(source, at)

    if "maximum nesting depth" in problem:  # of newer versions of libyaml
        from vfmc.syntax.yaml_reader import too_deep

        return too_deep(Span(source, max(at - 1, 0), max(at, 1)))
    if text[at : at + 1] == "\t" or "tab character" in problem or _tab_before(text, at):
        tab = text.rfind("\t", 0, at + 1)
        return error(
            "SYN022",
            "a tab cannot indent YAML",
            Span(source, tab, tab + 1),
            help="indent with spaces",
        )
    if "flow sequence" in context or "flow mapping" in context:
        return _bracket(source, opened, at)
    if "quoted scalar" in context:
        if "escape" in problem or "hexdec" in problem:
            return error(
                "SYN014",
                "this escape is unknown in a double-quoted string",
                Span(source, at, min(at + 2, len(text))),
                help="write `\\\\` for a backslash, or use single quotes",
            )
        return error("SYN013", "this string is never closed", Span(source, opened, opened + 1))
    if "simple key" in context or "could not find expected ':'" in problem:
        key = _word(source, opened)
        line_end = text.find("\n", opened)
        whole = text[opened : line_end if line_end >= 0 else len(text)].rstrip()
        return error(
            "SYN023",
            f"expected `:` after `{whole}`",
            Span(source, opened, opened + len(whole)) if whole else key,
            help="an entry is `key: value`, and an item of a list starts with `- `",
        )
    if "mapping values are not allowed" in problem:
        return _second_colon(source, at)
    if "sequence entries are not allowed" in problem:
        return error(
            "SYN021",
            "an item `-` cannot start here",
            span,
            help="put the list on the lines below its key, each item indented alike",
        )
    if "node content" in problem:
        return _no_value(source, at)
    if "anchor" in context or "alias" in context:
        return error("SYN020", "`&` and `*` start an anchor's name in YAML", span, help="quote the string")
    if "tag" in context or "tag" in problem:
        return error("SYN026", "tags have no meaning in a spec", span, help="remove the tag")
    if "block scalar" in context:
        if "indentation" in problem or "leading" in problem:
            return error("SYN021", "the lines of this text are not indented alike", span)
        return error("SYN020", "only an indentation number, `+` or `-` may follow `|` and `>`", span)
    if "block mapping" in context or "block collection" in context or "block sequence" in context:
        return _indentation(source, at, opened, context)
    if "cannot start any token" in problem:
        character = text[at : at + 1]
        return error(
            "SYN020",
            f"`{character}` cannot start a value in YAML",
            Span(source, at, min(at + 1, len(text))),
            help=f'quote the string: "{character}..."',
        )
    if "document" in problem or "directive" in context or "directive" in problem:
        return error("SYN020", "expected the document to end here", span, help="indent every section alike")
    return error("SYN020", "this is not valid YAML", span)


def _offset(source: Source, mark: Any, otherwise: int = 0) -> int:
    return min(int(mark.index), len(source.text)) if mark is not None else otherwise


def _word(source: Source, at: int) -> Span:
    found = _WORD.match(source.text, at)
    return Span(source, at, found.end() if found and found.group().strip() else min(at + 1, len(source.text)))


def _tab_before(text: str, at: int) -> bool:
    """Whether the indentation of the line at `at` holds a tab."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return not line.strip() and "\t" in line


def _bracket(source: Source, opened: int, at: int) -> Diagnostic:
    text = source.text
    bracket = text[opened : opened + 1]
    close = {"[": "]", "{": "}"}.get(bracket, "]")
    wrong = text[at : at + 1]
    label = (Label(Span(source, opened, opened + 1), "opened here"),)
    if at >= len(text) or text[at:].startswith(("---", "...")):
        return error("SYN011", f"this `{bracket}` is never closed", Span(source, opened, opened + 1))
    if wrong in "]}" and wrong != close:
        return error(
            "SYN012",
            f"`{wrong}` does not close `{bracket}`",
            Span(source, at, at + 1),
            f"expected `{close}`",
            labels=label,
        )
    key = _KEY_LINE.match(text, text.rfind("\n", 0, at) + 1)
    if key and text.find("\n", opened, at) >= 0:
        before = Span(source, key.start(1), key.end(1))
        return error(
            "SYN011",
            f"this `{bracket}` is never closed",
            Span(source, opened, opened + 1),
            labels=(Label(before, f"expected `{close}` before this"),),
        )
    return error(
        "SYN016",
        f"expected `,` or `{close}`",
        _word(source, at),
        labels=label,
        help="a string that holds `,`, `:`, `[`, `]`, `{` or `}` needs quotes" if wrong in ":,[{" else "",
    )


def _no_value(source: Source, at: int) -> Diagnostic:
    """A value was wanted at `at`, and a closing bracket, a comma or the end of the file came."""
    text = source.text
    if at < len(text):
        sign = text[at]
        code, message = (
            ("SYN012", f"this `{sign}` closes nothing")
            if sign in "]}"
            else ("SYN020", f"expected a value before `{sign}`")
        )
        return error(code, message, Span(source, at, at + 1))
    opened = max(text.rfind("["), text.rfind("{"))
    if opened < 0:
        return error("SYN020", "expected a value before the end of the file", Span(source, at, at))
    return error("SYN011", f"this `{text[opened]}` is never closed", Span(source, opened, opened + 1))


def _second_colon(source: Source, at: int) -> Diagnostic:
    text = source.text
    line_start = text.rfind("\n", 0, at) + 1
    before = text[line_start:at]
    colon = Span(source, at, min(at + 1, len(text)))
    if re.search(r":\s", before):
        return error(
            "SYN024",
            "a second `:` on this line",
            colon,
            help="quote the value if it holds a `:`, or write a mapping as `{key: value}`",
        )
    word = before.strip()
    return error(
        "SYN021",
        f"the key `{word}` is not indented like the keys before it"
        if word
        else "the key before this `:` is missing",
        Span(source, at - len(before.lstrip()), at) if word else colon,
        help="entries of a mapping start in one column; a value that goes on in the next line needs quotes",
    )


def _indentation(source: Source, at: int, opened: int, context: str) -> Diagnostic:
    text = source.text
    span = _word(source, at)
    if at < len(text) and text[at] in "]},":
        return error(
            "SYN012",
            f"this `{text[at]}` closes nothing" if text[at] != "," else "`,` separates nothing here",
            span,
        )
    if text[at : at + 1] == ":":
        return error("SYN025", "the key before this `:` is missing", Span(source, at, at + 1))
    if "block mapping" in context and re.compile(r"-\s").match(text, at):
        message = "an item `-` cannot stand among the entries of a mapping"
        return error("SYN021", message, span, help="put the list on the lines below its key")
    line = source.position(at)[0]
    first_on_line = not text[source.line_starts[line - 1] : at].strip()
    if not first_on_line:
        return error(
            "SYN020",
            f"expected the end of the line before `{span.text}`",
            span,
            help="quote a string as a whole, or not at all",
        )
    return error(
        "SYN021",
        "this line is not indented like the entries before it",
        span,
        labels=(Label(Span(source, opened, min(opened + 1, len(text))), "the entries start here"),),
        help="entries of one mapping, and items of one list, start in the same column",
    )
