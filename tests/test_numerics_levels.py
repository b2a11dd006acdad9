"""Optimisation levels change what is computed and not what comes out; the FLOP counter shows what the ledger promises."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from compiled import TINY, assert_levels_agree, batch, compilation, distance, objective, package
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from vfmc.runtime.data.example import example_batch

PHASES = [
    ("clip_tiny", 0),
    ("flip_tiny", 0),
    ("flip_tiny", 1),
    ("mae_tiny", 0),
    ("dino_tiny", 0),
    ("simclr_tiny", 0),
    ("siglip_tiny", 0),
    ("slip_tiny", 0),
    ("supervised_vit_tiny", 0),
    ("supervised_resnet_tiny", 0),
    ("imagebind_tiny", 0),
    ("imagebind_tiny", 1),
]

NOISY = """
vfmc: 1
name: noisy
inputs:
  image: image
  caption: {use: text, length: 9, tokenizer: {use: bpe, vocabulary: 64}}
views:
  crop: {use: random_square_crop, of: image, size: 16}
towers:
  vision:
    from: crop
    pipe:
      - {use: vit, width: 32, depth: 5, heads: 4, patch: 4, drop_path: 0.5}
      - cls
      - {use: dropout, p: 0.3}
      - {use: linear, out: 16, bias: false}
      - l2norm
  text:
    from: caption
    pipe:
      - {use: text_transformer, width: 24, depth: 2, heads: 3, causal: true}
      - eot
      - {use: linear, out: 16, bias: false}
      - l2norm
losses:
  clip: {use: contrastive, a: vision, b: text, scale: {use: learned, init: 14.0, max: 14.5}}
