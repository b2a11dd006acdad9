"""A learned scale that may grow without bound."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import TextEdit

SIGMOID = "pairwise_sigmoid"  # is not clamped (SigLIP, arXiv 2303.15343): a published scale ends at 112

RULE = Rule(
    code="NUM701",
    name="scale-without-bound",
    triggers=("learned",),
    fix="unsafe",
    what="A learned scale of a softmax has no `max`.",
    why="Late in training the scale of a contrastive loss runs away, and the softmax overflows in half precision.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
losses:
  clip: {scale: {use: learned, init: 14.2857, max: null}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
losses:
  clip: {scale: {use: learned, init: 14.2857, max: 100.0}}
""",
    source="CLIP, arXiv 2103.00020 sec. 2.5: clipped at 100, which was found necessary to prevent instability",
)


def check(facts: Facts, report: Report) -> None:
    free = {value.operand("scale") for value in facts.values(SIGMOID, "loss")}
    for value in facts.values("learned"):
        scale = value.component
        if getattr(scale, "max", None) is not None or value.id in free:
            continue
        entry = facts.given(scale, "max")
        fix = [TextEdit(entry.value.span, "100.0")] if entry else []
        report(
            facts.place(scale, "max", value.span),
            "this learned scale may grow without bound",
            help="give it a bound: max: 100.0",
            fix=fix,
        )
