"""Tokens that are dropped after all the work."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Label

RULE = Rule(
    code="MSK320",
    name="mask-saves-nothing",
    triggers=("drop",),
    what="Hidden tokens are dropped after the blocks.",
    why="Every hidden token goes through all blocks first: the mask costs quality and saves no time.",
    bad="""\
vfmc: 1
name: example
extends: flip_tiny
towers:
  vision:
    pipe:
      - {use: patches, size: 4, width: 64}
      - {use: position, kind: sincos}
      - {use: blocks, depth: 4, heads: 4}
      - {use: drop, mask: hide}
      - mean
      - {use: linear, out: 32, bias: false}
      - l2norm
""",
    good="""\
vfmc: 1
name: example
extends: flip_tiny
""",
    source="MAE, arXiv 2111.06377 sec. 3: the encoder operates on visible patches alone, which is what makes it fast",
)


def check(facts: Facts, report: Report) -> None:
    for drop in facts.values("drop"):
        before = [stage for stage in facts.stages(drop) if stage.component.component_name == "blocks"]
        if before:
            labels = (Label(before[0].span, "all tokens go through these"),)
            report(
                drop.span,
                "tokens are dropped after the blocks, so that nothing is saved",
                help="put `drop` before the blocks, behind `position`",
                labels=labels,
            )
