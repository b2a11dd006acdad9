"""Modules of somebody else's: trained through the runtime, resumed, never imported by the compiler, refused where they do not fit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from checking import changed, only
from compiled import compilation, package
from peers import peer
from safetensors.torch import load_file

from vfmc.runtime import external, train
from vfmc.runtime.errors import PackageError
from vfmc.runtime.optimize import Optimizer
from vfmc.runtime.schedule import Clock

USERS = Path(__file__).parent / "users_code"

SPEC = """
vfmc: 1
name: backbone
inputs:
  image: image
  caption: {use: text, length: 8, tokenizer: {use: wordpiece, vocabulary: 64}}
views:
  crop: {use: center_crop, of: image, size: 32}
towers:
  vision:
    from: crop
    pipe:
      - STAGE
      - {use: linear, out: 16}
      - l2norm
  text:
    from: caption
    pipe:
      - {use: word_embedding, width: 16}
      - mean
      - l2norm
losses:
  clip: {use: contrastive, a: vision, b: text, scale: learned}
sources:
  pairs: digits
train:
  batch: 8
  optimizer: {use: adamw, lr: 1.0e-3, weight_decay: 0.1}
  for: 2 steps
data: {workers: 0}
"""
RESNET = "{use: timm, name: resnet18, gives: {kind: vector, width: 512}}"
VIT = (
    "{use: timm, name: vit_tiny_patch16_224, arguments: {img_size: 32, depth: 2},"
    " gives: {kind: tokens, width: 192, count: 5, prefix: 1}}\n      - cls"
)
HF = (
    "{use: hf, config: {model_type: vit, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2, intermediate_size: 64,"
    " image_size: 32, patch_size: 8}, gives: {kind: tokens, width: 32, count: 17, prefix: 1}}\n      - cls"
)
OWN = (
    '{use: python, class: "nets:Encoder", takes: image, arguments: {width: 24},'
    " gives: {kind: tokens, width: 24, count: 65, prefix: 1}}\n      - cls"
)


def with_stage(stage: str) -> str:
    return SPEC.replace("STAGE", stage)


@pytest.fixture(autouse=True)
def users_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(USERS))
    (
        peer("timm"),
        peer("transformers"),
    )  # the test is skipped without them; they need a shim before they are imported


def go(text: str, run: Path, **arguments: Any) -> Any:
    return train(package(text).folder, run, device="cpu", quiet=True, **arguments)


@pytest.mark.parametrize(
    "stage", [RESNET, VIT, HF, OWN], ids=["timm resnet18", "timm vit", "hf vit", "a user's class"]
)
def test_it_trains_and_a_resumed_run_is_the_straight_one(stage: str, tmp_path: Path) -> None:
    text = with_stage(stage)
    go(text, tmp_path / "straight", steps=2)
    go(text, tmp_path / "resumed", steps=2, stop_after=1)
    go(text, tmp_path / "resumed", resume="auto")
    name = "checkpoints/step-00000002/weights.safetensors"
    straight, resumed = load_file(tmp_path / "straight" / name), load_file(tmp_path / "resumed" / name)
    assert all(torch.equal(straight[key], resumed[key]) for key in straight)
    begin = package(text).build_objective(0).state_dict()
    moved = [key for key in begin if key.startswith("vision.") and not torch.equal(begin[key], straight[key])]
    assert len(moved) > 4


def test_its_weights_are_those_of_the_library_and_its_code_names_it_alone() -> None:
    made = compilation(with_stage(VIT)).package
    assert made is not None
    code = made.files["model.py"]
    assert (
        "\nimport timm\n" in code
        and "transformers" not in code
        and "import timm" not in made.files["objective.py"]
    )
    objective = package(with_stage(VIT)).build_objective(0)
    reference = peer("timm").create_model(
        "vit_tiny_patch16_224", pretrained=False, num_classes=0, img_size=32, depth=2
    )
    own = {
        name.removeprefix("vision.timm.")
        for name in objective.state_dict()
        if name.startswith("vision.timm.")
    }
    assert own == set(reference.state_dict())
    reference.load_state_dict(
        {
            n.removeprefix("vision.timm."): t
            for n, t in objective.state_dict().items()
            if n.startswith("vision.timm.")
        }
    )
    x = torch.randn(2, 3, 32, 32)
    projected = objective.vision.linear(reference.eval().forward_features(x)[:, 0])
    torch.testing.assert_close(
        objective.eval().tower("vision", x), torch.nn.functional.normalize(projected, dim=-1)
    )


def test_its_weights_are_grouped_by_their_dimensions() -> None:
    made = package(with_stage(OWN))
    objective = made.build_objective(0)
    optimizer = Optimizer(objective, made.recipe, torch.device("cpu"), Clock(100, 8, 10))
    decay = {name: group["decay"] for group in optimizer.groups for name in group["weights"]}
    assert set(decay) == {name for name, _ in objective.named_parameters()}
    assert decay["vision.python.cut.weight"] == 1.0 and decay["vision.python.class_token"] == 1.0
    assert decay["vision.python.cut.bias"] == decay["vision.python.norm.weight"] == 0.0


def test_a_rule_for_its_tower_holds_for_its_weights() -> None:
    text = changed(
        ("  for: 2 steps", "  groups: [{of: vision.python, lr: 0.1}]\n  for: 2 steps"), text=with_stage(OWN)
    )
    made = package(text)
    optimizer = Optimizer(made.build_objective(0), made.recipe, torch.device("cpu"), Clock(100, 8, 10))
    slow = {name for group in optimizer.groups for name in group["weights"] if group["lr"] == 0.1}
    assert (
        slow and all(name.startswith("vision.python.") for name in slow) and "vision.python.norm.bias" in slow
    )


def test_a_frozen_one_does_not_move(tmp_path: Path) -> None:
    text = changed(
        ("      - l2norm\n  text:", "      - l2norm\n    with: {frozen: true}\n  text:"), text=with_stage(OWN)
    )
    go(text, tmp_path / "run", steps=2)
    begin = package(text).build_objective(0).state_dict()
    after = load_file(tmp_path / "run" / "checkpoints" / "step-00000002" / "weights.safetensors")
    assert all(torch.equal(begin[name], after[name]) for name in begin if name.startswith("vision."))
    assert not torch.equal(begin["text.word_embedding.weight"], after["text.word_embedding.weight"])


def test_patterns_stand_for_what_is_below_them() -> None:
    weights = {"a.b.w": torch.zeros(2, 2), "a.b.v": torch.zeros(2), "a.c": torch.zeros(1)}
    weights = {name: tensor.requires_grad_() for name, tensor in weights.items()}
    assert external.expand(["a.b.*:matrix", "a.c"], weights) == ["a.b.w", "a.c"]
    assert external.expand(["a.b.*:vector"], weights) == ["a.b.v"]


def test_a_wrong_declaration_is_told_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError,
        match=r"timm\(name: resnet18\) declares \[500\] for a sample, and the module gives \[512\]",
    ) as caught:
        go(with_stage(RESNET.replace("512", "500")), tmp_path / "run", steps=1)
    assert any(
        "spec.yaml" in note or "towers.vision" in note for note in getattr(caught.value, "__notes__", [])
    )


def test_a_module_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        PackageError, match=r"needs `nowhere`, which is not there: install it, or put the folder"
    ):
        package(with_stage(OWN.replace("nets:", "nowhere.nets:")))


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("raise RuntimeError('operator is missing')", "operator is missing"),
        ("def __getattr__(name):\n    raise ImportError('no part ' + name)", "no part Net"),
    ],
)
def test_a_library_whose_installation_is_broken_is_named(
    code: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"broken_{len(code)}"
    (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    stage = f"{{use: python, class: '{name}:Net', gives: {{kind: vector, width: 8}}}}"
    with pytest.raises(PackageError, match=f"needs `{name}`, which does not work here.*{what}"):
        package(SPEC.replace("STAGE", stage)).build_objective()


def test_building_imports_nothing_of_it(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(with_stage(OWN.replace("nets:", "nowhere.nets:")), encoding="utf-8")
    code = (
        "import sys, vfmc\n"
        f"vfmc.load({str(spec)!r}).build({str(tmp_path / 'out')!r})\n"
        "assert not {'torch', 'timm', 'transformers', 'nowhere'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert "nowhere.nets.Encoder(width=24)" in (tmp_path / "out" / "model.py").read_text()


MISTAKES = [
    (
        OWN.replace("nets:Encoder", "nets.Encoder"),
        "REF118",
        '"nets.Encoder"',
        "does not say where a class is",
    ),
    (
        OWN.replace("nets:Encoder", "os;nets:Encoder"),
        "REF118",
        '"os;nets:Encoder"',
        "does not say where a class is",
    ),
    (OWN.replace("takes: image", "takes: tokens"), "REF105", "tokens", "takes tokens, not an image"),
    (OWN.replace(", count: 65", ""), "REF104", "tokens", "tokens are counted"),
    (
        OWN.replace("{width: 24}", '{"a b": 24}'),
        "REF118",
        '{"a b": 24}',
        "is no argument that can be written down",
    ),
    ("{use: hf, gives: {kind: vector, width: 4}}", "REF104", "hf", "either `name` or `config`"),
    ("{use: timm, name: resnet18}", "REF104", "timm", "needs `gives`"),
]


@pytest.mark.parametrize(("stage", "code", "at", "message"), MISTAKES)
def test_mistakes_stand_at_their_token(stage: str, code: str, at: str, message: str) -> None:
    found = only(with_stage(stage))
    assert (found.code, found.span.text) == (code, at) and message in found.message


def test_passes_leave_it_alone_and_levels_agree() -> None:
    batch = {"crop": torch.randn(4, 3, 32, 32), "caption": torch.randint(0, 64, (4, 8))}
    found = []
    for level in (0, 1, 2):
        objective = package(with_stage(HF), level).build_objective(0).eval()
        objective(batch)["total"].backward()
        found.append(
            {name: weight.grad for name, weight in objective.named_parameters() if weight.grad is not None}
        )
    assert found[0].keys() == found[1].keys() == found[2].keys()
    for name, gradient in found[0].items():
        torch.testing.assert_close(gradient, found[1][name], rtol=1e-5, atol=1e-7)
