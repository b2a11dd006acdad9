"""How much work a lint does, counted: what a spec says once is read, built and typed once, however many phases and views it has."""

from collections import Counter
from pathlib import Path

import pytest

import vfmc
from vfmc.components import Component, Stage
from vfmc.components.stages.blocks import Blocks
from vfmc.components.stages.vit import Vit
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.syntax import yaml_reader

SPEC = "imagebind_huge"  # six towers, three phases, an evaluation


def test_stages_are_built_once_and_typed_once_for_every_operand(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: Counter[str] = Counter()

    def count(cls: type, method: str) -> None:
        real = getattr(cls, method)

        def counting(self, *given):  # type: ignore[no-untyped-def]
            counted[f"{cls.__name__}.{method}"] += 1
            return real(self, *given)

        monkeypatch.setattr(cls, method, counting)

    count(Blocks, "weights")
    count(Blocks, "consistent")
    count(Vit, "expand")
    assert not vfmc.load(SPEC).check()
    # vision reads four views, and each of the other five towers reads one; three of the others begin with a vit
    assert counted["Blocks.weights"] == 4 + 5
    assert counted["Vit.expand"] == 4 + 3
    assert counted["Blocks.consistent"] == 4 + 5


def test_a_lint_reads_the_text_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real, read = yaml_reader.read_yaml, []

    def reading(source):  # type: ignore[no-untyped-def]
        read.append(source.name)
        return real(source)

    monkeypatch.setattr(yaml_reader, "read_yaml", reading)
    lint(vfmc.load(SPEC), Settings(folder=Path(), profile="strict", preview=True))
    assert len(read) == 1


def test_class_variables_are_looked_at_once_and_stay_class_variables() -> None:
    """Pydantic evaluates every annotation of a class for each of its heirs: those of class variables are gone by then."""
    kinds = [Component, *Component.__subclasses__()]
    assert {"kind", "outside", "tokenwise", "couples"} <= Stage.__class_vars__
    for kind in kinds:
        assert not kind.__class_vars__ & vars(kind).get("__annotations__", {}).keys(), kind
    assert "tokenwise" not in type("Heir", (Stage,), {"__module__": __name__, "tokenwise": True}).model_fields
