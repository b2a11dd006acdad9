"""The DSL spelling, read into the same Tree as the YAML spelling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from vfmc.source import Diagnostic, Source, Span
from vfmc.syntax.codes import MOST, SyntaxFinding, error
from vfmc.syntax.comments import attach, comment_at
from vfmc.syntax.draft import DEEPEST, LARGEST, Block, Place, finish
from vfmc.syntax.dsl_build import Builder, Declared
from vfmc.syntax.dsl_comments import placed
from vfmc.syntax.load import check_text
from vfmc.syntax.tree import Mapping, Scalar, Tree
from vfmc.syntax.words import DECLARATIONS
from vfmc.syntax.yaml_reader import duplicate, too_deep

if TYPE_CHECKING:
    from vfmc.syntax.dsl_failure import Failure

_SIGNS = re.compile(r'"(?:[^"\\\n]|\\.)*(?P<closed>"?)|#[^\n]*|[()\[\]{}]|[,:.=>]')
_DECLARATION = re.compile(rf"^[ \t]*(?=(?:{'|'.join(DECLARATIONS)})(?![A-Za-z0-9_]|\s*[:.])\s)", re.MULTILINE)


def read_dsl(source: Source) -> tuple[Tree | None, list[Diagnostic]]:
    """The Tree of a `.vfm` spec, and what is wrong with its syntax.

    There is a Tree although something is wrong only where that is a name given twice: the first is kept.
    After an error reading goes on at the next line that begins a declaration.
    """
    if unreadable := check_text(source):
        return None, unreadable
    comments, wrong = _scan(source)
    if wrong:
        return None, wrong
    builder = Builder(source)
    declared: list[Declared] = []
    found: list[Diagnostic] = []
    start: int | None = 0
    while start is not None and len(found) < MOST:
        tree, failure = _parse(source.text[start:])
        if failure is not None:
            from vfmc.syntax.dsl_errors import explain

            found.append(explain(source, start, failure))
            start = _resume(source.text, start + failure.declared, start + failure.start)
            continue
        for item in tree.children:
            try:
                declared.append(builder.declared(item, start))
            except SyntaxFinding as finding:
                found.append(finding.diagnostic)
        start = None
    if found:
        return None, sorted([*found, *builder.found], key=lambda each: each.order)[:MOST]
    text_order = Block(True, 0, len(source.text), False, 1, [each.place for each in declared])
    attach(source, text_order, [comment_at(source, at) for at in comments])
    root = _sections(declared, builder)
    root.trailing = text_order.trailing
    node, _ = finish(source, root, "root")
    assert isinstance(node, Mapping)
    return placed(Tree(node, "vfm")), builder.found[:MOST]


def _scan(source: Source) -> tuple[list[int], list[Diagnostic]]:
    """Where comments start, and what no parser should meet: endless nesting, strings without an end."""
    comments: list[int] = []
    depth = signs = 0
    for match in _SIGNS.finditer(source.text):
        sign = match.group()
        if sign[0] == "#":
            comments.append(match.start())
        elif sign[0] == '"':
            if not match["closed"]:
                span = Span(source, match.start(), match.start() + 1)
                help = 'close it with `"` on the same line; a line break inside a string is written `\\n`'
                return comments, [error("SYN013", "this string is never closed", span, help=help)]
        elif sign in "([{":
            depth += 1
            if depth > DEEPEST:
                return comments, [too_deep(Span(source, match.start(), match.end()))]
        elif sign in ")]}":
            depth -= 1
        else:
            signs += 1
    if signs > LARGEST:
        return comments, [error("SYN004", f"the spec has more than {LARGEST:,} values", Span(source, 0, 0))]
    return comments, []


def _parse(text: str) -> tuple[Any, Failure | None]:
    """Lark's tree of `text`, or where it failed and what stood before."""
    from lark.exceptions import UnexpectedCharacters, UnexpectedToken

    from vfmc.syntax.dsl_failure import Failure
    from vfmc.syntax.dsl_table import parser

    tokens: list[Any] = []
    reading = parser().parse_interactive(text)
    try:
        for token in reading.iter_parse():
            tokens.append(token)
        return reading.feed_eof(), None
    except UnexpectedToken as reason:
        bad = reason.token
        if tokens and tokens[-1] is bad:
            tokens.pop()
        at_end = bad.type == "$END"
        start, end = (len(text), len(text)) if at_end else (int(bad.start_pos or 0), int(bad.end_pos or 0))
        return None, Failure(start, end, bad.type, tokens, reading.accepts(), text)
    except UnexpectedCharacters as reason:
        at = int(reason.pos_in_stream or 0)
        return None, Failure(at, at + 1, "", tokens, reading.accepts(), text)


def _resume(text: str, declared: int, failed: int) -> int | None:
    """The next line that begins a declaration, after the one at `declared` in which reading failed."""
    line_start = text.rfind("\n", 0, failed) + 1
    for match in _DECLARATION.finditer(text, line_start):
        if match.end() > declared:
            return match.end()
    return None


def _sections(declared: list[Declared], builder: Builder) -> Block:
    """The declarations gathered under the sections of the YAML spelling."""
    source = builder.source
    root = Block(True, 0, len(source.text), False, 1)
    top: dict[str, Place] = {}
    names: dict[tuple[str, str], Scalar] = {}
    for each in declared:
        place, key = each.place, each.place.key
        assert key is not None
        first = names.setdefault((each.section, key.text), key)
        if first is not key:
            builder.found.append(duplicate(first, key))
            continue
        if not each.section:
            root.places.append(place)
            continue
        section = top.get(each.section)
        if section is None:
            word = Scalar(each.section, each.section, False, each.word)
            block = Block(True, place.start, place.end, False, 1)
            section = top[each.section] = Place(place.start, word, block)
            root.places.append(section)
        assert isinstance(section.value, Block)
        section.value.places.append(place)
        section.value.end = place.end
    return root
