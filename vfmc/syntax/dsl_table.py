"""Lark's parser for the DSL.

Its table is kept in the user's cache: making it takes ten times as long as loading it.
"""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from vfmc import resources

if TYPE_CHECKING:
    from lark import Lark


@cache
def parser() -> Lark:
    """The parser of `grammar/vfmc.lark`, from the cache where it is there and fits."""
    import lark

    grammar = resources.text("grammar", "vfmc.lark")
    kept = _cache_file(grammar, lark.__version__)
    try:
        with kept.open("rb") as file:
            return lark.Lark.load(file)
    except Exception:  # whatever is wrong with a cached table, the grammar is at hand
        made = lark.Lark(grammar, parser="lalr", lexer="contextual", maybe_placeholders=False)
    _keep(made, kept)
    return made


def _cache_file(grammar: str, version: str) -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    key = f"{version}\n{sys.version}\n{grammar}".encode()
    return Path(base) / "vfmc" / f"dsl-{hashlib.sha256(key).hexdigest()[:16]}.lark"


def _keep(made: Lark, kept: Path) -> None:
    """Write the table so that others see all of it or nothing; that it cannot be written is no error."""
    partial = kept.with_suffix(f".{os.getpid()}")
    try:
        kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with partial.open("wb") as file:
            made.save(file)
        partial.replace(kept)
    except OSError:
        with suppress(OSError):
            partial.unlink()
