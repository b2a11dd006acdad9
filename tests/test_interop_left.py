"""No layout leaves a tower behind in silence: what has no place is listed, and only naming towers writes a part."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import Command
from safetensors.torch import load_file, save_file
from test_interop_layouts import CLIP

from vfmc import api


def weigh(spec: str) -> dict[str, object]:
    weights = {name: each.clone() for name, each in api.module(spec, seed=1).state_dict().items()}
    save_file(weights, "weights.safetensors")
    return weights


def listed(message: str) -> dict[str, int]:
    """Module -> the number of tensors that would stay behind."""
    return {
        name: int(count) for name, count in re.findall(r"^ *- (\S+): (\d+) tensor", message, re.MULTILINE)
    }


@pytest.mark.parametrize(
    ("spec", "to", "owners", "way"),
    [
        ("clip_tiny", "hf", {"text", "clip"}, "--tower vision"),
        ("slip_tiny", "timm", {"text", "clip", "head"}, "--tower vision"),
        ("dino_tiny", "hf", {"head", "teacher.head"}, "--tower teacher.trunk"),
        ("mae_tiny", "timm", {"decoder"}, "--tower encoder"),
        ("simclr_tiny", "timm", {"head"}, "--tower trunk"),
    ],
)
def test_what_a_layout_has_no_place_for_is_listed_to_the_last_tensor(
    vfmc: Command, here: Path, spec: str, to: str, owners: set[str], way: str
) -> None:
    weights = weigh(spec)
    common = ("export", spec, "--weights", "weights.safetensors", "--to", to)
    done = vfmc(*common)
    assert done.code == 2 and not (here / "exported").exists(), done.out
    left = listed(done.err)
    assert {name.rpartition(".")[0] for name in left} == owners
    own = [name for name in weights if name.rpartition(".")[0].startswith(tuple(left))]
    assert sum(left.values()) == len(own) == sum(name.startswith(tuple(owners)) for name in weights)
    assert f"{way} writes that without the rest" in done.err
    done = vfmc(*common, *way.split())
    assert done.code == 0 and (here / "exported" / "model.safetensors").exists(), done.err


def test_it_says_why_the_layout_with_two_towers_was_not_taken(vfmc: Command, here: Path) -> None:
    weigh("clip_tiny")
    done = vfmc("export", "clip_tiny", "--weights", "weights.safetensors", "--to", "hf")
    assert "not as hf_clip: " in done.err and "has no stage `layernorm` to be vision.pre_norm" in done.err


def test_a_copy_stands_for_what_it_follows(vfmc: Command, here: Path) -> None:
    weigh("dino_tiny")
    done = vfmc("export", "dino_tiny", "--weights", "weights.safetensors", "--to", "dino")
    assert done.code == 0 and "trunk = teacher.trunk; head = teacher.head" in done.out


def test_several_towers_are_written_together_or_not_at_all(vfmc: Command, here: Path) -> None:
    (here / "spec.yaml").write_text(CLIP.replace("ACT", "gelu"))
    weigh("spec.yaml")
    names = list(api.load("spec.yaml").program.callables)
    common = (
        "export",
        "spec.yaml",
        "--weights",
        "weights.safetensors",
        *(f"--tower={name}" for name in names),
    )
    done = vfmc(*common, "--to", "timm")
    assert done.code == 2 and "beside the others" in done.err, done.out
    assert not (here / "exported").exists()
    assert vfmc(*common, "--to", "open_clip", "-o", "named").code == 0
    assert vfmc(*common[:4], "--to", "open_clip", "-o", "whole").code == 0
    named, whole = (load_file(here / each / "open_clip_model.safetensors") for each in ("named", "whole"))
    assert set(named) == set(whole)


def test_import_says_what_the_file_had_nothing_for(vfmc: Command, here: Path) -> None:
    weigh("clip_tiny")
    vfmc("export", "clip_tiny", "--weights", "weights.safetensors", "--to", "timm", "--tower", "vision")
    done = vfmc("import", "exported", "--from", "timm", "--spec", "clip_tiny", "-o", "ours.safetensors")
    assert done.code == 0, done.err
    assert "timm_vit has nothing for text, clip: as they begin, and not in ours.safetensors" in done.out
    assert {name.partition(".")[0] for name in load_file("ours.safetensors")} == {"vision"}
