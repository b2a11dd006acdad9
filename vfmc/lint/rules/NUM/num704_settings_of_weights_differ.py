"""Weights of a network that computes something else."""

from vfmc.lint.beside import of_pixels
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="NUM704",
    name="settings-of-weights-differ",
    severity=Severity.ERROR,
    triggers=("path",),
    what="The settings beside the weights that a tower begins with say another activation, epsilon or number of heads than the spec.",
    why="The shapes are equal, so the weights load; the tower then computes another function, and is some points worse for no reason that a log shows.",
    bad="""\
vfmc: 1
name: example
extends: clip_vit_b32
towers:
  vision:
    with: {init: {path: laion/model.safetensors, from: open_clip}}
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
        "laion/model.safetensors": "",
        "laion/open_clip_config.json": """\
{"model_cfg": {"quick_gelu": false, "vision_cfg": {"patch_size": 32}},
 "preprocess_cfg": {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}}
""",
        "openai/model.safetensors": "",
        "openai/open_clip_config.json": """\
{"model_cfg": {"quick_gelu": true, "vision_cfg": {"patch_size": 32}},
 "preprocess_cfg": {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}}
""",
    },
    source="OpenAI's CLIP is trained with QuickGELU: open_clip has twins of its models for it, and its users evaluate one in the other",
)


def check(facts: Facts, report: Report) -> None:
    for tower, differing in facts.beside:
        if of_pixels(differing):
            continue
        report(
            facts.span("towers", tower, "with", "init"),
            f"{differing.file} says {differing.key}: {differing.theirs}, and the spec has {differing.ours} ({differing.fact})",
            help="say it in the tower as the weights have it, or begin with other weights",
        )
