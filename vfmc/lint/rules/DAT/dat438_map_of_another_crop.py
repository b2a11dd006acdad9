"""A map beside a picture that was cut elsewhere."""

from collections.abc import Iterator

from vfmc.components import View
from vfmc.graph import Graph, Value
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.types import Image, item

RULE = Rule(
    code="DAT438",
    name="map-of-another-crop",
    triggers=("aligned",),
    what="A map that moves as one view of a picture is compared with another view of it.",
    why="Shapes fit and nothing fails; the pair shows two places, and what binds a map to its picture is lost.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {heat: thermal}
views:
  street: {use: random_resized_crop, of: image, size: 16, flip: 0.0}
  warm: {use: aligned, of: heat, with: street}
towers:
  other: {from: warm, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: vision, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {heat: thermal}
views:
  street: {use: random_resized_crop, of: image, size: 16, flip: 0.0}
  warm: {use: aligned, of: heat, with: street}
towers:
  other: {from: warm, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: {use: vision, of: street}, b: other, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    source="ImageBind, arXiv 2305.05665: maps and pictures are cropped alike, and depth loses without it [recalled]",
)


def check(facts: Facts, report: Report) -> None:
    for name, _, loss in facts.losses():
        read = list(_read(facts.graph, loss))
        for map_ in (view for view in read if view.component.component_name == "aligned"):
            followed = facts.graph.values[map_.operand("with")]
            pictures = [view for view in read if _inputs(facts.graph, view) & _inputs(facts.graph, followed)]
            others = [view for view in pictures if followed.name not in (view.name, _follows(view))]
            if others:
                report(
                    loss.span,
                    f"`{name}` compares `{map_.name}`, which moves as `{followed.name}` does, with `{others[0].name}`",
                    help=f"read `{followed.name}` there, or let `{map_.name}` follow `{others[0].name}`",
                )
                break  # two maps that differ are one mistake


def _read(graph: Graph, loss: Value) -> Iterator[Value]:
    """The views of pictures and maps that towers read for a loss."""
    seen: set[int] = set()
    for value in graph.behind(loss.id):
        if value.make in ("apply", "loss"):
            for id in value.reads():
                view = graph.values[id]
                if id not in seen and view.make == "view" and isinstance(item(view.type), Image):
                    seen.add(id)
                    yield view


def _inputs(graph: Graph, view: Value) -> set[str]:
    return {value.name for value in graph.behind(view.id) if value.make == "input"}


def _follows(view: Value) -> str:
    """The view whose moves it shares as a map; mixed pictures are no longer those of one crop."""
    assert isinstance(view.component, View)
    return "" if view.component.extra() else view.component.follows()
