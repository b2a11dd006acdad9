"""A stretch of sound beside another stretch of its video."""

from collections.abc import Iterator

from vfmc.components import View
from vfmc.graph import Graph, Value
from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DAT440",
    name="pair-of-two-moments",
    triggers=("frames", "mel", "window"),
    what="A loss compares stretches of two recordings that are drawn each for itself.",
    why="Of a video of ten seconds and its sound, two seconds of each are two different moments: the pair says nothing, and nothing fails.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {film: video, sound: {use: audio, rate: 16000}}
views:
  moving: {use: frames, of: film, count: 1, size: 16}
  heard: {use: mel, of: sound, bins: 32, frames: 200, seconds: 2.0}
towers:
  sight: {from: moving, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
  ear: {from: heard, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: sight, b: ear, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
inputs: {film: video, sound: {use: audio, rate: 16000}}
views:
  moving: {use: frames, of: film, count: 1, size: 16}
  heard: {use: mel, of: sound, bins: 32, frames: 200, seconds: 2.0, with: moving}
towers:
  sight: {from: moving, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
  ear: {from: heard, pipe: [{use: patches, size: 4, width: 16}, mean, {use: linear, out: 32}, l2norm]}
losses:
  bind: {use: contrastive, a: sight, b: ear, scale: {use: fixed, value: 20.0}}
sources: {pairs: {use: csv, files: pairs.csv}}
without: [eval]
""",
    source="a stretch is drawn by the name of its view (docs/contracts.md, section 1)",
)


def check(facts: Facts, report: Report) -> None:
    for name, _, loss in facts.losses():
        read = list(_stretches(facts.graph, loss))
        for place, view in enumerate(read):
            others = [other for other in read[:place] if _moment(other) != _moment(view)]
            if others:
                report(
                    loss.span,
                    f"`{name}` compares `{others[0].name}` with `{view.name}`, whose moments are drawn apart",
                    help=f"write `with: {others[0].name}` on `{view.name}`",
                )
                break


def _stretches(graph: Graph, loss: Value) -> Iterator[Value]:
    """The views of recordings that a loss reads, each input's first: two stretches of one recording are meant to differ."""
    seen: set[str] = set()
    for view in graph.behind(loss.id):
        component = view.component
        if view.make == "view" and isinstance(component, View) and hasattr(component, "seconds"):
            given = component.of.name  # type: ignore[attr-defined]
            if given not in seen:
                seen.add(given)
                yield view


def _moment(view: Value) -> str:
    """The view that draws its moment."""
    other = getattr(view.component, "with_", None)
    return str(other.name) if other is not None else view.name
