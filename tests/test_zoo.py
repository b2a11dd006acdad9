"""The zoo: every spec is clean, canonical, cited, and of the size that its paper's code has."""

from __future__ import annotations

import importlib.util
import re
import shlex
from functools import cache
from typing import Any

import pytest
from conftest import ROOT

import vfmc
from vfmc.api import Spec, find_source, read_override
from vfmc.source import Source
from vfmc.syntax.read import format_source

ZOO = sorted(path.stem for path in (ROOT / "specs").glob("*.yaml"))
SYSTEMS = ["clip", "coca", "dino", "flip", "imagebind", "mae", "siglip", "simclr", "slip", "supervised"]
TINY = [name for name in ZOO if name.endswith("_tiny")]

# Counted in the code bases named, constant tables left out.
PARAMETERS = {
    "clip_vit_b32": {"total": 151_277_313, "vision": 87_849_216, "text": 63_428_096},  # open_clip ViT-B-32
    "clip_vit_b16": {"total": 149_620_737, "vision": 86_192_640, "text": 63_428_096},  # open_clip ViT-B-16
    "clip_vit_l14": {"total": 427_616_513, "vision": 303_966_208, "text": 123_650_304},  # open_clip ViT-L-14
    "coca_vit_b32": {"total": 253_560_065, "decoder": 100_967_424},  # open_clip coca_ViT-B-32
    "dino_vit_s16": {"trunk": 21_665_664},  # timm vit_small_patch16_224, no head
    "dino_vit_b16": {"trunk": 85_798_656},  # timm vit_base_patch16_224, no head
    # timm's trunks less the learned table of positions (197 x width), which is a constant here
    "mae_vit_b16": {"encoder": 85_798_656 - 197 * 768},
    "mae_vit_l16": {"encoder": 303_301_632 - 197 * 1024},
    # the same, and the projection without bias
    "flip_vit_b16": {"vision": 85_798_656 - 197 * 768 + 768 * 512},
    "flip_vit_l16": {"vision": 303_301_632 - 197 * 1024 + 1024 * 768},
    # torchvision's ResNet-50 without its head of 1000 classes; two maps without bias, a norm with and one without a shift
    "simclr_resnet50": {"trunk": 25_557_032 - 2049 * 1000, "head": 2048 * 2048 + 2 * 2048 + 2048 * 128 + 128},
    # timm's trunk; three maps with biases, two norms; open_clip's text tower of ViT-B-16
    "slip_vit_b16": {
        "trunk": 85_798_656,
        "vision": 768 * 512,
        "head": 769 * 4096 + 4097 * 4096 + 4097 * 256 + 2 * 2 * 4096,
        "text": 63_428_096,
        "clip": 1,
    },
    # the published file's 1,200,786,990 elements less four fixed scales, the text's mask of 77 x 77 (multimodal_interop.md 1.1)
    "imagebind_huge": {"total": 1_200_786_990 - 4 - 77 * 77, "align": 1},
    "supervised_vit_b16": {"total": 86_567_656, "classifier": 86_567_656},  # timm vit_base_patch16_224
    "supervised_resnet50": {"total": 25_557_032, "classifier": 25_557_032},  # timm resnet50
}

