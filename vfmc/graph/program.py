"""What the check hands on: the Graph of every phase, the one of evaluation, and the settings beside them."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from vfmc.components import Component, Duration, InputKind, Protocol, SourceKind
from vfmc.components.sections.train import Train
from vfmc.graph.ir import Graph, Module
from vfmc.source import Span
from vfmc.source.record import record
from vfmc.syntax.tree import Entry, Mapping
from vfmc.types import Type


@record(frozen=True)
class Phase:
    """A stretch of training with a Graph of its own over the one set of modules."""

    name: str
    length: Duration
    graph: Graph
    train: Train


@record(frozen=True)
class Callable:
    """A tower as evaluation calls it: clean, from the view or input that feeds it."""

    name: str  # vision, or teacher.trunk
    tower: str
    feed: str  # the view or input
    type: Type  # of what feeds it
    gives: Type  # of its result


@record(frozen=True)
class Init:
    """Weights that a tower begins with."""

    tower: str
    path: str
    skip: tuple[str, ...]
    source: str = ""
    layout: str = ""  # of another library; `source` is then one of its towers


@record(frozen=True)
class Program:
    """A checked spec."""

    name: str
    doc: str
    root: Mapping  # settled: bases merged, constants filled in
    resolved: Mapping  # with every default written out
    inputs: dict[str, InputKind]
    modules: dict[str, Module]
    phases: tuple[Phase, ...]
    evaluation: Graph
    callables: dict[str, Callable]
    towers: dict[str, Any]
    sources: dict[str, SourceKind]
    protocols: dict[str, Protocol]
    exports: dict[str, str]
    sections: dict[str, Component] = field(default_factory=dict)
    inits: tuple[Init, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()  # beginnings of weight names: old, new
    unread: tuple[tuple[str, Span], ...] = ()  # constants that nothing reads
    called: tuple[tuple[Component, Span], ...] = ()  # every component, where the spec names it
    entries: dict[int, tuple[Entry, ...]] = field(
        default_factory=dict
    )  # the written arguments of components, by their identity

    @property
    def devices(self) -> int | None:
        """How many devices share a batch, if the spec says so."""
        return getattr(self.sections.get("parallel"), "devices", None)

    @property
    def train(self) -> Train:
        return self.phases[0].train
