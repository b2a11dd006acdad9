"""Texts that are nearly specs: pieces of the zoo with bytes and tokens changed, and what a bad writer of the grammar would write."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

from vfmc.source import Source
from vfmc.syntax.read import read, write

ZOO = Path(__file__).parent.parent.parent / "specs"
SIGNS = " \n\t:,-[]{}()'\"|>&*!%@`#=<>.$\\0123e_axtrue~?é\r"
ODD = ["\0", "\x85", "\u2028", "\u202e", "\ufeff", "\ud800", "\U0001f600", "\ufb01", "0x1F", "1_000", ".nan", "-.inf", "1e999", "~", "<<: ", "- ",
       "? ", "&a ", "*a", "!!str ", "--- ", "...", "%YAML 1.1\n", "|\n", ">-\n", "\\u0000", '"', "'", "#c7", " #c8\n", "\r\n", "\t", "  ", "32 epochs",
       "50%"]  # fmt: skip
TOKEN = re.compile(r"\n *|[ \t]+|\w+|\"[^\"\n]*\"|#[^\n]*|->|<-|.", re.DOTALL)
WORDS = ["vfmc", "name", "doc", "extends", "without", "let", "inputs", "views", "masks", "towers", "losses", "values", "sources", "train",
         "data", "eval", "export", "use", "of", "field", "as", "weight", "takes", "from", "pipe", "with", "a", "b", "vit", "crop", "true", "none",
         "null", "yes", "on", "x1", "set", "phases"]  # fmt: skip
LEAVES = ["1", "0", "-3", "2.5", "1.0e-4", "1e5", "0x10", "1_000", ".5", "5.", "true", "False", "50%", "2 epochs", "1 step", "$k", "a.b",
          "crop", "vision", "B/16", '"q r"', '"B/16"', "''", '""', "'it''s'", '"\\n"', '"\\u00e9"', "{}", "[]"]  # fmt: skip


@cache
def texts(spelling: str) -> tuple[str, ...]:
    """The zoo in a spelling."""
    found = []
    for path in sorted(ZOO.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if spelling == "vfm":
            tree, _ = read(Source(path.name, text))
            assert tree is not None
            text = write(tree, "vfm")
        found.append(text)
    return tuple(found)


def small(seed: int, spelling: str) -> str | bytes:
    """The input of a number, always the same one; at most about a thousand characters."""
    dice = Random(f"{spelling} {seed}")
    return dice.choice(MAKERS)(dice, spelling)


def piece(dice: Random, spelling: str) -> str:
    """A few lines of a spec of the zoo; sometimes with comments in more places."""
    lines = dice.choice(texts(spelling)).split("\n")
    start = dice.randrange(len(lines))
    if spelling == "yaml":  # lines that stand below a section, with the section
        head = max((i for i in range(start + 1) if lines[i] and not lines[i][0].isspace()), default=start)
        start = head if dice.random() < 0.7 else start
    lines = lines[start : start + dice.randint(1, 9)]
    if dice.random() < 0.4:
        at = dice.randrange(len(lines))
        lines[at] += f"  #c{dice.randint(0, 9)}"
        lines.insert(at, " " * dice.choice([0, 2, 4, 6]) + "#c" + str(dice.randint(10, 99)))
    return "\n".join(lines)


def changed_signs(dice: Random, spelling: str) -> str:
    text = piece(dice, spelling)
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(text) + 1)
        end = at + dice.choice([0, 0, 1, 1, 2, 10, 60])
        text = (
            text[:at]
            + dice.choice(["", dice.choice(SIGNS), dice.choice(ODD), text[end : end + 9]])
            + text[end:]
        )
    return text


def changed_bytes(dice: Random, spelling: str) -> bytes:
    data = bytearray(piece(dice, spelling).encode())
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(data) + 1)
        data[at : at + dice.choice([0, 1, 1, 4])] = bytes(
            dice.randrange(256) for _ in range(dice.choice([0, 1, 1, 3]))
        )
    return bytes(data)


def changed_tokens(dice: Random, spelling: str) -> str:
    tokens = TOKEN.findall(piece(dice, spelling)) or [" "]
    others = TOKEN.findall(
        piece(dice, dice.choice(["yaml", "vfm"]) if dice.random() < 0.1 else spelling)
    ) or [" "]
    for _ in range(dice.randint(1, 4)):
        at, other = dice.randrange(len(tokens)), dice.randrange(len(tokens))
        how = dice.randrange(5)
        if how == 0:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        elif how == 1:
            tokens[at] = dice.choice(others)
        elif how == 2:
            tokens.insert(at, dice.choice(others))
        elif how == 3:
            tokens[at:at] = tokens[other : other + dice.randint(1, 12)]
        elif len(tokens) > 1:
            del tokens[at]
    return "".join(tokens)


def grown(dice: Random, spelling: str) -> str:
    """A text of the grammar, with slips here and there."""
    return Grower(dice).yaml() if spelling == "yaml" else Grower(dice).vfm()


MAKERS: tuple[Callable[[Random, str], str | bytes], ...] = (
    piece, changed_signs, changed_signs, changed_bytes, changed_tokens, changed_tokens, grown, grown, grown,
)  # fmt: skip


class Grower:
    """Writes what the grammar allows, in every layout it allows, and now and then what it does not."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.comments = 0

    def slip(self, text: str) -> str:
        return self.dice.choice(ODD) if self.dice.random() < 0.004 else text

    def comment(self, chance: float = 0.12) -> str:
        """A comment to the end of the line, each another one."""
        if self.dice.random() >= chance:
            return ""
        self.comments += 1
        return self.dice.choice([" ", "  ", "\t"]) + f"#c{self.comments}"

    def space(self) -> str:
        """What may stand between two tokens where line breaks mean nothing."""
        if self.dice.random() < 0.85:
            return " " * self.dice.choice([0, 1, 1])
        return f"{self.comment(0.5)}\n" + " " * self.dice.randint(0, 9)

    def word(self) -> str:
        return self.slip(self.dice.choice(WORDS))

    def leaf(self) -> str:
        return self.slip(self.dice.choice(LEAVES))

    # --- YAML

    def yaml(self) -> str:
        lines = [*self.own_line(0)]
        lines += self.block(0, 0, self.dice.sample(WORDS, self.dice.randint(1, 4)))
        lines += self.own_line(0)
        return "\n".join(lines) + "\n" * self.dice.randint(0, 2)

    def own_line(self, indent: int) -> list[str]:
        shift = self.dice.choice([0, 0, 0, 2, -2])
        return [" " * max(0, indent + shift) + made.strip()] if (made := self.comment()) else []

    def block(self, indent: int, depth: int, keys: list[str]) -> list[str]:
        lines = []
        for key in keys:
            lines += self.own_line(indent)
            lines += self.below(" " * indent + self.slip(f"{key}:"), indent, depth)
        return lines

    def below(self, head: str, indent: int, depth: int) -> list[str]:
        """A key or a dash with its value."""
        dice, how = self.dice, self.dice.random()
        if depth > 2 or how < 0.4:
            return [f"{head} {self.flow(depth, indent)}{self.comment()}"]
        if how < 0.45:
            mark = dice.choice(["|", ">", "|-", ">-", "|+"])
            inside = [
                " " * (indent + 2) + dice.choice(["word", "two words", "#c0 in a text", ""])
                for _ in range(dice.randint(0, 3))
            ]
            return [f"{head} {mark}{self.comment()}", *inside]
        inner = indent + dice.choice([2, 2, 2, 4, 1])
        if how < 0.75:
            keys = dice.sample(WORDS, dice.randint(1, 4))
            return [
                head + self.comment(),
                *self.own_line(inner),
                *self.block(inner, depth + 1, keys),
                *self.own_line(inner),
            ]
        inner = dice.choice([indent, inner])
        lines = [head + self.comment()]
        for _ in range(dice.randint(1, 4)):
            lines += self.own_line(inner)
            lines += self.below(" " * inner + "-", inner, depth + 1)
        return lines + self.own_line(inner)

    def flow(self, depth: int, indent: int) -> str:
        dice, how = self.dice, self.dice.random()
        anchor = dice.choice(["&a ", "&b "]) if dice.random() < 0.02 else ""
        if depth > 4 or how < 0.5:
            return "*a" if dice.random() < 0.02 else anchor + self.leaf()
        gap = lambda: self.space().replace("\n", "\n" + " " * (indent + 1))  # noqa: E731
        if how < 0.7:
            inside = [self.flow(depth + 1, indent) for _ in range(dice.randint(0, 4))]
            return (
                anchor
                + "["
                + gap()
                + f"{gap()},{gap()} ".join(inside)
                + gap()
                + dice.choice(["", "", ","]) * bool(inside)
                + "]"
            )
        keys = dice.sample(WORDS, dice.randint(0, 4))
        if dice.random() < 0.6:
            keys = ["use", *(key for key in keys if key != "use")]
        pairs = [f"{key}: {self.flow(depth + 1, indent)}" for key in keys]
        return anchor + "{" + gap() + f"{gap()},{gap()} ".join(pairs) + gap() + "}"

    # --- the DSL

    def vfm(self) -> str:
        dice = self.dice
        lines = []
        for _ in range(dice.randint(1, 6)):
            lines += self.own_line(0)
            lines.append(self.declaration() + self.comment())
        return dice.choice(["\n", "\n", "\n\n"]).join([*lines, *self.own_line(0)])

    def declaration(self) -> str:
        dice, s = self.dice, self.space
        how = dice.randrange(9)
        name = dice.choice(["a", "b", "c1", "vision", "crop", "name", "of"])
        if how == 0:
            return dice.choice(
                [
                    "vfmc 1",
                    "name x",
                    'name "a b"',
                    'doc "some words"',
                    f"extends {self.value(2)}",
                    f"without {self.value(2)}",
                ]
            )
        if how == 1:
            section = dice.choice(["train", "data", "eval", "export", "parallel", "profile", "renamed"])
            return f"{section}{s()} {{{self.pairs(1)}}}"
        if how == 2:
            weight = f"{s()}*{s()}{self.value(2)}" if dice.random() < 0.5 else ""
            return f"loss {name}{s()}={s()}{self.value(1)}{weight}"
        if how < 6:
            takes = f"({s()}{self.named(2)})" if dice.random() < 0.3 else ""
            source = f"{s()}<-{s()}{self.value(2)}" if dice.random() < 0.5 else ""
            pipe = f"{s()}={s()}" + f"{s()} ->{s()}".join(self.stage() for _ in range(dice.randint(1, 4)))
            role = f"{s()} with {self.named(2) or 'a: 1'}" if dice.random() < 0.2 else ""
            return f"tower {name}{takes}{source}{pipe if dice.random() < 0.9 else ''}{role}"
        word = dice.choice(["let", "input", "view", "mask", "value", "source"])
        return f"{word} {name}{s()}={s()}{self.value(0)}"

    def stage(self) -> str:
        label = f"{self.space()} as {self.word()}" if self.dice.random() < 0.15 else ""
        return self.value(1) + label

    def named(self, depth: int) -> str:
        s = self.space
        words = self.dice.sample(WORDS, self.dice.randint(0, 3))
        return f"{s()},{s()}".join(f"{word}{s()}:{s()}{self.value(depth + 1)}" for word in words)

    def pairs(self, depth: int) -> str:
        s = self.space
        keys = [
            self.dice.choice([w, w, f"{w}.b", f'"{w} x"'])
            for w in self.dice.sample(WORDS, self.dice.randint(0, 4))
        ]
        return (
            s()
            + self.dice.choice([", ", f"{s()},{s()}", " "]).join(
                f"{k}: {self.value(depth + 1)}" for k in keys
            )
            + s()
        )

    def value(self, depth: int) -> str:
        dice, s, how = self.dice, self.space, self.dice.random()
        if depth > 4 or how < 0.3:
            made = self.leaf()
            return made if "'" not in made and made not in ("5.", "B/16") else "none"
        if how < 0.4:
            return dice.choice(["a", "crop", "a.b", "a.b.c", "name", "name.x"])
        if how < 0.75:
            first = self.value(depth + 1) if dice.random() < 0.4 else ""
            rest = self.named(depth)
            inside = f"{s()},{s()}".join(part for part in (first, rest) if part)
            field = dice.choice([".cls", ".a.b"]) if dice.random() < 0.2 else ""
            return f"{dice.choice(['vit', 'f', 'blocks', 'vision'])}({s()}{inside}{s()}){field}"
        if how < 0.88:
            inside = f"{s()},{s()}".join(self.value(depth + 1) for _ in range(dice.randint(0, 4)))
            return f"[{s()}{inside}{s()}]"
        return f"{{{self.pairs(depth)}}}"
