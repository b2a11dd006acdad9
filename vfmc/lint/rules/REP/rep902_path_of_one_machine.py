"""A path that nobody else has."""

import posixpath
import re

from vfmc.components import Component, Tokenizer
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Span
from vfmc.syntax.tree import Sequence

RULE = Rule(
    code="REP902",
    name="path-of-one-machine",
    triggers=("path", "root", "files", "urls", "init"),
    profiles=("ci", "strict"),
    what="A spec names an absolute path, or one that leads out of the folder.",
    why="It works on one machine, or in one place of it.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
sources:
  pairs: {use: csv, files: /home/ann/pairs.csv}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
sources:
  pairs: {use: csv, files: pairs.csv}
""",
    source="every shared configuration",
)


SOURCES = ("root", "files", "urls")
_FAR = re.compile(r"[/~\\]|[A-Za-z]:[/\\]")


def check(facts: Facts, report: Report) -> None:
    data = "give a path relative to where training starts, or name the data with --data"
    for name, source in facts.program.sources.items():
        for argument in SOURCES:
            place = _places(facts, source, argument, facts.span("sources", name))
            _tell(getattr(source, argument, None), place, data, report)
    for component, span in facts.components():
        if isinstance(component, Tokenizer):
            place = _places(facts, component, "path", span)
            _tell(getattr(component, "path", None), place, "give a path beside the spec", report)
    for init in facts.program.inits:
        _tell(
            init.path,
            [facts.span("towers", init.tower, "with", "init")],
            "give a path beside the spec",
            report,
        )


def _places(facts: Facts, component: Component, argument: str, otherwise: Span) -> list[Span]:
    """Where the value of an argument stands: of a list, every element."""
    entry = facts.given(component, argument)
    node = entry.value if entry is not None else None
    return [each.span for each in node] if isinstance(node, Sequence) else [node.span if node else otherwise]


def _tell(given: object, places: list[Span], help: str, report: Report) -> None:
    """The first path of an argument that is that of one machine."""
    for number, path in enumerate(given if isinstance(given, list) else [given]):
        why = wrong(path) if isinstance(path, str) else ""
        if why:
            report(places[min(number, len(places) - 1)], why, help=help)
            return


def wrong(path: str) -> str:
    """What is wrong with a path: "" for one that stays below the folder it starts in, and for an address of the web."""
    if "://" in path:
        return ""
    if _FAR.match(path):
        return "this path is that of one machine"
    if posixpath.normpath(path.replace("\\", "/")).split("/")[0] == "..":
        return "this path leads out of the folder"
    return ""
