"""A plan as a whole: plain data, the same every time, without torch. The others take `planned` from here."""

from __future__ import annotations

import json
import subprocess
import sys

from vfmc.check.check import check
from vfmc.graph.program import Program
from vfmc.passes.manager import run
from vfmc.plan.plan import Plan, make
from vfmc.source import Source
from vfmc.syntax.yaml_reader import read_yaml


class Spec(str):
    """A spec whose `replace` fails where there is nothing to replace."""

    def replace(self, old: str, new: str) -> Spec:  # type: ignore[override]
        assert old in self, f"the spec does not hold {old!r}"
        return Spec(super().replace(old, new))


CLIP = Spec("""
vfmc: 1
name: small_clip
inputs:
  image:   {use: image}
  caption: {use: text, length: 16, tokenizer: {use: bpe, vocabulary: 512}}
  label:   {use: label, classes: 10}
views:
  crop: {use: random_square_crop, of: image, size: 16}
towers:
  vision:
    from: crop
    pipe:
      - {use: vit, width: 64, depth: 4, heads: 4, patch: 4}
      - cls
      - {use: linear, out: 32, bias: false}
      - l2norm
  text:
    from: caption
    pipe:
      - {use: text_transformer, width: 64, depth: 2, heads: 4, causal: true}
      - eot
      - {use: linear, out: 32, bias: false}
      - l2norm
losses:
  clip: {use: contrastive, a: vision, b: text, scale: {use: learned, init: 14.2857, max: 100}}
sources:
  pairs: digits
train:
  batch: 128
  optimizer: {use: adamw, lr: 1.0e-3, weight_decay: 0.1}
  for: 10 epochs
""")

DINO = Spec("""
vfmc: 1
name: small_dino
inputs:
  image: {use: image}
views:
  large: {use: dino_global, of: image, count: 2, size: 16}
  small: {use: dino_local, of: image, count: 4, size: 8}
towers:
  trunk: {pipe: [{use: vit, width: 64, depth: 4, heads: 4, patch: 4, drop_path: 0.1}, cls]}
  head: {pipe: [{use: dino_head, hidden: 64, bottleneck: 32, out: 128}]}
  student: {pipe: [trunk, head]}
  teacher: {pipe: [{use: ema, of: student, momentum: {use: cosine, start: 0.996, end: 1.0}}]}
losses:
  dino:
    use: self_distill
    student: {use: student, of: [large, small]}
    teacher: {use: teacher, of: large}
    teacher_temperature: {use: warmup, start: 0.04, end: 0.07, for: 30 epochs}
sources:
  pairs: digits
train:
  batch: 128
  optimizer: {use: adamw, lr: 1.0e-3, weight_decay: {use: cosine, start: 0.04, end: 0.4}}
  groups: [{of: head.last, frozen: {until: 1 epoch}}]
  for: 10 epochs
eval:
  knn: {use: knn, of: teacher.trunk, data: digits}
""")

FLIP = Spec("""
vfmc: 1
name: small_flip
inputs:
  image:   {use: image}
  caption: {use: text, length: 16, tokenizer: {use: bpe, vocabulary: 512}}
views:
  crop: {use: random_square_crop, of: image, size: 16}
masks:
  half: {use: random, of: crop, ratio: 0.5}
towers:
  vision:
    takes: {hide: null}
    from: crop
    pipe:
      - {use: patches, size: 4, width: 64}
      - {use: position, kind: sincos}
      - {use: drop, mask: hide}
      - {use: prefix, cls: 1}
      - {use: blocks, depth: 4, heads: 4}
      - layernorm
      - {use: mean, prefix: true}
      - {use: linear, out: 32, bias: false}
      - l2norm
  text:
    from: caption
    pipe:
      - {use: text_transformer, width: 64, depth: 2, heads: 4}
      - first
      - {use: linear, out: 32, bias: false}
      - l2norm
losses:
  clip:
    use: contrastive
    a: {use: vision, of: crop, hide: half}
    b: text
    scale: {use: learned, init: 14.2857, max: 100}
sources:
  pairs: digits
train:
  batch: 128
  optimizer: {use: adamw, lr: {use: per, batch: 256, value: 1.0e-3}, weight_decay: 0.1}
  phases:
    - {name: pretrain, for: 10 epochs}
    - {name: unmasked, for: 1 epoch, set: {half.ratio: 0.25, train.optimizer.lr: 1.0e-5}}
""")

