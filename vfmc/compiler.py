"""The map of the house: these functions are the stages of the compiler, in this order.

    spec text -> syntax -> Tree -> check -> Program -> passes -> Program -> plan -> Plan -> emit -> package

Data flows one way: no stage reaches back, and no later stage re-reads the text.
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from vfmc.source import Diagnostic, Source
from vfmc.source.record import record
from vfmc.syntax.tree import Node, Tree

if TYPE_CHECKING:
    from vfmc.emit.package import Package
    from vfmc.graph.program import Program
    from vfmc.passes.manager import Ledger
    from vfmc.plan.plan import Plan


@record()
class Compilation:
    """One spec on its way: what every stage made of it, what was said, and how long each stage took in seconds."""

    source: Source
    folder: Path | None
    overrides: list[tuple[str, Node]] = field(default_factory=list)
    level: int = 1
    diagnostics: list[Diagnostic] = field(default_factory=list)
    tree: Tree | None = None
    program: Program | None = None
    ledger: Ledger | None = None
    plan: Plan | None = None
    package: Package | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def parse(work: Compilation) -> None:
    """Text to Tree."""
    from vfmc.syntax.read import read

    work.tree, found = read(work.source)
    work.diagnostics += found


def check(work: Compilation) -> None:
    """Tree to Program: names, arguments, types, shapes."""
    from vfmc.check.check import check as run
    from vfmc.syntax.load import load_source
    from vfmc.syntax.read import read

    def reader(path: Path) -> tuple[Tree | None, list[Diagnostic]]:
        loaded = load_source(path)
        return (None, [loaded]) if isinstance(loaded, Diagnostic) else read(loaded)

    if work.tree is not None:
        work.program, found = run(work.tree, work.folder, reader, work.overrides)
        work.diagnostics += found


def optimise(work: Compilation) -> None:
    """Program to Program: the passes of the level, each decision in the ledger."""
    from vfmc.passes.manager import run

    assert work.program is not None
    work.program, work.ledger = run(work.program, work.level)


def plan(work: Compilation) -> None:
    """What the runtime must know, and what it will cost."""
    from vfmc.plan.plan import make

    assert work.program is not None and work.ledger is not None
    work.plan = make(work.program, work.ledger)


def emit(work: Compilation) -> None:
    """Program and Plan to the files of a package, in memory."""
    from vfmc.emit.package import render

    assert work.program is not None and work.plan is not None and work.ledger is not None
    work.package = render(work.program, work.plan, work.ledger)


FRONT = (parse, check)
STAGES = (parse, check, optimise, plan, emit)


def compile_source(work: Compilation, until: tuple = STAGES) -> Compilation:  # type: ignore[type-arg]
    """Run the stages in order; stop where a stage left errors and no result."""
    for stage in until:
        if (stage is not parse and work.tree is None) or (stage not in FRONT and work.program is None):
            break
        start = perf_counter()
        stage(work)
        work.seconds[stage.__name__] = perf_counter() - start
    return work
