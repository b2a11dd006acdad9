"""Specs checked in memory, for the tests of the check."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from vfmc.api import Spec, nodes
from vfmc.graph.dump import dump
from vfmc.graph.program import Program
from vfmc.source import Diagnostic, Severity, Source
from vfmc.syntax.load import load_source
from vfmc.syntax.read import read, write

ZOO = Path(__file__).parent.parent / "specs"
ALL = sorted(path.stem for path in ZOO.glob("*.yaml"))

# A small system with a mask, two towers, sharing and a phase: what most tests vary.
BASE = """
vfmc: 1
name: base
inputs:
  image: image
views:
  crop: {use: center_crop, of: image, size: 16}
masks:
  half: {use: random, of: crop, ratio: 0.5}
towers:
  encoder:
    takes: {hide: null}
    from: crop
    pipe:
      - {use: patches, size: 4, width: 16}
      - {use: position, kind: sincos}
      - {use: drop, mask: hide}
      - {use: prefix, cls: 1}
      - {use: blocks, depth: 2, heads: 2}
      - layernorm
  decoder:
    pipe:
      - {use: restore, mask: half}
      - {use: linear, out: 48}
losses:
  pixels:
    use: mse
    prediction: {use: decoder, of: {use: encoder, of: crop, hide: half}}
    target: {use: patch_pixels, of: crop, size: 4}
    "on": half
sources:
  images: digits
train:
  batch: 8
  optimizer: {use: adamw, lr: 1.0e-3}
  for: 2 epochs
"""


def spec(
    text: str, overrides: dict[str, Any] | None = None, folder: Path | None = None, name: str = "spec.yaml"
) -> Spec:
    """A spec of the zoo by its name, or the one written in `text`."""
    if text.isidentifier():
        source = load_source(ZOO / f"{text}.yaml")
        assert isinstance(source, Source)
        return Spec(source, ZOO, nodes(overrides or {}))
    return Spec(Source(name, text), folder, nodes(overrides or {}))


def findings(
    text: str, overrides: dict[str, Any] | None = None, folder: Path | None = None, name: str = "spec.yaml"
) -> list[Diagnostic]:
    """What the check says, in the order of the text."""
    return spec(text, overrides, folder, name).check()


def program(text: str, overrides: dict[str, Any] | None = None, folder: Path | None = None) -> Program:
    """The checked spec; it must have no error."""
    made = spec(text, overrides, folder)
    assert not [each for each in made.check() if each.severity is Severity.ERROR], [
        each.message for each in made.check()
    ]
    return made.program


def only(text: str, overrides: dict[str, Any] | None = None, folder: Path | None = None) -> Diagnostic:
    """The one finding that there is."""
    found = findings(text, overrides, folder)
    assert len(found) == 1, [f"{each.code} {each.message} at {each.span.text!r}" for each in found]
    return found[0]


def changed(*pairs: tuple[str, str], text: str = BASE) -> str:
    """The text with every first part replaced by its second; each must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def as_dsl(text: str, name: str = "spec.yaml") -> str:
    """The same spec in the other spelling."""
    tree, found = read(Source(name, text))
    assert tree is not None and not found
    return write(tree, "vfm")


def graphs(made: Program) -> str:
    """The dump of every graph of a program."""
    return "\n".join(dump(graph) for graph in (*(phase.graph for phase in made.phases), made.evaluation))


CASES = Path(__file__).parent / "cases"


def cases(phase: str) -> list[Path]:
    """The folders of a corpus, each with a `spec.yaml` (or `spec.vfm`) and what must come of it."""
    return sorted(path for path in (CASES / phase).iterdir() if path.is_dir())


def case_spec(case: Path) -> Spec:
    """The spec of a case, called by its bare name so that texts do not depend on where the tests lie."""
    path = next(path for path in sorted(case.iterdir()) if path.stem == "spec")
    return Spec(Source(path.name, path.read_text(encoding="utf-8")), case)


def golden(path: Path, text: str) -> None:
    """The text must be that of the file; VFMC_UPDATE=1 writes it. Read the difference before you commit it."""
    if os.environ.get("VFMC_UPDATE"):
        path.write_text(text, encoding="utf-8")
    assert path.is_file(), f"{path} is missing: run with VFMC_UPDATE=1"
    assert text == path.read_text(encoding="utf-8")


def stage(made, tower: str, name: str):
    """The component of a stage, as the graph of the first phase applies it."""
    return next(
        v.component
        for v in made.phases[0].graph.values.values()
        if v.name == name and v.path.endswith(f"{tower}/{name}")
    )
