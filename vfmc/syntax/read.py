"""Reading and formatting a spec, whichever its spelling."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vfmc.source import Diagnostic, Source, Span
from vfmc.syntax.codes import error
from vfmc.syntax.load import load_source, source_of
from vfmc.syntax.tree import Tree

if TYPE_CHECKING:
    from vfmc.syntax.layout import CannotWrite

__all__ = ["format_source", "load_source", "read", "source_of", "spelling_of", "write", "written"]

_SUFFIXES = {".vfm": "vfm", ".yaml": "yaml", ".yml": "yaml", ".json": "yaml"}
_DSL_HEAD = re.compile(r"(?:\s|#[^\n]*)*vfmc\s+\d")


def spelling_of(source: Source) -> str:
    """ "yaml" or "vfm": by the file's suffix, else by how the text begins."""
    dot = source.name.rfind(".")
    known = _SUFFIXES.get(source.name[dot:].lower()) if dot >= 0 else None
    return known or ("vfm" if _DSL_HEAD.match(source.text[:10_000]) else "yaml")


def read(source: Source, spelling: str | None = None) -> tuple[Tree | None, list[Diagnostic]]:
    """The Tree of a spec, or None, and what is wrong with its syntax. `spelling` is "yaml" or "vfm"."""
    if (spelling or spelling_of(source)) == "vfm":
        from vfmc.syntax.dsl_reader import read_dsl

        return read_dsl(source)
    from vfmc.syntax.yaml_reader import read_yaml

    return read_yaml(source)


def write(tree: Tree, spelling: str | None = None) -> str:
    """The canonical text of a Tree, in its own spelling or another; raises CannotWrite."""
    if (spelling or tree.spelling) == "vfm":
        from vfmc.syntax.dsl_writer import write_dsl

        return write_dsl(tree)
    from vfmc.syntax.yaml_writer import write_yaml

    return write_yaml(tree)


def format_source(source: Source, to: str | None = None) -> tuple[str | None, list[Diagnostic]]:
    """The canonical text of a spec, in its own spelling or in `to`; None where it has errors."""
    tree, found = read(source)
    if tree is None or found:
        return None, found
    text = written(tree, to)
    if isinstance(text, str):
        return text, []
    span = text.span if text.span.source is source else Span(source, 0, 0)
    return None, [error("SYN060", text.message, span, help="keep this spec in YAML")]


def written(tree: Tree, to: str | None = None) -> str | CannotWrite:
    """The canonical text of a Tree, or why it has none."""
    from vfmc.syntax.layout import CannotWrite

    try:
        return write(tree, to)
    except CannotWrite as reason:
        return reason