# What the papers and their code train with: the rate after scaling by the batch, batch, betas, decay, warm-up.
VIRTUAL = 1_281_167  # FLIP counts in epochs of ImageNet
CLIP = {"lr": 5e-4, "batch": 32768, "betas": [0.9, 0.98], "epsilon": 1e-6, "weight_decay": 0.2}
CLIP |= {"warmup": (2000, "steps"), "length": (32, "epochs")}
FLIP = {"lr": 1.024e-3, "batch": 65536, "betas": [0.9, 0.95], "weight_decay": 0.2}
FLIP |= {"warmup": (40 * VIRTUAL, "samples"), "length": (10_000 * VIRTUAL, "samples")}
MAE = {"lr": 2.4e-3, "batch": 4096, "betas": [0.9, 0.95], "weight_decay": 0.05}
MAE |= {"warmup": (40, "epochs"), "length": (800, "epochs")}
DINO = {"lr": 2e-3, "batch": 1024, "weight_decay": 0.04, "warmup": (10, "epochs"), "length": (800, "epochs")}
COCA = {"lr": 8e-4, "batch": 65536, "weight_decay": 0.01, "warmup": (2, "%"), "length": (500_000, "steps")}
SIMCLR = {"lr": 4.8, "batch": 4096, "weight_decay": 1e-6, "warmup": (10, "epochs"), "length": (100, "epochs")}
SLIP = {"lr": 3e-3, "batch": 4096, "betas": [0.9, 0.98], "epsilon": 1e-8, "weight_decay": 0.1}
SLIP |= {"warmup": (1, "epochs"), "length": (25, "epochs")}
IMAGEBIND = {"lr": 1.6e-3, "batch": 2048, "betas": [0.9, 0.95], "weight_decay": 0.2}
IMAGEBIND |= {"warmup": (2, "epochs"), "length": (32_000_000_000, "samples")}
RECIPES: dict[str, dict[str, Any]] = {
    "imagebind_huge": IMAGEBIND,
    "coca_base": COCA,
    "clip_vit_b32": CLIP,
    "clip_vit_b16": CLIP,
    "clip_vit_l14": CLIP | {"lr": 4e-4},
    "flip_vit_b16": FLIP,
    "flip_vit_l16": FLIP,
    "mae_vit_b16": MAE,
    "mae_vit_l16": MAE,
    "dino_vit_s16": DINO,
    "dino_vit_b16": DINO | {"length": (400, "epochs")},
    "simclr_resnet50": SIMCLR,
    "slip_vit_b16": SLIP,
    "supervised_resnet50": {
        "lr": 5e-3,
        "batch": 2048,
        "weight_decay": 0.01,
        "warmup": (5, "epochs"),
        "length": (600, "epochs"),
    },
    "supervised_vit_b16": {
        "lr": 1e-3,
        "batch": 1024,
        "betas": [0.9, 0.999],
        "epsilon": 1e-8,
        "weight_decay": 0.05,
        "warmup": (5, "epochs"),
        "length": (300, "epochs"),
    },
}


def text(name: str) -> str:
    return (ROOT / "specs" / f"{name}.yaml").read_text(encoding="utf-8")


@cache
def planned(name: str) -> Any:
    return vfmc.load(name).compile(until="plan").plan


def test_every_system_has_a_tiny_sibling() -> None:
    assert (
        {name.partition("_")[0] for name in ZOO} == {name.partition("_")[0] for name in TINY} == set(SYSTEMS)
    )


@pytest.mark.parametrize("name", ZOO)
def test_a_spec_is_clean_and_named_as_its_file(name: str) -> None:
    spec = vfmc.load(name)
    assert spec.check() == []
    assert spec.name == name


@pytest.mark.parametrize("name", ZOO)
def test_a_spec_says_what_it_is_and_cites_its_paper(name: str) -> None:
    assert vfmc.load(name).program.doc
    assert re.search(r"arXiv \d{4}\.\d{5}", text(name))


@pytest.mark.parametrize("name", ZOO)
def test_a_spec_is_in_canonical_form(name: str) -> None:
    assert format_source(Source(f"{name}.yaml", text(name))) == (text(name), [])


@pytest.mark.parametrize("name", ZOO)
def test_both_spellings_resolve_to_the_same_tree(name: str) -> None:
    dsl, findings = format_source(Source(f"{name}.yaml", text(name)), "vfm")
    assert dsl is not None and not findings
    ours, theirs = (
        vfmc.Spec(Source(f"{name}.yaml", text(name)), None),
        vfmc.Spec(Source(f"{name}.vfm", dsl), None),
    )
    assert ours.program.resolved == theirs.program.resolved
    packages = [spec.compile_package().package for spec in (ours, theirs)]
    assert packages[0] is not None and packages[1] is not None
    assert packages[0].files["vfmc.lock"] == packages[1].files["vfmc.lock"]


@pytest.mark.parametrize("name", sorted(PARAMETERS))
def test_parameters_are_those_of_the_papers_code(name: str) -> None:
    counted = planned(name).parameters
    found = {"total": counted["total"], **counted["per_tower"]}
    assert {key: found[key] for key in PARAMETERS[name]} == PARAMETERS[name]


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_the_recipe_is_that_of_the_paper(name: str) -> None:
    recipe, wanted = planned(name).recipe, RECIPES[name]
    optimizer = recipe["optimizer"]
    assert optimizer["lr"] == pytest.approx(wanted["lr"], rel=1e-12)
    assert recipe["batch"] == wanted["batch"]
    for key in ("betas", "epsilon", "weight_decay"):
        if key in wanted:
            assert optimizer[key] == wanted[key]
    assert tuple(recipe["schedule"]["warmup"].values()) == wanted["warmup"]
    assert tuple(recipe["phases"][0]["for"].values()) == wanted["length"]


def test_flip_is_tuned_unmasked_in_the_end() -> None:
    work = vfmc.load("flip_vit_b16").compile(until="plan")
    assert work.plan is not None
    first, last = work.plan.recipe["phases"]
    assert (first["name"], last["name"]) == ("pretrain", "unmasked")
    assert last["set"]["optimizer.lr"] == pytest.approx(4e-8 * 256, rel=1e-12)
    phases = work.plan.contract.phases if hasattr(work.plan.contract, "phases") else {}
    for name, hidden in (("pretrain", 98), ("unmasked", 0)):
        if name in phases and phases[name]["masks"]:
            assert phases[name]["masks"]["half"]["hidden"] == hidden


