"""Where lark stopped, what stood before it, and what could have stood there."""

from __future__ import annotations

import re
from typing import Any

from vfmc.source import Source, Span
from vfmc.source.record import record
from vfmc.syntax.words import DECLARATIONS

CLOSE = {"(": ")", "[": "]", "{": "}"}
SIGNS = {
    "EQUALS": "`=`",
    "TIMES": "`*`",
    "FROM": "`<-`",
    "ARROW": "`->`",
    "DOT": "`.`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "OPEN": "`(`",
    "CLOSE": "`)`",
    "LEFT": "`[`",
    "RIGHT": "`]`",
    "BEGIN": "`{`",
    "END": "`}`",
    "WITH": "`with`",
    "AS": "`as`",
}
BEFORE_VALUE = ("EQUALS", "ARROW", "FROM", "TIMES")
VALUES = {"NUMBER", "QUANTITY", "STRING", "CONSTANT", "TRUE", "FALSE", "NONE", "LEFT", "BEGIN", "NAME"}
WORDS = {"VFMC", "MODEL", "DOC", "INHERIT", "ENTRY", "TOWER", "LOSS", "SECTION"}
OPENING, CLOSING = ("OPEN", "LEFT", "BEGIN"), ("CLOSE", "RIGHT", "END")
NAMED = {"let": "constant"}  # what a declaration's word declares, where the word is not the noun


@record(frozen=True)
class Failure:
    """Where lark stopped in `text`, what stood before and what it would take.

    `type` is the terminal it met, "" for a character that begins none.
    """

    start: int
    end: int
    type: str
    tokens: list[Any]
    accepts: set[str]
    text: str

    @property
    def declared(self) -> int:
        """Where the declaration starts in which reading failed."""
        depth = start = 0
        for token in self.tokens:
            depth += (token.type in OPENING) - (token.type in CLOSING)
            if token.type in WORDS and not depth:
                start = token.start_pos
        return start

    @property
    def word(self) -> str:
        return self.text[self.start : self.end]


class Context:
    """A failure in the part of `source` that starts at `base`, seen from what was read before it."""

    def __init__(self, source: Source, base: int, failure: Failure) -> None:
        self.source, self.base, self.failure = source, base, failure
        self.tokens = failure.tokens
        self.last: Any = self.tokens[-1] if self.tokens else None
        self.brackets: list[int] = []  # indices of the tokens that opened what is still open
        self.declaration: int | None = None
        for index, token in enumerate(self.tokens):
            if token.type in OPENING:
                self.brackets.append(index)
            elif token.type in CLOSING:
                self.brackets.pop()
            elif token.type in WORDS and not self.brackets:
                self.declaration = index

    def at(self, token: Any) -> Span:
        return Span(self.source, self.base + token.start_pos, self.base + token.end_pos)

    @property
    def here(self) -> Span:
        """The failure; at the end of the file, what stands last."""
        if self.failure.type == "$END" and self.last is not None:
            return self.at(self.last)
        return Span(self.source, self.base + self.failure.start, self.base + self.failure.end)

    @property
    def found(self) -> str:
        return "the end of the file" if self.failure.type == "$END" else f"`{self.failure.word}`"

    def swallowed(self) -> bool:
        """Whether the last token, read as a name, was meant as the word of the next declaration."""
        line_start = self.failure.text.rfind("\n", 0, self.last.start_pos) + 1
        first = not self.failure.text[line_start : self.last.start_pos].strip()
        return first and str(self.last) in DECLARATIONS and self.failure.type in ("NAME", "STRING", "BEGIN")

    def expected(self) -> str:
        return f"expected {self.words()}"

    def words(self) -> str:
        """What may stand here, for people."""
        accepts = self.failure.accepts
        known: list[str] = []
        if {"NUMBER", "LEFT"} <= accepts:
            known.append("a value")
        else:
            known += [
                what
                for terminal, what in (("NAME", "a name"), ("STRING", "a string"), ("NUMBER", "a number"))
                if terminal in accepts
            ]
        known += [
            sign
            for terminal, sign in SIGNS.items()
            if terminal in accepts and not (known[:1] == ["a value"] and terminal in VALUES)
        ]
        if "ENTRY" in accepts:
            known.append("the next declaration")
        return (
            " or ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known)
            if known
            else "something else"
        )

    def begins_line(self) -> bool:
        """Whether nothing stands before the failure on its line."""
        line_start = self.failure.text.rfind("\n", 0, self.failure.start) + 1
        return not self.failure.text[line_start : self.failure.start].strip()

    def begins_declaration(self) -> bool:
        """Whether a line and a declaration begin at the failure: then a bracket was forgotten before it."""
        failure = self.failure
        if failure.word not in DECLARATIONS or not self.begins_line():
            return False
        return bool(re.compile(r"\s+[A-Za-z_\"{0-9]").match(failure.text, failure.end))

    def is_takes(self) -> bool:
        """Whether the innermost bracket holds a tower's operands rather than a call's arguments."""
        index = self.brackets[-1]
        return index >= 2 and self.tokens[index - 2].type == "TOWER"

    def last_separator(self) -> int:
        """The index of the last comma of the innermost bracket, or of the bracket itself."""
        depth, index = 0, len(self.tokens) - 1
        while index > self.brackets[-1]:
            kind = self.tokens[index].type
            if kind in CLOSING:
                depth += 1
            elif kind in OPENING:
                depth -= 1
            elif kind == "COMMA" and depth == 0:
                return index
            index -= 1
        return index

    def field_called(self) -> bool:
        """Whether a `(` follows a name with a dot."""
        kinds = [token.type for token in self.tokens[-2:]]
        return self.failure.type == "OPEN" and kinds == ["DOT", "NAME"]
