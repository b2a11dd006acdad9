"""ImageBind's layout and the shipped spec, against the names and shapes of the published file.

They were read off an instance of the published code (its documentation lists them: `FULL` and `names`). At the published size
nothing is allocated; files are of the same spec with narrow and shallow towers, and the same number of tokens.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

import pytest
import torch
from conftest import Command
from safetensors.torch import load_file, save_file
from torch import Tensor

from vfmc import api
from vfmc.interop.meet import meet
from vfmc.runtime.interop import to_ours, to_theirs

Shapes = dict[str, tuple[int, ...]]
FULL = {  # width, blocks
    "vision": (1280, 32), "text": (1024, 24), "audio": (768, 12), "depth": (384, 12), "thermal": (768, 12), "imu": (512, 6),
}  # fmt: skip
SMALL = {name: (16, 1 if name == "imu" else 2) for name in FULL}
STEMS = {  # the stem's name and the shape of its kernel without the width
    "vision": ("rgbt_stem.proj.1", (3, 2, 14, 14)),
    "audio": ("rgbt_stem.proj", (1, 16, 16)),
    "depth": ("depth_stem.proj", (1, 16, 16)),
    "thermal": ("rgbt_stem.proj", (1, 16, 16)),
    "imu": ("imu_stem.proj", (48,)),
}
TOKENS = {"vision": 257, "text": 77, "audio": 229, "depth": 197, "thermal": 197, "imu": 251}
SCALES = {"audio": 20.0, "depth": 5.0, "thermal": 10.0, "imu": 5.0}
WEIGHTS = {"attn.out_proj": (1, 1), "norm_1": (1,), "norm_2": (1,), "mlp.fc1": (4, 1), "mlp.fc2": (1, 4)}


def names(sizes: dict[str, tuple[int, int]]) -> Shapes:
    """Every tensor of the published file by name, for towers of these sizes."""
    found: Shapes = {}
    for tower, (width, depth) in sizes.items():
        before, trunk = f"modality_preprocessors.{tower}", f"modality_trunks.{tower}"
        head = "modality_heads.text.proj" if tower == "text" else f"modality_heads.{tower}"
        last = {"text": 1, "imu": 3}.get(tower, 2)
        found |= {
            f"{head}.0.weight": (width,),
            f"{head}.0.bias": (width,),
            f"{head}.{last}.weight": (1024, width),
        }
        helped = "" if tower in ("text", "imu") else "pos_embedding_helper."
        found[f"{before}.{helped}pos_embed"] = (1, TOKENS[tower], width)
        if tower == "text":
            found |= {f"{before}.token_embedding.weight": (49408, width), f"{before}.mask": (77, 77)}
        else:
            stem, kernel = STEMS[tower]
            found |= {f"{before}.cls_token": (1, 1, width), f"{before}.{stem}.weight": (width, *kernel)}
        if tower == "vision":
            found |= {f"{trunk}.pre_transformer_layer.0.{kind}": (width,) for kind in ("weight", "bias")}
        else:
            found[f"modality_postprocessors.{tower}.1.log_logit_scale"] = ()
        if tower in SCALES:
            norm = STEMS[tower][0].replace("proj", "norm_layer")
            found |= {f"{before}.{norm}.{kind}": (width,) for kind in ("weight", "bias")}
        for layer in range(depth):
            block = f"{trunk}.blocks.{layer}"
            found |= {
                f"{block}.attn.in_proj_weight": (3 * width, width),
                f"{block}.attn.in_proj_bias": (3 * width,),
            }
            if tower in SCALES:
                found |= {f"{block}.attn.bias_{each}": (1, 1, width) for each in "kv"}
            for part, times in WEIGHTS.items():
                shape = tuple(width * each for each in times)
                found |= {f"{block}.{part}.weight": shape, f"{block}.{part}.bias": shape[:1]}
    return found  # fmt: skip


def small(sizes: dict[str, tuple[int, int]] = SMALL) -> dict[str, object]:
    """What makes the shipped spec small."""
    stages = {"text": ("text_transformer", "text_transformer"), "imu": ("signal_patches", "blocks")}
    found: dict[str, object] = {}
    for tower, (width, depth) in sizes.items():
        wide, deep = stages.get(tower, ("vit", "vit"))
        found |= {f"{tower}.{wide}.width": width, f"{tower}.{deep}.depth": depth, f"{tower}.{deep}.heads": 2}
    return found


SETS = [word for address, value in small().items() for word in ("-s", f"{address}={value}")]


def published() -> dict[str, Tensor]:
    """Random weights under the published names, with the mask and the fixed scales as they are."""
    torch.manual_seed(2)
    found = {name: torch.randn(shape) for name, shape in names(SMALL).items()}
    found["modality_preprocessors.text.mask"] = torch.full((77, 77), -math.inf).triu(1)
    for name, scale in SCALES.items():
        found[f"modality_postprocessors.{name}.1.log_logit_scale"] = torch.tensor(math.log(scale))
    return found


def test_the_table_is_that_of_the_published_file() -> None:
    """Tensors a modality, all tensors and all numbers, counted on the published code (multimodal_interop.md 1.1)."""
    full = names(FULL)
    assert Counter(name.split(".")[1] for name in full) == {
        "vision": 392, "text": 295, "audio": 177, "depth": 177, "thermal": 177, "imu": 93,
    }  # fmt: skip
    assert len(full) == 1311
    assert sum(map(math.prod, full.values())) == 1_200_786_990


def test_the_shipped_spec_is_the_published_file_name_by_name() -> None:
    """There and back on shapes alone; 5,933 of the numbers are the mask and the fixed scales, and no weights."""
    program = api.load("imagebind_huge").program
    ours = {
        f"{module.name}.{weight.name}": torch.empty(weight.shape, device="meta")
        for module in program.modules.values()
        for weight in module.weights
    }
    assert sum(each.numel() for each in ours.values()) == 1_200_786_990 - 5_933 == 1_200_781_057
    meeting = meet("imagebind", program)
    assert meeting.unmet() == []
    theirs = to_theirs(meeting.plan(), ours)
    assert {name: tuple(each.shape) for name, each in theirs.items()} == names(FULL)
    weights = {name: each for name, each in theirs.items() if each.is_meta}
    assert len(theirs) - len(weights) == 5
    again, report = to_ours(meeting.plan(), weights, {name: each.shape for name, each in ours.items()})
    assert {name: each.shape for name, each in again.items()} == {
        name: each.shape for name, each in ours.items()
    }
    assert report.lines() == ["1306 tensors of imagebind -> 1306 weights"]


def test_a_file_goes_in_and_comes_out_bit_for_bit(vfmc: Command, here: Path) -> None:
    given = published()
    save_file(given, here / "imagebind.safetensors")
    done = vfmc("import", "imagebind.safetensors", "--from", "imagebind", "--spec", "imagebind_huge", *SETS)
    assert done.code == 0, done.err
    assert f"{len(given)} tensors of imagebind -> {len(given) - 5} weights" in done.out
    assert "5 made anew, equal to the file's" in done.out and "non-commercial" in done.out
    ours = load_file(here / "weights.safetensors")
    stem = given["modality_preprocessors.vision.rgbt_stem.proj.1.weight"]
    assert torch.equal(ours["vision.patches.weight"], stem.flatten(1))
    bias = given["modality_trunks.imu.blocks.0.attn.bias_v"]
    assert torch.equal(ours["imu.blocks.0.attention.bias_v"], bias.flatten())
    assert sum(each.numel() for each in ours.values()) == sum(each.numel() for each in given.values()) - 5_933
    done = vfmc("export", "imagebind_huge", *SETS, "--weights", "weights.safetensors", "--to", "imagebind")
    assert done.code == 0, done.err
    back = load_file(here / "exported" / "imagebind.safetensors")
    assert set(back) == set(given)
    made = {f"modality_postprocessors.{name}.1.log_logit_scale" for name in SCALES}
    for name, tensor in given.items():
        same = (
            torch.allclose(back[name], tensor, rtol=1e-6) if name in made else torch.equal(back[name], tensor)
        )
        assert same, name


def test_what_is_left_over_is_listed_on_both_sides(vfmc: Command, here: Path) -> None:
    given = published()
    lacking = ("modality_trunks.depth.blocks.1.attn.bias_k", "modality_heads.imu.3.weight")
    given["modality_heads.imu.2.weight"] = given.pop(lacking[1])  # where the other towers have it
    del given[lacking[0]]
    given["modality_preprocessors.audio.rgbt_stem.proj.bias"] = torch.zeros(16)
    given["modality_heads.vision.2.weight"] = torch.zeros(1000, 16)
    save_file(given, here / "imagebind.safetensors")
    done = vfmc("import", "imagebind.safetensors", "--from", "imagebind", "--spec", "imagebind_huge", *SETS)
    assert done.code == 2 and not (here / "weights.safetensors").exists()
    for line in (
        f"+ depth.blocks.1.attention.bias_k [16]: the file has no {lacking[0]}",
        f"+ imu.linear.weight [1024, 16]: the file has no {lacking[1]} (is it modality_heads.imu.2.weight?)",
        "- modality_preprocessors.audio.rgbt_stem.proj.bias [16]: nothing of the spec takes it",
        "- modality_heads.imu.2.weight [1024, 16]: nothing of the spec takes it",
        "! modality_heads.vision.2.weight is [1000, 16] as vision.linear.weight, which is [1024, 16] in the spec",
    ):
        assert line in done.err, done.err


@pytest.mark.parametrize(
    ("address", "value"), [("vision.vit.epsilon", "1e-5"), ("views.crop.normalize", "imagenet")]
)
def test_a_spec_that_computes_something_else_is_told(
    vfmc: Command, here: Path, address: str, value: str
) -> None:
    save_file(published(), here / "imagebind.safetensors")
    done = vfmc(
        "import", "imagebind.safetensors", "--from", "imagebind", "--spec", "imagebind_huge", *SETS,
        "-s", f"{address}={value}",
    )  # fmt: skip
    assert done.code != 0
    assert "imagebind has vision." in done.err


def test_another_scale_or_a_mask_of_another_kind_is_told(vfmc: Command, here: Path) -> None:
    given = published()
    given["modality_postprocessors.audio.1.log_logit_scale"] = torch.tensor(math.log(7.0))
    given["modality_preprocessors.text.mask"] = torch.zeros(77, 77)
    save_file(given, here / "imagebind.safetensors")
    done = vfmc("import", "imagebind.safetensors", "--from", "imagebind", "--spec", "imagebind_huge", *SETS)
    assert done.code == 2
    assert (
        "! modality_postprocessors.audio.1.log_logit_scale is not what the spec makes of it: 1.94591 in the file, 2.99573"
        in done.err
    )
    assert "! modality_preprocessors.text.mask is not what the spec makes of it" in done.err


def test_open_clips_image_and_text_begin_imagebinds(vfmc: Command, here: Path) -> None:
    """A picture that stands still for two frames gives what the picture gave: half of the kernel on each frame."""
    theirs = {
        "visual.class_embedding": (16,), "visual.positional_embedding": (257, 16), "visual.proj": (16, 1024), "visual.conv1.weight": (16, 3, 14, 14),
        "positional_embedding": (77, 16), "text_projection": (16, 1024), "logit_scale": (), "token_embedding.weight": (49408, 16),
    }  # fmt: skip
    for norm in ("visual.ln_pre", "visual.ln_post", "ln_final"):
        theirs |= {f"{norm}.weight": (16,), f"{norm}.bias": (16,)}
    for tower in ("visual.transformer", "transformer"):
        for layer in range(2):
            block = f"{tower}.resblocks.{layer}"
            theirs |= {f"{block}.attn.in_proj_weight": (48, 16), f"{block}.attn.in_proj_bias": (48,)}
            for part, shape in {
                "attn.out_proj": (16, 16),
                "ln_1": (16,),
                "ln_2": (16,),
                "mlp.c_fc": (64, 16),
                "mlp.c_proj": (16, 64),
            }.items():
                theirs |= {f"{block}.{part}.weight": shape, f"{block}.{part}.bias": shape[:1]}
    given = {name: torch.randn(shape) for name, shape in theirs.items()}
    save_file(given, here / "open_clip.safetensors")
    done = vfmc("import", "open_clip.safetensors", "--from", "open_clip", "--spec", "imagebind_huge", *SETS)
    assert done.code == 0, done.err
    ours = load_file(here / "weights.safetensors")
    kernel = ours["vision.patches.weight"].unflatten(1, (3, 2, 14, 14))
    still = torch.randn(4, 3, 14, 14)
    expected = torch.einsum("bcrp,dcrp->bd", still, given["visual.conv1.weight"])
    found = torch.einsum("bctrp,dctrp->bd", still[:, :, None].expand(-1, -1, 2, -1, -1), kernel)
    assert torch.allclose(found, expected, atol=1e-4)
    assert not any(name.startswith(("audio", "depth")) for name in ours)
    done = vfmc("export", "imagebind_huge", *SETS, "--weights", "weights.safetensors", "--to", "open_clip")
    assert done.code == 0, done.err
    back = load_file(here / "exported" / "open_clip_model.safetensors")
    assert set(back) == set(given) and all(torch.equal(back[name], each) for name, each in given.items())
    done = vfmc("export", "imagebind_huge", *SETS, "--weights", "weights.safetensors", "--to", "imagebind")
    assert (
        done.code == 2 and "holds nothing of the tower `audio`" in done.err
    )  # no random weights under its name
