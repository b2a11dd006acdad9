"""What lark could not read, said in the words of the DSL: never its token names."""

from __future__ import annotations

import re
from typing import Any

from vfmc.source import Diagnostic, Label, Source, Span
from vfmc.source.suggest import nearest
from vfmc.syntax.codes import error, short
from vfmc.syntax.dsl_failure import BEFORE_VALUE, CLOSE, CLOSING, NAMED, SIGNS, VALUES, Context, Failure
from vfmc.syntax.words import DECLARATIONS, SECTION_OF

UNITS = ("epochs", "steps", "samples", "tokens", "hours")


def explain(source: Source, base: int, failure: Failure) -> Diagnostic:
    """The diagnostic for a failure in the part of `source` that starts at `base`."""
    return _Explainer(source, base, failure).explain()


class _Explainer(Context):
    def explain(self) -> Diagnostic:
        return self.character() or (self.in_bracket() if self.brackets else self.outside())

    def character(self) -> Diagnostic | None:
        """Signs that have no meaning anywhere, and those people bring from other languages."""
        failure = self.failure
        if failure.type:
            return None
        rest = failure.text[failure.start :]
        if rest[0] == "'":
            return error(
                "SYN043", "strings are written in double quotes", self.here, help="write \"...\" for '...'"
            )
        if rest.startswith(("//", "/*", "--")):
            return error("SYN016", "comments start with `#`", self.here)
        if rest[0] == ";":
            return error("SYN044", "`;` separates nothing", self.here, help="declarations need no separator")
        if rest[0] == "$":
            return error("SYN016", "expected a constant's name after `$`", self.here)
        if (
            self.last is not None
            and self.last.type in ("NAME", "NUMBER", "DOT")
            and self.last.end_pos == failure.start
        ):
            word = re.compile(r"[^\s,:()\[\]{}]*").match(failure.text, self.last.start_pos)
            whole = word.group() if word else str(self.last)
            span = Span(
                self.source, self.base + self.last.start_pos, self.base + self.last.start_pos + len(whole)
            )
            return error(
                "SYN016",
                f"`{whole}` is not a name",
                span,
                help=f'quote it if it is a string: "{short(whole)}"',
            )
        if rest[0] in "+-/^" and "ENTRY" in failure.accepts:
            return error(
                "SYN016", f"the language has no arithmetic: `{rest[0]}` cannot stand here", self.here
            )
        help = "a string that is not a plain name needs double quotes"
        return error("SYN016", f"`{rest[0]}` cannot stand here", self.here, self.expected(), help=help)

    def in_bracket(self) -> Diagnostic:
        failure = self.failure
        opener = self.tokens[self.brackets[-1]]
        close = CLOSE[str(opener)]
        opened = (Label(self.at(opener), "opened here"),)
        word = self.failure.word
        if failure.type == "$END" or self.begins_declaration() or self.swallowed():
            label = () if failure.type == "$END" else (Label(self.here, f"expected `{close}` before this"),)
            return error("SYN011", f"this `{opener}` is never closed", self.at(opener), labels=label)
        if word in (")", "]", "}") and word != close:
            return error(
                "SYN012",
                f"`{word}` does not close `{opener}`",
                self.here,
                f"expected `{close}`",
                labels=opened,
            )
        if unit := self.unit():
            return unit
        since = self.tokens[self.last_separator() + 1 :]
        is_call = opener.type == "OPEN" and not self.is_takes()
        if failure.type == "EQUALS" and self.last.type in ("NAME", "STRING"):
            return error(
                "SYN044",
                f"`{self.last}` and its value are joined by `:`",
                self.here,
                help=f"write `{self.last}: ...`",
            )
        if is_call and (unnamed := self.unnamed(since)):
            return unnamed
        if self.field_called():
            return self.field_called_error()
        if since and "COLON" in failure.accepts and self.last.type in ("NAME", "STRING"):
            return error("SYN023", f"expected `:` after `{self.last}`", self.here, f"found {self.found}")
        if self.last.type in ("COLON", "COMMA") and not failure.accepts.isdisjoint({"NUMBER", "STRING"}):
            what = "a key" if opener.type == "BEGIN" and self.last.type == "COMMA" else "a value"
            return error("SYN045", f"expected {what} after `{self.last}`", self.here, f"found {self.found}")
        if "COMMA" in failure.accepts:
            help = f"separate what stands in `{opener}{close}` by commas"
            if failure.type == "COLON":
                help = (
                    "only a plain name can be an argument's name"
                    if is_call
                    else "a string needs double quotes"
                )
            return error(
                "SYN016", f"expected `,` or `{close}`", self.here, f"found {self.found}", help, opened
            )
        return self.generic(opened)

    def unit(self) -> Diagnostic | None:
        """A number with a word behind it that is no unit: met at the word, or after it where it was read as a key."""
        behind = [*self.tokens[-2:], None][:2]
        if self.failure.type == "NAME" and self.last is not None and self.last.type == "NUMBER":
            word, span = self.failure.word, self.here
        elif self.last is not None and [getattr(token, "type", "") for token in behind] == ["NUMBER", "NAME"]:
            word, span = str(self.last), self.at(self.last)
        else:
            return None
        before = self.source.text[: span.start]
        if "\n" in before[len(before.rstrip()) :]:
            return None
        one = re.search(r"(?<![\w.])1\s*\Z", before)
        meant = nearest(word, [*UNITS, *(unit.removesuffix("s") for unit in UNITS if one)])
        help = f"did you mean `{meant}`?" if meant else f"units are {', '.join(UNITS)} and %"
        return error("SYN016", f"there is no unit `{short(word)}`", span, help=help)

    def unnamed(self, since: list[Any]) -> Diagnostic | None:
        """The second positional argument of a call, met at its first token or just after its name."""
        failure = self.failure
        separator = self.tokens[self.last_separator()]
        if separator.type != "COMMA":
            return None
        if not since and failure.type in VALUES - {"NAME"}:
            span, text = self.here, failure.word
        elif (
            len(since) == 1 and since[0].type == "NAME" and failure.type in ("COMMA", "CLOSE", "OPEN", "DOT")
        ):
            span, text = self.at(since[0]), str(since[0])
        else:
            return None
        return error(
            "SYN041",
            "only the first argument of a call goes without a name",
            span,
            "this one needs a name",
            help=f"write `name: {short(text)}`, as in `width: 768`",
        )

    def outside(self) -> Diagnostic:
        failure = self.failure
        accepts = failure.accepts
        word = str(self.tokens[self.declaration]) if self.declaration is not None else ""
        since = self.tokens[self.declaration + 1 :] if self.declaration is not None else []
        noun = NAMED.get(word, word)
        if failure.type in CLOSING:
            return error("SYN012", f"this `{failure.word}` closes nothing", self.here)
        if self.field_called():
            return self.field_called_error()
        if word in SECTION_OF and not since:
            return error("SYN016", f"expected a name after `{word}`", self.here, f"found {self.found}")
        if word in SECTION_OF and (
            len(since) == 1 or (accepts >= {"EQUALS", "WITH"} and not self.begins_line())
        ):
            help = f"write `{word} {since[0]} = ...`"
            return error(
                "SYN016", f"expected `=` after the {noun}'s name", self.here, f"found {self.found}", help
            )
        if word and not since:
            wanted = {
                "vfmc": "the version",
                "name": "a name",
                "doc": "a string in double quotes",
            }
            return error(
                "SYN016",
                f"expected {wanted.get(word, self.words())} after `{word}`",
                self.here,
                f"found {self.found}",
            )
        if self.last is not None and self.last.type in BEFORE_VALUE:
            return self.no_value(word, self.last, self.here, self.found)
        if len(self.tokens) > 1 and self.tokens[-2].type in BEFORE_VALUE and self.swallowed():
            return self.no_value(word, self.tokens[-2], self.at(self.tokens[-2]), "")
        if "ENTRY" in accepts:
            return self.not_a_declaration(word)
        return self.generic()

    def no_value(self, word: str, sign: Any, span: Span, found: str) -> Diagnostic:
        is_stage = sign.type == "ARROW" or (word == "tower" and sign.type == "EQUALS")
        what = "a stage" if is_stage else "a value"
        return error("SYN045", f"expected {what} after `{sign}`", span, f"found {found}" if found else "")

    def not_a_declaration(self, before: str) -> Diagnostic:
        failure = self.failure
        if failure.type == "NAME" and (self.begins_line() or not before):
            meant = nearest(failure.word, DECLARATIONS)
            help = (
                f"did you mean `{meant}`?"
                if meant
                else "a declaration starts with " + ", ".join(f"`{w}`" for w in SECTION_OF)
            )
            return error("SYN040", f"`{failure.word}` does not start a declaration", self.here, help=help)
        if failure.type == "NAME" and before == "tower" and (meant := nearest(failure.word, ("as", "with"))):
            return error(
                "SYN016",
                f"`{failure.word}` cannot stand after a stage",
                self.here,
                help=f"did you mean `{meant}`?",
            )
        if failure.type == "NUMBER" and not self.last:
            return error("SYN016", "expected a declaration, such as `vfmc 1`", self.here)
        if before in SECTION_OF and before != "tower" and failure.type in ("ARROW", "WITH", "AS", "FROM"):
            help = "only a tower has stages: declare one and use its name"
            return error(
                "SYN016",
                f"{SIGNS[failure.type]} belongs to a tower, not to a {NAMED.get(before, before)}",
                self.here,
                help=help,
            )
        if failure.type == "TIMES":
            return error(
                "SYN016",
                "`*` weighs a loss and nothing else",
                self.here,
                help="the language has no arithmetic",
            )
        if failure.type == "COLON" and self.last is not None and self.last.type == "NAME":
            return error(
                "SYN044",
                "`:` joins an argument and its value inside a call",
                self.here,
                help="a declaration is `view crop = ...`",
            )
        if failure.type == "NAME" and self.last is not None and self.last.type == "NUMBER":
            help = f"units are {', '.join(UNITS)} and %"
            return error("SYN016", f"there is no unit `{failure.word}`", self.here, help=help)
        return error("SYN016", f"expected the next declaration, found {self.found}", self.here)

    def generic(self, labels: tuple[Label, ...] = ()) -> Diagnostic:
        after = f" after `{self.last}`" if self.last is not None else ""
        message = f"expected {self.words()}{after}"
        return error("SYN016", message, self.here, f"found {self.found}", labels=labels)

    def field_called_error(self) -> Diagnostic:
        first = len(self.tokens) - 1
        while first >= 2 and self.tokens[first - 1].type == "DOT":
            first -= 2
        path = ".".join(str(token) for token in self.tokens[first::2])
        owner, _, field = path.partition(".")
        span = self.at(self.tokens[first]).to(self.at(self.tokens[-1]))
        return error(
            "SYN042", f"`{path}` is a field and cannot be called", span, help=f"write `{owner}(...).{field}`"
        )
