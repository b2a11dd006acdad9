"""The fix of a misspelt word: write the one that the finding suggests. Whether it was meant is a guess, so it is never a safe fix."""

from __future__ import annotations

import re
from dataclasses import replace

from vfmc.source import Diagnostic, Span, TextEdit
from vfmc.syntax.layout import quoted
from vfmc.syntax.read import spelling_of
from vfmc.syntax.scalars import plain_value

MEANT = re.compile(r"did you mean `([^`\n]+)`\?")
_WORD = re.compile(r"\$?[\w.-]+\Z")
_NAME = re.compile(r"\$?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_YAML_1_1 = ("y", "n", "yes", "no", "on", "off")  # what other readers of YAML take for true or false


def meant(finding: Diagnostic) -> str:
    """The word that the help of a finding suggests, or ""."""
    found = MEANT.match(finding.help)
    return found[1] if found else ""


def respelled(finding: Diagnostic) -> Diagnostic:
    """The finding with the edit that writes the word that it suggests, where it is about one word of the text."""
    word = meant(finding)
    if not word or finding.fix:
        return finding
    edit = respelling(finding.span, word)
    return finding if edit is None else replace(finding, fix=(edit,), applicability="unsafe")


def respelling(span: Span, word: str) -> TextEdit | None:
    """The edit that writes `word` for the one at `span`: its quotes stay, and a text that needs some gets them."""
    text, source = span.text, span.source
    before = source.text[span.start - 1 : span.start]
    if len(text) > 2 and text[0] == text[-1] and text[0] in "\"'":
        span, quotes = Span(source, span.start + 1, span.end - 1), True
    else:
        quotes = before in ("'", '"')  # a part of a quoted text
    if not _WORD.match(span.text) or (before == "." and "." in word):
        return None
    return TextEdit(span, word if quotes or _bare(span, word) else quoted(word))


def _bare(span: Span, word: str) -> bool:
    """Whether the word may stand there without quotes and is read as itself."""
    source = span.source
    if spelling_of(source) == "vfm":
        key = re.match(r"\s*:", source.text[span.end : span.end + 80]) is not None
        return _NAME.match(word) is not None and (key or word not in ("none", "true", "false", "null"))
    return _WORD.match(word) is not None and word.lower() not in _YAML_1_1 and plain_value(word) == word