MAE = Spec("""
vfmc: 1
name: small_mae
inputs:
  image: {use: image}
views:
  crop: {use: mae, of: image, size: 16}
masks:
  hidden: {use: random, of: crop, ratio: 0.75}
towers:
  encoder:
    takes: {hide: null}
    from: crop
    pipe:
      - {use: patches, size: 4, width: 64}
      - {use: position, kind: sincos}
      - {use: drop, mask: hide}
      - {use: prefix, cls: 1}
      - {use: blocks, depth: 4, heads: 4}
      - layernorm
  decoder:
    pipe:
      - {use: linear, out: 32, as: embed}
      - {use: restore, mask: hidden}
      - {use: position, kind: sincos}
      - {use: blocks, depth: 2, heads: 4}
      - layernorm
      - {use: linear, out: 48, as: predict}
losses:
  pixels:
    use: mse
    prediction: {use: decoder, of: {use: encoder, of: crop, hide: hidden}}
    target: {use: patch_pixels, of: crop, size: 4}
    on: hidden
sources:
  pairs: digits
train:
  batch: 128
  optimizer: {use: adamw, lr: 1.0e-3}
  for: 10 epochs
export: {encoder: encoder}
""")


def checked(text: str) -> Program:
    """The program of a spec without findings."""
    tree, found = read_yaml(Source("spec.yaml", str(text)))
    assert tree is not None and not found, found
    program, found = check(tree, None, lambda path: (None, []))
    errors = [finding for finding in found if finding.severity == "error"]
    assert program is not None and not errors, errors
    return program


def planned(text: str, level: int = 1) -> Plan:
    """The plan of a spec."""
    return make(*run(checked(text), level))


def test_a_plan_is_plain_data_that_json_gives_back_unchanged():
    for text in (CLIP, DINO, FLIP, MAE):
        plan = planned(text)
        for part in (plan.recipe, plan.contract.inputs, plan.contract.phases, plan.memory):
            assert json.loads(json.dumps(part, allow_nan=False)) == part


def test_two_processes_with_other_hash_seeds_plan_the_same_bytes():
    code = (
        "import json, test_plan as t; p = t.planned(t.DINO);"
        "print(json.dumps([p.recipe, p.contract.phases, p.signature]) + p.diagram)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], cwd="tests", env={"PYTHONHASHSEED": seed, "PYTHONPATH": ".."},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1")
    }  # fmt: skip
    assert len(outputs) == 1 and len(outputs.pop()) > 1000


def test_planning_imports_neither_torch_nor_numpy():
    code = (
        "import sys, test_plan as t; t.planned(t.DINO);"
        "print([name for name in ('torch', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd="tests",
        env={"PYTHONPATH": ".."},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_what_is_saved_is_the_same_at_every_level():
    for text in (CLIP, DINO, FLIP, MAE):
        plain, optimised = planned(text, 0), planned(text, 1)
        assert list(plain.signature.items()) == list(optimised.signature.items())
        assert plain.flops == optimised.flops  # costs are told at -O0
        assert plain.recipe["groups"] == optimised.recipe["groups"]
        assert (plain.recipe["level"], optimised.recipe["level"]) == (0, 1)


def test_weights_and_buffers_of_a_distillation_stand_in_the_signature_with_their_shapes():
    signature = planned(DINO).signature
    assert signature["trunk.blocks.3.attention.qkv.weight"] == [192, 64]
    assert signature["teacher.trunk.blocks.3.attention.qkv.weight"] == [192, 64]
    assert signature["head.last.weight"] == [128, 32]
    assert signature["dino.center"] == [128]
    assert next(iter(signature)) == "trunk.patches.weight"
    assert planned(CLIP).signature["clip.scale.log"] == []
