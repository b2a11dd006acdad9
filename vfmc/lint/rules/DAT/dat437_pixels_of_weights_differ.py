"""Weights that saw other numbers for the same picture."""

from vfmc.lint.beside import of_pixels
from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DAT437",
    name="pixels-of-weights-differ",
    triggers=("path",),
    what="The settings beside the weights that a tower begins with say another mean, deviation, size or interpolation of its pictures than its view.",
    why="Training starts as if every picture had its colours shifted, and a frozen tower stays there.",
    bad="""\
vfmc: 1
name: example
extends: clip_vit_b32
towers:
  vision:
    with: {init: {path: ours/model.safetensors, from: open_clip}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_vit_b32
towers:
  vision:
    with: {init: {path: openai/model.safetensors, from: open_clip}}
""",
    files={
        "ours/model.safetensors": "",
        "ours/open_clip_config.json": """\
{"model_cfg": {"quick_gelu": true, "vision_cfg": {"patch_size": 32}},
 "preprocess_cfg": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}}
""",
        "openai/model.safetensors": "",
        "openai/open_clip_config.json": """\
{"model_cfg": {"quick_gelu": true, "vision_cfg": {"patch_size": 32}},
 "preprocess_cfg": {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}}
""",
    },
    source="weights of CLIP under ImageNet's mean and deviation are a frequent silent mistake in issue lists of both libraries",
)


def check(facts: Facts, report: Report) -> None:
    for tower, differing in facts.beside:
        if not of_pixels(differing):
            continue
        report(
            facts.span("towers", tower, "with", "init"),
            f"{differing.file} says {differing.key}: {differing.theirs}, and `{tower}` reads pictures with {differing.ours}",
            help="give the view the numbers that the weights were trained with",
        )
