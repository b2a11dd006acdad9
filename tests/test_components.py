"""What must hold of every component: it is documented, its example is real, and what makes code has a template."""

from __future__ import annotations

import inspect

import pytest

from vfmc.components import Component, LossKind, MaskKind, Stage, registry
from vfmc.emit.templates import template
from vfmc.source import Source
from vfmc.syntax.read import read
from vfmc.syntax.tree import Mapping, Scalar

KINDS = [kind for kind in registry.FOLDERS if kind != "op"]
ALL = [(kind, name) for kind in KINDS for name in registry.names(kind)]


def component(kind: str, name: str) -> type[Component]:
    found = registry.find(kind, name)
    assert found is not None
    return found


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_is_documented_down_to_every_argument(kind: str, name: str) -> None:
    cls = component(kind, name)
    assert inspect.getdoc(cls), f"{kind} {name} has no docstring"
    silent = [argument for argument, info in cls.arguments().items() if not info.description]
    assert not silent, f"{kind} {name} does not say what {silent} are for"


@pytest.mark.parametrize(("kind", "name"), ALL)
def test_its_example_is_read_and_names_only_arguments_that_it_has(kind: str, name: str) -> None:
    cls = component(kind, name)
    tree, findings = read(Source("<example>", f"vfmc 1\nname example\nvalue it = {cls.example}\n"), "vfm")
    assert not findings and tree is not None
    values = tree.root.get("values")
    assert isinstance(values, Mapping)
    node = values.get("it")
    if isinstance(node, Scalar):
        assert node.value == name
        return
    assert isinstance(node, Mapping)
    use = node.get("use")
    assert isinstance(use, Scalar) and use.value == name
    assert {entry.name for entry in node} - {"use"} <= set(cls.arguments())


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, name in ALL if kind in ("stage", "loss", "mask", "value")]
)
def test_what_makes_code_has_a_template_with_the_macros_that_emission_calls(kind: str, name: str) -> None:
    cls = component(kind, name)
    if issubclass(cls, Stage) and (cls.expand is not Stage.expand or cls.copies is not Stage.copies):
        assert template(cls) is None, f"{name} stands for other stages, so its template would never be used"
        return
    needed = {"loss": "call", "mask": "draw"}.get(kind, "apply")
    assert hasattr(template(cls), needed), f"the template of {name} has no macro {needed}"
    if issubclass(cls, Stage) and cls.weights is not Stage.weights:
        assert hasattr(template(cls), "init"), f"{name} owns weights that its template does not make"


def test_losses_and_masks_are_what_their_folders_say() -> None:
    assert all(issubclass(component("loss", name), LossKind) for name in registry.names("loss"))
    assert all(issubclass(component("mask", name), MaskKind) for name in registry.names("mask"))
