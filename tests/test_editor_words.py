"""Every word of the language explains itself where it stands: what hover and completion show of keys."""

from __future__ import annotations

import pytest
from checking import ALL, ZOO

from vfmc.components import Component, about, registry
from vfmc.editor.document import Document
from vfmc.editor.hover import hover
from vfmc.editor.spot import Spot, spots
from vfmc.source import Source
from vfmc.syntax.read import read, write


def document(text: str, spelling: str) -> Document:
    """A text as an editor has it before it is checked: what a word means needs no types."""
    source = Source(f"a.{spelling}", text)
    tree, wrong = read(source)
    assert tree is not None and not wrong
    return Document(source, None, tree=tree.root, root=tree.root)


def ours(spot: Spot) -> bool:
    """Whether a key is a word of the language, and no name that the spec gives."""
    if not spot.is_key or spot.wanted.what in ("names", "free", "address", "plain"):
        return False
    return spot.owner is not None or spot.wanted.what in ("root", "tower") or spot.scalar.value == "use"


@pytest.mark.parametrize("spelling", ["yaml", "vfm"])
@pytest.mark.parametrize("name", [name for name in ALL if name.endswith("_tiny")])
def test_every_key_of_a_spec_of_the_zoo_has_a_sentence(name: str, spelling: str) -> None:
    text = (ZOO / f"{name}.yaml").read_text(encoding="utf-8")
    if spelling == "vfm":
        tree, _ = read(Source("a.yaml", text))
        assert tree is not None
        text = write(tree, "vfm")
    made = document(text, spelling)
    assert made.tree is not None
    keys = [spot for spot in spots(made.tree) if ours(spot) and spot.scalar.span.source is made.source]
    said = {
        str(spot.scalar.value): hover(made, spot.scalar.span.start) for spot in keys if spot.scalar.span.text
    }
    assert {"train", "batch", "optimizer"} <= said.keys()
    assert [key for key, found in said.items() if found is None] == []


TRAIN = "vfmc: 1\nname: a\ntrain:\n  batch: 4\n  accumulate: 2\n  groups: [{of: t, lr: 0.5}]\n  phases: [{name: p, for: 1 epoch}]\n"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("vfmc", "version of the language"),
        ("train", "How the weights are trained"),
        ("batch", "samples per optimiser step"),
        ("accumulate", "1 if not given"),
        ("lr: 0.5", "factor of the learning rate"),
        ("for", "how long it lasts"),
        ("workers", "processes that read"),
        ("compile", "torch.compile"),
        ("steps", "how many steps are traced"),
        ("frozen", "its weights do not move"),
    ],
)
def test_fields_of_settings_are_explained(word: str, said: str) -> None:
    text = (
        TRAIN
        + "data: {workers: 2}\nparallel: {compile: true}\nprofile: {steps: 3}\ntowers: {t: {with: {frozen: true}}}\n"
    )
    found = hover(document(text, "yaml"), text.index(word))
    assert found is not None and said in found[0]


CALLED = [kind for kind in registry.FOLDERS if kind != "op"]  # which passes insert; no spec can say one


def classes() -> list[type[Component]]:
    found = [registry.find(kind, name) for kind in CALLED for name in registry.names(kind)]
    places = (
        "train",
        "data",
        "parallel",
        "profile",
        "phase",
        "group",
        "group.Frozen",
        "gives",
        "randaugment",
        "options.Options",
        "options.Init",
    )
    return [*(each for each in found if each is not None), *map(registry.section, places)]


def test_every_component_and_every_argument_carries_a_sentence() -> None:
    for cls in classes():
        assert (cls.__doc__ or "").strip(), cls
        for name, info in cls.arguments().items():
            assert (info.description or "").strip(), f"{cls.__name__}.{name}"
        assert set(cls.outside) <= about.BESIDE.keys(), cls
