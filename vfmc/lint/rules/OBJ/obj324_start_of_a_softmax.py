"""A sigmoid loss with the scale of a softmax."""

from vfmc.components.losses.pairwise_sigmoid import PairwiseSigmoid
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import TextEdit

SOFTMAX, SIGMOID = 1 / 0.07, 10.0
NEAR = 0.01  # relative

RULE = Rule(
    code="OBJ324",
    name="start-of-a-softmax",
    triggers=("pairwise_sigmoid",),
    fix="unsafe",
    what="The learned scale of a sigmoid loss begins at 14.2857, where that of a softmax does.",
    why="The scale and the bias of a sigmoid loss begin together, at 10 and -10: what was copied from CLIP is another start than the "
    "published one, and no message tells it.",
    bad="""\
vfmc: 1
name: example
extends: siglip_tiny
losses:
  siglip: {scale: {use: learned, init: 14.2857}}
""",
    good="""\
vfmc: 1
name: example
extends: siglip_tiny
losses:
  siglip: {scale: {use: learned, init: 10.0}}
""",
    source="SigLIP, arXiv 2303.15343 sec. 3.2; open_clip sets the bias in a model's file and the scale in its command line, so that "
    "models made from the file alone begin at ln(1 / 0.07) (FLAIR, issue 8)",
)


def check(facts: Facts, report: Report) -> None:
    for _, loss, value in facts.losses():
        if not isinstance(loss, PairwiseSigmoid):
            continue
        scale = facts.graph.values[value.operand("scale")]
        start = getattr(scale.component, "init", SIGMOID)
        if abs(start / SOFTMAX - 1) < NEAR:
            entry = facts.given(scale.component, "init")
            report(
                facts.place(scale.component, "init", scale.span),
                f"the scale of a sigmoid loss begins at {start:g}, as a softmax's does",
                help="the published start is init: 10.0",
                fix=[TextEdit(entry.value.span, "10.0")] if entry else [],
            )
