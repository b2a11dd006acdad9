"""From lark's tree of a `.vfm` text to the places of the Tree: what each form of the DSL means."""

from __future__ import annotations

import re
from typing import Any

from vfmc.source import Diagnostic, Source, Span
from vfmc.source.record import record
from vfmc.syntax.codes import SyntaxFinding, error
from vfmc.syntax.draft import Block, Place
from vfmc.syntax.scalars import DOTTED, number, quantity
from vfmc.syntax.tree import Scalar
from vfmc.syntax.words import SECTION_OF
from vfmc.syntax.yaml_reader import duplicate

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)")
_MEANING = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@record(frozen=True)
class Declared:
    """One declaration: its section ("" for a key of the root), the span of its word, its entry."""

    section: str
    word: Span
    place: Place


class Builder:
    """Reads the items of one source; `found` holds the names that were given twice."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Diagnostic] = []
        self.base = 0

    def declared(self, item: Any, base: int) -> Declared:
        """One item; `base` is where the text that lark saw starts in the source."""
        self.base = base
        word, *rest = item.children
        at = self.span(word)
        if item.data in ("word", "section"):
            return Declared("", at, Place(at.start, self.name(word), self.value(rest[0])))
        section = SECTION_OF[str(word)]
        key = self.name(rest[0])
        if item.data == "tower":
            return Declared(section, at, Place(at.start, key, self.tower(at, key, rest[1:])))
        if item.data == "weighted":
            return Declared(section, at, Place(at.start, key, self.weighted(*rest[1:])))
        return Declared(section, at, Place(at.start, key, self.value(rest[1])))

    def tower(self, word: Span, key: Scalar, parts: list[Any]) -> Block:
        column = self.source.position(word.start)[1] + 1
        block = Block(True, word.start, key.span.end, False, column, inline=True)
        for part in parts:
            sign, *children = part.children
            start = self.span(sign).start
            value: Scalar | Block
            if part.data == "takes":
                name, value = "takes", self.mapping(part.children, start)
            elif part.data == "source":
                name, value = "from", self.value(children[0])
            elif part.data == "options":
                first = self.start(children[0])
                name, value = "with", self.mapping(children, first, bracketed=False, column=column)
            else:
                name, value = "pipe", self.pipe(children, column)
            block.places.append(Place(start, Scalar(name, "", False, self.span(sign)), value))
            block.end = block.places[-1].end
        if not block.places:
            help = f'write `tower {key.value} = vit(size: "B/16")`'
            raise SyntaxFinding(error("SYN016", "expected `=` after the tower's name", key.span, help=help))
        return block

    def pipe(self, parts: list[Any], column: int) -> Block:
        block = Block(False, self.start(parts[0]), 0, False, column)
        arrow = None
        for part in parts:
            if _type(part) == "ARROW":
                arrow = self.span(part).start
                continue
            stage = self.labelled(part) if _type(part) == "labelled" else self.value(part)
            block.places.append(Place(self.start(part) if arrow is None else arrow, None, stage))
        block.end = block.places[-1].end
        return block

    def labelled(self, part: Any) -> Block:
        stage, sign, label = part.children
        call = self.as_call(self.value(stage), "only a call or a name can be labelled")
        key = Scalar("as", "", False, self.span(sign))
        call.places.append(Place(key.span.start, key, self.name(label)))
        call.end = self.span(label).end
        return self.unique(call)

    def weighted(self, weight: Any, sign: Any, part: Any) -> Block:
        call = self.as_call(self.value(part), "only a call or a name can be weighted")
        value = self.value(weight)
        start = self.start(weight)
        call.places.insert(0, Place(start, Scalar("weight", "", False, self.span(sign)), value))
        call.start = start
        return self.unique(call)

    def as_call(self, value: Scalar | Block, otherwise: str) -> Block:
        """The value as a mapping with `use`: a bare name becomes one."""
        if isinstance(value, Block) and any(place.key and place.key.value == "use" for place in value.places):
            return value
        if (
            isinstance(value, Scalar)
            and not value.quoted
            and DOTTED.match(str(value.text))
            and value.value == value.text
        ):
            start, end = value.span.start, value.span.end
            return Block(
                True, start, end, True, 0, [Place(start, Scalar("use", "", False, value.span), value)]
            )
        span = value.span if isinstance(value, Scalar) else Span(self.source, value.start, value.end)
        raise SyntaxFinding(error("SYN042", otherwise, span))

    def value(self, part: Any) -> Scalar | Block:
        kind = _type(part)
        if kind in ("call", "field"):
            return self.call(part)
        if kind == "mapping":
            return self.mapping(part.children, self.start(part))
        if kind == "list":
            items = [child for child in part.children if _type(child) not in ("LEFT", "RIGHT", "COMMA")]
            places = [Place(self.start(item), None, self.value(item)) for item in items]
            return Block(False, self.start(part), self.end(part), True, 0, places)
        return self.scalar(part, kind)

    def scalar(self, part: Any, kind: str) -> Scalar:
        span = Span(self.source, self.start(part), self.end(part))
        text = "".join(str(child) for child in part.children) if hasattr(part, "data") else str(part)
        if kind in ("string", "STRING"):
            value = self.unescaped(text[1:-1], span.start + 1)
            return Scalar(value, value, True, span)
        if kind in ("number", "NUMBER"):
            return Scalar(self.number(text, span), text, False, span)
        if kind == "quantity":
            text = quantity(text) or text
            return Scalar(text, text, False, span)
        words: dict[str, bool | None] = {"true": True, "false": False, "none": None}
        return Scalar(words.get(kind, text), text, False, span)

    def call(self, part: Any) -> Block:
        names: list[Any] = []
        call = part
        if part.data == "field":
            call = part.children[0]
            names = [child for child in part.children[1:] if _type(child) == "NAME"]
        component, _, *arguments = call.children
        name = self.name(component)
        block = Block(True, name.span.start, self.end(call), True)
        block.places.append(Place(name.span.start, Scalar("use", "", False, name.span), name))
        for argument in arguments:
            if _type(argument) in ("COMMA", "CLOSE"):
                continue
            if _type(argument) == "named":
                block.places.append(self.pair(argument))
            else:
                value = self.value(argument)
                start, end = self.start(argument), self.end(argument)
                block.places.append(
                    Place(start, Scalar("of", "", False, Span(self.source, start, end)), value)
                )
        block.closed = block.end
        if names:
            span = self.span(names[0]).to(self.span(names[-1]))
            path = ".".join(str(each) for each in names)
            block.places.append(
                Place(span.start, Scalar("field", "", False, span), Scalar(path, path, False, span))
            )
            block.end = span.end
        return self.unique(block)

    def mapping(self, parts: list[Any], start: int, bracketed: bool = True, column: int = 0) -> Block:
        block = Block(True, start, start, bracketed, column)
        for part in parts:
            if _type(part) in ("named", "pair"):
                block.places.append(self.pair(part))
        block.end = self.end(parts[-1])
        return self.unique(block)

    def pair(self, part: Any) -> Place:
        key = self.scalar(part.children[0], _type(part.children[0]))
        return Place(key.span.start, key, self.value(part.children[2]))

    def unique(self, block: Block) -> Block:
        """The block without the second of two entries that have one key."""
        first: dict[str, Scalar] = {}
        kept: list[Place] = []
        for place in block.places:
            assert place.key is not None
            key = first.setdefault(str(place.key.value), place.key)
            if key is place.key:
                kept.append(place)
            else:
                self.found.append(duplicate(key, place.key))
        block.places = kept
        return block

    def name(self, token: Any) -> Scalar:
        return self.scalar(token, _type(token))

    def number(self, text: str, span: Span) -> int | float:
        try:
            value = number(text)
        except OverflowError:
            raise SyntaxFinding(error("SYN015", "this number is too large", span)) from None
        if value is None:
            help = "a string that is not a plain name needs double quotes"
            raise SyntaxFinding(error("SYN015", f"`{text}` is not a number", span, help=help))
        return value

    def unescaped(self, text: str, start: int) -> str:
        def meaning(match: re.Match[str]) -> str:
            escape = match[1]
            if len(escape) == 5 and not 0xD800 <= (code := int(escape[1:], 16)) <= 0xDFFF:
                return chr(code)
            if escape in _MEANING:
                return _MEANING[escape]
            span = Span(self.source, start + match.start(), start + match.end())
            help = (
                'write `\\\\` for a backslash; known are `\\"`, `\\n`, `\\t` and `\\u00e9` with four digits'
            )
            raise SyntaxFinding(error("SYN014", f"the escape `{match[0]}` is unknown", span, help=help))

        return _ESCAPE.sub(meaning, text) if "\\" in text else text

    def start(self, part: Any) -> int:
        while hasattr(part, "data"):
            part = part.children[0]
        return self.base + int(part.start_pos)

    def end(self, part: Any) -> int:
        while hasattr(part, "data"):
            part = part.children[-1]
        return self.base + int(part.end_pos)

    def span(self, token: Any) -> Span:
        return Span(self.source, self.start(token), self.end(token))


def _type(part: Any) -> str:
    """The rule of a tree, or the terminal of a token."""
    return str(part.data) if hasattr(part, "data") else str(part.type)