sources: {pairs: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
"""


@pytest.mark.parametrize(
    ("name", "phase"), [*PHASES, (NOISY, 0)], ids=lambda value: "noisy" if value == NOISY else str(value)
)
def test_losses_gradients_and_state_are_equal_at_every_level(name: str, phase: int) -> None:
    assert_levels_agree(name, phase)


@pytest.mark.parametrize("name", TINY)
def test_weights_begin_alike_at_every_level(name: str) -> None:
    states = [package(name, level).build_objective(7).state_dict() for level in (0, 1, 2)]
    assert all(list(states[0]) == list(other) for other in states[1:])
    for key, tensor in states[0].items():
        assert all(torch.equal(tensor, other[key]) for other in states[1:]), key


@pytest.mark.parametrize("name", [NOISY, "dino_tiny"], ids=["noisy", "dino_tiny"])
def test_noise_is_drawn_and_depends_on_the_key_alone(name: str) -> None:
    made, data = objective(name), batch(name, 6)
    [noisy] = [key for key in ("clip.a", "dino.student:V") if key in made.embed(data)]
    first = made.embed(data)[noisy]
    assert torch.equal(first, made.embed(data)[noisy]), "the same key, the same noise"
    torch.manual_seed(99)
    assert torch.equal(first, made.embed(data)[noisy]), "torch's generator plays no part"
    assert distance(made.embed(data | {"key": data["key"] + 1})[noisy], first) > 1e-3
    made.eval()
    clean = made.embed(data)[noisy]
    assert distance(first, clean) > 1e-3
    assert torch.equal(made.embed({key: x for key, x in data.items() if key != "key"})[noisy], clean), (
        "evaluation needs no key"
    )


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize(
    "name",
    [NOISY, "dino_tiny", "flip_tiny", "mae_tiny"],
    ids=lambda value: "noisy" if value == NOISY else value,
)
def test_micro_batches_compute_what_the_batch_computes(name: str, level: int) -> None:
    """Also where noise is drawn: the operands of two and four samples are those of six."""
    made, data = objective(name, level), batch(name, 6)
    dims = package(name).dims(package(name).recipe["phases"][0]["name"])
    whole = made.embed(data)
    parts = [
        made.embed({key: x.narrow(dims[key], start, count) for key, x in data.items()})
        for start, count in ((0, 2), (2, 4))
    ]
    for key, operand in whole.items():
        joined = torch.cat([part[key] for part in parts], dim=1 if key.endswith(":V") else 0)
        assert (joined - operand).abs().max() < 1e-13, key


def test_views_and_layers_draw_noise_of_their_own() -> None:
    """Two equal views with one key come to different results, and so do towers of other depth orders."""
    made, data = objective("dino_tiny"), batch("dino_tiny", 8)
    data["large"][1] = data["large"][0]
    student = made.embed(data)["dino.student:V"]
    assert distance(student[0], student[1]) > 1e-3
    made.eval()
    student = made.embed(data)["dino.student:V"]
    assert distance(student[0], student[1]) < 1e-13


def test_paths_are_dropped_at_their_rate_and_kept_ones_scaled() -> None:
    """Each of 20,000 samples by itself: 0 or 1 / (1 - rate), in the mean 1."""
    model = package(NOISY).model
    keys = torch.arange(20_000) * 7919
    scale = model.kept_paths(keys, 1, 0.3, torch.zeros(1, dtype=torch.float64)).flatten()
    assert sorted(scale.unique().tolist()) == pytest.approx([0, 1 / 0.7], abs=1e-15)
    assert (scale == 0).double().mean().item() == pytest.approx(0.3, abs=0.01)
    other = model.kept_paths(keys, 0, 0.3, torch.zeros(1, dtype=torch.float64)).flatten()
    assert ((scale == 0) & (other == 0)).double().mean().item() == pytest.approx(0.09, abs=0.01), (
        "branches are independent"
    )
    blocks = package(NOISY).objective.Objective().vision.blocks
    assert [block.drop_path for block in blocks] == pytest.approx([0, 0.125, 0.25, 0.375, 0.5])


def counted(name: str, level: int) -> int:
    """FLOPs of `embed` for one sample, by torch's own counter, without computing anything."""
    loaded = package(name, level)
    contract = loaded.data.PHASES[loaded.recipe["phases"][0]["name"]]
    data = {key: x.to("meta") for key, x in example_batch(contract, 2, data_module=loaded.data).items()}
    with torch.device("meta"):
        made = loaded.objective.Objective()
    counter = FlopCounterMode(display=False)
    with counter, sdpa_kernel(SDPBackend.MATH):
        made.embed(data)
    return counter.get_total_flops() // 2


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("clip_tiny", 1.3, 1.4), ("flip_tiny", 1.2, 1.3), ("mae_tiny", 1.05, 1.3), ("dino_tiny", 1.55, 1.6),
        ("simclr_tiny", 0.99, 1.01), ("siglip_tiny", 1.2, 1.4), ("slip_tiny", 1.1, 1.6),
        ("clip_vit_b32", 1.065, 1.08), ("dino_vit_s16", 1.065, 1.08), ("mae_vit_b16", 1.02, 1.04), ("flip_vit_b16", 1.01, 1.02),
        ("simclr_resnet50", 0.99, 1.01), ("slip_vit_b16", 1.05, 1.09),
    ],
)  # fmt: skip
def test_the_flop_counter_finds_what_the_ledger_predicts(name: str, least: float, most: float) -> None:
    """Exactly, at both levels; dead tokens save 1.07x of 12 layers, and more of few."""
    ledger = compilation(name, 1).ledger
    assert ledger is not None
    before, after = next(iter(ledger.forward.values()))
    assert counted(name, 0) == 2 * before
    assert counted(name, 1) == 2 * after
    assert least < before / after < most
    first = next(iter(ledger.forward))
    assert sum(entry.saved for entry in ledger.entries if entry.graph == first) == before - after
    assert package(name, 1).recipe["flops"]["forward"] == 2 * before, "the recipe counts before optimisation"


def test_the_published_flops_of_a_vit() -> None:
    """ViT-B/16 at 224 pixels takes 17.5 billion multiply-adds (DeiT, table 1, calls them 17.5 GFLOPs): CLIP's vision tower."""
    ledger = compilation("clip_vit_b16", 0).ledger
    assert ledger is not None
    words, width = 77, 512
    text = 12 * (12 * words * width**2 + 2 * words**2 * width) + width**2
    assert (ledger.forward["main"][0] - text) / 1e9 == pytest.approx(17.58, abs=0.03)


def hooked(made: Any) -> dict[str, int]:
    """How often each tower is called."""
    calls: dict[str, int] = {}
    for name, module in made.named_children():
        module.register_forward_hook(lambda *_, name=name: calls.__setitem__(name, calls.get(name, 0) + 1))
    return calls


@pytest.mark.parametrize(("level", "trunk", "teacher"), [(0, 4, 2), (1, 2, 1)])
def test_views_of_a_list_run_in_one_call(level: int, trunk: int, teacher: int) -> None:
    made = objective("dino_tiny", level)
    calls, copies = hooked(made), hooked(made.teacher)
    made(batch("dino_tiny", 3))
    assert calls["trunk"] == trunk and copies["trunk"] == teacher
