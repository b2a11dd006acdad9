"""Evaluation protocols as data: the reference's table row by row, features from inside of a tower against timm, and what results say."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import torch
from checking import changed
from compiled import batch, compilation, default_dtype, distance, disturbed, objective, package
from conftest import ROOT
from key_maps import shipped
from peers import peer
from safetensors.torch import load_file
from supervised import SUPERVISED

from vfmc.api import Spec, find_source, load, read_override
from vfmc.components.linear_protocols import PROTOCOLS
from vfmc.components.tuning_protocols import TUNING
from vfmc.runtime import train
from vfmc.runtime.evaluate import evaluate, measure
from vfmc.runtime.evaluate.inside import Inside
from vfmc.runtime.evaluate.linear import Candidate, _optimizer, fit, head_of
from vfmc.runtime.precision import choose_precision
from vfmc.runtime.trained import Trained, open_run

# ssl_mim.md section 15: features, optimiser, rates, scaled per, batch, length, schedule, warm-up.
MEAN, CLS, FOUR = [(1, ["mean"])], [(1, ["cls"])], [(4, ["cls"])]
BOTH = [(1, ["cls", "mean"])]
GRID = [1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 2e-2, 5e-2, 0.1]
TABLE: dict[str, tuple[Any, ...]] = {
    "simclr": (MEAN, "sgd", [0.1], 256, 4096, 90, "cosine", None),
    "moco": (MEAN, "sgd", [30.0], None, 256, 100, "step", None),
    "mocov3": (["own"], "sgd", [3.0], 256, 1024, 90, "cosine", None),
    "mocov3_resnet": (MEAN, "sgd", [0.1], 256, 1024, 90, "cosine", None),
    "simsiam": (MEAN, "lars", [0.1], 256, 4096, 90, "cosine", None),
    "dino": (FOUR, "sgd", [1e-3], 256, 1024, 100, "cosine", None),
    "dino_base": (BOTH, "sgd", [1e-3], 256, 1024, 100, "cosine", None),
    "dinov2": ([*CLS, *BOTH, *FOUR, (4, ["cls", "mean"])], "sgd", GRID, 256, 1024, 12_500, "cosine", None),
    "mae": (CLS, "lars", [0.1], 256, 16384, 90, "cosine", 10),
}

PROBED = changed(
    ("towers:\n", "towers:\n  trunk: {from: mixed, pipe: [{use: vit, width: 32, depth: 5, heads: 2, patch: 4}, cls]}\n"),
    ("    from: mixed\n", "    from: trunk\n"),
    ("      - {use: vit, width: 32, depth: 2, heads: 2, patch: 4}\n      - cls\n", ""),
    ("eval:\n", "eval:\n  probe: {use: linear_probe, of: trunk, protocol: dinov2, data: digits}\n"),
    text=SUPERVISED,
)  # fmt: skip


def recipe(text: str) -> dict[str, Any]:
    made = compilation(text).package
    assert made is not None
    asked: dict[str, Any] = json.loads(made.files["recipe.json"])["evaluate"]["probe"]
    return asked


@pytest.mark.parametrize("name", TABLE)
def test_linear_protocols_are_those_of_the_table(name: str) -> None:
    features, optimizer, rates, per, batch, length, schedule, warmup = TABLE[name]
    own = PROTOCOLS[name]
    assert [each if each == "own" else (each["blocks"], each["of"]) for each in own["features"]] == features
    assert (own["optimizer"]["use"], own["rates"], own["per"], own["batch"]) == (optimizer, rates, per, batch)
    assert own["iterations" if name == "dinov2" else "epochs"] == length
    assert own["schedule"]["use"] == schedule and own["decays"] == [0.0] and own["augment"]
    assert (own["schedule"].get("warmup") or {}).get("value") == warmup
    if name == "moco":
        assert [mark["value"] for mark in own["schedule"]["at"]] == [60, 80]
    assert own["optimizer"].get("nesterov", False) == (name == "simclr")
    assert own.get("norm") == ("batch" if name == "mae" else None)
    if name in ("moco", "dino", "dino_base"):
        assert own["std"] == 0.01


def test_larc_adapts_the_bias_and_lars_does_not() -> None:
    """One step from a bias of 3 with a gradient of 1: 0.001 of the bias' length where it is adapted, times the rate."""
    for name, moved in (("simsiam", 0.5 * 0.001 * 3), ("mae", 0.5)):
        head = head_of(4, 1, PROTOCOLS["simsiam"], 0)
        optimizer = _optimizer(
            head, Candidate(0.5, 0.0), PROTOCOLS[name]["optimizer"], PROTOCOLS[name].get("biases")
        )
        weight, bias = head.parameters()
        weight.grad, bias.grad = torch.ones_like(weight), torch.ones_like(bias)
        with torch.no_grad():
            bias.fill_(3.0)
        optimizer.step()
        assert 3.0 - bias.item() == pytest.approx(moved, rel=1e-3)


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("features", [PROTOCOLS["dinov2"]["features"], PROTOCOLS["dino_base"]["features"]])
def test_features_of_the_last_blocks_are_timms(level: int, features: list[Any]) -> None:
    """Class tokens of the last blocks after the last norm, and the mean of the last one's patches, whatever a level reads of it."""
    with default_dtype(torch.float64):
        vit = peer("timm.models.vision_transformer").VisionTransformer
        theirs = disturbed(vit(img_size=16, patch_size=4, embed_dim=32, depth=5, num_heads=2, num_classes=0))
    made = objective(PROBED, level).eval()
    made.trunk.load_state_dict(
        shipped("timm_vit", PROBED, theirs.state_dict(), made.trunk.state_dict(), "trunk")
    )
    trained = Trained(None, package(PROBED, level), made, choose_precision("float64", torch.device("cpu")), 0)  # type: ignore[arg-type]
    inside = Inside(trained, recipe(PROBED)["taps"], features)
    x = torch.rand(3, 3, 16, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = inside.tower("trunk", x)
    with torch.no_grad():
        layers = theirs.eval().get_intermediate_layers(x, 4, return_prefix_tokens=True, norm=True)
    for feature in features:
        first, end = inside.columns(feature, found.shape[1])
        wanted = [prefix[:, 0] for _, prefix in layers[-feature["blocks"] :]]
        wanted += [layers[-1][0].mean(1)] if "mean" in feature["of"] else []
        assert distance(found[:, first:end], torch.cat(wanted, dim=1)) < 1e-12


def test_where_a_tower_has_no_such_features_the_recipe_says_so() -> None:
    assert recipe(PROBED)["taps"] == {
        "blocks": "trunk.blocks",
        "norm": "trunk.norm",
        "prefix": 1,
        "suffix": 0,
    }
    usual = PROTOCOLS["dinov2"]["departs"]
    assert recipe(PROBED)["departs"] == usual
    for change, said in {
        ("depth: 5", "depth: 3"): "features: `trunk` has no 4 blocks; its own vector is read",
        ("{use: vit, width: 32, depth: 5, heads: 2, patch: 4}, cls", "{use: resnet, depth: 18, width: 4}, mean"):
            "features: `trunk` has no transformer blocks to read; its own vector is read",
    }.items():  # fmt: skip
        asked = recipe(changed(change, text=PROBED))
        assert asked["departs"] == [*usual, said]
        assert asked["taps"] is None and asked["facts"]["features"] == ["own"]
    ends = "features: `trunk` ends with `cls`, not with the mean of its places"
    for protocol, departs in {"mae": PROTOCOLS["mae"]["departs"], "mocov3": [], "simclr": [ends]}.items():
        assert recipe(changed(("dinov2", protocol), text=PROBED))["departs"] == departs


def test_of_several_features_the_one_that_tells_the_classes_is_chosen_and_read() -> None:
    """Clusters in columns 3 to 6 of nine, noise in the others."""
    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(5).repeat_interleave(60)
    x = torch.randn(300, 9, generator=draw)
    x[:, 3:6] += 6 * torch.randn(5, 3, generator=draw)[labels]
    facts = {
        **PROTOCOLS["dino"],
        "features": ["noise", "clusters", "more noise"],
        "rates": [1e-6, 0.5],
        "epochs": 8,
        "batch": 50,
    }
    head, chosen = fit(lambda epoch: x, labels, 5, facts, 0, [(0, 3), (3, 6), (6, 9)])
    assert chosen["feature"] == "clusters" and chosen["rate"] == 0.5 * 50 / 256
    assert len(chosen["candidates"]) == 6 and head[-1].in_features == 3
    with torch.no_grad():
        assert (head(x).argmax(1) == labels).double().mean() > 0.9
        assert torch.equal(head(x), head(torch.cat([x[:, :3] + 1, x[:, 3:6], x[:, 6:] - 1], dim=1)))


def test_results_name_the_protocol_the_features_and_what_departs(tmp_path: Path) -> None:
    quick = changed(("protocol: dinov2,", "protocol: dinov2, epochs: 2, augment: false,"), text=PROBED)
    train(package(quick).folder, tmp_path / "run", steps=2, device="cpu", quiet=True, workers=0)
    trained = open_run(tmp_path / "run", "cpu")
    settings = {**trained.package.recipe["evaluate"]["probe"], "limit": 100}
    measure(trained, "probe", settings, pictures=False)
    result = json.loads((tmp_path / "run" / "eval" / "probe.json").read_text(encoding="utf-8"))
    assert result["protocol"] == "dinov2"
    assert result["departs"] == [
        *PROTOCOLS["dinov2"]["departs"], "epochs: 2 in place of 12500 iterations", "augment: False in place of True",
        "batch: 100 in place of 1024, there are no more samples",
    ]  # fmt: skip
    candidates = result["chosen"]["candidates"]
    assert len(candidates) == 52 and len({json.dumps(own["feature"]) for own in candidates}) == 4
    best = max(candidates, key=lambda own: own["top1"])
    assert all(best[key] == result["chosen"][key] for key in ("rate", "feature"))


# The same table: rate, scaled per, layer decay, epochs, weight decay.
TUNED: dict[str, tuple[Any, ...]] = {
    "mae_base": (5e-4, 256, 0.65, 100, 0.05),
    "mae_large": (1e-3, 256, 0.75, 50, 0.05),
    "beit": (4e-3, None, 0.65, 100, 0.05),
    "beit_22k_base": (2e-5, None, 0.85, 30, 1e-8),
    "beit_22k_large": (2e-5, None, 0.9, 30, 1e-8),
}
FINETUNE = ROOT / "examples" / "finetune" / "mae_vit_b16.yaml"


def classified(**overrides: Any) -> dict[str, Any]:
    """What the recipe says of the number that MAE's fine-tuning ends with."""
    made = (
        load(FINETUNE, {key.replace("__", "."): value for key, value in overrides.items()})
        .compile_package()
        .package
    )
    assert made is not None
    asked: dict[str, Any] = json.loads(made.files["recipe.json"])["evaluate"]["classify"]
    return asked


@pytest.mark.parametrize("name", TUNED)
def test_fine_tuning_protocols_are_those_of_the_table(name: str) -> None:
    own = TUNING[name]
    found = tuple(own[key] for key in ("rate", "per", "layer_decay", "epochs", "weight_decay"))
    assert found == TUNED[name]
    assert (
        own["reads"] == ["mean", "layernorm", "linear"]
        and own["optimizer"] == "adamw"
        and own["batch"] == 1024
    )
    assert all(own[key] > 0 for key in ("randaugment", "mixup", "cutmix", "erase"))
    assert own["head_std"] == pytest.approx(0.02 * 0.001)  # init_scale .001


def test_a_spec_fine_tunes_as_mae_does_but_for_its_positions() -> None:
    asked = classified()
    assert (asked["protocol"], asked["facts"]) == ("mae_base", TUNING["mae_base"])
    assert asked["departs"] == ["positions: sincos in place of learned"]


def test_the_page_s_command_fine_tunes_as_beit_does_but_for_its_positions() -> None:
    page = (FINETUNE.parent / "README.md").read_text(encoding="utf-8")
    line = next(line for line in page.splitlines() if "protocol=beit" in line)
    words = shlex.split(line)
    given = [words[i + 1].split("=", 1) for i, word in enumerate(words) if word == "-s"]
    overrides = [(key, read_override(key, value, "<-s>")) for key, value in given]
    made = Spec(find_source(FINETUNE)[0], FINETUNE.parent, overrides).compile_package().package
    assert made is not None
    asked = json.loads(made.files["recipe.json"])["evaluate"]["classify"]
    assert (asked["protocol"], asked["departs"]) == ("beit", ["positions: sincos in place of relative"])


@pytest.mark.parametrize(
    ("address", "value", "said"),
    [
        ("train__batch", 2048, ["batch: 2048 in place of 1024"]),
        ("train__optimizer__lr", 1e-3, ["rate: 0.00025 in place of 0.0005"]),
        ("train__groups", [], ["layer_decay: 1.0 in place of 0.65"]),
        ("train__for", "50 epochs", ["epochs: 50 in place of 100"]),
        ("train__schedule__warmup", "5%", ["warmup: 5 % in place of 5"]),
        ("trunk__blocks__drop_path", 0.0, ["drop_path: 0.0 in place of 0.1"]),
        ("crop__randaugment", None, ["randaugment: 0.0 in place of 9.0"]),
        ("crop__erase", 0.0, ["erase: 0.0 in place of 0.25"]),
        ("mixed__cutmix", 0.0, ["cutmix: 0.0 in place of 1.0"]),
        ("soft__smoothing", 0.0, ["smoothing: 0.0 in place of 0.1"]),
        ("classifier__head__init_scale", 1.0, ["head_std: 0.02 in place of 2e-05"]),
        ("losses__classes__use", "binary_cross_entropy", ["loss: binary_cross_entropy in place of cross_entropy"]),
        ("towers__classifier__pipe", ["mean", {"use": "linear", "out": 1000, "init_scale": 0.001}],
            ["reads: ['mean', 'linear'] in place of ['mean', 'layernorm', 'linear']"]),
    ],
)  # fmt: skip
def test_every_fact_that_a_spec_changes_is_told(address: str, value: Any, said: list[str]) -> None:
    assert sorted(classified(**{address: value})["departs"]) == sorted(
        ["positions: sincos in place of learned", *said]
    )


def test_the_small_head_begins_small() -> None:
    text = changed(("out: 10}", "out: 10, init_scale: 0.001}"), text=SUPERVISED)
    small, usual = (package(one).build_objective(0).classifier.linear for one in (text, SUPERVISED))
    assert torch.equal(small.weight, usual.weight * 0.001) and not small.bias.any()


def test_mae_s_encoder_is_fine_tuned_and_the_result_tells_the_protocol(tmp_path: Path) -> None:
    """As the example, at the size of mae_tiny and on digits: every number that is another is told."""
    train(package("mae_tiny").folder, tmp_path / "mae", steps=1, device="cpu", quiet=True, workers=0)
    pipe = [
        {"use": "patches", "size": 2, "width": 64}, {"use": "position", "kind": "sincos"}, {"use": "prefix", "cls": 1},
        {"use": "blocks", "depth": 4, "heads": 4, "drop_path": 0.1},
    ]  # fmt: skip
    made = load(FINETUNE, {
        "label.classes": 10, "crop.size": 16, "towers.trunk.pipe": pipe, "trunk.init.path": str(tmp_path / "mae"),
        "classifier.head.out": 10, "sources.images": {"use": "digits"}, "train.batch": 16, "eval.classify.data": "digits",
    })  # fmt: skip
    train(made.build(tmp_path / "made"), tmp_path / "run", steps=1, device="cpu", quiet=True, workers=0)
    before, after = (
        load_file(tmp_path / run / "checkpoints" / "step-00000001" / "weights.safetensors")
        for run in ("mae", "run")
    )
    name = "blocks.0.attention.qkv.weight"  # it began with the encoder of the run
    torch.testing.assert_close(after[f"trunk.{name}"], before[f"encoder.{name}"], rtol=0, atol=1e-4)
    evaluate(tmp_path / "run", device="cpu", pictures=False)
    result = json.loads((tmp_path / "run" / "eval" / "classify.json").read_text(encoding="utf-8"))
    assert result["protocol"] == "mae_base" and result["facts"] == TUNING["mae_base"]
    assert result["departs"] == ["positions: sincos in place of learned", "batch: 16 in place of 1024"]
    assert result["samples"] == 360 and 0 <= result["top1"] <= 1


def knn(asked: str) -> dict[str, Any]:
    return recipe(
        changed(
            (
                "probe: {use: linear_probe, of: trunk, protocol: dinov2,",
                f"probe: {{use: knn, of: trunk, {asked}",
            ),
            text=PROBED,
        )
    )


def test_neighbours_are_counted_as_the_table_says_or_the_result_tells() -> None:
    ends = "features: `trunk` ends with `cls`, not with the mean of its places"
    for asked, k, temperature, departs in [
        ("", 20, 0.07, []),
        ("protocol: instdisc,", 200, 0.1, [ends]),
        ("k: 20,", 20, 0.07, []),
        ("k: 5, temperature: 0.2,", 5, 0.2, ["k: 5 in place of 20", "temperature: 0.2 in place of 0.07"]),
    ]:
        found = knn(asked)
        assert (found["k"], found["temperature"], found["departs"]) == (k, temperature, departs)


def test_a_result_of_neighbours_names_its_protocol(tmp_path: Path) -> None:
    text = changed(
        ("probe: {use: linear_probe, of: trunk, protocol: dinov2,", "probe: {use: knn, of: trunk, k: 3,"),
        text=PROBED,
    )
    train(package(text).folder, tmp_path / "run", steps=1, device="cpu", quiet=True, workers=0)
    result = evaluate(tmp_path / "run", only="probe", device="cpu", pictures=False)["probe"]
    assert (result["protocol"], result["departs"]) == ("dino", ["k: 3 in place of 20"])


def test_an_online_probe_learns_from_the_trunk_and_never_teaches_it() -> None:
    """The reference's last rows: a classifier in the training loop, on features that no gradient enters."""
    path = FINETUNE.parent / "online.yaml"
    assert load(path).check() == []
    text = path.read_text(encoding="utf-8")
    made, given = objective(text), batch(text, 8)
    made(given)["names"].backward()
    taught = {
        name for name, weight in made.named_parameters() if weight.grad is not None and weight.grad.any()
    }
    assert taught == {"online.linear.weight", "online.linear.bias"}
    with torch.no_grad():
        for weight in made.trunk.parameters():
            weight.add_(0.5)
    made.after_step(1)
    for name, tensor in made.trunk.state_dict().items():
        torch.testing.assert_close(made.still.state_dict()[name], tensor, rtol=0, atol=0)
    groups = {weight: group for group in package(text).recipe["groups"] for weight in group["weights"]}
    assert (
        groups["online.linear.weight"]["decay"] == 0.0 and groups["trunk.resnet.conv1.weight"]["decay"] == 1.0
    )
