"""Counts and costs against published figures, and against sums worked out by hand."""

from __future__ import annotations

import pytest
from test_plan import CLIP, DINO, FLIP, MAE, checked, planned

from vfmc.passes.manager import run
from vfmc.plan.flops import of_graph

PUBLISHED_CLIP = """
vfmc: 1
name: published_clip
inputs:
  image:   {{use: image}}
  caption: {{use: text, length: 77, tokenizer: clip}}
views:
  crop: {{use: random_square_crop, of: image, size: 224}}
towers:
  vision:
    from: crop
    pipe:
      - {{use: vit, size: {size}, pre_norm: true, initializer: clip, epsilon: 1.0e-5}}
      - cls
      - {{use: linear, out: {text}, bias: false}}
      - l2norm
  text:
    from: caption
    pipe:
      - {{use: text_transformer, width: {text}, depth: 12, heads: 8, causal: true}}
      - eot
      - {{use: linear, out: {text}, bias: false}}
      - l2norm
losses:
  clip: {{use: contrastive, a: vision, b: text, scale: {{use: learned, init: 14.2857, max: 100}}}}
train: {{batch: 32768, optimizer: {{use: adamw, lr: 5.0e-4}}, for: 32 epochs}}
"""

PUBLISHED_DINO = """
vfmc: 1
name: published_dino
inputs:
  image: {use: image}
views:
  large: {use: dino_global, of: image, count: 2, size: 224}
  small: {use: dino_local, of: image, count: 8, size: 96}
towers:
  trunk: {pipe: [{use: vit, size: S/16, drop_path: 0.1}, cls]}
  head: {pipe: [dino_head]}
  student: {pipe: [trunk, head]}
  teacher: {pipe: [{use: ema, of: student, momentum: 0.996}]}
losses:
  dino: {use: self_distill, student: {use: student, of: [large, small]}, teacher: {use: teacher, of: large}}
train: {batch: 1024, optimizer: {use: adamw, lr: 5.0e-4}, for: 100 epochs}
"""

# Parameters of all, of the image and of the text tower: OpenAI's models as open_clip builds them.
# GFLOPs of both towers: open_clip, docs/model_profile.csv.
CLIPS = [
    ("B/32", 512, 151_277_313, 87_849_216, 63_428_096, 8.82, 5.96),
    ("B/16", 512, 149_620_737, 86_192_640, 63_428_096, 35.13, 5.96),
    ("L/14", 768, 427_616_513, 303_966_208, 123_650_304, 162.03, 13.3),
]


@pytest.mark.parametrize(("size", "text", "total", "vision", "words", "image_gflops", "text_gflops"), CLIPS)
def test_clip_has_the_published_parameters_and_flops(
    size, text, total, vision, words, image_gflops, text_gflops
):
    plan = planned(PUBLISHED_CLIP.format(size=size, text=text))
    assert plan.parameters == {
        "total": total,
        "trainable": total,
        "frozen": 0,
        "copies": 0,
        "per_tower": {"vision": vision, "text": words, "clip": 1},
    }
    assert plan.flops["forward"] / 1e9 == pytest.approx(
        image_gflops + text_gflops, abs=0.011
    )  # two rounded figures
    assert plan.flops["training"] == 3 * plan.flops["forward"]


def test_dino_counts_its_trunk_as_published_and_its_teacher_as_a_copy():
    counted = planned(PUBLISHED_DINO).parameters
    assert counted["per_tower"]["trunk"] == 21_665_664  # timm vit_small_patch16_224 without head
    # mlp 384 -> 2048 -> 2048 -> 256 with biases, then 65,536 prototypes of width 256
    head = 384 * 2048 + 2048 + 2048 * 2048 + 2048 + 2048 * 256 + 256 + 65536 * 256
    assert counted["per_tower"]["head"] == head
    assert counted["total"] == counted["trainable"] == counted["copies"] == 21_665_664 + head
    assert counted["per_tower"]["teacher"] == counted["copies"]