def test_imagebind_aligns_then_binds_each_modality_to_images_alone() -> None:
    """Batches, scales, temperatures, rates and norms by pair (multimodal_interop.md 1.4)."""
    recipe = planned("imagebind_huge").recipe
    align, bind, motion = (phase["set"] for phase in recipe["phases"])
    assert (align["batch"], list(recipe["parts"])) == (79104, ["pairs"])
    assert {name: part["trains"] for name, part in bind["parts"].items()} == {
        "audioset": ["audio"], "sun_rgbd": ["depth"], "llvip": ["thermal"],
    }  # fmt: skip
    assert {name: part["trains"] for name, part in motion["parts"].items()} == {"ego4d": ["imu"]}
    sources = recipe["sources"]
    assert {name: (own["batch"], own["repeat"]) for name, own in sources.items() if own["batch"]} == {
        "audioset": (2048, 1.25), "sun_rgbd": (512, 50), "llvip": (512, 25), "ego4d": (512, None),
    }  # fmt: skip
    assert (motion["optimizer.lr"], motion["optimizer.weight_decay"]) == (5e-4, 0.5)
    thermal = [group for group in bind["groups"] if group.get("clip")]
    assert [(group["clip"]["max"], group["lr"] * 1.6e-3) for group in thermal] == [
        (5.0, pytest.approx(5e-4))
    ] * 2
    assert thermal[0]["decay"] * 0.2 == pytest.approx(0.05) and thermal[1]["decay"] == 0.0
    assert {name.split(".")[0] for group in thermal for name in group["weights"]} == {"thermal"}


def test_imagebind_moves_maps_as_their_pictures_and_erases_maps_alone() -> None:
    """RandAugment 9/0.5, jitter 0.4 on the picture, erasing on the map (multimodal_interop.md 1.4)."""
    views = planned("imagebind_huge").contract.phases["bind"]["views"]
    for picture, map_ in (("room", "depth_map"), ("street", "heat")):
        crop, flip, augment, jitter, last = views[picture]["programs"][0]
        assert (augment["op"], augment["magnitude"], augment["std"]) == ("randaugment", 9.0, 0.5)
        assert [jitter[name] for name in ("brightness", "contrast", "saturation", "hue")] == [
            0.4,
            0.4,
            0.4,
            0.0,
        ]
        assert last["op"] == "normalize"
        moves = views[map_]["programs"][0]
        same = ("op", "scale", "ratio", "size", "p")
        assert [[each.get(name) for name in same] for each in moves[:2]] == [
            [each.get(name) for name in same] for each in (crop, flip)
        ]
        assert moves[2]["op"] == "randaugment_moves"
        assert moves[-1] == {"op": "erase", "p": 0.25, "mode": "pixel", "own": True}
        assert views[map_]["follows"] == picture


def test_dino_moves_what_the_paper_moves() -> None:
    recipe = planned("dino_vit_s16").recipe
    assert recipe["knobs"]["teacher.momentum"] == {
        "use": "cosine",
        "start": 0.996,
        "end": 1.0,
        "warmup": None,
    }
    assert recipe["knobs"]["optimizer.weight_decay"]["end"] == 0.4
    assert recipe["knobs"]["dino.teacher_temperature"]["every"] == "epoch"
    assert recipe["clip"] == {"use": "per_parameter_norm", "max": 3.0}
    frozen = [group for group in recipe["groups"] if "frozen_until" in group]
    assert {weight for group in frozen for weight in group["weights"]} == {
        "head.last.weight",
        "head.last.length",
    }
    assert all(group["frozen_until"] == {"value": 1, "unit": "epochs"} for group in frozen)


