"""Python text: literals, quoting, layout. Every string of a spec that reaches generated code goes through `quote`."""

from __future__ import annotations

import json
import keyword
import re
from typing import Any

WIDTH = 110


def quote(text: str) -> str:
    """A Python string literal: ASCII, on one line, in double quotes."""
    return json.dumps(text)


def comment(text: str) -> str:
    """Text that may stand in a comment or a docstring: printable, on one line, without quotes that would end it."""
    flat = " ".join(text.split())
    return "".join(c for c in flat if c.isprintable()).replace("\\", "/").replace('"""', "'''")


def literal(value: Any) -> str:
    """Plain data as Python, on one line."""
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{quote(str(key))}: {literal(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(literal, value)) + "]"
    return repr(value)


def pretty(value: Any, indent: int = 0) -> str:
    """Plain data as Python, broken where a line would grow too long."""
    line = literal(value)
    if len(line) + indent + 20 <= WIDTH or not isinstance(value, dict | list | tuple) or not value:
        return line
    pad = " " * (indent + 4)
    if isinstance(value, dict):
        parts = [f"{pad}{quote(str(key))}: {pretty(part, indent + 4)}," for key, part in value.items()]
        return "{\n" + "\n".join(parts) + "\n" + " " * indent + "}"
    parts = [f"{pad}{pretty(part, indent + 4)}," for part in value]
    return "[\n" + "\n".join(parts) + "\n" + " " * indent + "]"


TAKEN = frozenset({"Any", "Callable", "F", "Mask", "NamedTuple", "Objective", "Tensor"})


def class_name(name: str, taken: frozenset[str] = TAKEN) -> str:
    """`text_clusters` as `TextClusters`; `Tower` is added where the name is taken."""
    made = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    return f"{made}Tower" if keyword.iskeyword(made) or made in taken else made


def indent(text: str, spaces: int) -> str:
    """Every line that is not empty, moved right."""
    pad = " " * spaces
    return "\n".join(pad + line if line.strip() else "" for line in text.split("\n"))


def tidy(text: str) -> str:
    """No trailing blanks, at most two empty lines, prose in lines that fit, one line break at the end."""
    lines = [line.rstrip() for line in fitted(text.split("\n"))]
    return re.sub(r"\n{4,}", "\n\n\n", "\n".join(lines)).strip("\n") + "\n"


def lines(text: str) -> list[str]:
    """The lines of a rendered macro, without empty ones."""
    return [line.rstrip() for line in text.split("\n") if line.strip()]


def call(function: str, arguments: list[str], *, prefix: str = "", indent: int = 8) -> list[str]:
    """`prefix function(arguments)`, one argument a line if it is too long for one."""
    line = f"{prefix}{function}({', '.join(arguments)})"
    if len(line) + indent <= WIDTH and not any("\n" in argument for argument in arguments):
        return [line]
    return [f"{prefix}{function}(", *(f"    {argument}," for argument in arguments), ")"]


def wrapped(text: str, width: int, start: str = "") -> list[str]:
    """Words in lines of at most `width`, each beginning with `start`."""
    found: list[str] = []
    line = start
    for word in text.split():
        if len(line) + len(word) + 1 > width and line.strip() != start.strip():
            found.append(line.rstrip())
            line = start
        line += word + " "
    return [*found, line.rstrip()]


def fitted(given: list[str]) -> list[str]:
    """Lines with docstrings and comments wrapped where they are too long; code is left as it is."""
    found: list[str] = []
    inside = False
    for line in given:
        quotes = line.count('"""')
        prose = inside or line.lstrip().startswith(('"""', "# "))
        inside = inside != (quotes == 1)
        if len(line) <= WIDTH or not prose:
            found.append(line)
            continue
        pad = line[: len(line) - len(line.lstrip())]
        start = f"{pad}# " if line.lstrip().startswith("# ") else pad
        text = line.lstrip().removeprefix("# ")
        closed = quotes == 2
        made = wrapped(text.removesuffix('"""') if closed else text, WIDTH, start)
        found += [*made, f'{pad}"""'] if closed else made
    return found