def test_the_centre_is_saved_and_counts_as_no_parameter():
    plan = planned(DINO)
    assert plan.parameters["per_tower"].keys() == {"trunk", "head", "teacher"}
    assert "dino.center" in plan.recipe["weights"]
    assert plan.memory["buffers"] == 4 * 128


def block(tokens: int, width: int) -> int:
    """Multiply-adds of one block: 12 n d^2 for the five matrices, 2 n^2 d for the attention."""
    return 12 * tokens * width**2 + 2 * tokens**2 * width


def test_a_masked_autoencoder_counts_what_each_half_sees():
    encoder = 16 * 64 * 48 + 4 * block(1 + 4, 64)  # 16 patches are embedded at -O0, 4 of them go on
    decoder = 5 * 64 * 32 + 2 * block(1 + 16, 32) + 17 * 32 * 48
    assert planned(MAE).flops == {"forward": 2 * (encoder + decoder), "training": 6 * (encoder + decoder)}


def test_copies_run_forward_only_and_every_view_counts():
    head = 64 * 64 + 64 * 64 + 64 * 32 + 32 * 128
    large, small = 16 * 64 * 48 + 4 * block(17, 64) + head, 4 * 64 * 48 + 4 * block(5, 64) + head
    student, teacher = 2 * large + 4 * small, 2 * large
    assert planned(DINO).flops == {"forward": 2 * (student + teacher), "training": 6 * student + 2 * teacher}


def test_a_frozen_tower_costs_one_forward_pass_in_training():
    text = CLIP.replace("l2norm\n  text:", "l2norm\n    with: {frozen: true}\n  text:")
    plan = planned(text)
    vision = 2 * (16 * 64 * 48 + 4 * block(17, 64) + 64 * 32)
    words = 2 * (2 * block(16, 64) + 64 * 32)
    assert plan.flops == {"forward": vision + words, "training": vision + 3 * words}
    assert plan.parameters["frozen"] == plan.parameters["per_tower"]["vision"] > 0
    assert plan.parameters["trainable"] == plan.parameters["per_tower"]["text"] + 1


def test_gradient_goes_through_a_frozen_tower_to_what_trains_before_it():
    text = MAE.replace("as: predict}", "as: predict}\n    with: {frozen: true}")
    found = planned(text).flops
    assert found["training"] == 3 * found["forward"]


def test_what_no_loss_reads_costs_nothing():
    text = CLIP.replace("losses:", "values:\n  spare: {use: vision, of: crop}\nlosses:")
    assert planned(text, 0).flops == planned(CLIP, 0).flops


def test_weights_that_a_group_freezes_for_good_are_not_trainable():
    counted = planned(
        CLIP.replace("for: 10 epochs", "groups: [{of: vision.linear, frozen: true}]\n  for: 10 epochs")
    )
    assert counted.parameters["frozen"] == 32 * 64


def test_phases_are_counted_each_with_its_own_mask():
    words = 2 * block(16, 64) + 64 * 32
    half, quarter = (16 * 64 * 48 + 4 * block(1 + kept, 64) + 64 * 32 + words for kept in (8, 12))
    found = planned(FLIP).flops
    assert found["forward"] == found["phases"]["pretrain"]["forward"] == 2 * half
    assert found["phases"]["unmasked"] == {"forward": 2 * quarter, "training": 6 * quarter}


def test_the_flops_of_a_graph_tell_what_embedding_visible_patches_alone_saves():
    program, ledger = run(checked(FLIP), 1)
    before, after = of_graph(ledger.baseline.phases[0].graph), of_graph(program.phases[0].graph)
    assert before["forward"] - after["forward"] >= 2 * 8 * 64 * 48
    assert after == of_graph(program.phases[0].graph.pruned())


def test_memory_holds_two_moments_for_adamw_and_one_for_sgd():
    adamw = planned(DINO).memory
    weights = 4 * planned(DINO).parameters["total"]
    assert adamw == {
        "weights": weights,
        "gradients": weights,
        "optimizer": 2 * weights,
        "copies": weights,
        "buffers": 512,
        "total": 5 * weights + 512,
    }
    sgd = planned(CLIP.replace("use: adamw", "use: sgd")).memory
    assert sgd["optimizer"] == sgd["weights"]