def test_resnet_strikes_back() -> None:
    """Procedure A1 of arXiv 2110.00476 table 2: LAMB 5e-3 for 2,048, 600 epochs, binary cross entropy, mixing, RandAugment 7."""
    plan = planned("supervised_resnet50")
    recipe, views = plan.recipe, plan.contract.phases["main"]["views"]
    optimizer = {"use": "lamb", "lr": 5e-3, "weight_decay": 0.01}
    assert {key: recipe["optimizer"][key] for key in optimizer} == optimizer
    graph = vfmc.load("supervised_resnet50").compile(until="plan").program.phases[0].graph
    assert [graph.values[term.value].component.component_name for term in graph.terms] == [
        "binary_cross_entropy"
    ]
    assert recipe["batch"] == 2048 and recipe["phases"][0]["for"] == {"value": 600, "unit": "epochs"}
    assert recipe["schedule"]["use"] == "cosine" and recipe["schedule"]["warmup"] == {
        "value": 5,
        "unit": "epochs",
    }
    assert views["mixed"]["mix"] == {"mixup": 0.2, "cutmix": 1.0, "switch": 0.5, "p": 1.0, "size": [224, 224]}
    assert views["soft"]["shares"] == {"with": "mixed", "classes": 1000, "smoothing": 0.1}
    program = {step["op"]: step for step in views["mixed"]["programs"][0]}
    assert (program["randaugment"]["magnitude"], program["randaugment"]["std"]) == (7.0, 0.5)
    assert "erase" not in program and program["flip"]["p"] == 0.5
    undecayed = {name for group in recipe["groups"] if not group["decay"] for name in group["weights"]}
    assert "classifier.resnet.layer1.0.bn1.weight" in undecayed
    assert "classifier.resnet.layer1.0.conv1.weight" not in undecayed


def test_resnet_s_first_recipe_is_a_few_words_away() -> None:
    """0.1 for a batch of 256 over 90 epochs, hard labels (arXiv 1706.02677 sec. 5.1), by what the spec's comment says."""
    said = "".join(re.findall(r"^#  (.+)\n", text("supervised_resnet50"), re.MULTILINE))
    given = dict(word.split("=", 1) for word in shlex.split(said))
    overrides = [(key, read_override(key, value, "<-s>")) for key, value in given.items()]
    spec = Spec(find_source("supervised_resnet50")[0], ROOT / "specs", overrides)
    made = spec.compile(until="plan")
    recipe, views = made.plan.recipe, made.plan.contract.phases["main"]["views"]
    optimizer = {"use": "sgd", "lr": 0.1, "momentum": 0.9, "weight_decay": 1e-4}
    assert {key: recipe["optimizer"][key] for key in optimizer} == optimizer
    assert recipe["batch"] == 256 and recipe["phases"][0]["for"] == {"value": 90, "unit": "epochs"}
    assert recipe["schedule"]["factor"] == 0.1
    assert [mark["value"] for mark in recipe["schedule"]["at"]] == [30, 60, 80]
    assert views["mixed"]["mix"]["p"] == 0 and views["soft"]["shares"]["smoothing"] == 0
    program = {step["op"]: step for step in views["mixed"]["programs"][0]}
    assert program.keys() == {"random_resized_crop", "flip", "normalize"}
    assert program["random_resized_crop"]["interpolation"] == "bilinear"
    graph = made.program.phases[0].graph
    assert [graph.values[term.value].component.component_name for term in graph.terms] == ["cross_entropy"]


def test_deit_mixes_erases_and_augments() -> None:
    """arXiv 2012.12877 table 9: mixup 0.8, cutmix 1, RandAugment 9/0.5, erasing 0.25, smoothing 0.1."""
    views = planned("supervised_vit_b16").contract.phases["main"]["views"]
    program = {step["op"]: step for step in views["mixed"]["programs"][0]}
    assert views["mixed"]["mix"] == {"mixup": 0.8, "cutmix": 1.0, "switch": 0.5, "p": 1.0, "size": [224, 224]}
    assert views["soft"]["shares"] == {"with": "mixed", "classes": 1000, "smoothing": 0.1}
    assert program["erase"]["p"] == 0.25
    assert (program["randaugment"]["magnitude"], program["randaugment"]["std"]) == (9.0, 0.5)
    assert program["random_resized_crop"]["scale"] == [0.08, 1.0] and program["flip"]["p"] == 0.5


@pytest.mark.parametrize("name", [name for name in ZOO if name not in TINY])
def test_what_is_recalled_is_marked(name: str) -> None:
    """Facts cited from memory stand beside the word; CLIP's recipe is one of them."""
    assert ("[recalled" in text(name)) == name.startswith(
        ("clip_", "coca_", "dino_vit_b16", "imagebind_", "supervised_")
    )


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
@pytest.mark.parametrize("name", ZOO)
def test_the_generated_module_has_the_weights_that_are_planned(name: str, tmp_path: Any) -> None:
    import torch

    from vfmc.runtime.package import load_package

    package = load_package(vfmc.load(name).build(tmp_path / name))
    with torch.device("meta"):
        objective = package.objective.Objective()
    state = {key: list(tensor.shape) for key, tensor in objective.state_dict().items()}
    assert state == package.recipe["weights"]
    counted = package.recipe["parameters"]
    unique = {id(weight): weight.numel() for weight in objective.parameters()}
    assert sum(unique.values()) == counted["total"] + counted["copies"]
