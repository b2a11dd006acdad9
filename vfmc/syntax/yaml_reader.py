"""The YAML spelling, read into the Tree with a position on every key and value.

PyYAML (libyaml where it is built in) tells the events; what they mean is said here, under the YAML 1.2 core
schema: PyYAML's own loaders know YAML 1.1 only, and silently let the last of two equal keys win.
"""

from __future__ import annotations

import re
from typing import Any

from vfmc.source import Diagnostic, Label, Source, Span
from vfmc.source.record import replace
from vfmc.syntax.codes import MOST, SyntaxFinding, error
from vfmc.syntax.comments import attach, comment_at
from vfmc.syntax.draft import DEEPEST, LARGEST, Block, Place, finish
from vfmc.syntax.load import check_text
from vfmc.syntax.scalars import plain_value
from vfmc.syntax.tree import Mapping, Scalar, Tree

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*(?:\s|#[^\n]*)*)*")
_HEADER = re.compile(r"[|>][-+0-9]*[ \t]*(?=#)")
_GAP = re.compile(r"(?:[\s?]|#[^\n]*)*")


def read_yaml(source: Source) -> tuple[Tree | None, list[Diagnostic]]:
    """The Tree of a YAML spec, and what is wrong with its syntax.

    There is a Tree although something is wrong only where that is a key given twice: the first is kept.
    """
    if unreadable := check_text(source):
        return None, unreadable
    reader = _Reader(source)
    try:
        root = reader.document()
    except SyntaxFinding as finding:
        return None, [*reader.found, finding.diagnostic]
    attach(source, root, [comment_at(source, start) for start in reader.comment_starts()])
    node, _ = finish(source, root, "root")
    assert isinstance(node, Mapping)
    return Tree(node, "yaml"), reader.found


class _Reader:
    def __init__(self, source: Source) -> None:
        import yaml  # late: `import vfmc` does not need it

        self.source = source
        self.found: list[Diagnostic] = []
        self.count = 0
        self.anchors: dict[
            str, tuple[Scalar | Block | None, int, int]
        ] = {}  # node, nodes in it, levels in it
        self.solid: list[tuple[int, int]] = []  # scalars, aliases and anchors: no comment starts inside them
        self.yaml: Any = yaml
        loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        self.parser = loader(source.text)

    def next(self) -> Any:
        try:
            return self.parser.get_event()
        except self.yaml.YAMLError as reason:
            from vfmc.syntax.yaml_errors import translate

            raise SyntaxFinding(translate(self.source, reason)) from None

    def span(self, event: Any) -> Span:
        return Span(self.source, event.start_mark.index, event.end_mark.index)

    def document(self) -> Block:
        events = self.yaml.events
        self.next()  # the stream's start
        event = self.next()
        text = self.source.text
        root = Block(True, len(text), len(text), False, 1)
        if isinstance(event, events.StreamEndEvent):
            return root
        node, _ = self.node(self.next(), 1)
        self.next()  # the document's end
        event = self.next()
        if isinstance(event, events.DocumentStartEvent):
            raise SyntaxFinding(
                error(
                    "SYN030",
                    "a spec is one document, and here a second one starts",
                    Span(self.source, event.start_mark.index, event.end_mark.index),
                    help="put the second spec into its own file",
                )
            )
        if isinstance(node, Scalar):
            if node.value is None and not node.text:
                return root
            span = node.span
        elif node.is_mapping:
            return node
        else:
            span = Span(self.source, node.start, min(node.end, node.start + 1))
        raise SyntaxFinding(
            error(
                "SYN031",
                "a spec is a mapping of sections, such as `inputs:` and `towers:`",
                span,
                help="start the file with `vfmc: 1`",
            )
        )

    def node(self, event: Any, depth: int) -> tuple[Scalar | Block, int]:
        """A node and its levels of nesting."""
        events = self.yaml.events
        self.count += 1
        if self.count > LARGEST:
            raise SyntaxFinding(_too_many(self.span(event)))
        if isinstance(event, events.AliasEvent):
            return self.alias(event, depth)
        start = self.properties(event)
        counted = self.count
        if event.anchor:
            self.anchors[event.anchor] = (None, 0, 0)
        node: Scalar | Block
        if isinstance(event, events.ScalarEvent):
            node, levels = self.scalar(event, start), 0
        else:
            if depth > DEEPEST:
                raise SyntaxFinding(too_deep(Span(self.source, start, start + 1)))
            node, levels = self.collection(event, start, depth)
        if event.anchor:
            self.anchors[event.anchor] = (node, self.count - counted + 1, levels)
        return node, levels

    def properties(self, event: Any) -> int:
        """Where the node itself starts, after its anchor; a tag is an error."""
        start = int(event.start_mark.index)
        if event.tag is None and event.anchor is None:
            return start
        match = _PROPERTIES.match(self.source.text, start)
        assert match
        if event.tag is not None:
            at = self.source.text.find("!", start)
            written = re.compile(r"![^\s,\[\]{}]*").match(self.source.text, at)
            span = Span(self.source, at, written.end() if written else at + 1)
            raise SyntaxFinding(
                error(
                    "SYN026",
                    f"the tag `{span.text}` has no meaning in a spec",
                    span,
                    help="remove it: the type of an argument says how its value is read",
                )
            )
        self.solid.append((start, start + 1 + len(event.anchor)))
        return match.end()

    def scalar(self, event: Any, start: int) -> Scalar:
        end = max(int(event.end_mark.index), start)
        text = self.source.text
        if event.style in ("|", ">"):
            header = _HEADER.match(text, start)
            if header:
                self.solid.append((start, header.end()))
                line_end = text.find("\n", start)
                self.solid.append((len(text) if line_end < 0 else line_end, end))
            else:
                self.solid.append((start, end))
            end = start + len(text[start:end].rstrip())
        else:
            self.solid.append((start, end))
        span = Span(self.source, start, end)
        if event.style:
            return Scalar(event.value, event.value, True, span)
        try:
            return Scalar(plain_value(event.value), event.value, False, span)
        except OverflowError:
            raise SyntaxFinding(error("SYN015", "this number is too large", span)) from None

    def collection(self, event: Any, start: int, depth: int) -> tuple[Block, int]:
        events = self.yaml.events
        is_mapping = isinstance(event, events.MappingStartEvent)
        block = Block(is_mapping, start, start, bool(event.flow_style))
        seen: dict[str, Scalar] = {}
        levels = 0
        event = self.next()
        while not isinstance(event, events.CollectionEndEvent):
            key = self.key(event, seen) if is_mapping else None
            place_start = key.span.start if key else self.dash(block)
            value, deep = self.node(self.next() if is_mapping else event, depth + 1)
            levels = max(levels, deep)
            if key is None:
                within = value.start if isinstance(value, Block) else value.span.start
                place = Place(place_start if place_start <= within else within, None, value)
            else:
                place = Place(place_start, key, value)
            if key is None or seen[key.text] is key:
                if not block.places:
                    block.column = self.source.position(place.start)[1]
                block.places.append(place)
            block.end = max(block.end, place.end, place.start)
            event = self.next()
        if block.bracketed:
            block.end = int(event.end_mark.index)
        return block, levels + 1

    def key(self, event: Any, seen: dict[str, Scalar]) -> Scalar:
        events = self.yaml.events
        span = self.span(event)
        if not isinstance(event, events.ScalarEvent):
            what = "an alias" if isinstance(event, events.AliasEvent) else "a list or a mapping"
            raise SyntaxFinding(
                error("SYN025", f"a key is a name, not {what}", Span(self.source, span.start, span.start + 1))
            )
        start = self.properties(event)
        self.count += 1
        span = Span(self.source, start, max(start, span.end))
        self.solid.append((span.start, span.end))
        plain = not event.style
        if plain and not event.value:
            raise SyntaxFinding(error("SYN025", "the key before this `:` is missing", span))
        if plain and event.value == "<<":
            raise SyntaxFinding(
                error(
                    "SYN029",
                    "merge keys are not part of the language",
                    span,
                    help="inherit a whole spec with `extends:`, or name a shared value in `let:`",
                )
            )
        key = Scalar(event.value, event.value, not plain, span)
        if event.anchor:
            self.anchors[event.anchor] = (key, 1, 0)
        first = seen.setdefault(event.value, key)
        if first is not key and len(self.found) < MOST:
            self.found.append(duplicate(first, key))
        return key

    def dash(self, block: Block) -> int:
        """Where the next item of a list starts: its `-` in block style."""
        start = block.places[-1].end if block.places else block.start + (1 if block.bracketed else 0)
        gap = _GAP.match(self.source.text, start)
        return gap.end() if gap and not block.bracketed else len(self.source.text)

    def alias(self, event: Any, depth: int) -> tuple[Scalar | Block, int]:
        span = self.span(event)
        self.solid.append((span.start, span.end))
        if event.anchor not in self.anchors:
            raise SyntaxFinding(
                error("SYN027", f"nothing is anchored as `&{event.anchor}` before this", span)
            )
        node, size, levels = self.anchors[event.anchor]
        if node is None:
            raise SyntaxFinding(error("SYN028", f"`&{event.anchor}` contains itself", span))
        self.count += size
        if self.count > LARGEST:
            raise SyntaxFinding(_too_many(span))
        if depth + levels - 1 > DEEPEST:
            raise SyntaxFinding(too_deep(span))
        if isinstance(node, Scalar):
            return replace(node, span=span), 0
        return replace(_copy(node), start=span.start, end=span.end, bracketed=True), levels

    def comment_starts(self) -> list[int]:
        """Each `#` outside scalars: YAML knows no other that is not a comment."""
        text, starts, at = self.source.text, [], 0
        for start, end in [*sorted(self.solid), (len(text), len(text))]:
            while (found := text.find("#", at, max(start, at))) >= 0:
                starts.append(found)
                line_end = text.find("\n", found)
                at = len(text) if line_end < 0 else line_end
            at = max(at, end)
        return starts


def _copy(block: Block) -> Block:
    """The block again, without its comments."""
    places = [
        Place(place.start, place.key, _copy(place.value) if isinstance(place.value, Block) else place.value)
        for place in block.places
    ]
    return replace(block, places=places, trailing=[])


def duplicate(first: Scalar, second: Scalar) -> Diagnostic:
    """The finding on a key that is given twice."""
    return error(
        "SYN010",
        f"`{second.value}` is given twice",
        second.span,
        "given again here",
        labels=(Label(first.span, "first given here"),),
        help="keep one of the two",
    )


def too_deep(span: Span) -> Diagnostic:
    """The finding on what is nested deeper than any spec needs."""
    return error("SYN005", f"this is nested deeper than {DEEPEST} levels", span)


def _too_many(span: Span) -> Diagnostic:
    return error(
        "SYN004",
        f"the spec has more than {LARGEST:,} values",
        span,
        notes=("each use of an anchor counts as a copy",),
        help="data does not belong in a spec: name a file instead",
    )
