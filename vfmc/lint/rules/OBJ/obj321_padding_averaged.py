"""The mean of words and padding."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.types import Tokens

RULE = Rule(
    code="OBJ321",
    name="padding-averaged",
    triggers=("mean",),
    what="A tower of texts averages all places of the row, those that are filled with padding included.",
    why="A caption of ten words in a row of 77 is mostly padding: its vector says how long the text is before it says anything else, and "
    "changes with the length of the row.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  text:
    pipe: [{use: text_transformer, width: 64, depth: 2, heads: 4}, mean, {use: linear, out: 32, bias: false}, l2norm]
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
towers:
  text:
    pipe: [{use: text_transformer, width: 64, depth: 2, heads: 4}, eot, {use: linear, out: 32, bias: false}, l2norm]
""",
    source="open_clip issue 984 and mteb issue 1424: texts that were pooled with another padding than in training, an accuracy of 10 for 80 %",
)


def check(facts: Facts, report: Report) -> None:
    for value in facts.values("mean", "apply"):
        read = facts.graph.values[value.operand("x")].type
        if not isinstance(read, Tokens) or read.grid is not None:
            continue
        stages = [stage.component.component_name for stage in facts.stages(value)]
        if "word_embedding" in stages:
            report(
                value.span,
                "`mean` averages the padding of a text with its words",
                help="read one token: `eot`, `first`, or a class token that the tower appends",
            )
